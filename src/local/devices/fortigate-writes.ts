import { applySplices, type Splice } from '../../fortigate/compile/edit-text.ts'
import type { RestAttribute, RestTable } from '../../fortigate/compile/rest-shape.ts'
import { REST_TABLES } from '../../fortigate/compile/rest-tables.ts'
import { type Cmdb, initialOf, initialRow, MASKED, type Row } from './fortigate-tables.ts'

/** The text with a new entry at the bottom of its table; a table that is not there yet is opened at its place. */
export function createEntry(cmdb: Cmdb, path: string, key: string, body: Row): string | undefined {
  const { tree } = cmdb
  const table = cmdb.table(path)
  if (!table) return undefined
  const block = cmdb.blocks(path).at(-1)
  const words = path.split(/[./]/).join(' ')
  if (block === undefined) {
    const place = placeOfSection(cmdb, path)
    const lines = [`config ${words}`, ...indented(entryLines(table, key, body)), 'end']
    return splice(tree.text, place.at, place.at, asText(lines, place.indent, place.newline))
  }
  const opener = tree.statements[block]
  const close = tree.statements[tree.closedBy.get(block) ?? -1]
  if (!opener || !close) return undefined
  const { indent, newline } = styleAt(tree.text, opener.from)
  // `end` may close an entry that has no `next`.
  const last = (tree.inside.get(block) ?? []).at(-1)
  const open = last !== undefined && tree.statements[last]?.kind === 'edit' && !endsWithNext(cmdb, last)
  const lines = [...(open ? ['next'] : []), ...entryLines(table, key, body)]
  return splice(tree.text, close.from, close.from, asText(lines, `${indent}    `, newline))
}

/** The text with some attributes of an entry, or of a singleton, changed; lines that say the same stay as they are. */
export function changeEntry(cmdb: Cmdb, path: string, key: string | undefined, body: Row): string | undefined {
  const { tree } = cmdb
  const table = cmdb.table(path)
  if (!table) return undefined
  const places = key === undefined ? cmdb.blocks(path) : cmdb.edits(path, key)
  const home = places.at(-1)
  const row = cmdb.row(path, key ?? '') ?? {}
  const changed = Object.entries(body).filter(
    ([name, value]) => !isSame(row[name], completed(table.children[name], value)) && value !== MASKED,
  )
  if (changed.length === 0) return tree.text
  if (home === undefined) {
    if (key !== undefined) return undefined
    const place = placeOfSection(cmdb, path)
    const lines = [
      `config ${path.split(/[./]/).join(' ')}`,
      ...indented(contentLines(table, Object.fromEntries(changed))),
      'end',
    ]
    return splice(tree.text, place.at, place.at, asText(lines, place.indent, place.newline))
  }
  const opener = tree.statements[home]
  const close = tree.statements[tree.closedBy.get(home) ?? -1]
  if (!opener || !close) return undefined
  const { indent, newline } = styleAt(tree.text, opener.from)
  const splices: Splice[] = []
  // New attributes stand before the tables inside the entry, as FortiOS prints them.
  const firstTable = (tree.inside.get(home) ?? []).find((at) => tree.statements[at]?.kind === 'config')
  const bottom = close.from
  const top = firstTable === undefined ? bottom : (tree.statements[firstTable]?.from ?? bottom)
  for (const [name, value] of changed) {
    const text = asText(attributeLines(table, name, value, { ...row, ...body }), `${indent}    `, newline)
    const old = places.flatMap((place) => linesOf(cmdb, place, name))
    old.forEach(({ from, to }, index) => {
      splices.push({ from, to, text: index === old.length - 1 ? text : '' })
    })
    if (old.length === 0) {
      const at = table.children[name] === undefined ? top : bottom
      splices.push({ from: at, to: at, text })
    }
  }
  return applySplices(tree.text, splices)
}

