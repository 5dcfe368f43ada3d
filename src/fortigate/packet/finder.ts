import type { IpAddress } from '../../flow/ip-set.ts'
import { namesVip } from '../config/vips.ts'
import type { FortiInterface, FortiPolicy, FortiRoute, FortiVdom, FortiVip } from '../model.ts'
import { hasIp } from './fields.ts'

/**
 * Where the objects that concern one packet are found. An answer may hold more than what fits, never less, and always in the order
 * of the device: whoever asks still looks at each.
 */
export type Finder = {
  /** VIPs in play with this external address. */
  vipsTo(ip: IpAddress): readonly FortiVip[]
  /** VIPs, in play or not, that lead to this address. */
  vipsBehind(ip: IpAddress): readonly FortiVip[]
  /** Routes to the address, best first. */
  routesTo(ip: IpAddress): readonly FortiRoute[]
  /** The interface whose own address it is; loopbacks are reached through policies and are none. */
  ownerOf(ip: IpAddress): FortiInterface | undefined
  /** Whether a VIP or pool that answers for it has this address. */
  isAnsweredFor(ip: IpAddress): boolean
  policiesFor(passing: Passing): readonly FortiPolicy[]
  /** Accepting policies that may be shut: switched off, by time, by identity. */
  gatedFor(passing: Passing): readonly FortiPolicy[]
  /** Whether an enabled accepting policy from here names the VIP. */
  accepts(vip: FortiVip, ingress: string): boolean
}
/** A packet between two interfaces or zones, after translation by `vip`. */
export type Passing = {
  readonly ingress: string
  readonly egress: string
  readonly src: IpAddress
  readonly dst: IpAddress
  readonly dport: number | undefined
  readonly vip: FortiVip | undefined
}

/** Looks at everything, one after the other: plain on purpose, because the indexed finder is judged by it. */
export function scanningFinder(vdom: FortiVdom): Finder {
  return {
    vipsTo: (ip) => vdom.vipsInPlay.filter((vip) => vip.family === ip.family && hasIp(vip.external, ip)),
    vipsBehind: () => vdom.vips,
    routesTo: (ip) => vdom.routes.filter((route) => hasIp(route.to, ip)),
    ownerOf: (ip) =>
      [...vdom.interfaces.values()].find(
        (port) => !port.loopback && port.addresses.some((own) => hasIp(own.address, ip)),
      ),
    isAnsweredFor: (ip) =>
      vdom.vips.some((vip) => vip.enabled && vip.arpReply && vip.unknown === undefined && hasIp(vip.external, ip)) ||
      [...vdom.pools.values()].some((pool) => pool.arpReply && hasIp(pool.addresses, ip)),
    policiesFor: () => vdom.policies,
    gatedFor: () => vdom.policies,
    accepts: (vip, ingress) => vdom.policies.some((policy) => acceptsThrough(vdom, policy, vip, ingress)),
  }
}

function acceptsThrough(vdom: FortiVdom, policy: FortiPolicy, vip: FortiVip, ingress: string): boolean {
  const enters = policy.srcintf.includes('any') || policy.srcintf.includes(ingress)
  return policy.enabled && policy.action === 'accept' && enters && namesVip(vdom, policy, vip)
}
