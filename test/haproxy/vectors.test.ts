import { existsSync, readFileSync } from 'node:fs'
import { generate as selfSigned } from 'selfsigned'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readHaproxy } from '../../src/haproxy/config.ts'
import type { HaproxyDevice } from '../../src/haproxy/model.ts'
import { type RouteVerdict, routeRequest } from '../../src/haproxy/route.ts'
import { type RunningServer, readRunningHaproxy } from '../../src/haproxy/running-process.ts'

const FILE = new URL('../../../shared/facts/haproxy-vectors.jsonl', import.meta.url)
const present = existsSync(FILE)

const Request = z.object({
  port: z.number(),
  path: z.string().default('/'),
  host: z.string().optional(),
  src: z.string().default('127.0.0.1'),
  dst: z.string().default('127.0.0.1'),
  method: z.string().default('GET'),
  version: z.string().default('1.1'),
  headers: z.array(z.tuple([z.string(), z.string()])).default([]),
  tls: z.boolean().default(false),
  sni: z.string().optional(),
  proxy: z.object({ src: z.string(), sport: z.number().optional() }).optional(),
  raw: z.string().optional(),
})
const Outcome = z.object({
  kind: z.enum(['server', 'status', 'closed', 'tls-fail', 'timeout']),
  status: z.number().nullish(),
  backend: z.string().optional(),
  server: z.string().optional(),
  line: z.string().optional(),
  rule: z.string().optional(),
})
const Vector = z.object({
  title: z.string(),
  text: z.string(),
  files: z.record(z.string(), z.string()),
  valid: z.boolean(),
  cases: z
    .array(z.object({ request: Request.optional(), outcome: Outcome.optional(), cli: z.boolean().optional() }))
    .default([]),
})
type Vector = z.infer<typeof Vector>

/** Servers that nobody answers for, which no configuration tells but a running process knows. */
const DOWN: Readonly<Record<string, string>> = {
  'deny hdr w/o content, reject, silent-drop, tarpit, return, redirect, auth /ndead': 'dead/s1',
  'health check flips /': 'a/s1',
}

/** Races on purpose and counters: what the verdict must hang on, and then any server that it names, and no other, may be met. */
const OPEN: Readonly<Record<string, RegExp>> = {
  'same port bound by 2 frontends (random split)': /^which of 2 listeners on 127\.0\.0\.1:22000 gets it$/,
  'sni passthrough, NO inspect-delay': /^whether the first bytes are there in time \(no inspect-delay\)/,
  'L7 acl in tcp mode use_backend w/o inspect': /^whether the first bytes are there in time \(no inspect-delay\)/,
  'stick-table deny by rate': /^`sc_http_req_rate`/,
}

/** Commands that are not recorded ran between these requests; they only changed servers. */
const UNTOUCHED = /server-template|h2: url/

function vectors(): Vector[] {
  return readFileSync(FILE, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => Vector.parse(JSON.parse(line)))
}

function toRoute(request: z.infer<typeof Request>) {
  const [start = '', ...rest] = (request.raw ?? '').split('\r\n')
  const [method = '', path = '', version = ''] = start.split(' ')
  const raw = request.raw === undefined ? undefined : { method, path, version: version.replace('HTTP/', '') }
  const lines = rest.slice(0, rest.indexOf('')).map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const host: [string, string][] = request.host === undefined ? [] : [['host', request.host]]
  return {
    bind: `${request.dst}:${request.port}`,
    src: request.src,
    proxy: request.proxy ?? null,
    tls: request.tls,
    sni: request.sni ?? null,
    version: raw?.version ?? request.version,
    method: raw?.method || request.method,
    path: raw?.path ?? request.path,
    headers: raw ? lines : [...host, ...request.headers],
    body: null,
    at: '2026-11-23T10:00:00Z',
  }
}

/** Undefined when they agree. */
function disagreement(verdict: RouteVerdict, outcome: z.infer<typeof Outcome>, text: string): string | undefined {
  const kind = outcome.kind === 'tls-fail' ? 'closed' : outcome.kind
  if (verdict.kind !== kind) return `kind ${verdict.kind} is not ${kind}`
  if (kind === 'status' && verdict.status !== outcome.status) return `status ${verdict.status} is not ${outcome.status}`
  if (kind === 'server') {
    if (verdict.backend !== outcome.backend) return `backend ${verdict.backend} is not ${outcome.backend}`
    if (!verdict.servers.includes(outcome.server ?? '')) return `${outcome.server} is not in ${verdict.servers}`
    if (outcome.line !== undefined && verdict.line !== outcome.line)
      return `line ${verdict.line} is not ${outcome.line}`
  }
  const { rule } = outcome
  if (rule !== undefined && /^[a-z]/.test(rule) && !rule.includes('=')) {
    const deciding = text.split('\n')[(verdict.because.at(-1)?.line ?? 0) - 1] ?? ''
    if (!deciding.includes(rule)) return `rule ${rule} is not in \`${deciding.trim()}\``
  }
  return undefined
}

