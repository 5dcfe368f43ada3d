import type { Temporal } from 'temporal-polyfill'
import { type Calendar, type ClockTime, type Days, endOf, momentOf, printMoment, startOf } from './calendar.ts'
import type { Window } from './intent.ts'
import { matchAt, type Read, readClock, readDays, readNumber } from './time-points.ts'
import { FOR, FROM, TO, UNITS, UNTIL, VAGUE } from './time-words.ts'

/** A length of time in whole units, as it was said. */
export type Length = {
  years?: number
  months?: number
  weeks?: number
  days?: number
  hours?: number
  minutes?: number
}

/** Words about time and what they say. `doubt`: about time, but no one moment. `since`: a moment in the past, with `start`. */
export type TimeExpression = {
  readonly at: number
  readonly to: number
  readonly role: 'end' | 'start' | 'span' | 'length' | 'doubt' | 'since'
  readonly window: Window
  /** Lengths add up: `PT2H` in parts. */
  readonly length?: Length
  /** It is said to come on top of what there is: `+2h`, `another hour`. */
  readonly more?: true
  readonly why?: string
}

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
    const expression = vagueTo !== undefined && vagueTo > (read?.to ?? 0) ? doubt(index, vagueTo, 'how long') : read
    if (!expression) continue
    found.push(calendar.broken ? doubt(index, expression.to, 'the time zone of the catalogue is unknown') : expression)
    past = expression.to
  }
  return found
}

const doubt = (at: number, to: number, why: string): TimeExpression => ({ at, to, role: 'doubt', window: {}, why })

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

const word = (source: string): RegExp => new RegExp(`${source}(?![\\p{L}\\p{N}])`, 'u')
const UNTIL_WORD = word(UNTIL)
const FROM_WORD = word(FROM)
const TO_WORD = new RegExp(`\\s*(?:${TO})\\s*`)

function readUntil(text: string, at: number, calendar: Calendar): TimeExpression | undefined {
  const until = matchAt(UNTIL_WORD, text, at)
  if (!until) return undefined
  const next = skipBlanks(text, at + until[0].length)
  const atMost = /^up to|^through|^thru|^bis/.test(until[0]) ? readLength(text, next, calendar) : undefined
  if (atMost && /^up to/.test(until[0])) return { ...atMost, at }
  const point = readPoint(text, next, calendar, true)
  if (point && point.doubt === undefined) return ending(at, point, calendar)
  if (point) return doubt(at, point.to, point.doubt)
  // "Until when can finance use it?" asks for the end that is.
  if (matchAt(ASKED_WHEN, text, next)) return undefined
  // "through the vpn", "up to 3 people": no time at all. "until <something>": an end that nobody can compute.
  if (/^(?:through|thru|up to|ends?|ending|expires?|expiring)/.test(until[0])) return undefined
  const rest = matchAt(/[^.,;\n!?]{0,60}/, text, next)
  return doubt(at, next + (rest?.[0].length ?? 0), 'when that ends')
}

function ending(at: number, point: Point, calendar: Calendar): TimeExpression {
  const { to } = point
  if (point.days && !point.days.end && !point.days.first.equals(point.days.last))
    return doubt(at, to, 'its beginning or its end')
  const moment = pointEnd(point, calendar)
  const passed = moment.epochMilliseconds <= calendar.now.epochMilliseconds
  if (passed) return doubt(at, to, 'that is already over')
  return { at, to, role: 'end', window: { end: printMoment(moment), precision: point.time ? 'minute' : 'day' } }
}

