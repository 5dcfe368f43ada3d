import { readAddress } from './address.ts'
import { convert, type MapFiles } from './converters.ts'
import {
  type Exchange,
  isUnknown,
  linesOf,
  listValues,
  printPathQuery,
  printTarget,
  readTarget,
  type Sample,
  type Unknown,
} from './exchange.ts'
import { FETCHES, isAvailable } from './fetches.ts'
import { KNOWN_METHODS, type Matcher, prepareMatcher, printSample, toNumber } from './match.ts'
import type { Call, Criterion, Expression, Format, HaproxyDevice, Ruleset } from './model.ts'
import { countUsable } from './servers.ts'
import { readBasicAuth, userOf } from './users.ts'

/** What evaluation needs besides the request: the device, and its lists, prepared at first use. */
export type Room = {
  readonly device: HaproxyDevice
  readonly maps: MapFiles
  readonly matchers: Map<Criterion, Matcher>
}

/** Every value that the expression yields for an ACL to try, none when it has none, or why it is not decided. */
export function samplesOf(
  expression: Expression,
  exchange: Exchange,
  where: Ruleset,
  room: Room,
): readonly Sample[] | Unknown {
  let samples = fetchSamples(expression.fetch, exchange, where, room)
  for (const call of expression.converters) {
    if (isUnknown(samples)) return samples
    const converted: Sample[] = []
    for (const sample of samples) {
      const next = convert(sample, call, room.maps)
      if (isUnknown(next)) return next
      if (next) converted.push(next)
    }
    samples = converted
  }
  return samples
}

/** The one value of an expression outside ACLs: of a header with several, the last. */
export function sampleOf(
  expression: Expression,
  exchange: Exchange,
  where: Ruleset,
  room: Room,
): Sample | Unknown | undefined {
  const samples = samplesOf(expression, exchange, where, room)
  return isUnknown(samples) ? samples : samples.at(-1)
}

/** A log-format string for this request. What an expression does not yield is empty. */
export function printFormat(format: Format, exchange: Exchange, where: Ruleset, room: Room): string | Unknown {
  let text = ''
  for (const part of format) {
    if (part.kind === 'text') text += part.text
    else {
      const value =
        part.kind === 'alias' ? aliasValue(part.name, exchange) : sampleOf(part.expression, exchange, where, room)
      if (isUnknown(value)) return value
      text += value ? printSample(value) : ''
    }
  }
  return text
}

/** Whether one of the expression's values matches, prepared patterns included. */
export function matchCriterion(
  criterion: Criterion,
  exchange: Exchange,
  where: Ruleset,
  room: Room,
): boolean | Unknown {
  if (criterion.unknown !== undefined) return { unknown: criterion.unknown }
  const samples = samplesOf(criterion.expression, exchange, where, room)
  if (isUnknown(samples)) return samples
  let matcher = room.matchers.get(criterion)
  if (!matcher) {
    matcher = prepareMatcher(criterion)
    room.matchers.set(criterion, matcher)
  }
  let verdict: boolean | Unknown = false
  for (const sample of samples) {
    const matched = matcher(sample)
    if (matched === true) return true
    if (isUnknown(matched)) verdict = matched
  }
  return verdict
}

const string = (text: string): readonly Sample[] => [{ type: 'str', text }]
const number = (value: number): readonly Sample[] => [{ type: 'int', number: value }]
const bool = (yes: boolean): readonly Sample[] => [{ type: 'bool', yes }]
const texts = (values: readonly (string | Unknown)[]): readonly Sample[] | Unknown =>
  values.find(isUnknown) ?? values.flatMap((text) => (typeof text === 'string' ? string(text) : []))

type Fetcher = (call: Call, exchange: Exchange, room: Room) => readonly Sample[] | Unknown

function fetchSamples(call: Call, exchange: Exchange, where: Ruleset, room: Room): readonly Sample[] | Unknown {
  const fetch = FETCHES.get(call.name)
  const fetcher = FETCHERS.get(call.name)
  if (!fetch || !fetcher) return { unknown: `\`${call.name}\`` }
  if (!isAvailable(fetch.layer, where, exchange.proxy.mode)) return []
  if (fetch.layer === 'payload' || fetch.layer === 'http') {
    const tcp = exchange.proxy.mode === 'tcp'
    const waits = exchange.inspected || (where === 'content' && exchange.frontend.inspectDelay)
    if (tcp && !waits) return { unknown: 'whether the first bytes are there in time (no inspect-delay)' }
    if (fetch.layer === 'http' && !speaksHttp(exchange)) return []
  }
  return fetcher(call, exchange, room)
}

