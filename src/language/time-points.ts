import { Temporal } from 'temporal-polyfill'
import {
  type Calendar,
  type ClockTime,
  comingDate,
  comingWeekday,
  type Days,
  endOfWorkWeek,
  isoWeek,
  plainDate,
  weekOf,
} from './calendar.ts'
import { MONTHS, NUMBERS, WEAK_WEEKDAYS, WEEKDAY_NUMBERS, ZONES } from './time-words.ts'

/** What stands at a place: something read, up to `to`; or words about time that mean several things (`doubt`). */
export type Read<T> = { readonly to: number } & (({ readonly doubt?: undefined } & T) | { readonly doubt: string })

/** Reads a regular expression at exactly this place. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  const sticky = new RegExp(pattern.source, `${pattern.flags}y`)
  sticky.lastIndex = at
  return sticky.exec(text) ?? undefined
}

/** A time of day at this place: `18:00`, `6pm`, `18h30`, `18 uhr`, `noon`. A bare number is none. */
export function readClock(text: string, at: number, loose = false): Read<{ time: ClockTime }> | undefined {
  const word = matchAt(/(?:noon|midday|mittag|mediodia|midi)\b/, text, at)
  if (word) return { time: { hour: 12, minute: 0 }, to: at + word[0].length }
  const late = matchAt(/(?:midnight|mitternacht|medianoche|minuit)\b/, text, at)
  if (late) return { time: { hour: 24, minute: 0 }, to: at + late[0].length }
  const half = matchAt(/(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2})?\s?(am|pm|a\.m\.|p\.m\.)(?![a-z])/, text, at)
  const full = half ?? matchAt(/(\d{1,2})[:h](\d{2})(?::00)?(?:\s?(?:uhr|h))?(?![\d:a-z])/, text, at)
  const bare =
    full ??
    matchAt(/(\d{1,2})\s?(?:uhr|h|heures)(?:\s?(\d{2}))?(?![\da-z])/, text, at) ??
    matchAt(/(\d{1,2})\.(\d{2})\s?uhr\b/, text, at) ??
    (loose
      ? matchAt(/(\d{1,2})()(?![\d:./]|\s?(?:h|hours?|d|days?|w|weeks?|m|min\w*|months?)\b)/, text, at)
      : undefined)
  if (!bare) return undefined
  const to = at + bare[0].length
  let hour = Number(bare[1])
  const minute = Number(bare[2] || '0')
  const half12 = half?.[3]
  if (half12 !== undefined) {
    if (hour < 1 || hour > 12) return { doubt: 'no such time of day', to }
    hour = (hour % 12) + (half12.startsWith('p') ? 12 : 0)
  }
  if (hour > 24 || minute > 59 || (hour === 24 && minute > 0)) return { doubt: 'no such time of day', to }
  return withZone(text, { hour, minute }, to)
}

function withZone(text: string, time: ClockTime, to: number): Read<{ time: ClockTime }> {
  const offset = matchAt(/\s?(?:utc|gmt)?([+-])(\d{1,2})(?::?(\d{2}))?(?![\d:])/, text, to)
  if (offset && /utc|gmt/.test(offset[0]) && Number(offset[2]) <= 14) {
    return {
      time: { ...time, offset: `${offset[1]}${(offset[2] ?? '').padStart(2, '0')}:${offset[3] ?? '00'}` },
      to: to + offset[0].length,
    }
  }
  const zone = matchAt(/\s?\(?([a-z]{1,5})\b\)?/, text, to)
  const known = ZONES.get(zone?.[1] ?? '')
  if (zone && known !== undefined) return { time: { ...time, offset: known }, to: to + zone[0].length }
  if (zone && /^(?:ist|bst|cst|mst|sst|ast|jst|aest|aedt|nzst|hkt|sgt|msk|wet|west|et|pt|ct)$/.test(zone[1] ?? '')) {
    return { doubt: 'which time zone that is', to: to + zone[0].length }
  }
  return { time, to }
}

/** A day or run of days at this place. `sure` says that a time word stood before it, so that `fri` and `mo` are days. */
export function readDays(
  text: string,
  at: number,
  calendar: Calendar,
  sure: boolean,
): Read<Days & { end?: boolean }> | undefined {
  return (
    readDate(text, at, calendar, sure) ??
    readRelativeDay(text, at, calendar) ??
    readWeekday(text, at, calendar, sure) ??
    readWeek(text, at, calendar)
  )
}

