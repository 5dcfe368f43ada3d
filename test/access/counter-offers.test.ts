import { describe, expect, test } from 'vitest'
import { compileChange } from '../../src/access/change.ts'
import { counterOffers } from '../../src/access/counter-offers.ts'
import { prove } from '../../src/access/proof.ts'
import { printFlows } from '../../src/flow/print-flows.ts'
import { findService } from '../../src/policy/catalog-lookup.ts'
import type { Edge } from '../../src/policy/edge.ts'
import { readEdge } from '../../src/policy/read.ts'
import { Grant } from '../../src/policy/schema.ts'
import { editing, FRIDAY, LB, NOW, smallEdge } from '../edge/small-edge.ts'

function asking(edge: Edge, ...allow: string[]) {
  const service = findService(edge, 'shop')
  if (!service) throw new Error('the small edge has no shop')
  const grant = Grant.parse({ allow, until: FRIDAY, request: 'ar-7f3k2m9x0q' })
  const change = compileChange(edge, service, grant, NOW)
  const proof = 'ok' in change ? undefined : prove(edge, change, NOW)
  return { service, grant, change, proof, offers: counterOffers(edge, service, grant, NOW, proof) }
}

/** What is offered instead, as the access list would have it. */
function offered(edge: Edge, ...allow: string[]): readonly string[] {
  return asking(edge, ...allow).offers.map(({ grant, addresses }) =>
    [
      grant.allow.join('+'),
      ...grant.via.map((one) => `via ${one}`),
      ...grant.except.map((one) => `not ${one}`),
      addresses,
    ].join(' '),
  )
}

describe('what could be had instead', () => {
  test('is the others, when one of several may not come in', () => {
    expect(offered(smallEdge(), 'group:makers', 'group:testers')).toEqual(['group:makers 256'])
  })

  test('leaves out the addresses for which it would open more than was asked', () => {
    // For half of the makers the neighbour behind the same VIP is open at HAProxy, and only the firewall keeps them away.
    const loose = editing(LB, 'src 10.1.2.0/24', 'src 10.1.2.0/24 10.1.1.128/25')
    const edge = smallEdge(loose)
    expect(asking(edge, 'group:makers').proof?.verdict).toBe('too-wide')
    expect(offered(edge, 'group:makers')).toEqual(['group:makers not 10.1.1.128/25 128'])
  })

  test('is each exact, opens less than what was asked, and the least comes first', () => {
    const edge = smallEdge()
    const { offers, proof, service } = asking(edge, 'group:makers', 'group:sellers')
    expect(proof?.verdict).toBe('exact')
    expect(offers.length).toBeGreaterThan(1)
    expect(offers.map((one) => one.width)).toEqual(offers.map((one) => one.width).sort((a, b) => (a < b ? -1 : 1)))
    for (const { grant, addresses } of offers) {
      expect(addresses).toBeLessThan(512n)
      const change = compileChange(edge, service, grant, NOW)
      expect('ok' in change ? change.says : prove(edge, change, NOW).verdict).toBe('exact')
    }
  })

  test('is nothing when there is nothing less', () => {
    expect(offered(smallEdge(), '10.1.1.7/32')).toEqual([])
  })
})

describe('access that is there in part', () => {
  test('is named with the line that gives it', () => {
    const edge = smallEdge()
    const { change } = asking(edge, '10.1.1.0/25')
    if ('ok' in change) throw new Error(change.says)
    const merged = readEdge(new Map([...edge.files, ...change.edits.map((edit) => [edit.path, edit.after] as const)]))
    const service = findService(merged, 'shop')
    const wider = Grant.parse({ allow: ['group:makers'], until: FRIDAY, request: 'ar-0000000002' })
    const next = service && compileChange(merged, service, wider, NOW)
    if (!next || 'ok' in next) throw new Error('no change')
    const proof = prove(merged, next, NOW)
    expect(proof.verdict).toBe('exact')
    expect(printFlows(proof.before.open).join()).toContain('10.1.1.0/25')
    expect(proof.before.because.map((trace) => trace.file)).toEqual(['policies/devices/fw.conf'])
  })
})
