import {
  EVERYTHING,
  type FlowSet,
  flowsWhere,
  intersect,
  NOTHING,
  subtract,
  unite,
  uniteAll,
} from '../../flow/flow-set.ts'
import { ANY_IPV4, ANY_IPV6, type IpSet, isEmptyIp, NO_IP, subtractIp } from '../../flow/ip-set.ts'
import { type Ranges, readRanges } from '../../flow/ranges.ts'
import { ips, names as nameValues, type Values } from '../../flow/values.ts'
import type { FortiPolicy, FortiService, FortiVdom, ServicePart } from '../model.ts'

/** The fields of a policy as flow sets, in the coordinates of the packet as it arrives. */
export type View = {
  /** Where a packet must be going on arrival to go to one of these after translation. */
  readonly dst: (inside: IpSet) => IpSet
  readonly dport: (inside: readonly [number, number]) => Ranges
}
export const UNTRANSLATED: View = { dst: (inside) => inside, dport: (inside) => [inside] }

const DEEPEST = 32
const YES = nameValues('yes')
const NO = nameValues('no')

/** The flows for which this unknown is so. */
export function when(what: string): FlowSet {
  return flowsWhere({ [dimensionOf(what)]: YES })
}

export function unless(what: string): FlowSet {
  return flowsWhere({ [dimensionOf(what)]: NO })
}

function dimensionOf(what: string): string {
  return what.startsWith('group:') ? what : `unknown:${what}`
}

/** Flows from (or to) what the named objects hold, of one family. */
function addressFlows(
  vdom: FortiVdom,
  names: readonly string[],
  family: 4 | 6,
  side: 'source' | 'destination',
  view: View = UNTRANSLATED,
  depth = 0,
): FlowSet {
  const table = family === 4 ? vdom.addresses : vdom.addresses6
  const known = knownIp(vdom, names, family, 0)
  const from = (ip: IpSet) => flowsWhere(side === 'source' ? { src: ips(ip) } : { dst: ips(view.dst(ip)) })
  if (known) return from(known)
  return uniteAll(
    names.map((name) => {
      const object = table.get(name)
      if (!object) {
        if (name === 'none') return NOTHING
        return name === 'all'
          ? from(family === 4 ? ANY_IPV4 : ANY_IPV6)
          : when(`${side} address ${name} (not in this file)`)
      }
      if (object.unknown !== undefined) return when(`${side} ${object.unknown}`)
      if (object.kind === 'address') return from(object.ip)
      if (depth >= DEEPEST) return when(`${side} address group ${name} (nested too deep)`)
      const members = addressFlows(vdom, object.members, family, side, view, depth + 1)
      return subtract(members, addressFlows(vdom, object.exclude, family, side, view, depth + 1))
    }),
  )
}

/** All addresses of the named objects; undefined as soon as one of them is unknown. */
export function knownIp(vdom: FortiVdom, names: readonly string[], family: 4 | 6, depth = 0): IpSet | undefined {
  const table = family === 4 ? vdom.addresses : vdom.addresses6
  if (depth > DEEPEST) return undefined
  const found: IpSet[] = []
  for (const name of names) {
    const object = table.get(name)
    if (!object && name === 'none') continue
    if (!object && name !== 'all') return undefined
    if (!object) found.push(family === 4 ? ANY_IPV4 : ANY_IPV6)
    else if (object.unknown !== undefined) return undefined
    else if (object.kind === 'address') found.push(object.ip)
    else {
      const members = knownIp(vdom, object.members, family, depth + 1)
      const exclude = object.exclude.length === 0 ? NO_IP : knownIp(vdom, object.exclude, family, depth + 1)
      if (!members || !exclude) return undefined
      found.push(isEmptyIp(exclude) ? members : subtractIp(members, exclude))
    }
  }
  const [only] = found
  if (only && found.length === 1) return only
  return { v4: readRanges(found.flatMap((ip) => ip.v4)), v6: readRanges(found.flatMap((ip) => ip.v6)) }
}

