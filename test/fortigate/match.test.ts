import { describe, expect, test } from 'vitest'
import { readFortigate } from '../../src/fortigate/config.ts'
import { type FortiVerdict, matchPacket } from '../../src/fortigate/match.ts'
import { Packet } from '../../src/fortigate/packet.ts'
import { fortigate, policy, type World } from './small-world.ts'
import { agreedVerdict } from './two-witnesses.ts'

function check(world: World, over: Record<string, unknown>, expected: Partial<FortiVerdict>) {
  const packet = Packet.parse({
    id: '1',
    srcintf: 'wan1',
    src: '198.51.100.7',
    dst: '203.0.113.10',
    proto: 'tcp',
    sport: 50000,
    dport: 443,
    at: '2026-11-23T10:00:00+01:00',
    ...over,
  })
  expect(agreedVerdict(readFortigate({ id: 'fw' }, 'fw.conf', fortigate(world)), packet)).toMatchObject(expected)
}
const out = { srcintf: 'lan1', src: '10.1.0.5', dst: '192.0.2.1' }

describe('order and defaults (facts §1.3, §1.4)', () => {
  test('the order of the table decides, never the id', () => {
    const policies = policy(20) + policy(3, { action: 'deny' })
    check({ policies }, out, { verdict: 'allow', policy: 20 })
  })
  test('an omitted action denies, an omitted status is enabled, an omitted subnet is everything', () => {
    check({ policies: policy(1, { action: '' }) + policy(2) }, out, { verdict: 'deny', policy: 1, reason: 'policy' })
    check({ policies: policy(1, { srcaddr: '"none-given"' }), addresses: 'edit "none-given"\nnext' }, out, {
      verdict: 'allow',
    })
    check({ policies: policy(1, { status: 'disable' }) + policy(2) }, out, { verdict: 'allow', policy: 2 })
  })
  test('the implicit deny is policy 0', () => {
    check({ policies: policy(1, { srcaddr: '"net"' }) }, out, { verdict: 'deny', reason: 'implicit', policy: 0 })
  })
})

