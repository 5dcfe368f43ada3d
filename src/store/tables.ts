import type { ColumnType, Generated } from 'kysely'

/** JSON goes in as text and comes out parsed; zod looks at it on the way out. */
type Json = ColumnType<unknown, string, string>
/** Written once, read only by the database itself (order, age). */
type Instant = ColumnType<Date, string | Date, never>

/** The tables as Kysely sees them; `migrations.ts` makes them. */
export type Tables = {
  requests: {
    id: string
    state: string
    requester: string
    service: string
    thread: string
    created_at: Instant
    digest: string
    document: Json
  }
  approvals: { request: string; person: string; digest: string; at: string; seq: Generated<number> }
  inbox: {
    id: string
    kind: string
    payload: string
    received_at: Generated<Date>
    finished_at: Date | null
    holder: string | null
    claimed_until: Date | null
    attempts: Generated<number>
  }
  audit: { seq: Generated<number>; at: string; request: string | null; actor: string; action: string; detail: Json }
  clarifications: {
    id: string
    asked_of: string
    payload: string
    expires_at: string
    /** What settled it as a whole; its parts may be answered one by one before. */
    answer: string | null
    answers: ColumnType<unknown, string | undefined, string>
    posted: string | null
  }
}
