import { Temporal } from 'temporal-polyfill'
import { type Refusal, refuse } from '../evidence/refusal.ts'
import type { Guardrails } from './schema.ts'

/** When access was asked for: `start` and `end` with their offset, `duration` counted from the start or from now. */
export type AskedWindow = {
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly duration?: string | undefined
}

/** When a grant begins and ends. `from` absent: at once. There is always an end: what nobody said is the guardrails' default. */
export type DecidedWindow = {
  readonly ok: true
  readonly from?: string
  readonly until: string
  /** Nobody said how long. */
  readonly byDefault: boolean
}

/** The window of a grant that was asked for now, whole seconds with the offset of `timezone`; or why there can be none. */
export function decideWindow(
  guardrails: Guardrails,
  asked: AskedWindow | undefined,
  now: Date,
  timezone = 'UTC',
): DecidedWindow | Refusal {
  const present = Temporal.Instant.fromEpochMilliseconds(now.getTime())
  const start = asked?.start === undefined ? undefined : readInstant(asked.start)
  if (start === null) return refuse('NOT_A_TIME', `"${asked?.start}" is no moment with its offset.`)
  const later = start && Temporal.Instant.compare(start, present) > 0 ? start : undefined
  const begins = (later ?? present).toZonedDateTimeISO(timezone)

  const byDefault = asked?.end === undefined && asked?.duration === undefined
  // A duration from a start that has passed has partly passed too.
  const counted = (start ?? present).toZonedDateTimeISO(timezone)
  const ends = endOf(counted, asked, guardrails.limits.defaultDuration)
  if (ends === null)
    return refuse('NOT_A_TIME', `"${asked?.end ?? asked?.duration}" is no moment with its offset, and no duration.`)
  if (Temporal.Instant.compare(ends, present) <= 0)
    return refuse('ALREADY_OVER', 'The end that was asked for is over already.')
  if (Temporal.Instant.compare(ends, begins.toInstant()) <= 0)
    return refuse('ENDS_BEFORE_START', 'The access would end before it begins.')

  const latest = begins.add(guardrails.limits.maxDuration).toInstant()
  if (Temporal.Instant.compare(ends, latest) > 0) {
    return refuse(
      'TOO_LONG',
      `Access may last until ${print(latest, timezone)} at most, and not until ${print(ends, timezone)}.`,
    )
  }
  return { ok: true, ...(later ? { from: print(later, timezone) } : {}), until: print(ends, timezone), byDefault }
}

/** The earlier of both when an end and a duration were said: neither may be overrun. */
function endOf(
  begins: Temporal.ZonedDateTime,
  asked: AskedWindow | undefined,
  otherwise: string,
): Temporal.Instant | null {
  const ends: (Temporal.Instant | null)[] = []
  if (asked?.end !== undefined) ends.push(readInstant(asked.end))
  const duration = asked?.duration ?? (asked?.end === undefined ? otherwise : undefined)
  if (duration !== undefined) ends.push(readEnd(begins, duration))
  return ends.reduce((a, b) => (a && b ? (Temporal.Instant.compare(a, b) <= 0 ? a : b) : null))
}

function readInstant(iso: string): Temporal.Instant | null {
  try {
    return Temporal.Instant.from(iso)
  } catch {
    return null
  }
}

function readEnd(begins: Temporal.ZonedDateTime, duration: string): Temporal.Instant | null {
  try {
    return begins.add(duration).toInstant()
  } catch {
    return null
  }
}

/** Whole seconds, cut off and never rounded up: an end may not move later. */
function print(instant: Temporal.Instant, timezone: string): string {
  return instant
    .toZonedDateTimeISO(timezone)
    .toString({ timeZoneName: 'never', smallestUnit: 'second', roundingMode: 'trunc' })
}
