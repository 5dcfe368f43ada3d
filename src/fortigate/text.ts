import type { Problem } from '../evidence/problem.ts'
import { type Lexer, type Report, readLeadingWord, readWords, startLexer } from './lexer.ts'

/** Those that a backup is made of stand before others with the same first letter. */
const VERBS = [
  'config',
  'edit',
  'set',
  'unset',
  'append',
  'select',
  'unselect',
  'clear',
  'delete',
  'rename',
  'clone',
  'move',
  'purge',
  'next',
  'end',
] as const
type Verb = (typeof VERBS)[number]

/** One statement with the exact stretch of text it owns, its blanks and line end included. */
export type Statement = {
  readonly kind: Verb | 'comment' | 'blank' | 'unknown'
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
 * A FortiOS text as its statements, in file order; blocks are told by `parent` and `closedBy`, so depth costs no stack.
 * INVARIANT: the stretches [from, to) are adjacent and cover the text from its first character to its last.
 */
export type FortiText = {
  readonly file: string
  readonly text: string
  readonly statements: readonly Statement[]
  /** For each statement: the index of the statement that closes the block it opens, -1 when it opens none or nothing closes it. */
  readonly closedBy: readonly number[]
  readonly problems: readonly Problem[]
}

/** Reads any text without loss and never throws: what is wrong is told with its place, and reading goes on. */
export function readFortiText(file: string, text: string): FortiText {
  const problems: Problem[] = []
  const report = (code: string, line: number, column: number, message: string, hint?: string) =>
    problems.push({ code, file, line, column, message, severity: 'error', ...(hint ? { hint } : {}) })
  const blocks = openBlocks(report)
  const statements: Statement[] = []
  const lexer = startLexer(text, report)
  while (lexer.at < text.length) {
    const from = lexer.at
    const { line } = lexer
    const verb = readLeadingWord(lexer, VERBS_BY_FIRST)
    readWords(lexer, verb !== undefined)
    const kind = verb ?? kindWithoutVerb(lexer, from)
    const skipped = verb === undefined && kind !== 'unknown' ? 1 : 0
    const words = lexer.words.length > skipped ? lexer.words.slice(skipped) : NO_WORDS
    const parent = blocks.place(kind, words, line, statements)
    statements.push({ kind, words, line, from, to: lexer.at, parent, broken: lexer.broken })
  }
  blocks.finish(statements)
  return { file, text, statements, closedBy: blocks.closedBy, problems }
}

/** The text again, byte for byte. */
export function printFortiText(tree: FortiText): string {
  return tree.statements.map((statement) => tree.text.slice(statement.from, statement.to)).join('')
}

/** The line as it stands, without indentation and line end; of a value over several lines, the first. */
export function wordsOfLine(tree: FortiText, statement: Statement): string {
  const whole = tree.text.slice(statement.from, statement.to)
  const cut = whole.indexOf('\n')
  return (cut < 0 ? whole : whole.slice(0, cut)).trim()
}

const NO_WORDS: readonly string[] = []

const VERBS_BY_FIRST: ReadonlyMap<number, readonly Verb[]> = Map.groupBy(VERBS, (verb) => verb.charCodeAt(0))

function kindWithoutVerb({ text, words, starts, ends }: Lexer, from: number): Statement['kind'] {
  if (words.length === 0) {
    // A comment runs to the end of its line, so a look at the first character that is not blank is enough.
    let at = from
    while (text[at] === ' ' || text[at] === '\t' || text[at] === '\r') at += 1
    return text[at] === '#' ? 'comment' : 'blank'
  }
  // The command line accepts any unambiguous beginning (`conf sys glo`); backups never use one.
  const raw = text.slice(starts[0], ends[0])
  const short = raw.length >= 3 ? VERBS.filter((verb) => verb.startsWith(raw)) : []
  return short.length === 1 && short[0] ? short[0] : 'unknown'
}

/** First words of sections that only stand at the top, in `global` or in a VDOM: seen deeper, an `end` is missing before them. */
const SECTIONS = new Set(['system', 'firewall', 'router', 'user', 'vpn', 'log', 'webfilter', 'ips', 'antivirus'])

function openBlocks(report: Report) {
  const closedBy: number[] = []
  const open: number[] = []
  const place = (
    kind: Statement['kind'],
    words: readonly string[],
    line: number,
    done: readonly Statement[],
  ): number => {
    const index = done.length
    closedBy.push(-1)
    if (kind === 'set' || kind === 'blank' || kind === 'comment') return open.at(-1) ?? -1
    const top = () => open.at(-1) ?? -1
    const inside = () => done[top()]?.kind
    const close = () => {
      const opener = open.pop()
      if (opener !== undefined) closedBy[opener] = index
    }
    const missing = (what: 'next' | 'end') =>
      report(`MISSING_${what.toUpperCase()}`, line, 0, `\`${what}\` is missing before this line`)
    if (kind === 'config') {
      if (open.length > 0 && words.length > 1 && SECTIONS.has(words[0] ?? '') && !atSectionLevel(done, open)) {
        missing('end')
        while (open.length > 0 && !atSectionLevel(done, open)) close()
      }
      const parent = top()
      open.push(index)
      return parent
    }
    if (kind === 'edit') {
      if (inside() === 'edit') {
        missing('next')
        close()
      }
      const parent = top()
      if (parent < 0) report('STRAY_EDIT', line, 0, '`edit` stands in no `config`')
      else open.push(index)
      return parent
    }
    if (kind === 'next') {
      if (inside() === 'config' && done[open.at(-2) ?? -1]?.kind === 'edit') {
        missing('end')
        close()
      }
      const parent = top()
      if (inside() === 'edit') close()
      else report('STRAY_NEXT', line, 0, '`next` closes nothing')
      return parent
    }
    if (kind === 'end') {
      // `end` commits and closes an open edit as well: the normal form of a VDOM block.
      if (inside() === 'edit') close()
      const parent = top()
      if (parent < 0) report('STRAY_END', line, 0, '`end` closes nothing')
      close()
      return parent
    }
    if (kind === 'unknown') report('UNKNOWN_LINE', line, 0, 'this is no statement of FortiOS', 'It is kept as it is.')
    return top()
  }
  const finish = (done: readonly Statement[]) => {
    for (const index of open) {
      const opener = done[index]
      if (opener) report('UNCLOSED_BLOCK', opener.line, 0, `this \`${opener.kind}\` is never closed`)
    }
  }
  return { closedBy, place, finish }
}

function atSectionLevel(done: readonly Statement[], open: readonly number[]): boolean {
  const top = done[open.at(-1) ?? -1]
  if (!top) return true
  if (top.kind === 'config') return top.words.length === 1 && top.words[0] === 'global'
  const table = done[open.at(-2) ?? -1]
  return table?.kind === 'config' && table.words.length === 1 && table.words[0] === 'vdom'
}
