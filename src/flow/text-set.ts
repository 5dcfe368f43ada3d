import { rememberLast } from './remember.ts'

/**
 * Exact sets of texts (host names, paths, header values) as minimal deterministic automata over UTF-16 code units: exact words,
 * prefixes, suffixes and substrings with or without ASCII case, and every union, intersection and difference of them.
 *
 * State 0 is the start. `edges[s]` lists, in order, the last code unit of each run and the state it leads to; the runs cover
 * 0..0xffff. INVARIANT: minimal, every state reachable, numbered in the order a breadth-first walk finds them; so equal sets are
 * equal arrays.
 */
export type TextSet = {
  readonly accepts: readonly boolean[]
  readonly edges: readonly (readonly Edge[])[]
}
type Edge = readonly [lastCode: number, target: number]

const LAST_CODE = 0xffff
export const ANY_TEXT: TextSet = { accepts: [true], edges: [[[LAST_CODE, 0]]] }
export const NO_TEXT: TextSet = { accepts: [false], edges: [[[LAST_CODE, 0]]] }

type Case = { readonly fold?: boolean }

export function exactText(text: string, { fold = false }: Case = {}): TextSet {
  return words(`${fold} ${text}`, () => wordSet(text, fold))
}

/** Configurations are read anew at each change, and name the same few thousand hosts and paths. */
const words = rememberLast<TextSet>(20_000)

function wordSet(text: string, fold: boolean): TextSet {
  const sink = text.length + 1
  const edges = [...text.split('')].map((char, i) => edgesOf(new Map(codesOf(char, fold).map((c) => [c, i + 1])), sink))
  edges.push([[LAST_CODE, sink]], [[LAST_CODE, sink]])
  return minimise(
    edges.map((_, state) => state === text.length),
    edges,
  )
}

/** ASCII letters compare without case, as in HAProxy's `-i`. */
export function foldedText(text: string): TextSet {
  return exactText(text, { fold: true })
}

export function prefixText(text: string, { fold = false }: Case = {}): TextSet {
  const sink = text.length + 1
  const edges = [...text.split('')].map((char, i) => edgesOf(new Map(codesOf(char, fold).map((c) => [c, i + 1])), sink))
  edges.push([[LAST_CODE, text.length]], [[LAST_CODE, sink]])
  return minimise(
    edges.map((_, state) => state === text.length),
    edges,
  )
}

export function suffixText(text: string, options: Case = {}): TextSet {
  const edges = searchEdges(text, options.fold ?? false)
  return minimise(
    edges.map((_, state) => state === text.length),
    edges,
  )
}

export function containsText(text: string, options: Case = {}): TextSet {
  const edges = searchEdges(text, options.fold ?? false)
  edges[text.length] = [[LAST_CODE, text.length]]
  return minimise(
    edges.map((_, state) => state === text.length),
    edges,
  )
}

export function uniteText(a: TextSet, b: TextSet): TextSet {
  if (isEmptyText(a) || isAnyText(b)) return b
  if (isEmptyText(b) || isAnyText(a)) return a
  return remembered(unions, a, b, (x, y) => x || y)
}

export function intersectText(a: TextSet, b: TextSet): TextSet {
  if (isEmptyText(a) || isAnyText(b)) return a
  if (isEmptyText(b) || isAnyText(a)) return b
  const both = remembered(intersections, a, b, (x, y) => x && y)
  // What they share is asked again of each of them before long.
  for (const whole of [a, b]) {
    keep(intersections, both, whole, both)
    keep(intersections, whole, both, both)
    keep(differences, both, whole, NO_TEXT)
  }
  return both
}

export function subtractText(a: TextSet, b: TextSet): TextSet {
  if (isEmptyText(a) || isEmptyText(b)) return a
  if (isAnyText(b)) return NO_TEXT
  return remembered(differences, a, b, (x, y) => x && !y)
}

export function complementText(set: TextSet): TextSet {
  return { accepts: set.accepts.map((yes) => !yes), edges: set.edges }
}

export function isEmptyText(set: TextSet): boolean {
  return set.accepts.length === 1 && set.accepts[0] === false
}

export function isAnyText(set: TextSet): boolean {
  return set.accepts.length === 1 && set.accepts[0] === true
}

export function equalText(a: TextSet, b: TextSet): boolean {
  return (
    a.accepts.length === b.accepts.length &&
    a.accepts.every((yes, state) => yes === b.accepts[state]) &&
    a.edges.every((edges, state) => sameEdges(edges, b.edges[state] ?? []))
  )
}

