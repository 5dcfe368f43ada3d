import { createServer, type RequestListener, type Server } from 'node:http'
import { generate } from 'selfsigned'
import { afterEach, expect, test } from 'vitest'
import { EVERYTHING } from '../../src/flow/flow-set.ts'
import { certificatesShown } from '../../src/fortigate/certificates.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import { type FortiVerdict, matchPacket } from '../../src/fortigate/match.ts'
import { fortigateMeaning } from '../../src/fortigate/meaning.ts'
import type { FortiDevice } from '../../src/fortigate/model.ts'
import { sessionTtl } from '../../src/fortigate/packet/session-ttl.ts'
import { Packet } from '../../src/fortigate/packet.ts'
import { removeFortigateGrant } from '../../src/fortigate/remove-grant.ts'
import { renderEdit } from '../../src/fortigate/render-edit.ts'
import { printFortiText, readFortiText } from '../../src/fortigate/text.ts'
import { openFortigateClient } from '../../src/live/fortigate-client.ts'
import { cidrs, compiled, EDGE, device as edge } from './edge-fortigate.ts'
import { fortigate, policy, type World } from './small-world.ts'
import { agreedVerdict } from './two-witnesses.ts'

/** One test for each pitfall of facts §5 (fortios.md), under its number. */

const read = (world: World): FortiDevice => readFortigate({ id: 'fw' }, 'fw.conf', fortigate(world))
const packet = (over: Record<string, unknown>): Packet =>
  Packet.parse({
    srcintf: 'wan1',
    src: '198.51.100.7',
    dst: '203.0.113.10',
    proto: 'tcp',
    sport: 50000,
    dport: 443,
    at: '2026-11-23T10:00:00+01:00',
    ...over,
  })
function check(world: World, over: Record<string, unknown>, expected: Partial<FortiVerdict>) {
  expect(agreedVerdict(read(world), packet(over))).toMatchObject(expected)
}
function edit(before: string, after: string) {
  const rendered = renderEdit(edge(before), after)
  if (!rendered.ok) throw new Error(rendered.says)
  return rendered
}
const out = { srcintf: 'lan1', src: '10.1.0.5', dst: '192.0.2.1' }
const web = policy(2, { dstaddr: '"web"' })
const vip = (name: string, lines: string) => `edit "${name}"\nset extintf "any"\n${lines}\nnext\n`

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

test('trap 1: the id is no order, and a new policy is moved above the catch-all deny', () => {
  check({ policies: policy(20) + policy(3, { action: 'deny' }) }, out, { verdict: 'allow', policy: 20 })
  expect(edit(EDGE, compiled(EDGE)).script).toContain('    move 8 before 3\n')
  expect(edit(EDGE, compiled(EDGE)).rest.calls.at(-1)?.query).toMatchObject({ action: 'move', before: '3' })
})

test('trap 2: omitted action denies, omitted status is on, an address without subnet is everything', () => {
  check({ policies: policy(1, { action: '' }) + policy(2) }, out, { verdict: 'deny', policy: 1 })
  const addresses = 'edit "bare"\nset comment "x"\nnext'
  check({ addresses, policies: policy(1, { srcaddr: '"bare"', status: '' }) }, out, { verdict: 'allow', policy: 1 })
})

test('trap 3: a broad accept above a VIP policy takes no VIP traffic; a broad deny does as match-vip of the release says', () => {
  check({ policies: policy(1) + web }, {}, { verdict: 'allow', policy: 2 })
  const deny = policy(1, { action: 'deny' }) + web
  check({ version: '7.2.2', policies: deny }, {}, { verdict: 'allow', policy: 2 })
  check({ version: '7.2.4', policies: deny }, {}, { verdict: 'deny', policy: 1 })
  check({ version: '7.2.3', policies: deny }, {}, { verdict: 'depends' })
})

test('trap 4: the service of the policy is matched on the mapped port', () => {
  check({ policies: policy(1, { dstaddr: '"web"', service: '"https"' }) }, {}, { verdict: 'deny', vip: 'web' })
  check(
    { policies: policy(1, { dstaddr: '"web"', service: '"alt"' }) },
    {},
    { verdict: 'allow', dnat: '10.20.0.5:8443' },
  )
})

