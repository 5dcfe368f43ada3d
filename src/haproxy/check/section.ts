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
import { BIND_WORDS } from '../grammar/listener-words.ts'
import { PLACES } from '../grammar/sample-words.ts'
import { knowsWord } from '../grammar/vocabulary.ts'
import { GLOBAL_WORDS, SECTION_WORDS, TUNABLES } from '../grammar/words.ts'
import { checkExpression } from './expression.ts'
import { checkBind, checkBindAddresses, checkOptions } from './listener.ts'
import { ERROR_STATUSES } from './proxy-line.ts'
import { checkLog, checkStickTable } from './settings.ts'

type Check = (words: Words, grammar: Grammar) => Wrong | undefined

/** What HAProxy refuses in a line of `global`. */
export function checkGlobalLine(words: Words, grammar: Grammar): Wrong | undefined {
  if (isOpen(words, 0)) return undefined
  const keyword = valueAt(words, 0)
  if (keyword === 'no' || keyword === 'default')
    return oneOf(words, 1, [
      'busy-polling',
      'set-dumpable',
      'strict-limits',
      'insecure-fork-wanted',
      'insecure-setuid-wanted',
      'numa-cpu-mapping',
      'log',
    ])
  const tunable = /^tune\.(.*)/.exec(keyword)?.[1]
  if (tunable !== undefined && !knowsWord(TUNABLES, tunable, grammar.version))
    return unknown(TUNABLES, tunable, grammar, 'tunable', 0)
  if (tunable !== undefined && !FORGIVING.test(tunable) && words.length > 2) return tooMany(words, 2)
  if (!knowsWord(GLOBAL_WORDS, keyword, grammar.version)) return unknown(GLOBAL_WORDS, keyword, grammar, 'keyword', 0)
  return GLOBAL_CHECKS.get(keyword)?.(words, grammar)
}

/** Tunables that say nothing of further words (2.6.12, measured one by one). */
const FORGIVING = /^(?:lua|vars)\./

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

const number: Check = (words) => tooFew(words, 2, 'a number') ?? tooMany(words, 2)
const flag: Check = (words) => tooMany(words, 1)
const path: Check = (words) => tooFew(words, 2, 'a path') ?? tooMany(words, 2)
const text: Check = (words) => tooFew(words, 2, 'a value')
const oneNumber: Check = (words) => tooFew(words, 2, 'a number') ?? whole(words, 1) ?? tooMany(words, 2)
const onOff: Check = (words) => oneOf(words, 1, ['on', 'off'])

const GLOBAL_CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...[
    'maxconn maxconnrate maxsessrate maxsslrate maxcomprate maxpipes maxzlibmem ulimit-n tune.maxaccept tune.maxpollevents',
    'uid gid tune.maxrewrite tune.pipesize tune.runqueue-depth tune.http.cookielen tune.http.logurilen',
  ].flatMap((names) => names.split(' ').map((name) => [name, number] as const)),
  ...'daemon quiet noepoll nokqueue nopoll noevports nosplice nogetaddrinfo noreuseport zero-warning insecure-fork-wanted insecure-setuid-wanted set-dumpable strict-limits busy-polling'
    .split(' ')
    .map((name) => [name, flag] as const),
  ...'chroot pidfile ca-base crt-base user group localpeer'.split(' ').map((name) => [name, path] as const),
  ...'lua-load lua-load-per-thread log-tag node description server-state-base server-state-file ssl-default-bind-ciphers ssl-default-server-ciphers ssl-default-bind-ciphersuites ssl-default-server-ciphersuites ssl-dh-param-file unsetenv'
    .split(' ')
    .map((name) => [name, text] as const),
  ...'hard-stop-after grace close-spread-time tune.ssl.lifetime'
    .split(' ')
    .map((name) => [name, ((words) => tooFew(words, 2, 'a time') ?? time(words, 1)) satisfies Check] as const),
  ...'tune.idle-pool.shared tune.listener.multi-queue tune.fd.edge-triggered'
    .split(' ')
    .map((name) => [name, onOff] as const),
  ['tune.sched.low-latency', onOff],
  ['tune.bufsize', (words) => tooFew(words, 2, 'a number') ?? between(words, 1, 1, 2 ** 31)],
  ['tune.http.maxhdr', (words) => tooFew(words, 2, 'a number') ?? between(words, 1, 1, 32_767)],
  ['tune.ssl.default-dh-param', (words) => tooFew(words, 2, 'a number') ?? between(words, 1, 1024, 65_536)],
  [
    'nbthread',
    (words) => tooFew(words, 2, 'a number') ?? whole(words, 1) ?? between(words, 1, 1, 4096) ?? tooMany(words, 2),
  ],
  ['max-spread-checks', (words) => tooFew(words, 2, 'a time') ?? time(words, 1) ?? tooMany(words, 2)],
  ['spread-checks', (words) => tooFew(words, 2, 'a number') ?? between(words, 1, 0, 50)],
  ['maxcompcpuusage', (words) => tooFew(words, 2, 'a number') ?? between(words, 1, 0, 100)],
  ['profiling.tasks', (words) => oneOf(words, 1, ['on', 'auto', 'off'])],
  ['ssl-server-verify', (words) => oneOf(words, 1, ['none', 'required'])],
  ['master-worker', (words) => (words.length > 1 ? oneOf(words, 1, ['no-exit-on-failure']) : undefined)],
  ['external-check', (words) => (words.length > 1 ? oneOf(words, 1, ['preserve-env']) : undefined)],
  ['log', (words, grammar) => checkLog(words, grammar, { global: false })],
  ['set-var', checkProcessVariable],
  ['setenv', (words) => tooFew(words, 3, 'a name and a value')],
  ['presetenv', (words) => tooFew(words, 3, 'a name and a value')],
  ['h1-case-adjust', (words) => tooFew(words, 3, 'two spellings')],
  ['unix-bind', checkUnixBind],
  ['stats', checkGlobalStats],
  [
    'cpu-map',
    (words) =>
      /^(?:auto:)?(?:all|odd|even|\d)/.test(valueAt(words, 1)) || isOpen(words, 1)
        ? undefined
        : wrong('a process or thread is expected', 1),
  ],
  ['ssl-default-bind-options', checkTlsOptions],
  ['ssl-default-server-options', checkTlsOptions],
])