describe('virtual IPs (facts §2.3)', () => {
  const web = policy(2, { dstaddr: '"web"' })
  test('an accepting policy for plain addresses does not take translated traffic', () => {
    check(
      { policies: policy(1) + web },
      {},
      { verdict: 'allow', policy: 2, vip: 'web', dnat: '10.20.0.5:8443', dstintf: 'dmz' },
    )
  })
  test('whether a deny does is the match-vip default of the release, and 7.2.3 leaves it open', () => {
    const policies = policy(1, { action: 'deny' }) + web
    for (const version of ['7.0.12', '7.2.2']) check({ version, policies }, {}, { verdict: 'allow', policy: 2 })
    for (const version of ['7.2.4', '7.4.0', '7.6.5']) check({ version, policies }, {}, { verdict: 'deny', policy: 1 })
    check({ version: '7.2.3', policies }, {}, { verdict: 'depends' })
    const explicit = policy(1, { action: 'deny', 'match-vip': 'disable' }) + web
    check({ version: '7.6.5', policies: explicit }, {}, { verdict: 'allow' })
  })
  test('a deny with match-vip for a specific address is open only where the two readings differ', () => {
    const deny = (subnet: string): World => ({
      policies: policy(1, { action: 'deny', dstaddr: '"there"' }) + web,
      addresses: `edit "there"\nset subnet ${subnet}\nnext`,
    })
    check(deny('203.0.113.10/32'), {}, { verdict: 'depends' })
    check(deny('10.20.0.5/32'), {}, { verdict: 'depends' })
    check(deny('192.0.2.0/24'), {}, { verdict: 'allow' })
  })
  test('the service is matched on the mapped port', () => {
    check({ policies: policy(1, { dstaddr: '"web"', service: '"https"' }) }, {}, { verdict: 'deny', vip: 'web' })
    check({ policies: policy(1, { dstaddr: '"web"', service: '"alt"' }) }, {}, { verdict: 'allow' })
  })
  test('the first VIP of the table wins, and a policy for another one does not help', () => {
    const one = (name: string, mapped: string) =>
      `edit "${name}"\nset extip 203.0.113.10\nset mappedip "${mapped}"\nset extintf "any"\nnext\n`
    const vips = one('first', '10.20.0.8') + one('web', '10.20.0.9')
    const first = policy(1, { dstaddr: '"first"', srcaddr: '"none"' })
    check({ vips, policies: first + web }, {}, { verdict: 'deny', reason: 'vip-mismatch', vip: 'first', policy: 0 })
    const disabled = policy(1, { dstaddr: '"first"', status: 'disable' })
    check({ vips, policies: disabled + web }, {}, { verdict: 'allow', vip: 'web', dnat: '10.20.0.9:443' })
  })
  test('a 1:1 VIP on the device address takes every port, a forwarded port only itself', () => {
    const vip = (more: string) =>
      `edit "web"\nset extip 203.0.113.1\nset mappedip "10.20.0.5"\nset extintf "wan1"\n${more}next`
    const to = { dst: '203.0.113.1', dport: 22 }
    check({ vips: vip(''), policies: web }, to, { verdict: 'allow', dnat: '10.20.0.5:22' })
    const forward = vip('set portforward enable\nset extport 443\nset mappedport 8443\n')
    check({ vips: forward, policies: web }, to, { verdict: 'deny', reason: 'local-in', vip: null })
  })
  describe('from inside to a VIP at the outside interface’s own address: out, and in again (Fortinet KB 195448)', () => {
    const own =
      'edit "web"\nset extip 203.0.113.1\nset mappedip "10.20.0.5"\nset extintf "wan1"\nset portforward enable\nset extport 443\nset mappedport 8443\n'
    const vips = `${own}next`
    const outward = (lines = {}) => policy(1, { srcintf: '"inside"', dstintf: '"wan1"', ...lines })
    const inward = (lines = {}) => policy(2, { srcintf: '"wan1"', dstintf: '"dmz"', dstaddr: '"web"', ...lines })
    const around = { ...out, dst: '203.0.113.1' }
    test('both policies have to allow it, and the one that does not is the reason', () => {
      check({ vips, policies: outward() + inward() }, around, {
        verdict: 'allow',
        policy: 2,
        vip: 'web',
        dnat: '10.20.0.5:8443',
        dstintf: 'dmz',
        snat: null,
      })
      check({ vips, policies: inward() }, around, { verdict: 'deny', reason: 'implicit', dstintf: 'wan1', vip: null })
      check({ vips, policies: outward() + inward({ srcaddr: '"none"' }) }, around, {
        verdict: 'deny',
        reason: 'implicit',
        dstintf: 'dmz',
        vip: 'web',
      })
      check({ vips, policies: outward({ action: '' }) + inward() }, around, { verdict: 'deny', policy: 1 })
      check({ vips, policies: outward() + policy(3, { srcintf: '"wan1"', action: 'deny' }) + inward() }, around, {
        verdict: 'deny',
        policy: 3,
      })
    })
    test('a policy straight from inside to the VIP is not asked, and the first pass speaks the external port', () => {
      check({ vips, policies: policy(3, { srcintf: '"inside"', dstintf: '"dmz"', dstaddr: '"web"' }) }, around, {
        verdict: 'deny',
        dstintf: 'wan1',
      })
      check({ vips, policies: outward({ service: '"https"' }) + inward({ service: '"alt"' }) }, around, {
        verdict: 'allow',
      })
      check({ vips, policies: outward({ service: '"alt"' }) + inward() }, around, { verdict: 'deny', dstintf: 'wan1' })
    })
    test('the source that the first pass gives it is the source of the second', () => {
      const addresses = 'edit "face"\nset subnet 203.0.113.1/32\nnext\nedit "lan"\nset subnet 10.1.0.0/24\nnext'
      const from = (name: string, nat: string) => ({
        vips,
        addresses,
        policies: outward({ nat }) + inward({ srcaddr: `"${name}"` }),
      })
      check(from('lan', 'disable'), around, { verdict: 'allow', snat: null })
      check(from('face', 'disable'), around, { verdict: 'deny' })
      check(from('lan', 'enable'), around, { verdict: 'deny', vip: 'web' })
      check(from('face', 'enable'), around, { verdict: 'allow', snat: '203.0.113.1' })
      check({ vips, policies: outward({ nat: 'enable' }) + inward({ nat: 'enable' }) }, around, { snat: '10.20.0.1' })
    })
    test('what is not documented is open by name: a pool of many, a filter that the changed source does not pass', () => {
      const pool = 'config firewall ippool\nedit "p"\nset startip 203.0.113.70\nset endip 203.0.113.79\nnext\nend\n'
      const pooled = outward({ nat: 'enable', ippool: 'enable', poolname: '"p"' })
      check({ vips, more: pool, policies: pooled + inward() }, around, {
        verdict: 'depends',
        depends: ['hairpin by wan1 (from p)'],
      })
      const filtered = `${own}set src-filter "10.1.0.0/24"\nnext`
      check({ vips: filtered, policies: outward({ nat: 'enable' }) + inward() }, around, {
        verdict: 'depends',
        depends: ['hairpin by wan1 (no VIP for the changed source)'],
      })
      check({ vips: filtered, policies: outward() + inward() }, around, { verdict: 'allow' })
    })
    test('other ports, other addresses and from outside it is no hairpin', () => {
      const both = { vips, policies: outward() + inward() }
      check(both, { ...around, dport: 8080 }, { verdict: 'deny', reason: 'local-in' })
      check(both, { dst: '203.0.113.1' }, { verdict: 'allow', policy: 2 })
    })
    test('an address that is nobody’s own needs extintf any and one policy straight in (Fortinet KB 344045)', () => {
      const free = (extintf: string) =>
        `edit "web"\nset extip 203.0.113.10\nset mappedip "10.20.0.5"\nset extintf "${extintf}"\nset arp-reply disable\nnext`
      const straight = policy(3, { srcintf: '"inside"', dstintf: '"dmz"', dstaddr: '"web"' })
      check({ vips: free('any'), policies: straight }, { ...out, dst: '203.0.113.10' }, { verdict: 'allow', policy: 3 })
      check({ vips: free('any'), policies: outward() + inward() }, { ...out, dst: '203.0.113.10' }, { verdict: 'deny' })
      check({ vips: free('wan1'), policies: straight }, { ...out, dst: '203.0.113.10' }, { verdict: 'deny', vip: null })
    })
  })
  test('ranges keep the distance, filters and interfaces limit, groups refer', () => {
    const vips = `edit "web"\nset extip 203.0.113.10-203.0.113.12\nset mappedip "10.20.0.5-10.20.0.7"\nset extintf "wan1"
      set portforward enable\nset extport 8000-8002\nset mappedport 9000-9002\nset src-filter "198.51.100.0/24"\nnext`
    const more = 'config firewall vipgrp\nedit "grp"\nset interface "wan1"\nset member "web"\nnext\nend\n'
    const world = { vips, more, policies: policy(1, { dstaddr: '"grp"' }) }
    check(world, { dst: '203.0.113.12', dport: 8001 }, { verdict: 'allow', dnat: '10.20.0.7:9001' })
    check(world, { dst: '203.0.113.12', dport: 8001, src: '192.0.2.9' }, { verdict: 'deny', vip: null })
    check(world, { dst: '203.0.113.12', dport: 8003 }, { verdict: 'deny', vip: null })
    check(world, { ...out, dst: '203.0.113.12', dport: 8001 }, { verdict: 'deny', vip: null })
  })
  test('a server-load-balance VIP allows only what every real server would be allowed', () => {
    const vips = `edit "web"\nset type server-load-balance\nset server-type https\nset extip 203.0.113.10\nset extintf "wan1"\nset extport 443
      config realservers\nedit 1\nset ip 10.20.0.5\nset port 8443\nnext\nedit 2\nset ip 10.20.0.6\nset port 9443\nnext\nend\nnext`
    check(
      { vips, policies: policy(1, { dstaddr: '"web"' }) },
      {},
      { verdict: 'allow', vip: 'web', dnat: null, depends: [] },
    )
    const narrow = policy(1, { dstaddr: '"web"', service: '"alt"' })
    check({ vips, policies: narrow }, {}, { verdict: 'depends', depends: ['real server 1 of VIP web'] })
  })
  describe('real servers (facts §2.4, §6)', () => {
    const balanced = (servers: string, lines = 'set server-type tcp\nset extport 443') =>
      `edit "web"\nset type server-load-balance\nset extip 203.0.113.10\nset extintf "wan1"\n${lines}\nconfig realservers\n${servers}end\nnext`
    const server = (id: number, lines: string) => `edit ${id}\n${lines}\nnext\n`
    const two = (first: string, second: string) =>
      server(1, `set ip 10.20.0.5\nset port 8443\n${first}`) + server(2, `set ip 10.1.0.9\nset port 8443\n${second}`)
    const inDmz = policy(1, { dstaddr: '"web"', dstintf: '"dmz"' })
    const to = (vips: string, over: Record<string, unknown>, expected: Partial<FortiVerdict>) =>
      check({ vips, policies: inDmz }, over, { vip: 'web', ...expected })
    test('who is disabled takes nothing, who stands by only when nobody is active or health is checked', () => {
      to(balanced(two('', 'set status disable')), {}, { verdict: 'allow', dnat: '10.20.0.5:8443' })
      to(balanced(two('', 'set status standby')), {}, { verdict: 'allow', dnat: '10.20.0.5:8443' })
      to(balanced(two('set status disable', 'set status standby')), {}, { verdict: 'deny', dstintf: 'lan1' })
      const depends = { verdict: 'depends', depends: ['real server 1 of VIP web'] } as const
      to(balanced(two('', 'set status standby'), 'set server-type tcp\nset extport 443\nset monitor "up"'), {}, depends)
      to(balanced(two('', 'set status standby\nset monitor "up"')), {}, depends)
      to(balanced(two('', '')), {}, depends)
    })
    test('how one is picked changes nothing but who: by weight, by turn, by host name', () => {
      for (const method of ['weighted', 'least-session', 'first-alive', 'http-host']) {
        const lines = `set server-type http\nset extport 443\nset ldb-method ${method}\nset persistence http-cookie`
        const hosts = two('set http-host "a.example"', 'set http-host "b.example"\nset weight 9')
        to(balanced(hosts, lines), {}, { verdict: 'depends', depends: ['real server 1 of VIP web'] })
      }
    })
    test('of type ip all ports and protocols pass as they are; a port without a documented meaning is named', () => {
      const ip = 'set server-type ip'
      to(balanced(server(1, 'set ip 10.20.0.5'), ip), { dport: 22 }, { verdict: 'allow', dnat: '10.20.0.5:22' })
      to(balanced(server(1, 'set ip 10.20.0.5'), ip), { proto: 'gre' }, { verdict: 'allow', dnat: '10.20.0.5' })
      const named = { verdict: 'depends', depends: ['VIP web (real servers)'] } as const
      to(balanced(server(1, 'set ip 10.20.0.5\nset port 80'), ip), {}, named)
      to(balanced(server(1, 'set ip 10.20.0.5')), {}, named)
      to(balanced(server(1, 'set type address\nset address "host"\nset port 80')), {}, named)
      to(balanced(server(1, 'set ip 10.20.0.5\nset port 80\nset client-ip "10.9.0.1-10.9.0.9"')), {}, named)
      to(balanced(''), {}, named)
    })
    test('one port inside for a range outside is named, and what is outside of the range is not taken', () => {
      const range = balanced(server(1, 'set ip 10.20.0.5\nset port 80'), 'set server-type tcp\nset extport 440-449')
      to(range, {}, { verdict: 'depends', depends: ['VIP web (real servers behind a range)'] })
      check({ vips: range, policies: inDmz }, { dport: 450 }, { verdict: 'deny', vip: null })
    })
  })
  test('m-to-n, a mapped port on a service list and a zone as extintf are open by name (facts §2.3, §6)', () => {
    const vips = (lines: string, extintf = 'wan1') =>
      `edit "web"\nset extip 203.0.113.10\nset mappedip "10.20.0.5"\nset extintf "${extintf}"\n${lines}\nnext`
    const open = (text: string, name: string, over = {}) =>
      check({ vips: text, policies: web }, over, { verdict: 'depends', depends: [name] })
    const ports = 'set portforward enable\nset extport 443-444\nset mappedport 8443-8446'
    open(vips(`${ports}\nset portmapping-type m-to-n`), 'VIP web (mappedport)')
    open(vips(ports), 'VIP web (mappedport)')
    open(vips('set service "https"\nset mappedport 8443'), 'VIP web (mappedport)')
    check({ vips: vips('set service "https"'), policies: web }, {}, { verdict: 'allow', dnat: '10.20.0.5:443' })
    check({ vips: vips('set service "https"'), policies: web }, { dport: 444 }, { vip: null })
    const zone = vips('set arp-reply disable', 'inside')
    const inside = { ...out, dst: '203.0.113.10' }
    open(zone, 'VIP web (extintf inside is a zone)', inside)
    check({ vips: zone, policies: web }, { src: '203.0.113.9' }, { vip: null })
  })
  test('a type that is not modelled makes the verdict depend on it by name', () => {
    const vips = 'edit "web"\nset type access-proxy\nset extip 203.0.113.10\nset extintf "any"\nnext'
    check({ vips, policies: web }, {}, { verdict: 'depends', depends: ['VIP web (type access-proxy)'] })
  })
})

