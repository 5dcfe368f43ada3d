/**
 * Sets of whole numbers as inclusive ranges. INVARIANT: sorted, disjoint and never adjacent, so two equal sets have the same
 * ranges and a set is empty exactly when it has none.
 */
export type Ranges<N extends number | bigint = number> = readonly (readonly [from: N, to: N])[]

/** Any list of inclusive ranges as a set; ranges that end before they start hold nothing. */
export function readRanges<N extends number | bigint>(list: Iterable<readonly [N, N]>): Ranges<N> {
  const sorted = [...list].filter(([from, to]) => from <= to).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const merged: [N, N][] = []
  for (const [from, to] of sorted) {
    const last = merged.at(-1)
    if (last && from <= after(last[1])) {
      if (to > last[1]) last[1] = to
    } else merged.push([from, to])
  }
  return merged
}

export function uniteRanges<N extends number | bigint>(a: Ranges<N>, b: Ranges<N>): Ranges<N> {
  if (a.length === 0) return b
  if (b.length === 0) return a
  return readRanges([...a, ...b])
}

export function intersectRanges<N extends number | bigint>(a: Ranges<N>, b: Ranges<N>): Ranges<N> {
  const both: [N, N][] = []
  let i = 0
  let j = 0
  for (;;) {
    const left = a[i]
    const right = b[j]
    if (!left || !right) return both
    const from = left[0] > right[0] ? left[0] : right[0]
    const to = left[1] < right[1] ? left[1] : right[1]
    if (from <= to) both.push([from, to])
    if (left[1] < right[1]) i++
    else j++
  }
}

export function subtractRanges<N extends number | bigint>(a: Ranges<N>, b: Ranges<N>): Ranges<N> {
  const kept: [N, N][] = []
  let first = 0
  for (const [from, to] of a) {
    let rest = from
    let covered = false
    while ((b[first]?.[1] ?? from) < from) first++
    for (let j = first; ; j++) {
      const cut = b[j]
      if (!cut || cut[0] > to) break
      if (cut[0] > rest) kept.push([rest, before(cut[0])])
      if (cut[1] >= to) {
        covered = true
        break
      }
      rest = after(cut[1])
    }
    if (!covered) kept.push([rest, to])
  }
  return kept
}

/** By binary search. */
export function inRanges<N extends number | bigint>(ranges: Ranges<N>, number: N): boolean {
  let low = 0
  let high = ranges.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const range = ranges[middle]
    if (!range) return false
    if (number < range[0]) high = middle - 1
    else if (number > range[1]) low = middle + 1
    else return true
  }
  return false
}

export function equalRanges<N extends number | bigint>(a: Ranges<N>, b: Ranges<N>): boolean {
  return a.length === b.length && a.every(([from, to], i) => from === b[i]?.[0] && to === b[i]?.[1])
}

// The two casts are sound because a number plus 1 is a number and a bigint plus 1n a bigint; TypeScript cannot say so of N.
function after<N extends number | bigint>(n: N): N {
  return (typeof n === 'bigint' ? n + 1n : Number(n) + 1) as N
}

function before<N extends number | bigint>(n: N): N {
  return (typeof n === 'bigint' ? n - 1n : Number(n) - 1) as N
}
