import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { entryLines, flowEntry, flowList, scalarText } from './print-grant.ts'
import type { Grant } from './schema.ts'

/**
 * Edits of a service file's `access:` list. Only the lines of the entry itself change: comments, order, quoting, line ends and a
 * missing last line end stay as they are. INVARIANT: the edited file means the old data with exactly that edit; where the text is
 * laid out too oddly to be edited in place, layout gives way and the meaning does not.
 */
export function addGrant(text: string, grant: Grant): string {
  return edited(
    text,
    (data) => ({ ...data, access: [...entriesOf(data), plain(grant)] }),
    (file) => insertEntry(file, grant),
  )
}

/** Takes away the entries of this request; the same text when there is none. */
export function removeGrant(text: string, request: string): string {
  return repeatedly(text, request, (current, index) =>
    edited(
      current,
      (data) => ({ ...data, access: entriesOf(data).filter((_, at) => at !== index) }),
      (file) => cutEntry(file, index),
    ),
  )
}

/** Moves the end of the entries of this request; the same text when there is none. */
export function extendGrant(text: string, request: string, until: string): string {
  return setField(text, request, 'until', until)
}

/** Names who approved the entries of this request, instead of whoever stands there. */
export function addApprovers(text: string, request: string, approvers: readonly string[]): string {
  return setField(text, request, 'approvedBy', approvers)
}

type Data = Readonly<Record<string, unknown>>
/** A service file as text and as the tree over it. */
type File = { readonly text: string; readonly top: YAMLMap; readonly access: Pair | undefined; readonly eol: string }
type Field = 'until' | 'approvedBy'

/** In the order of the schema, which is the order people read them in. */
const FIELD_ORDER = [
  'allow',
  'via',
  'except',
  'ports',
  'methods',
  'paths',
  'from',
  'until',
  'reason',
  'ticket',
  'request',
  'approvedBy',
]

function setField(text: string, request: string, field: Field, value: string | readonly string[]): string {
  return indexesOf(text, request).reduce(
    (current, index) =>
      edited(
        current,
        (data) => ({
          ...data,
          access: entriesOf(data).map((entry, at) =>
            at === index && isData(entry) ? { ...entry, [field]: value } : entry,
          ),
        }),
        (file) => writeField(file, index, field, value),
      ),
    text,
  )
}

function repeatedly(text: string, request: string, edit: (current: string, index: number) => string): string {
  return indexesOf(text, request).reduceRight(edit, text)
}

function indexesOf(text: string, request: string): number[] {
  return entriesOf(dataOf(text)).flatMap((entry, index) => (isData(entry) && entry.request === request ? [index] : []))
}

/** The text after `inPlace` if it means what `intend` says, else the whole file printed anew from the data. */
function edited(text: string, intend: (data: Data) => Data, inPlace: (file: File) => string | undefined): string {
  const wanted = intend(dataOf(text))
  const file = openFile(text)
  const result = file && inPlace(file)
  if (result !== undefined && means(result, wanted)) return result
  const document = parseDocument(text)
  document.set('access', document.createNode(wanted.access))
  const laidOutAnew = document.toString({ lineWidth: 0 })
  return means(laidOutAnew, wanted) ? laidOutAnew : stringify(wanted, { lineWidth: 0 })
}

function openFile(text: string): File | undefined {
  const { contents }: Document = parseDocument(text)
  if (!isMap(contents) || contents.flow) return undefined
  const access = contents.items.find(({ key }) => isScalar(key) && key.value === 'access')
  return { text, top: contents, access, eol: text.includes('\r\n') ? '\r\n' : '\n' }
}

function insertEntry(file: File, grant: Grant): string | undefined {
  const { text, access, top } = file
  const entry = plain(grant)
  if (!access) {
    const at = lineEnd(text, endOf(top))
    return insertLines(file, at, ['access:', ...entryLines(entry, 2)])
  }
  if (isAlias(access.value)) return undefined
  if (isSeq(access.value) && access.value.items.length > 0) {
    const list = access.value
    const last = list.items.at(-1)
    if (list.flow) return splice(text, endOf(last), endOf(last), `, ${flowEntry(entry)}`)
    const dash = columnOfDash(text, list)
    const lines = isMap(last) && last.flow ? [`${' '.repeat(dash)}- ${flowEntry(entry)}`] : entryLines(entry, dash)
    return insertLines(file, lineEnd(text, endOf(last)), lines)
  }
  // `access: []`, `access:` or `access: ~`: the value goes, what else stands on its line stays.
  const keyEnd = endOf(access.key)
  const colon = text.indexOf(':', keyEnd)
  const valueEnd = isSpelled(access.value) ? endOf(access.value) : colon + 1
  const emptied = text.slice(0, colon + 1) + text.slice(valueEnd)
  return insertLines({ ...file, text: emptied }, lineEnd(emptied, colon + 1), entryLines(entry, 2))
}

