import type { FortiVdom, FortiVip } from '../model.ts'
import type { ReadPacket } from '../packet.ts'
import { type Ask, addressesHold, scheduleHolds, servicesHold } from './fields.ts'
import type { Finder } from './finder.ts'

/** For a packet to the device itself: whether it takes it, and the lines that say so. Undefined for what is forwarded. */
export function localInOutcome(
  vdom: FortiVdom,
  packet: ReadPacket,
  vip: FortiVip | undefined,
  ask: Ask,
  finder: Finder,
): { readonly verdict: 'allow' | 'deny'; readonly lines: readonly number[] } | undefined {
  const owner = finder.ownerOf(packet.dst)
  if (!owner)
    return !vip && isHeldByNat(vdom, packet, ask, finder) ? { verdict: 'deny', lines: [vdom.policyLine] } : undefined
  const ingress = vdom.zoneOf.get(packet.ingress)
  for (const policy of vdom.localIn) {
    const { line } = policy
    if (!policy.enabled || policy.family !== packet.dst.family) continue
    if (!policy.intf.some((name) => name === 'any' || name === packet.ingress || name === ingress)) continue
    if (addressesHold(vdom, policy.srcaddr, packet.src, 'source', ask) === policy.srcNegate) continue
    if (addressesHold(vdom, policy.dstaddr, packet.dst, 'destination', ask) === policy.dstNegate) continue
    if (servicesHold(vdom, policy.service, packet, ask) === policy.serviceNegate) continue
    if (!scheduleHolds(vdom, policy.schedule, packet, ask) || !policy.unknown.every(ask)) continue
    return { verdict: policy.accept ? 'allow' : 'deny', lines: [owner.line, line] }
  }
  return { verdict: isAnswered(vdom, packet, ask) ? 'allow' : 'deny', lines: [owner.line] }
}

/** The implicit rules: what `allowaccess` opens here, and listeners whose reach is asked for by name. */
function isAnswered(vdom: FortiVdom, packet: ReadPacket, ask: Ask): boolean {
  const own = packet.proto === 1 || packet.proto === 58 ? packet.icmp : packet.dport
  const open = vdom.listeners.filter(
    ({ ingress, family, proto, ports: [from, to] }) =>
      (family === undefined || family === packet.dst.family) &&
      (ingress === undefined || ingress === packet.ingress) &&
      proto === packet.proto &&
      (own === undefined || (from <= own && own <= to)),
  )
  const isSure = (one: (typeof open)[number]) => one.certain && (own !== undefined || one.ports[0] === 0)
  return open.some(isSure) || open.some((one) => ask(one.what))
}

/** External addresses of VIPs and pools that no VIP rule takes: in most releases the device answers for them itself. */
function isHeldByNat(vdom: FortiVdom, packet: ReadPacket, ask: Ask, finder: Finder): boolean {
  if (vdom.vipIsLocal === false || !finder.isAnsweredFor(packet.dst)) return false
  return vdom.vipIsLocal === true || ask('whether this release owns VIP addresses')
}
