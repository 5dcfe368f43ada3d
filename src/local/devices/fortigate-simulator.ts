import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Refusal } from '../../evidence/refusal.ts'
import type { FortiVerdict } from '../../fortigate/match.ts'
import type { Packet } from '../../fortigate/packet.ts'
import { lookUpPolicy } from './fortigate-lookup.ts'
import { type Moment, monitor, sendPacket, type Traffic } from './fortigate-monitor.ts'
import { listTable } from './fortigate-tables.ts'
import { type Edited, editFirst, mergeDeclared } from './live-text.ts'

/** How the simulated device misbehaves: `up` not at all; the rest as a real one does on a bad day. */
export type FortigateTrouble = 'up' | 'down' | 'slow' | 'garble' | 'truncate' | 'lockout' | 'forbid'

/** A FortiGate that lives on loopback: one configuration text behind the REST API that the real one answers. */
export interface FortigateSimulator {
  readonly id: string
  readonly url: string
  /** The live configuration, byte for byte. */
  text(): string
  edit(find: string, replace: string): { readonly ok: true } | Refusal
  /** What a pipeline would do after a merge: the declared change, laid over whatever the live text is by now. */
  deploy(before: string, after: string): { readonly ok: true } | Refusal
  /** Traffic arrives: policies count it, and sessions open for what is let in. */
  send(packet: Packet): FortiVerdict
  setTrouble(trouble: FortigateTrouble): Promise<void>
  trouble(): FortigateTrouble
  close(): Promise<void>
}
export type FortigateSimulatorOptions = {
  readonly id: string
  readonly text: string
  readonly token: string
  readonly vdom?: string | undefined
  /** The API user may not read these paths: answered with 403. */
  readonly forbidden?: readonly string[]
  /** How long `slow` keeps silent; longer than any client waits. */
  readonly slowMs?: number
  readonly now: () => Date
}

const SLOW_MS = 30_000
const FAILED_LOGINS_UNTIL_LOCKOUT = 20

/** Starts the device on a free port of 127.0.0.1. */
export async function openFortigateSimulator(options: FortigateSimulatorOptions): Promise<FortigateSimulator> {
  const state: State = {
    text: options.text,
    trouble: 'up',
    failedLogins: 0,
    traffic: { sessions: [], hits: new Map() },
  }
  const server = createServer((request, response) => serve(options, state, request, response))
  const port = await listen(server, 0)

  const change = (edited: Edited) => {
    if (!edited.ok) return edited
    state.text = edited.text
    return { ok: true } as const
  }
  return {
    id: options.id,
    url: `http://127.0.0.1:${port}`,
    text: () => state.text,
    edit: (find, replace) => change(editFirst(state.text, find, replace)),
    deploy: (before, after) => change(mergeDeclared(state.text, before, after)),
    send: (packet) => sendPacket(momentOf(options, state), packet),
    async setTrouble(trouble) {
      state.trouble = trouble
      state.failedLogins = 0
      if (trouble === 'down') await stop(server)
      else if (!server.listening) await listen(server, port)
    },
    trouble: () => state.trouble,
    close: () => stop(server),
  }
}

type State = { text: string; trouble: FortigateTrouble; failedLogins: number; readonly traffic: Traffic }
type Reply = { readonly status: number; readonly type: 'application/json' | 'text/plain'; readonly body: string }

function serve(options: FortigateSimulatorOptions, state: State, request: IncomingMessage, response: ServerResponse) {
  // The 7.6 backup call carries a JSON body; nothing in it changes what is answered here.
  request.resume()
  if (state.trouble === 'slow') {
    const late = setTimeout(() => response.end(), options.slowMs ?? SLOW_MS)
    late.unref()
    response.on('close', () => clearTimeout(late))
    return
  }
  const reply = answer(options, state, request)
  if (state.trouble === 'garble') {
    response.writeHead(200, { 'content-type': 'text/plain' }).end(garbled(reply.body))
  } else if (state.trouble === 'truncate') {
    response.writeHead(200, { 'content-type': reply.type, 'content-length': Buffer.byteLength(reply.body) + 1000 })
    response.write(reply.body.slice(0, Math.floor(reply.body.length / 2)), () => response.destroy())
  } else response.writeHead(reply.status, { 'content-type': reply.type }).end(reply.body)
}

