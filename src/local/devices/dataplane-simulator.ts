import { createHash, timingSafeEqual } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { basename, join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { type Answer, runtimeAnswer } from './dataplane-runtime.ts'

export type DataplaneSimulatorOptions = {
  readonly api: 'v2' | 'v3'
  /** The configuration that it manages; `# _version=` and `# _md5hash=` at its top are its own. */
  readonly config: string
  readonly user: string
  readonly password: string
  /** One command on the socket of the HAProxy it stands beside, and its answer without the severity line. */
  readonly runtime: (command: string) => Promise<string>
  readonly maps?: string
  readonly general?: string
  readonly tls?: { readonly key: string; readonly cert: string }
}
/** What goes wrong on purpose, by the end of a path; undefined leaves it alone. */
export type DataplaneTroubleMaker = (path: string, response: ServerResponse) => boolean
export interface DataplaneSimulator {
  readonly url: string
  /** Every request that came, as `GET /v3/info`. */
  readonly asked: readonly string[]
  setReload(status: 'in_progress' | 'succeeded' | 'failed' | undefined): void
  setTrouble(make: DataplaneTroubleMaker | undefined): void
  close(): Promise<void>
}

/**
 * A Data Plane API as its specification has it, for reading: paths of one version only, Basic authentication before everything else (so
 * that a path that does not exist is 401 too), and the process' answers taken apart at blanks as client-native does.
 */
export async function openDataplaneSimulator(options: DataplaneSimulatorOptions): Promise<DataplaneSimulator> {
  const asked: string[] = []
  let reload: string | undefined
  let trouble: DataplaneTroubleMaker | undefined
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://local')
    asked.push(`${request.method} ${url.pathname}${url.search}`)
    if (trouble?.(url.pathname, response)) return
    if (!isLetIn(request.headers.authorization, options)) {
      response.setHeader('www-authenticate', 'Basic realm=""')
      send(response, problem(401, 'unauthenticated for invalid credentials'))
      return
    }
    if (request.method !== 'GET') {
      response.setHeader('allow', 'GET')
      send(response, problem(405, `method ${request.method} is not allowed, but [GET] are`))
      return
    }
    send(response, (await answer(options, url, reload)) ?? problem(404, `path ${url.pathname} was not found`))
  }
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => send(response, problem(500, String(error))))
  })
  const { tls } = options
  const outer = tls ? createTlsServer(tls, (socket) => server.emit('connection', socket)) : server
  outer.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => outer.listen(0, '127.0.0.1', resolve))
  const address = outer.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    asked,
    setReload(status) {
      reload = status
    },
    setTrouble(make) {
      trouble = make
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => outer.close(resolve))
    },
  }
}

async function answer(
  options: DataplaneSimulatorOptions,
  url: URL,
  reload: string | undefined,
): Promise<Answer | undefined> {
  const { api } = options
  const [, version, ...rest] = url.pathname.split('/').map(decodeURIComponent)
  if (version !== api) return undefined
  if (rest.join('/') === 'info')
    return json({ api: { build_date: '2026-08-14T00:00:00.000Z', version: `${api}.9 simulated` }, system: {} })
  const [services, haproxy, kind, ...path] = rest
  if (services !== 'services' || haproxy !== 'haproxy') return undefined
  if (kind === 'configuration') return configuration(options, path.join('/'))
  if (kind === 'reloads' && path.length === 0)
    return json(reload === undefined ? [] : [{ id: '2026-11-23-1', status: reload, reload_timestamp: 1_795_426_074 }])
  if (kind === 'storage') return storage(options, path)
  if (kind === 'runtime' || kind === 'stats') return runtimeAnswer(options, [kind, ...path], url.searchParams)
  return undefined
}

/** Version 3 answers text, version 2 an object; neither shows the lines at the top that belong to the API. */
async function configuration({ config, api }: DataplaneSimulatorOptions, path: string): Promise<Answer | undefined> {
  const text = await readFile(config, 'utf8')
  const version = Number(/^# _version=(\d+)$/m.exec(text)?.[1] ?? 1)
  const body = text.replace(/^(?:# _\w+=.*\n)+/, '')
  if (path === 'version') return json(version)
  if (path !== 'raw') return undefined
  if (api === 'v2') return json({ _version: version, data: body })
  const headers = {
    'content-type': 'text/plain',
    'configuration-version': String(version),
    'configuration-checksum': createHash('md5').update(body).digest('hex'),
  }
  return { status: 200, headers, body }
}

async function storage(
  options: DataplaneSimulatorOptions,
  [kind, name]: readonly (string | undefined)[],
): Promise<Answer | undefined> {
  const folder = kind === 'maps' ? options.maps : kind === 'general' ? options.general : undefined
  if (kind !== 'maps' && kind !== 'general') return undefined
  if (folder === undefined) return problem(404, 'no such directory')
  const there = (await readdir(folder)).filter((file) => (kind === 'maps') === file.endsWith('.map')).sort()
  if (name === undefined)
    return json(
      there.map((file) => ({
        description: kind === 'maps' ? 'managed map file' : 'managed general use file',
        file: join(folder, file),
        storage_name: file,
        size: 1,
      })),
    )
  if (!there.includes(basename(name))) return problem(404, `${name} not found`)
  const body = await readFile(join(folder, basename(name)), 'utf8')
  return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body }
}

function isLetIn(header: string | undefined, { user, password }: DataplaneSimulatorOptions): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  return timingSafeEqual(digest(header ?? ''), digest(wanted))
}

function json(value: unknown): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` }
}

function problem(code: number, message: string): Answer {
  return { ...json({ code, message }), status: code }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.headersSent) return
  response.writeHead(status, headers)
  response.end(body)
}
