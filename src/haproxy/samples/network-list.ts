import { parseIp } from '../../flow/ip-set.ts'
import { carriedV4, readNetwork } from '../address.ts'

/** A list of networks, as large as pattern files are, that tells whether an address is in it. */
export interface NetworkList {
  has(address: string): boolean
  /** A pattern that is no network: a host name, resolved when HAProxy starts. */
  readonly unresolved: string | undefined
}

/** Prepares networks for many questions; an address is looked for in its own family, then as what it carries or is carried by. */
export function prepareNetworks(patterns: Iterable<string>): NetworkList {
  const v4: (readonly [from: number, to: number])[] = []
  const v6: (readonly [from: bigint, to: bigint])[] = []
  let unresolved: string | undefined
  for (const pattern of patterns) {
    const plain = readPlain(pattern)
    const network = plain ? undefined : readNetwork(pattern)
    if (plain) v4.push(plain)
    else if (!network) unresolved = pattern
    else if (network.family === 4) v4.push(network.range)
    else v6.push(network.range)
  }
  const fours = joinV4(v4)
  const sixes = v6.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
  const longest: bigint[] = []
  for (const [, to] of sixes) longest.push(to > (longest.at(-1) ?? -1n) ? to : (longest.at(-1) ?? to))
  const hasSix = (value: bigint) => {
    const at = lastNotAbove(sixes.length, (index) => (sixes[index]?.[0] ?? 0n) <= value)
    return at >= 0 && (longest[at] ?? -1n) >= value
  }
  const hasFour = (value: number) => {
    const at = lastNotAbove(fours.from.length, (index) => (fours.from[index] ?? 0) <= value)
    return at >= 0 && (fours.to[at] ?? -1) >= value
  }
  return {
    unresolved,
    has: (address) => {
      const ip = parseIp(address)
      if (!ip) return false
      if (ip.family === 4) return hasFour(ip.value) || (sixes.length > 0 && hasSix((0xffffn << 32n) | BigInt(ip.value)))
      const carried = carriedV4(ip.value)
      return hasSix(ip.value) || (carried !== undefined && hasFour(carried))
    },
  }
}

/** `10.0.0.0/8` and `10.1.2.3`, which is nearly everything that lists hold, without taking the text apart. */
function readPlain(text: string): readonly [number, number] | undefined {
  let value = 0
  let part = 0
  let digits = 0
  let dots = 0
  let at = 0
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 48 && code <= 57) {
      part = part * 10 + code - 48
      if (++digits > 3 || part > 255) return undefined
    } else if ((code === 46 || code === 47) && digits > 0) {
      if (code === 47) break
      value = value * 256 + part
      part = digits = 0
      if (++dots > 3) return undefined
    } else return undefined
  }
  if (dots !== 3 || digits === 0) return undefined
  value = value * 256 + part
  if (at === text.length) return [value, value]
  const length = Number(text.slice(at + 1))
  if (!/^\d{1,2}$/.test(text.slice(at + 1)) || length > 32) return undefined
  const size = 2 ** (32 - length)
  const from = Math.floor(value / size) * size
  return [from, from + size - 1]
}

/** Sorted and joined, so that one bisection decides. */
function joinV4(ranges: (readonly [number, number])[]): { readonly from: Uint32Array; readonly to: Uint32Array } {
  // Both ends fit one number: sorting numbers is what engines do fastest.
  const packed = Float64Array.from(ranges, ([from]) => from)
  const order = Uint32Array.from(ranges.keys())
  const sorted = isSorted(packed) ? order : order.sort((a, b) => (packed[a] ?? 0) - (packed[b] ?? 0))
  const from = new Uint32Array(ranges.length)
  const to = new Uint32Array(ranges.length)
  let count = 0
  for (const index of sorted) {
    const range = ranges[index]
    if (!range) continue
    if (count > 0 && range[0] <= (to[count - 1] ?? 0)) to[count - 1] = Math.max(to[count - 1] ?? 0, range[1])
    else {
      from[count] = range[0]
      to[count] = range[1]
      count++
    }
  }
  return { from: from.subarray(0, count), to: to.subarray(0, count) }
}

function isSorted(values: Float64Array): boolean {
  for (let at = 1; at < values.length; at++) if ((values[at] ?? 0) < (values[at - 1] ?? 0)) return false
  return true
}

function lastNotAbove(count: number, isNotAbove: (index: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (isNotAbove(middle)) low = middle + 1
    else high = middle
  }
  return low - 1
}
