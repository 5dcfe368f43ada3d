import { Temporal } from 'temporal-polyfill'
import { equalIp, type IpSet, printIp, printIpSet } from '../../flow/ip-set.ts'
import { remember } from '../../flow/remember.ts'
import { localMoment } from '../config/schedules.ts'
import type { Entry, Table } from '../config/tables.ts'
import { knownIp } from '../meaning/field-flows.ts'
import type { FortiAddress, FortiVdom } from '../model.ts'
import { type NewEntry, OURS, quote } from './edit-text.ts'

/** Objects that a grant needs: names to refer to, and what must be created first, by section. */
export type GrantObjects = { readonly names: readonly string[]; readonly create: readonly NewEntry[] }
export type PortRange = { readonly proto: 'tcp' | 'udp'; readonly from: number; readonly to: number }
type Find = (path: string) => Table | undefined

/** Address objects whose union is exactly these sets, one result a set: an equal group, equal objects, and new ones for the rest. */
export function addressObjects(
  vdom: FortiVdom,
  find: Find,
  family: 4 | 6,
  sets: readonly IpSet[],
): readonly GrantObjects[] {
  const taken = new Set([...vdom.addresses.keys(), ...vdom.addresses6.keys(), ...vdom.vipNames])
  const known = [...fixedIn(find)(vdom)[family]()]
  return sets.map((sources) => {
    const whole = known.find(({ ip }) => equalIp(ip, sources))
    if (whole) return { names: [whole.name], create: [] }
    const names: string[] = []
    const create: NewEntry[] = []
    for (const range of rangesOf(sources)) {
      const equal = known.find(({ ip }) => equalIp(ip, range))
      if (equal) {
        names.push(equal.name)
        continue
      }
      const { name: wanted, lines } = addressEntry(range, family)
      const name = freeName(wanted, 79, taken)
      names.push(name)
      create.push({ key: quote(name), lines: [...lines, `set comment "${OURS}"`] })
      known.push({ name, ip: range })
    }
    return { names, create }
  })
}

function rangesOf(ip: IpSet): readonly IpSet[] {
  return [
    ...ip.v4.map((range): IpSet => ({ v4: [range], v6: [] })),
    ...ip.v6.map((range): IpSet => ({ v4: [], v6: [range] })),
  ]
}

/** Every grant on a device looks through the same objects. */
const fixedIn = remember((find: Find) =>
  remember((vdom: FortiVdom) => ({
    4: once(() => fixedAddresses(vdom, find, 4)),
    6: once(() => fixedAddresses(vdom, find, 6)),
  })),
)

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Objects that stand for the same addresses wherever they are used, and always will until somebody edits them. */
function fixedAddresses(vdom: FortiVdom, find: Find, family: 4 | 6): readonly { name: string; ip: IpSet }[] {
  const six = family === 6 ? '6' : ''
  const table = family === 4 ? vdom.addresses : vdom.addresses6
  const seen = new Map<string, boolean>()
  const isFixed = (object: FortiAddress | undefined): boolean => {
    if (!object || object.unknown !== undefined) return false
    const before = seen.get(object.name)
    if (before !== undefined) return before
    const members = object.kind === 'group' ? [...object.members, ...object.exclude] : []
    const path = object.kind === 'group' ? `firewall addrgrp${six}` : `firewall address${six}`
    const fixed =
      isPlain(find(path)?.entries.get(object.name), object.kind === 'group' ? PLAIN_GROUP : PLAIN_ADDRESS) &&
      members.every((name) => isFixed(table.get(name)))
    seen.set(object.name, fixed)
    return fixed
  }
  return [...table.values()].flatMap((object) => {
    const ip = isFixed(object) ? knownIp(vdom, [object.name], family) : undefined
    return ip ? [{ name: object.name, ip }] : []
  })
}

const LABELS = ['uuid', 'uuid-idx', 'comment', 'color', 'visibility', 'fabric-object', 'global-object']
/** An address of another type follows an interface or a name, and one with an interface of its own is for that interface only. */
const PLAIN_ADDRESS = new Set([...LABELS, 'subnet', 'start-ip', 'end-ip', 'ip6', 'allow-routing', 'cache-ttl'])
const PLAIN_GROUP = new Set([...LABELS, 'member', 'exclude', 'exclude-member', 'allow-routing'])
/** A service with a time limit or a helper of its own would bring them along (facts: a service's session-ttl comes first). */
const PLAIN_SERVICE = new Set([...LABELS, 'category', 'protocol', 'tcp-portrange', 'udp-portrange'])
const TYPES = new Set(['ipmask', 'iprange', 'ipprefix', 'default', 'folder'])
const USUAL = /^(?:disable|none|auto|default|any|sdn|0+|0\.0\.0\.0|::\/0|)$/

/** Whether everything the entry says is in the list, or says what it would be without it. */
function isPlain(entry: Entry | undefined, plain: ReadonlySet<string>): boolean {
  if (!entry || entry.strange || [...(entry.tables?.keys() ?? [])].some((name) => name !== 'tagging')) return false
  return [...entry.values].every(([name, { words }]) => {
    if (plain.has(name)) return true
    const values = words.slice(1)
    return name === 'type' ? values.every((word) => TYPES.has(word)) : values.every((word) => USUAL.test(word))
  })
}

