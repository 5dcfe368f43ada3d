import { z } from 'zod'
import type { Trace } from '../evidence/trace.ts'
import { parseIp } from '../flow/ip-set.ts'
import { readAddress } from './address.ts'
import { prepareListeners } from './config/find-listeners.ts'
import { type Exchange, isUnknown, printPathQuery, printTarget, readTarget, type Target } from './exchange.ts'
import { parseHttp2, parseRequest } from './meaning/parse-request.ts'
import { requestWorld } from './meaning/request-world.ts'
import type { Traced } from './meaning/traced.ts'
import { walkFrontend } from './meaning/walk.ts'
import type { Ending } from './meaning/world.ts'
import type { Bind, HaproxyDevice, ProxySection } from './model.ts'
import { openRoom } from './samples/room.ts'
import { placeOf } from './text/line-places.ts'

const address = z.string().refine((text) => parseIp(text) !== undefined, 'not an IP address')

/** One request, as `sallyport route` takes it. Fields that other tools add are left alone. */
export const EdgeRequest = z.object({
  id: z.string().optional(),
  /** The address connected to: `10.20.0.5:8443`, `[2001:db8::5]:443`. */
  bind: z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[0-9.]+):\d{1,5}$/, 'written 10.20.0.5:8443 or [2001:db8::5]:443'),
  /** The TCP peer. */
  src: address,
  /** What a PROXY header claims the client to be. */
  proxy: z
    .union([
      address,
      z.object({
        src: address,
        sport: z.int().optional(),
        dst: address.optional(),
        dport: z.int().optional(),
      }),
    ])
    .nullish(),
  tls: z.boolean().default(false),
  sni: z.string().nullish(),
  version: z.string().default('1.1'),
  method: z.string().min(1).default('GET'),
  /** The request target as sent, with its query. */
  path: z.string().default('/'),
  headers: z.array(z.tuple([z.string().min(1), z.string()])).default([]),
  body: z.string().nullish(),
  at: z.iso.datetime({ offset: true }).nullish(),
})
export type EdgeRequest = z.infer<typeof EdgeRequest>

/** What happens to one request, and why: `because` ends with the deciding line. */
export type RouteVerdict = {
  readonly id?: string
  readonly kind: 'server' | 'status' | 'closed' | 'timeout' | 'depends'
  readonly frontend: string | null
  readonly backend: string | null
  readonly servers: readonly string[]
  readonly status: number | null
  /** The request line as forwarded. */
  readonly line: string | null
  /** Everything undecided that the verdict hangs on, by name. */
  readonly depends: readonly string[]
  readonly because: readonly Trace[]
}

/** Answers one request; for many, prepare once. */
export function routeRequest(device: HaproxyDevice, request: z.input<typeof EdgeRequest>): RouteVerdict {
  return prepareRoutes(device)(request)
}

/** Prepares a device's lists once, for many requests. */
export function prepareRoutes(device: HaproxyDevice): (request: z.input<typeof EdgeRequest>) => RouteVerdict {
  const room = openRoom(device)
  const findListeners = prepareListeners(device)
  return (input) => {
    const request = EdgeRequest.parse(input)
    const id = request.id === undefined ? {} : { id: request.id }
    const [fatal] = device.fatal
    if (fatal) {
      const says = `${fatal.message} (${fatal.file}:${fatal.line})`
      return { ...id, ...NOTHING, kind: 'depends', depends: [`HAProxy refuses this file: ${says}`] }
    }
    const { dst, dstPort } = readBindText(request.bind)
    const { listeners, unknown } = findListeners(dst, dstPort)
    const endings = listeners.flatMap(({ frontend, bind }) => {
      const start = { exchange: startExchange(request, frontend, [accepted(dst, bind), dstPort], bind), trail: [] }
      return walkFrontend(requestWorld(room), device, frontend, bind, start)
    })
    if (unknown !== undefined) return { ...id, ...NOTHING, kind: 'depends', depends: [unknown] }
    if (endings.length === 0) return { ...id, ...NOTHING, kind: 'closed' }
    const several = listeners.length > 1 ? [`which of ${listeners.length} listeners on ${request.bind} gets it`] : []
    return { ...id, ...settle(device, endings, several) }
  }
}

const NOTHING: Omit<RouteVerdict, 'kind'> = {
  frontend: null,
  backend: null,
  servers: [],
  status: null,
  line: null,
  depends: [],
  because: [],
}

function readBindText(bind: string): { dst: string; dstPort: number } {
  const colon = bind.lastIndexOf(':')
  return { dst: bind.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), dstPort: Number(bind.slice(colon + 1)) }
}

/** On a listener of both families an IPv4 address comes as an IPv6 one that carries it (measured). */
function accepted(address: string, { address: bound }: Pick<Bind, 'address'>): string {
  return bound.kind === 'any' && bound.v4 && bound.v6 && !address.includes(':') ? `::ffff:${address}` : address
}