describe('routes, zones and the device itself (facts §2.1, §2.5)', () => {
  test('the reasons are told apart', () => {
    const policies = policy(1)
    check(
      { policies, routes: 'edit 2\nset dst 10.9.0.0/16\nset blackhole enable\nnext' },
      { ...out, dst: '10.9.1.1' },
      { reason: 'no-route' },
    )
    check({ policies }, { ...out, src: '10.20.0.9' }, { verdict: 'deny', reason: 'rpf' })
    check({ policies }, { dst: '203.0.113.1', dport: 22 }, { verdict: 'deny', reason: 'local-in' })
    check({ policies }, { ...out, dst: '10.1.0.1', dport: 22 }, { verdict: 'allow', reason: 'local-in' })
  })
  test('a zone is matched by its name, never by its member', () => {
    check({ policies: policy(1, { srcintf: '"inside"' }) }, out, { verdict: 'allow' })
    check({ policies: policy(1, { srcintf: '"lan1"' }) }, out, { verdict: 'deny', reason: 'implicit' })
  })
  test('equal routes that lead to the same zone are no question, to different ones they are', () => {
    const to = (device: string) => `set dst 10.50.0.0/16\nset gateway 10.0.0.9\nset device "${device}"\nnext\n`
    const policies = policy(1, { dstintf: '"inside"' })
    const packet = { srcintf: 'dmz', src: '10.20.0.5', dst: '10.50.0.1' }
    check({ policies, routes: `edit 2\n${to('lan1')}edit 3\n${to('lan2')}` }, packet, {
      verdict: 'allow',
      dstintf: null,
    })
    check({ policies, routes: `edit 2\n${to('lan1')}edit 3\n${to('wan1')}` }, packet, { verdict: 'depends' })
    const worse = `edit 2\n${to('lan1')}edit 3\nset distance 20\n${to('wan1')}`
    check({ policies, routes: worse }, packet, { verdict: 'allow', dstintf: 'lan1' })
  })
  test('what allowaccess opens is certain until administrators are bound to trusted hosts', () => {
    const admin = 'config system admin\nedit "a"\nset trusthost1 10.1.0.0 255.255.255.0\nnext\nend\n'
    const ssh = { ...out, dst: '10.1.0.1', dport: 22 }
    check({ policies: '', more: admin }, ssh, { verdict: 'depends', depends: ['allowaccess ssh on lan1'] })
    const local = (action: string) =>
      `config firewall local-in-policy\nedit 1\nset intf "lan1"\nset srcaddr "all"\nset dstaddr "all"\nset service "ALL"\nset schedule "always"\n${action}next\nend\n`
    check({ policies: '', more: local('') }, ssh, { verdict: 'deny', reason: 'local-in' })
    check(
      { policies: '', more: local('set action accept\n') },
      { ...ssh, dport: 9 },
      { verdict: 'allow', reason: 'local-in' },
    )
  })
  test('clients of a VPN are routed back into it', () => {
    const world = {
      interfaces: 'edit "ssl.root"\nset type tunnel\nnext',
      addresses: 'edit "pool"\nset type iprange\nset start-ip 10.212.134.200\nset end-ip 10.212.134.210\nnext',
      more: 'config vpn ssl settings\nset tunnel-ip-pools "pool"\nend\n',
      policies: policy(1, { dstintf: '"ssl.root"' }),
    }
    check(world, { ...out, dst: '10.212.134.201' }, { verdict: 'allow', dstintf: 'ssl.root' })
    check(world, { ...out, dst: '10.212.134.211' }, { verdict: 'deny', dstintf: 'wan1' })
  })
  test('modes that change the meaning of the text are refused by name', () => {
    check({ policies: policy(1), settings: 'set ngfw-mode policy-based' }, out, { depends: ['ngfw-mode policy-based'] })
    check({ policies: policy(1), settings: 'set opmode transparent' }, out, { depends: ['transparent mode'] })
  })
  test('what the next hop sees: the source, the egress address, a pool, the 1:1 VIP', () => {
    const pool = 'config firewall ippool\nedit "p"\nset startip 203.0.113.70\nset endip 203.0.113.70\nnext\nend\n'
    check({ policies: policy(1) }, out, { snat: null })
    check({ policies: policy(1, { nat: 'enable' }) }, out, { snat: '203.0.113.1' })
    check({ policies: policy(1, { nat: 'enable', ippool: 'enable', poolname: '"p"' }), more: pool }, out, {
      snat: '203.0.113.70',
    })
    const vips = 'edit "web"\nset extip 203.0.113.10\nset mappedip "10.1.0.5"\nset extintf "wan1"\nnext'
    check({ vips, policies: policy(1, { nat: 'enable' }) + policy(2, { dstaddr: '"web"' }) }, out, {
      snat: '203.0.113.10',
    })
  })
})

