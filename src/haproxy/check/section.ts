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
import { knowsWord } from '../grammar/vocabulary.ts'
import { SECTION_WORDS } from '../grammar/words.ts'
import { isBrokenRegex } from '../samples/regex.ts'
import { checkBind, checkDefaultServer, checkServer } from './listener.ts'
import { ERROR_STATUSES } from './proxy-line.ts'
import { checkCondition } from './rule.ts'
import { checkLog, checkStickTable } from './settings.ts'

type Check = (words: Words, grammar: Grammar) => Wrong | undefined

/** What HAProxy refuses in a line of a section that says nothing about where a request goes. */
export function checkSectionLine(section: string, words: Words, grammar: Grammar): Wrong | undefined {
  const vocabulary = SECTION_WORDS[section]
  const keyword = valueAt(words, 0)
  if (isOpen(words, 0) || vocabulary === undefined) return undefined
  if (!knowsWord(vocabulary, keyword, grammar.version))
    return unknown(vocabulary, keyword, grammar, `keyword of \`${section}\``, 0)
  return SECTION_CHECKS[section]?.[keyword]?.(words, grammar)
}

/** What HAProxy refuses in the line that begins a section. */
export function checkHeader(words: Words, grammar: Grammar): Wrong | undefined {
  const keyword = valueAt(words, 0)
  const name = valueAt(words, 1)
  if (isOpen(words, 1)) return undefined
  if (keyword === 'global' || keyword === 'traces') return tooMany(words, 1)
  if (keyword === 'namespace_list' || keyword === 'defaults' || keyword === 'crt-store') return undefined
  if (name === '') return wrong(`\`${keyword}\` needs a name`, undefined, 'NO_NAME')
  const odd = ANY_NAME.has(keyword) ? undefined : /[^A-Za-z0-9_.:-]/.exec(name)?.[0]
  if (odd) return wrong(`\`${odd}\` is not permitted in a name`, 1, 'BAD_NAME')
  if (keyword === 'frontend' || keyword === 'backend' || keyword === 'listen') return checkProxyHeader(words, grammar)
  return ['userlist', 'peers', 'cache'].includes(keyword) ? tooMany(words, 2) : undefined
}

/** Sections that take any name (2.6.12, measured). */
const ANY_NAME = new Set(['cache', 'program'])

function checkProxyHeader(words: Words, grammar: Grammar): Wrong | undefined {
  if (words.length < 3 || isOpen(words, 2)) return undefined
  if (valueAt(words, 2) !== 'from') {
    if (valueAt(words, 0) === 'backend') return grammar.version.series > 0 ? tooMany(words, 2) : undefined
    return wrong('addresses are listened on by `bind` lines', 2, 'UNEXPECTED_WORD')
  }
  // `frontend f from` takes `from` for an address; `backend b from` says nothing of it (2.6.12, measured).
  if (words.length === 3 && valueAt(words, 0) !== 'backend')
    return wrong('`from` needs the name of a `defaults` section', 2, 'UNEXPECTED_WORD')
  return words.length > 4 ? wrong('nothing may follow the name of the defaults', 4, 'UNEXPECTED_WORD') : undefined
}

const path: Check = (words) => tooFew(words, 2, 'a path') ?? tooMany(words, 2)
const count: Check = (words) => tooFew(words, 2, 'a number') ?? tooMany(words, 2)
const oneNumber: Check = (words) => tooFew(words, 2, 'a number') ?? whole(words, 1) ?? tooMany(words, 2)

const withPort =
  (what: string): Check =>
  (words) =>
    tooFew(words, 3, 'a name, an address and a port') ??
    (isOpen(words, 2) || /:\d+$|^\/|^(?:unix|fd|abns|stream\+)/.test(valueAt(words, 2))
      ? undefined
      : wrong(`the ${what} needs a port`, 2))

const log: Check = (words, grammar) => checkLog(words, grammar, { global: true })

/** A peer may be named alone; its address is said elsewhere then. */
function checkPeer(words: Words, grammar: Grammar): Wrong | undefined {
  return words.length < 3 ? undefined : checkServer(words, new Set(), grammar)
}

/** `dgram-bind ADDRESS [interface NAME] [namespace NAME] [name NAME] [transparent]`. */
function checkDatagrams(words: Words): Wrong | undefined {
  if (words.length > 1 && !isOpen(words, 1) && !/:\d|^\/|@/.test(valueAt(words, 1)))
    return wrong(`\`${valueAt(words, 1)}\` has no port`, 1)
  for (let at = 2; at < words.length; at += valueAt(words, at) === 'transparent' ? 1 : 2) {
    const bad = oneOf(words, at, ['interface', 'namespace', 'name', 'transparent'])
    if (bad) return bad
  }
  return undefined
}

function checkPathInfo(words: Words): Wrong | undefined {
  const bad = tooFew(words, 2, 'a regular expression') ?? tooMany(words, 2)
  return bad ?? (isBrokenRegex(valueAt(words, 1)) ? wrong('this is no regular expression', 1) : undefined)
}

