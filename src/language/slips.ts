import { type Entity, type Gazetteer, nearlyNamed } from './gazetteer.ts'
import type { Item } from './items.ts'
import { nearWord } from './time-words.ts'
import { classAt, isOrdinaryWord } from './words.ts'

/**
 * Slips of the hand and the spelling of phones: a misspelt name that is clearly one, a misspelt cue ("plese", "acesss"), "4 bob" and
 * "2 wiki". What was written stays with a name, so that the card shows it.
 */
export function withSlips(items: readonly Item[], gazetteer: Gazetteer): readonly Item[] {
  const mended: Item[] = []
  for (let i = 0; i < items.length; i++) {
    const item = items[i]
    if (item === undefined) continue
    const name = misspelt(items, i, gazetteer)
    if (name) {
      mended.push(name.item)
      i = name.to - 1
    } else mended.push(spelt(item) ?? cueOf(item) ?? item)
  }
  return mended.map((item, i) => phoneWord(mended, i) ?? item)
}

const LONGEST_NAME = 3
const SHORTEST_SLIP = 5

/** A run of words that is nearly a name; at least one of them is no word that is known. */
function misspelt(
  items: readonly Item[],
  at: number,
  gazetteer: Gazetteer,
): { readonly item: Item; readonly to: number } | undefined {
  for (let length = LONGEST_NAME; length > 0; length--) {
    const run = items.slice(at, at + length)
    const words = run.flatMap((item) => (isPartOfName(item) ? [item.word] : []))
    const [first, last] = [run[0], run.at(-1)]
    if (!first || !last || words.length < length || !run.some(({ is }) => is === 'unknown')) continue
    if (length > 1 && !sideBySide(run)) continue
    // "dta team" may be the data team or a team nobody knows: what is slipped in a name has some letters to tell it by.
    if (length > 1 && run.some((item) => item.is === 'unknown' && item.word.length < SHORTEST_SLIP)) continue
    const nearly = words.join(' ').replace(/'s$/, '')
    const entities = length > 1 && nearly.length < 8 ? undefined : nearlyNamed(nearly, gazetteer)
    if (entities !== undefined) return { item: nameOf(first.at, last.to, entities, nearly), to: at + length }
  }
  return undefined
}

const isPartOfName = (item: Item): item is Item & { readonly word: string } =>
  item.is === 'unknown' || (item.is === 'word' && (item.class === 'group' || item.class === 'thing'))

const sideBySide = (run: readonly Item[]): boolean =>
  run.every(({ to }, i) => run[i + 1] === undefined || (run[i + 1]?.at ?? 0) === to + 1)

const nameOf = (at: number, to: number, entities: readonly Entity[], nearly: string): Item => ({
  is: 'name',
  mention: { at, to, entities, nearly },
  at,
  to,
})

/** Short spellings of phones, written out for whoever looks for the word. */
const WRITTEN_OUT: ReadonlyMap<string, string> = new Map([
  ['giv', 'give'],
  ['acess', 'access'],
  ['accces', 'access'],
  ['accesss', 'access'],
  ['acccess', 'access'],
])

function spelt(item: Item): Item | undefined {
  const word = item.is === 'word' ? WRITTEN_OUT.get(item.word) : undefined
  return word !== undefined && item.is === 'word' ? { ...item, word } : undefined
}

const CUES: ReadonlyMap<string, string> = new Map(
  `access needs please revoke extend remove allow grant request braucht zugriff zugang bitte verlangern necesita acceso necesito besoin
  donner prolonger`
    .split(/\s+/)
    .map((word) => [word, word]),
)

/** A cue that is one slip away; never another form of it, because "revoked" tells and "revoke" asks. */
function cueOf(item: Item): Item | undefined {
  if (item.is !== 'unknown' || isOrdinaryWord(item.word)) return undefined
  const cue = nearWord(item.word, CUES)
  if (cue === undefined || item.word.startsWith(cue) || /(?:ed|ing|t)$/.test(item.word)) return undefined
  const known = classAt(cue, 0)
  return known && { is: 'word', class: known.class, word: cue, at: item.at, to: item.to }
}

/** "Access 4 bob", "bob 2 wiki": a figure that is a little word, where nothing can be counted. */
function phoneWord(items: readonly Item[], at: number): Item | undefined {
  const [before, item, next, after] = [items[at - 1], items[at], items[at + 1], items[at + 2]]
  if (item?.is !== 'number' || (after?.is === 'word' && after.class === 'group')) return undefined
  const types = next?.is === 'name' ? next.mention.entities.map(({ type }) => type) : []
  const me = next?.is === 'word' && next.class === 'me'
  const leads =
    before === undefined ||
    before.is === 'name' ||
    before.is === 'stop' ||
    (before.is === 'word' && ['access', 'filler', 'thing', 'aside', 'readonly', 'me'].includes(before.class))
  if (item.word === '4' && leads && (me || types.includes('person') || types.includes('group')))
    return { is: 'word', class: 'for', word: 'for', at: item.at, to: item.to }
  if (item.word === '2' && leads && types.length > 0 && types.every((type) => type === 'service'))
    return { is: 'word', class: 'to', word: 'to', at: item.at, to: item.to }
  return undefined
}
