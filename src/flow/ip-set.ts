import {
  equalRanges,
  inRanges,
  intersectRanges,
  type Ranges,
  readRanges,
  subtractRanges,
  uniteRanges,
} from './ranges.ts'

/** Addresses of both families. An IPv4-mapped IPv6 address is IPv6 here: which device treats it as what is the device's affair. */
export type IpSet = { readonly v4: Ranges<number>; readonly v6: Ranges<bigint> }
export type IpAddress = { readonly family: 4; readonly value: number } | { readonly family: 6; readonly value: bigint }

const LAST_V4 = 2 ** 32 - 1
const LAST_V6 = 2n ** 128n - 1n

export const NO_IP: IpSet = { v4: [], v6: [] }
export const ANY_IP: IpSet = { v4: [[0, LAST_V4]], v6: [[0n, LAST_V6]] }
export const ANY_IPV4: IpSet = { v4: [[0, LAST_V4]], v6: [] }
export const ANY_IPV6: IpSet = { v4: [], v6: [[0n, LAST_V6]] }

/** Strict: four decimal bytes without leading zeros, or RFC 4291 text. Anything else is undefined, never a guess. */
export function parseIp(text: string): IpAddress | undefined {
  const v4 = parseV4(text)
  if (v4 !== undefined) return { family: 4, value: v4 }
  const v6 = parseV6(text)
  return v6 === undefined ? undefined : { family: 6, value: v6 }
}

/** `10.0.0.0/8`, `10.1.2.3`, `2001:db8::/32`. Host bits are masked off. */
export function readCidr(text: string): IpSet | undefined {
  const [address = '', length, ...more] = text.split('/')
  const ip = parseIp(address)
  if (!ip || more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined
  if (ip.family === 4) {
    const bits = length === undefined ? 32 : Number(length)
    if (bits > 32) return undefined
    const size = 2 ** (32 - bits)
    const from = Math.floor(ip.value / size) * size
    return { v4: [[from, from + size - 1]], v6: [] }
  }
  const bits = length === undefined ? 128 : Number(length)
  if (bits > 128) return undefined
  const size = 1n << BigInt(128 - bits)
  const from = (ip.value / size) * size
  return { v4: [], v6: [[from, from + size - 1n]] }
}

/** From the first to the last address, both of one family. */
export function ipRange(from: string, to: string): IpSet | undefined {
  const first = parseIp(from)
  const last = parseIp(to)
  if (first?.family === 4 && last?.family === 4) return { v4: readRanges([[first.value, last.value]]), v6: [] }
  if (first?.family === 6 && last?.family === 6) return { v4: [], v6: readRanges([[first.value, last.value]]) }
  return undefined
}

export function oneIp(ip: IpAddress): IpSet {
  return ip.family === 4 ? { v4: [[ip.value, ip.value]], v6: [] } : { v4: [], v6: [[ip.value, ip.value]] }
}

export function uniteIp(a: IpSet, b: IpSet): IpSet {
  return { v4: uniteRanges(a.v4, b.v4), v6: uniteRanges(a.v6, b.v6) }
}

export function intersectIp(a: IpSet, b: IpSet): IpSet {
  return { v4: intersectRanges(a.v4, b.v4), v6: intersectRanges(a.v6, b.v6) }
}

export function subtractIp(a: IpSet, b: IpSet): IpSet {
  return { v4: subtractRanges(a.v4, b.v4), v6: subtractRanges(a.v6, b.v6) }
}

export function isEmptyIp(set: IpSet): boolean {
  return set.v4.length === 0 && set.v6.length === 0
}

/** How many addresses of both families. */
export function countAddresses({ v4, v6 }: IpSet): bigint {
  const four = v4.reduce((sum, [from, to]) => sum + to - from + 1, 0)
  return v6.reduce((sum, [from, to]) => sum + to - from + 1n, BigInt(four))
}

export function equalIp(a: IpSet, b: IpSet): boolean {
  return equalRanges(a.v4, b.v4) && equalRanges(a.v6, b.v6)
}

/** False for text that is no address. */
export function containsIp(set: IpSet, text: string): boolean {
  const ip = parseIp(text)
  if (!ip) return false
  return ip.family === 4 ? inRanges(set.v4, ip.value) : inRanges(set.v6, ip.value)
}

/** The shortest list of CIDRs that is exactly this set; single addresses without `/32` and `/128`. */
export function printIpSet(set: IpSet): string[] {
  const lines: string[] = []
  for (const [from, to] of set.v4) {
    for (let at = from; at <= to; ) {
      let bits = 0
      while (bits < 32 && at % 2 ** (bits + 1) === 0 && at + 2 ** (bits + 1) - 1 <= to) bits++
      lines.push(bits === 0 ? printV4(at) : `${printV4(at)}/${32 - bits}`)
      at += 2 ** bits
    }
  }
  for (const [from, to] of set.v6) {
    for (let at = from; at <= to; ) {
      let bits = 0n
      while (bits < 128n && at % (1n << (bits + 1n)) === 0n && at + (1n << (bits + 1n)) - 1n <= to) bits++
      lines.push(bits === 0n ? printV6(at) : `${printV6(at)}/${128n - bits}`)
      at += 1n << bits
    }
  }
  return lines
}

export function printIp(ip: IpAddress): string {
  return ip.family === 4 ? printV4(ip.value) : printV6(ip.value)
}

function parseV4(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined
  let value = 0
  for (const part of text.split('.')) {
    if (Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) return undefined
    value = value * 256 + Number(part)
  }
  return value
}

function parseV6(text: string): bigint | undefined {
  if (text.length > 45 || !text.includes(':')) return undefined
  let words = text
  const dotted = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text)
  if (dotted) {
    const tail = parseV4(dotted[2] ?? '')
    if (tail === undefined) return undefined
    words = `${dotted[1]}${Math.floor(tail / 65536).toString(16)}:${(tail % 65536).toString(16)}`
  }
  const halves = words.split('::')
  if (halves.length > 2) return undefined
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const gap = 8 - head.length - tail.length
  if (halves.length === 1 ? gap !== 0 : gap < 1) return undefined
  const all = [...head, ...Array.from({ length: gap }, () => '0'), ...tail]
  let value = 0n
  for (const word of all) {
    if (!/^[0-9a-f]{1,4}$/i.test(word)) return undefined
    value = (value << 16n) | BigInt(Number.parseInt(word, 16))
  }
  return value
}

function printV4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero words as `::`. */
function printV6(value: bigint): string {
  const words = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn))
  let start = -1
  let length = 1
  for (let i = 0; i < 8; i++) {
    let run = 0
    while (i + run < 8 && words[i + run] === 0) run++
    if (run > length) {
      start = i
      length = run
    }
  }
  const hex = words.map((word) => word.toString(16))
  if (start < 0) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}
