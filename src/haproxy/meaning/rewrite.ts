import {
  type Exchange,
  findAuthority,
  isUnknown,
  printPathQuery,
  printTarget,
  readTarget,
  type Sample,
  splitList,
  type Target,
  type Unknown,
} from '../exchange.ts'
import type { Action, Format, MatchMethod, Ruleset } from '../model.ts'
import { normalizeTarget } from '../normalize.ts'
import { awaitBody } from '../samples/body.ts'
import { castSample } from '../samples/casts.ts'
import { lower, TEXT_METHODS } from '../samples/match.ts'
import { readRegex, replaceGroups } from '../samples/regex.ts'
import type { Room } from '../samples/room.ts'
import { printFormat, sampleOf } from '../samples/samples.ts'

/** The request after an action that changes it; final actions are none of this. */
export function rewrite(exchange: Exchange, action: Action, where: Ruleset, room: Room): Exchange {
  const print = (format: Format) => printFormat(format, exchange, where, room)
  switch (action.do) {
    case 'set-header':
      return setHeader(exchange, action.name, print(action.format), { keep: false })
    case 'add-header':
      return setHeader(exchange, action.name, print(action.format), { keep: true })
    case 'del-header':
      return deleteHeader(exchange, action.name, action.method)
    case 'replace-header':
    case 'replace-value':
      return replaceHeader(exchange, action, print(action.format))
    case 'set-path':
    case 'set-pathq':
    case 'set-query':
    case 'set-uri':
      return withTarget(exchange, action.do, print(action.format))
    case 'replace-path':
    case 'replace-pathq':
    case 'replace-uri':
      return replaceTarget(exchange, action, print(action.format))
    case 'normalize':
      if (isUnknown(exchange.target)) return exchange
      return { ...exchange, target: normalizeTarget(exchange.target, action.how, action.option) }
    case 'set-method':
      return { ...exchange, method: print(action.format) }
    case 'set-var': {
      const value = sampleOf(action.value, exchange, where, room)
      // An expression that yields nothing leaves the variable as it was.
      return value === undefined ? exchange : storeVariable(exchange, action, value, where)
    }
    case 'set-var-fmt': {
      const text = printFormat(action.value, exchange, where, room, 'text')
      return storeVariable(exchange, action, isUnknown(text) ? text : { type: 'str', text }, where)
    }
    case 'unset-var': {
      const vars = new Map(exchange.vars)
      vars.delete(action.name)
      return { ...exchange, vars }
    }
    case 'set-address':
      return setAddress(exchange, action, where, room)
    case 'await-body':
      return awaitBody(exchange, action.atLeast)
    case 'expect-proxy':
      return { ...exchange, expectsProxy: true }
    default:
      return exchange
  }
}

/** When a value is stored over what is there (var_set, src/vars.c; measured): only texts are empty, only numbers compared. */
const ONLY: Readonly<Record<string, (now: Sample | undefined, value: Sample) => boolean>> = {
  ifexists: (now) => now !== undefined,
  ifnotexists: (now) => now === undefined,
  ifset: (now) => now !== undefined,
  ifnotset: (now) => now === undefined,
  ifempty: (_, value) => value.type === 'str' && value.text === '',
  ifnotempty: (_, value) => value.type !== 'str' || value.text !== '',
  ifgt: (now, value) => now?.type !== 'int' || value.type !== 'int' || now.number > value.number,
  iflt: (now, value) => now?.type !== 'int' || value.type !== 'int' || now.number < value.number,
}

function storeVariable(
  exchange: Exchange,
  { name, only }: Action & { readonly do: 'set-var' | 'set-var-fmt' },
  value: Sample | Unknown,
  where: Ruleset,
): Exchange {
  // Variables of the answer live from there on.
  if (name.startsWith('res.') && where !== 'response') return exchange
  const now = exchange.vars.get(name)
  const store = (stored: Sample | Unknown) => ({ ...exchange, vars: new Map(exchange.vars).set(name, stored) })
  if (only.length === 0) return store(value)
  if (isUnknown(now) || isUnknown(value) || only.some((each) => ONLY[each] === undefined))
    return store({ unknown: `variable ${name}` })
  return only.every((each) => ONLY[each]?.(now, value)) ? store(value) : exchange
}

function setHeader(exchange: Exchange, name: string, value: string | Unknown, { keep }: { keep: boolean }): Exchange {
  const own = lower(name)
  const others = keep ? exchange.headers : exchange.headers.filter(([each]) => each !== own)
  return withAuthority({ ...exchange, headers: [...others, [own, value]] }, own)
}

/** The authority of a target follows the Host (http_update_authority, src/http_htx.c). */
function withAuthority(exchange: Exchange, written: string): Exchange {
  const { target, headers } = exchange
  if (written !== 'host' || isUnknown(target)) return exchange
  const uri = printTarget(target)
  const span = findAuthority(uri)
  if (span === undefined) return exchange
  const host = headers.findLast(([name]) => name === 'host')?.[1] ?? ''
  return { ...exchange, target: isUnknown(host) ? host : readTarget(uri.slice(0, span[0]) + host + uri.slice(span[1])) }
}