test('trap 5: the VIP table chooses the VIP, and a VIP that only disabled policies name is out of the game', () => {
  const one = (name: string, to: string) => vip(name, `set extip 203.0.113.10\nset mappedip "${to}"`)
  const vips = one('first', '10.20.0.8') + one('web', '10.20.0.9')
  const naming = (lines: Record<string, string>) => policy(1, { dstaddr: '"first"', srcaddr: '"none"', ...lines })
  check({ vips, policies: web + naming({}) }, {}, { verdict: 'deny', reason: 'vip-mismatch', vip: 'first' })
  check({ vips, policies: web + naming({ status: 'disable' }) }, {}, { verdict: 'allow', vip: 'web' })
})

test('trap 6: a 1:1 VIP takes all ports of its address, also from the device itself, and one policy opens one of them', () => {
  const interfaces = 'edit "wan1"\nset ip 203.0.113.1/24\nset allowaccess ping ssh https\nnext\n'
  const vips = vip('web', 'set extip 203.0.113.1\nset mappedip "10.20.0.5"')
  const to = (over: Record<string, unknown>) => ({ dst: '203.0.113.1', ...over })
  const every = [
    to({ dport: 443 }),
    to({ dport: 22 }),
    to({ proto: 'icmp', icmptype: 8, icmpcode: 0 }),
    to({ proto: 'udp', dport: 53 }),
    to({ proto: 'gre' }),
  ]
  // While no policy that is on names it, the device answers there as its interface says.
  const before = { interfaces, vips, policies: policy(1, { dstaddr: '"net"' }) }
  for (const [index, over] of every.entries())
    check(before, over, { verdict: index < 3 ? 'allow' : 'deny', reason: 'local-in', vip: null })
  // One policy for one port exposes nothing else, and turns everything away from the device.
  const after = { interfaces, vips, policies: policy(1, { dstaddr: '"web"', service: '"https"' }) }
  for (const [index, over] of every.entries())
    check(
      after,
      over,
      index === 0 ? { verdict: 'allow', dnat: '10.20.0.5:443' } : { verdict: 'deny', reason: 'implicit', vip: 'web' },
    )
  // A forwarded port takes only itself: the others stay with the device (facts §2.3, KB 261055).
  const forward = vip(
    'web',
    'set extip 203.0.113.1\nset mappedip "10.20.0.5"\nset portforward enable\nset extport 443\nset mappedport 443',
  )
  check({ ...after, vips: forward }, to({ dport: 22 }), { verdict: 'allow', reason: 'local-in', vip: null })
  check({ ...after, vips: forward }, to({ dport: 443 }), { verdict: 'allow', vip: 'web' })
})

test('trap 7: the way out is the route to the mapped address, by zone where there is one', () => {
  check({ policies: policy(1, { dstaddr: '"web"', dstintf: '"dmz"' }) }, {}, { verdict: 'allow', dstintf: 'dmz' })
  check({ policies: policy(1, { dstaddr: '"web"', dstintf: '"wan1"' }) }, {}, { verdict: 'deny', dstintf: 'dmz' })
  const vips = vip('web', 'set extip 203.0.113.10\nset mappedip "10.1.0.9"')
  check({ vips, policies: policy(1, { dstaddr: '"web"', dstintf: '"inside"' }) }, {}, { verdict: 'allow' })
  check({ vips, policies: policy(1, { dstaddr: '"web"', dstintf: '"lan1"' }) }, {}, { verdict: 'deny' })
})

