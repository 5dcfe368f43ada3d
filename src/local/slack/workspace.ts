import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Fault } from '../../evidence/fault.ts'
import { eventCallback } from './events.ts'
import { readArguments, readBody, sendJson } from './http.ts'
import { type Interactions, openInteractions } from './interactions.ts'
import { type LocalReply, localAct, localState, type Outside } from './local-api.ts'
import { type MethodContext, no } from './method.ts'
import { servePage } from './page-files.ts'
import { openSocketMode, type SocketMode, type SocketTiming } from './socket-mode.ts'
import { serveWebApi, type Tokens } from './web-api.ts'
import { type Channel, type Member, makeId, Snapshot, TEAM, type WorkspaceState } from './workspace-state.ts'

/** A Slack of our own making. Its owner has the HTTP server and hands requests and upgrades over. */
export type LocalSlack = {
  readonly tokens: Tokens
  /** Serves /api/, /response/, /local/ and the page; false when the path is none of ours. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  /** Takes a Socket Mode upgrade; false when the path is not ours. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** What to keep for the next start. */
  snapshot(): Snapshot
  /** Tells open pages that something outside the workspace changed. */
  notify(): void
  /** Makes every app connect again. */
  refresh(): void
  close(): Promise<void>
}

export type LocalSlackOptions = {
  readonly people: readonly {
    readonly id: string
    readonly name: string
    readonly slack?: string | undefined
    readonly email?: string | undefined
  }[]
  readonly groups: readonly {
    readonly id: string
    readonly name: string
    readonly slack?: string | undefined
    /** Person ids. */
    readonly members: readonly string[]
  }[]
  readonly channels: readonly {
    readonly id: string
    readonly name: string
    readonly private?: boolean
    /** Person ids; absent: everybody. */
    readonly members?: readonly string[]
    /** Whether the bot is in it; absent: yes. */
    readonly bot?: boolean
  }[]
  readonly now: () => Date
  readonly outside: Outside
  readonly teamName?: string
  readonly tokens?: Tokens
  /** What the app's manifest subscribes to. */
  readonly subscribed?: readonly string[]
  readonly commands?: readonly string[]
  /** What the page proposes to say where nothing was said yet. */
  readonly suggestions?: readonly string[]
  /** A snapshot of an earlier run. One that cannot be read is refused with a Fault, not dropped. */
  readonly saved?: unknown
  readonly onChange?: () => void
  /** Resolves when all that changed so far is where a kill cannot reach it. Nothing is acknowledged before. */
  readonly kept?: () => Promise<void>
  readonly log?: (message: string) => void
  readonly timing?: Partial<SocketTiming>
}

const TIMING: SocketTiming = { ackMs: 3000, retryMs: [0, 60_000, 300_000], pingMs: 10_000 }
const SUBSCRIBED = ['app_mention', 'message.im', 'message.channels', 'app_home_opened']
const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?$/

/** Opens the workspace with its people, groups and channels, and everything that was said before. */
export function openLocalSlack(options: LocalSlackOptions): LocalSlack {
  const tokens = options.tokens ?? { bot: 'xoxb-local-sallyport', app: 'xapp-1-local-sallyport' }
  const saved = readSaved(options.saved)
  const pages = new Set<ServerResponse>()
  const changed = (): void => {
    for (const page of pages) page.write('data: changed\n\n')
    options.onChange?.()
  }
  const state = foundState(options, saved, changed)
  const log = options.log ?? (() => {})
  const socket = openSocketMode({ ...TIMING, ...options.timing }, log, () => options.onChange?.())
  let host = '127.0.0.1'
  const context: MethodContext = {
    state,
    subscribed: options.subscribed ?? SUBSCRIBED,
    deliver: (event) => socket.deliver(eventCallback(event, makeId('Ev'), Math.floor(options.now().getTime() / 1000))),
    get host() {
      return host
    },
  }
  const interactions = openInteractions(state, socket, () => host)
  for (const payload of saved?.undelivered ?? []) socket.deliver(payload)
  const { commands = ['/access'], suggestions = [] } = options
  const { kept = async () => {}, outside } = options
  const parts = { tokens, socket, context, interactions, outside, commands, suggestions, pages, log, kept }

  return {
    tokens,
    async handle(request, response) {
      if (!LOOPBACK.test(request.headers.host ?? '')) {
        // A page elsewhere that points its own name at this machine must not get in.
        sendJson(response, 403, no('forbidden_host', ['open this workspace as http://127.0.0.1 or http://localhost']))
        return true
      }
      host = request.headers.host ?? host
      return route(request, response, parts)
    },
    upgrade(request, connection, head) {
      if (!request.url?.startsWith('/socket-mode?')) return false
      socket.upgrade(request, connection, head)
      return true
    },
    snapshot: () => ({
      lastTs: state.lastTs,
      channels: [...state.channels.values()],
      homes: [...state.homes.values()],
      undelivered: socket.undelivered().map((payload) => ({ ...payload })),
    }),
    notify: () => {
      for (const page of pages) page.write('data: changed\n\n')
    },
    refresh: () => socket.refresh(),
    async close() {
      for (const page of pages) page.end()
      await socket.close()
    },
  }
}

