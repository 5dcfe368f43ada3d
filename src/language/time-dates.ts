import { Temporal } from 'temporal-polyfill'
import { type Calendar, comingDate, type Days, plainDate } from './calendar.ts'
import { matchAt, type Read } from './read-at.ts'
import type { SaidDays } from './time-weeks.ts'
import { monthOf } from './time-words.ts'

const one = (date: Temporal.PlainDate): Days => ({ first: date, last: date })

const ORDINAL = '(?:st|nd|rd|th|\\.|er|o)?'
const TO_DAY = '\\s?(?:-|to|until|till|through|thru|bis(?: zum)?|al|au|and|und|y|et)\\s?(?:the |el |le )?'
const DAYS_OF_MONTH = new RegExp(
  `(?:the |el |le )?(\\d{1,2})${ORDINAL}${TO_DAY}(\\d{1,2})${ORDINAL}(?:(?: of| de) |[ -])?([a-z]{3,10})\\.?\\b(?:,? ?(\\d{4})\\b(?!:))?`,
)
const MONTH_THEN_DAYS = new RegExp(
  `([a-z]{3,10})\\.? (?:the )?(\\d{1,2})${ORDINAL}${TO_DAY}(\\d{1,2})${ORDINAL}(?![\\d:.h/]|\\s?(?:uhr|am\\b|pm\\b))(?:,? (\\d{4})\\b)?`,
)
const DAYS_IN_FIGURES = /(\d{1,2})\.\s?(?:-|bis(?: zum)?)\s?(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?(?!\d)/

/** `1-5 December`, `Dec 1 to 5`, `vom 1. bis 5.12.`: both days are of one month. */
export function readDateRun(text: string, at: number, calendar: Calendar): Read<SaidDays> | undefined {
  const dayFirst = matchAt(DAYS_OF_MONTH, text, at)
  const monthFirst = dayFirst ? undefined : matchAt(MONTH_THEN_DAYS, text, at)
  const figures = dayFirst || monthFirst ? undefined : matchAt(DAYS_IN_FIGURES, text, at)
  const found = dayFirst ?? monthFirst ?? figures
  if (!found) return undefined
  const [from, until, month] = monthFirst
    ? [found[2], found[3], monthOf(found[1] ?? '')]
    : [found[1], found[2], figures ? Number(found[3]) : monthOf(found[3] ?? '')]
  if (month === undefined) return undefined
  const to = at + found[0].length
  const year = found[4]
  const date = (day: string | undefined): Temporal.PlainDate | undefined =>
    year === undefined
      ? comingDate(calendar, month, Number(day))
      : plainDate(year.length === 2 ? 2000 + Number(year) : Number(year), month, Number(day))
  const last = date(until)
  // A run that has begun goes on from today.
  const first = date(from)
  if (last === undefined || first === undefined) return { doubt: 'which dates those are', to }
  if (Temporal.PlainDate.compare(first, last) > 0) return { doubt: 'which dates those are', to }
  return { first, last, run: true, to }
}

const LAST_OF_MONTH =
  /(?:the )?(?:end(?: of)?|ende|(?:a )?finales de|final de|fin(?: de)?) ([a-z]{3,10})(?: (\d{4}))?\b/
const ABOUT_MONTH =
  /(?:the )?(?:mid|middle of|early|late|beginning of|start of|anfang|mitte|mediados de|principios de|debut|mi)[ -]([a-z]{3,10})\b/
const QUARTER = /(?:the )?(?:(end of|ende|finales de|fin(?: du| de)?) )?(?:the )?q([1-4])(?: ?\/?(\d{4}))?\b/

/** Dates in figures and with month names. */
export function readDate(text: string, at: number, calendar: Calendar, sure: boolean): Read<SaidDays> | undefined {
  const iso = matchAt(/(\d{4})-(\d{2})-(\d{2})(?!\d)/, text, at)
  if (iso) return dated(plainDate(Number(iso[1]), Number(iso[2]), Number(iso[3])), at + iso[0].length)
  const figures =
    matchAt(/(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/])/, text, at) ??
    matchAt(/(\d{1,2})(\.)(\d{1,2})\.(?!\d)/, text, at) ??
    matchAt(/(\d{1,2})(\/)(\d{1,2})(?![\d/])/, text, at) ??
    (sure ? matchAt(/(\d{1,2})(\.)(\d{1,2})(?![\d.])(?!\s?uhr)/, text, at) : undefined)
  if (figures) return readFigures(figures, at, calendar)
  const dayFirst = matchAt(
    /(?:the |el |le )?(\d{1,2})(?:st|nd|rd|th|\.|er)?(?:(?: of| de) |[ -])?([a-z]{3,10})\.?\b(?:,? (?:de )?(\d{4})\b(?!:))?/,
    text,
    at,
  )
  const monthOfDayFirst = monthOf(dayFirst?.[2] ?? '')
  if (dayFirst && monthOfDayFirst !== undefined) {
    return named(calendar, monthOfDayFirst, Number(dayFirst[1]), dayFirst[3], at + dayFirst[0].length)
  }
  const monthFirst = matchAt(
    /([a-z]{3,10})\.? (?:the )?(\d{1,2})(?:st|nd|rd|th)?(?![\d:.h/]|\s?(?:uhr|am\b|pm\b))(?:,? (\d{4})\b)?/,
    text,
    at,
  )
  const monthOfMonthFirst = monthOf(monthFirst?.[1] ?? '')
  if (monthFirst && monthOfMonthFirst !== undefined) {
    return named(calendar, monthOfMonthFirst, Number(monthFirst[2]), monthFirst[3], at + monthFirst[0].length)
  }
  return readMonthOrQuarter(text, at, calendar, sure)
}

