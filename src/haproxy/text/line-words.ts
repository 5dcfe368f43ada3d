/** One word of a line: `value` is what HAProxy sees after quotes, escapes and variables, `raw` is what is written. */
export type Word = {
  readonly value: string
  readonly raw: string
  /** Counts from 1. */
  readonly column: number
  /** The environment variable this word holds; its value is decided where HAProxy starts, not here. */
  readonly variable?: string
}

/** What the words of a line may hang on, and where to complain. */
export type LinePlace = {
  readonly file: string
  readonly line: number
  /** The name of the section, as `.SECTION` says it. */
  readonly section: string
  readonly environment: ReadonlyMap<string, string> | undefined
  readonly complain: (code: string, message: string, column?: number) => void
}

/** MAX_LINE_ARGS of HAProxy 2.6. */
const MOST_WORDS = 64
/** What makes a word more than the characters between two blanks. */
const SPECIAL = /["'\\#]/

/** HAProxy's parse_line (src/tools.c, 2.6): quotes, escapes, variables inside double quotes, `#` comments anywhere. */
export function readWords(line: string, place: LinePlace): readonly Word[] {
  const words = isPlain(line) ? readPlainWords(line) : readSpecialWords(line, place)
  if (words.length > MOST_WORDS) place.complain('TOO_MANY_WORDS', `a line holds ${MOST_WORDS} words at most`)
  return words
}

/**
 * Whether the words of a line are what stands between its blanks, up to a comment perhaps, and not too many: then nothing of it is wrong
 * or hangs on anything.
 */
export function isPlain(line: string): boolean {
  const at = line.search(SPECIAL)
  if (at >= 0 && !(line.charCodeAt(at) === HASH && (at === 0 || isBlank(line.charCodeAt(at - 1))))) return false
  return line.length <= 2 * MOST_WORDS || readPlainWords(line).length <= MOST_WORDS
}

/**
 * Whether the words of a line with quotes and escapes hang on nothing but the line: no variable, every quote closed, not too many words.
 * They are then what `readOwnWords` says.
 */
export function standsAlone(line: string): boolean {
  let quote = 0
  let inWord = false
  let words = 0
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if (quote === 0 && isBlank(code)) {
      inWord = false
      continue
    }
    if (code === FEED || (quote === 0 && code === HASH)) break
    if (!inWord) words++
    inWord = true
    if (code > BACKSLASH || (code > SINGLE && code !== BACKSLASH)) continue
    if (code === DOLLAR && quote === DOUBLE) return false
    if (code === BACKSLASH && quote !== SINGLE) {
      const sequence = readEscape(line, at, quote === DOUBLE)
      if (!sequence) return false
      at += sequence.length - 1
    } else if ((code === DOUBLE || code === SINGLE) && (quote === 0 || quote === code)) quote = quote === 0 ? code : 0
  }
  return quote === 0 && words <= MOST_WORDS
}

const NOWHERE: LinePlace = { file: '', line: 0, section: '', environment: undefined, complain: () => undefined }

/** The words of a line that stands alone. */
export function readOwnWords(line: string): readonly Word[] {
  return readSpecialWords(line, NOWHERE)
}

/** Whether a word is more than its characters. */
export function isSpecial(word: string): boolean {
  return SPECIAL.test(word)
}

/** The first word of a plain line; nothing where there is none. */
export function firstPlainWord(line: string): string {
  const { length } = line
  let start = 0
  while (start < length && isBlank(line.charCodeAt(start))) start++
  if (line.charCodeAt(start) === HASH) return ''
  let end = start
  while (end < length && !isBlank(line.charCodeAt(end))) end++
  return line.slice(start, end)
}

const HASH = 35
const SPACE = 32
const TAB = 9
const RETURN = 13
const FEED = 10
const DOUBLE = 34
const DOLLAR = 36
const SINGLE = 39
const BACKSLASH = 92

function isBlank(code: number): boolean {
  return code === SPACE || (code >= TAB && code <= RETURN)
}

/** The words of a plain line. */
export function readPlainWords(line: string): Word[] {
  const words: Word[] = []
  const { length } = line
  for (let at = 0; ; ) {
    while (at < length && isBlank(line.charCodeAt(at))) at++
    if (at >= length || line.charCodeAt(at) === HASH) return words
    const start = at
    while (at < length && !isBlank(line.charCodeAt(at))) at++
    const raw = line.slice(start, at)
    words.push({ value: raw, raw, column: start + 1 })
  }
}

/** Words with a blank between them; as a part of the line they are from, when they stand there so already. */
export function printWords(words: readonly Word[], line?: string): string {
  const [first] = words
  const last = words.at(-1)
  if (!first || !last) return ''
  const [from, to] = [first.column - 1, last.column - 1 + last.raw.length]
  let length = words.length - 1
  for (const { raw } of words) length += raw.length
  const written = from >= 0 && to - from === length ? line?.slice(from, to) : undefined
  return written === undefined || TABS.test(written) ? words.map((word) => word.raw).join(' ') : written
}

