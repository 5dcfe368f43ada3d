import { type FlowSet, isEmpty, unite } from '../flow/flow-set.ts'
import { changedFlows as changedPackets } from '../fortigate/changed-flows.ts'
import { packetsBecoming } from '../fortigate/packets-becoming.ts'
import { changedFlows as changedRequests } from '../haproxy/changed-flows.ts'
import type { Doors } from './doors.ts'

/** Where two edges may differ at most, as packets come to the outer door and as connections come to the inner one. */
export type Region = { readonly outer: FlowSet; readonly inner: FlowSet }

/** Found from what differs between the configurations, so that a change of one grant does not cost a look at everything. */
export function changedRegion(before: Doors, after: Doors): Region {
  const outer = before.outer === after.outer ? [] : changedPackets(before.outer, after.outer)
  const inner = before.inner === after.inner ? [] : changedRequests(before.inner, after.inner)
  if (isEmpty(inner)) return { outer, inner }
  const outside = [before.outer, after.outer].map((device) => packetsBecoming(device, inner))
  return { outer: outside.reduce(unite, outer), inner }
}
