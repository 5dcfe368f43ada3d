import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openStore } from '../../src/store/open-store.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** An embedded database without a row, to be copied: making one takes many times as long. */
    readonly freshDatabase: string
  }
}

/** Once for all stories. */
export default async function prepareDatabase({ provide }: TestProject) {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-database-'))
  const store = await openStore({ dir })
  await store.close()
  provide('freshDatabase', join(dir, 'database'))
  return () => rm(dir, { recursive: true, force: true })
}
