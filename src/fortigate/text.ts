import type { Problem } from '../evidence/problem.ts'

/** One blank-separated word: its value, and how it was spelled (`"a b"`, `''`, `Security\ Admin`). */
export type Word = { readonly text: string; readonly raw: string; readonly line: number; readonly column: number }

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
  /** Without the verb. */
  readonly words: readonly Word[]
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
  const state: Lexer = { text, line: 1, deadQuotes: new Set(), report }
  let from = 0
  while (from < text.length) {
    const line = state.line
    const read = readWords(state, from)
    const verb = kindOf(text, from, read.words)
    const words = verb === 'comment' || verb === 'blank' || verb === 'unknown' ? read.words : read.words.slice(1)
    const parent = blocks.place(verb, words, line, statements)
    statements.push({ kind: verb, words, line, from, to: read.to, parent, broken: read.broken })
    from = read.to
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

type Report = (code: string, line: number, column: number, message: string, hint?: string) => void
type Lexer = {
  readonly text: string
  line: number
  /** Quote characters known to have no partner in the rest of the text: looking again would make reading quadratic. */
  readonly deadQuotes: Set<string>
  readonly report: Report
}
type Read = { words: Word[]; to: number; broken: boolean }

function kindOf(text: string, from: number, words: readonly Word[]): Statement['kind'] {
  const first = words[0]
  if (!first)
    return text
      .slice(from, from + 200)
      .trimStart()
      .startsWith('#')
      ? 'comment'
      : 'blank'
  const exact = VERBS.find((verb) => verb === first.raw)
  if (exact) return exact
  // The command line accepts any unambiguous beginning (`conf sys glo`); backups never use one.
  const short = first.raw.length >= 3 ? VERBS.filter((verb) => verb.startsWith(first.raw)) : []
  return short.length === 1 && short[0] ? short[0] : 'unknown'
}

/** Reads one statement from a line start: usually a line, more where a quote or a backslash carries it on. */
function readWords(lexer: Lexer, from: number): Read {
  const { text } = lexer
  const words: Word[] = []
  let at = from
  let lineStart = from
  let broken = false
  for (;;) {
    while (at < text.length && isBlank(text.charCodeAt(at))) at += 1
    if (at >= text.length) return { words, to: at, broken }
    if (text[at] === '\n') {
      lexer.line += 1
      return { words, to: at + 1, broken }
    }
    if (words.length === 0 && text[at] === '#') {
      const end = text.indexOf('\n', at)
      lexer.line += 1
      return { words, to: end < 0 ? text.length : end + 1, broken }
    }
    const start = at
    const startLine = lexer.line
    const column = at - lineStart + 1
    let value = ''
    while (at < text.length) {
      const char = text[at] ?? ''
      if (char === '\n' || isBlank(char.charCodeAt(0))) break
      if (char === '\\') {
        const escaped = text[at + 1] ?? ''
        if (escaped === '\n') {
          lexer.line += 1
          lineStart = at + 2
        } else if (escaped === '\r' && text[at + 2] === '\n') {
          lexer.line += 1
          lineStart = at + 3
          at += 1
        } else value += escaped
        at = Math.min(at + 2, text.length)
      } else if (char === '"' || char === "'") {
        const quoted = readQuoted(lexer, at)
        value += quoted.value
        at = quoted.to
        if (quoted.lines > 0) {
          lexer.line += quoted.lines
          lineStart = text.lastIndexOf('\n', at - 1) + 1
        }
        broken ||= quoted.broken
      } else {
        const stop = endOfPlain(text, at)
        value += text.slice(at, stop)
        at = stop
      }
    }
    const raw = text.slice(start, at)
    // A lone backslash before a line end continues the line and is no word.
    if (value !== '' || /["']/.test(raw)) words.push({ text: value, raw, line: startLine, column })
  }
}

function endOfPlain(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 10 || code === 92 || code === 34 || code === 39 || isBlank(code)) break
    at += 1
  }
  return at
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 13
}

/** Inside double quotes `\"`, `\'` and `\\` are escapes and nothing else is; inside single quotes there are none. */
function readQuoted(lexer: Lexer, from: number): { value: string; to: number; lines: number; broken: boolean } {
  const { text } = lexer
  const quote = text[from] ?? ''
  let value = ''
  let lines = 0
  let at = from + 1
  let plain = at
  while (at < text.length && !lexer.deadQuotes.has(quote)) {
    const char = text[at]
    if (char === quote) {
      const next = text[at + 1]
      // A value over several lines that is followed by more word is two values with a quote forgotten between them.
      if (lines > 0 && next !== undefined && next !== '\n' && !isBlank(next.charCodeAt(0))) break
      return { value: value + text.slice(plain, at), to: at + 1, lines, broken: false }
    }
    if (char === '\\' && quote === '"') {
      const escaped = text[at + 1]
      if (escaped === '"' || escaped === "'" || escaped === '\\') {
        value += text.slice(plain, at) + escaped
        at += 2
        plain = at
        continue
      }
    }
    if (char === '\n') lines += 1
    at += 1
  }
  if (at >= text.length) lexer.deadQuotes.add(quote)
  const end = text.indexOf('\n', from)
  const to = end < 0 ? text.length : end
  lexer.report('UNCLOSED_QUOTE', lexer.line, 0, `a ${quote} is opened and not closed`, 'The line is kept but not used.')
  return { value: text.slice(from + 1, to), to, lines: 0, broken: true }
}

/** First words of sections that only stand at the top, in `global` or in a VDOM: seen deeper, an `end` is missing before them. */
const SECTIONS = new Set(['system', 'firewall', 'router', 'user', 'vpn', 'log', 'webfilter', 'ips', 'antivirus'])

function openBlocks(report: Report) {
  const closedBy: number[] = []
  const open: number[] = []
  const place = (kind: Statement['kind'], words: readonly Word[], line: number, done: readonly Statement[]): number => {
    const index = done.length
    closedBy.push(-1)
    const top = () => open.at(-1) ?? -1
    const inside = () => done[top()]?.kind
    const close = () => {
      const opener = open.pop()
      if (opener !== undefined) closedBy[opener] = index
    }
    const missing = (what: 'next' | 'end') =>
      report(`MISSING_${what.toUpperCase()}`, line, 0, `\`${what}\` is missing before this line`)
    if (kind === 'config') {
      if (open.length > 0 && words.length > 1 && SECTIONS.has(words[0]?.text ?? '') && !atSectionLevel(done, open)) {
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
  if (top.kind === 'config') return top.words.length === 1 && top.words[0]?.text === 'global'
  const table = done[open.at(-2) ?? -1]
  return table?.kind === 'config' && table.words.length === 1 && table.words[0]?.text === 'vdom'
}
