import {
  domainOf,
  equalValues,
  hasValue,
  intersectValues,
  isEmptyValues,
  isWholeDomain,
  keyOfValues,
  subtractValues,
  uniteValues,
  type Values,
  witnessValue,
} from './values.ts'

/**
 * One product of values: a flow is in the box when each of its dimensions is. A dimension that is absent is unconstrained.
 * INVARIANT: no value is empty and none is the whole domain.
 */
export type Box = ReadonlyMap<string, Values>

/**
 * An exact set of flows. INVARIANT: the boxes are disjoint, so pieces may be counted and printed one by one.
 *
 * Dimensions: `src` `dst` (addresses) · `proto` `sport` `dport` `icmp` (type·256+code) `at` (epoch seconds) `week` (minute of the
 * week in the device's time zone, 0 = Monday 00:00) `tls` (0, 1) (numbers) · `ingress` `method` (names) · `sni` `host` (the Host
 * header as sent) `path` `query` `header:<lower case name>` (texts) · `group:<name>` `unknown:<what>` (`yes` or `no`).
 *
 * What a configuration does not decide (an FQDN, a Lua action, a counter) is an `unknown:` dimension, so sets stay exact: two
 * pieces with different verdicts that differ only there are what "depends on" means.
 */
export type FlowSet = readonly Box[]

/** One flow: at most one value a dimension. */
export type Flow = Readonly<Record<string, string | number>>

export const EVERYTHING: FlowSet = [new Map()]
export const NOTHING: FlowSet = []

/** The flows whose dimensions are all within the given values. */
export function flowsWhere(constraints: Readonly<Record<string, Values | undefined>>): FlowSet {
  const box = new Map<string, Values>()
  for (const [dimension, values] of Object.entries(constraints)) {
    if (!values || isWholeDomain(dimension, values)) continue
    if (isEmptyValues(values)) return NOTHING
    box.set(dimension, values)
  }
  return [box]
}

export function intersect(a: FlowSet, b: FlowSet): FlowSet {
  const boxes: Box[] = []
  for (const x of a) {
    for (const y of b) {
      const both = intersectBoxes(x, y)
      if (both) boxes.push(both)
    }
  }
  return boxes
}

export function subtract(a: FlowSet, b: FlowSet): FlowSet {
  let rest: readonly Box[] = a
  for (const cut of b) {
    if (rest.length === 0) return NOTHING
    rest = rest.flatMap((box) => subtractBox(box, cut))
  }
  return rest
}

export function unite(a: FlowSet, b: FlowSet): FlowSet {
  if (a.length === 0) return b
  return [...a, ...subtract(b, a)]
}

export function uniteAll(sets: Iterable<FlowSet>): FlowSet {
  let all: FlowSet = NOTHING
  for (const set of sets) all = unite(all, set)
  return all
}

export function isEmpty(set: FlowSet): boolean {
  return set.length === 0
}

export function isSubset(a: FlowSet, b: FlowSet): boolean {
  return isEmpty(subtract(a, b))
}

export function equal(a: FlowSet, b: FlowSet): boolean {
  return isSubset(a, b) && isSubset(b, a)
}

/** A dimension that the flow does not name is in no constraint: ask only with every dimension that the set speaks of. */
export function contains(set: FlowSet, flow: Flow): boolean {
  return set.some((box) =>
    [...box].every(([dimension, values]) => {
      const value = flow[dimension]
      return value !== undefined && hasValue(values, value)
    }),
  )
}

/** One flow of the set, naming the dimensions that its box constrains; undefined when the set is empty. */
export function witness(set: FlowSet): Flow | undefined {
  const [box] = set
  if (!box) return undefined
  const flow: Record<string, string | number> = {}
  for (const [dimension, values] of box) {
    const value = witnessValue(values)
    if (value !== undefined) flow[dimension] = value
  }
  return flow
}

/** The dimensions that any box of the set constrains. */
export function dimensionsOf(set: FlowSet): ReadonlySet<string> {
  return new Set(set.flatMap((box) => [...box.keys()]))
}

/** The flows of the set with this dimension set free. */
export function forget(set: FlowSet, dimension: string): FlowSet {
  if (!set.some((box) => box.has(dimension))) return set
  return uniteAll(
    set.map((box) => {
      const free = new Map(box)
      free.delete(dimension)
      return [free]
    }),
  )
}