test('trap 8: port items are pairs, port 0 is not in 1-65535, names of factory services promise nothing', () => {
  const services = `edit "KERBEROS"\nset tcp-portrange 88 464:1000-2000\nset udp-portrange 88\nnext
    edit "ALL_TCP"\nset tcp-portrange 1-65535\nnext\nedit "HTTPS"\nset tcp-portrange 8888\nnext`
  const speaks = (service: string, over: Record<string, unknown>, verdict: 'allow' | 'deny') =>
    check({ services, policies: policy(1, { service: `"${service}"` }) }, { ...out, ...over }, { verdict })
  speaks('KERBEROS', { dport: 88, sport: 5 }, 'allow')
  speaks('KERBEROS', { dport: 464, sport: 1500 }, 'allow')
  speaks('KERBEROS', { dport: 464, sport: 5 }, 'deny')
  speaks('KERBEROS', { proto: 'udp', dport: 88 }, 'allow')
  speaks('KERBEROS', { proto: 'udp', dport: 464, sport: 1500 }, 'deny')
  speaks('ALL_TCP', { dport: 0 }, 'deny')
  speaks('HTTPS', { dport: 443 }, 'deny')
  speaks('HTTPS', { dport: 8888 }, 'allow')
})

test('trap 9: excludes win, negation turns the field, ones in a wildcard count, an unresolved name is no answer', () => {
  const addresses = `edit "lan"\nset subnet 10.1.0.0/24\nnext\nedit "five"\nset type iprange\nset start-ip 10.1.0.5\nset end-ip 10.1.0.5\nnext
    edit "wild"\nset type wildcard\nset wildcard 10.0.0.5 255.0.0.255\nnext\nedit "name"\nset type fqdn\nset fqdn "x.example"\nnext\nend
    config firewall addrgrp\nedit "most"\nset member "lan"\nset exclude enable\nset exclude-member "five"\nnext`
  const from = (srcaddr: string, lines = {}) => ({
    addresses,
    policies: policy(1, { srcaddr: `"${srcaddr}"`, ...lines }),
  })
  check(from('most'), out, { verdict: 'deny' })
  check(from('most'), { ...out, src: '10.1.0.6' }, { verdict: 'allow' })
  check(from('most', { 'srcaddr-negate': 'enable' }), out, { verdict: 'allow' })
  check(from('wild'), { ...out, src: '10.1.0.6' }, { verdict: 'deny' })
  check(from('wild'), out, { verdict: 'allow' })
  check(from('name'), out, { verdict: 'depends', depends: ['source address name (fqdn x.example)'] })
  // A range that ends before it starts, or nowhere, is none that a device takes.
  for (const end of ['10.1.0.4', '0.0.0.0']) {
    const backwards = `edit "odd"\nset type iprange\nset start-ip 10.1.0.5\nset end-ip ${end}\nnext`
    const named = { verdict: 'depends', depends: ['source address odd (iprange)'] } as const
    check({ addresses: backwards, policies: policy(1, { srcaddr: '"odd"' }) }, out, named)
  }
})

test('trap 10: an identity policy is neither an accept nor a deny: whoever is not known falls through', () => {
  const staff = policy(1, { groups: '"staff"' })
  check({ policies: staff }, out, { verdict: 'depends', reason: 'identity', depends: ['group:staff'] })
  check({ policies: staff + policy(2, { action: 'deny' }) }, { ...out, groups: [] }, { verdict: 'deny', policy: 2 })
  check({ policies: staff + policy(2) }, { ...out, groups: [] }, { verdict: 'allow', policy: 2 })
  const always = 'config user setting\nset auth-on-demand always\nend\n'
  check({ policies: staff + policy(2), more: always }, out, { verdict: 'depends', depends: ['auth-on-demand always'] })
})

test('trap 11: nights, whole days, never, and what has expired; a grant ends its sessions with its schedule', () => {
  const schedules = `config firewall schedule recurring
    edit "night"\nset day sunday\nset start 22:00\nset end 06:00\nnext\nedit "day"\nset day monday\nset start 08:00\nset end 08:00\nnext
    edit "none"\nnext\nend\nconfig firewall schedule onetime\nedit "past"\nset start 00:00 2026/11/01\nset end 00:00 2026/11/02\nnext\nend\n`
  const at = (schedule: string, when: string, verdict: 'allow' | 'deny') =>
    check({ schedules, policies: policy(1, { schedule: `"${schedule}"` }) }, { ...out, at: when }, { verdict })
  at('night', '2026-11-23T05:59:00+01:00', 'allow')
  at('night', '2026-11-23T05:59:00Z', 'deny')
  at('night', '2026-11-24T05:59:00+01:00', 'deny')
  at('day', '2026-11-24T07:59:00+01:00', 'allow')
  at('none', '2026-11-24T07:59:00+01:00', 'deny')
  at('past', '2026-11-24T07:59:00+01:00', 'deny')
  const expired = policy(1, { 'policy-expiry': 'enable', 'policy-expiry-date': '"2026-11-23 09:00:00"' })
  check({ policies: expired + policy(2) }, out, { policy: 2 })
  const until = Date.parse('2026-11-27T23:59:59+01:00') / 1000
  expect(compiled(EDGE, { until })).toContain('        set schedule-timeout enable\n')
  expect(compiled(EDGE)).not.toContain('schedule-timeout')
})

