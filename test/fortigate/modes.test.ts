import { describe, expect, test } from 'vitest'
import { compileFortigateGrant } from '../../src/fortigate/compile.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import type { FortiVerdict } from '../../src/fortigate/match.ts'
import { Packet } from '../../src/fortigate/packet.ts'
import { ask, EDGE, device as edge } from './edge-fortigate.ts'
import { fortigate, policy, type World } from './small-world.ts'
import { agreedVerdict } from './two-witnesses.ts'

/** What overrules the plain pipeline is modelled, or a verdict depends on it by name (facts §2.1, §2.3, §2.7). */
function check(world: World, over: Record<string, unknown>, expected: Partial<FortiVerdict>) {
  const device = readFortigate({ id: 'fw' }, 'fw.conf', fortigate(world))
  const packet = Packet.parse({
    srcintf: 'lan1',
    src: '10.1.0.5',
    dst: '192.0.2.1',
    proto: 'tcp',
    sport: 50000,
    dport: 443,
    ...over,
  })
  expect(agreedVerdict(device, packet)).toMatchObject(expected)
}
const policies = policy(1, { dstintf: '"wan1"' })
const routed = (lines: string): World => ({ policies, more: `config router policy\nedit 7\n${lines}\nnext\nend\n` })

describe('policy routes', () => {
  test('concern only what their fields name', () => {
    const narrow = routed(
      'set input-device "lan1"\nset src "10.1.0.0/255.255.255.128"\nset dst "192.0.2.0/24"\nset protocol 6\nset start-port 443\nset end-port 444\nset output-device "dmz"',
    )
    check(narrow, {}, { verdict: 'depends', depends: ['policy route 7'] })
    check(narrow, { src: '10.1.0.200' }, { verdict: 'allow', dstintf: 'wan1' })
    check(narrow, { dst: '198.51.100.1' }, { verdict: 'allow' })
    check(narrow, { proto: 'udp' }, { verdict: 'allow' })
    check(narrow, { dport: 80 }, { verdict: 'allow' })
    check(narrow, { srcintf: 'lan2', src: '10.2.0.5' }, { verdict: 'allow' })
  })
  test('may name address objects, and every interface but these', () => {
    const named = { ...routed('set dstaddr "net"\nset output-device "dmz"') }
    check(named, { dst: '198.51.100.1' }, { verdict: 'depends' })
    check(named, {}, { verdict: 'allow' })
    const others = routed('set input-device "lan1"\nset input-device-negate enable\nset output-device "dmz"')
    check(others, {}, { verdict: 'allow' })
    check(others, { srcintf: 'lan2', src: '10.2.0.5' }, { verdict: 'depends' })
  })
  test('that deny leave it to the routing table', () => {
    check(routed('set action deny'), {}, { verdict: 'allow', dstintf: 'wan1', depends: [] })
  })
  test('that cannot be read in a field are taken to match there', () => {
    check(routed('set dst "what/is this"\nset output-device "dmz"'), {}, { verdict: 'depends' })
    check(routed('set dst "192.0.2.0/24"\nset dst-negate enable\nset output-device "dmz"'), {}, { verdict: 'depends' })
  })
  test('of IPv4 do not concern IPv6, and those of IPv6 do', () => {
    const six = { srcintf: 'six', src: '2001:db8:1::5', dst: '2001:db8:2::1' }
    const world = (table: string): World => ({
      interfaces: 'edit "six"\nconfig ipv6\nset ip6-address 2001:db8:1::1/64\nend\nnext\n',
      more: `config firewall address6\nedit "all"\nnext\nend\nconfig router static6\nedit 1\nset device "wan1"\nnext\nend\nconfig ${table}\nedit 1\nset output-device "dmz"\nnext\nend\n`,
      policies: policy(1, { srcaddr6: '"all"', dstaddr6: '"all"', dstintf: '"wan1"' }),
    })
    check(world('router policy'), six, { verdict: 'allow' })
    check(world('router policy6'), six, { verdict: 'depends', depends: ['policy route 1 (IPv6)'] })
  })
})

describe('SD-WAN', () => {
  const sdwan = (service: string, zone = '') =>
    `config system sdwan\nset status enable\nconfig zone\nedit "isp"\nnext\nend\nconfig members\nedit 1\nset interface "wan1"\nset zone "isp"\nnext\nedit 2\nset interface "dmz"\nset zone "${zone || 'isp'}"\nnext\nend\n${service}end\n`
  const rule = 'config service\nedit 1\nset dst "all"\nset priority-members 2\nnext\nend\n'
  const through = policy(1, { dstintf: '"isp"' })
  test('a rule may pick another member: no question within one zone, one between two', () => {
    check({ policies: through, more: sdwan(rule) }, {}, { verdict: 'allow', dstintf: null, depends: [] })
    check(
      { policies: through, more: sdwan(rule, 'overlay') },
      {},
      { verdict: 'depends', depends: ['route default via wan1'] },
    )
    check({ policies: through, more: sdwan('', 'overlay') }, {}, { verdict: 'allow', dstintf: 'wan1' })
  })
  test('a rule does not touch what is connected', () => {
    check(
      { policies: policy(1, { dstintf: '"inside"' }), more: sdwan(rule) },
      { dst: '10.2.0.9' },
      { verdict: 'allow', dstintf: 'lan2' },
    )
  })
})

