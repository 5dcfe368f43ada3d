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

export function rememberPair<A extends object, B extends object, V>(make: (a: A, b: B) => V): (a: A, b: B) => V {
  const byFirst = remember((a: A) => remember((b: B) => make(a, b)))
  return (a, b) => byFirst(a)(b)
}

/** The last few results by a text key: reading the same file again gives the same device. */
export function rememberLast<V>(most: number): (key: string, make: () => V) => V {
  const made = new Map<string, V>()
  return (key, make) => {
    const known = made.get(key)
    const value = known ?? make()
    made.delete(key)
    made.set(key, value)
    for (const oldest of made.keys()) {
      if (made.size <= most) break
      made.delete(oldest)
    }
    return value
  }
}
