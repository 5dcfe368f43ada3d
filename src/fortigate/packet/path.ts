import { containsIp, type IpAddress, parseIp, printIp } from '../../flow/ip-set.ts'
import type { FortiTtl } from '../config/read-ttl.ts'
import { namesVip, vipsAsleep } from '../config/vips.ts'
import type { FortiInterface, FortiPolicy, FortiPolicyRoute, FortiVdom, FortiVip } from '../model.ts'
import type { ReadPacket } from '../packet.ts'
import { type Ask, addressesHold, hasIp, servicesHold } from './fields.ts'
import type { Finder } from './finder.ts'
import { shutGate } from './gates.ts'
import { localInOutcome } from './local-in.ts'
import { packetTtl } from './session-ttl.ts'
import { sourceSeen } from './source-nat.ts'
import { translate, vipTakes } from './vip.ts'

/** Where one way through the device ends. `lines` are the lines that decided, the last one finally. */
export type Outcome = {
  readonly verdict: 'allow' | 'deny'
  readonly reason: string
  readonly policy: number | null
  readonly vip: string | null
  readonly dnat: string | null
  readonly dstintf: string | null
  readonly snat: string | null
  /** How long it is remembered in silence; null where it is not let in, or nothing documented tells. */
  readonly ttl: FortiTtl | null
  readonly lines: readonly number[]
  /** For the implicit deny: the first policy that would have let it in, were it not shut, and why. */
  readonly whyNot?: (ask: Ask) => Pick<Outcome, 'reason' | 'lines'> | undefined
}
type Way = Pick<Outcome, 'vip' | 'dnat' | 'dstintf'> & { readonly lines: readonly number[] }
const START: Way = { vip: null, dnat: null, dstintf: null, lines: [] }

/**
 * One packet through one VDOM, step by step as the device takes it: ingress, return route, VIP, route, policies, implicit deny.
 * Written without sets on purpose: it is the second witness for `fortigateMeaning`.
 */
export function followPacket(vdom: FortiVdom, packet: ReadPacket, ask: Ask, finder: Finder): Outcome {
  const port = vdom.interfaces.get(packet.ingress)
  if (!port) return undecided(START, ask, `interface ${packet.ingress} (not in this VDOM)`)
  const here = { ...START, lines: [port.line] }
  if (!port.up) return denied(here, 'interface-down')
  if (port.unknown !== undefined && !ask(port.unknown)) return denied(here, 'interface-gate')
  if (isMulticast(packet.dst)) return undecided(here, ask, 'multicast')
  if (!port.dynamic && port.sourceCheck && !hasReturnRoute(vdom, packet, ask, finder)) return denied(here, 'rpf')
  const translated = throughVip(vdom, packet, ask, finder, START)
  if (translated) return translated
  const around = hairpinOf(vdom, packet, ask, finder)
  if (around) return outAndIn(vdom, packet, around, ask, finder)
  const trip = { vdom, packet, arrived: packet, vip: undefined, ask, finder }
  const plain = afterTranslation(trip, START)
  if (!BARE.has(plain.reason) || plain.verdict !== 'deny') return plain
  return { ...plain, whyNot: (asked) => plain.whyNot?.(asked) ?? asleep({ ...trip, ask: asked }) }
}
const BARE: ReadonlySet<string> = new Set(['implicit', 'local-in', 'no-route'])

/** The VIP that would have taken it, and the policy that would have let it in, were that one switched on. */
function asleep(trip: Trip): Pick<Outcome, 'reason' | 'lines'> | undefined {
  const { vdom, packet, ask } = trip
  const ingress = vdom.zoneOf.get(packet.ingress) ?? packet.ingress
  for (const { vip, policies } of vipsAsleep(vdom)) {
    const [target] = vip.mapping.kind === 'shift' ? vip.mapping.targets : []
    if (!target || !vipTakes(vdom, vip, packet, ask)) continue
    const inside = { ...trip, vip, packet: translate(packet, vip, target) }
    for (const name of trip.finder.routesTo(inside.packet.dst)[0]?.egress ?? []) {
      const egress = vdom.zoneOf.get(name) ?? name
      const off = policies.find((policy) => fieldsMatch(inside, policy, ingress, egress))
      if (off) return { reason: 'disabled', lines: [vip.line, off.line, off.gates.statusLine] }
    }
  }
  return undefined
}