describe('VDOM links', () => {
  const world = (more: string, interfaces = 'edit "vl0"\nset ip 172.31.0.1/24\nnext\n'): World => ({
    interfaces,
    more,
    policies: policy(1, { dstintf: '"vl0"' }),
  })
  test('what is allowed into one depends on the VDOM behind, what is denied does not', () => {
    const links = 'config system vdom-link\nedit "vl"\nnext\nend\n'
    const behind = { verdict: 'depends', depends: ['VDOM link vl0 (the VDOM behind it)'] } as const
    check(world(links), { dst: '172.31.0.9' }, behind)
    check(world('', 'edit "vl0"\nset ip 172.31.0.1/24\nset type vdom-link\nnext\n'), { dst: '172.31.0.9' }, behind)
    check(
      { ...world(links), policies: policy(1, { action: 'deny' }) },
      { dst: '172.31.0.9' },
      { verdict: 'deny', policy: 1 },
    )
    check(world(''), { dst: '172.31.0.9' }, { verdict: 'allow' })
  })
})

describe('modes', () => {
  const refused = [
    ['NGFW policy mode', 'config system settings\nset ngfw-mode policy-based\nend\n', 'ngfw-mode policy-based'],
    ['transparent mode', 'config system settings\nset opmode transparent\nend\n', 'transparent mode'],
    [
      'virtual wire pairs',
      'config system virtual-wire-pair\nedit "w"\nset member "lan1" "dmz"\nnext\nend\n',
      'system virtual-wire-pair',
    ],
    ['access lists', 'config firewall acl\nedit 1\nset interface "wan1"\nnext\nend\n', 'firewall acl'],
    [
      'interface policies',
      'config firewall interface-policy\nedit 1\nset interface "wan1"\nnext\nend\n',
      'firewall interface-policy',
    ],
  ] as const
  test.each(refused)('%s: no verdict and no edit, and the reason by name', (_, section, name) => {
    check({ policies, more: section }, {}, { verdict: 'depends', depends: [name] })
    const change = compileFortigateGrant(edge(EDGE + section), ask())
    expect(change).toMatchObject({ ok: false, reason: 'not-modelled' })
    expect(!change.ok && change.says).toContain(name)
  })
  test('profile-based NGFW mode and central NAT switched off are the plain device', () => {
    const settings = 'set ngfw-mode profile-based\nset central-nat disable\nset opmode nat'
    check({ policies, settings }, {}, { verdict: 'allow' })
  })
})

describe('the device itself over IPv6', () => {
  const world = (access: string, more = ''): World => ({
    interfaces: `edit "six"\nset ip 10.66.0.1/24\nset allowaccess https ssh\nconfig ipv6\nset ip6-address 2001:db8:1::1/64\n${access}end\nnext\n`,
    more: `config firewall address6\nedit "all"\nnext\nend\n${more}`,
    policies: '',
  })
  const to = { srcintf: 'six', src: '2001:db8:1::5', dst: '2001:db8:1::1', dport: 443 }
  test('answers where ip6-allowaccess says so; the IPv4 list does not count', () => {
    check(world(''), to, { verdict: 'deny', reason: 'local-in' })
    check(world('set ip6-allowaccess https\n'), to, { verdict: 'allow', reason: 'local-in' })
    check(
      world('set ip6-allowaccess ping\n'),
      { ...to, proto: 'icmp6', icmptype: 128, icmpcode: 0 },
      { verdict: 'allow' },
    )
    check(world(''), { srcintf: 'six', src: '10.66.0.5', dst: '10.66.0.1' }, { verdict: 'allow', reason: 'local-in' })
  })
  test('has its own local-in policies', () => {
    const deny = (table: string) =>
      `config firewall ${table}\nedit 1\nset intf "any"\nset srcaddr "all"\nset dstaddr "all"\nset service "ALL"\nset schedule "always"\nnext\nend\n`
    check(world('set ip6-allowaccess https\n', deny('local-in-policy')), to, { verdict: 'allow' })
    check(world('set ip6-allowaccess https\n', deny('local-in-policy6')), to, { verdict: 'deny', reason: 'local-in' })
  })
})
