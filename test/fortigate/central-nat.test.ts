import { describe, expect, test } from 'vitest'
import { readFortigate } from '../../src/fortigate/config.ts'
import type { FortiVerdict } from '../../src/fortigate/match.ts'
import { Packet } from '../../src/fortigate/packet.ts'
import { fortigate, policy, type World } from './small-world.ts'
import { agreedVerdict } from './two-witnesses.ts'

/** Central NAT (facts §2.3, §2.4: administration guide 448790, KB 209514), as both evaluators see it. */
function check(world: World, over: Record<string, unknown>, expected: Partial<FortiVerdict>) {
  const device = readFortigate(
    { id: 'fw' },
    'fw.conf',
    fortigate({ ...world, settings: `set central-nat enable\n${world.settings ?? ''}` }),
  )
  const packet = Packet.parse({
    srcintf: 'wan1',
    src: '198.51.100.7',
    dst: '203.0.113.10',
    proto: 'tcp',
    sport: 50000,
    dport: 443,
    ...over,
  })
  expect(agreedVerdict(device, packet)).toMatchObject(expected)
}
const addresses = 'edit "server"\nset subnet 10.20.0.5/32\nnext\nedit "outside"\nset subnet 203.0.113.10/32\nnext'
const inward = policy(1, { dstaddr: '"server"', dstintf: '"dmz"', service: '"alt"' })

describe('destinations', () => {
  test('a VIP applies without being named, and the policy names where it leads, on the mapped port', () => {
    const translated = { vip: 'web', dnat: '10.20.0.5:8443', dstintf: 'dmz' }
    check({ addresses, policies: inward }, {}, { verdict: 'allow', policy: 1, ...translated })
    const onExternal = policy(1, { dstaddr: '"outside"', dstintf: '"dmz"' })
    check({ addresses, policies: onExternal }, {}, { verdict: 'deny', reason: 'implicit', policy: 0, ...translated })
    check({ addresses, policies: policy(1, { dstaddr: '"server"', service: '"https"' }) }, {}, { verdict: 'deny' })
    check({ policies: policy(1) }, {}, { verdict: 'allow', policy: 1, ...translated })
    check({ policies: policy(1, { action: 'deny', 'match-vip': 'disable' }) }, {}, { verdict: 'deny', policy: 1 })
  })
  test('the first VIP of the table that is switched on takes it', () => {
    const vip = (name: string, to: string, lines = '') =>
      `edit "${name}"\nset extip 203.0.113.10\nset extintf "any"\nset mappedip "${to}"\n${lines}next\n`
    const vips = vip('off', '10.20.0.8', 'set status disable\n') + vip('first', '10.20.0.9') + vip('web', '10.20.0.5')
    check({ vips, policies: policy(1) }, {}, { verdict: 'allow', vip: 'first', dnat: '10.20.0.9:443' })
    check({ vips, addresses, policies: inward }, {}, { verdict: 'deny', reason: 'implicit', vip: 'first' })
  })
  test('what is not translated goes to the device or nowhere, as without it', () => {
    check({ policies: policy(1) }, { dport: 80 }, { verdict: 'deny', reason: 'local-in', vip: null })
  })
  test('a policy that names a VIP all the same is not understood, and only where that matters', () => {
    const named = policy(1, { dstaddr: '"web"' })
    const depends = ['destination address web (a VIP, which policies cannot name with central NAT)']
    check({ policies: named }, {}, { verdict: 'depends', depends })
    check({ policies: named + policy(2) }, {}, { verdict: 'allow', depends: [] })
  })
  test('an IPv6 VIP may apply by itself or not', () => {
    const six = {
      interfaces:
        'edit "six"\nconfig ipv6\nset ip6-address 2001:db8:1::1/64\nend\nnext\nedit "far"\nconfig ipv6\nset ip6-address 2001:db8:2::1/64\nend\nnext\n',
      more: 'config firewall address6\nedit "all"\nnext\nend\nconfig firewall vip6\nedit "v6"\nset extip 2001:db8:9::10\nset mappedip 2001:db8:2::5\nnext\nend\n',
      policies: policy(1, { srcaddr6: '"all"', dstaddr6: '"all"' }),
    }
    const to = { srcintf: 'six', src: '2001:db8:1::5', dst: '2001:db8:9::10' }
    check(six, to, { verdict: 'depends', depends: ['VIP v6 (IPv6 with central NAT)'] })
  })
})

