/** As the device writes it, so that the same number is the same key. */
const NUMBER = /^(?:0|[1-9]\d{0,14})$/

/** Where an entry stands between its neighbours; undefined at both ends. */
type Place<E> = { key: string; readonly entry: E; before: Place<E> | undefined; after: Place<E> | undefined }

/**
 * What a table holds, by key and in order. As long as entries only come and go, the map has the order itself; `move` and `rename` make
 * a chain of it, so that a thousand of them cost a thousand steps, and the map is made again when somebody looks.
 */
export class Entries<E> {
  #byKey = new Map<string, E>()
  #places: Map<string, Place<E>> | undefined
  #first: Place<E> | undefined
  #last: Place<E> | undefined
  /** Whole numbers among the keys, a higher one always above a lower one; some may be gone, and lower ones may be missing. */
  #numbers: number[] = []

  /** In table order. */
  inOrder(): ReadonlyMap<string, E> {
    if (this.#places) {
      this.#byKey = new Map()
      for (let at = this.#first; at; at = at.after) this.#byKey.set(at.key, at.entry)
      this.#places = undefined
    }
    return this.#byKey
  }

  get(key: string): E | undefined {
    return this.#places ? this.#places.get(key)?.entry : this.#byKey.get(key)
  }

  /** A new one comes last, one whose key is known takes the other's place. */
  set(key: string, entry: E): void {
    this.#noteNumber(key)
    if (!this.#places) this.#byKey.set(key, entry)
    else {
      const known = this.#places.get(key)
      const place = { key, entry, before: known ? known.before : this.#last, after: known?.after }
      this.#places.set(key, place)
      this.#link(place)
    }
  }

  delete(key: string): boolean {
    if (!this.#places) return this.#byKey.delete(key)
    const place = this.#places.get(key)
    if (place) this.#unlink(place)
    return this.#places.delete(key)
  }

  clear(): void {
    this.#byKey = new Map()
    this.#places = undefined
    this.#numbers = []
  }

  /** Whether both are there. */
  move(key: string, how: 'before' | 'after', anchor: string): boolean {
    const places = this.#chained()
    const [place, beside] = [places.get(key), places.get(anchor)]
    if (!place || !beside) return false
    if (place === beside) return true
    this.#unlink(place)
    place.before = how === 'before' ? beside.before : beside
    place.after = how === 'before' ? beside : beside.after
    this.#link(place)
    return true
  }

  /** The entry under another key, where it stands; whether it is there and the key is free. */
  rename(key: string, to: string, entry: E): boolean {
    const places = this.#chained()
    const place = places.get(key)
    if (!place || places.has(to)) return false
    places.delete(key)
    this.#link({ ...place, key: to, entry })
    this.#noteNumber(to)
    return true
  }

  /** The next free number: one above the highest. */
  nextNumber(): number {
    const isThere = (number: number) => this.get(String(number)) !== undefined
    while (this.#numbers.length > 0 && !isThere(this.#numbers.at(-1) ?? 0)) this.#numbers.pop()
    // Keys that came below a higher one were not noted. Now each is, so this happens once for each time all of them are gone.
    if (this.#numbers.length === 0) {
      const keys = [...(this.#places ?? this.#byKey).keys()].filter((key) => NUMBER.test(key)).map(Number)
      this.#numbers = keys.sort((a, b) => a - b)
    }
    return (this.#numbers.at(-1) ?? 0) + 1
  }

  #noteNumber(key: string): void {
    if (NUMBER.test(key) && Number(key) > (this.#numbers.at(-1) ?? -1)) this.#numbers.push(Number(key))
  }

  #chained(): Map<string, Place<E>> {
    if (this.#places) return this.#places
    this.#places = new Map()
    this.#first = undefined
    this.#last = undefined
    for (const [key, entry] of this.#byKey) {
      const place = { key, entry, before: this.#last, after: undefined }
      this.#places.set(key, place)
      this.#link(place)
    }
    return this.#places
  }

  /** Makes the neighbours and the ends know the place. */
  #link(place: Place<E>): void {
    this.#places?.set(place.key, place)
    if (place.before) place.before.after = place
    else this.#first = place
    if (place.after) place.after.before = place
    else this.#last = place
  }

  #unlink(place: Place<E>): void {
    if (place.before) place.before.after = place.after
    else this.#first = place.after
    if (place.after) place.after.before = place.before
    else this.#last = place.before
  }
}
