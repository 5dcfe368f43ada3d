import type { FlowSet } from '../flow/flow-set.ts'
import type { HaproxyDevice } from '../haproxy/model.ts'
import type { HaproxyText } from '../haproxy/text.ts'

/** The same names for the same things before and after a change. */
export type StableNames = { readonly words: (name: string) => string; readonly flows: (flows: FlowSet) => FlowSet }

/**
 * Unknowns are named by the line they come from, and a change moves lines. So that "the same unknown, before and after" can be
 * said, line numbers in their names become what stands there: section, words, and which of several equal lines in the section.
 */
export function stableNames(device: HaproxyDevice): StableNames {
  const places = new Map<number, string>()
  const mention = new RegExp(`(?:${device.file.replace(/[^\w]/g, '\\$&')}:|\\bline )(\\d+)`, 'g')
  const rename = (name: string): string =>
    name.replaceAll(mention, (whole, number: string) => placeOf(device.text, Number(number), places) ?? whole)
  const renameFlows = (flows: FlowSet): FlowSet =>
    flows.map((box) => {
      if (![...box.keys()].some((dimension) => dimension.startsWith('unknown:'))) return box
      return new Map(
        [...box].map(([dimension, values]) => [
          dimension.startsWith('unknown:') ? rename(dimension) : dimension,
          values,
        ]),
      )
    })
  return { words: rename, flows: renameFlows }
}

function placeOf(text: HaproxyText, line: number, places: Map<number, string>): string | undefined {
  const known = places.get(line)
  if (known !== undefined) return known
  const section = text.sections.find((one) => one.from < line && line <= one.to)
  const words = text.lines[line - 1]?.raw.trim()
  if (words === undefined) return undefined
  const before = text.lines.slice(section?.from ?? 0, line - 1)
  const nth = 1 + before.filter((other) => other.raw.trim() === words).length
  const place = `“${words}”${section ? ` in ${section.keyword} ${section.name}` : ''}${nth > 1 ? ` (${nth})` : ''}`
  places.set(line, place)
  return place
}
