import { Temporal } from 'temporal-polyfill'
import { type Calendar, momentOf, printMoment } from './calendar.ts'
import type { Window } from './intent.ts'
import type { TimeExpression } from './time-expression.ts'
import { printLength } from './time-length.ts'

/** The window that several expressions of time make together, or why nobody can say. */
export function windowOf(
  said: readonly TimeExpression[],
  calendar: Calendar,
): { readonly window?: Window; readonly doubt?: string } {
  const bounded = said.some(({ role }) => role === 'end' || role === 'length')
  const clear = said.filter(({ loose }) => !(bounded && loose))
  const times = onTheirDay(beginsWithLength(clear), calendar)
  const unclear = times.find((time) => time.role === 'doubt')
  if (unclear) return { doubt: unclear.why ?? 'when' }
  const bounds = narrowed(times.filter(({ role }) => role !== 'since'))
  const starts = distinct(bounds.flatMap(({ window }) => (window.start === undefined ? [] : [window.start])))
  const ends = distinct(bounds.flatMap(({ window }) => (window.end === undefined ? [] : [window.end])))
  const lengths = bounds.flatMap((time) => (time.length === undefined ? [] : [time.length]))
  const several = distinct(lengths.map(printLength)).length > 1
  if (starts.length > 1 || ends.length > 1 || several) return { doubt: 'which of these times' }
  const [start, end, length] = [starts[0], ends[0], lengths[0]]
  if (end !== undefined && length !== undefined) return { doubt: 'which of these times' }
  if (end === undefined && length === undefined && start === undefined) return {}
  const precise = times.some((time) => time.window.precision === 'minute')
  const precision = precise || length !== undefined ? 'minute' : 'day'
  if (start !== undefined && length !== undefined) {
    const moment = Temporal.Instant.from(start).toZonedDateTimeISO(calendar.zone).add(length)
    return { window: { start, end: printMoment(moment), precision } }
  }
  if (length !== undefined) return { window: { duration: printLength(length) } }
  if (start !== undefined && end !== undefined && Date.parse(end) <= Date.parse(start))
    return { doubt: 'that ends before it begins' }
  return { window: { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }), precision } }
}

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)]

/** "Tomorrow at 10, for two hours": a length tells that the moment is the beginning. */
function beginsWithLength(times: readonly TimeExpression[]): readonly TimeExpression[] {
  const long = times.some(({ length }) => length !== undefined)
  return times.map((time): TimeExpression => {
    if (!long || time.moment === undefined) return time
    return { at: time.at, to: time.to, role: 'start', window: { start: time.moment, precision: 'minute' } }
  })
}

/** "Tomorrow, until 18:00": an end that is only a time of day is on the one day that is said beside it. */
function onTheirDay(times: readonly TimeExpression[], calendar: Calendar): readonly TimeExpression[] {
  const days = times.flatMap(({ role, window }) =>
    (role === 'span' || role === 'start') && window.precision === 'day'
      ? [window.start ?? printMoment(calendar.now)]
      : [],
  )
  const [day, ...others] = distinct(days.map((moment) => moment.slice(0, 10)))
  if (day === undefined || others.length > 0) return times
  return times.map((time): TimeExpression => {
    if (time.clock === undefined) return time
    const end = momentOf(Temporal.PlainDate.from(day), time.clock, calendar, 'end')
    if (end.epochMilliseconds <= calendar.now.epochMilliseconds) return time
    return { at: time.at, to: time.to, role: 'end', window: { end: printMoment(end), precision: 'minute' } }
  })
}

/**
 * "This week, until Friday 20:00", "next week until Thursday", "tomorrow, tomorrow 9-17": what lies within the days that are said beside
 * it narrows them. Of two ends the earlier holds only then; else nobody knows which was meant.
 */
function narrowed(times: readonly TimeExpression[]): readonly TimeExpression[] {
  const ends = times.filter(({ role, window }) => role === 'end' && window.end !== undefined)
  const [end, ...others] = distinct(ends.map(({ window }) => window.end ?? ''))
  const several = end !== undefined && others.length > 0
  return times.flatMap((time): readonly TimeExpression[] => {
    if (time.role !== 'span' || time.window.precision !== 'day') return [time]
    if (
      times.some(
        (other) => other.role === 'span' && other.window.precision === 'minute' && within(other.window, time.window),
      )
    )
      return []
    const { start } = time.window
    if (several || end === undefined || !within({ end }, time.window)) return [time]
    return [{ ...time, window: start === undefined ? {} : { start, precision: 'day' } }]
  })
}

/** Whether a window ends, and begins where it says so, inside of another. */
function within(inner: Window, outer: Window): boolean {
  if (inner.end === undefined || outer.end === undefined || Date.parse(inner.end) > Date.parse(outer.end)) return false
  const from = inner.start ?? inner.end
  return outer.start === undefined || Date.parse(outer.start) <= Date.parse(from)
}
