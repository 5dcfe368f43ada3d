import {
  between,
  type Grammar,
  isOpen,
  oneOf,
  size,
  time,
  unknown,
  valueAt,
  type Words,
  type Wrong,
  wrong,
} from '../grammar/grammar.ts'
import { PLACES } from '../grammar/sample-words.ts'
import { knowsWord } from '../grammar/vocabulary.ts'
import { ACTIONS } from '../grammar/words.ts'
import { isBrokenRegex } from '../samples/regex.ts'
import { checkExpression, checkFormat, type Places } from './expression.ts'

export type RulesetName = keyof typeof ACTIONS
/** Whether rules of this section see requests come in, go out to servers, or both. */
export type Side = { readonly front: boolean; readonly back: boolean }

/** What HAProxy 2.6 refuses in a rule, from its action up to its condition; `at` is where the action stands. */
export function checkRule(
  words: Words,
  at: number,
  ruleset: RulesetName,
  side: Side,
  grammar: Grammar,
): Wrong | undefined {
  const name = valueAt(words, at)
  if (isOpen(words, at)) return undefined
  if (words.length <= at) return wrong(`\`${ruleset}\` needs an action`)
  if (grammar.lua && name.startsWith('lua.')) return undefined
  if (!knowsWord(ACTIONS[ruleset], name, grammar.version))
    return unknown(ACTIONS[ruleset], name, grammar, `\`${ruleset}\` action`, at)
  const reader: Reader = { words, at: at + 1, grammar, places: placesOf(ruleset, side) }
  const read = shapeOf(name)
  // An action of a later release: what it takes is not known here.
  if (read === undefined) return undefined
  const bad = typeof read === 'string' ? readShape(reader, read) : read(reader, name, ruleset)
  return bad ?? checkEnd(reader)
}

/** A `redirect` line, whose location is taken as it is written. */
export function checkRedirectLine(words: Words, grammar: Grammar): Wrong | undefined {
  const reader: Reader = { words, at: 1, grammar, places: undefined }
  return readRedirect(reader, 'redirect line') ?? checkEnd(reader)
}

/** What may follow: a condition, or nothing. */
export function checkCondition(words: Words, at: number): Wrong | undefined {
  const word = words[at]
  if (!word || isOpen(words, at) || word.value === 'if' || word.value === 'unless') return undefined
  return wrong(`\`if\` or \`unless\` is expected, not \`${word.raw}\``, at, 'UNEXPECTED_WORD')
}

type Reader = { readonly words: Words; at: number; readonly grammar: Grammar; readonly places: Places }
type Read = (reader: Reader, name: string, ruleset: RulesetName) => Wrong | undefined

/** Whether clients connect to this section. */
function hasFront({ places }: Reader): boolean {
  return !places || FRONT_PLACES.some((place) => places.includes(place))
}

const FRONT_PLACES = [PLACES.content, PLACES.request, PLACES.frontendResponse]

function checkEnd({ words, at }: Reader): Wrong | undefined {
  return checkCondition(words, at)
}

function placesOf(ruleset: RulesetName, { front, back }: Side): readonly number[] {
  switch (ruleset) {
    case 'tcp-request connection':
      return [PLACES.connection]
    case 'tcp-request session':
      return [PLACES.session]
    case 'tcp-request content':
      return [...(front ? [PLACES.content] : []), ...(back ? [PLACES.backendContent] : [])]
    case 'tcp-response content':
      return [PLACES.responseContent]
    case 'http-request':
      return [...(front ? [PLACES.request] : []), ...(back ? [PLACES.backendRequest] : [])]
    default:
      return [...(front ? [PLACES.frontendResponse] : []), ...(back ? [PLACES.response] : [])]
  }
}

/**
 * What actions take: `s` a word, `F` a log format, `E` an expression, `R` a regular expression, `N` a number that is not negative;
 * behind `?` it may be left out.
 */
