import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  compact,
  contains,
  EVERYTHING,
  equal,
  type Flow,
  type FlowSet,
  flowsWhere,
  forget,
  intersect,
  isEmpty,
  mapDimension,
  subtract,
  unite,
  witness,
} from '../../src/flow/flow-set.ts'
import { ipRange, printIp, readCidr } from '../../src/flow/ip-set.ts'
import { printFlows } from '../../src/flow/print-flows.ts'
import { exactText, prefixText } from '../../src/flow/text-set.ts'
import { domainOf, ips, names, namesExcept, numbers, texts, type Values } from '../../src/flow/values.ts'

// Few values a dimension, so that random boxes touch, overlap and swallow each other.
const address = fc.integer({ min: 0, max: 15 }).map((n) => printIp({ family: 4, value: 0x0a000000 + n }))
const hosts = ['a', 'b', 'ab']
const flow: fc.Arbitrary<Flow> = fc.record({
  src: address,
  dport: fc.integer({ min: 0, max: 9 }),
  ingress: fc.constantFrom('wan1', 'lan', 'dmz'),
  host: fc.constantFrom(...hosts, 'other'),
  'unknown:fqdn x': fc.constantFrom('yes', 'no'),
})
const range = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }))
const valuesOf: Readonly<Record<string, fc.Arbitrary<Values>>> = {
  src: fc
    .tuple(address, address)
    .map(([from, to]) => ips(ipRange(from, to) ?? ipRange(to, from) ?? { v4: [], v6: [] })),
  dport: fc.array(range, { minLength: 1, maxLength: 3 }).map((list) => numbers(...list)),
  ingress: fc
    .tuple(fc.boolean(), fc.subarray(['wan1', 'lan', 'dmz']))
    .map(([only, list]) => (only ? names(...list) : namesExcept(...list))),
  host: fc.oneof(
    fc.constantFrom(...hosts).map((host) => texts(exactText(host))),
    fc.constant(texts(prefixText('a'))),
  ),
  'unknown:fqdn x': fc.constantFrom('yes', 'no').map((name) => names(name)),
}
const box: fc.Arbitrary<FlowSet> = fc
  .record(valuesOf, { requiredKeys: [] })
  .map((constraints) => flowsWhere(constraints))
const set: fc.Arbitrary<FlowSet> = fc
  .array(box, { maxLength: 4 })
  .map((boxes) => boxes.reduce<FlowSet>((all, one) => unite(all, one), []))

const check = (says: (a: FlowSet, b: FlowSet, f: Flow) => boolean) =>
  fc.assert(fc.property(set, set, flow, says), { numRuns: 1500 })

test('union, intersection and difference hold exactly the flows that membership says', () => {
  check((a, b, f) => contains(unite(a, b), f) === (contains(a, f) || contains(b, f)))
  check((a, b, f) => contains(intersect(a, b), f) === (contains(a, f) && contains(b, f)))
  check((a, b, f) => contains(subtract(a, b), f) === (contains(a, f) && !contains(b, f)))
})

test('boxes of a set are disjoint', () => {
  check((a, b) => {
    const all = unite(a, b)
    return all.every((x, i) => all.slice(i + 1).every((y) => isEmpty(intersect([x], [y]))))
  })
})

test('compacting and setting a dimension free keep what they promise', () => {
  check((a, _, f) => contains(compact(a), f) === contains(a, f))
  check((a, _, f) => !contains(a, f) || contains(forget(a, 'host'), { ...f, host: 'anything' }))
  check((a) => isEmpty(intersect(forget(a, 'dport'), [])) && equal(forget(forget(a, 'src'), 'src'), forget(a, 'src')))
})

test('a witness lies in its set once the free dimensions are filled in', () => {
  check((a, _, f) => {
    const found = witness(a)
    return found === undefined ? isEmpty(a) : contains(a, { ...f, ...found })
  })
})

test('a shifted dimension holds the shifted values', () => {
  const moved = mapDimension(flowsWhere({ dport: numbers([443, 443]) }), 'dport', () => numbers([8443, 8443]))
  expect(contains(moved, { dport: 8443 })).toBe(true)
  expect(contains(moved, { dport: 443 })).toBe(false)
})

test('an empty constraint makes the empty set, a whole one constrains nothing', () => {
  expect(flowsWhere({ dport: numbers() })).toEqual([])
  expect(flowsWhere({ dport: domainOf('dport'), 'unknown:x': names('yes', 'no') })).toEqual(EVERYTHING)
})

test('flows are printed as lines a person reads', () => {
  const asked = flowsWhere({
    src: ips(readCidr('10.10.20.0/24') ?? { v4: [], v6: [] }),
    dst: ips(readCidr('203.0.113.10') ?? { v4: [], v6: [] }),
    proto: numbers([6, 6]),
    dport: numbers([443, 443]),
    host: texts(exactText('grafana.corp.example')),
    at: numbers([0, 1795820399]),
  })
  expect(printFlows(asked)).toEqual([
    '10.10.20.0/24 → 203.0.113.10 tcp/443, host grafana.corp.example, until 2026-11-27T22:59:59.000Z',
  ])
})