function checkUnixBind(words: Words): Wrong | undefined {
  for (let at = 1; at < words.length; at += 2) {
    const bad = oneOf(words, at, ['prefix', 'mode', 'uid', 'gid', 'user', 'group'])
    if (bad) return bad
  }
  return undefined
}

function checkProcessVariable(words: Words, grammar: Grammar): Wrong | undefined {
  const few = tooFew(words, 3, 'a variable such as proc.x and a sample expression')
  if (few || isOpen(words, 1) || isOpen(words, 2)) return few
  if (!/^proc\.[A-Za-z0-9_.]+$/.test(valueAt(words, 1)))
    return wrong('a variable of the process starts with `proc.`', 1)
  const bad = checkExpression(valueAt(words, 2), [PLACES.parser], grammar).wrong
  return bad && { ...bad, at: bad.at ?? 2 }
}

function checkGlobalStats(words: Words, grammar: Grammar): Wrong | undefined {
  const bad = oneOf(words, 1, ['socket', 'maxconn', 'bind-process', 'timeout'])
  if (bad || isOpen(words, 1)) return bad
  switch (valueAt(words, 1)) {
    case 'timeout':
      return words.length < 3 ? wrong('a time is expected') : time(words, 2)
    case 'maxconn':
      return words.length < 3 ? wrong('a number is expected') : between(words, 2, 1, 2 ** 31)
    case 'socket': {
      const few = words.length < 3 ? wrong('an address or a path is expected') : undefined
      const bad = few ?? (isOpen(words, 2) ? undefined : checkBindAddresses(valueAt(words, 2), 2))
      return bad ?? checkOptions(words, 3, BIND_WORDS, grammar)
    }
    default:
      return undefined
  }
}

const TLS_OPTIONS =
  'allow-0rtt force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 no-sslv3 no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13 prefer-client-ciphers strict-sni no-ca-names'.split(
    ' ',
  )

function checkTlsOptions(words: Words): Wrong | undefined {
  const few = tooFew(words, 2, 'an option')
  if (few) return few
  for (let at = 1; at < words.length; at++) {
    const name = valueAt(words, at)
    if (name === 'ssl-min-ver' || name === 'ssl-max-ver') {
      const bad = oneOf(words, ++at, ['SSLv3', 'TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'])
      if (bad) return bad
    } else {
      const bad = oneOf(words, at, [...TLS_OPTIONS, 'ssl-min-ver', 'ssl-max-ver'])
      if (bad) return bad
    }
  }
  return undefined
}

const withPort =
  (what: string): Check =>
  (words) =>
    tooFew(words, 3, 'a name, an address and a port') ??
    (isOpen(words, 2) || /:\d+$|^\/|^(?:unix|fd|abns|stream\+)/.test(valueAt(words, 2))
      ? undefined
      : wrong(`the ${what} needs a port`, 2))

const HOLDS = ['nx', 'other', 'refused', 'timeout', 'valid', 'obsolete']

const SECTION_CHECKS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  userlist: {
    user: (words) => tooFew(words, 2, 'a name') ?? namedPairs(words, ['password', 'insecure-password', 'groups']),
    group: (words) => goodName(words) ?? namedPairs(words, ['users']),
  },
  peers: { table: (words) => checkStickTable(words, 2), bind: (words, grammar) => checkBind(words, grammar) },
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
    'process-vary': (words) => oneOf(words, 1, ['on', 'off']) ?? tooMany(words, 2),
    'max-age': (words) => tooMany(words, 2),
    'max-object-size': oneNumber,
    'max-secondary-entries': oneNumber,
  },
  'http-errors': { errorfile: (words) => tooFew(words, 3, 'a status and a file') ?? oneOf(words, 1, ERROR_STATUSES) },
  ring: {
    size: (words) =>
      tooFew(words, 2, 'a size') ?? (/^[1-9]\d*$/.test(valueAt(words, 1)) ? undefined : wrong('a size is expected', 1)),
    format: (words) => oneOf(words, 1, ['iso', 'local', 'raw', 'rfc3164', 'rfc5424', 'short', 'priority', 'timed']),
  },
  program: {
    command: (words) => tooFew(words, 2, 'a command'),
    option: (words) => oneOf(words, 1, ['start-on-reload']),
  },
  'fcgi-app': {
    docroot: (words) => tooFew(words, 2, 'a path'),
    index: (words) => tooFew(words, 2, 'a file'),
    'set-param': (words) => tooFew(words, 3, 'a name and a value'),
    'pass-header': (words) => tooFew(words, 2, 'a header'),
    option: (words) => oneOf(words, 1, ['keep-conn', 'get-values', 'max-reqs', 'mpxs-conns']),
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
