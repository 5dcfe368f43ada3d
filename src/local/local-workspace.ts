import { mkdir, readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Fault } from '../evidence/fault.ts'
import type { Edge, EdgeFiles } from '../policy/edge.ts'
import type { Log } from '../ports.ts'
import { deployMerge } from './deploy-merge.ts'
import { openFortigateSimulator } from './devices/fortigate-simulator.ts'
import { replaceFile, writeIfAbsent } from './devices/haproxy-files.ts'
import { openHaproxyRunner } from './devices/haproxy-runner.ts'
import { joinLocalDevices } from './devices/local-devices.ts'
import { type LocalForge, openLocalForge } from './forge/open-local-forge.ts'
import { type Clock, keeper, openClock, readJson } from './kept-state.ts'
import { type LocalSlack, openLocalSlack } from './slack/workspace.ts'

/** Everything a laptop lacks, on loopback: where it is, and the settings with which the production adapters reach it. */
export type LocalWorkspace = {
  readonly url: string
  readonly slack: { readonly botToken: string; readonly appToken: string; readonly apiUrl: string }
  readonly github: { readonly owner: string; readonly repo: string; readonly baseUrl: string; readonly token: string }
  readonly fortigates: readonly {
    readonly device: string
    readonly url: string
    readonly token: string
    readonly vdom: string | undefined
  }[]
  readonly haproxies: readonly {
    readonly device: string
    readonly dir: string
    readonly socket: string | undefined
    readonly root: string
  }[]
  /** The workspace's own time: the machine's, and what people let pass. */
  readonly now: () => Date
  /** Hears when something happened out there that the bot would otherwise find out at its next look. */
  onNews(listener: () => Promise<void>): void
  close(): Promise<void>
}
export type LocalWorkspaceOptions = {
  /** Where it keeps its state between starts. */
  readonly dir: string
  /** 0: any free one. */
  readonly port: number
  readonly files: EdgeFiles
  readonly edge: Edge
  readonly haproxyBinary?: string | undefined
  readonly log: Log
}

const OWNER = 'corvane'
const REPO = 'edge'
const CHANNELS = [
  { id: 'C0ACCESS', name: 'access' },
  { id: 'C0GENERAL', name: 'general' },
]
const SUGGESTIONS = [
  'give the data team access to grafana until Friday',
  'why is grafana unreachable for the finance team?',
  'what drifted?',
]