/** Equal sets have equal keys. */
export function keyOfText(set: TextSet): string {
  const known = keys.get(set)
  if (known !== undefined) return known
  const key = set.edges.map((edges, state) => `${set.accepts[state] ? '+' : '-'}${edges.join(' ')}`).join(';')
  keys.set(set, key)
  return key
}
const keys = new WeakMap<TextSet, string>()

export function hasText(set: TextSet, text: string): boolean {
  let state = 0
  for (let i = 0; i < text.length; i++) {
    const edges = set.edges[state] ?? []
    // Nothing leads out of here; most texts are told apart by their first few characters.
    if (edges.length === 1 && edges[0]?.[1] === state) break
    state = step(edges, text.charCodeAt(i))
  }
  return set.accepts[state] === true
}

/** A shortest text of the set, of readable characters where there is a choice; undefined when there is none. */
export function witnessText(set: TextSet): string | undefined {
  const found: (string | undefined)[] = ['']
  const queue = [0]
  for (const state of queue) {
    const text = found[state] ?? ''
    if (set.accepts[state]) return text
    const choices = (set.edges[state] ?? []).map(([last, target], i, all) => ({
      char: readableCode((all[i - 1]?.[0] ?? -1) + 1, last),
      target,
    }))
    for (const { char, target } of [...choices.filter(isPlain), ...choices]) {
      if (found[target] !== undefined) continue
      found[target] = text + char
      queue.push(target)
    }
  }
  return undefined
}

function isPlain({ char }: { readonly char: string }): boolean {
  return /[a-z0-9./-]/.test(char)
}

/**
 * The set in words: `grafana.corp.example`, `/d/*`, `any except /admin/*`. Sets with no short list of words and prefixes are
 * shown by an example, and the wording says so.
 */
export function printText(set: TextSet): string {
  if (isAnyText(set)) return 'any'
  if (isEmptyText(set)) return 'none'
  const words = listWords(set)
  if (words) return words.join(', ')
  const absent = listWords(complementText(set))
  if (absent) return `any except ${absent.join(', ')}`
  return `some, such as ${JSON.stringify(witnessText(set))}`
}

const MOST_WORDS = 12

/** Words and prefixes (`/d/*`) that are together exactly this set, or undefined when no short list is. */
function listWords(set: TextSet): string[] | undefined {
  const words: string[] = []
  const walk = (state: number, text: string, onPath: ReadonlySet<number>): boolean => {
    const edges = set.edges[state] ?? []
    const loops = edges.length === 1 && edges[0]?.[1] === state
    if (loops) {
      if (set.accepts[state]) words.push(`${text}*`)
      return words.length <= MOST_WORDS
    }
    if (onPath.has(state)) return false
    if (set.accepts[state]) words.push(text)
    let from = 0
    for (const [last, target] of edges) {
      const dead = isDead(set, target)
      if (!dead && last - from > 4) return false
      for (let code = from; !dead && code <= last; code++) {
        const lower = code >= 65 && code <= 90 ? step(edges, code + 32) : -1
        if (lower === target) continue
        if (!walk(target, text + String.fromCharCode(code), new Set([...onPath, state]))) return false
      }
      from = last + 1
    }
    return words.length <= MOST_WORDS
  }
  return walk(0, '', new Set()) ? words : undefined
}

function isDead(set: TextSet, state: number): boolean {
  const edges = set.edges[state] ?? []
  return set.accepts[state] === false && edges.length === 1 && edges[0]?.[1] === state
}

function readableCode(from: number, last: number): string {
  for (const nice of 'ax0-/.') {
    const code = nice.charCodeAt(0)
    if (code >= from && code <= last) return nice
  }
  const printable = Math.max(from, 33)
  return String.fromCharCode(printable <= last ? printable : from)
}

function codesOf(char: string, fold: boolean): number[] {
  if (fold && /[a-z]/i.test(char)) return [char.toLowerCase().charCodeAt(0), char.toUpperCase().charCodeAt(0)]
  return [char.charCodeAt(0)]
}

function edgesOf(targets: ReadonlyMap<number, number>, otherwise: number): Edge[] {
  const edges: Edge[] = []
  let next = 0
  for (const [code, target] of [...targets].sort(([a], [b]) => a - b)) {
    if (code > next) pushEdge(edges, code - 1, otherwise)
    pushEdge(edges, code, target)
    next = code + 1
  }
  if (next <= LAST_CODE) pushEdge(edges, LAST_CODE, otherwise)
  return edges
}

function pushEdge(edges: Edge[], last: number, target: number): void {
  if (edges.at(-1)?.[1] === target) edges.pop()
  edges.push([last, target])
}

