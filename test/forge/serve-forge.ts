import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LocalForge, type LocalForgeOptions, openLocalForge } from '../../src/local/forge/open-local-forge.ts'

export const OWNER = 'acme'
export const REPO = 'edge'
export const BOT_TOKEN = 'bot-token-5f0c'
export const READER_TOKEN = 'reader-token-77aa'
export const HUMAN_TOKEN = 'human-token-91be'

export const SEED = new Map([
  ['README.md', '# The edge\n'],
  ['policies/catalog.yaml', 'timezone: Europe/Berlin\n'],
  [
    'policies/services/wiki.yaml',
    lines('id: wiki', 'access:', '  - allow: [group:ops]', ...filler('wiki'), 'end: true'),
  ],
  ['policies/services/shop.yaml', lines('id: shop', 'access: []')],
  ['policies/devices/fw.conf', '\ufeffconfig firewall policy\r\nend\r\n'],
])

export type ServedForge = {
  readonly forge: LocalForge
  readonly baseUrl: string
  /** A person's call of the API. */
  readonly api: (method: string, path: string, body?: object) => Promise<{ status: number; body: unknown }>
  /** Requests served so far, as `POST /repos/acme/edge/pulls`. */
  readonly calls: string[]
  /** Does something to the next request that matches, instead of or after answering it. */
  readonly meddle: (call: RegExp, how: Meddling, times?: number) => void
  readonly close: () => Promise<void>
}
/** `drop`: it is done but the answer never arrives. `bad-gateway`: the same, with 502. Others are answered instead of doing it. */
type Meddling =
  | 'drop'
  | 'bad-gateway'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body: string }

export function temporaryDir(): { readonly dir: string; readonly remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-forge-'))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** A local forge behind a real HTTP server that can be told to misbehave. */
export async function serveForge(dir: string, options: Partial<LocalForgeOptions> = {}): Promise<ServedForge> {
  let seconds = 0
  const forge = await openLocalForge({
    dir,
    seed: SEED,
    owner: OWNER,
    repo: REPO,
    now: () => new Date(Date.UTC(2026, 10, 23, 9) + seconds++ * 1000),
    users: [
      { login: 'sallyport-bot', token: BOT_TOKEN },
      { login: 'reader', token: READER_TOKEN, may: 'read' },
      { login: 'olga', name: 'Olga Human', token: HUMAN_TOKEN },
    ],
    ...options,
  })
  const calls: string[] = []
  const meddlings: { call: RegExp; how: Meddling; times: number }[] = []
  const server = createServer((request, response) => {
    const call = `${request.method} ${(request.url ?? '').replace('/forge/api/v3', '')}`
    calls.push(call)
    const index = meddlings.findIndex((entry) => entry.call.test(call))
    const found = meddlings[index]
    if (found && --found.times === 0) meddlings.splice(index, 1)
    answer(forge, request, response, found?.how)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/forge/api/v3`
  return {
    forge,
    baseUrl,
    calls,
    api: async (method, path, body) => {
      const init = {
        method,
        headers: { authorization: `Bearer ${HUMAN_TOKEN}` },
        ...(body && { body: JSON.stringify(body) }),
      }
      const response = await fetch(`${baseUrl}/repos/${OWNER}/${REPO}${path}`, init)
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    },
    meddle: (call, how, times = 1) => meddlings.push({ call, how, times }),
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function answer(
  forge: LocalForge,
  request: IncomingMessage,
  response: ServerResponse,
  how: Meddling | undefined,
): void {
  const handled = async () => {
    if (typeof how === 'object') {
      response.writeHead(how.status, how.headers).end(how.body)
      return
    }
    if (how === undefined) {
      if (!(await forge.handle(request, response))) response.writeHead(418).end()
      return
    }
    response.writeHead = () => response
    response.end = (() => {
      if (how === 'drop') response.socket?.destroy()
      else {
        Reflect.deleteProperty(response, 'writeHead')
        Reflect.deleteProperty(response, 'end')
        response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>502</h1>')
      }
      return response
    }) satisfies ServerResponse['end']
    await forge.handle(request, response)
  }
  handled().catch((cause) => response.writeHead(500).end(String(cause)))
}

export function lines(...all: string[]): string {
  return all.map((line) => `${line}\n`).join('')
}

/** Lines between two places of a file, so that changes at both are apart. */
function filler(word: string): string[] {
  return Array.from({ length: 12 }, (_, index) => `# ${word} ${index}`)
}
