import { ANY_TEXT, hasText, NO_TEXT, subtractText, type TextSet, uniteText } from '../../flow/text-set.ts'
import type { Call } from '../model.ts'
import { mapMethod } from '../samples/converters.ts'
import type { MapFiles } from '../samples/maps.ts'
import { buildText, stepText, tryBuildText } from './build-text.ts'
import { matchingTexts } from './text-criteria.ts'

/** The texts that the converter turns into one of `wanted`; undefined where that is not known exactly. */
export function beforeConverter(wanted: TextSet, call: Call, maps: MapFiles): TextSet | undefined {
  const [first, second] = call.args
  if (call.name === 'lower') return beforeLower(wanted)
  if (call.name === 'upper') return recode(wanted, (code) => (code >= 97 && code <= 122 ? code - 32 : code))
  if (call.name === 'field' || call.name === 'word') return beforePart(wanted, call)
  if (call.name === 'bytes') return beforeBytes(wanted, call)
  if (call.name === 'url_dec' && call.args.length === 0) return beforeDecoding(wanted)
  if (call.name === '.around') return beforeAround(wanted, first ?? '', second ?? '')
  if (call.name === 'host_only' && call.args.length === 0) return hostOf(beforeLower(wanted))
  if (mapMethod(call.name) !== undefined) return beforeMap(wanted, call, maps)
  return undefined
}

const MOST_ENTRIES = 500