/** Through the first VIP that fits; undefined when none does. */
function throughVip(vdom: FortiVdom, packet: ReadPacket, ask: Ask, finder: Finder, so: Way): Outcome | undefined {
  const vip = finder.vipsTo(packet.dst).find((one) => vipTakes(vdom, one, packet, ask))
  if (!vip) return undefined
  const lines = [...so.lines, vip.line]
  if (vip.mapping.kind === 'unknown') return undecided({ ...START, vip: vip.name, lines }, ask, vip.mapping.what)
  const target = pick(vip.mapping.targets, (one) => one.label, ask)
  const inside = target ? translate(packet, vip, target) : packet
  const way = { vip: vip.name, dnat: endpoint(inside), dstintf: null, lines }
  return afterTranslation({ vdom, packet: inside, arrived: packet, vip, ask, finder }, way)
}

/** Another interface whose own address the packet is sent to, where a VIP would take it. */
function hairpinOf(vdom: FortiVdom, packet: ReadPacket, ask: Ask, finder: Finder): FortiInterface | undefined {
  return [...vdom.interfaces.values()].find(
    (port) =>
      port.up &&
      port.name !== packet.ingress &&
      port.addresses.some(({ address }) => hasIp(address, packet.dst)) &&
      finder.vipsTo(packet.dst).some((vip) => vipTakes(vdom, vip, { ...packet, ingress: port.name }, ask)),
  )
}

/** Evaluated twice (Fortinet KB 195448): out by that interface, and in again from the source that the first pass gave it. */
function outAndIn(vdom: FortiVdom, packet: ReadPacket, port: FortiInterface, ask: Ask, finder: Finder): Outcome {
  const trip = { vdom, packet, arrived: packet, vip: undefined, ask, finder }
  const first = throughPolicies(trip, leave(START, port.name, port.line))
  if (first.verdict === 'deny') return first
  const so = { ...START, lines: first.lines }
  const src = first.snat === null ? packet.src : parseIp(first.snat)
  if (!src) return undecided(so, ask, `hairpin by ${port.name} (from ${first.snat})`)
  const second = throughVip(vdom, { ...packet, ingress: port.name, src }, ask, finder, so)
  // A VIP took it before its source was changed, and takes it no more: what happens then is not documented in what we found.
  if (!second) return undecided(so, ask, `hairpin by ${port.name} (no VIP for the changed source)`)
  const passes = second.verdict === 'allow' && (second.reason === 'policy' || second.reason === 'intrazone')
  // Two sessions, each with its time: which of them ends the connection is not documented in what we found.
  return passes ? { ...second, snat: second.snat ?? first.snat, ttl: null } : second
}

/** A packet inside the device: `packet` is translated, `arrived` is as it came in. */
type Trip = {
  readonly vdom: FortiVdom
  readonly packet: ReadPacket
  readonly arrived: ReadPacket
  readonly vip: FortiVip | undefined
  readonly ask: Ask
  readonly finder: Finder
}

/** Routes, then policies. */
function afterTranslation(trip: Trip, way: Way): Outcome {
  const { vdom, packet, vip, ask, finder } = trip
  const local = localInOutcome(vdom, packet, vip, ask, finder)
  if (local) return { ...denied(way, 'local-in'), verdict: local.verdict, lines: [...way.lines, ...local.lines] }
  const overruling = vdom.policyRoutes.find((one) => routeTakes(one, packet) && ask(`policy route ${one.id}`))
  if (overruling && !overruling.stops) {
    if (overruling.egress === undefined) return undecided(way, ask, `policy route ${overruling.id} (output)`)
    return throughPolicies(trip, leave(way, overruling.egress, overruling.line))
  }
  const [route] = finder.routesTo(packet.dst)
  if (!route?.connected && vdom.dynamicRouting !== undefined && ask(vdom.dynamicRouting)) {
    return undecided(way, ask, `${vdom.dynamicRouting} (routes learned)`)
  }
  const egress =
    route && !route.blackhole ? pick(route.egress, (name) => `route ${route.text} via ${name}`, ask) : undefined
  if (!route || egress === undefined)
    return denied({ ...way, lines: [...way.lines, route?.line ?? vdom.routeLine] }, 'no-route')
  return throughPolicies(trip, leave(way, egress, route.line))
}