describe('addresses and services (facts §2.2)', () => {
  test('each port item is its own pair, and port 0 is in no 1-65535', () => {
    const services =
      'edit "pairs"\nset tcp-portrange 513:512-1023 8000\nnext\nedit "every"\nset tcp-portrange 1-65535\nnext'
    const world = { services, policies: policy(1, { service: '"pairs"' }) }
    check(world, { ...out, dport: 513, sport: 600 }, { verdict: 'allow' })
    check(world, { ...out, dport: 513, sport: 5000 }, { verdict: 'deny' })
    check(world, { ...out, dport: 8000, sport: 5000 }, { verdict: 'allow' })
    check({ services, policies: policy(1, { service: '"every"' }) }, { ...out, dport: 0 }, { verdict: 'deny' })
  })
  test('a negated service also holds for protocols without ports', () => {
    const policies = policy(1, { service: '"https"', 'service-negate': 'enable' })
    check({ policies }, { ...out, proto: 'gre' }, { verdict: 'allow' })
    check({ policies }, out, { verdict: 'deny' })
  })
  test('exclude wins over member, negate turns the whole field, a one in a wildcard mask counts', () => {
    const addresses = `edit "lan"\nset subnet 10.1.0.0/24\nnext\nedit "five"\nset subnet 10.1.0.5/32\nnext
      edit "wild"\nset type wildcard\nset wildcard 10.0.0.5 255.0.0.255\nnext\nend
      config firewall addrgrp\nedit "most"\nset member "lan"\nset exclude enable\nset exclude-member "five"\nnext`
    const from = (name: string, lines = {}) => ({ addresses, policies: policy(1, { srcaddr: `"${name}"`, ...lines }) })
    check(from('most'), out, { verdict: 'deny' })
    check(from('most'), { ...out, src: '10.1.0.6' }, { verdict: 'allow' })
    check(from('most', { 'srcaddr-negate': 'enable' }), out, { verdict: 'allow' })
    check(from('wild'), out, { verdict: 'allow' })
    check(from('wild'), { ...out, src: '10.1.0.6' }, { verdict: 'deny' })
  })
  test('an FQDN is neither empty nor anything: it decides only where it matters', () => {
    const addresses = 'edit "api"\nset type fqdn\nset fqdn "api.example"\nnext'
    const to = policy(1, { dstaddr: '"api"' })
    check({ addresses, policies: to }, out, {
      verdict: 'depends',
      depends: ['destination address api (fqdn api.example)'],
    })
    check({ addresses, policies: to + policy(2) }, out, { verdict: 'allow', policy: null, depends: [] })
    check({ addresses, policies: policy(9, { srcaddr: '"net"' }) + policy(2) + to }, out, {
      verdict: 'allow',
      policy: 2,
    })
  })
  test('internet services and fields that are not modelled are named', () => {
    check({ policies: policy(4, { 'internet-service': 'enable', dstaddr: '', service: '' }) }, out, {
      depends: ['policy 4 (internet-service)'],
    })
    check({ policies: policy(4, { 'ztna-ems-tag': '"x"' }) }, out, { depends: ['policy 4 (ztna-ems-tag)'] })
  })
})

