import type { IpAddress } from '../../flow/ip-set.ts'
import type { FortiTarget, FortiVdom, FortiVip } from '../model.ts'
import type { ReadPacket } from '../packet.ts'
import { type Ask, hasIp, servicesHold } from './fields.ts'

/** Whether the packet, where it arrives, fits the VIP; earlier VIPs are the caller's affair. */
export function vipTakes(vdom: FortiVdom, vip: FortiVip, packet: ReadPacket, ask: Ask): boolean {
  const zone = vdom.zoneOf.get(packet.ingress)
  const byZone = vip.extintf !== packet.ingress && vip.extintf === zone
  if (vip.family !== packet.dst.family || !hasIp(vip.external, packet.dst)) return false
  if (vip.extintf !== 'any' && vip.extintf !== packet.ingress && !byZone) return false
  if (vip.sources && !hasIp(vip.sources, packet.src)) return false
  if (vip.sourceInterfaces.length > 0 && !vip.sourceInterfaces.includes(packet.ingress)) return false
  if (vip.forward) {
    const [from, to] = vip.forward.ports
    if (vip.forward.proto !== packet.proto) return false
    if (packet.proto !== 1) {
      if (packet.dport === undefined) {
        if (!ask(`VIP ${vip.name} (the packet's port is not given)`)) return false
      } else if (packet.dport < from || to < packet.dport) return false
    }
  }
  if (vip.services.length > 0 && !servicesHold(vdom, vip.services, packet, ask)) return false
  if (vip.unknown !== undefined && !ask(vip.unknown)) return false
  // Whether an extintf may be a zone is not documented in what we found.
  return !byZone || ask(`VIP ${vip.name} (extintf ${vip.extintf} is a zone)`)
}

/** The packet as the VIP sends it on. */
export function translate(packet: ReadPacket, vip: FortiVip, target: FortiTarget): ReadPacket {
  const value = target.address + (BigInt(packet.dst.value) - vip.first) * (vip.type === 'static-nat' ? 1n : 0n)
  const dst: IpAddress = vip.family === 4 ? { family: 4, value: Number(value) } : { family: 6, value }
  const moved = target.port === undefined ? 0 : target.port - (vip.forward?.ports[0] ?? 0)
  const dport =
    packet.dport === undefined
      ? undefined
      : vip.type === 'server-load-balance'
        ? (target.port ?? packet.dport)
        : packet.dport + moved
  return { ...packet, dst, dport }
}
