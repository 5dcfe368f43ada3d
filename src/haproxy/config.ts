import type { Problem } from '../evidence/problem.ts'
import { openCriterionCheck } from './check-criterion.ts'
import { checkProxyLine } from './check-proxy-line.ts'
import { checkReferences, type Reference } from './check-references.ts'
import { checkGlobalLine, checkHeader, checkSectionLine } from './check-section.ts'
import type { Scope } from './condition.ts'
import { type ErrorPages, readErrorPages } from './error-pages.ts'
import { readExpression } from './expression.ts'
import type { Grammar, Words, Wrong } from './grammar.ts'
import { placeOf } from './line-places.ts'
import type { Expression, HaproxyDevice, ProxyKind, ProxySection, Unmodelled, UserList } from './model.ts'
import type { Section } from './placement.ts'
import { type Draft, readProxyLine, startDraft } from './proxy.ts'
import {
  type HaproxyFile,
  type HaproxyLine,
  type HaproxySection,
  type HaproxyText,
  readHaproxyText,
  type TextOptions,
} from './text.ts'
import { readUserList } from './user-list.ts'
import { readVersion } from './version.ts'

/**
 * Reads a whole configuration, of one file or of several: what it means as far as it is modelled, what is wrong with it, and what
 * share of it is understood. `files` are the ACL, map and list files that it names, by the path written there; `options` say which
 * release reads it.
 */
export function readHaproxy(
  device: { readonly id: string },
  file: string,
  text: string | readonly HaproxyFile[],
  files: ReadonlyMap<string, string> = new Map(),
  options: TextOptions = {},
): HaproxyDevice {
  const read = readHaproxyText(file, text, options)
  const references: Reference[] = []
  const grammar: Grammar = {
    ...grammarOf(read, options),
    refer: (kind, name) => {
      if (reader.place) references.push({ kind, name, ...reader.place })
    },
  }
  const reader: Reader = {
    text: read,
    grammar,
    judgeCriterion: openCriterionCheck(grammar),
    place: undefined,
    tables: new Set(),
    references,
    files,
    pages: readErrorPages(read, files),
    problems: [...read.problems],
    drafts: [],
    defaults: [],
    userlists: new Map(),
    processVars: new Map(),
    counts: { lines: 0, modelled: 0 },
    unmodelled: [],
  }
  for (const line of beforeSections(read))
    if (line.words.length > 0 && line.presence === 'kept' && !line.words[0]?.raw.startsWith('.'))
      report(reader, line, 'BEFORE_SECTIONS', 'this line stands before the first section')
  for (const section of read.sections) readSection(reader, section)
  const proxies: ProxySection[] = reader.drafts
  const named = { proxies: reader.drafts, tables: reader.tables, sections: sectionNames(read) }
  checkReferences(named, reader.references, (line, code, message) => report(reader, { number: line }, code, message))
  return {
    id: device.id,
    file,
    text: read,
    files,
    proxies,
    userlists: reader.userlists,
    processVars: reader.processVars,
    version: grammar.version,
    problems: reader.problems,
    fatal: reader.problems.filter((problem) => problem.severity === 'error'),
    coverage: { ...reader.counts, unmodelled: reader.unmodelled },
  }
}

/** Each file has to begin a section of its own. */
function beforeSections({ parts, lines, sections }: HaproxyText): readonly HaproxyLine[] {
  return parts.flatMap(({ before }, at) => {
    const end = parts[at + 1]?.before ?? lines.length
    const first = parts.length === 1 ? sections[0] : sections.find(({ from }) => from >= before)
    return lines.slice(before, Math.min(first?.from ?? end, end))
  })
}

type Reader = {
  readonly text: HaproxyText
  readonly grammar: Grammar
  readonly judgeCriterion: (words: Words) => Wrong | undefined
  /** The line that is being read. */
  place: { readonly line: number; readonly proxy: Draft } | undefined
  readonly tables: Set<string>
  readonly references: Reference[]
  readonly files: ReadonlyMap<string, string>
  readonly pages: ReadonlyMap<string, ErrorPages>
  readonly problems: Problem[]
  readonly drafts: Draft[]
  readonly defaults: Draft[]
  readonly userlists: Map<string, UserList>
  readonly processVars: Map<string, Expression>
  readonly counts: { lines: number; modelled: number }
  readonly unmodelled: Unmodelled[]
}

