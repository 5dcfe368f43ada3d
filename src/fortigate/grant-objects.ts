import { Temporal } from 'temporal-polyfill'
import { equalIp, type IpSet, printIp, printIpSet } from '../flow/ip-set.ts'
import { type NewEntry, quote } from './edit-text.ts'
import { knownIp } from './field-flows.ts'
import type { FortiVdom } from './model.ts'
import { localMoment } from './schedules.ts'

/** Marks what we made, so that removing a grant may take it away again. */
export const OURS = 'Sallyport'
/** Objects that a grant needs: names to refer to, and what must be created first, by section. */
export type GrantObjects = { readonly names: readonly string[]; readonly create: readonly NewEntry[] }
export type PortRange = { readonly proto: 'tcp' | 'udp'; readonly from: number; readonly to: number }

/** Address objects whose union is exactly this set: an equal group, equal objects, and new ones for the rest. */
export function addressObjects(vdom: FortiVdom, sources: IpSet, taken: Set<string>): GrantObjects {
  const family = sources.v4.length > 0 ? 4 : 6
  const table = family === 4 ? vdom.addresses : vdom.addresses6
  const equal = (want: IpSet): string | undefined => {
    for (const object of table.values()) {
      const ip = knownIp(vdom, [object.name], family)
      if (ip && equalIp(ip, want)) return object.name
    }
    return undefined
  }
  const whole = equal(sources)
  if (whole !== undefined) return { names: [whole], create: [] }
  const ranges: IpSet[] = [
    ...sources.v4.map((range) => ({ v4: [range], v6: [] })),
    ...sources.v6.map((range) => ({ v4: [], v6: [range] })),
  ]
  const names: string[] = []
  const create: NewEntry[] = []
  for (const range of ranges) {
    const known = equal(range)
    if (known !== undefined) {
      names.push(known)
      continue
    }
    const { name: wanted, lines } = addressEntry(range, family)
    const name = freeName(wanted, 79, taken)
    names.push(name)
    create.push({ key: quote(name), lines: [...lines, `set comment "${OURS}"`] })
  }
  return { names, create }
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
export function serviceObjects(vdom: FortiVdom, ports: readonly PortRange[]): GrantObjects {
  const taken = new Set(vdom.services.keys())
  const names: string[] = []
  const create: NewEntry[] = []
  for (const { proto, from, to } of ports) {
    const number = proto === 'tcp' ? 6 : 17
    const known = [...vdom.services.values()].find((service) => {
      if (service.kind !== 'service' || service.unknown !== undefined || service.parts.length !== 1) return false
      const [part] = service.parts
      if (!part || part.proto !== number || part.sport[0] !== 0 || part.sport[1] !== 65535) return false
      return part.dport[0] === from && part.dport[1] === to
    })
    const range = from === to ? `${from}` : `${from}-${to}`
    const name = known?.name ?? freeName(`sp-${proto}-${range}`, 79, taken)
    if (names.includes(name)) continue
    names.push(name)
    if (!known) create.push({ key: quote(name), lines: [`set comment "${OURS}"`, `set ${proto}-portrange ${range}`] })
  }
  return { names, create }
}

/** A free name within the limit, the wanted one if it is free; it is taken from then on. */
export function freeName(wanted: string, limit: number, taken: Set<string>): string {
  for (let count = 1; ; count++) {
    const suffix = count === 1 ? '' : `-${count}`
    const name = wanted.slice(0, limit - suffix.length) + suffix
    if (taken.has(name)) continue
    taken.add(name)
    return name
  }
}

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
