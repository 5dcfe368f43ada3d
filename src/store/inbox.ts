import { type Kysely, sql } from 'kysely'
import type { Store } from '../ports.ts'
import { storable } from './json.ts'
import type { Tables } from './tables.ts'

const BATCH = 200
/** Slack delivers again for about an hour; a week leaves room for anything odd. */
const KEPT_DAYS = 7

/**
 * What Slack handed us, until it is dealt with. An entry belongs to the replica that took it for `claimSeconds` of the database's
 * own clock, which all replicas share.
 */
export function inboxOn(db: Kysely<Tables>, holder: { readonly name: string; readonly claimSeconds: number }) {
  const until = sql<Date>`clock_timestamp() + make_interval(secs => ${holder.claimSeconds}::float8)`
  const port: Pick<Store, 'receive' | 'finish' | 'unfinished'> = {
    async receive(entry) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('inbox')
        .values({
          id: storable(entry.id),
          kind: storable(entry.kind),
          payload: storable(entry.payload),
          holder: holder.name,
          claimed_until: until,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n
    },
    async finish(id) {
      // The id stays, so that a late delivery is still known; what was said need not.
      await db
        .updateTable('inbox')
        .set({ finished_at: sql<Date>`clock_timestamp()`, payload: '' })
        .where('id', '=', storable(id))
        .where('finished_at', 'is', null)
        .execute()
    },
    async unfinished() {
      const free = db
        .selectFrom('inbox')
        .select('id')
        .where('finished_at', 'is', null)
        .where((is) => is.or([is('claimed_until', 'is', null), is('claimed_until', '<', sql<Date>`clock_timestamp()`)]))
        .orderBy('received_at')
        .limit(BATCH)
        .forUpdate()
        .skipLocked()
      const rows = await db
        .updateTable('inbox')
        .set((is) => ({ holder: holder.name, claimed_until: until, attempts: is('attempts', '+', 1) }))
        .where('id', 'in', free)
        .returning(['id', 'kind', 'payload', 'attempts', 'received_at'])
        .execute()
      return rows
        .toSorted((a, b) => a.received_at.getTime() - b.received_at.getTime())
        .map(({ id, kind, payload, attempts }) => ({ id, kind, payload, attempts }))
    },
  }
  return {
    port,
    /** At start: what nobody else can be working on is free, and what is long done is forgotten. */
    async begin(exclusive: boolean): Promise<void> {
      if (exclusive)
        await db.updateTable('inbox').set({ claimed_until: null }).where('finished_at', 'is', null).execute()
      const old = sql<Date>`clock_timestamp() - make_interval(days => ${KEPT_DAYS}::int)`
      await db.deleteFrom('inbox').where('finished_at', '<', old).execute()
    },
    /** At the end: what is not finished may be taken over at once. */
    async end(): Promise<void> {
      await db.updateTable('inbox').set({ claimed_until: null }).where('holder', '=', holder.name).execute()
    },
  }
}
