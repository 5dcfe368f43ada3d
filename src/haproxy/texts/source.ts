import { EVERYTHING, type FlowSet, flowsWhere, NOTHING, unite } from '../../flow/flow-set.ts'
import {
  ANY_TEXT,
  complementText,
  containsText,
  exactText,
  hasText,
  subtractText,
  type TextSet,
  uniteText,
} from '../../flow/text-set.ts'
import { ABSENT_HEADER, ips, names, namesExcept, numbers, texts } from '../../flow/values.ts'
import { isUnknown, type Sample } from '../exchange.ts'
import type { Call, Criterion, MatchMethod, Pattern } from '../model.ts'
import { printSample } from '../samples/casts.ts'
import { convert } from '../samples/converters.ts'
import type { MapFiles } from '../samples/maps.ts'
import { KNOWN_METHODS, networksOf, prepareMatcher } from '../samples/match.ts'
import { matchNumber, readIntRange } from '../samples/numbers.ts'
import { beforeConverter } from './converted-texts.ts'
import { joinedFlows } from './joined-flows.ts'
import { beforeCookie, beforeList, beforeParameter, countedList, ODD_COOKIES } from './list-texts.ts'
import { matchingTexts, presentTexts } from './text-criteria.ts'

/**
 * What an expression yields for every flow at once: a dimension of the flow seen through converters, a value that is the same
 * for all, nothing, or something that no dimension says.
 */
export type Source =
  | {
      readonly is: 'text'
      readonly dimension: string
      /** Headers are lists: ACLs try each value, expressions take the last, `fhdr` the whole line. */
      readonly pick: 'any' | 'first' | 'last' | 'whole'
      /** A named part: a parameter of the query, a cookie of the header. */
      readonly inside?: { readonly kind: 'parameter' | 'cookie'; readonly name: string }
      /** Whether `''` stands for "there is none", as it does for the query. */
      readonly emptyIsAbsent: boolean
      readonly converters: readonly Call[]
    }
  /** Several dimensions in a row: `url` is path and query, `base` Host and path, `baseq` all three. */
  | { readonly is: 'joined'; readonly of: 'url' | 'base' | 'baseq'; readonly converters: readonly Call[] }
  /** How many values a header has. */
  | { readonly is: 'count'; readonly dimension: string }
  /** `set`: what `set-method` made of it; `?` is something not known. */
  | { readonly is: 'method'; readonly set?: string }
  | { readonly is: 'ip'; readonly dimension: 'src' | 'dst' | 'proxied' }
  | { readonly is: 'number'; readonly dimension: 'at' | 'dport' | 'sport'; readonly plus: number }
  | { readonly is: 'sample'; readonly sample: Sample }
  | { readonly is: 'none' }
  | { readonly is: 'opaque'; readonly says: string }

const OPAQUE: Source = { is: 'opaque', says: '' }

/** The source through one more converter. */
export function throughConverter(source: Source, call: Call, maps: MapFiles): Source {
  if (source.is === 'text' || source.is === 'joined') return { ...source, converters: [...source.converters, call] }
  if (source.is === 'none') return source
  if (source.is === 'sample') {
    const sample = convert(source.sample, call, {
      maps,
      variable: (name) => ({ unknown: `variable ${name}` }),
    })
    if (sample === undefined) return { is: 'none' }
    return isUnknown(sample) ? OPAQUE : { is: 'sample', sample }
  }
  return OPAQUE
}

