import { randomUUID } from 'node:crypto'
import type { Store } from '../ports.ts'
import { auditOn } from './audit.ts'
import { clarificationsOn } from './clarifications.ts'
import { type Database, type DatabasePlace, openDatabase } from './database.ts'
import { faultOf } from './faults.ts'
import { inboxOn } from './inbox.ts'
import { saveSchema } from './migrations.ts'
import { requestsOn } from './requests.ts'

/** How long an entry of the inbox belongs to the replica that took it. Far longer than any answer takes. */
const CLAIM_SECONDS = 120

/** Opens the store on PostgreSQL, on an embedded database in a directory, or in memory, and brings its schema up to date. */
export async function openStore(
  place: DatabasePlace & { readonly claimSeconds?: number },
): Promise<Store & { readonly schemaVersion: number }> {
  const database = await faultOf('opening the database', () => openDatabase(place))
  try {
    const schemaVersion = await faultOf('bringing the database up to date', () => saveSchema(database.db))
    return await storeOn(database, schemaVersion, place.claimSeconds ?? CLAIM_SECONDS)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function storeOn(database: Database, schemaVersion: number, claimSeconds: number) {
  const { db } = database
  const inbox = inboxOn(db, { name: randomUUID(), claimSeconds })
  const port: Omit<Store, 'close'> = {
    ...inbox.port,
    ...requestsOn(db),
    ...auditOn(db),
    ...clarificationsOn(db),
  }
  await faultOf('looking through the inbox', () => inbox.begin(database.exclusive))
  return {
    ...faulting(port),
    schemaVersion,
    async close() {
      await inbox.end()
      await database.close()
    },
  }
}

/** Every method of the port throws a Fault and nothing else. */
function faulting(port: Omit<Store, 'close'>): Omit<Store, 'close'> {
  return {
    receive: (entry) => faultOf(`keeping ${entry.id}`, () => port.receive(entry)),
    finish: (id) => faultOf(`finishing ${id}`, () => port.finish(id)),
    unfinished: () => faultOf('reading the inbox', () => port.unfinished()),
    insertRequest: (request, reason) =>
      faultOf(`keeping request ${request.id}`, () => port.insertRequest(request, reason)),
    findRequest: (id) => faultOf(`reading request ${id}`, () => port.findRequest(id)),
    listRequests: (filter) => faultOf('listing requests', () => port.listRequests(filter)),
    approve: (id, approval) => faultOf(`approving request ${id}`, () => port.approve(id, approval)),
    move: (id, from, to, patch) => faultOf(`moving request ${id} to ${to}`, () => port.move(id, from, to, patch)),
    amend: (id, patch) => faultOf(`amending request ${id}`, () => port.amend(id, patch)),
    record: (entry) => faultOf(`recording ${entry.action}`, () => port.record(entry)),
    auditTrail: (filter) => faultOf('reading the audit trail', () => port.auditTrail(filter)),
    keepClarification: (it) => faultOf(`keeping question ${it.id}`, () => port.keepClarification(it)),
    openClarifications: (user, now) => faultOf('reading open questions', () => port.openClarifications(user, now)),
    findClarification: (id) => faultOf(`reading question ${id}`, () => port.findClarification(id)),
    placeClarification: (id, posted) => faultOf(`placing question ${id}`, () => port.placeClarification(id, posted)),
    answerClarification: (id, given) => faultOf(`answering question ${id}`, () => port.answerClarification(id, given)),
    expireClarifications: (now) => faultOf('ending old questions', () => port.expireClarifications(now)),
    takeClarification: (id, answer, by) =>
      faultOf(`taking question ${id}`, () => port.takeClarification(id, answer, by)),
  }
}
