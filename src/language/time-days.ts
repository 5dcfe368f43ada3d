import type { Temporal } from 'temporal-polyfill'
import { type Calendar, type Days, endOfWorkWeek, weekOf } from './calendar.ts'
import { matchAt, type Read } from './read-at.ts'
import { PART_OF_DAY } from './time-clock.ts'
import { readDate, readDateRun } from './time-dates.ts'
import { readWeek, readWeekday, type SaidDays } from './time-weeks.ts'
import { NUMBERS } from './time-words.ts'

/** A day or run of days at this place. `sure` says that a time word stood before it, so that `fri` and `mo` are days. */
export function readDays(text: string, at: number, calendar: Calendar, sure: boolean): Read<SaidDays> | undefined {
  const closing = matchAt(CLOSING, text, at)
  const closed = closing && readDays(text, at + closing[0].length, calendar, true)
  if (closed && closed.doubt === undefined && closed.first.equals(closed.last)) return { ...closed, end: true }
  const days =
    readDateRun(text, at, calendar) ??
    readDate(text, at, calendar, sure) ??
    readFarDay(text, at, calendar) ??
    readRelativeDay(text, at, calendar) ??
    readWeekday(text, at, calendar, sure, readDate) ??
    readWeek(text, at, calendar)
  return days && days.doubt === undefined && !days.end
    ? (toItsEnd(text, days) ?? withNextDay(text, days, calendar))
    : days
}

const one = (date: Temporal.PlainDate): Days => ({ first: date, last: date })

/** "EOD Friday", "close of business on Thursday". */
const CLOSING = /(?:(?:the )?(?:end|close) of (?:the )?(?:business|play|day)|eod|eob|cob|end)(?:,? (?:on |of )?)/

/** "Friday EOD", "tomorrow close of business": the day is said to its end. */
const CLOSED =
  /,? (?:eod|eob|cob|end of (?:the )?day|end of business|close of (?:business|play|day)|close|feierabend|tagesende|a ultima hora|en fin de journee|fin de journee)\b/

function toItsEnd(text: string, days: SaidDays & { readonly to: number }): Read<SaidDays> | undefined {
  const found = days.first.equals(days.last) ? matchAt(CLOSED, text, days.to) : undefined
  return found ? { ...one(days.last), end: true, to: days.to + found[0].length } : undefined
}

/** "Thursday and Friday", "today and tomorrow": two days side by side are one run; others are asked about by whoever adds them up. */
function withNextDay(text: string, days: SaidDays & { readonly to: number }, calendar: Calendar): Read<SaidDays> {
  const joint = matchAt(/ (?:and|und|y|et|&|\+) (?:on |am |el |le )?/, text, days.to)
  if (!joint || !days.first.equals(days.last)) return days
  const at = days.to + joint[0].length
  const next =
    readDate(text, at, calendar, true) ??
    readRelativeDay(text, at, calendar) ??
    readWeekday(text, at, calendar, true, readDate)
  if (!next || next.doubt !== undefined || next.end || matchAt(PART_OF_DAY, text, next.to)) return days
  return next.first.equals(next.last) && next.first.equals(days.last.add({ days: 1 }))
    ? { first: days.first, last: next.last, to: next.to }
    : days
}

/** `a week from today`, `two days from tomorrow`, `heute in einer Woche`: a day told by how far it is from another. */
function readFarDay(text: string, at: number, calendar: Calendar): Read<SaidDays> | undefined {
  const far =
    matchAt(/(\d{1,2}|[a-z]+) (days?|weeks?|months?) (?:from|after) /, text, at) ??
    matchAt(/(\d{1,2}|[a-z]+) (tage?|wochen?|monate?) (?:nach|ab) /, text, at)
  const count = far && (/^\d/.test(far[1] ?? '') ? Number(far[1]) : NUMBERS.get(far[1] ?? ''))
  if (!far || count === undefined) return undefined
  const next = at + far[0].length
  const base = readRelativeDay(text, next, calendar) ?? readWeekday(text, next, calendar, true, readDate)
  if (!base || base.doubt !== undefined || base.end) return undefined
  const unit = /^d|^t/.test(far[2] ?? '')
    ? { days: count }
    : /^w/.test(far[2] ?? '')
      ? { weeks: count }
      : { months: count }
  return { ...one(base.last.add(unit)), to: base.to }
}

/** today, tomorrow, the end of something, and their sisters. */
function readRelativeDay(text: string, at: number, calendar: Calendar): Read<SaidDays> | undefined {
  for (const [pattern, dayOf, end] of RELATIVE) {
    const found = matchAt(pattern, text, at)
    if (!found) continue
    const day = dayOf(calendar)
    const to = at + found[0].length
    return day === undefined ? { doubt: 'that is already over', to } : { ...one(day), end, to }
  }
  for (const [pattern, months] of MONTHS_FROM_HERE) {
    const found = matchAt(pattern, text, at)
    if (!found) continue
    const first = months === 0 ? calendar.today : calendar.today.with({ day: 1 }).add({ months })
    return { first, last: first.with({ day: first.daysInMonth }), to: at + found[0].length }
  }
  return undefined
}

const MONTHS_FROM_HERE: readonly (readonly [RegExp, number])[] = [
  [
    /(?:the )?(?:next|coming) month\b|(?:den )?(?:nachsten|kommenden) monat\b|(?:el )?(?:mes que viene|proximo mes)\b|(?:le )?mois prochain\b/,
    1,
  ],
  [/this month\b|diesen monat\b|este mes\b|ce mois(?:-ci)?\b/, 0],
]

