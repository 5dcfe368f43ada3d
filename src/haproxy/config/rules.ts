import type { Action, Condition, Expression, Format, Rule, Ruleset } from '../model.ts'
import { NORMALIZERS } from '../normalize.ts'
import { pageStatus } from '../text/error-pages.ts'
import { redactHaproxyLine } from '../text/redact.ts'
import type { HaproxyLine, Word } from '../text.ts'
import { readCondition, type Scope } from './condition.ts'
import { readExpression, readFormat } from './expression.ts'
import { METHODS } from './fetches.ts'

/**
 * Reads the action of a rule and what follows it. `words` start at the action (`deny`, `set-var(txn.x)`). Arguments are read by
 * position, never by searching for `if`: a value may be the word `if`.
 */
export function readRule(words: readonly Word[], where: Ruleset, line: HaproxyLine, scope: Scope): Rule {
  const cursor: Cursor = { words, scope, at: 1, broken: false }
  const name = words[0]?.value ?? ''
  const action = readAction(name, where, cursor)
  if (cursor.refused !== undefined) scope.complain('REFUSED', cursor.refused, words[0]?.column)
  const rest = words.slice(cursor.at)
  const conditional = rest[0]?.value === 'if' || rest[0]?.value === 'unless'
  const whole = !cursor.broken && (conditional || rest.length === 0)
  const variable = words.find((word) => word.variable !== undefined)?.variable
  const odd = rest[0]
  if (odd && !whole && !cursor.broken && variable === undefined && COMPLETE.has(name))
    scope.complain('UNEXPECTED_WORD', `\`if\` or \`unless\` is expected, not \`${odd.raw}\``, odd.column)
  // A line that is not understood to its end is not understood: its condition may still be at its end, but its action is not known.
  const guess = whole ? rest : words.slice(lastConditionAt(words))
  const condition: Condition | undefined =
    guess.length > 0 && !(cursor.broken && guess.length === words.length) ? readCondition(guess, scope) : undefined
  return {
    ...conditioned(line, words, condition?.text ? condition : undefined),
    action: whole ? action : { do: 'unmodelled', keyword: keywordOf(where, name) },
  }
}

/** A line that acts, without what it does: where it stands, when it takes part, and what that hangs on besides. */
export function conditioned(
  line: HaproxyLine,
  words: readonly Word[],
  condition: Condition | undefined,
): Omit<Rule, 'action'> {
  const variable = words.find((word) => word.variable !== undefined)?.variable
  const unknown = line.condition ?? (variable === undefined ? undefined : `environment variable ${variable}`)
  const written = { line: line.number, says: printLine(line) }
  if (unknown !== undefined) return { ...written, ...(condition ? { condition } : {}), unknown }
  return condition ? { ...written, condition } : written
}

/** The line without its indentation and the comment at its end, as it is cited; a secret on it is hidden. */
export function printLine(line: HaproxyLine): string {
  const first = line.words[0]
  const last = line.words.at(-1)
  return first && last ? redactHaproxyLine(line.raw.slice(first.column - 1, last.column - 1 + last.raw.length)) : ''
}

/** Actions all of whose arguments are known: what follows them can only be a condition. */
const COMPLETE = new Set(
  'allow accept reject deny tarpit set-header add-header set-path set-query set-uri set-method replace-path'.split(' '),
)

type Cursor = {
  readonly words: readonly Word[]
  /** The files that a rule names. */
  readonly scope: Pick<Scope, 'files' | 'pages'>
  at: number
  broken: boolean
  /** What HAProxy refuses in it. */
  refused?: string
}

const KEYWORD: Readonly<Record<Ruleset, string>> = {
  connection: 'tcp-request connection',
  session: 'tcp-request session',
  content: 'tcp-request content',
  http: 'http-request',
  response: 'http-response',
}

function keywordOf(where: Ruleset, name: string): string {
  return `${KEYWORD[where]} ${name}`
}

function lastConditionAt(words: readonly Word[]): number {
  const at = words.findLastIndex((word) => word.value === 'if' || word.value === 'unless')
  return at < 0 ? words.length : at
}

function take(cursor: Cursor): string {
  const word = cursor.words[cursor.at++]
  if (!word) cursor.broken = true
  return word?.value ?? ''
}

function takeFormat(cursor: Cursor): Format {
  const format = readFormat(take(cursor))
  if (!format) cursor.broken = true
  return format ?? []
}

function takeExpression(cursor: Cursor): Expression {
  const expression = readExpression(take(cursor))
  if (!expression) cursor.broken = true
  return expression ?? { text: '', fetch: { name: '', args: [] }, converters: [] }
}

/** Actions that cannot change where a request goes, with the number of arguments they take. */
const HARMLESS: ReadonlyMap<string, number> = new Map([
  ...'set-log-level set-nice set-mark set-tos set-priority-class set-priority-offset'
    .split(' ')
    .map((name) => [name, 1] as const),
  ...'disable-l7-retry'.split(' ').map((name) => [name, 0] as const),
  ['wait-for-handshake', 0],
  ['early-hint', 2],
  ['set-timeout', 2],
])
const CALL = /^(set-var-fmt|set-var|unset-var)\(([A-Za-z0-9_.]+)((?:,[a-z]+)*)\)$/
const COUNTERS = /^(track-sc\d|sc-(inc-gpc|set-gpt)\d?\([^)]*\))$/

