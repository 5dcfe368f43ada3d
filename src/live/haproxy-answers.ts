import { z } from 'zod'
import type { RunningEntry, RunningServer } from '../haproxy/running-process.ts'

/** One process as `show info` tells. Fields grow by version; those that are not there yet are undefined. */
export type HaproxyInfo = {
  readonly version: string
  readonly pid: number
  /** Seconds since the epoch, from 2.5 on. */
  readonly startedAt?: number | undefined
  readonly uptimeSeconds: number
  /** More than one up to 2.4, where a socket speaks for one of them only. */
  readonly processes: number
  /** It finishes its connections and takes no new ones: a reload has replaced it, or is about to. */
  readonly stopping: boolean
}
const Count = z.coerce.number().int().nonnegative()
const Info = z.object({
  Version: z.string().min(1),
  Pid: Count,
  Uptime_sec: Count,
  Nbproc: Count.default(1),
  Start_time_sec: Count.optional(),
  Stopping: z.string().default('0'),
})

/** Reads `show info`; undefined for what is none. */
export function readInfo(answer: string): HaproxyInfo | undefined {
  const fields = Object.fromEntries(
    answer.split('\n').flatMap((line) => (line.includes(': ') ? [line.split(/: (.*)/s).slice(0, 2)] : [])),
  )
  const { data } = Info.safeParse(fields)
  return (
    data && {
      version: data.Version,
      pid: data.Pid,
      startedAt: data.Start_time_sec,
      uptimeSeconds: data.Uptime_sec,
      processes: data.Nbproc,
      stopping: data.Stopping !== '0',
    }
  )
}

const State = z.object({
  be_name: z.string().min(1),
  srv_name: z.string().min(1),
  srv_addr: z.string(),
  srv_op_state: Count,
  srv_admin_state: Count,
  srv_uweight: Count,
  srv_iweight: Count,
  srv_fqdn: z.string().default('-'),
  srv_port: Count.optional(),
})
/** Forced, inherited, by DNS or by a missing name; 4 only remembers that the file disables it (doc/management.txt, `show servers state`). */
const MAINT = 1 | 2 | 32 | 64
const DRAIN = 8 | 16

/** Reads `show servers state`, columns by name, since their number grows by version; undefined for what is none. */
export function readServerStates(answer: string): RunningServer[] | undefined {
  const lines = answer.split('\n')
  const header = lines
    .find((line) => line.startsWith('# be_id'))
    ?.slice(2)
    .trim()
    .split(' ')
  if (!header || lines[0]?.trim() !== '1') return undefined
  const rows = lines.filter((line) => line.split(' ').length >= header.length && !line.startsWith('#'))
  const parsed = z.array(State).safeParse(
    rows.map((line) => {
      const words = line.split(' ')
      return Object.fromEntries(header.map((name, at) => [name, words[at] ?? '']))
    }),
  )
  return parsed.data?.map((row) => ({
    backend: row.be_name,
    name: row.srv_name,
    ...(row.srv_addr === '-' ? {} : { address: row.srv_addr }),
    ...(row.srv_port === undefined ? {} : { port: row.srv_port }),
    ...(row.srv_fqdn === '-' ? {} : { fqdn: row.srv_fqdn }),
    weight: row.srv_uweight,
    admin: (row.srv_admin_state & MAINT) !== 0 ? 'maint' : (row.srv_admin_state & DRAIN) !== 0 ? 'drain' : 'ready',
  }))
}

/** One line of `show acl` or `show map`: a list in memory and where it comes from. */
export type ListedPatterns = {
  readonly id: string
  readonly file?: string
  /** For patterns that stand in the configuration itself. */
  readonly keyword?: string
  readonly configuration?: string
  readonly line?: number
}

/** Reads `show acl` and `show map`, or the same line as the Data Plane API describes it. */
export function readPatternLists(answer: string): ListedPatterns[] | undefined {
  if (!answer.includes('# id (file) description')) return undefined
  return answer.split('\n').flatMap((line) => {
    const [, id, file = '', description = ''] = /^-?(\d+) \((.*?)\) (.*)$/.exec(line) ?? []
    return id === undefined ? [] : [{ id, ...(file === '' ? {} : { file }), ...readDescription(description) }]
  })
}

/** `acl 'src' file '/etc/haproxy/haproxy.cfg' line 12. curr_ver=0 next_ver=0 entry_cnt=1` */
export function readDescription(description: string): Omit<ListedPatterns, 'id' | 'file'> {
  const [, keyword, configuration, line] = /^acl '(.*?)' file '(.*?)' line (\d+)/.exec(description) ?? []
  return {
    ...(keyword === undefined ? {} : { keyword }),
    ...(configuration === undefined ? {} : { configuration }),
    ...(line === undefined ? {} : { line: Number(line) }),
  }
}

