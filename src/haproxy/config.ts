import type { Problem } from '../evidence/problem.ts'
import type { Scope } from './condition.ts'
import { type ErrorPages, readErrorPages } from './error-pages.ts'
import { readExpression } from './expression.ts'
import type { Expression, HaproxyDevice, ProxyKind, ProxySection, Unmodelled, UserList } from './model.ts'
import { misplaced, type Section } from './placement.ts'
import { type Draft, readProxyLine, startDraft } from './proxy.ts'
import { type HaproxyLine, type HaproxySection, type HaproxyText, readHaproxyText } from './text.ts'

/**
 * Reads a whole configuration: what it means as far as it is modelled, what is wrong with it, and what share of it is
 * understood. `files` are the ACL, map and list files that it names, by the path written there.
 */
export function readHaproxy(
  device: { readonly id: string },
  file: string,
  text: string,
  files: ReadonlyMap<string, string> = new Map(),
): HaproxyDevice {
  const read = readHaproxyText(file, text)
  const reader: Reader = {
    text: read,
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
  const first = read.sections[0]?.from ?? read.lines.length
  for (const line of read.lines.slice(0, first))
    if (line.words.length > 0 && line.presence === 'kept' && !line.words[0]?.raw.startsWith('.'))
      complain(reader, line, 'BEFORE_SECTIONS', 'this line stands before the first section')
  for (const section of read.sections) readSection(reader, section)
  const proxies: ProxySection[] = reader.drafts
  checkReferences(reader, proxies)
  return {
    id: device.id,
    file,
    text: read,
    files,
    proxies,
    userlists: reader.userlists,
    processVars: reader.processVars,
    problems: reader.problems,
    fatal: reader.problems.filter((problem) => problem.severity === 'error'),
    coverage: { ...reader.counts, unmodelled: reader.unmodelled },
  }
}

type Reader = {
  readonly text: HaproxyText
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

function complain(
  reader: Reader,
  line: { readonly number: number },
  code: string,
  message: string,
  column = 0,
  severity: Problem['severity'] = 'error',
): void {
  reader.problems.push({ code, file: reader.text.file, line: line.number, column, message, severity })
}

function readSection(reader: Reader, section: HaproxySection): void {
  const header = reader.text.lines[section.from]
  if (!header) return
  const body = reader.text.lines
    .slice(section.from + 1, section.to)
    .filter((line) => line.words.length > 0 && line.presence !== 'dropped')
    .map(cutAtEmptyWord)
  reader.counts.lines += body.length + 1
  reader.counts.modelled++
  if (header.presence === 'maybe')
    complain(reader, header, 'CONDITIONAL_SECTION', `whether this section exists hangs on \`${header.condition}\``)
  const { keyword } = section
  if (keyword === 'frontend' || keyword === 'backend' || keyword === 'listen') readProxy(reader, header, keyword, body)
  else if (keyword === 'defaults') readDefaults(reader, header, body)
  else {
    if (keyword === 'userlist') reader.userlists.set(section.name, readUserList(reader, body))
    if (keyword === 'global') readGlobal(reader, body)
    // The other sections say nothing about routing.
    reader.counts.modelled += body.length
  }
}

/** An empty word ends the line for HAProxy up to 3.2: what follows, a condition maybe, is silently not there. */
function cutAtEmptyWord(line: HaproxyLine): HaproxyLine {
  const at = line.words.findIndex((word) => word.value === '' && word.variable === undefined)
  return at < 0 ? line : { ...line, words: line.words.slice(0, at) }
}

function readProxy(reader: Reader, header: HaproxyLine, kind: ProxyKind, body: readonly HaproxyLine[]): void {
  const [, named, from, base] = header.words
  const name = named?.value ?? ''
  const bad = /[^A-Za-z0-9_.:-]/.exec(name)?.[0]
  if (!name) complain(reader, header, 'NO_NAME', `\`${kind}\` needs a name`)
  else if (bad) complain(reader, header, 'BAD_NAME', `\`${bad}\` is not permitted in a name`, named?.column)
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
  if (found.length === 0) complain(reader, header, 'NO_SUCH_DEFAULTS', `there is no \`defaults ${name}\` above`)
  if (found.length > 1)
    complain(reader, header, 'AMBIGUOUS_DEFAULTS', `several sections are named \`defaults ${name}\``)
  return found[0]
}

function readBody(reader: Reader, draft: Draft, body: readonly HaproxyLine[], section: Section): void {
  let table: number | undefined
  for (const line of body) {
    const wrong = line.presence === 'kept' ? misplaced(line, section) : undefined
    if (wrong !== undefined) complain(reader, line, 'MISPLACED', wrong)
    if (line.words[0]?.value === 'stick-table' && line.presence === 'kept') {
      if (table !== undefined)
        complain(reader, line, 'DUPLICATE_TABLE', `there is a stick-table at line ${table} already`)
      table ??= line.number
    }
    const scope: Scope = {
      acls: draft.acls,
      files: reader.files,
      pages: reader.pages,
      line: line.number,
      ...(line.condition === undefined ? {} : { unknown: line.condition }),
      complain: (code, message, column) => complain(reader, line, code, message, column),
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

function readUserList(reader: Reader, body: readonly HaproxyLine[]): UserList {
  const users = new Map<string, { password: string | undefined; groups: Set<string> }>()
  const memberships: (readonly [user: string, group: string])[] = []
  for (const line of body) {
    const { words } = line
    const values = words.map((word) => word.value)
    const name = values[1] ?? ''
    const after = (keyword: string) => {
      const at = values.indexOf(keyword)
      return at < 0 ? undefined : values[at + 1]
    }
    if (values[0] === 'user') {
      users.set(name, { password: after('insecure-password'), groups: new Set() })
      for (const group of after('groups')?.split(',') ?? []) memberships.push([name, group])
    } else if (values[0] === 'group')
      for (const user of after('users')?.split(',') ?? []) memberships.push([user, name])
    else complain(reader, line, 'UNKNOWN_KEYWORD', `a userlist has no \`${values[0]}\``, words[0]?.column)
  }
  for (const [user, group] of memberships) {
    users.get(user)?.groups.add(group)
    const [first] = body
    if (!users.has(user) && first)
      complain(reader, first, 'NO_SUCH_USER', `\`${user}\` of group \`${group}\` is no user of this list`)
  }
  return { users }
}

function readGlobal(reader: Reader, body: readonly HaproxyLine[]): void {
  for (const line of body) {
    const first = line.words[0]?.value
    if ((first === 'user' || first === 'group') && line.words.length > 2)
      complain(reader, line, 'UNEXPECTED_WORD', `\`${first}\` takes one word`, line.words[2]?.column)
    if (first !== 'set-var') continue
    const expression = readExpression(line.words[2]?.value ?? '')
    if (expression && line.presence === 'kept') reader.processVars.set(line.words[1]?.value ?? '', expression)
  }
}

/** What HAProxy checks when all lines are read: names that must exist, names that must differ, modes that must fit. */
function checkReferences(reader: Reader, proxies: readonly ProxySection[]): void {
  const backends = new Map<string, ProxySection>()
  for (const proxy of proxies) {
    if (proxy.kind === 'frontend') continue
    const twin = backends.get(proxy.name)
    if (twin && twin.kind === proxy.kind)
      complain(
        reader,
        { number: proxy.line },
        'DUPLICATE_NAME',
        `\`${proxy.name}\` is declared at line ${twin.line} too`,
      )
    if (!twin) backends.set(proxy.name, proxy)
    const names = new Map<string, number>()
    for (const server of proxy.servers) {
      const other = names.get(server.name)
      if (other !== undefined)
        complain(
          reader,
          { number: server.line },
          'DUPLICATE_SERVER',
          `server \`${server.name}\` is at line ${other} too`,
        )
      names.set(server.name, server.line)
    }
  }
  for (const proxy of proxies) {
    for (const { server, line, unknown } of proxy.useServers)
      if (server !== undefined && unknown === undefined && !proxy.servers.some(({ name }) => name === server))
        complain(reader, { number: line }, 'NO_SUCH_SERVER', `\`${proxy.name}\` has no server \`${server}\``)
    if (proxy.kind === 'backend' || proxy.disabled) continue
    const targets = proxy.switches.flatMap(({ target, line }) =>
      'name' in target ? [{ name: target.name, line }] : [],
    )
    if (proxy.defaultBackend) targets.push(proxy.defaultBackend)
    for (const { name, line } of targets) {
      const target = backends.get(name)
      if (!target)
        complain(
          reader,
          { number: line },
          'NO_SUCH_BACKEND',
          `\`${proxy.name}\` routes to \`${name}\`, which does not exist`,
        )
      else if (proxy.mode === 'http' && target.mode === 'tcp')
        complain(reader, { number: line }, 'MODE_MISMATCH', `http \`${proxy.name}\` cannot use tcp backend \`${name}\``)
    }
  }
}
