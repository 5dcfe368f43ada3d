import { readAddress } from './address.ts'
import { hasCertificate } from './certificates.ts'
import { cookieValues } from './cookie-values.ts'
import {
  type Exchange,
  isUnknown,
  linesOf,
  listValues,
  printPathQuery,
  printTarget,
  type Sample,
  type Target,
  type Unknown,
} from './exchange.ts'
import { KNOWN_METHODS, printSample } from './match.ts'
import type { Call, HaproxyDevice } from './model.ts'
import { readLooseNumber } from './numbers.ts'
import type { Room } from './room.ts'
import { countUsable } from './servers.ts'
import { readBasicAuth, userOf } from './users.ts'

const string = (text: string): readonly Sample[] => [{ type: 'str', text }]
const number = (value: number): readonly Sample[] => [{ type: 'int', number: value }]
const bool = (yes: boolean): readonly Sample[] => [{ type: 'bool', yes }]
const texts = (values: readonly (string | Unknown)[]): readonly Sample[] | Unknown =>
  values.find(isUnknown) ?? values.flatMap((text) => (typeof text === 'string' ? string(text) : []))

/** Computes what a fetch yields for a request that has come far enough to have it. */
export type Fetcher = (call: Call, exchange: Exchange, room: Room) => readonly Sample[] | Unknown

/** Whether what arrives here, after TLS that HAProxy ended, is HTTP in the clear. */
export function speaksHttp(exchange: Exchange): boolean {
  return exchange.valid && !exchange.garbled && exchange.clientTls === exchange.terminated
}

const helloArrives = ({ clientTls, terminated, garbled }: Exchange) => clientTls && !terminated && !garbled

function known<T>(value: T | Unknown, then: (value: T) => readonly Sample[]): readonly Sample[] | Unknown {
  return isUnknown(value) ? value : then(value)
}

