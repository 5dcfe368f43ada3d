import type { Bind, ProxySection } from './model.ts'

/** A value in hand: what a fetch or converter yields. */
export type Sample =
  /** Texts and bytes are one character a byte. */
  | { readonly type: 'str' | 'bin' | 'ip'; readonly text: string }
  /** `known`: one that HAProxy has a number for, so it is never compared as text. */
  | { readonly type: 'meth'; readonly text: string; readonly known: boolean }
  /** `truth`: a yes or no that was counted with; HAProxy does not forget that it is one. */
  | { readonly type: 'int'; readonly number: bigint; readonly truth?: true }
  | { readonly type: 'bool'; readonly yes: boolean }
  /** A number of which only its bounds are known. */
  | { readonly type: 'between'; readonly low: number; readonly high: number; readonly says: string }

/** What the configuration alone does not decide, by name. */
export type Unknown = { readonly unknown: string }

/** How a request is refused before any rule: with a status, or its HTTP/2 stream is reset. */
export type Refusal = 400 | 413 | 422 | 'closed'

/** A request target, taken apart so that its path can be set without touching the rest. */
export type Target = {
  /** `http://host` of an absolute target, else empty. */
  readonly prefix: string
  readonly path: string
  /** Without `?`; undefined when there is none. */
  readonly query: string | undefined
}

/** Both ends of a connection. */
export type Ends = {
  readonly src: string | Unknown
  readonly srcPort: number | Unknown
  readonly dst: string | Unknown
  readonly dstPort: number | Unknown
}

/**
 * One request on its way through: what it is now (rules rewrite it), what is remembered, what was assumed. Values, never
 * changed in place: where something is not decided, the way forks.
 */
export type Exchange = Ends & {
  readonly peer: string
  /** The connection's own ends, which rules on requests do not change (`fc_src`). */
  readonly arrived: Ends & { readonly proxied: boolean }
  /** What a PROXY header says, if one comes. */
  readonly proxied:
    | { readonly src: string; readonly srcPort?: number; readonly dst?: string; readonly dstPort?: number }
    | undefined
  readonly clientTls: boolean
  /** The TLS that HAProxy itself ended. */
  readonly terminated: boolean
  readonly sni: string | undefined
  /** What the listener asks for and offers. */
  readonly listener: Pick<Bind, 'verify' | 'alpn' | 'name'>
  readonly body: string | undefined
  /** Whether all of the body is there. */
  readonly awaited: boolean
  readonly version: string
  readonly method: string | Unknown
  /** As it came: `set-method` changes what is forwarded, not what `method` fetches of a known one. */
  readonly firstMethod: string
  readonly target: Target | Unknown
  /** HTTP/2 made the target absolute, so it goes on as a path, unless a rule replaces all of it. */
  readonly normalized: boolean
  readonly headers: readonly (readonly [name: string, value: string | Unknown])[]
  /** Before any rule. */
  readonly arrivedHeaders: readonly (readonly [name: string, value: string | Unknown])[]
  readonly vars: ReadonlyMap<string, Sample | Unknown>
  readonly at: number | undefined
  /** Which way was taken where something is not decided. */
  readonly assumed: ReadonlyMap<string, boolean>
  /** In tcp mode: whether HAProxy waited until the first bytes were there, or still may; only conditions of content rules wait. */
  readonly inspected: boolean
  readonly mayInspect: boolean
  readonly expectsProxy: boolean
  /** A PROXY header came where none is understood: the first bytes are neither TLS nor HTTP. */
  readonly garbled: boolean
  readonly frontend: ProxySection
  readonly proxy: ProxySection
  readonly original: Target
  /** The target as sent, which tcp mode hands on whatever it is. */
  readonly written: string
  /** Whether HTTP parsing accepts it. */
  readonly valid: boolean
  /** Whether its line and headers can be read, which is all that tcp mode asks. */
  readonly readable: boolean
  /** With what it is answered when not. */
  readonly refusedWith: Refusal
  /** Counts decisions, so that an undecided one is not taken for another. */
  readonly step: number
}

export function isUnknown(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && 'unknown' in value
}

/** A target in its parts (http_parse_path, src/http.c): with a scheme the path starts at the first `/` behind it; an authority alone has none. */
export function readTarget(uri: string): Target {
  const start = SCHEME.exec(uri)?.[0].length
  const slash = start === undefined ? 0 : uri.indexOf('/', start)
  const prefix = slash < 0 ? (/^[^?#]*/.exec(uri)?.[0] ?? '') : uri.slice(0, slash)
  const rest = uri.slice(prefix.length)
  const mark = rest.indexOf('?')
  return mark < 0
    ? { prefix, path: rest, query: undefined }
    : { prefix, path: rest.slice(0, mark), query: rest.slice(mark + 1) }
}

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//

/** Where the authority of a target stands in its text, who it is of left out (`user@`); undefined when it has none. */
export function findAuthority(uri: string): readonly [from: number, to: number] | undefined {
  if (uri === '' || /^[/*]/.test(uri)) return undefined
  const start = SCHEME.exec(uri)?.[0].length ?? 0
  const slash = uri.indexOf('/', start)
  const to = slash < 0 ? uri.length : slash
  return [Math.max(start, uri.lastIndexOf('@', to - 1) + 1), to]
}

export function printTarget(target: Target): string {
  return `${target.prefix}${printPathQuery(target)}`
}

export function printPathQuery(target: Target): string {
  return target.query === undefined ? target.path : `${target.path}?${target.query}`
}

/** The values of a header as `req.hdr` sees them: every line, cut at commas outside quotes, blanks trimmed. */
export function listValues(exchange: Exchange, name: string): readonly (string | Unknown)[] {
  return linesOf(exchange, name).flatMap<string | Unknown>((value) =>
    typeof value === 'string' ? splitList(value) : [value],
  )
}

/** The lines of a header, whole; of all of them when it has no name. */
export function linesOf(exchange: Exchange, name: string): readonly (string | Unknown)[] {
  const lower = name.toLowerCase()
  return exchange.headers.filter(([each]) => each === lower || lower === '').map(([, value]) => value)
}

export function splitList(value: string): string[] {
  const values: string[] = []
  let start = 0
  let quoted = false
  for (let at = 0; at < value.length; at++) {
    const char = value[at]
    if (quoted && char === '\\') at++
    else if (char === '"') quoted = !quoted
    else if (char === ',' && !quoted) {
      values.push(trimBlanks(value.slice(start, at)))
      start = at + 1
    }
  }
  values.push(trimBlanks(value.slice(start)))
  return values
}

function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '')
}
