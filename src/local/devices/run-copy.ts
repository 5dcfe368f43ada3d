import { type NamedFile, replaceFileNames } from '../../haproxy/text/named-files.ts'
import { type HaproxyLine, type HaproxyText, readHaproxyText } from '../../haproxy/text.ts'

/** A server line of the live configuration, and the stub that stands for it on loopback. */
export type StubWish = {
  readonly key: string
  readonly backend: string
  /** More than one for a `server-template`. */
  readonly servers: readonly string[]
  /** As declared: `10.50.1.11:3000`. */
  readonly declared: string
  readonly checked: boolean
  readonly health: { readonly path: string | undefined; readonly status: number }
}
export type RunCopy = {
  readonly text: string
  /** Declared bind address → where it is on loopback. */
  readonly binds: ReadonlyMap<string, number>
  readonly stubs: readonly StubWish[]
}
export type Ports = {
  /** The loopback port that stands for a bind address. */
  bind(address: string): number
  /** The loopback port of a server's stub. */
  stub(key: string): number
}

/** Checks come often here, so that a stopped server is seen in about a second; how many must fail stays as configured. */
const QUICK_CHECKS = 'inter 300 fastinter 200 downinter 200'

/**
 * The live configuration as it can run on a laptop: addresses on loopback, files where we laid them, nothing that needs root.
 * INVARIANT: line N of the copy stands for line N of the live text, so what HAProxy reports is at the right place.
 */
export function compileRunCopy(
  live: HaproxyText,
  ports: Ports,
  placeFile: (named: NamedFile) => string | undefined,
  folder: string,
): RunCopy {
  const text = readHaproxyText(live.file, replaceFileNames(live, placeFile).join(''))
  const run: Run = { ports, folder, binds: new Map(), stubs: [], text }
  // Addresses of our own frontends first: a server that points at one is a chain inside HAProxy and gets no stub.
  for (const line of kept(text)) if (line.words[0]?.value === 'bind') bindAddresses(run, line)
  const lines = text.lines.map((line, index) => {
    if (line.presence === 'dropped') return line.raw
    const section = text.sections.find(({ from, to }) => index >= from && index < to)
    return section ? runLine(run, section.keyword, section.name, line) : line.raw
  })
  return { text: lines.join(''), binds: run.binds, stubs: run.stubs }
}

type Run = {
  readonly ports: Ports
  readonly folder: string
  readonly binds: Map<string, number>
  readonly stubs: StubWish[]
  readonly text: HaproxyText
}

/** Global words that concern the machine it runs on. Ours stand in a file of their own, which is read first. */
const GLOBAL_OUT = new Set(
  (
    'user group uid gid chroot daemon nbthread nbproc thread-groups thread-group cpu-map pidfile ulimit-n maxconn master-worker ' +
    'mworker-max-reloads log default-path server-state-file server-state-base ssl-dh-param-file h1-case-adjust-file set-dumpable ' +
    'unix-bind localpeer hard-stop-after ssl-engine ssl-provider expose-fd numa-cpu-mapping zero-warning'
  ).split(' '),
)
/** Checks that speak a protocol which the stubs do not; a TCP connection is checked instead. */
const CHECK_OPTIONS = new Set(
  'mysql-check pgsql-check redis-check ldap-check smtpchk spop-check ssl-hello-chk external-check'.split(' '),
)

function runLine(run: Run, section: string, name: string, line: HaproxyLine): string {
  const [first = '', second = '', third = ''] = line.words.map((word) => word.value)
  if (section === 'global')
    return GLOBAL_OUT.has(first) || (first === 'stats' && second === 'socket') ? silence(line) : line.raw
  if (first === 'bind') return runBind(run, line)
  if (first === 'server' || first === 'server-template' || first === 'default-server' || first === 'dispatch')
    return runServer(run, section, name, line)
  if (first === 'peer') return rewrite(line, new Map([[2, `127.0.0.1:${run.ports.bind(`peer ${third}`)}`]]))
  // Port 9 is discard: no mail and no lookup leaves this machine.
  if (first === 'mailer' || first === 'nameserver') return rewrite(line, new Map([[2, '127.0.0.1:9']]))
  const out =
    first === 'source' ||
    first === 'dgram-bind' ||
    first === 'tcp-check' ||
    first === 'external-check' ||
    (first === 'log' && second !== 'global') ||
    first === 'load-server-state-from-file' ||
    (first === 'option' && CHECK_OPTIONS.has(second)) ||
    (first === 'http-check' && (second === 'connect' || (second === 'expect' && !/^r?status$/.test(third))))
  return out ? silence(line) : line.raw
}

