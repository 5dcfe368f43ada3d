import { compact, EVERYTHING, intersect, isEmpty, subtract } from '../../flow/flow-set.ts'
import { namesVip } from '../config/vips.ts'
import type { FortiInterface, FortiPolicy, FortiVdom, FortiVip } from '../model.ts'
import { unless, type View, when } from './field-flows.ts'
import type { FlowWalk, Way } from './flow-walk.ts'
import { passedOver } from './passed-over.ts'
import { type Passage, policyTakes, standsBetween } from './policy-flows.ts'
import { flowReach, meets, policyReach } from './policy-reach.ts'
import { type SnatPassage, snatPieces } from './snat-flows.ts'
import { ttlFlows } from './ttl-flows.ts'
import { vipTakes } from './vip-flows.ts'

/** Routed flows: the first policy that takes them decides; with none, the zone may let its members talk, else nothing does. */
export function throughPolicies(walk: FlowWalk, vdom: FortiVdom, port: FortiInterface, way: Way, view: View): void {
  const ingress = vdom.zoneOf.get(port.name) ?? port.name
  const egress = vdom.zoneOf.get(way.egress ?? '') ?? way.egress ?? ''
  const passage: Passage = { vip: way.vip, view, ingress, egress }
  let { flows } = way
  const reach = flowReach(flows)
  for (const policy of vdom.policies) {
    if (isEmpty(flows)) return
    if (!standsBetween(policy, passage)) continue
    const { src, dst } = policyReach(vdom, policy)
    if ((src && !meets(src, reach.src)) || (dst && !way.vip && !meets(dst, reach.dst))) continue
    const taken = policyTakes(vdom, policy, flows, passage)
    if (isEmpty(taken)) continue
    // Of many boxes that are taken, the few that the policy is made of say the same.
    const takes = taken.length > MANY_BOXES ? policyTakes(vdom, policy, EVERYTHING, passage) : taken
    flows = subtract(flows, takes.length < taken.length ? takes : taken)
    if (flows.length > MANY_BOXES) flows = compact(flows)
    decided(walk, vdom, { ...way, flows: taken }, policy, { ...passage, from: port.name, port: way.egress ?? '' })
  }
  const zone = vdom.zones.get(ingress)
  if (zone?.intrazone && ingress === egress) {
    walk.end({ ...way, flows }, { verdict: 'allow', reason: 'intrazone', lines: [zone.line] })
    return
  }
  const implicit = { verdict: 'deny', policy: { id: 0, name: '' } } as const
  for (const other of way.vip ? vdom.vipsInPlay : []) {
    if (other === way.vip || !meets(other.external, reach.dst)) continue
    if (!vdom.policies.some((policy) => accepts(vdom, policy, other, ingress))) continue
    const passed = intersect(flows, vipTakes(vdom, other, port.name))
    walk.end({ ...way, flows: passed }, { ...implicit, reason: 'vip-mismatch', lines: [other.line] })
    flows = subtract(flows, passed)
  }
  const { pieces, rest } = passedOver(vdom, flows, passage)
  for (const { flows: shut, reason, lines } of pieces) {
    walk.end({ ...way, flows: shut }, { ...implicit, reason, lines })
  }
  walk.end({ ...way, flows: rest }, { ...implicit, reason: 'implicit', lines: [vdom.policyLine] })
}
const MANY_BOXES = 24

function decided(walk: FlowWalk, vdom: FortiVdom, way: Way, policy: FortiPolicy, passage: SnatPassage): void {
  const named = { policy: { id: policy.id, name: policy.name }, lines: [policy.line] }
  if (policy.action === 'deny') {
    walk.end(way, { ...named, verdict: 'deny', reason: 'policy' })
    return
  }
  let { flows } = way
  const link = vdom.interfaces.get(way.egress ?? '')
  if (link?.vdomLink) {
    const behind = `VDOM link ${link.name} (the VDOM behind it)`
    walk.end({ ...way, flows: intersect(flows, unless(behind)) }, { ...named, verdict: 'deny', reason: 'vdom-link' })
    flows = intersect(flows, when(behind))
  }
  for (const { flows: seen, ...source } of snatPieces(vdom, policy, flows, passage)) {
    const remembered = () => ttlFlows(vdom, policy, seen, passage.view)
    walk.end({ ...way, flows: seen }, { ...named, verdict: 'allow', reason: 'policy', ...source, remembered })
  }
}

function accepts(vdom: FortiVdom, policy: FortiPolicy, vip: FortiVip, ingress: string): boolean {
  const enters = policy.srcintf.includes('any') || policy.srcintf.includes(ingress)
  return policy.enabled && policy.action === 'accept' && enters && namesVip(vdom, policy, vip)
}
