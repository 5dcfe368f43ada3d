import { EVERYTHING, type FlowSet, flowsWhere, intersect, isEmpty, NOTHING, subtract } from '../../flow/flow-set.ts'
import { numbers } from '../../flow/values.ts'
import type { FortiPolicy, FortiVdom } from '../model.ts'
import { scheduleFlows } from './field-flows.ts'
import { expiryFlows, type Passage, policyAims } from './policy-flows.ts'
import { flowReach, meets, policyReach } from './policy-reach.ts'

/** Flows that an accepting policy would let in, were it not shut; the last line is the one that shuts it. */
export type PassedOver = { readonly flows: FlowSet; readonly reason: string; readonly lines: readonly number[] }

/** Of flows that no policy took, those that a shut policy was meant for: the first in order tells why. */
export function passedOver(
  vdom: FortiVdom,
  flows: FlowSet,
  passage: Passage,
): { readonly pieces: readonly PassedOver[]; readonly rest: FlowSet } {
  const gated = gatedPolicies(vdom)
  if (gated.length === 0 || isEmpty(flows)) return { pieces: [], rest: flows }
  const pieces: PassedOver[] = []
  let rest = flows
  const reach = flowReach(flows)
  for (const policy of gated) {
    if (isEmpty(rest)) break
    const { src, dst } = policyReach(vdom, policy)
    if ((src && !meets(src, reach.src)) || (dst && !passage.vip && !meets(dst, reach.dst))) continue
    // The few boxes of the policy are taken away rather than the many that they leave of the rest.
    const aim = policyAims(vdom, policy, EVERYTHING, passage)
    const aimed = intersect(rest, aim)
    if (isEmpty(aimed)) continue
    rest = subtract(rest, aim)
    pieces.push(...gatesOf(vdom, policy, aimed).filter((piece) => !isEmpty(piece.flows)))
  }
  return { pieces, rest }
}

const gatedOf = new WeakMap<FortiVdom, readonly FortiPolicy[]>()

/** Accepting policies with a gate that can be shut, worked out once. */
function gatedPolicies(vdom: FortiVdom): readonly FortiPolicy[] {
  const known = gatedOf.get(vdom)
  if (known) return known
  const gated = vdom.policies.filter((policy) => {
    if (policy.action !== 'accept') return false
    if (!policy.enabled || policy.expires !== undefined || policy.groups.length + policy.users.length > 0) return true
    const [box, more] = scheduleFlows(vdom, policy.schedule)
    return box === undefined || more !== undefined || box.size > 0
  })
  gatedOf.set(vdom, gated)
  return gated
}

/** Which gate of the policy keeps which of the flows out that are all kept out. */
function gatesOf(vdom: FortiVdom, policy: FortiPolicy, aimed: FlowSet): readonly PassedOver[] {
  const { statusLine, scheduleLine, expiryLine, identityLine } = policy.gates
  const shut = (flows: FlowSet, reason: string, line: number): PassedOver => ({
    flows,
    reason,
    lines: [policy.line, line],
  })
  if (!policy.enabled) return [shut(aimed, 'disabled', statusLine)]
  const fresh = expiryFlows(policy)
  const current = intersect(aimed, fresh)
  const inTime = policy.schedule ? scheduleFlows(vdom, policy.schedule) : EVERYTHING
  const late = subtract(current, inTime)
  const over = scheduleOver(vdom, policy.schedule)
  const when = vdom.schedules.get(policy.schedule)?.line ?? scheduleLine
  return [
    shut(subtract(aimed, fresh), 'expired', expiryLine),
    shut(intersect(late, over), 'expired', when),
    shut(subtract(late, over), 'out-of-schedule', when),
    // Whoever is asked for and there in time was let in before.
    shut(intersect(current, inTime), 'not-authenticated', identityLine),
  ]
}

const LAST_SECOND = 2 ** 40
const DEEPEST = 32

/** Times after which the schedule is never active again: one-time schedules end, recurring ones do not. */
function scheduleOver(vdom: FortiVdom, name: string, depth = 0): FlowSet {
  const schedule = vdom.schedules.get(name)
  if (schedule?.kind === 'onetime') return flowsWhere({ at: numbers([Math.max(0, schedule.to + 1), LAST_SECOND]) })
  if (schedule?.kind !== 'group' || schedule.members.length === 0 || depth >= DEEPEST) return NOTHING
  return schedule.members.map((member) => scheduleOver(vdom, member, depth + 1)).reduce(intersect)
}
