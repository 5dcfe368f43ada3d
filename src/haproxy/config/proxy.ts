import { isHarmless } from '../grammar/keywords.ts'
import { OTHER_OPTIONS, SWITCHES } from '../grammar/words.ts'
import type { Condition, Cookie, Rule, Ruleset, Stats } from '../model.ts'
import type { HaproxyLine, Word } from '../text.ts'
import { readAcl, readCondition, type Scope } from './condition.ts'
import { type Draft, ownRules, ownUnmodelled, setOption } from './draft.ts'
import { readErrorFile, readErrorFiles, readErrorLocation, readHttpError } from './error-answers.ts'
import { literalOf, readFormat } from './expression.ts'
import { readBinds, readServerOptions, readServers } from './listeners.ts'
import { keepsRequestLine } from './request-line.ts'
import { conditioned, printLine, readRedirect, readRule } from './rules.ts'

/** `kept`: a rule that is not modelled stays in its ruleset, and only what crosses it depends on it. */
export type LineVerdict = 'modelled' | 'harmless' | 'kept' | 'unmodelled'

const TCP_RULESETS = ['connection', 'session', 'content'] as const

/** Reads one line of a proxy section into its draft. */
export function readProxyLine(draft: Draft, line: HaproxyLine, scope: Scope): LineVerdict {
  const [first, second] = line.words
  const keyword = first?.value ?? ''
  const handler = HANDLERS.get(keyword)
  draft.keepsRequestLine = keepsRequestLine(draft.keepsRequestLine, line)
  const shaky = line.condition ?? line.words.find((word) => word.variable !== undefined)?.variable
  // What hangs on the environment is kept as a rule that hangs on it; a setting has nowhere to say so.
  if (handler && (shaky === undefined || CONDITIONAL.has(keyword))) {
    const verdict = handler(draft, line, scope)
    if (verdict !== 'unmodelled') return verdict
  } else if (isHarmless(line.words)) return 'harmless'
  const name = TWO_WORDS.has(keyword) ? `${keyword} ${second?.value ?? ''}` : keyword
  const what = handler && shaky !== undefined ? `${name}, which depends on ${shaky}` : name
  // A file with such a line decides nothing, and a chain of defaults would hand on more and more of them.
  if (!scope.isRefused()) ownUnmodelled(draft).push({ keyword: what, line: line.number })
  return 'unmodelled'
}

/** Keywords that say nothing without the next word. */
const TWO_WORDS = new Set(['option', 'stats', 'tcp-request', 'no'])
const CONDITIONAL = new Set([
  'http-request',
  'tcp-request',
  'use_backend',
  'redirect',
  'acl',
  'http-response',
  'use-server',
])

type Handler = (draft: Draft, line: HaproxyLine, scope: Scope) => LineVerdict

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  [
    'mode',
    (draft, line, scope) => {
      const mode = line.words[1]?.value
      if (mode !== 'http' && mode !== 'tcp') {
        scope.complain('BAD_MODE', `mode is http or tcp, not \`${mode}\``, line.words[1]?.column)
        return 'unmodelled'
      }
      draft.mode = mode
      return 'modelled'
    },
  ],
  ['disabled', set((draft) => (draft.disabled = true))],
  ['enabled', set((draft) => (draft.disabled = false))],
  ['bind', set((draft, line) => draft.binds.push(...readBinds(line)))],
  ['acl', set((_, line, scope) => readAcl(line.words, scope))],
  ['http-request', rule('http')],
  ['http-response', rule('response')],
  [
    'http-after-response',
    set((draft, line, scope) => draft.afterResponse.push(readRule(line.words.slice(1), 'response', line, scope))),
  ],
  ['tcp-request', readTcpRequest],
  ['tcp-response', readTcpResponse],
  ['redirect', readLegacyRedirect],
  ['use_backend', readSwitch],
  [
    'default_backend',
    set((draft, line) => {
      draft.defaultBackend = { name: line.words[1]?.value ?? '', line: line.number, says: printLine(line) }
    }),
  ],
  ['server', set((draft, line) => draft.servers.push(...readServers(line, draft.serverDefaults)))],
  ['server-template', set((draft, line) => draft.servers.push(...readServers(line, draft.serverDefaults)))],
  [
    'default-server',
    set((draft, line) => {
      draft.serverDefaults = readServerOptions(line.words, 1, draft.serverDefaults)
    }),
  ],
  ['use-server', readUseServer],
  ['force-persist', persist(true)],
  ['ignore-persist', persist(false)],
  ['cookie', readCookie],
  ['dynamic-cookie-key', set((draft) => setOption(draft, 'dynamic-cookie-key', true))],
  ['capture', readCaptureLine],
  ['declare', readCaptureLine],
  ['stick', readStick],
  ['option', readOption],
  ['no', readOption],
  [
    'monitor-uri',
    set((draft, line) => {
      draft.monitorUri = { uri: line.words[1]?.value ?? '', line: line.number, says: printLine(line) }
    }),
  ],
  ['monitor', readMonitorFail],
  ['stats', readStats],
  ['errorfile', set(readErrorFile)],
  ['errorfiles', set(readErrorFiles)],
  ['http-error', set(readHttpError)],
  ['errorloc', set((draft, line) => readErrorLocation(draft, line, 302))],
  ['errorloc302', set((draft, line) => readErrorLocation(draft, line, 302))],
  ['errorloc303', set((draft, line) => readErrorLocation(draft, line, 303))],
])

