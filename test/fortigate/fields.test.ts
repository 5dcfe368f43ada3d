import { describe, expect, test } from 'vitest'
import { readFortigate } from '../../src/fortigate/config.ts'
import type { FortiVerdict } from '../../src/fortigate/match.ts'
import { Packet } from '../../src/fortigate/packet.ts'
import { fortigate, policy, type World } from './small-world.ts'
import { agreedVerdict } from './two-witnesses.ts'

/** What each field and kind of object does to one packet, by sets and by packets (facts §2.1, §2.2, §2.5, §2.7). */
function check(world: World, over: Record<string, unknown>, expected: Partial<FortiVerdict>) {
  const packet = Packet.parse({
    srcintf: 'lan1',
    src: '10.1.0.5',
    dst: '192.0.2.1',
    proto: 'tcp',
    sport: 50000,
    dport: 443,
    at: '2026-11-23T10:00:00+01:00',
    ...over,
  })
  expect(agreedVerdict(readFortigate({ id: 'fw' }, 'fw.conf', fortigate(world)), packet)).toMatchObject(expected)
}
const depends = (...names: string[]) => ({ verdict: 'depends', depends: names }) as const
const six = {
  interfaces: 'edit "six"\nconfig ipv6\nset ip6-address 2001:db8:1::1/64\nend\nnext\n',
  more: 'config firewall address6\nedit "all"\nnext\nend\nconfig router static6\nedit 1\nset device "wan1"\nnext\nend\n',
}
const six6 = { srcintf: 'six', src: '2001:db8:1::5', dst: '2001:db8:2::1' }

describe('addresses (facts §2.2)', () => {
  const from = (lines: string, more = {}): World => ({
    addresses: `edit "who"\n${lines}\nnext`,
    policies: policy(1, { srcaddr: '"who"' }),
    ...more,
  })
  test.each([
    ['fqdn', 'set type fqdn\nset fqdn "a.example"', 'fqdn a.example'],
    ['a wildcard of names', 'set type wildcard-fqdn\nset wildcard-fqdn "*.example"', 'wildcard-fqdn *.example'],
    ['geography', 'set type geography\nset country "DE"', 'geography DE'],
    ['dynamic', 'set type dynamic\nset sub-type ems-tag', 'dynamic'],
    ['mac', 'set type mac\nset macaddr "00:11:22:33:44:55"', 'mac'],
    ['route-tag', 'set type route-tag\nset route-tag 7', 'route-tag'],
  ])('%s is open by name, where it matters, and negation leaves it open', (_, lines, what) => {
    check(from(lines), {}, depends(`source address who (${what})`))
    const negated = policy(1, { srcaddr: '"who"', 'srcaddr-negate': 'enable' })
    check({ ...from(lines), policies: negated }, {}, depends(`source address who (${what})`))
    check({ ...from(lines), policies: policy(1, { srcaddr: '"who" "all"' }) }, {}, { verdict: 'allow', depends: [] })
    check({ ...from(lines), policies: policy(1, { srcaddr: '"who"', service: '"alt"' }) }, {}, { verdict: 'deny' })
  })
  test('interface-subnet follows the address of its interface, whatever subnet is written', () => {
    const lan = from('set type interface-subnet\nset subnet 10.99.0.0 255.255.0.0\nset interface "lan1"')
    check(lan, {}, { verdict: 'allow' })
    check(lan, { srcintf: 'lan2', src: '10.2.0.5' }, { verdict: 'deny' })
    const moved = 'edit "lan1"\nset ip 10.7.0.1/24\nnext\n'
    check({ ...lan, interfaces: moved }, { src: '10.7.0.5' }, { verdict: 'allow' })
    check({ ...lan, interfaces: moved }, {}, { verdict: 'deny', reason: 'rpf' })
  })
  test('a wildcard compares the bits that are one, in any place', () => {
    const odd = from('set type wildcard\nset wildcard 10.1.0.1 255.255.0.1')
    check(odd, {}, { verdict: 'allow' })
    check(odd, { src: '10.1.0.6' }, { verdict: 'deny' })
  })
  test('none holds nobody, and everybody once it is negated', () => {
    check({ policies: policy(1, { srcaddr: '"none"' }) }, {}, { verdict: 'deny', reason: 'implicit' })
    check({ policies: policy(1, { srcaddr: '"none"', 'srcaddr-negate': 'enable' }) }, {}, { verdict: 'allow' })
  })
  test('negation turns the union of the field, not each of its names', () => {
    const addresses = 'edit "five"\nset subnet 10.1.0.5/32\nnext\nedit "rest"\nset subnet 10.1.0.128/25\nnext'
    const not = policy(1, { srcaddr: '"five" "rest"', 'srcaddr-negate': 'enable' })
    check({ addresses, policies: not }, {}, { verdict: 'deny' })
    check({ addresses, policies: not }, { src: '10.1.0.200' }, { verdict: 'deny' })
    check({ addresses, policies: not }, { src: '10.1.0.6' }, { verdict: 'allow' })
  })
})

