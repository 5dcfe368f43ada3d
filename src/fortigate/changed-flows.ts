import { sameButForLines } from '../evidence/same-but-for-lines.ts'
import { compact, EVERYTHING, type FlowSet, flowsWhere, NOTHING, unite } from '../flow/flow-set.ts'
import { ips } from '../flow/values.ts'
import { vdomOf } from './config.ts'
import { uniteIps } from './meaning/policy-reach.ts'
import { hostsBehind, policyRegion } from './meaning/policy-region.ts'
import type { FortiDevice, FortiPolicy, FortiVdom } from './model.ts'

/**
 * The flows that two configurations of one device may treat differently, at most: outside of them, nothing that differs between the
 * two matches. Everything where anything else differs than policies and the objects that they name.
 */
export function changedFlows(before: FortiDevice, after: FortiDevice): FlowSet {
  const [was, is] = [vdomOf(before), vdomOf(after)]
  if (!was || !is || before.timezone !== after.timezone || !sameButForLines(before.version, after.version))
    return EVERYTHING
  if (!sameApartFromPolicies(was, is)) return EVERYTHING
  const changed = changedNames(was, is)
  const beyond =
    [...was.localIn, ...is.localIn].some((policy) => namesAny(policy, changed)) ||
    [was, is].some((vdom) => hidesByAny(vdom, changed.addresses))
  if (beyond || [...was.vips, ...is.vips].some((vip) => vip.services.some((name) => changed.services.has(name))))
    return EVERYTHING
  const regions = [
    ...touched(was, is, changed).map((policy) => policyRegion(was, policy)),
    ...touched(is, was, changed).map((policy) => policyRegion(is, policy)),
    ...vipRegions(was, is),
    ...vipRegions(is, was),
  ]
  return regions.length > MOST_REGIONS ? [hullOf(regions)].flat() : compact(regions.reduce(unite, NOTHING))
}
const MOST_REGIONS = 1000

/** What policies name, and policies themselves, are compared one by one; these are the fields that hold them or follow from them. */
const COMPARED: ReadonlySet<string> = new Set([
  'policies',
  'addresses',
  'addresses6',
  'services',
  'schedules',
  'vipsInPlay',
])

function sameApartFromPolicies(was: FortiVdom, is: FortiVdom): boolean {
  const rest = (vdom: FortiVdom) => Object.fromEntries(Object.entries(vdom).filter(([name]) => !COMPARED.has(name)))
  return sameButForLines(rest(was), rest(is))
}

type Names = {
  readonly addresses: ReadonlySet<string>
  readonly services: ReadonlySet<string>
  readonly schedules: ReadonlySet<string>
}

/** Objects that differ, are there on one side only, or hold one that does. */
function changedNames(was: FortiVdom, is: FortiVdom): Names {
  const both = (of: (vdom: FortiVdom) => ReadonlyMap<string, object>) => withHolders(of(was), of(is))
  return {
    addresses: new Set([...both((vdom) => vdom.addresses), ...both((vdom) => vdom.addresses6)]),
    services: both((vdom) => vdom.services),
    schedules: both((vdom) => vdom.schedules),
  }
}

function withHolders(was: ReadonlyMap<string, object>, is: ReadonlyMap<string, object>): Set<string> {
  const changed = new Set<string>()
  for (const name of new Set([...was.keys(), ...is.keys()])) {
    if (!sameButForLines(was.get(name), is.get(name))) changed.add(name)
  }
  if (changed.size === 0) return changed
  const holders = new Map<string, string[]>()
  for (const [name, object] of [...was, ...is]) {
    for (const member of membersOf(object)) {
      const known = holders.get(member)
      if (known) known.push(name)
      else holders.set(member, [name])
    }
  }
  // A set that grows while it is walked: whatever holds something changed has changed.
  for (const name of changed) for (const holder of holders.get(name) ?? []) changed.add(holder)
  return changed
}

function membersOf(object: object): readonly string[] {
  const list = (value: unknown) => (Array.isArray(value) ? value.map(String) : [])
  return [...list('members' in object ? object.members : []), ...list('exclude' in object ? object.exclude : [])]
}

function namesAny(
  one: Pick<FortiPolicy, 'srcaddr' | 'dstaddr' | 'service' | 'schedule'> & Partial<FortiPolicy>,
  changed: Names,
): boolean {
  const addresses = [one.srcaddr, one.dstaddr, one.srcaddr6 ?? [], one.dstaddr6 ?? []]
  return (
    addresses.some((list) => list.some((name) => changed.addresses.has(name))) ||
    one.service.some((name) => changed.services.has(name)) ||
    changed.schedules.has(one.schedule)
  )
}

/** Whether the table of central NAT speaks of one of these addresses. */
function hidesByAny({ centralNat }: FortiVdom, addresses: ReadonlySet<string>): boolean {
  return (centralNat?.rules ?? []).some(({ sources, destinations }) =>
    [...sources, ...destinations].some((name) => addresses.has(name)),
  )
}

/** Policies of the first that the second does not have just so, or has in another place. */
function touched(vdom: FortiVdom, other: FortiVdom, changed: Names): readonly FortiPolicy[] {
  const theirs = new Map(other.policies.map((policy) => [policy.id, policy]))
  const kept = (policy: FortiPolicy) => sameButForLines(policy, theirs.get(policy.id)) && !namesAny(policy, changed)
  const mine = vdom.policies.filter(kept)
  const order = new Map(mine.map((policy, index) => [policy.id, index]))
  const there = other.policies.filter((policy) => order.has(policy.id))
  // Between the first and the last that stand elsewhere, any two may have changed places.
  const moved = there.flatMap((policy, index) => (order.get(policy.id) === index ? [] : [index]))
  const [first = Number.POSITIVE_INFINITY] = moved
  const last = moved.at(-1) ?? -1
  return vdom.policies.filter((policy) => {
    const index = order.get(policy.id)
    return index === undefined || (first <= index && index <= last)
  })
}

/** A VIP that takes part on one side only changes what happens to its address, and what its hosts look like from outside. */
function vipRegions(vdom: FortiVdom, other: FortiVdom): readonly FlowSet[] {
  const theirs = new Set(other.vipsInPlay.map((vip) => vip.name))
  return vdom.vipsInPlay
    .filter((vip) => !theirs.has(vip.name))
    .flatMap((vip) => {
      const arriving = flowsWhere({ dst: ips(vip.external) })
      // Only whole addresses are turned round by themselves; one forwarded port says nothing of what its host sends.
      if (vip.forward) return [arriving]
      const hosts = hostsBehind(vip)
      return [arriving, flowsWhere({ src: hosts && ips(hosts) })]
    })
}

/** One box around all. */
function hullOf(regions: readonly FlowSet[]): FlowSet {
  const boxes = regions.flat()
  const side = (dimension: 'src' | 'dst') => {
    const sets = boxes.map((box) => box.get(dimension))
    const known = sets.flatMap((values) => (values?.kind === 'ip' ? [values.ip] : []))
    return known.length === sets.length ? ips(uniteIps(known)) : undefined
  }
  return flowsWhere({ src: side('src'), dst: side('dst') })
}
