import type { IpSet } from '../../flow/ip-set.ts'
import { readNetworks } from '../address.ts'
import type { Sample, Unknown } from '../exchange.ts'
import type { Criterion, MatchMethod, Pattern } from '../model.ts'
import { castSample, printSample } from './casts.ts'
import { prepareNetworks } from './network-list.ts'
import { matchNumber, readIntRange } from './numbers.ts'
import { readRegex } from './regex.ts'
import { indexTexts } from './text-index.ts'

/** Decides one sample against the patterns of a criterion; prepared once, because lists may be long. */
export type Matcher = (sample: Sample) => boolean | Unknown

export const KNOWN_METHODS: ReadonlySet<string> = new Set('OPTIONS GET HEAD POST PUT DELETE TRACE CONNECT'.split(' '))

/** Prepares the patterns of a criterion. */
export function prepareMatcher(criterion: Criterion): Matcher {
  const { method, patterns } = criterion
  switch (method) {
    case 'found':
      return () => true
    case 'bool':
      return (sample) => (numberOf(sample) ?? 0n) !== 0n
    case 'int':
      return (sample) => {
        if (sample.type === 'between') return matchBetween(patterns, sample)
        const value = numberOf(sample)
        return value !== undefined && matchNumber(patterns, value)
      }
    case 'len':
      return (sample) => matchNumber(patterns, BigInt(printSample(sample).length))
    case 'ip':
      return ipMatcher(patterns)
    case 'meth':
      return (sample) =>
        patterns.some((pattern) =>
          matchHttpMethod(pattern, printSample(sample), sample.type !== 'meth' || sample.known),
        )
    case 'reg':
      return regexMatcher(patterns)
    case 'bin':
      return bytesMatcher(patterns)
    default:
      return textMatcher(method, patterns)
  }
}

function numberOf(sample: Sample): bigint | undefined {
  const cast = castSample(sample, 'int')
  return cast?.type === 'int' ? cast.number : undefined
}

/** Patterns are rows of hexadecimal pairs. */
function bytesMatcher(patterns: readonly Pattern[]): Matcher {
  const wanted = new Set(patterns.map(({ text }) => text.toUpperCase()))
  return (sample) => {
    const cast = castSample(sample, 'bin')
    const text = cast?.type === 'bin' || cast?.type === 'str' ? cast.text : undefined
    return text !== undefined && wanted.has(Buffer.from(text, 'latin1').toString('hex').toUpperCase())
  }
}

/** Decided where every number within the bounds matches, or none does. */
function matchBetween(
  patterns: readonly Pattern[],
  { low, high, says }: Sample & { readonly type: 'between' },
): boolean | Unknown {
  const touching = patterns.flatMap((pattern) => {
    const range = readIntRange(pattern)
    return range && range[0] <= high && range[1] >= low ? [range] : []
  })
  if (touching.length === 0) return false
  return touching.some((range) => range[0] <= low && range[1] >= high) ? true : { unknown: says }
}

/** Known methods compare by number, so `-i delete` never matches DELETE; others compare as text. */
function matchHttpMethod(pattern: Pattern, method: string, known: boolean): boolean {
  if (KNOWN_METHODS.has(pattern.text) || known) return known && pattern.text === method
  return pattern.fold ? lower(pattern.text) === lower(method) : pattern.text === method
}

function ipMatcher(patterns: readonly Pattern[]): Matcher {
  const networks = prepareNetworks(patterns.map((pattern) => pattern.text))
  return (sample) => {
    const cast = castSample(sample, 'addr')
    const found = cast?.type === 'ip' && networks.has(cast.text)
    return found || networks.unresolved === undefined ? found : { unknown: `the address of ${networks.unresolved}` }
  }
}

function regexMatcher(patterns: readonly Pattern[]): Matcher {
  const regexes = patterns.map((pattern) => ({ pattern, regex: readRegex(pattern.text, pattern) }))
  return (sample) => {
    const text = printSample(sample)
    if (regexes.some(({ regex }) => regex?.test(text))) return true
    const unreadable = regexes.find(({ regex }) => !regex)
    return unreadable ? { unknown: `regular expression ${unreadable.pattern.text}` } : false
  }
}

function textMatcher(method: MatchMethod, patterns: readonly Pattern[]): Matcher {
  const folded = patterns.filter((pattern) => pattern.fold).map((pattern) => lower(pattern.text))
  const exact = patterns.filter((pattern) => !pattern.fold).map((pattern) => pattern.text)
  if (method === 'str') {
    const [exactSet, foldedSet] = [new Set(exact), new Set(folded)]
    return (sample) => {
      const text = printSample(sample)
      return exactSet.has(text) || (foldedSet.size > 0 && foldedSet.has(lower(text)))
    }
  }
  const matches = TEXT_METHODS[method]
  if (!matches) return () => ({ unknown: `match method ${method}` })
  const hasExact = anyOf(method, matches, exact)
  const hasFolded = anyOf(method, matches, folded)
  return (sample) => {
    const text = printSample(sample)
    return hasExact(text) || (folded.length > 0 && hasFolded(lower(text)))
  }
}

function anyOf(
  method: MatchMethod,
  matches: (text: string, pattern: string) => boolean,
  patterns: readonly string[],
): (text: string) => boolean {
  const delimiters = DELIMITERS[method]
  const words = delimiters === undefined ? patterns : patterns.map((pattern) => stripDelimiters(pattern, delimiters))
  const index = indexTexts(method, words, delimiters)
  return index ?? ((text) => patterns.some((pattern) => matches(text, pattern)))
}

/** ASCII only, as HAProxy does it. */
export function lower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

export const DELIMITERS: Readonly<Partial<Record<MatchMethod, string>>> = { dir: '/?', dom: '/?.:' }

/** The methods that compare a text with a pattern. */
export const TEXT_METHODS: Readonly<Partial<Record<MatchMethod, (text: string, pattern: string) => boolean>>> = {
  str: (text, pattern) => text === pattern,
  beg: (text, pattern) => text.startsWith(pattern),
  end: (text, pattern) => text.endsWith(pattern),
  sub: (text, pattern) => text.includes(pattern),
  dir: (text, pattern) => matchWord(text, pattern, '/?'),
  dom: (text, pattern) => matchWord(text, pattern, '/?.:'),
}

/** match_word (src/pattern.c): the pattern, stripped of delimiters at its ends, stands between delimiters or ends. */
function matchWord(text: string, pattern: string, delimiters: string): boolean {
  const word = stripDelimiters(pattern, delimiters)
  if (!word) return false
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = text[at - 1]
    const after = text[at + word.length]
    if ((before === undefined || delimiters.includes(before)) && (after === undefined || delimiters.includes(after)))
      return true
  }
  return false
}

export function stripDelimiters(pattern: string, delimiters: string): string {
  let from = 0
  let to = pattern.length
  while (from < to && delimiters.includes(pattern[from] ?? '')) from++
  while (to > from && delimiters.includes(pattern[to - 1] ?? '')) to--
  return pattern.slice(from, to)
}

/** The networks of an `ip` criterion as a set, and what of it is only known when HAProxy starts. */
export function networksOf(patterns: readonly Pattern[]): { ips: IpSet; unresolved: string | undefined } {
  return readNetworks(patterns.map((pattern) => pattern.text))
}