/** Whether the fields of a policy route fit the translated packet; a port that is not given fits all. */
function routeTakes(route: FortiPolicyRoute, packet: ReadPacket): boolean {
  if (route.family !== packet.dst.family) return false
  if (route.inputs.length > 0 && route.inputs.includes(packet.ingress) === route.inputsNegate) return false
  if (route.src && !hasIp(route.src, packet.src)) return false
  if (route.dst && !hasIp(route.dst, packet.dst)) return false
  if (route.proto !== undefined && route.proto !== packet.proto) return false
  if (!route.dport || packet.dport === undefined) return true
  return route.dport[0] <= packet.dport && packet.dport <= route.dport[1]
}

function leave(way: Way, egress: string, line: number): Way {
  return { ...way, dstintf: egress, lines: [...way.lines, line] }
}

/** The first policy that matches decides; with none, members of a zone may be allowed to talk, else nothing is. */
function throughPolicies(trip: Trip, way: Way): Outcome {
  const { vdom, packet, arrived, vip, finder } = trip
  const ingress = vdom.zoneOf.get(packet.ingress) ?? packet.ingress
  const egress = vdom.zoneOf.get(way.dstintf ?? '') ?? way.dstintf ?? ''
  const { src, dst, dport } = packet
  const passing = { ingress, egress, src, dst, dport, vip }
  for (const policy of finder.policiesFor(passing)) {
    if (!policy.enabled || !fieldsMatch(trip, policy, ingress, egress)) continue
    if (shutGate(vdom, policy, packet, trip.ask)) continue
    const lines = [...way.lines, policy.line]
    const verdict = policy.action === 'deny' ? 'deny' : 'allow'
    if (verdict === 'allow' && entersVdom(trip, way))
      return { ...denied({ ...way, lines }, 'vdom-link'), policy: policy.id }
    if (verdict === 'deny') return { ...denied({ ...way, lines }, 'policy'), policy: policy.id }
    const snat = sourceSeen(vdom, policy, {
      packet,
      ingress,
      port: way.dstintf ?? '',
      egress,
      vipsBehind: finder.vipsBehind(src),
      ask: trip.ask,
    })
    return { ...way, verdict, reason: 'policy', policy: policy.id, snat, ttl: packetTtl(vdom, policy, packet), lines }
  }
  const zone = vdom.zones.get(ingress)
  if (zone?.intrazone && ingress === egress) {
    return { ...denied({ ...way, lines: [...way.lines, zone.line] }, 'intrazone'), verdict: 'allow' }
  }
  const other = vip && finder.vipsTo(arrived.dst).find((one) => wouldHaveTaken(trip, one, ingress))
  if (other) return { ...denied({ ...way, lines: [...way.lines, other.line] }, 'vip-mismatch'), policy: 0 }
  const implicit = { ...denied({ ...way, lines: [...way.lines, vdom.policyLine] }, 'implicit'), policy: 0 }
  const whyNot = (ask: Ask) => {
    for (const policy of finder.gatedFor(passing)) {
      if (policy.action !== 'accept' || !fieldsMatch({ ...trip, ask }, policy, ingress, egress)) continue
      const gate = shutGate(vdom, policy, packet, ask)
      if (gate) return { reason: gate.reason, lines: [...way.lines, policy.line, gate.line] }
    }
    return undefined
  }
  return { ...implicit, whyNot }
}

/** Behind a VDOM link another VDOM decides, which is not followed: no is one of the two ends. */
function entersVdom({ vdom, ask }: Trip, way: Way): boolean {
  const link = vdom.interfaces.get(way.dstintf ?? '')
  return link?.vdomLink === true && !ask(`VDOM link ${link.name} (the VDOM behind it)`)
}

