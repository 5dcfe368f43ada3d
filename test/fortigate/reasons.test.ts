import { expect, test } from 'vitest'
import { EVERYTHING } from '../../src/flow/flow-set.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import { fortigateMeaning } from '../../src/fortigate/meaning.ts'
import { Packet } from '../../src/fortigate/packet.ts'
import { fortigate, policy, type World } from './small-world.ts'
import { agreedVerdict } from './two-witnesses.ts'

/** Why nothing lets a packet in, and the line that shows it; `policy` stays 0 where the implicit deny is what decides. */
function check(world: World, over: Record<string, unknown>, reason: string, says: string, decides: number | null = 0) {
  const text = fortigate(world)
  const packet = Packet.parse({
    srcintf: 'lan1',
    src: '10.1.0.5',
    dst: '192.0.2.1',
    proto: 'tcp',
    sport: 50000,
    dport: 443,
    groups: [],
    at: '2026-11-23T10:00:00+01:00',
    ...over,
  })
  const verdict = agreedVerdict(readFortigate({ id: 'fw' }, 'fw.conf', text), packet)
  expect([verdict.verdict, verdict.policy, verdict.reason, verdict.because.at(-1)?.says]).toEqual([
    'deny',
    decides,
    reason,
    says,
  ])
  expect(text.split('\n')[(verdict.because.at(-1)?.line ?? 0) - 1]?.trim()).toBe(says)
}

const onetime = (from: string, to: string) =>
  `config firewall schedule onetime\nedit "once"\nset start 08:00 ${from}\nset end 18:00 ${to}\nnext\nend\n`
const recurring =
  'config firewall schedule recurring\nedit "nights"\nset day monday\nset start 22:00\nset end 23:00\nnext\nend\n'

test('a policy that is switched off', () => {
  check({ policies: policy(7, { status: 'disable' }) }, {}, 'disabled', 'set status disable')
  // Switched off is told first, whatever else shuts it.
  check({ policies: policy(7, { status: 'disable', groups: '"staff"' }) }, {}, 'disabled', 'set status disable')
})

test('a schedule that is not active now, or never will be again', () => {
  const once = policy(7, { schedule: '"once"' })
  check({ schedules: recurring, policies: policy(7, { schedule: '"nights"' }) }, {}, 'out-of-schedule', 'edit "nights"')
  check({ schedules: onetime('2026/11/24', '2026/11/25'), policies: once }, {}, 'out-of-schedule', 'edit "once"')
  check({ schedules: onetime('2026/11/20', '2026/11/22'), policies: once }, {}, 'expired', 'edit "once"')
  check({ policies: policy(7, { schedule: '"none"' }) }, {}, 'out-of-schedule', 'set schedule "none"')
})

test('a group of schedules is over when all of it is', () => {
  const group = (members: string) => `config firewall schedule group\nedit "both"\nset member ${members}\nnext\nend\n`
  const both = policy(7, { schedule: '"both"' })
  const past = onetime('2026/11/20', '2026/11/22') + recurring
  check({ schedules: past + group('"once"'), policies: both }, {}, 'expired', 'edit "both"')
  check({ schedules: past + group('"once" "nights"'), policies: both }, {}, 'out-of-schedule', 'edit "both"')
})

test('a policy that has expired', () => {
  const expired = { 'policy-expiry': 'enable', 'policy-expiry-date': '"2026-11-23 09:00:00"' }
  check({ policies: policy(7, expired) }, {}, 'expired', 'set policy-expiry-date "2026-11-23 09:00:00"')
  const utc = { 'policy-expiry': 'enable', 'policy-expiry-date-utc': '1795420800' }
  check({ policies: policy(7, utc) }, {}, 'expired', 'set policy-expiry-date-utc 1795420800')
})

test('somebody who is known to be in none of the groups', () => {
  check({ policies: policy(7, { groups: '"staff" "ops"' }) }, {}, 'not-authenticated', 'set groups "staff" "ops"')
  check({ policies: policy(7, { groups: '"staff"' }) }, { groups: ['ops'] }, 'not-authenticated', 'set groups "staff"')
})

