import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { type Config, readConfig } from './config.ts'
import { conversationOf } from './conversation.ts'
import { Fault } from './evidence/fault.ts'
import { printProblem } from './evidence/problem.ts'
import { openForge } from './github/octokit-forge.ts'
import { openCatalogDirectory } from './identity/catalog-directory.ts'
import { keepTime } from './keep-time.ts'
import { openHaproxyCheck } from './live/haproxy-binary.ts'
import { haproxyAccess, openLiveDevices } from './live/live-devices.ts'
import { openProposer } from './llm/openai-proposer.ts'
import { openLocalWorkspace } from './local/local-workspace.ts'
import { readEdge } from './policy/read.ts'
import type { Log, Ports } from './ports.ts'
import { openSlack } from './slack/bolt-app.ts'
import { openStore } from './store/open-store.ts'

const DEFAULT_PORT = 4600
const LOCAL_TICK_MS = 3_000
const TICK_MS = 30_000

/** Starts the bot; without a Slack token in its local workspace. Answers when it is ready, and runs until `close`. */
export async function start(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  print: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
): Promise<{ readonly url: string | undefined; close(): Promise<void> }> {
  const { values } = parseArgs({
    args: [...args],
    options: { port: { type: 'string' }, policies: { type: 'string', default: 'policies' } },
  })
  const config = readConfig(environment)
  if ('wrong' in config) throw new Fault('SETTINGS', `These settings are not right:\n  ${config.wrong.join('\n  ')}`)
  const log = openLog(config)
  if (config.slack) return startBot(config, log)
  const bot = await startLocally(config, log, readPort(values.port), values.policies)
  print(`ready ${bot.url}`)
  return bot
}

/** The bot as companies run it: real Slack, real GitHub, real devices. */
async function startBot(config: Config, log: Log) {
  const { slack, github } = config
  if (!slack || !github) throw new Fault('SETTINGS', 'Slack and GitHub settings are needed together.')
  const { auth, ...where } = github
  const forge = openForge({
    ...where,
    ...('token' in auth ? auth : { app: { ...auth.app, appId: Number(auth.app.appId) } }),
    log,
  })
  const edge = readEdge((await forge.readEdge()).files)
  for (const problem of edge.problems) log.warn({ code: problem.code }, printProblem(problem))
  const device = (kind: 'fortigate' | 'haproxy') => edge.devices.find((one) => one.kind === kind)?.id
  const [outer, inner] = [device('fortigate'), device('haproxy')]
  const live = openLiveDevices({
    fortigates: config.fortigate && outer !== undefined ? [{ device: outer, ...config.fortigate }] : [],
    haproxies: inner === undefined ? [] : haproxyAccess(inner, config.haproxy),
  })
  return run({
    config,
    log,
    forge,
    live,
    now: () => new Date(),
    slack,
    tickMs: TICK_MS,
    url: undefined,
    close: async () => {},
  })
}

/** The same bot with the same adapters; only the addresses are on this machine. */
async function startLocally(config: Config, log: Log, port: number, policies: string) {
  const files = await readPolicies(policies)
  const edge = readEdge(files)
  for (const problem of edge.problems) log.warn({ code: problem.code }, printProblem(problem))
  const dir = resolve(config.dir, 'local')
  const workspace = await openLocalWorkspace({ dir, port, files, edge, haproxyBinary: config.haproxy.binary, log })
  const { slack, github } = workspace
  const forge = openForge({ ...github, pace: 'local', log })
  const devices = { fortigates: workspace.fortigates, haproxies: workspace.haproxies }
  // So that `sallyport … --live` in a terminal sees the same devices as the bot.
  await writeFile(join(dir, 'live.json'), JSON.stringify(devices), { mode: 0o600 })
  const live = openLiveDevices(devices)
  const bot = await run({
    config,
    log,
    forge,
    live,
    now: workspace.now,
    slack,
    tickMs: LOCAL_TICK_MS,
    url: workspace.url,
    close: () => workspace.close(),
  })
  workspace.onNews(bot.tick)
  return bot
}

/** Puts the parts together, top to bottom, and starts listening and keeping time. */
async function run(parts: {
  readonly config: Config
  readonly log: Log
  readonly forge: Ports['forge']
  readonly live: Ports['live'] & { close(): Promise<void> }
  readonly now: () => Date
  readonly slack: { readonly botToken: string; readonly appToken: string; readonly apiUrl?: string }
  readonly tickMs: number
  readonly url: string | undefined
  readonly close: () => Promise<void>
}) {
  const { config, log, forge, live, now } = parts
  await mkdir(config.dir, { recursive: true, mode: 0o700 })
  const store = await openStore(
    config.databaseUrl === undefined
      ? { dir: join(config.dir, 'database'), log }
      : { databaseUrl: config.databaseUrl, log },
  )
  const base: Omit<Ports, 'chat'> = {
    forge,
    store,
    live,
    haproxyCheck: openHaproxyCheck(config.haproxy.binary === undefined ? {} : { binary: config.haproxy.binary }),
    directory: openCatalogDirectory(forge),
    ...(config.model ? { proposer: openProposer(config.model) } : {}),
    log,
    now,
  }
  const { botToken, appToken, apiUrl } = parts.slack
  const slack = await openSlack(
    { botToken, appToken, ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }) },
    { store, log, now, conversation: (chat) => conversationOf({ ...base, chat }) },
  )
  const ports: Ports = { ...base, chat: slack.chat }
  const ticking = openTicking(() => keepTime(ports), parts.tickMs, log)
  return {
    url: parts.url,
    tick: ticking.tick,
    async close() {
      await ticking.close()
      await slack.close()
      await live.close()
      await store.close()
      await parts.close()
    },
  }
}

/** One look at a time: a tick that is asked for while one runs follows it. */
function openTicking(look: () => Promise<void>, everyMs: number, log: Log) {
  let last: Promise<void> = Promise.resolve()
  const tick = (): Promise<void> => {
    last = last.then(look).catch((cause: unknown) => log.error({ cause }, 'keeping time'))
    return last
  }
  const timer = setInterval(() => void tick(), everyMs)
  return {
    tick,
    async close() {
      clearInterval(timer)
      await last
    },
  }
}

/** Every text file below the folder, under the paths it has in an edge repository. */
async function readPolicies(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new Fault(
      'NO_POLICIES',
      `There is no edge repository at ${folder}. Say where it is: npm start -- --policies DIR.`,
      cause,
    )
  })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(
    await Promise.all(
      files
        .sort()
        .map(
          async (file) =>
            [`policies/${relative(folder, file).split(sep).join('/')}`, await readFile(file, 'utf8')] as const,
        ),
    ),
  )
}

function readPort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Fault('SETTINGS', `--port takes a number from 0 to 65535, not "${text}".`)
  return port
}

function openLog(config: Config): Log {
  return pino(
    { level: config.logLevel, redact: { paths: ['*.token', '*.authorization', '*.password'], censor: '[redacted]' } },
    pino.destination(2),
  )
}

if (import.meta.main) {
  try {
    const bot = await start(process.argv.slice(2), process.env)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        void bot.close().finally(() => process.exit(0))
      })
    }
  } catch (fault) {
    const says =
      fault instanceof Fault
        ? fault.says
        : `Sallyport could not start: ${fault instanceof Error ? fault.stack : String(fault)}`
    process.stderr.write(`${says}\n`)
    process.exitCode = 1
    // Whatever was opened before the fault must not keep the process alive.
    setTimeout(() => process.exit(1), 500).unref()
  }
}
