import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Temporal } from 'temporal-polyfill'
import { expect } from 'vitest'
import { start } from '../../src/main.ts'
import { layFreshDatabase } from '../store/fresh-database.ts'
import { openWorkspaceApi } from './workspace-api.ts'

export type Bot = Awaited<ReturnType<typeof startBot>>

/** The whole bot as `npm start` makes it, on a port and in a folder of its own, on a Monday at nine; and all that can be done to it. */
export async function startBot(
  options: {
    /** Changes to the example repository before the start: path below policies/ → its new text from the old one. */
    readonly files?: Readonly<Record<string, (text: string) => string>>
    readonly env?: Readonly<Record<string, string>>
  } = {},
) {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-story-'))
  const policies = join(dir, 'policies')
  await copyExample(policies, options.files ?? {})
  await layFreshDatabase(join(dir, 'state/database'))
  const printed: string[] = []
  const bot = await start(
    ['--port', '0', '--policies', policies],
    { SALLYPORT_DIR: join(dir, 'state'), LOG_LEVEL: 'silent', ...options.env },
    (line) => printed.push(line),
  )
  expect(printed).toEqual([expect.stringMatching(/^ready http:\/\/127\.0\.0\.1:\d+$/)])
  const url = printed[0]?.replace(/^ready /, '') ?? ''
  const api = openWorkspaceApi(url)
  await api.clock(untilMonday((await api.state()).now))
  const today = Temporal.Instant.from((await api.state()).now)
    .toZonedDateTimeISO('Europe/Berlin')
    .toPlainDate()
  return {
    ...api,
    url,
    /** The date so many days after the Monday on which it all begins. */
    dayAhead: (days: number) => today.add({ days }).toString(),
    /** The configuration that a device has at this moment. */
    live: (file: 'edge-fw.conf' | 'edge-lb/haproxy.cfg') => readFile(join(dir, 'state/local/devices', file), 'utf8'),
    async close() {
      // Whatever a story was about, nobody was ever shown our insides.
      const said = await api.everythingSaid()
      await bot.close()
      await rm(dir, { recursive: true, force: true })
      expect(said.filter((words) => INSIDES.test(words))).toEqual([])
    },
  }
}

/** The example edge repository, with some of its files changed. */
async function copyExample(to: string, files: Readonly<Record<string, (text: string) => string>> = {}): Promise<void> {
  await cp('policies', to, { recursive: true })
  for (const [path, edit] of Object.entries(files)) {
    const before = await readFile(join(to, path), 'utf8')
    const after = edit(before)
    expect(after, `the edit of ${path} changes something`).not.toBe(before)
    await writeFile(join(to, path), after)
  }
}

/** What a stack trace, a value printed by mistake or a raw exception looks like. */
const INSIDES =
  /\bat (?:async )?(?:file:|\S+ \(|\/)|\b[A-Z]?\w*Error:|\[object |\bundefined\b|\bNaN\b|node_modules|\bECONN/

/** So that "until Friday" is four days away, whatever day the test runs on. */
function untilMonday(now: string): string {
  const here = Temporal.Instant.from(now).toZonedDateTimeISO('Europe/Berlin')
  const monday = here
    .toPlainDate()
    .add({ days: 8 - here.dayOfWeek })
    .toZonedDateTime({ timeZone: 'Europe/Berlin', plainTime: '09:00' })
  return `PT${Math.ceil((monday.epochMilliseconds - here.epochMilliseconds) / 1000)}S`
}
