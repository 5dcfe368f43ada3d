import { open } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { Fault } from '../evidence/fault.ts'
import { readHaproxy } from '../haproxy/config.ts'
import { filesInMemory, textsInMemory } from '../haproxy/files-in-memory.ts'
import { inlineLists } from '../haproxy/running-process.ts'
import { namedFiles } from '../haproxy/text/named-files.ts'
import { readHaproxyText } from '../haproxy/text.ts'
import type { LiveHaproxy } from '../ports.ts'
import { openHaproxyRuntime } from './haproxy-runtime.ts'

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
/** How much younger than its process a file may be: a clock of a mount may be off, and a reload takes its time. */
const SETTLING_SECONDS = 30

/** The configuration from its files, and over it what the running process says of itself. */
export async function readHaproxyDevice(access: HaproxyAccess): Promise<LiveHaproxy> {
  const { device, dir, file = join(dir, 'haproxy.cfg'), socket, timeoutMs } = access
  const { text, writtenAt } = await readFile(device, 'the configuration', file)
  const written = await readNamedFiles(access, file, text)
  const answer = { device, file: `${device} (live)`, text }
  if (socket === undefined)
    return {
      ...answer,
      files: written,
      servers: undefined,
      unseen: `No way to the running process of ${device} is set up.`,
    }
  try {
    const runtime = openHaproxyRuntime({ device, socket, timeoutMs })
    const { running, servers } = await runtime.readRunning()
    const unseen = [
      ...(inlineLists(
        readHaproxy({ id: device }, answer.file, text, written, { version: running.version }),
        running,
      ) === undefined
        ? [
            `The conditions that ${device} runs are not those of its file: it was changed and not reloaded. I went by the file.`,
          ]
        : []),
      ...(writtenAt > (running.startedAt ?? writtenAt) + SETTLING_SECONDS
        ? [`The configuration of ${device} was written after its process had started, so it may not be what runs.`]
        : []),
      ...(socket.startsWith('master@') ? sayProcesses(device, await runtime.readProcesses()) : []),
    ]
    const files = textsInMemory(filesInMemory(readHaproxyText(file, text), written, running), written)
    return { ...answer, files, written, running, servers, ...(unseen.length > 0 ? { unseen: unseen.join(' ') } : {}) }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { ...answer, files: written, servers: undefined, unseen: error.says }
  }
}

/** What a master knows that its worker does not: whoever is connected to an old worker lives by an old configuration. */
function sayProcesses(
  device: string,
  processes: readonly { readonly old: boolean; readonly failedReloads: number }[],
): string[] {
  const old = processes.filter((one) => one.old).length
  const failed = Math.max(0, ...processes.map(({ failedReloads }) => failedReloads))
  return [
    ...(old > 0
      ? [
          `${old === 1 ? 'An old worker' : `${old} old workers`} of ${device} still ${old === 1 ? 'serves' : 'serve'} connections from before the last reload.`,
        ]
      : []),
    ...(failed > 0
      ? [`A reload of ${device} failed, so its process may run an older configuration than its file.`]
      : []),
  ]
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
    return (await readFile(device, 'a file it names', path)).text
  } catch (error) {
    const cause = error instanceof Fault ? error.cause : undefined
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR'))
      return undefined
    throw error
  }
}

async function readFile(
  device: string,
  what: string,
  path: string,
): Promise<{ readonly text: string; readonly writtenAt: number }> {
  const says = `Of the HAProxy ${device}, ${what} cannot be read (${path}).`
  try {
    await using handle = await open(path, 'r')
    const { size, mtimeMs } = await handle.stat()
    if (size > FILE_LIMIT_BYTES) throw new Fault('device-file', `${says.slice(0, -1)} because it is too large.`)
    return { text: await handle.readFile('utf8'), writtenAt: mtimeMs / 1000 }
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('device-file', says, error)
  }
}
