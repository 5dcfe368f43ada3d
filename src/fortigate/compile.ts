import { type Refusal, refuse } from '../evidence/refusal.ts'
import { type FlowSet, flowsWhere, intersect, NOTHING, unite } from '../flow/flow-set.ts'
import { type IpSet, isEmptyIp, NO_IP, printIpSet, subtractIp, uniteIp } from '../flow/ip-set.ts'
import { ips, names } from '../flow/values.ts'
import { applySplices, type NewEntry, quote, type Splice, sectionsOf } from './compile/edit-text.ts'
import { type Door, hostsBehind, openDoor } from './compile/grant-door.ts'
import {
  addressObjects,
  freeName,
  type GrantWindow,
  type PortRange,
  SCHEDULE_NAME_LIMIT,
  scheduleName,
  scheduleWindow,
  serviceObjects,
} from './compile/grant-objects.ts'
import { policyEntries } from './compile/grant-policies.ts'
import { askedFlows, reachOfGrant, waysOf } from './compile/grant-ways.ts'
import {
  type Entrance,
  entrancesOf,
  type GrantPlace,
  hidingPolicy,
  placeGrant,
  shadowingVip,
} from './compile/placement.ts'
import { sayAddresses, sayGrant } from './compile/say-grant.ts'
import { sideEffect } from './compile/side-effects.ts'
import { differOnlyIn } from './config/differs-only-in.ts'
import { readFortigate, vdomOf } from './config.ts'
import { fortigateMeaning } from './meaning.ts'
import type { FortiDevice, FortiPolicy, FortiVdom, FortiVip } from './model.ts'

/** What the outer door is asked to open: ports as the client sees them, times in epoch seconds, both included. */
export type OuterAsk = {
  readonly request: string
  readonly service: string
  readonly vip: string
  readonly sources: IpSet
  readonly groups: readonly string[]
  readonly ports: readonly PortRange[]
  readonly from?: number
  readonly until?: number
  readonly note: string
  readonly protectedDenies: readonly string[]
}
export type OuterChange = {
  readonly ok: true
  readonly text: string
  /** The edited configuration, read. */
  readonly after: FortiDevice
  /** What was done, one short sentence each. */
  readonly says: readonly string[]
  /** The window as the device can hold it, in epoch seconds, both included; absent without one. */
  readonly window?: { readonly from: number; readonly until: number }
}

/** The configuration with the smallest edit that opens what was asked, or why it cannot be. All other bytes stay. */
export function compileFortigateGrant(device: FortiDevice, ask: OuterAsk): OuterChange | Refusal {
  const vdom = vdomOf(device)
  if (!vdom) return refuse('no-vdom', `${device.id} has no VDOM ${device.vdom ?? ''} in its configuration.`)
  if (vdom.unsure.length > 0) {
    return refuse('not-modelled', `${device.id} cannot be changed safely: ${vdom.unsure.join(', ')} is not modelled.`)
  }
  const door = openDoor(vdom, ask)
  if (!door.ok) return door
  const entrances = entrancesFor(vdom, door.vip, ask)
  if (!entrances.ok) return entrances
  const window = windowOf(device, ask)
  if (!window.ok) return window
  const always = alwaysName(vdom)
  if (!window.window && always === undefined) {
    return refuse('no-schedule', `${device.id} has no schedule that is always active.`)
  }

  const ways = entrances.entrances.flatMap((entrance) => waysOf(vdom, door, entrance, ask, window.window))
  for (const { flows, port } of ways) {
    const other = shadowingVip(vdom, door.vip, port, flows)
    if (other)
      return refuse('vip-shadowed', `VIP "${other.name}" stands above "${ask.vip}" and takes some of this traffic.`)
  }
  // With central NAT policies hide nobody, and what its own table does is seen in the result.
  const hiding = vdom.centralNat ? undefined : hidingPolicy(vdom, ways)
  if (hiding) {
    return refuse(
      'source-hidden',
      `${sayPolicy(hiding)} already lets some of this in and hides where it comes from (nat enable). Switch that off first.`,
    )
  }
  const place = placeGrant(vdom, ways, ask.protectedDenies)
  if (!place.ok) return place
  const { ok: _, ...plan } = { ...entrances, door, place, window: window.window, always: always ?? 'always' }
  return write(device, vdom, ask, plan)
}

