import type { Problem } from '../evidence/problem.ts'
import { tablePath } from './keywords.ts'
import type { FortiText, Statement } from './text.ts'

/**
 * What one attribute was last set to: its name, then its words. Only the name: `unset`, which for FortiOS may differ from never
 * mentioned.
 */
export type Value = Pick<Statement, 'words' | 'line'>
/** One `edit` of a table, or the attributes of a section that has no entries. */
export type Entry = {
  readonly key: string
  readonly line: number
  /** Index of its `edit` (or `config`) statement. */
  readonly opener: number
  readonly values: Map<string, Value>
  /** Absent while it has none: most entries never do. */
  tables?: Map<string, Table>
  /** Lines in it that could not be read at all. */
  strange?: Statement[]
}
export type Table = {
  readonly path: string
  readonly line: number
  readonly opener: number
  /** Attributes set directly in the section. */
  readonly own: Entry
  /** In table order, which for policies and VIPs decides. */
  entries: Map<string, Entry>
  /** Script statements whose effect is not followed (`rename`). */
  readonly unfollowed: Statement[]
}
/** Sections by path. `''` holds what stands in no wrapper, `global` the global block, the others one VDOM each. */
export type Scopes = ReadonlyMap<string, ReadonlyMap<string, Table>>
export const GLOBAL = '\u0000global'

/** What the statements add up to: sections merged, scripts carried out (set, append, unselect, clone, move, delete, purge). */
export function readTables(tree: FortiText): { readonly scopes: Scopes; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const scopes = new Map<string, Map<string, Table>>()
  const frames = new Map<number, Frame>()
  const report = (code: string, line: number, message: string) =>
    problems.push({ code, file: tree.file, line, column: 0, message, severity: 'error' })
  // Statements come block by block, so most have the parent of the one before.
  let parent = -2
  let frame: Frame | undefined
  tree.statements.forEach((statement, index) => {
    if (statement.parent !== parent) {
      parent = statement.parent
      frame = frames.get(parent)
    }
    if (statement.kind === 'config') frames.set(index, openSection(scopes, frame, statement, index))
    else if (frame?.kind === 'vdoms' && statement.kind === 'edit') {
      const name = statement.words[0] ?? ''
      if (!scopes.has(name)) scopes.set(name, new Map())
      frames.set(index, { kind: 'scope', scope: name })
    } else if (frame?.kind === 'table') {
      const entry = frame.entry ?? frame.table.own
      if (statement.kind === 'edit') {
        frames.set(index, { kind: 'table', table: frame.table, entry: openEntry(frame.table, statement, index) })
      } else if (!changeValue(entry, statement)) changeTable(frame.table, statement, report)
    }
  })
  return { scopes, problems }
}

/** The words of an attribute, none when it is unset or absent. */
export function wordsOf(entry: Entry, name: string): readonly string[] {
  const words = entry.values.get(name)?.words
  return words && words.length > 1 ? words.slice(1) : NO_WORDS
}

/** The first word of an attribute; undefined when it is unset or absent. */
export function wordOf(entry: Entry, name: string): string | undefined {
  return entry.values.get(name)?.words[1]
}
const NO_WORDS: readonly string[] = []

type Frame =
  | { readonly kind: 'vdoms' }
  | { readonly kind: 'scope'; readonly scope: string }
  | { readonly kind: 'table'; readonly table: Table; readonly entry?: Entry }

function openSection(
  scopes: Map<string, Map<string, Table>>,
  frame: Frame | undefined,
  statement: Statement,
  index: number,
): Frame {
  const words = statement.words
  if (!frame && words.length === 1 && words[0] === 'vdom') return { kind: 'vdoms' }
  if (!frame && words.length === 1 && words[0] === 'global') return { kind: 'scope', scope: GLOBAL }
  if (frame?.kind === 'table') {
    const entry = frame.entry ?? frame.table.own
    entry.tables ??= new Map()
    return { kind: 'table', table: openTable(entry.tables, words.join(' '), statement, index) }
  }
  const scope = frame?.kind === 'scope' ? frame.scope : ''
  const tables = scopes.get(scope) ?? new Map<string, Table>()
  scopes.set(scope, tables)
  return { kind: 'table', table: openTable(tables, tablePath(words), statement, index) }
}

