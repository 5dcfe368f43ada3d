import type { RestTable } from '../../fortigate/compile/rest-shape.ts'
import { restPath } from '../../fortigate/compile/rest-tables.ts'
import type { FortiVersion } from '../../fortigate/model.ts'
import { applyChange, type ChangeCall, type Changed } from './fortigate-changes.ts'
import { complain } from './fortigate-complaint.ts'
import { type Lines, readLines } from './fortigate-lines.ts'
import { initialOf, openCmdb, type Row } from './fortigate-tables.ts'
import { rowsOf } from './fortigate-writes.ts'

/**
 * Runs a script of the command line on a configuration text, statement by statement, with the checks of every call: `config`, `edit`,
 * `set`, `unset`, `append`, `delete`, `move` and tables inside entries. The first refusal ends it, and nothing is changed then.
 */
export function runScript(text: string, script: string, vdom: string, version: FortiVersion): Changed {
  const lines = readLines(script)
  let now = text
  let where = vdom
  for (const [index, { kind, words, parent }] of lines.statements.entries()) {
    if (kind === 'edit' && lines.statements[parent]?.words.join(' ') === 'vdom') where = words[0] ?? where
    if (kind !== 'config' || words.length < 2) continue
    if (lines.statements[parent]?.kind === 'config' && (lines.statements[parent]?.words.length ?? 0) > 1) continue
    const path = restPath(words.join(' '))
    const call = (method: ChangeCall['method'], key: string | undefined, body: Row, query: [string, string][] = []) =>
      applyChange(openCmdb(readLines(now), where, version), {
        ...{ method, path, key, body, child: undefined, childKey: undefined },
        query: new Map(query),
      })
    for (const at of lines.inside.get(index) ?? []) {
      const changed = runLine(lines, at, call, () => openCmdb(readLines(now), where, version), path)
      if (!changed.ok) return changed
      if (changed.text !== '') now = changed.text
    }
  }
  return { ok: true, text: now, key: '' }
}

type Call = (method: ChangeCall['method'], key: string | undefined, body: Row, query?: [string, string][]) => Changed
const NOTHING: Changed = { ok: true, text: '', key: '' }

function runLine(lines: Lines, at: number, call: Call, cmdb: () => ReturnType<typeof openCmdb>, path: string): Changed {
  const statement = lines.statements[at]
  const [subject = '', how = '', object = ''] = statement?.words ?? []
  const table = cmdb().table(path)
  if (!table) return { ok: false, ...complain(404, -3, `no table ${path}`) }
  switch (statement?.kind) {
    case 'edit': {
      const was = cmdb().row(path, subject)
      const body = bodyOf(lines, at, table, was)
      return was ? call('PUT', subject, body) : call('POST', undefined, { ...body, [table.key ?? '']: subject })
    }
    case 'delete':
      return call('DELETE', subject, {})
    case 'move':
      return call('PUT', subject, {}, [
        ['action', 'move'],
        [how === 'before' ? 'before' : 'after', object],
      ])
    case 'set':
    case 'unset':
      return call('PUT', undefined, sentBy(statement.kind, statement.words, table, cmdb().row(path, '')))
    default:
      return NOTHING
  }
}

function bodyOf(lines: Lines, entry: number, table: RestTable, was: Row | undefined): Row {
  const body: Row = {}
  for (const at of lines.inside.get(entry) ?? []) {
    const statement = lines.statements[at]
    const [name = ''] = statement?.words ?? []
    if (!statement) continue
    const child = table.children[name]
    if (statement.kind === 'config' && child?.key !== undefined)
      body[name] = rowsAfter(lines, at, child, child.key, was?.[name])
    else if (statement.kind === 'set' || statement.kind === 'unset' || statement.kind === 'append')
      Object.assign(body, sentBy(statement.kind, statement.words, table, { ...was, ...body }))
  }
  return body
}

/** The rows of a table inside an entry after its own `edit` and `delete` lines. */
function rowsAfter(lines: Lines, block: number, child: RestTable, keyName: string, was: unknown): readonly Row[] {
  const rows = new Map<string, Row>(rowsOf(was).map(({ q_origin_key: _, ...row }) => [String(row[keyName]), row]))
  for (const at of lines.inside.get(block) ?? []) {
    const statement = lines.statements[at]
    const key = statement?.words[0] ?? ''
    if (statement?.kind === 'delete') rows.delete(key)
    else if (statement?.kind === 'purge') rows.clear()
    else if (statement?.kind === 'edit')
      rows.set(key, { ...rows.get(key), [keyName]: key, ...bodyOf(lines, at, child, rows.get(key)) })
  }
  return [...rows.values()]
}

function sentBy(
  kind: 'set' | 'unset' | 'append',
  [name = '', ...words]: readonly string[],
  table: RestTable,
  was?: Row,
): Row {
  const attribute = table.attributes.get(name)
  // ICMP types have no default of their own: unset is any.
  if (kind === 'unset') return { [name]: (attribute && initialOf(attribute)) ?? '' }
  if (attribute?.kind !== 'list') return { [name]: words.join(' ') }
  const before = kind === 'append' ? rowsOf(was?.[name]) : []
  return { [name]: [...before, ...words.map((word) => ({ [attribute.member]: word }))] }
}
