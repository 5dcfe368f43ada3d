import { describe, expect, test } from 'vitest'
import { compileFortigateGrant, type OuterAsk } from '../../src/fortigate/compile.ts'
import { matchPacket } from '../../src/fortigate/match.ts'
import type { FortiPolicy } from '../../src/fortigate/model.ts'
import { removeFortigateGrant } from '../../src/fortigate/remove-grant.ts'
import { ask, cidrs, compiled, device, EDGE } from './edge-fortigate.ts'

const REQUEST = 'ar-0123456789'
const until = Date.parse('2026-11-27T23:59:59+01:00') / 1000
const into = (path: string, entry: string, text = EDGE) =>
  text.replace(`config firewall ${path}\n`, `config firewall ${path}\n${entry}`)
const below = (policy: string, text = EDGE) => text.replace('    edit 3\n', `${policy}    edit 3\n`)
const policiesOf = (text: string, vdom = 'root') => device(text).vdoms.get(vdom)?.policies ?? []

function ours(text: string, vdom = 'root'): FortiPolicy {
  const [policy] = policiesOf(text, vdom).filter(({ comments }) => comments.startsWith('Sallyport'))
  if (!policy) throw new Error('no policy of ours')
  return policy
}

function outcome(text: string, over: Partial<OuterAsk> = {}): string {
  const change = compileFortigateGrant(device(text), ask(over))
  return change.ok ? 'compiled' : change.reason
}

function says(text: string, over: Partial<OuterAsk> = {}): string {
  const change = compileFortigateGrant(device(text), ask(over))
  return change.ok ? change.says.join('\n') : change.says
}

/** The grant opens the VIP, and taking it back gives the same bytes. */
function checkThereAndBack(text: string, over: Partial<OuterAsk> = {}): string {
  const after = compiled(text, over)
  const packet = {
    srcintf: 'port2',
    src: '10.10.20.9',
    dst: '203.0.113.10',
    proto: 'tcp',
    sport: 5,
    dport: 443,
  } as const
  expect(matchPacket(device(after), { ...packet, groups: [], at: '2026-11-27T12:00:00+01:00' }).verdict).toBe('allow')
  const removed = removeFortigateGrant(device(after), over.request ?? REQUEST)
  expect(removed.ok && removed.text).toBe(text)
  return after
}

const accept = (id: number, more: string) =>
  `    edit ${id}\n        set name "p-${id}"\n        set srcintf "any"\n        set dstintf "port3"\n        set action accept\n        set srcaddr "hq"\n        set dstaddr "vip-edge"\n        set schedule "always"\n        set service "ALL"\n${more}    next\n`

describe('what a grant reuses', () => {
  test.each([
    ['another time limit (trap 19)', 'set session-ttl 604800'],
    ['a helper of its own', 'set helper ftp'],
    ['a second port', 'set udp-portrange 8443'],
  ])('is no service with %s', (_, line) => {
    const text = into('service custom', `    edit "alt"\n        set tcp-portrange 8443\n        ${line}\n    next\n`)
    expect(ours(checkThereAndBack(text)).service).toEqual(['sp-tcp-8443'])
  })

  test('is an equal service, whatever it is called and however it is labelled', () => {
    const lines =
      'set category "Web"\n        set protocol TCP/UDP/SCTP\n        set tcp-portrange 8443\n        set comment "x"'
    const text = into('service custom', `    edit "behind"\n        ${lines}\n        set helper auto\n    next\n`)
    expect(ours(checkThereAndBack(text)).service).toEqual(['behind'])
  })

  test.each([
    ['that is for one interface only', 'set subnet 10.10.20.0 255.255.255.0\n        set associated-interface "port2"'],
    ['that follows an interface', 'set type interface-subnet\n        set interface "port2"'],
    ['of another type', 'set type wildcard\n        set wildcard 10.10.20.0 255.255.255.0'],
  ])('is no address %s', (_, lines) => {
    const text = EDGE.replace('set subnet 10.10.20.0 255.255.255.0', lines)
    expect(ours(checkThereAndBack(text)).srcaddr).toEqual(['sp-10.10.20.0-24'])
  })

  test('is an equal group, and no group that holds something that moves', () => {
    const half = (name: string, from: string) =>
      `    edit "${name}"\n        set subnet ${from} 255.255.255.192\n    next\n`
    const group = 'config firewall addrgrp\n    edit "both"\n        set member "low" "high"\n    next\nend\n'
    const halves = into('address', half('low', '10.10.20.0') + half('high', '10.10.20.128'))
    const text = halves.replace('config firewall service custom', `${group}config firewall service custom`)
    const sources = cidrs('10.10.20.0/26', '10.10.20.128/26')
    expect(ours(checkThereAndBack(text, { sources })).srcaddr).toEqual(['both'])
    const moves = text.replace('edit "high"', 'edit "high"\n        set associated-interface "port2"')
    expect(ours(checkThereAndBack(moves, { sources })).srcaddr).toEqual(['low', 'sp-10.10.20.128-26'])
  })
})

