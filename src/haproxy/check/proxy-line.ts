import {
  between,
  type Grammar,
  isOpen,
  oneOf,
  time,
  tooFew,
  tooMany,
  unknown,
  valueAt,
  type Words,
  type Wrong,
  whole,
  wrong,
} from '../grammar/grammar.ts'
import { PLACES } from '../grammar/sample-words.ts'
import { knowsWord } from '../grammar/vocabulary.ts'
import { PROXY_WORDS, REPLACED } from '../grammar/words.ts'
import { misplaced, type Section } from '../text/placement.ts'
import type { HaproxyLine } from '../text.ts'
import { checkExpression, checkFormat } from './expression.ts'
import { checkHttpCheck, checkTcpCheck } from './health.ts'
import { checkBind, checkDefaultServer, checkServer, checkSourceLine } from './listener.ts'
import { checkCondition, checkRedirectLine, checkRule, type Side } from './rule.ts'
import { checkLog, checkOptionLine, checkStats, checkStickTable } from './settings.ts'

/** What a line of a proxy section is judged by, besides its own words. */
export type Judging = {
  readonly grammar: Grammar
  readonly section: Section
  /** The words of the `default-server` lines above. */
  readonly serverDefaults: ReadonlySet<string>
}

/** What HAProxy refuses in a line of a frontend, backend, listen or defaults section; undefined when nothing is known against it. */
export function checkProxyLine(line: HaproxyLine, judging: Judging): Wrong | undefined {
  const { words } = line
  if (isOpen(words, 0)) return undefined
  const keyword = valueAt(words, 0)
  const { grammar } = judging
  if (keyword === 'no' || keyword === 'default') return checkNegated(words, judging)
  const replaced = Object.hasOwn(REPLACED, keyword) ? REPLACED[keyword] : undefined
  if (replaced !== undefined)
    return wrong(`\`${keyword}\` is gone; ${replaced} is what takes its place`, 0, 'UNKNOWN_KEYWORD')
  if (!knowsWord(PROXY_WORDS, keyword, grammar.version)) return unknown(PROXY_WORDS, keyword, grammar, 'keyword', 0)
  const place = misplaced(line, judging.section)
  if (place !== undefined) return wrong(place, undefined, 'MISPLACED')
  return CHECKS.get(keyword)?.(words, judging)
}

type Check = (words: Words, judging: Judging) => Wrong | undefined

/** `no option x`, `no log`; `default` stands before the same. */
function checkNegated(words: Words, { grammar }: Judging): Wrong | undefined {
  const second = valueAt(words, 1)
  if (isOpen(words, 1)) return undefined
  if (second === 'option') return checkOptionLine(words.slice(1), grammar, { negated: true })
  if (second === 'log' && valueAt(words, 0) === 'no') return tooMany(words, 2)
  return wrong(`\`${valueAt(words, 0)}\` stands before \`option\` and \`log\` only`, 1)
}

function sideOf(section: Section): Side {
  const inDefaults = section === 'defaults' || section === 'anonymous defaults'
  return { front: inDefaults || section !== 'backend', back: inDefaults || section !== 'frontend' }
}

const UNLIMITED = Number.POSITIVE_INFINITY
/** The statuses that a page of one's own can be set for. */
export const ERROR_STATUSES = '200 400 401 403 404 405 407 408 410 413 421 422 425 429 500 501 502 503 504'.split(' ')