const one = (date: Temporal.PlainDate): Days => ({ first: date, last: date })

/** Dates in figures and with month names. */
function readDate(text: string, at: number, calendar: Calendar, sure: boolean): Read<Days> | undefined {
  const iso = matchAt(/(\d{4})-(\d{2})-(\d{2})(?!\d)/, text, at)
  if (iso) return dated(plainDate(Number(iso[1]), Number(iso[2]), Number(iso[3])), at + iso[0].length)
  const figures =
    matchAt(/(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/])/, text, at) ??
    matchAt(/(\d{1,2})(\.)(\d{1,2})\.(?!\d)/, text, at) ??
    matchAt(/(\d{1,2})(\/)(\d{1,2})(?![\d/])/, text, at) ??
    (sure ? matchAt(/(\d{1,2})(\.)(\d{1,2})(?![\d.])(?!\s?uhr)/, text, at) : undefined)
  if (figures) return readFigures(figures, at, calendar)
  const dayFirst = matchAt(
    /(?:the |el |le )?(\d{1,2})(?:st|nd|rd|th|\.|er)?(?:(?: of| de) |[ -])?([a-z]{3,10})\.?\b(?:,? ?(\d{4})\b(?!:))?/,
    text,
    at,
  )
  const monthOfDayFirst = MONTHS.get(dayFirst?.[2] ?? '')
  if (dayFirst && monthOfDayFirst !== undefined) {
    return named(calendar, monthOfDayFirst, Number(dayFirst[1]), dayFirst[3], at + dayFirst[0].length)
  }
  const monthFirst = matchAt(
    /([a-z]{3,10})\.? (?:the )?(\d{1,2})(?:st|nd|rd|th)?(?![\d:.h/]|\s?(?:uhr|am\b|pm\b))(?:,? (\d{4})\b)?/,
    text,
    at,
  )
  const monthOfMonthFirst = MONTHS.get(monthFirst?.[1] ?? '')
  if (monthFirst && monthOfMonthFirst !== undefined) {
    return named(calendar, monthOfMonthFirst, Number(monthFirst[2]), monthFirst[3], at + monthFirst[0].length)
  }
  const monthEnd = matchAt(/(?:the )?(?:end of|ende|finales de|fin) ([a-z]{3,10})(?: (\d{4}))?\b/, text, at)
  const ending = MONTHS.get(monthEnd?.[1] ?? '')
  if (monthEnd && ending !== undefined) return lastOf(calendar, ending, monthEnd[2], at + monthEnd[0].length)
  const dayOnly =
    matchAt(/the (\d{1,2})(?:st|nd|rd|th)\b/, text, at) ??
    (sure ? matchAt(/(\d{1,2})(?:st|nd|rd|th)\b/, text, at) : undefined)
  if (dayOnly) return dated(comingDayOfMonth(calendar, Number(dayOnly[1])), at + dayOnly[0].length)
  const month = sure ? matchAt(/([a-z]{3,10})(?: \d{4})?\b/, text, at) : undefined
  if (month && MONTHS.has(month[1] ?? '')) return { doubt: 'which day of that month', to: at + month[0].length }
  return undefined
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

