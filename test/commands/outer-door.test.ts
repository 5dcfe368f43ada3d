import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FIREWALL, run, scratchFile } from './in-memory.ts'

const packet = {
  srcintf: 'v40-sre',
  src: '10.10.40.5',
  dst: '203.0.113.10',
  proto: 'tcp',
  dport: 443,
  sport: 50000,
  groups: [],
  at: '2026-11-23T10:00:00+01:00',
}
type Answer = { readonly id?: unknown; readonly error?: string; readonly verdict?: string; readonly depends?: string[] }

async function answers(...packets: readonly object[]): Promise<readonly Answer[]> {
  const ran = await run(['match', '--config', FIREWALL], {
    stdin: packets.map((one) => JSON.stringify(one)).join('\n'),
  })
  return ran.lines.map((line): Answer => JSON.parse(line))
}

describe('match', () => {
  test('reads one packet the same however it is spelt', async () => {
    const spelt = [
      packet,
      { ...packet, proto: 6 },
      { ...packet, proto: '6' },
      { ...packet, at: '2026-11-23T09:00:00Z' },
      { ...packet, vdom: 'root', comment: 'a field that nobody knows' },
      { ...packet, vdom: null, icmptype: null },
    ]
    const [first, ...others] = await answers(...spelt)
    expect(first).toMatchObject({ verdict: 'allow', policy: 101, vip: 'vip-edge', dnat: '10.20.0.5:8443', depends: [] })
    for (const other of others) expect(other).toEqual(first)
  })

  test('says what it hangs on instead of guessing what a packet does not say', async () => {
    const { dport: _, ...portless } = packet
    const [noPort, noVdom, nullPort, noInterface] = await answers(
      portless,
      { ...packet, vdom: 'elsewhere' },
      { ...packet, dport: null },
      { ...packet, srcintf: 'port99' },
    )
    for (const one of [noPort, noVdom, nullPort, noInterface]) {
      expect(one?.verdict).toBe('depends')
      expect(one?.depends).not.toEqual([])
    }
    expect(nullPort).toEqual(noPort)
  })

  test('takes ICMP, IPv6 and protocols without ports', async () => {
    const { dport: _, sport: __, ...bare } = packet
    const all = await answers(
      { ...bare, proto: 'icmp', icmptype: 8, icmpcode: 0 },
      { ...bare, proto: 'gre' },
      { ...bare, proto: 50 },
      { ...packet, src: '2001:db8::1', dst: '2001:db8::2' },
      { ...bare, src: '2001:db8::1', dst: '2001:db8::2', proto: 'icmp6', icmptype: 128 },
    )
    for (const one of all) expect(one).toMatchObject({ verdict: 'deny', depends: [] })
  })

  test.each([
    [{ proto: 'tpc' }, /^line 1: proto: this is neither tcp,/],
    [{ proto: 256 }, /proto/],
    [{ dport: 65536 }, /dport/],
    [{ src: '10.0.0.256' }, /src: this is no IP address/],
    [{ at: '2026-11-23 10:00' }, /at/],
    [{ groups: 'staff' }, /groups/],
    [{ srcintf: undefined }, /srcintf/],
  ])('names the line and the field that is wrong: %j', async (wrong, says) => {
    const [one, next] = await answers({ ...packet, id: 'x', ...wrong }, { ...packet, id: 'y' })
    expect(one).toEqual({ id: 'x', error: expect.stringMatching(says) })
    expect(next).toMatchObject({ id: 'y', verdict: 'allow' })
  })

  test('answers every line once and in order, whatever the lines are', async () => {
    const line = fc.oneof(
      fc.constantFrom('{', '[]', 'null', '7', '"x"', '{}', '\u{1f600}'),
      fc.json().filter((text) => !text.includes('\n')),
      fc
        .record({ port: fc.nat(70_000), host: fc.nat(255) })
        .map(({ port, host }) => JSON.stringify({ ...packet, dport: port, src: `10.10.40.${host}` })),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 12 }), async (lines) => {
        const alone: string[] = []
        for (const one of lines) alone.push((await run(['match', '--config', FIREWALL], { stdin: one })).out)
        const together = await run(['match', '--config', FIREWALL], { stdin: lines.join('\n') })
        const numberless = (text: string) => text.replaceAll(/"line \d+: /g, '"line 1: ')
        expect(numberless(together.out)).toBe(alone.join(''))
        expect(together.code).toBe(together.out.includes('"error":') ? 1 : 0)
      }),
      { numRuns: 4 },
    )
  })

  test('a configuration that is not there is a fault, before any packet is read', async () => {
    const ran = await run(['match', '--config', '/nowhere/fw.conf'], { stdin: JSON.stringify(packet) })
    expect([ran.code, ran.out]).toEqual([3, ''])
    expect(ran.err).toBe('/nowhere/fw.conf cannot be read: it is not there.\n')
  })
})

