import { readNetwork } from '../address.ts'
import { CONVERTER_WORDS } from '../grammar/sample-words.ts'
import type { Acl, Condition, Criterion, Expression, IntOperator, Literal, MatchMethod, Pattern } from '../model.ts'
import type { ErrorPages } from '../text/error-pages.ts'
import { printWords, type Word } from '../text/line-words.ts'
import { readPatternFile } from '../text/patterns.ts'
import { readExpression } from './expression.ts'
import { defaultMethod, FETCHES, METHODS, type SampleType, splitKeyword } from './fetches.ts'

/** What reading a condition needs to know and what it tells: the ACLs in scope, the files, and where to complain. */
export type Scope = {
  readonly acls: Map<string, Acl>
  readonly files: ReadonlyMap<string, string>
  /** The `http-errors` sections, by name. */
  readonly pages?: ReadonlyMap<string, ErrorPages>
  readonly line: number
  /** The line as it is written, where its words are from there. */
  readonly raw?: string
  /** What the line itself hangs on: an `.if` that the file alone does not decide. */
  readonly unknown?: string | undefined
  /** The ACL keywords that were read already: a large file has few, in many lines. */
  readonly keywords: Map<string, AclKeyword>
  readonly complain: (code: string, message: string, column?: number) => void
  /** Whether HAProxy refuses the line, as far as it was judged. */
  readonly isRefused: () => boolean
  /** Complains of what HAProxy refuses in a criterion. */
  readonly judge?: (words: readonly Word[]) => void
}

/** Reads `acl NAME CRITERION …` and adds it to the scope. */
export function readAcl(words: readonly Word[], scope: Scope): void {
  const name = words[1]?.value ?? ''
  const bad = /[^A-Za-z0-9_.:-]/.exec(name)?.[0]
  const problem = bad
    ? `\`${bad}\` is not permitted in an ACL name`
    : name.toLowerCase() === 'or' || words.length < 3
      ? 'an ACL needs a name (not `or`) and a criterion'
      : undefined
  if (problem !== undefined) {
    scope.complain('BAD_ACL', problem, words[1]?.column)
    return
  }
  const criterion = readCriterion(words.slice(2), scope)
  const known = scope.acls.get(name)
  if (known) known.criteria.push(criterion)
  else scope.acls.set(name, { name, criteria: [criterion] })
}

/**
 * Reads from `if` or `unless` to the end of the line. HAProxy's grammar: juxtaposition is AND, `or` and `||` are OR, an empty
 * alternative is ignored, so `if` alone is never and `unless` alone is always.
 */
export function readCondition(words: readonly Word[], scope: Scope): Condition {
  const terms: Literal[][] = []
  let term: Literal[] = []
  let negated = false
  const close = () => {
    if (term.length > 0) terms.push(term)
    term = []
  }
  for (let at = 1; at < words.length; at++) {
    let text = words[at]?.value ?? ''
    if (text.toLowerCase() === 'or' || text === '||') {
      close()
      continue
    }
    while (text.startsWith('!')) {
      negated = !negated
      text = text.slice(1)
    }
    if (!text) continue
    if (text === '{') {
      let end = at + 1
      while (end < words.length && words[end]?.value !== '}') end++
      if (end >= words.length) scope.complain('UNCLOSED_BRACE', "missing closing '}' in condition", words[at]?.column)
      const inner = words.slice(at + 1, end)
      if (inner.length === 0) scope.complain('EMPTY_ACL', 'missing fetch method in an anonymous ACL', words[at]?.column)
      term.push({ negated, acl: { name: '{…}', criteria: [readCriterion(inner, scope)] } })
      at = end
    } else term.push({ negated, acl: findAcl(text, scope, words[at]?.column) })
    negated = false
  }
  close()
  return { text: printWords(words, scope.raw), unless: words[0]?.value === 'unless', terms }
}

function findAcl(name: string, scope: Scope, column: number | undefined): Acl {
  const known = scope.acls.get(name)
  if (known) return known
  const predefined = PREDEFINED.get(name)
  if (predefined === undefined)
    scope.complain(
      'NO_SUCH_ACL',
      `no such ACL: \`${name}\`; an ACL is defined above its use, in the same section`,
      column,
    )
  const words = (predefined ?? 'always_false').split(' ').map((value) => ({ value, raw: value, column: 0 }))
  const acl = { name, criteria: [readCriterion(words, scope)] }
  // HAProxy adds a predefined ACL to the section at its first use, so a later `acl` of that name adds to it.
  if (predefined !== undefined) scope.acls.set(name, acl)
  return acl
}

