import { type FlowSet, flowsWhere, NOTHING } from '../flow/flow-set.ts'
import { type IpSet, intersectIp, isEmptyIp, subtractIp } from '../flow/ip-set.ts'
import { ips, names } from '../flow/values.ts'
import { vdomOf } from '../fortigate/config.ts'
import type { Doors } from './doors.ts'

/**
 * Packets from these sources as they come in: each by the interfaces that its answers would leave by. `unrouted` is the part of
 * the sources that the FortiGate has no route back to; it drops what claims to come from there.
 */
export function arrivalsOf(doors: Doors, sources: IpSet): { readonly flows: FlowSet; readonly unrouted: IpSet } {
  let flows: FlowSet = NOTHING
  let left = sources
  for (const route of vdomOf(doors.outer)?.routes ?? []) {
    const from = intersectIp(left, route.to)
    if (isEmptyIp(from)) continue
    flows = [...flows, ...flowsWhere({ src: ips(from), ingress: names(...route.feasible) })]
    left = subtractIp(left, from)
  }
  return { flows, unrouted: left }
}
