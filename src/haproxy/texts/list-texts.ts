import { ANY_TEXT, containsText, NO_TEXT, type TextSet, uniteText } from '../../flow/text-set.ts'
import { buildText, stepText, tryBuildText } from './build-text.ts'

/**
 * The header lines of which some value (`any`), the first or the last one is wanted, as `req.hdr` cuts them: at commas outside quotes. The first
 * value that is not in `usable`, for which a converter yields nothing, ends the search.
 */
export function beforeList(wanted: TextSet, pick: Pick, usable: TextSet = ANY_TEXT): TextSet {
  const ofWanted = lists.get(wanted) ?? new WeakMap<TextSet, Map<Pick, TextSet>>()
  lists.set(wanted, ofWanted)
  const known = ofWanted.get(usable) ?? new Map<Pick, TextSet>()
  ofWanted.set(usable, known)
  const list = known.get(pick) ?? listsWith(wanted, pick, usable)
  known.set(pick, list)
  return list
}

type Pick = 'any' | 'first' | 'last'

/** A configuration is read anew at every change, and asks for the same hosts. */
const lists = new WeakMap<TextSet, WeakMap<TextSet, Map<Pick, TextSet>>>()

function listsWith(wanted: TextSet, pick: Pick, usable: TextSet): TextSet {
  type Item = {
    ended: 'found' | 'missed' | 'no'
    begun: boolean
    /** Where both automata are after the value so far, without and with the blanks at its end. */
    at: readonly [wanted: number, usable: number]
    pending: readonly [wanted: number, usable: number]
    quoted: boolean
    escaped: boolean
  }
  const fresh = (ended: Item['ended']): Item => ({
    ended,
    begun: false,
    at: [0, 0],
    pending: [0, 0],
    quoted: false,
    escaped: false,
  })
  const accepts = ({ ended, at }: Item) => ended === 'found' || (ended === 'no' && wanted.accepts[at[0]] === true)
  const afterComma = (item: Item): Item['ended'] => {
    if (pick === 'last' || item.ended !== 'no') return item.ended
    if (wanted.accepts[item.at[0]]) return 'found'
    return pick === 'any' && usable.accepts[item.at[1]] ? 'no' : 'missed'
  }
  return buildText<Item>({
    start: fresh('no'),
    breaks: [wanted, usable, 9, 32, 34, 44, 92],
    accepts,
    step: (item, code) => {
      const { quoted, escaped, pending } = item
      if (!quoted && code === 44) return fresh(afterComma(item))
      const blank = code === 32 || code === 9
      if (blank && !item.begun) return item
      const next = [stepText(wanted, pending[0], code), stepText(usable, pending[1], code)] as const
      return {
        ended: item.ended,
        begun: true,
        at: blank && !quoted ? item.at : next,
        pending: next,
        quoted: escaped ? quoted : code === 34 ? !quoted : quoted,
        escaped: quoted && !escaped && code === 92,
      }
    },
    // What is decided is decided, whatever follows.
    key: ({ ended, begun, at, pending, quoted, escaped }) => {
      if (ended !== 'no') return ended
      const flags = (begun ? 4 : 0) + (quoted ? 2 : 0) + (escaped ? 1 : 0)
      const own = (at[0] * wanted.accepts.length + pending[0]) * 8 + flags
      const others = usable.accepts.length
      return others === 1 ? own : `${own} ${at[1]} ${pending[1]}`
    },
  })
}

/** Past this many, values are not counted. */
const MOST_VALUES = 64

/** The header lines that hold as many values as wanted, as `req.hdr_cnt` counts them: one more than there are commas outside quotes. */
export function countedList(wanted: (count: number) => boolean): TextSet {
  type Count = { readonly count: number; readonly quoted: boolean; readonly escaped: boolean }
  return buildText<Count>({
    start: { count: 1, quoted: false, escaped: false },
    breaks: [34, 44, 92],
    accepts: ({ count }) => wanted(count),
    step: ({ count, quoted, escaped }, code) => ({
      count: !quoted && code === 44 ? Math.min(count + 1, MOST_VALUES) : count,
      quoted: escaped ? quoted : code === 34 ? !quoted : quoted,
      escaped: quoted && !escaped && code === 92,
    }),
    key: ({ count, quoted, escaped }) => `${count} ${quoted} ${escaped}`,
  })
}

/**
 * The queries in which some value of the parameter (`any`), or its first one, is wanted: pairs parted by `&`, `;` and `?`. As in lists, the
 * first value that is not in `usable` ends the search.
 */
