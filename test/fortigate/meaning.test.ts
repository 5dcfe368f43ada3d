import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flowsWhere, intersect, isEmpty, isSubset, subtract } from '../../src/flow/flow-set.ts'
import { readCidr } from '../../src/flow/ip-set.ts'
import { ips, names, numbers } from '../../src/flow/values.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import { matchPacket } from '../../src/fortigate/match.ts'
import { fortigateMeaning } from '../../src/fortigate/meaning.ts'
import { randomFortigate, randomPacket, randomPacket6 } from './random-fortigate.ts'
import { checkAgreement, flowsOf, pieceFinder } from './two-witnesses.ts'

describe.each([
  ['IPv4', randomPacket, 40],
  ['IPv6', randomPacket6, 12],
] as const)('%s', (_, anyPacket, allowedAtLeast) => {
  test('the packet evaluator and the set evaluator agree on random configurations', () => {
    const seen = { allow: 0, deny: 0, depends: 0 }
    const reasons = new Set<string>()
    fc.assert(
      fc.property(randomFortigate, fc.array(anyPacket, { minLength: 10, maxLength: 10 }), (text, packets) => {
        const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
        expect(device.problems.filter((problem) => problem.severity === 'error')).toEqual([])
        for (const packet of packets) {
          const single = matchPacket(device, packet)
          const flows = flowsOf(device, packet)
          const pieces = fortigateMeaning(device, flows).filter((piece) => !isEmpty(intersect(piece.flows, flows)))
          checkAgreement(device, packet, pieces, single)
          seen[single.verdict] += 1
          reasons.add(single.reason)
        }
      }),
      { numRuns: 130 },
    )
    // A generator that only ever meets the implicit deny would prove nothing.
    expect(seen.allow).toBeGreaterThan(allowedAtLeast)
    expect(seen.depends).toBeGreaterThan(20)
    expect(seen.deny).toBeGreaterThan(seen.allow)
    for (const reason of ['disabled', 'out-of-schedule', 'implicit', 'policy']) expect(reasons).toContain(reason)
  })
})

test('pieces are disjoint and cover what was asked about', () => {
  fc.assert(
    fc.property(randomFortigate, (text) => {
      const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
      const cidr = readCidr('10.1.0.0/24')
      const within = flowsWhere({
        src: cidr ? ips(cidr) : undefined,
        ingress: names('lan1', 'wan1'),
        proto: numbers([6, 6]),
      })
      const pieces = fortigateMeaning(device, within)
      let left = within
      for (const piece of pieces) {
        expect(isSubset(piece.flows, left)).toBe(true)
        left = subtract(left, piece.flows)
      }
      expect(isEmpty(left)).toBe(true)
    }),
    { numRuns: 15 },
  )
})

test('one meaning of everything says of every packet what the packet evaluator says', () => {
  const [text = ''] = fc.sample(randomFortigate, { seed: 7, numRuns: 1 })
  const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
  const piecesOf = pieceFinder(device)
  fc.assert(
    fc.property(fc.oneof(randomPacket, randomPacket6), (packet) => {
      checkAgreement(device, packet, piecesOf(packet), matchPacket(device, packet))
    }),
    { numRuns: 400 },
  )
})
