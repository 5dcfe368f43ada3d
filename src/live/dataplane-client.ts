import { z } from 'zod'
import { Fault } from '../evidence/fault.ts'
import { type DataplaneAccess, type DataplaneCalls, openDataplaneCalls } from './dataplane-calls.ts'
import { dataplaneFault, dataplaneStatusFault } from './dataplane-faults.ts'
import { type DataplaneRunning, noneIfMissing, readDataplaneRunning } from './dataplane-running.ts'
import type { RunningCertificate, RunningTable } from './haproxy-answers.ts'

/** A HAProxy's Data Plane API, version 2 or 3. It is asked with GET and has no way to write. */
export interface Dataplane {
  readVersion(): Promise<{ readonly api: DataplaneVersion; readonly version: string }>
  /** The configuration as it stands in its file, without the lines that the API keeps for itself. */
  readConfiguration(): Promise<{ readonly text: string; readonly version: number }>
  /** The files among these that it keeps in its storage, by the path written in the configuration. */
  readStored(paths: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** What the process holds; servers are asked for by backend. */
  readRunning(backends: readonly string[]): Promise<DataplaneRunning>
  readCertificates(): Promise<readonly RunningCertificate[]>
  readTables(): Promise<readonly RunningTable[]>
  readTable(name: string, most: number): Promise<RunningTable['entries']>
  close(): Promise<void>
}
export type DataplaneVersion = 'v2' | 'v3'

const Info = z.object({ api: z.object({ version: z.string().default('') }).default({ version: '' }) })
const RawV2 = z.object({ data: z.string() })
const Stored = z.array(z.object({ file: z.string().optional(), storage_name: z.string().optional() }))
const Reloads = z.array(z.object({ status: z.string() }))
const Certificate = z.object({
  storage_name: z.string().optional(),
  file: z.string().optional(),
  status: z.string().optional(),
  not_after: z.string().optional(),
  subject: z.string().optional(),
  // One text up to 2.9 and in most of 3, a list in between.
  subject_alternative_names: z.union([z.string(), z.array(z.string())]).optional(),
})
const Table = z.object({
  name: z.string(),
  type: z.string().default(''),
  size: z.int().nullish(),
  used: z.int().nullish(),
})
const Entry = z.looseObject({ key: z.string() })

/** Opens a client; the first question finds out which version is spoken. */
export function openDataplane(access: DataplaneAccess): Dataplane {
  const calls = openDataplaneCalls(access)
  const { device } = calls
  let spoken: DataplaneVersion | undefined
  const api = async (deadline: AbortSignal): Promise<DataplaneVersion> => {
    spoken ??= (await findVersion(calls, deadline)).api
    return spoken
  }
  const at = async (deadline: AbortSignal, path: string) => `/${await api(deadline)}/services/haproxy${path}`

  return {
    readVersion: () => findVersion(calls, calls.startDeadline()),
    async readConfiguration() {
      const deadline = calls.startDeadline()
      const readNumber = async () => calls.read(deadline, await at(deadline, '/configuration/version'), z.int())
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const version = await readNumber()
        const text = await readRaw(calls, deadline, await at(deadline, '/configuration/raw'))
        if ((await readNumber()) === version) return { text, version }
      }
      throw dataplaneFault(device, 'conflict')
    },
    async readStored(paths) {
      const deadline = calls.startDeadline()
      const files = new Map<string, string>()
      for (const kind of ['maps', 'general']) {
        const folder = await at(deadline, `/storage/${kind}`)
        // Without a folder for them the API answers that there is none.
        for (const { file, storage_name: name } of await noneIfMissing(calls.read(deadline, folder, Stored))) {
          if (file === undefined || name === undefined || !paths.includes(file)) continue
          const answer = await calls.get(deadline, `${folder}/${encodeURIComponent(name)}`)
          if (answer.status !== 200) throw dataplaneStatusFault(device, answer.status, `${folder}/${name}`)
          files.set(file, answer.text)
        }
      }
      return files
    },
    async readRunning(backends) {
      const deadline = calls.startDeadline()
      const reloads = await noneIfMissing(calls.read(deadline, await at(deadline, '/reloads'), Reloads))
      if (reloads.some(({ status }) => status === 'in_progress')) throw dataplaneFault(device, 'reloading')
      return readDataplaneRunning(calls, deadline, await api(deadline), backends)
    },
    async readCertificates() {
      const deadline = calls.startDeadline()
      const list = await calls.read(deadline, await at(deadline, '/runtime/ssl_certs'), z.array(Certificate))
      return list.map(describeCertificate)
    },
    async readTables() {
      const deadline = calls.startDeadline()
      const tables = await calls.read(deadline, await at(deadline, '/runtime/stick_tables'), z.array(Table))
      return tables.map(({ name, type, size, used }) => ({
        ...{ name, type, size: size ?? 0, used: used ?? 0, entries: [] },
        more: (used ?? 0) > 0,
      }))
    },
    async readTable(name, most) {
      const deadline = calls.startDeadline()
      const table = encodeURIComponent(name)
      const path =
        (await api(deadline)) === 'v3'
          ? `/runtime/stick_tables/${table}/entries?count=${most}`
          : `/runtime/stick_table_entries?stick_table=${table}&count=${most}`
      const entries = await calls.read(deadline, await at(deadline, path), z.array(Entry))
      return entries.slice(0, most).map(describeEntry)
    },
    close: () => calls.close(),
  }
}

