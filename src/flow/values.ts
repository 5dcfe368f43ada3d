import {
  ANY_IP,
  containsIp,
  equalIp,
  type IpSet,
  intersectIp,
  isEmptyIp,
  printIp,
  subtractIp,
  uniteIp,
} from './ip-set.ts'
import {
  hasLazy,
  intersectLazy,
  isAnyLazy,
  isEmptyLazy,
  keyOfLazy,
  type LazyText,
  lazyText,
  sameLazy,
  subtractLazy,
  uniteLazy,
  wholeText,
  witnessLazy,
} from './lazy-text.ts'
import {
  equalRanges,
  inRanges,
  intersectRanges,
  type Ranges,
  readRanges,
  subtractRanges,
  uniteRanges,
} from './ranges.ts'
import { ANY_TEXT, type TextSet } from './text-set.ts'

/** What one dimension of a flow may be. */
export type Values =
  | { readonly kind: 'ip'; readonly ip: IpSet }
  | { readonly kind: 'number'; readonly ranges: Ranges }
  /** `except` is every name but these: interfaces and methods have no last one. */
  | { readonly kind: 'name'; readonly mode: 'only' | 'except'; readonly names: ReadonlySet<string> }
  | { readonly kind: 'text'; readonly lazy: LazyText }

/** The text value of a header that is not there. No header can hold it: HTTP forbids the byte. */
export const ABSENT_HEADER = '\u0000'

const LAST_SECOND = 2 ** 40
const NUMBER_DOMAINS: Readonly<Record<string, Ranges>> = {
  proto: [[0, 255]],
  sport: [[0, 65535]],
  dport: [[0, 65535]],
  icmp: [[0, 65535]],
  at: [[0, LAST_SECOND]],
  week: [[0, 10079]],
  tls: [[0, 1]],
}

/** Everything a dimension can be. Dimensions and their kinds are listed at `FlowSet`. */
export function domainOf(dimension: string): Values {
  if (dimension === 'src' || dimension === 'dst' || dimension === 'proxied') return { kind: 'ip', ip: ANY_IP }
  const ranges = NUMBER_DOMAINS[dimension]
  if (ranges) return { kind: 'number', ranges }
  if (dimension === 'ingress' || dimension === 'method') return { kind: 'name', mode: 'except', names: new Set() }
  if (isYesOrNo(dimension)) return { kind: 'name', mode: 'only', names: new Set(['yes', 'no']) }
  return texts(ANY_TEXT)
}

export function ips(ip: IpSet): Values {
  return { kind: 'ip', ip }
}

export function numbers(...list: readonly (readonly [number, number])[]): Values {
  return { kind: 'number', ranges: readRanges(list) }
}

export function names(...list: readonly string[]): Values {
  return { kind: 'name', mode: 'only', names: new Set(list) }
}

export function namesExcept(...list: readonly string[]): Values {
  return { kind: 'name', mode: 'except', names: new Set(list) }
}

export function texts(text: TextSet): Values {
  return { kind: 'text', lazy: lazyText(text) }
}

/** The automaton of text values. */
export function textOf(values: Values & { readonly kind: 'text' }): TextSet {
  return wholeText(values.lazy)
}

export function intersectValues(a: Values, b: Values): Values {
  if (a.kind === 'ip' && b.kind === 'ip') return ips(intersectIp(a.ip, b.ip))
  if (a.kind === 'number' && b.kind === 'number') return { kind: 'number', ranges: intersectRanges(a.ranges, b.ranges) }
  if (a.kind === 'text' && b.kind === 'text') return { kind: 'text', lazy: intersectLazy(a.lazy, b.lazy) }
  if (a.kind === 'name' && b.kind === 'name') return intersectNames(a, b)
  throw mixed(a, b)
}

export function subtractValues(a: Values, b: Values): Values {
  if (a.kind === 'ip' && b.kind === 'ip') return ips(subtractIp(a.ip, b.ip))
  if (a.kind === 'number' && b.kind === 'number') return { kind: 'number', ranges: subtractRanges(a.ranges, b.ranges) }
  if (a.kind === 'text' && b.kind === 'text') return { kind: 'text', lazy: subtractLazy(a.lazy, b.lazy) }
  if (a.kind === 'name' && b.kind === 'name')
    return intersectNames(a, { kind: 'name', mode: b.mode === 'only' ? 'except' : 'only', names: b.names })
  throw mixed(a, b)
}

