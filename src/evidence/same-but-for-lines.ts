/**
 * Whether two parts of two models say the same, wherever in their files they stand: fields that hold a line count for nothing, nor do
 * the lines that the name of an unknown mentions.
 */
export function sameButForLines(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((one, index) => sameButForLines(one, b[index]))
  }
  if (a instanceof Map) return b instanceof Map && sameMaps(a, b)
  if (a instanceof Set) return b instanceof Set && a.size === b.size && [...a].every((one) => b.has(one))
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  const theirs = Object.entries(b)
  const mine = Object.entries(a)
  // Models are made by the same lines of code, so their fields come in the same order.
  return mine.length === theirs.length && mine.every(([name, value], i) => sameField(name, value, theirs[i]))
}

function sameField(name: string, value: unknown, theirs: readonly [string, unknown] | undefined): boolean {
  if (theirs?.[0] !== name) return false
  if (name === 'line' || name === 'opener' || name.endsWith('Line')) return true
  const [, other] = theirs
  if (name !== 'unknown' || typeof value !== 'string' || typeof other !== 'string') return sameButForLines(value, other)
  return withoutLines(value) === withoutLines(other)
}

/** Order counts: in the tables of devices it decides. */
function sameMaps(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  if (a.size !== b.size) return false
  const theirs = b.entries()
  for (const [key, value] of a) {
    const other = theirs.next().value
    if (!other || !Object.is(other[0], key) || !sameButForLines(value, other[1])) return false
  }
  return true
}

function withoutLines(name: string): string {
  return name.replaceAll(/(:|\bline )\d+/g, '$1')
}
