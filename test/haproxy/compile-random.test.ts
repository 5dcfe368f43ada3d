import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Refusal } from '../../src/evidence/refusal.ts'
import { equal, type FlowSet, flowsWhere, intersect, unite, uniteAll } from '../../src/flow/flow-set.ts'
import { ANY_IPV4, type IpSet, readCidr, uniteIp } from '../../src/flow/ip-set.ts'
import { prefixText, uniteText } from '../../src/flow/text-set.ts'
import { ips, names, numbers, texts } from '../../src/flow/values.ts'
import {
  compileHaproxyGrant,
  compileHaproxyGuard,
  type HaproxyEdit,
  type InnerAsk,
  removeHaproxyGrant,
} from '../../src/haproxy/compile.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { haproxyMeaning } from '../../src/haproxy/meaning.ts'

const SHOP = { service: 'shop', frontend: 'web', backend: 'shop' }
const read = (text: string) => readHaproxy({ id: 'lb' }, 'lb.cfg', text)

function edited(result: HaproxyEdit | Refusal): string {
  if (!result.ok) throw new Error(result.says)
  return result.text
}

/** Lines that may stand around a guard, whatever they do. */
const aboveRoutes = fc.subarray([
  'http-request deny if { src 10.1.0.0/16 }',
  'acl private path_beg /private',
  'http-request set-header x-p %[path] if { path_beg /a }',
  '# a comment',
  'http-request deny if { method POST } !{ src 10.2.0.0/16 }',
])
const inBackend = fc.subarray([
  'acl api path_beg /api',
  'http-request deny deny_status 404 if { path /gone }',
  'balance roundrobin',
  'http-request set-header x-a b if { hdr(x-c) d }',
])
const configuration = fc
  .record({
    above: aboveRoutes,
    inside: inBackend,
    indent: fc.constantFrom('    ', '\t', '  '),
    feed: fc.constantFrom('\n', '\r\n'),
    last: fc.boolean(),
  })
  .map(({ above, inside, indent, feed, last }) => {
    const section = (head: string, lines: readonly string[]) => [head, ...lines.map((line) => indent + line), '']
    const text = [
      ...section('defaults', ['mode http', 'timeout connect 1s', 'timeout client 1s', 'timeout server 1s']),
      ...section('frontend web', ['bind 127.0.0.1:80', ...above, 'use_backend shop if { hdr(host) -i shop.example }']),
      ...section('backend shop', [...inside, 'server s1 10.9.0.1:80']),
    ].join(feed)
    return last ? text : text.trimEnd() + feed
  })

const network = fc
  .tuple(fc.constantFrom(1, 2, 3), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 14, max: 32 }))
  .map(([second, third, length]) => readCidr(`10.${second}.${third}.0/${length}`) ?? { v4: [], v6: [] })
const ask = fc.record(
  {
    networks: fc.array(network, { minLength: 1, maxLength: 3 }),
    methods: fc.subarray(['GET', 'POST', 'PUT'], { minLength: 1 }),
    paths: fc.subarray(['/', '/api/', '/b'], { minLength: 1 }),
    from: fc.integer({ min: 1000, max: 2000 }),
    until: fc.integer({ min: 2000, max: 3000 }),
  },
  { requiredKeys: ['networks'] },
)
type Ask = typeof ask extends fc.Arbitrary<infer T> ? T : never

const sourcesOf = ({ networks }: Ask): IpSet => networks.reduce(uniteIp)

function grantOf(request: string, one: Ask): InnerAsk {
  const { networks: _networks, ...narrowed } = one
  return { request, ...SHOP, sources: sourcesOf(one), headers: [], ...narrowed }
}

/** What gets to a server of the shop, from IPv4 addresses: its frontend has no others. */
function open(text: string): FlowSet {
  const served = haproxyMeaning(read(text), flowsWhere({ src: ips(ANY_IPV4) })).filter(
    ({ outcome }) => outcome.kind === 'server',
  )
  return uniteAll(served.map(({ flows }) => flows))
}

/** As clients send it: the part of what the routes carry that the grant names. */
function wanted(one: Ask): FlowSet {
  const { methods, paths, from = 0, until = 2 ** 40 } = one
  return flowsWhere({
    src: ips(sourcesOf(one)),
    at: numbers([from, until]),
    method: methods && names(...methods),
    path: paths && texts(paths.map((path) => prefixText(path)).reduce(uniteText)),
  })
}

test('a random grant opens what it names and nothing else, two add up, and each goes without a trace', () => {
  fc.assert(
    fc.property(configuration, ask, ask, (plain, first, second) => {
      const unguarded = open(plain)
      const guarded = edited(compileHaproxyGuard(read(plain), SHOP))
      expect(open(guarded)).toEqual([])
      const one = edited(compileHaproxyGrant(read(guarded), grantOf('ar-one', first)))
      const both = edited(compileHaproxyGrant(read(one), grantOf('ar-two', second)))
      const fits = (text: string, asked: FlowSet) => equal(open(text), intersect(unguarded, asked))
      expect(fits(one, wanted(first))).toBe(true)
      expect(fits(both, unite(wanted(first), wanted(second)))).toBe(true)
      expect(edited(removeHaproxyGrant(read(both), 'ar-two'))).toBe(one)
      const other = edited(removeHaproxyGrant(read(both), 'ar-one'))
      expect(fits(other, wanted(second))).toBe(true)
      expect(edited(removeHaproxyGrant(read(other), 'ar-two'))).toBe(guarded)
      expect(
        guarded
          .split('\n')
          .filter((line) => !/sallyport/.test(line))
          .join('\n'),
      ).toBe(plain)
    }),
    { numRuns: 40 },
  )
})
