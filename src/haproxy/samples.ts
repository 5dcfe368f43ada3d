import { readAddress } from './address.ts'
import { hasCertificate } from './certificates.ts'
import { convert } from './converters.ts'
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
import type { MapFiles } from './maps.ts'
import { KNOWN_METHODS, type Matcher, prepareMatcher, printSample } from './match.ts'
import type { Call, Criterion, Expression, Format, HaproxyDevice, Ruleset } from './model.ts'
import { readLooseNumber } from './numbers.ts'
import type { RuleIndex } from './rule-index.ts'
import { countUsable } from './servers.ts'
import { readBasicAuth, userOf } from './users.ts'

/** What evaluation needs besides the request: the device, and its lists, prepared at first use. */
export type Room = {
  readonly device: HaproxyDevice
  readonly maps: MapFiles
  readonly matchers: Map<Criterion, Matcher>
  readonly indexes: Map<readonly unknown[], RuleIndex | undefined>
}

/** Every value that the expression yields for an ACL to try, none when it has none, or why it is not decided. */
export function samplesOf(
  expression: Expression,
  exchange: Exchange,
  where: Ruleset,
  room: Room,
): readonly Sample[] | Unknown {
  const fetched = fetchSamples(expression.fetch, exchange, where, room)
  return isUnknown(fetched) ? fetched : convertAll(fetched, expression, exchange, room)
}

/** The first value for which a converter yields nothing ends the search: what comes after it is not looked at. */
function convertAll(
  fetched: readonly Sample[],
  expression: Expression,
  exchange: Exchange,
  room: Room,
): readonly Sample[] | Unknown {
  if (expression.converters.length === 0) return fetched
  const around = { maps: room.maps, variable: (name: string) => variableOf(name, exchange, room) }
  const converted: Sample[] = []
  for (const value of fetched) {
    let sample: Sample | Unknown | undefined = value
    for (const call of expression.converters) {
      if (sample && !isUnknown(sample)) sample = convert(sample, call, around)
    }
    if (isUnknown(sample)) return sample
    if (!sample) break
    converted.push(sample)
  }
  return converted
}

/** Fetches that yield their first value where only one is taken; all others yield their last. */
const FIRST_TAKEN = new Set('url_param urlp url_param_val urlp_val'.split(' '))

/** The one value of an expression outside ACLs: it is picked before converters and casts see it. */
export function sampleOf(
  expression: Expression,
  exchange: Exchange,
  where: Ruleset,
  room: Room,
): Sample | Unknown | undefined {
  const { fetch } = expression
  // An address is looked for in the last value alone.
  if (fetch.name.endsWith('hdr_ip') && fetch.args.length === 1) {
    const last = { ...expression, fetch: { name: fetch.name, args: [...fetch.args, '-1'] } }
    const samples = samplesOf(last, exchange, where, room)
    return isUnknown(samples) ? samples : samples.at(-1)
  }
  const fetched = fetchSamples(fetch, exchange, where, room)
  if (isUnknown(fetched)) return fetched
  // An ACL asks whether the user is in the group; the value itself is the user.
  if (fetch.name === 'http_auth_group')
    return fetched.length > 0 ? { unknown: '`http_auth_group` as a value' } : undefined
  const picked = fetched.at(FIRST_TAKEN.has(fetch.name) ? 0 : -1)
  const samples = picked ? convertAll([picked], expression, exchange, room) : []
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
  if (call.name === 'wait_end' && (where === 'content' || where === 'http')) return bool(true)
  if (!isAvailable(fetch.layer, where, exchange.proxy.mode)) return []
  if (fetch.layer === 'payload' || fetch.layer === 'http') {
    const tcp = exchange.proxy.mode === 'tcp'
    if (tcp && !exchange.inspected) return { unknown: 'whether the first bytes are there in time (no inspect-delay)' }
    if (fetch.layer === 'http' && !speaksHttp(exchange)) return []
  }
  return fetcher(call, exchange, room)
}

