import { Temporal } from 'temporal-polyfill'
import { type Calendar, printMoment } from './calendar.ts'
import type { Cues } from './change-words.ts'
import type { Intent, Window } from './intent.ts'
import { windowOf } from './window.ts'

/** When the access is for after a change of it: what is said of its end, its beginning or its length, over what was agreed. */
export function changedWindow(
  earlier: Intent,
  times: Parameters<typeof windowOf>[0],
  cues: Cues,
  calendar: Calendar,
): { readonly window?: Window | undefined; readonly doubt?: string } {
  const lengths = times.flatMap(({ length }) => (length === undefined ? [] : [length]))
  const [length, another] = lengths
  const more = cues.by ?? (!cues.most && times.some((time) => time.more) ? 'longer' : undefined)
  if (more !== undefined && length !== undefined && another === undefined && times.length === 1)
    return movedEnd(earlier.window, Temporal.Duration.from(length), more, calendar)
  if (times.length === 0) return { doubt: 'how long' }
  const { start, end, duration, precision = 'day' } = earlier.window ?? {}
  const begins = times.some((time) => time.window.start !== undefined)
  const held =
    start !== undefined && !begins ? [{ at: 0, to: 0, role: 'start' as const, window: { start, precision } }] : []
  const said = windowOf([...held, ...times], calendar)
  if (cues.ends && said.window?.start !== undefined && said.window.end !== undefined)
    return { window: { ...(start === undefined ? {} : { start }), ...withoutStart(said.window) } }
  if (said.doubt !== undefined || said.window?.end !== undefined || said.window?.duration !== undefined) return said
  // Only the beginning was said; the end that was agreed stays.
  const first = said.window?.start
  const last =
    first !== undefined && duration !== undefined ? printMoment(momentOf(first, calendar).add(duration)) : end
  if (last === undefined) return { window: said.window ?? earlier.window }
  if (first !== undefined && Date.parse(last) <= Date.parse(first)) return { doubt: 'that ends before it begins' }
  return { window: { ...(first === undefined ? {} : { start: first }), end: last, precision } }
}

const momentOf = (iso: string, { zone }: Calendar): Temporal.ZonedDateTime =>
  Temporal.Instant.from(iso).toZonedDateTimeISO(zone)

const withoutStart = ({ start: _start, ...rest }: Window): Window => rest

/** "a week longer" counts from the end that was asked for. Where none was, nobody can say from when. */
function movedEnd(
  window: Window | undefined,
  by: Temporal.Duration,
  way: 'longer' | 'shorter',
  calendar: Calendar,
): { readonly window?: Window; readonly doubt?: string } {
  const change = way === 'longer' ? by : by.negated()
  if (window?.end !== undefined) {
    const end = momentOf(window.end, calendar).add(change)
    return { window: { ...window, end: printMoment(end) } }
  }
  if (window?.duration === undefined) return { doubt: 'longer than what' }
  const until = calendar.now.add(window.duration).add(change)
  if (Temporal.ZonedDateTime.compare(until, calendar.now) <= 0) return { doubt: 'that leaves no time' }
  return { window: { ...window, duration: calendar.now.until(until, { largestUnit: 'days' }).toString() } }
}
