import type { FortiDevice } from './model.ts'
import { readTables } from './read-tables.ts'
import { GLOBAL, type Table } from './tables.ts'
import type { Statement } from './text.ts'

/** A stretch of text to put in place of another; `from === to` inserts. */
export type Splice = { readonly from: number; readonly to: number; readonly text: string }
/** An object to write: its quoted or bare key, and its lines without indentation. */
export type NewEntry = { readonly key: string; readonly lines: readonly string[] }

/** The text with the splices made; everything else stays byte for byte. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const ordered = splices
    .map((splice, index) => ({ ...splice, index }))
    .sort((a, b) => a.from - b.from || a.index - b.index)
  let out = ''
  let at = 0
  for (const splice of ordered) {
    out += text.slice(at, splice.from) + splice.text
    at = splice.to
  }
  return out + text.slice(at)
}

/** The sections of one VDOM as they stand in the text, and how to add to them. */
export function sectionsOf(device: FortiDevice, vdom: string) {
  const { scopes } = readTables(device.text)
  const find = (path: string): Table | undefined =>
    scopes.get(vdom)?.get(path) ?? scopes.get('')?.get(path) ?? scopes.get(GLOBAL)?.get(path)
  const statementAt = (index: number): Statement | undefined => device.text.statements[index]
  const closer = (opener: number): Statement | undefined => statementAt(device.text.closedBy[opener] ?? -1)
  const style = (at: number) => styleAt(device.text.text, at)

  /** New entries at the end of a section, or a new section before `before`. Undefined where the text gives no safe place. */
  const add = (path: string, entries: readonly NewEntry[], before: Table): Splice | undefined => {
    const table = find(path)
    if (!table) {
      const place = statementAt(before.opener)
      if (!place) return undefined
      const { indent, newline } = style(place.from)
      const body = printEntries(entries, `${indent}    `, newline)
      return {
        from: place.from,
        to: place.from,
        text: `${indent}config ${path}${newline}${body}${indent}end${newline}`,
      }
    }
    const opener = statementAt(table.opener)
    const end = closer(table.opener)
    if (!opener || end?.kind !== 'end') return undefined
    const { indent, newline } = style(opener.from)
    return { from: end.from, to: end.from, text: printEntries(entries, `${indent}    `, newline) }
  }

  /** New entries before (or, without an anchor, after all) entries of a section whose order counts. */
  const insert = (path: string, entries: readonly NewEntry[], anchor: string | undefined): Splice | undefined => {
    const table = find(path)
    const entry = anchor === undefined ? undefined : table?.entries.get(anchor)
    const place = entry && statementAt(entry.opener)
    if (!table || (anchor !== undefined && !place)) return undefined
    if (!place) return add(path, entries, table)
    const { indent, newline } = style(place.from)
    return { from: place.from, to: place.from, text: printEntries(entries, indent, newline) }
  }

  /** Takes out an entry with everything in it. */
  const remove = (path: string, key: string): Splice | undefined => {
    const entry = find(path)?.entries.get(key)
    const opener = entry && statementAt(entry.opener)
    const end = entry && closer(entry.opener)
    return opener && end?.kind === 'next' ? { from: opener.from, to: end.to, text: '' } : undefined
  }
  return { find, add, insert, remove }
}

function printEntries(entries: readonly NewEntry[], indent: string, newline: string): string {
  const lines = entries.flatMap(({ key, lines: own }) => [
    `${indent}edit ${key}`,
    ...own.map((line) => `${indent}    ${line}`),
    `${indent}next`,
  ])
  return lines.map((line) => line + newline).join('')
}

function styleAt(text: string, from: number): { indent: string; newline: string } {
  const end = text.indexOf('\n', from)
  return {
    indent: /^[ \t]*/.exec(text.slice(from, from + 200))?.[0] ?? '',
    newline: text[end - 1] === '\r' ? '\r\n' : '\n',
  }
}

/** Quoted as FortiOS prints strings. */
export function quote(text: string): string {
  return `"${text.replace(/["'\\]/g, '\\$&')}"`
}