/** The flows whose source matches; undefined where no dimension decides it. */
export function matchSource(source: Source, criterion: Criterion, maps: MapFiles): FlowSet | undefined {
  const { method, patterns } = criterion
  if (criterion.unknown !== undefined) return undefined
  switch (source.is) {
    case 'opaque':
      return undefined
    case 'none':
      return NOTHING
    case 'sample': {
      if (source.sample.type === 'between' && method !== 'int' && method !== 'found') return undefined
      const matched = prepareMatcher(criterion)(source.sample)
      return isUnknown(matched) ? undefined : matched ? EVERYTHING : NOTHING
    }
    case 'text':
    case 'joined': {
      const asked = byLength(source, criterion)
      const wanted = matchingTexts(asked.method, patterns)
      if (!wanted) return undefined
      if (asked.source.is === 'text') return textFlows(asked.source, wanted, maps)
      const whole = throughAll(wanted, asked.source.converters, maps)
      return whole && joinedFlows(asked.source.of, whole)
    }
    case 'count':
      return countFlows(source.dimension, method, patterns)
    case 'method':
      return methodFlows(source.set, method, patterns)
    case 'ip':
      return addressFlows(source.dimension, method, patterns)
    case 'number':
      return numberFlows(source, method, patterns)
    default:
      return source satisfies never
  }
}

/** `path,length ge 5` asks for texts of a length. */
function byLength<S extends Source & { readonly converters: readonly Call[] }>(
  source: S,
  { method }: Criterion,
): { readonly source: S; readonly method: MatchMethod } {
  if (method !== 'int' || source.converters.at(-1)?.name !== 'length') return { source, method }
  return { source: { ...source, converters: source.converters.slice(0, -1) }, method: 'len' }
}

/** The flows whose source is one of these texts. */
export function textFlows(
  source: Source & { readonly is: 'text' },
  wanted: TextSet,
  maps: MapFiles,
): FlowSet | undefined {
  const set = textsOf(source, wanted, maps)
  return set && flowsWhere({ [source.dimension]: texts(set) })
}

function textsOf(source: Source & { readonly is: 'text' }, wanted: TextSet, maps: MapFiles): TextSet | undefined {
  const at = source.converters.findLastIndex(({ name }) => name === PRINTED)
  if (at >= 0) return printedTexts(source, at, wanted, maps)
  const set = throughAll(wanted, source.converters, maps)
  const usable = source.converters.length > 0 ? throughAll(ANY_TEXT, source.converters, maps) : ANY_TEXT
  const listed = set && usable && pickedTexts(source, set, usable)
  if (!listed) return undefined
  const present = presentTexts(listed)
  return source.emptyIsAbsent ? subtractText(present, exactText('')) : present
}

/** A log-format of one value with words around it: where there is no value, the words alone are printed. */
const PRINTED = '.around'

function printedTexts(
  source: Source & { readonly is: 'text' },
  at: number,
  wanted: TextSet,
  maps: MapFiles,
): TextSet | undefined {
  const call = source.converters[at]
  const own = { ...source, converters: source.converters.slice(0, at) }
  const printed = throughAll(wanted, source.converters.slice(at + 1), maps)
  const inner = call && printed && beforeConverter(printed, call, maps)
  const some = inner && textsOf(own, inner, maps)
  const any = textsOf(own, ANY_TEXT, maps)
  if (!some || !any || !printed) return undefined
  return hasText(printed, call.args.join('')) ? uniteText(some, complementText(any)) : some
}

/** The source as a log-format prints it, with words before and after it. */
export function printed(source: Source & { readonly is: 'text' }, before: string, after: string): Source {
  return { ...source, converters: [...source.converters, { name: PRINTED, args: [before, after] }] }
}

function pickedTexts(
  { pick, inside }: Source & { readonly is: 'text' },
  set: TextSet,
  usable: TextSet,
): TextSet | undefined {
  if (inside?.kind === 'parameter') return beforeParameter(set, inside.name, pick === 'any' ? 'any' : 'first', usable)
  if (inside?.kind === 'cookie') return beforeCookie(set, inside.name, pick === 'any' ? 'any' : 'last', usable)
  return pick === 'whole' ? set : beforeList(set, pick, usable)
}

/** Where a source is not what its dimension says: several lines are one text here, joined by commas, and odd cookies. */
export function exceptionsOf(source: Source): FlowSet | undefined {
  const comma = texts(containsText(','))
  if (source.is === 'joined') return source.of === 'url' ? undefined : flowsWhere({ host: comma })
  if (source.is !== 'text') return undefined
  if (source.inside?.kind === 'cookie') return flowsWhere({ [source.dimension]: texts(ODD_COOKIES) })
  const lines = source.pick === 'whole' && /^(host$|header:)/.test(source.dimension)
  return lines ? flowsWhere({ [source.dimension]: comma }) : undefined
}

