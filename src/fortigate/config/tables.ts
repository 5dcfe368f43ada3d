import { SET } from '../text/kinds.ts'
import { followRenames, type NameNow, type Rename, spaceOfAttribute } from '../text/renames.ts'
import { kindAt, valueAt, valuesAt } from '../text/rows.ts'
import type { FortiText, Statement } from '../text.ts'
import { Entries } from './entries.ts'
import { isKnown } from './keywords.ts'

/**
 * What one attribute was last set to: its name, then its words. Only the name: `unset`, which for FortiOS may differ from never
 * mentioned.
 */
export type Value = { readonly words: readonly string[]; readonly line: number }
/** One `edit` of a table, or the attributes of a section that has no entries. */
export class Entry {
  readonly key: string
  readonly line: number
  /** Index of its `edit` (or `config`) statement; -1 when a script made it out of another one, so that no lines are its own. */
  readonly opener: number
  readonly table: Table
  /** The last statement about one of its attributes, -1 for none; the others are found backwards from it. */
  last = -1
  /** Absent while it has none: most entries never do. */
  tables: Map<string, Table> | undefined = undefined
  /** Another entry, of which it was cloned or which was cloned from it, has the same ones. */
  sharesTables = false
  /** Lines in it that could not be read at all. */
  strange: Statement[] | undefined = undefined

  constructor(key: string, line: number, opener: number, table: Table) {
    this.key = key
    this.line = line
    this.opener = opener
    this.table = table
  }

  /** All its attributes, for those who want to look at all: `wordOf` and `wordsOf` are cheaper. */
  get values(): ReadonlyMap<string, Value> {
    return valuesOf(this)
  }
}
export class Table {
  readonly path: string
  readonly scope: string
  readonly line: number
  readonly opener: number
  readonly book: Book
  /** Attributes set directly in the section. */
  readonly own: Entry
  readonly ordered = new Entries<Entry>()
  /** Every attribute that is named in it, as numbers of the pool. */
  readonly named = new Set<number>()
  /** Those of them that are not known. */
  odd: ReadonlySet<number> | undefined = undefined

  constructor(path: string, scope: string, line: number, opener: number, book: Book) {
    this.path = path
    this.scope = scope
    this.line = line
    this.opener = opener
    this.book = book
    this.own = new Entry('', line, opener, this)
  }

  /** In table order, which for policies and VIPs decides. */
  get entries(): ReadonlyMap<string, Entry> {
    return this.ordered.inOrder()
  }
}
/** What all tables of a text share. */
export type Book = {
  readonly tree: FortiText
  /** For each statement about an attribute: the one before it in its entry, -1 for none. */
  readonly before: Int32Array
  readonly renames: Rename[]
  nameNow?: NameNow
}
/** Sections by path. `''` holds what stands in no wrapper, `global` the global block, the others one VDOM each. */
export type Scopes = ReadonlyMap<string, ReadonlyMap<string, Table>>
export const GLOBAL = '\u0000global'

/** The words of an attribute, none when it is unset, empty or absent. */
export function wordsOf(entry: Entry, name: string): readonly string[] {
  const at = newest(entry, name)
  if (at < 0) return NO_WORDS
  const words = isAsWritten(entry, at)
    ? valuesAt(entry.table.book.tree.rows, at)
    : wordsAfter(entry, name, historyOf(entry, at))
  return words.includes('') ? words.filter((word) => word !== '') : words
}

/** The first word of an attribute; undefined when it is unset, empty or absent. */
export function wordOf(entry: Entry, name: string): string | undefined {
  const at = newest(entry, name)
  if (at < 0) return undefined
  const word = isAsWritten(entry, at) ? valueAt(entry.table.book.tree.rows, at) : wordsOf(entry, name)[0]
  if (word === undefined || word === '') return undefined
  return SWITCHES.test(name) ? (POSITIONS.find((whole) => word.length > 1 && whole.startsWith(word)) ?? word) : word
}

/** Attributes that switch something, whose values the command line takes shortened too. */
const SWITCHES =
  /^(?:status|nat|exclude|proxy|ippool|sdwan|blackhole|portforward|central-nat|virtual-wan-link|secondary-IP|(?:strict-)?src-check|arp-reply|nat-source-vip|match-vip(?:-only)?|policy-expiry|utm-status|internet-service6?(?:-src)?|.*-negate)$/
