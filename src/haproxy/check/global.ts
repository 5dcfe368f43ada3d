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
import { GLOBAL_WORDS, TUNABLES } from '../grammar/words.ts'
import { checkExpression, checkFormat } from './expression.ts'
import { checkBindAddresses, checkOptions } from './listener.ts'
import { checkLog } from './settings.ts'

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
const FORGIVING = /^(?:lua|vars)\.|^pattern\.cache-size$/

const count = (words: Words) => tooFew(words, 2, 'a number') ?? tooMany(words, 2)
const flag: Check = (words) => tooMany(words, 1)
const path: Check = (words) => tooFew(words, 2, 'a path') ?? tooMany(words, 2)
const text: Check = (words) => tooFew(words, 2, 'a value')
const word: Check = (words) => tooFew(words, 2, 'a value') ?? tooMany(words, 2)
const needed = (words: Words) => tooFew(words, 2, 'a number')
const ranged =
  (least: number, most: number): Check =>
  (words) =>
    tooFew(words, 2, 'a number') ?? between(words, 1, least, most)
const UNLIMITED = Number.POSITIVE_INFINITY
const each = (names: string, check: Check) => names.split(' ').map((name) => [name, check] as const)
const onOff: Check = (words) => oneOf(words, 1, ['on', 'off'])

const GLOBAL_CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...[
    'maxconn maxconnrate maxsessrate maxsslrate maxcomprate maxpipes maxzlibmem ulimit-n tune.maxaccept tune.maxpollevents',
    'tune.rcvbuf.client tune.rcvbuf.server tune.sndbuf.client tune.sndbuf.server tune.buffers.limit tune.buffers.reserve tune.recv_enough',
    'tune.ssl.capture-buffer-size tune.ssl.ssl-ctx-cache-size',
    'uid gid tune.pipesize tune.runqueue-depth tune.http.cookielen tune.http.logurilen',
  ].flatMap((names) => names.split(' ').map((name) => [name, count] as const)),
  ...'daemon quiet noepoll nokqueue nopoll noevports nosplice nogetaddrinfo noreuseport zero-warning pp2-never-send-local insecure-fork-wanted insecure-setuid-wanted set-dumpable strict-limits busy-polling'
    .split(' ')
    .map((name) => [name, flag] as const),
  ...'chroot pidfile ca-base crt-base user group localpeer issuers-chain-path h1-case-adjust-file'
    .split(' ')
    .map((name) => [name, path] as const),
  ...'lua-load lua-load-per-thread lua-prepend-path description server-state-base server-state-file ssl-dh-param-file unsetenv'
    .split(' ')
    .map((name) => [name, text] as const),
  ...'hard-stop-after grace close-spread-time tune.ssl.lifetime'
    .split(' ')
    .map((name) => [name, ((words) => tooFew(words, 2, 'a time') ?? time(words, 1)) satisfies Check] as const),
  ...'tune.idle-pool.shared tune.listener.multi-queue'.split(' ').map((name) => [name, onOff] as const),
  ['tune.sched.low-latency', onOff],
  ['tune.ssl.keylog', onOff],
  ...each(
    'log-tag node cluster-secret ssl-default-bind-ciphers ssl-default-server-ciphers ssl-default-bind-ciphersuites ssl-default-server-ciphersuites ssl-default-bind-curves',
    word,
  ),
  ...each('maxsslconn', (words) => count(words) ?? between(words, 1, 0, UNLIMITED)),
  ...each('tune.maxrewrite tune.ssl.cachesize tune.ssl.maxrecord tune.ssl.hard-maxrecord', ranged(0, UNLIMITED)),
  ['tune.pattern.cache-size', (words) => needed(words) ?? between(words, 1, 0, UNLIMITED)],
  ['tune.h2.max-concurrent-streams', (words) => between(words, 1, 0, UNLIMITED)],
  ['tune.h2.header-table-size', ranged(4096, 65_536)],
  ['tune.h2.max-frame-size', ranged(16_384, 16_777_215)],
  ['tune.comp.maxlevel', ranged(1, 9)],
  ['tune.peers.max-updates-at-once', ranged(1, UNLIMITED)],
  ...each('tune.pool-high-fd-ratio tune.pool-low-fd-ratio', ranged(0, 100)),
  [
    'tune.idletimer',
    (words) =>
      tooFew(words, 2, 'a time') ??
      time(words, 1) ??
      (/^\d{1,5}$/.test(valueAt(words, 1)) || /\D/.test(valueAt(words, 1))
        ? between(words, 1, 0, 65_535)
        : wrong('a time of at most 65535 ms is expected', 1)),
  ],
  ['tune.lua.maxmem', (words) => needed(words) ?? whole(words, 1)],
  ...each('tune.lua.session-timeout tune.lua.task-timeout tune.lua.service-timeout', (words) => time(words, 1)),
  [
    'tune.fd.edge-triggered',
    (words, { experimental }) =>
      oneOf(words, 1, ['on', 'off']) ??
      (experimental ? undefined : wrong('this is an experiment: `expose-experimental-directives` allows it', 0)),
  ],
  ['tune.bufsize', (words) => tooFew(words, 2, 'a number') ?? between(words, 1, 1, 2 ** 31)],
  ['tune.http.maxhdr', (words) => tooFew(words, 2, 'a number') ?? between(words, 1, 1, 32_767)],
  ['tune.ssl.default-dh-param', (words) => tooFew(words, 2, 'a number') ?? between(words, 1, 1024, 65_536)],
  [
    'nbthread',
    (words) => tooFew(words, 2, 'a number') ?? whole(words, 1) ?? between(words, 1, 1, 4096) ?? tooMany(words, 2),
  ],
  ['max-spread-checks', (words) => tooFew(words, 2, 'a time') ?? time(words, 1) ?? tooMany(words, 2)],
  ['spread-checks', (words) => count(words) ?? between(words, 1, 0, 50)],
  ['maxcompcpuusage', (words) => count(words) ?? between(words, 1, 0, 100)],
  ['profiling.tasks', (words) => oneOf(words, 1, ['on', 'auto', 'off']) ?? tooMany(words, 2)],
  ['ssl-server-verify', (words) => oneOf(words, 1, ['none', 'required']) ?? tooMany(words, 2)],
  ['thread-groups', (words) => count(words) ?? whole(words, 1) ?? between(words, 1, 1, 64)],
  ['thread-group', checkThreadGroup],
  ['default-path', checkDefaultPath],
  ['set-var-fmt', checkProcessFormat],
  ['master-worker', (words) => (words.length > 1 ? oneOf(words, 1, ['no-exit-on-failure']) : undefined)],
  ['external-check', (words) => (words.length > 1 ? oneOf(words, 1, ['preserve-env']) : undefined)],
  ['log', (words, grammar) => checkLog(words, grammar, { global: false })],
  ['set-var', checkProcessVariable],
  ['setenv', (words) => tooFew(words, 3, 'a name and a value')],
  ['presetenv', (words) => tooFew(words, 3, 'a name and a value')],
  ['h1-case-adjust', checkSpellings],
  ['unix-bind', checkUnixBind],
  ['stats', checkGlobalStats],
  ['cpu-map', checkCpuMap],
  ['ssl-default-bind-options', checkTlsOptions],
  ['ssl-default-server-options', checkTlsOptions],
])

