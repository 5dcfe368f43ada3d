import type { Temporal } from 'temporal-polyfill'
import { type Calendar, printMoment, startOf } from './calendar.ts'
import type { Window } from './intent.ts'
import { matchAt } from './read-at.ts'
import { inPartOfDay, readClock } from './time-clock.ts'
import { beginning, doubt, ending, span, type TimeExpression, wholeDays } from './time-expression.ts'
import { printLength, readSaidLength } from './time-length.ts'
import { type Point, pointStart, readPoint } from './time-point.ts'
import { FOR, FROM, TO, UNTIL, VAGUE } from './time-words.ts'

/** Every expression of time in folded words, in order, none overlapping. */
export function readTimes(folded: string, calendar: Calendar): readonly TimeExpression[] {
  const found: TimeExpression[] = []
  const vague = new Map<number, number>()
  for (const match of folded.matchAll(VAGUE)) vague.set(match.index, match.index + match[0].length)
  const starts = /(?<![\p{L}\p{N}_.:/@-])(?=[\p{L}\p{N}+])/gu
  let past = 0
  for (const { index } of folded.matchAll(starts)) {
    if (index < past) continue
    const read = readExpression(folded, index, calendar)
    const vagueTo = vague.get(index)
    const expression = vagueTo !== undefined && vagueTo > (read?.to ?? 0) ? vaguely(folded, index, vagueTo) : read
    if (!expression) continue
    found.push(calendar.broken ? doubt(index, expression.to, 'the time zone of the catalogue is unknown') : expression)
    past = expression.to
  }
  return found
}

/** "For a few days" is as long as an end says; "every Monday" and "office hours" narrow in a way of their own. */
function vaguely(text: string, at: number, to: number): TimeExpression {
  const time = doubt(at, to, 'how long')
  return LOOSE.test(text.slice(at, to)) ? { ...time, loose: true } : time
}

const LOOSE =
  /^(?:for )?(?:(?:a|another|a further|the next|some|several|few|ein|eine|un|unos|quelques?)\b.*|temporar(?:y|ily)|short[- ]term|vorubergehend|temporalmente|temporairement)$/

function readExpression(text: string, at: number, calendar: Calendar): TimeExpression | undefined {
  return (
    readUntil(text, at, calendar) ??
    readSince(text, at, calendar) ??
    readFrom(text, at, calendar) ??
    readBetween(text, at, calendar) ??
    readLength(text, at, calendar) ??
    readBarePoint(text, at, calendar)
  )
}

/** A word of time ends where it ends, or right before a day or a figure that was run together with it: "untilfriday", "till5pm". */
const word = (source: string): RegExp =>
  new RegExp(
    `${source}(?:(?![\\p{L}\\p{N}])|(?<=[a-z]{3})(?=(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|\\d))`,
    'u',
  )
const UNTIL_WORD = word(UNTIL)
const FROM_WORD = word(FROM)
const TO_WORD = new RegExp(`\\s*(?:${TO})\\s*`)
const ASKED_WHEN =
  /(?:when (?:can|may|does|do|is|are|am|has|have)|wann (?:hat|haben|habe|darf|durfen|kann|konnen|gilt)|cuando (?:tiene|tienen|puede|pueden|tengo|puedo)|quand (?:a|ont|ai|peut|peuvent|puis))\b/
