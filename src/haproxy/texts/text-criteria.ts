import {
  ANY_TEXT,
  containsText,
  exactText,
  NO_TEXT,
  prefixText,
  subtractText,
  suffixText,
  type TextSet,
  uniteText,
} from '../../flow/text-set.ts'
import { ABSENT_HEADER } from '../../flow/values.ts'
import type { MatchMethod, Pattern } from '../model.ts'
import { splitName } from '../samples/certificates.ts'
import { DELIMITERS, stripDelimiters } from '../samples/match.ts'
import { readIntRange } from '../samples/numbers.ts'
import { buildText, stepText, tryBuildText } from './build-text.ts'
import { regexTexts } from './regex-texts.ts'

/** More patterns than this are not turned into one automaton; what they match is then an unknown by name. */
const MOST_PATTERNS = 2000

/** The texts that match the patterns, exactly; undefined where no automaton of ours says it (look-arounds, references back, …). */
export function matchingTexts(method: MatchMethod, patterns: readonly Pattern[]): TextSet | undefined {
  if (method === 'found') return ANY_TEXT
  if (patterns.length > MOST_PATTERNS) return undefined
  let all = NO_TEXT
  for (const pattern of patterns) {
    const one = onePattern(method, pattern)
    if (!one) return undefined
    all = uniteText(all, one)
  }
  return all
}

function onePattern(method: MatchMethod, { text, fold, operator }: Pattern): TextSet | undefined {
  const options = { fold }
  switch (method) {
    case 'str':
      return exactText(text, options)
    case 'beg':
      return prefixText(text, options)
    case 'end':
      return suffixText(text, options)
    case 'sub':
      return containsText(text, options)
    case 'dir':
    case 'dom':
      return delimited(stripDelimiters(text, DELIMITERS[method] ?? ''), DELIMITERS[method] ?? '', options)
    case 'reg':
      return regexTexts(text, options)
    case 'len':
      return lengths({ text, fold, ...(operator ? { operator } : {}) })
    default:
      return undefined
  }
}

/** The word between delimiters or the ends of the text. */
function delimited(word: string, delimiters: string, options: { fold: boolean }): TextSet {
  if (!word) return NO_TEXT
  let all = exactText(word, options)
  for (const after of delimiters) {
    all = uniteText(all, prefixText(word + after, options))
    all = uniteText(all, suffixText(after + word, options))
    for (const before of delimiters) all = uniteText(all, containsText(before + word + after, options))
  }
  return all
}

/** Longer texts than this are not told apart by their length. */
const MOST_LENGTH = 1000

/** The texts of these lengths. */
function lengths(pattern: Pattern): TextSet | undefined {
  const range = readIntRange(pattern)
  if (!range) return undefined
  const [low, high] = range
  if (low > MOST_LENGTH || (high > MOST_LENGTH && high < 2 ** 31)) return undefined
  const last = Math.max(0, low, high > MOST_LENGTH ? 0 : high + 1)
  return tryBuildText<number>({
    start: 0,
    breaks: [],
    accepts: (length) => length >= low && length <= high,
    step: (length) => Math.min(length + 1, last),
    key: String,
  })
}

/** The server names, in any case, that these are: `*.example.com` is whatever has one label before that. */
export function certifiedTexts(names: readonly string[]): TextSet {
  let all = NO_TEXT
  for (const name of names) {
    const { own, except } = splitName(name)
    const excepted = except.reduce((texts, each) => uniteText(texts, exactText(each, FOLD)), NO_TEXT)
    const meant = own.startsWith('*.') ? fromFirst('.', exactText(own.slice(1), FOLD)) : exactText(own, FOLD)
    all = uniteText(all, subtractText(meant, excepted))
  }
  return all
}

const FOLD = { fold: true }

/** Texts of which what starts at the first such character is wanted. */
function fromFirst(char: string, wanted: TextSet): TextSet {
  const code = char.charCodeAt(0)
  return buildText<number | 'before'>({
    start: 'before',
    breaks: [wanted, code],
    accepts: (state) => state !== 'before' && wanted.accepts[state] === true,
    step: (state, next) =>
      state !== 'before' ? stepText(wanted, state, next) : next === code ? stepText(wanted, 0, next) : state,
    key: String,
  })
}

const ABSENT = exactText(ABSENT_HEADER)

/** Without the text that stands for a missing header. */
export function presentTexts(texts: TextSet): TextSet {
  return subtractText(texts, ABSENT)
}
