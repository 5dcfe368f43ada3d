import type { RunningEntry, RunningHaproxy, RunningList } from '../haproxy/running-process.ts'
import type { LiveServer } from '../ports.ts'
import {
  type HaproxyInfo,
  type HaproxyProcess,
  type ListedPatterns,
  type RunningCertificate,
  type RunningSession,
  type RunningTable,
  readCertificate,
  readEntries,
  readInfo,
  readNames,
  readPatternLists,
  readProcesses,
  readServerStates,
  readSessions,
  readTables,
} from './haproxy-answers.ts'
import { haproxyFault } from './haproxy-faults.ts'
import { readServers } from './haproxy-servers.ts'
import { askHaproxy, type HaproxyRuntimeAccess } from './haproxy-socket.ts'

/**
 * A running HAProxy over its Runtime API. Only questions can be asked: on HAProxy 2.6 even a `level user` socket lets its users change
 * ACL entries, so that the reading side has to hold itself to reading.
 */
export interface HaproxyRuntime {
  readVersion(): Promise<string>
  readInfo(): Promise<HaproxyInfo>
  readServers(): Promise<readonly LiveServer[]>
  /** Which lists are in memory, those of lines of the configuration among them. */
  listPatterns(kind: 'acl' | 'map'): Promise<readonly ListedPatterns[]>
  /** What an ACL or map holds in memory now, which `add acl` and a stale reload make differ from the file. `#7` is the list of that number. */
  readPatterns(kind: 'acl' | 'map', reference: string): Promise<readonly RunningEntry[]>
  /** Everything that commands on the socket can make different from the file, and the servers' health, of one and the same process. */
  readRunning(): Promise<{ readonly running: RunningHaproxy; readonly servers: readonly LiveServer[] }>
  listCertificates(): Promise<readonly string[]>
  readCertificate(name: string): Promise<RunningCertificate>
  listCrtLists(): Promise<readonly string[]>
  readCrtList(name: string): Promise<readonly string[]>
  listTables(): Promise<readonly RunningTable[]>
  /** At most `most` entries. */
  readTable(name: string, most: number): Promise<RunningTable>
  readSessions(most: number): Promise<readonly RunningSession[]>
  /** Only the master's socket knows: workers of before a reload, and reloads that failed. */
  readProcesses(): Promise<readonly HaproxyProcess[]>
}

const MOST_LISTS = 2_000
/** HAProxy takes ten connections to a socket by default, and others want some of them. */
const QUESTIONS_AT_ONCE = 3

/** Opens a client; every question is a connection of its own, as the socket's non-interactive mode wants it. */
export function openHaproxyRuntime(access: HaproxyRuntimeAccess): HaproxyRuntime {
  const { device } = access
  const ask = (question: string) => askHaproxy(access, question)
  const understood = <T>(answer: T | undefined): T => {
    if (answer === undefined) throw haproxyFault(device, 'unexpected-answer')
    return answer
  }
  const info = async () => understood(readInfo(await ask('show info')))
  const listPatterns = async (kind: 'acl' | 'map') => understood(readPatternLists(await ask(`show ${kind}`)))
  return {
    readVersion: async () => (await ask('show version')).trim(),
    readInfo: info,
    async readServers() {
      const [stat, state] = await Promise.all([ask('show stat'), ask('show servers state')])
      return understood(readServers(stat, understood(readServerStates(state))))
    },
    listPatterns,
    readPatterns: async (kind, reference) => readEntries(await ask(`show ${kind} ${reference}`), kind),
    async readRunning() {
      const before = await info()
      if (before.stopping) throw haproxyFault(device, 'reloading')
      const [stat, state] = await Promise.all([ask('show stat'), ask('show servers state')])
      const states = understood(readServerStates(state))
      const servers = understood(readServers(stat, states))
      const lists = await readLists(access, listPatterns)
      const after = await info()
      if (after.pid !== before.pid || after.stopping) throw haproxyFault(device, 'reloading')
      return { running: { ...describeProcess(before), servers: states, lists }, servers }
    },
    listCertificates: async () => readNames(await ask('show ssl cert')),
    readCertificate: async (name) => understood(readCertificate(await ask(`show ssl cert ${name}`))),
    listCrtLists: async () => readNames(await ask('show ssl crt-list')),
    readCrtList: async (name) => readNames(await ask(`show ssl crt-list ${name}`)),
    listTables: async () => readTables(await ask('show table'), 0),
    readTable: async (name, most) => understood(readTables(await ask(`show table ${name}`), most)[0]),
    readSessions: async (most) => readSessions(await ask('show sess')).slice(0, most),
    readProcesses: async () => understood(readProcesses(await ask('show proc'))),
  }
}

function describeProcess({ version, startedAt }: HaproxyInfo): Omit<RunningHaproxy, 'servers' | 'lists'> {
  return { version, ...(startedAt === undefined ? {} : { startedAt }) }
}

/** All lists with their entries. */
async function readLists(
  access: HaproxyRuntimeAccess,
  listPatterns: HaproxyRuntime['listPatterns'],
): Promise<readonly RunningList[]> {
  const kinds = ['acl', 'map'] as const
  const listed: { kind: 'acl' | 'map'; list: ListedPatterns }[] = []
  for (const kind of kinds) for (const list of await listPatterns(kind)) listed.push({ kind, list })
  // HAProxy's own HTTP client has ACLs, in a file that is none.
  const wanted = listed.filter(({ list }) => list.configuration !== 'httpclient')
  if (wanted.length > MOST_LISTS) throw haproxyFault(access.device, 'too-large', `${MOST_LISTS} lists`)
  const lists: RunningList[] = []
  for (let at = 0; at < wanted.length; at += QUESTIONS_AT_ONCE) {
    const some = wanted.slice(at, at + QUESTIONS_AT_ONCE)
    lists.push(...(await Promise.all(some.map((one) => readList(access, one.kind, one.list)))))
  }
  return lists
}

async function readList(access: HaproxyRuntimeAccess, kind: 'acl' | 'map', list: ListedPatterns): Promise<RunningList> {
  const { id, file, line, keyword } = list
  // `entry_cnt` says nothing: of a file with several criteria it is a multiple, or 0 (2.6.12). An answer that broke off is known by its end.
  const entries = readEntries(await askHaproxy(access, `show ${kind} #${id}`), kind)
  return {
    kind,
    entries,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(keyword === undefined ? {} : { keyword }),
  }
}
