import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDoors } from '../../src/edge/doors.ts'
import { reach } from '../../src/edge/reach.ts'
import {
  contains,
  dimensionsOf,
  EVERYTHING,
  type Flow,
  intersect,
  isEmpty,
  subtract,
  uniteAll,
} from '../../src/flow/flow-set.ts'
import { matchPacket } from '../../src/fortigate/match.ts'
import { routeRequest } from '../../src/haproxy/route.ts'
import { touches } from './edge-agreement.ts'
import { editing, FW, LB, NOW, smallEdge } from './small-edge.ts'

const doorsOf = (...changes: ReturnType<typeof editing>[]) => {
  const doors = readDoors(smallEdge((files) => changes.forEach((change) => void change(files))))
  if ('ok' in doors) throw new Error(doors.says)
  return doors
}

const flow = fc.record({
  src: fc.constantFrom('10.1.1.7', '10.1.2.8', '10.1.3.9', '198.51.100.4', '10.9.0.77'),
  dst: fc.constantFrom('203.0.113.10', '10.9.0.5', '10.8.0.1', '203.0.113.2'),
  dport: fc.constantFrom(443, 5432, 8443, 80),
  ingress: fc.constantFrom('lan', 'wan1', 'dmz'),
  host: fc.constantFrom('shop.example', 'blog.example', 'BLOG.example', 'other.example'),
  path: fc.constantFrom('/', '/metrics', '/a'),
})

/** One packet through the FortiGate alone, what comes out through HAProxy alone: what the sets must say too. */
function walk(doors: ReturnType<typeof doorsOf>, one: Flow): string {
  const at = new Date(NOW * 1000).toISOString()
  const packet = {
    id: 'x',
    srcintf: String(one.ingress),
    src: String(one.src),
    dst: String(one.dst),
    proto: 'tcp' as const,
    dport: Number(one.dport),
    sport: 50000,
    at,
  }
  const outer = matchPacket(doors.outer, packet)
  if (outer.verdict !== 'allow') return `outer ${outer.verdict}`
  const bind = outer.dnat ?? `${one.dst}:${one.dport}`
  const request = {
    id: 'x',
    bind,
    src: outer.snat ?? String(one.src),
    proxy: null,
    tls: false,
    sni: null,
    version: '1.1' as const,
    method: 'GET',
    path: String(one.path),
    headers: [['host', String(one.host)] satisfies [string, string]],
    body: null,
    at,
  }
  const inner = routeRequest(doors.inner, request)
  return inner.kind === 'server' ? `server ${inner.backend}` : inner.kind === 'depends' ? 'depends' : 'stopped'
}

const variants = [
  doorsOf(),
  doorsOf(editing(FW, '        set service "web-8443"\n', '        set service "web-8443"\n        set nat enable\n')),
  doorsOf(editing(LB, '    use_backend shop', '    http-request deny if { path_beg /metrics }\n    use_backend shop')),
  doorsOf(editing(FW, '        set srcaddr "floor-b"\n', '        set srcaddr "all"\n')),
]

test('sets and single flows agree on the way through both doors', () => {
  for (const doors of variants) {
    const pieces = reach(doors, EVERYTHING)
    fc.assert(
      fc.property(flow, (one) => {
        const whole = {
          ...one,
          proto: 6,
          sport: 50000,
          icmp: 0,
          at: NOW,
          week: 550,
          tls: 0,
          sni: '\u0000',
          query: '',
          method: 'GET',
        }
        const mine = pieces.filter((piece) => contains(piece.flows, whole))
        expect(mine.length, JSON.stringify(one)).toBe(1)
        const outcome = mine[0]?.outcome
        const said = walk(doors, one)
        if (said === 'outer deny') expect(outcome).toMatchObject({ kind: 'stopped', by: 'outer' })
        else if (said.startsWith('server ')) expect(outcome).toMatchObject({ kind: 'server', backend: said.slice(7) })
        else expect(['stopped', 'elsewhere']).toContain(outcome?.kind)
      }),
      { numRuns: 400 },
    )
  }
})

test('the pieces cover everything and do not overlap', () => {
  for (const doors of variants) {
    const pieces = reach(doors, EVERYTHING)
    expect(isEmpty(subtract(EVERYTHING, uniteAll(pieces.map((piece) => piece.flows))))).toBe(true)
    for (const [i, piece] of pieces.entries())
      for (const other of pieces.slice(i + 1)) expect(isEmpty(intersect(piece.flows, other.flows))).toBe(true)
  }
})

test('a source hidden behind a pool is any address of it, and what differs between them is an unknown that is named', () => {
  const pool = editing(
    FW,
    'config firewall policy\n',
    'config firewall ippool\n    edit "two"\n        set startip 10.9.0.20\n        set endip 10.9.0.21\n    next\nend\nconfig firewall policy\n',
  )
  const hiding = editing(
    FW,
    'set service "web-8443"\n    next',
    'set service "web-8443"\n        set nat enable\n        set ippool enable\n        set poolname "two"\n    next',
  )
  const blog = (sources: string) => {
    const doors = doorsOf(pool, hiding, editing(LB, 'src 10.1.2.0/24', `src ${sources}`))
    const asked = {
      src: '10.1.2.8',
      dst: '203.0.113.10',
      dport: 443,
      ingress: 'lan',
      host: 'blog.example',
      proto: 6,
      at: NOW,
      method: 'GET',
      path: '/',
      query: '',
      tls: 0,
    }
    const mine = reach(doors, EVERYTHING).flatMap(({ flows, outcome }) => {
      const boxes = flows.filter((box) => touches([box], asked))
      const unknown = [...dimensionsOf(boxes)].filter((name) => name.startsWith('unknown:'))
      return boxes.length > 0 ? [[outcome.kind, ...unknown].join(' ')] : []
    })
    return [...new Set(mine)].toSorted()
  }
  expect(blog('10.1.2.0/24')).toEqual(['stopped'])
  expect(blog('10.9.0.20/31')).toEqual(['server'])
  const which = 'unknown:which source two gives (policies/devices/lb.cfg:'
  const [in_, out, ...others] = blog('10.9.0.20')
  expect(others).toEqual([])
  expect(in_?.startsWith(`server ${which}`)).toBe(true)
  expect(out?.startsWith(`stopped ${which}`)).toBe(true)
})
