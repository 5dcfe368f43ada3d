import { type Grammar, isOpen, oneOf, valueAt, type Words, type Wrong, wrong } from '../grammar/grammar.ts'
import { PLACES } from '../grammar/sample-words.ts'
import { isBrokenRegex } from '../samples/regex.ts'
import { checkExpression, checkFormat } from './expression.ts'

/** What HAProxy refuses in an `http-check` line. */
export function checkHttpCheck(words: Words, grammar: Grammar): Wrong | undefined {
  const kind = valueAt(words, 1)
  if (isOpen(words, 1)) return undefined
  switch (kind) {
    case 'disable-on-404':
    case 'send-state':
      return words.length > 2 ? wrong(`\`http-check ${kind}\` takes nothing`, 2) : undefined
    case 'comment':
      return words.length < 3 ? wrong('a comment is expected') : undefined
    case 'connect':
      return checkConnect(words, grammar)
    case 'send':
      return checkNamed(words, 2, SENT, grammar)
    case 'expect':
      return checkExpect(words, HTTP_EXPECTED, grammar)
    default:
      return checkCheckVariable(
        words,
        grammar,
        'disable-on-404, send-state, comment, connect, send, expect, set-var or unset-var',
      )
  }
}

/** What HAProxy refuses in a `tcp-check` line. */
export function checkTcpCheck(words: Words, grammar: Grammar): Wrong | undefined {
  const kind = valueAt(words, 1)
  if (isOpen(words, 1)) return undefined
  switch (kind) {
    case 'comment':
      return words.length < 3 ? wrong('a comment is expected') : undefined
    case 'connect':
      return checkConnect(words, grammar)
    case 'send':
    case 'send-lf':
    case 'send-binary':
    case 'send-binary-lf':
      return checkSent(words, kind, grammar)
    case 'expect':
      return checkExpect(words, TCP_EXPECTED, grammar)
    default:
      return checkCheckVariable(words, grammar, 'comment, connect, send, send-binary, expect, set-var or unset-var')
  }
}

const PLACE = [PLACES.check]

/** What stands before a value: `w` a word, `F` a format, `E` an expression, `P` one or a port, `hdr` two words, nothing for a switch. */
type Named = Readonly<Record<string, string>>

const CONNECT: Named = {
  default: '',
  port: 'P',
  addr: 'w',
  'send-proxy': '',
  'via-socks4': '',
  ssl: '',
  sni: 'w',
  alpn: 'w',
  linger: '',
  proto: 'w',
  comment: 'w',
}
const SENT: Named = { comment: 'w', meth: 'w', uri: 'w', 'uri-lf': 'F', ver: 'w', hdr: 'wF', body: 'w', 'body-lf': 'F' }

function checkConnect(words: Words, grammar: Grammar): Wrong | undefined {
  return checkNamed(words, 2, CONNECT, grammar)
}

function checkNamed(words: Words, from: number, named: Named, grammar: Grammar): Wrong | undefined {
  for (let at = from; at < words.length; ) {
    const name = valueAt(words, at)
    const shape = Object.hasOwn(named, name) ? named[name] : undefined
    if (isOpen(words, at)) return undefined
    if (shape === undefined) return oneOf(words, at, Object.keys(named))
    for (const letter of shape) {
      at++
      if (words[at] === undefined) return wrong(`\`${name}\` needs a value`)
      const bad = isOpen(words, at) ? undefined : checkValue(valueAt(words, at), letter, grammar)
      if (bad) return { ...bad, at: bad.at ?? at }
    }
    at++
  }
  return undefined
}

function checkValue(value: string, letter: string, grammar: Grammar): Wrong | undefined {
  if (letter === 'F') return checkFormat(value, PLACE, grammar)
  if (letter === 'E' || (letter === 'P' && !/^\d+$/.test(value))) return checkExpression(value, PLACE, grammar).wrong
  return undefined
}

function checkSent(words: Words, kind: string, grammar: Grammar): Wrong | undefined {
  const value = valueAt(words, 2)
  if (words.length < 3) return wrong(`\`tcp-check ${kind}\` needs what to send`)
  if (isOpen(words, 2)) return undefined
  if (kind === 'send-binary' && !/^(?:[0-9a-fA-F]{2})+$/.test(value))
    return wrong(`\`${value}\` is no row of hexadecimal pairs`, 2)
  const bad = kind.endsWith('-lf') ? checkFormat(value, PLACE, grammar) : undefined
  return bad ? { ...bad, at: bad.at ?? 2 } : words.length > 3 ? checkComment(words, 3) : undefined
}

