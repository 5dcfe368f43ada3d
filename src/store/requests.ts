import type { Kysely, Transaction } from 'kysely'
import { AccessRequest, type RequestState } from '../access/access-request.ts'
import type { Store } from '../ports.ts'
import { printJson, readDocument, storable } from './json.ts'
import type { Tables } from './tables.ts'

const LIST_LIMIT = 200

type Requests = Pick<Store, 'insertRequest' | 'findRequest' | 'listRequests' | 'approve' | 'move' | 'amend'>
type Approvals = AccessRequest['approvals']

/** Requests and their approvals. INVARIANT: a document's approvals are exactly the rows for its own digest. */
export function requestsOn(db: Kysely<Tables>): Requests {
  return {
    insertRequest: (request, reason) =>
      db.transaction().execute(async (trx) => {
        await insert(trx, AccessRequest.parse(request))
        return callOff(trx, request, reason)
      }),
    async findRequest(id) {
      const row = await db.selectFrom('requests').select('document').where('id', '=', storable(id)).executeTakeFirst()
      return row && readRequest(id, row.document)
    },
    async listRequests({ states, thread }) {
      let query = db.selectFrom('requests').select(['id', 'document'])
      if (states) query = states.length > 0 ? query.where('state', 'in', [...states]) : query.where('id', 'is', null)
      if (thread !== undefined) query = query.where('thread', '=', storable(thread))
      const rows = await query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(LIST_LIMIT).execute()
      return rows.map((row) => readRequest(row.id, row.document))
    },
    approve: (id, approval) => db.transaction().execute((trx) => approve(trx, storable(id), approval)),
    move: (id, from, to, patch = {}) =>
      db.transaction().execute(async (trx) => {
        const request = await lock(trx, storable(id))
        if (!request || !from.includes(request.state)) return undefined
        return moved(trx, request, to, patch)
      }),
    amend: (id, patch) =>
      db.transaction().execute(async (trx) => {
        const request = await lock(trx, storable(id))
        if (request) await write(trx, AccessRequest.parse({ ...request, ...patch }))
      }),
  }
}

async function insert(trx: Transaction<Tables>, request: AccessRequest): Promise<void> {
  await trx
    .insertInto('requests')
    .values({ id: request.id, created_at: request.createdAt, ...columns(request) })
    .execute()
  await writeApprovals(trx, request)
}

/** In the order of their ids, so that two of these never wait for each other. */
async function callOff(
  trx: Transaction<Tables>,
  by: AccessRequest,
  reason?: string,
): Promise<readonly AccessRequest[]> {
  const decided = { by: by.requester, at: by.createdAt, ...(reason === undefined ? {} : { reason }) }
  const gone: AccessRequest[] = []
  for (const id of [...new Set(by.replaces)].sort()) {
    const old = id === by.id ? undefined : await lock(trx, storable(id))
    if (old?.requester !== by.requester || (old.state !== 'unconfirmed' && old.state !== 'waiting')) continue
    gone.push(await moved(trx, old, 'cancelled', { decided }))
  }
  return gone
}

/** Row lock first: whoever comes second sees what the first one did. */
async function lock(trx: Transaction<Tables>, id: string): Promise<AccessRequest | undefined> {
  const row = await trx.selectFrom('requests').select('document').where('id', '=', id).forUpdate().executeTakeFirst()
  return row && readRequest(id, row.document)
}

async function approve(
  trx: Transaction<Tables>,
  id: string,
  approval: Parameters<Store['approve']>[1],
): ReturnType<Store['approve']> {
  const request = await lock(trx, id)
  if (request?.state !== 'waiting' || request.digest !== approval.digest) return { outcome: 'void', request }
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('approvals')
    .values({ request: id, person: approval.by, digest: approval.digest, at: approval.at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  const approvals = await readApprovals(trx, id, approval.digest)
  const complete = approvals.length >= request.needed
  if (numInsertedOrUpdatedRows === 0n && !complete) return { outcome: 'already', request }
  const after: AccessRequest = complete
    ? { ...request, approvals, state: 'approved', decided: { by: approval.by, at: approval.at } }
    : { ...request, approvals }
  await write(trx, after)
  return { outcome: complete ? 'completed' : 'counted', request: after }
}

async function moved(
  trx: Transaction<Tables>,
  request: AccessRequest,
  to: RequestState,
  patch: NonNullable<Parameters<Store['move']>[3]>,
): Promise<AccessRequest> {
  const after = AccessRequest.parse({ ...request, ...patch, id: request.id, state: to })
  // Back to waiting: whoever decided before decided about something else.
  if (to === 'waiting' && !patch.decided) delete after.decided
  if (patch.approvals) await writeApprovals(trx, after)
  after.approvals = await readApprovals(trx, request.id, after.digest)
  await write(trx, after)
  return after
}

async function readApprovals(trx: Transaction<Tables>, id: string, digest: string): Promise<Approvals> {
  const rows = await trx
    .selectFrom('approvals')
    .select(['person', 'at'])
    .where('request', '=', id)
    .where('digest', '=', digest)
    .orderBy('seq')
    .execute()
  return rows.map((row) => ({ by: row.person, at: row.at }))
}

async function writeApprovals(trx: Transaction<Tables>, request: AccessRequest): Promise<void> {
  await trx.deleteFrom('approvals').where('request', '=', request.id).where('digest', '=', request.digest).execute()
  const rows = request.approvals.map(({ by, at }) => ({ request: request.id, person: by, digest: request.digest, at }))
  if (rows.length === 0) return
  await trx
    .insertInto('approvals')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

async function write(trx: Transaction<Tables>, request: AccessRequest): Promise<void> {
  await trx.updateTable('requests').set(columns(request)).where('id', '=', request.id).execute()
}

function columns(request: AccessRequest) {
  return {
    state: request.state,
    requester: storable(request.requester),
    service: storable(request.service),
    thread: storable(request.thread),
    digest: storable(request.digest),
    document: printJson(request),
  }
}

function readRequest(id: string, document: unknown): AccessRequest {
  return readDocument(AccessRequest, `request ${id}`, document)
}