test('trap 12: values over several lines, empty quotes, escapes and unset keep their spelling and their meaning', () => {
  const text = `config system replacemsg\n    set buffer "<p>\nconfig firewall policy\nend\nit\\'s"\n    set image ''\nend
config firewall service custom\n    edit "any-ping"\n        set protocol ICMP\n        unset icmptype\n    next\nend\n`
  const tree = readFortiText('fw.conf', text)
  expect(printFortiText(tree)).toBe(text)
  expect(tree.problems).toEqual([])
  expect(tree.statements.map(({ kind }) => kind).join(' ')).toBe('config set set end config edit set unset next end')
  const services = 'edit "any-ping"\nset protocol ICMP\nset icmptype 8\nunset icmptype\nnext'
  check(
    { services, policies: policy(1, { service: '"any-ping"' }) },
    { ...out, proto: 'icmp', icmptype: 13, icmpcode: 0 },
    { verdict: 'allow' },
  )
})

test('trap 13: end without next, VDOM blocks twice, bare VDOM names, one name in two VDOMs', () => {
  const vdom = (name: string, subnet: string) =>
    `config vdom\nedit ${name}\nconfig firewall address\nedit "who"\nset subnet ${subnet}\nend\nend\n`
  const text = `config vdom\nedit root\nnext\nedit dmz\nnext\nend\n\nconfig global\nconfig system global\nset timezone "UTC"\nend\nend\n${vdom('root', '10.1.0.0/24')}${vdom('dmz', '10.2.0.0/24')}`
  const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
  expect(device.problems).toEqual([])
  const who = (name: string) => {
    const address = device.vdoms.get(name)?.addresses.get('who')
    return address?.kind === 'address' ? address.ip : undefined
  }
  expect(who('root')).toEqual(cidrs('10.1.0.0/24'))
  expect(who('dmz')).toEqual(cidrs('10.2.0.0/24'))
})

test('trap 14: another salt, uuid, save counter or user is no difference, and a written default is none', () => {
  const more = 'config user local\nedit "a"\nset passwd ENC AAAA\nnext\nend\n'
  const before = fortigate({ policies: policy(1, { uuid: '11111111-0000-51f0-0000-000000000000' }), more })
  const after = before
    .replace('ENC AAAA', 'ENC BBBB')
    .replace('11111111-', '22222222-')
    .replace('user=admin', 'user=bob\n#conf_file_ver=99')
  const device = (text: string) => readFortigate({ id: 'fw' }, 'fw.conf', text)
  expect(renderEdit(device(before), after)).toMatchObject({ ok: true, script: '' })
  const full = before.replace(
    'edit 1\nset srcintf',
    'edit 1\nset status enable\nset nat disable\nset srcaddr-negate disable\nset schedule-timeout disable\nset vlan-filter ""\nset srcintf',
  )
  expect(full).not.toBe(before)
  const plain = (text: string) =>
    fortigateMeaning(device(text), EVERYTHING).map(({ because: _, flows, ...piece }) => [piece, flows.length])
  expect(plain(full)).toEqual(plain(before))
})

