import { numberThings } from './remember.ts'
import {
  equalText,
  hasText,
  intersectText,
  isAnyText,
  isEmptyText,
  keyOfText,
  NO_TEXT,
  subtractText,
  type TextSet,
  uniteText,
  witnessText,
} from './text-set.ts'

/**
 * A set of texts that may stay a difference for as long as nobody must know its shape. "This host and none of the thousand before it"
 * is a thousand times as large an automaton as the host alone, and what is asked of it is mostly whether there is any such text.
 */
export type LazyText = {
  readonly plus: TextSet
  /** Left out of `plus`, all of them. */
  readonly minus?: Minus
}
/** A list that grows at its end; lists of the same sets are the same. */
type Minus = {
  readonly count: number
  readonly last: TextSet
  readonly rest: Minus | undefined
  readonly next: WeakMap<TextSet, Minus>
}

/** Up to so many states on both sides a difference is worked out at once: small automata cost less than the list. */
const SMALL = 20

/** The same for the same automaton, so that what was found out about it is found again. */
export function lazyText(text: TextSet): LazyText {
  const known = lazies.get(text) ?? { plus: text }
  lazies.set(text, known)
  return known
}
const lazies = new WeakMap<TextSet, LazyText>()

/** The automaton of the set, whatever it costs. */
export function wholeText(lazy: LazyText): TextSet {
  if (!lazy.minus) return lazy.plus
  const known = wholes.get(lazy)
  if (known) return known
  const whole = subtractText(lazy.plus, uniteInPairs(membersOf(lazy.minus)))
  wholes.set(lazy, whole)
  return whole
}
const wholes = new WeakMap<LazyText, TextSet>()

export function intersectLazy(a: LazyText, b: LazyText): LazyText {
  const known = intersections.get(a)?.get(b)
  if (known) return known
  const plus = intersectText(a.plus, b.plus)
  const minus = joinMinus(a.minus, b.minus)
  const both = minus && !isEmptyText(plus) ? { plus, minus } : lazyText(plus)
  // What they share is asked again of each of them before long.
  for (const whole of [a, b]) keep(intersections, whole, both, both)
  return keep(intersections, a, b, both)
}

export function subtractLazy(a: LazyText, b: LazyText): LazyText {
  return differences.get(a)?.get(b) ?? keep(differences, a, b, without(a, b))
}

function without(a: LazyText, b: LazyText): LazyText {
  if (isEmptyText(a.plus)) return a
  // What `b` leaves out is left out of `a` already, so that leaving out the rest of `b` is all there is to do.
  const cut = !b.minus || isBeginning(b.minus, a.minus) ? b.plus : wholeText(b)
  if (isEmptyText(cut)) return a
  if (isAnyText(cut)) return lazyText(NO_TEXT)
  const isSmall = a.plus.accepts.length + cut.accepts.length <= SMALL
  if (!a.minus && isSmall) return lazyText(subtractText(a.plus, cut))
  return { plus: a.plus, minus: append(a.minus, cut) }
}

/**
 * What two sets make is remembered for as long as both are in use. A configuration is read anew at every change, and the thousand
 * hosts that it tells apart are the same thousand: then they are taken apart once.
 */
type Results = WeakMap<LazyText, WeakMap<LazyText, LazyText>>
const intersections: Results = new WeakMap()
const differences: Results = new WeakMap()

function keep(results: Results, a: LazyText, b: LazyText, made: LazyText): LazyText {
  const ofA = results.get(a) ?? new WeakMap<LazyText, LazyText>()
  results.set(a, ofA)
  ofA.set(b, made)
  return made
}

export function uniteLazy(a: LazyText, b: LazyText): LazyText {
  return lazyText(uniteText(wholeText(a), wholeText(b)))
}

export function isEmptyLazy(lazy: LazyText): boolean {
  return witnessLazy(lazy) === undefined
}

export function isAnyLazy({ plus, minus }: LazyText): boolean {
  return minus === undefined && isAnyText(plus)
}

export function hasLazy({ plus, minus }: LazyText, text: string): boolean {
  return hasText(plus, text) && !holderOf(minus, text)
}

/**
 * A text of the set; undefined when there is none. A shortest text of what is left is tried against the list; whatever holds it is
 * taken out, and so on, so that the sets of the list that do not matter are never multiplied in.
 */
export function witnessLazy(lazy: LazyText): string | undefined {
  if (!lazy.minus) return witnessText(lazy.plus)
  if (found.has(lazy)) return found.get(lazy)
  let left = lazy.plus
  let witness = witnessText(left)
  for (let holder = witness === undefined ? undefined : holderOf(lazy.minus, witness); holder; ) {
    left = subtractText(left, holder)
    witness = witnessText(left)
    holder = witness === undefined ? undefined : holderOf(lazy.minus, witness)
  }
  found.set(lazy, witness)
  return witness
}
const found = new WeakMap<LazyText, string | undefined>()

/** Equal keys: equal sets. Two forms of one set may have different keys. */
export function keyOfLazy({ plus, minus }: LazyText): string {
  return minus ? `${keyOfText(plus)}\\${numberOf(minus)}` : keyOfText(plus)
}

/** Whether the two have the same form; two forms of one set are told apart. */
export function sameLazy(a: LazyText, b: LazyText): boolean {
  return a.minus === b.minus && equalText(a.plus, b.plus)
}

function membersOf(minus: Minus): TextSet[] {
  const members: TextSet[] = []
  for (let at: Minus | undefined = minus; at; at = at.rest) members.push(at.last)
  return members
}

function holderOf(minus: Minus | undefined, text: string): TextSet | undefined {
  for (let at = minus; at; at = at.rest) if (hasText(at.last, text)) return at.last
  return undefined
}

/** Automata of about one size meet, so that no large one is walked again for each small one. */
function uniteInPairs(sets: readonly TextSet[]): TextSet {
  let level = sets
  while (level.length > 1) {
    const next: TextSet[] = []
    for (let i = 0; i < level.length; i += 2) {
      const [one, other] = [level[i], level[i + 1]]
      if (one) next.push(other ? uniteText(one, other) : one)
    }
    level = next
  }
  return level[0] ?? NO_TEXT
}

/** Lists by what they go on from. They are there for as long as the sets in them are. */
const FIRST: WeakMap<TextSet, Minus> = new WeakMap()
/** Lists of the same sets are the same list, so its number stands for them. */
const numberOf = numberThings<Minus>()

function append(rest: Minus | undefined, last: TextSet): Minus {
  const known = (rest?.next ?? FIRST).get(last)
  if (known) return known
  const made: Minus = { count: (rest?.count ?? 0) + 1, last, rest, next: new WeakMap() }
  ;(rest?.next ?? FIRST).set(last, made)
  return made
}

function joinMinus(a: Minus | undefined, b: Minus | undefined): Minus | undefined {
  if (isBeginning(a, b)) return b
  if (isBeginning(b, a)) return a
  return b ? membersOf(b).reduceRight<Minus | undefined>((all, member) => append(all, member), a) : a
}

/** Whether the second list goes on from the first. */
function isBeginning(first: Minus | undefined, whole: Minus | undefined): boolean {
  if (!first) return true
  let at = whole
  while (at && at.count > first.count) at = at.rest
  return at === first
}
