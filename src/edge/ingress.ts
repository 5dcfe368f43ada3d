import { type IpSet, intersectIp, isEmptyIp, subtractIp } from '../flow/ip-set.ts'
import { vdomOf } from '../fortigate/config.ts'
import type { Doors } from './doors.ts'

/**
 * The interfaces by which packets from these sources come in: those their answers would leave by. `unrouted` is the part of the
 * sources that the FortiGate has no route back to, so it drops what claims to come from there.
 */
export function ingressOf(
  doors: Doors,
  sources: IpSet,
): { readonly interfaces: readonly string[]; readonly unrouted: IpSet } {
  const interfaces = new Set<string>()
  let left = sources
  for (const route of vdomOf(doors.outer)?.routes ?? []) {
    if (isEmptyIp(intersectIp(left, route.to))) continue
    for (const name of route.feasible) interfaces.add(name)
    left = subtractIp(left, route.to)
  }
  return { interfaces: [...interfaces], unrouted: left }
}
