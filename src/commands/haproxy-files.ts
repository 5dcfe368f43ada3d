import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Fault } from '../evidence/fault.ts'
import type { HaproxyFile, TextOptions } from '../haproxy/text.ts'
import type { Wrong } from './arguments.ts'
import type { Terminal } from './terminal.ts'
import { decodeText, openBytes, openNamedFiles, whyNot } from './text-file.ts'

/** A configuration as HAProxy is started with it, and the lists and maps that it names. */
export type OpenedHaproxy = {
  /** What to call it as a whole. */
  readonly file: string
  readonly parts: readonly HaproxyFile[]
  readonly files: ReadonlyMap<string, string>
  readonly utf8: boolean
}

const MOST_PARTS = 500

/**
 * Files in the order in which they are given, as HAProxy reads those behind its `-f`. A folder stands for its files `*.cfg` in the order
 * of the C locale, hidden ones and folders left out (src/haproxy.c, cfgfiles_expand_directories).
 */
export async function openHaproxyFiles(io: Terminal, given: readonly string[]): Promise<OpenedHaproxy> {
  if (given.filter((path) => path === '-').length > 1)
    throw new Fault('file', 'Standard input is one file: name - once.')
  const paths = (await Promise.all(given.map(expand))).flat()
  if (paths.length > MOST_PARTS)
    throw new Fault('file', `These are more than ${MOST_PARTS} files, which is more than is read here.`)
  const names = paths.map((path) => (path === '-' ? 'stdin' : basename(path)))
  const told = new Set(names).size === names.length ? names : paths
  const parts: HaproxyFile[] = []
  const files = new Map<string, string>()
  let utf8 = true
  for (const [at, path] of paths.entries()) {
    const decoded = decodeText(await openBytes(io, path))
    utf8 &&= decoded.utf8
    parts.push({ file: told[at] ?? path, text: decoded.text })
    for (const [name, text] of await openNamedFiles(path, decoded.text)) if (!files.has(name)) files.set(name, text)
  }
  return { file: given.length === 1 ? nameOf(given[0]) : names.join(' + '), parts, files, utf8 }
}

function nameOf(path = ''): string {
  return path === '-' ? 'stdin' : basename(path)
}

async function expand(path: string): Promise<readonly string[]> {
  if (path === '-') return [path]
  try {
    const entries = await readdir(path, { withFileTypes: true })
    const found = entries
      .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.cfg') && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    if (found.length === 0) throw new Fault('file', `The folder ${path} holds no file *.cfg.`)
    return found.map((name) => join(path, name))
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    // What is no folder, or is not there, is said when it is opened.
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOTDIR' || cause.code === 'ENOENT'))
      return [path]
    throw new Fault('file', `the folder ${path} cannot be read: ${whyNot(cause)}.`, cause)
  }
}

/** The options that say where HAProxy runs: `--haproxy-version`, and `--env NAME=VALUE` once a variable. */
export function readSurroundings(
  version: string | undefined,
  variables: readonly string[],
): Pick<TextOptions, 'version' | 'environment'> | Wrong {
  if (version !== undefined && !/\d+\.\d+/.test(version))
    return { wrong: `--haproxy-version is a release, such as 3.0.5, or what haproxy -v prints.` }
  const environment = new Map<string, string>()
  for (const variable of variables) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(variable) ?? []
    if (name === undefined || value === undefined) return { wrong: `--env is written NAME=VALUE, not ${variable}.` }
    environment.set(name, value)
  }
  return {
    ...(version === undefined ? {} : { version }),
    ...(environment.size === 0 ? {} : { environment }),
  }
}
