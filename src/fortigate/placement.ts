import { type Refusal, refuse } from '../evidence/refusal.ts'
import { type FlowSet, intersect, isEmpty } from '../flow/flow-set.ts'
import { type IpSet, intersectIp, isEmptyIp, subtractIp, uniteIp } from '../flow/ip-set.ts'
import type { FortiPolicy, FortiVdom, FortiVip } from './model.ts'
import { type Passage, policyTakes } from './policy-flows.ts'
import { vipTakes } from './vip-flows.ts'

/** Sources that come in through the same interfaces. */
export type Entrance = { readonly ports: readonly string[]; readonly sources: IpSet }

/** Sources by where the route back to them points; `nowhere` has no route or a blackhole, so nothing from there can arrive. */
export function entrancesOf(
  vdom: FortiVdom,
  sources: IpSet,
): { readonly entrances: readonly Entrance[]; readonly nowhere: IpSet } {
  const byPorts = new Map<string, Entrance>()
  let left = sources
  let reached: IpSet = { v4: [], v6: [] }
  for (const route of vdom.routes) {
    const here = intersectIp(left, route.to)
    if (isEmptyIp(here)) continue
    left = subtractIp(left, route.to)
    if (route.blackhole || route.egress.length === 0) continue
    reached = uniteIp(reached, here)
    const ports = [...route.egress].sort()
    const key = ports.join('\n')
    const known = byPorts.get(key)
    byPorts.set(key, { ports, sources: known ? uniteIp(known.sources, here) : here })
  }
  return { entrances: [...byPorts.values()], nowhere: subtractIp(sources, reached) }
}

/** Interfaces that lead to these addresses; undefined when a part of them has no route. */
export function exitsTo(vdom: FortiVdom, addresses: IpSet): readonly string[] | undefined {
  const { entrances, nowhere } = entrancesOf(vdom, addresses)
  if (!isEmptyIp(nowhere)) return undefined
  return [...new Set(entrances.flatMap((one) => one.ports))]
}

/** A VIP that stands earlier in the table and takes some of the flows before ours is looked at. */
export function shadowingVip(vdom: FortiVdom, vip: FortiVip, port: string, flows: FlowSet): FortiVip | undefined {
  for (const other of vdom.vips) {
    if (other === vip) return undefined
    if (vdom.vipsInPlay.includes(other) && !isEmpty(intersect(flows, vipTakes(vdom, other, port)))) return other
  }
  return undefined
}

/**
 * Before which policy a grant of these flows belongs: above the first that takes any of them, below every protected deny.
 * `anchor` undefined: at the end.
 */
export function placeGrant(
  vdom: FortiVdom,
  ways: readonly { readonly flows: FlowSet; readonly passage: Passage }[],
  protectedDenies: readonly string[],
): { readonly ok: true; readonly anchor: FortiPolicy | undefined } | Refusal {
  const takes = (policy: FortiPolicy) =>
    ways.some(({ flows, passage }) => !isEmpty(policyTakes(vdom, policy, flows, passage)))
  const floor =
    vdom.policies.findLastIndex((policy) => policy.action === 'deny' && protectedDenies.includes(policy.name)) + 1
  const takers = vdom.policies.map((policy, index) => ({ policy, index })).filter(({ policy }) => takes(policy))
  const blocking = takers.find(({ policy, index }) => index < floor && policy.action !== 'accept')
  if (blocking) {
    const guard =
      vdom.policies
        .slice(blocking.index)
        .find((policy) => policy.action === 'deny' && protectedDenies.includes(policy.name)) ?? blocking.policy
    return refuse(
      'protected-deny',
      `The FortiGate policy "${guard.name}" (${guard.id}) is protected, and this access would have to be placed above it.`,
    )
  }
  // An accepting policy above the protected denies already lets its part through; only what comes after them can be placed above.
  const first = takers.find(({ index }) => index >= floor)
  return { ok: true, anchor: first ? first.policy : undefined }
}
