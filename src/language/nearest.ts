/** Edits between two words, a swap of neighbours counting as one ("vualt"). Stops counting beyond `limit`. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return Math.min(last[b.length] ?? limit + 1, limit + 1)
}

/** How alike two names are, 0 to 1: shared runs of three letters. For ordering suggestions only, never for deciding. */
export function likeness(a: string, b: string): number {
  return likenesses(a, indexRuns([b])).get(b) ?? 0
}

/** Which names hold which runs of three letters, so that a likeness is counted among names that share some. */
export type RunIndex = {
  readonly names: readonly string[]
  readonly sizes: readonly number[]
  readonly holders: ReadonlyMap<string, readonly number[]>
}

export function indexRuns(names: readonly string[]): RunIndex {
  const holders = new Map<string, number[]>()
  const sizes = names.map((name, index) => {
    const runs = trigrams(name)
    for (const run of runs) {
      const known = holders.get(run)
      if (known) known.push(index)
      else holders.set(run, [index])
    }
    return runs.size
  })
  return { names, sizes, holders }
}

/**
 * How alike each name is to the words, 0 to 1, by shared runs of three letters; names that share none are left out. For ordering
 * suggestions only, never for deciding.
 */
export function likenesses(words: string, { names, sizes, holders }: RunIndex): ReadonlyMap<string, number> {
  const runs = trigrams(words)
  const shared = new Map<number, number>()
  for (const run of runs) for (const index of holders.get(run) ?? []) shared.set(index, (shared.get(index) ?? 0) + 1)
  return new Map(
    [...shared].map(([index, count]) => [names[index] ?? '', (2 * count) / (runs.size + (sizes[index] ?? 0))]),
  )
}

/** The letters of a word as bits. Each edit changes at most two of them, so words that differ in more are further apart. */
export function lettersOf(word: string): number {
  let letters = 0
  for (let i = 0; i < word.length; i++) letters |= 1 << (word.charCodeAt(i) & 31)
  return letters
}

/** Whether no `edits` edits can turn a word of these letters into one of those. */
export function tooFar(a: number, b: number, edits: number): boolean {
  let count = 0
  for (let rest = a ^ b; rest !== 0; rest &= rest - 1) if (++count > 2 * edits) return true
  return false
}

function trigrams(word: string): Set<string> {
  const padded = `  ${word} `
  const grams = new Set<string>()
  for (let i = 0; i + 3 <= padded.length; i++) grams.add(padded.slice(i, i + 3))
  return grams
}
