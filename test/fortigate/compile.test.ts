import { describe, expect, test } from 'vitest'
import { compileFortigateGrant, type OuterAsk } from '../../src/fortigate/compile.ts'
import { matchPacket } from '../../src/fortigate/match.ts'
import { findVip } from '../../src/fortigate/packet/vip-info.ts'
import type { Packet } from '../../src/fortigate/packet.ts'
import { removeFortigateGrant } from '../../src/fortigate/remove-grant.ts'
import { ask, cidrs, compiled, device, EDGE } from './edge-fortigate.ts'

const until = Date.parse('2026-11-27T23:59:59+01:00') / 1000
function refusal(text: string, over: Partial<OuterAsk> = {}): string {
  const change = compileFortigateGrant(device(text), ask(over))
  return change.ok ? 'compiled' : change.reason
}
function added(before: string, after: string): string[] {
  const known = before.split('\n')
  const lines: string[] = []
  let at = 0
  for (const line of after.split('\n')) {
    if (line === known[at]) at += 1
    else lines.push(line.trim())
  }
  expect(at).toBe(known.length)
  return lines
}
const packet = (over: Partial<Packet> = {}): Packet => ({
  srcintf: 'port2',
  src: '10.10.20.9',
  dst: '203.0.113.10',
  proto: 'tcp',
  sport: 50000,
  dport: 443,
  at: '2026-11-27T12:00:00+01:00',
  ...over,
})
const verdict = (text: string, over: Partial<Packet> = {}) => matchPacket(device(text), packet(over)).verdict

