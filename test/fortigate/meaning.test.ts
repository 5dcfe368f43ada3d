import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  EVERYTHING,
  type FlowSet,
  flowsWhere,
  intersect,
  isEmpty,
  isSubset,
  subtract,
} from '../../src/flow/flow-set.ts'
import { oneIp, readCidr } from '../../src/flow/ip-set.ts'
import { ips, names, numbers } from '../../src/flow/values.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import { matchPacket } from '../../src/fortigate/match.ts'
import { type FortiPiece, fortigateMeaning } from '../../src/fortigate/meaning.ts'
import type { FortiDevice } from '../../src/fortigate/model.ts'
import { type Packet, readPacket } from '../../src/fortigate/packet.ts'
import { randomFortigate, randomPacket } from './random-fortigate.ts'

/** The packet as a set: one flow for each way that the unknowns may turn out. */
function flowsOf(device: FortiDevice, packet: Packet): FlowSet {
  const read = readPacket(packet, device.timezone)
  const one = (value: number | undefined) => (value === undefined ? undefined : numbers([value, value]))
  const groups = ['staff', 'ops'].map((name) => [
    `group:${name}`,
    read.groups ? names(read.groups.has(name) ? 'yes' : 'no') : undefined,
  ])
  return flowsWhere({
    src: ips(oneIp(read.src)),
    dst: ips(oneIp(read.dst)),
    ingress: names(read.ingress),
    proto: one(read.proto),
    sport: one(read.sport),
    dport: one(read.dport),
    icmp: one(read.icmp),
    at: one(read.at),
    week: one(read.week),
    ...Object.fromEntries(groups),
  })
}

function checkAgreement(device: FortiDevice, packet: Packet, pieces: readonly FortiPiece[]) {
  const flows = flowsOf(device, packet)
  const touched = pieces.filter((piece) => !isEmpty(intersect(piece.flows, flows)))
  const single = matchPacket(device, packet)
  const verdicts = [...new Set(touched.map((piece) => piece.verdict))]
  expect(verdicts.length === 1 ? verdicts[0] : 'depends').toBe(single.verdict)
  if (verdicts.length !== 1) return
  const shared = <T>(all: readonly T[]): T | null => (new Set(all).size === 1 ? (all[0] ?? null) : null)
  expect(shared(touched.map((piece) => piece.policy?.id))).toBe(single.policy)
  expect(shared(touched.map((piece) => piece.vip))).toBe(single.vip)
  expect(shared(touched.map((piece) => piece.egress))).toBe(single.dstintf)
  const reason = shared(touched.map((piece) => piece.reason))
  if (reason !== null) expect(reason).toBe(single.reason)
  const snat = shared(touched.map((piece) => piece.snat))
  if (!snat?.startsWith('VIP ')) expect(snat).toBe(single.snat)
  const lines = shared(touched.map((piece) => piece.because.at(-1)?.line))
  if (touched.length === 1) expect(single.because.at(-1)?.line).toBe(lines)
}

test('the packet evaluator and the set evaluator agree on random configurations', () => {
  let definite = 0
  let allowed = 0
  let depends = 0
  fc.assert(
    fc.property(randomFortigate, fc.array(randomPacket, { minLength: 20, maxLength: 20 }), (text, packets) => {
      const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
      expect(device.problems.filter((problem) => problem.severity === 'error')).toEqual([])
      for (const packet of packets) {
        checkAgreement(device, packet, fortigateMeaning(device, flowsOf(device, packet)))
        const { verdict } = matchPacket(device, packet)
        if (verdict === 'depends') depends += 1
        else definite += 1
        if (verdict === 'allow') allowed += 1
      }
    }),
    { numRuns: Number(process.env.SOAK ?? 200) },
  )
  // A generator that only ever meets the implicit deny would prove nothing.
  if (process.env.SOAK) console.info({ definite, allowed, depends })
  expect(allowed).toBeGreaterThan(100)
  expect(depends).toBeGreaterThan(20)
  expect(definite).toBeGreaterThan(allowed)
})

test('pieces are disjoint and cover what was asked about', () => {
  fc.assert(
    fc.property(randomFortigate, (text) => {
      const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
      const cidr = readCidr('10.1.0.0/24')
      const within = flowsWhere({
        src: cidr ? ips(cidr) : undefined,
        ingress: names('lan1', 'wan1'),
        proto: numbers([6, 6]),
      })
      const pieces = fortigateMeaning(device, within)
      let left = within
      for (const piece of pieces) {
        expect(isSubset(piece.flows, left)).toBe(true)
        left = subtract(left, piece.flows)
      }
      expect(isEmpty(left)).toBe(true)
    }),
    { numRuns: 15 },
  )
})

test('a whole configuration has a meaning over everything', () => {
  const text = fc.sample(randomFortigate, { seed: 7, numRuns: 1 })[0] ?? ''
  const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
  const pieces = fortigateMeaning(device, EVERYTHING)
  fc.assert(
    fc.property(randomPacket, (packet) => checkAgreement(device, packet, pieces)),
    { numRuns: 60 },
  )
})
