import type { Temporal } from 'temporal-polyfill'
import { type Calendar, endOf, momentOf, startOf } from './calendar.ts'
import { matchAt, type Read } from './read-at.ts'
import { inPartOfDay, PART_OF_DAY, readClock, type SaidClock } from './time-clock.ts'
import { readDays } from './time-days.ts'
import { readSaidLength } from './time-length.ts'
import type { SaidDays } from './time-weeks.ts'

/** A day, a time of day, or both. `part`: a part of that day, whose hours are still to be said. */
export type Point = {
  readonly to: number
  readonly days?: SaidDays
  readonly time?: SaidClock
  readonly part?: string
  /** The evening or night of the day was named: hours after midnight are the next day's. */
  readonly evening?: true
  readonly doubt?: undefined
}

/**
 * A day, a time of day, or both in either order. `loose` reads a bare number as an hour, as in `9-17`; `parts` gives back a part of a
 * day without an hour ("Friday night 23:00-03:00") for whoever finds the hours behind it.
 */
export function readPoint(
  text: string,
  at: number,
  calendar: Calendar,
  sure: boolean,
  { loose = false, parts = false } = {},
): Read<Point> | undefined {
  const stamp = readStamp(text, at, calendar)
  if (stamp) return stamp
  const fromNow = readFromNow(text, at, calendar)
  if (fromNow) return fromNow
  const day = readDays(text, at, calendar, sure)
  if (day) return day.doubt === undefined ? withClock(text, day, parts) : day
  const article = matchAt(/(?:at |um |las |a las |a )?/, text, at)?.[0] ?? ''
  const time = readClock(text, at + article.length, loose)
  if (!time) return hourless(text, at, sure)
  if (time.doubt !== undefined) return time
  const joint = matchAt(/,? (?:on |am |el |le |o'clock |del? |du )?/, text, time.to)
  const after = joint ? readDays(text, time.to + joint[0].length, calendar, true) : undefined
  if (!after || after.doubt !== undefined || after.end) {
    return after && after.doubt !== undefined ? after : { time: time.time, to: time.to }
  }
  const part = matchAt(PART_OF_DAY, text, after.to)
  if (!part) return { days: after, time: time.time, to: after.to }
  const to = after.to + part[0].length
  if (loose && /tonight|night|evening|abend|nacht|noche|soir|nuit/.test(part[0]))
    return { days: after, time: inPartOfDay(time.time, part[0]) ?? time.time, evening: true, to }
  const meant = inPartOfDay(time.time, part[0])
  return meant === undefined ? { doubt: 'which hour', to } : { days: after, time: meant, to }
}

/** `2026-11-27T18:00:00Z`. */
function readStamp(text: string, at: number, calendar: Calendar): Read<Point> | undefined {
  const stamp = matchAt(/(\d{4}-\d{2}-\d{2})[t ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(z|[+-]\d{2}:?\d{2})/, text, at)
  const day = stamp && readDays(text, at, calendar, true)
  if (!stamp || !day || day.doubt !== undefined) return undefined
  const zone = stamp[4] === 'z' ? '+00:00' : (stamp[4] ?? '').replace(/^(...)(\d\d)$/, '$1:$2')
  const [hour, minute] = [Number(stamp[2]), Number(stamp[3])]
  const to = at + stamp[0].length
  if (hour > 23 || minute > 59 || Number(zone.slice(1, 3)) > 14) return { doubt: 'no such time of day', to }
  return { days: day, time: { hour, minute, offset: zone }, to }
}

/** `this time next week`, `two weeks from now`, `in zwei Wochen`: as far from now as is said, at the same time of day. */
function readFromNow(text: string, at: number, calendar: Calendar): Read<Point> | undefined {
  const { now } = calendar
  const nowOn = (day: Temporal.PlainDate, to: number): Read<Point> => ({
    days: { first: day, last: day },
    time: { hour: now.hour, minute: now.minute },
    to,
  })
  const same = matchAt(
    /(?:(?:about |at )?(?:this|the same) time|um diese zeit|zur gleichen zeit|a esta hora|a la misma hora|a cette heure|a la meme heure) /,
    text,
    at,
  )
  if (same) {
    const next = at + same[0].length
    const week = matchAt(
      /next week\b|nachste woche\b|(?:la )?semana que viene\b|(?:la )?semaine prochaine\b/,
      text,
      next,
    )
    if (week) return nowOn(calendar.today.add({ weeks: 1 }), next + week[0].length)
    const day = readDays(text, next, calendar, true)
    return day && day.doubt === undefined && day.first.equals(day.last) ? nowOn(day.first, day.to) : undefined
  }
  const length = readSaidLength(text, at)
  if (!length || length.doubt !== undefined) return undefined
  const tail = matchAt(
    / (?:from now|from today|ab jetzt|ab heute|a partir de (?:ahora|hoy)|a partir d'(?:aujourd'hui|maintenant))\b/,
    text,
    length.to,
  )
  if (!tail && !/^(?:in|dentro de|dans) $/.test(length.lead)) return undefined
  const moment = now.add(length.length)
  return {
    days: { first: moment.toPlainDate(), last: moment.toPlainDate() },
    time: { hour: moment.hour, minute: moment.minute },
    to: length.to + (tail?.[0].length ?? 0),
  }
}

/** The hour behind a day: `Friday 18:00`, `Friday evening, 20:00`, `morgen Abend um 8`. */
function withClock(text: string, day: SaidDays & { readonly to: number }, parts: boolean): Read<Point> {
  const part = matchAt(PART_OF_DAY, text, day.to)
  const to = day.to + (part?.[0].length ?? 0)
  const joint = matchAt(
    part ? /(?:,? (?:at |@ ?|um |a las |a |por |gegen )?)/ : /(?:,? (?:at |@ ?|um |a las |a |bis |gegen )?|t)/,
    text,
    to,
  )
  const said = joint !== undefined && (part !== undefined || /at|@|um|las/.test(joint[0]))
  const clock = joint ? readClock(text, to + joint[0].length, said) : undefined
  if (!part) {
    const noon = clock ?? matchAtNoon(text, to)
    if (!noon) return { days: day, to: day.to }
    return noon.doubt === undefined ? { days: day, time: noon.time, to: noon.to } : noon
  }
  if (/mittags?\b|mediodia/.test(part[0]) && !/vor|nach/.test(part[0]) && clock === undefined)
    return { days: day, time: { hour: 12, minute: 0 }, to }
  if (clock === undefined) return parts ? { days: day, part: part[0], to } : { doubt: 'which hour', to }
  if (clock.doubt !== undefined) return clock
  const meant = inPartOfDay(clock.time, part[0])
  if (meant !== undefined) return { days: day, time: meant, to: clock.to }
  return parts ? { days: day, part: part[0], to } : { doubt: 'which hour', to: clock.to }
}

/** "Freitagmittag". */
function matchAtNoon(text: string, at: number): Read<{ time: SaidClock }> | undefined {
  const noon = matchAt(/mittag\b/, text, at)
  return noon && { time: { hour: 12, minute: 0 }, to: at + noon[0].length }
}

/** "until 6": an hour, but morning or evening? */
function hourless(text: string, at: number, sure: boolean): Read<never> | undefined {
  const bare = sure
    ? matchAt(/(?:at |um |las |a las )?\d{1,2}(?: o'clock)?(?![\d:./-]|\s?[a-z]{3,})/, text, at)
    : undefined
  return bare ? { doubt: 'which hour', to: at + bare[0].length } : undefined
}

export const pointStart = (point: Point, calendar: Calendar): Temporal.ZonedDateTime => {
  const day = point.days?.first ?? calendar.today
  return point.time ? momentOf(day, point.time, calendar, 'start') : startOf(day, calendar)
}

export const pointEnd = (point: Point, calendar: Calendar): Temporal.ZonedDateTime => {
  const day = point.days?.last ?? calendar.today
  return point.time ? momentOf(day, point.time, calendar, 'end') : endOf(day, calendar)
}
