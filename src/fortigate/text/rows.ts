import { BLANK, COMMENT, KINDS, type Kind, PROMPT, UNKNOWN } from './kinds.ts'
import type { Lexer } from './lexer.ts'
import { simpleWord, simpleWords } from './simple-words.ts'
import type { WordPool } from './word-pool.ts'

/**
 * The statements of a text in file order, a column for each thing known of them: a text has hundreds of thousands, and a few numbers
 * each cost a tenth of an object each. Words stay in the text until somebody asks.
 */
export type Rows = {
  readonly text: string
  readonly pool: WordPool
  count: number
  kinds: Uint8Array
  /** Where each begins; it ends where the next one begins. */
  starts: Int32Array
  lines: Int32Array
  /** The `config` or `edit` it stands in, -1 at the top. */
  parents: Int32Array
  /** The statement that closes the block it opens, -1 when it opens none or nothing closes it. */
  closers: Int32Array
  /** The attribute it is about, as a number of the pool; -1 for none. */
  names: Int32Array
  /** Where the words behind the verb, or behind the name of the attribute, begin. */
  rests: Int32Array
  /** All words of the statements that had to be read word by word. */
  readonly twisted: Map<number, readonly string[]>
  /** Those with a quote that was never closed. */
  readonly broken: Set<number>
}

/** Rows without a statement, with room for those that a text of this length usually has. */
export function startRows(text: string, pool: WordPool): Rows {
  const room = 16 + (text.length >> 5)
  return {
    text,
    pool,
    ...{ count: 0, kinds: new Uint8Array(room), starts: new Int32Array(room), lines: new Int32Array(room) },
    ...{ parents: new Int32Array(room), closers: new Int32Array(room), names: new Int32Array(room) },
    ...{ rests: new Int32Array(room), twisted: new Map<number, readonly string[]>(), broken: new Set<number>() },
  }
}

/** Adds the statement that was read last. */
export function addRow(rows: Rows, lexer: Lexer, from: number, line: number): number {
  const index = rows.count
  if (index === rows.kinds.length) makeRoom(rows)
  rows.count += 1
  rows.kinds[index] = lexer.kind
  rows.starts[index] = from
  rows.lines[index] = line
  rows.closers[index] = -1
  rows.names[index] = lexer.name
  rows.rests[index] = lexer.rest
  if (lexer.words !== undefined) {
    rows.twisted.set(index, lexer.words)
    if (lexer.broken) rows.broken.add(index)
  }
  return index
}

/** The words of a statement without its verb. */
export function wordsAt(rows: Rows, index: number): readonly string[] {
  const twisted = rows.twisted.get(index)
  const kind = rows.kinds[index] ?? BLANK
  if (kind === COMMENT || kind === BLANK || kind === PROMPT) return NO_WORDS
  if (twisted) return kind === UNKNOWN ? twisted : twisted.slice(1)
  const words = simpleWords(rows.text, rows.rests[index] ?? 0)
  const name = rows.pool.words[rows.names[index] ?? -1]
  return name === undefined ? words : [name, ...words]
}
const NO_WORDS: readonly string[] = []

/** The words behind the name of the attribute. */
export function valuesAt(rows: Rows, index: number): readonly string[] {
  const twisted = rows.twisted.get(index)
  return twisted ? twisted.slice(2) : simpleWords(rows.text, rows.rests[index] ?? 0)
}

/** The first of them. */
export function valueAt(rows: Rows, index: number): string | undefined {
  const twisted = rows.twisted.get(index)
  return twisted ? twisted[2] : simpleWord(rows.text, rows.rests[index] ?? 0)
}

/** What a statement is, by name. */
export function kindAt(rows: Rows, index: number): Kind {
  return KINDS[rows.kinds[index] ?? UNKNOWN] ?? 'unknown'
}

function makeRoom(rows: Rows): void {
  const room = rows.kinds.length * 2
  const wider = (column: Int32Array) => {
    const all = new Int32Array(room)
    all.set(column)
    return all
  }
  const kinds = new Uint8Array(room)
  kinds.set(rows.kinds)
  rows.kinds = kinds
  rows.starts = wider(rows.starts)
  rows.lines = wider(rows.lines)
  rows.parents = wider(rows.parents)
  rows.closers = wider(rows.closers)
  rows.names = wider(rows.names)
  rows.rests = wider(rows.rests)
}
