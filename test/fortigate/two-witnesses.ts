import { deepStrictEqual as same } from 'node:assert'
import { type Box, type FlowSet, flowsWhere, intersect, isEmpty } from '../../src/flow/flow-set.ts'
import { type IpAddress, oneIp } from '../../src/flow/ip-set.ts'
import { inRanges } from '../../src/flow/ranges.ts'
import { ips, names, numbers, type Values } from '../../src/flow/values.ts'
import { vdomOf } from '../../src/fortigate/config.ts'
import { type FortiVerdict, matchPacket, prepareMatch } from '../../src/fortigate/match.ts'
import { type FortiPiece, fortigateMeaning } from '../../src/fortigate/meaning.ts'
import type { FortiDevice } from '../../src/fortigate/model.ts'
import { type Packet, type ReadPacket, readPacket } from '../../src/fortigate/packet.ts'

/** The packet as a set: one flow for each way that the unknowns may turn out. */
export function flowsOf(device: FortiDevice, packet: Packet): FlowSet {
  const read = readPacket(packet, device.timezone)
  const one = (value: number | undefined) => (value === undefined ? undefined : numbers([value, value]))
  const policies = vdomOf(device, packet.vdom, packet.srcintf)?.policies ?? []
  const groups = [...new Set(policies.flatMap((policy) => policy.groups))].map((name) => [
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

/** The verdict on which all evaluators agree. */
export function agreedVerdict(device: FortiDevice, packet: Packet): FortiVerdict {
  const single = matchPacket(device, packet)
  same(prepareMatch(device)(packet).verdict, single.verdict)
  if (packet.vdom !== undefined) return single
  const flows = flowsOf(device, packet)
  const pieces = fortigateMeaning(device, flows).filter((piece) => !isEmpty(intersect(piece.flows, flows)))
  return checkAgreement(device, packet, pieces, single)
}

/** Finds the pieces of a device that a packet may belong to; each interface's are worked out when it first sends one. */
export function pieceFinder(device: FortiDevice): (packet: Packet) => readonly FortiPiece[] {
  const meanings = new Map<string, readonly FortiPiece[]>()
  return (packet) => {
    const { srcintf } = packet
    const pieces = meanings.get(srcintf) ?? fortigateMeaning(device, flowsWhere({ ingress: names(srcintf) }))
    meanings.set(srcintf, pieces)
    const read = readPacket(packet, device.timezone)
    return pieces.filter((piece) => touches(piece.flows, read))
  }
}

function touches(flows: FlowSet, packet: ReadPacket): boolean {
  return flows.some((box) => holds(box, packet))
}

/** Whether what is known of the packet is in the box. */
function holds(box: Box, packet: ReadPacket): boolean {
  for (const [dimension, values] of box) if (!fits(dimension, values, packet)) return false
  return true
}

function fits(dimension: string, values: Values, packet: ReadPacket): boolean {
  switch (dimension) {
    case 'src':
      return hasAddress(values, packet.src)
    case 'dst':
      return hasAddress(values, packet.dst)
    case 'proto':
    case 'sport':
    case 'dport':
    case 'icmp':
    case 'at':
    case 'week': {
      const value = packet[dimension]
      return value === undefined || (values.kind === 'number' && inRanges(values.ranges, value))
    }
    default: {
      if (values.kind !== 'name' || !packet.groups || !dimension.startsWith('group:')) return true
      return values.names.has(packet.groups.has(dimension.slice('group:'.length)) ? 'yes' : 'no')
    }
  }
}

function hasAddress(values: Values, ip: IpAddress): boolean {
  if (values.kind !== 'ip') return false
  return ip.family === 4 ? inRanges(values.ip.v4, ip.value) : inRanges(values.ip.v6, ip.value)
}

/** The set evaluator's pieces must say of the packet what the packet evaluator says; answers that. */
export function checkAgreement(
  device: FortiDevice,
  packet: Packet,
  touched: readonly FortiPiece[],
  single: FortiVerdict,
): FortiVerdict {
  const verdicts = [...new Set(touched.map((piece) => piece.verdict))]
  same(verdicts.length === 1 ? verdicts[0] : 'depends', single.verdict)
  if (verdicts.length !== 1) return single
  const shared = <T>(all: readonly T[]): T | null => (new Set(all).size === 1 ? (all[0] ?? null) : null)
  same(shared(touched.map((piece) => piece.policy?.id)), single.policy)
  same(shared(touched.map((piece) => piece.vip)), single.vip)
  same(shared(touched.map((piece) => piece.egress)), single.dstintf)
  const reason = shared(touched.map((piece) => piece.reason))
  if (reason !== null) same(single.reason, reason)
  // A range that a VIP translates is told by the VIP's name.
  const sources = [...new Set(touched.map((piece) => piece.snat ?? 'kept'))].sort()
  if (!sources.some((source) => source.startsWith('VIP '))) same(single.snat ?? 'kept', sources.join(' or '))
  if (touched.every((piece) => piece.policy && piece.verdict === 'allow')) {
    const read = readPacket(packet, device.timezone)
    const ttls = touched.flatMap((piece) => piece.remembered.filter(({ flows }) => touches(flows, read)))
    same(single.ttl, shared(ttls.map(({ ttl }) => ttl?.seconds)))
  } else same(single.ttl, null)
  const line = shared(touched.map((piece) => piece.because.at(-1)?.line))
  if (touched.length === 1) same(single.because.at(-1)?.line, line)
  return single
}
