const MOST = 2n ** 63n - 1n
const LEAST = -(2n ** 63n)
const wrap = (value: bigint): bigint => BigInt.asIntN(64, value)

/** A number of 64 bits through one of HAProxy's operators (sample_conv_arith_*, src/sample.c). */
export function calculate(name: string, a: bigint, b: bigint): bigint {
  switch (name) {
    case 'add':
      return add(a, b)
    case 'sub':
      return b === LEAST ? subtractLeast(a) : add(a, -b)
    case 'mul':
      return a * b > MOST ? MOST : a * b < LEAST ? LEAST : a * b
    case 'div':
      return b === 0n || (a === LEAST && b === -1n) ? MOST : a / b
    case 'mod':
      return b === 0n ? 0n : a % b
    case 'and':
      return a & b
    case 'or':
      return a | b
    default:
      return a ^ b
  }
}

export function negate(value: bigint): bigint {
  return value === LEAST ? MOST : -value
}

/** The check for an overflow overflows itself when both are negative: then the sum is the largest number there is. */
function add(a: bigint, b: bigint): bigint {
  if (a < 0n === b < 0n) {
    if (a < 0n && wrap(LEAST - a) > b) return LEAST
    if (wrap(MOST - a) < b) return MOST
  }
  return wrap(a + b)
}

function subtractLeast(a: bigint): bigint {
  const sum = add(a, MOST)
  return sum < MOST ? sum + 1n : sum
}