describe('services (facts §2.2)', () => {
  const services = `edit "ping"\nset protocol ICMP\nset icmptype 8\nunset icmpcode\nnext\nedit "net"\nset protocol ICMP\nset icmptype 3\nset icmpcode 0\nnext
    edit "icmp"\nset protocol ICMP\nunset icmptype\nnext\nedit "ping6"\nset protocol ICMP6\nset icmptype 128\nnext\nedit "gre"\nset protocol IP\nset protocol-number 47\nnext
    edit "dns"\nset tcp-portrange 53\nset udp-portrange 53\nnext\nedit "bound"\nset iprange 192.0.2.1-192.0.2.9\nset tcp-portrange 443\nnext`
  const speaks = (service: string, over: Record<string, unknown>, verdict: 'allow' | 'deny') =>
    check({ services, policies: policy(1, { service: `"${service}"` }) }, over, { verdict })
  test('ICMP by type and code, each of them any where it is unset', () => {
    const icmp = (icmptype: number, icmpcode: number) => ({ proto: 'icmp', icmptype, icmpcode })
    speaks('ping', icmp(8, 0), 'allow')
    speaks('ping', icmp(8, 3), 'allow')
    speaks('ping', icmp(0, 0), 'deny')
    speaks('net', icmp(3, 0), 'allow')
    speaks('net', icmp(3, 1), 'deny')
    speaks('icmp', icmp(11, 1), 'allow')
    speaks('icmp', {}, 'deny')
    speaks('ping6', icmp(128, 0), 'deny')
    const both = policy(1, { srcaddr6: '"all"', dstaddr6: '"all"', service: '"ping6"' })
    const echo6 = { ...six6, proto: 'icmp6', icmptype: 128, icmpcode: 0 }
    check({ ...six, services, policies: both }, echo6, { verdict: 'allow' })
    check({ ...six, services, policies: both }, { ...echo6, icmptype: 129 }, { verdict: 'deny' })
  })
  test('by protocol number, for TCP and UDP at once, and only to some destinations', () => {
    speaks('gre', { proto: 'gre' }, 'allow')
    speaks('gre', { proto: 'esp' }, 'deny')
    speaks('dns', { dport: 53 }, 'allow')
    speaks('dns', { proto: 'udp', dport: 53 }, 'allow')
    speaks('dns', { proto: 'sctp', dport: 53 }, 'deny')
    speaks('bound', {}, 'allow')
    speaks('bound', { dst: '192.0.2.10' }, 'deny')
  })
})

