import { EVERYTHING, type FlowSet, flowsWhere, intersect, NOTHING, unite } from '../flow/flow-set.ts'
import { ANY_TEXT, complementText, exactText, subtractText, type TextSet } from '../flow/text-set.ts'
import { ips, names, namesExcept, numbers, texts } from '../flow/values.ts'
import { convert } from './converters.ts'
import { isUnknown, type Sample } from './exchange.ts'
import type { MapFiles } from './maps.ts'
import { KNOWN_METHODS, networksOf, prepareMatcher, printSample } from './match.ts'
import type { Call, Criterion, MatchMethod, Pattern } from './model.ts'
import { readIntRange } from './numbers.ts'
import { beforeConverter, beforeList, matchingTexts, presentTexts } from './text-criteria.ts'

/**
 * What an expression yields for every flow at once: a dimension of the flow seen through converters, a value that is the same
 * for all, nothing, or something that no dimension says.
 */
export type Source =
  | {
      readonly is: 'text'
      readonly dimension: string
      /** Headers are lists: ACLs try each value, expressions take the last, `fhdr` the whole line. */
      readonly pick: 'any' | 'last' | 'whole'
      /** Whether `''` stands for "there is none", as it does for the query. */
      readonly emptyIsAbsent: boolean
      readonly converters: readonly Call[]
    }
  | { readonly is: 'url' }
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
  if (source.is === 'text') return { ...source, converters: [...source.converters, call] }
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
      const matched = prepareMatcher(criterion)(source.sample)
      return isUnknown(matched) ? undefined : matched ? EVERYTHING : NOTHING
    }
    case 'text': {
      const wanted = matchingTexts(method, patterns)
      return wanted && textFlows(source, wanted, maps)
    }
    case 'url':
      return urlFlows(method, patterns)
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

/** The flows whose source is one of these texts. */
export function textFlows(
  source: Source & { readonly is: 'text' },
  wanted: TextSet,
  maps: MapFiles,
): FlowSet | undefined {
  let set: TextSet | undefined = throughAll(wanted, source.converters, maps)
  const list = source.pick !== 'whole'
  const usable = list && source.converters.length > 0 ? throughAll(ANY_TEXT, source.converters, maps) : ANY_TEXT
  if (!set || !usable) return undefined
  if (source.pick !== 'whole') set = beforeList(set, source.pick, usable)
  set = presentTexts(set)
  if (source.emptyIsAbsent) set = subtractText(set, exactText(''))
  return flowsWhere({ [source.dimension]: texts(set) })
}

/** The texts that the converters, the last one first, turn into one of these. */
function throughAll(wanted: TextSet, converters: readonly Call[], maps: MapFiles): TextSet | undefined {
  let set: TextSet | undefined = wanted
  for (const call of converters.toReversed()) set = set && beforeConverter(set, call, maps)
  return set
}

/** The whole target of an origin-form request: the path, then `?` and the query when there is one. */
function urlFlows(method: MatchMethod, patterns: readonly Pattern[]): FlowSet | undefined {
  let all = NOTHING
  for (const { text, fold } of patterns) {
    const mark = text.indexOf('?')
    const part = (how: MatchMethod, piece: string) =>
      texts(matchingTexts(how, [{ text: piece, fold }]) ?? exactText(piece))
    const noQuery = texts(exactText(''))
    const someQuery = texts(complementText(exactText('')))
    let one: FlowSet | undefined
    if (mark >= 0 && (method === 'beg' || method === 'str'))
      one = flowsWhere({ path: part('str', text.slice(0, mark)), query: part(method, text.slice(mark + 1)) })
    else if (mark >= 0) return undefined
    else if (method === 'beg') one = flowsWhere({ path: part('beg', text) })
    else if (method === 'str') one = flowsWhere({ path: part('str', text), query: noQuery })
    else if (method === 'sub')
      one = unite(flowsWhere({ path: part('sub', text) }), flowsWhere({ query: part('sub', text) }))
    else if (method === 'end')
      one = unite(
        flowsWhere({ path: part('end', text), query: noQuery }),
        intersect(flowsWhere({ query: part('end', text) }), flowsWhere({ query: someQuery })),
      )
    else return undefined
    all = unite(all, one)
  }
  return all
}

/** A known method keeps its number whatever `set-method` writes; the others compare as the text that stands there now. */
function methodFlows(set: string | undefined, method: MatchMethod, patterns: readonly Pattern[]): FlowSet | undefined {
  if (method === 'found') return EVERYTHING
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
