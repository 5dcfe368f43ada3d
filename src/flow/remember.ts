/**
 * What is computed from a device is the same each time, and takes a good part of a second for a whole one: the declared doors are
 * asked about at every message, and both sides of a change share the door that it leaves alone. Results live as long as the
 * devices they were made from.
 */
export function remember<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, { readonly value: V }>()
  return (key) => {
    const known = made.get(key)
    if (known) return known.value
    const value = make(key)
    made.set(key, { value })
    return value
  }
}

/** The last few thousand results by a text. */
export function rememberLast<V>(most: number): (key: string, make: () => V) => V {
  const made = new Map<string, { readonly value: V }>()
  return (key, make) => {
    const known = made.get(key) ?? { value: make() }
    made.delete(key)
    made.set(key, known)
    for (const oldest of made.keys()) {
      if (made.size <= most) break
      made.delete(oldest)
    }
    return known.value
  }
}

/** The last few results by what they were made from, part by part: a text of megabytes is compared, not copied into a key. */
export function rememberFew<V>(most: number): (parts: readonly unknown[], make: () => V) => V {
  let made: { readonly parts: readonly unknown[]; readonly value: V }[] = []
  return (parts, make) => {
    const same = ({ parts: known }: { readonly parts: readonly unknown[] }) =>
      known.length === parts.length && known.every((part, index) => Object.is(part, parts[index]))
    const found = made.find(same) ?? { parts, value: make() }
    made = [found, ...made.filter((one) => one !== found)].slice(0, most)
    return found.value
  }
}

/** Numbers things in the order in which they are first met. */
export function numberThings<K extends object>(): (key: K) => number {
  const numbers = new WeakMap<K, number>()
  let last = 0
  return (key) => {
    const known = numbers.get(key)
    if (known !== undefined) return known
    last += 1
    numbers.set(key, last)
    return last
  }
}
