import {
  EVERYTHING,
  type FlowSet,
  flowsWhere,
  intersect,
  isEmpty,
  NOTHING,
  subtract,
  unite,
} from '../../flow/flow-set.ts'
import { numbers } from '../../flow/values.ts'
import { namesVip } from '../config/vips.ts'
import type { FortiPolicy, FortiVdom, FortiVip } from '../model.ts'
import {
  identityFlows,
  scheduleFlows,
  serviceFlows,
  sideFlows,
  sourceFlows,
  UNTRANSLATED,
  unless,
  type View,
  when,
} from './field-flows.ts'

/** Between which interfaces or zones, and through which VIP, the flows are on their way. */
export type Passage = {
  readonly vip: FortiVip | undefined
  readonly view: View
  readonly ingress: string
  readonly egress: string
}

/** Whether the policy is switched on and stands between these interfaces: the cheapest of its questions. */
export function standsBetween(policy: FortiPolicy, { ingress, egress }: Passage): boolean {
  return policy.enabled && fits(policy.srcintf, ingress) && fits(policy.dstintf, egress)
}

/** The part of these flows that the policy matches. */
export function policyTakes(vdom: FortiVdom, policy: FortiPolicy, flows: FlowSet, passage: Passage): FlowSet {
  if (!policy.enabled) return NOTHING
  return narrow(policyAims(vdom, policy, flows, passage), [
    () => (policy.schedule ? scheduleFlows(vdom, policy.schedule) : EVERYTHING),
    () => expiryFlows(policy),
    () => identityFlows(policy),
  ])
}

/** The part that it would match were it switched on, in time, and asked of the right people. */
export function policyAims(vdom: FortiVdom, policy: FortiPolicy, flows: FlowSet, passage: Passage): FlowSet {
  if (!fits(policy.srcintf, passage.ingress) || !fits(policy.dstintf, passage.egress)) return NOTHING
  const { vip } = passage
  const byVip = vip !== undefined && namesVip(vdom, policy, vip)
  if (
    vip &&
    !byVip &&
    !vdom.centralNat &&
    !policy.internetService &&
    policy.action !== 'deny' &&
    !negatesVip(vdom, policy, vip.family)
  ) {
    return NOTHING
  }
  return narrow(flows, [
    () => sourceFlows(vdom, policy),
    () => destinationFlows(vdom, policy, passage),
    () => (policy.internetService || policy.service.length === 0 ? EVERYTHING : servicesOf(vdom, policy, passage.view)),
    ...policy.unknown.map((what) => () => when(what)),
  ])
}

function narrow(flows: FlowSet, fields: readonly (() => FlowSet)[]): FlowSet {
  let left = flows
  for (const field of fields) {
    if (isEmpty(left)) return NOTHING
    left = intersect(left, field())
  }
  return left
}

function fits(list: readonly string[], name: string): boolean {
  return list.length === 0 || list.includes('any') || list.includes(name)
}

function servicesOf(vdom: FortiVdom, policy: FortiPolicy, view: View): FlowSet {
  const named = serviceFlows(vdom, policy.service, view)
  return policy.serviceNegate ? subtract(EVERYTHING, named) : named
}

/** Flows before the policy ends. */
export function expiryFlows(policy: FortiPolicy): FlowSet {
  if (policy.expires === undefined) return EVERYTHING
  if (policy.expires === 'unknown') return unless(`policy ${policy.id} (expiry)`)
  return policy.expires <= 0 ? NOTHING : flowsWhere({ at: numbers([0, policy.expires - 1]) })
}

function negatesVip(vdom: FortiVdom, policy: FortiPolicy, family: 4 | 6): boolean {
  const [names, negate] = family === 4 ? [policy.dstaddr, policy.dstNegate] : [policy.dstaddr6, policy.dst6Negate]
  return negate && names.some((name) => vdom.vipNames.has(name))
}

/** Translated flows match by their VIP; plain destinations see only what is not translated, but for denials with match-vip. */
function destinationFlows(vdom: FortiVdom, policy: FortiPolicy, { vip, view }: Passage): FlowSet {
  if (policy.internetService) return when(`policy ${policy.id} (internet-service)`)
  const side = (family: 4 | 6, through: View): FlowSet => {
    const [names, negate] = family === 4 ? [policy.dstaddr, policy.dstNegate] : [policy.dstaddr6, policy.dst6Negate]
    return sideFlows(
      vdom,
      names.filter((name) => !vdom.vipNames.has(name)),
      family,
      negate,
      'destination',
      through,
    )
  }
  if (!vip) {
    const families = ([4, 6] as const).map((family) => {
      const whole = sideFlows(vdom, ['all'], family, false, 'destination')
      if (!negatesVip(vdom, policy, family)) return policy.matchVipOnly ? NOTHING : side(family, UNTRANSLATED)
      return intersect(whole, when(`policy ${policy.id} (dstaddr-negate with a VIP)`))
    })
    return families.reduce(unite, NOTHING)
  }
  if (vdom.centralNat) return side(vip.family, view)
  if (negatesVip(vdom, policy, vip.family)) return when(`policy ${policy.id} (dstaddr-negate with a VIP)`)
  if (namesVip(vdom, policy, vip)) return EVERYTHING
  if (policy.action !== 'deny' || policy.matchVip === false) return NOTHING
  const inside = side(vip.family, view)
  const outside = side(vip.family, UNTRANSLATED)
  const both = intersect(inside, outside)
  const either = subtract(unite(inside, outside), both)
  // Which of the two destinations a specific address is compared with is not documented in what we found.
  const matched = unite(both, intersect(either, when(`policy ${policy.id} (match-vip with a specific address)`)))
  return policy.matchVip ? matched : intersect(matched, when(`policy ${policy.id} (match-vip default of this release)`))
}
