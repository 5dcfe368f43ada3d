import { ok } from 'node:assert'
import { seeded } from '../bench/large-fortigate.ts'
import { damaged, SEEDS } from '../fortigate/damaged-fortigate.ts'
import { growthOf, HOSTILE, readAll } from '../fortigate/hostile-fortigate.ts'

/**
 * The reader under a million damaged texts (SOAK, repeated by SEED): never a throw, every byte kept. Then texts made to be slow, four
 * times as large each: a character may cost at most LIMIT times as much.
 */
const texts = Number(process.env.SOAK ?? 1_000_000)
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
/** Linear is 1; sorting and caches cost something; quadratic would be 4. */
const LIMIT = 2.5
/** A busy machine spoils a measurement; it does not spoil three. */
const MEASUREMENTS = 3
const LINES = 20_000

console.info(`SEED=${seed} SOAK=${texts}`)
const random = seeded(seed)
const start = performance.now()
let characters = 0
for (let done = 0; done < texts; done += 1) {
  const text = damaged(SEEDS[done % SEEDS.length] ?? '', random)
  try {
    readAll(text)
  } catch (cause) {
    throw new Error(`text ${done} of SEED=${seed} is not read: ${JSON.stringify(text)}`, { cause })
  }
  characters += text.length
  if (done % 100_000 === 99_999) console.info(`${done + 1} texts, ${((performance.now() - start) / 1000).toFixed(0)} s`)
}
console.info(
  `${texts} texts, ${(characters / 1e6).toFixed(0)} MB, ${((performance.now() - start) / 1000).toFixed(0)} s`,
)
for (const [family, make] of Object.entries(HOSTILE)) {
  let growth = Number.POSITIVE_INFINITY
  for (let left = MEASUREMENTS; left > 0 && growth >= LIMIT; left -= 1)
    growth = Math.min(growth, growthOf(make, LINES, 3))
  console.info(`${growth.toFixed(2)} times the cost of a character at four times the size: ${family}`)
  ok(growth < LIMIT, `${family} costs more than its size`)
}
