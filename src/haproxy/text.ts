import type { Problem } from '../evidence/problem.ts'
import { type Decided, decideDirective, type Surroundings } from './text/directive.ts'
import {
  firstPlainWord,
  isPlain,
  isSpecial,
  type LinePlace,
  readOwnWords,
  readPlainWords,
  readWords,
  standsAlone,
  type Word,
} from './text/line-words.ts'
import { readVersion } from './text/version.ts'

export type { Word } from './text/line-words.ts'

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

/** One of the files that HAProxy is started with (`-f`), in their order. */
export type HaproxyFile = { readonly file: string; readonly text: string }

/** Everything that HAProxy is started with, as read, whole. Lines are numbered through all files. */
export type HaproxyText = {
  readonly file: string
  /** Each file with the number of lines before it. */
  readonly parts: readonly { readonly file: string; readonly before: number }[]
  readonly lines: readonly HaproxyLine[]
  readonly sections: readonly HaproxySection[]
  readonly problems: readonly Problem[]
}

/** Every keyword that begins a section, whatever the release. */
const SECTIONS = new Set(
  (
    'global defaults frontend backend listen userlist peers mailers namespace_list program resolvers cache ring ' +
    'log-forward http-errors fcgi-app crt-store traces log-profile acme healthcheck'
  ).split(' '),
)
const DEEPEST_NESTING = 99

/** What a text may hang on: the environment, the release and the build. What is left out is not known, and named where it matters. */
export type TextOptions = {
  /** Of the process that HAProxy starts in; a variable that is not among these stays unknown. */
  readonly environment?: ReadonlyMap<string, string>
  /** What `haproxy -v` or `show version` says; 2.6 is assumed otherwise. */
  readonly version?: string
  readonly features?: ReadonlySet<string>
}

/**
 * Reads any text whatsoever: lines, words, sections and what HAProxy would refuse to tokenize. Of several files each ends its last
 * section and its blocks, and nothing else: `defaults` and `setenv` reach into the next (2.6.12, measured).
 */
export function readHaproxyText(
  file: string,
  source: string | readonly HaproxyFile[],
  options: TextOptions = {},
): HaproxyText {
  const reading: Reading = {
    file,
    parts: [],
    problems: [],
    lines: [],
    sections: [],
    section: undefined,
    blocks: [],
    environment: options.environment && new Map(options.environment),
    surroundings: {
      version: readVersion(options.version),
      environment: options.environment,
      features: options.features,
    },
  }
  for (const part of typeof source === 'string' ? [{ file, text: source }] : source) readPart(reading, part)
  const { parts, lines, sections, problems } = reading
  return { file, parts, lines, sections, problems }
}

function readPart(reading: Reading, { file, text }: HaproxyFile): void {
  const { parts, lines, sections, problems, blocks } = reading
  const before = lines.length
  parts.push({ file, before })
  reading.section = undefined
  for (let at = 0; at < text.length; ) {
    const feed = text.indexOf('\n', at)
    const end = feed < 0 ? text.length : feed + 1
    readLine(reading, text.slice(at, end), file, before)
    at = end
  }
  const last = sections.at(-1)
  if (last && reading.section) sections[sections.length - 1] = { ...last, to: lines.length }
  const end = lines.length - before
  if (blocks.length > 0) problems.push(wrong(file, end, 'UNCLOSED_IF', 'an `.if` is never closed by `.endif`'))
  blocks.length = 0
  if (text.length > 0 && !text.endsWith('\n'))
    problems.push(wrong(file, end, 'MISSING_LINE_FEED', 'the last line has no line feed; HAProxy refuses such a file'))
}

/** The file, byte for byte. */
export function printHaproxyText(text: HaproxyText): string {
  return text.lines.map((line) => line.raw).join('')
}

type Reading = {
  readonly file: string
  readonly parts: { readonly file: string; readonly before: number }[]
  /** The last one of this file. */
  section: HaproxySection | undefined
  readonly problems: Problem[]
  readonly lines: HaproxyLine[]
  readonly sections: HaproxySection[]
  readonly blocks: Block[]
  /** What is known of it so far: `setenv` adds to it. */
  environment: Map<string, string> | undefined
  readonly surroundings: Surroundings
}
type Block = { now: Presence; taken: boolean; maybeTaken: boolean; closing: boolean; says: string }

/**
 * A large file is mostly lines whose words hang on nothing but the line; `plain` are those that are simply what stands between blanks.
 * They are taken apart when somebody asks for them: kept, they would be most of what a configuration weighs.
 */
class OwnLine implements HaproxyLine {
  readonly number: number
  readonly raw: string
  readonly plain: boolean

  constructor(number: number, raw: string, plain: boolean) {
    this.number = number
    this.raw = raw
    this.plain = plain
  }

  get presence(): Presence {
    return 'kept'
  }

  get words(): readonly Word[] {
    return this.plain ? readPlainWords(this.raw) : readOwnWords(this.raw)
  }
}

function readLine(reading: Reading, raw: string, file: string, before: number): void {
  const { lines, blocks, section } = reading
  const plain = isPlain(raw)
  const first = firstPlainWord(raw)
  const odd = blocks.length > 0 || section?.keyword === 'global' || first.startsWith('.')
  if (odd || (!plain && (isSpecial(first) || !standsAlone(raw)))) {
    readOddLine(reading, raw, file, before)
    return
  }
  lines.push(new OwnLine(lines.length + 1, raw, plain))
  if (SECTIONS.has(first)) openSection(reading)
}