/** The texts that the converters, the last one first, turn into one of these. */
function throughAll(wanted: TextSet, converters: readonly Call[], maps: MapFiles): TextSet | undefined {
  let set: TextSet | undefined = wanted
  for (const [at, call] of [...converters.entries()].reverse()) {
    if (!set) return undefined
    if (call.name === '.listed') {
      const usable = throughAll(ANY_TEXT, converters.slice(at + 1), maps)
      set =
        usable && beforeList(set, (['first', 'last'] as const).find((pick) => pick === call.args[0]) ?? 'any', usable)
    } else set = beforeConverter(set, call, maps)
  }
  return set
}

const MOST_COUNTED = 32

function countFlows(dimension: string, method: MatchMethod, patterns: readonly Pattern[]): FlowSet | undefined {
  if (method === 'found') return EVERYTHING
  const ranges = patterns.flatMap((pattern) => readIntRange(pattern) ?? [])
  if (method !== 'int' || ranges.some((end) => end > MOST_COUNTED && end < 2 ** 31)) return undefined
  const some = presentTexts(countedList((count) => matchNumber(patterns, count)))
  return flowsWhere({ [dimension]: texts(matchNumber(patterns, 0) ? uniteText(some, exactText(ABSENT_HEADER)) : some) })
}

/** A known method keeps its number whatever `set-method` writes; the others compare as the text that stands there now. */
function methodFlows(set: string | undefined, method: MatchMethod, patterns: readonly Pattern[]): FlowSet | undefined {
  if (method === 'found') return EVERYTHING
  if (method === 'str' && set === undefined && patterns.every(({ fold }) => !fold))
    return flowsWhere({ method: names(...patterns.map(({ text }) => text)) })
  if (method !== 'meth' || patterns.some(({ fold }) => fold)) return undefined
  const known = patterns.filter(({ text }) => KNOWN_METHODS.has(text)).map(({ text }) => text)
  const others = patterns.filter(({ text }) => !KNOWN_METHODS.has(text)).map(({ text }) => text)
  const asKnown = known.length === 0 ? NOTHING : flowsWhere({ method: names(...known) })
  if (others.length === 0) return asKnown
  if (set === undefined) return unite(asKnown, flowsWhere({ method: names(...others) }))
  if (set === '?') return undefined
  return others.includes(set) ? unite(asKnown, flowsWhere({ method: namesExcept(...KNOWN_METHODS) })) : asKnown
}

function addressFlows(
  dimension: 'src' | 'dst' | 'proxied',
  method: MatchMethod,
  patterns: readonly Pattern[],
): FlowSet | undefined {
  if (method === 'found') return EVERYTHING
  if (method !== 'ip') return undefined
  const { ips: networks, unresolved } = networksOf(patterns)
  return unresolved === undefined ? flowsWhere({ [dimension]: ips(networks) }) : undefined
}

const LAST: Readonly<Record<string, number>> = { at: 2 ** 40, dport: 65535, sport: 65535 }

function numberFlows(
  { dimension, plus }: Source & { readonly is: 'number' },
  method: MatchMethod,
  patterns: readonly Pattern[],
): FlowSet | undefined {
  if (method === 'found') return EVERYTHING
  if (method !== 'int') return undefined
  const last = LAST[dimension] ?? 0
  const ranges = patterns.flatMap((pattern) => {
    const range = readIntRange(pattern)
    return range ? [[range[0] - plus, range[1] - plus] as const] : []
  })
  const inside = ranges.map(([from, to]) => [Math.max(0, from), Math.min(last, to)] as const)
  return flowsWhere({ [dimension]: numbers(...inside.filter(([from, to]) => from <= to)) })
}

/** A source as the one value it is for all flows, if it is. */
export function constantOf(source: Source): string | undefined {
  return source.is === 'sample' ? printSample(source.sample) : source.is === 'none' ? '' : undefined
}
