import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** What a hand-made device answers; each part may be changed while it runs. */
export type HandMade = {
  text: string
  /** Tables that its API does not know, and tables that it refuses. */
  readonly unknown: Set<string>
  readonly forbidden: Set<string>
  /** Answers what our evaluator has no part in; undefined: this release has no lookup. */
  lookUp: ((query: URLSearchParams) => unknown) | undefined
  /** Connections that are open; undefined: this API user may not see them. */
  sessions: readonly object[] | undefined
  /** Called before anything is answered. */
  before: (path: string, response: ServerResponse) => 'answer' | 'leave'
}

/** A small server with the shapes of the REST API and no code of ours behind it: revisions are hashes of the sections' own text. */
export async function serveHandMade(made: Partial<HandMade> & { text: string }) {
  const device: HandMade = {
    unknown: new Set(),
    forbidden: new Set(),
    lookUp: undefined,
    sessions: undefined,
    before: () => 'answer',
    ...made,
  }
  const asked: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://device')
    asked.push(`${request.method} ${url.pathname.replace('/api/v2/', '')}${url.search}`)
    request.resume()
    if (device.before(url.pathname, response) === 'answer') answer(device, request, url, response)
  })
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
  return {
    device,
    asked,
    url: `http://127.0.0.1:${port}`,
    /** How often the whole configuration was asked for. */
    backups: () => asked.filter((one) => one.startsWith('GET monitor/system/config/backup')).length,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(device: HandMade, request: IncomingMessage, url: URL, response: ServerResponse): void {
  const path = url.pathname.replace('/api/v2/', '')
  const json = (status: number, rest: object, vdom = url.searchParams.get('vdom') ?? 'root') => ({
    http_method: request.method,
    http_status: status,
    status: status === 200 ? 'success' : 'error',
    vdom,
    serial: 'FGVM0',
    version: 'v7.4.8',
    build: 2795,
    ...rest,
  })
  const send = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  if (path === 'monitor/system/config/backup') {
    if (request.method !== 'GET') return void send(405, json(405, {}))
    return void response.writeHead(200, { 'content-type': 'text/plain' }).end(device.text)
  }
  if (path === 'monitor/firewall/policy-lookup') {
    const results = device.lookUp?.(url.searchParams)
    return void (results === undefined ? send(404, json(404, {})) : send(200, json(200, { results })))
  }
  if (path === 'monitor/firewall/session') {
    const results = { details: device.sessions }
    return void (device.sessions ? send(200, json(200, { results })) : send(403, json(403, {})))
  }
  const table = path.replace('cmdb/', '')
  if (device.forbidden.has(table)) return void send(403, json(403, {}))
  if (!path.startsWith('cmdb/') || device.unknown.has(table)) return void send(404, json(404, {}))
  const vdoms = [...device.text.matchAll(/^config vdom\nedit (\S+)\n([\s\S]*?)^next\nend$/gm)]
  const revision = (text: string) => ({ revision: createHash('md5').update(sectionOf(text, table)).digest('hex') })
  if (url.searchParams.get('vdom') !== '*') return void send(200, json(200, revision(device.text)))
  send(
    200,
    vdoms.map(([, name, text = '']) => json(200, revision(text), name)),
  )
}

function sectionOf(text: string, table: string): string {
  const words = table.replace(/[./]/g, ' ')
  return new RegExp(`^config ${words}\\n[\\s\\S]*?^end$`, 'm').exec(text)?.[0] ?? ''
}
