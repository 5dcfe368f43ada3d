import type { Problem } from '../evidence/problem.ts'
import { decideDirective } from './directive.ts'

/** One word of a line: `value` is what HAProxy sees after quotes, escapes and variables, `raw` is what is written. */
export type Word = {
  readonly value: string
  readonly raw: string
  /** Counts from 1. */
  readonly column: number
  /** The environment variable this word holds; its value is decided where HAProxy starts, not here. */
  readonly variable?: string
}

/** Whether a line takes part: `maybe` when an `.if` around it hangs on something the file alone does not say. */
type Presence = 'kept' | 'dropped' | 'maybe'

/** INVARIANT: `raw` of all lines, joined, is the file; everything else is derived from it. */
export type HaproxyLine = {
  readonly number: number
  readonly raw: string
  readonly words: readonly Word[]
  readonly presence: Presence
  /** The directive that `maybe` hangs on. */
  readonly condition?: string
}

/** A section: its keyword line and the lines up to the next one. Indexes into `lines`; `to` is past the end. */
export type HaproxySection = {
  readonly keyword: string
  readonly name: string
  readonly from: number
  readonly to: number
}

/** A file as read, whole. */
export type HaproxyText = {
  readonly file: string
  readonly lines: readonly HaproxyLine[]
  readonly sections: readonly HaproxySection[]
  readonly problems: readonly Problem[]
}

const SECTIONS = new Set(
  (
    'global defaults frontend backend listen userlist peers mailers namespace_list program resolvers cache ring ' +
    'log-forward http-errors fcgi-app crt-store traces log-profile acme healthcheck'
  ).split(' '),
)
/** MAX_LINE_ARGS of HAProxy 2.6. */
const MOST_WORDS = 64
const DEEPEST_NESTING = 99

/** Reads any text whatsoever: lines, words, sections and what HAProxy would refuse to tokenize. */
export function readHaproxyText(file: string, text: string): HaproxyText {
  const problems: Problem[] = []
  const lines: HaproxyLine[] = []
  const sections: HaproxySection[] = []
  const blocks: Block[] = []
  for (let at = 0; at < text.length; ) {
    const feed = text.indexOf('\n', at)
    const end = feed < 0 ? text.length : feed + 1
    const raw = text.slice(at, end)
    at = end
    const number = lines.length + 1
    const words = readWords(raw, { file, line: number, problems })
    const directive = words[0]?.raw.startsWith('.') ? words[0].value : undefined
    const presence = directive === undefined ? presenceOf(blocks) : 'dropped'
    const maybe = presence === 'maybe' ? blocks.find((block) => block.now === 'maybe')?.says : undefined
    lines.push({ number, raw, words, presence, ...(maybe === undefined ? {} : { condition: maybe }) })
    if (directive !== undefined) applyDirective(directive, words, blocks, { file, line: number, problems })
    else if (presence !== 'dropped' && SECTIONS.has(words[0]?.value ?? '')) openSection(sections, lines)
  }
  const last = sections.at(-1)
  if (last) sections[sections.length - 1] = { ...last, to: lines.length }
  if (blocks.length > 0) problems.push(wrong(file, lines.length, 'UNCLOSED_IF', 'an `.if` is never closed by `.endif`'))
  if (text.length > 0 && !text.endsWith('\n'))
    problems.push(
      wrong(file, lines.length, 'MISSING_LINE_FEED', 'the last line has no line feed; HAProxy refuses such a file'),
    )
  return { file, lines, sections, problems }
}

/** The file, byte for byte. */
export function printHaproxyText(text: HaproxyText): string {
  return text.lines.map((line) => line.raw).join('')
}

type Place = { readonly file: string; readonly line: number; readonly problems: Problem[] }
type Block = { now: Presence; taken: boolean; maybeTaken: boolean; says: string }

function wrong(file: string, line: number, code: string, message: string, column = 0): Problem {
  return { code, file, line, column, message, severity: 'error' }
}

function openSection(sections: HaproxySection[], lines: readonly HaproxyLine[]): void {
  const from = lines.length - 1
  const last = sections.at(-1)
  if (last) sections[sections.length - 1] = { ...last, to: from }
  const words = lines[from]?.words ?? []
  sections.push({ keyword: words[0]?.value ?? '', name: words[1]?.value ?? '', from, to: from + 1 })
}

function presenceOf(blocks: readonly Block[]): Presence {
  let presence: Presence = 'kept'
  for (const block of blocks) {
    if (block.now === 'dropped') return 'dropped'
    if (block.now === 'maybe') presence = 'maybe'
  }
  return presence
}