describe('time and identity (facts §2.2)', () => {
  const recurring = (lines: string) =>
    `config firewall schedule recurring\nedit "s"\n${lines}\nnext\nend\nconfig firewall schedule onetime\nend\n`
  const at = (world: World, when: string, verdict: FortiVerdict['verdict']) =>
    check(world, { ...out, at: when }, { verdict })
  const policies = policy(1, { schedule: '"s"' })
  test('a schedule over midnight belongs to the day it starts on, in the time zone of the device', () => {
    const world = { policies, schedules: recurring('set day sunday\nset start 22:00\nset end 06:00') }
    at(world, '2026-11-22T21:30:00+01:00', 'deny')
    at(world, '2026-11-22T21:30:00Z', 'allow')
    at(world, '2026-11-23T05:59:59+01:00', 'allow')
    at(world, '2026-11-23T06:00:00+01:00', 'deny')
    at(world, '2026-11-22T05:00:00+01:00', 'deny')
  })
  test('equal start and end are a whole day, no day is never', () => {
    at(
      { policies, schedules: recurring('set day monday\nset start 08:00\nset end 08:00') },
      '2026-11-24T07:59:00+01:00',
      'allow',
    )
    at({ policies, schedules: recurring('set start 08:00') }, '2026-11-24T09:00:00+01:00', 'deny')
  })
  test('an unknown time zone makes only what depends on local time unknown', () => {
    const schedules = recurring('set day monday\nset start 08:00\nset end 10:00')
    at({ timezone: '99', policies, schedules }, '2026-11-23T09:00:00+01:00', 'depends')
    at({ timezone: '99', policies: policy(1) }, '2026-11-23T09:00:00+01:00', 'allow')
    at({ timezone: '04', policies, schedules }, '2026-11-23T09:00:00-08:00', 'allow')
  })
  test('expired policies are skipped and evaluation goes on', () => {
    const expiring = policy(1, { 'policy-expiry': 'enable', 'policy-expiry-date': '2026-11-23 10:00:00' })
    const world = { policies: expiring + policy(2) }
    check(world, { ...out, at: '2026-11-23T09:59:59+01:00' }, { policy: 1 })
    check(world, { ...out, at: '2026-11-23T10:00:00+01:00' }, { policy: 2 })
  })
  test('who is not known to be in the group falls through, and who is unknown depends', () => {
    const staff = policy(1, { groups: '"staff"' })
    check({ policies: staff }, { ...out, groups: ['staff'] }, { verdict: 'allow', policy: 1 })
    check({ policies: staff }, { ...out, groups: [] }, { verdict: 'deny', reason: 'not-authenticated', policy: 0 })
    check({ policies: staff }, out, { verdict: 'depends', reason: 'identity', depends: ['group:staff'] })
    check({ policies: staff + policy(2) }, out, { verdict: 'allow' })
    check({ policies: staff + policy(2) }, { ...out, groups: ['ops'] }, { verdict: 'allow', policy: 2 })
  })
})