function readMonthOrQuarter(text: string, at: number, calendar: Calendar, sure: boolean): Read<SaidDays> | undefined {
  const monthEnd = matchAt(LAST_OF_MONTH, text, at)
  const ending = monthOf(monthEnd?.[1] ?? '')
  if (monthEnd && ending !== undefined) return lastOf(calendar, ending, monthEnd[2], at + monthEnd[0].length)
  const about = matchAt(ABOUT_MONTH, text, at)
  if (about && monthOf(about[1] ?? '') !== undefined)
    return { doubt: 'which day of that month', to: at + about[0].length }
  const quarter = matchAt(QUARTER, text, at)
  if (quarter && (quarter[1] || sure)) return quarterOf(calendar, quarter, at + quarter[0].length)
  const dayOnly =
    matchAt(/the (\d{1,2})(?:st|nd|rd|th)\b/, text, at) ??
    matchAt(/(?:el )?dia (\d{1,2})\b/, text, at) ??
    (sure ? matchAt(/(\d{1,2})(?:st|nd|rd|th)\b/, text, at) : undefined)
  if (dayOnly) return dated(comingDayOfMonth(calendar, Number(dayOnly[1])), at + dayOnly[0].length)
  const month = sure ? matchAt(/([a-z]{3,10})(?: \d{4})?\b/, text, at) : undefined
  if (month && monthOf(month[1] ?? '') !== undefined)
    return { doubt: 'which day of that month', to: at + month[0].length }
  return undefined
}

function quarterOf(calendar: Calendar, [, ending, number, year]: RegExpExecArray, to: number): Read<SaidDays> {
  const month = Number(number) * 3
  const lastIn = (of: number): Temporal.PlainDate => Temporal.PlainDate.from({ year: of, month, day: 31 })
  const here = lastIn(Number(year ?? calendar.today.year))
  const over = Temporal.PlainDate.compare(here, calendar.today) < 0
  if (over && year !== undefined) return { doubt: 'that is already over', to }
  const last = over ? lastIn(calendar.today.year + 1) : here
  return ending ? { ...one(last), end: true, to } : { first: last.with({ day: 1 }).subtract({ months: 2 }), last, to }
}

function readFigures(figures: RegExpExecArray, at: number, calendar: Calendar): Read<Days> {
  const to = at + figures[0].length
  const [, a, mark, b, year] = figures
  // A dot is day first everywhere; with a slash the catalogue says.
  const dayFirst = mark === '.' || calendar.settings.dateOrder === 'DMY'
  const day = Number(dayFirst ? a : b)
  const month = Number(dayFirst ? b : a)
  if (year === undefined) return dated(comingDate(calendar, month, day), to)
  return dated(plainDate(year.length === 2 ? 2000 + Number(year) : Number(year), month, day), to)
}

function named(calendar: Calendar, month: number, day: number, year: string | undefined, to: number): Read<Days> {
  return dated(year === undefined ? comingDate(calendar, month, day) : plainDate(Number(year), month, day), to)
}

function lastOf(calendar: Calendar, month: number, year: string | undefined, to: number): Read<Days> {
  const first = plainDate(Number(year ?? calendar.today.year), month, 1)
  const last = first?.with({ day: first.daysInMonth })
  return last && year !== undefined ? dated(last, to) : named(calendar, month, last?.day ?? 0, undefined, to)
}

function dated(date: Temporal.PlainDate | undefined, to: number): Read<Days> {
  return date === undefined ? { doubt: 'which date that is', to } : { ...one(date), to }
}

function comingDayOfMonth(calendar: Calendar, day: number): Temporal.PlainDate | undefined {
  const here = plainDate(calendar.today.year, calendar.today.month, day)
  if (here && Temporal.PlainDate.compare(here, calendar.today) >= 0) return here
  const next = calendar.today.add({ months: 1 })
  return plainDate(next.year, next.month, day)
}
