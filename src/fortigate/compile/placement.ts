import { type Refusal, refuse } from '../../evidence/refusal.ts'
import { type FlowSet, intersect, isEmpty, subtract } from '../../flow/flow-set.ts'
import { type IpSet, intersectIp, isEmptyIp, subtractIp, uniteIp } from '../../flow/ip-set.ts'
import { type Passage, policyTakes } from '../meaning/policy-flows.ts'
import { vipTakes } from '../meaning/vip-flows.ts'
import type { FortiPolicy, FortiVdom, FortiVip } from '../model.ts'

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

export type GrantPlace = {
  readonly ok: true
  /** The policy to stand above; undefined: at the end. */
  readonly anchor: FortiPolicy | undefined
  /** The last of the protected denies, which stays above. */
  readonly floor: FortiPolicy | undefined
  /** Policies below the grant that let a part of it in until now. */
  readonly relieved: readonly FortiPolicy[]
}

/**
 * Where a grant of these flows belongs: above the first policy that would take any of them away, below every protected deny.
 * Policies that let a part in stay above it, so that those who are in keep their way, inspection and all.
 */
export function placeGrant(
  vdom: FortiVdom,
  ways: readonly { readonly flows: FlowSet; readonly passage: Passage }[],
  protectedDenies: readonly string[],
): GrantPlace | Refusal {
  const takes = (policy: FortiPolicy) =>
    ways.some(({ flows, passage }) => !isEmpty(policyTakes(vdom, policy, flows, passage)))
  const isProtected = (policy: FortiPolicy) => policy.action === 'deny' && protectedDenies.includes(policy.name)
  const floor = vdom.policies.findLastIndex(isProtected)
  const takers = vdom.policies.map((policy, index) => ({ policy, index })).filter(({ policy }) => takes(policy))
  const first = takers.find(({ policy }) => policy.action !== 'accept')
  if (first && first.index <= floor) {
    const guard = vdom.policies.slice(first.index).find(isProtected) ?? first.policy
    return refuse(
      'protected-deny',
      `The FortiGate policy "${guard.name}" (${guard.id}) is protected by the guardrails, and this access would have to be placed above it.`,
    )
  }
  return {
    ok: true,
    anchor: first?.policy,
    floor: vdom.policies[floor],
    relieved: first ? takers.flatMap(({ policy, index }) => (index > first.index ? [policy] : [])).filter(accepts) : [],
  }
}

function accepts(policy: FortiPolicy): boolean {
  return policy.action === 'accept'
}

/** The first policy that lets any of these flows in today and hides where they come from: HAProxy would not know them. */
export function hidingPolicy(
  vdom: FortiVdom,
  ways: readonly { readonly flows: FlowSet; readonly passage: Passage }[],
): FortiPolicy | undefined {
  for (const { flows, passage } of ways) {
    let left = flows
    for (const policy of vdom.policies) {
      if (isEmpty(left)) break
      const taken = policyTakes(vdom, policy, left, passage)
      if (isEmpty(taken)) continue
      if (policy.action === 'accept' && policy.nat) return policy
      left = subtract(left, taken)
    }
  }
  return undefined
}
