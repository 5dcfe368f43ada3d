import type { Criterion, HaproxyDevice } from '../model.ts'
import { type MapFiles, openMaps } from './maps.ts'
import type { Matcher } from './match.ts'
import type { RuleIndex } from './rule-index.ts'

/** What evaluation needs besides the request: the device, and its lists, prepared at first use. */
export type Room = {
  readonly device: HaproxyDevice
  readonly maps: MapFiles
  readonly matchers: Map<Criterion, Matcher>
  /** Long lists of criteria, those of one kind as one. */
  readonly groups: Map<readonly Criterion[], readonly Criterion[]>
  readonly indexes: Map<readonly unknown[], RuleIndex | undefined>
  /** Variables that no single request decides: written while an expression is looked at, or by whatever request came before. */
  readonly shiftingVariables: ReadonlySet<string>
  /** Lists and maps that requests themselves add to: `http-request set-map(f.map) …`. */
  readonly shiftingFiles: ReadonlySet<string>
  /**
   * Lists and maps that are looked up both by substring and by ending: the two share what a thread remembers of either (the LRU cache of
   * src/pattern.c hangs on the expression, and both have the same one; measured), so that the answer is the one of whoever asked first.
   */
  readonly sharedFiles: ReadonlySet<string>
}

/** A room for one device. */
export function openRoom(device: HaproxyDevice): Room {
  const shiftingFiles = findShiftingFiles(device)
  const sharedFiles = findSharedFiles(device)
  return {
    device,
    maps: openMaps(new Map([...device.files].filter(([path]) => !shiftingFiles.has(path))), sharedFiles),
    matchers: new Map(),
    groups: new Map(),
    indexes: new Map(),
    shiftingVariables: findShiftingVariables(device),
    shiftingFiles,
    sharedFiles,
  }
}

/** `,set-var(txn.x)` is a converter that writes; `set-var(proc.x)` in a rule outlives the request. */
function findShiftingVariables({ text }: HaproxyDevice): ReadonlySet<string> {
  const found = new Set<string>()
  for (const { raw } of text.lines) {
    if (!raw.includes('set-var')) continue
    for (const [, name = ''] of raw.matchAll(/,\s*(?:un)?set-var\(([^),]+)/g)) found.add(name)
    for (const [, name = ''] of raw.matchAll(/\s(?:un)?set-var(?:-fmt)?\((proc\.[^),]+)/g)) found.add(name)
  }
  return found
}

function findShiftingFiles({ text }: HaproxyDevice): ReadonlySet<string> {
  const found = new Set<string>()
  for (const { raw } of text.lines)
    for (const [, name = ''] of raw.matchAll(/\s(?:set-map|del-map|add-acl|del-acl)\(([^)]+)\)/g)) found.add(name)
  return found
}

function findSharedFiles({ text }: HaproxyDevice): ReadonlySet<string> {
  const asked = new Map<string, Set<string>>()
  const note = (file: string, method: string) => asked.set(file, (asked.get(file) ?? new Set()).add(method))
  for (const { raw } of text.lines) {
    if (/^\s*tune\.pattern\.cache-size\s+0\b/.test(raw)) return new Set()
    for (const [, method = '', file = ''] of raw.matchAll(/\bmap_(sub|end)(?:_(?:str|int|ip))?\(([^,)]+)/g))
      note(file, method)
    if (!raw.includes('-f')) continue
    for (const part of raw.split(/[{}]/)) {
      const method = /\s-m\s+(sub|end)\b/.exec(part)?.[1] ?? /^\s*(?:acl\s+\S+\s+)?[\w.]+_(sub|end)\b/.exec(part)?.[1]
      if (method !== undefined) for (const [, file = ''] of part.matchAll(/\s-f\s+(\S+)/g)) note(file, method)
    }
  }
  return new Set([...asked].filter(([, methods]) => methods.size > 1).map(([file]) => file))
}