/** today, tomorrow, the end of something, and their sisters. */
function readRelativeDay(text: string, at: number, calendar: Calendar): Read<Days & { end?: boolean }> | undefined {
  const { today } = calendar
  const days: readonly [RegExp, Temporal.PlainDate | undefined, boolean][] = [
    [/(?:the )?day after tomorrow\b|ubermorgen\b|pasado manana\b|apres[- ]demain\b/, today.add({ days: 2 }), false],
    [
      /(?:tomorrow|tmrw|tmr|tomorow|tommorow|tommorrow)(?! (?:morning|afternoon|evening|night))\b|morgen(?! fruh| abend)\b|demain\b|(?<!\b(?:la|esta|de|cada|pasado) )manana\b/,
      today.add({ days: 1 }),
      false,
    ],
    [
      /(?:the )?(?:end|rest|close) of (?:the |this )?(?:day|business|today)\b|eod\b|eob\b|cob\b|tagesende\b|ende des tages\b|feierabend\b|fin del dia\b|fin de (?:la )?journee\b/,
      today,
      true,
    ],
    [/(?:the )?end of tomorrow\b/, today.add({ days: 1 }), true],
    [/today\b|heute\b|hoy\b|aujourd'hui\b/, today, false],
    [
      /(?:the )?(?:end|rest) of (?:the |this )?month\b|eom\b|month end\b|monatsende\b|ende des monats\b|fin de mes\b|final de mes\b|fin du mois\b/,
      today.with({ day: today.daysInMonth }),
      true,
    ],
    [/(?:the )?end of next month\b/, endOfNextMonth(today), true],
    [
      /(?:the )?end of (?:the |this )?year\b|eoy\b|jahresende\b|ende des jahres\b|fin de ano\b|fin de l'annee\b/,
      today.with({ month: 12, day: 31 }),
      true,
    ],
    [/(?:the )?end of (?:the |this )?quarter\b|eoq\b|quarter end\b|quartalsende\b/, endOfQuarter(today), true],
    [
      /(?:the )?(?:end|rest) of (?:the |this )?(?:week|work week|working week)\b|eow\b|wochenende der woche\b|ende der woche\b|fin de (?:la )?semaine\b|fin de esta semana\b|final de (?:la )?semana\b/,
      endOfWorkWeek(weekOf(calendar, 0), calendar),
      true,
    ],
    [/(?:the )?end of next week\b|ende nachster woche\b/, endOfWorkWeek(weekOf(calendar, 1), calendar), true],
  ]
  for (const [pattern, day, end] of days) {
    const found = matchAt(pattern, text, at)
    if (!found) continue
    const to = at + found[0].length
    return day === undefined ? { doubt: 'that is already over', to } : { ...one(day), end, to }
  }
  const vague = matchAt(
    /(?:tonight|this (?:morning|afternoon|evening)|tomorrow (?:morning|afternoon|evening|night)|heute abend|morgen fruh|esta (?:noche|tarde)|ce soir)\b/,
    text,
    at,
  )
  if (!vague) return undefined
  const to = at + vague[0].length
  // With an hour that can only be one, "tonight from 22:00" is the day it names.
  const evening = /tonight|evening|night|abend|noche|soir/.test(vague[0])
  if (
    evening &&
    matchAt(
      /,? (?:from |between |von |de |a partir de )?(?:(?:1[3-9]|2[0-3])(?:[:h]\d\d| ?uhr|h)|\d{1,2}(?::\d\d)? ?pm)\b/,
      text,
      to,
    )
  )
    return { ...one(/tomorrow/.test(vague[0]) ? today.add({ days: 1 }) : today), end: false, to }
  return { doubt: 'which hour', to }
}

function endOfNextMonth(today: Temporal.PlainDate): Temporal.PlainDate {
  const next = today.with({ day: 1 }).add({ months: 1 })
  return next.with({ day: next.daysInMonth })
}

function endOfQuarter(today: Temporal.PlainDate): Temporal.PlainDate {
  const last = today.with({ day: 1, month: Math.ceil(today.month / 3) * 3 })
  return last.with({ day: last.daysInMonth })
}

function readWeekday(text: string, at: number, calendar: Calendar, sure: boolean): Read<Days> | undefined {
  const found = matchAt(
    /(?:(this|next|coming|the coming|diesen|nachsten|kommenden|nachster|kommender|este|proximo|el proximo|el) )?([a-z]{2,10})\.?\b( prochain| en ocho)?/,
    text,
    at,
  )
  const weekday = WEEKDAY_NUMBERS.get(found?.[2] ?? '')
  if (!found || weekday === undefined) return undefined
  const [whole, before, word = '', after] = found
  if (WEAK_WEEKDAYS.has(word) && !sure && before === undefined) return undefined
  const bare =
    whole.endsWith('.') && !/\.\s*[,\d]/.test(text.slice(at + whole.length - 1, at + whole.length + 3))
      ? whole.length - 1
      : whole.length
  const to = at + bare
  const exact = matchAt(/,? (?:the |den )?/, text, to)
  const date = exact ? readDate(text, to + exact[0].length, calendar, false) : undefined
  if (date && date.doubt === undefined) {
    return date.first.dayOfWeek === weekday
      ? date
      : { doubt: `whether the day or the date is meant: that date is another weekday`, to: date.to }
  }
  const inWeeks = matchAt(/ (?:next week|of next week|nachster woche|nachste woche)\b/, text, to)
  if (inWeeks)
    return { ...one(weekOf(calendar, 1).first.add({ days: dayInWeek(calendar, weekday) })), to: to + inWeeks[0].length }
  if (matchAt(/ (?:in \S+ weeks?|week\b)/, text, to)) return { doubt: 'which week', to }
  const asNext = before !== undefined && /next|nachst|proximo/.test(before)
  if (weekday === calendar.today.dayOfWeek && !asNext) return { doubt: 'today or in a week', to }
  const coming = comingWeekday(calendar, weekday)
  const nextWeeks = weekOf(calendar, 1).first.add({ days: dayInWeek(calendar, weekday) })
  if ((asNext || after !== undefined) && !coming.equals(nextWeeks)) return { doubt: 'this week or the next', to }
  return { ...one(coming), to }
}

const dayInWeek = (calendar: Calendar, weekday: number): number =>
  calendar.settings.weekStart === 'monday' ? weekday - 1 : weekday % 7

/** Weeks and weekends. */
function readWeek(text: string, at: number, calendar: Calendar): Read<Days & { end?: boolean }> | undefined {
  const numbered =
    matchAt(
      /(?:the )?(end of )?(?:cw|kw|wk|calendar week|kalenderwoche|week|woche|semana|semaine) ?(\d{1,2})(?: ?\/ ?(\d{4}))?(?![\d:])/,
      text,
      at,
    ) ?? matchAt(/()()(\d{4})-w(\d{2})(?!\d)/, text, at)
  if (numbered) {
    const number = Number(numbered[2] || numbered[4])
    const to = at + numbered[0].length
    const week = numberedWeek(calendar, number, numbered[3] === undefined ? undefined : Number(numbered[3]))
    if (week === undefined) return { doubt: 'which week that is', to }
    const last = numbered[1] ? endOfWorkWeek(week, calendar) : undefined
    return last ? { ...one(last), end: true, to } : { ...week, to }
  }
  const next = matchAt(
    /(?:the )?(?:next|coming) week\b|nachste(?:r|n)? woche\b|(?:la )?(?:proxima semana|semana que viene)\b|(?:la )?semaine prochaine\b/,
    text,
    at,
  )
  if (next) return { ...weekOf(calendar, 1), to: at + next[0].length }
  const current = matchAt(/this week\b|diese(?:r)? woche\b|esta semana\b|cette semaine\b/, text, at)
  if (current) {
    const last = endOfWorkWeek(weekOf(calendar, 0), calendar)
    return last
      ? { first: calendar.today, last, to: at + current[0].length }
      : { doubt: 'this week is over', to: at + current[0].length }
  }
  const weekend = matchAt(
    /(?:the |this |das |dieses )?(?:coming )?(?:weekend|wochenende)\b|(?:el )?fin de semana\b|(?:le )?week-end\b/,
    text,
    at,
  )
  if (!weekend) return undefined
  const to = at + weekend[0].length
  if (calendar.today.dayOfWeek >= 6) return { doubt: 'this weekend or the next', to }
  const saturday = comingWeekday(calendar, 6)
  return { first: saturday, last: saturday.add({ days: 1 }), to }
}

function numberedWeek(calendar: Calendar, number: number, year: number | undefined): Days | undefined {
  if (number < 1 || number > 53) return undefined
  if (year !== undefined) return isoWeek(year, number)
  const thisYear = calendar.today.yearOfWeek ?? calendar.today.year
  for (const candidate of [thisYear, thisYear + 1]) {
    const week = isoWeek(candidate, number)
    if (!week || Temporal.PlainDate.compare(week.last, calendar.today) < 0) continue
    return candidate === thisYear || calendar.today.until(week.first).days <= 200 ? week : undefined
  }
  return undefined
}

/** A whole number in figures or words, `half` and `1.5` included. */
export function readNumber(text: string, at: number): { readonly value: number; readonly to: number } | undefined {
  const half = matchAt(/(?:half (?:an?|of an?)|half|eine halbe|media|une demi)[ -]/, text, at)
  if (half) return { value: 0.5, to: at + half[0].length }
  const quarters = matchAt(/(?:(three )quarters?|(?:an? )?quarter) (?:of )?(?:an? )?(?=hour)/, text, at)
  if (quarters) return { value: quarters[1] === undefined ? 0.25 : 0.75, to: at + quarters[0].length }
  const figures = matchAt(/(\d{1,4})(?:[.,](\d))?(?![\d.,:/]*\d)/, text, at)
  if (figures) return { value: Number(`${figures[1]}.${figures[2] ?? 0}`), to: at + figures[0].length }
  const word = matchAt(/[a-z]+\b/, text, at)
  const value = NUMBERS.get(word?.[0] ?? '')
  return word && value !== undefined ? { value, to: at + word[0].length } : undefined
}