describe('names and numbers', () => {
  test('a schedule of the same name is left alone, and a long request is found again', () => {
    const taken = into(
      'schedule onetime',
      `    edit "sp-${REQUEST}"\n        set start 00:00 2026/01/01\n        set end 00:00 2026/01/02\n    next\n`,
    )
    expect(ours(checkThereAndBack(taken, { until })).schedule).toBe(`sp-${REQUEST}-2`)
    const request = 'ar-aaaaaaaaaa-bbbbbbbbbb-cccccccccc-ddddd'
    const long = checkThereAndBack(EDGE, { until, request })
    expect(ours(long).schedule.length).toBeLessThanOrEqual(31)
    const second = compiled(long, { until, request: `${request.slice(0, -1)}e` })
    const removed = removeFortigateGrant(device(second), `${request.slice(0, -1)}e`)
    expect(removed.ok && removed.text).toBe(long)
  })

  test('names are cut between characters and within the bytes a device holds', () => {
    const service = 'büro-\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}'
    const after = checkThereAndBack(EDGE, { service, note: '\u{1f600}'.repeat(200) })
    expect(Buffer.byteLength(ours(after).name)).toBeLessThanOrEqual(35)
    expect(Buffer.byteLength(ours(after).comments)).toBeLessThanOrEqual(255)
    expect(after).not.toMatch(/\p{Cs}|\ufffd/u)
  })

  test('at the highest id the lowest free one is taken, and it decides nothing about the place', () => {
    const text = EDGE.replace('edit 7\n', 'edit 4294967294\n')
    expect(policiesOf(checkThereAndBack(text)).map(({ id }) => id)).toEqual([4294967294, 1, 3])
  })
})