function headerFetch(values: (exchange: Exchange, name: string) => readonly (string | Unknown)[]): Fetcher {
  return ({ args: [name = '', index] }, exchange) => {
    if (!name) return { unknown: '`hdr` without a name' }
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

const cookie: Fetcher = ({ args: [name] }, exchange) => {
  if (!name) return { unknown: '`cook` without a name' }
  const lines = linesOf(exchange, 'cookie')
  return texts(
    lines.flatMap<string | Unknown>((line) => (typeof line === 'string' ? cookieValues(line, name) : [line])),
  )
}

/** http_find_param_list, http_find_next_url_param (src/http.c): the delimiter that starts the list also parts it, beside `&` and `;`. */
const parameter: Fetcher = ({ args: [name = '', delimiter = '?', more] }, exchange) => {
  if (!name || more !== undefined || delimiter.length !== 1) return { unknown: '`url_param` with options' }
  return known(exchange.target, (target) => {
    const whole = printPathQuery(target)
    const start = whole.indexOf(delimiter)
    const pairs = start < 0 ? [] : whole.slice(start + 1).split(/[&;]/)
    return pairs
      .flatMap((pair) => pair.split(delimiter))
      .flatMap((pair) => (pair.startsWith(`${name}=`) ? string(pair.slice(name.length + 1)) : []))
  })
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
  url_param: ['urlp'],
  url_param_val: ['urlp_val'],
}

/** How each modelled fetch is computed; `var` is not here, because what was stored is an expression's result itself. */
export const FETCHERS: ReadonlyMap<string, Fetcher> = new Map(
  Object.entries<Fetcher>({
    always_true: () => bool(true),
    always_false: () => bool(false),
    bool: ({ args: [value = ''] }) => bool(/^(true|1|yes|on)$/.test(value)),
    int: ({ args: [value] }) => number(Number(value)),
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
    bin: ({ args: [value = ''] }) => string(Buffer.from(value, 'hex').toString('latin1')),
    meth: ({ args: [value = ''] }) => [{ type: 'meth', text: value, known: KNOWN_METHODS.has(value) }],
    date: readDate,
    ssl_fc: (_, { terminated }) => bool(terminated),
    ssl_fc_sni: (_, { terminated, sni }) => (terminated && sni !== undefined ? string(sni) : []),
    ssl_fc_has_sni: (_, { terminated, sni }) => bool(terminated && sni !== undefined),
    ssl_fc_alpn: (_, { terminated, version }) => {
      if (!terminated) return []
      return version.startsWith('2') ? string('h2') : { unknown: 'whether the client names its protocol (ALPN)' }
    },
    ssl_c_used: (_, exchange) => ofClientCertificate(exchange, bool(false)),
    ssl_fc_has_crt: (_, exchange) => ofClientCertificate(exchange, bool(false)),
    ssl_c_verify: (_, exchange) => ofClientCertificate(exchange, number(0)),
    'req.len': () => [{ type: 'between', low: 1, high: 2 ** 20, says: 'how many bytes have come' }],
    'req.ssl_sni': (_, exchange) => (helloArrives(exchange) && exchange.sni !== undefined ? string(exchange.sni) : []),
    'req.ssl_hello_type': (_, exchange) => (helloArrives(exchange) ? number(1) : []),
    'req.proto_http': (_, exchange) => bool(speaksHttp(exchange)),
    wait_end: () => bool(true),
    path: (_, { target }) => known(target, ({ path }) => pathOf(path)),
    pathq: (_, { target }) =>
      known(target, (whole) => (whole.path.startsWith('/') ? string(printPathQuery(whole)) : [])),
    query: (_, { target }) => known(target, ({ query }) => (query === undefined ? [] : string(query))),
    url: (_, { target }) => known(target, (whole) => string(printTarget(whole))),
    base: (_, exchange) => readBase(exchange, ({ path }) => path),
    baseq: (_, exchange) => readBase(exchange, printPathQuery),
    url_ip: readUrlAuthority,
    url_port: readUrlAuthority,
    method: (_, { method, firstMethod }) =>
      KNOWN_METHODS.has(firstMethod)
        ? [{ type: 'meth', text: firstMethod, known: true }]
        : known(method, (text) => [{ type: 'meth', text, known: false }]),
    'req.ver': (_, { version }) => string(version.startsWith('2') ? '2.0' : version),
    'capture.req.uri': (_, { original }) => string(printTarget(original)),
    'capture.req.ver': (_, { version }) => string(`HTTP/${version}`),
    'capture.req.method': (_, { method }) => known(method, string),
    'req.hdr': header,
    'req.fhdr': headerFetch(linesOf),
    'req.hdr_cnt': ({ args: [name = ''] }, exchange) => count(listValues(exchange, name)),
    'req.fhdr_cnt': ({ args: [name = ''] }, exchange) => count(linesOf(exchange, name)),
    'req.hdr_val': (call, exchange, room) => numbersOf(header(call, exchange, room)),
    'req.hdr_ip': (call, exchange, room) => addresses(header(call, exchange, room)),
    'req.hdr_names': ({ args: [delimiter = ','] }, { headers }) =>
      string(headers.map(([name]) => name).join(delimiter)),
    'req.body': (_, exchange) => known(readBody(exchange), string),
    'req.body_len': (_, exchange) => known(readBody(exchange), (body) => number(body.length)),
    'req.body_size': (_, exchange) => known(readBody(exchange), (body) => number(body.length)),
    'req.cook': cookie,
    'req.cook_val': (call, exchange, room) => numbersOf(filled(cookie(call, exchange, room))),
    'req.cook_cnt': (call, exchange, room) => counted(cookie(call, exchange, room)),
    url_param: parameter,
    url_param_val: (call, exchange, room) => numbersOf(parameter(call, exchange, room)),
    nbsrv: readUsable,
    srv_is_up: readServerUp,
    be_name: (_, { proxy }) => string(proxy.name),
    fe_name: (_, { frontend }) => string(frontend.name),
    fe_defbe: (_, { frontend: { defaultBackend } }) => (defaultBackend ? string(defaultBackend.name) : []),
    http_first_req: () => bool(true),
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
    '.client-tls': (_, { clientTls }) => bool(clientTls),
    '.certified': ({ args }, { sni }) => bool(sni !== undefined && hasCertificate(args, sni)),
    '.unreadable': (_, { clientTls, terminated }) => bool(clientTls && !terminated),
    '.uri': (_, { target, normalized }) =>
      known(target, (whole) => string(normalized ? printPathQuery(whole) : printTarget(whole))),
    '.stats-auth': ({ args }, exchange) => {
      const basic = readBasicAuth(exchange)
      return bool(basic !== undefined && args.includes(`${basic.user}:${basic.password}`))
    },
  }).flatMap(([name, fetcher]) => [name, ...(ALIASES[name] ?? [])].map((each) => [each, fetcher] as const)),
)

const UNITS: Readonly<Record<string, number>> = { s: 1, ms: 1000, us: 1_000_000 }

function readDate({ args: [offset = '0', unit = 's'] }: Call, { at }: Exchange): readonly Sample[] | Unknown {
  const scale = UNITS[unit]
  if (at === undefined || scale === undefined || !/^-?\d+$/.test(offset)) return { unknown: 'the time' }
  return number((at + Number(offset)) * scale)
}

function readBase(exchange: Exchange, part: (target: Target) => string): readonly Sample[] | Unknown {
  const host = listValues(exchange, 'host').at(0) ?? ''
  if (isUnknown(host)) return host
  return known(exchange.target, (target) => string(`${host}${target.path.startsWith('/') ? part(target) : ''}`))
}

/** Loopback is always this machine's; which other addresses it has, no file says. */
function isLocal(address: string | Unknown): readonly Sample[] | Unknown {
  if (isUnknown(address)) return address
  return /^127\.|^::1$/.test(address) ? bool(true) : { unknown: 'which addresses this machine has' }
}

function ofClientCertificate({ terminated, verify }: Exchange, none: readonly Sample[]): readonly Sample[] | Unknown {
  if (!terminated) return []
  return verify === 'none' ? none : { unknown: 'the client certificate' }
}

/** What a body is before all of it has come, no request says. */
function readBody(exchange: Exchange): string | Unknown {
  const lengths = [...linesOf(exchange, 'content-length'), ...linesOf(exchange, 'transfer-encoding')]
  const empty = (exchange.body ?? '') === '' && lengths.every((length) => length === '0')
  return empty ? '' : { unknown: 'how much of the body is there' }
}

/** url2sa (src/tools.c): without an authority there is none; names are not looked up here. */
function readUrlAuthority({ name }: Call, { target }: Exchange): readonly Sample[] | Unknown {
  return isUnknown(target) || target.prefix !== '' ? { unknown: `\`${name}\`` } : []
}

/** The token of the first Authorization header, if it bears one. */
function readBearer(exchange: Exchange): string | Unknown {
  const [line = ''] = linesOf(exchange, 'authorization')
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

function findBackend(device: HaproxyDevice, name: string) {
  return device.proxies.find((proxy) => proxy.kind !== 'frontend' && proxy.name === name)
}