const BIND_OUT = /^(?:interface|namespace|gid|uid|user|group|process|thread|nice|shards)$/
const BIND_FLAGS_OUT = /^(?:transparent|v4v6|v6only|tfo)$/

function runBind(run: Run, line: HaproxyLine): string {
  const addresses = bindAddresses(run, line)
  if (addresses.length === 0) return silence(line)
  const edits = new Map<number, string | undefined>([[1, addresses.join(',')]])
  dropOptions(line, 2, BIND_OUT, BIND_FLAGS_OUT, edits)
  return rewrite(line, edits)
}

/** Loopback addresses for one bind line, remembered under what is declared. Ranges are mapped port by port. */
function bindAddresses(run: Run, line: HaproxyLine): string[] {
  return (line.words[1]?.value ?? '').split(',').flatMap((declared) => {
    const unix = /^(?:unix@|abns@|\/)(.*)$/.exec(declared)
    if (unix) return [`unix@${run.folder}/${encodeURIComponent(unix[1] ?? '')}.sock`]
    const found = /^(?:(?:ipv[46]|tcp[46]?)@)?(.*):(\d+)(?:-(\d+))?$/.exec(declared)
    if (!found) return []
    const [host, from, to] = [found[1] ?? '', Number(found[2]), Number(found[3] ?? found[2])]
    return Array.from({ length: Math.min(to - from, MOST_PORTS_OF_A_RANGE - 1) + 1 }, (_, offset) => {
      const address = `${host === '' ? '*' : host}:${from + offset}`
      const port = run.ports.bind(address)
      run.binds.set(address, port)
      return `127.0.0.1:${port}`
    })
  })
}
const MOST_PORTS_OF_A_RANGE = 64

const SERVER_OUT =
  /^(?:port|addr|source|usesrc|interface|namespace|agent-port|agent-addr|agent-send|agent-inter|socks4|proto|check-proto|check-alpn|alpn|npn|resolvers|resolve-prefer|resolve-opts|resolve-net|init-addr|verifyhost)$/
const SERVER_FLAGS_OUT = /^(?:agent-check|check-via-socks4|tfo|no-tfo)$/

function runServer(run: Run, section: string, name: string, line: HaproxyLine): string {
  const words = line.words.map((word) => word.value)
  const first = words[0] ?? ''
  const at = first === 'server' ? 2 : first === 'server-template' ? 3 : first === 'dispatch' ? 1 : undefined
  const edits = new Map<number, string | undefined>()
  dropOptions(line, (at ?? 0) + 1, SERVER_OUT, SERVER_FLAGS_OUT, edits)
  if (at === undefined) return rewrite(line, edits)
  const declared = words[at] ?? ''
  const checked = isChecked(run.text, line, words)
  const inner = innerAddress(run, declared)
  if (inner !== undefined) edits.set(at, inner)
  else if (section === 'backend' || section === 'listen') {
    const key = `${name} ${words.slice(1, at + 1).join(' ')}`
    edits.set(at, `127.0.0.1:${run.ports.stub(key)}`)
    const servers = first === 'dispatch' ? ['dispatch'] : serverNames(words)
    run.stubs.push({ key, backend: name, servers, declared, checked, health: healthOf(run.text, name) })
  } else edits.set(at, `127.0.0.1:${run.ports.bind(`${section} ${declared}`)}`)
  const tls = words.includes('ssl') || defaultServers(run.text, line).some((each) => each.includes('ssl'))
  const more = [...(checked ? [QUICK_CHECKS] : []), ...(tls ? ['verify none'] : [])].join(' ')
  return more === '' || first === 'dispatch' ? rewrite(line, edits) : append(rewrite(line, edits), more)
}