/** Flows of the named services, whose ports are those after translation. */
export function serviceFlows(vdom: FortiVdom, names: readonly string[], view: View, depth = 0): FlowSet {
  return uniteAll(
    names.map((name) => {
      const service = vdom.services.get(name)
      if (!service) return name === 'ALL' ? EVERYTHING : when(`service ${name} (not in this file)`)
      if (service.unknown !== undefined) return when(service.unknown)
      if (service.kind === 'service') return oneService(service, view)
      if (depth >= DEEPEST) return when(`service group ${name} (nested too deep)`)
      return serviceFlows(vdom, service.members, view, depth + 1)
    }),
  )
}

/** Flows of one service that is no group. */
export function oneService(service: Extract<FortiService, { kind: 'service' }>, view: View): FlowSet {
  const parts = uniteAll(service.parts.map((part) => partFlows(part, view)))
  return service.within ? intersect(parts, flowsWhere({ dst: ips(view.dst(service.within)) })) : parts
}

function partFlows(part: ServicePart, view: View): FlowSet {
  if (part.proto === -1) return EVERYTHING
  const number = (ranges: Ranges): Values => ({ kind: 'number', ranges })
  const proto = number([[part.proto, part.proto]])
  if (part.proto === 1 || part.proto === 58) return flowsWhere({ proto, icmp: number([part.icmp]) })
  const anyPort = part.dport[0] === 0 && part.dport[1] === 65535
  const dport = anyPort ? undefined : number(view.dport(part.dport))
  return flowsWhere({ proto, dport, sport: number([part.sport]) })
}

/** Flows at times when the schedule is active. */
export function scheduleFlows(vdom: FortiVdom, name: string, depth = 0): FlowSet {
  const schedule = vdom.schedules.get(name)
  if (!schedule) {
    if (name === 'none') return NOTHING
    return name === 'always' ? EVERYTHING : when(`schedule ${name} (not in this file)`)
  }
  switch (schedule.kind) {
    case 'unknown':
      return when(schedule.unknown)
    case 'onetime':
      return flowsWhere({ at: { kind: 'number', ranges: readRanges([[schedule.from, schedule.to]]) } })
    case 'recurring':
      return flowsWhere({ week: { kind: 'number', ranges: schedule.week } })
    case 'group':
      if (depth >= DEEPEST) return when(`schedule group ${name} (nested too deep)`)
      return uniteAll(schedule.members.map((member) => scheduleFlows(vdom, member, depth + 1)))
  }
}

/** Flows of those the policy asks for. */
export function identityFlows(policy: FortiPolicy): FlowSet {
  if (policy.groups.length === 0 && policy.users.length === 0) return EVERYTHING
  return uniteAll([
    ...policy.groups.map((group) => when(`group:${group}`)),
    ...policy.users.map((user) => when(`user ${user}`)),
  ])
}

/** Flows whose source is one of the policy's, both families. */
export function sourceFlows(vdom: FortiVdom, policy: FortiPolicy): FlowSet {
  if (policy.internetServiceSrc) return when(`policy ${policy.id} (internet-service-src)`)
  return unite(
    sideFlows(vdom, policy.srcaddr, 4, policy.srcNegate, 'source'),
    sideFlows(vdom, policy.srcaddr6, 6, policy.src6Negate, 'source'),
  )
}

/** Flows to (or from) the named objects of one family, or to everything else when negated; nothing when none is named. */
export function sideFlows(
  vdom: FortiVdom,
  names: readonly string[],
  family: 4 | 6,
  negate: boolean,
  side: 'source' | 'destination',
  view: View = UNTRANSLATED,
): FlowSet {
  if (names.length === 0) return NOTHING
  const all = family === 4 ? ANY_IPV4 : ANY_IPV6
  const whole = flowsWhere(side === 'source' ? { src: ips(all) } : { dst: ips(view.dst(all)) })
  const inside = addressFlows(vdom, names, family, side, view)
  return negate ? subtract(whole, inside) : intersect(whole, inside)
}
