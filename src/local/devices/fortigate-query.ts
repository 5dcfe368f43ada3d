import type { RestTable } from '../../fortigate/compile/rest-shape.ts'
import { referrersOf } from './fortigate-references.ts'
import { type Cmdb, initialOf, type Row } from './fortigate-tables.ts'

/** What a GET lists: the rows, how many there were before they were cut into pages, and where the next page starts. */
export type Page = { readonly rows: readonly Row[]; readonly matched: number; readonly next: number }

/** The rows that a query asks for, in the form it asks for: `filter`, `start`, `count`, `format`, `exclude-default-values`, `with_meta`. */
export function pageOf(cmdb: Cmdb, path: string, all: readonly Row[], query: URLSearchParams): Page {
  const table = cmdb.table(path)
  const filters = query.getAll('filter').map(readFilter)
  const fitting = all.filter((row) => filters.every((fits) => fits(row)))
  const start = Number(query.get('start') ?? 0) || 0
  const count = Number(query.get('count') ?? fitting.length) || fitting.length
  const end = Math.min(fitting.length, start + count)
  const rows = fitting.slice(start, end).map((row) => {
    const kept = query.get('exclude-default-values') === '1' && table ? withoutDefaults(row, table) : row
    const shown = formatted(kept, query.get('format'), table?.key)
    return query.get('with_meta') === '1' ? { ...shown, ...metaOf(cmdb, path, row) } : shown
  })
  return { rows, matched: fitting.length, next: Math.max(0, end - 1) }
}

type Fits = (row: Row) => boolean

/** `name==web,name=@db`: comma is OR; several `filter` parameters are AND (FortiOS REST API, "filter"). */
function readFilter(text: string): Fits {
  const either = text.split(',').map((part): Fits => {
    const [, name = '', operator = '', wanted = ''] = /^(.*?)(==|!=|=@|!@|<=|>=|<|>)(.*)$/.exec(part) ?? []
    const holds = COMPARE[operator]
    if (!holds) return () => false
    return (row) => {
      const values = valuesOf(row[name])
      return operator.startsWith('!')
        ? values.every((value) => holds(value, wanted))
        : values.some((value) => holds(value, wanted))
    }
  })
  return (row) => either.some((fits) => fits(row))
}

const COMPARE: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  '==': (value, wanted) => value === wanted,
  '!=': (value, wanted) => value !== wanted,
  '=@': (value, wanted) => value.includes(wanted),
  '!@': (value, wanted) => !value.includes(wanted),
  '<=': (value, wanted) => Number(value) <= Number(wanted),
  '>=': (value, wanted) => Number(value) >= Number(wanted),
  '<': (value, wanted) => Number(value) < Number(wanted),
  '>': (value, wanted) => Number(value) > Number(wanted),
}

/** Of a list, what its objects hold. */
function valuesOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [value === undefined ? '' : String(value)]
  return value.map((one: unknown) => String(typeof one === 'object' && one !== null ? Object.values(one)[0] : one))
}

function withoutDefaults(row: Row, table: RestTable): Row {
  return Object.fromEntries(
    Object.entries(row).filter(([name, value]) => {
      if (name === table.key || name === 'q_origin_key') return true
      const attribute = table.attributes.get(name)
      if (attribute) return JSON.stringify(initialOf(attribute)) !== JSON.stringify(value)
      return !(Array.isArray(value) && value.length === 0)
    }),
  )
}

function formatted(row: Row, format: string | null, key: string | undefined): Row {
  if (format === null || format === '') return row
  const wanted = new Set([...format.split('|'), 'q_origin_key', key ?? ''])
  return Object.fromEntries(Object.entries(row).filter(([name]) => wanted.has(name)))
}

function metaOf(cmdb: Cmdb, path: string, row: Row): Row {
  const key = cmdb.table(path)?.key ?? ''
  return {
    q_ref: referrersOf(cmdb, path, String(row[key])).length,
    q_static: false,
    q_no_rename: key !== 'name',
    q_global_entry: false,
    q_type: key === 'name' ? 'string' : 'integer',
    q_path: path.split('/')[0],
    q_name: path.split('/')[1],
    q_mkey_type: key === 'name' ? 'string' : 'integer',
    q_no_edit: false,
  }
}