function openTable(tables: Map<string, Table>, path: string, statement: Statement, index: number): Table {
  const known = tables.get(path)
  if (known) return known
  const own = newEntry('', statement.line, index)
  const table: Table = { path, line: statement.line, opener: index, own, entries: new Map(), unfollowed: [] }
  tables.set(path, table)
  return table
}

function openEntry(table: Table, statement: Statement, index: number): Entry {
  const written = statement.words[0] ?? ''
  const key = written === '0' && NUMBERED.has(table.path) ? nextId(table) : written
  const known = table.entries.get(key)
  if (known) return known
  const entry = newEntry(key, statement.line, index)
  table.entries.set(key, entry)
  return entry
}

/** Tables keyed by a number, where `edit 0` makes the next free one. */
const NUMBERED = new Set([
  'firewall policy',
  'firewall local-in-policy',
  'router static',
  'router static6',
  'router policy',
  'realservers',
  'secondaryip',
  'members',
])

function nextId(table: Table): string {
  let highest = 0
  for (const key of table.entries.keys()) highest = Math.max(highest, Number(key) || 0)
  return String(highest + 1)
}

function newEntry(key: string, line: number, opener: number): Entry {
  return { key, line, opener, values: new Map() }
}

function keepStrange(entry: Entry, statement: Statement): true {
  entry.strange ??= []
  entry.strange.push(statement)
  return true
}

/** Whether the statement was about an attribute of the entry. */
function changeValue(entry: Entry, statement: Statement): boolean {
  const name = statement.words[0]
  if (statement.kind === 'set' && !statement.broken && name !== undefined) {
    entry.values.set(name, statement)
    return true
  }
  if (statement.kind === 'unknown') return keepStrange(entry, statement)
  if (!CHANGES_VALUE.has(statement.kind)) return false
  if (statement.broken || name === undefined) return keepStrange(entry, statement)
  entry.values.set(name, valueAfter(statement, name, entry.values.get(name)?.words ?? [name]))
  return true
}

function valueAfter(statement: Statement, name: string, before: readonly string[]): Value {
  const { line } = statement
  switch (statement.kind) {
    case 'set':
    case 'select':
      return statement
    case 'append':
      return { words: [...before, ...statement.words.slice(1)], line }
    case 'unselect': {
      const gone = new Set(statement.words.slice(1))
      return { words: [name, ...before.slice(1).filter((word) => !gone.has(word))], line }
    }
    default:
      return { words: [name], line }
  }
}
const CHANGES_VALUE: ReadonlySet<string> = new Set(['set', 'select', 'append', 'unselect', 'unset', 'clear'])

function changeTable(table: Table, statement: Statement, report: (code: string, line: number, says: string) => void) {
  const [subject = '', how = '', object = ''] = statement.words
  const entry = table.entries.get(subject)
  switch (statement.kind) {
    case 'purge':
      table.entries.clear()
      return
    case 'delete':
      if (!table.entries.delete(subject)) report('NOTHING_TO_DELETE', statement.line, `there is no "${subject}" here`)
      return
    case 'clone':
      if (!entry) return report('NOTHING_TO_CLONE', statement.line, `there is no "${subject}" here`)
      // Nested tables would be shared by both from here on.
      if (entry.tables) table.unfollowed.push(statement)
      table.entries.set(object, { ...entry, key: object, line: statement.line, values: new Map(entry.values) })
      return
    case 'move':
      if (!entry || !table.entries.has(object) || subject === object) {
        return report('NOTHING_TO_MOVE', statement.line, `"${subject}" or "${object}" is not here`)
      }
      table.entries = moved(table.entries, entry, how, object)
      return
    case 'rename':
      // The device renames in every reference as well; following that is not modelled, so it is said.
      if (!entry) return report('NOTHING_TO_RENAME', statement.line, `there is no "${subject}" here`)
      table.unfollowed.push(statement)
      report('NOT_MODELLED', statement.line, '`rename` is not followed into references')
      return
  }
}

function moved(entries: Map<string, Entry>, entry: Entry, how: string, anchor: string): Map<string, Entry> {
  const order = new Map<string, Entry>()
  for (const [key, other] of entries) {
    if (other === entry) continue
    if (key === anchor && how === 'before') order.set(entry.key, entry)
    order.set(key, other)
    if (key === anchor && how !== 'before') order.set(entry.key, entry)
  }
  return order
}
