import { type Exchange, readTarget, type Target } from './exchange.ts'

/** A request as it stands after HTTP parsing. */
type Parsed = Pick<Exchange, 'headers'> & { readonly target: Target; readonly normalized?: true }

const DEFAULT_PORT: Readonly<Record<string, string>> = { http: '80', https: '443' }
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/**
 * What HAProxy's HTTP/1 parser makes of the request line and Host (h1.c, http_ana.c, 2.6): undefined is 400. The authority of an
 * absolute target must be the Host; without its default port it then becomes the Host.
 */
export function parseRequest(exchange: Exchange, uri: string): Parsed | undefined {
  const { method } = exchange
  const headers = cleanHeaders(exchange.headers)
  const hosts = exchange.headers.filter(([name]) => name === 'host').map(([, value]) => value)
  const [host] = hosts
  if (hosts.some((each) => each !== host)) return undefined
  if (typeof method !== 'string' || !TOKEN.test(method)) return undefined
  // Anything but visible ASCII, and a fragment, is refused.
  if (!/^[!"$-~]+$/.test(uri)) return undefined
  if (!headers.every(([name]) => TOKEN.test(name))) return undefined
  if (headers.some(([, value]) => typeof value === 'string' && /[\0\r\n]/.test(value))) return undefined
  if (lacksKey(headers)) return undefined
  if (method === 'CONNECT')
    return host === uri ? { headers, target: { prefix: '', path: uri, query: undefined } } : undefined
  const target = readTarget(uri)
  if (!target.prefix && (target.path.startsWith('/') || uri === '*')) return { headers, target }
  // An authority alone must be the Host, if there is one.
  if (!target.prefix) return host === undefined || host === uri ? { headers, target } : undefined
  // What has no path may have no query either.
  if (target.path === '' && target.query !== undefined) return undefined
  const [, scheme = '', authority = ''] = /^([^:]+):\/\/(.*)$/.exec(target.prefix) ?? []
  const bare = dropDefaultPort(authority, scheme)
  if (typeof host === 'string' && dropDefaultPort(host, scheme).toLowerCase() !== bare.toLowerCase()) return undefined
  return {
    headers: bare === authority ? headers : withHost(headers, bare),
    target: { ...target, prefix: `${scheme}://${bare}` },
  }
}

/** What HTTP/1 parsing leaves of the headers: of several equal ones that may stand once the first, of `Connection` what is not its own. */
function cleanHeaders(headers: Exchange['headers']): Exchange['headers'] {
  const once = new Set<string>()
  return headers.flatMap<Exchange['headers'][number]>(([name, value]) => {
    if (name === 'host' || name === 'content-length') {
      const first = !once.has(name)
      once.add(name)
      return first ? [[name, value]] : []
    }
    if (name !== 'connection' || typeof value !== 'string') return [[name, value]]
    const kept = value
      .split(',')
      .map((each) => each.trim())
      .filter((each) => !/^(?:close|keep-alive)$/i.test(each))
    return kept.every((each) => each === '') ? [] : [[name, kept.join(',')]]
  })
}

/** An upgrade to WebSocket without a key is refused. */
function lacksKey(headers: Exchange['headers']): boolean {
  const has = (name: string, word: RegExp) =>
    headers.some(([each, value]) => each === name && typeof value === 'string' && word.test(value))
  return (
    has('connection', /(?:^|,)upgrade(?:,|$)/i) &&
    has('upgrade', /^websocket$/i) &&
    !headers.some(([name]) => name === 'sec-websocket-key')
  )
}

/** HTTP/2 has the authority apart, which makes the target absolute, and its cookies may come one by one. */
export function parseHttp2(exchange: Exchange): Parsed | undefined {
  const scheme = exchange.clientTls ? 'https' : 'http'
  const target = readTarget(exchange.written)
  const host = exchange.headers.find(([name]) => name === 'host')?.[1]
  const headers = joinCookies(cleanHeaders(exchange.headers))
  if (target.prefix !== '' || typeof host !== 'string' || !target.path.startsWith('/')) return { headers, target }
  const bare = dropDefaultPort(host, scheme)
  return { headers: withHost(headers, bare), target: { ...target, prefix: `${scheme}://${bare}` }, normalized: true }
}

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
