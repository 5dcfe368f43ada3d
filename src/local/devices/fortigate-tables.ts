import type { RestAttribute, RestTable } from '../../fortigate/compile/rest-shape.ts'
import { restTable } from '../../fortigate/compile/rest-tables.ts'
import type { FortiVersion } from '../../fortigate/model.ts'
import type { Lines } from './fortigate-lines.ts'

export type Row = Record<string, unknown>
/** One configuration text as the tables of one VDOM; everything is read when it is asked for, and once. */
export interface Cmdb {
  readonly tree: Lines
  readonly vdom: string
  readonly version: FortiVersion | undefined
  /** The shape of a table in this release; undefined for one that the device does not have. */
  table(path: string): RestTable | undefined
  /** All rows with all attributes; a singleton is one row. */
  rows(path: string): readonly Row[]
  /** The row of one key. */
  row(path: string, key: string): Row | undefined
  /** Indexes of the `config` statements of a table. */
  blocks(path: string): readonly number[]
  /** Indexes of the `edit` statements of one entry, in file order. */
  edits(path: string, key: string): readonly number[]
}

/** The tables of one VDOM of a text. */
export function openCmdb(tree: Lines, vdom: string, version: FortiVersion | undefined): Cmdb {
  const rowsBy = new Map<string, readonly Row[]>()
  const blocksBy = new Map<string, readonly number[]>()
  const blocks = (path: string) => remember(blocksBy, path, () => blocksOf(tree, vdom, path))
  const rows = (path: string) =>
    remember(rowsBy, path, () => {
      const table = restTable(path, version)
      if (!table) return []
      if (table.key === undefined) return [Object.assign(initialRow(table), ...blocks(path).map(contentIn(table)))]
      return rowsIn(tree, blocks(path), table, table.key)
    })
  const contentIn = (table: RestTable) => (at: number) => readContent(tree, at, table)
  return {
    tree,
    vdom,
    version,
    blocks,
    rows,
    table: (path) => restTable(path, version),
    row: (path, key) => {
      const keyName = restTable(path, version)?.key
      return keyName === undefined ? rows(path)[0] : rows(path).find((row) => String(row[keyName]) === key)
    },
    edits: (path, key) =>
      blocks(path).flatMap((block) =>
        (tree.inside.get(block) ?? []).filter((at) => {
          const statement = tree.statements[at]
          return statement?.kind === 'edit' && (statement.words[0] ?? '') === key
        }),
      ),
  }
}

function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key)
  if (found !== undefined) return found
  const made = make()
  known.set(key, made)
  return made
}

/** The VDOMs that a text has; `root` alone where it knows none. */
export function vdomsOf({ text, statements }: Lines): readonly string[] {
  const names = statements.flatMap(({ kind, parent, words }) => {
    const table = statements[parent]
    return kind === 'edit' && table?.parent === -1 && table.words.join(' ') === 'vdom' ? [words[0] ?? ''] : []
  })
  const scoped = /:vd_name=([^/:\s]+)/.exec(text.slice(0, 1000))?.[1]
  return names.length > 0 ? [...new Set(names)] : [scoped ?? 'root']
}

/** Every attribute with its default, as a device answers; what has none here is left out. */
export function initialRow(table: RestTable): Row {
  const row: Row = {}
  for (const [name, attribute] of table.attributes) {
    const initial = initialOf(attribute)
    if (initial !== undefined) row[name] = initial
  }
  for (const [name, child] of Object.entries(table.children))
    row[name] = child.key === undefined ? initialRow(child) : []
  return row
}

export function initialOf(attribute: RestAttribute): unknown {
  return attribute.kind === 'list' ? [] : attribute.initial
}

/** What the API gives instead of a secret. */
export const MASKED = 'ENC XXXX'
const SECRET = /passw|passphrase|psk|secret|private-key|^key$|token|auth-pwd|priv-pwd/

function blocksOf(tree: Lines, vdom: string, path: string): readonly number[] {
  const words = path.split(/[./]/).join(' ')
  return tree.statements.flatMap((statement, index) =>
    statement.kind === 'config' && statement.words.join(' ') === words && belongsTo(tree, index, vdom) ? [index] : [],
  )
}

/** Whether a section is this VDOM's: at the top of a file without VDOMs, in `config global`, or in the VDOM's own block. */
function belongsTo(tree: Lines, index: number, vdom: string): boolean {
  let at = tree.statements[index]?.parent ?? -1
  for (let depth = 0; at >= 0 && depth < 4; depth += 1) {
    const statement = tree.statements[at]
    if (!statement) return false
    const name = statement.words[0]
    if (statement.kind === 'edit') {
      if (name !== vdom) return false
    } else if (statement.kind !== 'config' || (name !== 'vdom' && name !== 'global')) return false
    at = statement.parent
  }
  return at < 0
}

/** The entries of the blocks, a key that is edited twice merged into one row. */
function rowsIn(tree: Lines, blocks: readonly number[], table: RestTable, keyName: string): readonly Row[] {
  const rows = new Map<string, Row>()
  for (const index of blocks.flatMap((block) => tree.inside.get(block) ?? [])) {
    const statement = tree.statements[index]
    if (statement?.kind !== 'edit') continue
    const name = statement.words[0] ?? ''
    const key = table.attributes.get(keyName)?.kind === 'number' ? Number(name) : name
    const row = rows.get(name) ?? { [keyName]: key, q_origin_key: key, ...initialRow(table), [keyName]: key }
    rows.set(name, Object.assign(row, readContent(tree, index, table)))
  }
  return [...rows.values()]
}

/** What the lines of one entry say, in the shapes of the API. */
function readContent(tree: Lines, parent: number, table: RestTable): Row {
  const row: Row = {}
  for (const index of tree.inside.get(parent) ?? []) {
    const statement = tree.statements[index]
    const [name, ...values] = statement?.words ?? []
    if (!statement || name === undefined) continue
    if (statement.kind === 'config') row[name] = readChild(tree, index, table.children[name])
    else if (statement.kind === 'unset') row[name] = emptyOf(table.attributes.get(name))
    else if (statement.kind === 'set') row[name] = readValue(name, values, table.attributes.get(name))
  }
  return row
}

const UNKNOWN_CHILD: RestTable = { key: 'id', attributes: new Map(), children: {} }

function readChild(tree: Lines, index: number, child: RestTable = UNKNOWN_CHILD): unknown {
  if (child.key !== undefined) return rowsIn(tree, [index], child, child.key)
  return { ...initialRow(child), ...readContent(tree, index, child) }
}

function readValue(name: string, words: readonly string[], attribute: RestAttribute | undefined): unknown {
  if (words[0] === 'ENC' || SECRET.test(name)) return words.join('') === '' ? '' : MASKED
  if (attribute?.kind === 'list')
    return words.map((word) => {
      const value = attribute.member === 'id' || attribute.member === 'seq-num' ? Number(word) : word
      return { [attribute.member]: value, q_origin_key: value }
    })
  return attribute?.kind === 'number' && /^\d+$/.test(words[0] ?? '') ? Number(words[0]) : words.join(' ')
}

/** `unset` in a backup: empty, which is not always the default. */
function emptyOf(attribute: RestAttribute | undefined): unknown {
  if (attribute?.kind === 'list') return []
  return attribute?.kind === 'number' ? attribute.initial : ''
}
