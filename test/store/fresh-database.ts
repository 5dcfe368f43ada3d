import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'

/** Lays an empty database into the folder that `openStore({ dir })` is given next. */
export async function layFreshDatabase(dir: string): Promise<void> {
  await cp(inject('freshDatabase'), join(dir, 'database'), { recursive: true })
}
