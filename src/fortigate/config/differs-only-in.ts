import type { FortiDevice } from '../model.ts'
import { readTables } from './read-tables.ts'
import type { Entry, Table } from './tables.ts'

/**
 * Whether two configurations of one device say the same but for these entries of one VDOM, by section, each of which only one of the
 * two has. An edit is made in the text; this is how it is known to have meant what it was made for.
 */
export function differOnlyIn(
  before: FortiDevice,
  after: FortiDevice,
  vdom: string,
  entries: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  if (after.problems.length > before.problems.length) return false
  const [was, is] = [readTables(before.text).scopes, readTables(after.text).scopes]
  for (const scope of new Set([...was.keys(), ...is.keys()])) {
    const paths = new Set([...(was.get(scope)?.keys() ?? []), ...(is.get(scope)?.keys() ?? [])])
    for (const path of paths) {
      const apart = scope === vdom || scope === '' ? entries.get(path) : undefined
      if (!sameTables(was.get(scope)?.get(path), is.get(scope)?.get(path), apart)) return false
    }
  }
  return true
}

function sameTables(was: Table | undefined, is: Table | undefined, apart?: ReadonlySet<string>): boolean {
  for (const key of apart ?? []) if (was?.entries.has(key) === is?.entries.has(key)) return false
  const others = (table: Table | undefined) =>
    [...(table?.entries.values() ?? [])].filter(({ key }) => !apart?.has(key))
  const [mine, theirs] = [others(was), others(is)]
  return (
    mine.length === theirs.length && mine.every((entry, index) => sameEntries(entry, theirs[index])) && sameOwn(was, is)
  )
}

function sameOwn(was: Table | undefined, is: Table | undefined): boolean {
  const hasNone = (table: Table | undefined) => !table || (table.own.values.size === 0 && !table.own.tables)
  return (hasNone(was) && hasNone(is)) || (was !== undefined && sameEntries(was.own, is?.own))
}

function sameEntries(was: Entry, is: Entry | undefined): boolean {
  const written = is && writtenAs(was)
  if (is && written !== undefined && written === writtenAs(is)) return true
  if (!is || was.key !== is.key || was.values.size !== is.values.size) return false
  if ((was.strange?.length ?? 0) !== (is.strange?.length ?? 0)) return false
  for (const [name, { words }] of was.values) {
    const other = is.values.get(name)?.words
    if (!other || words.length !== other.length || words.some((word, index) => word !== other[index])) return false
  }
  const names = new Set([...(was.tables?.keys() ?? []), ...(is.tables?.keys() ?? [])])
  return [...names].every((name) => sameTables(was.tables?.get(name), is.tables?.get(name)))
}

/** The whole text of an entry that one block says all of; nearly all are such, and an edit leaves nearly all alone. */
function writtenAs({ opener, last, table }: Entry): string | undefined {
  const { tree, renames } = table.book
  const { rows, text } = tree
  const closer = rows.closers[opener] ?? -1
  if (closer < 0 || last > closer || renames.length > 0) return undefined
  return text.slice(rows.starts[opener], rows.starts[closer])
}
