import { z } from 'zod'
import { Fault } from '../evidence/fault.ts'
import type { RunningEntry, RunningHaproxy, RunningList, RunningServer } from '../haproxy/running-process.ts'
import type { LiveServer } from '../ports.ts'
import type { DataplaneCalls } from './dataplane-calls.ts'
import { dataplaneFault } from './dataplane-faults.ts'
import { type ListedPatterns, readDescription } from './haproxy-answers.ts'
import { type StatServer, settleBackups } from './haproxy-servers.ts'

/** What the process behind a Data Plane API holds, and the health of its servers. */
export type DataplaneRunning = { readonly running: RunningHaproxy; readonly servers: readonly LiveServer[] }

const MOST_BACKENDS = 2_000
const MOST_LISTS = 2_000
const CALLS_AT_ONCE = 4

const Process = z.object({
  info: z.object({ version: z.string(), pid: z.int().nullish(), stopping: z.int().nullish() }).optional(),
})
const Server = z.object({
  name: z.string(),
  address: z.string().optional(),
  port: z.int().nullish(),
  weight: z.int().nullish(),
  admin_state: z.enum(['ready', 'maint', 'drain']).optional(),
})
const ListFile = z.object({
  id: z.union([z.string(), z.int()]),
  storage_name: z.string().optional(),
  file: z.string().optional(),
  description: z.string().default(''),
})
const AclEntries = z.array(z.object({ value: z.string() }))
const MapEntries = z.array(z.object({ key: z.string(), value: z.string().default('') }))
const Stat = z.object({
  type: z.string(),
  name: z.string().default(''),
  backend_name: z.string().default(''),
  stats: z
    .object({
      status: z.string().default(''),
      check_status: z.string().nullish(),
      last_chk: z.string().nullish(),
      lastchg: z.int().nullish(),
      weight: z.int().nullish(),
      bck: z.int().nullish(),
      addr: z.string().nullish(),
    })
    .optional(),
})
const Native = z.object({ error: z.string().optional(), stats: z.array(Stat).default([]) })

/** Everything of one process: another one by the end is a reload, and then nothing of it fits together. */
export async function readDataplaneRunning(
  calls: DataplaneCalls,
  deadline: AbortSignal,
  api: 'v2' | 'v3',
  backends: readonly string[],
): Promise<DataplaneRunning> {
  const { device } = calls
  const base = `/${api}/services/haproxy`
  // An array of processes up to 3.0, one since.
  const readProcess = async () => {
    const answer = await calls.read(deadline, `${base}/runtime/info`, z.union([z.array(Process), Process]))
    const [process, ...others] = Array.isArray(answer) ? answer : [answer]
    if (!process?.info || others.length > 0) throw dataplaneFault(device, 'unexpected-answer', 'not one process')
    return process.info
  }
  if (backends.length > MOST_BACKENDS) throw dataplaneFault(device, 'too-large', `${MOST_BACKENDS} backends`)
  const before = await readProcess()
  const states = await inTurn(backends, (backend) => readServers(calls, deadline, api, backend))
  const stats = await calls.read(deadline, `${base}/stats/native?type=server`, z.union([z.array(Native), Native]))
  const lists = await readLists(calls, deadline, api)
  const after = await readProcess()
  if (before.pid !== after.pid || after.stopping) throw dataplaneFault(device, 'reloading')
  const rows = [stats].flat().flatMap(({ stats: all }) => all.filter(({ type }) => type === 'server'))
  return {
    running: { version: before.version, servers: states.flat(), lists },
    servers: settleBackups(rows.map((row) => readStat(row, states.flat()))),
  }
}

async function readServers(
  calls: DataplaneCalls,
  deadline: AbortSignal,
  api: 'v2' | 'v3',
  backend: string,
): Promise<readonly RunningServer[]> {
  const name = encodeURIComponent(backend)
  const path = api === 'v3' ? `/runtime/backends/${name}/servers` : `/runtime/servers?backend=${name}`
  const servers = await calls.read(deadline, `/${api}/services/haproxy${path}`, z.array(Server).nullable())
  return (servers ?? []).map(({ name: server, address, port, weight, admin_state }) => ({
    backend,
    name: server,
    ...(address === undefined || address === '-' ? {} : { address }),
    ...(port === undefined || port === null ? {} : { port }),
    // Only the later 3.x tell the weight.
    ...(weight === undefined || weight === null ? {} : { weight }),
    admin: admin_state ?? 'ready',
  }))
}