function set(change: (draft: Draft, line: HaproxyLine, scope: Scope) => unknown): Handler {
  return (draft, line, scope) => {
    change(draft, line, scope)
    return 'modelled'
  }
}

function rule(where: Ruleset): Handler {
  return (draft, line, scope) => {
    const read = readRule(line.words.slice(1), where, line, scope)
    noteCapture(draft, line)
    ownRules(draft)[where].push(read)
    return read.action.do === 'unmodelled' ? 'kept' : 'modelled'
  }
}

function readTcpRequest(draft: Draft, line: HaproxyLine, scope: Scope): LineVerdict {
  const second = line.words[1]?.value ?? ''
  if (second === 'inspect-delay') {
    draft.inspectDelay = !/^0[a-z]*$/.test(line.words[2]?.value ?? '0')
    return 'modelled'
  }
  const where = TCP_RULESETS.find((each) => each === second)
  if (where) {
    const read = readRule(line.words.slice(2), where, line, scope)
    noteCapture(draft, line)
    ownRules(draft)[where].push(read)
    return read.action.do === 'unmodelled' ? 'kept' : 'modelled'
  }
  // Before 1.5 `tcp-request accept` had no ruleset word; HAProxy 2.6 refuses it.
  return 'unmodelled'
}

function readLegacyRedirect(draft: Draft, line: HaproxyLine, scope: Scope): LineVerdict {
  const cursor = { words: line.words, scope, at: 1, broken: false }
  const action = readRedirect(cursor)
  if (cursor.broken) return 'unmodelled'
  draft.redirects.push({ ...conditional(line, line.words.slice(cursor.at), scope), action })
  return 'modelled'
}

function conditional(line: HaproxyLine, rest: readonly Word[], scope: Scope): Omit<Rule, 'action'> {
  const starts = rest[0]?.value === 'if' || rest[0]?.value === 'unless'
  const condition: Condition | undefined = starts ? readCondition(rest, scope) : undefined
  // What the environment holds may be nothing, which ends the line.
  if (!starts && rest[0] && rest[0].variable === undefined)
    scope.complain('UNEXPECTED_WORD', `\`${rest[0]?.raw}\` is not expected here`, rest[0]?.column)
  return conditioned(line, line.words, condition)
}

function readSwitch(draft: Draft, line: HaproxyLine, scope: Scope): LineVerdict {
  const text = line.words[1]?.value ?? ''
  const format = readFormat(text)
  if (!format) return 'unmodelled'
  const name = literalOf(format)
  const target = name === undefined ? { format, text } : { name }
  draft.switches.push({ ...conditional(line, line.words.slice(2), scope), target })
  return 'modelled'
}

function readUseServer(draft: Draft, line: HaproxyLine, scope: Scope): LineVerdict {
  const name = line.words[1]?.value ?? ''
  const format = name.includes('%') ? readFormat(name) : undefined
  const server = name.includes('%') ? undefined : name
  draft.useServers.push({ ...conditional(line, line.words.slice(2), scope), server, ...(format ? { format } : {}) })
  return 'modelled'
}

