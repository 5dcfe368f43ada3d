import { matchAt, type Read } from './read-at.ts'
import { FOR, NUMBERS, nearWord, UNITS } from './time-words.ts'

/** A length of time in whole units, as it was said. */
export type Length = {
  years?: number
  months?: number
  weeks?: number
  days?: number
  hours?: number
  minutes?: number
}

/** A length at this place, with the words that lead to it and follow it. */
export type SaidLength = {
  readonly length: Length
  /** `for`, `by`, `in`, `another`: what stood before it. */
  readonly lead: string
  /** It is said to come on top of what there is: `+2h`, `another hour`, `two weeks more`. */
  readonly more: boolean
}

const LEAD = new RegExp(
  `(?:(?:${FOR}|by|um|in|dentro de|dans)\\s+)*(?:(?:a further|further|an additional|additional|an extra|extra|weitere[nrs]?|zusatzliche[nrs]?|otr[oa]s?|encore|noch)\\s+)?(?:(?:the |los |las |les |die )?(?:whole |full |entire )?(?:next|following|coming|nachsten|kommenden|proximos|proximas|prochaines|prochains)\\s+)?(?:(?:at most|max\\.?|maximum|maximal|hochstens|a maximum of|not more than|no more than|up to|just|only|nur|solo|exactly|exakt|genau|exactement|exactamente|another|about|around|roughly|ungefahr|etwa|unos|unas|environ|a full|a whole|ein paar)\\s+)*\\+?\\s?`,
)
const MORE_BEFORE =
  /\banother |\bfurther |\badditional |\bextra |\bweitere|\bzusatzliche|\botr[oa]s? |\bencore |\bnoch |\+/
const MORE_BEHIND =
  /,? (?:more|longer|extra|additional|on top|langer|mehr|zusatzlich|mas|adicionales?|de plus|supplementaires?)\b/
const INSIDE = /[ -]?(?:more |extra |additional |further |weitere |zusatzliche |mas |full |whole |entire )?([a-z]+)\b/
/** "Three working days", "two hours a day", "1 to 2 days": how long that is nobody has said. */
const UNCLEAR_BEHIND = /,? (?:or (?:so|two|three|\d+)|a day|a week|per|each|every|am tag|pro tag|al dia|par jour)\b/
const EITHER = /\s?(?:-|or|to|oder|bis|ou|a) ?(?=(?:\d+|[a-z]+)[ -]?[a-z]+\b)/

/** `for 2 hours`, `90 min`, `2 days and 4 hours`, `+2h`, `an hour and a half`, `anderthalb Stunden`. */
export function readSaidLength(text: string, at: number): Read<SaidLength> | undefined {
  const lead = matchAt(LEAD, text, at)?.[0] ?? ''
  const whole = readWhole(text, at + lead.length, lead.trim() !== '')
  if (whole && whole.doubt !== undefined) return whole
  const read = whole ?? readParts(text, at + lead.length)
  if (!read || read.doubt !== undefined) return read
  const { length } = read
  let { to } = read
  const inside = text.slice(at + lead.length, to)
  const behind = matchAt(MORE_BEHIND, text, to)
  if (behind) to += behind[0].length
  const unclear = matchAt(UNCLEAR_BEHIND, text, to)
  if (unclear) return { doubt: 'how long', to: to + unclear[0].length }
  if (/\b(?:about|around|roughly|ungefahr|etwa|unos|unas|environ) /.test(lead)) return { doubt: 'exactly how long', to }
  if (/ein paar /.test(lead)) return { doubt: 'how long', to }
  const more =
    MORE_BEFORE.test(lead) ||
    behind !== undefined ||
    / ?(?:more|extra|additional|further|weitere|zusatzliche|mas) /.test(inside)
  return { length, lead, more, to }
}

