import { readAddress } from '../address.ts'
import { findBackend } from '../config/find-backend.ts'
import { hasRequestLine } from '../config/request-line.ts'
import {
  type Exchange,
  findAuthority,
  isUnknown,
  linesOf,
  listValues,
  printPathQuery,
  printTarget,
  type Sample,
  type Unknown,
} from '../exchange.ts'
import type { Call } from '../model.ts'
import { readBody, readBodyParameter } from './body.ts'
import { printSample } from './casts.ts'
import { hasCertificate } from './certificates.ts'
import { cookieValues } from './cookie-values.ts'
import { keptPath } from './log-variables.ts'
import { KNOWN_METHODS, lower } from './match.ts'
import { readLooseNumber } from './numbers.ts'
import type { Room } from './room.ts'
import { countUsable } from './servers.ts'
import { hashBase, readBase, readParameter, readUrlAuthority } from './target-fetchers.ts'
import { credentialsIn, isAskedAsProxy, readBasicAuth, userOf } from './users.ts'

const string = (text: string): readonly Sample[] => [{ type: 'str', text }]
const number = (value: number | bigint): readonly Sample[] => [{ type: 'int', number: BigInt(value) }]
const binary = (text: string): readonly Sample[] => [{ type: 'bin', text }]
const bool = (yes: boolean): readonly Sample[] => [{ type: 'bool', yes }]
const texts = (values: readonly (string | Unknown)[]): readonly Sample[] | Unknown =>
  values.find(isUnknown) ?? values.flatMap((text) => (typeof text === 'string' ? string(text) : []))

/** Computes what a fetch yields for a request that has come far enough to have it. */
export type Fetcher = (call: Call, exchange: Exchange, room: Room) => readonly Sample[] | Unknown

/** Whether what arrives here, after TLS that HAProxy ended, is HTTP in the clear. */
export function speaksHttp(exchange: Exchange): boolean {
  return exchange.readable && !exchange.garbled && exchange.clientTls === exchange.terminated
}

const helloArrives = ({ clientTls, terminated, garbled }: Exchange) => clientTls && !terminated && !garbled

/** What else a client says when it starts TLS, no request tells; one that does not has said nothing. */
const ofHello: Fetcher = ({ name }, exchange) =>
  helloArrives(exchange) ? { unknown: `\`${name}\` of the client` } : []

function known<T>(value: T | Unknown, then: (value: T) => readonly Sample[]): readonly Sample[] | Unknown {
  return isUnknown(value) ? value : then(value)
}

function headerFetch(values: (exchange: Exchange, name: string) => readonly (string | Unknown)[]): Fetcher {
  return ({ args: [name = '', index] }, exchange) => {
    const all = values(exchange, name)
    if (index === undefined) return texts(all)
    const at = Number(index)
    if (!Number.isInteger(at) || at === 0) return texts(all)
    const one = all.at(at > 0 ? at - 1 : at)
    return one === undefined || (at > 0 && at > all.length) ? [] : texts([one])
  }
}

const header = headerFetch(listValues)
const addresses = (samples: readonly Sample[] | Unknown): readonly Sample[] | Unknown =>
  isUnknown(samples)
    ? samples
    : samples.flatMap((sample) => {
        const ip = readAddress(printSample(sample))
        return ip === undefined ? [] : [{ type: 'ip' as const, text: ip }]
      })
const numbersOf = (samples: readonly Sample[] | Unknown): readonly Sample[] | Unknown =>
  isUnknown(samples) ? samples : samples.flatMap((sample) => number(readLooseNumber(printSample(sample))))
const filled = (samples: readonly Sample[] | Unknown): readonly Sample[] | Unknown =>
  isUnknown(samples) ? samples : samples.filter((sample) => printSample(sample) !== '')
const counted = (samples: readonly Sample[] | Unknown): readonly Sample[] | Unknown =>
  isUnknown(samples) ? samples : number(samples.length)
const count = (values: readonly unknown[]): readonly Sample[] => number(values.length)
const pathOf = (path: string): readonly Sample[] => (path.startsWith('/') ? string(path) : [])

const cookie: Fetcher = ({ args: [name = ''] }, exchange) => {
  const lines = linesOf(exchange, 'cookie')
  return texts(
    lines.flatMap<string | Unknown>((line) => (typeof line === 'string' ? cookieValues(line, name) : [line])),
  )
}