describe('the place of a grant', () => {
  test('is said with its reason: the policy it stands above, and the protected one it stays below', () => {
    expect(says(EDGE)).toMatch(
      /^new policy 8 above policy 3 "deny-rest" \(edge-fw\.conf:\d+\), which would take this traffic$/m,
    )
    const guard =
      '    edit 5\n        set name "never"\n        set srcintf "any"\n        set dstintf "wan1"\n        set srcaddr "all"\n        set dstaddr "all"\n        set schedule "always"\n        set service "ALL"\n    next\n'
    expect(says(below(guard), { protectedDenies: ['never'] })).toMatch(/, below the protected policy 5 "never" \(/)
    const open = EDGE.replace(/ {4}edit 3\n[\s\S]*?next\n/, '')
    expect(says(open)).toContain('new policy 8 after the last policy, as none takes this traffic away')
    const line = Number(/deny-rest" \(edge-fw\.conf:(\d+)\)/.exec(says(EDGE))?.[1])
    expect(EDGE.split('\n')[line - 1]).toBe('    edit 3')
  })

  test('is below policies that let a part in already, so that those keep their way', () => {
    const text = below(accept(9, '        set groups "grp-data"\n        set utm-status enable\n'))
    expect(policiesOf(checkThereAndBack(text)).map(({ id }) => id)).toEqual([7, 9, 10, 3])
  })

  test('above a deny, it takes over from those below, and says so', () => {
    const text = EDGE.replace(/end\nconfig router static/, `${accept(9, '')}end\nconfig router static`)
    expect(says(text)).toMatch(/policy 9 "p-9" \(edge-fw\.conf:\d+\) let some of it in until now/)
  })

  test('there is none where an open way hides who comes, which HAProxy would have to know', () => {
    expect(outcome(below(accept(9, '        set nat enable\n')))).toBe('source-hidden')
    expect(outcome(below(accept(9, '        set nat enable\n        set status disable\n')))).toBe('compiled')
  })
})

describe('what cannot be done exactly is refused by name', () => {
  test.each<[string, string, Partial<OuterAsk>]>([
    ['vip-source', EDGE.replace('set extintf "any"', 'set extintf "any"\n        set src-filter "10.10.20.0/25"'), {}],
    ['vip-disabled', EDGE.replace('set extintf "any"', 'set extintf "any"\n        set status disable'), {}],
    ['vip-interface', EDGE.replace('set extintf "any"', 'set extintf "inside"'), {}],
    [
      'vip-not-modelled',
      EDGE.replace('set portforward enable', 'set portforward enable\n        set portmapping-type m-to-n'),
      {},
    ],
    ['vip-port', EDGE, { ports: [{ proto: 'udp', from: 443, to: 443 }] }],
    ['vip-port', EDGE, { ports: [{ proto: 'tcp', from: 443, to: 444 }] }],
    ['no-time', EDGE, { from: until, until: until + 30 }],
  ])('%s', (reason, text, over) => {
    expect(outcome(text, over)).toBe(reason)
  })

  test('a group of VIPs is not a VIP, and one VIP of it is', () => {
    const text = EDGE.replace(
      'config firewall policy',
      'config firewall vipgrp\n    edit "all-vips"\n        set member "vip-edge"\n    next\nend\nconfig firewall policy',
    )
    expect(outcome(text, { vip: 'all-vips' })).toBe('vip-group')
    checkThereAndBack(text)
  })

  test('a VIP that would take what another one serves is not switched on, and one flow of it is told', () => {
    const whole =
      '    edit "whole"\n        set extip 203.0.113.10\n        set mappedip "10.20.0.9"\n        set extintf "any"\n    next\n'
    const text = into('vip', whole, below(accept(9, '')))
    expect(outcome(text, { vip: 'whole' })).toBe('not-exact')
    expect(says(text, { vip: 'whole' })).toMatch(/would also close 10\.10\.20\.0 → 203\.0\.113\.10 tcp\/443/)
  })
})

describe('the text', () => {
  const without = (path: string, text = EDGE) =>
    text.replace(new RegExp(`^config firewall ${path}\\n[\\s\\S]*?^end\\n`, 'm'), '')

  test.each(['schedule onetime', 'service custom', 'address', 'policy'])(
    'gets a section of its own where %s has none, and loses it again',
    (path) => {
      checkThereAndBack(without(path), { until })
      checkThereAndBack(without(path).replaceAll('\n', '\r\n'), { until })
    },
  )

  test('keeps a section that was empty before, and one of ours that somebody else uses now', () => {
    const empty = EDGE.replace(
      /^config firewall service custom\n[\s\S]*?^end\n/m,
      'config firewall service custom\nend\n',
    )
    checkThereAndBack(empty)
    const after = compiled(without('service custom'))
    const used = after.replace(
      '    # Sallyport\n',
      '    # Sallyport\n    edit "theirs"\n        set tcp-portrange 22\n    next\n',
    )
    const removed = removeFortigateGrant(device(used), REQUEST)
    expect(removed.ok && removed.text).toContain('edit "theirs"')
    expect(removed.ok && removed.text).not.toContain('sp-tcp')
  })

  test('may end without a line end, close entries with `end`, and open a section twice', () => {
    const sections = without('policy')
    const policies = /^config firewall policy\n[\s\S]*?^end\n/m.exec(EDGE)?.[0] ?? ''
    checkThereAndBack((sections + policies).trimEnd())
    const noVipBehind = without('vip', sections) + (/^config firewall vip\n[\s\S]*?^end\n/m.exec(EDGE)?.[0] ?? '')
    checkThereAndBack(noVipBehind.trimEnd(), { until })
    checkThereAndBack(EDGE.replaceAll('    next\nend', 'end'), { until })
    const open = EDGE.replace(/ {4}edit 3\n[\s\S]*?next\n/, '').replaceAll('    next\nend', 'end')
    checkThereAndBack(open, { until })
    checkThereAndBack(EDGE.replace('    edit 3\n', 'end\nconfig firewall policy\n    edit 3\n'), { until })
  })

  test('of several VDOMs is edited in the right one, and the others count for nothing', () => {
    const body = EDGE.replace(/^#.*\n/, '')
    const header = /^#.*\n/.exec(EDGE)?.[0] ?? ''
    const both = `${header}config vdom\nedit root\nnext\nedit other\nnext\nend\nconfig vdom\nedit other\n${body}end\nconfig vdom\nedit root\n${body}end\n`
    const once = compiled(both, { until })
    expect(once.indexOf('Sallyport')).toBeGreaterThan(both.indexOf('edit root\nconfig system global'))
    expect(policiesOf(once, 'other').map(({ id }) => id)).toEqual([7, 3])
    const there = once.replace(
      'config firewall service custom\n',
      'config firewall service custom\n    edit "sp-tcp-8443"\n        set tcp-portrange 8443\n    next\n',
    )
    const removed = removeFortigateGrant(device(there), REQUEST)
    expect(removed.ok && removed.text.split('sp-tcp-8443').length).toBe(2)
  })

  test('with a script behind it: what the script would undo is left alone, what it leaves is written behind it', () => {
    expect(outcome(`${EDGE}config firewall policy\n    move 3 before 7\nend\n`)).toBe('cannot-edit')
    checkThereAndBack(`${EDGE}config firewall service custom\n    purge\nend\n`)
  })
})

describe('with central NAT', () => {
  const central = `${EDGE}config system settings\n    set central-nat enable\nend\n`

  test('a policy names the mapped address, says what else that opens, and goes without a trace', () => {
    const after = checkThereAndBack(central, { until })
    expect(ours(after).dstaddr).toEqual(['sp-10.20.0.5'])
    expect(says(central)).toContain(
      'with central NAT a policy names the mapped address, so the direct way to 10.20.0.5',
    )
  })

  test('it is refused where the central table hides the sources', () => {
    const map =
      'config firewall central-snat-map\n    edit 1\n        set srcintf "port2"\n        set dstintf "port3"\n        set orig-addr "all"\n        set dst-addr "all"\n    next\nend\n'
    expect(outcome(central + map)).toBe('source-hidden')
  })

  test('it is refused where another VIP leads to the same host, which would be opened too', () => {
    const other = (to: string) =>
      into(
        'vip',
        `    edit "beside"\n        set extip 203.0.113.77\n        set mappedip "${to}"\n    next\n`,
        central,
      )
    expect(outcome(other('10.20.0.9'))).toBe('compiled')
    expect(outcome(other('10.20.0.5'))).toBe('not-exact')
    expect(says(other('10.20.0.5'))).toContain('203.0.113.77')
  })
})