function report(
  reader: Reader,
  line: { readonly number: number },
  code: string,
  message: string,
  column = 0,
  severity: Problem['severity'] = 'error',
): void {
  reader.problems.push({ code, ...placeOf(reader.text, line.number), column, message, severity })
}

function readSection(reader: Reader, section: HaproxySection): void {
  const written = reader.text.lines[section.from]
  if (!written) return
  const header = cutAtEmptyWord(written)
  const body = reader.text.lines
    .slice(section.from + 1, section.to)
    .filter((line) => line.words.length > 0 && line.presence !== 'dropped')
    .map(cutAtEmptyWord)
    .filter((line) => line.words.length > 0)
  reader.counts.lines += body.length + 1
  reader.counts.modelled++
  const wrong = header.presence === 'kept' ? checkHeader(header.words, reader.grammar) : undefined
  if (wrong) reportWrong(reader, header, wrong)
  if (header.presence === 'maybe')
    report(reader, header, 'CONDITIONAL_SECTION', `whether this section exists hangs on \`${header.condition}\``)
  const { keyword } = section
  if (keyword === 'frontend' || keyword === 'backend' || keyword === 'listen') readProxy(reader, header, keyword, body)
  else if (keyword === 'defaults') readDefaults(reader, header, body)
  else {
    if (keyword === 'userlist')
      reader.userlists.set(
        section.name,
        readUserList(body, (line, code, message) => report(reader, line, code, message)),
      )
    if (keyword === 'global') readGlobal(reader, body)
    for (const line of body) {
      if (line.presence !== 'kept') continue
      const bad =
        keyword === 'global'
          ? checkGlobalLine(line.words, reader.grammar)
          : checkSectionLine(keyword, line.words, reader.grammar)
      if (bad) reportWrong(reader, line, bad)
    }
    const needed = NEEDED[keyword]
    if (needed !== undefined && header.presence === 'kept' && !body.some((line) => line.words[0]?.value === needed))
      report(reader, header, 'WRONG_ARGUMENT', `\`${keyword}\` needs a line \`${needed}\``)
    // The other sections say nothing about routing.
    reader.counts.modelled += body.length
  }
}

/** What a section cannot do without. */
const NEEDED: Readonly<Record<string, string>> = {
  cache: 'total-max-size',
  'fcgi-app': 'docroot',
  program: 'command',
}

/** An empty word ends the line for HAProxy up to 3.2: what follows, a condition maybe, is silently not there. */
function cutAtEmptyWord(line: HaproxyLine): HaproxyLine {
  const at = line.words.findIndex((word) => word.value === '' && word.variable === undefined)
  return at < 0 ? line : { ...line, words: line.words.slice(0, at) }
}

function readProxy(reader: Reader, header: HaproxyLine, kind: ProxyKind, body: readonly HaproxyLine[]): void {
  const [, named, from, base] = header.words
  const name = named?.value ?? ''
  const draft = startDraft(
    kind,
    name,
    header,
    defaultsFor(reader, header, from?.value === 'from' ? base?.value : undefined),
  )
  readBody(reader, draft, body, kind)
  reader.drafts.push(draft)
}

function readDefaults(reader: Reader, header: HaproxyLine, body: readonly HaproxyLine[]): void {
  const words = header.words.map((word) => word.value)
  const name = words[1] === 'from' ? '' : (words[1] ?? '')
  const fromAt = words.indexOf('from')
  const base = fromAt > 0 ? defaultsFor(reader, header, words[fromAt + 1]) : undefined
  const draft = startDraft('backend', name, header, base)
  readBody(reader, draft, body, name ? 'defaults' : 'anonymous defaults')
  reader.defaults.push(draft)
}

