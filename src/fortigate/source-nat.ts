import { type IpAddress, isEmptyIp, oneIp, printIp, printIpSet } from '../flow/ip-set.ts'
import { inRanges } from '../flow/ranges.ts'
import type { FortiPolicy, FortiVdom } from './model.ts'

/**
 * The source that the next hop sees: null when it is kept. Order of Fortinet KB 193423 and 189955: the VIP that asks for it, the
 * policy's pool, the reverse of a 1:1 VIP, the egress interface.
 */
export function sourceSeen(vdom: FortiVdom, policy: FortiPolicy, src: IpAddress, egress: string): string | null {
  if (!policy.nat) return null
  const forced = reverseVip(vdom, src, egress, 'asked')
  if (forced !== undefined) return forced
  if (policy.pools) return policy.pools.map((name) => poolText(vdom, name)).join(', ') || egress
  const reversed = reverseVip(vdom, src, egress, 'any')
  if (reversed !== undefined) return reversed
  const own = vdom.interfaces.get(egress)?.addresses.find((address) => family(address.address.v4.length) === src.family)
  return own?.text ?? egress
}

function family(v4Ranges: number): 4 | 6 {
  return v4Ranges > 0 ? 4 : 6
}

/** A pool of one address is that address; of more, its name. */
function poolText(vdom: FortiVdom, name: string): string {
  const pool = vdom.pools.get(name)
  const [only, more] = pool && !isEmptyIp(pool.addresses) ? printIpSet(pool.addresses) : []
  return only !== undefined && more === undefined && !only.includes('/') ? only : name
}

function reverseVip(vdom: FortiVdom, src: IpAddress, egress: string, which: 'asked' | 'any'): string | undefined {
  for (const vip of vdom.vips) {
    if (!vip.enabled || vip.family !== src.family || vip.mapping.kind === 'unknown') continue
    if (vip.type !== 'static-nat' || (vip.extintf !== 'any' && vip.extintf !== egress)) continue
    if (which === 'asked' ? !vip.natSource : vip.forward !== undefined || vip.unknown !== undefined) continue
    if (which === 'any' && !vdom.policies.some((one) => one.enabled && one.dstaddr.includes(vip.name))) continue
    const [target] = vip.mapping.targets
    const [range] = vip.family === 4 ? vip.external.v4 : vip.external.v6
    if (!target || !range) continue
    const distance = BigInt(src.value) - target.address
    if (distance < 0n || distance > BigInt(range[1]) - BigInt(range[0])) continue
    const value = vip.first + distance
    const external: IpAddress = vip.family === 4 ? { family: 4, value: Number(value) } : { family: 6, value }
    return external.family === 6 || inRanges(oneIp(external).v4, external.value) ? printIp(external) : undefined
  }
  return undefined
}
