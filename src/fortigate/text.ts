import type { Problem } from '../evidence/problem.ts'
import { openBlocks } from './text/blocks.ts'
import type { Kind } from './text/kinds.ts'
import { readStatement, startLexer } from './text/lexer.ts'
import { otherForm } from './text/other-forms.ts'
import { addRow, kindAt, type Rows, startRows, wordsAt } from './text/rows.ts'

/** One statement with the exact stretch of text it owns, its blanks and line end included. */
export type Statement = {
  readonly kind: Kind
  /** Values without quotes and escapes, and without the verb. */
  readonly words: readonly string[]
  readonly line: number
  readonly from: number
  readonly to: number
  /** Index of the `config` or `edit` it stands in, -1 at the top. */
  readonly parent: number
  /** Its words cannot be trusted: a quote was never closed. */
  readonly broken: boolean
}

/**
 * A FortiOS text as its statements, in file order; blocks are told by parents and closers, so depth costs no stack.
 * INVARIANT: the stretches of the statements are adjacent and cover the text from its first character to its last.
 */
export type FortiText = {
  readonly file: string
  readonly text: string
  readonly rows: Rows
  readonly problems: readonly Problem[]
  /** Every statement, for those who want to look at all; `statementAt` is cheaper for a few. */
  readonly statements: readonly Statement[]
  /** For each statement: the index of the statement that closes the block it opens, -1 when it opens none or nothing closes it. */
  readonly closedBy: readonly number[]
}

/** Reads any text without loss and never throws: what is wrong is told with its place, and reading goes on. */
export function readFortiText(file: string, text: string): FortiText {
  const problems: Problem[] = []
  const report = (code: string, line: number, column: number, message: string, hint?: string) =>
    problems.push({ code, file, line, column, message, severity: 'error', ...(hint ? { hint } : {}) })
  const lexer = startLexer(text, report)
  const rows = startRows(text, lexer.pool)
  let all: readonly Statement[] | undefined
  let closers: readonly number[] | undefined
  const tree: FortiText = {
    ...{ file, text, rows, problems },
    get statements() {
      all ??= statementsOf(tree)
      return all
    },
    get closedBy() {
      closers ??= [...rows.closers.subarray(0, rows.count)]
      return closers
    },
  }
  const blocks = openBlocks(rows, report)
  while (lexer.at < text.length) {
    const from = lexer.at
    const { line } = lexer
    readStatement(lexer)
    blocks.place(addRow(rows, lexer, from, line))
  }
  blocks.finish()
  const other = otherForm(file, rows)
  if (other) problems.splice(0, problems.length, other)
  return tree
}

/** The text again, byte for byte. */
export function printFortiText(tree: FortiText): string {
  return Array.from({ length: tree.rows.count }, (_, index) => textAt(tree, index)).join('')
}

/** Every statement. */
function statementsOf(tree: FortiText): readonly Statement[] {
  return Array.from({ length: tree.rows.count }, (_, index) => statementAt(tree, index)).flatMap((one) => one ?? [])
}

/** The statement with this index, if there is one. */
export function statementAt(tree: FortiText, index: number): Statement | undefined {
  const { rows } = tree
  const from = rows.starts[index]
  if (from === undefined || index >= rows.count) return undefined
  return {
    kind: kindAt(rows, index),
    words: wordsAt(rows, index),
    line: rows.lines[index] ?? 0,
    from,
    to: endOfRow(tree, index),
    parent: rows.parents[index] ?? -1,
    broken: rows.broken.has(index),
  }
}

/** The statement's text as it stands. */
export function textAt(tree: FortiText, index: number): string {
  return tree.text.slice(tree.rows.starts[index] ?? 0, endOfRow(tree, index))
}

function endOfRow({ rows, text }: FortiText, index: number): number {
  return index + 1 < rows.count ? (rows.starts[index + 1] ?? 0) : text.length
}
