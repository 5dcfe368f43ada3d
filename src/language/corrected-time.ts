import { Temporal } from 'temporal-polyfill'
import { type Calendar, startOf } from './calendar.ts'
import type { Item } from './items.ts'
import { readTimes } from './time.ts'
import type { TimeExpression } from './time-expression.ts'

/**
 * The time that was said instead, heard as the one that it replaces was: after "until Friday", "no, Thursday" is an end too, and after
 * "tomorrow 14-16", "15-17" is tomorrow. Undefined when that is not certain.
 */
export function correctedTime(
  old: Item | undefined,
  fresh: readonly Item[],
  { folded, calendar }: { readonly folded: string; readonly calendar: Calendar },
): readonly Item[] | undefined {
  const [item, ...others] = fresh
  if (old?.is !== 'time' || item?.is !== 'time' || others.length > 0) return undefined
  const said = folded.slice(item.at, item.to)
  const led =
    ['end', 'start', 'length', 'doubt'].includes(item.time.role) &&
    /^(?:up )?(?:[a-z']+ )*(?:until|till|til|bis|hasta|jusqu'\w+|from|ab|von|desde|for|fur|por|pour|durante|pendant)\b/.test(
      said,
    )
  const lead =
    led || item.time.role === 'length'
      ? ''
      : old.time.role === 'end'
        ? 'until '
        : old.time.role === 'start'
          ? 'from '
          : ''
  const dayOfOld = (old.time.window.start ?? old.time.window.end)?.slice(0, 10)
  const own = readAlone(lead + said, calendar)
  const dayless = own === undefined || own.clock !== undefined || own.dayless === true || item.time.dayless === true
  const time =
    dayless && dayOfOld !== undefined
      ? readAlone(lead + said, onDay(calendar, dayOfOld))
      : (own ?? (lead === '' ? item.time : undefined))
  if (time === undefined || time.role === 'doubt' || time.role === 'since') return undefined
  // "Until Friday 5pm, no, Thursday": whether the hour still holds, nobody has said.
  const hourLost =
    old.time.window.precision === 'minute' && time.window.precision === 'day' && old.time.window.end !== undefined
  if (hourLost || (severalDays(old.time) && !severalDays(time) && time.role === 'span' && item.time.dayless !== true))
    return undefined
  return [{ is: 'time', time: { ...time, at: item.at, to: item.to }, at: item.at, to: item.to }]
}

/** "From Wednesday until Friday": which of both ends another day would replace, nobody can say. */
const severalDays = ({ window: { start, end } }: TimeExpression): boolean =>
  start !== undefined && end !== undefined && start.slice(0, 10) !== end.slice(0, 10)

/** The one time that these words are, when they are nothing else. */
function readAlone(words: string, calendar: Calendar): TimeExpression | undefined {
  const [time, ...others] = readTimes(words, calendar)
  return time && others.length === 0 && time.at === 0 && time.to === words.length ? time : undefined
}

/** As if it were that day, or now when that is today. */
function onDay(calendar: Calendar, date: string): Calendar {
  const today = Temporal.PlainDate.from(date)
  if (today.equals(calendar.today)) return calendar
  return { ...calendar, today, now: startOf(today, calendar) }
}
