import { readAddress } from './address.ts'
import {
  type Exchange,
  isUnknown,
  printPathQuery,
  printTarget,
  readTarget,
  type Sample,
  splitList,
  type Target,
  type Unknown,
} from './exchange.ts'
import { lower, printSample, TEXT_METHODS } from './match.ts'
import type { Action, Format, MatchMethod, Ruleset } from './model.ts'
import { toNumber } from './numbers.ts'
import { readRegex, replaceGroups } from './regex.ts'
import { printFormat, type Room, sampleOf } from './samples.ts'

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
      return { ...exchange, target: setTarget(exchange.target, action.do, print(action.format)) }
    case 'replace-path':
    case 'replace-pathq':
    case 'replace-uri':
      return { ...exchange, target: replaceTarget(exchange.target, action, print(action.format)) }
    case 'set-method':
      return { ...exchange, method: print(action.format) }
    case 'set-var': {
      const value = sampleOf(action.value, exchange, where, room)
      // An expression that yields nothing leaves the variable as it was.
      return value === undefined ? exchange : withVariable(exchange, action.name, value)
    }
    case 'set-var-fmt': {
      const text = print(action.value)
      return withVariable(exchange, action.name, isUnknown(text) ? text : { type: 'str', text })
    }
    case 'unset-var': {
      const vars = new Map(exchange.vars)
      vars.delete(action.name)
      return { ...exchange, vars }
    }
    case 'set-address':
      return setAddress(exchange, action, where, room)
    case 'expect-proxy':
      return { ...exchange, expectsProxy: true }
    default:
      return exchange
  }
}

function withVariable(exchange: Exchange, name: string, value: Sample | Unknown): Exchange {
  return { ...exchange, vars: new Map(exchange.vars).set(name, value) }
}

function setHeader(exchange: Exchange, name: string, value: string | Unknown, { keep }: { keep: boolean }): Exchange {
  const own = lower(name)
  const others = keep ? exchange.headers : exchange.headers.filter(([each]) => each !== own)
  return { ...exchange, headers: [...others, [own, value]] }
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
  return { ...exchange, headers }
}

/** Undefined when the text does not match; all of it is replaced when some of it does. */
function replaceWhole(text: string, pattern: string, format: string | Unknown): string | Unknown | undefined {
  const regex = readRegex(pattern, { fold: false })
  if (!regex) return { unknown: `regular expression ${pattern}` }
  const match = regex.exec(text)
  if (!match) return undefined
  return isUnknown(format) ? format : replaceGroups(format, match)
}

function setTarget(target: Target | Unknown, which: string, value: string | Unknown): Target | Unknown {
  if (isUnknown(target)) return target
  if (isUnknown(value)) return value
  if (which === 'set-uri') return readTarget(value)
  if (which === 'set-query') return { ...target, query: value === '' ? undefined : value }
  const written = readTarget(value)
  if (which === 'set-pathq') return { ...target, path: written.path, query: written.query }
  return { ...target, path: value }
}

function replaceTarget(
  target: Target | Unknown,
  action: Action & { readonly do: 'replace-path' | 'replace-pathq' | 'replace-uri' },
  format: string | Unknown,
): Target | Unknown {
  if (isUnknown(target)) return target
  const before =
    action.do === 'replace-path'
      ? target.path
      : action.do === 'replace-pathq'
        ? printPathQuery(target)
        : printTarget(target)
  const after = replaceWhole(before, action.regex, format)
  if (after === undefined) return target
  return setTarget(target, action.do.replace('replace', 'set'), after)
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
  if (isUnknown(value)) return { ...exchange, [field]: value }
  if (port) {
    const number = toNumber(value)
    return number === undefined ? exchange : { ...exchange, [field]: number }
  }
  const address = readAddress(printSample(value))
  return address === undefined ? exchange : { ...exchange, [field]: address }
}
