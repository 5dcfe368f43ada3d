import { type FlowSet, flowsWhere, intersect, isEmpty, subtract } from '../flow/flow-set.ts'
import { ANY_IPV4, ANY_IPV6, type IpAddress, type IpSet, isEmptyIp, printIp, printIpSet } from '../flow/ip-set.ts'
import { ips } from '../flow/values.ts'
import type { FortiPolicy, FortiVdom, FortiVip } from './model.ts'
import { flowReach, meets } from './policy-reach.ts'

/**
 * The source that the next hop sees: null when it is kept. Order of Fortinet KB 193423 and 189955: the VIP that asks for it, the
 * policy's pool, the reverse of a 1:1 VIP, the egress interface.
 */
export function sourceSeen(
  vdom: FortiVdom,
  policy: FortiPolicy,
  src: IpAddress,
  egress: string,
  vipsBehind: readonly FortiVip[] = vdom.vips,
): string | null {
  if (!policy.nat) return null
  const forced = reverseVip(vdom, vipsBehind, src, egress, 'asked')
  if (forced !== undefined) return forced
  if (policy.pools) return policy.pools.map((name) => poolText(vdom, name)).join(', ') || egress
  const reversed = reverseVip(vdom, vipsBehind, src, egress, 'any')
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

function reverseVip(
  vdom: FortiVdom,
  vips: readonly FortiVip[],
  src: IpAddress,
  egress: string,
  which: 'asked' | 'any',
): string | undefined {
  for (const vip of vips) {
    const [target] = vip.mapping.kind === 'shift' ? vip.mapping.targets : []
    const [range] = vip.family === 4 ? vip.external.v4 : vip.external.v6
    if (!target || !range || vip.family !== src.family) continue
    const distance = BigInt(src.value) - target.address
    if (distance < 0n || distance > BigInt(range[1]) - BigInt(range[0])) continue
    if (!reverses(vdom, vip, egress, which)) continue
    const value = vip.first + distance
    return printIp(vip.family === 4 ? { family: 4, value: Number(value) } : { family: 6, value })
  }
  return undefined
}

/** `asked`: the VIP itself says so (nat-source-vip). `any`: a 1:1 VIP that an enabled policy names is reversed by itself. */
function reverses(vdom: FortiVdom, vip: FortiVip, egress: string, which: 'asked' | 'any'): boolean {
  if (!vip.enabled || vip.type !== 'static-nat' || vip.unknown !== undefined) return false
  if (vip.extintf !== 'any' && vip.extintf !== egress) return false
  return which === 'asked' ? vip.natSource : vip.forward === undefined && vdom.vipsInPlay.includes(vip)
}

/** The same for a set of flows, cut where the source seen differs; a translated range is told by the name of its VIP. */
export function snatPieces(
  vdom: FortiVdom,
  policy: FortiPolicy,
  flows: FlowSet,
  egress: string,
): readonly { readonly flows: FlowSet; readonly snat: string | null }[] {
  if (!policy.nat) return [{ flows, snat: null }]
  const pieces: { flows: FlowSet; snat: string | null }[] = []
  let left = flows
  const cut = (where: IpSet, wide: string | undefined) => {
    const part = intersect(left, flowsWhere({ src: ips(where) }))
    const first: IpAddress | undefined = where.v4[0]
      ? { family: 4, value: where.v4[0][0] }
      : where.v6[0] && { family: 6, value: where.v6[0][0] }
    if (isEmpty(part) || !first) return
    left = subtract(left, part)
    const [only, more] = printIpSet(where)
    const single = more === undefined && !only?.includes('/')
    pieces.push({ flows: part, snat: single || wide === undefined ? sourceSeen(vdom, policy, first, egress) : wide })
  }
  const { src: sources } = flowReach(flows)
  for (const vip of reversible(vdom, policy, egress, sources)) cut(insideOf(vip), `VIP ${vip.name}`)
  for (const rest of [ANY_IPV4, ANY_IPV6]) {
    const part = intersect(left, flowsWhere({ src: ips(rest) }))
    if (isEmpty(part)) continue
    const outside: IpAddress = rest === ANY_IPV4 ? { family: 4, value: -1 } : { family: 6, value: -1n }
    pieces.push({ flows: part, snat: sourceSeen(vdom, policy, outside, egress) })
  }
  return pieces
}

function reversible(vdom: FortiVdom, policy: FortiPolicy, egress: string, sources: IpSet): readonly FortiVip[] {
  const near = vdom.vips.filter((vip) => meets(insideOf(vip), sources))
  const asked = near.filter((vip) => reverses(vdom, vip, egress, 'asked'))
  return policy.pools ? asked : [...asked, ...near.filter((vip) => reverses(vdom, vip, egress, 'any'))]
}

function insideOf(vip: FortiVip): IpSet {
  const [target] = vip.mapping.kind === 'shift' ? vip.mapping.targets : []
  const [range] = vip.family === 4 ? vip.external.v4 : vip.external.v6
  if (!target || !range) return { v4: [], v6: [] }
  const last = target.address + BigInt(range[1]) - BigInt(range[0])
  return vip.family === 4
    ? { v4: [[Number(target.address), Number(last)]], v6: [] }
    : { v4: [], v6: [[target.address, last]] }
}