describe('a grant', () => {
  test('adds its own lines only, reuses what is equal, and stands above what took its traffic', () => {
    const text = compiled(EDGE, { until })
    expect(added(EDGE, text)).toEqual([
      'edit "sp-tcp-8443"',
      'set comment "Sallyport"',
      'set tcp-portrange 8443',
      'next',
      'edit "sp-ar-0123456789"',
      'set start 00:00 2001/01/02',
      'set end 23:59 2026/11/27',
      'next',
      'edit 8',
      'set name "grafana-ar-0123456789"',
      'set srcintf "inside"',
      'set dstintf "port3"',
      'set action accept',
      'set srcaddr "hq"',
      'set dstaddr "vip-edge"',
      'set schedule "sp-ar-0123456789"',
      'set schedule-timeout enable',
      'set service "sp-tcp-8443"',
      'set logtraffic all',
      'set comments "Sallyport ar-0123456789 quarterly report"',
      'next',
    ])
    expect(
      device(text)
        .vdoms.get('root')
        ?.policies.map(({ id }) => id),
    ).toEqual([7, 8, 3])
    expect(verdict(EDGE)).toBe('deny')
    expect(matchPacket(device(text), packet())).toMatchObject({
      verdict: 'allow',
      policy: 8,
      vip: 'vip-edge',
      dnat: '10.20.0.5:8443',
      dstintf: 'port3',
      snat: null,
    })
  })

  test('ends with the minute before it would be too late, and starts no minute early', () => {
    const from = Date.parse('2026-11-26T08:00:30+01:00') / 1000
    const text = compiled(EDGE, { from, until })
    expect(verdict(text, { at: '2026-11-27T23:58:59+01:00' })).toBe('allow')
    expect(verdict(text, { at: '2026-11-27T23:59:59+01:00' })).toBe('deny')
    expect(verdict(text, { at: '2026-11-26T08:00:59+01:00' })).toBe('deny')
    expect(verdict(text, { at: '2026-11-26T08:01:00+01:00' })).toBe('allow')
  })

  test('never outlives its end in the hour that autumn repeats', () => {
    const change = compileFortigateGrant(device(EDGE), ask({ until: Date.parse('2026-10-25T02:30:00+02:00') / 1000 }))
    expect(change).toMatchObject({ ok: true, window: { until: Date.parse('2026-10-25T01:58:59+02:00') / 1000 } })
    if (change.ok) expect(change.text).toContain('set end 01:59 2026/10/25')
  })

  test('is refused when the time zone is not known and an end is asked for', () => {
    const text = EDGE.replace('    set timezone "Europe/Berlin"\n', '')
    expect(refusal(text, { until })).toBe('no-timezone')
    expect(refusal(text)).toBe('compiled')
  })

  test('goes below protected denies and is refused where it would have to go above one', () => {
    expect(refusal(EDGE, { protectedDenies: ['deny-rest'] })).toBe('protected-deny')
    const guard = `    edit 5
        set name "never"
        set srcintf "any"
        set dstintf "any"
        set srcaddr "all"
        set dstaddr "hq"
        set schedule "always"
        set service "ALL"
        set match-vip disable
    next
`
    const text = EDGE.replace('    edit 3\n', `${guard}    edit 3\n`)
    const order = device(compiled(text, { protectedDenies: ['never'] })).vdoms.get('root')?.policies
    expect(order?.map(({ id }) => id)).toEqual([7, 5, 8, 3])
  })

  test('has one policy for each way in, each with its own sources', () => {
    const text = compiled(EDGE, { sources: cidrs('10.10.20.0/24', '198.51.100.0/24') })
    const policies = device(text).vdoms.get('root')?.policies.slice(1, 3)
    expect(policies?.map(({ srcintf, srcaddr }) => [srcintf, srcaddr])).toEqual([
      [['inside'], ['hq']],
      [['wan1'], ['sp-198.51.100.0-24']],
    ])
    expect(verdict(text, { srcintf: 'wan1', src: '198.51.100.9' })).toBe('allow')
    expect(verdict(text, { srcintf: 'wan1', src: '10.10.20.9' })).toBe('deny')
  })

  test('is refused by name when it cannot be written', () => {
    expect(refusal(EDGE, { vip: 'nope' })).toBe('no-vip')
    expect(refusal(EDGE, { ports: [{ proto: 'tcp', from: 80, to: 80 }] })).toBe('vip-port')
    expect(refusal(EDGE, { groups: ['nobody'] })).toBe('no-group')
    expect(refusal(EDGE, { sources: cidrs('2001:db8::/32') })).toBe('family')
    const without = EDGE.replace(/config router static[\s\S]*$/, '')
    expect(refusal(without, { sources: cidrs('198.51.100.0/24') })).toBe('no-route-back')
    expect(refusal(EDGE.replace('set extintf "any"', 'set extintf "wan1"'))).toBe('vip-interface')
    expect(refusal(`${EDGE}config system settings\n    set ngfw-mode policy-based\nend\n`)).toBe('not-modelled')
  })

  test('names stay within limits and never collide with an address, group or VIP', () => {
    const taken = EDGE.replace(
      'edit "vip-edge"',
      'edit "sp-192.0.2.0-24"\nset extip 203.0.113.99\nset mappedip 10.20.0.99\nnext\nedit "vip-edge"',
    )
    const text = compiled(taken, { sources: cidrs('192.0.2.0/24'), service: 'a-service-with-a-very-long-name-indeed' })
    const vdom = device(text).vdoms.get('root')
    expect(vdom?.addresses.has('sp-192.0.2.0-24-2')).toBe(true)
    const name = vdom?.policies.find(({ id }) => id === 8)?.name ?? ''
    expect(name.length).toBeLessThanOrEqual(35)
    expect(name).toContain('ar-0123456789')
  })

  test('notes cannot break out of their line', () => {
    const text = compiled(EDGE, { note: '"\nnext\nedit 99\nset action accept' })
    expect(
      device(text)
        .vdoms.get('root')
        ?.policies.map(({ id }) => id),
    ).toEqual([7, 8, 3])
  })

  test('asks for the user group when identity reaches the firewall', () => {
    const text = compiled(EDGE, { groups: ['grp-data'] })
    expect(verdict(text, { groups: ['grp-data'] })).toBe('allow')
    expect(verdict(text, { groups: [] })).toBe('deny')
    expect(matchPacket(device(text), packet())).toMatchObject({ verdict: 'depends', depends: ['group:grp-data'] })
  })

  test('is taken back to the byte, and leaves alone what another grant still uses', () => {
    const one = compiled(EDGE, { until, sources: cidrs('10.10.20.4/30') })
    const removed = removeFortigateGrant(device(one), 'ar-0123456789')
    expect(removed.ok && removed.text).toBe(EDGE)
    const two = compiled(one, { request: 'ar-aaaaaaaaaa', until, sources: cidrs('10.10.20.4/30') })
    const rest = removeFortigateGrant(device(two), 'ar-0123456789')
    expect(rest.ok && rest.text).toContain('sp-10.10.20.4-30')
    expect(rest.ok && rest.text).not.toContain('ar-0123456789')
    expect(removeFortigateGrant(device(EDGE), 'ar-0123456789').ok).toBe(false)
  })

  test('is known by comments that people wrote, and never mistaken for another request', () => {
    const commented = (comments: string) =>
      EDGE.replace('set name "deny-rest"', `set name "x"\n        set comments "${comments}"`)
    const removes = (comments: string) => removeFortigateGrant(device(commented(comments)), 'ar-abc').ok
    for (const comments of [
      'sallyport ar-abc: data to grafana',
      'SALLYPORT ar-abc',
      'Sallyport ar-abc, see',
      'sallyport ar-abc x',
    ]) {
      expect(removes(comments), comments).toBe(true)
    }
    for (const comments of [
      'sallyport ar-abcd: x',
      'sallyport ar-ab',
      'for sallyport ar-abc',
      'sallyport-ar-abc',
      'ar-abc',
      '',
    ]) {
      expect(removes(comments), comments).toBe(false)
    }
    const removed = removeFortigateGrant(device(commented('sallyport ar-abc: data to grafana')), 'ar-abc')
    expect(removed).toMatchObject({ ok: true, says: ['removed policy 3'] })
    expect(
      removed.ok &&
        device(removed.text)
          .vdoms.get('root')
          ?.policies.map(({ id }) => id),
    ).toEqual([7])
  })

  test('says which sources it left out because nothing from there can arrive', () => {
    const routes = EDGE.replace(
      'edit 1\n        set gateway',
      'edit 2\n        set dst 192.0.2.0/25\n        set blackhole enable\n    next\n    edit 1\n        set dst 198.51.100.0/24\n        set gateway',
    )
    const change = compileFortigateGrant(device(routes), ask({ sources: cidrs('10.10.20.0/24', '192.0.2.0/24') }))
    expect(change.ok && change.says).toContain(
      '192.0.2.0/24 left out: no route of the FortiGate leads back there, so nothing can arrive',
    )
    expect(change.ok && change.text).not.toContain('192.0.2.0 255')
    const all = compileFortigateGrant(device(EDGE), ask({ sources: cidrs('10.10.20.0/24', '192.0.2.0/24') }))
    expect(all.ok && all.says.join()).not.toContain('left out')
  })

  test('keeps the line ends of the file and works inside a VDOM', () => {
    const header = /^#.*\n/.exec(EDGE)?.[0] ?? ''
    const wrapped =
      `${header}config vdom\nedit root\nnext\nend\nconfig global\nend\nconfig vdom\nedit root\n${EDGE.replace(/^#.*\n/, '')}end\n`.replaceAll(
        '\n',
        '\r\n',
      )
    const text = compiled(wrapped, { until })
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(verdict(text)).toBe('allow')
  })
})

test('a VIP can be shown to others', () => {
  expect(findVip(device(EDGE), 'vip-edge')).toMatchObject({
    external: '203.0.113.10',
    ports: [443, 443],
    mapped: [{ address: '10.20.0.5', port: 8443 }],
  })
  expect(findVip(device(EDGE), 'nope')).toBeUndefined()
})
