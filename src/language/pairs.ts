import type { Item } from './items.ts'

/** Who gets something, what they get, from where, until when; a word that lists; a little word; a word that narrows; anything else. */
export type Part = 'who' | 'service' | 'place' | 'time' | 'joint' | 'small' | 'narrows' | 'other'

const SMALL = new Set([
  'filler',
  'to',
  'for',
  'on',
  'access',
  'thing',
  'group',
  'give',
  'need',
  'take',
  'stretch',
  'reach',
])
const NARROWS = new Set(['except', 'not', 'or', 'only', 'readonly', 'via', 'everybody', 'everything'])

/** What an item is in a request. */
export function partOf(item: Item | undefined): Part {
  switch (item?.is) {
    case 'name': {
      const [only, ...others] = new Set(item.mention.entities.map(({ type }) => type))
      if (others.length > 0) return only === 'group' || only === 'person' ? 'who' : 'other'
      return only === 'service' ? 'service' : only === 'network' ? 'place' : only === 'device' ? 'other' : 'who'
    }
    case 'literal':
      if (item.literal.is === 'mention' || item.literal.is === 'email') return 'who'
      if (item.literal.is === 'host') return 'service'
      if (item.literal.is === 'ticket') return 'small'
      return item.literal.is === 'cidr' ? 'place' : 'other'
    case 'time':
      return item.time.role === 'since' ? 'other' : 'time'
    case 'comma':
      return 'joint'
    case 'stop':
      return 'small'
    case 'word':
      if (item.class === 'and') return 'joint'
      if (item.class === 'me') return 'who'
      return SMALL.has(item.class) ? 'small' : NARROWS.has(item.class) ? 'narrows' : 'other'
    default:
      return 'other'
  }
}

type Run = { readonly part: 'who' | 'service'; readonly from: number; readonly to: number }

/** Who and what of a clause in order, those of a kind that stand side by side as one. */
function runsOf(items: readonly Item[]): readonly Run[] {
  const runs: { part: 'who' | 'service'; from: number; to: number }[] = []
  items.forEach((item, index) => {
    // "Bob gets wiki until Friday, Carol gets it until Thursday": what was named before.
    const again = runs.at(-1)?.part === 'who' && runs.length > 2 && isIt(item)
    const part = again ? 'service' : partOf(item)
    if (part !== 'who' && part !== 'service') return
    const last = runs.at(-1)
    if (last?.part === part) last.to = index
    else runs.push({ part, from: index, to: index })
  })
  return runs
}

/**
 * "Alice grafana and bob wiki", "bob needs wiki and carol needs grafana": one clause a pair. Undefined when it is one request, or when
 * something in it narrows or explains and nobody can say which of the pairs.
 */
export function cutPairs(items: readonly Item[]): readonly (readonly Item[])[] | undefined {
  const reason = items.findIndex((item) => item.is === 'word' && item.class === 'because')
  const told = reason < 0 ? items : items.slice(0, reason)
  const runs = runsOf(told)
  if (runs.length < 4 || runs.length % 2 !== 0) return undefined
  if (told.some((item, i) => ['narrows', 'place'].includes(partOf(item)) && !isAllUntil(told, i) && !isNoMore(told, i)))
    return undefined
  if (told.some((item) => item.is === 'number' || (item.is === 'literal' && item.literal.is.startsWith('port'))))
    return undefined
  const cuts: number[] = []
  for (let i = 2; i < runs.length; i += 2) {
    const [before, next] = [runs[i - 1], runs[i]]
    if (!before || !next) return undefined
    const joint = told.findLastIndex((item, at) => at > before.to && at < next.from && partOf(item) === 'joint')
    const what = runs[i + 1]
    if (joint < 0 || !what || told.slice(next.to + 1, what.from).some(isUnheard)) return undefined
    if (told.slice(next.to + 1, runs[i + 2]?.from).some(tells)) return undefined
    cuts.push(joint)
  }
  const parts = [0, ...cuts.map((cut) => cut + 1)].map((from, i) => items.slice(from, cuts[i] ?? items.length))
  return parts
}

/** "…, carol has it already", "… and dana uses it too": what is so, not what is asked for. */
const tells = (item: Item): boolean =>
  item.is === 'word' && /^(?:has|have|had|hat|haben|hatten?|tienen?|tenia|ont|avait)$/.test(item.word)
const isUnheard = (item: Item): boolean => item.is === 'unknown' && !/^(?:longer|more|mehr|plus)$/.test(item.word)

const isIt = (item: Item): boolean =>
  item.is === 'word' && item.class === 'it' && /^(?:it|that|es|ihn|lo|la|le|l')$/.test(item.word)

/** "… all until Friday" is nobody's everything. */
export const isAllUntil = (items: readonly Item[], at: number): boolean => {
  const item = items[at]
  return (
    item?.is === 'word' &&
    (item.class === 'everything' || item.class === 'everybody') &&
    partOf(items[at + 1]) === 'time'
  )
}

/** "No longer needs", "braucht … nicht mehr": what ends, not what is left out. */
const isNoMore = (items: readonly Item[], at: number): boolean => {
  const [item, next] = [items[at], items[at + 1]]
  const word = next !== undefined && 'word' in next ? next.word : ''
  return (
    item?.is === 'word' &&
    item.class === 'not' &&
    (/^(?:longer|more|mehr|anymore|plus)$/.test(word) || /^(?:need|needs|want|wants)$/.test(word))
  )
}

/** A time behind the last pair holds for all that have none; one that was said before holds on. */
export function withTimesShared(parts: readonly (readonly Item[])[]): readonly (readonly Item[])[] {
  const timesOf = (part: readonly Item[]): readonly Item[] => part.filter((item) => partOf(item) === 'time')
  const shared = timesOf(parts.at(-1) ?? [])
  let last: readonly Item[] = []
  return parts.map((part) => {
    const own = timesOf(part)
    if (own.length > 0) {
      last = own
      return part
    }
    return [...part, ...(last.length > 0 ? last : shared)]
  })
}

/** A line that says nothing but who gets what: "• deck crew: manifest", "carol -> grafana until Friday". */
export function isPairAlone(items: readonly Item[]): boolean {
  return runsOf(items).length === 2 && items.every((item) => partOf(item) !== 'other' || isPort(item))
}

const isPort = (item: Item): boolean =>
  item.is === 'number' ||
  (item.is === 'literal' && item.literal.is === 'port') ||
  (item.is === 'word' && item.word === '->')

/** Whether a clause names neither who nor what. */
export const namesNobody = (items: readonly Item[]): boolean => runsOf(items).length === 0
export const hasTime = (items: readonly Item[]): boolean => items.some((item) => partOf(item) === 'time')