/** Where a server address leads when it is one of our own frontends. */
function innerAddress(run: Run, declared: string): string | undefined {
  const unix = /^(?:unix@|abns@|\/)(.*)$/.exec(declared)
  if (unix) {
    const bound = kept(run.text).some(
      ({ words }) => words[0]?.value === 'bind' && words[1]?.value.split(',').includes(declared),
    )
    return bound ? `unix@${run.folder}/${encodeURIComponent(unix[1] ?? '')}.sock` : undefined
  }
  const port = /:(\d+)$/.exec(declared)?.[1]
  const local = /^(?:127\.|localhost:|\[?::1\]?:)/.test(declared)
  const found =
    run.binds.get(declared) ?? (local ? (run.binds.get(`*:${port}`) ?? run.binds.get(`0.0.0.0:${port}`)) : undefined)
  return found === undefined ? undefined : `127.0.0.1:${found}`
}

/** `server-template web- 2-4 …` makes web-2, web-3 and web-4. */
function serverNames(words: readonly string[]): string[] {
  const name = words[1] ?? ''
  if (words[0] === 'server') return [name]
  const [low = '1', high] = (words[2] ?? '').split('-')
  const [from, to] = high === undefined ? [1, Number(low)] : [Number(low), Number(high)]
  return Array.from({ length: Math.max(0, Math.min(to - from + 1, 256)) }, (_, offset) => `${name}${from + offset}`)
}

function isChecked(text: HaproxyText, line: HaproxyLine, words: readonly string[]): boolean {
  if (words.includes('no-check')) return false
  return words.includes('check') || defaultServers(text, line).some((each) => each.includes('check'))
}

/** The `default-server` lines above a line in its own section; those of `defaults` sections count as well, whichever applies. */
function defaultServers(text: HaproxyText, line: HaproxyLine): string[][] {
  const own = text.sections.find(({ from, to }) => line.number > from && line.number <= to)
  return text.sections
    .filter((section) => section === own || section.keyword === 'defaults')
    .flatMap(({ from, to }) => text.lines.slice(from, Math.min(to, line.number)))
    .filter(({ words }) => words[0]?.value === 'default-server')
    .map(({ words }) => words.map((word) => word.value))
}

/** What a health check of this backend asks for and wants to hear, so that a healthy stub can say it. */
function healthOf(text: HaproxyText, backend: string): StubWish['health'] {
  let path: string | undefined
  let status = 200
  for (const { keyword, name, from, to } of text.sections) {
    if (keyword !== 'defaults' && name !== backend) continue
    for (const line of text.lines.slice(from, to)) {
      const [first, second, ...rest] = line.words.map((word) => word.value)
      if (first === 'option' && second === 'httpchk') path = rest.find((word) => word.startsWith('/')) ?? path
      if (first !== 'http-check') continue
      if (second === 'send') path = rest[rest.indexOf('uri') + 1] ?? path
      if (second === 'expect' && rest[0] === 'status') status = Number.parseInt(rest[1] ?? '200', 10) || 200
    }
  }
  return { path, status }
}

function kept(text: HaproxyText): HaproxyLine[] {
  return text.lines.filter((line) => line.presence !== 'dropped')
}

function dropOptions(
  line: HaproxyLine,
  from: number,
  withValue: RegExp,
  alone: RegExp,
  edits: Map<number, string | undefined>,
): void {
  for (const [index, word] of line.words.entries()) {
    if (index < from) continue
    if (alone.test(word.value)) edits.set(index, undefined)
    else if (withValue.test(word.value)) {
      edits.set(index, undefined)
      edits.set(index + 1, undefined)
    }
  }
}

/** The line with some words replaced or, where undefined, taken out. Everything else stays byte for byte. */
function rewrite(line: HaproxyLine, edits: ReadonlyMap<number, string | undefined>): string {
  let raw = line.raw
  for (const [index, word] of [...line.words.entries()].toReversed()) {
    if (!edits.has(index)) continue
    const at = word.column - 1
    raw = raw.slice(0, at) + (edits.get(index) ?? '') + raw.slice(at + word.raw.length)
  }
  return raw
}

function append(raw: string, words: string): string {
  return raw.replace(/(\s*(?:#.*)?\r?\n?)$/, (end) => ` ${words}${end}`)
}

function silence(line: HaproxyLine): string {
  return `#${line.raw}`
}
