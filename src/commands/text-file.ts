import { open, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Fault } from '../evidence/fault.ts'
import { namedFiles } from '../haproxy/text/named-files.ts'
import { readHaproxyText } from '../haproxy/text.ts'
import type { Terminal } from './terminal.ts'

const FILE_LIMIT_BYTES = 64 * 1024 * 1024
const MOST_NAMED_FILES = 500

/** The bytes of a file, or of standard input when it is `-`. */
export async function openBytes(io: Terminal, path: string): Promise<Buffer> {
  if (path === '-') return openStdin(io)
  try {
    await using handle = await open(path, 'r')
    const about = await handle.stat()
    if (about.isDirectory()) throw new Fault('file', `${path} is a folder, and a file was expected.`)
    if (about.size > FILE_LIMIT_BYTES) throw tooLarge(path)
    return await handle.readFile()
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    throw new Fault('file', `${path} cannot be read: ${whyNot(cause)}.`, cause)
  }
}

async function openStdin(io: Terminal): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of io.stdin) {
    size += chunk.length
    if (size > FILE_LIMIT_BYTES) throw tooLarge('standard input')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** As UTF-8 where it is, else one character a byte: a configuration in an old encoding is still read whole. */
export function decodeText(bytes: Uint8Array): { readonly text: string; readonly utf8: boolean } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), utf8: true }
  } catch {
    return { text: Buffer.from(bytes).toString('latin1'), utf8: false }
  }
}

export async function openText(io: Terminal, path: string): Promise<string> {
  return decodeText(await openBytes(io, path)).text
}

/**
 * The pattern and map files that a HAProxy configuration names, by the path written there, as they lie beside it. One that is not
 * there is left out: the reader then says what hangs on it.
 */
export async function openNamedFiles(path: string, text: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  const folder = path === '-' ? '.' : dirname(path)
  for (const { path: written, role } of namedFiles(readHaproxyText(path, text))) {
    if ((role !== 'patterns' && role !== 'map') || files.has(written)) continue
    if (files.size >= MOST_NAMED_FILES)
      throw new Fault('file', `${path} names more than ${MOST_NAMED_FILES} files, which is more than is read here.`)
    const found = await openIfThere(placesOf(folder, written))
    if (found !== undefined) files.set(written, found)
  }
  return files
}

/** Beside the configuration, under as much of its name as there is a folder for: on the device it lies elsewhere. */
function placesOf(folder: string, written: string): readonly string[] {
  const steps = written.split('/').filter((step) => step !== '' && step !== '.')
  return steps.map((_, index) => join(folder, ...steps.slice(index)))
}

async function openIfThere(places: readonly string[]): Promise<string | undefined> {
  for (const place of places) {
    try {
      await using handle = await open(place, 'r')
      const about = await handle.stat()
      if (!about.isFile()) continue
      if (about.size > FILE_LIMIT_BYTES) throw tooLarge(place)
      return decodeText(await handle.readFile()).text
    } catch (cause) {
      if (cause instanceof Fault) throw cause
      if (!isAbsent(cause)) throw new Fault('file', `${place} cannot be read: ${whyNot(cause)}.`, cause)
    }
  }
  return undefined
}

export function isAbsent(cause: unknown): boolean {
  return codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR'
}

/** The names in a folder, in order; undefined when there is no such folder. */
export async function listFolder(path: string) {
  try {
    const entries = await readdir(path, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (cause) {
    if (isAbsent(cause)) return undefined
    throw new Fault('file', `the folder ${path} cannot be read: ${whyNot(cause)}.`, cause)
  }
}

function tooLarge(path: string): Fault {
  return new Fault(
    'file',
    `${path} is larger than ${FILE_LIMIT_BYTES / 1024 / 1024} MiB, which is more than is read here.`,
  )
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}

export function whyNot(cause: unknown): string {
  switch (codeOf(cause)) {
    case 'ENOENT':
      return 'it is not there'
    case 'ENOTDIR':
      return 'a part of its path is no folder'
    case 'EACCES':
    case 'EPERM':
      return 'this user may not'
    case 'ELOOP':
      return 'its links go in a circle'
    default:
      return 'the file system said no'
  }
}