/** Older names of the same fetches. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  'req.hdr': ['hdr'],
  'req.hdr_cnt': ['hdr_cnt'],
  'req.hdr_val': ['hdr_val'],
  'req.hdr_ip': ['hdr_ip'],
  'req.cook': ['cook', 'cookie'],
  'req.cook_val': ['cook_val'],
  'req.cook_cnt': ['cook_cnt'],
  'req.ver': ['req_ver'],
  'req.len': ['req_len'],
  'req.ssl_sni': ['req_ssl_sni'],
  'req.ssl_hello_type': ['req_ssl_hello_type'],
  'req.proto_http': ['req_proto_http'],
  'req.ssl_ver': ['req_ssl_ver'],
  url_param: ['urlp'],
  url_param_val: ['urlp_val'],
}

/** How each modelled fetch is computed; `var` is not here, because what was stored is an expression's result itself. */
export const FETCHERS: ReadonlyMap<string, Fetcher> = new Map(
  Object.entries<Fetcher>({
    always_true: () => bool(true),
    always_false: () => bool(false),
    bool: ({ args: [value = ''] }) => bool(/^(true|1|yes|on)$/.test(value)),
    int: ({ args: [value = '0'] }) => number(BigInt(value.replace('+', ''))),
    str: ({ args: [value = ''] }) => string(value),
    ipv4: ({ args: [value = ''] }) => [{ type: 'ip', text: value }],
    env: ({ args: [name = ''] }) => ({ unknown: `environment variable ${name}` }),
    src: (_, exchange) => known(exchange.src, (text) => [{ type: 'ip', text }]),
    dst: (_, exchange) => known(exchange.dst, (text) => [{ type: 'ip', text }]),
    src_port: (_, exchange) => known(exchange.srcPort, number),
    dst_port: (_, exchange) => known(exchange.dstPort, number),
    fc_src: (_, { arrived }) => known(arrived.src, (text) => [{ type: 'ip', text }]),
    fc_dst: (_, { arrived }) => known(arrived.dst, (text) => [{ type: 'ip', text }]),
    fc_src_port: (_, { arrived }) => known(arrived.srcPort, number),
    fc_dst_port: (_, { arrived }) => known(arrived.dstPort, number),
    fc_rcvd_proxy: (_, { arrived }) => bool(arrived.proxied),
    fc_http_major: (_, { version, frontend }) =>
      frontend.mode === 'http' ? number(Number(version[0])) : { unknown: '`fc_http_major` in tcp mode' },
    src_is_local: (_, { src }) => isLocal(src),
    dst_is_local: (_, { dst }) => isLocal(dst),
    ipv6: ({ args: [value = ''] }) => [{ type: 'ip', text: value }],
    bin: ({ args: [value = ''] }) => binary(Buffer.from(value, 'hex').toString('latin1')),
    meth: ({ args: [value = ''] }) => [{ type: 'meth', text: value, known: KNOWN_METHODS.has(value) }],
    date: readDate,
    ssl_fc: (_, { terminated }) => bool(terminated),
    ssl_fc_sni: (_, { terminated, sni }) => (terminated && sni !== undefined ? string(sni) : []),
    ssl_fc_has_sni: (_, { terminated, sni }) => bool(terminated && sni !== undefined),
    ssl_fc_alpn: (_, { terminated, version, listener }) => {
      if (!terminated) return []
      if (version.startsWith('2')) return string('h2')
      return listener.alpn ? { unknown: 'whether the client names its protocol (ALPN)' } : []
    },
    ssl_c_used: (_, exchange) => ofClientCertificate(exchange, bool(false)),
    ssl_fc_has_crt: (_, exchange) => ofClientCertificate(exchange, bool(false)),
    ssl_c_verify: (_, exchange) => ofClientCertificate(exchange, number(0)),
    'req.len': () => [{ type: 'between', low: 1, high: 2 ** 20, says: 'how many bytes have come' }],
    'req.ssl_sni': (_, exchange) => (helloArrives(exchange) && exchange.sni !== undefined ? string(exchange.sni) : []),
    'req.ssl_hello_type': (_, exchange) => (helloArrives(exchange) ? number(1) : []),
    'req.ssl_ver': ofHello,
    'req.ssl_st_ext': ofHello,
    'req.ssl_ec_ext': ofHello,
    'req.ssl_alpn': ofHello,
    'req.proto_http': (_, exchange) => bool(speaksHttp(exchange)),
    wait_end: () => bool(true),
    // A process that stops takes no new connections.
    stopping: () => bool(false),
    nbproc: () => number(1),
    proc: () => number(1),
    so_name: (_, { listener }) => (listener.name === undefined ? [] : string(listener.name)),
    fc_pp_authority: () => [],
    fc_pp_unique_id: () => [],
    path: (_, { target }) => known(target, ({ path }) => pathOf(path)),
    pathq: (_, { target }) =>
      known(target, (whole) => (whole.path.startsWith('/') ? string(printPathQuery(whole)) : [])),
    // It is looked for in all of the target (smp_fetch_query, src/http_fetch.c).
    query: (_, { target }) =>
      known(target, (whole) => {
        const mark = printTarget(whole).indexOf('?')
        return mark < 0 ? [] : string(printTarget(whole).slice(mark + 1))
      }),
    url: (_, { target }) => known(target, (whole) => string(printTarget(whole))),
    base: (_, exchange) => readBase(exchange, ({ path }) => path),
    baseq: (_, exchange) => readBase(exchange, printPathQuery),
    base32: (_, exchange) => hashBase(exchange, ({ path }) => path),
    url32: (_, exchange) => hashBase(exchange, printPathQuery),
    url_ip: readUrlAuthority,
    url_port: readUrlAuthority,
    method: (_, { method, firstMethod }) =>
      KNOWN_METHODS.has(firstMethod)
        ? [{ type: 'meth', text: firstMethod, known: true }]
        : known(method, (text) => [{ type: 'meth', text, known: false }]),
    'req.ver': (_, { version }) => string(version.startsWith('2') ? '2.0' : version),
    'capture.req.uri': (_, exchange) => {
      const kept = keptPath(exchange)
      return kept === undefined ? [] : string(kept)
    },
    'capture.req.hdr': readCaptured,
    'capture.req.ver': (_, { version }) => string(`HTTP/${version}`),
    'capture.req.method': (_, { frontend, firstMethod }) => (hasRequestLine(frontend) ? string(firstMethod) : []),
    'req.hdr': header,
    'req.fhdr': headerFetch(linesOf),
    'req.hdr_cnt': ({ args: [name = ''] }, exchange) => count(listValues(exchange, name)),
    'req.fhdr_cnt': ({ args: [name = ''] }, exchange) => count(linesOf(exchange, name)),
    'req.hdr_val': (call, exchange, room) => numbersOf(header(call, exchange, room)),
    'req.hdr_ip': (call, exchange, room) => addresses(header(call, exchange, room)),
    'req.hdr_names': ({ args: [delimiter = ','] }, { headers }) =>
      string(headers.map(([name]) => name).join(delimiter)),
    'req.hdrs': (_, { headers }) =>
      headers.map(([, value]) => value).find(isUnknown) ??
      binary(`${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`),
    'req.body_param': readBodyParameter,
    'req.body': (_, exchange) => known(readBody(exchange), binary),
    'req.body_len': (_, exchange) => known(readBody(exchange), (body) => number(body.length)),
    'req.body_size': (_, exchange) => known(readBody(exchange), (body) => number(body.length)),
    'req.cook': cookie,
    'req.cook_val': (call, exchange, room) => numbersOf(filled(cookie(call, exchange, room))),
    'req.cook_cnt': (call, exchange, room) => counted(cookie(call, exchange, room)),
    url_param: readParameter,
    url_param_val: (call, exchange, _room) => numbersOf(readParameter(call, exchange)),
    nbsrv: readUsable,
    srv_is_up: readServerUp,
    be_name: (_, { proxy }) => string(proxy.name),
    fe_name: (_, { frontend }) => string(frontend.name),
    fe_defbe: (_, { frontend: { defaultBackend } }) => (defaultBackend ? string(defaultBackend.name) : []),
    // No stream of HTTP/2 is the first, and of HTTP/1 it is asked about one request (src/mux_h2.c; measured).
    http_first_req: (_, { version }) => bool(!version.startsWith('2')),
    http_auth: ({ args: [list = ''] }, exchange, room) => {
      const user = userOf(exchange, list, room.device)
      return isUnknown(user) ? user : readBasicAuth(exchange) ? bool(user !== undefined) : []
    },
    http_auth_group: ({ args: [list = ''] }, exchange, room) => {
      const user = userOf(exchange, list, room.device)
      return isUnknown(user) ? user : [...(user?.groups ?? [])].flatMap(string)
    },
    http_auth_user: (_, exchange) => string(readBasicAuth(exchange)?.user ?? '').filter(() => readBasicAuth(exchange)),
    http_auth_pass: (_, exchange) =>
      string(readBasicAuth(exchange)?.password ?? '').filter(() => readBasicAuth(exchange)),
    http_auth_type: (_, exchange) => {
      if (readBasicAuth(exchange)) return string('Basic')
      return known(readBearer(exchange), (token) => (token === '' ? [] : string('Bearer')))
    },
    http_auth_bearer: ({ args }, exchange) =>
      args.length > 0
        ? { unknown: '`http_auth_bearer` of a header' }
        : known(readBearer(exchange), (token) => (token === '' ? [] : string(token))),
    '.broken-escape': (_, { target }) =>
      known(target, (whole) => bool(/%(?![0-9a-fA-F]{2})/.test(printPathQuery(whole)))),
    '.no-authority': (_, { target }) =>
      known(target, (whole) => {
        const [from, to] = findAuthority(printTarget(whole)) ?? [0, 1]
        return bool(from === to)
      }),
    '.asked-as-proxy': (_, exchange) => bool(isAskedAsProxy(exchange)),
    '.client-tls': (_, { clientTls }) => bool(clientTls),
    '.certified': ({ args }, { sni }) => bool(sni !== undefined && hasCertificate(args, sni)),
    '.unreadable': (_, { clientTls, terminated }) => bool(clientTls && !terminated),
    '.stats-auth': ({ args }, exchange) => {
      const basic = readBasicAuth(exchange)
      return bool(basic !== undefined && args.includes(`${basic.user}:${basic.password}`))
    },
  }).flatMap(([name, fetcher]) => [name, ...(ALIASES[name] ?? [])].map((each) => [each, fetcher] as const)),
)