function answer(options: FortigateSimulatorOptions, state: State, request: IncomingMessage): Reply {
  const url = new URL(request.url ?? '/', 'http://device')
  const path = url.pathname
  const context = { options, state, method: request.method ?? 'GET', path, query: url.searchParams }
  if (state.trouble === 'lockout' || state.failedLogins >= FAILED_LOGINS_UNTIL_LOCKOUT) return enveloped(context, 429)
  if (!isToken(request.headers.authorization, options.token)) {
    state.failedLogins += 1
    return enveloped(context, 401)
  }
  if (state.trouble === 'forbid' || options.forbidden?.some((prefix) => path.startsWith(prefix)))
    return enveloped(context, 403)
  if (path === '/api/v2/monitor/system/config/backup') return backup(context)
  if (context.method !== 'GET') return enveloped(context, 405)
  if (path === '/api/v2/monitor/system/status')
    return enveloped(context, 200, {
      model_name: 'FortiGate',
      model: versionOf(state.text).model,
      hostname: options.id,
    })
  if (path === '/api/v2/monitor/firewall/policy-lookup') {
    const found = lookUpPolicy(options.id, options.vdom, state.text, url.searchParams, options.now())
    return found ? enveloped(context, 200, found) : enveloped(context, 424)
  }
  const watched = path.startsWith(MONITOR)
    ? monitor(momentOf(options, state), path.slice(MONITOR.length), url.searchParams)
    : undefined
  if (watched) return enveloped(context, watched.status, watched.status === 200 ? watched.results : undefined)
  const table = path.match(/^\/api\/v2\/cmdb\/([a-z0-9.-]+)\/([a-z0-9-]+)(?:\/([^/]+))?$/)
  const rows = table && listTable(state.text, options.vdom, `${table[1]}/${table[2]}`, decodeKey(table[3]))
  if (!rows) return enveloped(context, 404)
  return enveloped(context, 200, asRelease(rows, versionOf(state.text)))
}

const MONITOR = '/api/v2/monitor/'

function momentOf({ id, vdom, now }: FortigateSimulatorOptions, { text, traffic }: State): Moment {
  return { id, vdom, text, traffic, version: versionOf(text), now: now() }
}

/** 7.6 lists certificates of a VIP, where releases before it name one, and knows one protocol more. */
function asRelease(rows: Rows, { major, minor }: { major: number; minor: number }): Rows {
  if (major < 7 || (major === 7 && minor < 6)) return rows
  if (!Array.isArray(rows)) return rows
  return rows.map((row) => {
    const shown = row['ssl-certificate']
    const names = typeof shown === 'string' && shown !== '' ? shown.split(' ').map((name) => ({ name })) : shown
    const protocol = row.protocol === 'TCP/UDP/SCTP' ? 'TCP/UDP/UDP-Lite/SCTP' : row.protocol
    return {
      ...row,
      ...(shown === undefined ? {} : { 'ssl-certificate': names }),
      ...(row.protocol === undefined ? {} : { protocol }),
    }
  })
}
type Rows = NonNullable<ReturnType<typeof listTable>>

type Context = {
  readonly options: FortigateSimulatorOptions
  readonly state: State
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
}

/** GET up to 7.4, POST from 7.6 on; the other verb is 405 (FortiOS 7.6 API reference, system/config/backup). */
function backup(context: Context): Reply {
  const { major, minor } = versionOf(context.state.text)
  const verb = major > 7 || (major === 7 && minor >= 6) ? 'POST' : 'GET'
  if (context.method !== verb) return enveloped(context, 405)
  return { status: 200, type: 'text/plain', body: context.state.text }
}

function enveloped({ options, state, method, path }: Context, status: number, results?: unknown): Reply {
  const { version, build } = versionOf(state.text)
  const [, , , , category = '', name = ''] = path.split('/')
  const envelope = {
    http_method: method,
    ...(results === undefined
      ? {}
      : { results, revision: createHash('md5').update(JSON.stringify(results)).digest('hex') }),
    vdom: options.vdom ?? 'root',
    path: category,
    name,
    status: status === 200 ? 'success' : 'error',
    http_status: status,
    serial: 'FGVMSIMULATED000',
    version,
    build,
  }
  return { status, type: 'application/json', body: JSON.stringify(envelope) }
}

/** Model and version stand in the first line of a backup and nowhere else. */
function versionOf(text: string) {
  const found = /^#config-version=([A-Za-z0-9]+)-(\d+)\.(\d+)\.?(\d*)-FW-build(\d+)/.exec(text)
  const [major, minor, patch] = [Number(found?.[2] ?? 7), Number(found?.[3] ?? 4), Number(found?.[4] || 0)]
  return {
    model: found?.[1] ?? 'FGVM64',
    major,
    minor,
    version: `v${major}.${minor}.${patch}`,
    build: Number(found?.[5] ?? 0),
  }
}

/** `Authorization: Bearer` only: a token in the URL is refused since 7.4.5. */
function isToken(header: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`))
}

function decodeKey(key: string | undefined): string | undefined {
  try {
    return key === undefined ? undefined : decodeURIComponent(key)
  } catch {
    return key
  }
}

function garbled(body: string): string {
  return `\u0000\u0001${body.slice(0, 2000).replaceAll(/[a-z]/g, '\u001a').replaceAll('#', '')}`
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

function stop(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve()
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
