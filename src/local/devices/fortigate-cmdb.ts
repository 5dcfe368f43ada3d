import { isSince } from '../../fortigate/compile/rest-tables.ts'
import type { ChangeCall } from './fortigate-changes.ts'
import type { Complaint } from './fortigate-complaint.ts'
import { type Page, pageOf } from './fortigate-query.ts'
import { envelope, hashOf, type Inside, type Release, type Reply, replyWith } from './fortigate-reply.ts'
import { type Cmdb, initialRow, type Row, vdomsOf } from './fortigate-tables.ts'
import type { Workspaces } from './fortigate-transactions.ts'
import { rowsOf } from './fortigate-writes.ts'

/** One HTTP call, its body read. */
export type DeviceCall = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
  /** Where none is asked for. */
  readonly vdom: string
}

const CMDB = '/api/v2/cmdb'
const TIMEOUT_SECONDS = 300

/** What `/api/v2/cmdb` answers, reading and writing. */
export function answerCmdb(workspaces: Workspaces, release: Release, call: DeviceCall): Reply {
  const { method, path, query } = call
  if (path === CMDB || path === `${CMDB}/`) return answerTransaction(workspaces, release, call)
  const place = readPlace(path)
  if (!place) return failed(release, call, call.vdom, { status: 404, error: -3, says: 'no such path' })
  const transaction = transactionOf(call)
  const vdoms = askedVdoms(workspaces.cmdb(call.vdom, transaction), query.get('vdom') ?? call.vdom, call.vdom)
  if (method === 'GET') {
    const all = vdoms.map((vdom) => read(workspaces, release, call, place, vdom, transaction))
    const [only] = all
    if (!only) return failed(release, call, call.vdom, { status: 404, error: -3, says: 'no such VDOM' })
    const isMany = /[*,]/.test(query.get('vdom') ?? '')
    return replyWith(isMany ? 200 : Number(only.http_status), isMany ? all : only)
  }
  const [vdom, more] = vdoms
  if (vdom === undefined || more !== undefined)
    return failed(release, call, call.vdom, { status: 400, error: -3, says: 'one VDOM at a time' })
  return write(workspaces, release, call, place, vdom, transaction)
}

/** The VDOMs that a query means; a text without VDOMs answers for whichever the device was opened with. */
export function askedVdoms({ tree }: Cmdb, asked: string, own: string): readonly string[] {
  const known = vdomsOf(tree)
  if (asked === '*') return known
  const isPlain = known.length === 1
  return asked.split(',').filter((name) => known.includes(name) || (isPlain && (name === own || name === 'root')))
}

type Place = Pick<ChangeCall, 'path' | 'key' | 'child' | 'childKey'>

/** Of a table with one object, what follows the name is a table inside it. */
function readPlace(path: string): Place | undefined {
  const found = /^\/api\/v2\/cmdb\/([a-z0-9.-]+)\/([a-z0-9-]+)((?:\/[^/]+){0,3})\/?$/.exec(path)
  if (!found) return undefined
  const table = `${found[1]}/${found[2]}`
  const [first, second, third] = (found[3] ?? '').split('/').slice(1).map(decoded)
  return SINGLE.has(table)
    ? { path: table, key: undefined, child: first, childKey: second }
    : { path: table, key: first, child: second, childKey: third }
}
const SINGLE: ReadonlySet<string> = new Set(['system/global', 'system/settings', 'system/sdwan', 'system/session-ttl'])