/** The last line of a header that the frontend captures, as it came, cut to the length it keeps. */
function readCaptured({ args: [id = ''] }: Call, exchange: Exchange): readonly Sample[] | Unknown {
  const wanted = exchange.frontend.captures[Number(id)]
  if (!wanted || wanted.length === undefined) return { unknown: `capture ${id}` }
  const line = exchange.arrivedHeaders.findLast(([name]) => name === lower(wanted.header))?.[1]
  if (line === undefined || isUnknown(line)) return line ?? []
  return string(line.slice(0, wanted.length))
}

const UNITS: Readonly<Record<string, number>> = { s: 1, ms: 1000, us: 1_000_000 }

function readDate({ args: [offset = '0', unit = 's'] }: Call, { at }: Exchange): readonly Sample[] | Unknown {
  const scale = UNITS[unit]
  if (at === undefined || scale === undefined || !/^-?\d+$/.test(offset)) return { unknown: 'the time' }
  return number((at + Number(offset)) * scale)
}

/** Loopback is always this machine's; which other addresses it has, no file says. */
function isLocal(address: string | Unknown): readonly Sample[] | Unknown {
  if (isUnknown(address)) return address
  return /^127\.|^::1$/.test(address) ? bool(true) : { unknown: 'which addresses this machine has' }
}