/** The Knuth-Morris-Pratt automaton: state k has just read the first k characters of the text. */
function searchEdges(text: string, fold: boolean): Edge[][] {
  const chars = fold ? text.toLowerCase().split('') : text.split('')
  const rows: Map<string, number>[] = []
  let fallback = 0
  for (let k = 0; k <= chars.length; k++) {
    const row = new Map(rows[fallback] ?? [])
    const char = chars[k]
    const next = char === undefined ? fallback : (rows[fallback]?.get(char) ?? 0)
    if (char !== undefined) row.set(char, k + 1)
    rows.push(row)
    if (k > 0) fallback = next
  }
  return rows.map((row) => {
    const targets = new Map<number, number>()
    for (const [char, target] of row) for (const code of codesOf(char, fold)) targets.set(code, target)
    return edgesOf(targets, 0)
  })
}

type Results = WeakMap<TextSet, WeakMap<TextSet, TextSet>>

// The same few sets (a host, a path prefix) meet again and again while boxes are compared. Sets never change, so what two of them
// make is remembered for as long as both are in use.
const unions: Results = new WeakMap()
const intersections: Results = new WeakMap()
const differences: Results = new WeakMap()

function remembered(results: Results, a: TextSet, b: TextSet, holds: (x: boolean, y: boolean) => boolean): TextSet {
  return results.get(a)?.get(b) ?? keep(results, a, b, combine(a, b, holds))
}

function keep(results: Results, a: TextSet, b: TextSet, made: TextSet): TextSet {
  const ofA = results.get(a) ?? new WeakMap<TextSet, TextSet>()
  results.set(a, ofA)
  ofA.set(b, made)
  return made
}

function combine(a: TextSet, b: TextSet, keep: (x: boolean, y: boolean) => boolean): TextSet {
  const numbers = new Map<number, number>()
  const pairs: [number, number][] = []
  const number = (x: number, y: number): number => {
    const key = x * b.accepts.length + y
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, pairs.length)
    pairs.push([x, y])
    return pairs.length - 1
  }
  number(0, 0)
  const edges: Edge[][] = []
  for (const [x, y] of pairs) {
    const row: Edge[] = []
    const left = a.edges[x] ?? []
    const right = b.edges[y] ?? []
    for (let i = 0, j = 0; i < left.length && j < right.length; ) {
      const [lastLeft, targetLeft] = left[i] ?? [LAST_CODE, 0]
      const [lastRight, targetRight] = right[j] ?? [LAST_CODE, 0]
      pushEdge(row, Math.min(lastLeft, lastRight), number(targetLeft, targetRight))
      if (lastLeft <= lastRight) i++
      if (lastRight <= lastLeft) j++
    }
    edges.push(row)
  }
  return minimise(
    pairs.map(([x, y]) => keep(a.accepts[x] === true, b.accepts[y] === true)),
    edges,
  )
}

/** Moore's partition refinement, then the canonical numbering. */
function minimise(accepts: readonly boolean[], edges: readonly (readonly Edge[])[]): TextSet {
  let classes: number[] = accepts.map((yes) => (yes ? 1 : 0))
  for (let count = new Set(classes).size; ; ) {
    const seen = new Map<string, number>()
    const refined = classes.map((own, state) => {
      // Each run that leads to one class, as two characters: this is where most of the time for large sets goes.
      let key = String.fromCharCode(own >> 16, own & LAST_CODE)
      let [run, end] = [-1, -1]
      for (const [last, target] of edges[state] ?? []) {
        const next = classes[target] ?? 0
        if (next !== run && run >= 0) key += String.fromCharCode(end, run >> 16, run & LAST_CODE)
        run = next
        end = last
      }
      key += String.fromCharCode(end, run >> 16, run & LAST_CODE)
      const known = seen.get(key)
      if (known !== undefined) return known
      seen.set(key, seen.size)
      return seen.size - 1
    })
    classes = refined
    if (seen.size === count) break
    count = seen.size
  }
  const states: number[] = [0]
  const numbers = new Map([[classes[0] ?? 0, 0]])
  const minimal: Edge[][] = []
  for (const state of states) {
    const row: Edge[] = []
    for (const [last, target] of edges[state] ?? []) {
      const own = classes[target] ?? 0
      let renamed = numbers.get(own)
      if (renamed === undefined) {
        renamed = states.length
        numbers.set(own, renamed)
        states.push(target)
      }
      pushEdge(row, last, renamed)
    }
    minimal.push(row)
  }
  return { accepts: states.map((state) => accepts[state] === true), edges: minimal }
}

function step(edges: readonly Edge[], code: number): number {
  for (const [last, target] of edges) if (code <= last) return target
  return 0
}

function sameEdges(a: readonly Edge[], b: readonly Edge[]): boolean {
  return a.length === b.length && a.every(([last, target], i) => last === b[i]?.[0] && target === b[i]?.[1])
}