/** Blanks that are not the one that words are printed with. */
const TABS = /[\t\v\f\r]/

type Braces = { readonly lastBrace: number }

function readSpecialWords(line: string, where: LinePlace): Word[] {
  const words: Word[] = []
  const place = { ...where, lastBrace: line.lastIndexOf('}') }
  for (let at = 0; ; ) {
    while (at < line.length && isBlank(line.charCodeAt(at))) at++
    if (at >= line.length || line[at] === '#') return words
    at = readWord(line, at, place, words)
  }
}

/** Reads one word, or several where a variable stands for many, and answers where the next may start. */
function readWord(line: string, start: number, place: LinePlace & Braces, words: Word[]): number {
  let value = ''
  let quote = 0
  let variable: string | undefined
  let many = false
  let at = start
  // What stands for itself is taken over a run at a time.
  let run = start
  for (; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if (code > BACKSLASH || (code > SINGLE && code !== BACKSLASH)) continue
    if (code === FEED || (quote === 0 && (code === HASH || isBlank(code)))) break
    if ((code === DOUBLE || code === SINGLE) && (quote === 0 || quote === code)) {
      value += line.slice(run, at)
      quote = quote === 0 ? code : 0
      run = at + 1
    } else if (code === BACKSLASH && quote !== SINGLE) {
      const sequence = readEscape(line, at, quote === DOUBLE)
      if (!sequence) place.complain('BAD_ESCAPE', 'a hexadecimal escape needs two digits: \\x2f', at + 1)
      value += line.slice(run, at) + (sequence?.value ?? '\\')
      at += (sequence?.length ?? 1) - 1
      run = at + 1
    } else if (code === DOLLAR && quote === DOUBLE) {
      const reference = readReference(line, at, place.lastBrace)
      value += line.slice(run, at)
      if (!reference)
        place.complain(
          'BAD_VARIABLE',
          'inside double quotes `$` starts a variable name; use single quotes for a regex',
          at + 1,
        )
      else {
        const known = worthOf(reference, place)
        if (known === undefined) variable = reference.name
        value += known ?? reference.fallback ?? ''
        many ||= reference.many && known !== undefined
        at += reference.length - 1
      }
      run = at + 1
    }
  }
  value += line.slice(run, Math.max(run, at))
  if (quote !== 0) {
    place.complain('UNMATCHED_QUOTE', 'this quote is never closed on the line', start + 1)
    at = line.length
  }
  const raw = line.slice(start, at)
  if (!many && variable === undefined) words.push({ value, raw, column: start + 1 })
  // `${NAMES[*]}` is as many words as its value has.
  else
    for (const each of many ? value.split(/[ \t]+/) : [value])
      words.push({ value: each, raw, column: start + 1, ...(variable === undefined ? {} : { variable }) })
  return at
}

type VariableReference = {
  readonly name: string
  readonly fallback: string | undefined
  readonly many: boolean
  readonly length: number
}

const REFERENCE =
  /\$(?:([A-Za-z_]\w*|\.(?:FILE|LINE|SECTION)\b)|\{([A-Za-z_]\w*|\.(?:FILE|LINE|SECTION))(\[\*\])?(?:-([^}]*))?\})/y

function readReference(line: string, at: number, lastBrace: number): VariableReference | undefined {
  // A brace that is never closed is not looked for again and again.
  if (line[at + 1] === '{' && at > lastBrace) return undefined
  REFERENCE.lastIndex = at
  const found = REFERENCE.exec(line)
  if (!found) return undefined
  return {
    name: found[1] ?? found[2] ?? '',
    fallback: found[4],
    many: found[3] !== undefined,
    length: found[0].length,
  }
}

/** Undefined where only the environment that HAProxy starts in could say. */
function worthOf({ name }: VariableReference, place: LinePlace): string | undefined {
  if (name === '.LINE') return String(place.line)
  if (name === '.FILE') return place.file
  if (name === '.SECTION') return place.section
  return place.environment?.get(name)
}

const LETTER_ESCAPES: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' }

/** Undefined for a broken `\x`; a backslash before anything it does not escape stays, with that character. */
function readEscape(line: string, at: number, doubled: boolean): { value: string; length: number } | undefined {
  const next = line[at + 1]
  if (next === undefined || next === '\n') return { value: '\\', length: 1 }
  if (next === 'x') {
    const digits = /^[0-9a-fA-F]{2}/.exec(line.slice(at + 2, at + 4))
    return digits ? { value: String.fromCharCode(Number.parseInt(digits[0], 16)), length: 4 } : undefined
  }
  const letter = LETTER_ESCAPES[next]
  if (letter !== undefined) return { value: letter, length: 2 }
  if (' \\#\'"'.includes(next) || (next === '$' && doubled)) return { value: next, length: 2 }
  return { value: '\\', length: 1 }
}
