import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { generate } from 'selfsigned'
import type { Refusal } from '../../evidence/refusal.ts'
import type { FortiVerdict } from '../../fortigate/match.ts'
import type { Packet } from '../../fortigate/packet.ts'
import { answerCall, type DeviceState, momentOf } from './fortigate-device.ts'
import { sendPacket } from './fortigate-monitor.ts'
import { envelope, type Reply, releaseOf, replyWith } from './fortigate-reply.ts'
import { openWorkspaces } from './fortigate-transactions.ts'
import { type Edited, editFirst, mergeDeclared } from './live-text.ts'

/**
 * How the simulated device misbehaves: `up` not at all; the rest as a real one does on a bad day. `down`: nothing listens; `slow`:
 * silence; `garble`: bytes that are no answer; `truncate`: half of what was announced; `half`: half of what was not; `lockout`: 429;
 * `deny`: 401; `forbid`: 403.
 */
export type FortigateTrouble = 'up' | 'down' | 'slow' | 'garble' | 'truncate' | 'half' | 'lockout' | 'deny' | 'forbid'

/** A FortiGate that lives on loopback: one configuration text behind the REST API that the real one answers. */
export interface FortigateSimulator {
  readonly id: string
  readonly url: string
  /** PEM of the certificate that it shows, which nobody trusts unasked; undefined over plain HTTP. */
  readonly ca: string | undefined
  /** The live configuration, byte for byte; what is in a transaction is not live. */
  text(): string
  edit(find: string, replace: string): { readonly ok: true } | Refusal
  /** What a pipeline would do after a merge: the declared change, laid over whatever the live text is by now. */
  deploy(before: string, after: string): { readonly ok: true } | Refusal
  /** Traffic arrives: policies count it, and sessions open for what is let in. */
  send(packet: Packet): FortiVerdict
  /** With a path, only calls to what starts with it are in trouble. */
  setTrouble(trouble: FortigateTrouble, path?: string): Promise<void>
  trouble(): FortigateTrouble
  close(): Promise<void>
}
export type FortigateSimulatorOptions = {
  readonly id: string
  /** Its first line says which release the device speaks as. */
  readonly text: string
  readonly token: string
  readonly vdom?: string | undefined
  /** The API user may not use these paths: answered with 403. */
  readonly forbidden?: readonly string[]
  /** How long `slow` keeps silent; longer than any client waits. */
  readonly slowMs?: number
  /** Speak HTTPS, with a certificate of its own. */
  readonly tls?: boolean
  /** The configuration that policy lookups are answered from, as a kernel would that sees it otherwise than we do. */
  readonly lookup?: string
  readonly now: () => Date
}

const SLOW_MS = 30_000
const MOST_BYTES = 10 * 1024 * 1024

/** Starts the device on a free port of 127.0.0.1. */
export async function openFortigateSimulator(options: FortigateSimulatorOptions): Promise<FortigateSimulator> {
  const { id, now } = options
  const workspaces = openWorkspaces(options.text, releaseOf, now)
  const state: DeviceState = {
    id,
    now,
    workspaces,
    vdom: options.vdom,
    token: options.token,
    forbidden: options.forbidden ?? [],
    lookup: options.lookup,
    traffic: { sessions: [], hits: new Map() },
    saved: [{ id: 1, time: Math.floor(now().getTime() / 1000), comment: '', text: options.text }],
    failedLogins: 0,
  }
  const mood: Mood = { trouble: 'up', path: '', slowMs: options.slowMs ?? SLOW_MS }
  const pem = options.tls ? await certificate() : undefined
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    void serve(state, mood, request, response)
  }
  const server = pem ? createTlsServer({ key: pem.private, cert: pem.cert }, listener) : createServer(listener)
  const port = await listen(server, 0)

  const change = (edited: Edited) => {
    if (!edited.ok) return edited
    workspaces.replace(edited.text)
    return { ok: true } as const
  }
  return {
    id,
    url: `${pem ? 'https' : 'http'}://127.0.0.1:${port}`,
    ca: pem?.cert,
    text: () => workspaces.text(),
    edit: (find, replace) => change(editFirst(workspaces.text(), find, replace)),
    deploy: (before, after) => change(mergeDeclared(workspaces.text(), before, after)),
    send: (packet) => sendPacket(momentOf(state), packet),
    async setTrouble(trouble, path = '') {
      mood.trouble = trouble
      mood.path = path
      state.failedLogins = 0
      if (trouble === 'down') await stop(server)
      else if (!server.listening) await listen(server, port)
    },
    trouble: () => mood.trouble,
    close: () => stop(server),
  }
}

type Mood = { trouble: FortigateTrouble; path: string; readonly slowMs: number }

async function serve(
  state: DeviceState,
  mood: Mood,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request)
  const url = new URL(request.url ?? '/', 'http://device')
  const call = {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: body ?? '',
    vdom: state.vdom ?? 'root',
  }
  const trouble = url.pathname.startsWith(mood.path) ? mood.trouble : 'up'
  if (trouble === 'slow') {
    const late = setTimeout(() => response.end(), mood.slowMs)
    late.unref()
    response.on('close', () => clearTimeout(late))
    return
  }
  const status = body === undefined ? 413 : REFUSES[trouble]
  const reply =
    status === undefined
      ? answerCall(state, call)
      : replyWith(status, envelope(releaseOf(state.workspaces.text()), call, status))
  send(trouble, reply, response)
}

const REFUSES: Partial<Record<FortigateTrouble, number>> = { lockout: 429, deny: 401, forbid: 403 }

function send(trouble: FortigateTrouble, reply: Reply, response: ServerResponse): void {
  const half = reply.body.slice(0, Math.floor(reply.body.length / 2))
  if (trouble === 'garble') response.writeHead(200, { 'content-type': 'text/plain' }).end(garbled(reply.body))
  else if (trouble === 'half') response.writeHead(reply.status, { 'content-type': reply.type }).end(half)
  else if (trouble === 'truncate') {
    response.writeHead(200, { 'content-type': reply.type, 'content-length': Buffer.byteLength(reply.body) + 1000 })
    response.write(half, () => response.destroy())
  } else response.writeHead(reply.status, { 'content-type': reply.type }).end(reply.body)
}

/** Undefined for more than a device takes. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request) {
      size += chunk.length
      if (size > MOST_BYTES) return undefined
      chunks.push(chunk)
    }
  } catch {
    // Whoever called has gone; nobody will read the answer.
  }
  return Buffer.concat(chunks).toString('utf8')
}

function certificate() {
  return generate([{ name: 'commonName', value: 'FortiGate' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  })
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
