import type { Temporal } from 'temporal-polyfill'
import { type Calendar, endOf, printMoment, startOf } from './calendar.ts'
import type { Window } from './intent.ts'
import { minutesOf, type SaidClock, settleHalves } from './time-clock.ts'
import type { Length } from './time-length.ts'
import { type Point, pointEnd, pointStart } from './time-point.ts'

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
  /** A moment that begins something when a length is said with it, and else is asked about: "tomorrow at 10 … for two hours". */
  readonly moment?: string
  /** An end that is only a time of day: whatever day is said beside it is its day. */
  readonly clock?: SaidClock
  /** Said loosely ("for a few days"): an end that is said beside it holds. */
  readonly loose?: true
  /** A span of hours of which no day was said. */
  readonly dayless?: true
  readonly why?: string
}

export const doubt = (at: number, to: number, why: string): TimeExpression => ({
  at,
  to,
  role: 'doubt',
  window: {},
  why,
})

export function ending(at: number, point: Point, calendar: Calendar, inclusive = false): TimeExpression {
  const { to, time } = point
  if (point.days && !point.days.end && !point.days.first.equals(point.days.last) && !inclusive)
    return doubt(at, to, 'its beginning or its end')
  const moment = pointEnd(point, calendar)
  const passed = moment.epochMilliseconds <= calendar.now.epochMilliseconds
  const clock = time && !point.days ? { clock: time } : {}
  if (passed) return { ...doubt(at, to, 'that is already over'), ...clock }
  return { at, to, role: 'end', window: { end: printMoment(moment), precision: time ? 'minute' : 'day' }, ...clock }
}

export function beginning(at: number, point: Point, calendar: Calendar): TimeExpression {
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

export function wholeDays(
  at: number,
  to: number,
  days: NonNullable<Point['days']>,
  calendar: Calendar,
): TimeExpression {
  const start =
    days.first.equals(calendar.today) || days.end ? {} : { start: printMoment(startOf(days.first, calendar)) }
  const end = endOf(days.last, calendar)
  if (end.epochMilliseconds <= calendar.now.epochMilliseconds) return doubt(at, to, 'that is already over')
  return { at, to, role: days.end ? 'end' : 'span', window: { ...start, end: printMoment(end), precision: 'day' } }
}

/** From one point to another; a clock time alone is on the other's day, and over midnight when it is the earlier one. */
export function span(at: number, said: Point, till: Point, calendar: Calendar): TimeExpression {
  const { to } = till
  const [from, until] = dayOfBoth(said, till)
  if (until.part !== undefined) return doubt(at, to, 'which hour')
  if (!from.days && !until.days && !from.time) return doubt(at, to, 'which day')
  const halves = from.time && until.time ? settleHalves(from.time, until.time) : undefined
  if (from.time && until.time && halves === undefined) return doubt(at, to, 'which hours')
  const [begin, finish] = [halves?.from ?? from.time, halves?.until ?? until.time]
  const firstDay = from.days?.first ?? until.days?.first ?? calendar.today
  let lastDay = until.days?.last ?? (until.time ? (from.days?.last ?? firstDay) : firstDay)
  if (from.days && !until.days && !from.days.first.equals(from.days.last)) return doubt(at, to, 'which of these days')
  const overMidnight = !until.days && begin && finish && minutesOf(finish) <= minutesOf(begin)
  if (overMidnight) lastDay = lastDay.add({ days: 1 })
  const start = pointStart(
    { to, days: { first: firstDay, last: firstDay }, ...(begin ? { time: begin } : {}) },
    calendar,
  )
  const end = pointEnd({ to, days: { first: lastDay, last: lastDay }, ...(finish ? { time: finish } : {}) }, calendar)
  return spanning(
    at,
    to,
    { start, end },
    { firstDay, dayless: !from.days && !until.days, timed: Boolean(begin || finish) },
    calendar,
  )
}

function spanning(
  at: number,
  to: number,
  { start, end }: { readonly start: Temporal.ZonedDateTime; readonly end: Temporal.ZonedDateTime },
  how: { readonly firstDay: Temporal.PlainDate; readonly dayless: boolean; readonly timed: boolean },
  calendar: Calendar,
): TimeExpression {
  if (end.epochMilliseconds <= start.epochMilliseconds || end.epochMilliseconds <= calendar.now.epochMilliseconds)
    return doubt(at, to, 'that ends before it begins, or is over')
  const past = start.epochMilliseconds <= calendar.now.epochMilliseconds
  if (past && (how.dayless || !how.firstDay.equals(calendar.today))) return doubt(at, to, 'that has begun already')
  return {
    at,
    to,
    role: 'span',
    ...(how.dayless ? { dayless: true as const } : {}),
    window: {
      ...(past ? {} : { start: printMoment(start) }),
      end: printMoment(end),
      precision: how.timed ? 'minute' : 'day',
    },
  }
}

/** "22:00-02:00 tonight": the evening is the day of the first hour; a weekday behind another is of the same week. */
function dayOfBoth(from: Point, until: Point): readonly [Point, Point] {
  const { days, time, to, evening } = until
  return !from.days && days && time && evening
    ? [
        { ...from, days },
        { to, time },
      ]
    : [from, ofTheSameWeek(from, until)]
}

/** "Monday to Wednesday": the Wednesday behind that Monday, not the one behind today. */
function ofTheSameWeek(from: Point, until: Point): Point {
  const [first, last] = [from.days?.first, until.days?.weekday === undefined ? undefined : until.days.first]
  if (first === undefined || last === undefined || first.until(last).days >= 0) return until
  const day = last.add({ days: 7 * Math.ceil(last.until(first).days / 7) })
  return { ...until, days: { first: day, last: day } }
}