test('the evidence ends with the deciding line, as it stands in the file', () => {
  const text = fortigate({ policies: policy(1, { dstaddr: '"web"' }) })
  const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
  const packet = Packet.parse({ srcintf: 'wan1', src: '198.51.100.7', dst: '203.0.113.10', proto: 'tcp', dport: 443 })
  const { because } = matchPacket(device, packet)
  expect(because[0]?.says).toBe('edit "web"')
  const last = because.at(-1)
  expect(last?.says).toBe('edit 1')
  expect(text.split('\n')[(last?.line ?? 0) - 1]).toBe('edit 1')
})

test('interfaces live in global, policies per VDOM, and the same name may mean two things', () => {
  const vdom = (name: string, subnet: string) =>
    `config vdom\nedit ${name}\nconfig firewall address\nedit "who"\nset subnet ${subnet}\nnext\nend
config firewall policy\n${policy(1, { srcaddr: '"who"', dstaddr: '"all"' })}end\nend\n`
  const port = (name: string, owner: string, ip: string) => `edit "${name}"\nset vdom "${owner}"\nset ip ${ip}\nnext\n`
  const text = `config vdom\nedit root\nnext\nedit two\nnext\nend
config global\nconfig system interface\n${port('a', 'root', '10.1.0.1/24')}${port('b', 'root', '10.2.0.1/24')}${port('c', 'two', '10.1.0.1/24')}${port('d', 'two', '10.2.0.1/24')}end\nend
${vdom('root', '10.1.0.0/24')}${vdom('two', '192.0.2.0/24')}`
  const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
  const from = (srcintf: string, over = {}) =>
    matchPacket(device, Packet.parse({ srcintf, src: '10.1.0.5', dst: '10.2.0.9', proto: 'tcp', dport: 80, ...over }))
      .verdict
  expect(from('a')).toBe('allow')
  expect(from('c')).toBe('deny')
  expect(from('c', { vdom: 'root' })).toBe('depends')
})