/** configuration.txt 2.6 §7.4. */
const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ['TRUE', 'always_true'],
  ['FALSE', 'always_false'],
  ['HTTP', 'req.proto_http'],
  ['HTTP_1.0', 'req.ver 1.0'],
  ['HTTP_1.1', 'req.ver 1.1'],
  ['HTTP_2.0', 'req.ver 2.0'],
  ['HTTP_CONTENT', 'req.hdr_val(content-length) gt 0'],
  ['HTTP_URL_ABS', 'url_reg ^[^/:]*://'],
  ['HTTP_URL_SLASH', 'url_beg /'],
  ['HTTP_URL_STAR', 'url *'],
  ['LOCALHOST', 'src 127.0.0.1/8 ::1'],
  ['METH_CONNECT', 'method CONNECT'],
  ['METH_DELETE', 'method DELETE'],
  ['METH_GET', 'method GET HEAD'],
  ['METH_HEAD', 'method HEAD'],
  ['METH_OPTIONS', 'method OPTIONS'],
  ['METH_POST', 'method POST'],
  ['METH_PUT', 'method PUT'],
  ['METH_TRACE', 'method TRACE'],
  ['RDP_COOKIE', 'req.rdp_cookie_cnt gt 0'],
  ['REQ_CONTENT', 'req.len gt 0'],
  ['WAIT_END', 'wait_end'],
])

const OPERATORS: readonly IntOperator[] = ['eq', 'ge', 'gt', 'le', 'lt']

/** What stands before the patterns of a criterion, as far as it says the same wherever it stands. */
export type AclKeyword = {
  /** `fetch` is without the method that its name may end with. */
  readonly expression: Expression
  readonly type: SampleType | undefined
  readonly implied: MatchMethod | undefined
  readonly unreadable: boolean
}

function readKeyword(text: string, { keywords }: Scope): AclKeyword {
  const known = keywords.get(text)
  if (known) return known
  const whole = readExpression(text)
  const split = splitKeyword(whole?.fetch.name ?? text)
  const expression = { ...(whole ?? NO_EXPRESSION), fetch: { name: split.fetch, args: whole?.fetch.args ?? [] } }
  const last = expression.converters.at(-1)
  const type = last ? convertedType(last.name) : FETCHES.get(split.fetch)?.type
  // A converter after a suffixed keyword drops the suffix: `hdr_beg(host),lower www.` is an exact match.
  const implied = (last ? undefined : split.method) ?? (type ? defaultMethod(type) : undefined)
  const read = { expression, type, implied, unreadable: !whole && text !== '' }
  keywords.set(text, read)
  return read
}

function readCriterion(words: readonly Word[], scope: Scope): Criterion {
  const keyword = words[0]?.value ?? ''
  scope.judge?.(words)
  const { expression, type, implied, unreadable } = readKeyword(keyword, scope)
  const read = readPatterns(words, scope, implied)
  if (!read.method && type) scope.complain('NO_MATCH_METHOD', `\`${keyword}\` needs a match method: -m str`)
  checkLists(read, scope, words[0]?.column)
  const variable = words.find((word) => word.variable !== undefined)?.variable
  const unknown =
    scope.unknown ??
    (variable === undefined ? undefined : `environment variable ${variable}`) ??
    (unreadable ? `\`${keyword}\`` : undefined) ??
    read.unknown ??
    (read.method ? undefined : `\`${expression.fetch.name}\``) ??
    (read.inline.some(isDotted) ? 'a dotted number' : undefined)
  const criterion = {
    text: printWords(words, scope.raw),
    line: scope.line,
    expression,
    method: read.method ?? 'found',
    patterns: read.inline,
  }
  if (read.lists.length > 0) return withLists(criterion, read, unknown)
  return unknown === undefined ? criterion : { ...criterion, unknown }
}

