import { spaceOfTable } from '../text/renames.ts'
import { kindAt, wordsAt } from '../text/rows.ts'
import { Entry, Table } from './tables.ts'

export type Complain = (code: string, index: number, message: string) => void

/** Carries out what a script does to a table as a whole. */
export function changeTable(table: Table, at: number, complain: Complain): void {
  const { ordered, book } = table
  const [subject = '', how = '', object = ''] = wordsAt(book.tree.rows, at)
  const entry = ordered.get(subject)
  switch (kindAt(book.tree.rows, at)) {
    case 'purge':
      ordered.clear()
      return
    case 'delete':
      if (!ordered.delete(subject)) complain('NOTHING_TO_DELETE', at, noneHere(subject))
      return
    case 'move':
      if (!entry) complain('NOTHING_TO_MOVE', at, noneHere(subject))
      else if (!ordered.move(subject, how === 'before' ? 'before' : 'after', object))
        complain('NOTHING_TO_MOVE', at, noneHere(object))
      return
    case 'clone':
    case 'rename':
      copyEntry(table, at, complain)
  }
}

/** `clone A to B` and `rename A to B`: what comes of it has no lines of its own. */
function copyEntry(table: Table, at: number, complain: Complain): void {
  const { ordered, book } = table
  const isRename = kindAt(book.tree.rows, at) === 'rename'
  const [from = '', , to = ''] = wordsAt(book.tree.rows, at)
  const entry = ordered.get(from)
  if (!entry || to === '') {
    if (isRename) complain('NOTHING_TO_RENAME', at, noneHere(from))
    else complain('NOTHING_TO_CLONE', at, noneHere(from))
  } else if (ordered.get(to)) {
    // A device refuses a name that is taken, and leaves both as they are.
    complain('NAME_TAKEN', at, `there is a "${to}" here already`)
  } else if (isRename) {
    ordered.rename(from, to, copyOf(entry, to, entry.line, table))
    const space = spaceOfTable(table.path)
    if (space !== undefined) book.renames.push({ scope: table.scope, space, from, to, at })
  } else ordered.set(to, copyOf(entry, to, book.tree.rows.lines[at] ?? 0, table))
}

function noneHere(name: string): string {
  return `there is no "${name}" here`
}

/** Another entry with the same attributes so far; its tables are made anew when either is changed. */
function copyOf(entry: Entry, key: string, line: number, table: Table): Entry {
  const copy = new Entry(key, line, -1, table)
  copy.last = entry.last
  copy.tables = entry.tables
  copy.strange = entry.strange && [...entry.strange]
  copy.sharesTables = entry.tables !== undefined
  entry.sharesTables = copy.sharesTables
  return copy
}

export function copyTables(tables: ReadonlyMap<string, Table>): Map<string, Table> {
  const copies = new Map<string, Table>()
  for (const [path, table] of tables) {
    const copy = new Table(path, table.scope, table.line, table.opener, table.book)
    for (const [key, entry] of table.entries) copy.ordered.set(key, copyOf(entry, key, entry.line, copy))
    copy.own.last = table.own.last
    copy.own.tables = table.own.tables && copyTables(table.own.tables)
    for (const number of table.named) copy.named.add(number)
    copies.set(path, copy)
  }
  return copies
}
