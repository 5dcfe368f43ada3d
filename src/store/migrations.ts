import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { Fault } from '../evidence/fault.ts'
import type { Tables } from './tables.ts'

/** Brings the schema up to date and answers its version; safe when several replicas start at once. */
export async function saveSchema(db: Kysely<Tables>): Promise<number> {
  // Without a schema named, Kysely finds migration tables of other schemas by their name and believes they are ours.
  const here = await sql<{ schema: string }>`select current_schema() as schema`.execute(db)
  const schema = here.rows[0]?.schema
  if (!schema) throw new Fault('STORE_SCHEMA', 'The database has no schema to keep tables in.')
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
    migrationTableSchema: schema,
  })
  const { error } = await migrator.migrateToLatest()
  if (error) throw new Fault('STORE_SCHEMA', 'The database could not be brought up to date.', error)
  return Object.keys(MIGRATIONS).length
}

/** Never edit one that was released; append the next. */
const MIGRATIONS: Record<string, Migration> = {
  '001-first': {
    async up(db) {
      for (const statement of FIRST) await sql.raw(statement).execute(db)
    },
  },
  '002-answers': {
    async up(db) {
      await sql
        .raw("alter table clarifications add column answers jsonb not null default '{}', add column posted text")
        .execute(db)
    },
  },
}

const FIRST = [
  `create table requests (
    id text primary key,
    state text not null,
    requester text not null,
    service text not null,
    thread text not null,
    created_at timestamptz not null,
    digest text not null,
    document jsonb not null
  )`,
  'create index requests_by_state on requests (state, created_at)',
  'create index requests_by_thread on requests (thread)',
  `create table approvals (
    request text not null references requests (id),
    person text not null,
    digest text not null,
    at text not null,
    seq serial,
    primary key (request, person, digest)
  )`,
  `create table inbox (
    id text primary key,
    kind text not null,
    payload text not null,
    received_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    holder text,
    claimed_until timestamptz,
    attempts integer not null default 0
  )`,
  'create index inbox_unfinished on inbox (received_at) where finished_at is null',
  `create table audit (
    seq serial primary key,
    at text not null,
    request text,
    actor text not null,
    action text not null,
    detail jsonb not null
  )`,
  'create index audit_by_request on audit (request, seq)',
  // The promise "nothing updates or deletes" is kept by the database, not by our good manners.
  `create function refuse_audit_change() returns trigger language plpgsql as $$
    begin raise exception 'the audit trail is append only'; end $$`,
  `create trigger audit_append_only before update or delete on audit
    for each row execute function refuse_audit_change()`,
  `create trigger audit_no_truncate before truncate on audit
    for each statement execute function refuse_audit_change()`,
  `create table clarifications (
    id text primary key,
    asked_of text not null,
    payload text not null,
    expires_at text not null,
    answer text
  )`,
]
