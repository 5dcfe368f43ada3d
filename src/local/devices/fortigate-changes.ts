import { type Complaint, complain } from './fortigate-complaint.ts'
import { referrersOf } from './fortigate-references.ts'
import { complaintAbout } from './fortigate-rules.ts'
import { type Cmdb, MASKED, type Row } from './fortigate-tables.ts'
import { changeEntry, createEntry, moveEntry, removeEntry, rowsOf } from './fortigate-writes.ts'

/** A call that changes the configuration: a table, one of its entries, or a table or list inside an entry. */
export type ChangeCall = {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly key: string | undefined
  readonly child: string | undefined
  readonly childKey: string | undefined
  readonly query: ReadonlyMap<string, string>
  readonly body: Row
}
/** The text after the call, and the key of the entry it was about; or what the device complains of. */
export type Changed =
  | { readonly ok: true; readonly text: string; readonly key: string }
  | ({ readonly ok: false } & Complaint)

/** Carries out one call on a configuration text, or refuses as the device does. */
export function applyChange(cmdb: Cmdb, call: ChangeCall): Changed {
  const { method, path, key, query } = call
  const table = cmdb.table(path)
  if (!table) return refused(complain(404, -3, 'no such table'))
  if (call.child !== undefined) return applyInside(cmdb, call)
  const action = query.get('action')
  if (table.key === undefined) {
    if (method !== 'PUT') return refused(complain(405, -3, 'there is one of it'))
    return change(cmdb, path, undefined, call.body)
  }
  if (method === 'POST' && action === 'clone') return clone(cmdb, call)
  if (method === 'POST') return key === undefined ? create(cmdb, path, call.body) : refused(complain(405, -3, ''))
  if (key === undefined) return refused(complain(405, -3, 'which one is not said'))
  if (!cmdb.row(path, key)) return refused(complain(404, -3, `there is no "${key}"`))
  if (method === 'DELETE') return remove(cmdb, path, key)
  return action === 'move' ? move(cmdb, path, key, query) : change(cmdb, path, key, call.body)
}

function refused(complaint: Complaint): Changed {
  return { ok: false, ...complaint }
}

function done(text: string | undefined, key: string): Changed {
  return text === undefined
    ? refused(complain(500, -361, 'the configuration has no place for it'))
    : { ok: true, text, key }
}

function create(cmdb: Cmdb, path: string, sent: Row): Changed {
  const keyName = cmdb.table(path)?.key ?? ''
  const written = sent[keyName]
  const key = keyFor(cmdb, path, typeof written === 'string' || typeof written === 'number' ? String(written) : '')
  const body = { ...sent, [keyName]: key }
  const complaint = complaintAbout(cmdb, { path, key, body, was: undefined })
  return complaint ? refused(complaint) : done(createEntry(cmdb, path, key, body), key)
}

/** In a table with numbers, none and 0 mean the next free one. */
function keyFor(cmdb: Cmdb, path: string, written: string): string {
  const keyName = cmdb.table(path)?.key ?? ''
  const isNumbered = cmdb.table(path)?.attributes.get(keyName)?.kind === 'number'
  if (!isNumbered || (written !== '' && Number(written) !== 0)) return written
  return String(Math.max(0, ...cmdb.rows(path).map((row) => Number(row[keyName]) || 0)) + 1)
}

function change(cmdb: Cmdb, path: string, key: string | undefined, sent: Row): Changed {
  const keyName = cmdb.table(path)?.key ?? ''
  const { [keyName]: renamed, ...body } = sent
  if (key !== undefined && renamed !== undefined && String(renamed) !== key)
    return refused(complain(424, -61, `"${key}" keeps its key`))
  const was = cmdb.row(path, key ?? '') ?? {}
  const complaint = complaintAbout(cmdb, { path, key: key ?? '', body, was })
  return complaint ? refused(complaint) : done(changeEntry(cmdb, path, key, body), key ?? '')
}

function remove(cmdb: Cmdb, path: string, key: string): Changed {
  const [referrer] = referrersOf(cmdb, path, key)
  if (referrer !== undefined) return refused(complain(500, -23, `entry is used by ${referrer}`))
  return done(removeEntry(cmdb, path, key), key)
}

function move(cmdb: Cmdb, path: string, key: string, query: ReadonlyMap<string, string>): Changed {
  const where = query.has('before') ? 'before' : 'after'
  const anchor = query.get(where)
  if (anchor === undefined) return refused(complain(400, -61, 'move needs before or after'))
  if (!cmdb.row(path, anchor)) return refused(complain(424, -3, `there is no "${anchor}"`))
  return done(moveEntry(cmdb, path, key, where, anchor), key)
}

/** Names of policies are unique, so a copy has none; what the API masks cannot be copied by it either. */
function clone(cmdb: Cmdb, { path, key = '', query }: ChangeCall): Changed {
  const row = cmdb.row(path, key)
  if (!row) return refused(complain(404, -3, `there is no "${key}"`))
  const keyName = cmdb.table(path)?.key ?? ''
  const kept = Object.entries(row).filter(
    ([name, value]) => !OWN.has(name) && value !== MASKED && !(name === 'name' && keyName !== 'name'),
  )
  return create(cmdb, path, { ...Object.fromEntries(kept), [keyName]: query.get('nkey') ?? '' })
}
const OWN: ReadonlySet<string> = new Set(['uuid', 'q_origin_key'])

/** A call to something inside an entry is the change of that whole list or table. */
function applyInside(cmdb: Cmdb, { method, path, key, child = '', childKey, body }: ChangeCall): Changed {
  const table = cmdb.table(path)
  const row = cmdb.row(path, key ?? '')
  const attribute = table?.attributes.get(child)
  const inner = table?.children[child]
  const member = attribute?.kind === 'list' ? attribute.member : inner?.key
  if (!row || member === undefined) return refused(complain(404, -3, `there is no "${child}"`))
  const rows = rowsOf(row[child]).map(({ q_origin_key: _, ...rest }) => rest)
  const at = rows.findIndex((one) => String(one[member]) === childKey)
  if (method !== 'POST' && at < 0) return refused(complain(404, -3, `there is no "${childKey}"`))
  if (method === 'POST') {
    const free = String(Math.max(0, ...rows.map((one) => Number(one[member]) || 0)) + 1)
    const isNumbered = inner?.attributes.get(member)?.kind === 'number'
    const name = isNumbered && !Number(body[member]) ? free : String(body[member])
    if (rows.some((one) => String(one[member]) === name))
      return refused(complain(500, -5, `"${name}" is there already`))
    rows.push({ ...body, [member]: name })
  } else if (method === 'DELETE') rows.splice(at, 1)
  else rows[at] = { ...rows[at], ...body }
  return change(cmdb, path, table?.key === undefined ? undefined : key, { [child]: rows })
}