function readAction(name: string, where: Ruleset, cursor: Cursor): Action {
  const variable = name.includes('(') ? readVariable(name, cursor) : undefined
  if (variable) return variable
  if (COUNTERS.test(name)) return readCounters(name, cursor)
  if (name === 'silent-drop') {
    if (cursor.words[cursor.at]?.value === 'rst-ttl') cursor.at += 2
    return { do: 'drop' }
  }
  const which = ADDRESSES.get(name)
  if (which) return { do: 'set-address', which, value: takeExpression(cursor) }
  const harmless = HARMLESS.get(name)
  if (harmless !== undefined) {
    for (let i = 0; i < harmless; i++) take(cursor)
    return { do: 'nothing' }
  }
  if (name === 'strict-mode') return { do: 'be-strict', on: take(cursor) !== 'off' }
  if (where === 'http' || where === 'response') return readHttpAction(name, cursor, where)
  return readTcpAction(name, cursor)
}

const ADDRESSES: ReadonlyMap<string, 'src' | 'src-port' | 'dst' | 'dst-port'> = new Map([
  ['set-src', 'src'],
  ['set-src-port', 'src-port'],
  ['set-dst', 'dst'],
  ['set-dst-port', 'dst-port'],
] as const)

function readVariable(action: string, cursor: Cursor): Action | undefined {
  const [, call, name = '', when = ''] = CALL.exec(action) ?? []
  if (call === undefined) return undefined
  const only = when.split(',').filter(Boolean)
  if (!/^(?:proc|sess|txn|req|res|check)\./.test(name))
    cursor.refused = `a variable starts with its scope, as in txn.${name}`
  if (call === 'unset-var') return { do: 'unset-var', name }
  if (call === 'set-var-fmt') return { do: 'set-var-fmt', name, value: takeFormat(cursor), only }
  return { do: 'set-var', name, value: takeExpression(cursor), only }
}

function readTcpAction(name: string, cursor: Cursor): Action {
  if (name === 'accept') return { do: 'pass' }
  if (name === 'reject') return { do: 'close' }
  if (name === 'expect-proxy' && take(cursor) === 'layer4') return { do: 'expect-proxy' }
  if (name === 'capture') return readCapture(cursor)
  return unmodelled(name, cursor)
}

function unmodelled(name: string, cursor: Cursor): Action {
  cursor.broken = true
  return { do: 'unmodelled', keyword: name }
}

function readCounters(name: string, cursor: Cursor): Action {
  if (!name.startsWith('sc-inc')) take(cursor)
  if (name.startsWith('track') && cursor.words[cursor.at]?.value === 'table') cursor.at += 2
  return { do: 'nothing' }
}

function readCapture(cursor: Cursor): Action {
  take(cursor)
  const how = take(cursor)
  take(cursor)
  if (how !== 'len' && how !== 'id') cursor.broken = true
  return { do: 'nothing' }
}

function readHttpAction(name: string, cursor: Cursor, where: Ruleset): Action {
  switch (name) {
    case 'allow':
      return { do: 'pass' }
    case 'reject':
      return { do: 'close' }
    case 'deny':
      return readAnswer(cursor, where === 'response' ? 502 : 403)
    case 'tarpit':
      return readAnswer(cursor, 500)
    case 'return':
      return readAnswer(cursor, 200)
    case 'redirect':
      return readRedirect(cursor)
    case 'auth':
      if (cursor.words[cursor.at]?.value === 'realm') cursor.at += 2
      return { do: 'answer', status: 401, from: 'error', asksWho: true }
    case 'set-header':
    case 'add-header':
      return { do: name, name: take(cursor), format: takeFormat(cursor) }
    case 'del-header':
      return readDelHeader(cursor)
    case 'replace-header':
    case 'replace-value':
      return { do: name, name: take(cursor), regex: take(cursor), format: takeFormat(cursor) }
    case 'set-path':
    case 'set-pathq':
    case 'set-query':
    case 'set-uri':
    case 'set-method':
      return { do: name, format: takeFormat(cursor) }
    case 'replace-path':
    case 'replace-pathq':
    case 'replace-uri':
      return { do: name, regex: take(cursor), format: takeFormat(cursor) }
    case 'capture':
      return readCapture(cursor)
    case 'normalize-uri':
      return readNormalize(cursor)
    case 'use-service':
      return take(cursor) === 'prometheus-exporter' ? { do: 'export' } : unmodelled(name, cursor)
    case 'set-status': {
      const status = Number(take(cursor))
      if (cursor.words[cursor.at]?.value === 'reason') cursor.at += 2
      return { do: 'set-status', status }
    }
    case 'wait-for-body':
      return readWait(cursor)
    case 'cache-store':
      take(cursor)
      return { do: 'nothing' }
    default:
      return unmodelled(name, cursor)
  }
}

