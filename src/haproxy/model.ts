import type { Problem } from '../evidence/problem.ts'
import type { Normalizer } from './normalize.ts'
import type { HaproxyVersion } from './text/version.ts'
import type { HaproxyText } from './text.ts'

/** A named function with its arguments, as in `field(1,:)`. */
export type Call = { readonly name: string; readonly args: readonly string[] }

/** A sample expression: a fetch and the converters its result goes through. */
export type Expression = { readonly text: string; readonly fetch: Call; readonly converters: readonly Call[] }

/** A log-format string: literal text and expressions. An `alias` is a `%ci`-like variable. `flags` are letters, as in `%{+Q}HU`. */
export type Format = readonly (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly expression: Expression; readonly flags?: string }
  | { readonly kind: 'alias'; readonly name: string; readonly flags?: string }
)[]

export type MatchMethod =
  | 'found'
  | 'bool'
  | 'int'
  | 'ip'
  | 'bin'
  | 'len'
  | 'str'
  | 'beg'
  | 'sub'
  | 'end'
  | 'dir'
  | 'dom'
  | 'reg'
  | 'meth'

/** One criterion: an expression whose result is matched against patterns, which are alternatives. */
export type Criterion = {
  readonly text: string
  readonly line: number
  readonly expression: Expression
  readonly method: MatchMethod
  readonly patterns: readonly Pattern[]
  /** The files that its patterns are in. */
  readonly files?: readonly string[]
  /** What keeps it from being decided: a pattern file that was not given, a variable of the environment, … */
  readonly unknown?: string
}
/** INVARIANT: `fold` is per pattern, because `-i` applies to what follows it. */
export type Pattern = { readonly text: string; readonly fold: boolean; readonly operator?: IntOperator }
export type IntOperator = 'eq' | 'ge' | 'gt' | 'le' | 'lt'

/** A named or anonymous ACL. Lines of one name add to `criteria`, which are alternatives, even after a rule used the name. */
export type Acl = { readonly name: string; readonly criteria: Criterion[] }
export type Literal = { readonly negated: boolean; readonly acl: Acl }

/** A condition in disjunctive form; `unless` negates all of it. */
export type Condition = {
  readonly text: string
  readonly unless: boolean
  readonly terms: readonly (readonly Literal[])[]
}

export type Action =
  | { readonly do: 'pass' }
  | { readonly do: 'nothing' }
  /** `asksWho`: asks for a name and a password. */
  | { readonly do: 'answer'; readonly status: number; readonly from: 'error' | 'rule'; readonly asksWho?: true }
  /** `unlessEmpty`: a location that does nothing when it comes to nothing (`ignore-empty`). */
  | { readonly do: 'redirect'; readonly status: number; readonly unlessEmpty?: string }
  | { readonly do: 'close' }
  | { readonly do: 'drop' }
  | { readonly do: 'set-header' | 'add-header'; readonly name: string; readonly format: Format }
  | { readonly do: 'del-header'; readonly name: string; readonly method: MatchMethod }
  | {
      readonly do: 'replace-header' | 'replace-value'
      readonly name: string
      readonly regex: string
      readonly format: Format
    }
  | { readonly do: 'set-path' | 'set-pathq' | 'set-query' | 'set-uri' | 'set-method'; readonly format: Format }
  | { readonly do: 'replace-path' | 'replace-pathq' | 'replace-uri'; readonly regex: string; readonly format: Format }
  /** `only`: what must be so of the variable before, as in `set-var(txn.x,ifnotexists)`. */
  | { readonly do: 'set-var'; readonly name: string; readonly value: Expression; readonly only: readonly string[] }
  | { readonly do: 'set-var-fmt'; readonly name: string; readonly value: Format; readonly only: readonly string[] }
  | { readonly do: 'normalize'; readonly how: Normalizer; readonly option: string | undefined }
  | { readonly do: 'unset-var'; readonly name: string }
  | { readonly do: 'set-address'; readonly which: 'src' | 'src-port' | 'dst' | 'dst-port'; readonly value: Expression }
  | { readonly do: 'expect-proxy' }
  /** Whether what cannot be rewritten is an error for the rules below of the same ruleset (`http-request strict-mode`). */
  | { readonly do: 'be-strict'; readonly on: boolean }
  /** The metrics of HAProxy itself. */
  | { readonly do: 'export' }
  | { readonly do: 'set-status'; readonly status: number }
  | { readonly do: 'await-body'; readonly atLeast: number | undefined }
  | { readonly do: 'unmodelled'; readonly keyword: string }

/** A line that acts, with its condition. `unknown`: something about the line itself is not decided by the file. */
export type Rule = {
  readonly line: number
  readonly says: string
  readonly action: Action
  readonly condition?: Condition
  readonly unknown?: string
}

