import { Temporal } from 'temporal-polyfill'
import type { Catalog } from '../policy/schema.ts'

/** Now, in the catalogue's time zone, and how its people count days and weeks. */
export type Calendar = {
  readonly now: Temporal.ZonedDateTime
  readonly today: Temporal.PlainDate
  readonly zone: string
  readonly settings: Catalog['calendar']
  /** The catalogue names a time zone nobody knows: no time can be read. */
  readonly broken: boolean
}

/** A day or a run of days, as somebody named it. */
export type Days = { readonly first: Temporal.PlainDate; readonly last: Temporal.PlainDate }
/** A time of day; `offset` when a zone was said with it. */
export type ClockTime = { readonly hour: number; readonly minute: number; readonly offset?: string }

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

export function readCalendar(catalog: Catalog, now: Date): Calendar {
  const instant = Temporal.Instant.fromEpochMilliseconds(now.getTime())
  try {
    const local = instant.toZonedDateTimeISO(catalog.timezone)
    return { now: local, today: local.toPlainDate(), zone: catalog.timezone, settings: catalog.calendar, broken: false }
  } catch {
    const local = instant.toZonedDateTimeISO('UTC')
    return { now: local, today: local.toPlainDate(), zone: 'UTC', settings: catalog.calendar, broken: true }
  }
}

/** The first moment of a day. */
export function startOf(day: Temporal.PlainDate, calendar: Calendar): Temporal.ZonedDateTime {
  return day.toZonedDateTime({ timeZone: calendar.zone })
}

/** The last moment of a day, as the catalogue has it. */
export function endOf(day: Temporal.PlainDate, calendar: Calendar): Temporal.ZonedDateTime {
  const time = Temporal.PlainTime.from(calendar.settings.endOfDay)
  return day.toPlainDateTime(time).toZonedDateTime(calendar.zone, { disambiguation: 'earlier' })
}

/**
 * A clock time on a day. Where daylight saving makes it two moments or none, an end is the earlier and a start the later one:
 * the narrower reading.
 */
export function momentOf(
  day: Temporal.PlainDate,
  time: ClockTime,
  calendar: Calendar,
  side: 'start' | 'end',
): Temporal.ZonedDateTime {
  const date = time.hour === 24 ? day.add({ days: 1 }) : day
  const plain = date.toPlainDateTime({ hour: time.hour % 24, minute: time.minute })
  if (time.offset !== undefined) {
    return plain.toZonedDateTime(time.offset).withTimeZone(calendar.zone)
  }
  return plain.toZonedDateTime(calendar.zone, { disambiguation: side === 'end' ? 'earlier' : 'later' })
}

/** ISO 8601 with offset, to the second. */
export function printMoment(moment: Temporal.ZonedDateTime): string {
  return moment.toString({ timeZoneName: 'never', smallestUnit: 'second' })
}

/** The same of a moment in epoch seconds, where the catalogue is. */
export function printSeconds(seconds: number, calendar: Calendar): string {
  return printMoment(Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toZonedDateTimeISO(calendar.zone))
}

/** The next day with this name, today not counted. `offset` 1 is Monday. */
export function comingWeekday(calendar: Calendar, weekday: number): Temporal.PlainDate {
  const ahead = (weekday - calendar.today.dayOfWeek + 7) % 7
  return calendar.today.add({ days: ahead === 0 ? 7 : ahead })
}

/** The week, `weeks` from this one, by the catalogue's first day. */
export function weekOf(calendar: Calendar, weeks: number): Days {
  const firstDay = calendar.settings.weekStart === 'monday' ? 1 : 7
  const back = (calendar.today.dayOfWeek - firstDay + 7) % 7
  const first = calendar.today.subtract({ days: back }).add({ days: 7 * weeks })
  return { first, last: first.add({ days: 6 }) }
}

/** The last working day of this week as the catalogue has it; undefined when it is already over. */
export function endOfWorkWeek(week: Days, calendar: Calendar): Temporal.PlainDate | undefined {
  const wanted = WEEKDAYS.indexOf(calendar.settings.endOfWeek) + 1
  for (let day = week.first; Temporal.PlainDate.compare(day, week.last) <= 0; day = day.add({ days: 1 })) {
    if (day.dayOfWeek === wanted) return Temporal.PlainDate.compare(day, calendar.today) < 0 ? undefined : day
  }
  return undefined
}

/** ISO week `number` (ISO 8601: week 1 holds 4 January), Monday to Sunday; undefined when the year has no such week. */
export function isoWeek(year: number, number: number): Days | undefined {
  const fourth = Temporal.PlainDate.from({ year, month: 1, day: 4 })
  const first = fourth.subtract({ days: fourth.dayOfWeek - 1 }).add({ days: 7 * (number - 1) })
  return first.weekOfYear === number ? { first, last: first.add({ days: 6 }) } : undefined
}

/** A date without a year: the coming one when it is within half a year, else undefined, because then people mean different years. */
export function comingDate(calendar: Calendar, month: number, day: number): Temporal.PlainDate | undefined {
  for (const year of [calendar.today.year, calendar.today.year + 1]) {
    const date = plainDate(year, month, day)
    if (date === undefined || Temporal.PlainDate.compare(date, calendar.today) < 0) continue
    return year === calendar.today.year || calendar.today.until(date).days <= 200 ? date : undefined
  }
  return undefined
}

/** A calendar date, or undefined when there is no such day. */
export function plainDate(year: number, month: number, day: number): Temporal.PlainDate | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31 || year < 1970 || year > 9999) return undefined
  const date = Temporal.PlainDate.from({ year, month, day }, { overflow: 'constrain' })
  return date.day === day ? date : undefined
}
