import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/store/database.ts'
import { saveSchema } from '../../src/store/migrations.ts'
import { openStore } from '../../src/store/open-store.ts'
import { layFreshDatabase } from './fresh-database.ts'
import { accessRequest, inboxEntry, storeContract } from './store.contract.ts'

describe('in memory', () => storeContract(() => openStore({ memory: true })))

describe('in a directory', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-store-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  test('a killed process loses nothing it acknowledged, and its unfinished work is handed out again', async () => {
    const acknowledged = await writeUntilKilled(dir)
    expect(acknowledged.length).toBeGreaterThanOrEqual(20)

    const store = await openStore({ dir })
    try {
      for (const id of acknowledged) expect(await store.findRequest(id), id).toBeDefined()
      const again = (await store.unfinished()).map((entry) => entry.id)
      expect(again).toEqual(expect.arrayContaining(acknowledged))
      expect(await store.unfinished()).toEqual([])
    } finally {
      await store.close()
    }
  }, 60_000)

  test('a second process is refused in plain words, and let in when the first is gone', async () => {
    const locked = join(dir, 'locked')
    await layFreshDatabase(locked)
    const first = await openStore({ dir: locked })
    const request = accessRequest()
    await first.insertRequest(request)
    await expect(openStore({ dir: locked })).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      says: expect.stringContaining('Another Sallyport is already using'),
    })
    await first.close()
    const second = await openStore({ dir: locked })
    expect(await second.findRequest(request.id)).toEqual(request)
    await second.close()
  }, 60_000)

  test('what keeps failing says how often it was tried', async () => {
    const tried = join(dir, 'tried')
    await layFreshDatabase(tried)
    const entry = inboxEntry()
    for (const attempts of [0, 1, 2]) {
      const store = await openStore({ dir: tried })
      if (attempts === 0) await store.receive(entry)
      else expect(await store.unfinished()).toEqual([{ ...entry, attempts }])
      await store.close()
    }
  }, 60_000)

  test('a directory that cannot be made is a fault', async () => {
    await expect(openStore({ dir: '/dev/null/nowhere' })).rejects.toMatchObject({ code: 'STORE_DIRECTORY' })
    await expect(openStore({})).rejects.toMatchObject({ code: 'STORE_PLACE' })
  })
})

test('the database itself refuses to change the audit trail, and a broken row is named', async () => {
  const database = await openDatabase({ memory: true })
  await saveSchema(database.db)
  await sql`insert into audit (at, actor, action, detail) values ('now', 'alice', 'asked', '{}')`.execute(database.db)
  for (const change of ["update audit set actor = 'eve'", 'delete from audit', 'truncate audit']) {
    await expect(sql.raw(change).execute(database.db)).rejects.toThrow('append only')
  }
  const { requestsOn } = await import('../../src/store/requests.ts')
  const request = accessRequest()
  await requestsOn(database.db).insertRequest(request)
  await sql`update requests set document = '{"id":"x"}'`.execute(database.db)
  await expect(requestsOn(database.db).findRequest(request.id)).rejects.toMatchObject({
    code: 'STORE_ROW',
    says: `What is stored of request ${request.id} cannot be read.`,
  })
  await database.close()
}, 60_000)

/** A child process inserts and says so, line by line, until SIGKILL hits it in the middle of its work. */
async function writeUntilKilled(dir: string): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'write-until-killed.ts'), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const acknowledged: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line)
    if (acknowledged.length === 20) child.kill('SIGKILL')
  }
  expect(await exited).toEqual([null, 'SIGKILL'])
  return acknowledged
}
