import type { IpAddress, IpSet } from '../../flow/ip-set.ts'
import { inRanges } from '../../flow/ranges.ts'
import type { FortiPolicy, FortiVdom, ServicePart } from '../model.ts'
import type { ReadPacket } from '../packet.ts'

/** Asked for what the configuration does not decide; the same name is always answered the same way. */
export type Ask = (what: string) => boolean
type Side = 'source' | 'destination'

/** Deeper nesting than any device accepts; beyond it a group is unknown, which also ends circles. */
const DEEPEST = 32

export function hasIp(set: IpSet, ip: IpAddress): boolean {
  return ip.family === 4 ? inRanges(set.v4, ip.value) : inRanges(set.v6, ip.value)
}

/** Whether one of the named objects holds the address. What is known to hold it is looked at before anything is asked. */
export function addressesHold(
  vdom: FortiVdom,
  names: readonly string[],
  ip: IpAddress,
  side: Side,
  ask: Ask,
  depth = 0,
): boolean {
  const table = ip.family === 4 ? vdom.addresses : vdom.addresses6
  const isPlain = (name: string) => {
    const object = table.get(name)
    return object ? object.kind === 'address' && object.unknown === undefined : name === 'all' || name === 'none'
  }
  const holds = (name: string): boolean => {
    const object = table.get(name)
    if (!object) {
      if (name === 'all' || name === 'none') return name === 'all'
      return ask(`${side} address ${name} (not in this file)`)
    }
    if (object.unknown !== undefined) return ask(`${side} ${object.unknown}`)
    if (object.kind === 'address') return hasIp(object.ip, ip)
    if (depth >= DEEPEST) return ask(`${side} address group ${name} (nested too deep)`)
    return (
      addressesHold(vdom, object.members, ip, side, ask, depth + 1) &&
      !addressesHold(vdom, object.exclude, ip, side, ask, depth + 1)
    )
  }
  return names.some((name) => isPlain(name) && holds(name)) || names.some((name) => !isPlain(name) && holds(name))
}

/** Whether one of the named services is what the packet speaks, on the port it has after translation. */
export function servicesHold(
  vdom: FortiVdom,
  names: readonly string[],
  packet: ReadPacket,
  ask: Ask,
  depth = 0,
): boolean {
  const undecided: string[] = []
  for (const name of names) {
    const service = vdom.services.get(name)
    if (service?.unknown !== undefined) undecided.push(service.unknown)
    else if (!service) {
      if (name === 'ALL') return true
      undecided.push(`service ${name} (not in this file)`)
    } else if (service.kind === 'group') {
      if (depth >= DEEPEST) undecided.push(`service group ${name} (nested too deep)`)
      else if (servicesHold(vdom, service.members, packet, ask, depth + 1)) return true
    } else if (!service.within || hasIp(service.within, packet.dst)) {
      const fits = service.parts.map((part) => partHolds(part, packet))
      if (fits.includes(true)) return true
      if (fits.includes(undefined)) undecided.push(`service ${name} (the packet's ports are not given)`)
    }
  }
  return undecided.some(ask)
}

function partHolds(part: ServicePart, packet: ReadPacket): boolean | undefined {
  if (part.proto === -1) return true
  if (part.proto !== packet.proto) return false
  const within = ([from, to]: readonly [number, number], value: number | undefined): boolean | undefined =>
    from === 0 && to === 65535 ? true : value === undefined ? undefined : from <= value && value <= to
  const fields =
    packet.proto === 1 || packet.proto === 58
      ? [within(part.icmp, packet.icmp)]
      : [within(part.dport, packet.dport), within(part.sport, packet.sport)]
  if (fields.includes(false)) return false
  return fields.includes(undefined) ? undefined : true
}

/** Whether the schedule is active at the packet's time. */
export function scheduleHolds(vdom: FortiVdom, name: string, packet: ReadPacket, ask: Ask, depth = 0): boolean {
  const schedule = vdom.schedules.get(name)
  if (!schedule) {
    if (name === 'always' || name === 'none') return name === 'always'
    return ask(`schedule ${name} (not in this file)`)
  }
  switch (schedule.kind) {
    case 'unknown':
      return ask(schedule.unknown)
    case 'group':
      if (depth >= DEEPEST) return ask(`schedule group ${name} (nested too deep)`)
      return schedule.members.some((member) => scheduleHolds(vdom, member, packet, ask, depth + 1))
    case 'onetime':
      if (packet.at === undefined) return ask(`schedule ${name} (the packet's time is not given)`)
      return schedule.from <= packet.at && packet.at <= schedule.to
    case 'recurring': {
      const [first] = schedule.week
      if (!first || (first[0] === 0 && first[1] === 10079)) return first !== undefined
      if (packet.week === undefined) return ask(`schedule ${name} (the packet's time is not given)`)
      return inRanges(schedule.week, packet.week)
    }
  }
}

/** Whether who sent it is one of those the policy asks for; an unauthenticated packet falls through to later policies. */
export function identityHolds(policy: FortiPolicy, packet: ReadPacket, ask: Ask): boolean {
  if (policy.groups.length === 0 && policy.users.length === 0) return true
  const { groups } = packet
  const isMember = policy.groups.some((group) => (groups ? groups.has(group) : ask(`group:${group}`)))
  return isMember || policy.users.some((user) => ask(`user ${user}`))
}
