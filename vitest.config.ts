import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Tests that own processes, browsers or a whole bot: a process for each file, so that none meets what another left behind. */
const WORLDS = ['test/story/*.test.ts', 'test/local-slack/page.test.ts', 'test/store/*.test.ts']

export default defineConfig({
  test: {
    // Left to itself, vitest keeps one processor free, which is half of a small machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    globalSetup: 'test/temporary-folder.ts',
    projects: [
      {
        test: {
          name: 'rooms',
          include: ['test/**/*.test.ts'],
          exclude: WORLDS,
          pool: 'threads',
          isolate: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'worlds',
          include: WORLDS,
          pool: 'forks',
          globalSetup: 'test/store/prepare-database.ts',
          // Long enough for a machine that does other things too; what is waited for is looked at again and again.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
