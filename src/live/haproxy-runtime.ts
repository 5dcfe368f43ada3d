import { connect, type NetConnectOpts } from 'node:net'
import { Fault } from '../evidence/fault.ts'
import type { LiveServer } from '../ports.ts'

export type HaproxyRuntimeAccess = {
  readonly device: string
  /** Path of the stats socket, or `host:port`. */
  readonly socket: string
  readonly timeoutMs?: number | undefined
}

/**
 * A running HAProxy over its Runtime API. Only questions can be asked: on HAProxy 2.6 even a `level user` socket lets its users change
 * ACL entries, so that the reading side has to hold itself to reading.
 */
export interface HaproxyRuntime {
  readVersion(): Promise<string>
  readServers(): Promise<readonly LiveServer[]>
  /** What an ACL or map file holds in memory now, which `add acl` and a stale reload make differ from the file. */
  readPatterns(kind: 'acl' | 'map', file: string): Promise<readonly Pattern[]>
}
export type Pattern = { readonly key: string; readonly value?: string }

const TIMEOUT_MS = 3_000
const ANSWER_LIMIT_BYTES = 16 * 1024 * 1024

/** The whole list of what may be sent. A reference is a file name without blanks and separators, or `#` and a number. */
const QUESTIONS = [
  /^show version$/,
  /^show info$/,
  /^show stat$/,
  /^show servers state$/,
  /^show (?:acl|map)$/,
  /^show (?:acl|map) (?:#\d+|[^\s;\\<>#@][^\s;\\<>]*)$/,
]

/** Opens a client; every question is a connection of its own, as the socket's non-interactive mode wants it. */
export function openHaproxyRuntime(access: HaproxyRuntimeAccess): HaproxyRuntime {
  const ask = (question: string) => askHaproxy(access, question)
  return {
    async readVersion() {
      return (await ask('show version')).trim()
    },
    async readServers() {
      const [stat, state] = await Promise.all([ask('show stat'), ask('show servers state')])
      const servers = readServers(stat, state)
      if (!servers) throw haproxyFault(access.device, 'unexpected-answer', 'in a form we cannot read')
      return servers
    },
    async readPatterns(kind, file) {
      return readPatternLines(await ask(`show ${kind} ${file}`), kind)
    },
  }
}

/** Sends one allowed question and answers the text without its severity marks. Errors of HAProxy leave as a Fault. */
export async function askHaproxy(access: HaproxyRuntimeAccess, question: string): Promise<string> {
  if (!QUESTIONS.some((allowed) => allowed.test(question)))
    throw haproxyFault(access.device, 'not-a-question', 'only questions are sent to it')
  const raw = await exchange(access, `set severity-output number;${question}\n`)
  if (raw.trim() === '') throw haproxyFault(access.device, 'no-answer', 'without a word')
  // `set severity-output` answers with an empty line of its own; each answer ends with another, and one that does not broke off.
  if (!raw.endsWith('\n\n')) throw haproxyFault(access.device, 'truncated', 'in the middle of its answer')
  const answer = raw.replace(/^\n/, '')
  const marked = /^\[([0-7])\]: ?([\s\S]*)$/.exec(answer)
  if (!marked) return answer
  const severity = Number(marked[1])
  const text = marked[2] ?? ''
  if (severity <= 3) throw haproxyFault(access.device, 'refused', 'with an error', new Error(firstLine(text)))
  if (/^(?:Unknown command|Permission denied)/.test(text))
    throw haproxyFault(access.device, 'refused', 'that it may not tell', new Error(firstLine(text)))
  return text
}

type HaproxyTrouble =
  | 'unreachable'
  | 'timeout'
  | 'no-answer'
  | 'truncated'
  | 'refused'
  | 'too-large'
  | 'unexpected-answer'
  | 'not-a-question'

function haproxyFault(device: string, trouble: HaproxyTrouble, detail: string, cause?: unknown): Fault {
  const says: Record<HaproxyTrouble, string> = {
    unreachable: `The running HAProxy ${device} cannot be reached (${detail}).`,
    timeout: `The running HAProxy ${device} did not answer within ${detail}.`,
    'no-answer': `The running HAProxy ${device} closed the connection ${detail}.`,
    truncated: `The running HAProxy ${device} closed the connection ${detail}.`,
    refused: `The running HAProxy ${device} answered ${detail}.`,
    'too-large': `The answer of the running HAProxy ${device} is larger than ${detail}, so none of it is used.`,
    'unexpected-answer': `The running HAProxy ${device} answered ${detail}.`,
    'not-a-question': `The running HAProxy ${device} was not asked: ${detail}.`,
  }
  return new Fault(`haproxy-${trouble}`, says[trouble], cause)
}

function exchange(access: HaproxyRuntimeAccess, line: string): Promise<string> {
  const { device, timeoutMs = TIMEOUT_MS } = access
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const socket = connect(placeOf(access))
    const fail = (fault: Fault) => {
      clearTimeout(timer)
      socket.destroy()
      reject(fault)
    }
    const limit = timeoutMs < 1000 ? `${timeoutMs} milliseconds` : `${timeoutMs / 1000} seconds`
    const timer = setTimeout(() => fail(haproxyFault(device, 'timeout', limit)), timeoutMs)
    socket.on('error', (error) => fail(haproxyFault(device, 'unreachable', reachReason(error), error)))
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > ANSWER_LIMIT_BYTES) fail(haproxyFault(device, 'too-large', `${ANSWER_LIMIT_BYTES / 1024 / 1024} MiB`))
      else chunks.push(chunk)
    })
    socket.on('end', () => {
      clearTimeout(timer)
      resolve(Buffer.concat(chunks).toString('utf8'))
    })
    socket.write(line)
  })
}