/** Whether what arrives here, after TLS that HAProxy ended, is HTTP in the clear. */
function speaksHttp(exchange: Exchange): boolean {
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
  'req.cook': ['cook'],
  'req.cook_val': ['cook_val'],
  'req.cook_cnt': ['cook_cnt'],
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
    'capture.req.ver': (_, { version }) => string(`HTTP/${version}`),
    'capture.req.method': (_, { method }) => known(method, string),
    'req.hdr': header,
    'req.fhdr': headerFetch(linesOf),
    'req.hdr_cnt': ({ args: [name = ''] }, exchange) => count(listValues(exchange, name)),
    'req.fhdr_cnt': ({ args: [name = ''] }, exchange) => count(linesOf(exchange, name)),
    'req.hdr_val': (call, exchange, room) => numbersOf(header(call, exchange, room)),
    'req.hdr_ip': (call, exchange, room) => addresses(header(call, exchange, room)),
    'req.cook': cookie,
    'req.cook_val': (call, exchange, room) => numbersOf(filled(cookie(call, exchange, room))),
    'req.cook_cnt': (call, exchange, room) => counted(cookie(call, exchange, room)),
    url_param: parameter,
    url_param_val: (call, exchange, room) => numbersOf(parameter(call, exchange, room)),
    nbsrv: readUsable,
    srv_is_up: readServerUp,
    be_name: (_, { proxy }) => string(proxy.name),
    fe_name: (_, { frontend }) => string(frontend.name),
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
    '.client-tls': (_, { clientTls }) => bool(clientTls),
    '.certified': ({ args }, { sni }) => bool(sni !== undefined && hasCertificate(args, sni)),
    '.unreadable': (_, { clientTls, terminated }) => bool(clientTls && !terminated),
    '.uri': (_, { target }) => known(target, (whole) => string(printTarget(whole))),
    '.stats-auth': ({ args }, exchange) => {
      const basic = readBasicAuth(exchange)
      return bool(basic !== undefined && args.includes(`${basic.user}:${basic.password}`))
    },
  }).flatMap(([name, fetcher]) => [name, ...(ALIASES[name] ?? [])].map((each) => [each, fetcher] as const)),
)

function readVariable(
  { args: [name = '', fallback] }: Call,
  exchange: Exchange,
  room: Room,
): readonly Sample[] | Unknown {
  const value = variableOf(name, exchange, room)
  if (value === undefined) return fallback === undefined ? [] : string(fallback)
  return isUnknown(value) ? value : [value]
}

function variableOf(name: string, exchange: Exchange, room: Room): Sample | Unknown | undefined {
  const value = exchange.vars.get(name)
  if (value !== undefined || !name.startsWith('proc.')) return value
  const set = room.device.processVars.get(name)
  return set && ['str', 'int', 'bool'].includes(set.fetch.name)
    ? sampleOf(set, exchange, 'connection', room)
    : { unknown: `variable ${name}` }
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

/**
 * Every value of a cookie on one Cookie line, as fetches see it (http_extract_cookie_value, src/http.c): parted by `;` and `,` outside
 * quotes, and the scan ends too early for an empty value at the end of the line.
 */
export function cookieValues(line: string, name: string): string[] {
  const values: string[] = []
  let next = -1
  for (let start = 0; start + name.length + 1 < line.length; start = next + 1) {
    while (start < line.length && BLANK.test(line[start] ?? '')) start++
    let equal = start
    while (equal < line.length && !'=;,'.includes(line[equal] ?? '')) equal++
    next = line[equal] === '=' ? cookieEnd(line, equal + 1) : equal
    const own = line.slice(start, equal).replace(/[ \t]+$/, '')
    if (own === name && line[equal] === '=') values.push(line.slice(equal + 1, next).replace(/^[ \t]+|[ \t]+$/g, ''))
  }
  return values
}

const BLANK = /[ \t]/

function cookieEnd(line: string, from: number): number {
  let quoted = false
  for (let at = from; at < line.length; at++) {
    const char = line[at] ?? ''
    if (quoted && char === '\\') at++
    else if (char === '"') quoted = !quoted
    else if (!quoted && (char === ';' || char === ',')) return at
  }
  return line.length
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