/** The text without the entry. */
export function removeEntry(cmdb: Cmdb, path: string, key: string): string {
  const spans = cmdb.edits(path, key).map((edit) => spanOf(cmdb, edit))
  return applySplices(
    cmdb.tree.text,
    spans.map(({ from, to }) => ({ from, to, text: '' })),
  )
}

/** The text with the entry at another place of its table. */
export function moveEntry(
  cmdb: Cmdb,
  path: string,
  key: string,
  where: 'before' | 'after',
  anchor: string,
): string | undefined {
  const [moving, fixed] = [cmdb.edits(path, key)[0], cmdb.edits(path, anchor)[0]]
  if (moving === undefined || fixed === undefined) return undefined
  if (moving === fixed) return cmdb.tree.text
  const { text } = cmdb.tree
  const [taken, place] = [spanOf(cmdb, moving), spanOf(cmdb, fixed)]
  const { indent, newline } = styleAt(text, taken.from)
  const next = `${indent}next${newline}`
  const whole = text.slice(taken.from, taken.to) + (taken.closed ? '' : next)
  const before = where === 'after' && !place.closed ? next : ''
  const at = where === 'before' ? place.from : place.to
  return applySplices(text, [
    { from: taken.from, to: taken.to, text: '' },
    { from: at, to: at, text: before + whole },
  ])
}

/** A body has members without `q_origin_key`, and numbers where the device says texts: that is no difference. */
function isSame(old: unknown, value: unknown): boolean {
  return plain(old) === plain(value)
}

/** Rows of an inner table with the defaults that a device would answer. */
function completed(child: RestTable | undefined, value: unknown): unknown {
  if (child?.key === undefined) return value
  const { key } = child
  return rowsOf(value).map((row) => ({ [key]: row[key], ...initialRow(child), ...row }))
}

function plain(value: unknown): string {
  return JSON.stringify(value, (name, inner) =>
    name === 'q_origin_key' ? undefined : typeof inner === 'number' ? String(inner) : inner,
  )
}

function spanOf({ tree }: Cmdb, edit: number): { from: number; to: number; closed: boolean } {
  const opener = tree.statements[edit]
  const close = tree.statements[tree.closedBy.get(edit) ?? -1]
  const closed = close?.kind === 'next'
  const end = tree.text.length
  return { from: opener?.from ?? end, to: (closed ? close.to : close?.from) ?? end, closed }
}

function endsWithNext(cmdb: Cmdb, edit: number): boolean {
  return spanOf(cmdb, edit).closed
}

/** Where the attribute is written in this entry: its lines, or the whole table inside. */
function linesOf({ tree }: Cmdb, entry: number, name: string): readonly { from: number; to: number }[] {
  return (tree.inside.get(entry) ?? []).flatMap((at) => {
    const statement = tree.statements[at]
    if (!statement || statement.words[0] !== name) return []
    if (statement.kind === 'set' || statement.kind === 'unset') return [{ from: statement.from, to: statement.to }]
    const close = tree.statements[tree.closedBy.get(at) ?? -1]
    return statement.kind === 'config' && close ? [{ from: statement.from, to: close.to }] : []
  })
}

/** A section that is missing comes before the first that may refer to it, in the VDOM's own block where there is one. */
function placeOfSection(cmdb: Cmdb, path: string): { at: number; indent: string; newline: string } {
  const { tree, vdom } = cmdb
  const paths = Object.keys(REST_TABLES)
  const inGlobal = /^system\/(?:global|interface)$/.test(path)
  const wrapper = tree.statements.findLastIndex(({ kind, parent, words }) => {
    if (inGlobal) return kind === 'config' && parent < 0 && words.join(' ') === 'global'
    return kind === 'edit' && tree.statements[parent]?.words.join(' ') === 'vdom' && words[0] === vdom
  })
  const later = paths
    .slice(paths.indexOf(path) + 1)
    .flatMap((other) => cmdb.blocks(other))
    .filter((at) => tree.statements[at]?.parent === wrapper)
  const first = tree.statements[Math.min(...later)]
  if (first) return { at: first.from, ...styleAt(tree.text, first.from) }
  const close = tree.statements[tree.closedBy.get(wrapper) ?? -1]
  if (close) return { at: close.from, ...styleAt(tree.text, close.from) }
  return { at: tree.text.length, indent: '', newline: styleAt(tree.text, 0).newline }
}