function placeOf({ device, socket }: HaproxyRuntimeAccess): NetConnectOpts {
  if (socket.includes('/')) return { path: socket.replace(/^unix@/, '') }
  const found = /^(?:ipv[46]@)?\[?(.+?)\]?:(\d{1,5})$/.exec(socket)
  if (!found?.[1])
    throw new Fault('haproxy-address', `The socket set for the HAProxy ${device} is neither a path nor host:port.`)
  return { host: found[1], port: Number(found[2]) }
}

function reachReason(error: Error): string {
  const code = 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'its socket is not there'
  if (code === 'ECONNREFUSED') return 'connection refused'
  if (code === 'EACCES' || code === 'EPERM') return 'its socket is not ours to open'
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the connection broke off'
  return 'no connection'
}

/** Servers of `show stat`, addresses from `show servers state`; undefined when either is not what it should be. */
function readServers(stat: string, state: string): LiveServer[] | undefined {
  const rows = readCsv(stat.replace(/^#\s*/, ''))
  const places = readPlaces(state)
  if (!rows || !places) return undefined
  const servers = rows.filter((row) => row.get('type') === '2').map((row) => readServer(row, places))
  const active = new Set(servers.filter(({ live, backup }) => live.usable && !backup).map(({ live }) => live.backend))
  return servers.map(({ live, backup }) => (backup && active.has(live.backend) ? { ...live, usable: false } : live))
}

type StatRow = ReadonlyMap<string, string>

/** A backup server gets nothing while an ordinary one is usable; the caller settles that, knowing all of them. */
function readServer(row: StatRow, places: ReadonlyMap<string, string>): { live: LiveServer; backup: boolean } {
  const [backend, server] = [row.get('pxname') ?? '', row.get('svname') ?? '']
  const status = row.get('status') ?? ''
  const check = row.get('check_status')?.replace(/^\* ?/, '')
  const lastCheck = unescapeText(row.get('last_chk') || row.get('check_desc') || '')
  const since = row.get('lastchg')
  const address = places.get(`${backend}/${server}`) ?? row.get('addr')
  return {
    backup: row.get('bck') === '1',
    live: {
      backend,
      server,
      status,
      usable: (/^UP\b/.test(status) || status === 'no check') && row.get('weight') !== '0',
      ...(check ? { check } : {}),
      ...(lastCheck ? { lastCheck } : {}),
      ...(since ? { sinceSeconds: Number(since) } : {}),
      ...(address ? { address } : {}),
    },
  }
}

/** `backend/server` → `address:port`, which live commands may have changed since the file was read. */
function readPlaces(state: string): Map<string, string> | undefined {
  const lines = state.split('\n')
  const header = lines
    .find((line) => line.startsWith('# '))
    ?.slice(2)
    .split(' ')
  if (!header) return undefined
  const at = (name: string) => header.indexOf(name)
  const [backend, server, address, port] = [at('be_name'), at('srv_name'), at('srv_addr'), at('srv_port')]
  if (Math.min(backend, server, address, port) < 0) return undefined
  const places = new Map<string, string>()
  for (const line of lines) {
    const words = line.split(' ')
    if (line.startsWith('#') || words.length < header.length) continue
    const host = words[address] ?? '-'
    if (host !== '-')
      places.set(`${words[backend]}/${words[server]}`, `${host.includes(':') ? `[${host}]` : host}:${words[port]}`)
  }
  return places
}

/** CSV as HAProxy writes it: fields by the header's names, since their number grows by version; text fields may be quoted. */
function readCsv(text: string): StatRow[] | undefined {
  const [header, ...rows] = splitCsv(text)
  if (!header?.includes('pxname') || !header.includes('status')) return undefined
  return rows
    .filter((row) => row.length > 1)
    .map((row) => new Map(header.map((name, index) => [name, row[index] ?? ''] as const)))
}

function splitCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  const field = /(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n|$)/y
  while (field.lastIndex < text.length) {
    const found = field.exec(text)
    if (!found) break
    rows.at(-1)?.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '')
    if (found[3] === '\n') rows.push([])
  }
  return rows
}

/** `<3C>` → `<`: HAProxy writes bytes it finds unsafe in hexadecimal. */
function unescapeText(text: string): string {
  return text.replaceAll(/<([0-9A-F]{2})>/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))).trim()
}

function readPatternLines(answer: string, kind: 'acl' | 'map'): Pattern[] {
  return answer.split('\n').flatMap((line) => {
    const found = /^0x[0-9a-f]+ (.*)$/.exec(line)?.[1]
    if (found === undefined) return []
    if (kind === 'acl') return [{ key: found }]
    const blank = found.indexOf(' ')
    return blank < 0 ? [{ key: found }] : [{ key: found.slice(0, blank), value: found.slice(blank + 1) }]
  })
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}