function defaultsFor(reader: Reader, header: HaproxyLine, name: string | undefined): Draft | undefined {
  if (name === undefined) return reader.defaults.at(-1)
  const found = reader.defaults.filter((draft) => draft.name === name)
  if (found.length === 0) report(reader, header, 'NO_SUCH_DEFAULTS', `there is no \`defaults ${name}\` above`)
  if (found.length > 1) report(reader, header, 'AMBIGUOUS_DEFAULTS', `several sections are named \`defaults ${name}\``)
  return found[0]
}

function readBody(reader: Reader, draft: Draft, body: readonly HaproxyLine[], section: Section): void {
  let table: number | undefined
  for (const line of body) {
    // What a defaults section names is looked for in the sections that inherit it.
    reader.place = inDefaults(section) ? undefined : { line: line.number, proxy: draft }
    // HAProxy says one thing of a line and goes on to the next.
    let said = line.presence !== 'kept'
    const complain = (code: string, message: string, column?: number) => {
      if (!said) report(reader, line, code, message, column)
      said = true
    }
    const refuse = (wrong: Wrong | undefined) => {
      if (!said && wrong) reportWrong(reader, line, wrong)
      said ||= wrong !== undefined
    }
    refuse(checkProxyLine(line, { grammar: reader.grammar, section, serverDefaults: draft.serverWords }))
    if (line.words[0]?.value === 'default-server') for (const word of line.words) draft.serverWords.add(word.value)
    if (line.words[0]?.value === 'stick-table' && line.presence === 'kept') {
      if (table !== undefined) complain('DUPLICATE_TABLE', `there is a stick-table at line ${table} already`)
      table ??= line.number
      reader.tables.add(draft.name)
    }
    const scope: Scope = {
      acls: draft.acls,
      files: reader.files,
      pages: reader.pages,
      line: line.number,
      ...(line.condition === undefined ? {} : { unknown: line.condition }),
      complain,
      judge: (words) => refuse(reader.judgeCriterion(words)),
    }
    const verdict = readProxyLine(draft, line, scope)
    if (verdict === 'modelled' || verdict === 'harmless') reader.counts.modelled++
    else
      reader.unmodelled.push({
        keyword: line.words
          .slice(0, 2)
          .map((word) => word.raw)
          .join(' '),
        line: line.number,
      })
  }
}

function inDefaults(section: Section): boolean {
  return section === 'defaults' || section === 'anonymous defaults'
}

const MOST_HINTS = 50

function reportWrong(reader: Reader, line: HaproxyLine, { code, says, at, likely }: Wrong): void {
  // A text with more problems than that has another one than its spelling.
  const meant = reader.problems.length < MOST_HINTS ? likely?.() : undefined
  const column = at === undefined ? 0 : (line.words[at]?.column ?? 0)
  reader.problems.push({
    code,
    ...placeOf(reader.text, line.number),
    column,
    message: says,
    severity: 'error',
    // A word of another release is spelt as it was meant.
    ...(meant === undefined || meant === line.words[at ?? 0]?.value ? {} : { hint: `Did you mean \`${meant}\`?` }),
  })
}

/** Sections by keyword and name, and the tables of peers. */
function sectionNames(text: HaproxyText): ReadonlySet<string> {
  return new Set(text.sections.map(({ keyword, name }) => `${keyword} ${name}`))
}

/** What the whole text decides about its words, wherever it says so. */
function grammarOf(text: HaproxyText, { version }: TextOptions): Grammar {
  const lines = text.sections
    .filter(({ keyword }) => keyword === 'global')
    .flatMap(({ from, to }) => text.lines.slice(from, to))
  const says = (word: string) =>
    lines.some((line) => line.presence !== 'dropped' && line.words[0]?.value.startsWith(word) === true)
  return {
    version: readVersion(version),
    lua: says('lua-load'),
    experimental: says('expose-experimental-directives'),
  }
}

function readGlobal(reader: Reader, body: readonly HaproxyLine[]): void {
  for (const line of body) {
    if (line.words[0]?.value !== 'set-var') continue
    const expression = readExpression(line.words[2]?.value ?? '')
    if (expression && line.presence === 'kept') reader.processVars.set(line.words[1]?.value ?? '', expression)
  }
}
