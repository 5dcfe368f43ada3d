import { isUnmodelled } from './keywords.ts'
import { type Entry, oddValuesOf } from './tables.ts'

/** The first thing in the entry that is not modelled and could matter. */
export function oddity(path: string, entry: Entry): string | undefined {
  const strange = entry.strange?.[0]
  if (strange) return `line ${strange.line}`
  return oddValuesOf(entry).find(({ words }) => isUnmodelled(path, words[0] ?? '', words))?.words[0]
}
