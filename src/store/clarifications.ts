import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'
import type { KeptClarification, Store } from '../ports.ts'
import { printJson, readDocument, storable } from './json.ts'
import type { Tables } from './tables.ts'

type Clarifications = Pick<
  Store,
  | 'keepClarification'
  | 'findClarification'
  | 'placeClarification'
  | 'answerClarification'
  | 'takeClarification'
  | 'openClarifications'
  | 'expireClarifications'
>

/** Questions that wait for an answer; the first answer to each part stays theirs. */
export function clarificationsOn(db: Kysely<Tables>): Clarifications {
  return {
    async keepClarification({ id, slackUser, payload, expiresAt }) {
      await db
        .insertInto('clarifications')
        .values({ id: storable(id), asked_of: storable(slackUser), payload: storable(payload), expires_at: expiresAt })
        // A message that is heard again asks the same question again; once settled, it stays settled.
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
    async findClarification(id) {
      const row = await db.selectFrom('clarifications').selectAll().where('id', '=', storable(id)).executeTakeFirst()
      return row && read(row)
    },
    async placeClarification(id, posted) {
      await db.updateTable('clarifications').set({ posted }).where('id', '=', storable(id)).execute()
    },
    answerClarification: (id, { part, answer, by, click, parts }) =>
      db.transaction().execute(async (trx) => {
        const row = await trx
          .selectFrom('clarifications')
          .selectAll()
          .where('id', '=', storable(id))
          .where('asked_of', '=', storable(by))
          .forUpdate()
          .executeTakeFirst()
        const before = row && readAnswers(row)
        // The same click heard again, after a crash in the middle of it, is still that click.
        if (row && before?.[part]?.click === storable(click)) return read(row)
        if (!row || row.answer !== null || before?.[part] !== undefined) return undefined
        const answers = { ...before, [part]: { answer: storable(answer), click: storable(click) } }
        const settled = parts.every((one) => answers[one] !== undefined) ? { answer: 'answered' } : {}
        const after = await trx
          .updateTable('clarifications')
          .set({ answers: printJson(answers), ...settled })
          .where('id', '=', row.id)
          .returningAll()
          .executeTakeFirstOrThrow()
        return read(after)
      }),
    async openClarifications(slackUser, now) {
      const rows = await db
        .selectFrom('clarifications')
        .selectAll()
        .where('asked_of', '=', storable(slackUser))
        .where('answer', 'is', null)
        .orderBy('expires_at', 'desc')
        .limit(20)
        .execute()
      return rows.filter((row) => Date.parse(row.expires_at) >= Date.parse(now)).map(read)
    },
    async takeClarification(id, answer, by) {
      let query = db
        .updateTable('clarifications')
        .set({ answer: storable(answer) })
        .where('id', '=', storable(id))
        .where((or) => or.or([or('answer', 'is', null), or('answer', '=', storable(answer))]))
      if (by !== undefined) query = query.where('asked_of', '=', storable(by))
      const row = await query.returningAll().executeTakeFirst()
      return row && read(row)
    },
    async expireClarifications(now) {
      const open = await db
        .selectFrom('clarifications')
        .select(['id', 'expires_at'])
        .where('answer', 'is', null)
        // Whoever is just asking it notes the message in a moment; then it is found here.
        .where('posted', 'is not', null)
        .orderBy('expires_at')
        .limit(EXPIRED_AT_ONCE)
        .execute()
      const old = open.filter((row) => Date.parse(row.expires_at) < Date.parse(now)).map(({ id }) => id)
      if (old.length === 0) return []
      const rows = await db
        .updateTable('clarifications')
        .set({ answer: 'expired' })
        .where('id', 'in', old)
        .where('answer', 'is', null)
        .returningAll()
        .execute()
      return rows.map(read)
    },
  }
}

/** More than ever wait at once; the others follow at the next look. */
const EXPIRED_AT_ONCE = 500

const Answers = z.record(z.string(), z.strictObject({ answer: z.string(), click: z.string() }))
type Row = Selectable<Tables['clarifications']>

const readAnswers = (row: Row) => readDocument(Answers, `question ${row.id}`, row.answers)

function read(row: Row): KeptClarification {
  return {
    id: row.id,
    slackUser: row.asked_of,
    payload: row.payload,
    expiresAt: row.expires_at,
    answers: Object.fromEntries(Object.entries(readAnswers(row)).map(([part, { answer }]) => [part, answer])),
    ...(row.posted === null ? {} : { posted: row.posted }),
  }
}
