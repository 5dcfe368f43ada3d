import { deepStrictEqual as same } from 'node:assert'
import { type FlowSet, flowsWhere, intersect, isEmpty } from '../../src/flow/flow-set.ts'
import { oneIp } from '../../src/flow/ip-set.ts'
import { ips, names, numbers } from '../../src/flow/values.ts'
import { type FortiVerdict, matchPacket } from '../../src/fortigate/match.ts'
import type { FortiPiece } from '../../src/fortigate/meaning.ts'
import type { FortiDevice } from '../../src/fortigate/model.ts'
import { type Packet, readPacket } from '../../src/fortigate/packet.ts'

/** The packet as a set: one flow for each way that the unknowns may turn out. */
export function flowsOf(device: FortiDevice, packet: Packet): FlowSet {
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

/** The set evaluator's pieces must say of the packet what the packet evaluator says; answers that. */
export function checkAgreement(device: FortiDevice, packet: Packet, pieces: readonly FortiPiece[]): FortiVerdict {
  const flows = flowsOf(device, packet)
  const touched = pieces.filter((piece) => !isEmpty(intersect(piece.flows, flows)))
  const single = matchPacket(device, packet)
  const verdicts = [...new Set(touched.map((piece) => piece.verdict))]
  same(verdicts.length === 1 ? verdicts[0] : 'depends', single.verdict)
  if (verdicts.length !== 1) return single
  const shared = <T>(all: readonly T[]): T | null => (new Set(all).size === 1 ? (all[0] ?? null) : null)
  same(shared(touched.map((piece) => piece.policy?.id)), single.policy)
  same(shared(touched.map((piece) => piece.vip)), single.vip)
  same(shared(touched.map((piece) => piece.egress)), single.dstintf)
  const reason = shared(touched.map((piece) => piece.reason))
  if (reason !== null) same(reason, single.reason)
  const snat = shared(touched.map((piece) => piece.snat))
  if (!snat?.startsWith('VIP ')) same(snat, single.snat)
  const lines = shared(touched.map((piece) => piece.because.at(-1)?.line))
  if (touched.length === 1) same(single.because.at(-1)?.line, lines)
  return single
}
