import type { TextSet } from '../../flow/text-set.ts'
import { plainRegex, readRegex } from '../samples/regex.ts'
import { tryBuildText } from './build-text.ts'

/** Character codes as ranges, from and to included. */
type Codes = readonly (readonly [from: number, to: number])[]

type Node =
  | { readonly is: 'char'; readonly codes: Codes }
  | { readonly is: 'start' | 'end' | 'nothing' }
  | { readonly is: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly is: 'repeat'; readonly part: Node; readonly from: number; readonly to: number }

/** Longer repetitions are not spelled out. */
const MOST_REPEATS = 100
/** States of the automaton before it is made deterministic. */
const MOST_NODES = 2000

/**
 * The texts in which the regular expression finds something, exactly, when it is a regular one: literals, classes, groups, choices,
 * repetitions and anchors. Undefined for look-arounds, references back, word boundaries and what PCRE reads in its own way.
 */
export function regexTexts(written: string, options: { readonly fold: boolean }): TextSet | undefined {
  const { pattern, fold } = plainRegex(written, options.fold)
  if (!readRegex(pattern, { fold }) || /[^\x20-\x7e]/.test(pattern)) return undefined
  const reader: Reader = { pattern, at: 0, fold }
  const node = readChoice(reader)
  if (!node || reader.at < pattern.length) return undefined
  const graph: Graph = { edges: [] }
  const final = newState(graph)
  const start = node && build(graph, node, final)
  if (start === undefined || graph.edges.length > MOST_NODES) return undefined
  return determine(graph, start, final)
}

type Reader = { readonly pattern: string; at: number; readonly fold: boolean }

function readChoice(reader: Reader): Node | undefined {
  const parts: Node[] = []
  for (;;) {
    const part = readSequence(reader)
    if (!part) return undefined
    parts.push(part)
    if (reader.pattern[reader.at] !== '|') break
    reader.at++
  }
  return { is: 'choice', parts }
}

function readSequence(reader: Reader): Node | undefined {
  const parts: Node[] = []
  while (reader.at < reader.pattern.length && !'|)'.includes(reader.pattern[reader.at] ?? '')) {
    const atom = readAtom(reader)
    const part = atom && readRepeat(reader, atom)
    if (!part) return undefined
    parts.push(part)
  }
  return { is: 'sequence', parts }
}

function readAtom(reader: Reader): Node | undefined {
  const char = reader.pattern[reader.at++] ?? ''
  switch (char) {
    case '^':
      return { is: 'start' }
    case '$':
      return { is: 'end' }
    case '.':
      return { is: 'char', codes: invert([[10, 10]]) }
    case '(':
      return readGroup(reader)
    case '[':
      return readClass(reader)
    case '\\': {
      const codes = readEscape(reader)
      return codes && { is: 'char', codes: folded(codes, reader.fold) }
    }
    case '*':
    case '+':
    case '?':
      return undefined
    default:
      return { is: 'char', codes: folded(single(char), reader.fold) }
  }
}

function readGroup(reader: Reader): Node | undefined {
  if (reader.pattern.startsWith('?:', reader.at)) reader.at += 2
  else if (reader.pattern[reader.at] === '?') return undefined
  const inner = readChoice(reader)
  return reader.pattern[reader.at++] === ')' ? inner : undefined
}

/** `\d` and its kin, or the character itself; letters that mean anything else are left alone. */
function readEscape(reader: Reader): Codes | undefined {
  const char = reader.pattern[reader.at++] ?? ''
  const known = ESCAPES[char]
  if (known) return known
  return /[A-Za-z0-9]/.test(char) || char === '' ? undefined : single(char)
}

const DIGITS: Codes = [[48, 57]]
const WORD: Codes = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]
const BLANKS: Codes = [
  [9, 13],
  [32, 32],
]
const ESCAPES: Readonly<Record<string, Codes>> = {
  d: DIGITS,
  D: invert(DIGITS),
  w: WORD,
  W: invert(WORD),
  s: BLANKS,
  S: invert(BLANKS),
  t: single('\t'),
}

function readClass(reader: Reader): Node | undefined {
  const negated = reader.pattern[reader.at] === '^'
  if (negated) reader.at++
  const codes: (readonly [number, number])[] = []
  for (let first = true; reader.pattern[reader.at] !== ']' || first; first = false) {
    if (reader.at >= reader.pattern.length) return undefined
    const from = readMember(reader)
    if (!from) return undefined
    const dash = reader.pattern[reader.at] === '-' && !['', ']'].includes(reader.pattern[reader.at + 1] ?? '')
    if (!dash) {
      codes.push(...from)
      continue
    }
    reader.at++
    const to = readMember(reader)
    const [low, high] = [from[0], to?.[0]]
    // A class as the end of a range is read in more than one way.
    if (!to || !low || !high || from.length > 1 || to.length > 1 || low[0] !== low[1] || high[0] !== high[1])
      return undefined
    if (low[0] > high[0]) return undefined
    codes.push([low[0], high[0]])
  }
  reader.at++
  const all = folded(codes, reader.fold)
  return { is: 'char', codes: negated ? invert(all) : all }
}

function readMember(reader: Reader): Codes | undefined {
  const char = reader.pattern[reader.at++] ?? ''
  if (char === '[' && ':.='.includes(reader.pattern[reader.at] ?? ' ')) return undefined
  return char === '\\' ? readEscape(reader) : single(char)
}