const SHAPES: ReadonlyMap<string, string | Read> = new Map(
  (
    [
      ['accept allow close reject disable-l7-retry wait-for-handshake', ''],
      ['silent-drop', readSilentDrop],
      ['deny tarpit return', readAnswer],
      ['redirect', readRedirect],
      ['auth', readAuth],
      ['set-header add-header early-hint', 'sF'],
      ['del-header', readDelHeader],
      ['replace-header replace-value', 'sRF'],
      ['replace-path replace-pathq replace-uri', 'RF'],
      ['set-path set-pathq set-query set-uri set-method', 'F'],
      ['set-src set-src-port set-dst set-dst-port', 'E'],
      ['capture', readCapture],
      ['cache-use cache-store', readCache],
      ['set-nice', 's'],
      ['set-log-level', (reader) => readWord(reader, LOG_LEVELS)],
      ['strict-mode', (reader) => readWord(reader, ['on', 'off'])],
      ['set-mark set-tos', 'N'],
      ['set-timeout', readTimeout],
      ['normalize-uri', readNormalize],
      ['send-spoe-group', 'ss'],
      ['use-service', readService],
      ['wait-for-body', readWait],
      ['set-status', readStatus],
      ['expect-proxy expect-netscaler-cip', (reader) => readWord(reader, ['layer4'])],
      ['switch-mode', readMode],
    ] as const satisfies readonly (readonly [string, string | Read])[]
  ).flatMap(([names, read]) => names.split(' ').map((name) => [name, read] as const)),
)
/** The same for actions that are known by how they begin. */
const BEGINNINGS: readonly (readonly [string, string | Read])[] = [
  ['set-var', readVariable],
  ['unset-var', readVariable],
  ['set-priority-', 'E'],
  ['track-sc', readTrack],
  ['sc-inc-gpc', readCounter],
  ['sc-set-gpt', readCounter],
  ['do-resolve', readResolve],
  ['add-acl', (reader, name) => readList(reader, name, 'F')],
  ['del-acl', (reader, name) => readList(reader, name, 'F')],
  ['del-map', (reader, name) => readList(reader, name, 'F')],
  ['set-map', (reader, name) => readList(reader, name, 'FF')],
]

function shapeOf(action: string): string | Read | undefined {
  return SHAPES.get(action) ?? BEGINNINGS.find(([beginning]) => action.startsWith(beginning))?.[1]
}

const LOG_LEVELS = ['emerg', 'alert', 'crit', 'err', 'error', 'warning', 'notice', 'info', 'debug', 'silent']

function readShape(reader: Reader, shape: string): Wrong | undefined {
  for (const letter of shape) {
    const bad = readOne(reader, letter)
    if (bad) return bad
  }
  return undefined
}

function readOne(reader: Reader, letter: string): Wrong | undefined {
  const { words, at, grammar, places } = reader
  const word = words[at]
  if (!word) return wrong('an argument is missing at the end of the line')
  reader.at++
  if (isOpen(words, at)) return undefined
  if (letter === 'F') return located(checkFormat(word.value, places, grammar), at)
  if (letter === 'E') return located(checkExpression(word.value, places, grammar).wrong, at)
  if (letter === 'R')
    return isBrokenRegex(word.value) ? wrong(`\`${word.raw}\` is no regular expression`, at) : undefined
  if (letter === 'N' && !/^(?:-?\d+|0x[0-9a-fA-F]+)$/.test(word.value))
    return wrong(`a number is expected, not \`${word.raw}\``, at)
  return undefined
}

function located(bad: Wrong | undefined, at: number): Wrong | undefined {
  return bad && { ...bad, at: bad.at ?? at }
}

function readWord(reader: Reader, choices: readonly string[]): Wrong | undefined {
  return oneOf(reader.words, reader.at++, choices)
}

function readSilentDrop(reader: Reader): Wrong | undefined {
  if (valueAt(reader.words, reader.at) !== 'rst-ttl' || reader.grammar.version.series < 208) return undefined
  reader.at++
  return readOne(reader, 'N')
}

/** `deny`, `tarpit`, `return`: what the answer holds. Its status is judged where the rule is read. */
function readAnswer(reader: Reader): Wrong | undefined {
  let type = false
  let body: string | undefined
  for (;;) {
    const word = valueAt(reader.words, reader.at)
    const shape = ANSWER[word]
    if (shape === undefined) break
    const from = reader.at++
    const bad = readShape(reader, shape)
    if (bad) return bad
    if (word === 'content-type') type = true
    if (BODIES.has(word)) {
      if (body !== undefined) return wrong(`\`${word}\` cannot stand beside \`${body}\``, from)
      body = word
    }
  }
  return body !== undefined && !type && /string|^file|^lf-file/.test(body)
    ? wrong(`\`${body}\` needs a \`content-type\``)
    : undefined
}

const BODIES = new Set('errorfile errorfiles default-errorfiles file lf-file string lf-string'.split(' '))
const ANSWER: Readonly<Record<string, string>> = {
  status: 's',
  deny_status: 's',
  hdr: 'sF',
  'content-type': 's',
  errorfile: 's',
  errorfiles: 's',
  'default-errorfiles': '',
  file: 's',
  'lf-file': 's',
  string: 's',
  'lf-string': 'F',
}