/** `atol` takes any text for a number; only that there is a word, and no second one, is looked at. */
const anyNumber: Check = (words) => tooFew(words, 2, 'a number') ?? tooMany(words, 2)
const conditionAt =
  (at: number): Check =>
  (words) =>
    valueAt(words, at) === 'if' || valueAt(words, at) === 'unless' || isOpen(words, at)
      ? undefined
      : wrong(`\`${valueAt(words, 0)}\` needs \`if\` or \`unless\` and a condition`)

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['backlog', anyNumber],
  ['fullconn', anyNumber],
  ['maxconn', anyNumber],
  ['retries', anyNumber],
  ['max-session-srv-conns', (words) => tooFew(words, 2, 'a number')],
  ['max-keep-alive-queue', (words) => tooFew(words, 2, 'a number') ?? whole(words, 1)],
  ['hash-balance-factor', (words) => tooFew(words, 2, 'a number') ?? checkFactor(words)],
  ['rate-limit', (words) => oneOf(words, 1, ['sessions']) ?? tooFew(words, 3, 'a number') ?? whole(words, 2)],
  ['id', (words) => tooFew(words, 2, 'a number') ?? between(words, 1, 1, UNLIMITED) ?? tooMany(words, 2)],
  ['balance', checkBalance],
  ['bind', (words, { grammar }) => checkBind(words, grammar)],
  ['capture', checkCapture],
  ['clitcpka-cnt', (words) => tooFew(words, 2, 'a number') ?? whole(words, 1)],
  ['srvtcpka-cnt', (words) => tooFew(words, 2, 'a number') ?? whole(words, 1)],
  ...['clitcpka-idle', 'clitcpka-intvl', 'srvtcpka-idle', 'srvtcpka-intvl'].map(
    (name) => [name, (words: Words) => tooFew(words, 2, 'a time') ?? time(words, 1)] as const,
  ),
  ['compression', checkCompression],
  ['cookie', checkCookie],
  ['declare', checkDeclare],
  ['default-server', (words, { grammar }) => checkDefaultServer(words, grammar)],
  ['default_backend', (words) => tooFew(words, 2, 'a backend') ?? tooMany(words, 2)],
  ['description', (words) => tooFew(words, 2, 'a text')],
  ['disabled', (words) => tooMany(words, 1)],
  ['enabled', (words) => tooMany(words, 1)],
  ['transparent', (words) => tooMany(words, 1)],
  ['dispatch', checkDispatch],
  ['dynamic-cookie-key', (words) => tooFew(words, 2, 'a key')],
  ['email-alert', (words) => oneOf(words, 1, ['from', 'level', 'mailers', 'myhostname', 'to']) ?? checkLevel(words)],
  ['errorfile', (words) => tooFew(words, 3, 'a status and a file') ?? oneOf(words, 1, ERROR_STATUSES)],
  ['errorfiles', checkErrorFiles],
  ...['errorloc', 'errorloc302', 'errorloc303'].map(
    (name) =>
      [name, (words: Words) => tooFew(words, 3, 'a status and a URL') ?? oneOf(words, 1, ERROR_STATUSES)] as const,
  ),
  ['error-log-format', checkLogFormat],
  ['log-format', checkLogFormat],
  ['log-format-sd', checkLogFormat],
  ['unique-id-format', checkLogFormat],
  ['unique-id-header', (words) => tooFew(words, 2, 'the name of a header')],
  ['external-check', checkExternal],
  ['filter', checkFilter],
  ['force-persist', conditionAt(1)],
  ['ignore-persist', conditionAt(1)],
  ['hash-type', checkHashType],
  ['http-after-response', (words, judging) => rule(words, 1, 'http-after-response', judging)],
  ['http-check', (words, { grammar }) => checkHttpCheck(words, grammar)],
  ['http-error', checkHttpError],
  ['http-request', (words, judging) => rule(words, 1, 'http-request', judging)],
  ['http-response', (words, judging) => rule(words, 1, 'http-response', judging)],
  ['http-reuse', (words) => oneOf(words, 1, ['never', 'safe', 'aggressive', 'always']) ?? tooMany(words, 2)],
  ['http-send-name-header', (words) => tooFew(words, 2, 'the name of a header')],
  ['load-server-state-from-file', (words) => oneOf(words, 1, ['global', 'local', 'none'])],
  ['log', (words, { grammar }) => checkLog(words, grammar, { global: true })],
  ['log-tag', (words) => tooFew(words, 2, 'a tag')],
  ['mode', checkMode],
  ['monitor', (words, judging) => oneOf(words, 1, ['fail']) ?? conditionAt(2)(words, judging)],
  ['monitor-uri', (words) => tooFew(words, 2, 'a URI') ?? tooMany(words, 2)],
  ['option', (words, { grammar }) => checkOptionLine(words, grammar, { negated: false })],
  [
    'persist',
    (words) =>
      /^rdp-cookie(?:\([^)]+\))?$/.test(valueAt(words, 1)) ? tooMany(words, 2) : wrong('rdp-cookie is expected', 1),
  ],
  ['redirect', (words, { grammar }) => checkRedirectLine(words, grammar)],
  ['retry-on', checkRetryOn],
  ['server', (words, { grammar, serverDefaults }) => checkServer(words, serverDefaults, grammar)],
  ['server-template', (words, { grammar, serverDefaults }) => checkServer(words, serverDefaults, grammar)],
  ['server-state-file-name', (words) => tooMany(words, 2)],
  ['source', checkSourceLine],
  ['stats', (words, { grammar, section }) => checkStats(words, grammar, sideOf(section))],
  ['stick', checkStick],
  [
    'stick-table',
    (words, { grammar }) => {
      const at = words.findIndex((word) => word.value === 'peers')
      if (at > 0 && !isOpen(words, at + 1)) grammar.refer?.('peers', valueAt(words, at + 1))
      return checkStickTable(words, 1)
    },
  ],
  ['tcp-check', (words, { grammar }) => checkTcpCheck(words, grammar)],
  ['tcp-request', checkTcpRule],
  ['tcp-response', checkTcpRule],
  ['timeout', checkTimeout],
  ['use_backend', checkSwitch],
  ['use-server', (words, judging) => tooFew(words, 2, 'a server') ?? conditionAt(2)(words, judging)],
  [
    'use-fcgi-app',
    (words, { grammar }) => {
      if (!isOpen(words, 1)) grammar.refer?.('fcgi-app', valueAt(words, 1))
      return tooFew(words, 2, 'the name of an application')
    },
  ],
])

