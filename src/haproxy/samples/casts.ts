import { parseIp, printIp } from '../../flow/ip-set.ts'
import { castAddress } from '../address.ts'
import type { Sample } from '../exchange.ts'
import type { WordType } from '../grammar/sample-words.ts'
import { toNumber } from './numbers.ts'

/** A sample of another type, undefined where HAProxy has no such cast or the value stands against it (`sample_casts`, src/sample.c). */
export function castSample(sample: Sample, to: WordType): Sample | undefined {
  switch (to) {
    case 'bool':
    case 'int':
      return toInteger(sample)
    case 'str':
      return sample.type === 'str' ? sample : { type: 'str', text: printSample(sample) }
    // A text stays one.
    case 'bin':
      return sample.type === 'str' ? sample : { type: 'bin', text: toBytes(sample) }
    case 'addr':
    case 'ipv4':
    case 'ipv6':
      return toAddress(sample)
    default:
      return sample
  }
}

/** An IPv4 address is its 32 bits; what is no text, number or such an address is no number. */
function toInteger(sample: Sample): Sample | undefined {
  if (sample.type === 'ip') {
    const ip = parseIp(sample.text)
    return ip?.family === 4 ? { type: 'int', number: BigInt(ip.value) } : undefined
  }
  if (sample.type === 'int' || sample.type === 'bin' || sample.type === 'meth')
    return sample.type === 'int' ? sample : undefined
  const value = toNumber(sample)
  if (value === undefined) return undefined
  return sample.type === 'bool' ? { type: 'int', number: value, truth: true } : { type: 'int', number: value }
}

function toAddress(sample: Sample): Sample | undefined {
  if (sample.type === 'ip') return sample
  if (sample.type === 'int')
    return { type: 'ip', text: printIp({ family: 4, value: Number(BigInt.asUintN(32, sample.number)) }) }
  const text = sample.type === 'str' ? castAddress(sample.text) : undefined
  return text === undefined ? undefined : { type: 'ip', text }
}

/** Numbers are eight bytes, addresses four or sixteen; the first byte is the highest. */
function toBytes(sample: Sample): string {
  if (sample.type === 'ip') return addressBytes(sample.text)
  if (sample.type === 'bin') return sample.text
  if (sample.type !== 'int' && sample.type !== 'bool') return printSample(sample)
  const value = toNumber(sample) ?? 0n
  const buffer = Buffer.alloc(8)
  buffer.writeBigInt64BE(sample.type === 'int' && sample.truth ? (value === 0n ? 0n : 1n) : value)
  return buffer.toString('latin1')
}

function addressBytes(text: string): string {
  const ip = parseIp(text)
  if (!ip) return ''
  return Buffer.from(ip.value.toString(16).padStart(ip.family === 4 ? 8 : 32, '0'), 'hex').toString('latin1')
}

/** A sample as text, as HAProxy casts it: bytes end at the first that is zero. */
export function printSample(sample: Sample): string {
  if (sample.type === 'bin') return sample.text.replace(/\0.*$/s, '')
  if (sample.type === 'int') return String(sample.number)
  if (sample.type === 'bool') return sample.yes ? '1' : '0'
  return sample.type === 'between' ? '' : sample.text
}
