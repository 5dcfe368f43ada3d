import { splitKeyword } from './config/fetches.ts'
import { readHaproxy } from './config.ts'
import type { Acl, Condition, Criterion, HaproxyDevice, MatchMethod, Pattern, ProxySection, Server } from './model.ts'
import { readIntRange } from './samples/numbers.ts'
import { citeLine } from './text/line-places.ts'
import { readPatternFile } from './text/patterns.ts'
import { readHaproxyText } from './text.ts'

/** What a running process holds besides its file: commands on its socket change memory and nothing else. */
export type RunningHaproxy = {
  readonly version: string
  /** Epoch seconds, where the version tells. */
  readonly startedAt?: number
  readonly servers: readonly RunningServer[]
  readonly lists: readonly RunningList[]
}
export type RunningServer = {
  readonly backend: string
  readonly name: string
  /** Undefined where it is not known, or not an address: a name that did not resolve yet. */
  readonly address?: string
  readonly port?: number
  /** The name behind the address, when the resolver chose it. */
  readonly fqdn?: string
  readonly weight?: number
  /** `maint`: no traffic; `drain`: only what is pinned to it. */
  readonly admin: 'ready' | 'maint' | 'drain'
}
/** A list of patterns in memory: of the files that are named `file`, or of the `acl` and conditions at `line`. */
export type RunningList = {
  readonly kind: 'acl' | 'map'
  readonly file?: string
  readonly line?: number
  /** The sample fetch that the patterns of a line belong to, by HAProxy's own name. */
  readonly keyword?: string
  /** Entries are known up to their first blank only, as the Data Plane API hands them out. */
  readonly cut?: boolean
  readonly entries: readonly RunningEntry[]
}
export type RunningEntry = { readonly key: string; readonly value?: string }

/** The patterns that stand in one line, in the file and in memory. */
export type InlineList = {
  readonly acl: Acl
  readonly criterion: Criterion
  readonly written: readonly string[]
  readonly held: readonly string[]
}

/**
 * The configuration with what the running process holds laid over it: servers as they are, and the patterns of lines that were
 * changed in memory. Files of patterns are given as memory has them. Where a changed line cannot be modelled, it decides nothing.
 */
export function readRunningHaproxy(
  device: { readonly id: string },
  file: string,
  text: string,
  files: ReadonlyMap<string, string>,
  running: RunningHaproxy,
): HaproxyDevice {
  const read = readHaproxy(device, file, text, files, { version: running.version })
  for (const { acl, criterion, written, held } of inlineLists(read, running) ?? []) {
    if (sameEntries(written, held)) continue
    // The ACLs were read here, and nobody else has seen them yet.
    acl.criteria[acl.criteria.indexOf(criterion)] = withInline(read, criterion, written.length, held)
  }
  const proxies = read.proxies.map((proxy) => ({ ...proxy, servers: runningServers(proxy, running) }))
  return { ...read, proxies }
}

/**
 * Which list in memory belongs to which criterion: a line's lists come in the order of its criteria, under the same keyword. Undefined
 * when they do not fit together, and then nothing of them may be used: the process runs another file than the one that was read. That
 * file may lack the lines that the Data Plane API keeps for itself at the top, so the distance at which most lines fit is taken.
 */
export function inlineLists(device: HaproxyDevice, running: RunningHaproxy): readonly InlineList[] | undefined {
  const held = new Map<number, RunningList[]>()
  for (const list of running.lists)
    if (list.kind === 'acl' && list.file === undefined && list.line !== undefined)
      held.set(list.line, [...(held.get(list.line) ?? []), list])
  if (held.size === 0) return []
  const lines = [...criteriaByLine(device)].map(([line, own]) => ({ line, own }))
  const fitting = (shift: number) => lines.filter(({ line, own }) => belong(own, held.get(line + shift)))
  const shift = HIDDEN_LINES.reduce((best, next) => (fitting(next).length > fitting(best).length ? next : best), 0)
  const placed = fitting(shift)
  const decided = ({ own }: { own: readonly OwnedCriterion[] }) => own.every(({ criterion }) => !criterion.unknown)
  if (placed.filter(decided).length < lines.filter(decided).length) return undefined
  return placed.flatMap(({ line, own }) =>
    own.map(({ acl, criterion }, at) => {
      const written = inlinePatterns(device, criterion).map((pattern) => inMemory(criterion.method, pattern))
      return { acl, criterion, written, held: heldPatterns(held.get(line + shift)?.[at], written) }
    }),
  )
}

/** Patterns that are known up to a blank only are taken from the line, where one there begins like that. */
function heldPatterns(list: RunningList | undefined, written: readonly string[]): readonly string[] {
  const keys = (list?.entries ?? []).map(({ key }) => key)
  if (!list?.cut) return keys
  const whole = new Map(written.map((pattern) => [pattern.split(/\s/)[0] ?? '', pattern] as const))
  return keys.map((key) => whole.get(key) ?? key)
}

function belong(own: readonly OwnedCriterion[], lists: readonly RunningList[] = []): boolean {
  if (own.length !== lists.length) return false
  return own.every(({ criterion }, at) => {
    const keyword = lists[at]?.keyword
    return keyword === undefined || plainFetch(keyword) === plainFetch(criterion.expression.fetch.name)
  })
}

/** `path_beg` is `path`, and `hdr` is what HAProxy calls `req.hdr`. */
function plainFetch(keyword: string): string {
  return splitKeyword(keyword).fetch.replace(/^req\./, '')
}

