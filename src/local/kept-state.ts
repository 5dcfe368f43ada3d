import { readFile } from 'node:fs/promises'
import { Temporal } from 'temporal-polyfill'
import { Fault } from '../evidence/fault.ts'
import type { Log } from '../ports.ts'
import { replaceFile } from './devices/haproxy-files.ts'

export type Clock = { readonly now: () => Date; advance(duration: string): Promise<void> }

/** The machine's clock, plus what people let pass. */
export async function openClock(file: string): Promise<Clock> {
  const saved = await readJson(file)
  let ahead = typeof saved === 'number' && Number.isFinite(saved) ? saved : 0
  return {
    now: () => new Date(Date.now() + ahead),
    async advance(duration) {
      const until = Temporal.Instant.fromEpochMilliseconds(Date.now() + ahead)
        .toZonedDateTimeISO('UTC')
        .add(duration)
      ahead = until.epochMilliseconds - Date.now()
      await replaceFile(file, JSON.stringify(ahead))
    },
  }
}

/** Saves after a change; changes that come while it saves are saved together afterwards. `kept` waits for all so far. */
export function keeper(save: () => Promise<void>, log: Log): { readonly changed: () => void; kept(): Promise<void> } {
  let wanted = 0
  let done = 0
  let running = false
  let waiting: { readonly upTo: number; readonly go: () => void }[] = []
  const run = async (): Promise<void> => {
    running = true
    while (done < wanted) {
      // Changes made in one go, such as those while the workspace opens, are one save after it.
      await Promise.resolve()
      const upTo = wanted
      // A full disk must not leave everybody waiting; what could not be saved is tried again with the next change.
      await save().catch((cause: unknown) => log.error({ cause }, 'saving what was said in the local workspace'))
      done = upTo
      for (const one of waiting) if (one.upTo <= done) one.go()
      waiting = waiting.filter((one) => one.upTo > done)
    }
    running = false
  }
  return {
    changed() {
      wanted += 1
      if (!running) void run()
    },
    kept: () =>
      new Promise((go) => {
        if (done >= wanted) go()
        else waiting.push({ upTo: wanted, go })
      }),
  }
}

/** What an earlier run kept; undefined when there was none. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new Fault(
      'LOCAL_STATE',
      `${file} cannot be read. Delete its folder to start the local workspace afresh.`,
      cause,
    )
  }
}