function deleteHeader(exchange: Exchange, name: string, method: MatchMethod): Exchange {
  const own = lower(name)
  const regex = method === 'reg' ? readRegex(name, { fold: true }) : undefined
  const matches = TEXT_METHODS[method] ?? TEXT_METHODS.str
  const headers = exchange.headers.filter(([each]) => (method === 'reg' ? !regex?.test(each) : !matches?.(each, own)))
  return { ...exchange, headers }
}

function replaceHeader(
  exchange: Exchange,
  action: Action & { readonly do: 'replace-header' | 'replace-value' },
  format: string | Unknown,
): Exchange {
  const own = lower(action.name)
  const headers = exchange.headers.map(([name, value]) => {
    if (name !== own || isUnknown(value)) return [name, value] as const
    if (action.do === 'replace-header') return [name, replaceWhole(value, action.regex, format) ?? value] as const
    const values = splitList(value).map((each) => replaceWhole(each, action.regex, format) ?? each)
    return [name, values.find(isUnknown) ?? values.join(', ')] as const
  })
  const changed = headers.some(([, value], at) => value !== exchange.headers[at]?.[1])
  return changed ? withAuthority({ ...exchange, headers }, own) : exchange
}

/** Undefined when the text does not match; all of it is replaced when some of it does. */
function replaceWhole(text: string, pattern: string, format: string | Unknown): string | Unknown | undefined {
  const regex = readRegex(pattern, { fold: false })
  if (!regex) return { unknown: `regular expression ${pattern}` }
  const match = regex.exec(text)
  if (!match) return undefined
  return isUnknown(format) ? format : replaceGroups(format, match)
}

/** A target that is replaced as a whole goes on as it then is, and its authority becomes the Host (http_update_host, src/http_htx.c). */
function withTarget(exchange: Exchange, which: string, value: string | Unknown): Exchange {
  const target = setTarget(exchange.target, which, value)
  if (which !== 'set-uri') return { ...exchange, target }
  const uri = isUnknown(target) ? '' : printTarget(target)
  const span = findAuthority(uri)
  const authority = isUnknown(target) ? target : uri.slice(span?.[0], span?.[1])
  const headers = exchange.headers.map(([name, old]) => [name, name === 'host' ? authority : old] as const)
  const follows = isUnknown(target) || (span !== undefined && authority !== '')
  return { ...exchange, target, normalized: false, ...(follows ? { headers } : {}) }
}

/** One part replaced (http_replace_req_path, http_replace_req_query): where there is no path, the whole target is taken for one. */
function setTarget(target: Target | Unknown, which: string, value: string | Unknown): Target | Unknown {
  if (isUnknown(target)) return target
  if (isUnknown(value)) return value
  if (which === 'set-uri') return readTarget(value)
  const { query } = target
  // The question mark that is there stays, and none comes for nothing.
  if (which === 'set-query')
    return readTarget(printTarget({ ...target, query: value === '' && query === undefined ? undefined : value }))
  const before = target.path.startsWith('/') ? target.prefix : ''
  return readTarget(before + value + (which === 'set-path' && query !== undefined ? `?${query}` : ''))
}

function replaceTarget(
  exchange: Exchange,
  action: Action & { readonly do: 'replace-path' | 'replace-pathq' | 'replace-uri' },
  format: string | Unknown,
): Exchange {
  const { target } = exchange
  if (isUnknown(target) || (action.do !== 'replace-uri' && !target.path.startsWith('/'))) return exchange
  const before =
    action.do === 'replace-path'
      ? target.path
      : action.do === 'replace-pathq'
        ? printPathQuery(target)
        : printTarget(target)
  // Nothing matches where nothing is left (measured).
  const after = before === '' ? undefined : replaceWhole(before, action.regex, format)
  if (after === undefined) return exchange
  return withTarget(exchange, action.do.replace('replace', 'set'), after)
}

/** `set-src` and its kin: a value that is no address leaves it as it was. */
function setAddress(
  exchange: Exchange,
  action: Action & { readonly do: 'set-address' },
  where: Ruleset,
  room: Room,
): Exchange {
  const value = sampleOf(action.value, exchange, where, room)
  if (value === undefined) return exchange
  const port = action.which.endsWith('port')
  const field = ({ src: 'src', 'src-port': 'srcPort', dst: 'dst', 'dst-port': 'dstPort' } as const)[action.which]
  const set = (to: string | number | Unknown | undefined): Exchange => {
    if (to === undefined) return exchange
    // Before there is a session it is the connection itself that changes.
    const early = where === 'connection'
    return { ...exchange, [field]: to, ...(early ? { arrived: { ...exchange.arrived, [field]: to } } : {}) }
  }
  if (isUnknown(value)) return set(value)
  const cast = castSample(value, port ? 'int' : 'addr')
  // Ports are the last 16 bits.
  if (cast?.type === 'int') return set(Number(BigInt.asUintN(16, cast.number)))
  return set(cast?.type === 'ip' ? cast.text : undefined)
}
