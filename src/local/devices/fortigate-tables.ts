import { REST_TABLES, type RestTable } from '../../fortigate/rest-tables.ts'
import { type FortiText, readFortiText } from '../../fortigate/text.ts'

type Row = Record<string, unknown>

/**
 * What `GET /api/v2/cmdb/<path>[/<key>]` lists, read from the configuration text; undefined answers 404. A singleton is an object,
 * everything else an array, one row of a table too.
 */
export function listTable(text: string, vdom: string | undefined, path: string, key?: string): Row[] | Row | undefined {
  const table = REST_TABLES[path]
  if (!table) return undefined
  const tree = readFortiText('live', text)
  const words = path.split(/[./]/).join(' ')
  const blocks = tree.statements.flatMap((statement, index) =>
    statement.kind === 'config' && statement.words.join(' ') === words && belongsTo(tree, index, vdom ?? 'root')
      ? [index]
      : [],
  )
  const { key: keyName } = table
  if (keyName === undefined)
    return Object.assign({ ...table.defaults }, ...blocks.map((at) => attributes(tree, at, table)))
  const rows = blocks.flatMap((at) => entries(tree, at, keyName, table))
  if (key === undefined) return rows
  const found = rows.filter((row) => String(row[keyName]) === key)
  return found.length > 0 ? found : undefined
}

/** Whether a section is this VDOM's: at the top of a file without VDOMs, in `config global`, or in the VDOM's own block. */
function belongsTo(tree: FortiText, index: number, vdom: string): boolean {
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

function entries(tree: FortiText, block: number, keyName: string, table: RestTable): Row[] {
  return children(tree, block).flatMap((index) => {
    const statement = tree.statements[index]
    if (statement?.kind !== 'edit') return []
    const name = statement.words[0] ?? ''
    const key = table.integers?.includes(keyName) ? Number(name) : name
    return [{ [keyName]: key, q_origin_key: key, ...table.defaults, ...attributes(tree, index, table) }]
  })
}

/** The `set` lines of one entry, and its own sub-tables, as the API writes them. */
function attributes(tree: FortiText, parent: number, table: RestTable): Row {
  const row: Row = {}
  for (const index of children(tree, parent)) {
    const statement = tree.statements[index]
    if (!statement) continue
    const [name, ...values] = statement.words
    if (name === undefined) continue
    if (statement.kind === 'config') row[name] = entries(tree, index, 'id', {})
    else if (statement.kind === 'unset') delete row[name]
    else if (statement.kind === 'set') {
      const member = table.lists?.[name]
      if (member) row[name] = values.map((value) => ({ [member]: value, q_origin_key: value }))
      else row[name] = table.integers?.includes(name) ? Number(values[0]) : values.join(' ')
    }
  }
  return row
}

function children(tree: FortiText, parent: number): number[] {
  const found: number[] = []
  const close = tree.closedBy[parent] ?? -1
  const last = close < 0 ? tree.statements.length : close
  for (let index = parent + 1; index < last; index += 1)
    if (tree.statements[index]?.parent === parent) found.push(index)
  return found
}
