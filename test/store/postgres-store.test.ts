import { randomInt } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { inboxEntry, storeContract } from './store.contract.ts'

const databaseUrl = process.env.TEST_DATABASE_URL

describe.skipIf(!databaseUrl)(
  databaseUrl ? 'on PostgreSQL' : 'on PostgreSQL (skipped: TEST_DATABASE_URL is not set)',
  () => {
    const schema = `sallyport_test_${randomInt(2 ** 40)}`
    const url = new URL(databaseUrl ?? 'postgres://unused')
    url.searchParams.set('options', `-c search_path=${schema}`)
    const administer = async (statement: string) => {
      const client = new Client({ connectionString: databaseUrl })
      await client.connect()
      await client.query(statement)
      await client.end()
    }
    beforeAll(() => administer(`create schema ${schema}`))
    afterAll(() => administer(`drop schema ${schema} cascade`))

    describe('the contract', () => storeContract(() => openStore({ databaseUrl: url.href })))

    test('several replicas starting at once agree on one schema', async () => {
      const fresh = `${schema}_fresh`
      await administer(`create schema ${fresh}`)
      const there = new URL(url)
      there.searchParams.set('options', `-c search_path=${fresh}`)
      const stores = await Promise.all([1, 2, 3].map(() => openStore({ databaseUrl: there.href })))
      expect(new Set(stores.map((store) => store.schemaVersion)).size).toBe(1)
      await Promise.all(stores.map((store) => store.close()))
      await administer(`drop schema ${fresh} cascade`)
    })

    test('two replicas never work on one entry, and a closed one hands its work over', async () => {
      const [one, other] = [await openStore({ databaseUrl: url.href }), await openStore({ databaseUrl: url.href })]
      const entry = inboxEntry()
      expect(await one.receive(entry)).toBe(true)
      expect(await other.receive(entry)).toBe(false)
      expect((await other.unfinished()).map(({ id }) => id)).not.toContain(entry.id)
      await one.close()
      expect(await other.unfinished()).toContainEqual({ ...entry, attempts: 1 })
      await other.finish(entry.id)
      await other.close()
    })

    test('what a replica claimed and never finished is free when the claim has run out', async () => {
      const [dead, other] = [
        await openStore({ databaseUrl: url.href, claimSeconds: -1 }),
        await openStore({ databaseUrl: url.href }),
      ]
      const third = await openStore({ databaseUrl: url.href })
      const entries = Array.from({ length: 40 }, () => inboxEntry())
      for (const entry of entries) await dead.receive(entry)
      const claims = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? other : third).unfinished())
      const handedOut = (await Promise.all(claims)).flat().map(({ id }) => id)
      expect(handedOut.toSorted()).toEqual(entries.map(({ id }) => id).toSorted())
      for (const { id } of entries) await other.finish(id)
      await third.close()
      await Promise.all([dead.close(), other.close()])
    })

    test('a database that is not there is a fault', async () => {
      await expect(openStore({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none' })).rejects.toMatchObject({
        name: 'Fault',
      })
    })
  },
)
