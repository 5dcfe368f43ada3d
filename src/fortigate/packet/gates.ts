import type { FortiPolicy, FortiVdom } from '../model.ts'
import type { ReadPacket } from '../packet.ts'
import { type Ask, identityHolds, scheduleHolds } from './fields.ts'

/** Which gate of a policy is shut for the packet, and the line that shuts it. */
export type ShutGate = {
  readonly reason: 'disabled' | 'expired' | 'out-of-schedule' | 'not-authenticated'
  readonly line: number
}

/** What keeps a packet out of a policy whose fields it fits; undefined when nothing does. */
export function shutGate(vdom: FortiVdom, policy: FortiPolicy, packet: ReadPacket, ask: Ask): ShutGate | undefined {
  const { gates, schedule } = policy
  if (!policy.enabled) return { reason: 'disabled', line: gates.statusLine }
  if (isExpired(policy, packet, ask)) return { reason: 'expired', line: gates.expiryLine }
  if (schedule && !scheduleHolds(vdom, schedule, packet, ask)) {
    const line = vdom.schedules.get(schedule)?.line ?? gates.scheduleLine
    return { reason: isOver(vdom, schedule, packet, 0) ? 'expired' : 'out-of-schedule', line }
  }
  if (!identityHolds(policy, packet, ask)) return { reason: 'not-authenticated', line: gates.identityLine }
  return undefined
}

function isExpired(policy: FortiPolicy, packet: ReadPacket, ask: Ask): boolean {
  if (policy.expires === undefined) return false
  if (policy.expires === 'unknown' || packet.at === undefined) return ask(`policy ${policy.id} (expiry)`)
  return packet.at >= policy.expires
}

const DEEPEST = 32

/** Whether a one-time schedule, or a group of nothing else, lies in the past: it will not open again. */
function isOver(vdom: FortiVdom, name: string, packet: ReadPacket, depth: number): boolean {
  const schedule = vdom.schedules.get(name)
  if (schedule?.kind === 'onetime') return packet.at !== undefined && packet.at > schedule.to
  if (schedule?.kind !== 'group' || schedule.members.length === 0 || depth >= DEEPEST) return false
  return schedule.members.every((member) => isOver(vdom, member, packet, depth + 1))
}
