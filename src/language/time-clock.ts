import type { ClockTime } from './calendar.ts'
import { matchAt, type Read } from './read-at.ts'
import { ZONES } from './time-words.ts'

/**
 * A time of day as it was said. `open`: nothing tells which half of the day ("bare": a number alone, "9 to 5"); a part of the day or
 * the other end of a span may.
 */
export type SaidClock = ClockTime & { readonly open?: 'bare' | 'clock'; readonly half?: true }

/** A time of day at this place: `18:00`, `6pm`, `18h30`, `18 uhr`, `6 de la tarde`, `noon`. A bare number only when `loose`. */
export function readClock(text: string, at: number, loose = false): Read<{ time: SaidClock }> | undefined {
  const word = matchAt(NOON, text, at)
  if (word) return { time: { hour: 12, minute: 0 }, to: at + word[0].length }
  const late = matchAt(MIDNIGHT, text, at)
  if (late) return { time: { hour: 24, minute: 0 }, to: at + late[0].length }
  const half = matchAt(WITH_HALF, text, at)
  if (half) return readHalf(text, at, half)
  const full =
    matchAt(/(\d{1,2})[:h](\d{2})(?::00)?(?:\s?(?:uhr|h))?(?![\d:a-z])/, text, at) ??
    matchAt(/(\d{1,2})\s?(?:uhr|h|heures|o'clock)(?:\s?(\d{2}))?(?![\da-z])/, text, at) ??
    matchAt(/(\d{1,2})\.(\d{2})\s?uhr\b/, text, at)
  const alone = full
    ? undefined
    : matchAt(/(\d{1,2})()(?![\d:./]|\s?(?:h|hours?|d|days?|w|weeks?|m|min\w*|months?)\b)/, text, at)
  const said = full ?? alone
  if (!said) return undefined
  const to = at + said[0].length
  const part = matchAt(PART_BEHIND, text, to)
  if (!full && !loose && !part) return undefined
  const hour = Number(said[1])
  const minute = Number(said[2] || '0')
  if (hour > 24 || minute > 59 || (hour === 24 && minute > 0)) return { doubt: 'no such time of day', to }
  const open = hour >= 1 && hour <= 12 && !/^0/.test(said[0])
  const time: SaidClock = { hour, minute, ...(open ? { open: full ? ('clock' as const) : ('bare' as const) } : {}) }
  if (part) {
    const meant = inPartOfDay(time, part[0])
    const past = to + part[0].length
    return meant === undefined ? { doubt: 'which hour', to: past } : withZone(text, meant, past)
  }
  return withZone(text, time, to)
}

const NOON = /(?:noon|midday|(?:12 uhr )?mittags?|mediodia|midi)\b/
const MIDNIGHT = /(?:midnight|mitternacht|medianoche|minuit)\b/
const WITH_HALF = /(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2})?\s?(am|pm|a\.m\.?|p\.m\.?)(?![a-z])/
const PART_BEHIND =
  /,? (?:in the (?:morning|afternoon|evening)|at night|de la (?:manana|tarde|noche|madrugada)|du (?:matin|soir)|de l'apres-midi|(?:am )?(?:abends?|morgens|fruh|vormittags?|nachmittags?|nachts|mittags))\b/

function readHalf(text: string, at: number, said: RegExpExecArray): Read<{ time: SaidClock }> {
  const to = at + said[0].length
  const [hour, minute] = [Number(said[1]), Number(said[2] || '0')]
  if (hour < 1 || hour > 12 || minute > 59) return { doubt: 'no such time of day', to }
  return withZone(
    text,
    { hour: (hour % 12) + (said[3]?.startsWith('p') ? 12 : 0), minute, half: true },
    // "at 6 p.m." may end the sentence; the stop is no part of it then, and nothing reads it.
    to,
  )
}

function withZone(text: string, time: SaidClock, to: number): Read<{ time: SaidClock }> {
  const offset = matchAt(/\s?(?:utc|gmt)?([+-])(\d{1,2})(?::?(\d{2}))?(?![\d:])/, text, to)
  if (offset && /utc|gmt/.test(offset[0]) && Number(offset[2]) <= 14) {
    return {
      time: { ...time, offset: `${offset[1]}${(offset[2] ?? '').padStart(2, '0')}:${offset[3] ?? '00'}` },
      to: to + offset[0].length,
    }
  }
  const zone = matchAt(/\s?\(?(?!et [\da-z])([a-z]{1,5})\b\)?/, text, to)
  const known = ZONES.get(zone?.[1] ?? '')
  if (zone && known !== undefined) return { time: { ...time, offset: known }, to: to + zone[0].length }
  if (zone && /^(?:ist|bst|cst|mst|sst|ast|jst|aest|aedt|nzst|hkt|sgt|msk|wet|west|et|pt|ct)$/.test(zone[1] ?? '')) {
    return { doubt: 'which time zone that is', to: to + zone[0].length }
  }
  return { time, to }
}

/** Words for a part of a day behind a day ("Friday afternoon", "morgen Abend", "mañana por la tarde"). */
export const PART_OF_DAY =
  /,? ?(?:in the |at |au |le |en la |por la |a la |de la |am |this )?(?:morning|afternoon|evening|night|lunch(?:time)?|abends?|morgens?|vormittags?|mittags?|nachmittags?|nachts?|fruh|soir|soiree|matin|matinee|apres-midi|nuit|noche|tarde|manana|mediodia|madrugada)\b/

/** Earliest and latest hour that a part of a day can mean, and which hours said by twelve are later by twelve. */
const PARTS: readonly (readonly [
  sign: RegExp,
  from: number,
  to: number,
  late: readonly [number, number] | undefined,
])[] = [
  [/afternoon|nachmittag|apres-midi/, 12, 18, [1, 6]],
  [/tarde/, 12, 21, [1, 8]],
  [/morning|vormittag|morgen|fruh|matin|manana|madrugada/, 0, 12, undefined],
  [/evening|abend|soir/, 17, 24, [5, 11]],
  [/tonight|night|nacht|nuit|noche/, 18, 24, [7, 11]],
  [/mittag|lunch|mediodia/, 11, 14, [1, 2]],
]

/** The time of day in this part of a day; undefined when both cannot be. */
export function inPartOfDay(time: SaidClock, part: string): SaidClock | undefined {
  const [, from, to, late] = PARTS.find(([sign]) => sign.test(part)) ?? []
  if (from === undefined || to === undefined) return undefined
  const { open, ...clock } = time
  if (open && late && time.hour >= late[0] && time.hour <= late[1])
    return { ...clock, hour: time.hour + 12, half: true }
  return time.hour >= from && time.hour <= to ? { ...clock, half: true } : undefined
}

/**
 * Both ends of a span of hours, where one tells the half of the day for the other: "2-4pm", "1pm to 3", "9 to 5". Undefined when
 * nobody can say which hours are meant.
 */
export function settleHalves(
  from: SaidClock,
  until: SaidClock,
): { readonly from: SaidClock; readonly until: SaidClock } | undefined {
  const noon = (time: SaidClock): SaidClock => ({ ...time, hour: time.hour % 12 })
  const later = (time: SaidClock): SaidClock => ({ ...time, hour: (time.hour % 12) + 12 })
  if (from.open && until.half) {
    if (until.hour >= 12) return { from: minutesOf(later(from)) < minutesOf(until) ? later(from) : from, until }
    return { from: minutesOf(from) > minutesOf(until) ? later(from) : from, until }
  }
  if (from.half && until.open) {
    const [early, late] = [noon(until), later(until)]
    if (minutesOf(early) > minutesOf(from)) return { from, until: early }
    return { from, until: minutesOf(late) > minutesOf(from) ? late : early }
  }
  if (from.open !== 'bare' || (until.open === undefined && until.hour < 13))
    return from.open && until.open && minutesOf(until) <= minutesOf(from) ? undefined : { from, until }
  if (until.open === undefined) return { from, until }
  // "From 2 to 4" may be night or afternoon; "9 to 5" and "8 to 12" begin in the morning.
  if (from.hour < 7) return undefined
  return { from, until: minutesOf(until) <= minutesOf(from) ? later(until) : until }
}

export const minutesOf = (time: ClockTime): number => time.hour * 60 + time.minute