/** Whether what arrives here, after TLS that HAProxy ended, is HTTP in the clear. */
function speaksHttp(exchange: Exchange): boolean {
  return exchange.valid && exchange.clientTls === exchange.terminated
}

const helloArrives = (exchange: Exchange) => exchange.clientTls && !exchange.terminated

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
        const ip =
          readAddress(printSample(sample)) ?? readAddress(printSample(sample).replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1'))
        return ip === undefined ? [] : [{ type: 'ip' as const, text: ip }]
      })
const numbersOf = (samples: readonly Sample[] | Unknown): readonly Sample[] | Unknown =>
  isUnknown(samples) ? samples : samples.flatMap((sample) => number(toNumber(sample)))
const count = (values: readonly unknown[]): readonly Sample[] => number(values.length)
const pathOf = (path: string): readonly Sample[] => (path.startsWith('/') ? string(path) : [])

const cookie: Fetcher = ({ args: [name] }, exchange) => {
  if (!name) return { unknown: '`cook` without a name' }
  const lines = linesOf(exchange, 'cookie')
  return texts(
    lines.flatMap<string | Unknown>((line) => (typeof line === 'string' ? cookieValues(line, name) : [line])),
  )
}

const parameter: Fetcher = ({ args }, exchange) => {
  const [name = ''] = args
  if (args.length !== 1) return { unknown: '`url_param` with options' }
  return known(exchange.target, ({ query = '' }) =>
    query.split(/[&;]/).flatMap((pair) => (pair.startsWith(`${name}=`) ? string(pair.slice(name.length + 1)) : [])),
  )
}

