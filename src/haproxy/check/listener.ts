import { isIP } from 'node:net'
import { readNetwork } from '../address.ts'
import {
  between,
  type Grammar,
  isOpen,
  oneOf,
  time,
  tooFew,
  unknown,
  valueAt,
  type Words,
  type Wrong,
  wrong,
} from '../grammar/grammar.ts'
import { BIND_WORDS, type OptionWords, SERVER_WORDS } from '../grammar/listener-words.ts'
import { PLACES } from '../grammar/sample-words.ts'
import { knowsWord } from '../grammar/vocabulary.ts'
import { checkExpression } from './expression.ts'

/** What HAProxy refuses in a `bind` line; a certificate has to be named where TLS is spoken. */
export function checkBind(words: Words, grammar: Grammar): Wrong | undefined {
  const few = tooFew(words, 2, 'an address')
  if (few) return few
  const bad =
    (isOpen(words, 1) ? undefined : checkBindAddresses(valueAt(words, 1), 1)) ??
    checkOptions(words, 2, BIND_WORDS, grammar)
  if (bad) return bad
  const has = (name: string) => words.some((word, at) => at > 1 && word.value === name)
  if (!has('ssl') || ['crt', 'crt-list', 'default-crt', 'ca-sign-file'].some(has)) return undefined
  return words.some((word) => word.variable !== undefined) ? undefined : wrong('`ssl` needs a certificate: `crt`')
}

/** What HAProxy refuses in a `server` or `server-template` line; `defaults` are the words of the `default-server` lines above. */
export function checkServer(words: Words, defaults: ReadonlySet<string>, grammar: Grammar): Wrong | undefined {
  const template = valueAt(words, 0) === 'server-template'
  const few = template
    ? tooFew(words, 4, 'a prefix, a number and an address')
    : tooFew(words, 3, 'a name and an address')
  if (few) return few
  const odd = isOpen(words, 1) ? undefined : /[^A-Za-z0-9_.:-]/.exec(valueAt(words, 1))?.[0]
  if (odd) return wrong(`\`${odd}\` is not permitted in the name of a server`, 1, 'BAD_NAME')
  const at = template ? 3 : 2
  return (
    (template && !isOpen(words, 2) ? checkRange(valueAt(words, 2)) : undefined) ??
    (isOpen(words, at) ? undefined : checkServerAddress(words, at, defaults)) ??
    checkOptions(words, at + 1, SERVER_WORDS, grammar)
  )
}

export function checkDefaultServer(words: Words, grammar: Grammar): Wrong | undefined {
  return checkOptions(words, 1, SERVER_WORDS, grammar)
}

/** Options and what they take, from `at` to the end of the line. */
export function checkOptions(words: Words, at: number, options: OptionWords, grammar: Grammar): Wrong | undefined {
  for (let next = at; next < words.length; ) {
    const name = valueAt(words, next)
    // From a word that the environment decides on, nobody knows which of the rest are options.
    if (isOpen(words, next)) return undefined
    if (!knowsWord(options.vocabulary, name, grammar.version))
      return unknown(options.vocabulary, name, grammar, 'option', next)
    const takes = options.takes.get(name) ?? (name.startsWith('set-proxy-v2-tlv-fmt') ? 'tlv' : 'word')
    const checked = checkOption(words, next, takes, grammar)
    if (typeof checked !== 'number') return checked
    next = checked
  }
  return undefined
}

/** The word after the option and what it takes, or what is wrong with that. */
function checkOption(words: Words, at: number, takes: string, grammar: Grammar): number | Wrong {
  if (takes === '') return at + 1
  const name = valueAt(words, at)
  const next = at + 1
  if (takes === 'usesrc') return wrong('`usesrc` belongs behind `source` and its address', at)
  if (takes === 'source') return checkSource(words, at)
  if (valueAt(words, next) === '' && !isOpen(words, next) && !FORGIVING.has(takes) && !FORGIVING.has(name))
    return wrong(`\`${name}\` needs a value`, at)
  return (
    (isOpen(words, next) || (FORGIVING.has(name) && valueAt(words, next) === '')
      ? undefined
      : checkValue(words, next, takes, grammar)) ?? next + 1
  )
}

/** What may stand without the value that belongs to it (2.6.12, measured). */
const FORGIVING = new Set(['maybe', 'weight', 'init-addr', 'resolve-opts'])