function checkAppOption(words: Words): Wrong | undefined {
  const bad = oneOf(words, 1, ['keep-conn', 'get-values', 'max-reqs', 'mpxs-conns'])
  if (bad || isOpen(words, 1)) return bad
  if (valueAt(words, 1) !== 'max-reqs') return tooMany(words, 2)
  return tooMany(words, 3) ?? between(words, 2, 1, Number.POSITIVE_INFINITY)
}

const HOLDS = ['nx', 'other', 'refused', 'timeout', 'valid', 'obsolete']

const SECTION_CHECKS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  userlist: {
    user: (words) => tooFew(words, 2, 'a name') ?? namedPairs(words, ['password', 'insecure-password', 'groups']),
    group: (words) => goodName(words) ?? namedPairs(words, ['users']),
  },
  peers: {
    table: (words) => checkStickTable(words, 2),
    bind: checkBind,
    peer: checkPeer,
    server: checkPeer,
    'default-server': checkDefaultServer,
    log,
  },
  resolvers: {
    nameserver: withPort('name server'),
    hold: (words) => tooFew(words, 3, 'an event and a time') ?? oneOf(words, 1, HOLDS) ?? time(words, 2),
    timeout: (words) => oneOf(words, 1, ['retry', 'resolve']) ?? tooFew(words, 3, 'a time') ?? time(words, 2),
    resolve_retries: (words) => tooFew(words, 2, 'a number'),
    accepted_payload_size: (words) => tooFew(words, 2, 'a number') ?? between(words, 1, 12, 65_535),
  },
  mailers: {
    mailer: withPort('mailer'),
    timeout: (words) => oneOf(words, 1, ['mail']) ?? tooFew(words, 3, 'a time') ?? time(words, 2),
  },
  cache: {
    'total-max-size': (words) =>
      tooFew(words, 2, 'a number') ?? whole(words, 1) ?? between(words, 1, 1, 4095) ?? tooMany(words, 2),
    'process-vary': (words) => tooMany(words, 2),
    'max-age': (words) => tooMany(words, 2),
    'max-object-size': oneNumber,
    'max-secondary-entries': oneNumber,
  },
  'http-errors': { errorfile: (words) => tooFew(words, 3, 'a status and a file') ?? oneOf(words, 1, ERROR_STATUSES) },
  ring: {
    size: (words) =>
      tooFew(words, 2, 'a size') ?? (/^[1-9]\d*$/.test(valueAt(words, 1)) ? undefined : wrong('a size is expected', 1)),
    maxlen: (words) =>
      /^[+-]?0*[1-9]/.test(valueAt(words, 1)) || isOpen(words, 1) ? undefined : wrong('a length is expected'),
    description: (words) => tooFew(words, 2, 'a text'),
    timeout: (words) =>
      /^(?:connect|server)$/.test(valueAt(words, 1)) ? (tooFew(words, 3, 'a time') ?? time(words, 2)) : undefined,
    server: (words, grammar) => checkServer(words, new Set(), grammar),
    format: (words) => oneOf(words, 1, ['iso', 'local', 'raw', 'rfc3164', 'rfc5424', 'short', 'priority', 'timed']),
  },
  'log-forward': {
    bind: (words, grammar) => (words.length < 3 ? undefined : checkBind(words, grammar)),
    'dgram-bind': checkDatagrams,
    log,
    maxconn: count,
    backlog: count,
    timeout: (words) => oneOf(words, 1, ['client']) ?? tooFew(words, 3, 'a time') ?? time(words, 2),
  },
  program: {
    command: (words) => tooFew(words, 2, 'a command'),
    option: (words) => oneOf(words, 1, ['start-on-reload']) ?? tooMany(words, 2),
    no: (words) => oneOf(words, 1, ['option']) ?? oneOf(words, 2, ['start-on-reload']) ?? tooMany(words, 3),
    user: path,
    group: path,
  },
  'fcgi-app': {
    docroot: path,
    index: path,
    'path-info': checkPathInfo,
    'log-stderr': log,
    'set-param': (words) => tooFew(words, 3, 'a name and a value') ?? checkCondition(words, 3),
    'pass-header': (words) => tooFew(words, 2, 'a header') ?? checkCondition(words, 2),
    option: checkAppOption,
  },
}

function goodName(words: Words): Wrong | undefined {
  const odd = isOpen(words, 1) ? undefined : /[^A-Za-z0-9_.:-]/.exec(valueAt(words, 1))?.[0]
  return tooFew(words, 2, 'a name') ?? (odd ? wrong(`\`${odd}\` is not permitted in a name`, 1, 'BAD_NAME') : undefined)
}

/** After the name come words that each stand before a value. */
function namedPairs(words: Words, names: readonly string[]): Wrong | undefined {
  for (let at = 2; at < words.length; at += 2) {
    const bad = oneOf(words, at, names)
    if (bad) return bad
  }
  return undefined
}
