export type Report = (code: string, line: number, column: number, message: string, hint?: string) => void
/**
 * Where reading stands. The words are those of the statement read last: values, and where the spelling of each (`"a b"`, `''`,
 * `Security\ Admin`) starts and ends. `broken`: a quote of it was never closed.
 */
export type Lexer = {
  readonly text: string
  readonly words: string[]
  readonly starts: number[]
  readonly ends: number[]
  at: number
  line: number
  broken: boolean
  /** Quote characters known to have no partner in the rest of the text: looking again would make reading quadratic. */
  readonly deadQuotes: Set<string>
  readonly report: Report
}

const TAB = 9
const LINE_END = 10
const RETURN = 13
const BLANK = 32
const DOUBLE = 34
const HASH = 35
const SINGLE = 39
const BACKSLASH = 92

/** Reading from the first character on. */
export function startLexer(text: string, report: Report): Lexer {
  return { text, words: [], starts: [], ends: [], at: 0, line: 1, broken: false, deadQuotes: new Set(), report }
}

/**
 * Which of these words the line starts with, spelled out and followed by a blank or the line's end; reading then stands behind it.
 * Undefined leaves the line to `readWords`.
 */
export function readLeadingWord<W extends string>(
  lexer: Lexer,
  byFirst: ReadonlyMap<number, readonly W[]>,
): W | undefined {
  const { text } = lexer
  let { at } = lexer
  let code = text.charCodeAt(at)
  while (code === BLANK || code === TAB || code === RETURN) code = text.charCodeAt(++at)
  for (const word of byFirst.get(code) ?? []) {
    if (!text.startsWith(word, at) || !endsWord(text.charCodeAt(at + word.length))) continue
    lexer.at = at + word.length
    return word
  }
  return undefined
}

/** Reads one statement from a line start: usually a line, more where a quote or a backslash carries it on. */
export function readWords(lexer: Lexer, isBehindVerb = false): void {
  const { text, words } = lexer
  let { at } = lexer
  words.length = 0
  lexer.starts.length = 0
  lexer.ends.length = 0
  lexer.broken = false
  for (;;) {
    let code = text.charCodeAt(at)
    while (code === BLANK || code === TAB || code === RETURN) code = text.charCodeAt(++at)
    if (at >= text.length) break
    if (code === LINE_END) {
      lexer.line += 1
      at += 1
      break
    }
    if (code === HASH && words.length === 0 && !isBehindVerb) {
      const end = text.indexOf('\n', at)
      lexer.line += 1
      at = end < 0 ? text.length : end + 1
      break
    }
    const stop = code === DOUBLE ? endOfSimpleQuote(lexer, at) : endOfPlain(text, at)
    if (stop > at && endsWord(text.charCodeAt(stop))) {
      keep(lexer, code === DOUBLE ? text.slice(at + 1, stop - 1) : text.slice(at, stop), at, stop)
      at = stop
    } else {
      lexer.at = at
      readTwistedWord(lexer)
      at = lexer.at
    }
  }
  lexer.at = at
}

/** A word with escapes, several quotes or line ends in it. */
function readTwistedWord(lexer: Lexer): void {
  const { text } = lexer
  const start = lexer.at
  let at = start
  let value = ''
  let quoted = false
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === LINE_END || isBlank(code)) break
    if (code === BACKSLASH) {
      const escaped = text[at + 1] ?? ''
      if (escaped === '\n') lexer.line += 1
      else if (escaped === '\r' && text[at + 2] === '\n') {
        lexer.line += 1
        at += 1
      } else value += escaped
      at = Math.min(at + 2, text.length)
    } else if (code === DOUBLE || code === SINGLE) {
      const inside = readQuoted(lexer, at)
      quoted = true
      value += inside.value
      at = inside.to
      lexer.line += inside.lines
      lexer.broken ||= inside.broken
    } else {
      const stop = endOfPlain(text, at)
      value += text.slice(at, stop)
      at = stop
    }
  }
  lexer.at = at
  // A lone backslash before a line end continues the line and is no word.
  if (value !== '' || quoted) keep(lexer, value, start, at)
}

function keep(lexer: Lexer, word: string, from: number, to: number): void {
  lexer.words.push(word)
  lexer.starts.push(from)
  lexer.ends.push(to)
}

function endOfPlain(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    // NaN, past the end, equals nothing and is caught by its own comparison.
    if (!(code > BLANK)) {
      if (Number.isNaN(code) || code === LINE_END || isBlank(code)) return at
    } else if (code === BACKSLASH || code === DOUBLE || code === SINGLE) return at
    at += 1
  }
}

/** The end of a quoted value on one line without escapes, which nearly all are; otherwise `from`. */
function endOfSimpleQuote(lexer: Lexer, from: number): number {
  if (lexer.deadQuotes.size > 0) return from
  const { text } = lexer
  for (let at = from + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === DOUBLE) return at + 1
    if (code === BACKSLASH || code === LINE_END) return from
  }
  return from
}

function endsWord(code: number): boolean {
  return code === LINE_END || isBlank(code) || Number.isNaN(code)
}

function isBlank(code: number): boolean {
  return code === BLANK || code === TAB || code === RETURN
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