/** `use_backend`, with a literal name or one computed for each request. */
export type Switch = Omit<Rule, 'action'> & {
  readonly target: { readonly name: string } | { readonly format: Format; readonly text: string }
}
/** `format`: the name is computed for each request. */
type UseServer = Omit<Rule, 'action'> & { readonly server: string | undefined; readonly format?: Format }

export type Ruleset = 'connection' | 'session' | 'content' | 'http' | 'response'

export type Bind = {
  readonly line: number
  readonly says: string
  /** `any`: every address of the families. A host name is resolved when HAProxy starts: `unknown`. */
  readonly address:
    | { readonly kind: 'any'; readonly v4: boolean; readonly v6: boolean }
    | { readonly kind: 'ip'; readonly ip: string }
    | { readonly kind: 'socket'; readonly path: string }
    | { readonly kind: 'unknown'; readonly says: string }
  readonly ports: readonly [from: number, to: number]
  readonly ssl: boolean
  readonly acceptProxy: boolean
  readonly strictSni: boolean
  readonly certificates: readonly { readonly list: boolean; readonly path: string }[]
  readonly verify: 'none' | 'optional' | 'required'
  /** Whether protocols are offered (ALPN). */
  readonly alpn: boolean
  readonly name: string | undefined
}

export type Server = {
  readonly name: string
  readonly line: number
  readonly says: string
  readonly address: string
  readonly port: string
  readonly weight: number
  readonly disabled: boolean
  readonly backup: boolean
  readonly check: boolean
  readonly cookie: string | undefined
  readonly sendProxy: boolean
}

export type Cookie = {
  readonly name: string
  readonly mode: 'insert' | 'rewrite' | 'prefix'
  readonly dynamic: boolean
}

/** A line that is kept but not modelled, and may change what happens to a request. */
export type Unmodelled = { readonly keyword: string; readonly line: number }

export type ProxyKind = 'frontend' | 'backend' | 'listen'

/** A frontend, backend or listen section with everything it inherits from its defaults. */
export type ProxySection = {
  readonly kind: ProxyKind
  readonly name: string
  readonly line: number
  readonly says: string
  readonly mode: 'tcp' | 'http'
  readonly disabled: boolean
  readonly binds: readonly Bind[]
  readonly acls: ReadonlyMap<string, Acl>
  /** Rules of a named defaults come first, and end on their own: an `allow` there skips the proxy's. */
  readonly rules: Readonly<Record<Ruleset, readonly Rule[]>>
  readonly redirects: readonly Rule[]
  /** What changes every answer on its way out, also HAProxy's own. */
  readonly afterResponse: readonly Rule[]
  readonly switches: readonly Switch[]
  readonly defaultBackend: { readonly name: string; readonly line: number; readonly says: string } | undefined
  readonly servers: readonly Server[]
  readonly useServers: readonly UseServer[]
  readonly persists: readonly (Omit<Rule, 'action'> & { readonly force: boolean })[]
  readonly cookie: Cookie | undefined
  readonly sticks: boolean
  readonly options: ReadonlySet<string>
  readonly inspectDelay: boolean
  /** What `capture.req.hdr(0)` and so on tell; other captures than of a header have no length here. */
  readonly captures: readonly { readonly header: string; readonly length: number | undefined }[]
  /** Whether a line asks for the request line to be kept as it came (`hasRequestLine`). */
  readonly keepsRequestLine: 'never' | 'in-http' | 'always'
  readonly monitorUri: { readonly uri: string; readonly line: number; readonly says: string } | undefined
  readonly monitorFail: readonly Rule[]
  readonly stats: Stats | undefined
  /** Status → what the client gets instead (`errorloc`). */
  readonly errorStatus: ReadonlyMap<number, number>
  readonly unmodelled: readonly Unmodelled[]
}
export type Stats = {
  readonly uri: string
  readonly auth: readonly string[]
  readonly rules: readonly Rule[]
  readonly line: number
  readonly says: string
}

export type UserList = {
  /** Name → password; undefined when it is kept hashed. */
  readonly users: ReadonlyMap<string, { readonly password: string | undefined; readonly groups: ReadonlySet<string> }>
}

/** What share of the lines that say something is modelled, and which are not. */
type Coverage = { readonly lines: number; readonly modelled: number; readonly unmodelled: readonly Unmodelled[] }

/** One HAProxy as its file declares it. */
export type HaproxyDevice = {
  readonly id: string
  readonly file: string
  readonly text: HaproxyText
  readonly files: ReadonlyMap<string, string>
  readonly proxies: readonly ProxySection[]
  readonly userlists: ReadonlyMap<string, UserList>
  readonly processVars: ReadonlyMap<string, Expression>
  /** The release that it was read for. */
  readonly version: HaproxyVersion
  readonly problems: readonly Problem[]
  /** What HAProxy would refuse to start with, of what we know to check. Verdicts on such a file depend on its being mended. */
  readonly fatal: readonly Problem[]
  readonly coverage: Coverage
}