export function uniteValues(a: Values, b: Values): Values {
  if (a.kind === 'ip' && b.kind === 'ip') return ips(uniteIp(a.ip, b.ip))
  if (a.kind === 'number' && b.kind === 'number') return { kind: 'number', ranges: uniteRanges(a.ranges, b.ranges) }
  if (a.kind === 'text' && b.kind === 'text') return { kind: 'text', lazy: uniteLazy(a.lazy, b.lazy) }
  if (a.kind === 'name' && b.kind === 'name') {
    if (a.mode === 'only' && b.mode === 'only') return names(...a.names, ...b.names)
    const both = intersectNames(flip(a), flip(b))
    return both.kind === 'name' ? flip(both) : both
  }
  throw mixed(a, b)
}

export function isEmptyValues(values: Values): boolean {
  switch (values.kind) {
    case 'ip':
      return isEmptyIp(values.ip)
    case 'number':
      return values.ranges.length === 0
    case 'name':
      return values.mode === 'only' && values.names.size === 0
    case 'text':
      return isEmptyLazy(values.lazy)
  }
}

/** Whether these are all values that the dimension has. */
export function isWholeDomain(dimension: string, values: Values): boolean {
  if (values.kind === 'text') return isAnyLazy(values.lazy)
  return equalValues(values, domainOf(dimension))
}

export function equalValues(a: Values, b: Values): boolean {
  if (a.kind === 'ip' && b.kind === 'ip') return equalIp(a.ip, b.ip)
  if (a.kind === 'number' && b.kind === 'number') return equalRanges(a.ranges, b.ranges)
  if (a.kind === 'text' && b.kind === 'text') return sameLazy(a.lazy, b.lazy)
  if (a.kind === 'name' && b.kind === 'name')
    return a.mode === b.mode && a.names.size === b.names.size && [...a.names].every((name) => b.names.has(name))
  return false
}

/** Equal values of one kind have equal keys. */
export function keyOfValues(values: Values): string {
  switch (values.kind) {
    case 'ip':
      return `${values.ip.v4.join(' ')}|${values.ip.v6.join(' ')}`
    case 'number':
      return values.ranges.join(' ')
    case 'name':
      return `${values.mode} ${JSON.stringify([...values.names].sort())}`
    case 'text':
      return keyOfLazy(values.lazy)
  }
}

export function hasValue(values: Values, value: string | number): boolean {
  switch (values.kind) {
    case 'ip':
      return typeof value === 'string' && containsIp(values.ip, value)
    case 'number':
      return typeof value === 'number' && inRanges(values.ranges, value)
    case 'name':
      return typeof value === 'string' && values.names.has(value) === (values.mode === 'only')
    case 'text':
      return typeof value === 'string' && hasLazy(values.lazy, value)
  }
}

/** One value of the set, the same each time; undefined when it is empty. */
export function witnessValue(values: Values): string | number | undefined {
  switch (values.kind) {
    case 'ip': {
      const [v4] = values.ip.v4
      const [v6] = values.ip.v6
      if (v4) return printIp({ family: 4, value: v4[0] === 0 && v4[1] > 0 ? 1 : v4[0] })
      return v6 && printIp({ family: 6, value: v6[0] })
    }
    case 'number':
      return values.ranges[0]?.[0]
    case 'name': {
      if (values.mode === 'only') return [...values.names].sort()[0]
      for (let i = 0; ; i++) if (!values.names.has(`other${i || ''}`)) return `other${i || ''}`
    }
    case 'text':
      return witnessLazy(values.lazy)
  }
}

function isYesOrNo(dimension: string): boolean {
  return dimension.startsWith('group:') || dimension.startsWith('unknown:')
}

type Names = Extract<Values, { kind: 'name' }>

function intersectNames(a: Names, b: Names): Names {
  const only = (list: Iterable<string>): Names => ({ kind: 'name', mode: 'only', names: new Set(list) })
  if (a.mode === 'only') return only([...a.names].filter((name) => b.names.has(name) === (b.mode === 'only')))
  if (b.mode === 'only') return only([...b.names].filter((name) => !a.names.has(name)))
  return { kind: 'name', mode: 'except', names: new Set([...a.names, ...b.names]) }
}

function flip(values: Names): Names {
  return { kind: 'name', mode: values.mode === 'only' ? 'except' : 'only', names: values.names }
}

function mixed(a: Values, b: Values): Error {
  return new Error(`one dimension holds ${a.kind} in one flow set and ${b.kind} in another`)
}
