import { type MapFiles, openMaps } from './maps.ts'
import type { Matcher } from './match.ts'
import type { Criterion, HaproxyDevice } from './model.ts'
import type { RuleIndex } from './rule-index.ts'

/** What evaluation needs besides the request: the device, and its lists, prepared at first use. */
export type Room = {
  readonly device: HaproxyDevice
  readonly maps: MapFiles
  readonly matchers: Map<Criterion, Matcher>
  readonly indexes: Map<readonly unknown[], RuleIndex | undefined>
  /** Variables that no single request decides: written while an expression is looked at, or by whatever request came before. */
  readonly shiftingVariables: ReadonlySet<string>
  /** Lists and maps that requests themselves add to: `http-request set-map(f.map) …`. */
  readonly shiftingFiles: ReadonlySet<string>
}

/** A room for one device. */
export function openRoom(device: HaproxyDevice): Room {
  const shiftingFiles = findShiftingFiles(device)
  return {
    device,
    maps: openMaps(new Map([...device.files].filter(([path]) => !shiftingFiles.has(path)))),
    matchers: new Map(),
    indexes: new Map(),
    shiftingVariables: findShiftingVariables(device),
    shiftingFiles,
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