describe('who asks (facts §2.2)', () => {
  test('a user is asked for by name, FSSO groups and user groups are one field', () => {
    check({ policies: policy(1, { users: '"bob"' }) }, {}, depends('user bob'))
    const either = policy(1, { groups: '"staff"', 'fsso-groups': '"AD/OPS"' })
    check({ policies: either }, { groups: ['AD/OPS'] }, { verdict: 'allow' })
    check({ policies: either }, { groups: ['staff'] }, { verdict: 'allow' })
    check({ policies: either }, { groups: [] }, { verdict: 'deny', reason: 'not-authenticated' })
    check({ policies: either }, {}, depends('group:staff', 'group:AD/OPS'))
  })
})

describe('match fields that are not modelled are named (facts §2.2, §2.7)', () => {
  test.each([
    ['reputation-minimum', '3'],
    ['ztna-ems-tag', '"tag"'],
    ['ztna-status', 'enable'],
    ['ztna-geo-tag', '"tag"'],
    ['tos-mask', '0xff'],
    ['vlan-filter', '"10"'],
    ['src-vendor-mac', '12'],
    ['sgt-check', 'enable'],
    ['radius-mac-auth-bypass', 'enable'],
  ])('%s', (name, value) => {
    check({ policies: policy(4, { [name]: value }) }, {}, depends(`policy 4 (${name})`))
    check({ policies: policy(4, { [name]: value, srcaddr: '"none"' }) }, {}, { verdict: 'deny' })
  })
  test('a policy that hands over to a VPN, and one that does not say when', () => {
    check({ policies: policy(4, { action: 'ipsec' }) }, {}, depends('policy 4 (action ipsec)'))
    check({ policies: policy(4, { schedule: '' }) }, {}, depends('policy 4 (no schedule)'))
  })
  test('an internet service as source or destination, negated too, is not in the file', () => {
    const isdb = (lines: Record<string, string>, name: string) =>
      check({ policies: policy(4, lines) }, {}, depends(`policy 4 (${name})`))
    isdb({ 'internet-service': 'enable', 'internet-service-negate': 'enable' }, 'internet-service')
    isdb({ 'internet-service-src': 'enable', 'internet-service-src-negate': 'enable' }, 'internet-service-src')
  })
  test('where a gateway counts as being changes nothing without a geography', () => {
    check({ policies: policy(4, { 'geoip-match': 'registered-location' }) }, {}, { verdict: 'allow', depends: [] })
  })
})

describe('interfaces and families', () => {
  test('several interfaces are several rules, any is all of them, an interface that is not named is none (facts §5, 24)', () => {
    const two = policy(1, { srcintf: '"inside" "dmz"', dstintf: '"wan1"' })
    check({ policies: two }, {}, { verdict: 'allow' })
    check({ policies: two }, { srcintf: 'dmz', src: '10.20.0.5' }, { verdict: 'allow' })
    check({ policies: two }, { srcintf: 'wan1', src: '198.51.100.7' }, { verdict: 'deny' })
    check({ policies: policy(1) }, { srcintf: 'wan1', src: '198.51.100.7' }, { verdict: 'allow' })
  })
  test('a policy of one family never matches the other; one of both matches each by its own addresses', () => {
    const only4 = policy(1)
    const only6 = policy(2, { srcaddr: '', dstaddr: '', srcaddr6: '"all"', dstaddr6: '"all"' })
    const mixed = policy(3, { srcaddr: '"none"', srcaddr6: '"all"', dstaddr6: '"all"' })
    check({ ...six, policies: only4 }, six6, { verdict: 'deny', reason: 'implicit' })
    check({ ...six, policies: only6 }, {}, { verdict: 'deny', reason: 'implicit' })
    check({ ...six, policies: only6 }, six6, { verdict: 'allow' })
    check({ ...six, policies: mixed }, {}, { verdict: 'deny' })
    check({ ...six, policies: mixed }, six6, { verdict: 'allow' })
  })
  test('multicast is open by name, over both families', () => {
    check({ policies: policy(1) }, { dst: '239.1.2.3' }, depends('multicast'))
    check({ ...six, policies: policy(1) }, { ...six6, dst: 'ff02::1' }, depends('multicast'))
  })
  test('a loopback is reached through policies only, a secondary address is the device itself', () => {
    const interfaces = `edit "lo"\nset type loopback\nset ip 10.77.0.1/32\nnext
      edit "dmz"\nset ip 10.20.0.1/24\nset secondary-IP enable\nset allowaccess ssh\nconfig secondaryip\nedit 1\nset ip 10.21.0.1/24\nnext\nend\nnext\n`
    const loop = { dst: '10.77.0.1' }
    check({ interfaces, policies: policy(1, { dstintf: '"lo"' }) }, loop, { verdict: 'allow', dstintf: 'lo' })
    check({ interfaces, policies: '' }, loop, { verdict: 'deny', reason: 'implicit', dstintf: 'lo' })
    const second = { srcintf: 'dmz', src: '10.21.0.5', dst: '10.21.0.1', dport: 22 }
    check({ interfaces, policies: '' }, second, { verdict: 'allow', reason: 'local-in' })
    check({ interfaces, policies: policy(1) }, { dst: '10.21.0.9' }, { verdict: 'allow', dstintf: 'dmz' })
    const off = interfaces.replace('secondary-IP enable', 'secondary-IP disable')
    check({ interfaces: off, policies: policy(1) }, { dst: '10.21.0.9' }, { dstintf: 'wan1' })
  })
})

