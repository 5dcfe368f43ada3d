import type { Kysely } from 'kysely'
import type { Store } from '../ports.ts'
import { storable } from './json.ts'
import type { Tables } from './tables.ts'

/** Questions that wait for an answer, each handed out once. */
export function clarificationsOn(db: Kysely<Tables>): Pick<Store, 'keepClarification' | 'takeClarification'> {
  return {
    async keepClarification({ id, slackUser, payload, expiresAt }) {
      await db
        .insertInto('clarifications')
        .values({ id: storable(id), asked_of: storable(slackUser), payload: storable(payload), expires_at: expiresAt })
        // A message that is heard again asks the same question again; once answered, it stays answered.
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
    async takeClarification(id, by) {
      let query = db
        .updateTable('clarifications')
        .set({ answered: true })
        .where('id', '=', storable(id))
        .where('answered', '=', false)
      if (by !== undefined) query = query.where('asked_of', '=', storable(by))
      const row = await query.returning(['id', 'asked_of', 'payload', 'expires_at']).executeTakeFirst()
      return row && { id: row.id, slackUser: row.asked_of, payload: row.payload, expiresAt: row.expires_at }
    },
  }
}