/** Reads `show acl #1` and `show map #1`: an address of memory, a key, and for maps the value, which may hold blanks. */
export function readEntries(answer: string, kind: 'acl' | 'map'): RunningEntry[] {
  return answer.split('\n').flatMap((line) => {
    const found = /^0x[0-9a-f]+ (.*)$/.exec(line)?.[1]
    if (found === undefined) return []
    if (kind === 'acl') return [{ key: found }]
    const blank = found.indexOf(' ')
    return blank < 0 ? [{ key: found }] : [{ key: found.slice(0, blank), value: found.slice(blank + 1) }]
  })
}

export type RunningCertificate = {
  readonly file: string
  readonly status: string
  readonly notAfter?: string
  readonly names: readonly string[]
  readonly subject?: string
}

/** Reads `show ssl cert NAME`. */
export function readCertificate(answer: string): RunningCertificate | undefined {
  const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(answer)?.[1]?.trim() || undefined
  const [file, notAfter, subject] = [field('Filename'), field('notAfter'), field('Subject')]
  if (file === undefined) return undefined
  const names = field('Subject Alternative Name')?.split(/, */) ?? []
  return {
    file,
    status: field('Status') ?? '',
    names: names.map((name) => name.replace(/^DNS:/, '')),
    ...(notAfter === undefined ? {} : { notAfter }),
    ...(subject === undefined ? {} : { subject }),
  }
}

/** Lines of a list of names: `show ssl cert`, `show ssl crt-list`; a certificate of an open transaction has a star. */
export function readNames(answer: string): string[] {
  return answer.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('*'))
}

export type RunningTable = {
  readonly name: string
  readonly type: string
  readonly size: number
  readonly used: number
  readonly entries: readonly { readonly key: string; readonly data: Readonly<Record<string, number>> }[]
  /** There are more entries than were kept. */
  readonly more: boolean
}

/** Reads `show table`, and with a name its entries, `most` of them. */
export function readTables(answer: string, most: number): RunningTable[] {
  const tables: (Omit<RunningTable, 'entries' | 'more'> & {
    entries: RunningTable['entries'][number][]
    more: boolean
  })[] = []
  for (const line of answer.split('\n')) {
    const head = /^# table: (.+?), type: (\w+), size:(\d+), used:(\d+)/.exec(line)
    if (head) {
      const [, name = '', type = '', size, used] = head
      tables.push({ name, type, size: Number(size), used: Number(used), entries: [], more: false })
    }
    const entry = /^0x[0-9a-f]+: key=(.*?) use=\d+ (.*)$/.exec(line)
    const table = tables.at(-1)
    if (!entry || !table) continue
    const data = [...(entry[2] ?? '').matchAll(/(\w+)(?:\(\d+\))?=(\d+)/g)].map(([, name = '', value]) => [
      name,
      Number(value),
    ])
    if (table.entries.length < most) table.entries.push({ key: entry[1] ?? '', data: Object.fromEntries(data) })
    else table.more = true
  }
  return tables
}

export type RunningSession = {
  readonly frontend: string
  readonly backend: string
  readonly server: string
  readonly source: string
  readonly age: string
}

/** Reads `show sess`. */
export function readSessions(answer: string): RunningSession[] {
  return answer.split('\n').flatMap((line) => {
    const field = (name: string) => new RegExp(`\\b${name}=(\\S+)`).exec(line)?.[1] ?? ''
    if (!/^0x[0-9a-f]+: /.test(line)) return []
    return [
      { frontend: field('fe'), backend: field('be'), server: field('srv'), source: field('src'), age: field('age') },
    ]
  })
}

export type HaproxyProcess = {
  readonly pid: number
  readonly type: string
  readonly reloads: number
  readonly failedReloads: number
  readonly uptime: string
  readonly version: string
  /** Replaced by a reload, and still there for the connections it has. */
  readonly old: boolean
}

/** Reads the master's `show proc`; its columns differ by version, and the sections say what is old. */
export function readProcesses(answer: string): HaproxyProcess[] | undefined {
  if (!answer.startsWith('#<PID>')) return undefined
  let old = false
  return answer.split('\n').flatMap((line) => {
    if (line.startsWith('# ')) old = line.startsWith('# old')
    const found = /^(\d+)\s+(\S+)\s+(?:\d+\s+)??(\d+)(?:\s+\[failed: (\d+)\])?\s+(\d+d\S+)\s+(\S+)/.exec(line)
    if (!found) return []
    const [, pid, type = '', reloads, failed, uptime = '', version = ''] = found
    return [
      { pid: Number(pid), type, reloads: Number(reloads), failedReloads: Number(failed ?? 0), uptime, version, old },
    ]
  })
}