/** `# _version=` and `# _md5hash=` stand at the top of a managed file, and are not in what the Data Plane API answers. */
const HIDDEN_LINES = [0, 1, 2, 3]

/** Whether two lists hold the same, in whatever order and however often: what is there twice matches no more. */
export function sameEntries(written: readonly string[], held: readonly string[]): boolean {
  const [a, b] = [new Set(written), new Set(held)]
  return a.size === b.size && [...a].every((entry) => b.has(entry))
}

type OwnedCriterion = { readonly acl: Acl; readonly criterion: Criterion }

function criteriaByLine(device: HaproxyDevice): ReadonlyMap<number, readonly OwnedCriterion[]> {
  const byLine = new Map<number, OwnedCriterion[]>()
  const seen = new Set<Criterion>()
  const add = (acl: Acl, line: number | undefined) => {
    for (const criterion of acl.criteria) {
      if (seen.has(criterion) || (line !== undefined && criterion.line !== line)) continue
      seen.add(criterion)
      byLine.set(criterion.line, [...(byLine.get(criterion.line) ?? []), { acl, criterion }])
    }
  }
  for (const proxy of device.proxies) {
    for (const { condition, line } of conditionsOf(proxy))
      for (const term of condition.terms) for (const { acl } of term) add(acl, line)
    for (const acl of proxy.acls.values()) add(acl, undefined)
  }
  return byLine
}

type Conditional = { readonly line: number; readonly condition?: Condition | undefined }

function conditionsOf(proxy: ProxySection): { readonly line: number; readonly condition: Condition }[] {
  const conditional: readonly Conditional[] = [
    ...Object.values(proxy.rules).flat(),
    ...proxy.redirects,
    ...proxy.switches,
    ...proxy.useServers,
    ...proxy.persists,
    ...proxy.monitorFail,
    ...(proxy.stats?.rules ?? []),
  ]
  return conditional.flatMap(({ line, condition }) => (condition ? [{ line, condition }] : []))
}

/** The patterns of a criterion without those of its files, which come first. */
function inlinePatterns(device: HaproxyDevice, criterion: Criterion): readonly Pattern[] {
  return criterion.patterns.slice(countListed(device, criterion))
}

function countListed({ files }: HaproxyDevice, { text }: Criterion): number {
  if (!text.includes('-f')) return 0
  const words = readHaproxyText('', `${text}\n`).lines[0]?.words ?? []
  let count = 0
  for (const [at, { value }] of words.entries()) {
    if (value === '--') break
    if (value === '-f') count += readPatternFile(files.get(words[at + 1]?.value ?? '') ?? '').length
  }
  return count
}

/** How memory writes a pattern: numbers that an operator stands before as a range (`gt 3` is `4:`; measured on 2.6), others as they are. */
function inMemory(method: MatchMethod, pattern: Pattern): string {
  const range = method === 'int' || method === 'len' ? pattern.operator && readIntRange(pattern) : undefined
  if (!range || pattern.operator === 'eq') return pattern.text
  const [low, high] = range
  return `${low > -MOST ? low : ''}:${high < MOST ? high : ''}`
}
const MOST = Number.MAX_SAFE_INTEGER

/** Methods whose patterns can be read back from memory. */
const PLAIN: ReadonlySet<MatchMethod> = new Set(['str', 'beg', 'sub', 'end', 'dir', 'dom', 'reg', 'ip', 'int', 'len'])

function withInline(device: HaproxyDevice, criterion: Criterion, written: number, held: readonly string[]): Criterion {
  const { text, line, expression, method, unknown } = criterion
  const base = { text, line, expression, method }
  if (!PLAIN.has(method) || unknown !== undefined)
    return {
      ...base,
      patterns: criterion.patterns,
      unknown: unknown ?? `patterns changed while running (${citeLine(device, line)})`,
    }
  const listed = criterion.patterns.slice(0, criterion.patterns.length - written)
  // Flags stand before the patterns, so `-i` is for all of a line's own patterns or for none.
  const fold = criterion.patterns.at(-1)?.fold ?? / -i( |$)/.test(text)
  return { ...base, patterns: [...listed, ...held.map((pattern) => ({ text: pattern, fold }))] }
}

function runningServers(proxy: ProxySection, running: RunningHaproxy): readonly Server[] {
  if (proxy.kind === 'frontend') return proxy.servers
  const own = running.servers.filter(({ backend }) => backend === proxy.name)
  // Nothing is said of a backend that the process does not have: it was added to the file since.
  if (own.length === 0) return proxy.servers
  const written = new Map(proxy.servers.map((server) => [server.name, server] as const))
  return own.map((server) => {
    const known = written.get(server.name)
    const base = known ?? addedServer(proxy, server.name)
    return {
      ...base,
      address: server.fqdn === undefined ? (server.address ?? base.address) : base.address,
      port:
        server.port === undefined || !/^\d*$/.test(base.port) || server.port === 0 ? base.port : String(server.port),
      weight: server.admin === 'drain' ? 0 : (server.weight ?? base.weight),
      disabled: server.admin === 'maint',
    }
  })
}

/** A server that was added on the socket stands in no line; its backend's has to do. */
function addedServer({ line, says }: ProxySection, name: string): Server {
  return {
    name,
    line,
    says,
    address: '',
    port: '',
    weight: 1,
    disabled: false,
    backup: false,
    check: false,
    cookie: undefined,
    sendProxy: false,
  }
}