/** Words that lead to an end and to other things as well: "through the vpn", "ends in an error". */
const OTHER_THINGS = /^(?:through|thru|up to|ends?|ending|expires?|expiring|d'ici)/
const KNOWN_UNTIL = /^(?:up until|up till|until|till|til|'til|(?:no|not) later than|spatestens|bis|hasta|a mas|jusqu')/

function readUntil(text: string, at: number, calendar: Calendar): TimeExpression | undefined {
  const until = matchAt(UNTIL_WORD, text, at)
  if (!until) return undefined
  const next = skipBlanks(text, at + until[0].length)
  const atMost = /^up to|^through|^thru|^bis/.test(until[0]) ? readLength(text, next, calendar) : undefined
  if (atMost && /^up to/.test(until[0])) return { ...atMost, at }
  const point = readPoint(text, next, calendar, true)
  const inclusive =
    /^(?:through|thru)|includ|einschli|inkl/.test(until[0]) ||
    (point !== undefined &&
      matchAt(
        /,? (?:inclusive|included|inklusive|einschlie(?:ss|ß)lich|inclusive|incluid[oa]|inclus)\b/,
        text,
        point.to,
      ) !== undefined)
  if (point && point.doubt === undefined) return ending(at, point, calendar, inclusive)
  if (point) return doubt(at, point.to, point.doubt)
  // "Until when can finance use it?" asks for the end that is.
  if (matchAt(ASKED_WHEN, text, next)) return undefined
  // "through the vpn", "up to 3 people": no time at all. "until <something>": an end that nobody can compute.
  if (OTHER_THINGS.test(until[0]) || !KNOWN_UNTIL.test(until[0])) return undefined
  const rest = matchAt(/[^.,;\n!?]{0,60}/, text, next)
  return doubt(at, next + (rest?.[0].length ?? 0), 'when that ends')
}

const PAST =
  /(?:since |seit |desde |depuis )?(?:the day before yesterday|yesterday|gestern|ayer|hier|last (?:night|week|month|year|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|letzte(?:r|n)? (?:woche|nacht))\b/

function readSince(text: string, at: number, calendar: Calendar): TimeExpression | undefined {
  const past = matchAt(PAST, text, at)
  if (past) {
    const yesterday = /yesterday|gestern|ayer|hier/.test(past[0]) && !/before/.test(past[0])
    const window = yesterday ? sinceDay(calendar.today.subtract({ days: 1 }), calendar) : {}
    return { at, to: at + past[0].length, role: 'since', window }
  }
  const since = matchAt(/(?:since|seit|desde|depuis)\s+(?:last\s+)?/, text, at)
  if (!since) return undefined
  const point = readPoint(text, at + since[0].length, calendar, true, { parts: true })
  const said = /^(?:since|seit)/.test(since[0])
  // "Desde mañana" and "depuis lundi" may lead to what is to come; a part of today is over or running.
  if (
    !said &&
    !(point && point.doubt === undefined && point.part !== undefined && point.days?.first.equals(calendar.today))
  )
    return undefined
  if (!point || point.doubt !== undefined || !point.days)
    return point ? { at, to: point.to, role: 'since', window: {} } : undefined
  const { days } = point
  if (point.part !== undefined || point.time !== undefined) return { at, to: point.to, role: 'since', window: {} }
  const later = days.first.until(calendar.today).days < 0
  return {
    at,
    to: point.to,
    role: 'since',
    window: sinceDay(later ? days.first.subtract({ days: 7 }) : days.first, calendar),
  }
}

const sinceDay = (day: Temporal.PlainDate, calendar: Calendar): Window => ({
  start: printMoment(startOf(day, calendar)),
  precision: 'day',
})

function readFrom(text: string, at: number, calendar: Calendar): TimeExpression | undefined {
  const from = matchAt(FROM_WORD, text, at)
  if (!from) return undefined
  const next = skipBlanks(text, at + from[0].length)
  const now = matchAt(/(?:right )?(?:now|jetzt|sofort|ahora|ya|maintenant)(?: on)?\b/, text, next)
  if (now)
    return (
      rangeTo(text, at, next + now[0].length, undefined, calendar) ?? {
        at,
        to: next + now[0].length,
        role: 'start',
        window: {},
      }
    )
  const led = next + (matchAt(/first thing /, text, next)?.[0].length ?? 0)
  const point = readPoint(text, led, calendar, true, { parts: true })
  // "From 9 to 17": only the other end tells that the number is an hour; "de 14h" alone may be anything.
  const clear = point && point.doubt === undefined && point.part === undefined
  const loose = clear ? point : readPoint(text, next, calendar, true, { loose: true })
  const range = loose && loose.doubt === undefined ? rangeTo(text, at, loose.to, loose, calendar) : undefined
  if (range || /^de$/.test(from[0])) return range
  if (!clear) return point && doubt(at, point.to, point.doubt ?? 'which hour')
  return point.days?.run && !point.time ? wholeDays(at, point.to, point.days, calendar) : beginning(at, point, calendar)
}

/** `… to <point>` behind a beginning: a span of time. */
function rangeTo(
  text: string,
  at: number,
  past: number,
  from: Point | undefined,
  calendar: Calendar,
  to = matchAt(TO_WORD, text, past),
): TimeExpression | undefined {
  if (!to || to[0].trim() === '') return undefined
  const until = readPoint(text, past + to[0].length, calendar, true, { loose: from?.time !== undefined, parts: true })
  if (!until) return undefined
  if (until.doubt !== undefined) return doubt(at, until.to, until.doubt)
  if (!from) return until.part === undefined ? ending(at, until, calendar) : doubt(at, until.to, 'which hour')
  return span(at, from, until, calendar)
}

function readBetween(text: string, at: number, calendar: Calendar): TimeExpression | undefined {
  const between = matchAt(BETWEEN, text, at)
  if (!between) return undefined
  const from = readPoint(text, at + between[0].length, calendar, true, { loose: true })
  if (!from || from.doubt !== undefined) return undefined
  return rangeTo(text, at, from.to, from, calendar, matchAt(AND_WORD, text, from.to))
}

const BETWEEN = /(?:between|zwischen|entre)\s+(?:the |las |dem )?/
const AND_WORD = /\s*(?:and|und|y(?: las)?|et|-|to)\s*/

/** `for 2 hours`, `90 min`, `2 days and 4 hours`, `+2h`, `in 3 days`, `2 hours ago`. */
function readLength(text: string, at: number, calendar: Calendar): TimeExpression | undefined {
  const said = readSaidLength(text, at)
  if (!said) return undefined
  if (said.doubt !== undefined) return doubt(at, said.to, said.doubt)
  const { length, lead, more, to } = said
  // "22h-2h" are two times of day.
  if (matchAt(/\d{1,2}h\s?(?:-|a)\s?\d{1,2}h\b/, text, at)) return undefined
  const ago = matchAt(/\s+(?:ago|earlier|old)\b/, text, to)
  if (ago) return { at, to: to + ago[0].length, role: 'since', window: {} }
  if (/(?:^|\s)(?:in|dentro de|dans)\s/.test(lead)) {
    const moment = calendar.now.add(length)
    return { at, to, role: 'start', window: { start: printMoment(moment), precision: 'minute' } }
  }
  const tail = matchAt(/\s+(?:from now|ab jetzt)\b/, text, to)
  return {
    at,
    to: to + (tail?.[0].length ?? 0),
    role: 'length',
    window: { duration: printLength(length) },
    length,
    ...(more ? { more: true as const } : {}),
  }
}

const DEADLINE =
  /(?:by|before|after|not before|vor|nach|antes (?:de|del)|avant|apres|around|about|within|gegen|hacia)\s+/
const LEAD_TO_DAY = new RegExp(`(?:(?:on|at|am|um|${FOR}|el|le|this)\\s+(?:the\\s+)?)?(?:first thing\\s+)?`)

/** A point that no time word leads: `tomorrow`, `on Friday 9-17`, `next week`, `at 18:00`. */
function readBarePoint(text: string, at: number, calendar: Calendar): TimeExpression | undefined {
  const before = matchAt(DEADLINE, text, at)
  const lead = matchAt(LEAD_TO_DAY, text, at)?.[0] ?? ''
  const sure = lead.trim() !== '' || before !== undefined
  const next = at + (before?.[0] ?? lead).length
  // "This evening" is no evening behind "this".
  const point =
    readPoint(text, at, calendar, false, { parts: true }) ??
    (sure || next > at ? readPoint(text, next, calendar, sure, { parts: true }) : undefined)
  if (!point) return hoursThenDay(text, at, calendar)
  if (before) {
    // "By Friday" may be when somebody needs it; "by Friday at the latest" is when it ends.
    const latest = matchAt(
      /,? (?:at (?:the )?latest|latest|spatestens|a mas tardar|au plus tard)(?![\p{L}])/u,
      text,
      point.to,
    )
    return latest && point.doubt === undefined
      ? { ...ending(at, point, calendar), to: point.to + latest[0].length }
      : doubt(at, point.to, 'whether that is its end')
  }
  if (point.doubt !== undefined) return doubt(at, point.to, point.doubt)
  const range = rangeTo(text, at, point.to, point, calendar)
  if (range && point.part === undefined) return range
  const { days, part } = point
  if (!days || point.time) {
    const moment = pointStart(point, calendar)
    const begins = moment.epochMilliseconds > calendar.now.epochMilliseconds && (!days || days.first.equals(days.last))
    return {
      ...doubt(at, point.to, 'whether that is its beginning or its end'),
      ...(begins ? { moment: printMoment(moment) } : {}),
    }
  }
  const hours = hoursOf(text, at, point, calendar)
  if (hours) return hours
  if (part !== undefined) return doubt(at, point.to, 'which hour')
  return wholeDays(at, point.to, days, calendar)
}

/** `9-5 tomorrow`, `8 bis 12 Uhr am Freitag`: only the day behind them tells that the numbers are hours. */
function hoursThenDay(text: string, at: number, calendar: Calendar): TimeExpression | undefined {
  const from = readClock(text, at, true)
  if (!from || from.doubt !== undefined) return undefined
  const to = matchAt(TO_WORD, text, from.to)
  const until =
    to && to[0].trim() !== '' ? readPoint(text, from.to + to[0].length, calendar, false, { loose: true }) : undefined
  if (!until || until.doubt !== undefined || !until.days || !until.time) return undefined
  return span(at, { to: from.to, time: from.time }, until, calendar)
}

/** The hours of a day that was said: `Friday, 9 to 17`, `tomorrow between 10 and 12`, `tomorrow afternoon from 2 to 5`. */
function hoursOf(text: string, at: number, point: Point, calendar: Calendar): TimeExpression | undefined {
  const { days, part } = point
  const lead = matchAt(
    /,?:?\s+\(?(?:from |between |zwischen |entre |von |de |a partir de |ab |desde )?(?:las )?/,
    text,
    point.to,
  )
  const clock = lead && readClock(text, point.to + lead[0].length, true)
  if (!lead || !clock || clock.doubt !== undefined || days === undefined) return undefined
  const between = /between|zwischen|entre/.test(lead[0])
  const to = matchAt(between ? AND_WORD : TO_WORD, text, clock.to)
  if (!to || to[0].trim() === '')
    return /from |von |ab |desde |partir/.test(lead[0]) ? doubt(at, clock.to, 'when that ends') : undefined
  const time = part === undefined ? clock.time : inPartOfDay(clock.time, part)
  const range = rangeTo(text, at, clock.to, { to: clock.to, days, time: time ?? clock.time }, calendar, to)
  return range && time === undefined ? doubt(at, range.to, 'which hour') : range
}

const skipBlanks = (text: string, at: number): number =>
  at + (matchAt(/[\s:]*(?:(?:on|at|am|um)\s+)?/, text, at)?.[0].length ?? 0)
