import type { FortiInterface, FortiVdom, FortiVip } from './model.ts'
import type { ReadPacket } from './packet.ts'
import { type Ask, addressesHold, hasIp, scheduleHolds, servicesHold } from './packet-fields.ts'

/** What each `allowaccess` word opens on the device itself. */
export const ALLOWACCESS: Readonly<
  Record<string, { readonly proto: number; readonly ports: readonly [number, number] }>
> = {
  ping: { proto: 1, ports: [2048, 2303] },
  https: { proto: 6, ports: [443, 443] },
  http: { proto: 6, ports: [80, 80] },
  ssh: { proto: 6, ports: [22, 22] },
  telnet: { proto: 6, ports: [23, 23] },
  snmp: { proto: 17, ports: [161, 161] },
  fgfm: { proto: 6, ports: [541, 541] },
  fabric: { proto: 6, ports: [8013, 8013] },
  'radius-acct': { proto: 17, ports: [1813, 1813] },
  'probe-response': { proto: 6, ports: [8008, 8008] },
  ftm: { proto: 6, ports: [4433, 4433] },
}

/** For a packet to the device itself: whether it takes it, and the lines that say so. Undefined for what is forwarded. */
export function localInOutcome(
  vdom: FortiVdom,
  packet: ReadPacket,
  vip: FortiVip | undefined,
  ask: Ask,
): { readonly verdict: 'allow' | 'deny'; readonly lines: readonly number[] } | undefined {
  const owner = ownerOf(vdom, packet)
  if (!owner) return !vip && isHeldByNat(vdom, packet, ask) ? { verdict: 'deny', lines: [vdom.policyLine] } : undefined
  const ingress = vdom.zoneOf.get(packet.ingress)
  for (const policy of vdom.localIn) {
    const { line } = policy
    if (!policy.enabled) continue
    if (!policy.intf.some((name) => name === 'any' || name === packet.ingress || name === ingress)) continue
    if (addressesHold(vdom, policy.srcaddr, packet.src, 'source', ask) === policy.srcNegate) continue
    if (addressesHold(vdom, policy.dstaddr, packet.dst, 'destination', ask) === policy.dstNegate) continue
    if (servicesHold(vdom, policy.service, packet, ask) === policy.serviceNegate) continue
    if (!scheduleHolds(vdom, policy.schedule, packet, ask) || !policy.unknown.every(ask)) continue
    if (!policy.accept) return { verdict: 'deny', lines: [owner.line, line] }
    break
  }
  const listens = listenerAsks(vdom, packet).some(ask)
  return { verdict: listens ? 'allow' : 'deny', lines: [owner.line] }
}

/** The interface whose own address it is; loopback addresses are reached through policies like any other. */
function ownerOf(vdom: FortiVdom, packet: ReadPacket): FortiInterface | undefined {
  return [...vdom.interfaces.values()].find(
    (port) => !port.loopback && port.addresses.some((own) => hasIp(own.address, packet.dst)),
  )
}

/** Who may reach the device's own services (trusted hosts, moved ports, IKE) is not modelled: open ones are asked for by name. */
function listenerAsks(vdom: FortiVdom, packet: ReadPacket): readonly string[] {
  const own = packet.proto === 1 ? packet.icmp : packet.dport
  const isOn = (proto: number, [from, to]: readonly [number, number]) =>
    proto === packet.proto && (own === undefined || (from <= own && own <= to))
  const access = vdom.interfaces.get(packet.ingress)?.allowaccess ?? []
  const admin = access.flatMap((word) => {
    const service = ALLOWACCESS[word]
    return service && isOn(service.proto, service.ports) ? [`allowaccess ${word} on ${packet.ingress}`] : []
  })
  return [...admin, ...vdom.listeners.filter((one) => isOn(one.proto, one.ports)).map((one) => one.what)]
}

/** External addresses of VIPs and pools that no VIP rule takes: in most releases the device answers for them itself. */
function isHeldByNat(vdom: FortiVdom, packet: ReadPacket, ask: Ask): boolean {
  if (vdom.vipIsLocal === false) return false
  const held =
    vdom.vips.some(
      (one) => one.enabled && one.arpReply && one.unknown === undefined && hasIp(one.external, packet.dst),
    ) || [...vdom.pools.values()].some((pool) => pool.arpReply && hasIp(pool.addresses, packet.dst))
  return held && (vdom.vipIsLocal === true || ask('whether this release owns VIP addresses'))
}