/** Whether the packet is what the policy is about, whoever sent it and whenever. */
function fieldsMatch(trip: Trip, policy: FortiPolicy, ingress: string, egress: string): boolean {
  const { vdom, packet, ask } = trip
  const names = (list: readonly string[], name: string) =>
    list.length === 0 || list.includes('any') || list.includes(name)
  if (!names(policy.srcintf, ingress) || !names(policy.dstintf, egress)) return false
  if (!sourceMatches(vdom, policy, packet, ask)) return false
  if (!policy.internetService && policy.service.length > 0) {
    if (servicesHold(vdom, policy.service, packet, ask) === policy.serviceNegate) return false
  }
  return destinationMatches(trip, policy) && policy.unknown.every(ask)
}

function sourceMatches(vdom: FortiVdom, policy: FortiPolicy, packet: ReadPacket, ask: Ask): boolean {
  if (policy.internetServiceSrc) return ask(`policy ${policy.id} (internet-service-src)`)
  const [names, negate] =
    packet.src.family === 4 ? [policy.srcaddr, policy.srcNegate] : [policy.srcaddr6, policy.src6Negate]
  return names.length > 0 && addressesHold(vdom, names, packet.src, 'source', ask) !== negate
}

function destinationMatches({ vdom, packet, arrived, vip, ask }: Trip, policy: FortiPolicy): boolean {
  if (policy.internetService) return ask(`policy ${policy.id} (internet-service)`)
  const [names, negate] =
    packet.dst.family === 4 ? [policy.dstaddr, policy.dstNegate] : [policy.dstaddr6, policy.dst6Negate]
  const plain = names.filter((name) => !vdom.vipNames.has(name))
  if (negate && plain.length < names.length) return ask(`policy ${policy.id} (dstaddr-negate with a VIP)`)
  const holds = (ip: IpAddress) => plain.length > 0 && addressesHold(vdom, plain, ip, 'destination', ask) !== negate
  if (!vip) return !policy.matchVipOnly && holds(packet.dst)
  if (vdom.centralNat) return holds(packet.dst)
  if (namesVip(vdom, policy, vip)) return true
  if (policy.action !== 'deny' || policy.matchVip === false) return false
  const [inside, outside] = [holds(packet.dst), holds(arrived.dst)]
  if (!inside && !outside) return false
  if (policy.matchVip === undefined && !ask(`policy ${policy.id} (match-vip default of this release)`)) return false
  // Which of the two destinations a specific address is compared with is not documented in what we found.
  return inside === outside || ask(`policy ${policy.id} (match-vip with a specific address)`)
}

/** Whether another VIP, one that an accepting policy names, was passed over in favour of the one that took the packet. */
function wouldHaveTaken({ vdom, vip, arrived, ask, finder }: Trip, other: FortiVip, ingress: string): boolean {
  return other !== vip && vipTakes(vdom, other, arrived, ask) && finder.accepts(other, ingress)
}

function hasReturnRoute(vdom: FortiVdom, packet: ReadPacket, ask: Ask, finder: Finder): boolean {
  const back = finder.routesTo(packet.src)
  const usable = vdom.strictSourceCheck ? back.slice(0, 1) : back
  if (usable.some((route) => route.feasible.includes(packet.ingress))) return true
  return vdom.dynamicRouting !== undefined && ask(`${vdom.dynamicRouting} (return route)`)
}

function isMulticast(dst: IpAddress): boolean {
  const text = printIp(dst)
  return containsIp({ v4: [[0xe0000000, 0xffffffff]], v6: [[0xff00n << 112n, (1n << 128n) - 1n]] }, text)
}

/** Picks one of several where the device might take any: each but the last is asked for. */
function pick<T>(all: readonly T[], label: (one: T) => string, ask: Ask): T | undefined {
  return all.find((one, index) => index === all.length - 1 || ask(label(one)))
}

function denied(way: Way, reason: string): Outcome {
  return { ...way, verdict: 'deny', reason, policy: null, snat: null, ttl: null }
}

/** Nothing we model tells what happens here: both ends are possible, told apart by the name of what is missing. */
function undecided(way: Way, ask: Ask, what: string): Outcome {
  return { ...denied(way, 'unknown'), verdict: ask(what) ? 'allow' : 'deny' }
}

function endpoint(packet: ReadPacket): string {
  const ip = printIp(packet.dst)
  if (packet.dport === undefined || ![6, 17, 132, 136].includes(packet.proto)) return ip
  return packet.dst.family === 4 ? `${ip}:${packet.dport}` : `[${ip}]:${packet.dport}`
}