describe('sources', () => {
  const out = { srcintf: 'lan1', src: '10.1.0.5', dst: '192.0.2.1' }
  const pool = 'config firewall ippool\nedit "p"\nset startip 203.0.113.70\nset endip 203.0.113.70\nnext\nend\n'
  const rule = (id: number, lines: Record<string, string> = {}) => {
    const all = { srcintf: '"any"', dstintf: '"any"', 'orig-addr': '"all"', 'dst-addr': '"all"', ...lines }
    const written = Object.entries(all).map(([name, value]) => (value === '' ? '' : `set ${name} ${value}\n`))
    return `edit ${id}\n${written.join('')}next\n`
  }
  const mapped = (...rules: readonly string[]): World => ({
    addresses: `edit "five"\nset subnet 10.1.0.5/32\nnext\nedit "there"\nset subnet 192.0.2.0/24\nnext\n${addresses}`,
    policies: policy(1, { nat: 'enable', ippool: 'enable', poolname: '"p"' }),
    more: `${pool}config firewall central-snat-map\n${rules.join('')}end\n`,
  })
  const seen = (rules: readonly string[], over: Record<string, unknown>, snat: string | null) =>
    check(mapped(...rules), { ...out, ...over }, { verdict: 'allow', snat })

  test('the table decides and not the policy: no rule, no translation', () => {
    seen([], {}, null)
    seen([rule(1)], {}, '203.0.113.1')
    seen([rule(1, { 'nat-ippool': '"p"' })], {}, '203.0.113.70')
    check({ ...mapped(rule(1)), policies: policy(1) }, out, { snat: '203.0.113.1' })
  })
  test('the first rule that fits decides, one that keeps the source too; one that is off does not', () => {
    seen([rule(2, { nat: 'disable' }), rule(1)], {}, null)
    seen([rule(2, { status: 'disable', nat: 'disable' }), rule(1)], {}, '203.0.113.1')
  })
  test.each([
    ['srcintf', '"inside"', { srcintf: 'dmz', src: '10.20.0.9' }],
    ['dstintf', '"wan1"', { dst: '10.20.0.9' }],
    ['orig-addr', '"five"', { src: '10.1.0.6' }],
    ['dst-addr', '"there"', { dst: '198.51.100.9' }],
    ['protocol', '6', { proto: 'udp' }],
  ] as const)('%s narrows it', (field, value, other) => {
    seen([rule(1, { [field]: value })], {}, '203.0.113.1')
    seen([rule(1, { [field]: value })], other, null)
  })
  test('ports narrow it for protocols that have them, and 0 is any', () => {
    seen([rule(1, { protocol: '6', 'orig-port': '50000-50010' })], {}, '203.0.113.1')
    seen([rule(1, { protocol: '6', 'orig-port': '50000-50010' })], { sport: 5 }, null)
    seen([rule(1, { protocol: '6', 'orig-port': '0' })], { sport: 5 }, '203.0.113.1')
    seen([rule(1, { protocol: '17', 'dst-port': '53' })], { proto: 'udp', dport: 53 }, '203.0.113.1')
    seen([rule(1, { protocol: '17', 'dst-port': '53' })], { proto: 'udp', dport: 54 }, null)
    seen([rule(1, { protocol: '17', 'dst-port': '53' })], { proto: 'udp', dport: undefined }, '203.0.113.1 or kept')
  })
  test('the destination is the one after translation', () => {
    const into = (object: string): World => ({
      ...mapped(rule(1, { 'dst-addr': object })),
      policies: policy(1),
    })
    check(into('"server"'), {}, { vip: 'web', snat: '10.20.0.1' })
    check(into('"outside"'), {}, { vip: 'web', snat: null })
  })
  test('a VIP hides its host only when it asks to', () => {
    const vips = (lines: string) =>
      `edit "web"\nset extip 203.0.113.10\nset mappedip "10.1.0.5"\nset extintf "wan1"\n${lines}next`
    check({ ...mapped(rule(1)), vips: vips('') }, out, { snat: '203.0.113.1' })
    check({ ...mapped(rule(1)), vips: vips('set nat-source-vip enable\n') }, out, { snat: '203.0.113.10' })
  })
  test('IPv6 has rules and pools of its own', () => {
    const six: World = {
      ...mapped(
        rule(1),
        rule(2, { type: 'ipv6', 'orig-addr': '', 'dst-addr': '', 'orig-addr6': '"all"', 'dst-addr6': '"all"' }),
      ),
      interfaces:
        'edit "six"\nconfig ipv6\nset ip6-address 2001:db8:1::1/64\nend\nnext\nedit "far"\nconfig ipv6\nset ip6-address 2001:db8:2::1/64\nend\nnext\n',
      policies: policy(1, { srcaddr6: '"all"', dstaddr6: '"all"' }),
    }
    const more = `${six.more ?? ''}config firewall address6\nedit "all"\nnext\nend\n`
    const to = { srcintf: 'six', src: '2001:db8:1::5', dst: '2001:db8:2::9' }
    check({ ...six, more }, to, { verdict: 'allow', snat: '2001:db8:2::1' })
  })
  test('what is not modelled leaves open what is seen, never the verdict', () => {
    seen([rule(1, { nat64: 'enable' })], {}, '203.0.113.1 or kept')
    seen([rule(1, { 'dst-addr': '' })], {}, '203.0.113.1 or kept')
    seen([rule(1, { 'orig-port': '7' })], {}, '203.0.113.1 or kept')
  })
})
