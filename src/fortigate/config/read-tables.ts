import type { Problem } from '../../evidence/problem.ts'
import { remember } from '../../flow/remember.ts'
import { CONFIG, EDIT, END, namesAttribute, PURGE, UNKNOWN } from '../text/kinds.ts'
import { wordsAt } from '../text/rows.ts'
import { numberOf } from '../text/word-pool.ts'
import { type FortiText, statementAt } from '../text.ts'
import { attributeOf, tablePath } from './keywords.ts'
import { type Complain, changeTable, copyTables } from './script-commands.ts'
import { type Book, Entry, GLOBAL, type Scopes, Table } from './tables.ts'

type Tables = { readonly scopes: Scopes; readonly problems: readonly Problem[] }

/**
 * What the statements add up to: sections merged, scripts carried out (set, append, unselect, clone, rename, move, delete, purge). Whoever
 * edits a text, compares it or tells how much of it is modelled asks again.
 */
export const readTables = remember(addUp)

function addUp(tree: FortiText): Tables {
  const problems: Problem[] = []
  const { kinds, parents, names, lines, broken, count } = tree.rows
  const complain: Complain = (code, index, message) =>
    problems.push({ code, file: tree.file, line: lines[index] ?? 0, column: 0, message, severity: 'error' })
  const book: Book = { tree, before: new Int32Array(count), renames: [] }
  const scopes = new Map<string, Map<string, Table>>()
  const frames: Frame[] = []
  let frame: Frame | undefined
  for (let index = 0; index < count; index += 1) {
    const parent = parents[index] ?? -1
    while (frame && frame.at !== parent) {
      frames.pop()
      frame = frames.at(-1)
    }
    const kind = kinds[index] ?? UNKNOWN
    const entry = frame?.entry
    if (kind === CONFIG || (kind === EDIT && frame)) {
      frame = kind === EDIT && frame ? openEdit(scopes, book, frame, index) : openSection(scopes, book, frame, index)
      frames.push(frame)
    } else if (!entry) continue
    else if (namesAttribute(kind)) {
      const name = names[index] ?? -1
      if (name < 0 || broken.has(index)) noteStrange(entry, index)
      else {
        if (!entry.table.named.has(name)) names[index] = nameAttribute(entry.table, name)
        book.before[index] = entry.last
        entry.last = index
      }
    } else if (kind === UNKNOWN) noteStrange(entry, index)
    else if (kind > END && kind <= PURGE) changeTable(entry.table, index, complain)
  }
  return { scopes, problems }
}

/** The number of the attribute that is meant, by its whole name, from here on one of those named in the table. */
function nameAttribute({ path, named, book }: Table, written: number): number {
  const { pool } = book.tree.rows
  const word = pool.words[written] ?? ''
  const whole = attributeOf(path, word)
  const number = whole === word ? written : numberOf(pool, whole)
  named.add(number)
  return number
}

/** The block that statements stand in: `config vdom` has neither scope nor entry, a wrapper has a scope, a section an entry. */
type Frame = { readonly at: number; readonly scope?: string; readonly entry?: Entry }

function openSection(scopes: Map<string, Map<string, Table>>, book: Book, frame: Frame | undefined, at: number): Frame {
  const words = wordsAt(book.tree.rows, at)
  if (!frame && words.length === 1 && words[0] === 'vdom') return { at }
  if (!frame && words.length === 1 && words[0] === 'global') return { at, scope: GLOBAL }
  const entry = frame?.entry
  if (entry) {
    if (entry.sharesTables) {
      entry.tables = copyTables(entry.tables ?? new Map())
      entry.sharesTables = false
    }
    entry.tables ??= new Map()
    return { at, entry: openTable(entry.tables, words.join(' '), entry.table.scope, book, at).own }
  }
  const scope = frame?.scope ?? ''
  const tables = scopes.get(scope) ?? new Map<string, Table>()
  scopes.set(scope, tables)
  return { at, entry: openTable(tables, tablePath(words), scope, book, at).own }
}

function openEdit(scopes: Map<string, Map<string, Table>>, book: Book, frame: Frame, at: number): Frame {
  const key = wordsAt(book.tree.rows, at)[0] ?? ''
  if (frame.entry) return { at, entry: openEntry(frame.entry.table, key, at) }
  // Wrappers hold sections; an `edit` in one is nothing that a device prints.
  if (frame.scope !== undefined) return { at, scope: frame.scope }
  if (!scopes.has(key)) scopes.set(key, new Map())
  return { at, scope: key }
}

function openTable(tables: Map<string, Table>, path: string, scope: string, book: Book, at: number): Table {
  const known = tables.get(path)
  if (known) return known
  const table = new Table(path, scope, book.tree.rows.lines[at] ?? 0, at, book)
  tables.set(path, table)
  return table
}

function openEntry(table: Table, written: string, at: number): Entry {
  const key = written === '0' && NUMBERED.has(table.path) ? String(table.ordered.nextNumber()) : written
  const known = table.ordered.get(key)
  if (known) return known
  const entry = new Entry(key, table.book.tree.rows.lines[at] ?? 0, at, table)
  table.ordered.set(key, entry)
  return entry
}

/** Tables keyed by a number, where `edit 0` makes the next free one. */
const NUMBERED = new Set([
  'firewall policy',
  'firewall local-in-policy',
  'firewall local-in-policy6',
  'firewall central-snat-map',
  'router static',
  'router static6',
  'router policy',
  'router policy6',
  'realservers',
  'secondaryip',
  'members',
  'port',
  'service',
])

function noteStrange(entry: Entry, at: number): void {
  const statement = statementAt(entry.table.book.tree, at)
  if (!statement) return
  entry.strange ??= []
  entry.strange.push(statement)
}
