import { type Refusal, refuse } from '../evidence/refusal.ts'
import { flowsWhere } from '../flow/flow-set.ts'
import { type IpSet, isEmptyIp, printIpSet } from '../flow/ip-set.ts'
import { ips, names, numbers } from '../flow/values.ts'
import { readFortigate, vdomOf } from './config.ts'
import { applySplices, type NewEntry, quote, type Splice, sectionsOf } from './edit-text.ts'
import { type Door, openDoor } from './grant-door.ts'
import {
  addressObjects,
  freeName,
  type GrantObjects,
  type GrantWindow,
  OURS,
  type PortRange,
  scheduleWindow,
  serviceObjects,
} from './grant-objects.ts'
import type { FortiDevice, FortiVdom, FortiVip } from './model.ts'
import { type Entrance, entrancesOf, placeGrant, shadowingVip } from './placement.ts'
import type { Passage } from './policy-flows.ts'
import { viewThrough } from './vip-flows.ts'

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
  const place = placeGrant(vdom, ways, ask.protectedDenies)
  if (!place.ok) return place
  return write(device, vdom, ask, {
    door,
    entrances: entrances.entrances,
    nowhere: entrances.nowhere,
    window: window.window,
    always: always ?? 'always',
    anchor: place.anchor,
  })
}