describe('routes (facts §2.1)', () => {
  const policies = policy(1)
  test('the longest prefix, then the lowest distance, then the lowest priority', () => {
    const to = (id: number, dst: string, device: string, lines = '') =>
      `edit ${id}\nset dst ${dst}\nset gateway 10.0.0.9\nset device "${device}"\n${lines}\nnext\n`
    const way = (routes: string, dstintf: string | null) =>
      check({ routes, policies }, { dst: '10.50.0.1' }, { verdict: 'allow', dstintf })
    way(to(2, '10.0.0.0/8', 'lan2') + to(3, '10.50.0.0/16', 'dmz', 'set distance 200'), 'dmz')
    way(to(2, '10.50.0.0/16', 'lan2') + to(3, '10.50.0.0/16', 'dmz', 'set distance 5'), 'dmz')
    way(to(2, '10.50.0.0/16', 'lan2', 'set priority 9') + to(3, '10.50.0.0/16', 'dmz'), 'dmz')
    way(to(2, '10.50.0.0/16', 'lan2') + to(3, '10.50.0.0/16', 'dmz'), null)
    way(to(2, '10.50.0.0/16', 'lan2', 'set status disable'), 'wan1')
  })
  test('a route may name an address object', () => {
    const routes = 'edit 2\nset dstaddr "net"\nset device "dmz"\nnext\n'
    check({ routes, policies }, { dst: '198.51.100.9' }, { dstintf: 'dmz' })
  })
  test('the way back may be any of the routes, or with strict-src-check the best one; an interface may not ask', () => {
    const spoofed = { srcintf: 'dmz', src: '10.1.0.5' }
    const wide = { srcintf: 'wan1', src: '10.1.0.5' }
    check({ policies }, spoofed, { verdict: 'deny', reason: 'rpf' })
    check({ policies }, wide, { verdict: 'allow' })
    check({ policies, settings: 'set strict-src-check enable' }, wide, { verdict: 'deny', reason: 'rpf' })
    const interfaces = 'edit "dmz"\nset ip 10.20.0.1/24\nset src-check disable\nnext\n'
    check({ policies, interfaces }, spoofed, { verdict: 'allow' })
  })
  test('an SD-WAN zone is what a policy names, its members are not', () => {
    const more =
      'config system sdwan\nset status enable\nconfig members\nedit 1\nset interface "wan1"\nnext\nend\nend\n'
    check({ more, policies: policy(1, { dstintf: '"virtual-wan-link"' }) }, {}, { verdict: 'allow', dstintf: 'wan1' })
    check({ more, policies: policy(1, { dstintf: '"wan1"' }) }, {}, { verdict: 'deny', reason: 'implicit' })
  })
  test('several routing tables, and policies from one family to the other, are refused by name (facts §2.7)', () => {
    const vrf = 'edit "lan2"\nset ip 10.2.0.1/24\nset vrf 5\nnext\n'
    check({ interfaces: vrf, policies }, {}, depends('VRF 5 (interface lan2)'))
    check({ interfaces: vrf.replace('vrf 5', 'vrf 0'), policies }, {}, { verdict: 'allow' })
    for (const table of ['policy46', 'policy64'])
      check(
        { policies, more: `config firewall ${table}\nedit 1\nset srcintf "lan1"\nnext\nend\n` },
        {},
        depends(`firewall ${table}`),
      )
  })
})