/** What follows an atom says how often; lazy or not, the same texts match. */
function readRepeat(reader: Reader, part: Node): Node | undefined {
  const [written, low, comma, high] =
    /^(?:[*+?]|\{(\d+)(,?)(\d*)\})/.exec(reader.pattern.slice(reader.at, reader.at + 16)) ?? []
  if (written === undefined) return part
  // An anchor that is repeated is nobody's intention.
  if (part.is === 'start' || part.is === 'end') return undefined
  reader.at += written.length
  if (reader.pattern[reader.at] === '?') reader.at++
  const [from, to] =
    written === '*'
      ? [0, Number.POSITIVE_INFINITY]
      : written === '+'
        ? [1, Number.POSITIVE_INFINITY]
        : written === '?'
          ? [0, 1]
          : [Number(low), comma ? (high ? Number(high) : Number.POSITIVE_INFINITY) : Number(low)]
  if (from > MOST_REPEATS || (to !== Number.POSITIVE_INFINITY && (to > MOST_REPEATS || to < from))) return undefined
  return readRepeat(reader, { is: 'repeat', part, from, to })
}

function single(char: string): Codes {
  return [[char.charCodeAt(0), char.charCodeAt(0)]]
}

function invert(codes: Codes): Codes {
  const gaps: (readonly [number, number])[] = []
  let next = 0
  for (const [from, to] of [...codes].sort((a, b) => a[0] - b[0])) {
    if (from > next) gaps.push([next, from - 1])
    next = Math.max(next, to + 1)
  }
  if (next <= 0xffff) gaps.push([next, 0xffff])
  return gaps
}

/** Letters in both cases, which is all that `-i` adds. */
function folded(codes: Codes, fold: boolean): Codes {
  if (!fold) return codes
  const overlap = ([from, to]: readonly [number, number], low: number, by: number) => {
    const [a, b] = [Math.max(from, low), Math.min(to, low + 25)]
    return a <= b ? [[a + by, b + by] as const] : []
  }
  return codes.flatMap((range) => [range, ...overlap(range, 65, 32), ...overlap(range, 97, -32)])
}

type Edge =
  | { readonly over: Codes; readonly to: number }
  | { readonly when: 'always' | 'start' | 'end'; readonly to: number }
type Graph = { readonly edges: Edge[][] }

function newState(graph: Graph): number {
  graph.edges.push([])
  return graph.edges.length - 1
}

/** Adds the node in front of `next` and answers where it starts; undefined when it grows too large. */
function build(graph: Graph, node: Node, next: number): number | undefined {
  if (graph.edges.length > MOST_NODES) return undefined
  switch (node.is) {
    case 'nothing':
      return next
    case 'sequence':
      return node.parts.reduceRight<number | undefined>(
        (at, part) => (at === undefined ? at : build(graph, part, at)),
        next,
      )
    case 'repeat':
      return buildRepeat(graph, node, next)
    default: {
      const own = newState(graph)
      if (node.is === 'char') graph.edges[own]?.push({ over: node.codes, to: next })
      else if (node.is !== 'choice') graph.edges[own]?.push({ when: node.is, to: next })
      else
        for (const part of node.parts) {
          const start = build(graph, part, next)
          if (start === undefined) return undefined
          graph.edges[own]?.push({ when: 'always', to: start })
        }
      return own
    }
  }
}

function buildRepeat(graph: Graph, { part, from, to }: Node & { is: 'repeat' }, next: number): number | undefined {
  let at: number | undefined = next
  if (to === Number.POSITIVE_INFINITY) {
    const loop = newState(graph)
    graph.edges[loop]?.push({ when: 'always', to: next })
    const again = build(graph, part, loop)
    if (again === undefined) return undefined
    graph.edges[loop]?.push({ when: 'always', to: again })
    at = loop
  } else
    for (let n = from; n < to; n++) {
      const maybe: number | undefined = at === undefined ? undefined : build(graph, part, at)
      if (maybe === undefined) return undefined
      const skip = newState(graph)
      graph.edges[skip]?.push({ when: 'always', to: maybe }, { when: 'always', to: next })
      at = skip
    }
  for (let n = 0; n < from && at !== undefined; n++) at = build(graph, part, at)
  return at
}

/** A search begins anew at every character, and what was found is found. */
function determine(graph: Graph, start: number, final: number): TextSet | undefined {
  type Reached = { readonly states: readonly number[]; readonly first: boolean }
  const close = (seeds: Iterable<number>, allowed: readonly string[]) => {
    const reached = new Set(seeds)
    for (const state of reached)
      for (const edge of graph.edges[state] ?? [])
        if ('when' in edge && (edge.when === 'always' || allowed.includes(edge.when))) reached.add(edge.to)
    return reached
  }
  const reach = (seeds: Iterable<number>, first: boolean): Reached | 'found' => {
    const states = close(seeds, first ? ['start'] : [])
    return states.has(final) ? 'found' : { states: [...states].sort((a, b) => a - b), first }
  }
  const ends = graph.edges.flatMap((edges) => edges.flatMap((edge) => ('over' in edge ? edge.over.flat() : [])))
  return tryBuildText<Reached | 'found'>({
    start: reach([start], true),
    breaks: ends.flatMap((code) => [code, Math.min(code + 1, 0xffff)]),
    accepts: (state) => state === 'found' || close(state.states, state.first ? ['start', 'end'] : ['end']).has(final),
    step: (state, code) => {
      if (state === 'found') return state
      const next = state.states.flatMap((each) =>
        (graph.edges[each] ?? []).flatMap((edge) =>
          'over' in edge && edge.over.some(([from, to]) => code >= from && code <= to) ? [edge.to] : [],
        ),
      )
      return reach([start, ...next], false)
    },
    key: (state) => (state === 'found' ? state : `${state.first} ${state.states}`),
  })
}