function startExchange(
  request: EdgeRequest,
  frontend: ProxySection,
  [dst, dstPort]: readonly [dst: string, dstPort: number],
  listener: Exchange['listener'] & Pick<Bind, 'address'>,
): Exchange {
  const target = readTarget(request.path)
  const proxied = typeof request.proxy === 'string' ? { src: request.proxy } : (request.proxy ?? undefined)
  const src = accepted(readAddress(request.src) ?? request.src, listener)
  const ends = { src, srcPort: { unknown: 'the port of the client' }, dst, dstPort }
  const exchange: Exchange = {
    ...ends,
    peer: src,
    arrived: { ...ends, proxied: false },
    proxied: proxied && {
      src: readAddress(proxied.src) ?? proxied.src,
      ...(proxied.sport === undefined ? {} : { srcPort: proxied.sport }),
      ...(proxied.dst === undefined ? {} : { dst: readAddress(proxied.dst) ?? proxied.dst }),
      ...(proxied.dport === undefined ? {} : { dstPort: proxied.dport }),
    },
    clientTls: request.tls,
    terminated: false,
    sni: request.sni ?? undefined,
    listener,
    body: request.body ?? undefined,
    awaited: frontend.options.has('http-buffer-request'),
    version: request.version,
    method: request.method,
    firstMethod: request.method,
    target,
    normalized: false,
    headers: request.headers.map(
      ([name, value]) => [name.toLowerCase(), value.replace(/^[ \t]+|[ \t]+$/g, '')] as const,
    ),
    arrivedHeaders: [],
    vars: new Map(),
    at: request.at ? Math.floor(Date.parse(request.at) / 1000) : undefined,
    assumed: new Map(),
    inspected: false,
    mayInspect: frontend.inspectDelay,
    expectsProxy: false,
    garbled: false,
    frontend,
    proxy: frontend,
    original: target,
    written: request.path,
    valid: true,
    readable: true,
    refusedWith: 400,
    step: 0,
  }
  const parsed = request.version.startsWith('2') ? parseHttp2(exchange) : parseRequest(exchange, request.path)
  if ('refused' in parsed)
    return { ...exchange, valid: false, readable: parsed.readable === true, refusedWith: parsed.refused }
  return { ...exchange, ...parsed, arrivedHeaders: parsed.headers, original: parsed.target }
}

const NO_LISTENER = {
  verify: 'none',
  alpn: false,
  name: undefined,
  address: { kind: 'any', v4: true, v6: false },
} as const

/** A request of which nothing is known but where it is: for what the configuration alone decides. */
export function blankExchange(frontend: ProxySection, proxy: ProxySection): Exchange {
  return {
    ...startExchange(EdgeRequest.parse({ bind: '0.0.0.0:1', src: '0.0.0.0' }), frontend, ['0.0.0.0', 1], NO_LISTENER),
    proxy,
  }
}

/** One verdict for all ways the request may go: certain when they end alike and by the same line, else *depends* on what they were split by. */
function settle(device: HaproxyDevice, endings: readonly Ending<Traced>[], several: readonly string[]): RouteVerdict {
  const verdicts = endings.map((ending) => verdictOf(device, ending))
  const [first] = verdicts
  if (!first) return { ...NOTHING, kind: 'closed' }
  const same = verdicts.every((verdict) => signature(verdict) === signature(first))
  if (same && first.kind !== 'depends') return first
  const names = new Set(several)
  for (const { state, outcome } of endings) {
    if (outcome.kind === 'depends') names.add(outcome.on)
    for (const key of state.exchange.assumed.keys()) names.add(key.replace(/#\d+$/, ''))
  }
  const agree = <T>(pick: (verdict: RouteVerdict) => T) =>
    verdicts.every((verdict) => pick(verdict) === pick(first)) ? pick(first) : null
  const longest = verdicts.reduce((a, b) => (b.because.length > a.because.length ? b : a))
  return {
    ...NOTHING,
    kind: 'depends',
    frontend: agree((verdict) => verdict.frontend),
    backend: agree((verdict) => verdict.backend),
    servers: [...new Set(verdicts.flatMap((verdict) => verdict.servers))],
    depends: [...names],
    because: longest.because,
  }
}

function signature(verdict: RouteVerdict): string {
  const { kind, backend, servers, status, line, because } = verdict
  return JSON.stringify([kind, kind === 'server' && backend, servers, status, line, because.at(-1)?.line])
}

function verdictOf(device: HaproxyDevice, { state, outcome, place }: Ending<Traced>): RouteVerdict {
  const trace = ({ line, says }: { line: number; says: string }): Trace => ({
    device: device.id,
    ...placeOf(device.text, line),
    says,
  })
  return {
    kind: outcome.kind,
    frontend: outcome.frontend,
    backend: outcome.backend,
    servers: outcome.kind === 'server' ? outcome.servers : [],
    status: outcome.kind === 'status' ? outcome.status : null,
    line: outcome.kind === 'server' ? forwardedLine(state.exchange) : null,
    depends: [],
    because: [...state.trail, place].map(trace),
  }
}

/** Where there is no path, or only a query, the root is asked for, and by OPTIONS all of the server (h1_make_reqline, src/mux_h1.c; measured). */
const pathOnly = (target: Target, method: string): string =>
  target.path.startsWith('/') ? printPathQuery(target) : method === 'OPTIONS' ? '*' : '/'

/** The request line as the server gets it; null when a rewrite cannot be computed. HTTP/2 becomes 1.1 with a bare path. */
function forwardedLine({ method, firstMethod, target, normalized, written, version, proxy }: Exchange): string | null {
  if (proxy.mode === 'tcp') return `${firstMethod} ${written} HTTP/${version}`
  if (isUnknown(method) || isUnknown(target)) return null
  const h2 = version.startsWith('2') && proxy.mode === 'http'
  // Whatever is newer goes on as the version that HAProxy speaks.
  const shown = h2 || Number(version) > 1.1 ? '1.1' : version
  return `${method} ${normalized ? pathOnly(target, method) : printTarget(target)} HTTP/${shown}`
}
