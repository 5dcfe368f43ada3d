import type { Problem } from '../evidence/problem.ts'
import { tablePath } from './keywords.ts'
import type { FortiText, Statement, Word } from './text.ts'

/** What one attribute was last set to. No words: `unset`, which for FortiOS may differ from never mentioned. */
type Value = { readonly words: readonly Word[]; readonly line: number }
/** One `edit` of a table, or the attributes of a section that has no entries. */
export type Entry = {
  readonly key: string
  readonly line: number
  /** Index of its `edit` (or `config`) statement. */
  readonly opener: number
  readonly values: Map<string, Value>
  readonly tables: Map<string, Table>
  /** Lines in it that could not be read at all. */
  readonly strange: Statement[]
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
  tree.statements.forEach((statement, index) => {
    const frame = frames.get(statement.parent)
    if (statement.kind === 'config') frames.set(index, openSection(scopes, frame, statement, index))
    else if (frame?.kind === 'vdoms' && statement.kind === 'edit') {
      const name = statement.words[0]?.text ?? ''
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
  return entry.values.get(name)?.words.map((word) => word.text) ?? []
}

/** The first word of an attribute; undefined when it is unset or absent. */
export function wordOf(entry: Entry, name: string): string | undefined {
  return entry.values.get(name)?.words[0]?.text
}

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
  const words = statement.words.map((word) => word.text)
  if (!frame && words.length === 1 && words[0] === 'vdom') return { kind: 'vdoms' }
  if (!frame && words.length === 1 && words[0] === 'global') return { kind: 'scope', scope: GLOBAL }
  if (frame?.kind === 'table') {
    const entry = frame.entry ?? frame.table.own
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
  const written = statement.words[0]?.text ?? ''
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
  return { key, line, opener, values: new Map(), tables: new Map(), strange: [] }
}

/** Whether the statement was about an attribute of the entry. */
function changeValue(entry: Entry, statement: Statement): boolean {
  const [name, ...words] = statement.words
  if (statement.kind === 'unknown') {
    entry.strange.push(statement)
    return true
  }
  if (!CHANGES_VALUE.has(statement.kind)) return false
  if (statement.broken || !name) {
    entry.strange.push(statement)
    return true
  }
  const before = entry.values.get(name.text)?.words ?? []
  const gone = new Set(words.map((word) => word.text))
  const after =
    statement.kind === 'set' || statement.kind === 'select'
      ? words
      : statement.kind === 'append'
        ? [...before, ...words]
        : statement.kind === 'unselect'
          ? before.filter((word) => !gone.has(word.text))
          : []
  entry.values.set(name.text, { words: after, line: statement.line })
  return true
}
const CHANGES_VALUE: ReadonlySet<string> = new Set(['set', 'select', 'append', 'unselect', 'unset', 'clear'])

function changeTable(table: Table, statement: Statement, report: (code: string, line: number, says: string) => void) {
  const [subject = '', how = '', object = ''] = statement.words.map((word) => word.text)
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
      if (entry.tables.size > 0) table.unfollowed.push(statement)
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