/** Opens the workspace on 127.0.0.1; what was said, merged and changed in an earlier run is still there. */
export async function openLocalWorkspace(options: LocalWorkspaceOptions): Promise<LocalWorkspace> {
  const { dir, edge, log } = options
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const clock = await openClock(join(dir, 'clock.json'))
  let base = ''
  let news: () => Promise<void> = async () => {}

  const githubToken = 'local-github-token'
  const forge = await openLocalForge({
    dir: join(dir, 'github'),
    seed: options.files,
    owner: OWNER,
    repo: REPO,
    now: clock.now,
    users: [
      { login: 'sallyport[bot]', token: githubToken, may: 'write' },
      ...edge.catalog.people.map(({ name }) => ({ login: name })),
    ],
    pullUrl: (number) => `${base}/#github/${number}`,
    log,
  })
  const devices = await openDevices(options, clock.now)
  const slack = await openSlackHere(options, clock, forge, devices, { news: () => news() })

  const server = createServer((request, response) => {
    void (async () => {
      if (await slack.handle(request, response)) return
      if (await forge.handle(request, response)) return
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is nothing here by that name.\n')
    })().catch((cause: unknown) => {
      log.error({ cause }, 'the local workspace broke while answering')
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  server.on('upgrade', (request, socket, head) => {
    if (!slack.upgrade(request, socket, head)) socket.destroy()
  })
  base = await listen(server, options.port)

  return {
    url: base,
    slack: { botToken: slack.tokens.bot, appToken: slack.tokens.app, apiUrl: `${base}/api/` },
    github: { owner: OWNER, repo: REPO, baseUrl: `${base}/forge/api/v3`, token: githubToken },
    fortigates: devices.fortigates.map(({ id, url, token, vdom }) => ({ device: id, url, token, vdom })),
    haproxies: devices.haproxies.map(({ id, dir: home, socket }) => ({ device: id, dir: home, socket, root: home })),
    now: clock.now,
    onNews: (listener) => {
      news = listener
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await slack.close()
      await devices.close()
    },
  }
}

type Devices = Awaited<ReturnType<typeof openDevices>>

async function openDevices({ dir, edge, files, haproxyBinary }: LocalWorkspaceOptions, now: () => Date) {
  const home = join(dir, 'devices')
  await mkdir(home, { recursive: true, mode: 0o700 })
  const fortigates = await Promise.all(
    edge.devices
      .filter((device) => device.kind === 'fortigate')
      .map(async (device) => {
        const file = join(home, `${device.id}.conf`)
        await writeIfAbsent(file, device.text)
        const token = `local-token-of-${device.id}`
        const simulator = await openFortigateSimulator({
          id: device.id,
          text: await readFile(file, 'utf8'),
          token,
          vdom: device.vdom,
          now,
        })
        return { ...simulator, token, vdom: device.vdom, save: () => replaceFile(file, simulator.text()) }
      }),
  )
  const folder = 'policies/devices/'
  const beside = new Map(
    [...files].flatMap(([path, text]) => (path.startsWith(folder) ? [[path.slice(folder.length), text]] : [])),
  )
  const haproxies = await Promise.all(
    edge.devices
      .filter((device) => device.kind === 'haproxy')
      .map((device) =>
        openHaproxyRunner({
          id: device.id,
          dir: join(home, device.id),
          text: device.text,
          files: beside,
          ...(haproxyBinary === undefined ? {} : { binary: haproxyBinary }),
        }),
      ),
  )
  const backendOf = (service: string) => edge.services.find((one) => one.id === service)?.route.backend
  const joined = joinLocalDevices({ fortigates, haproxies, backendOf })
  return {
    fortigates,
    haproxies,
    state: () => joined.state(),
    close: () => joined.close(),
    async order(body: unknown) {
      const done = await joined.order(body)
      await Promise.all(fortigates.map((fortigate) => fortigate.save()))
      return done
    },
  }
}

async function openSlackHere(
  { dir, edge, log }: LocalWorkspaceOptions,
  clock: Clock,
  forge: LocalForge,
  devices: Devices,
  bot: { readonly news: () => Promise<void> },
): Promise<LocalSlack> {
  const file = join(dir, 'slack.json')
  const keep = keeper(() => replaceFile(file, JSON.stringify(slack.snapshot())), log)
  const slack: LocalSlack = openLocalSlack({
    people: edge.catalog.people,
    groups: edge.catalog.groups,
    channels: CHANNELS,
    teamName: 'Corvane',
    commands: ['/access'],
    suggestions: SUGGESTIONS,
    now: clock.now,
    saved: await readJson(file),
    onChange: keep.changed,
    kept: keep.kept,
    log: (message) => log.warn({}, message),
    outside: {
      async onMerge({ number, user }) {
        const before = await forge.readMain()
        const outcome = await forge.mergePullRequest(number, user)
        if (!outcome.merged) return { ok: false, error: outcome.reason, says: outcome.says }
        const deployed = await deployMerge(before.files, (await forge.readMain()).files, edge, devices)
        await bot.news()
        slack.notify()
        return { ok: true, commit: outcome.commit, deployed }
      },
      async onDevice(body) {
        const done = await devices.order(body)
        slack.notify()
        return done.ok ? { ok: true } : { ok: false, error: done.reason, says: done.says }
      },
      async onClock({ advance }) {
        await clock.advance(advance)
        await bot.news()
        slack.notify()
        return { ok: true, now: clock.now().toISOString() }
      },
      extraState: async () => ({ pullRequests: await forge.pullRequests(), devices: await devices.state() }),
    },
  })
  return { ...slack, close: () => slack.close().then(keep.kept) }
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new Fault('PORT_TAKEN', `Port ${port} on 127.0.0.1 is taken. Choose another: npm start -- --port 0.`, cause),
      ),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  return `http://127.0.0.1:${isAddress(address) ? address.port : port}`
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}