const POSITIONS = ['enable', 'disable', 'up', 'down']

/** The line that says what an attribute is; undefined when none does. */
export function lineOf(entry: Entry, name: string): number | undefined {
  const at = newest(entry, name)
  const { rows } = entry.table.book.tree
  const kind = at < 0 ? 'unset' : kindAt(rows, at)
  return kind === 'unset' || kind === 'clear' ? undefined : rows.lines[at]
}

/** All attributes of the entry, in the order in which they were first named. */
function valuesOf(entry: Entry): ReadonlyMap<string, Value> {
  const { tree, before } = entry.table.book
  const histories = new Map<number, number[]>()
  for (let at = entry.last; at >= 0; at = before[at] ?? -1) {
    const number = tree.rows.names[at] ?? -1
    const history = histories.get(number) ?? []
    history.push(at)
    // The one that was first named comes last.
    histories.delete(number)
    histories.set(number, history)
  }
  return new Map(
    [...histories].toReversed().map(([number, history]) => {
      const name = tree.rows.pool.words[number] ?? ''
      return [name, { words: [name, ...wordsAfter(entry, name, history)], line: tree.rows.lines[history[0] ?? 0] ?? 0 }]
    }),
  )
}

/** The entry's attributes that are not known to be modelled or without effect; nearly always none. */
export function oddValuesOf(entry: Entry): readonly Value[] {
  const { table } = entry
  const { pool } = table.book.tree.rows
  table.odd ??= new Set([...table.named].filter((number) => !isKnown(table.path, pool.words[number] ?? '')))
  if (table.odd.size === 0) return NO_VALUES
  return [...valuesOf(entry)].flatMap(([name, value]) => (table.odd?.has(pool.numbers.get(name) ?? -1) ? [value] : []))
}
const NO_VALUES: readonly Value[] = []

const NO_WORDS: readonly string[] = []

/** The last statement about an attribute of the entry, -1 when there is none. */
function newest(entry: Entry, name: string): number {
  const { tree, before } = entry.table.book
  const number = tree.rows.pool.numbers.get(name)
  if (number === undefined) return -1
  const { names } = tree.rows
  for (let at = entry.last; at >= 0; at = before[at] ?? -1) if (names[at] === number) return at
  return -1
}

/** Whether the statement says all there is to say: nearly every one does. */
function isAsWritten(entry: Entry, at: number): boolean {
  const { tree, renames } = entry.table.book
  return tree.rows.kinds[at] === SET && renames.length === 0
}

/** The statements about an attribute up to this one, newest first, as far as they matter. */
function historyOf(entry: Entry, newest: number): readonly number[] {
  const { tree, before } = entry.table.book
  const { kinds, names } = tree.rows
  if (kinds[newest] === SET) return [newest]
  const history: number[] = []
  for (let at = newest; at >= 0; at = before[at] ?? -1) if (names[at] === names[newest]) history.push(at)
  return history
}

/** What these statements leave, newest first: `append` adds to what was there before them and `unselect` takes from it. */
function wordsAfter(entry: Entry, name: string, history: readonly number[]): readonly string[] {
  const gone = new Set<string>()
  const parts: (readonly string[])[] = []
  for (const at of history) {
    const kind = kindAt(entry.table.book.tree.rows, at)
    if (kind === 'unset' || kind === 'clear') break
    const written = writtenAt(entry, name, at)
    if (kind === 'unselect') for (const word of written) gone.add(word)
    else parts.push(gone.size > 0 ? written.filter((word) => !gone.has(word)) : written)
    if (kind === 'set' || kind === 'select') break
  }
  return parts.length === 1 ? (parts[0] ?? NO_WORDS) : parts.toReversed().flat()
}

/** The words of one statement behind the attribute's name; names of things as they are called in the end. */
function writtenAt(entry: Entry, name: string, at: number): readonly string[] {
  const { table } = entry
  const { tree, renames } = table.book
  const written = valuesAt(tree.rows, at)
  const space = renames.length > 0 ? spaceOfAttribute(table.path, name) : undefined
  if (space === undefined) return written
  table.book.nameNow ??= followRenames(renames)
  const { nameNow } = table.book
  return written.map((word) => nameNow(GLOBAL, space, nameNow(table.scope, space, word, at), at))
}
