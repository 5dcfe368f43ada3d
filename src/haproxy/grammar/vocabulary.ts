import { nearName } from '../../evidence/near-name.ts'
import { type HaproxyVersion, printSeries } from '../text/version.ts'

/** The releases that know a word: from `since` to `until`, both included. */
type Span = { readonly since: number; readonly until: number }

/** Words of one kind, as HAProxy looks them up: whole, or by how they begin. */
export type Vocabulary = {
  readonly words: ReadonlyMap<string, Span>
  readonly beginnings: readonly (readonly [string, Span])[]
}

const ALWAYS: Span = { since: 0, until: Number.POSITIVE_INFINITY }

/**
 * Reads a list of words: `guid@3.0` came with 3.0, `nbproc@-2.4` was last in 2.4, `set-var*` is any word that begins so. What has no
 * release was there in 2.4, the oldest that is read here, and is there in 3.2.
 */
export function readVocabulary(list: string): Vocabulary {
  const words = new Map<string, Span>()
  const beginnings: (readonly [string, Span])[] = []
  for (const entry of list.split(/\s+/)) {
    if (entry === '') continue
    const [word = '', release] = entry.split('@')
    const span = release === undefined ? ALWAYS : readSpan(release)
    if (word.endsWith('*')) beginnings.push([word.slice(0, -1), span])
    else words.set(word, span)
  }
  return { words, beginnings }
}

function readSpan(release: string): Span {
  const [since = '', until] = release.split('-')
  return {
    since: since === '' ? 0 : toSeries(since),
    until: until === undefined ? ALWAYS.until : toSeries(until),
  }
}

function toSeries(text: string): number {
  const [major = '0', minor = '0'] = text.split('.')
  return Number(major) * 100 + Number(minor)
}

export function knowsWord(vocabulary: Vocabulary, word: string, version: HaproxyVersion): boolean {
  const span = findSpan(vocabulary, word)
  return span !== undefined && span.since <= version.series && version.series <= span.until
}

/** What is wrong with a word that the version does not know: it came later, it is gone, or it never was. */
export function whyUnknown(vocabulary: Vocabulary, word: string, version: HaproxyVersion, what: string): string {
  const span = findSpan(vocabulary, word)
  const here = `${printSeries(version.series)}${version.assumed ? ', which is assumed here,' : ''}`
  if (span && span.since > version.series)
    return `${what} \`${word}\` came with HAProxy ${printSeries(span.since)}; ${here} does not know it`
  if (span) return `${what} \`${word}\` is gone since HAProxy ${printSeries(span.until + 1)}; ${here} refuses it`
  return `HAProxy ${printSeries(version.series)} knows no ${what} \`${word}\``
}

/** The word that was perhaps meant. */
export function likelyWord(vocabulary: Vocabulary, word: string): string | undefined {
  return word.length > LONGEST_WORD ? undefined : nearName(word, vocabulary.words.keys())
}

/** Longer than any word there is. */
const LONGEST_WORD = 60

function findSpan({ words, beginnings }: Vocabulary, word: string): Span | undefined {
  const whole = words.get(word)
  if (whole) return whole
  return beginnings.find(([beginning]) => word.startsWith(beginning))?.[1]
}
