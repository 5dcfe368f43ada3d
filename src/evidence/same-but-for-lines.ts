/**
 * Whether two parts of two models say the same, wherever in their files they stand: fields that hold a line count for nothing, nor do
 * the lines that the name of an unknown mentions.
 */
export function sameButForLines(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) return Array.isArray(b) && sameLists(a, b)
  if (a instanceof Map) return b instanceof Map && sameMaps(a, b)
  if (a instanceof Set) return b instanceof Set && a.size === b.size && [...a].every((one) => b.has(one))
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  let left = 0
  for (const _ in b) left += 1
  for (const name in a) {
    left -= 1
    if (!Object.hasOwn(b, name) || !sameField(name, Reflect.get(a, name), Reflect.get(b, name))) return false
  }
  return left === 0
}

function sameField(name: string, a: unknown, b: unknown): boolean {
  if (name === 'line' || name === 'opener' || name.endsWith('Line')) return true
  if (name !== 'unknown' || typeof a !== 'string' || typeof b !== 'string') return sameButForLines(a, b)
  return withoutLines(a) === withoutLines(b)
}

function sameLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index += 1) if (!sameButForLines(a[index], b[index])) return false
  return true
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
