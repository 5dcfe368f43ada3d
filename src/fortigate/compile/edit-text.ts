import { remember } from '../../flow/remember.ts'
import { tablePath } from '../config/keywords.ts'
import { readTables } from '../config/read-tables.ts'
import type { Table } from '../config/tables.ts'
import type { FortiDevice } from '../model.ts'
import type { Statement } from '../text.ts'

/** Marks what we made, so that removing a grant may take it away again. */
export const OURS = 'Sallyport'
/** A stretch of text to put in place of another; `from === to` inserts. */
export type Splice = { readonly from: number; readonly to: number; readonly text: string }
/** An object to write: its quoted or bare key, and its lines without indentation. */
export type NewEntry = { readonly key: string; readonly lines: readonly string[] }
type NewSection = { readonly path: string; readonly entries: readonly NewEntry[] }

/** The text with the splices made, in the order given where two start at one place; everything else stays byte for byte. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const ordered = splices
    .map((splice, index) => ({ ...splice, index }))
    .sort((a, b) => a.from - b.from || a.index - b.index)
  let out = ''
  let at = 0
  for (const splice of ordered) {
    out += text.slice(at, splice.from) + splice.text
    at = Math.max(at, splice.to)
  }
  return out + text.slice(at)
}

/** The sections of one VDOM as they stand in the text, and how to add to them. What answers undefined finds no safe place. */
export function sectionsOf(device: FortiDevice, vdom: string) {
  const context = sectionsIn(device)(vdom)
  const { text, statements, find, openersOf } = context

  /** New entries at the end of a section, or a new section before `before`. */
  const add = (path: string, entries: readonly NewEntry[], before: Table): Splice | undefined => {
    const opener = openersOf(path).at(-1)
    if (opener !== undefined) return append(context, opener, entries)
    const place = statements[before.opener]
    if (!place) return undefined
    const { indent, newline } = styleAt(text, place.from)
    const body = printEntries(entries, `${indent}    `, newline)
    return insertion(place.from, `${indent}config ${path}${newline}${body}${indent}end${newline}`)
  }

  /** New entries before (or, without an anchor, after all) entries of a section whose order counts. */
  const insert = (path: string, entries: readonly NewEntry[], anchor: string | undefined): Splice | undefined => {
    const table = find(path)
    if (!table) return undefined
    if (anchor === undefined) return add(path, entries, table)
    const place = statements[table.entries.get(anchor)?.opener ?? -1]
    if (!place) return undefined
    const { indent, newline } = styleAt(text, place.from)
    return insertion(place.from, printEntries(entries, indent, newline))
  }

  return {
    find,
    add,
    insert,
    /** New sections, marked so that `removeAll` takes them away again when they are empty. */
    create: (sections: readonly NewSection[]) => createSections(context, sections),
    /** Takes out an entry with everything in it. */
    remove: (path: string, key: string): Splice | undefined => {
      const [only, more] = removeEntries(context, new Map([[path, new Set([key])]])) ?? []
      return more === undefined ? only : undefined
    },
    /** Takes out the entries with everything in them, and sections of ours that are empty then. */
    removeAll: (keys: ReadonlyMap<string, ReadonlySet<string>>) => removeEntries(context, keys),
  }
}

type Sections = {
  readonly text: string
  readonly statements: readonly Statement[]
  readonly closedBy: readonly number[]
  readonly find: (path: string) => Table | undefined
  /** Indexes of the `config` statements of a table: it may be opened several times. */
  readonly openersOf: (path: string) => readonly number[]
}

const sectionsIn = remember((device: FortiDevice) => {
  const known = new Map<string, Sections>()
  return (vdom: string): Sections => {
    const sections = known.get(vdom) ?? readSections(device, vdom)
    known.set(vdom, sections)
    return sections
  }
})

function readSections(device: FortiDevice, vdom: string): Sections {
  const { text, statements, closedBy } = device.text
  const { scopes } = readTables(device.text)
  const scopeOf = (path: string) => (scopes.get(vdom)?.has(path) ? vdom : '')
  const openers = new Map<string, number[]>()
  statements.forEach(({ kind, parent, words }, index) => {
    if (kind !== 'config') return
    const scope = parent < 0 ? '' : vdomAround(statements, parent)
    if (scope === undefined) return
    const key = `${scope}\n${tablePath(words)}`
    const list = openers.get(key)
    if (list) list.push(index)
    else openers.set(key, [index])
  })
  return {
    text,
    statements,
    closedBy,
    find: (path) => scopes.get(scopeOf(path))?.get(path),
    openersOf: (path) => openers.get(`${scopeOf(path)}\n${path}`) ?? [],
  }
}

/** The VDOM whose `edit` this is. */
function vdomAround(statements: readonly Statement[], index: number): string | undefined {
  const edit = statements[index]
  const wrapper = edit?.kind === 'edit' ? statements[edit.parent] : undefined
  return wrapper?.kind === 'config' && wrapper.parent < 0 && wrapper.words.join(' ') === 'vdom'
    ? edit?.words[0]
    : undefined
}