function checkValue(words: Words, at: number, takes: string, grammar: Grammar): Wrong | undefined {
  const value = valueAt(words, at)
  switch (takes) {
    case 'word':
    case 'maybe':
    case 'tlv':
      return NUMBERED.has(valueAt(words, at - 1)) ? checkNumbered(words, at) : undefined
    case 'time':
      return time(words, at)
    case 'wait':
      return time(words, at) ?? (/^0+(?:\D|$)/.test(value) ? wrong('0 is no delay', at) : undefined)
    case 'count':
      return between(words, at, 1, Number.POSITIVE_INFINITY)
    case 'natural':
      return between(words, at, 0, Number.POSITIVE_INFINITY)
    case 'connections':
      return between(words, at, -1, Number.POSITIVE_INFINITY)
    case 'weight':
      return between(words, at, 0, 256)
    case 'expression': {
      const bad = checkExpression(value, [PLACES.server, PLACES.responseContent], grammar).wrong
      return bad && { ...bad, at }
    }
    case 'address':
      return isAddress(value.replace(/:\d*$/, '')) || isAddress(value)
        ? undefined
        : wrong(`\`${value}\` is no address`, at)
    case 'socket':
      return /:\d+$/.test(value) ? undefined : wrong(`\`${value}\` has no port`, at)
    case 'networks': {
      const bad = value.split(',').find((network) => !readNetwork(network))
      return bad === undefined ? undefined : wrong(`\`${bad}\` is no network`, at)
    }
    default:
      return takes.startsWith(',')
        ? checkList(words, at, takes.slice(1).split('|'))
        : oneOf(words, at, takes.split('|'))
  }
}

const NUMBERED = new Set(['process', 'thread', 'shards', 'mss', 'expose-fd', 'mode'])

function checkNumbered(words: Words, at: number): Wrong | undefined {
  const value = valueAt(words, at)
  const name = valueAt(words, at - 1)
  if (name === 'mode') return /^[+-]?[0-7]+$/.test(value) ? undefined : wrong(`\`${value}\` is no octal number`, at)
  if (name === 'expose-fd') return oneOf(words, at, ['listeners'])
  if (name === 'mss') return /^-?\d+$/.test(value) ? undefined : wrong(`a number is expected, not \`${value}\``, at)
  if (name === 'shards') return /^[1-9]\d*$/.test(value) ? undefined : oneOf(words, at, ['by-thread', 'by-group'])
  return /^(?:\d+|all|odd|even|auto)(?:[-/,\d]|all|odd|even)*$/.test(value)
    ? undefined
    : wrong(`\`${value}\` is no number or range of ${name === 'thread' ? 'threads' : 'processes'}`, at)
}

function checkList(words: Words, at: number, choices: readonly string[]): Wrong | undefined {
  const bad = valueAt(words, at)
    .split(',')
    .find((each) => !choices.includes(each) && !(choices.includes('IP') && isIP(each)))
  return bad === undefined ? undefined : wrong(`one of ${choices.join(', ')} is expected, not \`${bad}\``, at)
}

/** `source ADDRESS [usesrc CLIENT] [interface NAME]`. */
function checkSource(words: Words, at: number): number | Wrong {
  if (words[at + 1] === undefined) return wrong('`source` needs an address', at)
  const bad = isOpen(words, at + 1) ? undefined : checkPlainAddress(valueAt(words, at + 1), at + 1)
  if (bad) return bad
  let next = at + 2
  for (; ['usesrc', 'interface'].includes(valueAt(words, next)); next += 2)
    if (words[next + 1] === undefined) return wrong(`\`${valueAt(words, next)}\` needs a value`, next)
  return next
}

/** A `source` line of a proxy. */
export function checkSourceLine(words: Words): Wrong | undefined {
  const next = checkSource(words, 0)
  if (typeof next !== 'number') return next
  return words[next] ? wrong(`\`interface\` or \`usesrc\` is expected, not \`${words[next]?.raw}\``, next) : undefined
}

function checkPlainAddress(value: string, at: number): Wrong | undefined {
  const colon = isIP(value) ? -1 : value.lastIndexOf(':')
  const host = colon < 0 ? value : value.slice(0, colon)
  const port = colon < 0 ? '' : value.slice(colon + 1)
  if (/\D/.test(port.replace('-', ''))) return wrong(`\`${port}\` is no port`, at)
  return isAddress(host) ? undefined : wrong(`\`${value}\` is no address`, at)
}

/** Undefined for what only a resolver could say. */
function isAddress(host: string): boolean {
  const bare = host.replace(/^(?:ipv[46]|tcp[46]?)@/, '').replace(/^\[(.*)\]$/, '$1')
  if (bare === '' || bare === '*' || bare === 'localhost' || isIP(bare)) return true
  return /^[\d.]+$/.test(bare) ? isShortAddress(bare) : bare.includes('.') && /^[A-Za-z0-9_.-]+$/.test(bare)
}

/** What `inet_aton` takes: fewer than four numbers, the last one filling the rest. */
function isShortAddress(text: string): boolean {
  const parts = text.split('.')
  const last = Number(parts.pop())
  return (
    parts.length < 4 &&
    parts.every((part) => part !== '' && Number(part) <= 255) &&
    !text.endsWith('.') &&
    last < 2 ** (8 * (4 - parts.length))
  )
}