test('trap 15: a changed list is sent whole, and nothing that belongs to the device is copied', () => {
  const before = EDGE.replace('edit 7\n', 'edit 7\n        set uuid 11111111-0000-51f0-0000-000000000000\n')
  const longer = before.replace('set srcaddr "all"', 'set srcaddr "all" "hq"')
  const { rest, restBack } = edit(before, longer)
  expect(rest.calls).toEqual([
    {
      method: 'PUT',
      path: '/api/v2/cmdb/firewall/policy/7',
      query: { vdom: 'root' },
      body: { srcaddr: [{ name: 'all' }, { name: 'hq' }] },
    },
  ])
  expect(restBack.calls[0]?.body).toEqual({ srcaddr: [{ name: 'all' }] })
  const gone = before.replace(/ {4}edit 7\n[\s\S]*?next\n/, '')
  expect(JSON.stringify(edit(before, gone).restBack.calls)).not.toMatch(/uuid|q_origin_key/)
})

test('trap 16: names are free in their shared space and short enough; created first is what is referred to, deleted last', () => {
  const taken = EDGE.replace(
    'edit "vip-edge"',
    'edit "sp-192.0.2.0-24"\nset extip 203.0.113.99\nset mappedip 10.20.0.9\nnext\nedit "vip-edge"',
  )
  const after = compiled(taken, { sources: cidrs('192.0.2.0/24'), service: 's'.repeat(60), until: 1795820399 })
  const vdom = edge(after).vdoms.get('root')
  expect(vdom?.addresses.has('sp-192.0.2.0-24-2')).toBe(true)
  expect(Math.max(...(vdom?.policies.map(({ name }) => name.length) ?? []))).toBeLessThanOrEqual(35)
  const tables = (calls: readonly { path: string }[]) => calls.map(({ path }) => path.split('/').slice(4, 6).join('/'))
  const { rest, restBack } = edit(taken, after)
  const made = tables(rest.calls.filter(({ method }) => method === 'POST'))
  expect(made).toEqual(['firewall/address', 'firewall.service/custom', 'firewall.schedule/onetime', 'firewall/policy'])
  expect(tables(restBack.calls)).toEqual(made.toReversed())
  const removed = removeFortigateGrant(edge(after), 'ar-0123456789')
  expect(removed.ok && removed.text).toBe(taken)
})

test('trap 17: what the next hop sees: the client, the device, a pool, or the address of a reversed 1:1 VIP', () => {
  const pool = 'config firewall ippool\nedit "p"\nset startip 10.20.0.70\nset endip 10.20.0.70\nnext\nend\n'
  check({ policies: web }, {}, { verdict: 'allow', snat: null })
  check({ policies: policy(2, { dstaddr: '"web"', nat: 'enable' }) }, {}, { snat: '10.20.0.1' })
  const pooled = policy(2, { dstaddr: '"web"', nat: 'enable', ippool: 'enable', poolname: '"p"' })
  check({ policies: pooled, more: pool }, {}, { snat: '10.20.0.70' })
  const vips = vip('web', 'set extip 203.0.113.10\nset mappedip "10.20.0.5"')
  check(
    { vips, policies: policy(1, { nat: 'enable' }) + web },
    { ...out, srcintf: 'dmz', src: '10.20.0.5' },
    { snat: '203.0.113.10' },
  )
  // Around by the outside address the server sees whom the first pass hid, or without nat the client, past whom it answers.
  const own = vip('web', 'set extip 203.0.113.1\nset mappedip "10.20.0.5"').replace('"any"', '"wan1"')
  const around = (nat: string) => ({
    vips: own,
    policies: policy(1, { srcintf: '"inside"', dstintf: '"wan1"', nat }) + policy(2, { dstaddr: '"web"' }),
  })
  check(around('enable'), { ...out, dst: '203.0.113.1' }, { verdict: 'allow', vip: 'web', snat: '203.0.113.1' })
  check(around('disable'), { ...out, dst: '203.0.113.1' }, { verdict: 'allow', vip: 'web', snat: null })
})

