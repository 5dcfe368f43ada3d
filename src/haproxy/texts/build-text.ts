import { NO_TEXT, type TextSet, uniteText } from '../../flow/text-set.ts'

/** A text automaton by its steps: states are whatever one likes, told apart by their keys. */
export type Automaton<S> = {
  readonly start: S
  /** Code units (and automata) at which steps may differ. */
  readonly breaks: readonly (number | TextSet)[]
  readonly accepts: (state: S) => boolean
  readonly step: (state: S, code: number) => S
  readonly key: (state: S) => string | number
}

const LAST_CODE = 0xffff

/** More states than this are not followed; what such a text may be is then left open. */
const MOST_STATES = 4000

/**
 * Explores an automaton into a text set. Steps are tried once for each run of code units that no break tells apart. Undefined when it
 * has too many states.
 */
export function tryBuildText<S>(automaton: Automaton<S>): TextSet | undefined {
  return explore(automaton, MOST_STATES)
}

/** The same for automata that are never large, because what they are made of is not. */
export function buildText<S>(automaton: Automaton<S>): TextSet {
  return explore(automaton, Number.POSITIVE_INFINITY) ?? NO_TEXT
}

function explore<S>({ start, breaks, accepts, step, key }: Automaton<S>, most: number): TextSet | undefined {
  const ends = new Set<number>([LAST_CODE])
  for (const each of breaks) {
    if (typeof each === 'number') {
      ends.add(each)
      if (each > 0) ends.add(each - 1)
    } else for (const row of each.edges) for (const [last] of row) ends.add(last)
  }
  const runs = [...ends].sort((a, b) => a - b)
  const states: S[] = [start]
  const numbers = new Map<string | number, number>([[key(start), 0]])
  const edges: [last: number, target: number][][] = []
  for (const state of states) {
    if (states.length > most) return undefined
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

/** Where the automaton of a set is after one more code unit. */
export function stepText(set: TextSet, state: number, code: number): number {
  for (const [last, target] of set.edges[state] ?? []) if (code <= last) return target
  return 0
}