function decoded(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

function transactionOf({ headers }: DeviceCall): number | undefined {
  const header = headers['x-transaction-id']
  return typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : undefined
}

function failed(release: Release, call: DeviceCall, vdom: string, { status, error, says }: Complaint): Reply {
  // A device gives its words only where the command line has some; ours always says why.
  return replyWith(status, envelope(release, { ...call, vdom }, status, { error, cli_error: says }))
}

function read(
  workspaces: Workspaces,
  release: Release,
  call: DeviceCall,
  place: Place,
  vdom: string,
  transaction: number | undefined,
): Inside {
  const cmdb = workspaces.cmdb(vdom, transaction)
  const table = cmdb.table(place.path)
  const head = { ...call, vdom }
  const revision = revisionOf(cmdb, place.path)
  const action = call.query.get('action')
  if (revision === undefined || (!table && action !== 'revision')) return envelope(release, head, 404, { error: -3 })
  if (!table || action === 'revision') return envelope(release, head, 200, { results: {}, revision })
  if (action === 'default') return envelope(release, head, 200, { results: initialRow(table), revision })
  const found = rowsAt(cmdb, place)
  if (!found) return envelope(release, head, 404, { error: -3, revision })
  if (!Array.isArray(found)) return envelope(release, head, 200, { results: found, revision })
  const page: Page = pageOf(cmdb, place.path, rowsOf(found), call.query)
  const counts = { size: page.rows.length, matched_count: page.matched, next_idx: page.next }
  return envelope(release, head, 200, { ...counts, results: page.rows, revision })
}

/** Changes with whatever the table holds, also what no schema here names; undefined where there is neither schema nor section. */
function revisionOf(cmdb: Cmdb, path: string): string | undefined {
  const { text, statements, closedBy } = cmdb.tree
  const blocks = cmdb.blocks(path).map((at) => {
    const end = statements[closedBy.get(at) ?? at]
    return text.slice(statements[at]?.from, end?.to)
  })
  return cmdb.table(path) || blocks.length > 0 ? hashOf([cmdb.rows(path), blocks]) : undefined
}

/** One object is still a list, unless there is only one by nature. */
function rowsAt(cmdb: Cmdb, { path, key, child, childKey }: Place): Row | readonly Row[] | undefined {
  const row = key === undefined ? undefined : cmdb.row(path, key)
  const single = SINGLE.has(path) ? cmdb.row(path, '') : row
  if (key !== undefined && !row) return undefined
  if (child === undefined) return SINGLE.has(path) ? single : row ? [row] : cmdb.rows(path)
  const inside = single?.[child]
  if (inside === undefined) return undefined
  const rows = rowsOf(inside)
  if (childKey === undefined) return rows
  const found = rows.filter((one) => String(one.q_origin_key ?? Object.values(one)[0]) === childKey)
  return found.length > 0 ? found : undefined
}

function write(
  workspaces: Workspaces,
  release: Release,
  call: DeviceCall,
  place: Place,
  vdom: string,
  transaction: number | undefined,
): Reply {
  const { method } = call
  if (method !== 'POST' && method !== 'PUT' && method !== 'DELETE')
    return failed(release, call, vdom, { status: 405, error: -3, says: method })
  const body = readBody(call.body)
  if (!body) return failed(release, call, vdom, { status: 400, error: -651, says: 'the body is no JSON object' })
  const current = () => revisionOf(workspaces.cmdb(vdom, transaction), place.path)
  const old = current()
  const changed = workspaces.change({ ...place, method, body, query: new Map(call.query) }, vdom, transaction)
  if (!changed.ok) return failed(release, call, vdom, changed)
  const revision = current()
  const isNumber = /^\d+$/.test(changed.key) && place.path !== 'firewall/address'
  const inside = {
    revision,
    revision_changed: revision !== old,
    old_revision: old,
    ...(changed.key === '' ? {} : { mkey: isNumber ? Number(changed.key) : changed.key }),
  }
  return replyWith(200, envelope(release, { ...call, vdom }, 200, inside))
}

/** Nothing is an empty object; what is no object is undefined. */
function readBody(text: string): Row | undefined {
  if (text.trim() === '') return {}
  try {
    return rowsOf([JSON.parse(text)])[0]
  } catch {
    return undefined
  }
}

/** Workspace mode (FortiOS 7.4 new features, "transaction-based REST API"); the field of the number changed its spelling with 7.6. */
function answerTransaction(workspaces: Workspaces, release: Release, call: DeviceCall): Reply {
  const [vdom = call.vdom] = askedVdoms(workspaces.cmdb(call.vdom), call.query.get('vdom') ?? call.vdom, call.vdom)
  const head = { ...call, vdom }
  const reply = (results: unknown) => replyWith(200, envelope(release, head, 200, { results }))
  const body = readBody(call.body) ?? {}
  const named = Number(body.transaction_id ?? body['transaction-id'])
  const id = transactionOf(call) ?? (Number.isInteger(named) ? named : undefined)
  const field = isSince(release, 7, 6) ? 'transaction_id' : 'transaction-id'
  const action = `${call.method} ${call.query.get('action')}`
  switch (action) {
    case 'POST transaction-start': {
      if (transactionOf(call) !== undefined)
        return failed(release, call, vdom, { status: 400, error: -14, says: 'transactions do not nest' })
      const timeout = Number(body.timeout ?? TIMEOUT_SECONDS)
      if (!(timeout > 0)) return failed(release, call, vdom, { status: 400, error: -651, says: 'timeout' })
      return reply({ [field]: workspaces.start(vdom, timeout) })
    }
    case 'POST transaction-commit':
    case 'POST transaction-abort': {
      if (id === undefined || !workspaces.list().some((one) => one.id === id))
        return failed(release, call, vdom, { status: 424, error: -3, says: `no transaction ${id ?? ''}` })
      const complaint = action.endsWith('commit') ? workspaces.commit(id) : workspaces.abort(id)
      return complaint ? failed(release, call, vdom, complaint) : reply({ [field]: id })
    }
    case 'GET transaction-list':
    case 'GET transaction-show': {
      if (!isSince(release, 7, 4, 1)) return failed(release, call, vdom, { status: 404, error: -3, says: action })
      const open = workspaces.list().filter((one) => action.endsWith('list') || one.id === id)
      return reply(
        open.map((one) => ({
          [field]: one.id,
          vdom: one.vdom,
          'start-time': Math.floor(one.started.getTime() / 1000),
          changes: one.calls.map((made) => ({
            http_method: made.call.method,
            path: made.call.path.split('/')[0],
            name: made.call.path.split('/')[1],
            mkey: made.key,
          })),
        })),
      )
    }
    default:
      return failed(release, call, vdom, { status: 404, error: -3, says: 'no such action' })
  }
}