function describeCertificate(row: z.infer<typeof Certificate>): RunningCertificate {
  const { storage_name, file, status = '', not_after, subject, subject_alternative_names: names = [] } = row
  return {
    file: storage_name ?? file ?? '',
    status,
    names: (typeof names === 'string' ? names.split(/, */) : names).map((name) => name.replace(/^DNS:/, '')),
    ...(not_after === undefined ? {} : { notAfter: not_after }),
    ...(subject === undefined ? {} : { subject }),
  }
}

function describeEntry({ key, ...rest }: z.infer<typeof Entry>): RunningTable['entries'][number] {
  const numbers = Object.entries(rest).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : []))
  return { key, data: Object.fromEntries(numbers) }
}

/** Version 3 is asked for first. Wrong credentials are a fault at once: for them every path is 401, those that do not exist too. */
async function findVersion(
  calls: DataplaneCalls,
  deadline: AbortSignal,
): Promise<{ readonly api: DataplaneVersion; readonly version: string }> {
  for (const api of ['v3', 'v2'] as const) {
    try {
      const info = await calls.read(deadline, `/${api}/info`, Info)
      return { api, version: info.api.version }
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'dataplane-not-found') throw error
    }
  }
  throw dataplaneFault(calls.device, 'no-such-version')
}

/** Version 3 answers the text itself, version 2 puts it into JSON (specification of either, `configuration/raw`). */
async function readRaw(calls: DataplaneCalls, deadline: AbortSignal, path: string): Promise<string> {
  const { device } = calls
  const { status, type, text } = await calls.get(deadline, path)
  if (status !== 200) throw dataplaneStatusFault(device, status, path)
  const plain = type.includes('json') ? readJsonText(device, text) : type.includes('text/plain') ? text : undefined
  if (plain === undefined)
    throw dataplaneFault(device, 'unexpected-answer', `no configuration but ${type || 'nothing'}`)
  // What was cut at its end lacks the line feed that HAProxy demands of a file.
  if (!plain.endsWith('\n') || plain.trim() === '') throw dataplaneFault(device, 'truncated')
  return plain
}

function readJsonText(device: string, text: string): string {
  try {
    const parsed = z.union([z.string(), RawV2]).safeParse(JSON.parse(text))
    if (parsed.success) return typeof parsed.data === 'string' ? parsed.data : parsed.data.data
  } catch (error) {
    throw dataplaneFault(device, 'truncated', '', error)
  }
  throw dataplaneFault(device, 'unexpected-answer', 'no configuration')
}