function sayPolicy({ id, name }: FortiPolicy): string {
  return name === '' ? `The FortiGate policy ${id}` : `The FortiGate policy "${name}" (${id})`
}

function entrancesFor(
  vdom: FortiVdom,
  vip: FortiVip,
  ask: OuterAsk,
): { readonly ok: true; readonly entrances: readonly Entrance[]; readonly nowhere: IpSet } | Refusal {
  const foreign = vip.family === 4 ? ask.sources.v6.length : ask.sources.v4.length
  if (foreign > 0) return refuse('family', `The VIP "${ask.vip}" is IPv${vip.family}; some of the sources are not.`)
  const barred = vip.sources ? subtractIp(ask.sources, vip.sources) : NO_IP
  if (!isEmptyIp(barred)) {
    return refuse('vip-source', `The VIP "${ask.vip}" takes nothing from ${sayAddresses(barred)} (src-filter).`)
  }
  const { entrances, nowhere } = entrancesOf(vdom, ask.sources)
  if (entrances.length === 0) {
    return refuse(
      'no-route-back',
      'No route of the FortiGate leads back to these sources, so nothing from there can arrive.',
    )
  }
  const fitting: Entrance[] = []
  for (const entrance of entrances) {
    const allowed = (port: string) =>
      (vip.extintf === 'any' || vip.extintf === port) &&
      (vip.sourceInterfaces.length === 0 || vip.sourceInterfaces.includes(port))
    const ports = entrance.ports.filter(allowed)
    if (ports.length === 0) {
      const from = printIpSet(entrance.sources).slice(0, 3).join(', ')
      return refuse(
        'vip-interface',
        `${from} comes in through ${entrance.ports.join(', ')}, and the VIP "${ask.vip}" listens on ${vip.extintf} only.`,
      )
    }
    fitting.push({ ...entrance, ports })
  }
  return { ok: true, entrances: fitting, nowhere }
}

function windowOf(device: FortiDevice, ask: OuterAsk): { readonly ok: true; readonly window?: GrantWindow } | Refusal {
  if (ask.from === undefined && ask.until === undefined) return { ok: true }
  if (device.timezone === undefined) {
    return refuse('no-timezone', `The time zone of ${device.id} is not known, so no end can be set on it.`)
  }
  const window = scheduleWindow(ask.from, ask.until, device.timezone)
  return window ? { ok: true, window } : refuse('no-time', 'Less than a whole minute is left of the time asked for.')
}

function alwaysName(vdom: FortiVdom): string | undefined {
  const isWhole = (name: string) => {
    const schedule = vdom.schedules.get(name)
    return (
      schedule?.kind === 'recurring' &&
      schedule.week.length === 1 &&
      schedule.week[0]?.[0] === 0 &&
      schedule.week[0]?.[1] === 10079
    )
  }
  if (isWhole('always') || !vdom.schedules.has('always')) return 'always'
  return [...vdom.schedules.keys()].find(isWhole)
}

type Plan = {
  readonly door: Door
  readonly entrances: readonly Entrance[]
  /** Sources that no route leads back to: in no policy, because nothing from there can arrive. */
  readonly nowhere: IpSet
  readonly window: GrantWindow | undefined
  readonly always: string
  readonly place: GrantPlace
}

