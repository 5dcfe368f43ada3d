import type { Item } from './items.ts'
import { type ClauseKind, kindOf } from './kind.ts'
import { cutNarrowed } from './one-of-several.ts'
import { cutPairs, hasTime, isAllUntil, isPairAlone, namesNobody, type Part, partOf, withTimesShared } from './pairs.ts'

/**
 * A stretch of the message that says one thing. `pair`: it is one of several requests side by side, never more of the one before;
 * `joined`: it goes on with the sentence of the one before.
 */
export type Clause = {
  readonly items: readonly Item[]
  readonly kind: ClauseKind
  readonly pair: boolean
  readonly joined: boolean
}

/** Parts clauses that are read together. */
export const STOP: Item = { is: 'stop', question: false, at: 0, to: 0 }

/** The clauses of a message, each with what it asks for. */
export function readClauses(items: readonly Item[]): readonly Clause[] {
  return listed(
    splitClauses(items).flatMap(({ items: clause, joined }): readonly Clause[] => {
      const pairs = cutPairs(clause)
      const narrowed = pairs === undefined ? cutNarrowed(clause) : undefined
      if (narrowed) return narrowed.map((items, i) => ({ items, kind: kindOf(clause), pair: true, joined: i > 0 }))
      if (pairs === undefined) return cutSwap(clause) ?? [{ items: clause, kind: kindOf(clause), pair: false, joined }]
      let kind: ClauseKind
      const kinds = pairs.map((pair) => {
        kind = kindOf(pair) ?? kind
        return kind ?? kindOf(clause)
      })
      // What is taken away has no end that another pair could mean.
      const shared = kinds.every((own) => own === kinds[0]) ? withTimesShared(pairs) : pairs
      return shared.map((pair, i) => ({ items: pair, kind: kinds[i], pair: true, joined: i > 0 }))
    }),
  )
}

/** Clauses end at stops, and before "and revoke …", ", give …". */
function splitClauses(
  items: readonly Item[],
): readonly { readonly items: readonly Item[]; readonly joined: boolean }[] {
  const clauses: { items: Item[]; joined: boolean }[] = []
  let current: Item[] = []
  let joined = false
  let list: Part | undefined
  items.forEach((item, index) => {
    const joint = item.is === 'comma' || (item.is === 'word' && item.class === 'and')
    if (joint && startsVerb(items, index + 1)) {
      clauses.push({ items: current, joined })
      current = []
      joined = true
      return
    }
    const lists = item.is === 'stop' ? onlyLists(items, index) : undefined
    if (lists !== undefined && (items[index - 1]?.is === 'comma' || lists === list)) {
      list = lists
      current.push({ is: 'comma', at: item.at, to: item.to })
      return
    }
    current.push(item)
    if (item.is === 'stop') {
      clauses.push({ items: current, joined })
      current = []
      joined = false
      list = undefined
    }
  })
  clauses.push({ items: current, joined })
  return clauses.filter((clause) => clause.items.some(({ is }) => is !== 'stop' && is !== 'comma'))
}

/**
 * "For Bob until Friday:" and under it lines with nothing but services: they are the list that the colon announced. What the line behind
 * this stop lists, if it does nothing else.
 */
function onlyLists(items: readonly Item[], stop: number): Part | undefined {
  const next = items.findIndex((item, i) => i > stop && item.is === 'stop')
  const line = items.slice(stop + 1, next < 0 ? items.length : next)
  const parts = line.map(partOf)
  const kind = parts.find((part) => part === 'who' || part === 'service')
  const verb = line.some((item) => item.is === 'word' && ['give', 'take', 'need', 'stretch'].includes(item.class))
  return !verb && parts.every((part) => part === kind || part === 'joint' || part === 'small') ? kind : undefined
}

function startsVerb(items: readonly Item[], from: number): boolean {
  for (let i = from; i < items.length; i++) {
    const item = items[i]
    if (item?.is === 'comma' || (item?.is === 'word' && (item.class === 'filler' || item.class === 'and'))) continue
    if (item?.is === 'unknown' && /^(?:why|what|who)$/.test(item.word)) return true
    return item?.is === 'word' && ['give', 'take', 'stretch'].includes(item.class)
  }
  return false
}