function checkComment(words: Words, at: number): Wrong | undefined {
  const bad = oneOf(words, at, ['comment'])
  if (bad || isOpen(words, at)) return bad
  if (valueAt(words, at + 1) === '' && !isOpen(words, at + 1)) return wrong('`comment` needs a text', at)
  return words.length > at + 2 ? wrong('nothing may follow the comment', at + 2) : undefined
}

const EXPECT: Named = {
  'min-recv': 'w',
  comment: 'w',
  'error-status': 'w',
  'ok-status': 'w',
  'tout-status': 'w',
  'on-error': 'F',
  'on-success': 'F',
  'status-code': 'E',
}
const HTTP_EXPECTED = 'string rstring string-lf status rstatus hdr fhdr'.split(' ')
const TCP_EXPECTED = 'string rstring string-lf binary rbinary binary-lf'.split(' ')

function checkExpect(words: Words, patterns: readonly string[], grammar: Grammar): Wrong | undefined {
  let found = false
  for (let at = 2; at < words.length; ) {
    if (isOpen(words, at)) return undefined
    if (!found && valueAt(words, at) === '!') at++
    const name = valueAt(words, at).replace(/^!/, '')
    if (!found && patterns.includes(name)) {
      found = true
      const bad = checkPattern(words, at, name)
      if (bad) return bad
      at += 2
      if (name === 'hdr' || name === 'fhdr')
        while (HEADER_WORDS.has(valueAt(words, at))) at += valueAt(words, at) === '-m' || at > 3 ? 2 : 1
      if (name === 'hdr' || name === 'fhdr') return undefined
    } else if (Object.hasOwn(EXPECT, name)) {
      const bad = checkExpected(words, at, name, grammar)
      if (bad) return bad
      at += 2
    } else return oneOf(words, at, [...patterns, ...Object.keys(EXPECT)])
  }
  return found || grammar.version.series === 0 ? undefined : wrong('what to expect is missing')
}

const STATUSES: Readonly<Record<string, readonly string[]>> = {
  'ok-status': ['L4OK', 'L6OK', 'L7OK', 'L7OKC'],
  'error-status': ['L4CON', 'L6RSP', 'L7OKC', 'L7RSP', 'L7STS'],
  'tout-status': ['L4TOUT', 'L6TOUT', 'L7TOUT'],
}

function checkExpected(words: Words, at: number, name: string, grammar: Grammar): Wrong | undefined {
  if (words[at + 1] === undefined) return wrong(`\`${name}\` needs a value`, at)
  if (isOpen(words, at + 1)) return undefined
  const statuses = STATUSES[name]
  const bad = statuses
    ? oneOf(words, at + 1, statuses)
    : checkValue(valueAt(words, at + 1), EXPECT[name] ?? '', grammar)
  return bad && { ...bad, at: bad.at ?? at + 1 }
}

const HEADER_WORDS = new Set(['name', 'name-lf', 'value', 'value-lf', '-m', 'full'])

function checkPattern(words: Words, at: number, name: string): Wrong | undefined {
  const value = valueAt(words, at + 1)
  if (words[at + 1] === undefined) return wrong(`\`${name}\` needs a pattern`)
  if (isOpen(words, at + 1)) return undefined
  if (name === 'status' && !/^\d{3}(?:-\d{3})?(?:,\d{3}(?:-\d{3})?)*$/.test(value))
    return wrong(`\`${value}\` is no list of status codes`, at + 1)
  if (/^(?:rstring|rstatus)$/.test(name) && isBrokenRegex(value))
    return wrong(`\`${value}\` is no regular expression`, at + 1)
  if (name === 'binary' && !/^(?:[0-9a-fA-F]{2})+$/.test(value))
    return wrong(`\`${value}\` is no row of hexadecimal pairs`, at + 1)
  return undefined
}

function checkCheckVariable(words: Words, grammar: Grammar, choices: string): Wrong | undefined {
  const [, call, name = ''] = /^(set-var-fmt|set-var|unset-var)\(([^)]*)\)$/.exec(valueAt(words, 1)) ?? []
  if (call === undefined) return wrong(`one of ${choices} is expected`, words.length > 1 ? 1 : undefined)
  if (!/^(?:proc|sess|txn|req|res|check)\.[A-Za-z0-9_.]+$/.test(name))
    return wrong(`a variable starts with its scope, as in check.${name}`, 1)
  if (call === 'unset-var') return undefined
  if (words.length < 3) return wrong('a value is expected')
  const bad = isOpen(words, 2) ? undefined : checkValue(valueAt(words, 2), call === 'set-var' ? 'E' : 'F', grammar)
  return bad && { ...bad, at: bad.at ?? 2 }
}
