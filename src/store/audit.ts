import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Store } from '../ports.ts'
import { printJson, readDocument, storable } from './json.ts'
import type { Tables } from './tables.ts'

const Detail = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))

/** The audit trail, oldest first. The database itself refuses to change or remove an entry. */
export function auditOn(db: Kysely<Tables>): Pick<Store, 'record' | 'auditTrail'> {
  return {
    async record({ at, request, actor, action, detail }) {
      await db
        .insertInto('audit')
        .values({
          at,
          request: request === undefined ? null : storable(request),
          actor: storable(actor),
          action: storable(action),
          detail: printJson(detail),
        })
        .execute()
    },
    async auditTrail({ request }) {
      let query = db.selectFrom('audit').selectAll()
      if (request !== undefined) query = query.where('request', '=', storable(request))
      const rows = await query.orderBy('seq').execute()
      return rows.map((row) => ({
        at: row.at,
        ...(row.request === null ? {} : { request: row.request }),
        actor: row.actor,
        action: row.action,
        detail: readDocument(Detail, `audit entry ${row.seq}`, row.detail),
      }))
    },
  }
}
