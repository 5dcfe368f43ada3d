import { readNetwork } from '../address.ts'
import {
  type Grammar,
  isOpen,
  oneOf,
  size,
  time,
  tooMany,
  unknown,
  valueAt,
  type Words,
  type Wrong,
  wrong,
} from '../grammar/grammar.ts'
import { knowsWord } from '../grammar/vocabulary.ts'
import { OTHER_OPTIONS, SWITCHES } from '../grammar/words.ts'
import { checkCondition, checkRule, type Side } from './rule.ts'

/** What HAProxy refuses in an `option` line; `no` and `default` may stand before some options only. */
export function checkOptionLine(
  words: Words,
  grammar: Grammar,
  { negated }: { readonly negated: boolean },
): Wrong | undefined {
  const name = valueAt(words, 1)
  if (isOpen(words, 1)) return undefined
  if (name === '') return wrong('`option` needs the name of an option')
  if (knowsWord(SWITCHES, name, grammar.version)) return name === 'redispatch' ? undefined : tooMany(words, 2)
  if (!knowsWord(OTHER_OPTIONS, name, grammar.version)) {
    const vocabulary = SWITCHES.words.has(name) ? SWITCHES : OTHER_OPTIONS
    return unknown(vocabulary, name, grammar, 'option', 1)
  }
  if (negated) return wrong(`\`option ${name}\` cannot be negated`, 1)
  return OPTION_CHECKS[name]?.(words)
}

const noArgument = (words: Words) => tooMany(words, 2)

const OPTION_CHECKS: Readonly<Record<string, (words: Words) => Wrong | undefined>> = {
  'external-check': noArgument,
  'ldap-check': noArgument,
  'redis-check': noArgument,
  'ssl-hello-chk': noArgument,
  'tcp-check': noArgument,
  tcpka: noArgument,
  tcplog: (words) => (words.length > 2 && valueAt(words, 2) !== 'clf' ? tooMany(words, 2) : undefined),
  httplog: (words) => (words.length > 2 ? oneOf(words, 2, ['clf']) : undefined),
  httpchk: (words) => tooMany(words, 5),
  smtpchk: (words) => tooMany(words, 4),
  forwardfor: (words) => checkForward(words, { ifNone: true }),
  originalto: (words) => checkForward(words, { ifNone: false }),
  'http-restrict-req-hdr-names': (words) => oneOf(words, 2, ['preserve', 'reject', 'delete']),
  'mysql-check': (words) => (words.length > 2 ? checkMysql(words) : undefined),
  'pgsql-check': (words) =>
    valueAt(words, 2) === 'user' && words.length > 3
      ? words.length > 4
        ? wrong('nothing may follow the name', 4)
        : undefined
      : wrong('`option pgsql-check` needs `user` and a name'),
}

function checkMysql(words: Words): Wrong | undefined {
  const bad = oneOf(words, 2, ['user']) ?? (words.length < 4 ? wrong('`user` needs a name') : undefined)
  return bad ?? (words.length > 4 ? (oneOf(words, 4, ['post-41', 'pre-41']) ?? tooMany(words, 5)) : undefined)
}

function checkForward(words: Words, { ifNone }: { readonly ifNone: boolean }): Wrong | undefined {
  for (let at = 2; at < words.length; at++) {
    const name = valueAt(words, at)
    if (isOpen(words, at) || (ifNone && name === 'if-none')) continue
    const bad = oneOf(words, at, ifNone ? ['except', 'header', 'if-none'] : ['except', 'header'])
    if (bad) return bad
    at++
    if (words[at] === undefined) return wrong(`\`${name}\` needs a value`, at - 1)
    if (name === 'except' && !isOpen(words, at) && !readNetwork(valueAt(words, at)))
      return wrong(`\`${valueAt(words, at)}\` is no network`, at)
  }
  return undefined
}

const FACILITIES =
  'kern user mail daemon auth syslog lpr news uucp cron auth2 ftp ntp audit alert cron2 local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  )
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'error', 'warning', 'notice', 'info', 'debug']
const FORMATS = ['local', 'rfc3164', 'rfc5424', 'priority', 'short', 'timed', 'iso', 'raw']

/** `log ADDRESS [len N] [format F] [sample …] FACILITY [LEVEL [LEAST]]`; `log global` where the section may say so. */
export function checkLog(
  words: Words,
  { version }: Grammar,
  { global }: { readonly global: boolean },
): Wrong | undefined {
  if (words.some((word) => word.variable !== undefined)) return undefined
  if (global && valueAt(words, 1) === 'global' && words.length === 2) return undefined
  if (words.length < 3) return wrong('`log` needs an address and a facility')
  if (Number(/:(\d+)$/.exec(valueAt(words, 1))?.[1] ?? 1) > 65_535) return wrong('this is no port', 1)
  let at = 2
  for (; LOG_WORDS.has(valueAt(words, at)); at += 2) {
    const name = valueAt(words, at)
    if (name === 'profile' && version.series < 301) break
    const value = valueAt(words, at + 1)
    if (name === 'len' && !(Number(value) >= 80 && Number(value) <= 65_535))
      return wrong('a length from 80 to 65535 is expected', at + 1)
    const bad = name === 'format' ? oneOf(words, at + 1, FORMATS) : undefined
    if (bad) return bad
  }
  return (
    oneOf(words, at, FACILITIES) ??
    (words.length > at + 1 ? oneOf(words, at + 1, LEVELS) : undefined) ??
    (words.length > at + 2 ? oneOf(words, at + 2, LEVELS) : undefined) ??
    (words.length > at + 3 ? wrong('nothing may follow the levels', at + 3) : undefined)
  )
}