const THE =
  '(?:the |this |of |der |des |dieses |dieser |diese |de |de la |del |du |de este |de esta |de cette |de ce |de l)?'

const RELATIVE: readonly (readonly [RegExp, (calendar: Calendar) => Temporal.PlainDate | undefined, boolean])[] = [
  [
    /(?:the )?day after tomorrow\b|ubermorgen\b|pasado manana\b|apres[- ]demain\b/,
    ({ today }) => today.add({ days: 2 }),
    false,
  ],
  [
    /(?:(?:the )?(?:end|close) of|ende|finales de|fin de) (?:next week|nachster woche|kommender woche|der nachsten woche|(?:la )?(?:proxima semana|semana que viene)|(?:la )?semaine prochaine)\b/,
    (calendar) => endOfWorkWeek(weekOf(calendar, 1), calendar),
    true,
  ],
  [
    /(?:(?:the )?end of|ende(?: des)?|(?:a )?finales de|fin de|fin) (?:next month|nachsten monats?|(?:el )?(?:proximo mes|mes que viene)|(?:du )?mois prochain)\b/,
    ({ today }) => lastOfMonth(today.add({ months: 1 })),
    true,
  ],
  [
    /(?:the )?end of next quarter\b|ende (?:des )?nachsten quartals\b/,
    ({ today }) => lastOfQuarter(today.add({ months: 3 })),
    true,
  ],
  [
    /(?:the )?(?:end|close) of (?:business |play |day )?tomorrow\b|tomorrow's (?:end|close)\b|morgen (?:feierabend|tagesende)\b/,
    ({ today }) => today.add({ days: 1 }),
    true,
  ],
  [
    /(?:tomorrow|tmrw|tmr|2moro|tomorow|tommorow|tommorrow|tomorroow|tommorw|tomrrow|tomorro)\b|(?<!\bam )morgen\b|demain\b|(?<!\b(?:la|esta|de|cada|pasado) )manana\b/,
    ({ today }) => today.add({ days: 1 }),
    false,
  ],
  [
    /(?:the )?(?:end|rest|close|remainder) of (?:the |this )?(?:day|business|play|today|working day|workday)\b|the (?:rest|remainder) of today\b|(?<=\bfor )the day\b(?! (?:after|before|of))|eod\b|eob\b|cob\b|(?:den )?rest des tages\b|tagesende\b|ende des tages\b|feierabend\b|(?:el )?(?:fin|final|resto) del dia\b|(?:la )?fin de (?:la )?journee\b|(?:le )?reste de la journee\b/,
    ({ today }) => today,
    true,
  ],
  [
    /today\b|heute\b|hoy\b|aujourd'hui\b|to(?=night\b)|this (?=morning|afternoon|evening)|esta (?=noche|tarde|manana)|ce (?=soir|matin)|cet (?=apres-midi)|cette (?=nuit)/,
    ({ today }) => today,
    false,
  ],
  [
    new RegExp(
      `(?:the )?(?:end|rest|remainder|close) of ${THE}month\\b|eom\\b|month'?s? end\\b|monatsende\\b|ende (?:des |dieses |vom )?monat(?:e?s)?\\b|(?:el )?resto del mes\\b|(?:a )?(?:fin|final|finales) (?:de |del |de este )?mes\\b|(?:la )?fin (?:du|de ce|de) mois\\b|(?:le )?reste du mois\\b`,
    ),
    ({ today }) => lastOfMonth(today),
    true,
  ],
  [
    new RegExp(
      `(?:the )?(?:end|rest|remainder|close) of ${THE}year\\b|eoy\\b|year'?s? end\\b|jahresende\\b|ende (?:des |dieses )?jahres\\b|(?:a )?(?:fin|final|finales) (?:de |del |de este )?ano\\b|(?:la )?fin (?:de l'|de cette )?annee\\b`,
    ),
    ({ today }) => today.with({ month: 12, day: 31 }),
    true,
  ],
  [
    new RegExp(
      `(?:the )?(?:end|rest|remainder|close) of ${THE}quarter\\b|eoq\\b|quarter'?s? end\\b|quartalsende\\b|ende (?:des |dieses )?quartals\\b|(?:fin|final|finales) (?:de |del |de este )?trimestre\\b|fin du trimestre\\b|fin de ce trimestre\\b`,
    ),
    ({ today }) => lastOfQuarter(today),
    true,
  ],
  [
    new RegExp(
      `(?:the )?(?:end|rest|remainder|close) of ${THE}(?:week|work week|working week|workweek)\\b(?! ?\\d)|eow\\b|week'?s end\\b|wochenende der woche\\b|(?:den )?rest der woche\\b|ende (?:der |dieser )?woche\\b|(?:el )?resto de (?:la|esta) semana\\b|(?:a )?finales de (?:la |esta )?semana\\b|fin de esta semana\\b|final de (?:la |esta )?semana\\b|(?:la )?fin de (?:la |cette )?semaine\\b|(?:le )?reste de la semaine\\b`,
    ),
    (calendar) => endOfWorkWeek(weekOf(calendar, 0), calendar),
    true,
  ],
]

const lastOfMonth = (day: Temporal.PlainDate): Temporal.PlainDate => day.with({ day: day.daysInMonth })
const lastOfQuarter = (day: Temporal.PlainDate): Temporal.PlainDate =>
  lastOfMonth(day.with({ day: 1, month: Math.ceil(day.month / 3) * 3 }))
