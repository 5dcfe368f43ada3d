import type { FortiCoverage } from '../model.ts'
import { BLANK, COMMENT, CONFIG, PROMPT } from '../text/kinds.ts'
import { redactedLine } from '../text/redact.ts'
import type { FortiText } from '../text.ts'
import { isUnmodelled, sectionKind } from './keywords.ts'
import { type Entry, oddValuesOf, type Scopes, type Table } from './tables.ts'

/** How much of the text that takes part in verdicts is modelled, and the lines that are not. */
export function readCoverage(tree: FortiText, scopes: Scopes): FortiCoverage {
  const { count, kinds: statements, lines: places, parents } = tree.rows
  const { sections, odd } = lookAround(scopes)
  const kinds: ReturnType<typeof sectionKind>[] = []
  let lines = 0
  let modelled = 0
  let beside = 0
  const unmodelled: { line: number; says: string }[] = []
  for (let index = 0; index < count; index += 1) {
    const statement = statements[index] ?? BLANK
    const inherited = kinds[parents[index] ?? -1]
    const own = sections.get(index) ?? 'beside'
    const kind = statement === CONFIG && own !== 'beside' ? own : (inherited ?? own)
    kinds.push(kind)
    if (statement === COMMENT || statement === BLANK || statement === PROMPT) continue
    if (kind === 'beside') {
      beside += 1
      continue
    }
    lines += 1
    const line = places[index] ?? 0
    if (odd.has(line)) unmodelled.push({ line, says: redactedLine(tree, index) })
    else if (kind === 'modelled') modelled += 1
  }
  return { lines, modelled, beside, unmodelled }
}

/** What each section is, by its `config` statement, and the lines that are not modelled. */
function lookAround(scopes: Scopes) {
  const sections = new Map<number, ReturnType<typeof sectionKind>>()
  const odd = new Set<number>()
  for (const tables of scopes.values()) {
    for (const table of tables.values()) {
      const kind = sectionKind(table.path)
      sections.set(table.opener, kind)
      if (kind === 'unmodelled') {
        for (const entry of table.entries.values()) odd.add(entry.line)
        if (table.own.last >= 0 || table.own.tables) odd.add(table.line)
      }
      for (const line of oddLines(table)) odd.add(line)
    }
  }
  return { sections, odd }
}

function oddLines(table: Table): readonly number[] {
  const linesIn = (entry: Entry) => [
    ...(entry.strange ?? []).map((statement) => statement.line),
    ...oddValuesOf(entry).flatMap(({ words, line }) => (isUnmodelled(table.path, words[0] ?? '', words) ? [line] : [])),
  ]
  return [table.own, ...table.entries.values()].flatMap(linesIn)
}