/** Older names of the same fetches. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  'req.hdr': ['hdr'],
  'req.hdr_cnt': ['hdr_cnt'],
  'req.hdr_val': ['hdr_val'],
  'req.hdr_ip': ['hdr_ip'],
  'req.cook': ['cook'],
  'req.cook_val': ['cook_val'],
  'req.ver': ['req_ver'],
  'req.ssl_sni': ['req_ssl_sni'],
  'req.ssl_hello_type': ['req_ssl_hello_type'],
  'req.proto_http': ['req_proto_http'],
  url_param: ['urlp'],
  url_param_val: ['urlp_val'],
}

const FETCHERS: ReadonlyMap<string, Fetcher> = new Map(
  Object.entries<Fetcher>({
    always_true: () => bool(true),
    always_false: () => bool(false),
    bool: ({ args: [value = ''] }) => bool(/^(true|1|yes|on)$/.test(value)),
    int: ({ args: [value] }) => number(Number(value)),
    str: ({ args: [value = ''] }) => string(value),
    ipv4: ({ args: [value = ''] }) => [{ type: 'ip', text: value }],
    env: ({ args: [name = ''] }) => ({ unknown: `environment variable ${name}` }),
    var: readVariable,
    src: (_, exchange) => known(exchange.src, (text) => [{ type: 'ip', text }]),
    dst: (_, exchange) => known(exchange.dst, (text) => [{ type: 'ip', text }]),
    src_port: (_, exchange) => known(exchange.srcPort, number),
    dst_port: (_, exchange) => known(exchange.dstPort, number),
    date: readDate,
    ssl_fc: (_, { terminated }) => bool(terminated),
    ssl_fc_sni: (_, { terminated, sni }) => (terminated && sni !== undefined ? string(sni) : []),
    ssl_fc_has_sni: (_, { terminated, sni }) => bool(terminated && sni !== undefined),
    'req.ssl_sni': (_, exchange) => (helloArrives(exchange) && exchange.sni !== undefined ? string(exchange.sni) : []),
    'req.ssl_hello_type': (_, exchange) => (helloArrives(exchange) ? number(1) : []),
    'req.proto_http': (_, exchange) => bool(speaksHttp(exchange)),
    wait_end: () => bool(true),
    path: (_, { target }) => known(target, ({ path }) => pathOf(path)),
    pathq: (_, { target }) =>
      known(target, (whole) => (whole.path.startsWith('/') ? string(printPathQuery(whole)) : [])),
    query: (_, { target }) => known(target, ({ query }) => (query === undefined ? [] : string(query))),
    url: (_, { target }) => known(target, (whole) => string(printTarget(whole))),
    base: readBase,
    method: (_, { method, firstMethod }) =>
      KNOWN_METHODS.has(firstMethod)
        ? [{ type: 'meth', text: firstMethod, known: true }]
        : known(method, (text) => [{ type: 'meth', text, known: false }]),
    'req.ver': (_, { version }) => string(version.startsWith('2') ? '2.0' : version),
    'capture.req.uri': (_, { original }) => string(printTarget(original)),
    'capture.req.method': (_, { method }) => known(method, string),
    'req.hdr': header,
    'req.fhdr': headerFetch(linesOf),
    'req.hdr_cnt': ({ args: [name = ''] }, exchange) => count(listValues(exchange, name)),
    'req.fhdr_cnt': ({ args: [name = ''] }, exchange) => count(linesOf(exchange, name)),
    'req.hdr_val': (call, exchange, room) => numbersOf(header(call, exchange, room)),
    'req.hdr_ip': (call, exchange, room) => addresses(header(call, exchange, room)),
    'req.cook': cookie,
    'req.cook_val': (call, exchange, room) => numbersOf(cookie(call, exchange, room)),
    url_param: parameter,
    url_param_val: (call, exchange, room) => numbersOf(parameter(call, exchange, room)),
    nbsrv: readUsable,
    srv_is_up: readServerUp,
    be_name: (_, { proxy }) => string(proxy.name),
    fe_name: (_, { frontend }) => string(frontend.name),
    http_first_req: () => bool(true),
    http_auth: ({ args: [list = ''] }, exchange, room) => {
      const user = userOf(exchange, list, room.device)
      return isUnknown(user) ? user : bool(user !== undefined)
    },
    http_auth_group: ({ args: [list = ''] }, exchange, room) => {
      const user = userOf(exchange, list, room.device)
      return isUnknown(user) ? user : [...(user?.groups ?? [])].flatMap(string)
    },
    http_auth_user: (_, exchange) => string(readBasicAuth(exchange)?.user ?? '').filter(() => readBasicAuth(exchange)),
    '.client-tls': (_, { clientTls }) => bool(clientTls),
    '.unreadable': (_, exchange) => bool(helloArrives(exchange)),
    '.uri': (_, { target }) => known(target, (whole) => string(printTarget(whole))),
    '.stats-auth': ({ args }, exchange) => {
      const basic = readBasicAuth(exchange)
      return bool(basic !== undefined && args.includes(`${basic.user}:${basic.password}`))
    },
  }).flatMap(([name, fetcher]) => [name, ...(ALIASES[name] ?? [])].map((each) => [each, fetcher] as const)),
)

function readVariable({ args: [name = ''] }: Call, exchange: Exchange, room: Room): readonly Sample[] | Unknown {
  const value = exchange.vars.get(name)
  if (value === undefined) {
    if (!name.startsWith('proc.')) return []
    const set = room.device.processVars.get(name)
    return set && ['str', 'int', 'bool'].includes(set.fetch.name)
      ? samplesOf(set, exchange, 'connection', room)
      : { unknown: `variable ${name}` }
  }
  return isUnknown(value) ? value : [value]
}

const UNITS: Readonly<Record<string, number>> = { s: 1, ms: 1000, us: 1_000_000 }

function readDate({ args: [offset = '0', unit = 's'] }: Call, { at }: Exchange): readonly Sample[] | Unknown {
  const scale = UNITS[unit]
  if (at === undefined || scale === undefined || !/^-?\d+$/.test(offset)) return { unknown: 'the time' }
  return number((at + Number(offset)) * scale)
}

function readBase(_: Call, exchange: Exchange): readonly Sample[] | Unknown {
  const host = listValues(exchange, 'host').at(0) ?? ''
  if (isUnknown(host)) return host
  return known(exchange.target, ({ path }) => string(`${host}${path.startsWith('/') ? path : ''}`))
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

/** Every value of a cookie on one Cookie line. */
export function cookieValues(line: string, name: string): string[] {
  return line.split(';').flatMap((pair) => {
    const [, own, value = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? []
    return own === name ? [value] : []
  })
}

function aliasValue(name: string, exchange: Exchange): Sample | Unknown | undefined {
  switch (name) {
    case 'ci':
      return isUnknown(exchange.src) ? exchange.src : { type: 'str', text: exchange.src }
    case 'HM':
      return isUnknown(exchange.method) ? exchange.method : { type: 'str', text: exchange.method }
    case 'HU':
      return { type: 'str', text: printPathQuery(readTarget(printTarget(exchange.original))) }
    case 'f':
      return { type: 'str', text: exchange.frontend.name }
    case 'b':
      return { type: 'str', text: exchange.proxy.name }
    default:
      return { unknown: `log variable %${name}` }
  }
}
