import type { RunningEntry, RunningHaproxy, RunningList } from './running-process.ts'
import { namedFiles } from './text/named-files.ts'
import { readMapFile, readPatternFile } from './text/patterns.ts'
import type { HaproxyText } from './text.ts'

/** One pattern or map file that a configuration names: what lies on disk, and what the process holds under its name. */
export type FileInMemory = {
  readonly path: string
  readonly kind: 'acl' | 'map'
  /** The line of the configuration that names it. */
  readonly line: number
  /** Entries as `key` or `key value`; undefined when the file could not be read. */
  readonly written: readonly string[] | undefined
  /** Undefined when the process has no list of that name: the file is not what it runs. */
  readonly held: readonly string[] | undefined
}

/** Every pattern and map file of a configuration beside its list in memory. */
export function filesInMemory(
  text: HaproxyText,
  written: ReadonlyMap<string, string>,
  running: RunningHaproxy,
): readonly FileInMemory[] {
  const lists = new Map(
    running.lists.flatMap((list) => (list.file === undefined ? [] : [[`${list.kind} ${plainPath(list.file)}`, list]])),
  )
  const found = new Map<string, FileInMemory>()
  for (const { path, role, line } of namedFiles(text)) {
    if ((role !== 'patterns' && role !== 'map') || found.has(path)) continue
    const kind = role === 'map' ? 'map' : 'acl'
    const list = lists.get(`${kind} ${plainPath(path)}`)
    const onDisk = written.get(path)
    const lines = onDisk === undefined ? undefined : printEntries(kind, onDisk)
    found.set(path, { path, kind, line, written: lines, held: list && heldEntries(list, lines ?? []) })
  }
  return [...found.values()]
}

/**
 * The files as the process holds them. `add acl` and `set map` change memory and never the file, so where the two differ memory decides,
 * and the text says so in its first line.
 */
export function textsInMemory(
  files: readonly FileInMemory[],
  written: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const texts = new Map(written)
  for (const { path, written: onDisk, held } of files) {
    if (held === undefined || (onDisk && onDisk.join('\n') === held.join('\n'))) continue
    texts.set(path, [`# as the running process holds it; ${path} on disk differs`, ...held, ''].join('\n'))
  }
  return texts
}

/** 3.0 names lists `file@…` and `opt@…` as they are written. */
function plainPath(path: string): string {
  return path.replace(/^(?:opt|file)@/, '')
}

function printEntries(kind: 'acl' | 'map', text: string): readonly string[] {
  return kind === 'acl' ? readPatternFile(text) : readMapFile(text).map(([key, value]) => `${key} ${value}`)
}

/** Entries that are known up to a blank only are taken from the file, where one there begins like that. */
function heldEntries({ kind, entries, cut }: RunningList, written: readonly string[]): readonly string[] {
  const usable = entries.filter(({ value }) => kind === 'acl' || (value ?? '') !== '')
  if (!cut) return usable.map(printEntry)
  const whole = new Map(written.map((entry) => [cutAtBlank(kind, entry), entry] as const))
  return usable.map((entry) => whole.get(printEntry(entry)) ?? printEntry(entry))
}

function printEntry({ key, value }: RunningEntry): string {
  return value === undefined ? key : `${key} ${value}`
}

function cutAtBlank(kind: 'acl' | 'map', entry: string): string {
  return entry
    .split(/\s+/)
    .slice(0, kind === 'acl' ? 1 : 2)
    .join(' ')
}