type Parts = {
  readonly tokens: Tokens
  readonly socket: SocketMode
  readonly context: MethodContext
  readonly interactions: Interactions
  readonly outside: Outside
  readonly commands: readonly string[]
  readonly suggestions: readonly string[]
  readonly pages: Set<ServerResponse>
  readonly log: (message: string) => void
  readonly kept: () => Promise<void>
}

async function route(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<boolean> {
  const { pathname } = new URL(request.url ?? '/', 'http://local')
  const [, area, name = ''] = pathname.split('/')
  if (area === 'api') {
    await serveWebApi(request, response, name, parts)
  } else if (area === 'response' && request.method === 'POST') {
    await serveResponseUrl(request, response, name, parts)
  } else if (pathname === '/local/events') {
    streamChanges(request, response, parts.pages)
  } else if (area === 'local') {
    await serveLocal(request, response, name, parts)
  } else {
    return request.method === 'GET' && servePage(pathname, response)
  }
  return true
}

async function serveResponseUrl(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
  { interactions, kept }: Parts,
): Promise<void> {
  const body = readArguments((await readBody(request)) ?? 'too long', 'application/json')
  const reply = body === undefined ? no('invalid_payload') : interactions.respond(id, body)
  await kept()
  sendJson(response, reply.ok ? 200 : reply.error === 'invalid_payload' ? 400 : 404, reply)
}

async function serveLocal(
  request: IncomingMessage,
  response: ServerResponse,
  what: string,
  parts: Parts,
): Promise<void> {
  const { origin, host } = request.headers
  if (origin !== undefined && origin !== `http://${host}`)
    return sendJson(response, 403, no('forbidden_origin', ['only the page of this workspace may do this']))
  const reply = await localReply(request, what, parts).catch((cause: unknown): LocalReply => {
    parts.log(`/local/${what}: ${String(cause)}`)
    const says = cause instanceof Fault ? cause.says : 'something broke while doing this; the log knows more'
    return { status: 500, body: no('internal_error', [says]) }
  })
  sendJson(response, reply.status, reply.body)
}

async function localReply(request: IncomingMessage, what: string, parts: Parts): Promise<LocalReply> {
  if (request.method === 'GET' && what === 'state') return localState(parts)
  if (request.method !== 'POST') return { status: 405, body: no('method_not_allowed') }
  const body = readArguments((await readBody(request)) ?? 'too long', 'application/json')
  if (body === undefined)
    return { status: 400, body: no('invalid_json', ['the body must be one JSON object of 4 MB at most']) }
  const reply = await localAct(what, body, parts)
  parts.context.state.changed()
  await parts.kept()
  return reply
}

/** Server-sent events: a page reads the state again at each. */
function streamChanges(request: IncomingMessage, response: ServerResponse, pages: Set<ServerResponse>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.write('retry: 1000\ndata: hello\n\n')
  pages.add(response)
  request.on('close', () => pages.delete(response))
}

function readSaved(saved: unknown): Snapshot | undefined {
  if (saved === undefined || saved === null) return undefined
  const read = Snapshot.safeParse(saved)
  if (read.success) return read.data
  throw new Fault('WORKSPACE_UNREADABLE', 'The saved local workspace cannot be read.', read.error)
}

function foundState(options: LocalSlackOptions, saved: Snapshot | undefined, changed: () => void): WorkspaceState {
  const people = options.people.map(
    (person): Member => ({
      id: person.slack ?? `U0${person.id.toUpperCase().replaceAll('-', '')}`,
      name: person.id,
      realName: person.name,
      isBot: false,
      ...(person.email === undefined ? {} : { email: person.email }),
    }),
  )
  const bot: Member = { id: TEAM.botUser, name: 'sallyport', realName: 'Sallyport', isBot: true }
  const slackIds = (ids: readonly string[]): string[] =>
    people.filter((person) => ids.includes(person.name)).map((person) => person.id)
  const channels = options.channels.map((channel): Channel => {
    const members = channel.members ? slackIds(channel.members) : people.map((person) => person.id)
    const before = saved?.channels.find((one) => one.id === channel.id)
    return {
      id: channel.id,
      name: channel.name.replace(/^#/, ''),
      kind: channel.private ? 'group' : 'channel',
      members: channel.bot === false ? members : [...members, TEAM.botUser],
      messages: before?.messages ?? [],
    }
  })
  const dms = (saved?.channels ?? []).filter((channel) => channel.kind === 'im')
  return {
    teamName: options.teamName ?? 'Sallyport local',
    members: new Map([...people, bot].map((member) => [member.id, member])),
    groups: options.groups.map((group) => ({
      id: group.slack ?? `S0${group.id.toUpperCase().replaceAll('-', '')}`,
      name: group.name,
      handle: group.id,
      members: slackIds(group.members),
    })),
    channels: new Map([...channels, ...dms].map((channel) => [channel.id, channel])),
    modals: new Map(),
    homes: new Map((saved?.homes ?? []).map((home) => [home.user, home])),
    triggers: new Map(),
    now: options.now,
    changed,
    lastTs: saved?.lastTs ?? '0.000000',
  }
}