/** The statuses HAProxy has a page for; any other needs headers or a body of its own. */
const READY_ANSWERS = new Set([200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 425, 429, 500, 501, 502, 503, 504])

/** `deny`, `tarpit` and `return` share their arguments: a status and what the answer holds. */
function readAnswer(cursor: Cursor, status: number): Action {
  const ready = status !== 200
  let from: 'error' | 'rule' = ready ? 'error' : 'rule'
  let body = false
  let page: { readonly named: boolean; readonly name: string } | undefined
  for (let done = false; !done && cursor.at < cursor.words.length; ) {
    switch (cursor.words[cursor.at]?.value) {
      case 'status':
      case 'deny_status':
        cursor.at++
        // `atol` reads what stands before the first other character.
        status = Number(/^[+-]?\d+/.exec(take(cursor))?.[0] ?? 0)
        if (!Number.isInteger(status) || status < 200 || status > 599)
          cursor.refused = `there is no status ${status} to answer with`
        break
      case 'hdr':
        cursor.at++
        take(cursor)
        takeFormat(cursor)
        from = 'rule'
        break
      case 'string':
      case 'lf-string':
      case 'file':
      case 'lf-file':
        body = true
        from = 'rule'
        cursor.at += 2
        break
      case 'content-type':
        cursor.at += 2
        break
      case 'errorfile':
      case 'errorfiles':
        page = {
          named: cursor.words[cursor.at]?.value === 'errorfiles',
          name: cursor.words[cursor.at + 1]?.value ?? '',
        }
        cursor.at += 2
        break
      case 'default-errorfiles':
        from = 'error'
        cursor.at++
        break
      default:
        done = true
    }
  }
  if (page) {
    const shown = page.named
      ? cursor.scope.pages?.get(page.name)?.get(status)
      : pageStatus(page.name, cursor.scope.files)
    return { do: 'answer', status: shown ?? status, from: page.named && shown === undefined ? 'error' : 'rule' }
  }
  if (body && status === 204) cursor.refused = 'status 204 has no body'
  if (ready && from === 'error' && !READY_ANSWERS.has(status))
    cursor.refused ??= `HAProxy has no answer ready for status ${status}`
  return { do: 'answer', status, from }
}

export function readRedirect(cursor: Cursor): Action {
  let status = 302
  let location = ''
  let unlessEmpty = false
  for (let done = false; !done && cursor.at < cursor.words.length; ) {
    switch (cursor.words[cursor.at]?.value) {
      case 'location':
      case 'prefix':
      case 'scheme':
        cursor.at++
        location = cursor.words[cursor.at]?.value ?? ''
        takeFormat(cursor)
        break
      case 'code':
        cursor.at++
        status = Number(take(cursor))
        if (![301, 302, 303, 307, 308].includes(status)) cursor.refused = `a redirect has no status ${status}`
        break
      case 'set-cookie':
      case 'clear-cookie':
        cursor.at += 2
        break
      case 'drop-query':
      case 'append-slash':
        cursor.at++
        break
      case 'ignore-empty':
        unlessEmpty = true
        cursor.at++
        break
      default:
        done = true
    }
  }
  return { do: 'redirect', status, ...(unlessEmpty ? { unlessEmpty: location } : {}) }
}

function readNormalize(cursor: Cursor): Action {
  const text = take(cursor)
  const how = NORMALIZERS.find((each) => each === text)
  if (!how) return unmodelled('normalize-uri', cursor)
  const option = cursor.words[cursor.at]?.value
  if (option !== 'strict' && option !== 'full') {
    // Measured with 2.6: those that may have an option, and have a condition instead, merge slashes.
    const lost = option !== undefined && (how === 'path-strip-dotdot' || how.startsWith('percent-'))
    return { do: 'normalize', how: lost ? 'path-merge-slashes' : how, option: undefined }
  }
  cursor.at++
  return { do: 'normalize', how, option }
}

function readWait(cursor: Cursor): Action {
  let atLeast: number | undefined
  while (['time', 'at-least'].includes(cursor.words[cursor.at]?.value ?? '')) {
    if (cursor.words[cursor.at]?.value === 'at-least')
      atLeast = Number.parseInt(cursor.words[cursor.at + 1]?.value ?? '', 10)
    cursor.at += 2
  }
  return { do: 'await-body', atLeast }
}

function readDelHeader(cursor: Cursor): Action {
  const name = take(cursor)
  if (cursor.words[cursor.at]?.value !== '-m') return { do: 'del-header', name, method: 'str' }
  cursor.at++
  const text = take(cursor)
  const method = METHODS.find((each) => each === text)
  if (!method) cursor.broken = true
  else if (!['str', 'beg', 'end', 'sub', 'reg'].includes(method))
    cursor.refused = `headers cannot be deleted by -m ${text}`
  return { do: 'del-header', name, method: method ?? 'str' }
}