export function beforeParameter(
  wanted: TextSet,
  name: string,
  pick: 'any' | 'first',
  usable: TextSet = ANY_TEXT,
): TextSet | undefined {
  type Pair = {
    readonly ended: 'found' | 'missed' | 'no'
    readonly at: number | 'other' | 'value'
    readonly states: readonly [number, number]
  }
  const own = `${name}=`
  const fresh = (ended: Pair['ended']): Pair => ({ ended, at: 0, states: [0, 0] })
  const close = ({ ended, at, states }: Pair): Pair['ended'] => {
    if (ended !== 'no' || at !== 'value') return ended
    if (wanted.accepts[states[0]]) return 'found'
    return pick === 'first' || !usable.accepts[states[1]] ? 'missed' : 'no'
  }
  return tryBuildText<Pair>({
    start: fresh('no'),
    breaks: [wanted, usable, 38, 59, 63, ...own.split('').map((char) => char.charCodeAt(0))],
    accepts: (pair) => close(pair) === 'found',
    step: (pair, code) => {
      const { ended, at, states } = pair
      if (ended !== 'no') return pair
      if (code === 38 || code === 59 || code === 63) return fresh(close(pair))
      if (at === 'value')
        return { ended, at, states: [stepText(wanted, states[0], code), stepText(usable, states[1], code)] }
      if (at === 'other' || code !== own.charCodeAt(at)) return { ended, at: 'other', states }
      return { ended, at: at + 1 === own.length ? 'value' : at + 1, states }
    },
    key: ({ ended, at, states }) => (ended === 'no' ? `${at} ${states}` : ended),
  })
}

/** What a Cookie line has that is not followed here: quotes, and commas that may part it or lines. */
export const ODD_COOKIES: TextSet = ['"', '\\', ','].reduce((all, char) => uniteText(all, containsText(char)), NO_TEXT)

/** Of the other Cookie lines, those in which some value of the cookie is wanted, or its last one. */
export function beforeCookie(
  wanted: TextSet,
  name: string,
  pick: 'any' | 'last',
  usable: TextSet = ANY_TEXT,
): TextSet | undefined {
  type Pair = {
    readonly ended: 'found' | 'missed' | 'no'
    /** Blanks before the name, in the name so far (`-1`: another), blanks after it, in the value. */
    readonly at: 'start' | 'name' | 'after' | 'other' | 'value'
    readonly matched: number
    readonly begun: boolean
    readonly blank: boolean
    readonly states: readonly [number, number]
    readonly pending: readonly [number, number]
  }
  const fresh = (ended: Pair['ended']): Pair => ({
    ended,
    at: 'start',
    matched: 0,
    begun: false,
    blank: false,
    states: [0, 0],
    pending: [0, 0],
  })
  const close = ({ ended, at, states }: Pair): Pair['ended'] => {
    if (at !== 'value' || (pick === 'any' && ended !== 'no')) return ended
    if (wanted.accepts[states[0]]) return 'found'
    return pick === 'any' && usable.accepts[states[1]] ? 'no' : 'missed'
  }
  // The scan ends too early for an empty value at the very end, unless a blank makes the pair longer.
  const atEnd = (pair: Pair) => (pair.at === 'value' && !pair.begun && !pair.blank ? pair.ended : close(pair))
  return tryBuildText<Pair>({
    start: fresh('no'),
    breaks: [wanted, usable, 9, 32, 59, 61, ...name.split('').map((char) => char.charCodeAt(0))],
    accepts: (pair) => atEnd(pair) === 'found',
    step: (pair, code) => {
      const blank = code === 32 || code === 9
      if (pick === 'any' && pair.ended !== 'no') return pair
      if (code === 59) return fresh(close(pair))
      if (pair.at === 'value') {
        if (blank && !pair.begun) return { ...pair, blank: true }
        const pending = [stepText(wanted, pair.pending[0], code), stepText(usable, pair.pending[1], code)] as const
        return { ...pair, begun: true, pending, states: blank ? pair.states : pending }
      }
      if (pair.at === 'other') return pair
      if (code === 61) return { ...pair, at: pair.matched === name.length ? 'value' : 'other' }
      if (blank) return { ...pair, at: pair.at === 'start' ? 'start' : 'after', blank: true }
      if (pair.at === 'after' || code !== name.charCodeAt(pair.matched)) return { ...pair, at: 'other' }
      return { ...pair, at: 'name', matched: pair.matched + 1 }
    },
    key: ({ ended, at, matched, begun, blank, states, pending }) =>
      ended !== 'no' && pick === 'any' ? ended : `${ended} ${at} ${matched} ${begun} ${blank} ${states} ${pending}`,
  })
}