function addressEntry(range: IpSet, family: 4 | 6): { name: string; lines: string[] } {
  const [cidr = '', more] = printIpSet(range)
  if (more === undefined) {
    const [address = '', length] = cidr.split('/')
    const name = `sp-${cidr.replace('/', '-')}`
    if (family === 6) return { name, lines: [`set ip6 ${address}/${length ?? 128}`] }
    return { name, lines: [`set subnet ${address} ${dottedMask(Number(length ?? 32))}`] }
  }
  const [v4] = range.v4
  const [v6] = range.v6
  const from = v4 ? printIp({ family: 4, value: v4[0] }) : printIp({ family: 6, value: v6?.[0] ?? 0n })
  const to = v4 ? printIp({ family: 4, value: v4[1] }) : printIp({ family: 6, value: v6?.[1] ?? 0n })
  return { name: `sp-${from}-${to}`, lines: ['set type iprange', `set start-ip ${from}`, `set end-ip ${to}`] }
}

function dottedMask(length: number): string {
  return printIp({ family: 4, value: length === 0 ? 0 : 2 ** 32 - 2 ** (32 - length) })
}

/** Services that are exactly these ports: equal ones, else new ones. */
export function serviceObjects(vdom: FortiVdom, find: Find, ports: readonly PortRange[]): GrantObjects {
  const taken = new Set(vdom.services.keys())
  const table = find('firewall service custom')
  const names: string[] = []
  const create: NewEntry[] = []
  const done = new Set<string>()
  for (const { proto, from, to } of ports) {
    const range = from === to ? `${from}` : `${from}-${to}`
    if (done.has(`${proto} ${range}`)) continue
    done.add(`${proto} ${range}`)
    const number = proto === 'tcp' ? 6 : 17
    const known = [...vdom.services.values()].find((service) => {
      if (service.kind !== 'service' || service.unknown !== undefined || service.parts.length !== 1) return false
      const [part] = service.parts
      if (!part || part.proto !== number || part.sport[0] !== 0 || part.sport[1] !== 65535) return false
      if (part.dport[0] !== from || part.dport[1] !== to) return false
      return isPlain(table?.entries.get(service.name), PLAIN_SERVICE)
    })
    const name = known?.name ?? freeName(`sp-${proto}-${range}`, 79, taken)
    names.push(name)
    if (!known) create.push({ key: quote(name), lines: [`set comment "${OURS}"`, `set ${proto}-portrange ${range}`] })
  }
  return { names, create }
}

/** A free name within the limit, the wanted one if it is free; it is taken from then on. */
export function freeName(wanted: string, limit: number, taken: Set<string>): string {
  for (let count = 1; ; count++) {
    const name = nameAt(wanted, limit, count)
    if (taken.has(name)) continue
    taken.add(name)
    return name
  }
}

/** Whether `freeName` may have answered this name for the wanted one. */
export function isNameFor(name: string, wanted: string, limit: number): boolean {
  const count = Number(/-([1-9]\d*)$/.exec(name)?.[1] ?? 1)
  return name === nameAt(wanted, limit, 1) || (count > 1 && name === nameAt(wanted, limit, count))
}

function nameAt(wanted: string, limit: number, count: number): string {
  const suffix = count === 1 ? '' : `-${count}`
  return cutText(wanted, limit - suffix.length) + suffix
}

/** As much of the text as fits into so many bytes of UTF-8: whether a device counts bytes or characters, it takes it. */
export function cutText(text: string, bytes: number): string {
  let left = bytes
  let kept = ''
  for (const character of text) {
    left -= new TextEncoder().encode(character).length
    if (left < 0) break
    kept += character
  }
  return kept
}

/** The name of the schedule that ends a request, before it is made unique. */
export function scheduleName(request: string): string {
  return `sp-${request}`
}
export const SCHEDULE_NAME_LIMIT = 31

export type GrantWindow = {
  readonly start: string
  readonly end: string
  readonly from: number
  readonly until: number
}
/** As early as a device writes it. */
const EARLIEST = '2001-01-02'
const LATEST = Date.UTC(2037, 11, 30) / 1000
/** An hour repeated in autumn is stepped over minute by minute; two hours are enough for any zone. */
const MOST_STEPS = 180

/**
 * The window as a one-time schedule can say it, never wider than asked: FortiOS counts whole local minutes and we read the end minute
 * as outside. So 23:59:59 becomes 23:59, which closes 59 seconds early, and a start is rounded up. A local time that the clock shows
 * twice is moved inwards to one it shows once. Undefined when nothing is left.
 */
export function scheduleWindow(
  from: number | undefined,
  until: number | undefined,
  timezone: string,
): GrantWindow | undefined {
  const opens = from ?? localMoment(EARLIEST, 0, timezone) ?? 0
  const start = unambiguous(Math.ceil(opens / 60) * 60, 60, timezone)
  const end = unambiguous(Math.floor((until ?? LATEST) / 60) * 60, -60, timezone)
  if (start === undefined || end === undefined || start >= end) return undefined
  return { start: localText(start, timezone), end: localText(end, timezone), from: start, until: end - 1 }
}

function unambiguous(moment: number, step: number, timezone: string): number | undefined {
  for (let i = 0, at = moment; i < MOST_STEPS; i++, at += step) {
    const local = zoned(at, timezone).toPlainDateTime()
    const earlier = local.toZonedDateTime(timezone, { disambiguation: 'earlier' }).epochMilliseconds
    const later = local.toZonedDateTime(timezone, { disambiguation: 'later' }).epochMilliseconds
    if (earlier === later && local.second === 0) return at
  }
  return undefined
}

function zoned(at: number, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at * 1000).toZonedDateTimeISO(timezone)
}

function localText(at: number, timezone: string): string {
  const local = zoned(at, timezone)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(local.hour)}:${two(local.minute)} ${local.year}/${two(local.month)}/${two(local.day)}`
}
