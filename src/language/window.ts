import { Temporal } from 'temporal-polyfill'
import { type Calendar, printMoment } from './calendar.ts'
import type { Window } from './intent.ts'
import { printLength, type TimeExpression } from './time.ts'

/** The window that several expressions of time make together, or why nobody can say. */
export function windowOf(
  times: readonly TimeExpression[],
  calendar: Calendar,
): { readonly window?: Window; readonly doubt?: string } {
  const unclear = times.find((time) => time.role === 'doubt')
  if (unclear) return { doubt: unclear.why ?? 'when' }
  const starts = distinct(
    times.flatMap((time) => (time.window.start === undefined || time.role === 'since' ? [] : [time.window.start])),
  )
  const ends = distinct(times.flatMap((time) => (time.window.end === undefined ? [] : [time.window.end])))
  const lengths = times.flatMap((time) => (time.length === undefined ? [] : [time.length]))
  if (starts.length > 1 || ends.length > 1 || lengths.length > 1) return { doubt: 'which of these times' }
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