function ofClientCertificate({ terminated, listener }: Exchange, none: readonly Sample[]): readonly Sample[] | Unknown {
  if (!terminated) return []
  return listener.verify === 'none' ? none : { unknown: 'the client certificate' }
}

/** The token of the first Authorization header, if it bears one. */
function readBearer(exchange: Exchange): string | Unknown {
  const [line = ''] = linesOf(exchange, credentialsIn(exchange))
  return isUnknown(line) ? line : (/^bearer\s+(.*)$/is.exec(line)?.[1] ?? '')
}

function readUsable({ args: [name] }: Call, exchange: Exchange, room: Room): readonly Sample[] | Unknown {
  const backend = name === undefined ? exchange.proxy : findBackend(room.device, name)
  return backend ? known(countUsable(backend), number) : { unknown: `backend ${name}` }
}

function readServerUp({ args: [name = ''] }: Call, exchange: Exchange, room: Room): readonly Sample[] | Unknown {
  const slash = name.indexOf('/')
  const backend = slash < 0 ? exchange.proxy : findBackend(room.device, name.slice(0, slash))
  const server = backend?.servers.find((each) => each.name === name.slice(slash + 1))
  if (!server || (server.check && !server.disabled)) return { unknown: `the health of ${name}` }
  return bool(!server.disabled)
}
