import { type IpSet, oneIp, parseIp, printIp } from '../flow/ip-set.ts'
import { readRanges } from '../flow/ranges.ts'

const MAPPED = 0xffffn << 32n
const SIX_TO_FOUR = 0x2002n << 112n
const ALL_32 = 0xffffffff

/**
 * Addresses that no host has, so that no connection to them arrives even at a listener on every address: multicast (RFC 1122, 4.2.3.10:
 * TCP discards it) and what is reserved for future use (RFC 6890).
 */
export const NOBODY: IpSet = { v4: [[0xe0000000, ALL_32]], v6: [[0xff00n << 112n, (1n << 128n) - 1n]] }

type V4Range = readonly [number, number]
type V6Range = readonly [bigint, bigint]

/**
 * The client addresses that HAProxy matches with these patterns (pat_match_ip, src/pattern.c): an IPv4 network also takes the
 * IPv6 addresses that carry one of its own (`::ffff:a.b.c.d`, `::a.b.c.d`, `2002:V4::`), an IPv6 network the IPv4 ones as
 * `::ffff:x`. So `::1` is in `0.0.0.0/8`, and `::/0` is everyone while `0.0.0.0/0` is not. Undefined names a pattern that is no
 * network: a host name, resolved when HAProxy starts.
 */
export function readNetworks(patterns: Iterable<string>): {
  readonly ips: IpSet
  readonly unresolved: string | undefined
} {
  const v4: V4Range[] = []
  const v6: V6Range[] = []
  let unresolved: string | undefined
  for (const pattern of patterns) {
    const network = readNetwork(pattern)
    if (!network) unresolved = pattern
    else if (network.family === 4) {
      const [from, to] = network.range
      v4.push(network.range)
      v6.push([MAPPED | BigInt(from), MAPPED | BigInt(to)], [BigInt(from), BigInt(to)])
      v6.push([SIX_TO_FOUR | (BigInt(from) << 80n), SIX_TO_FOUR | (((BigInt(to) + 1n) << 80n) - 1n)])
    } else {
      v6.push(network.range)
      const from = network.range[0] > MAPPED ? network.range[0] : MAPPED
      const last = MAPPED | 0xffffffffn
      const to = network.range[1] < last ? network.range[1] : last
      if (from <= to) v4.push([Number(from - MAPPED), Number(to - MAPPED)])
    }
  }
  return { ips: { v4: readRanges(v4), v6: readRanges(v6) }, unresolved }
}

type Network =
  | { readonly family: 4; readonly range: V4Range; readonly length: number }
  | { readonly family: 6; readonly range: V6Range; readonly length: number }

/** One network as HAProxy reads it: host bits ignored, `172.16` is 172.0.0.16 (inet_aton), a netmask instead of a length. */
export function readNetwork(text: string): Network | undefined {
  const [host = '', mask, more] = text.split('/')
  if (more !== undefined) return undefined
  const v4 = readShortV4(host)
  if (v4 !== undefined) {
    const bits = mask === undefined ? ALL_32 : readMask(mask)
    if (bits === undefined) return undefined
    // A netmask with holes matches no range; nobody writes one.
    const size = (~bits >>> 0) + 1
    if ((size & (size - 1)) !== 0 && size !== 2 ** 32) return undefined
    const from = (v4 & bits) >>> 0
    return { family: 4, range: [from, from + size - 1], length: 32 - Math.log2(size) }
  }
  const ip = parseIp(host)
  if (ip?.family !== 6 || (mask !== undefined && !/^\d{1,3}$/.test(mask))) return undefined
  const length = Number(mask ?? 128)
  if (length > 128) return undefined
  const size = 1n << BigInt(128 - length)
  const from = (ip.value / size) * size
  return { family: 6, range: [from, from + size - 1n], length }
}

/** The IPv4 address that an IPv6 one carries (`::ffff:a.b.c.d`, `::a.b.c.d`, `2002:V4::`), for which HAProxy tries IPv4 networks too. */
export function carriedV4(value: bigint): number | undefined {
  const high = value >> 32n
  if (high === 0n || high === 0xffffn) return Number(value & 0xffffffffn)
  return value >> 112n === 0x2002n ? Number((value >> 80n) & 0xffffffffn) : undefined
}

/** A text as an address, as `hdr_ip` takes one (url2ipv4, src/tools.c): an IPv4 address may have a port behind it, and zeros in front. */
export function readAddress(text: string): string | undefined {
  const four = readDotted(text)
  return four && /^(?::\d+)?$/.test(four.rest) ? four.ip : readV6Address(text)
}

/** The same where a text is cast to an address (buf2ip, src/tools.c): then whatever stands behind four numbers does not matter (measured). */
export function castAddress(text: string): string | undefined {
  const four = readDotted(text)
  return four && !four.rest.startsWith('.') ? four.ip : readV6Address(text)
}

function readDotted(text: string): { readonly ip: string; readonly rest: string } | undefined {
  const [, a, b, c, d, rest = ''] = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?!\d)(.*)$/s.exec(text) ?? []
  const parts = [a, b, c, d].map(Number)
  return parts.every((part) => part <= 255) ? { ip: parts.join('.'), rest } : undefined
}

function readV6Address(text: string): string | undefined {
  const ip = text.includes(':') ? parseIp(text) : undefined
  return ip?.family === 6 ? printV6(ip.value) : undefined
}

/** As inet_ntop writes it: what carries an IPv4 address ends with it in its own form. */
export function printV6(value: bigint): string {
  const four = printIp({ family: 4, value: Number(value & 0xffffffffn) })
  if (value >> 32n === 0xffffn) return `::ffff:${four}`
  return value >> 32n === 0n && value >> 16n !== 0n ? `::${four}` : printIp({ family: 6, value })
}

/** The set with one address, nothing when the text is none. */
export function addressSet(text: string): IpSet {
  const ip = parseIp(text)
  return ip ? oneIp(ip) : { v4: [], v6: [] }
}

function readMask(mask: string): number | undefined {
  if (/^\d{1,2}$/.test(mask)) {
    const length = Number(mask)
    return length > 32 ? undefined : length === 0 ? 0 : (-1 << (32 - length)) >>> 0
  }
  return readShortV4(mask)
}

/** `inet_aton`: one to four numbers, the last one filling what is left of 32 bits. */
function readShortV4(text: string): number | undefined {
  let value = 0
  let part = 0
  let digits = 0
  let parts = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 46) {
      if (digits === 0 || part > 255 || ++parts > 3) return undefined
      value = value * 256 + part
      part = 0
      digits = 0
    } else if (code >= 48 && code <= 57 && ++digits <= 10) part = part * 10 + code - 48
    else return undefined
  }
  const room = 2 ** (8 * (4 - parts))
  return digits === 0 || part >= room ? undefined : (value * room + part) >>> 0
}