function readSince(text: string, at: number, calendar: Calendar): TimeExpression | undefined {
  const past = matchAt(
    /(?:since |seit |desde |depuis )?(?:the day before yesterday|yesterday|gestern|ayer|hier|last (?:night|week|month|year|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|letzte(?:r|n)? (?:woche|nacht))\b/,
    text,
    at,
  )
  if (past) {
    const yesterday = /yesterday|gestern|ayer|hier/.test(past[0]) && !/before/.test(past[0])
    const window = yesterday ? sinceDay(calendar.today.subtract({ days: 1 }), calendar) : {}
    return { at, to: at + past[0].length, role: 'since', window }
  }
  const since = matchAt(/(?:since|seit)\s+(?:last\s+)?/, text, at)
  if (!since) return undefined
  const days = readDays(text, at + since[0].length, calendar, true)
  if (!days || days.doubt !== undefined) return days ? { at, to: days.to, role: 'since', window: {} } : undefined
  const later = days.first.until(calendar.today).days < 0
  return {
    at,
    to: days.to,
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
  const now = matchAt(/(?:right )?(?:now|jetzt|sofort|ahora|maintenant)(?: on)?\b/, text, next)
  if (now)
    return (
      rangeTo(text, at, next + now[0].length, undefined, calendar) ?? {
        at,
        to: next + now[0].length,
        role: 'start',
        window: {},
      }
    )
  const point = readPoint(text, next, calendar, true)
  if (!point) return undefined
  if (point.doubt !== undefined) return doubt(at, point.to, point.doubt)
  return rangeTo(text, at, point.to, point, calendar) ?? beginning(at, point, calendar)
}

function beginning(at: number, point: Point, calendar: Calendar): TimeExpression {
  const moment = pointStart(point, calendar)
  const today = point.days && !point.time && point.days.first.equals(calendar.today)
  if (today) return { at, to: point.to, role: 'start', window: {} }
  if (moment.epochMilliseconds <= calendar.now.epochMilliseconds) return doubt(at, point.to, 'that is already over')
  return {
    at,
    to: point.to,
    role: 'start',
    window: { start: printMoment(moment), precision: point.time ? 'minute' : 'day' },
  }
}

/** `… to <point>` behind a beginning: a span of time. */
function rangeTo(
  text: string,
  at: number,
  past: number,
  from: Point | undefined,
  calendar: Calendar,
): TimeExpression | undefined {
  const to = matchAt(TO_WORD, text, past)
  if (!to || to[0].trim() === '') return undefined
  const until = readPoint(text, past + to[0].length, calendar, true, from?.time !== undefined)
  if (!until) return undefined
  if (until.doubt !== undefined) return doubt(at, until.to, until.doubt)
  if (!from) return ending(at, until, calendar)
  return span(at, from, until, calendar)
}

/** From one point to another; a clock time alone is on the other's day, and over midnight when it is the earlier one. */
function span(at: number, from: Point, until: Point, calendar: Calendar): TimeExpression {
  const { to } = until
  if (!from.days && !until.days && !from.time) return doubt(at, to, 'which day')
  const firstDay = from.days?.first ?? until.days?.first ?? calendar.today
  let lastDay = until.days?.last ?? (until.time ? (from.days?.last ?? firstDay) : firstDay)
  if (from.days && !until.days && !from.days.first.equals(from.days.last)) return doubt(at, to, 'which of these days')
  const overMidnight = !until.days && from.time && until.time && minutes(until.time) <= minutes(from.time)
  if (overMidnight) lastDay = lastDay.add({ days: 1 })
  const start = pointStart({ ...from, days: { first: firstDay, last: firstDay } }, calendar)
  const end = pointEnd({ ...until, days: { first: lastDay, last: lastDay } }, calendar)
  const dayless = !from.days && !until.days
  if (end.epochMilliseconds <= start.epochMilliseconds || end.epochMilliseconds <= calendar.now.epochMilliseconds)
    return doubt(at, to, 'that ends before it begins, or is over')
  const past = start.epochMilliseconds <= calendar.now.epochMilliseconds
  if (past && (dayless || !firstDay.equals(calendar.today))) return doubt(at, to, 'that has begun already')
  const precision = from.time || until.time ? 'minute' : 'day'
  return {
    at,
    to,
    role: 'span',
    window: { ...(past ? {} : { start: printMoment(start) }), end: printMoment(end), precision },
  }
}

const minutes = (time: ClockTime): number => time.hour * 60 + time.minute

function readBetween(text: string, at: number, calendar: Calendar): TimeExpression | undefined {
  const between = matchAt(/(?:between|zwischen|entre)\s+/, text, at)
  if (!between) return undefined
  const from = readPoint(text, at + between[0].length, calendar, true, true)
  if (!from || from.doubt !== undefined) return undefined
  const and = matchAt(/\s*(?:and|und|y|et|-|to)\s*/, text, from.to)
  const until = and ? readPoint(text, from.to + and[0].length, calendar, true, true) : undefined
  if (!until) return undefined
  return until.doubt === undefined ? span(at, from, until, calendar) : doubt(at, until.to, until.doubt)
}

/** `for 2 hours`, `90 min`, `2 days and 4 hours`, `+2h`, `in 3 days`, `2 hours ago`. */
function readLength(text: string, at: number, calendar: Calendar): TimeExpression | undefined {
  const lead = matchAt(
    new RegExp(
      `(?:(?:${FOR}|by|um|another|in)\\s+)*(?:(?:the |los |las |les |die )?(?:next|nachsten|proximos|proximas|prochaines|prochains)\\s+)?(?:(?:at most|max\\.?|maximal|hochstens|a maximum of|not more than|no more than|up to|just|only|nur|exactly|another|about|around)\\s+)*\\+?\\s?`,
    ),
    text,
    at,
  )
  const first = lead?.[0] ?? ''
  const total: Length = {}
  let to = at + first.length
  for (let parts = 0; parts < 4; parts++) {
    const joint = parts === 0 ? 0 : (matchAt(/\s*(?:,|and|und|y|et)?\s*/, text, to)?.[0].length ?? 0)
    const number = readNumber(text, to + joint)
    const unit = number && matchAt(/[ -]?(?:more |weitere |mas )?([a-z]+)\b/, text, number.to)
    const key = UNITS.get(unit?.[1] ?? '')
    if (!number || !unit || key === undefined) break
    // "Two hours a day" says how often; only ever smaller units make one length.
    if (Object.keys(total).some((larger) => ORDER.indexOf(larger) >= ORDER.indexOf(key)))
      return doubt(at, number.to + unit[0].length, 'how often')
    total[key] = (total[key] ?? 0) + number.value
    to = number.to + unit[0].length
  }
  if (Object.keys(total).length === 0) return undefined
  const length = wholeLength(total)
  if (length === undefined) return doubt(at, to, 'how long')
  if (matchAt(/\s+(?:ago|earlier|old)\b/, text, to))
    return { at, to: text.indexOf(' ', to + 1) < 0 ? text.length : to + 4, role: 'since', window: {} }
  if (/\babout |\baround /.test(first)) return doubt(at, to, 'exactly how long')
  if (/(?:^|\s)in\s/.test(first)) {
    const moment = calendar.now.add(length)
    return { at, to, role: 'start', window: { start: printMoment(moment), precision: 'minute' } }
  }
  const tail = matchAt(/\s+(?:from now|ab jetzt)\b/, text, to)
  const more = /\banother |\+/.test(first) || /[ -](?:more|weitere|mas) /.test(text.slice(at, to))
  const end = to + (tail?.[0].length ?? 0)
  return {
    at,
    to: end,
    role: 'length',
    window: { duration: printLength(length) },
    length,
    ...(more ? { more: true as const } : {}),
  }
}

const ORDER: readonly string[] = ['years', 'months', 'weeks', 'days', 'hours', 'minutes']

/** Fractions become the next smaller unit; undefined when that does not come out even. */
function wholeLength(total: Length): Length | undefined {
  const smaller: readonly [keyof Length, keyof Length, number][] = [
    ['weeks', 'days', 7],
    ['days', 'hours', 24],
    ['hours', 'minutes', 60],
  ]
  for (const [unit, next, count] of smaller) {
    const value = total[unit] ?? 0
    const rest = value - Math.trunc(value)
    if (rest === 0) continue
    total[unit] = Math.trunc(value)
    total[next] = (total[next] ?? 0) + rest * count
  }
  const values = Object.values(total)
  if (!values.every((value) => Math.abs(value - Math.round(value)) < 1e-9) || values.every((value) => value === 0))
    return undefined
  return Object.fromEntries(
    Object.entries(total)
      .filter(([, value]) => value > 0)
      .map(([unit, value]) => [unit, Math.round(value)]),
  )
}

/** ISO 8601, in the units that were said. */
export function printLength(length: Length): string {
  const date = `${length.years ? `${length.years}Y` : ''}${length.months ? `${length.months}M` : ''}${length.weeks ? `${length.weeks}W` : ''}${length.days ? `${length.days}D` : ''}`
  const time = `${length.hours ? `${length.hours}H` : ''}${length.minutes ? `${length.minutes}M` : ''}`
  return `P${date}${time ? `T${time}` : ''}`
}

/** A point that no time word leads: `tomorrow`, `on Friday 9-17`, `next week`, `at 18:00`. */
function readBarePoint(text: string, at: number, calendar: Calendar): TimeExpression | undefined {
  const before = matchAt(
    /(?:by|before|after|not before|vor|nach|antes (?:de|del)|avant|apres|around|about|within)\s+/,
    text,
    at,
  )
  const lead = matchAt(new RegExp(`(?:(?:on|at|am|um|${FOR}|el|le|this)\\s+)?`), text, at)?.[0] ?? ''
  const sure = lead.trim() !== '' || before !== undefined
  const point = readPoint(text, at + (before?.[0] ?? lead).length, calendar, sure, false)
  if (!point) return undefined
  if (before) return doubt(at, point.to, 'whether that is its end')
  if (point.doubt !== undefined) return doubt(at, point.to, point.doubt)
  const range = rangeTo(text, at, point.to, point, calendar)
  if (range) return range
  const { days } = point
  if (!days) return doubt(at, point.to, 'whether that is its beginning or its end')
  if (point.time) return doubt(at, point.to, 'whether that is its beginning or its end')
  const hours = matchAt(/,?\s+(?:from |between |von |de )?/, text, point.to)
  const from = hours && readPoint(text, point.to + hours[0].length, calendar, true, true)
  if (from && from.doubt === undefined && from.time && !from.days) {
    return rangeTo(text, at, from.to, { ...from, days }, calendar) ?? doubt(at, from.to, 'when that ends')
  }
  const from0 =
    days.first.equals(calendar.today) || days.end ? {} : { start: printMoment(startOf(days.first, calendar)) }
  const end = endOf(days.last, calendar)
  if (end.epochMilliseconds <= calendar.now.epochMilliseconds) return doubt(at, point.to, 'that is already over')
  return {
    at,
    to: point.to,
    role: days.end ? 'end' : 'span',
    window: { ...from0, end: printMoment(end), precision: 'day' },
  }
}

type Point = {
  readonly to: number
  readonly days?: Days & { end?: boolean }
  readonly time?: ClockTime
  readonly doubt?: undefined
}

/** A day, a time of day, or both in either order. `loose` reads a bare number as an hour, as in `9-17`. */
function readPoint(
  text: string,
  at: number,
  calendar: Calendar,
  sure: boolean,
  loose = false,
): Point | { readonly to: number; readonly doubt: string } | undefined {
  const stamp = matchAt(/(\d{4}-\d{2}-\d{2})[t ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(z|[+-]\d{2}:?\d{2})/, text, at)
  const day = readDays(text, at, calendar, sure)
  if (stamp && day && day.doubt === undefined) {
    const zone = stamp[4] === 'z' ? '+00:00' : (stamp[4] ?? '').replace(/^(...)(\d\d)$/, '$1:$2')
    const [hour, minute] = [Number(stamp[2]), Number(stamp[3])]
    if (hour > 23 || minute > 59 || Number(zone.slice(1, 3)) > 14)
      return { doubt: 'no such time of day', to: at + stamp[0].length }
    return { days: day, time: { hour, minute, offset: zone }, to: at + stamp[0].length }
  }
  if (day) {
    if (day.doubt !== undefined) return day
    const part = matchAt(
      /,? (?:in the |at |au |le |en la |por la |a la |de la |am )?(?:morning|afternoon|evening|night|lunch(?:time)?|abends?|morgens?|morgen|vormittags?|mittags?|nachmittags?|nachts?|fruh|soir|soiree|matin|matinee|apres-midi|nuit|noche|tarde|manana|mediodia)\b/,
      text,
      day.to,
    )
    if (part) return hourOfPart(text, day, part[0])
    const joint = matchAt(/(?:,? (?:at |@ ?|um |a las |a |bis )?|t)/, text, day.to)
    const said = joint !== undefined && /at|@|um|las/.test(joint[0])
    const time = joint ? readClock(text, day.to + joint[0].length, said) : undefined
    if (!time) return { days: day, to: day.to }
    return time.doubt === undefined ? { days: day, time: time.time, to: time.to } : time
  }
  const article = matchAt(/(?:at |um |las |a las )?/, text, at)?.[0] ?? ''
  const time = readClock(text, at + article.length, loose)
  if (!time) return hourless(text, at, sure)
  if (time.doubt !== undefined) return time
  const joint = matchAt(/,? (?:on |am |el |le |o'clock )?/, text, time.to)
  const after = joint ? readDays(text, time.to + joint[0].length, calendar, true) : undefined
  if (!after) return { time: time.time, to: time.to }
  return after.doubt === undefined ? { days: after, time: time.time, to: after.to } : after
}

const ASKED_WHEN =
  /(?:when (?:can|may|does|do|is|are|am|has|have)|wann (?:hat|haben|habe|darf|durfen|kann|konnen|gilt)|cuando (?:tiene|tienen|puede|pueden|tengo|puedo)|quand (?:a|ont|ai|peut|peuvent|puis))\b/

/** "Friday evening, 20:00": the hour says which; without one, or with one of another part of the day, it is asked. */
function hourOfPart(text: string, day: Days & { readonly to: number }, part: string): Read<Point> {
  const to = day.to + part.length
  const joint = matchAt(/,? (?:at |@ ?|um |a las |a )?/, text, to)
  const clock = joint ? readClock(text, to + joint[0].length, false) : undefined
  if (clock === undefined || clock.doubt !== undefined) return { doubt: 'which hour', to }
  const { hour } = clock.time
  const late = /afternoon|evening|abend|nachmittag|soir|apres-midi|tarde/.test(part)
  const early = !late && /morning|vormittag|morgen|fruh|matin|manana/.test(part)
  if (!(late && hour >= 12) && !(early && hour < 12)) return { doubt: 'which hour', to }
  return { days: day, time: clock.time, to: clock.to }
}

/** "until 6": an hour, but morning or evening? */
function hourless(text: string, at: number, sure: boolean): Read<never> | undefined {
  const bare = sure ? matchAt(/(?:at )?\d{1,2}(?: o'clock)?(?![\d:./-]|\s?[a-z]{3,})/, text, at) : undefined
  return bare ? { doubt: 'which hour', to: at + bare[0].length } : undefined
}

const pointStart = (point: Point, calendar: Calendar): Temporal.ZonedDateTime => {
  const day = point.days?.first ?? calendar.today
  return point.time ? momentOf(day, point.time, calendar, 'start') : startOf(day, calendar)
}

const pointEnd = (point: Point, calendar: Calendar): Temporal.ZonedDateTime => {
  const day = point.days?.last ?? calendar.today
  return point.time ? momentOf(day, point.time, calendar, 'end') : endOf(day, calendar)
}

const skipBlanks = (text: string, at: number): number =>
  at + (matchAt(/[\s:]*(?:(?:on|at|am|um)\s+)?/, text, at)?.[0].length ?? 0)