test('trap 18: an unused VIP swallows its address in the releases that own it, unless it does not answer for it', () => {
  const unused = (more = '') => vip('web', `set extip 192.0.2.50\nset mappedip "10.20.0.5"\n${more}`)
  const to = { ...out, dst: '192.0.2.50' }
  for (const version of ['6.4.8', '7.0.0', '7.0.13', '7.2.6', '7.4.1', '7.6.2'])
    check({ version, vips: unused(), policies: policy(1) }, to, { verdict: 'deny', reason: 'local-in' })
  for (const version of ['6.4.9', '7.0.1', '7.0.12', '7.2.5', '7.4.0'])
    check({ version, vips: unused(), policies: policy(1) }, to, { verdict: 'allow', dstintf: 'wan1' })
  check({ vips: unused('set arp-reply disable'), policies: policy(1) }, to, { verdict: 'allow' })
  // So does the address of a pool.
  const pool = (more = '') =>
    `config firewall ippool\nedit "p"\nset startip 192.0.2.50\nset endip 192.0.2.59\n${more}next\nend\n`
  check({ more: pool(), policies: policy(1) }, to, { verdict: 'deny', reason: 'local-in' })
  check({ version: '7.4.0', more: pool(), policies: policy(1) }, to, { verdict: 'allow', dstintf: 'wan1' })
  check({ more: pool('set arp-reply disable\n'), policies: policy(1) }, to, { verdict: 'allow' })
})

test('trap 19: the service decides how long a connection lives, then the policy, then the port, then the default', () => {
  const more = `config system session-ttl\nset default 1800\nconfig port\nedit 1\nset protocol 6\nset start-port 9000\nset end-port 9010\nset timeout 600\nnext\nend\nend\n`
  const services =
    'edit "long"\nset tcp-portrange 8443 9005\nset session-ttl 28800\nnext\nedit "plain"\nset tcp-portrange 1-65535\nset session-ttl 0\nnext'
  const device = read({
    more,
    services,
    policies:
      policy(1, { service: '"long"', 'session-ttl': '7200' }) +
      policy(2, { service: '"plain"', 'session-ttl': '7200' }) +
      policy(3),
  })
  const ttl = (id: number, port: number, proto = 6) => {
    const found = sessionTtl(device, { policy: id, proto, port })
    return [found?.seconds, found?.from]
  }
  expect(ttl(1, 8443)).toEqual([28800, 'service'])
  expect(ttl(1, 80)).toEqual([7200, 'policy'])
  expect(ttl(2, 8443)).toEqual([7200, 'policy'])
  expect(ttl(3, 9005)).toEqual([600, 'port'])
  expect(ttl(3, 80)).toEqual([1800, 'default'])
  expect(ttl(3, 53, 17)).toEqual([180, 'default'])
  expect(sessionTtl(device, { policy: 1, proto: 6, port: 8443 })?.because[0]?.says).toBe('set session-ttl 28800')
  expect(sessionTtl(read({ policies: policy(3) }), { policy: 3, proto: 6, port: 80 })?.seconds).toBe(3600)
})

test('trap 20: modes that change the meaning of the same text are read first, and modelled or refused by name', () => {
  const refused = (settings: string, name: string) =>
    check({ settings, policies: policy(1) }, out, { verdict: 'depends', depends: [name] })
  // Central NAT is no refusal: the same text means that VIPs apply by themselves, and that no policy translates a source.
  const settings = 'set central-nat enable'
  check({ policies: policy(1) }, {}, { verdict: 'deny', vip: null })
  check({ settings, policies: policy(1) }, {}, { verdict: 'allow', vip: 'web', dnat: '10.20.0.5:8443' })
  check({ policies: policy(1, { nat: 'enable' }) }, out, { snat: '203.0.113.1' })
  check({ settings, policies: policy(1, { nat: 'enable' }) }, out, { snat: null })
  refused('set ngfw-mode policy-based', 'ngfw-mode policy-based')
  refused('set opmode transparent', 'transparent mode')
  const text = fortigate({ policies: policy(1) }).replace('opmode=0', 'opmode=1')
  const verdict = matchPacket(readFortigate({ id: 'fw' }, 'fw.conf', text), packet(out))
  expect(verdict.depends).toEqual(['transparent mode'])
})