/** Lengths that are one word or a phrase. */
const WHOLE: readonly (readonly [RegExp, Length])[] = [
  [/(?:an? |one )?fortnight\b/, { weeks: 2 }],
  [
    /(?:an? |one )hour and a half\b|(?:one|1) and a half hours?\b|(?:anderthalb|eineinhalb) stunden?\b|une heure et demie\b|(?:una )?hora y media\b/,
    { hours: 1, minutes: 30 },
  ],
  [
    /(?:two|2) and a half hours\b|zweieinhalb stunden\b|deux heures et demie\b|dos horas y media\b/,
    { hours: 2, minutes: 30 },
  ],
  [
    /(?:three|3) and a half hours\b|dreieinhalb stunden\b|trois heures et demie\b|tres horas y media\b/,
    { hours: 3, minutes: 30 },
  ],
  [
    /(?:a|one|1) day and a half\b|(?:anderthalb|eineinhalb) tage\b|un jour et demi\b|un dia y medio\b/,
    { days: 1, hours: 12 },
  ],
  [
    /(?:a|one|1) week and a half\b|(?:anderthalb|eineinhalb) wochen\b|une semaine et demie\b|una semana y media\b/,
    { weeks: 1, days: 3, hours: 12 },
  ],
  [/(?:eine )?viertelstunde\b|(?:un )?quart d'heure\b|(?:un )?cuarto de hora\b/, { minutes: 15 }],
  [/(?:eine )?(?:drei ?viertelstunde)\b|trois quarts d'heure\b|tres cuartos de hora\b/, { minutes: 45 }],
  [/(?:eine )?halbe[nr]? stunde\b|(?:une )?demi-heure\b|media hora\b/, { minutes: 30 }],
  [/(?:einen )?halben tag\b|(?:une )?demi-journee\b|medio dia\b/, { hours: 12 }],
]

/** `led`: words lead to a length, so that "2h30" is none of the clock. */
function readWhole(text: string, at: number, led: boolean): Read<{ length: Length }> | undefined {
  for (const [pattern, length] of WHOLE) {
    const found = matchAt(pattern, text, at)
    if (found) return { length, to: at + found[0].length }
  }
  const short = matchAt(led ? /(\d{1,2})h ?(\d{2})(?: ?m(?:in)?)?\b/ : /(\d{1,2})h ?(\d{2}) ?m(?:in)?\b/, text, at)
  if (short && Number(short[2]) < 60)
    return { length: { hours: Number(short[1]), minutes: Number(short[2]) }, to: at + short[0].length }
  const vague = matchAt(/(?:une |la )?(?:quinzaine|huitaine|quincena)\b/, text, at)
  return vague ? { doubt: 'how long', to: at + vague[0].length } : undefined
}

function readParts(text: string, at: number): Read<{ length: Length }> | undefined {
  const total: Length = {}
  let to = at
  const single = /\b(?:another|further|additional|extra|otr[oa]) $/.test(text.slice(0, at))
    ? matchAt(/[a-z]+\b/, text, at)
    : undefined
  const one = single && unitOf(single[0])
  if (single && one !== undefined) return { length: { [one]: 1 }, to: at + single[0].length }
  for (let parts = 0; parts < 4; parts++) {
    const joint = parts === 0 ? 0 : (matchAt(/\s*(?:,|and|und|y|et)?\s*/, text, to)?.[0].length ?? 0)
    const number = readNumber(text, to + joint)
    const unit = number && matchAt(INSIDE, text, number.to)
    const key = unit && unitOf(unit[1] ?? '')
    const either = number && key === undefined ? matchAt(EITHER, text, number.to) : undefined
    const second = number && either ? readNumber(text, number.to + either[0].length) : undefined
    const unitBehind = second && matchAt(INSIDE, text, second.to)
    if (parts === 0 && second && unitBehind && unitOf(unitBehind[1] ?? '') !== undefined)
      return { doubt: 'how long', to: second.to + unitBehind[0].length }
    if (!number || !unit || key === undefined) break
    // "Two hours a day" says how often; only ever smaller units make one length.
    if (Object.keys(total).some((larger) => ORDER.indexOf(larger) >= ORDER.indexOf(key)))
      return { doubt: 'how often', to: number.to + unit[0].length }
    total[key] = (total[key] ?? 0) + number.value
    to = number.to + unit[0].length
  }
  if (Object.keys(total).length === 0) return undefined
  const length = wholeLength(total)
  return length === undefined ? { doubt: 'how long', to } : { length, to }
}

const ORDER: readonly string[] = ['years', 'months', 'weeks', 'days', 'hours', 'minutes']

const unitOf = (word: string): keyof Length | undefined => UNITS.get(word) ?? nearWord(word, UNITS)

/** Fractions become the next smaller unit; undefined when that does not come out even. */
function wholeLength(total: Length): Length | undefined {
  const smaller: readonly [keyof Length, keyof Length, number][] = [
    ['weeks', 'days', 7],
    ['days', 'hours', 24],
    ['hours', 'minutes', 60],
  ]
  for (const [unit, next, count] of smaller) {
    const value = total[unit] ?? 0
    const rest = value - Math.trunc(value)
    if (rest === 0) continue
    total[unit] = Math.trunc(value)
    total[next] = (total[next] ?? 0) + rest * count
  }
  const values = Object.values(total)
  if (!values.every((value) => Math.abs(value - Math.round(value)) < 1e-9) || values.every((value) => value === 0))
    return undefined
  return Object.fromEntries(
    Object.entries(total)
      .filter(([, value]) => value > 0)
      .map(([unit, value]) => [unit, Math.round(value)]),
  )
}

/** ISO 8601, in the units that were said. */
export function printLength(length: Length): string {
  const date = `${length.years ? `${length.years}Y` : ''}${length.months ? `${length.months}M` : ''}${length.weeks ? `${length.weeks}W` : ''}${length.days ? `${length.days}D` : ''}`
  const time = `${length.hours ? `${length.hours}H` : ''}${length.minutes ? `${length.minutes}M` : ''}`
  return `P${date}${time ? `T${time}` : ''}`
}

/** A whole number in figures or words, `half` and `1.5` included. */
function readNumber(text: string, at: number): { readonly value: number; readonly to: number } | undefined {
  const half = matchAt(/(?:half (?:an?|of an?)|half|eine halbe|media|une demi)[ -]/, text, at)
  if (half) return { value: 0.5, to: at + half[0].length }
  const quarters = matchAt(/(?:(three )quarters?|(?:an? )?quarter) (?:of )?(?:an? )?(?=hour)/, text, at)
  if (quarters) return { value: quarters[1] === undefined ? 0.25 : 0.75, to: at + quarters[0].length }
  const figures = matchAt(/(\d{1,4})(?:[.,](\d))?(?![\d.,:/]*\d)/, text, at)
  if (figures) return { value: Number(`${figures[1]}.${figures[2] ?? 0}`), to: at + figures[0].length }
  const word = matchAt(/[a-z]+(?:-[a-z]+)?\b/, text, at)
  const value = NUMBERS.get(word?.[0] ?? '') ?? NUMBERS.get(word?.[0].replace(/-.*/, '') ?? '')
  const length = NUMBERS.has(word?.[0] ?? '') ? (word?.[0].length ?? 0) : (word?.[0].replace(/-.*/, '').length ?? 0)
  return word && value !== undefined ? { value, to: at + length } : undefined
}
