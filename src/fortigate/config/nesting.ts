/** Deeper and larger than any device accepts. */
const DEEPEST = 24
const LARGEST = 20_000

/** Groups that hold themselves, or more than a device would take: nobody should walk them, so they are unknown. */
export function unwalkable(members: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const sizes = new Map<string, number>()
  const sizeOf = (name: string, depth: number): number => {
    const inside = members.get(name)
    if (!inside) return 1
    const known = sizes.get(name)
    if (known !== undefined) return known
    // Met again before it is finished, it holds itself.
    sizes.set(name, Number.POSITIVE_INFINITY)
    let size = 1
    if (depth >= DEEPEST) size = Number.POSITIVE_INFINITY
    else for (const member of inside) size += sizeOf(member, depth + 1)
    sizes.set(name, size)
    return size
  }
  for (const name of members.keys()) sizeOf(name, 0)
  return new Set([...sizes].filter(([, size]) => size > LARGEST).map(([name]) => name))
}
