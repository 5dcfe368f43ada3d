import { stringify } from 'yaml'

type Entry = Readonly<Record<string, unknown>>

/** One entry of an `access:` list, a line for each field, its dash in column `dash`. */
export function entryLines(entry: Entry, dash: number): string[] {
  const indent = ' '.repeat(dash)
  return Object.entries(entry).map(
    ([key, value], index) => `${indent}${index === 0 ? '- ' : '  '}${key}: ${valueText(value)}`,
  )
}

/** The same on one line, for lists that are written that way. */
export function flowEntry(entry: Entry): string {
  return `{ ${Object.entries(entry)
    .map(([key, value]) => `${key}: ${valueText(value)}`)
    .join(', ')} }`
}

export function flowList(values: readonly unknown[]): string {
  return `[${values.map(scalarText).join(', ')}]`
}

/** One line that means this string and nothing else, wherever in a file it stands. */
export function scalarText(value: unknown): string {
  const list = stringify([value], {
    collectionStyle: 'flow',
    lineWidth: 0,
    blockQuote: false,
    flowCollectionPadding: false,
  })
  return list.trim().slice(1, -1)
}

function valueText(value: unknown): string {
  return Array.isArray(value) ? flowList(value) : scalarText(value)
}