/** A line that may hang on what stands above it, say something about what stands below, or be wrong. */
function readOddLine(reading: Reading, raw: string, file: string, before: number): void {
  const { problems, lines, blocks, section } = reading
  const number = lines.length + 1
  const complain = (code: string, message: string, column = 0) =>
    void problems.push(wrong(file, number - before, code, message, column))
  const place: LinePlace = {
    file,
    line: number - before,
    section: section?.name ?? '',
    environment: reading.environment,
    complain,
  }
  const words = readWords(raw, place)
  const first = words[0]
  const directive = first?.raw.startsWith('.') ? first.value : undefined
  const presence = directive === undefined ? presenceOf(blocks) : 'dropped'
  const maybe = presence === 'maybe' ? blocks.find((block) => block.now === 'maybe')?.says : undefined
  lines.push(
    maybe === undefined ? { number, raw, words, presence } : { number, raw, words, presence, condition: maybe },
  )
  if (directive !== undefined) applyDirective(directive, words, reading, complain)
  else if (first && presence !== 'dropped') {
    if (SECTIONS.has(first.value)) openSection(reading)
    else if (section?.keyword === 'global' && presence === 'kept') readEnvironment(reading, words)
  }
}

/** `setenv` says what a variable is worth below it; `presetenv` does only where the environment leaves it open. */
function readEnvironment(reading: Reading, words: readonly Word[]): void {
  const [keyword, name, value] = words
  if (keyword?.value !== 'setenv' || !name || !value) return
  if (name.variable !== undefined || value.variable !== undefined) return
  reading.environment ??= new Map()
  reading.environment.set(name.value, value.value)
}

function wrong(file: string, line: number, code: string, message: string, column = 0): Problem {
  return { code, file, line, column, message, severity: 'error' }
}

function openSection(reading: Reading): void {
  const { sections, lines } = reading
  const from = lines.length - 1
  const last = sections.at(-1)
  if (last && reading.section) sections[sections.length - 1] = { ...last, to: from }
  const words = lines[from]?.words ?? []
  reading.section = { keyword: words[0]?.value ?? '', name: words[1]?.value ?? '', from, to: from + 1 }
  sections.push(reading.section)
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
function applyDirective(
  name: string,
  words: readonly Word[],
  { blocks, surroundings, environment }: Reading,
  complain: LinePlace['complain'],
): void {
  const outer = presenceOf(blocks)
  const block = blocks.at(-1)
  const says = words.map((word) => word.raw).join(' ')
  const rest = words
    .slice(1)
    .map((word) => word.value)
    .join(' ')
  const decide = (): Exclude<Decided, undefined> => {
    if (words.some((word) => word.variable !== undefined)) return 'maybe'
    const decided = decideDirective(rest, { ...surroundings, environment })
    if (decided === undefined) complain('BAD_CONDITION', `HAProxy cannot read \`${rest}\` as a condition`)
    return decided ?? false
  }
  if (name === '.if') {
    const decided = outer === 'dropped' ? false : decide()
    if (blocks.length >= DEEPEST_NESTING) complain('NESTED_TOO_DEEP', 'too many nested `.if` blocks')
    else blocks.push({ ...taking(decided), closing: false, says })
  } else if (name === '.elif' || name === '.else' || name === '.endif') {
    if (!block) complain('LONE_DIRECTIVE', `there is no \`.if\` above this \`${name}\``)
    else if (name === '.endif') blocks.pop()
    else if (block.closing) complain('LONE_DIRECTIVE', `nothing but \`.endif\` may follow \`.else\``)
    else if (name === '.else') closeWithElse(block)
    else if (block.taken) block.now = 'dropped'
    else {
      const outside = presenceOf(blocks.slice(0, -1))
      const next = taking(outside === 'dropped' ? false : decide())
      const now = block.maybeTaken && next.now === 'kept' ? 'maybe' : next.now
      Object.assign(block, { ...next, now, maybeTaken: block.maybeTaken || next.maybeTaken })
    }
    if (name !== '.elif' && words.length > 1)
      complain('UNEXPECTED_WORD', `nothing may follow \`${name}\``, words[1]?.column)
  } else if (!['.notice', '.warning', '.alert', '.diag'].includes(name)) {
    if (outer !== 'dropped') complain('UNKNOWN_DIRECTIVE', `unknown directive \`${name}\``)
  } else if (name === '.alert' && outer === 'kept')
    complain('ALERT_DIRECTIVE', 'this `.alert` makes HAProxy refuse the file')
  else if (outer !== 'dropped' && words.length > 2)
    complain('UNEXPECTED_WORD', `\`${name}\` takes one word: quote it`, words[2]?.column)
}

function closeWithElse(block: Block): void {
  block.now = block.taken ? 'dropped' : block.maybeTaken ? 'maybe' : 'kept'
  block.taken = true
  block.closing = true
}

function taking(decided: boolean | 'maybe'): Omit<Block, 'says' | 'closing'> {
  if (decided === 'maybe') return { now: 'maybe', taken: false, maybeTaken: true }
  return { now: decided ? 'kept' : 'dropped', taken: decided, maybeTaken: false }
}
