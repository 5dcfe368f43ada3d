import { type Exchange, type Refusal, readTarget, type Target } from '../exchange.ts'

/** A request as it stands after HTTP parsing. */
type Parsed = Pick<Exchange, 'headers'> & { readonly target: Target; readonly normalized?: true }
/** What it is refused with; `readable`: line and headers are as they should be, so that in tcp mode it is HTTP all the same (measured). */
type Refused = { readonly refused: Refusal; readonly readable?: true }
const BAD: Refused = { refused: 400 }

const DEFAULT_PORT: Readonly<Record<string, string>> = { http: '80', https: '443' }
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/**
 * What HAProxy's HTTP/1 parser makes of the request line, Host and framing (h1.c, http_ana.c, 2.6; measured). The authority of an
 * absolute target must be the Host; without its default port it then becomes the Host.
 */
export function parseRequest(exchange: Exchange, uri: string): Parsed | Refused {
  const { method, version } = exchange
  const hosts = exchange.headers.filter(([name]) => name === 'host').map(([, value]) => value)
  const [host] = hosts
  if (hosts.some((each) => each !== host)) return BAD
  if (typeof method !== 'string' || !TOKEN.test(method) || !/^\d\.\d$/.test(version)) return BAD
  // Anything but visible ASCII, and a fragment, is refused.
  if (!/^[!"$-~]+$/.test(uri)) return BAD
  if (!exchange.headers.every(([name]) => TOKEN.test(name))) return BAD
  if (exchange.headers.some(([, value]) => typeof value === 'string' && /[\r\n]/.test(value))) return BAD
  const headers = cleanHeaders(exchange.headers)
  const parsed = parseTarget(headers, method, uri, host)
  const framing = checkFraming(exchange.headers)
  if ('refused' in parsed || framing === 400) return BAD
  // Old clients have no way to send a body along with these.
  const early = Number(version) < 1.1 && /^(?:GET|HEAD|DELETE)$/.test(method)
  if (early && hasBody(exchange.headers)) return { refused: 413, readable: true }
  if (framing) return { refused: framing, readable: true }
  return method === 'PRI' || lacksKey(headers) ? { refused: 400, readable: true } : parsed
}

function hasBody(headers: Exchange['headers']): boolean {
  return headers.some(
    ([name, value]) =>
      name === 'transfer-encoding' || (name === 'content-length' && typeof value === 'string' && /[1-9]/.test(value)),
  )
}

function parseTarget(
  headers: Exchange['headers'],
  method: string,
  uri: string,
  host: Exchange['headers'][number][1] | undefined,
): Parsed | Refused {
  if (method === 'CONNECT') return host === uri ? { headers, target: { prefix: '', path: uri, query: undefined } } : BAD
  const target = readTarget(uri)
  if (!target.prefix && (target.path.startsWith('/') || uri === '*')) return { headers, target }
  // An authority without a scheme must be the Host, if there is one.
  if (!target.prefix) {
    const own = uri.replace(/[/?].*$/s, '').toLowerCase()
    return typeof host !== 'string' || host.toLowerCase() === own ? { headers, target } : BAD
  }
  // What has no path may have no query either.
  if (target.path === '' && target.query !== undefined) return BAD
  const [, scheme = '', whole = ''] = /^([^:]+):\/\/(.*)$/.exec(target.prefix) ?? []
  const authority = whole.replace(/^.*@/s, '')
  if (authority === '') return { headers, target }
  const bare = dropDefaultPort(authority, scheme)
  if (typeof host === 'string' && dropDefaultPort(host, scheme).toLowerCase() !== bare.toLowerCase()) return BAD
  if (bare === authority) return { headers, target }
  const user = whole.slice(0, whole.length - authority.length)
  return { headers: withHost(headers, bare), target: { ...target, prefix: `${scheme}://${user}${bare}` } }
}

/** Lengths must be one number, and the last coding must be `chunked`, which stands once; other codings before it are not known. */
function checkFraming(headers: Exchange['headers']): 400 | 422 | undefined {
  const words = (wanted: string) =>
    headers.flatMap(([name, value]) =>
      name === wanted && typeof value === 'string' ? value.split(',').map((each) => each.trim()) : [],
    )
  const lengths = words('content-length')
  if (lengths.some((each) => !/^\d{1,18}$/.test(each) || each !== lengths[0])) return 400
  const codings = words('transfer-encoding').map((each) => each.toLowerCase())
  if (codings.length === 0) return undefined
  const at = codings.indexOf('chunked')
  if (at < 0 || codings.slice(at + 1).some((each) => each !== '')) return 400
  return at > 0 ? 422 : undefined
}

/**
 * What HTTP/1 parsing leaves of the headers: of several equal ones that may stand once the first, of `Connection` what is not its own,
 * no length beside a coding, and no `Upgrade` where a body comes.
 */
function cleanHeaders(headers: Exchange['headers']): Exchange['headers'] {
  const once = new Set<string>()
  const coded = headers.some(([name]) => name === 'transfer-encoding')
  const upgrades = headers.some(([name, value]) => name === 'connection' && /\bupgrade\b/i.test(`${value}`))
  const body = hasBody(headers)
  return headers.flatMap<Exchange['headers'][number]>(([name, value]) => {
    if ((name === 'content-length' && coded) || (name === 'upgrade' && upgrades && body)) return []
    if (name === 'host' || name === 'content-length') {
      const first = !once.has(name)
      once.add(name)
      const shown = name === 'host' || typeof value !== 'string' ? value : (value.split(',')[0]?.trim() ?? '')
      return first ? [[name, shown]] : []
    }
    if (name !== 'connection' || typeof value !== 'string') return [[name, value]]
    const kept = value
      .split(',')
      .map((each) => each.trim())
      .filter((each) => !/^(?:close|keep-alive)$/i.test(each))
    return kept.every((each) => each === '') ? [] : [[name, kept.join(',')]]
  })
}

/** An upgrade to WebSocket without a key of 24 letters is refused; of several `Upgrade` lines the last one counts. */
function lacksKey(headers: Exchange['headers']): boolean {
  const lines = (wanted: string) =>
    headers.flatMap(([name, value]) => (name === wanted && typeof value === 'string' ? [value] : []))
  const upgrades = lines('connection').some((value) => /(?:^|,)\s*upgrade\s*(?:,|$)/i.test(value))
  const websocket = /(?:^|,)\s*websocket\s*(?:,|$)/i.test(lines('upgrade').at(-1) ?? '')
  return upgrades && websocket && !lines('sec-websocket-key').some((key) => key.length === 24)
}

/**
 * HTTP/2 has the authority apart, which makes the target absolute, and its cookies may come one by one. What no line of HTTP/1 could hold
 * is refused (h2_make_htx_request, src/h2.c; measured letter by letter).
 */
export function parseHttp2(exchange: Exchange): Parsed | Refused {
  const scheme = exchange.clientTls ? 'https' : 'http'
  const target = readTarget(exchange.written)
  const host = exchange.headers.find(([name]) => name === 'host')?.[1]
  const { method, written } = exchange
  if (BLANK.test(written) || written.includes('#')) return { refused: 'closed' }
  if (typeof method !== 'string' || !TOKEN.test(method) || written.includes(DELETE)) return BAD
  if (typeof host === 'string' && (BLANK.test(host) || host.includes(DELETE))) return BAD
  const headers = joinCookies(cleanHeaders(exchange.headers))
  if (target.prefix !== '' || typeof host !== 'string' || !target.path.startsWith('/')) return { headers, target }
  const bare = dropDefaultPort(host, scheme)
  return { headers: withHost(headers, bare), target: readTarget(`${scheme}://${bare}${written}`), normalized: true }
}

const DELETE = '\x7f'
/** Blanks and everything below them. */
const BLANK = /[\0-\x20]/

function withHost(headers: Exchange['headers'], host: string): Exchange['headers'] {
  return headers.map(([name, value]) => [name, name === 'host' ? host : value] as const)
}

function joinCookies(headers: Exchange['headers']): Exchange['headers'] {
  const cookies = headers.filter(([name]) => name === 'cookie').map(([, value]) => value)
  if (cookies.length < 2) return headers
  return [...headers.filter(([name]) => name !== 'cookie'), ['cookie', cookies.join('; ')]]
}

function dropDefaultPort(authority: string, scheme: string): string {
  // A port that is not written is the default one.
  if (authority.endsWith(':')) return authority.slice(0, -1)
  const port = DEFAULT_PORT[scheme.toLowerCase()]
  return port !== undefined && authority.endsWith(`:${port}`) ? authority.slice(0, -port.length - 1) : authority
}
