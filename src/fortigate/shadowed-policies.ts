import { EVERYTHING, type Flow, type FlowSet, flowsWhere, isEmpty, subtract, witness } from '../flow/flow-set.ts'
import { type IpAddress, parseIp } from '../flow/ip-set.ts'
import { ips } from '../flow/values.ts'
import { namesVip } from './config/vips.ts'
import { UNTRANSLATED } from './meaning/field-flows.ts'
import { type Passage, policyTakes, standsBetween } from './meaning/policy-flows.ts'
import { viewThrough } from './meaning/vip-flows.ts'
import type { FortiPolicy, FortiTarget, FortiVdom, FortiVip } from './model.ts'
import { indexedFinder } from './packet/indexed-finder.ts'

/** An enabled policy that never decides anything, and those above it that take all it would match. */
export type ShadowedPolicy = { readonly policy: FortiPolicy; readonly by: readonly FortiPolicy[] }

/**
 * Policies of which every packet is taken by a policy above, whatever the unknowns turn out to be. Exact for what policies match;
 * a policy that only routing or a VIP's own filter leaves without packets is not among them.
 */
export function shadowedPolicies(vdom: FortiVdom): readonly ShadowedPolicy[] {
  if (vdom.unsure.length > 0) return []
  const above = openAbove(vdom)
  return vdom.policies.flatMap((policy, place) => {
    if (!policy.enabled) return []
    const passages = passagesOf(vdom, policy)
    const share = (passage: Passage) => shareOf(vdom, policy, passage)
    const by = new Set<FortiPolicy>()
    const isOpen = (passage: Passage) => !isCovered(vdom, share(passage), passage, above(passage, place), by)
    if (passages.some(isOpen) || by.size === 0) return []
    const takesAll = (other: FortiPolicy) => (passage: Passage) =>
      isEmpty(subtract(share(passage), policyTakes(vdom, other, share(passage), passage)))
    const alone = [...by].find((other) => passages.every(takesAll(other)))
    return [{ policy, by: vdom.policies.filter((other) => (alone ? other === alone : by.has(other))) }]
  })
}

/** What the policy matches of all that may come this way. */
function shareOf(vdom: FortiVdom, policy: FortiPolicy, passage: Passage): FlowSet {
  const arriving = passage.vip ? flowsWhere({ dst: ips(passage.vip.external) }) : EVERYTHING
  return policyTakes(vdom, policy, arriving, passage)
}

const MOST_PARTS = 60

/** The policies above that may take such a packet. */
type Above = (flow: Flow) => readonly FortiPolicy[]

/** A packet that is left is looked up; whoever above takes it takes its whole share; so on, until none is left or one is free. */
function isCovered(vdom: FortiVdom, flows: FlowSet, passage: Passage, above: Above, by: Set<FortiPolicy>): boolean {
  let left = flows
  while (!isEmpty(left)) {
    // What falls into so many parts is too tangled to be told; it is left out rather than guessed.
    if (left.length > MOST_PARTS) return false

    const flow = witness(left) ?? {}
    const before = left
    for (const other of above(flow)) {
      const rest = subtract(left, policyTakes(vdom, other, left, passage))
      if (rest.length === left.length && isEmpty(subtract(left, rest))) continue
      by.add(other)
      left = rest
      break
    }
    if (left === before) return false
  }
  return true
}

/** Every way between two interfaces or zones, with and without a VIP, on which the policy stands. */
function passagesOf(vdom: FortiVdom, policy: FortiPolicy): readonly Passage[] {
  const doors = [...new Set([...vdom.interfaces.keys()].map((name) => vdom.zoneOf.get(name) ?? name))]
  const forAny =
    policy.internetService ||
    policy.dstNegate ||
    policy.dst6Negate ||
    (policy.action === 'deny' && policy.matchVip !== false)
  const vips = vdom.vipsInPlay.filter((vip) => forAny || namesVip(vdom, policy, vip))
  const views = [
    { vip: undefined, view: UNTRANSLATED },
    ...vips.flatMap((vip) => targetsOf(vip).map((target) => ({ vip, view: viewThrough(vip, target) }))),
  ]
  return doors.flatMap((ingress) =>
    doors.flatMap((egress) =>
      views.map((through) => ({ ...through, ingress, egress })).filter((passage) => standsBetween(policy, passage)),
    ),
  )
}

function targetsOf({ mapping }: FortiVip): readonly FortiTarget[] {
  return mapping.kind === 'unknown' ? [] : mapping.targets
}

function openAbove(vdom: FortiVdom): (passage: Passage, place: number) => Above {
  const finder = indexedFinder(vdom)
  const places = new Map(vdom.policies.map((policy, place) => [policy, place]))
  return ({ vip, ingress, egress }, place) =>
    (flow) => {
      const src = parseIp(String(flow.src ?? '')) ?? SOMEBODY
      // Policies look at where a packet goes after translation; which of those for the VIP it is, is looked at afterwards.
      const [target] = vip ? targetsOf(vip) : []
      const inside = vip && target && addressOf(vip.family, target.address)
      const dst = inside ?? parseIp(String(flow.dst ?? '')) ?? SOMEBODY
      const dport = vip || typeof flow.dport !== 'number' ? undefined : flow.dport
      return finder
        .policiesFor({ ingress, egress, src, dst, dport, vip })
        .filter((other) => (places.get(other) ?? place) < place)
    }
}

const SOMEBODY: IpAddress = { family: 4, value: 1 }

function addressOf(family: 4 | 6, value: bigint): IpAddress {
  return family === 4 ? { family, value: Number(value) } : { family, value }
}
