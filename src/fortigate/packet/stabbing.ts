import type { Ranges } from '../../flow/ranges.ts'

/** Finds which of many sets hold a point, in the order the sets were given. */
export type Stabbing<N extends number | bigint> = (point: N) => readonly number[]

/**
 * An index over sets of ranges: a segment tree, so that a point costs the logarithm of their number plus what it finds. Sets that
 * are whole or wide cost as little as narrow ones.
 */
export function stabbing<N extends number | bigint>(sets: readonly Ranges<N>[]): Stabbing<N> {
  const starts = boundaries(sets)
  let leaves = 1
  while (leaves < starts.length + 1) leaves *= 2
  // Node 1 is the root, node n has the children 2n and 2n+1; a set stands at the topmost nodes that it covers.
  const nodes: (number[] | undefined)[] = new Array(2 * leaves)
  const put = (node: number, set: number) => {
    const here = nodes[node]
    if (!here) nodes[node] = [set]
    else if (here.at(-1) !== set) here.push(set)
  }
  sets.forEach((ranges, set) => {
    for (const [from, to] of ranges) {
      let low = leafOf(starts, from) + leaves
      let high = leafOf(starts, to) + leaves + 1
      while (low < high) {
        if (low % 2 === 1) put(low++, set)
        if (high % 2 === 1) put(--high, set)
        low >>= 1
        high >>= 1
      }
    }
  })
  return (point) => {
    const found: number[] = []
    for (let node = leafOf(starts, point) + leaves; node >= 1; node >>= 1) {
      const here = nodes[node]
      if (here) for (const set of here) found.push(set)
    }
    return found.length > 1 ? found.sort((a, b) => a - b) : found
  }
}

/** Every point where a range starts or one has just ended, ascending: between two of them nothing changes. */
function boundaries<N extends number | bigint>(sets: readonly Ranges<N>[]): readonly N[] {
  const all = new Set<N>()
  for (const ranges of sets) {
    for (const [from, to] of ranges) {
      all.add(from)
      all.add(after(to))
    }
  }
  return [...all].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/** How many boundaries are at or before the point: the number of its leaf. */
function leafOf<N extends number | bigint>(starts: readonly N[], point: N): number {
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >> 1
    const start = starts[middle]
    if (start !== undefined && start <= point) low = middle + 1
    else high = middle
  }
  return low
}

// Sound because a number plus 1 is a number and a bigint plus 1n a bigint; TypeScript cannot say so of N.
function after<N extends number | bigint>(n: N): N {
  return (typeof n === 'bigint' ? n + 1n : Number(n) + 1) as N
}
