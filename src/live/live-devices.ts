import { open } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { Fault } from '../evidence/fault.ts'
import { namedFiles } from '../haproxy/named-files.ts'
import { readHaproxyText } from '../haproxy/text.ts'
import type { LiveDevices, LiveHaproxy } from '../ports.ts'
import type { FortigateAccess } from './fortigate-calls.ts'
import { openFortigateClient } from './fortigate-client.ts'
import { openFortigateReader } from './fortigate-reader.ts'
import { type HaproxyRuntime, openHaproxyRuntime } from './haproxy-runtime.ts'

export type HaproxyAccess = {
  readonly device: string
  /** The folder that relative names in the configuration are looked up in, after the one the configuration lies in. */
  readonly dir: string
  /** The configuration; `haproxy.cfg` in `dir` when absent. */
  readonly file?: string | undefined
  /** Where the device's file system is mounted: absolute names in the configuration are read below it. */
  readonly root?: string | undefined
  /** Path of the stats socket, or `host:port`. */
  readonly socket?: string | undefined
  readonly timeoutMs?: number | undefined
}

const FILE_LIMIT_BYTES = 16 * 1024 * 1024
const MOST_FILES = 500

/** Opens the reading side of every device; nothing is asked before the first question. */
export function openLiveDevices(access: {
  readonly fortigates: readonly FortigateAccess[]
  readonly haproxies: readonly HaproxyAccess[]
}): LiveDevices & { close(): Promise<void> } {
  const fortigates = new Map(
    access.fortigates.map((each) => {
      const client = openFortigateClient(each)
      return [each.device, { client, reader: openFortigateReader(client) }] as const
    }),
  )
  const haproxies = new Map(access.haproxies.map((each) => [each.device, each] as const))
  return {
    async readFortigate(device, how) {
      const { reader } = known(fortigates, device)
      return { device, file: `${device} (live)`, ...(await reader.read(how)) }
    },
    async readHaproxy(device) {
      return readHaproxyDevice(known(haproxies, device))
    },
    async lookUpPolicy(device, packet) {
      return known(fortigates, device).client.policyLookup(packet)
    },
    async close() {
      await Promise.all([...fortigates.values()].map(({ client }) => client.close()))
    },
  }
}

function known<T>(devices: ReadonlyMap<string, T>, device: string): T {
  const found = devices.get(device)
  if (found === undefined) throw new Fault('device-not-connected', `I have no way set up to reach ${device}.`)
  return found
}

async function readHaproxyDevice(access: HaproxyAccess): Promise<LiveHaproxy> {
  const { device, dir, file = join(dir, 'haproxy.cfg') } = access
  const text = await readFile(device, 'the configuration', file)
  const written = await readNamedFiles(access, file, text)
  const answer = { device, file: `${device} (live)`, text }
  if (access.socket === undefined)
    return {
      ...answer,
      files: written,
      servers: undefined,
      unseen: `No way to the running process of ${device} is set up.`,
    }
  try {
    const runtime = openHaproxyRuntime({ device, socket: access.socket, timeoutMs: access.timeoutMs })
    const servers = await runtime.readServers()
    return { ...answer, files: await patternsInMemory(runtime, written, text), servers }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { ...answer, files: written, servers: undefined, unseen: error.says }
  }
}

/** Pattern and map files as they lie on disk. One that is not there is left out: the reader then says what hangs on it. */
async function readNamedFiles(access: HaproxyAccess, file: string, text: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for (const { path, role } of namedFiles(readHaproxyText(file, text))) {
    if ((role !== 'patterns' && role !== 'map') || files.has(path)) continue
    if (files.size >= MOST_FILES)
      throw new Fault('device-file', `The configuration of ${access.device} names more than ${MOST_FILES} files.`)
    for (const place of placesOf(access, file, path)) {
      const found = await readIfThere(access.device, place)
      if (found === undefined) continue
      files.set(path, found)
      break
    }
  }
  return files
}

function placesOf({ dir, root }: HaproxyAccess, file: string, path: string): string[] {
  if (isAbsolute(path)) return [join(root ?? '/', path)]
  return [...new Set([join(dirname(file), path), join(dir, path)])]
}

async function readIfThere(device: string, path: string): Promise<string | undefined> {
  try {
    return await readFile(device, 'a file it names', path)
  } catch (error) {
    const cause = error instanceof Fault ? error.cause : undefined
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR'))
      return undefined
    throw error
  }
}

async function readFile(device: string, what: string, path: string): Promise<string> {
  const says = `Of the HAProxy ${device}, ${what} cannot be read (${path}).`
  try {
    await using handle = await open(path, 'r')
    const { size } = await handle.stat()
    if (size > FILE_LIMIT_BYTES) throw new Fault('device-file', `${says.slice(0, -1)} because it is too large.`)
    return await handle.readFile('utf8')
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('device-file', says, error)
  }
}

/**
 * Lists as the running process holds them. `add acl` and `set map` change memory and never the file, so where the two differ memory
 * decides, and the text says so in its first line.
 */
async function patternsInMemory(
  runtime: HaproxyRuntime,
  written: ReadonlyMap<string, string>,
  text: string,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map(written)
  const kinds = new Map(
    namedFiles(readHaproxyText('', text)).map(({ path, role }) => [path, role === 'map' ? 'map' : 'acl'] as const),
  )
  for (const [path, onDisk] of written) {
    const held = await heldPatterns(runtime, kinds.get(path) ?? 'acl', path)
    if (held === undefined || sameEntries(held, onDisk)) continue
    files.set(path, [`# as the running process holds it; ${path} on disk differs`, ...held, ''].join('\n'))
  }
  return files
}

/** Undefined when the process does not know the file under this name, as after an edit that was not reloaded yet. */
async function heldPatterns(runtime: HaproxyRuntime, kind: 'acl' | 'map', path: string): Promise<string[] | undefined> {
  try {
    const patterns = await runtime.readPatterns(kind, path)
    return patterns.map(({ key, value }) => (value === undefined ? key : `${key} ${value}`))
  } catch (error) {
    if (error instanceof Fault && ['haproxy-refused', 'haproxy-not-a-question'].includes(error.code)) return undefined
    throw error
  }
}

/** Order and spacing apart; a map's order matters only among equal keys, which memory keeps too. */
function sameEntries(held: readonly string[], onDisk: string): boolean {
  const plain = (lines: readonly string[]) => lines.map((line) => line.trim().replaceAll(/\s+/g, ' ')).sort()
  const entries = onDisk.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  return plain(held).join('\n') === plain(entries).join('\n')
}