test('trap 21: an internet service replaces destination and service, and what it holds is not in the file', () => {
  const isdb = policy(4, {
    'internet-service': 'enable',
    'internet-service-name': '"Google-Web"',
    dstaddr: '',
    service: '',
  })
  check({ policies: isdb }, out, { verdict: 'depends', depends: ['policy 4 (internet-service)'] })
  // Lines that stay behind it mean nothing.
  const both = policy(4, { 'internet-service': 'enable', dstaddr: '"none"', service: '"alt"' })
  check({ policies: both }, out, { verdict: 'depends', depends: ['policy 4 (internet-service)'] })
  const from = policy(4, { 'internet-service-src': 'enable', srcaddr: '' })
  check({ policies: from + policy(5) }, out, { verdict: 'allow' })
})

test('trap 22: a 200 may be a refusal, a 429 is a lockout, lists come for one object, the token is never in the address', async () => {
  const asked: string[] = []
  const serve = async (answer: RequestListener) => {
    const server: Server = createServer((request, response) => {
      asked.push(request.url ?? '')
      answer(request, response)
    })
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address ? address.port : 0)
      })
    })
    const client = openFortigateClient({ device: 'fw', url: `http://127.0.0.1:${port}`, token: 'sesame', vdom: 'root' })
    open.push({ close: () => server.close() }, client)
    return client
  }
  const codeOf = (attempt: Promise<unknown>) =>
    attempt.then(
      () => 'fine',
      (fault: { code?: string }) => fault.code,
    )
  const refusing = await serve((_, response) => response.end('{"http_status":403,"status":"error"}'))
  expect(await codeOf(refusing.readTable('firewall/policy'))).toBe('fortigate-forbidden')
  const locked = await serve((_, response) => response.writeHead(429).end('{}'))
  expect(await codeOf(locked.readStatus())).toBe('fortigate-locked-out')
  const several = await serve((_, response) =>
    response.end('[{"vdom":"root","results":[]},{"vdom":"dmz","results":[]}]'),
  )
  expect(await codeOf(several.readTable('firewall/policy'))).toBe('fortigate-unexpected-answer')
  const single = await serve((_, response) =>
    response.end('{"http_status":200,"status":"success","results":{"default":"3600"}}'),
  )
  expect(await single.readTable('system/session-ttl')).toEqual([{ default: '3600' }])
  // The backup is asked for by POST, and by GET where the release knows no other; sessions by the name that the release has.
  const older = await serve((request, response) => {
    const isThere = request.method === 'GET' && !request.url?.startsWith('/api/v2/monitor/firewall/sessions')
    const isBackup = request.url?.includes('/config/backup')
    response.writeHead(isThere ? 200 : isBackup ? 405 : 404)
    response.end(
      isBackup ? fortigate({ policies: policy(1) }) : '{"http_status":200,"status":"success","results":{"details":[]}}',
    )
  })
  expect(await older.readConfiguration()).toContain('config firewall policy')
  expect(await older.readSessions({})).toEqual([])
  const paths = asked.map((url) => url.split('?')[0])
  expect(paths.slice(-2)).toEqual(['/api/v2/monitor/firewall/sessions', '/api/v2/monitor/firewall/session'])
  // A lookup says where the packet comes in, and is an answer for this moment only: it carries no time.
  await codeOf(
    older.policyLookup({
      ingress: 'wan1',
      source: '198.51.100.7',
      destination: '203.0.113.10',
      protocol: 6,
      destinationPort: 443,
    }),
  )
  const lookup = new URL(asked.at(-1) ?? '', 'http://fw').searchParams
  expect(lookup.get('srcintf')).toBe('wan1')
  expect([...lookup.keys()].filter((name) => /time|date|at$/.test(name))).toEqual([])
  expect(asked.join()).not.toContain('sesame')
  expect(asked.every((url) => !url.includes('vdom=*'))).toBe(true)
})

