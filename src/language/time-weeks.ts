import { Temporal } from 'temporal-polyfill'
import { type Calendar, comingWeekday, type Days, endOfWorkWeek, isoWeek, weekOf } from './calendar.ts'
import { matchAt, type Read } from './read-at.ts'
import { WEAK_WEEKDAYS, WEEKDAY_NUMBERS, weekdayOf } from './time-words.ts'

/** A day or days as they were said. `end`: said as the end of something; `weekday`: said by its name alone, so any week may be meant;
 * `run`: from one day to another, and not what is called by one name, like a week. */
export type SaidDays = Days & { readonly end?: boolean; readonly weekday?: number; readonly run?: true }

const one = (date: Temporal.PlainDate): Days => ({ first: date, last: date })

const IN_NEXT_WEEK =
  /,? (?:of |in |in the |der |de |de la )?(?:next week|the (?:coming|following) week|(?:nachste|kommende)[rn]? woche|(?:la )?(?:semana que viene|proxima semana|semana proxima)|(?:la )?semaine prochaine)\b/
const IN_THIS_WEEK = /,? (?:of |de )?(?:this week|diese[rn]? woche|esta semana|cette semaine)\b/

/** A day of the week by its name: `Friday`, `next Monday`, `Fri 27 Nov`, `Friday next week`, `Mon-Wed next week`. */
export function readWeekday(
  text: string,
  at: number,
  calendar: Calendar,
  sure: boolean,
  readDate: (text: string, at: number, calendar: Calendar, sure: boolean) => Read<Days> | undefined,
): Read<SaidDays> | undefined {
  const found = matchAt(
    /(?:(this|next|coming|the coming|this coming|diese[nr]?|nachste[nr]?|kommende[nr]?|este|proximo|el proximo|el|ce) )?([a-z]{2,12}?)(?:(?<=tag|woch)(?=abend|mittag|morgen|vormittag|nachmittag|nacht)|\.?\b)(?: (prochain|en ocho|en huit)\b)?(?: que viene\b)?/,
    text,
    at,
  )
  const weekday = weekdayOf(found?.[2] ?? '')
  if (!found || weekday === undefined) return undefined
  const [whole, before, word = '', after] = found
  const bare =
    whole.endsWith('.') && !/\.\s*[,\d]/.test(text.slice(at + whole.length - 1, at + whole.length + 3))
      ? whole.length - 1
      : whole.length
  const to = at + bare
  const exact = matchAt(/,? (?:the |den |dem |el |le )?/, text, to)
  const date = exact ? readDate(text, to + exact[0].length, calendar, false) : undefined
  if (date && date.doubt === undefined) {
    return date.first.dayOfWeek === weekday
      ? date
      : { doubt: `whether the day or the date is meant: that date is another weekday`, to: date.to }
  }
  if (WEAK_WEEKDAYS.has(word) && !sure && before === undefined && !beginsRun(text, at + whole.length)) return undefined
  const run = before === undefined ? readRun(text, to, weekday, calendar) : undefined
  if (run) return run
  const next = matchAt(IN_NEXT_WEEK, text, to)
  if (next) return { ...one(dayInWeek(calendar, 1, weekday)), to: to + next[0].length }
  const current = matchAt(IN_THIS_WEEK, text, to)
  if (current) {
    const day = dayInWeek(calendar, 0, weekday)
    const past = to + current[0].length
    return Temporal.PlainDate.compare(day, calendar.today) < 0
      ? { doubt: 'that is already over', to: past }
      : { ...one(day), to: past }
  }
  if (matchAt(/ (?:in \S+ weeks?|week\b|in a week|in einer woche)\b/, text, to)) return { doubt: 'which week', to }
  const asNext = before !== undefined && /next|nachst|proximo/.test(before)
  if (weekday === calendar.today.dayOfWeek && !asNext) return { doubt: 'today or in a week', to }
  const coming = comingWeekday(calendar, weekday)
  const nextWeeks = dayInWeek(calendar, 1, weekday)
  if ((asNext || after !== undefined) && !coming.equals(nextWeeks)) return { doubt: 'this week or the next', to }
  return { ...one(coming), weekday, to }
}

const RUN = /(?:\s?-\s?| (?:to|through|thru|until|till|bis|al?|au) )/

const beginsRun = (text: string, at: number): boolean => {
  const joint = matchAt(RUN, text, at)
  const second = joint && matchAt(/[a-z]{2,10}\b/, text, at + joint[0].length)
  return second !== undefined && WEEKDAY_NUMBERS.has(second[0])
}

/** `Mon-Wed next week`: days of one week. `Mon-Fri` alone may be every week's. */
function readRun(text: string, past: number, weekday: number, calendar: Calendar): Read<SaidDays> | undefined {
  const joint = matchAt(RUN, text, past)
  const second = joint && matchAt(/[a-z]{2,10}\b/, text, past + joint[0].length)
  const last = second && WEEKDAY_NUMBERS.get(second[0])
  if (!joint || !second || last === undefined) return undefined
  const to = past + joint[0].length + second[0].length
  const next = matchAt(IN_NEXT_WEEK, text, to)
  const current = next ? undefined : matchAt(IN_THIS_WEEK, text, to)
  const week = next ? 1 : current ? 0 : undefined
  if (week === undefined) return joint[0].trim() === '-' ? { doubt: 'in which weeks', to } : undefined
  return runOf(calendar, week, [weekday, last], to + (next ?? current ?? [''])[0].length)
}