function styleAt(text: string, from: number): { indent: string; newline: string } {
  const end = text.indexOf('\n', from)
  return {
    indent: /^[ \t]*/.exec(text.slice(from, from + 200))?.[0] ?? '',
    newline: text[end - 1] === '\r' ? '\r\n' : '\n',
  }
}

function splice(text: string, from: number, to: number, put: string): string {
  const missing = from === text.length && text !== '' && !text.endsWith('\n') ? '\n' : ''
  return applySplices(text, [{ from, to, text: missing + put }])
}

function asText(lines: readonly string[], indent: string, newline: string): string {
  return lines.map((line) => `${indent}${line}${newline}`).join('')
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `    ${line}`)
}

function entryLines(table: RestTable, key: string, body: Row): readonly string[] {
  const attribute = table.attributes.get(table.key ?? '')
  const written = attribute?.kind === 'number' ? key : quoted(key)
  return [`edit ${written}`, ...indented(contentLines(table, body)), 'next']
}

function contentLines(table: RestTable, body: Row): readonly string[] {
  const names = Object.keys(body).filter((name) => name !== table.key && name !== 'q_origin_key')
  const [tables, values] = [names.filter((name) => table.children[name]), names.filter((name) => !table.children[name])]
  return [...values, ...tables].flatMap((name) => attributeLines(table, name, body[name], body))
}

/** Nothing for a default, as in a backup. */
function attributeLines(table: RestTable, name: string, value: unknown, row: Row): readonly string[] {
  const child = table.children[name]
  if (child) return childLines(name, child, value)
  const attribute = table.attributes.get(name)
  const isIcmp = (name === 'icmptype' || name === 'icmpcode') && /^ICMP/i.test(String(row.protocol))
  if (value === '' && (isIcmp || (attribute?.kind === 'text' && attribute.initial !== ''))) return [`unset ${name}`]
  if (isSame(attribute && initialOf(attribute), value)) return []
  const words = wordsOf(attribute, value)
  return words.length === 0 ? [] : [`set ${name} ${words.join(' ')}`]
}

function childLines(name: string, child: RestTable, value: unknown): readonly string[] {
  const rows = child.key === undefined ? [] : rowsOf(value)
  const lines =
    child.key === undefined
      ? rowsOf([value]).flatMap((row) => contentLines(child, row))
      : rows.flatMap((row) => entryLines(child, String(row[child.key ?? '']), row))
  return lines.length === 0 ? [] : [`config ${name}`, ...indented(lines), 'end']
}

/** The objects among what was sent; the checks have refused anything else. */
export function rowsOf(value: unknown): readonly Row[] {
  const isRow = (one: unknown): one is Row => typeof one === 'object' && one !== null && !Array.isArray(one)
  return Array.isArray(value) ? value.filter(isRow) : []
}

function wordsOf(attribute: RestAttribute | undefined, value: unknown): readonly string[] {
  if (attribute?.kind === 'list') {
    const bare = attribute.member === 'id' || attribute.member === 'seq-num'
    return rowsOf(value).map((row) => (bare ? String(row[attribute.member]) : quoted(String(row[attribute.member]))))
  }
  const text = String(value)
  if (attribute?.kind === 'text' && attribute.quoted) return [quoted(text)]
  return text.split(' ').flatMap((word) => (word === '' ? [] : [/^[\w.:/+@*,=-]+$/.test(word) ? word : quoted(word)]))
}

function quoted(text: string): string {
  return text === '' ? "''" : `"${text.replace(/["'\\]/g, '\\$&')}"`
}
