import {
  ANY_TEXT,
  containsText,
  exactText,
  hasText,
  NO_TEXT,
  prefixText,
  subtractText,
  suffixText,
  type TextSet,
  uniteText,
} from '../flow/text-set.ts'
import { ABSENT_HEADER } from '../flow/values.ts'
import { mapMethod } from './converters.ts'
import type { MapFiles } from './maps.ts'
import { DELIMITERS, stripDelimiters } from './match.ts'
import type { Call, MatchMethod, Pattern } from './model.ts'

/** More patterns than this are not turned into one automaton; what they match is then an unknown by name. */
const MOST_PATTERNS = 2000

/** The texts that match the patterns, exactly; undefined where no automaton of ours says it (regular expressions, lengths). */
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

function onePattern(method: MatchMethod, { text, fold }: Pattern): TextSet | undefined {
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
      return simpleRegex(text, options)
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

/** `^/d/`, `\.png$` and the like: literals with anchors. Anything richer is not decided here. */
function simpleRegex(pattern: string, options: { fold: boolean }): TextSet | undefined {
  const [, start, body = '', finish] = /^(\^?)(.*?)((?<!\\)\$)?$/s.exec(pattern) ?? []
  if (!/^(?:[^\\.*+?()[\]{}|^$]|\\[^A-Za-z0-9])*$/.test(body)) return undefined
  const literal = body.replace(/\\(.)/gs, '$1')
  if (start && finish) return exactText(literal, options)
  if (start) return prefixText(literal, options)
  return finish ? suffixText(literal, options) : containsText(literal, options)
}

/** The texts that the converter turns into one of `wanted`; undefined where that is not known exactly. */
export function beforeConverter(wanted: TextSet, call: Call, maps: MapFiles): TextSet | undefined {
  const [first, second] = call.args
  if (call.name === 'lower') return beforeLower(wanted)
  if (call.name === 'upper') return recode(wanted, (code) => (code >= 97 && code <= 122 ? code - 32 : code))
  if (call.name === 'field' && first === '1' && second?.length === 1 && call.args.length === 2)
    return firstField(wanted, second.charCodeAt(0))
  if (call.name === 'host_only' && call.args.length === 0) return hostOf(beforeLower(wanted))
  if (mapMethod(call.name) !== undefined) return beforeMap(wanted, call, maps)
  return undefined
}

const MOST_ENTRIES = 500

function beforeMap(wanted: TextSet, call: Call, maps: MapFiles): TextSet | undefined {
  const method = mapMethod(call.name)
  const entries = maps.entries(call.args[0] ?? '')
  if (!entries || entries.length > MOST_ENTRIES || !method || method === 'ip' || method === 'int' || method === 'regm')
    return undefined
  if (/_(int|ip)$/.test(call.name)) return undefined
  // `beg` takes the longest key, all others the first line.
  const ordered = method === 'beg' ? [...entries].sort(([a], [b]) => b.length - a.length) : entries
  let rest = ANY_TEXT
  let found = NO_TEXT
  for (const [key, value] of ordered) {
    const keys = onePattern(method, { text: key, fold: false })
    if (!keys) return undefined
    if (hasText(wanted, value)) found = uniteText(found, subtractText(keys, subtractText(ANY_TEXT, rest)))
    rest = subtractText(rest, keys)
  }
  const fallback = call.args[1]
  return fallback !== undefined && hasText(wanted, fallback) ? uniteText(found, rest) : found
}

/**
 * The header lines of which some value (`any`) or the last one is wanted, as `req.hdr` cuts them: at commas outside quotes. The first
 * value that is not in `usable`, for which a converter yields nothing, ends the search.
 */
export function beforeList(wanted: TextSet, pick: 'any' | 'last', usable: TextSet = ANY_TEXT): TextSet {
  type Item = {
    ended: 'found' | 'missed' | 'no'
    begun: boolean
    /** Where both automata are after the value so far, without and with the blanks at its end. */
    at: readonly [wanted: number, usable: number]
    pending: readonly [wanted: number, usable: number]
    quoted: boolean
    escaped: boolean
  }
  const fresh = (ended: Item['ended']): Item => ({
    ended,
    begun: false,
    at: [0, 0],
    pending: [0, 0],
    quoted: false,
    escaped: false,
  })
  const accepts = ({ ended, at }: Item) => ended === 'found' || (ended === 'no' && wanted.accepts[at[0]] === true)
  const afterComma = (item: Item): Item['ended'] => {
    if (pick === 'last' || item.ended !== 'no') return item.ended
    return wanted.accepts[item.at[0]] ? 'found' : usable.accepts[item.at[1]] ? 'no' : 'missed'
  }
  return buildText<Item>({
    start: fresh('no'),
    breaks: [wanted, usable, 9, 32, 34, 44, 92],
    accepts,
    step: (item, code) => {
      const { quoted, escaped, pending } = item
      if (!quoted && code === 44) return fresh(afterComma(item))
      const blank = code === 32 || code === 9
      if (blank && !item.begun) return item
      const next = [stepText(wanted, pending[0], code), stepText(usable, pending[1], code)] as const
      return {
        ended: item.ended,
        begun: true,
        at: blank && !quoted ? item.at : next,
        pending: next,
        quoted: escaped ? quoted : code === 34 ? !quoted : quoted,
        escaped: quoted && !escaped && code === 92,
      }
    },
    // What is decided is decided, whatever follows.
    key: ({ ended, begun, at, pending, quoted, escaped }) =>
      ended === 'no' ? `${begun} ${at} ${pending} ${quoted} ${escaped}` : ended,
  })
}

/** The server names, in any case, that these are: `*.example.com` is whatever has one label before that. */
export function certifiedTexts(names: readonly string[]): TextSet {
  let all = NO_TEXT
  for (const name of names)
    all = uniteText(all, name.startsWith('*.') ? fromFirst('.', exactText(name.slice(1), FOLD)) : exactText(name, FOLD))
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

/** Without the text that stands for a missing header. */
export function presentTexts(texts: TextSet): TextSet {
  return subtractText(texts, exactText(ABSENT_HEADER))
}

function beforeLower(wanted: TextSet): TextSet {
  return recode(wanted, (code) => (code >= 65 && code <= 90 ? code + 32 : code))
}

function recode(wanted: TextSet, to: (code: number) => number): TextSet {
  return buildText<number>({
    start: 0,
    breaks: [wanted, ...caseBreaks(wanted)],
    accepts: (state) => wanted.accepts[state] === true,
    step: (state, code) => stepText(wanted, state, to(code)),
    key: String,
  })
}

/** The ends of the letters, and where an edge of the other case ends. */
function caseBreaks(wanted: TextSet): number[] {
  const ends = wanted.edges.flatMap((row) => row.map(([last]) => last))
  return [64, 90, 96, 122, ...ends.filter((last) => last < 128).flatMap((last) => [last + 32, Math.max(0, last - 32)])]
}

function firstField(wanted: TextSet, delimiter: number): TextSet {
  return buildText<number | 'yes' | 'no'>({
    start: 0,
    breaks: [wanted, delimiter],
    accepts: (state) => (typeof state === 'number' ? wanted.accepts[state] === true : state === 'yes'),
    step: (state, code) => {
      if (typeof state !== 'number') return state
      if (code === delimiter) return wanted.accepts[state] ? 'yes' : 'no'
      return stepText(wanted, state, code)
    },
    key: String,
  })
}

/** `host_only`: up to the last `:`, unless a `]` comes after it. `cut`: whether the host would do, if the text ended here. */
function hostOf(wanted: TextSet): TextSet {
  type Host = { at: number; cut: boolean | undefined }
  return buildText<Host>({
    start: { at: 0, cut: undefined },
    breaks: [wanted, 58, 93],
    accepts: ({ at, cut }) => cut ?? wanted.accepts[at] === true,
    step: ({ at, cut }, code) => ({
      at: stepText(wanted, at, code),
      cut: code === 58 ? wanted.accepts[at] === true : code === 93 ? undefined : cut,
    }),
    key: ({ at, cut }) => `${at} ${cut}`,
  })
}

type Automaton<S> = {
  readonly start: S
  /** Code units (and automata) at which steps may differ. */
  readonly breaks: readonly (number | TextSet)[]
  readonly accepts: (state: S) => boolean
  readonly step: (state: S, code: number) => S
  readonly key: (state: S) => string
}

const LAST_CODE = 0xffff

/** Explores an automaton into a text set. Steps are tried once for each run of code units that no break tells apart. */
function buildText<S>({ start, breaks, accepts, step, key }: Automaton<S>): TextSet {
  const ends = new Set<number>([LAST_CODE])
  for (const each of breaks) {
    if (typeof each === 'number') {
      ends.add(each)
      if (each > 0) ends.add(each - 1)
    } else for (const row of each.edges) for (const [last] of row) ends.add(last)
  }
  const runs = [...ends].sort((a, b) => a - b)
  const states: S[] = [start]
  const numbers = new Map([[key(start), 0]])
  const edges: [last: number, target: number][][] = []
  for (const state of states) {
    const row: [last: number, target: number][] = []
    for (const last of runs) {
      const next = step(state, last)
      const name = key(next)
      let target = numbers.get(name)
      if (target === undefined) {
        target = states.length
        numbers.set(name, target)
        states.push(next)
      }
      const before = row.at(-1)
      if (before?.[1] === target) before[0] = last
      else row.push([last, target])
    }
    edges.push(row)
  }
  // Uniting it with itself brings it into the canonical form that the algebra compares by.
  const explored: TextSet = { accepts: states.map(accepts), edges }
  return uniteText(explored, explored)
}

function stepText(set: TextSet, state: number, code: number): number {
  for (const [last, target] of set.edges[state] ?? []) if (code <= last) return target
  return 0
}