function rule(words: Words, at: number, name: Parameters<typeof checkRule>[2], { grammar, section }: Judging) {
  return checkRule(words, at, name, sideOf(section), grammar)
}

function checkFactor(words: Words): Wrong | undefined {
  const value = Number(/^[+-]?\d+/.exec(valueAt(words, 1))?.[0] ?? 0)
  return isOpen(words, 1) || value === 0 || value > 100 ? undefined : wrong('0 or a number above 100 is expected', 1)
}

function checkBalance(words: Words, { grammar }: Judging): Wrong | undefined {
  const [, name, inner] = /^([^(]*)(?:\((.*)\))?/.exec(valueAt(words, 1)) ?? []
  const second = valueAt(words, 2)
  if (isOpen(words, 1)) return undefined
  switch (name) {
    case '':
    case 'roundrobin':
    case 'static-rr':
    case 'first':
    case 'leastconn':
    case 'source':
    case 'rdp-cookie':
      return undefined
    case 'log-hash':
    case 'sticky':
      return grammar.version.series >= 209 ? undefined : wrong(`HAProxy knows no balance \`${name}\` here`, 1)
    case 'random':
      return inner === undefined || /^[1-9]\d*$/.test(inner) ? undefined : wrong('a number of draws is expected', 1)
    case 'uri':
      return checkUriBalance(words)
    case 'url_param':
      if (second === '') return wrong('`balance url_param` needs the name of a parameter')
      return words.length > 3 ? oneOf(words, 3, ['check_post', 'max_wait']) : undefined
    case 'hash': {
      if (grammar.version.series < 206) return wrong('HAProxy knows no balance `hash` here', 1)
      const bad =
        second === ''
          ? wrong('`balance hash` needs a sample expression')
          : checkExpression(second, [PLACES.server], grammar).wrong
      return bad && { ...bad, at: bad.at ?? 2 }
    }
    case 'hdr':
      if (inner === undefined || inner === '')
        return wrong('`balance hdr` needs the name of a header in parentheses', 1)
      return second === '' ? undefined : oneOf(words, 2, ['use_domain_only'])
    default:
      return wrong(`HAProxy knows no balance \`${valueAt(words, 1)}\``, 1)
  }
}

function checkUriBalance(words: Words): Wrong | undefined {
  for (let at = 2; at < words.length; ) {
    const name = valueAt(words, at)
    if (name === 'whole' || name === 'path-only') at++
    else if (name === 'len' || name === 'depth') {
      const bad = between(words, at + 1, 1, UNLIMITED)
      if (bad) return bad
      at += 2
    } else return oneOf(words, at, ['len', 'depth', 'whole', 'path-only'])
  }
  return undefined
}

function checkCapture(words: Words): Wrong | undefined {
  const [what, header] = [valueAt(words, 1), valueAt(words, 2)]
  // HAProxy counts the words and does not look whether `len` is one of them.
  if (what === 'cookie') return words.length >= 5 ? undefined : wrong('`capture cookie NAME len NUMBER` is expected')
  const captures = (what === 'request' || what === 'response') && header === 'header'
  if (!captures || words.length < 6 || valueAt(words, 4) !== 'len')
    return wrong('`capture cookie`, `capture request header` or `capture response header` and a length are expected')
  return tooMany(words, 6)
}

const ALGORITHMS = ['identity', 'gzip', 'deflate', 'raw-deflate']

function checkCompression(words: Words, { grammar }: Judging): Wrong | undefined {
  const kinds = ['algo', 'type', 'offload']
  if (grammar.version.series >= 208)
    kinds.push('algo-req', 'algo-res', 'type-req', 'type-res', 'direction', 'minsize-req', 'minsize-res')
  const bad = oneOf(words, 1, kinds)
  if (bad || isOpen(words, 1) || valueAt(words, 1) === 'offload') return bad
  if (words.length < 3) return wrong(`\`compression ${valueAt(words, 1)}\` needs a value`)
  const odd =
    valueAt(words, 1) === 'algo' ? words.findIndex((word, at) => at > 1 && !ALGORITHMS.includes(word.value)) : -1
  return odd < 0 ? undefined : oneOf(words, odd, ALGORITHMS)
}

const COOKIE = 'rewrite insert prefix indirect nocache postonly preserve httponly secure dynamic'.split(' ')

function checkCookie(words: Words): Wrong | undefined {
  const few = tooFew(words, 2, 'the name of a cookie')
  if (few) return few
  const given = new Set<string>()
  for (let at = 2; at < words.length; at++) {
    const name = valueAt(words, at)
    if (isOpen(words, at)) return undefined
    if (['domain', 'attr', 'maxidle', 'maxlife'].includes(name)) {
      if (words[at + 1] === undefined) return wrong(`\`${name}\` needs a value`, at)
      const bad = name.startsWith('max') ? time(words, at + 1) : undefined
      if (bad) return bad
      at++
    } else if (!COOKIE.includes(name)) return oneOf(words, at, [...COOKIE, 'domain', 'attr', 'maxidle', 'maxlife'])
    given.add(name)
  }
  const modes = ['rewrite', 'insert', 'prefix'].filter((mode) => given.has(mode))
  if (modes.length > 1) return wrong(`a cookie cannot be \`${modes.join('` and `')}\``)
  if (given.has('rewrite') && given.has('indirect')) return wrong('`rewrite` and `indirect` exclude each other')
  return undefined
}

function checkDeclare(words: Words): Wrong | undefined {
  return (
    oneOf(words, 1, ['capture']) ??
    oneOf(words, 2, ['request', 'response']) ??
    oneOf(words, 3, ['len']) ??
    (words[4] ? between(words, 4, 1, UNLIMITED) : wrong('a length is expected'))
  )
}

function checkDispatch(words: Words): Wrong | undefined {
  const address = valueAt(words, 1)
  if (!isOpen(words, 1) && !/:\d+$/.test(address)) return wrong(`\`dispatch\` needs an address and a port`)
  return tooMany(words, 2)
}

const LEVELS = ['emerg', 'alert', 'crit', 'err', 'error', 'warning', 'notice', 'info', 'debug']

function checkLevel(words: Words): Wrong | undefined {
  return valueAt(words, 1) === 'level' ? oneOf(words, 2, LEVELS) : undefined
}

function checkErrorFiles(words: Words, { grammar }: Judging): Wrong | undefined {
  const few = tooFew(words, 2, 'the name of an `http-errors` section')
  if (few) return few
  if (!isOpen(words, 1)) grammar.refer?.('http-errors', valueAt(words, 1))
  const odd = words.findIndex(
    (word, at) => at > 1 && word.variable === undefined && !ERROR_STATUSES.includes(word.value),
  )
  return odd < 0 ? undefined : oneOf(words, odd, ERROR_STATUSES)
}

/** A backend logs nothing: what its format says is never read, but for the one of identifiers. */
function checkLogFormat(words: Words, { grammar, section }: Judging): Wrong | undefined {
  const few =
    tooFew(words, 2, 'a format') ?? (words.length > 2 ? wrong('a format is one word: quote it', 2) : undefined)
  if (few || isOpen(words, 1) || (section === 'backend' && valueAt(words, 0) !== 'unique-id-format')) return few
  const bad = checkFormat(valueAt(words, 1), undefined, grammar)
  return bad && { ...bad, at: bad.at ?? 1 }
}

function checkExternal(words: Words): Wrong | undefined {
  return oneOf(words, 1, ['command', 'path']) ?? tooFew(words, 3, 'a value') ?? tooMany(words, 3)
}

function checkFilter(words: Words, { grammar }: Judging): Wrong | undefined {
  const names = ['cache', 'compression', 'fcgi-app', 'opentracing', 'spoe', 'trace']
  if (grammar.version.series >= 207) names.push('bwlim-in', 'bwlim-out')
  const name = valueAt(words, 1)
  if (grammar.lua && name.startsWith('lua.')) return undefined
  const bad = oneOf(words, 1, names)
  if (bad) return bad
  if (name === 'compression' && words.length > 2) return wrong('`filter compression` takes nothing', 2)
  if ((name === 'cache' || name === 'fcgi-app') && words.length < 3) return wrong(`\`filter ${name}\` needs a name`)
  if ((name === 'cache' || name === 'fcgi-app') && !isOpen(words, 2)) grammar.refer?.(name, valueAt(words, 2))
  if (name === 'trace') return checkTrace(words)
  return name === 'spoe' && !words.some((word) => word.value === 'config')
    ? wrong('`filter spoe` needs a `config` file')
    : undefined
}

function checkTrace(words: Words): Wrong | undefined {
  for (let at = 2; at < words.length; at++) {
    const bad = oneOf(words, at, ['name', 'quiet', 'random-forwarding', 'random-parsing', 'hexdump'])
    if (bad) return bad
    if (valueAt(words, at) === 'name' && words[++at] === undefined) return wrong('`name` needs a value', at - 1)
  }
  return undefined
}

function checkHashType(words: Words): Wrong | undefined {
  return (
    oneOf(words, 1, ['consistent', 'map-based']) ??
    (words.length > 2 ? oneOf(words, 2, ['sdbm', 'djb2', 'wt6', 'crc32', 'none']) : undefined) ??
    (words.length > 3 ? oneOf(words, 3, ['avalanche']) : undefined)
  )
}

function checkHttpError(words: Words): Wrong | undefined {
  const few = tooFew(words, 3, 'a `status`')
  if (few) return few
  const given = new Set<string>()
  for (let at = 1; at < words.length; at += 2) {
    const name = valueAt(words, at)
    const bad = isOpen(words, at) ? undefined : oneOf(words, at, PAGE)
    if (bad) return bad
    given.add(name)
    if (name === 'default-errorfiles') at--
    else if (name === 'hdr') at++
    if (at + 1 >= words.length && name !== 'default-errorfiles') return wrong(`\`${name}\` needs a value`)
    if (name === 'status') {
      const status = oneOf(words, at + 1, ERROR_STATUSES)
      if (status) return status
    }
  }
  const body = given.has('content-type') ? undefined : TYPED.find((name) => given.has(name))
  return body === undefined ? undefined : wrong(`\`${body}\` needs a \`content-type\``)
}

const TYPED = ['file', 'lf-file', 'string', 'lf-string']
const PAGE = 'status content-type default-errorfiles errorfile errorfiles file lf-file string lf-string hdr'.split(' ')

function checkMode(words: Words, { grammar }: Judging): Wrong | undefined {
  const modes = grammar.version.series >= 209 ? ['http', 'tcp', 'log'] : ['http', 'tcp']
  if (grammar.version.series >= 301) modes.push('spop')
  const bad = oneOf(words, 1, modes)
  return bad ? { ...bad, code: 'BAD_MODE' } : tooMany(words, 2)
}

const RETRIES = [
  ...'none conn-failure empty-response response-timeout junk-response 0rtt-rejected all-retryable-errors'.split(' '),
  ...'401 403 404 408 425 429 500 501 502 503 504'.split(' '),
]

function checkRetryOn(words: Words): Wrong | undefined {
  const few = tooFew(words, 2, 'what to retry on')
  if (few) return few
  const odd = words.findIndex((word, at) => at > 0 && word.variable === undefined && !RETRIES.includes(word.value))
  if (odd > 0) return oneOf(words, odd, RETRIES)
  return words.length > 2 && words.some((word) => word.value === 'none') ? wrong('`none` stands alone') : undefined
}

function checkStick(words: Words, { grammar, section }: Judging): Wrong | undefined {
  // A frontend sticks to nothing, and HAProxy does not read on.
  if (section === 'frontend') return undefined
  const kind = oneOf(words, 1, ['on', 'match', 'store-request', 'store-response'])
  if (kind) return kind
  if (words.length < 3) return wrong('`stick` needs a sample expression')
  const place = valueAt(words, 1) === 'store-response' ? PLACES.store : PLACES.server
  const bad = isOpen(words, 2) ? undefined : checkExpression(valueAt(words, 2), [place], grammar).wrong
  if (bad) return { ...bad, at: bad.at ?? 2 }
  const at = valueAt(words, 3) === 'table' ? 5 : 3
  if (!isOpen(words, 4)) grammar.refer?.('table', at === 5 ? valueAt(words, 4) : '')
  return checkCondition(words, at)
}

function checkTcpRule(words: Words, judging: Judging): Wrong | undefined {
  const keyword = valueAt(words, 0)
  const kind = valueAt(words, 1)
  if (isOpen(words, 1)) return undefined
  if (kind === 'inspect-delay') return words.length < 3 ? wrong('a delay is expected') : time(words, 2)
  const sets = keyword === 'tcp-request' ? ['connection', 'session', 'content'] : ['content']
  const bad = oneOf(words, 1, [...sets, 'inspect-delay'])
  if (bad) return bad
  if (keyword === 'tcp-response') return rule(words, 2, 'tcp-response content', judging)
  if (kind === 'connection') return rule(words, 2, 'tcp-request connection', judging)
  return rule(words, 2, kind === 'session' ? 'tcp-request session' : 'tcp-request content', judging)
}

const TIMEOUTS =
  'client server connect check queue http-keep-alive http-request tunnel tarpit client-fin server-fin'.split(' ')

function checkTimeout(words: Words, { grammar }: Judging): Wrong | undefined {
  const known = grammar.version.series >= 209 ? [...TIMEOUTS, 'client-hs'] : TIMEOUTS
  return (
    oneOf(words, 1, known) ?? (words.length < 3 ? wrong('a time is expected') : time(words, 2)) ?? tooMany(words, 3)
  )
}

function checkSwitch(words: Words, { grammar }: Judging): Wrong | undefined {
  const few = tooFew(words, 2, 'a backend')
  if (few) return few
  const bad = isOpen(words, 1) ? undefined : checkFormat(valueAt(words, 1), [PLACES.switch], grammar)
  return bad ? { ...bad, at: bad.at ?? 1 } : checkCondition(words, 2)
}