const IN_ITS_PLACE = /^(?:in|on|instead|dafur|stattdessen|rein|drauf|dentro|dedans|it|es)$/
const IN_PLACE_PARTS: ReadonlySet<Part> = new Set(['who', 'small', 'time'])
const OUT_OF_IT = /^(?:out|off|raus|runter|fuera|dehors)$/

/** "Karim out of git, Urs in", "no more wiki for Bob, dafür Carol bis Freitag": who comes in the place of somebody. */
function cutSwap(items: readonly Item[]): readonly Clause[] | undefined {
  const at = items.findIndex((item, i) => {
    const [left, right] = [items.slice(0, i).map(partOf), items.slice(i + 1)]
    if (partOf(item) !== 'joint' || !left.includes('who') || !left.includes('service')) return false
    const inPlace = right.filter((other) => !IN_ITS_PLACE.test(wordOf(other)))
    const parts = inPlace.map(partOf)
    return inPlace.length < right.length && parts.includes('who') && parts.every((part) => IN_PLACE_PARTS.has(part))
  })
  if (at < 0) return undefined
  const [left, right] = [items.slice(0, at), items.slice(at + 1)]
  const taken = kindOf(left) ?? (left.some((item) => OUT_OF_IT.test(wordOf(item))) ? 'revoke' : undefined)
  if (taken !== 'revoke' || kindOf(right) === 'revoke') return undefined
  return [
    { items: left, kind: taken, pair: true, joined: false },
    { items: right, kind: 'grant', pair: true, joined: true },
  ]
}

const wordOf = (item: Item): string => ('word' in item ? item.word : '')

/** Two or more lines that each say who gets what are requests of their own, under what the line above them says of all. */
function listed(clauses: readonly Clause[]): readonly Clause[] {
  const first = clauses.findIndex((clause, i) => isLine(clause) && isLine(clauses[i + 1]))
  if (first < 0) return clauses
  const past = clauses.findIndex((clause, i) => i > first && !isLine(clause))
  const end = past < 0 ? clauses.length : past
  const header = clauses[first - 1]
  const above = header && namesNobody(header.items) ? header : undefined
  const footer = clauses[end]
  const below =
    footer && namesNobody(footer.items) && footer.kind === undefined && hasTime(footer.items) ? footer : undefined
  const lines = clauses.slice(first, end)
  const bounded = [above, below, ...lines].some((clause) => clause !== undefined && hasTime(clause.items))
  const kind =
    above?.kind ??
    lines.find((line) => line.kind !== undefined)?.kind ??
    (bounded || asksForAccess(above) ? 'grant' : undefined)
  if (kind === undefined || !['grant', 'revoke', 'extend'].includes(kind)) return clauses
  const requests = lines.map((line): Clause => {
    const shared = [above, below].flatMap((clause) =>
      clause === undefined ? [] : sharedOf(clause.items, hasTime(line.items)),
    )
    return {
      items: shared.length > 0 ? [...shared, STOP, ...line.items] : line.items,
      kind: line.kind ?? kind,
      pair: true,
      joined: false,
    }
  })
  return [
    ...clauses.slice(0, above === undefined ? first : first - 1),
    ...requests,
    ...clauses.slice(below === undefined ? end : end + 1),
  ]
}

const isLine = (clause: Clause | undefined): boolean =>
  clause !== undefined && (clause.kind === undefined || clause.kind === 'grant') && isPairAlone(clause.items)

const asksForAccess = (clause: Clause | undefined): boolean =>
  clause?.items.some((item) => item.is === 'word' && ['access', 'give', 'need'].includes(item.class)) ?? false

/** What a header says of every line below it: times and tickets; all of it when something in it narrows. */
function sharedOf(items: readonly Item[], timed: boolean): readonly Item[] {
  const narrows = items.some((item, i) => !isAllUntil(items, i) && ['narrows', 'place'].includes(partOf(item)))
  if (narrows) return items
  return items.filter(
    (item) => (partOf(item) === 'time' && !timed) || (item.is === 'literal' && item.literal.is !== 'path'),
  )
}