function beforeMap(wanted: TextSet, call: Call, maps: MapFiles): TextSet | undefined {
  const method = mapMethod(call.name)
  const entries = maps.entries(call.args[0] ?? '')
  if (
    !entries ||
    entries.length > MOST_ENTRIES ||
    !method ||
    method === 'ip' ||
    method === 'int' ||
    method === 'regm' ||
    maps.isShared(call.args[0] ?? '', method)
  )
    return undefined
  if (/_(int|ip)$/.test(call.name)) return undefined
  // `beg` takes the longest key, all others the first line.
  const ordered = method === 'beg' ? [...entries].sort(([a], [b]) => b.length - a.length) : entries
  let rest = ANY_TEXT
  let found = NO_TEXT
  for (const [key, value] of ordered) {
    const keys = matchingTexts(method, [{ text: key, fold: false }])
    if (!keys) return undefined
    if (hasText(wanted, value)) found = uniteText(found, subtractText(keys, subtractText(ANY_TEXT, rest)))
    rest = subtractText(rest, keys)
  }
  const fallback = call.args[1]
  return fallback !== undefined && hasText(wanted, fallback) ? uniteText(found, rest) : found
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

/** `field` and `word`: the n-th part between delimiters, from either end. Parts of a word are never empty. */
function beforePart(wanted: TextSet, { name, args }: Call): TextSet | undefined {
  const [index = '', delimiters = '', count = '1'] = args
  if (!/^-?[1-9]\d?$/.test(index) || !delimiters || count !== '1') return undefined
  const codes = delimiters.split('').map((char) => char.charCodeAt(0))
  if (Number(index) > 0) return firstParts(wanted, Number(index), codes, { words: name === 'word' })
  return index === '-1' ? lastPart(wanted, codes, { words: name === 'word' }) : undefined
}

function firstParts(
  wanted: TextSet,
  index: number,
  delimiters: readonly number[],
  { words }: { readonly words: boolean },
): TextSet | undefined {
  type Part = {
    readonly part: number
    readonly inside: boolean
    readonly at: number
    readonly done: boolean | undefined
  }
  const none = words && wanted.accepts[0] === true
  return tryBuildText<Part>({
    start: { part: 1, inside: !words, at: 0, done: undefined },
    breaks: [wanted, ...delimiters],
    // A field that is not there is nothing, a word that is not there is empty.
    accepts: ({ part, inside, at, done }) => done ?? (part === index && inside ? wanted.accepts[at] === true : none),
    step: (state, code) => {
      const { part, inside, at, done } = state
      if (done !== undefined) return state
      if (!delimiters.includes(code)) {
        if (part < index) return { ...state, inside: true }
        return { ...state, inside: true, at: stepText(wanted, at, code) }
      }
      if (!inside) return state
      if (part === index) return { ...state, done: wanted.accepts[at] === true }
      return { part: part + 1, inside: !words, at: 0, done }
    },
    key: ({ part, inside, at, done }) => (done === undefined ? `${part} ${inside} ${at}` : `${done}`),
  })
}

function lastPart(
  wanted: TextSet,
  delimiters: readonly number[],
  { words }: { readonly words: boolean },
): TextSet | undefined {
  type Part = { readonly at: number; readonly inside: boolean; readonly before: boolean | undefined }
  return tryBuildText<Part>({
    start: { at: 0, inside: !words, before: undefined },
    breaks: [wanted, ...delimiters],
    accepts: ({ at, inside, before }) =>
      inside ? wanted.accepts[at] === true : (before ?? wanted.accepts[0] === true),
    step: ({ at, inside, before }, code) => {
      if (!delimiters.includes(code))
        return { at: stepText(wanted, inside ? at : 0, code), inside: true, before: undefined }
      if (!words) return { at: 0, inside: true, before: undefined }
      return { at: 0, inside: false, before: inside ? wanted.accepts[at] === true : before }
    },
    key: ({ at, inside, before }) => `${at} ${inside} ${before}`,
  })
}

const MOST_BYTES = 300

function beforeBytes(wanted: TextSet, { args }: Call): TextSet | undefined {
  const [offset = '', length = String(MOST_BYTES)] = args
  if (!/^\d{1,3}$/.test(offset) || !/^\d{1,3}$/.test(length)) return undefined
  const [from, count] = [Number(offset), args.length > 1 ? Number(length) : Number.POSITIVE_INFINITY]
  type Cut = { readonly skipped: number; readonly taken: number; readonly at: number }
  return tryBuildText<Cut>({
    start: { skipped: 0, taken: 0, at: 0 },
    breaks: [wanted],
    accepts: ({ at }) => wanted.accepts[at] === true,
    step: (state, code) => {
      if (state.skipped < from) return { ...state, skipped: state.skipped + 1 }
      if (state.taken >= count) return state
      return {
        ...state,
        taken: count === Number.POSITIVE_INFINITY ? 0 : state.taken + 1,
        at: stepText(wanted, state.at, code),
      }
    },
    key: ({ skipped, taken, at }) => `${skipped} ${taken} ${at}`,
  })
}

/** Percent escapes decoded; `+` is a blank after a `?`. A broken escape yields nothing. */
function beforeDecoding(wanted: TextSet): TextSet | undefined {
  type Decoding = { readonly at: number; readonly escape: number | undefined | 'open'; readonly asked: boolean }
  const digit = (code: number) => Number.parseInt(String.fromCharCode(code), 16)
  return tryBuildText<Decoding | 'broken'>({
    start: { at: 0, escape: undefined, asked: false },
    breaks: [wanted, 37, 43, 63, ...'0123456789ABCDEFabcdef'.split('').map((char) => char.charCodeAt(0))],
    accepts: (state) => state !== 'broken' && state.escape === undefined && wanted.accepts[state.at] === true,
    step: (state, code) => {
      if (state === 'broken') return state
      const { at, escape: open, asked } = state
      if (open !== undefined) {
        const value = code < 128 ? digit(code) : Number.NaN
        if (Number.isNaN(value)) return 'broken'
        if (open === 'open') return { at, escape: value, asked }
        return { at: stepText(wanted, at, open * 16 + value), escape: undefined, asked }
      }
      if (code === 37) return { at, escape: 'open', asked }
      const plain = code === 43 && asked ? 32 : code
      return { at: stepText(wanted, at, plain), escape: undefined, asked: asked || code === 63 }
    },
    key: (state) => (state === 'broken' ? state : `${state.at} ${state.escape} ${state.asked}`),
  })
}

/** The texts that are wanted once the one stands before and the other behind them. */
function beforeAround(wanted: TextSet, before: string, after: string): TextSet | undefined {
  const through = (state: number, text: string) =>
    text.split('').reduce((at, char) => stepText(wanted, at, char.charCodeAt(0)), state)
  return tryBuildText<number>({
    start: through(0, before),
    breaks: [wanted],
    accepts: (state) => wanted.accepts[through(state, after)] === true,
    step: (state, code) => stepText(wanted, state, code),
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