/** What most listeners and servers are written as, which nothing can be wrong with. */
const PLAIN = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!:)|(?=:))){4}:(?:[1-9]\d{0,3}|[1-5]\d{4})$/

/** Families that are no stream here, or not built in. */
const NO_STREAM = /^(?:udp[46]?|quic[46]?|uxdg)@/
const FAMILY =
  /^(?:ipv[46]|tcp[46]?|unix|abns|abnsz|fd|sockpair|uxst|stream\+(?:ipv[46]|unix|fd)|quic[46]|udp[46]?|uxdg)@/

/** A comma list of what can be listened on; `at` is the word it stands in. */
export function checkBindAddresses(list: string, at: number): Wrong | undefined {
  const addresses = list.split(',')
  // A comma at the end is forgiven.
  if (addresses.length > 1 && addresses.at(-1) === '') addresses.pop()
  for (const address of addresses) {
    const bad = checkBindAddress(address)
    if (bad !== undefined) return wrong(bad, at)
  }
  return undefined
}

function checkBindAddress(address: string): string | undefined {
  if (PLAIN.test(address)) return undefined
  if (address === '') return 'an address is empty'
  if (NO_STREAM.test(address)) return `\`${address}\` takes no connections`
  if (/^fd@/.test(address)) return /^fd@\d+$/.test(address) ? undefined : `\`${address}\` names no file descriptor`
  if (address.startsWith('/') || /^(?:unix|abns|abnsz|uxst|sockpair)@/.test(address)) return undefined
  const text = address.replace(/^(?:ipv[46]|tcp[46]?)@/, '')
  const colon = text.lastIndexOf(':')
  if (colon < 0 || colon === text.length - 1) return `\`${address}\` has no port`
  const port = text.slice(colon + 1)
  const [, from, dash, to] = /^(\d+)(-)?(\d*)/.exec(port) ?? []
  if (from === undefined) return `\`${port}\` is no port`
  const last = dash === undefined ? Number(from) : Number(to === '' ? 0 : to)
  if (Number(from) < 1 || last > 65_535 || last < Number(from)) return `${port} is no port`
  return checkHost(text.slice(0, colon), address)
}

/** An address that is certainly none: what looks like a name is asked of a resolver when HAProxy starts. */
function checkHost(host: string, written: string): string | undefined {
  // An address may name variables of the environment without quotes too.
  if (host === '' || host.includes('$') || host === '*' || host === 'localhost') return undefined
  const family = /^(?:ipv|tcp)([46])@/.exec(written)?.[1]
  const bare = /^\[.*\]$/.test(host) ? host.slice(1, -1) : host
  const kind = isIP(bare)
  if (kind) return family === undefined || Number(family) === kind ? undefined : `\`${host}\` is not of that family`
  if (/^[\d.-]+$/.test(bare)) return isShortAddress(bare) ? undefined : `\`${host}\` is no address`
  return /^[A-Za-z0-9_.-]+$/.test(bare) && /[A-Za-z]/.test(bare) ? undefined : `\`${host}\` is no address`
}

function checkServerAddress(words: Words, at: number, defaults: ReadonlySet<string>): Wrong | undefined {
  const address = valueAt(words, at)
  if (PLAIN.test(address)) return undefined
  if (address.startsWith('/') || /^(?:unix|abns|abnsz|uxst|sockpair)@/.test(address)) return undefined
  if (NO_STREAM.test(address) || address.startsWith('fd@')) return wrong(`\`${address}\` is no address of a server`, at)
  const text = address.replace(/^(?:ipv[46]|tcp[46]?)@/, '')
  if (FAMILY.test(text) || text.includes('@')) return wrong(`\`${address}\` is no address`, at)
  const colon = text.endsWith(']') ? -1 : text.lastIndexOf(':')
  const port = colon < 0 ? '' : text.slice(colon + 1)
  if (port !== '' && !/^[+-]?\d/.test(port)) return wrong(`\`${port}\` is no port`, at)
  if (/^\d+-/.test(port)) return wrong(`a server has one port, not the range ${port}`, at)
  if (Number(/\d+/.exec(port)?.[0] ?? 0) > 65_535) return wrong(`${port} is no port`, at)
  const bad = checkHost(colon < 0 ? text : text.slice(0, colon), address)
  const forgiven = defaults.has('init-addr') || words.some((word) => word.value === 'init-addr')
  return bad === undefined || forgiven ? undefined : wrong(bad, at)
}

function checkRange(text: string): Wrong | undefined {
  const [, from, to] = /^(\d+)(?:-(\d+))?/.exec(text) ?? []
  const good = from !== undefined && Number(from) > 0 && (to === undefined || Number(to) >= Number(from))
  return good ? undefined : wrong(`\`${text}\` is no number or range of servers`, 2)
}