function readRedirect(reader: Reader, name: string): Wrong | undefined {
  const literal = name === 'redirect line'
  let kind = false
  for (; reader.at < reader.words.length; ) {
    const word = valueAt(reader.words, reader.at)
    if (word === 'if' || word === 'unless' || isOpen(reader.words, reader.at)) break
    const shape = REDIRECT[word]
    if (shape === undefined)
      return wrong(`one of ${Object.keys(REDIRECT).join(', ')} is expected, not \`${word}\``, reader.at)
    reader.at++
    const bad = readShape(reader, literal ? shape.replace('F', 's') : shape)
    if (bad) return bad
    if (shape === 'F') kind = true
    const code = word === 'code' ? oneOf(reader.words, reader.at - 1, ['301', '302', '303', '307', '308']) : undefined
    if (code) return code
  }
  return kind || reader.words.some((word) => word.variable !== undefined)
    ? undefined
    : wrong('a redirect needs a `location`, a `prefix` or a `scheme`')
}

const REDIRECT: Readonly<Record<string, string>> = {
  location: 'F',
  prefix: 'F',
  scheme: 'F',
  code: 's',
  'set-cookie': 's',
  'clear-cookie': 's',
  'drop-query': '',
  'append-slash': '',
  'ignore-empty': '',
}

function readAuth(reader: Reader): Wrong | undefined {
  if (valueAt(reader.words, reader.at) !== 'realm') return undefined
  reader.at++
  return readOne(reader, 's')
}

function readDelHeader(reader: Reader): Wrong | undefined {
  const bad = readOne(reader, 's')
  if (bad || valueAt(reader.words, reader.at) !== '-m') return bad
  const pattern = valueAt(reader.words, reader.at - 1)
  const method = valueAt(reader.words, reader.at + 1)
  reader.at += 2
  if (method === 'reg' && isBrokenRegex(pattern)) return wrong(`\`${pattern}\` is no regular expression`, reader.at - 3)
  return oneOf(reader.words, reader.at - 1, ['str', 'beg', 'end', 'sub', 'reg'])
}

const VARIABLE = /^(?:proc|sess|txn|req|res|check)\.[A-Za-z0-9_.]+$/

function readVariable(reader: Reader, name: string): Wrong | undefined {
  const [, call, variable = ''] = /^(set-var-fmt|set-var|unset-var)\(([^,)]*)(?:,[^)]*)?\)$/.exec(name) ?? []
  if (call === undefined)
    return wrong(`\`${name}\` needs a variable in parentheses, as in set-var(txn.x)`, reader.at - 1)
  if (!VARIABLE.test(variable))
    return wrong(`a variable starts with its scope, as in txn.${variable}`, reader.at - 1, 'REFUSED')
  if (call === 'set-var-fmt') return reader.at < reader.words.length ? readOne(reader, 'F') : undefined
  return call === 'unset-var' ? undefined : readOne(reader, 'E')
}

/** What a backend captures goes into a slot that a frontend has declared; of a connection's bytes it captures nothing. */
function readCapture(reader: Reader, _: string, ruleset: RulesetName): Wrong | undefined {
  const front = hasFront(reader)
  if (ruleset === 'tcp-request content' && !front) return wrong('a backend cannot `capture` here', reader.at - 1)
  const bad = readOne(reader, 'E') ?? readWord(reader, ruleset === 'http-response' ? ['id'] : ['len', 'id'])
  if (bad) return bad
  if (valueAt(reader.words, reader.at - 1) === 'len' && !front)
    return wrong('a backend declares no captures: name a slot by `id`', reader.at - 1)
  const least = valueAt(reader.words, reader.at - 1) === 'len' ? 1 : 0
  return between(reader.words, reader.at++, least, Number.POSITIVE_INFINITY)
}

function readTrack(reader: Reader, name: string): Wrong | undefined {
  const which = /^track-sc(\d*)$/.exec(name)?.[1]
  if (which === undefined || Number(which) > 2)
    return reader.grammar.version.series < 207 || which === undefined
      ? wrong(`counters are tracked by track-sc0, track-sc1 and track-sc2, not by \`${name}\``, reader.at - 1)
      : undefined
  const bad = readOne(reader, 'E')
  const table = valueAt(reader.words, reader.at) === 'table'
  if (table) reader.at += 2
  if (!bad) reader.grammar.refer?.('table', table ? valueAt(reader.words, reader.at - 1) : '')
  return bad ?? (table && reader.at > reader.words.length ? wrong('the name of a table is missing') : undefined)
}