/** Which server a stick line means is not followed; the ACLs of its condition have to be there all the same. */
function readStick(draft: Draft, line: HaproxyLine, scope: Scope): LineVerdict {
  draft.sticks = true
  // A frontend sticks to nothing, and HAProxy does not read on.
  if (draft.kind === 'frontend') return 'modelled'
  conditional(line, line.words.slice(line.words[3]?.value === 'table' ? 5 : 3), scope)
  return 'modelled'
}

/** What is done to answers routes no request; the ACLs of its condition have to be there all the same. */
function readTcpResponse(_: Draft, line: HaproxyLine, scope: Scope): LineVerdict {
  const at = line.words.findIndex(({ value }, index) => index > 2 && (value === 'if' || value === 'unless'))
  if (at > 0) conditional(line, line.words.slice(at), scope)
  return 'harmless'
}

function persist(force: boolean): Handler {
  return set((draft, line, scope) => draft.persists.push({ ...conditional(line, line.words.slice(1), scope), force }))
}

function readCookie(draft: Draft, line: HaproxyLine): LineVerdict {
  const options = new Set(line.words.slice(2).map((word) => word.value))
  const mode = (['insert', 'rewrite', 'prefix'] as const).find((each) => options.has(each))
  const cookie: Cookie = { name: line.words[1]?.value ?? '', mode: mode ?? 'insert', dynamic: options.has('dynamic') }
  draft.cookie = cookie
  return 'modelled'
}

function readOption(draft: Draft, line: HaproxyLine): LineVerdict {
  const no = line.words[0]?.value === 'no'
  if (no && line.words[1]?.value !== 'option') return isHarmless(line.words) ? 'harmless' : 'unmodelled'
  const name = line.words[no ? 2 : 1]?.value ?? ''
  // What is no option is not remembered: a chain of defaults would hand on more and more of it.
  if (SWITCHES.words.has(name) || OTHER_OPTIONS.words.has(name)) setOption(draft, name, !no)
  if (OPTIONS.has(name)) return 'modelled'
  return no || isHarmless(line.words) ? 'harmless' : 'unmodelled'
}

const OPTIONS = new Set([
  'allbackups',
  'persist',
  'forwardfor',
  'redispatch',
  'accept-invalid-http-request',
  'http-use-proxy-header',
])

/** `capture request header NAME len N`, `declare capture request len N`: each has the next number. */
function readCaptureLine(draft: Draft, { words }: HaproxyLine): LineVerdict {
  const said = words.map((word) => word.value).join(' ')
  const [, header = '', length] = /^capture request header (\S+) len (\d+)$/.exec(said) ?? []
  if (length !== undefined || /^declare capture request /.test(said))
    draft.captures.push({ header, length: length === undefined ? undefined : Number(length) })
  return 'harmless'
}

/** A rule that captures takes the next number too. */
function noteCapture(draft: Draft, { words }: HaproxyLine): void {
  const at = words.findIndex(({ value }) => value === 'capture')
  if (at >= 0 && at <= 2 && words[at + 2]?.value === 'len') draft.captures.push({ header: '', length: undefined })
}

function readMonitorFail(draft: Draft, line: HaproxyLine, scope: Scope): LineVerdict {
  if (line.words[1]?.value !== 'fail') return 'unmodelled'
  draft.monitorFail.push({
    ...conditional(line, line.words.slice(2), scope),
    action: { do: 'answer', status: 503, from: 'error' },
  })
  return 'modelled'
}

function readStats(draft: Draft, line: HaproxyLine, scope: Scope): LineVerdict {
  const [, second, third] = line.words
  // A section that says anything of its own forgets what its defaults say.
  const own = draft.stats === draft.inherited.stats ? undefined : draft.stats
  const before: Stats = own ?? {
    uri: '/haproxy?stats',
    auth: [],
    rules: [],
    line: line.number,
    says: printLine(line),
  }
  draft.stats = before
  if (second?.value === 'uri')
    draft.stats = { ...before, uri: third?.value ?? '', line: line.number, says: printLine(line) }
  else if (second?.value === 'auth') draft.stats = { ...before, auth: [...before.auth, third?.value ?? ''] }
  else if (second?.value === 'admin') conditional(line, line.words.slice(2), scope)
  else if (second?.value === 'http-request')
    draft.stats = { ...before, rules: [...before.rules, readRule(line.words.slice(2), 'http', line, scope)] }
  return 'modelled'
}