function write(device: FortiDevice, vdom: FortiVdom, ask: OuterAsk, plan: Plan): OuterChange | Refusal {
  const { door, window, place } = plan
  const { vip } = door
  const stuck = refuse('cannot-edit', `The text of ${device.id} has no safe place for the new lines.`)
  const sections = sectionsOf(device, vdom.name)
  const sets = plan.entrances.map(({ sources }) => sources)
  const hosts = hostsBehind(vip).reduce(uniteIp, NO_IP)
  const addresses = addressObjects(vdom, sections.find, vip.family, vdom.centralNat ? [...sets, hosts] : sets)
  const sources = addresses.slice(0, sets.length)
  const services = serviceObjects(vdom, sections.find, door.mapped)
  const schedule = window
    ? freeName(scheduleName(ask.request), SCHEDULE_NAME_LIMIT, new Set(vdom.schedules.keys()))
    : plan.always
  const { request, service, note, groups } = ask
  const destinations = addresses[sets.length]?.names ?? [vip.name]
  const common = { request, service, note, groups, family: vip.family, exits: door.exits, destinations }
  const policyPlan = { ...common, services: services.names, schedule, ends: window !== undefined }
  const policies = policyEntries(vdom, policyPlan, plan.entrances, sources)
  const onetime = window
    ? [{ key: quote(schedule), lines: [`set start ${window.start}`, `set end ${window.end}`] }]
    : []
  const created: readonly Created[] = [
    [vip.family === 4 ? 'firewall address' : 'firewall address6', addresses.flatMap(({ create }) => create)],
    ['firewall service custom', services.create],
    ['firewall schedule onetime', onetime],
    ['firewall policy', policies],
  ]
  const splices = splicesOf(sections, created, place.anchor)
  if (!splices) return stuck
  const text = applySplices(device.text.text, splices)
  const after = readFortigate({ id: device.id, vdom: device.vdom, timezone: device.timezone }, device.file, text)
  if (!isAsPlanned(device, after, vdom, created, place.anchor)) return stuck
  const opened = unite(
    askedFlows(vip.external, ask.sources, ask.ports, ask, window),
    vdom.centralNat ? askedFlows(hosts, ask.sources, door.mapped, ask, window) : NOTHING,
  )
  const wrong = wrongWith(device, after, vdom, door, opened)
  if (wrong) return wrong
  return {
    ok: true,
    text,
    after,
    says: sayGrant(device, vdom, plan, created),
    ...(window ? { window: { from: window.from, until: window.until } } : {}),
  }
}

/** What the edit does besides what was asked, or does not do although it was. */
function wrongWith(
  device: FortiDevice,
  after: FortiDevice,
  vdom: FortiVdom,
  { vip }: Door,
  opened: FlowSet,
): Refusal | undefined {
  // A VIP that only now takes part takes what was sent to its address, and used to go out to wherever else that may be.
  const taken = vdom.vipsInPlay.includes(vip) ? NOTHING : flowsWhere({ dst: ips(vip.external) })
  const beyond = sideEffect(device, after, reachOfGrant(vdom, vip), opened, taken)
  if (beyond !== undefined) {
    return refuse(
      'not-exact',
      `Opening this on ${device.id} would also ${beyond}, so it cannot be done by a policy alone.`,
    )
  }
  const ingress = flowsWhere({ ingress: names(...vdom.interfaces.keys()) })
  const hidden = vdom.centralNat
    ? fortigateMeaning(after, intersect(opened, ingress)).find(
        ({ verdict, snat }) => verdict === 'allow' && snat !== null,
      )
    : undefined
  return hidden
    ? refuse(
        'source-hidden',
        `The central NAT table of ${device.id} hides where this comes from (${hidden.snat}). It has to leave these sources as they are first.`,
      )
    : undefined
}
type Created = readonly [path: string, entries: readonly NewEntry[]]

function splicesOf(
  sections: ReturnType<typeof sectionsOf>,
  created: readonly Created[],
  anchor: FortiPolicy | undefined,
): readonly Splice[] | undefined {
  const wanted = created.filter(([, entries]) => entries.length > 0)
  const missing = wanted.filter(([path]) => !sections.find(path))
  const splices = [
    sections.create(missing.map(([path, entries]) => ({ path, entries }))),
    ...wanted.flatMap(([path, entries]) =>
      sections.find(path)
        ? [sections.insert(path, entries, path === 'firewall policy' && anchor ? String(anchor.id) : undefined)]
        : [],
    ),
  ]
  const safe = splices.flatMap((splice) => splice ?? [])
  return safe.length === splices.length ? safe : undefined
}

/** Reads the result back: everything as it was, and what was made in its one place. */
function isAsPlanned(
  device: FortiDevice,
  after: FortiDevice,
  vdom: FortiVdom,
  created: readonly Created[],
  anchor: FortiPolicy | undefined,
): boolean {
  const added = created.find(([path]) => path === 'firewall policy')?.[1] ?? []
  const order = after.vdoms.get(vdom.name)?.policies.map((policy) => policy.id) ?? []
  const expected = vdom.policies.map((policy) => policy.id)
  const at = anchor === undefined ? expected.length : expected.indexOf(anchor.id)
  expected.splice(at, 0, ...added.map(({ key }) => Number(key)))
  const bare = (key: string) => (key.startsWith('"') ? key.slice(1, -1).replace(/\\(.)/g, '$1') : key)
  const entries = new Map(created.map(([path, list]) => [path, new Set(list.map(({ key }) => bare(key)))]))
  return order.join() === expected.join() && differOnlyIn(device, after, vdom.name, entries)
}