function readCounter(reader: Reader, name: string): Wrong | undefined {
  const [, sets, given] = /^sc-(?:inc-gpc|(set-gpt))\d*(?:\(([^)]*)\))?$/.exec(name) ?? []
  const numbers = given === undefined ? [] : given.split(',')
  const counter = numbers.at(-1)
  if (numbers.some((each) => !/^\d+$/.test(each)) || (counter !== undefined && Number(counter) > 2))
    return wrong(`\`${name}\` names no counter from 0 to 2`, reader.at - 1)
  const next = valueAt(reader.words, reader.at)
  if (sets === undefined || next === '' || next === 'if' || next === 'unless') return undefined
  if (!/^-?\d+$/.test(next)) return readOne(reader, 'E')
  reader.at++
  return undefined
}

function readTimeout(reader: Reader): Wrong | undefined {
  if (reader.places && !reader.places.includes(PLACES.backendRequest))
    return wrong('a frontend has no timeouts of servers', reader.at - 1)
  const kinds = reader.grammar.version.series < 209 ? ['server', 'tunnel'] : ['server', 'tunnel', 'client']
  const bad = readWord(reader, kinds)
  if (bad) return bad
  return time(reader.words, reader.at) === undefined ? void reader.at++ : readOne(reader, 'E')
}

function readResolve(reader: Reader, name: string): Wrong | undefined {
  const [, variable] = /^do-resolve\(([^,)]+),[^,)]+(?:,ipv[46])?\)$/.exec(name) ?? []
  if (variable === undefined || !VARIABLE.test(variable))
    return wrong(`\`${name}\` needs a variable and a resolvers section, as in do-resolve(txn.ip,dns)`, reader.at - 1)
  return readOne(reader, 'E')
}

const NORMALIZERS: Readonly<Record<string, readonly string[]>> = {
  'fragment-encode': [],
  'fragment-strip': [],
  'path-merge-slashes': [],
  'path-strip-dot': [],
  'path-strip-dotdot': ['full'],
  'percent-decode-unreserved': ['strict'],
  'percent-to-uppercase': ['strict'],
  'query-sort-by-name': [],
}

function readNormalize(reader: Reader): Wrong | undefined {
  if (!reader.grammar.experimental)
    return wrong(
      '`normalize-uri` is an experiment: `expose-experimental-directives` allows it in `global`',
      reader.at - 1,
    )
  const bad = readWord(reader, Object.keys(NORMALIZERS))
  if (!bad && NORMALIZERS[valueAt(reader.words, reader.at - 1)]?.includes(valueAt(reader.words, reader.at))) reader.at++
  return bad
}

function readList(reader: Reader, name: string, shape: string): Wrong | undefined {
  if (!/\(.*\)$/.test(name)) return wrong(`\`${name}\` needs the name of a file in parentheses`, reader.at - 1)
  return readShape(reader, shape)
}

function readService(reader: Reader, _: string, ruleset: RulesetName): Wrong | undefined {
  const name = valueAt(reader.words, reader.at)
  if (name.startsWith('lua.') && reader.grammar.lua) return void reader.at++
  return ruleset === 'http-request'
    ? readWord(reader, ['prometheus-exporter'])
    : wrong('there is no such service for `tcp-request`', reader.at)
}

function readWait(reader: Reader): Wrong | undefined {
  const bad = readWord(reader, ['time']) ?? time(reader.words, reader.at++)
  if (bad || valueAt(reader.words, reader.at) !== 'at-least') return bad
  reader.at += 2
  return size(reader.words, reader.at - 1)
}

function readCache(reader: Reader): Wrong | undefined {
  reader.grammar.refer?.('cache', valueAt(reader.words, reader.at))
  return readOne(reader, 's')
}

function readStatus(reader: Reader): Wrong | undefined {
  const bad = between(reader.words, reader.at++, 100, 999)
  if (bad || valueAt(reader.words, reader.at) !== 'reason') return bad
  reader.at++
  return readOne(reader, 's')
}

function readMode(reader: Reader): Wrong | undefined {
  if (!hasFront(reader)) return wrong('a backend cannot change the mode', reader.at - 1)
  const bad = readWord(reader, ['http'])
  if (bad || valueAt(reader.words, reader.at) !== 'proto') return bad
  reader.at++
  return readOne(reader, 's')
}