function checkSpellings(words: Words): Wrong | undefined {
  const bad = tooFew(words, 3, 'two spellings') ?? tooMany(words, 3)
  if (bad || isOpen(words, 1) || isOpen(words, 2)) return bad
  return valueAt(words, 1).toLowerCase() === valueAt(words, 2).toLowerCase()
    ? undefined
    : wrong('the two spellings differ in more than their case', 2)
}

const RANGE = /^\d+(?:-\d*)?$/

function checkThreadGroup(words: Words): Wrong | undefined {
  const few = tooFew(words, 2, 'a number') ?? whole(words, 1)
  const odd = words.findIndex((each, at) => at > 1 && each.variable === undefined && !RANGE.test(each.value))
  return few ?? (odd < 0 ? undefined : wrong('a thread or a range of threads is expected', odd))
}

function checkCpuMap(words: Words): Wrong | undefined {
  if (!isOpen(words, 1) && !/^(?:auto:)?(?:all|odd|even|\d)/.test(valueAt(words, 1)))
    return wrong('a process or thread is expected', 1)
  const odd = words.findIndex(
    (each, at) => at > 1 && each.variable === undefined && !each.value.split(',').every((cpu) => RANGE.test(cpu)),
  )
  return tooFew(words, 3, 'processors') ?? (odd < 0 ? undefined : wrong('a range of processors is expected', odd))
}

function checkDefaultPath(words: Words): Wrong | undefined {
  const bad = oneOf(words, 1, ['current', 'config', 'parent', 'origin'])
  return bad ?? (valueAt(words, 1) === 'origin' && words.length < 3 ? wrong('`origin` needs a folder', 1) : undefined)
}

function checkProcessFormat(words: Words, grammar: Grammar): Wrong | undefined {
  const few = tooFew(words, 3, 'a variable such as proc.x and a format')
  if (few || isOpen(words, 1) || isOpen(words, 2)) return few
  if (!/^proc\.[A-Za-z0-9_.]+$/.test(valueAt(words, 1)))
    return wrong('a variable of the process starts with `proc.`', 1)
  const bad = checkFormat(valueAt(words, 2), [PLACES.parser], grammar)
  return bad && { ...bad, at: bad.at ?? 2 }
}

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
    case 'bind-process':
      return !isOpen(words, 2) && words.length > 2 && !/^(?:all|odd|even|\d+(?:-\d*)?)$/.test(valueAt(words, 2))
        ? wrong('a number or a range is expected', 2)
        : undefined
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
