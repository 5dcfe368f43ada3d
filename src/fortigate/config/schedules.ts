import { Temporal } from 'temporal-polyfill'
import { readRanges } from '../../flow/ranges.ts'
import type { FortiSchedule } from '../model.ts'
import { unwalkable } from './nesting.ts'
import { oddity } from './oddity.ts'
import { type Entry, type Table, wordOf, wordsOf } from './tables.ts'

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
const DAY = 1440
const WEEK = 7 * DAY

/** Schedules by name. Times are the device's own; without its time zone only what is always or never active has a meaning. */
export function readSchedules(
  recurring: Table | undefined,
  onetime: Table | undefined,
  groups: Table | undefined,
  timezone: string | undefined,
): ReadonlyMap<string, FortiSchedule> {
  const read = new Map<string, FortiSchedule>()
  const keep = (entry: Entry, path: string, meaning: () => FortiSchedule | string) => {
    const odd = oddity(path, entry)
    const schedule = odd ?? meaning()
    const { key: name, line } = entry
    const named = `schedule ${name}`
    read.set(
      name,
      typeof schedule === 'string' ? { kind: 'unknown', name, line, unknown: `${named} (${schedule})` } : schedule,
    )
  }
  for (const entry of recurring?.entries.values() ?? []) {
    keep(entry, 'firewall schedule recurring', () => recurringMeaning(entry, timezone))
  }
  for (const entry of onetime?.entries.values() ?? []) {
    keep(entry, 'firewall schedule onetime', () => onetimeMeaning(entry, timezone))
  }
  const entries = [...(groups?.entries.values() ?? [])]
  const tangled = unwalkable(new Map(entries.map((entry) => [entry.key, wordsOf(entry, 'member')])))
  for (const entry of entries) {
    const { key: name, line } = entry
    keep(entry, 'firewall schedule group', () =>
      tangled.has(name) ? 'circular or too large' : { kind: 'group', name, line, members: wordsOf(entry, 'member') },
    )
  }
  return read
}

/** Minute of the week at the device, 0 = Monday 00:00. */
export function minuteOfWeek(at: number, timezone: string): number {
  const local = Temporal.Instant.fromEpochMilliseconds(at * 1000).toZonedDateTimeISO(timezone)
  return (local.dayOfWeek - 1) * DAY + local.hour * 60 + local.minute
}

/**
 * `minuteOfWeek` for many moments: the distance from UTC is asked for once a stretch between two changes of the clock, and counted
 * from then on.
 */
export function weekClock(): (at: number, timezone: string) => number {
  const stretches: Stretch[] = []
  return (at, timezone) => {
    let here = stretches.find((one) => one.timezone === timezone && one.from <= at && at < one.to)
    if (!here) {
      here = stretchAround(at, timezone)
      if (stretches.length < MOST_STRETCHES) stretches.push(here)
    }
    const minutes = Math.floor((at + here.offset) / 60) + THURSDAY
    return ((minutes % WEEK) + WEEK) % WEEK
  }
}
const MOST_STRETCHES = 64
/** 1970-01-01 was a Thursday. */
const THURSDAY = 3 * DAY

type Stretch = { readonly timezone: string; readonly from: number; readonly to: number; readonly offset: number }

function stretchAround(at: number, timezone: string): Stretch {
  const zoned = (moment: number) => Temporal.Instant.fromEpochMilliseconds(moment * 1000).toZonedDateTimeISO(timezone)
  const local = zoned(at)
  const before = local.getTimeZoneTransition('previous')
  const after = local.getTimeZoneTransition('next')
  const offset = local.offsetNanoseconds / 1e9
  // The change before a moment that is itself a change belongs to another offset.
  const isMine = !before || before.offsetNanoseconds === local.offsetNanoseconds
  return {
    timezone,
    from: !before ? Number.NEGATIVE_INFINITY : isMine ? before.epochMilliseconds / 1000 : at,
    to: after ? after.epochMilliseconds / 1000 : Number.POSITIVE_INFINITY,
    offset,
  }
}

function recurringMeaning(entry: Entry, timezone: string | undefined): FortiSchedule | string {
  const start = readTime(wordOf(entry, 'start') || '00:00')
  const end = readTime(wordOf(entry, 'end') || '00:00')
  if (start === undefined || end === undefined) return 'time'
  const ranges: [number, number][] = []
  for (const day of wordsOf(entry, 'day')) {
    if (day === 'none') continue
    const index = DAYS.indexOf(day)
    if (index < 0) return `day ${day}`
    // An end at or before the start runs into the next day and belongs to the day it started on.
    const from = index * DAY + start
    const to = index * DAY + end + (end <= start ? DAY : 0) - 1
    ranges.push([from, Math.min(to, WEEK - 1)])
    if (to >= WEEK) ranges.push([0, to - WEEK])
  }
  const week = readRanges(ranges)
  const whole = week.length === 1 && week[0]?.[0] === 0 && week[0]?.[1] === WEEK - 1
  if (timezone === undefined && week.length > 0 && !whole) return 'the time zone of the device is not known'
  return { kind: 'recurring', name: entry.key, line: entry.line, week }
}

function onetimeMeaning(entry: Entry, timezone: string | undefined): FortiSchedule | string {
  const from = momentOf(entry, 'start', timezone)
  const end = momentOf(entry, 'end', timezone)
  if (from === undefined || end === undefined) {
    return timezone === undefined ? 'the time zone of the device is not known' : 'time'
  }
  // The end minute itself is outside: 17:00 means until 17:00:00.
  return { kind: 'onetime', name: entry.key, line: entry.line, from, to: end - 1 }
}

/** `set start 21:00 2026/12/01`; the epoch of newer releases is the same moment and needs no time zone. */
function momentOf(entry: Entry, name: 'start' | 'end', timezone: string | undefined): number | undefined {
  const epoch = wordOf(entry, `${name}-utc`)
  if (epoch !== undefined && /^[1-9]\d{0,11}$/.test(epoch)) return Number(epoch)
  const [time = '', date = ''] = wordsOf(entry, name)
  const minutes = readTime(time)
  if (minutes === undefined || timezone === undefined) return undefined
  return localMoment(date.replaceAll('/', '-'), minutes, timezone)
}

/** Epoch seconds of a local date and minute of the day; undefined for a date that is none. */
export function localMoment(date: string, minutes: number, timezone: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return undefined
  try {
    const day = Temporal.PlainDate.from(date, { overflow: 'reject' })
    const local = day.toPlainDateTime({ hour: Math.floor(minutes / 60), minute: minutes % 60 })
    return local.toZonedDateTime(timezone).epochMilliseconds / 1000
  } catch {
    return undefined
  }
}

/** Minute of the day of `HH:MM`. */
export function readTime(text: string): number | undefined {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text)
  if (!match) return undefined
  const minutes = Number(match[1]) * 60 + Number(match[2])
  return Number(match[1]) <= 23 && Number(match[2]) <= 59 ? minutes : undefined
}
