import {
  BACKSLASH,
  DOUBLE,
  endOfPlain,
  endsWord,
  HASH,
  isBlank,
  isPlain,
  LINE_END,
  SINGLE,
  skipBlanks,
} from './characters.ts'
import { BLANK, COMMENT, namesAttribute, PROMPT, PURGE, UNKNOWN, VERBS } from './kinds.ts'
import { endOfSimpleLine } from './simple-words.ts'
import { hashOn, numberOf, startPool, type WordPool, wordNumber } from './word-pool.ts'

export type Report = (code: string, line: number, column: number, message: string, hint?: string) => void
/** Where reading stands, and what the statement read last is. */
export type Lexer = {
  readonly text: string
  readonly report: Report
  /** Verbs and names of attributes; a verb's number is that of its kind. */
  readonly pool: WordPool
  at: number
  line: number
  kind: number
  /** The attribute's number in the pool, -1 when the statement names none. */
  name: number
  /** Where the words begin that stand behind the verb, or behind the name of an attribute. */
  rest: number
  /** Words without quotes and escapes, the verb included: only of a line that had to be read word by word. */
  words: string[] | undefined
  /** A quote was never closed: the words cannot be trusted. */
  broken: boolean
  /** Where the spelling of each of the words (`"a b"`, `''`, `Security\ Admin`) starts and ends. */
  readonly starts: number[]
  readonly ends: number[]
  /** Quote characters known to have no partner in the rest of the text: looking again would make reading quadratic. */
  readonly deadQuotes: Set<string>
}

/** Reading from the first character on. */
export function startLexer(text: string, report: Report): Lexer {
  return {
    ...{ text, report, pool: startPool(VERBS), at: 0, line: 1, kind: BLANK, name: -1, rest: 0 },
    ...{ words: undefined, broken: false, starts: [], ends: [], deadQuotes: new Set<string>() },
  }
}

/**
 * Reads one statement from a line start. Nearly every line is a verb and words that are plain or simply quoted: of those only the
 * places are noted, and their words are read when somebody asks. All others are read word by word.
 */
export function readStatement(lexer: Lexer): void {
  const start = skipPager(lexer.text, lexer.at)
  lexer.name = -1
  lexer.words = undefined
  lexer.broken = false
  const kind = readVerb(lexer, start)
  if (kind > PURGE) readOther(lexer, start)
  else if (!readSimply(lexer, kind)) readByWord(lexer, start)
}

/** The number of a verb spelled out; `rest` is behind it then. */
function readVerb(lexer: Lexer, start: number): number {
  const { text } = lexer
  let hash = 0
  let at = start
  let code = text.charCodeAt(at)
  for (; code >= LOWER_A && code <= LOWER_Z; code = text.charCodeAt(++at)) hash = hashOn(hash, code)
  lexer.rest = at
  return at > start && endsWord(code) ? wordNumber(lexer.pool, text, start, at, hash) : UNKNOWN
}

/** The rest of the line behind its verb; false when it has to be read word by word. */
function readSimply(lexer: Lexer, kind: number): boolean {
  const { text } = lexer
  if (namesAttribute(kind)) {
    const from = skipBlanks(text, lexer.rest)
    let hash = 0
    let at = from
    let code = text.charCodeAt(at)
    for (; isPlain(code); code = text.charCodeAt(++at)) hash = hashOn(hash, code)
    if (at === from || !endsWord(code)) return false
    lexer.name = wordNumber(lexer.pool, text, from, at, hash)
    lexer.rest = at
  }
  const end = endOfSimpleLine(text, lexer.rest)
  if (end < 0) return false
  lexer.kind = kind
  lexer.line += 1
  lexer.at = end
  return true
}

const LOWER_A = 97
const LOWER_Z = 122

/** A terminal leaves what its pager said in front of the line that came next. */
const PAGER = '--More--'

function skipPager(text: string, from: number): number {
  let at = skipBlanks(text, from)
  while (text.charCodeAt(at) === PAGER.charCodeAt(0) && text.startsWith(PAGER, at))
    at = skipBlanks(text, at + PAGER.length)
  return at
}