/** From one day to another of one week; what of it is over does not count. */
function runOf(calendar: Calendar, week: number, [from, until]: readonly [number, number], to: number): Read<SaidDays> {
  const [first, last] = [dayInWeek(calendar, week, from), dayInWeek(calendar, week, until)]
  if (Temporal.PlainDate.compare(first, last) > 0) return { doubt: 'which days', to }
  if (Temporal.PlainDate.compare(last, calendar.today) < 0) return { doubt: 'that is already over', to }
  return Temporal.PlainDate.compare(first, calendar.today) < 0
    ? { first: calendar.today, last, run: true, to }
    : { first, last, run: true, to }
}

/** `next week Tuesday`, `next week, Mon-Wed`: which days of a week that was named. */
function withinWeek(text: string, at: number, calendar: Calendar, week: number): Read<SaidDays> | undefined {
  const joint = matchAt(/,? (?:on |am |el |le |from |von |del? |du )?/, text, at)
  const first = joint && matchAt(/[a-z]{2,10}\b/, text, at + joint[0].length)
  const weekday = first && WEEKDAY_NUMBERS.get(first[0])
  if (!joint || !first || weekday === undefined || WEAK_ALONE.has(first[0])) return undefined
  const past = at + joint[0].length + first[0].length
  const run = matchAt(RUN, text, past)
  const second = run && matchAt(/[a-z]{2,10}\b/, text, past + run[0].length)
  const last = second && WEEKDAY_NUMBERS.get(second[0])
  if (!run || !second || last === undefined) return runOf(calendar, week, [weekday, weekday], past)
  return runOf(calendar, week, [weekday, last], past + run[0].length + second[0].length)
}

/** Names of days that are also little words: beside a week they are those. */
const WEAK_ALONE = new Set(['do', 'di', 'mi', 'mar', 'dim', 'vie', 'ven', 'fr', 'mo'])

function dayInWeek(calendar: Calendar, weeks: number, weekday: number): Temporal.PlainDate {
  const place = calendar.settings.weekStart === 'monday' ? weekday - 1 : weekday % 7
  return weekOf(calendar, weeks).first.add({ days: place })
}

const NUMBERED =
  /(?:the )?(?:(end of|ende(?: der| von)?|fin de(?: la)?|finales de(?: la)?) )?(?:cw|kw|wk|calendar week|kalenderwoche|week|woche|semana|semaine) ?(?:no\.? |nr\.? )?(\d{1,2})(?: ?\/ ?(\d{4}))?(?![\d:])(?! ?(?:hours?|days?|weeks?))/
const NEXT_WEEK =
  /(?:the )?(?:whole |entire |all )?(?:of )?(?:next|coming|following) week\b|(?:die )?(?:ganze )?(?:nachste|kommende)(?:r|n)? woche\b|(?:toda )?(?:la )?(?:proxima semana|semana que viene|semana proxima)\b|(?:toute )?(?:la )?semaine prochaine\b/
const THIS_WEEK =
  /(?:this|all) week\b|the (?:whole|entire) week\b|diese(?:r|n)? woche\b|die ganze woche\b|(?:toda )?esta semana\b|toda la semana\b|cette semaine\b|toute la semaine\b/
const WEEKEND =
  /(?:the |this |das |dieses |dem )?(?:coming |whole |entire |kommendes? )?(?:weekend|wochenende)\b|(?:todo )?(?:este |el )?fin de semana\b|(?:ce |le )?week-?end(?: prochain)?\b/

/** Weeks and weekends. */
export function readWeek(text: string, at: number, calendar: Calendar): Read<SaidDays> | undefined {
  const numbered = matchAt(NUMBERED, text, at) ?? matchAt(/()()(\d{4})-w(\d{2})(?!\d)/, text, at)
  if (numbered) {
    const number = Number(numbered[2] || numbered[4])
    const to = at + numbered[0].length
    const week = numberedWeek(calendar, number, numbered[3] === undefined ? undefined : Number(numbered[3]))
    if (week === undefined) return { doubt: 'which week that is', to }
    const last = numbered[1] ? endOfWorkWeek(week, calendar) : undefined
    return last ? { ...one(last), end: true, to } : { ...week, to }
  }
  const next = matchAt(NEXT_WEEK, text, at)
  if (next)
    return withinWeek(text, at + next[0].length, calendar, 1) ?? { ...weekOf(calendar, 1), to: at + next[0].length }
  const current = matchAt(THIS_WEEK, text, at)
  if (current) {
    const last = endOfWorkWeek(weekOf(calendar, 0), calendar)
    return last
      ? { first: calendar.today, last, to: at + current[0].length }
      : { doubt: 'this week is over', to: at + current[0].length }
  }
  const ending = matchAt(
    /(?:the )?end of (?:the |this )?weekend\b|ende des wochenendes\b|fin del fin de semana\b|(?:la )?fin du week-?end\b/,
    text,
    at,
  )
  const weekend = ending ?? matchAt(WEEKEND, text, at)
  if (!weekend) return undefined
  const to = at + weekend[0].length
  if (calendar.today.dayOfWeek >= 6) return { doubt: 'this weekend or the next', to }
  const saturday = comingWeekday(calendar, 6)
  const sunday = saturday.add({ days: 1 })
  return ending ? { ...one(sunday), end: true, to } : { first: saturday, last: sunday, to }
}

function numberedWeek(calendar: Calendar, number: number, year: number | undefined): Days | undefined {
  if (number < 1 || number > 53) return undefined
  if (year !== undefined) return isoWeek(year, number)
  const thisYear = calendar.today.yearOfWeek ?? calendar.today.year
  for (const candidate of [thisYear, thisYear + 1]) {
    const week = isoWeek(candidate, number)
    if (!week || Temporal.PlainDate.compare(week.last, calendar.today) < 0) continue
    return candidate === thisYear || calendar.today.until(week.first).days <= 200 ? week : undefined
  }
  return undefined
}
