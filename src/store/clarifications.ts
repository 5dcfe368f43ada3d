import type { Kysely } from 'kysely'
import type { Store } from '../ports.ts'
import { storable } from './json.ts'
import type { Tables } from './tables.ts'

/** Questions that wait for an answer; the first answer stays theirs. */
export function clarificationsOn(
  db: Kysely<Tables>,
): Pick<Store, 'keepClarification' | 'takeClarification' | 'openClarifications'> {
  return {
    async keepClarification({ id, slackUser, payload, expiresAt }) {
      await db
        .insertInto('clarifications')
        .values({ id: storable(id), asked_of: storable(slackUser), payload: storable(payload), expires_at: expiresAt })
        // A message that is heard again asks the same question again; once settled, it stays settled.
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
    async openClarifications(slackUser, now) {
      const rows = await db
        .selectFrom('clarifications')
        .select(['id', 'asked_of', 'payload', 'expires_at'])
        .where('asked_of', '=', storable(slackUser))
        .where('answer', 'is', null)
        .orderBy('expires_at', 'desc')
        .limit(20)
        .execute()
      const open = rows.filter((row) => Date.parse(row.expires_at) >= Date.parse(now))
      return open.map((row) => ({
        id: row.id,
        slackUser: row.asked_of,
        payload: row.payload,
        expiresAt: row.expires_at,
      }))
    },
    async takeClarification(id, answer, by) {
      let query = db
        .updateTable('clarifications')
        .set({ answer: storable(answer) })
        .where('id', '=', storable(id))
        // The same click heard again, after a crash in the middle of it, is still that click.
        .where((or) => or.or([or('answer', 'is', null), or('answer', '=', storable(answer))]))
      if (by !== undefined) query = query.where('asked_of', '=', storable(by))
      const row = await query.returning(['id', 'asked_of', 'payload', 'expires_at']).executeTakeFirst()
      return row && { id: row.id, slackUser: row.asked_of, payload: row.payload, expiresAt: row.expires_at }
    },
  }
}