describe('local-in policies (facts §2.5)', () => {
  const local = (lines: string, over: Record<string, unknown>, expected: Partial<FortiVerdict>) =>
    check(
      {
        policies: '',
        addresses: 'edit "five"\nset subnet 10.1.0.5/32\nnext',
        more: `config firewall local-in-policy\nedit 1\nset intf "lan1"\nset schedule "always"\n${lines}\nnext\nend\n`,
      },
      { dst: '10.1.0.1', dport: 22, ...over },
      expected,
    )
  const fields = (src: string, dst: string, service: string) =>
    `set srcaddr "${src}"\nset dstaddr "${dst}"\nset service "${service}"\n`
  test('deny where no action is written, go by negation, and leave the rest to allowaccess', () => {
    local(fields('five', 'all', 'ALL'), {}, { verdict: 'deny', reason: 'local-in' })
    local(fields('five', 'all', 'ALL'), { src: '10.1.0.6' }, { verdict: 'allow' })
    local(`${fields('five', 'all', 'ALL')}set srcaddr-negate enable`, {}, { verdict: 'allow' })
    local(`${fields('five', 'all', 'ALL')}set srcaddr-negate enable`, { src: '10.1.0.6' }, { verdict: 'deny' })
    local(`${fields('all', 'net', 'ALL')}set dstaddr-negate enable`, {}, { verdict: 'deny' })
    local(`${fields('all', 'all', 'https')}set service-negate enable`, {}, { verdict: 'deny' })
    local(`${fields('all', 'all', 'https')}set service-negate enable`, { dport: 443 }, { verdict: 'allow' })
    local(`${fields('all', 'all', 'ALL')}set status disable`, {}, { verdict: 'allow' })
  })
  test('concern their interface only', () => {
    local(fields('all', 'all', 'ALL'), { srcintf: 'lan2', src: '10.2.0.5', dport: 9 }, { verdict: 'deny' })
    const accept = `${fields('all', 'all', 'ALL')}set action accept`
    local(accept, { dport: 9 }, { verdict: 'allow', reason: 'local-in' })
    local(accept, { srcintf: 'lan2', src: '10.2.0.5', dport: 9 }, { verdict: 'deny', reason: 'local-in' })
  })
  test('what allowaccess opens is opened on the interface that it stands on, whichever own address is asked', () => {
    check({ policies: '' }, { dst: '10.20.0.1', dport: 22 }, { verdict: 'allow', reason: 'local-in' })
    check({ policies: '' }, { srcintf: 'dmz', src: '10.20.0.5', dst: '10.1.0.1', dport: 22 }, { verdict: 'deny' })
    const moved = 'config system global\nset admin-ssh-port 2222\nend\n'
    check({ policies: '', more: moved }, { dst: '10.1.0.1', dport: 2222 }, { verdict: 'allow' })
    check({ policies: '', more: moved }, { dst: '10.1.0.1', dport: 22 }, { verdict: 'deny', reason: 'local-in' })
  })
})
