import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { layFreshDatabase } from '../store/fresh-database.ts'
import { openWorkspaceApi, plain } from './workspace-api.ts'

const ASKED = 'give the data team access to grafana for 2 days'

let dir = ''
let running: ChildProcess | undefined
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sallyport-restart-'))
  await layFreshDatabase(join(dir, 'database'))
})
afterEach(async () => {
  await kill()
  await rm(dir, { recursive: true, force: true })
})

test('killed right after it took a message, it answers exactly once after the restart', async () => {
  let bot = await startProcess()
  const { ts } = await bot.say('alice', ASKED)
  await kill()
  bot = await startProcess()
  await bot.reply(ts, 'Proved')
  const { ts: next } = await bot.say('alice', 'what drifted?')
  await bot.reply(next, 'Nothing drifted')
  const cards = (await bot.replies(ts)).filter((one) => plain(one).includes('Proved'))
  expect(cards).toHaveLength(1)
})

test('killed right after an approval and between two answers, it opens one pull request and remembers the first answer', async () => {
  let bot = await startProcess()
  const { thread: asking, answer: question } = await bot.ask(
    'alice',
    'give ops access to wiki for a while',
    'Who is this for?',
  )
  await bot.press('alice', question, 'group:sre')
  const half = await bot.reply(asking, 'the group Site Reliability')
  const { thread, answer } = await bot.ask('alice', ASKED, 'Proved')
  expect(await bot.click('bob', answer, 'approve')).toMatchObject({ ok: true })
  await kill()
  bot = await startProcess()
  await bot.reply(thread, 'Approved by Bob Okafor', 'I opened pull request #1')
  await bot.reply(thread, 'pull request #1 is open', 'Proof')
  expect((await bot.state()).pullRequests).toHaveLength(1)
  const said = (await bot.replies(thread)).filter((one) => plain(one).includes('I opened pull request'))
  expect(said).toHaveLength(1)
  await bot.press('alice', half, 'P7D')
  await bot.reply(asking, 'Proved', 'Give Site Reliability access to Wiki')
})

/** A process of its own, as `npm start` runs it. */
async function startProcess() {
  const child = spawn(process.execPath, ['src/main.ts', '--port', '0'], {
    env: { PATH: process.env.PATH, SALLYPORT_DIR: dir, LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running = child
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const [, found] = /^ready (http:\S+)$/m.exec(chunk.toString('utf8')) ?? []
      if (found !== undefined) resolve(found)
    })
    child.once('close', () => reject(new Error(`it ended before it was ready: ${said}`)))
  })
  return openWorkspaceApi(url)
}

/** Without a chance to finish anything. */
async function kill(): Promise<void> {
  const child = running
  running = undefined
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGKILL')
  await gone
}
