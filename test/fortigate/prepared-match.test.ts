import fc from 'fast-check'
import { expect, test } from 'vitest'
import { minuteOfWeek, weekClock } from '../../src/fortigate/config/schedules.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import { type FortiVerdict, matchPacket, prepareMatch } from '../../src/fortigate/match.ts'
import type { FortiDevice } from '../../src/fortigate/model.ts'
import { stabbing } from '../../src/fortigate/packet/stabbing.ts'
import type { Packet } from '../../src/fortigate/packet.ts'
import { largeFortigate, packetFor, seeded } from '../bench/large-fortigate.ts'
import { randomFortigate, randomPacket, randomPacket6 } from './random-fortigate.ts'

const read = new Map<string, FortiDevice>()
function readOnce(text: string): FortiDevice {
  const device = read.get(text) ?? readFortigate({ id: 'fw' }, 'fw.conf', text)
  read.set(text, device)
  return device
}

/** Both answers to the last field; what they depend on and cite may come in another order. */
function checkSame(text: string, packets: readonly Packet[]) {
  const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
  const prepared = prepareMatch(device)
  const settled = (verdict: FortiVerdict) =>
    verdict.verdict === 'depends'
      ? {
          ...verdict,
          depends: verdict.depends.toSorted(),
          because: verdict.because.toSorted((a, b) => a.line - b.line),
        }
      : verdict
  for (const packet of packets) expect(settled(prepared(packet))).toEqual(settled(matchPacket(device, packet)))
}

test('a prepared device says what one that is looked through says', () => {
  fc.assert(
    fc.property(
      randomFortigate,
      fc.array(fc.oneof(randomPacket, randomPacket6), { minLength: 10, maxLength: 10 }),
      (text, packets) => {
        checkSame(text, [...packets, ...packets.map(({ dport: _, ...packet }) => packet)])
      },
    ),
    { numRuns: 120 },
  )
})

test('a prepared device says the same of many policies, where indexes decide what is looked at', () => {
  const text = largeFortigate(300)
  const vdom = readFortigate({ id: 'fw' }, 'fw.conf', text).vdoms.get('root')
  if (!vdom) throw new Error('no root VDOM')
  const random = seeded(11)
  const packets = Array.from({ length: 500 }, () => packetFor(vdom, random))
  const allowed = packets.filter((one) => matchPacket(readOnce(text), one).verdict === 'allow').length
  expect(allowed).toBeGreaterThan(100)
  checkSame(text, [...packets, ...packets.map((packet) => ({ ...packet, proto: 'udp' as const }))])
})

test('a point is found in exactly the sets that hold it', () => {
  const range = fc.tuple(fc.nat(40), fc.nat(12)).map(([from, more]) => [from, from + more] as const)
  fc.assert(
    fc.property(
      fc.array(fc.array(range, { maxLength: 4 }), { maxLength: 12 }),
      fc.integer({ min: 0, max: 60 }),
      (sets, point) => {
        const holding = sets.flatMap((ranges, i) => (ranges.some(([a, b]) => a <= point && point <= b) ? [i] : []))
        expect([...new Set(stabbing(sets)(point))]).toEqual(holding)
        const large = sets.map((ranges) => ranges.map(([a, b]) => [BigInt(a) << 100n, BigInt(b) << 100n] as const))
        expect([...new Set(stabbing(large)(BigInt(point) << 100n))]).toEqual(holding)
      },
    ),
  )
})

test('the counted minute of the week is the one the calendar says, across every change of the clock', () => {
  const clock = weekClock()
  const moment = fc.oneof(
    fc.integer({ min: 0, max: 2_100_000_000 }),
    // Around the changes of 2026 in Europe and America.
    fc
      .tuple(fc.constantFrom(1774746000, 1792890000, 1772953200, 1793512800), fc.integer({ min: -2, max: 2 }))
      .map(([at, off]) => at + off),
  )
  const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC', 'Asia/Kolkata', 'Australia/Lord_Howe')
  fc.assert(
    fc.property(moment, zone, (at, timezone) => {
      expect(clock(at, timezone)).toBe(minuteOfWeek(at, timezone))
    }),
    { numRuns: 600 },
  )
})
