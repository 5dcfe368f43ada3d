/**
 * Words that come again and again (verbs, names of attributes), each kept once and known by its number from there on. Looking one
 * up costs no string: the characters are compared where they stand.
 */
export type WordPool = {
  readonly words: string[]
  readonly numbers: Map<string, number>
  /** Open addressing: the number of a word plus one, 0 where nothing is. */
  slots: Int32Array
}

const FIRST_SLOTS = 256
const MOST_LOOKS = 16

/** A pool in which the first words already have their numbers. */
export function startPool(first: readonly string[]): WordPool {
  const pool: WordPool = { words: [], numbers: new Map(), slots: new Int32Array(FIRST_SLOTS) }
  for (const word of first) wordNumber(pool, word, 0, word.length, hashOf(word, 0, word.length))
  return pool
}

/** The number of the word that stands in the text from one place to another, whose hash is known; it gets one when it has none. */
export function wordNumber(pool: WordPool, text: string, from: number, to: number, hash: number): number {
  const { words, slots } = pool
  const last = slots.length - 1
  let slot = hash & last
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const number = (slots[slot] ?? 0) - 1
    if (number < 0) {
      slots[slot] = words.length + 1
      return addWord(pool, text.slice(from, to))
    }
    const word = words[number] ?? ''
    if (word.length === to - from && text.startsWith(word, from)) return number
    slot = (slot + 1) & last
  }
  // So many in one place are a text made to be slow; the map has hashes that nobody can aim at.
  const word = text.slice(from, to)
  return pool.numbers.get(word) ?? addWord(pool, word)
}

/** The number of a word that stands nowhere as it is meant, because of its quotes or escapes. */
export function numberOf(pool: WordPool, word: string): number {
  return pool.numbers.get(word) ?? wordNumber(pool, word, 0, word.length, hashOf(word, 0, word.length))
}

/** One character more. */
export function hashOn(hash: number, code: number): number {
  return (Math.imul(hash, 33) ^ code) | 0
}

function hashOf(text: string, from: number, to: number): number {
  let hash = 0
  for (let at = from; at < to; at += 1) hash = hashOn(hash, text.charCodeAt(at))
  return hash
}

function addWord(pool: WordPool, word: string): number {
  const number = pool.words.length
  pool.words.push(word)
  pool.numbers.set(word, number)
  if (number * 2 > pool.slots.length) {
    pool.slots = new Int32Array(pool.slots.length * 2)
    const last = pool.slots.length - 1
    for (const [index, known] of pool.words.entries()) {
      let slot = hashOf(known, 0, known.length) & last
      for (let looks = 0; looks < MOST_LOOKS && pool.slots[slot] !== 0; looks += 1) slot = (slot + 1) & last
      if (pool.slots[slot] === 0) pool.slots[slot] = index + 1
    }
  }
  return number
}
