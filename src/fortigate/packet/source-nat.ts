import { type IpAddress, isEmptyIp, printIp, printIpSet } from '../../flow/ip-set.ts'
import type { FortiPolicy, FortiVdom, FortiVip } from '../model.ts'
import type { ReadPacket } from '../packet.ts'
import { type Ask, addressesHold } from './fields.ts'

/** A translated packet that a policy let in: where it leaves, and VIPs that lead to its source, or more of them. */
export type Leaving = {
  readonly packet: ReadPacket
  readonly ingress: string
  /** The interface, and its zone or itself. */
  readonly port: string
  readonly egress: string
  readonly vipsBehind: readonly FortiVip[]
  readonly ask: Ask
}

/**
 * The source that the next hop sees: null when it is kept. Order of Fortinet KB 193423 and 189955: the VIP that asks for it, the
 * policy's pool, the reverse of a 1:1 VIP, the egress interface. With central NAT its table decides, and of VIPs only one that asks
 * for it (KB 209514).
 */
export function sourceSeen(vdom: FortiVdom, policy: FortiPolicy, leaving: Leaving): string | null {
  const { packet, port } = leaving
  const isNatted = vdom.centralNat ? true : policy.nat
  if (!isNatted) return null
  const forced = reverseVip(leaving, (vip) => vip.natSource)
  if (forced !== undefined) return forced
  if (vdom.centralNat) return centralSource(vdom, leaving)
  const pools = packet.src.family === 4 ? policy.pools : policy.pools6
  if (pools) return pools.map((name) => poolText(vdom, name)).join(', ') || port
  const reversed = reverseVip(leaving, (vip) => vip.forward === undefined && vdom.vipsInPlay.includes(vip))
  return reversed ?? ownAddress(vdom, port, packet.src.family)
}

function centralSource(vdom: FortiVdom, leaving: Leaving): string | null {
  const { packet, ingress, port, egress, ask } = leaving
  const names = (list: readonly string[], ...here: readonly string[]) =>
    list.includes('any') || here.some((name) => list.includes(name))
  const within = (range: readonly [number, number] | undefined, value: number | undefined, what: string) =>
    !range || (value === undefined ? ask(what) : range[0] <= value && value <= range[1])
  const rule = vdom.centralNat?.rules.find(
    (one) =>
      one.family === packet.src.family &&
      names(one.srcintf, ingress, packet.ingress) &&
      names(one.dstintf, egress, port) &&
      (one.proto === undefined || one.proto === packet.proto) &&
      within(one.sport, packet.sport, `central SNAT ${one.id} (the packet's ports are not given)`) &&
      within(one.dport, packet.dport, `central SNAT ${one.id} (the packet's ports are not given)`) &&
      addressesHold(vdom, one.sources, packet.src, 'source', ask) &&
      addressesHold(vdom, one.destinations, packet.dst, 'destination', ask) &&
      (one.unknown === undefined || ask(one.unknown)),
  )
  if (!rule?.translates) return null
  return rule.pools.map((name) => poolText(vdom, name)).join(', ') || ownAddress(vdom, port, packet.src.family)
}

function ownAddress(vdom: FortiVdom, port: string, family: 4 | 6): string {
  const own = vdom.interfaces.get(port)?.addresses.find(({ address }) => (address.v4.length > 0 ? 4 : 6) === family)
  return own?.text ?? port
}

/** A pool of one address is that address; of more, its name. */
function poolText(vdom: FortiVdom, name: string): string {
  const pool = vdom.pools.get(name)
  const [only, more] = pool && !isEmptyIp(pool.addresses) ? printIpSet(pool.addresses) : []
  return only !== undefined && more === undefined && !only.includes('/') ? only : name
}

/** The external address of the first VIP that leads to the source and leaves by its own interface. */
function reverseVip({ packet, port, vipsBehind }: Leaving, counts: (vip: FortiVip) => boolean): string | undefined {
  const { src } = packet
  for (const vip of vipsBehind) {
    const [target] = vip.mapping.kind === 'shift' ? vip.mapping.targets : []
    const [range] = vip.family === 4 ? vip.external.v4 : vip.external.v6
    if (!target || !range || vip.family !== src.family) continue
    const distance = BigInt(src.value) - target.address
    if (distance < 0n || distance > BigInt(range[1]) - BigInt(range[0])) continue
    if (!vip.enabled || vip.type !== 'static-nat' || vip.unknown !== undefined || !counts(vip)) continue
    if (vip.extintf !== 'any' && vip.extintf !== port) continue
    const value = vip.first + distance
    const seen: IpAddress = vip.family === 4 ? { family: 4, value: Number(value) } : { family: 6, value }
    return printIp(seen)
  }
  return undefined
}
