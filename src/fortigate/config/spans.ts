import { type IpSet, ipRange, oneIp, parseIp, printIp, readCidr } from '../../flow/ip-set.ts'
import type { FortiInterface } from './network-model.ts'

/** `10.0.0.0 255.255.255.0` and `10.0.0.0/24`; undefined for a mask with holes. */
export function readSubnet(words: readonly string[]): IpSet | undefined {
  const [address = '', mask] = words
  if (mask === undefined) return readCidr(address)
  const bits = maskLength(mask)
  const ip = bits === undefined ? undefined : parseIp(address)
  if (bits === undefined || ip?.family !== 4) return undefined
  const size = 2 ** (32 - bits)
  const from = Math.floor(ip.value / size) * size
  return { v4: [[from, from + size - 1]], v6: [] }
}

/** Number of leading ones of a dotted mask; undefined for one with holes. */
function maskLength(mask: string): number | undefined {
  return MASKS.get(mask)
}
const MASKS: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 33 }, (_, bits) => [printIp({ family: 4, value: 2 ** 32 - 2 ** (32 - bits) }), bits]),
)

/** `10.0.0.5`, `10.0.0.5-10.0.0.9`, `10.0.0.0/24`. */
export function readSpan(text: string): IpSet | undefined {
  const [from = '', to, more] = text.split('-')
  if (more !== undefined) return undefined
  if (to === undefined) return readCidr(from)
  const range = ipRange(from, to)
  return range && (range.v4.length > 0 || range.v6.length > 0) ? range : undefined
}

/** One address and its network, as `set ip 10.0.0.1 255.255.255.0` states it; undefined for 0.0.0.0 and what is no address. */
export function readHostAddress(words: readonly string[]): FortiInterface['addresses'][number] | undefined {
  const [text = ''] = (words[0] ?? '').split('/')
  const ip = parseIp(text)
  const network = readSubnet(words)
  if (!ip || !network || ip.value === 0 || ip.value === 0n) return undefined
  return { address: oneIp(ip), network, text }
}

/** One port or a range of them, ends in order. */
export function readPorts(text: string): readonly [number, number] | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text)
  if (!match) return undefined
  const from = Number(match[1])
  const to = Number(match[2] ?? match[1])
  return from <= to && to <= 65535 ? [from, to] : undefined
}