function entrancesFor(
  vdom: FortiVdom,
  vip: FortiVip,
  ask: OuterAsk,
): { readonly ok: true; readonly entrances: readonly Entrance[]; readonly nowhere: IpSet } | Refusal {
  const foreign = vip.family === 4 ? ask.sources.v6.length : ask.sources.v4.length
  if (foreign > 0) return refuse('family', `The VIP "${ask.vip}" is IPv${vip.family}; some of the sources are not.`)
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

type GrantWay = { readonly flows: ReturnType<typeof flowsWhere>; readonly passage: Passage; readonly port: string }

function waysOf(
  vdom: FortiVdom,
  door: Door,
  entrance: Entrance,
  ask: OuterAsk,
  window: GrantWindow | undefined,
): readonly GrantWay[] {
  const { vip, exits } = door
  const targets = vip.mapping.kind === 'shift' ? vip.mapping.targets : []
  return entrance.ports.flatMap((port) =>
    ask.ports.flatMap(({ proto, from, to }) => {
      const number = proto === 'tcp' ? 6 : 17
      const flows = flowsWhere({
        ingress: names(port),
        src: ips(entrance.sources),
        dst: ips(vip.external),
        proto: numbers([number, number]),
        dport: numbers([from, to]),
        at: window ? numbers([window.from, window.until]) : undefined,
      })
      const ingress = vdom.zoneOf.get(port) ?? port
      return targets.flatMap((target) =>
        exits.map((egress) => ({ flows, port, passage: { vip, view: viewThrough(vip, target), ingress, egress } })),
      )
    }),
  )
}

type Plan = {
  readonly door: Door
  readonly entrances: readonly Entrance[]
  /** Sources that no route leads back to: in no policy, because nothing from there can arrive. */
  readonly nowhere: IpSet
  readonly window: GrantWindow | undefined
  readonly always: string
  readonly anchor: FortiVdom['policies'][number] | undefined
}

function write(device: FortiDevice, vdom: FortiVdom, ask: OuterAsk, plan: Plan): OuterChange | Refusal {
  const { door, window, anchor } = plan
  const stuck = refuse('cannot-edit', `The text of ${device.id} has no safe place for the new lines.`)
  const sections = sectionsOf(device, vdom.name)
  const before = sections.find('firewall policy')
  if (!before) return stuck
  const taken = new Set([...vdom.addresses.keys(), ...vdom.addresses6.keys(), ...vdom.vipNames])
  const perEntrance = plan.entrances.map((entrance) => addressObjects(vdom, entrance.sources, taken))
  const services = serviceObjects(vdom, door.mapped)
  const schedule = window ? freeName(`sp-${ask.request}`, 31, new Set(vdom.schedules.keys())) : plan.always
  const policies = policyEntries(vdom, ask, plan, perEntrance, services, schedule)
  const addressPath = door.vip.family === 4 ? 'firewall address' : 'firewall address6'
  const created: [string, readonly NewEntry[]][] = [
    [addressPath, perEntrance.flatMap((objects) => objects.create)],
    ['firewall service custom', services.create],
    [
      'firewall schedule onetime',
      window ? [{ key: quote(schedule), lines: [`set start ${window.start}`, `set end ${window.end}`] }] : [],
    ],
  ]
  const splices: Splice[] = []
  for (const [path, entries] of created) {
    if (entries.length === 0) continue
    const splice = sections.add(path, entries, before)
    if (!splice) return stuck
    splices.push(splice)
  }
  const placed = sections.insert('firewall policy', policies, anchor === undefined ? undefined : String(anchor.id))
  if (!placed) return stuck
  const text = applySplices(device.text.text, [...splices, placed])
  if (!isAsPlanned(device, vdom, text, policies, anchor?.id)) return stuck
  const where = anchor ? `above policy ${anchor.id}` : 'after the last policy'
  return {
    ok: true,
    text,
    says: [
      ...created.flatMap(([path, entries]) => entries.map(({ key }) => `new ${path.replace('firewall ', '')} ${key}`)),
      ...policies.map(({ key }) => `new policy ${key} ${where}`),
      ...(isEmptyIp(plan.nowhere)
        ? []
        : [
            `${sayAddresses(plan.nowhere)} left out: no route of the FortiGate leads back there, so nothing can arrive`,
          ]),
      ...(vdom.vipsInPlay.includes(door.vip)
        ? []
        : [`VIP ${ask.vip} translates from now on: no policy named it before`]),
    ],
    ...(window ? { window: { from: window.from, until: window.until } } : {}),
  }
}

/** The first few, and how many more. */
function sayAddresses(ip: IpSet): string {
  const all = printIpSet(ip)
  const more = all.length - SAID_AT_MOST
  return `${all.slice(0, SAID_AT_MOST).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
const SAID_AT_MOST = 4

/** FortiOS refuses these in names and comments (`<>()#'"`), and a comment is one line. */
function plainText(text: string, limit: number): string {
  return text
    .replace(/[<>()#'"\\\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
    .slice(0, limit)
}

function policyEntries(
  vdom: FortiVdom,
  ask: OuterAsk,
  plan: Plan,
  perEntrance: readonly GrantObjects[],
  services: GrantObjects,
  schedule: string,
): readonly NewEntry[] {
  const taken = new Set(vdom.policies.map((policy) => policy.name))
  const six = plan.door.vip.family === 6 ? '6' : ''
  const list = (all: readonly string[]) => all.map(quote).join(' ')
  let id = Math.max(0, ...vdom.policies.map((policy) => policy.id).filter(Number.isInteger))
  return plan.entrances.map((entrance, index) => {
    id += 1
    const ingress = [...new Set(entrance.ports.map((port) => vdom.zoneOf.get(port) ?? port))]
    const name = freeName(
      `${plainText(ask.service, Math.max(0, 34 - ask.request.length))}-${ask.request}`.slice(-35),
      35,
      taken,
    )
    return {
      key: String(id),
      lines: [
        `set name ${quote(name)}`,
        `set srcintf ${list(ingress)}`,
        `set dstintf ${list(plan.door.exits)}`,
        'set action accept',
        `set srcaddr${six} ${list(perEntrance[index]?.names ?? [])}`,
        `set dstaddr${six} ${quote(ask.vip)}`,
        `set schedule ${quote(schedule)}`,
        // Without it a connection that is open when the schedule ends stays open.
        ...(plan.window ? ['set schedule-timeout enable'] : []),
        `set service ${list(services.names)}`,
        'set logtraffic all',
        ...(ask.groups.length > 0 ? [`set groups ${list(ask.groups)}`] : []),
        `set comments ${quote(`${OURS} ${ask.request} ${plainText(ask.note, 200)}`.trim())}`,
      ],
    }
  })
}

/** Reads the result back: the old policies in their order with ours in the one place, and nothing newly wrong. */
function isAsPlanned(
  device: FortiDevice,
  vdom: FortiVdom,
  text: string,
  added: readonly NewEntry[],
  anchor: number | undefined,
): boolean {
  const after = readFortigate({ id: device.id, vdom: vdom.name, timezone: device.timezone }, device.file, text)
  const order = after.vdoms.get(vdom.name)?.policies.map((policy) => policy.id) ?? []
  const expected = vdom.policies.map((policy) => policy.id)
  const at = anchor === undefined ? expected.length : expected.indexOf(anchor)
  expected.splice(at, 0, ...added.map(({ key }) => Number(key)))
  return order.join() === expected.join() && after.problems.length <= device.problems.length
}