function cutEntry({ text, access, eol }: File, index: number): string | undefined {
  const list = access?.value
  if (!access || !isSeq(list)) return undefined
  const item = list.items[index]
  if (list.flow) {
    const next = list.items[index + 1]
    if (index > 0) return splice(text, endOf(list.items[index - 1]), endOf(item), '')
    return splice(text, startOf(item), next === undefined ? endOf(item) : startOf(next), '')
  }
  if (list.items.length === 1) {
    const from = lineEnd(text, text.indexOf(':', endOf(access.key)) + 1)
    const to = lineEnd(text, endOf(item))
    const head = text.slice(0, from)
    // Comments above the entry stay, below the emptied list.
    const above = text.slice(from, lineStart(text, dashOf(text, item))).split(/\r?\n/)
    const kept = above.filter((line) => /^\s*#/.test(line)).map((line) => eol + line)
    const colon = head.indexOf(':', endOf(access.key)) + 1
    return `${head.slice(0, colon)} []${head.slice(colon)}${kept.join('')}${text.slice(to)}`
  }
  const from = lineStart(text, dashOf(text, item))
  const to = lineEnd(text, endOf(item))
  // With the last line of a file that does not end its lines goes the line end before it.
  if (to === text.length && !text.endsWith('\n')) return text.slice(0, from).replace(/\r?\n$/, '')
  return splice(text, from, nextLine(text, to), '')
}

function writeField(
  { text, access, eol }: File,
  index: number,
  field: Field,
  value: string | readonly string[],
): string | undefined {
  const list = access?.value
  const entry = isSeq(list) ? list.items[index] : undefined
  if (!isMap(entry)) return undefined
  const written = typeof value === 'string' ? scalarText(value) : flowList(value)
  const pairs = entry.items.filter((pair) => isScalar(pair.key))
  const nameOf = (pair: Pair) => (isScalar(pair.key) ? String(pair.key.value) : '')
  const present = pairs.find((pair) => nameOf(pair) === field)
  if (present) {
    if (!isScalar(present.value) && !(isSeq(present.value) && present.value.flow)) return undefined
    return splice(text, startOf(present.value), endOf(present.value), written)
  }
  const earlier = FIELD_ORDER.slice(0, FIELD_ORDER.indexOf(field))
  const before = pairs.filter((pair) => earlier.includes(nameOf(pair))).at(-1) ?? pairs.at(-1)
  if (!before) return undefined
  const after = endOf(before.value ?? before.key)
  if (entry.flow) return splice(text, after, after, `, ${field}: ${written}`)
  const indent = ' '.repeat(startOf(pairs[0]?.key) - lineStart(text, startOf(pairs[0]?.key)))
  return insertLines({ text, eol }, lineEnd(text, after), [`${indent}${field}: ${written}`])
}

/** New lines after the line that ends at `at`; a file without a last line end keeps none. */
function insertLines({ text, eol }: Pick<File, 'text' | 'eol'>, at: number, lines: readonly string[]): string {
  return splice(text, at, at, lines.map((line) => eol + line).join(''))
}

function splice(text: string, from: number, to: number, instead: string): string {
  return text.slice(0, from) + instead + text.slice(to)
}

/** Where the line ends that holds the last character before `offset`, without its line end. */
function lineEnd(text: string, offset: number): number {
  const last = offset > 0 && text[offset - 1] === '\n' ? offset - 1 : offset
  const end = text.indexOf('\n', last)
  const stop = end === -1 ? text.length : end
  return stop > 0 && text[stop - 1] === '\r' ? stop - 1 : stop
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end === -1 ? text.length : end + 1
}

function startOf(node: unknown): number {
  return rangeOf(node)?.[0] ?? -1
}

/** Where the last character of a node's own text ends: block collections end with their last entry, not with what follows. */
function endOf(node: unknown): number {
  if ((isMap(node) || isSeq(node)) && !node.flow) {
    const last: unknown = node.items.at(-1)
    if (typeof last === 'object' && last !== null && 'key' in last && 'value' in last)
      return endOf(last.value ?? last.key)
    if (last !== undefined) return endOf(last)
  }
  return rangeOf(node)?.[1] ?? -1
}

/** Whether a value stands in the text: an empty one has a place, which may lie behind a comment, and no characters. */
function isSpelled(node: unknown): boolean {
  return endOf(node) > startOf(node)
}

function rangeOf(node: unknown): readonly number[] | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined
  return node.range.filter((offset) => typeof offset === 'number')
}

function columnOfDash(text: string, list: YAMLSeq): number {
  const dash = dashOf(text, list.items[0])
  return dash - lineStart(text, dash)
}

function dashOf(text: string, item: unknown): number {
  return text.lastIndexOf('-', startOf(item) - 1)
}

function dataOf(text: string): Data {
  const data: unknown = parseDocument(text).toJS()
  return isData(data) ? data : {}
}

function entriesOf(data: Data): readonly unknown[] {
  return Array.isArray(data.access) ? data.access : []
}

function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A grant as a person would write it: nothing that is empty or absent. */
function plain(grant: Grant): Data {
  const given: Data = grant
  return Object.fromEntries(
    FIELD_ORDER.flatMap((key) => {
      const value = given[key]
      return value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [[key, value]]
    }),
  )
}

function means(text: string, wanted: Data): boolean {
  const document = parseDocument(text)
  if (document.errors.length > 0) return false
  try {
    return sameData(document.toJS(), wanted)
  } catch {
    // An alias whose anchor was cut away.
    return false
  }
}

function sameData(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => sameData(item, b[at]))
  if (!isData(a) || !isData(b)) return Object.is(a, b)
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameData(a[key], b[key]))
}