/** A line that does not start with a verb: nothing, a comment, a prompt, a shortened verb, or nothing we know. */
function readOther(lexer: Lexer, start: number): void {
  const { text } = lexer
  const code = text.charCodeAt(start)
  lexer.kind = code === HASH ? COMMENT : BLANK
  if (code !== HASH && code !== LINE_END && start < text.length) {
    PROMPT_LINE.lastIndex = start
    const prompt = PROMPT_LINE.exec(text)
    if (!prompt) {
      readByWord(lexer, start)
      return
    }
    lexer.kind = PROMPT
    if (prompt[1] !== undefined) reportTyped(lexer, prompt[1])
  }
  lexer.rest = start
  const end = text.indexOf('\n', start)
  lexer.line += end < 0 ? 0 : 1
  lexer.at = end < 0 ? text.length : end + 1
}

/** `FGT-1 # show firewall policy`, `FGT-1 (policy) # `: who keeps a terminal's text keeps these too. */
const PROMPT_LINE =
  /[\w.-]{1,63}(?: \([^()\r\n]{1,80}\))? [#$](?:[ \t]+(set|unset|append|select|unselect|clear|delete|rename|clone|move|purge)\b|[ \t\r\n]|$)/y

function reportTyped({ report, line }: Lexer, verb: string): void {
  const hint = 'Give what `show` prints after it.'
  report('TYPED_COMMAND', line, 0, `\`${verb}\` was typed at a prompt, and what it changed is not followed`, hint)
}

function readByWord(lexer: Lexer, start: number): void {
  lexer.at = start
  const words = readWords(lexer)
  lexer.words = words
  lexer.name = -1
  lexer.kind = kindOf(lexer.text.slice(lexer.starts[0], lexer.ends[0]), words.length)
  const name = words[1]
  if (namesAttribute(lexer.kind) && name !== undefined) lexer.name = numberOf(lexer.pool, name)
}

const VERBS_BY_WORD: ReadonlyMap<string, number> = new Map(VERBS.map((verb, number) => [verb, number]))

/** The command line accepts any unambiguous beginning of a verb (`conf sys glo`); backups never use one. */
function kindOf(raw: string, words: number): number {
  // A backslash and a line end may be all that there is.
  if (words === 0) return BLANK
  const exact = VERBS_BY_WORD.get(raw) ?? -1
  if (exact >= 0 || raw.length < 3) return exact >= 0 ? exact : UNKNOWN
  const [kind = UNKNOWN, another] = VERBS.flatMap((verb, number) => (verb.startsWith(raw) ? [number] : []))
  return another === undefined ? kind : UNKNOWN
}

/** Reads the words of one statement from a line start: usually a line, more where a quote or a backslash carries it on. */
export function readWords(lexer: Lexer): string[] {
  const { text } = lexer
  const words: string[] = []
  lexer.starts.length = 0
  lexer.ends.length = 0
  lexer.broken = false
  for (;;) {
    const at = skipBlanks(text, lexer.at)
    lexer.at = at
    const code = text.charCodeAt(at)
    if (at >= text.length) return words
    if (code === LINE_END || (code === HASH && words.length === 0)) {
      const end = text.indexOf('\n', at)
      lexer.line += 1
      lexer.at = end < 0 ? text.length : end + 1
      return words
    }
    const stop = code === DOUBLE ? endOfSimpleQuote(lexer, at) : endOfPlain(text, at)
    if (stop > at && endsWord(text.charCodeAt(stop))) {
      keep(lexer, words, code === DOUBLE ? text.slice(at + 1, stop - 1) : text.slice(at, stop), at, stop)
      lexer.at = stop
    } else readTwistedWord(lexer, words)
  }
}

/** A word with escapes, several quotes or line ends in it. */
function readTwistedWord(lexer: Lexer, words: string[]): void {
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
  if (value !== '' || quoted) keep(lexer, words, value, start, at)
}

function keep(lexer: Lexer, words: string[], word: string, from: number, to: number): void {
  words.push(word)
  lexer.starts.push(from)
  lexer.ends.push(to)
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