/** The device with its servers as a process may hold them. */
function withServers(vector: Vector, servers: readonly RunningServer[]): HaproxyDevice {
  const running = { version: '2.6.12', servers, lists: [] }
  return readRunningHaproxy({ id: 'lb' }, 'haproxy.cfg', vector.text, new Map(Object.entries(vector.files)), running)
}

/** Every way that commands may leave the servers of the backend that was met. */
function* states(device: HaproxyDevice, backend: string): Generator<readonly RunningServer[]> {
  const others = device.proxies.filter((proxy) => proxy.name !== backend).flatMap(serversOf)
  const own = device.proxies.filter((proxy) => proxy.name === backend).flatMap(serversOf)
  for (let code = 0; code < 3 ** own.length; code++)
    yield [
      ...others,
      ...own.map((server, at) => ({
        ...server,
        admin: (['ready', 'maint', 'drain'] as const)[Math.floor(code / 3 ** at) % 3] ?? 'ready',
      })),
    ]
}

function serversOf({ name, servers }: HaproxyDevice['proxies'][number]): RunningServer[] {
  return servers.map((server) => ({ backend: name, name: server.name, admin: server.disabled ? 'maint' : 'ready' }))
}

function stopped(device: HaproxyDevice, down: string): RunningServer[] {
  return device.proxies
    .flatMap(serversOf)
    .map((server) => (`${server.backend}/${server.name}` === down ? { ...server, admin: 'maint' } : server))
}

/** Whether there is a state of the servers in which exactly this happens. */
function explains(
  vector: Vector,
  device: HaproxyDevice,
  asked: ReturnType<typeof toRoute>,
  outcome: z.infer<typeof Outcome>,
): boolean {
  for (const { name } of device.proxies.filter((proxy) => proxy.servers.length > 0))
    for (const servers of states(device, name))
      if (disagreement(routeRequest(withServers(vector, servers), asked), outcome, vector.text) === undefined)
        return true
  return false
}

describe.skipIf(!present)('the measured vectors', () => {
  test('hold: every outcome is predicted; what is a race or a counter hangs on it, and leads nowhere else', async () => {
    const made = await selfSigned([{ name: 'commonName', value: 'a.example.com' }], {
      keyType: 'ec',
      algorithm: 'sha256',
    })
    const certificate = new Map([['cert.pem', `${made.cert}\n${made.private}\n`]])
    const wrong: string[] = []
    let held = 0
    let open = 0
    for (const vector of present ? vectors() : []) {
      if (!vector.valid) continue
      const files = new Map([...certificate, ...Object.entries(vector.files)])
      const device = readHaproxy({ id: 'lb' }, 'haproxy.cfg', vector.text, files)
      let touched = false
      for (const { request, outcome, cli } of vector.cases) {
        touched ||= cli === true && !UNTOUCHED.test(vector.title)
        if (!request || !outcome) continue
        const name = `${vector.title} ${request.path}`
        const down = DOWN[name]
        const asked = toRoute(request)
        const why = OPEN[vector.title]
        const verdict = routeRequest(down === undefined ? device : withServers(vector, stopped(device, down)), asked)
        if (why) {
          open++
          const named = verdict.kind === 'depends' && verdict.depends.some((each) => why.test(each))
          const met = outcome.kind !== 'server' || verdict.servers.includes(outcome.server ?? '')
          if (!named || !met) wrong.push(`${name}: ${JSON.stringify(verdict)}`)
          continue
        }
        const explained = touched
          ? explains(vector, device, asked, outcome)
          : disagreement(verdict, outcome, vector.text) === undefined
        if (explained) held++
        else wrong.push(`${name} ${JSON.stringify(request)}: ${disagreement(verdict, outcome, vector.text)}`)
      }
    }
    expect(wrong).toEqual([])
    expect(held).toBeGreaterThanOrEqual(404)
    expect(open).toBeLessThanOrEqual(20)
  })

  test('hold: what HAProxy refuses is not said to be routed', () => {
    const missed = (present ? vectors() : []).flatMap((vector) => {
      const device = readHaproxy({ id: 'lb' }, 'haproxy.cfg', vector.text, new Map(Object.entries(vector.files)))
      const refused = device.fatal.length > 0
      return vector.valid && refused ? [`${vector.title}: ${device.fatal[0]?.message}`] : []
    })
    expect(missed).toEqual([])
  })
})