/**
 * Rewrites one dimension, as address translation does. The caller promises that no two values of the set become the same one;
 * `rewrite` gets the whole domain where a box does not constrain the dimension.
 */
export function mapDimension(set: FlowSet, dimension: string, rewrite: (values: Values) => Values): FlowSet {
  return set.flatMap((box) => {
    const values = rewrite(box.get(dimension) ?? domainOf(dimension))
    if (isEmptyValues(values)) return []
    const moved = new Map(box)
    if (isWholeDomain(dimension, values)) moved.delete(dimension)
    else moved.set(dimension, values)
    return [moved]
  })
}

/** The same set in fewer boxes where two differ in one dimension only. */
export function compact(set: FlowSet): FlowSet {
  const boxes = [...set]
  for (let merged = true; merged; ) {
    merged = false
    for (let i = 0; i < boxes.length; i++) {
      for (let j = i + 1; j < boxes.length; j++) {
        const both = mergeBoxes(boxes[i], boxes[j])
        if (!both) continue
        boxes[i] = both
        boxes.splice(j, 1)
        j = i
        merged = true
      }
    }
  }
  return boxes
}

/**
 * The same as `subtract`, for two large sets that share most of their boxes to the letter, as before and after a change do: equal
 * boxes cancel out first, which needs no algebra because the boxes of a set are disjoint.
 */
export function subtractAlike(a: FlowSet, b: FlowSet): FlowSet {
  const [mine, theirs] = [new Set(a.map(keyOf)), new Set(b.map(keyOf))]
  const rest = a.filter((box) => !theirs.has(keyOf(box)))
  if (rest.length === 0) return NOTHING
  return subtract(
    rest,
    b.filter((box) => !mine.has(keyOf(box))),
  )
}

const keys = new WeakMap<Box, string>()

/** Equal boxes have equal keys, in whatever order their dimensions were set. */
function keyOf(box: Box): string {
  const known = keys.get(box)
  if (known !== undefined) return known
  const key = [...box.keys()]
    .sort()
    .map((dimension) => `${dimension}=${keyOfValues(box.get(dimension) ?? domainOf(dimension))}`)
    .join('\n')
  keys.set(box, key)
  return key
}

function intersectBoxes(a: Box, b: Box): Box | undefined {
  if (a.size < b.size) return intersectBoxes(b, a)
  // Most boxes part in an address or a number; texts, which cost most, are looked at last.
  for (const [dimension, values] of b) {
    const own = values.kind === 'text' ? undefined : a.get(dimension)
    if (own && isEmptyValues(intersectValues(own, values))) return undefined
  }
  const both = new Map(a)
  for (const [dimension, values] of b) {
    const own = both.get(dimension)
    const shared = own ? intersectValues(own, values) : values
    if (isEmptyValues(shared)) return undefined
    both.set(dimension, shared)
  }
  return both
}

/** `a` without `b`, as disjoint boxes: per dimension, what lies outside `b` there and inside it in all dimensions before. */
function subtractBox(a: Box, b: Box): readonly Box[] {
  if (!intersectBoxes(a, b)) return [a]
  const pieces: Box[] = []
  const inside = new Map(a)
  for (const [dimension, values] of b) {
    const own = inside.get(dimension) ?? domainOf(dimension)
    const outside = subtractValues(own, values)
    if (!isEmptyValues(outside)) pieces.push(new Map(inside).set(dimension, outside))
    inside.set(dimension, intersectValues(own, values))
  }
  return pieces
}

function mergeBoxes(a: Box | undefined, b: Box | undefined): Box | undefined {
  if (!a || !b || a.size !== b.size) return undefined
  let other: string | undefined
  for (const [dimension, values] of a) {
    const theirs = b.get(dimension)
    if (!theirs) return undefined
    if (equalValues(values, theirs)) continue
    if (other !== undefined) return undefined
    other = dimension
  }
  if (other === undefined) return a
  const mine = a.get(other)
  const theirs = b.get(other)
  if (!mine || !theirs) return undefined
  const both = uniteValues(mine, theirs)
  const merged = new Map(a)
  if (isWholeDomain(other, both)) merged.delete(other)
  else merged.set(other, both)
  return merged
}
