import type { Sample } from '../exchange.ts'
import type { IntOperator, Pattern } from '../model.ts'

/**
 * A sample as a number: of a text its leading digits, so `5x` is 5 and `abc` 0. An empty text is no number, and then whatever
 * wanted one has nothing to match (c_str2int, src/sample.c).
 */
export function toNumber(sample: Sample): bigint | undefined {
  if (sample.type === 'int') return sample.number
  if (sample.type === 'bool') return sample.yes ? 1n : 0n
  if (sample.type === 'between' || sample.text === '') return undefined
  const value = BigInt(/^[+-]?\d+/.exec(sample.text)?.[0].replace('+', '') ?? 0)
  return value > MOST ? MOST : value < -MOST - 1n ? -MOST - 1n : value
}
const MOST = 2n ** 63n - 1n

/**
 * `hdr_val` and its kin read differently (strl2ic, src/tools.c): they stop only at what comes after `9`, so that a dot counts as the
 * digit -2 and `1.2` is 82; and they overflow at 32 bits.
 */
export function readLooseNumber(text: string): number {
  const negative = text.startsWith('-')
  let value = 0
  for (const char of negative ? text.slice(1) : text) {
    const code = char.charCodeAt(0)
    const digit = (code > 127 ? code - 256 : code) - 48
    if (digit > 9) break
    value = (Math.imul(value, 10) + (negative ? -digit : digit)) | 0
  }
  return value
}

export type IntRange = readonly [low: number, high: number]

/** Beyond every number that is compared. */
const FAR = 2 ** 63

/**
 * The numbers that a pattern means (pat_parse_int, src/pattern.c): `5`, `5:7`, `:7`, `5:`, and the same with `-` between, so that
 * `-5` is everything up to 5. An operator before such a range is silently dropped. Undefined when HAProxy refuses it.
 */
export function readIntRange({ text, operator = 'eq' }: Pick<Pattern, 'text' | 'operator'>): IntRange | undefined {
  const separator = text.search(/[:-]/)
  if (separator < 0) return /^\d+$/.test(text) ? BOUNDS[operator](Number(text)) : undefined
  const [low, high] = [text.slice(0, separator), text.slice(separator + 1)]
  if ((low === '' && high === '') || !/^\d*$/.test(low) || !/^(-?\d+)?$/.test(high)) return undefined
  const range: IntRange = [low === '' ? -FAR : Number(low), high === '' ? FAR : Number(high)]
  return range[0] <= range[1] ? range : undefined
}

const BOUNDS: Readonly<Record<IntOperator, (n: number) => IntRange>> = {
  eq: (n) => [n, n],
  ge: (n) => [n, FAR],
  gt: (n) => [n + 1, FAR],
  le: (n) => [-FAR, n],
  lt: (n) => [-FAR, n - 1],
}

/** Whether one of the patterns means this number. */
export function matchNumber(patterns: readonly Pattern[], value: bigint | number): boolean {
  return patterns.some((pattern) => {
    const range = readIntRange(pattern)
    return range !== undefined && value >= range[0] && value <= range[1]
  })
}