/** `.if` and its kin. `.elseif` in a dropped block is silently ignored (haproxy/haproxy#2144), elsewhere it is fatal. */
function applyDirective(name: string, words: readonly Word[], blocks: Block[], place: Place): void {
  const outer = presenceOf(blocks)
  const block = blocks.at(-1)
  const says = words.map((word) => word.raw).join(' ')
  const value = () => (words.some((word) => word.variable !== undefined) ? 'maybe' : decideDirective(words.slice(1)))
  if (name === '.if') {
    const decided = outer === 'dropped' ? false : value()
    if (blocks.length >= DEEPEST_NESTING)
      place.problems.push(wrong(place.file, place.line, 'NESTED_TOO_DEEP', 'too many nested `.if` blocks'))
    else blocks.push({ ...taking(decided), says })
  } else if (name === '.elif' && block) {
    if (block.taken) block.now = 'dropped'
    else {
      const next = taking(value())
      const now = block.maybeTaken && next.now === 'kept' ? 'maybe' : next.now
      Object.assign(block, { ...next, now, maybeTaken: block.maybeTaken || next.maybeTaken })
    }
  } else if (name === '.else' && block) {
    block.now = block.taken ? 'dropped' : block.maybeTaken ? 'maybe' : 'kept'
    block.taken = true
  } else if (name === '.endif' && block) blocks.pop()
  else if (!['.notice', '.warning', '.alert', '.diag'].includes(name) && outer !== 'dropped')
    place.problems.push(wrong(place.file, place.line, 'UNKNOWN_DIRECTIVE', `unknown directive \`${name}\``))
  else if (name === '.alert' && outer === 'kept')
    place.problems.push(wrong(place.file, place.line, 'ALERT_DIRECTIVE', 'this `.alert` makes HAProxy refuse the file'))
}

function taking(decided: boolean | 'maybe'): Omit<Block, 'says'> {
  if (decided === 'maybe') return { now: 'maybe', taken: false, maybeTaken: true }
  return { now: decided ? 'kept' : 'dropped', taken: decided, maybeTaken: false }
}

const isBlank = (char: string | undefined) =>
  char === ' ' || char === '\t' || char === '\v' || char === '\f' || char === '\r' || char === '\n'

/** HAProxy's parse_line (src/tools.c, 2.6): quotes, escapes, variables inside double quotes, `#` comments anywhere. */
function readWords(line: string, place: Place): readonly Word[] {
  const words: Word[] = []
  let at = 0
  while (true) {
    while (at < line.length && isBlank(line[at])) at++
    if (at >= line.length || line[at] === '#') break
    const { word, next } = readWord(line, at, place)
    words.push(word)
    at = next
  }
  if (words.length > MOST_WORDS)
    place.problems.push(wrong(place.file, place.line, 'TOO_MANY_WORDS', `a line holds ${MOST_WORDS} words at most`))
  return words
}

function readWord(line: string, start: number, place: Place): { word: Word; next: number } {
  let value = ''
  let quote = ''
  let variable: string | undefined
  let at = start
  const bad = (code: string, message: string) =>
    place.problems.push(wrong(place.file, place.line, code, message, at + 1))
  for (; at < line.length; at++) {
    const char = line[at] ?? ''
    if (char === '\n' || (!quote && (isBlank(char) || char === '#'))) break
    if ((char === '"' || char === "'") && (!quote || quote === char)) quote = quote ? '' : char
    else if (char === '\\' && quote !== "'") {
      const sequence = readEscape(line, at, quote)
      if (!sequence) bad('BAD_ESCAPE', 'a hexadecimal escape needs two digits: \\x2f')
      value += sequence?.value ?? char
      at += (sequence?.length ?? 1) - 1
    } else if (char === '$' && quote === '"') {
      const reference = VARIABLE.exec(line.slice(at, at + 300))
      if (!reference)
        bad('BAD_VARIABLE', 'inside double quotes `$` starts a variable name; use single quotes for a regex')
      const known = reference && pseudoVariable(reference[1] ?? reference[2] ?? '', place)
      if (reference && known === undefined) variable = reference[1] ?? reference[2] ?? ''
      value += known ?? reference?.[3] ?? ''
      at += (reference?.[0].length ?? 1) - 1
    } else value += char
  }
  if (quote) {
    at = start
    bad('UNMATCHED_QUOTE', 'this quote is never closed on the line')
    at = line.length
  }
  const raw = line.slice(start, at)
  return { word: { value, raw, column: start + 1, ...(variable === undefined ? {} : { variable }) }, next: at }
}

const VARIABLE = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_.]\w*)(?:\[\*\])?(?:-([^}]*))?\})/

function pseudoVariable(name: string, place: Place): string | undefined {
  if (name === '.LINE') return String(place.line)
  if (name === '.FILE') return place.file
  return undefined
}

const LETTER_ESCAPES: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' }

/** Undefined for a broken `\x`; a backslash before anything it does not escape stays, with that character. */
function readEscape(line: string, at: number, quote: string): { value: string; length: number } | undefined {
  const next = line[at + 1]
  if (next === undefined || next === '\n') return { value: '\\', length: 1 }
  if (next === 'x') {
    const digits = /^[0-9a-fA-F]{2}/.exec(line.slice(at + 2, at + 4))
    return digits ? { value: String.fromCharCode(Number.parseInt(digits[0], 16)), length: 4 } : undefined
  }
  const letter = LETTER_ESCAPES[next]
  if (letter !== undefined) return { value: letter, length: 2 }
  if (' \\#\'"'.includes(next) || (next === '$' && quote === '"')) return { value: next, length: 2 }
  return { value: '\\', length: 1 }
}
