import { openCriterionCheck } from './check/criterion.ts'
import { checkGlobalLine } from './check/global.ts'
import { checkProxyLine } from './check/proxy-line.ts'
import { checkHeader, checkSectionLine } from './check/section.ts'
import { namesTwice, openIdCheck, openStatsCheck } from './check/twice.ts'
import { type Draft, noteDuties, noteServerWords, startDraft } from './config/draft.ts'
import { readExpression } from './config/expression.ts'
import { readProxyLine } from './config/proxy.ts'
import { checkReferences, type Reference } from './config/references.ts'
import { groupsOf, sectionNames } from './config/section-names.ts'
import { type Reader, report, reportWrong, statementOf, statementsOf } from './config/section-reader.ts'
import { readUserList } from './config/user-list.ts'
import type { Grammar, Words, Wrong } from './grammar/grammar.ts'
import type { Acl, HaproxyDevice, ProxyKind, ProxySection } from './model.ts'
import { cutLists } from './samples/certificates.ts'
import { readErrorPages } from './text/error-pages.ts'
import type { Section } from './text/placement.ts'
import { readVersion } from './text/version.ts'
import {
  type HaproxyFile,
  type HaproxyLine,
  type HaproxySection,
  type HaproxyText,
  readHaproxyText,
  type TextOptions,
} from './text.ts'

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
    lists: { files, judged: new Map() },
    refer: (kind, name) => {
      if (reader.place) references.push({ kind, name, ...reader.place })
    },
  }
  const reader: Reader = {
    text: read,
    grammar,
    judgeCriterion: openCriterionCheck(grammar),
    judgeId: openIdCheck(),
    keywords: new Map(),
    place: undefined,
    tables: new Set(),
    references,
    files,
    pages: readErrorPages(read, files),
    problems: [...read.problems],
    drafts: [],
    defaults: new Map(),
    lastDefaults: undefined,
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
  const named = {
    proxies: reader.drafts,
    tables: reader.tables,
    sections: sectionNames(read),
    groups: groupsOf(read),
    trusting: trustsServers(read),
  }
  for (const { line, path } of cutLists(reader.drafts, files))
    report(reader, { number: line }, 'CUT_LIST', `the last line of ${path} does not end, so the rest may be missing`)
  for (const { line, says } of namesTwice(read)) report(reader, { number: line }, 'NAME_TAKEN', says)
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

function readSection(reader: Reader, section: HaproxySection): void {
  const written = reader.text.lines[section.from]
  if (!written) return
  const header = statementOf(written)
  reader.counts.lines++
  reader.counts.modelled++
  const wrong = header.presence === 'kept' ? checkHeader(header.words, reader.grammar) : undefined
  if (wrong) reportWrong(reader, header, wrong)
  if (header.presence === 'maybe')
    report(reader, header, 'CONDITIONAL_SECTION', `whether this section exists hangs on \`${header.condition}\``)
  const { keyword } = section
  if (keyword === 'frontend' || keyword === 'backend' || keyword === 'listen')
    readProxy(reader, header, keyword, section)
  else if (keyword === 'defaults') readDefaults(reader, header, section)
  else readOther(reader, header, section)
}

/** A section that says nothing about routing. */
function readOther(reader: Reader, header: HaproxyLine, section: HaproxySection): void {
  const { keyword } = section
  const body = [...statementsOf(reader, section)]
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
  reader.counts.modelled += body.length
}

/** What a section cannot do without. */
const NEEDED: Readonly<Record<string, string>> = {
  cache: 'total-max-size',
  'fcgi-app': 'docroot',
  program: 'command',
}

function readProxy(reader: Reader, header: HaproxyLine, kind: ProxyKind, section: HaproxySection): void {
  const [, named, from, base] = header.words
  const name = named?.value ?? ''
  const draft = startDraft(
    kind,
    name,
    header,
    defaultsFor(reader, header, from?.value === 'from' ? base?.value : undefined),
  )
  readBody(reader, draft, statementsOf(reader, section), kind)
  reader.drafts.push(draft)
}

function readDefaults(reader: Reader, header: HaproxyLine, section: HaproxySection): void {
  const words = header.words.map((word) => word.value)
  const name = words[1] === 'from' ? '' : (words[1] ?? '')
  const fromAt = words.indexOf('from')
  const base = fromAt > 0 ? defaultsFor(reader, header, words[fromAt + 1]) : undefined
  const draft = startDraft('backend', name, header, base)
  readBody(reader, draft, statementsOf(reader, section), name ? 'defaults' : 'anonymous defaults')
  reader.lastDefaults = draft
  const namesakes = reader.defaults.get(name)
  if (namesakes) namesakes.push(draft)
  else reader.defaults.set(name, [draft])
}

function defaultsFor(reader: Reader, header: HaproxyLine, name: string | undefined): Draft | undefined {
  if (name === undefined) return reader.lastDefaults
  const found = reader.defaults.get(name) ?? []
  if (found.length === 0) report(reader, header, 'NO_SUCH_DEFAULTS', `there is no \`defaults ${name}\` above`)
  if (found.length > 1) report(reader, header, 'AMBIGUOUS_DEFAULTS', `several sections are named \`defaults ${name}\``)
  return found[0]
}

function readBody(reader: Reader, draft: Draft, body: Iterable<HaproxyLine>, section: Section): void {
  const { grammar, files, pages, keywords } = reader
  const acls = new Map<string, Acl>()
  const judgeStats = openStatsCheck()
  const judging = { grammar, section, serverDefaults: draft.serverWords }
  let table: number | undefined
  // One line is read at a time, and HAProxy says one thing of it and goes on to the next.
  let line: HaproxyLine | undefined
  let said = false
  let refused = false
  const complain = (code: string, message: string, column?: number) => {
    if (!said && line) report(reader, line, code, message, column)
    said = true
    refused = true
  }
  const refuse = (wrong: Wrong | undefined) => {
    if (!wrong) return
    if (!said && line) reportWrong(reader, line, wrong)
    said = true
    refused = true
  }
  const judge = (words: Words) => refuse(reader.judgeCriterion(words))
  const shared = {
    acls,
    files,
    pages,
    keywords,
    complain,
    judge,
    isRefused: () => refused && line?.presence === 'kept',
  }
  for (line of body) {
    const { number, raw, words, presence, condition } = line
    const keyword = words[0]?.value
    // What a defaults section names is looked for in the sections that inherit it.
    reader.place = inDefaults(section) ? undefined : { line: number, proxy: draft }
    said = presence !== 'kept'
    refused = false
    refuse(checkProxyLine(line, judging))
    if (presence === 'kept') {
      refuse(noteDuties(draft, line))
      if (keyword === 'stats') refuse(judgeStats(words))
      if (keyword === 'id' || (keyword === 'server' && raw.includes(' id '))) refuse(reader.judgeId(words, draft))
    }
    if (keyword === 'default-server') {
      noteServerWords(draft, line)
      judging.serverDefaults = draft.serverWords
    }
    if (keyword === 'stick-table' && presence === 'kept') {
      if (table !== undefined) complain('DUPLICATE_TABLE', `there is a stick-table at line ${table} already`)
      table ??= number
      reader.tables.add(draft.name)
    }
    const verdict = readProxyLine(draft, line, { ...shared, line: number, raw, unknown: condition })
    if (verdict === 'modelled' || verdict === 'harmless') reader.counts.modelled++
    else
      reader.unmodelled.push({
        keyword: words
          .slice(0, 2)
          .map((word) => word.raw)
          .join(' '),
        line: number,
      })
  }
  if (acls.size > 0) draft.acls = acls
}

function inDefaults(section: Section): boolean {
  return section === 'defaults' || section === 'anonymous defaults'
}

/** Whether `global` says that servers are believed without an authority. */
function trustsServers(text: HaproxyText): boolean {
  return globalLines(text).some(
    ({ words }) => words[0]?.value === 'ssl-server-verify' && words[1]?.value !== 'required',
  )
}

function globalLines(text: HaproxyText): readonly HaproxyLine[] {
  return text.sections
    .filter(({ keyword }) => keyword === 'global')
    .flatMap(({ from, to }) => text.lines.slice(from, to))
}

/** What the whole text decides about its words, wherever it says so. */
function grammarOf(text: HaproxyText, { version }: TextOptions): Grammar {
  const lines = globalLines(text)
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