test('the first policy in the table tells, and only one that would have let this in', () => {
  const off = (id: number, lines: Record<string, string> = {}) => policy(id, { status: 'disable', ...lines })
  check({ policies: policy(9, { groups: '"staff"' }) + off(7) }, {}, 'not-authenticated', 'set groups "staff"')
  check({ policies: off(7, { service: '"alt"' }) }, {}, 'implicit', 'config firewall policy')
  check({ policies: off(7, { action: 'deny' }) }, {}, 'implicit', 'config firewall policy')
  check({ policies: off(7, { dstintf: '"dmz"' }) }, {}, 'implicit', 'config firewall policy')
  check({ policies: off(7, { srcaddr: '"net"' }) + off(8) }, {}, 'disabled', 'set status disable')
})

test('through a VIP the policy has to name it, and speak the mapped port', () => {
  const inward = { srcintf: 'wan1', src: '198.51.100.7', dst: '203.0.113.10' }
  const taken = policy(1, { dstaddr: '"web"', srcaddr: '"none"' })
  const off = (lines: Record<string, string>) => policy(7, { status: 'disable', ...lines })
  check({ policies: taken + off({ dstaddr: '"web"', service: '"alt"' }) }, inward, 'disabled', 'set status disable')
  check(
    { policies: taken + off({ dstaddr: '"web"', service: '"https"' }) },
    inward,
    'implicit',
    'config firewall policy',
  )
  check({ policies: taken + off({}) }, inward, 'implicit', 'config firewall policy')
})

test('a VIP that only a policy that is off names takes no part, and that policy is the reason, whatever comes instead', () => {
  const vips = (extip: string) =>
    `edit "web"\nset extip ${extip}\nset mappedip "10.20.0.5"\nset extintf "wan1"\nset portforward enable\nset extport 443\nset mappedport 8443\nnext`
  const inward = { srcintf: 'wan1', src: '198.51.100.7', dst: '203.0.113.10' }
  const off = (lines: Record<string, string> = {}) => policy(7, { status: 'disable', dstaddr: '"web"', ...lines })
  const told = (world: World, over = {}, policy: number | null = null) =>
    check(world, { ...inward, ...over }, 'disabled', 'set status disable', policy)
  // Instead it is the device's own address, one that it answers for, or one that is routed out again without a policy.
  told({ vips: vips('203.0.113.1'), policies: off() }, { dst: '203.0.113.1' })
  told({ vips: vips('203.0.113.10'), policies: off() })
  told({ version: '7.4.0', vips: vips('203.0.113.10'), policies: off() }, {}, 0)
  const blackhole = 'edit 2\nset dst 192.0.2.0/24\nset blackhole enable\nnext'
  told({ version: '7.4.0', vips: vips('192.0.2.1'), routes: blackhole, policies: off() }, { dst: '192.0.2.1' })
  const group = 'config firewall vipgrp\nedit "grp"\nset member "web"\nnext\nend\n'
  told({ vips: vips('203.0.113.10'), more: group, policies: off({ dstaddr: '"grp"' }) })
  // Only a policy that would have let this in, through a VIP that would have taken it, is one.
  const bare = (lines: Record<string, string>, over = {}) =>
    check(
      { vips: vips('203.0.113.10'), policies: off(lines) },
      { ...inward, ...over },
      'local-in',
      'config firewall policy',
      null,
    )
  bare({ service: '"https"' })
  bare({ dstintf: '"wan1"' })
  bare({ srcaddr: '"none"' })
  bare({ action: 'deny' })
  bare({}, { dport: 80 })
})

test('what unknowns decide is told where they all come to the same, and as the implicit deny where not', () => {
  const addresses = 'edit "name"\nset type fqdn\nset fqdn "x.example"\nnext'
  const named = policy(7, { status: 'disable', srcaddr: '"name"' })
  check({ addresses, policies: named + policy(8, { groups: '"staff"' }) }, {}, 'implicit', 'config firewall policy')
  check({ addresses, policies: named + policy(8, { status: 'disable' }) }, {}, 'disabled', 'set status disable')
})

test('whoever is not known to be in a group makes the verdict depend, and no policy is blamed', () => {
  const device = readFortigate({ id: 'fw' }, 'fw.conf', fortigate({ policies: policy(7, { groups: '"staff"' }) }))
  const reasons = new Set(fortigateMeaning(device, EVERYTHING).map(({ reason, verdict }) => `${verdict} ${reason}`))
  expect(reasons).toContain('deny not-authenticated')
  expect(reasons).toContain('allow policy')
  const packet = Packet.parse({ srcintf: 'lan1', src: '10.1.0.5', dst: '192.0.2.1', proto: 'tcp', dport: 443 })
  expect(agreedVerdict(device, packet)).toMatchObject({ verdict: 'depends', depends: ['group:staff'] })
})