describe('read', () => {
  test('an empty file and one of the other line ends are files like any other', async () => {
    const empty = await run(['read', '--fortigate', '-'], { stdin: '' })
    expect([empty.code, empty.lines[0]]).toEqual([0, 'stdin: 0 lines'])
    const unix = readFileSync(FIREWALL, 'utf8')
    const [one, two] = [unix, unix.replaceAll('\n', '\r\n')].map((text) => scratchFile('fw.conf', text))
    const [plain, other] = [
      await run(['read', '--fortigate', one ?? '']),
      await run(['read', '--fortigate', two ?? '']),
    ]
    expect(other.out).toBe(plain.out)
    const printed = await run(['read', '--fortigate', two ?? '', '--print'])
    expect(printed.bytes.equals(readFileSync(two ?? ''))).toBe(true)
  })

  test('a folder is no file', async () => {
    const ran = await run(['read', '--fortigate', '/'])
    expect([ran.code, ran.err]).toEqual([3, '/ is a folder, and a file was expected.\n'])
  })
})

describe('diff --fortigate', () => {
  const before = readFileSync(FIREWALL, 'utf8')
  const opening = (source: string, id: number, to: string) =>
    `    edit ${id}\n        set srcintf "wan1"\n        set dstintf "dmz"\n        set action accept\n        set srcaddr ${source}\n        set dstaddr ${to}\n        set schedule "always"\n        set service "ALL"\n    next\n`
  const withPolicies = (...policies: readonly string[]) =>
    scratchFile(
      'after.conf',
      before.replace(/^config firewall policy\n/m, (line) => line + policies.join('')),
    )

  test('tells what opens, the widest first, with the line and one flow that shows it; the other way round it closes', async () => {
    const after = withPolicies(opening('"all"', 9001, '"vip-edge"'))
    const ran = await run(['diff', '--fortigate', FIREWALL, after, '--json'])
    const { opens, closes } = JSON.parse(ran.out)
    expect(ran.code).toBe(0)
    expect(opens.length).toBeGreaterThan(0)
    expect(closes).toEqual([])
    expect(opens[0].because[0].says).toBe('edit 9001')
    expect(opens[0].witness).toMatchObject({ ingress: 'wan1', dst: '203.0.113.10' })
    const back = JSON.parse((await run(['diff', '--fortigate', after, FIREWALL, '--json'])).out)
    expect(back.opens).toEqual([])
    expect(back.closes.map(({ to }: { to: string }) => to)).toEqual(opens.map(({ to }: { to: string }) => to))
    const shown = await run(['diff', '--fortigate', FIREWALL, after])
    expect(shown.lines[0]).toMatch(/^opens /)
    expect(shown.out).toContain('because of edit 9001')
  })

  test('the widest comes first, wherever it stands in the file', async () => {
    const narrow = `config firewall address\n    edit "one-host"\n        set subnet 198.51.100.7 255.255.255.255\n    next\nend\n`
    const file = withPolicies(opening('"one-host"', 9001, '"vip-edge"'), opening('"all"', 9002, '"vip-edge-http"'))
    const turned = scratchFile('after.conf', narrow + readFileSync(file, 'utf8').replace(/^#.*\n/, ''))
    const { opens } = JSON.parse((await run(['diff', '--fortigate', FIREWALL, turned, '--json'])).out)
    const says = opens.map((one: { because: { says: string }[] }) => one.because[0]?.says)
    expect(says.indexOf('edit 9002')).toBeGreaterThanOrEqual(0)
    expect(says.indexOf('edit 9002')).toBeLessThan(says.indexOf('edit 9001'))
  })

  test('equal files differ in nothing, a broken one says so with code 1, and a missing one with code 3', async () => {
    const same = await run(['diff', '--fortigate', FIREWALL, FIREWALL])
    expect([same.code, same.out]).toEqual([0, 'Opens nothing and closes nothing.\n'])
    const broken = scratchFile('broken.conf', `${before}config firewall policy\n`)
    const told = await run(['diff', '--fortigate', FIREWALL, broken])
    expect(told.code).toBe(1)
    expect(told.err).toContain('UNCLOSED_BLOCK')
    expect((await run(['diff', '--fortigate', FIREWALL, '/nowhere.conf'])).code).toBe(3)
    expect((await run(['diff', '--fortigate', FIREWALL])).code).toBe(2)
  })
})
