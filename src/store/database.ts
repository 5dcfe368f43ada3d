import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, PGliteDialect, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import { Fault } from '../evidence/fault.ts'
import type { Log } from '../ports.ts'
import type { Tables } from './tables.ts'

const POOL_SIZE = 10
const CONNECT_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 30_000

/** Where to keep things: a PostgreSQL, a directory for the embedded one, or memory only. Exactly one. */
export type DatabasePlace = {
  readonly databaseUrl?: string
  readonly dir?: string
  readonly memory?: true
  readonly log?: Log
}

/** An open database. `exclusive`: no other process can be using it, so whatever a former one left undone is ours. */
export type Database = {
  readonly db: Kysely<Tables>
  readonly exclusive: boolean
  close(): Promise<void>
}

/** Opens the database; the schema may not be there yet. */
export async function openDatabase(place: DatabasePlace): Promise<Database> {
  if (place.databaseUrl) return openPostgres(place.databaseUrl, place.log)
  if (place.dir) return openDirectory(place.dir)
  if (place.memory) return openEmbedded(undefined, () => {})
  throw new Fault('STORE_PLACE', 'No database is configured: neither an address nor a directory.')
}

function openPostgres(databaseUrl: string, log: Log | undefined): Database {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
  })
  // An idle connection that the server drops is reported here; unheard, it would end the process.
  pool.on('error', (error) => log?.warn({ err: error }, 'an idle database connection was lost'))
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return { db, exclusive: false, close: () => db.destroy() }
}

/** PGlite survives `kill -9`, but two processes in one directory lose each other's rows without an error: hence the lock. */
async function openDirectory(dir: string): Promise<Database> {
  const release = lockDirectory(dir)
  try {
    return await openEmbedded(join(dir, 'database'), release)
  } catch (error) {
    release()
    throw error
  }
}

async function openEmbedded(dataDir: string | undefined, release: () => void): Promise<Database> {
  const { PGlite } = await import('@electric-sql/pglite')
  const pglite = await PGlite.create(dataDir === undefined ? {} : { dataDir })
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) })
  const close = async () => {
    await db.destroy()
    if (!pglite.closed) await pglite.close()
    release()
  }
  return { db, exclusive: true, close }
}

/** A lock of SQLite's: the kernel frees it with the process, however that ends, so there is no stale file to clean up. */
function lockDirectory(dir: string): () => void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const lock = new DatabaseSync(join(dir, 'lock.db'), { timeout: 0 })
    try {
      lock.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
    } catch (error) {
      lock.close()
      throw error
    }
    return () => {
      if (lock.isOpen) lock.close()
    }
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      throw new Fault(
        'STORE_LOCKED',
        `Another Sallyport is already using ${dir}. Stop it first, or use another directory.`,
        error,
      )
    }
    throw new Fault('STORE_DIRECTORY', `The directory ${dir} cannot be used for the database.`, error)
  }
}

/** https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5