function readStat(
  { name, backend_name: backend, stats }: z.infer<typeof Stat>,
  states: readonly RunningServer[],
): StatServer {
  const status = stats?.status ?? ''
  const state = states.find((one) => one.backend === backend && one.name === name)
  const address = state?.address === undefined ? stats?.addr : `${state.address}:${state.port ?? 0}`
  const check = stats?.check_status?.replace(/^\* ?/, '')
  return {
    backup: stats?.bck === 1,
    live: {
      backend,
      server: name,
      status,
      usable: (/^UP\b/.test(status) || status === 'no check') && stats?.weight !== 0,
      ...(check ? { check } : {}),
      ...(stats?.last_chk ? { lastCheck: stats.last_chk } : {}),
      ...(typeof stats?.lastchg === 'number' ? { sinceSeconds: stats.lastchg } : {}),
      ...(address ? { address } : {}),
    },
  }
}

async function readLists(
  calls: DataplaneCalls,
  deadline: AbortSignal,
  api: 'v2' | 'v3',
): Promise<readonly RunningList[]> {
  const base = `/${api}/services/haproxy/runtime`
  const acls = await calls.read(deadline, `${base}/acls`, z.array(ListFile).nullable())
  const maps = await calls.read(deadline, `${base}/maps?include_unmanaged=true`, z.array(ListFile).nullable())
  const wanted = [
    ...(acls ?? []).map((one) => ({ kind: 'acl' as const, list: describe('acl', one) })),
    ...(maps ?? []).map((one) => ({ kind: 'map' as const, list: describe('map', one) })),
  ].filter(({ list }) => list.configuration !== 'httpclient')
  if (wanted.length > MOST_LISTS) throw dataplaneFault(calls.device, 'too-large', `${MOST_LISTS} lists`)
  return inTurn(wanted, async ({ kind, list }) => {
    const { file, line, keyword, id } = list
    const entries = await readEntries(calls, deadline, api, kind, id)
    return {
      kind,
      entries,
      // The API takes its own process' answer apart at blanks, and keeps the first words (client-native, runtime/acls.go and maps.go).
      cut: true,
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
      ...(keyword === undefined ? {} : { keyword }),
    }
  })
}

/** What has no file is named by its fetch in `storage_name`; the description tells the two apart. */
function describe(
  kind: 'acl' | 'map',
  { id, file, storage_name, description }: z.infer<typeof ListFile>,
): ListedPatterns {
  const described = readDescription(description)
  const name = kind === 'map' ? file : described.line === undefined ? storage_name : undefined
  return { id: String(id), ...described, ...(name === undefined ? {} : { file: name }) }
}

async function readEntries(
  calls: DataplaneCalls,
  deadline: AbortSignal,
  api: 'v2' | 'v3',
  kind: 'acl' | 'map',
  id: string,
): Promise<readonly RunningEntry[]> {
  const base = `/${api}/services/haproxy/runtime`
  // An empty list is answered with 404 (client-native, runtime/acls.go), as one that is gone; it was there a moment ago.
  const read = <T>(path: string, schema: z.ZodType<readonly T[]>) =>
    noneIfMissing(calls.read(deadline, base + path, schema))
  if (kind === 'acl') {
    const path =
      api === 'v3' ? `/acls/${encodeURIComponent(id)}/entries` : `/acl_file_entries?acl_id=${encodeURIComponent(id)}`
    return (await read(path, AclEntries)).map(({ value }) => ({ key: value }))
  }
  const number = encodeURIComponent(`#${id}`)
  const path = api === 'v3' ? `/maps/${number}/entries` : `/maps_entries?map=${number}`
  return read(path, MapEntries)
}

/** A few at a time, in order. */
async function inTurn<T, R>(all: readonly T[], read: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let at = 0; at < all.length; at += CALLS_AT_ONCE)
    done.push(...(await Promise.all(all.slice(at, at + CALLS_AT_ONCE).map(read))))
  return done
}

/** An empty list where the API answers that it does not know it. */
export async function noneIfMissing<T>(answer: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Fault && error.code === 'dataplane-not-found') return []
    throw error
  }
}