/** Lists hold a million patterns, and many a question never looks at them. */
function withLists(criterion: Criterion, read: ReadPatterns, unknown: string | undefined): Criterion {
  let patterns: readonly Pattern[] | undefined
  return {
    ...criterion,
    ...(unknown === undefined ? {} : { unknown }),
    files: read.lists.map(({ file }) => file),
    get patterns() {
      patterns ??= listPatterns(read)
      return patterns
    },
  }
}

function convertedType(name: string): SampleType | undefined {
  const type = CONVERTER_WORDS.get(name)?.type
  return type === 'addr' || type === 'ipv4' || type === 'ipv6' ? 'ip' : type
}

function listPatterns({ lists, inline }: ReadPatterns): readonly Pattern[] {
  return [...lists.flatMap((list) => linesOfList(list).map((text) => ({ text, fold: list.fold }))), ...inline]
}

type List = { readonly file: string; readonly content: string; readonly fold: boolean; readonly map: boolean }

/** With `-M` the file is a map, and its keys are the patterns. */
function linesOfList({ content, map }: List): string[] {
  const lines = readPatternFile(content)
  return map ? lines.map((line) => line.replace(/[ \t].*$/s, '')) : lines
}

/** Patterns that HAProxy cannot read make it refuse the whole file; those of the line itself are the judge's. */
function checkLists({ method, lists }: ReadPatterns, scope: Scope, column: number | undefined): void {
  if (method !== 'ip' || lists.length === 0) return
  const odd = lists.flatMap((list) => (list.map ? linesOfList(list) : unusualLines(list.content)))
  const bad = odd.find((text) => !readNetwork(text) && !isHostName(text))
  if (bad !== undefined) scope.complain('BAD_ADDRESS', `\`${bad}\` is no IPv4 or IPv6 address`, column)
}

/** `ge 1.5` compares versions, two numbers in one. */
function isDotted({ text, operator }: Pattern): boolean {
  return operator !== undefined && /^\d+\.\d+$/.test(text)
}

/** Lines of a list that are not plainly an IPv4 network. */
function unusualLines(content: string): string[] {
  const odd = content.match(/^(?!#|[ \t\v\f]*(?:\d{1,3}(?:\.\d{1,3}){3}(?:\/(?:[12]?\d|3[0-2]))?)?\r?$).+$/gm)
  return odd ? readPatternFile(odd.join('\n')) : []
}

/** What HAProxy asks its resolver for when it starts. */
function isHostName(text: string): boolean {
  return /^[A-Za-z0-9_.-]+$/.test(text) && /[A-Za-z]/.test(text)
}

const NO_EXPRESSION = { text: '', fetch: { name: '', args: [] }, converters: [] }

type ReadPatterns = {
  method: MatchMethod | undefined
  readonly lists: List[]
  readonly inline: Pattern[]
  unknown?: string
}

/** Behind the keyword come flags, then patterns. `-i` applies to what follows it; an integer operator stays until the next one. */
function readPatterns(words: readonly Word[], scope: Scope, implied: MatchMethod | undefined): ReadPatterns {
  const found: ReadPatterns = { method: implied, lists: [], inline: [] }
  let fold = false
  let map = false
  let at = 1
  for (; at < words.length; at++) {
    const flag = words[at]?.value
    if (!flag?.startsWith('-')) break
    const argument = words[at + 1]?.value ?? ''
    if (flag === '-i') fold = true
    else if (flag === '-n') continue
    else if (flag === '-M') map = true
    else if (flag === '-m') {
      const method = METHODS.find((each) => each === argument)
      if (!method) scope.complain('BAD_MATCH_METHOD', `\`${argument}\` is no match method`, words[at + 1]?.column)
      found.method = method ?? found.method
      at++
    } else if (flag === '-u') at++
    else if (flag === '-f') {
      const content = scope.files.get(argument)
      if (content === undefined) found.unknown = `file ${argument}`
      else found.lists.push({ file: argument, content, fold, map })
      at++
    } else {
      if (flag === '--') at++
      break
    }
  }
  const counts = found.method === 'int' || found.method === 'len'
  let operator: IntOperator | undefined
  for (; at < words.length; at++) {
    const text = words[at]?.value ?? ''
    const next = counts ? OPERATORS.find((each) => each === text) : undefined
    if (next) operator = next
    else found.inline.push(operator ? { text, fold, operator } : { text, fold })
  }
  return found
}
