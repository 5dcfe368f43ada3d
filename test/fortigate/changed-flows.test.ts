import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contains, isEmpty } from '../../src/flow/flow-set.ts'
import { changedFlows } from '../../src/fortigate/changed-flows.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import { prepareMatch } from '../../src/fortigate/match.ts'
import { randomFortigate, randomPacket, randomPacket6 } from './random-fortigate.ts'

const read = (text: string) => readFortigate({ id: 'fw' }, 'fw.conf', text)

/** Line edits as people make them: one goes, one is doubled elsewhere in its own section, two change places. */
const edit = fc.record({
  kind: fc.constantFrom('delete', 'copy', 'swap'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  to: fc.double({ min: 0, max: 1, noNaN: true }),
})

/** Elsewhere an edit means that everything may differ. */
const COMPARED = /^config firewall (?:policy|address|addrgrp|service|schedule)/

function edited(text: string, edits: readonly { kind: string; at: number; to: number }[]): string {
  const lines = text.split('\n')
  const section = (index: number) => lines.slice(0, index).findLastIndex((line) => line.startsWith('config '))
  const sets = () =>
    lines.flatMap((line, index) =>
      line.trim().startsWith('set ') && COMPARED.test(lines[section(index)] ?? '') ? [index] : [],
    )
  for (const { kind, at, to } of edits) {
    const own = sets()
    const one = own[Math.floor(at * (own.length - 1))] ?? 0
    const near = own.filter((index) => section(index) === section(one))
    const other = near[Math.floor(to * (near.length - 1))] ?? one
    const [first, second] = [lines[one] ?? '', lines[other] ?? '']
    if (kind === 'swap') [lines[one], lines[other]] = [second, first]
    else if (kind === 'copy') lines[other] = first
    else lines.splice(one, 1)
  }
  return lines.join('\n')
}

const fate = ({ because: _, reason: __, ...rest }: ReturnType<ReturnType<typeof prepareMatch>>) => JSON.stringify(rest)

describe('the flows that a change can touch', () => {
  test('outside of them, every packet fares as before', () => {
    const seen = { outside: 0, changed: 0 }
    fc.assert(
      fc.property(
        randomFortigate,
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        fc.array(fc.oneof(randomPacket, randomPacket6), { minLength: 60, maxLength: 60 }),
        (text, edits, packets) => {
          const [before, after] = [read(text), read(edited(text, edits))]
          const region = changedFlows(before, after)
          const [was, is] = [prepareMatch(before), prepareMatch(after)]
          for (const packet of packets) {
            const [now, then] = [fate(is(packet)), fate(was(packet))]
            if (contains(region, { src: packet.src, dst: packet.dst, ingress: packet.srcintf })) {
              seen.changed += now === then ? 0 : 1
              continue
            }
            seen.outside += 1
            expect(now).toBe(then)
          }
        },
      ),
      { numRuns: 250 },
    )
    expect(seen.outside).toBeGreaterThan(1000)
    expect(seen.changed).toBeGreaterThan(20)
  })

  test('a policy that is added touches its own sources only, and a comment touches nothing', () => {
    const policy = (id: number, from: string) =>
      `edit ${id}\nset srcintf "lan"\nset dstintf "dmz"\nset srcaddr "${from}"\nset dstaddr "all"\nset action accept\nset schedule "always"\nset service "ALL"\nnext\n`
    const text = (policies: string) => `config system interface
edit "lan"\nset ip 10.1.0.1 255.255.255.0\nnext\nedit "dmz"\nset ip 10.2.0.1 255.255.255.0\nnext\nend
config firewall address\nedit "a"\nset subnet 10.1.0.0 255.255.255.128\nnext\nedit "b"\nset subnet 10.1.0.128 255.255.255.128\nnext\nend
config firewall policy\n${policies}end\n`
    const before = read(text(policy(1, 'a')))
    const region = changedFlows(before, read(text(policy(1, 'a') + policy(2, 'b'))))
    expect(contains(region, { src: '10.1.0.200', dst: '10.2.0.9', ingress: 'lan' })).toBe(true)
    expect(contains(region, { src: '10.1.0.3', dst: '10.2.0.9', ingress: 'lan' })).toBe(false)
    expect(isEmpty(changedFlows(before, read(`# a comment\n${text(policy(1, 'a'))}`)))).toBe(true)
  })

  test('a VIP that no policy names any more also changes what its host looks like from outside', () => {
    const text = (status: string) => `config system interface
edit "wan1"\nset ip 203.0.113.1 255.255.255.0\nnext\nedit "dmz"\nset ip 10.2.0.1 255.255.255.0\nnext\nend
config firewall vip\nedit "v"\nset extip 203.0.113.10\nset extintf "wan1"\nset mappedip "10.2.0.9"\nnext\nend
config router static\nedit 1\nset gateway 203.0.113.254\nset device "wan1"\nnext\nend
config firewall policy
edit 1\nset status ${status}\nset srcintf "wan1"\nset dstintf "dmz"\nset srcaddr "all"\nset dstaddr "v"\nset action accept\nset schedule "always"\nset service "ALL"\nnext
edit 2\nset srcintf "dmz"\nset dstintf "wan1"\nset srcaddr "all"\nset dstaddr "all"\nset action accept\nset schedule "always"\nset service "ALL"\nset nat enable\nnext
end\n`
    const [before, after] = [read(text('enable')), read(text('disable'))]
    const packet = { srcintf: 'dmz', src: '10.2.0.9', dst: '198.51.100.7', proto: 'tcp' as const, sport: 9, dport: 443 }
    expect([before, after].map((device) => prepareMatch(device)(packet).snat)).toEqual(['203.0.113.10', '203.0.113.1'])
    expect(contains(changedFlows(before, after), { ...packet, ingress: 'dmz' })).toBe(true)
  })

  test('a policy from outside also decides what comes from inside to the outside address, and in again', () => {
    const text = (inward: string) => `config system interface
edit "wan1"\nset ip 203.0.113.1 255.255.255.0\nnext\nedit "lan"\nset ip 10.1.0.1 255.255.255.0\nnext\nedit "dmz"\nset ip 10.2.0.1 255.255.255.0\nnext\nend
config firewall vip\nedit "v"\nset extip 203.0.113.1\nset extintf "wan1"\nset mappedip "10.2.0.9"\nset portforward enable\nset extport 443\nset mappedport 8443\nnext\nend
config firewall address\nedit "face"\nset subnet 203.0.113.1 255.255.255.255\nnext\nend
config router static\nedit 1\nset gateway 203.0.113.254\nset device "wan1"\nnext\nend
config firewall policy
edit 1\nset srcintf "lan"\nset dstintf "wan1"\nset srcaddr "all"\nset dstaddr "all"\nset action accept\nset schedule "always"\nset service "ALL"\nset nat enable\nnext
edit 2\nset srcintf "wan1"\nset dstintf "dmz"\nset srcaddr "face"\nset dstaddr "v"\nset action ${inward}\nset schedule "always"\nset service "ALL"\nnext
end\n`
    const [before, after] = [read(text('accept')), read(text('deny'))]
    const packet = { srcintf: 'lan', src: '10.1.0.9', dst: '203.0.113.1', proto: 'tcp' as const, sport: 9, dport: 443 }
    expect([before, after].map((device) => prepareMatch(device)(packet).verdict)).toEqual(['allow', 'deny'])
    expect(contains(changedFlows(before, after), { ...packet, ingress: 'lan' })).toBe(true)
    expect(contains(changedFlows(before, after), { ...packet, dst: '203.0.113.9', ingress: 'lan' })).toBe(false)
  })
})
