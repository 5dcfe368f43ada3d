import type { HaproxyVersion } from '../text/version.ts'
import type { Word } from '../text.ts'
import { likelyWord, type Vocabulary, whyUnknown } from './vocabulary.ts'

/** What decides which words HAProxy knows: its release, whether Lua adds some, whether experiments are allowed. */
export type Grammar = {
  readonly version: HaproxyVersion
  readonly lua: boolean
  readonly experimental: boolean
  /** Takes note of a name that a line uses; an empty one means the section that the line stands in. */
  readonly refer?: (kind: NameKind, name: string) => void
  readonly lists?: Lists
}

/** The list files at hand, and what was found of each: a list of a million entries is judged once. */
export type Lists = {
  readonly files: ReadonlyMap<string, string>
  readonly judged: Map<string, Wrong | undefined>
}

/** What names can stand for, besides what `use_backend` and `use-server` name. */
export type NameKind =
  | 'backend'
  | 'frontend'
  | 'server'
  | 'table'
  | 'userlist'
  /** A list of users and one of its groups, as `LIST/GROUP`. */
  | 'group'
  | 'cache'
  | 'fcgi-app'
  | 'http-errors'
  | 'peers'
  | 'resolvers'

/** What HAProxy refuses in a line. `at` counts the words from 0, without it the whole line is meant; `likely` is the word that was meant. */
export type Wrong = {
  readonly code: string
  readonly says: string
  readonly at?: number
  readonly likely?: () => string | undefined
}

export type Words = readonly Word[]

export function wrong(says: string, at?: number, code?: string): Wrong {
  return { code: code === undefined ? 'WRONG_ARGUMENT' : code, says, ...(at === undefined ? {} : { at }) }
}

/** A word that this release does not know, with the word that was perhaps meant. */
export function unknown(vocabulary: Vocabulary, word: string, grammar: Grammar, what: string, at: number): Wrong {
  return {
    code: 'UNKNOWN_KEYWORD',
    says: whyUnknown(vocabulary, word, grammar.version, what),
    at,
    likely: () => likelyWord(vocabulary, word),
  }
}

/** The value of a word; nothing where there is none. */
export function valueAt(words: Words, at: number): string {
  return words[at]?.value ?? ''
}

/** Whether a word has to be taken as it may be: the environment says what it is. */
export function isOpen(words: Words, at: number): boolean {
  return words[at]?.variable !== undefined
}

export function tooMany(words: Words, most: number): Wrong | undefined {
  return words.length > most
    ? wrong(
        `\`${words[0]?.value}\` takes ${most - 1 === 0 ? 'nothing' : most - 1 === 1 ? 'one word' : `${most - 1} words`}`,
        most,
      )
    : undefined
}

export function tooFew(words: Words, fewest: number, what: string): Wrong | undefined {
  return words.length < fewest ? wrong(`\`${words[0]?.value}\` needs ${what}`) : undefined
}

export function oneOf(words: Words, at: number, choices: readonly string[]): Wrong | undefined {
  if (isOpen(words, at) || choices.includes(valueAt(words, at))) return undefined
  return wrong(`one of ${choices.join(', ')} is expected${spelled(words, at)}`, at)
}

/** `parse_time_err` (src/tools.c, 2.6): digits and a unit, and it does not look at what follows the unit. */
export function time(words: Words, at: number): Wrong | undefined {
  if (isOpen(words, at)) return undefined
  const [, digits, unit = 'ms'] = /^(\d+)(us|ms|s|m|h|d|$)/.exec(valueAt(words, at)) ?? []
  if (digits === undefined) return wrong(`a time is expected, such as 30s${spelled(words, at)}`, at)
  const ms = Number(digits) * (MS[unit] ?? 1)
  return ms > LONGEST_MS ? wrong(`${valueAt(words, at)} is longer than HAProxy can wait (24.8 days)`, at) : undefined
}

const MS: Readonly<Record<string, number>> = { us: 0.001, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const LONGEST_MS = 2 ** 31 - 1

/** `parse_size_err` (src/tools.c). */
export function size(words: Words, at: number): Wrong | undefined {
  if (isOpen(words, at) || /^\d+[kKmMgG]?$/.test(valueAt(words, at))) return undefined
  return wrong(`a size is expected, such as 100k${spelled(words, at)}`, at)
}

/** A whole number within bounds; `atol` reads what does not begin with one as 0. */
export function between(words: Words, at: number, least: number, most: number): Wrong | undefined {
  if (isOpen(words, at)) return undefined
  const value = Number(/^\s*[+-]?\d+/.exec(valueAt(words, at))?.[0] ?? 0)
  if (value >= least && value <= most) return undefined
  const bounds = most === Number.POSITIVE_INFINITY ? `at least ${least}` : `from ${least} to ${most}`
  return wrong(`a number ${bounds} is expected${spelled(words, at)}`, at)
}

/** A whole number and nothing behind it. */
export function whole(words: Words, at: number): Wrong | undefined {
  if (isOpen(words, at) || /^[+-]?\d+$/.test(valueAt(words, at))) return undefined
  return wrong(`a number is expected${spelled(words, at)}`, at)
}

/** `, not \`x\`` where there is a word. */
function spelled(words: Words, at: number): string {
  const word = words[at]
  return word ? `, not \`${word.raw}\`` : ''
}