test('trap 23: the certificate that clients see may be the device’s own, and its end is in the file', async () => {
  const pem = await generate([{ name: 'commonName', value: 'grafana.corp.example' }], {
    notBeforeDate: new Date('2026-01-01T00:00:00Z'),
    notAfterDate: new Date('2026-12-01T00:00:00Z'),
  })
  const more = `config vpn certificate local\nedit "edge-2026"\nset certificate "${pem.cert.trim()}"\nnext\nedit "edge-old"\nnext\nend
config firewall ssl-ssh-profile\nedit "protect"\nset server-cert-mode replace\nset server-cert "edge-2026" "gone"\nnext\nedit "look"\nnext\nend\n`
  const inspected = (profile: string, utm: string) =>
    read({ more, policies: policy(2, { dstaddr: '"web"', 'utm-status': utm, 'ssl-ssh-profile': `"${profile}"` }) })
  const shown = certificatesShown(inspected('protect', 'enable'), 'web', 2)
  expect(shown?.by).toBe('inspection')
  expect(shown?.certificates.map(({ name, certificate }) => [name, certificate?.expires])).toEqual([
    ['edge-2026', Date.parse('2026-12-01T00:00:00Z') / 1000],
    ['gone', undefined],
  ])
  expect(certificatesShown(inspected('look', 'enable'), 'web', 2)).toBeUndefined()
  expect(certificatesShown(inspected('protect', 'disable'), 'web', 2)).toBeUndefined()
  const vips = vip(
    'web',
    'set type server-load-balance\nset server-type https\nset extip 203.0.113.10\nset extport 443\nset ssl-certificate "edge-old" "edge-2026"',
  )
  const balanced = certificatesShown(read({ more, vips, policies: web }), 'web', 2)
  expect([balanced?.by, balanced?.certificates.map(({ name }) => name)]).toEqual(['vip', ['edge-old', 'edge-2026']])
})

test('trap 24: one policy for several interfaces and both families is several rules, and a v4 deny covers no v6', () => {
  const interfaces = 'edit "six"\nconfig ipv6\nset ip6-address 2001:db8:1::1/64\nend\nnext\n'
  const more =
    'config firewall address6\nedit "all"\nnext\nend\nconfig router static6\nedit 1\nset device "wan1"\nnext\nend\n'
  const both = policy(2, { srcintf: '"six" "inside"', srcaddr6: '"all"', dstaddr6: '"all"' })
  const six = { srcintf: 'six', src: '2001:db8:1::5', dst: '2001:db8:2::1' }
  const world = { interfaces, more, policies: policy(1, { action: 'deny' }) + both }
  check(world, six, { verdict: 'allow', policy: 2 })
  check(world, out, { verdict: 'deny', policy: 1 })
  check({ interfaces, more, policies: both }, out, { verdict: 'allow', policy: 2 })
  check(
    { interfaces, more, policies: both },
    { ...out, srcintf: 'dmz', src: '10.20.0.9' },
    { verdict: 'deny', reason: 'implicit' },
  )
})

test('trap 25: no route, a wrong way back, the device itself and another VIP are not the implicit deny', () => {
  const policies = policy(1, { srcaddr: '"none"' })
  const routes = 'edit 2\nset dst 10.9.0.0/16\nset blackhole enable\nnext'
  const reason = (over: Record<string, unknown>, expected: string, world: Partial<World> = {}) =>
    check({ policies, routes, ...world }, over, { verdict: 'deny', reason: expected })
  reason(out, 'implicit')
  reason({ ...out, dst: '10.9.1.1' }, 'no-route')
  reason({ ...out, src: '10.20.0.9' }, 'rpf')
  const one = (name: string, to: string) => vip(name, `set extip 203.0.113.10\nset mappedip "${to}"`)
  const first = policy(1, { srcaddr: '"none"', dstaddr: '"first"' })
  reason({}, 'vip-mismatch', { vips: one('first', '10.20.0.8') + one('web', '10.20.0.9'), policies: first + web })
  reason({}, 'disabled', { policies: policy(2, { dstaddr: '"web"', status: 'disable' }) })
  reason({ ...out, dst: '10.2.0.9' }, 'implicit')
  reason({ dst: '203.0.113.1', dport: 22 }, 'local-in')
  reason({ ...out, srcintf: 'off', src: '10.77.0.5' }, 'interface-down', {
    interfaces: 'edit "off"\nset ip 10.77.0.1/24\nset status down\nnext\n',
  })
})
