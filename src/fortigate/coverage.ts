import { isUnmodelled, sectionKind } from './keywords.ts'
import type { FortiCoverage } from './model.ts'
import type { Entry, Scopes, Table } from './tables.ts'
import { type FortiText, wordsOfLine } from './text.ts'

/** How much of the text that takes part in verdicts is modelled, and the lines that are not. */
export function readCoverage(tree: FortiText, scopes: Scopes): FortiCoverage {
  const kinds = tree.statements.map(() => 'beside' as ReturnType<typeof sectionKind>)
  const odd = new Set<number>()
  for (const tables of scopes.values()) {
    for (const table of tables.values()) {
      const kind = sectionKind(table.path)
      kinds[table.opener] = kind
      if (kind === 'unmodelled') {
        for (const entry of table.entries.values()) odd.add(entry.line)
        if (table.own.values.size > 0 || table.own.tables) odd.add(table.line)
      }
      for (const line of oddLines(table)) odd.add(line)
    }
  }
  let lines = 0
  let modelled = 0
  let beside = 0
  const unmodelled: { line: number; says: string }[] = []
  tree.statements.forEach((statement, index) => {
    if (statement.kind === 'comment' || statement.kind === 'blank') return
    const own = kinds[index] ?? 'beside'
    const inherited = kinds[statement.parent]
    const kind = statement.kind === 'config' && own !== 'beside' ? own : (inherited ?? own)
    kinds[index] = kind
    if (kind === 'beside') beside += 1
    else lines += 1
    if (kind === 'modelled' && !odd.has(statement.line)) modelled += 1
    if (odd.has(statement.line) && kind !== 'beside') {
      unmodelled.push({ line: statement.line, says: wordsOfLine(tree, statement) })
    }
  })
  return { lines, modelled, beside, unmodelled }
}

function oddLines(table: Table): readonly number[] {
  const lines = table.unfollowed.map((statement) => statement.line)
  const look = (entry: Entry) => {
    for (const statement of entry.strange ?? []) lines.push(statement.line)
    for (const [name, value] of entry.values) if (isUnmodelled(table.path, name, value.words)) lines.push(value.line)
  }
  look(table.own)
  for (const entry of table.entries.values()) look(entry)
  return lines
}