const LOG_WORDS = new Set(['len', 'format', 'sample', 'profile'])

const STATS =
  'admin uri realm auth scope enable hide-version show-node show-desc show-legends show-modules refresh http-request'.split(
    ' ',
  )

/** What HAProxy refuses in a `stats` line of a proxy. */
export function checkStats(words: Words, grammar: Grammar, side: Side): Wrong | undefined {
  const bad = oneOf(words, 1, STATS)
  if (bad || isOpen(words, 1)) return bad
  switch (valueAt(words, 1)) {
    case 'admin':
      return words.length < 3 ? wrong('`stats admin` needs a condition') : checkCondition(words, 2)
    case 'http-request':
      return checkRule(words, 2, 'http-request', side, grammar)
    case 'refresh':
      return time(words, 2)
    case 'uri':
    case 'realm':
    case 'auth':
    case 'scope':
      return words.length < 3 ? wrong(`\`stats ${valueAt(words, 1)}\` needs a value`) : undefined
    default:
      return undefined
  }
}

const COUNTED =
  'bytes_in_cnt bytes_out_cnt conn_cnt conn_cur gpc0 gpc1 gpt0 http_err_cnt http_fail_cnt http_req_cnt server_id server_key sess_cnt glitch_cnt'.split(
    ' ',
  )
const RATES =
  'bytes_in_rate bytes_out_rate conn_rate gpc0_rate gpc1_rate http_err_rate http_fail_rate http_req_rate sess_rate glitch_rate'.split(
    ' ',
  )

/** What HAProxy refuses in a `stick-table` line, or in the `table` line of a peers section. */
export function checkStickTable(words: Words, from: number): Wrong | undefined {
  let type = false
  let sized = false
  for (let at = from; at < words.length; ) {
    const name = valueAt(words, at)
    if (isOpen(words, at)) return undefined
    if (name === 'nopurge') {
      at++
      continue
    }
    const bad =
      oneOf(words, at, ['type', 'size', 'expire', 'store', 'peers', 'srvkey', 'nopurge']) ??
      (words[at + 1] === undefined && name !== 'store' ? wrong(`\`${name}\` needs a value`, at) : undefined) ??
      TABLE_CHECKS[name]?.(words, at + 1)
    if (bad) return bad
    type ||= name === 'type'
    sized ||= name === 'size' && !/^0[kKmMgG]?$/.test(valueAt(words, at + 1))
    const typed =
      name === 'type' && /^(?:string|binary)$/.test(valueAt(words, at + 1)) && valueAt(words, at + 2) === 'len'
    if (typed && !/^[1-9]\d*$/.test(valueAt(words, at + 3))) return wrong('a length is expected', at + 3)
    at += typed ? 4 : 2
  }
  if (!sized) return wrong('a table needs a `size`')
  return type ? undefined : wrong('a table needs a `type`')
}

const TABLE_CHECKS: Readonly<Record<string, (words: Words, at: number) => Wrong | undefined>> = {
  type: (words, at) => oneOf(words, at, ['ip', 'ipv6', 'integer', 'string', 'binary']),
  size,
  expire: time,
  store: (words, at) => checkStore(valueAt(words, at), at),
  srvkey: (words, at) => oneOf(words, at, ['name', 'addr']),
}

function checkStore(list: string, at: number): Wrong | undefined {
  // A comma inside parentheses does not part.
  for (const entry of list.match(/[^,(]+(?:\([^)]*\)?)?/g) ?? []) {
    const [, name = '', inner] = /^([^(]*)(?:\((.*)\))?$/.exec(entry) ?? []
    if (RATES.includes(name)) {
      if (inner === undefined) return wrong(`\`${name}\` needs a period, as in ${name}(10s)`, at)
      if (!/^\d+(?:us|ms|s|m|h|d|$)/.test(inner)) return wrong(`\`${inner}\` is no period`, at)
    } else if (/^gp[ct]$/.test(name)) {
      if (!/^\d+$/.test(inner ?? '') || Number(inner) < 1 || Number(inner) > 100)
        return wrong(`\`${name}\` needs how many there are, from 1 to 100`, at)
    } else if (name === 'gpc_rate') {
      if (!/^\d+,\d+(?:us|ms|s|m|h|d|$)/.test(inner ?? '')) return wrong('`gpc_rate` needs how many, and a period', at)
    } else if (!COUNTED.includes(name)) return wrong(`a table cannot store \`${name}\``, at)
    else if (inner !== undefined) return wrong(`\`${name}\` takes nothing`, at)
  }
  return undefined
}