function append(sections: Sections, opener: number, entries: readonly NewEntry[]): Splice | undefined {
  const { text, statements, closedBy } = sections
  const end = closedBy[opener] ?? -1
  const [section, last] = [statements[opener], statements[end]]
  if (!section || last?.kind !== 'end') return undefined
  const { indent, newline } = styleAt(text, section.from)
  const body = printEntries(entries, `${indent}    `, newline)
  const isOpen = childrenOf(sections, opener).some((index) => closedBy[index] === end)
  // Where `end` closes the last entry as well, that one gets its `next`, and the last of ours is the one that `end` closes.
  const next = `${indent}    next${newline}`
  return insertion(last.from, isOpen ? next + body.slice(0, -next.length) : body)
}

/** Indexes of what stands directly in the section, its `end` excepted. */
function childrenOf({ statements, closedBy }: Sections, opener: number): readonly number[] {
  const children: number[] = []
  for (let index = opener + 1; index < (closedBy[opener] ?? -1); index++) {
    if (statements[index]?.parent === opener) children.push(index)
  }
  return children
}

/** They go above the policies, which refer to them; policies themselves behind the VIPs. */
function createSections(context: Sections, sections: readonly NewSection[]): Splice | undefined {
  const { text, statements, closedBy, openersOf } = context
  if (sections.length === 0) return insertion(text.length, '')
  const policies = statements[openersOf('firewall policy')[0] ?? -1]
  const vips = statements[Math.max(-1, ...openersOf('firewall vip'), ...openersOf('firewall vip6'))]
  const behind = vips && statements[closedBy[statements.indexOf(vips)] ?? -1]
  const place = policies ?? (behind?.kind === 'end' ? vips : undefined)
  if (!place) return undefined
  const { indent, newline } = styleAt(text, place.from)
  const all = sections.map(({ path, entries }) => {
    const body = printEntries(entries, `${indent}    `, newline)
    return `${indent}config ${path}${newline}${indent}    ${MARK}${newline}${body}${indent}end${newline}`
  })
  const at = policies ? policies.from : (behind?.to ?? 0)
  // Behind a last line that does not end, the line end moves in front.
  const isUnended = at === text.length && !text.endsWith('\n')
  return insertion(at, isUnended ? newline + all.join('').slice(0, -newline.length) : all.join(''))
}
const MARK = `# ${OURS}`

function removeEntries(
  context: Sections,
  keys: ReadonlyMap<string, ReadonlySet<string>>,
): readonly Splice[] | undefined {
  const splices: Splice[] = []
  for (const [path, gone] of keys) {
    const table = context.find(path)
    const openers = new Set([...gone].map((key) => table?.entries.get(key)?.opener))
    const isGone = (index: number) => openers.has(index) || gone.has(context.statements[index]?.words[0] ?? '')
    for (const opener of context.openersOf(path)) {
      const taken = removeFrom(context, opener, isGone)
      if (!taken) return undefined
      splices.push(...taken)
    }
  }
  return endAsBefore(context.text, splices)
}

function removeFrom(
  context: Sections,
  opener: number,
  isGone: (index: number) => boolean,
): readonly Splice[] | undefined {
  const { text, statements, closedBy } = context
  const closer = (index: number) => statements[closedBy[index] ?? -1]
  const children = childrenOf(context, opener)
  const entries = children.filter((index) => statements[index]?.kind === 'edit')
  const gone = entries.filter(isGone)
  const [section, end] = [statements[opener], closer(opener)]
  if (gone.length === 0) return []
  if (!section || end?.kind !== 'end') return undefined
  const rest = children.flatMap((index) => (gone.includes(index) ? [] : (statements[index] ?? [])))
  if (rest.length === 1 && rest.every(({ from, to }) => text.slice(from, to).trim() === MARK)) {
    return [deletion(section.from, end.to)]
  }
  const splices = gone.map((index) => {
    const close = closer(index)
    return deletion(statements[index]?.from ?? 0, close?.kind === 'next' ? close.to : end.from)
  })
  // When the section's `end` closed the entry that goes, it now closes the one before, as it did without ours.
  const lastKept = entries.findLast((index) => !isGone(index))
  const wasOpen = gone.some((index) => closer(index) === end)
  const next = lastKept === undefined ? undefined : closer(lastKept)
  return wasOpen && next?.kind === 'next' ? [...splices, deletion(next.from, next.to)] : splices
}

/** A text whose last line does not end still does not when its last section goes. */
function endAsBefore(text: string, splices: readonly Splice[]): readonly Splice[] {
  if (text.endsWith('\n') || !splices.some(({ to }) => to === text.length)) return splices
  const goes = [...splices].sort((a, b) => b.from - a.from)
  let start = text.length
  for (const { from, to } of goes) if (to >= start) start = Math.min(start, from)
  const before = /\r?\n$/.exec(text.slice(Math.max(0, start - 2), start))?.[0].length ?? 0
  return [...splices, deletion(start - before, text.length)]
}

function insertion(at: number, text: string): Splice {
  return { from: at, to: at, text }
}

function deletion(from: number, to: number): Splice {
  return { from, to, text: '' }
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
