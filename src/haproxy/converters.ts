import { parseIp } from '../flow/ip-set.ts'
import { carriedV4, readAddress, readNetwork } from './address.ts'
import { ENCODINGS } from './encodings.ts'
import { isUnknown, type Sample, type Unknown } from './exchange.ts'
import type { MapFiles, MapMethod } from './maps.ts'
import { lower, printSample } from './match.ts'
import type { Call } from './model.ts'
import { toNumber } from './numbers.ts'
import { readRegex, replaceGroups } from './regex.ts'

/** What converters need besides the sample: the map files, and the variables of the request. */
export type Surroundings = {
  readonly maps: MapFiles
  readonly variable: (name: string) => Sample | Unknown | undefined
}

/** A value through one converter; undefined when the converter yields nothing. */
export function convert(sample: Sample, call: Call, around: Surroundings): Sample | Unknown | undefined {
  if (sample.type === 'between') return { unknown: sample.says }
  const text = printSample(sample)
  const converter = TEXT_CONVERTERS[call.name]
  if (converter) return converter(text, call)
  if (NUMBER_CONVERTERS.has(call.name)) {
    const value = toNumber(sample)
    return value === undefined ? undefined : convertNumber(value, call, around)
  }
  const method = mapMethod(call.name)
  if (method) return lookUp(sample, method, call, around.maps)
  if (call.name === 'concat') return concatenate(text, call, around)
  if (call.name === 'strcmp') return compareText(text, call, around)
  if (call.name === 'add_item') return addItem(text, call, around)
  if (call.name === 'secure_memcmp') return compareBytes(text, call, around)
  return { unknown: `converter ${call.name}` }
}

const TEXT_CONVERTERS: Readonly<Record<string, (text: string, call: Call) => Sample | Unknown | undefined>> = {
  lower: (text) => string(lower(text)),
  upper: (text) => string(text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())),
  length: (text) => number(text.length),
  host_only: (text) => string(lower(splitHost(text).host)),
  port_only: readPort,
  word: pickWord,
  field: pickField,
  bytes: cutBytes,
  regsub: substitute,
  ipmask: maskAddress,
  ...ENCODINGS,
  cut_crlf: (text) => string(text.replace(/[\r\n].*$/s, '')),
  ltrim: (text, { args: [chars = ''] }) => string(trimStart(text, chars)),
  rtrim: (text, { args: [chars = ''] }) => string(reverse(trimStart(reverse(text), chars))),
}

const NUMBER_CONVERTERS = new Set('bool not odd even iif add sub mul div mod and or xor neg cpl'.split(' '))

function string(text: string): Sample {
  return { type: 'str', text }
}

function number(value: number): Sample {
  return { type: 'int', number: value }
}

function convertNumber(value: number, call: Call, around: Surroundings): Sample | Unknown | undefined {
  const [first = '', second = ''] = call.args
  switch (call.name) {
    case 'bool':
      return { type: 'bool', yes: value !== 0 }
    case 'not':
      return { type: 'bool', yes: value === 0 }
    case 'odd':
      return { type: 'bool', yes: value % 2 !== 0 }
    case 'even':
      return { type: 'bool', yes: value % 2 === 0 }
    case 'iif':
      return string(value !== 0 ? first : second)
    case 'neg':
      return number(-value)
    case 'cpl':
      return number(-value - 1)
    default:
      return arithmetic(value, call, around)
  }
}

/** The other operand is a number or a variable; beyond 53 bits, and where HAProxy 2.6 itself overflows, nothing is said. */
function arithmetic(
  value: number,
  { name, args: [by = ''] }: Call,
  around: Surroundings,
): Sample | Unknown | undefined {
  const operand = /^-?\d+$/.test(by) ? number(Number(by)) : around.variable(by)
  if (operand === undefined || isUnknown(operand)) return operand
  const other = toNumber(operand)
  if (other === undefined) return undefined
  // Two negative numbers do not add up in 2.6: its check for an overflow overflows.
  if ((name === 'add' && value < 0 && other < 0) || (name === 'sub' && value < 0 && other > 0))
    return { unknown: 'the sum of two negative numbers' }
  const result = compute(name, value, other)
  return Number.isSafeInteger(value) && Number.isSafeInteger(result)
    ? number(result)
    : { unknown: 'a number beyond 53 bits' }
}

function compute(name: string, a: number, b: number): number {
  const bits = (operation: (a: bigint, b: bigint) => bigint) =>
    Number(BigInt.asIntN(64, operation(BigInt(a), BigInt(b))))
  switch (name) {
    case 'add':
      return a + b
    case 'sub':
      return a - b
    case 'mul':
      return a * b
    // Truncated, and by zero the largest number there is, or none.
    case 'div':
      return b === 0 ? Number.POSITIVE_INFINITY : Math.trunc(a / b)
    case 'mod':
      return b === 0 ? 0 : a % b
    case 'and':
      return bits((x, y) => x & y)
    case 'or':
      return bits((x, y) => x | y)
    default:
      return bits((x, y) => x ^ y)
  }
}

const MAP = /^map(?:_(str|beg|sub|dir|dom|end|regm?|int|ip))?(?:_(str|int|ip))?$/

/** How a map converter looks its key up, undefined when it is none that is modelled. */
export function mapMethod(name: string): MapMethod | undefined {
  const [all, matched = 'str'] = MAP.exec(name) ?? []
  const method = (['str', 'beg', 'sub', 'dir', 'dom', 'end', 'reg', 'regm', 'int', 'ip'] as const).find(
    (m) => m === matched,
  )
  return all === undefined ? undefined : method
}

/** What the map says of the key; what cannot be the kind of key it takes finds nothing, not even the default. */
function lookUp(sample: Sample, method: MapMethod, call: Call, maps: MapFiles): Sample | Unknown | undefined {
  const [path = '', fallback] = call.args
  if (!maps.entries(path)) return { unknown: `map ${path}` }
  const key = keyOf(sample, method)
  if (key === undefined) return undefined
  const value = maps.find(path, method, key)
  if (isUnknown(value)) return value
  const found = value ?? fallback
  if (found === undefined) return undefined
  const [, , output] = MAP.exec(call.name) ?? []
  if (output === 'int') return number(Number(found))
  return output === 'ip' ? { type: 'ip', text: found } : string(found)
}

function keyOf(sample: Sample, method: MapMethod): string | undefined {
  const text = printSample(sample)
  if (method === 'ip') return readAddress(text)
  if (method !== 'int') return text
  const value = toNumber(sample)
  return value === undefined ? undefined : String(value)
}

function readPort(text: string): Sample | Unknown {
  const { port } = splitHost(text)
  return /^\d*$/.test(port) ? number(Number(port)) : { unknown: 'a port that is no number' }
}

/** http_get_host_port (src/http.c): a port is what follows the last colon, unless a bracket closes after it. */
function splitHost(text: string): { readonly host: string; readonly port: string } {
  const colon = text.lastIndexOf(':')
  if (colon < 0 || text.lastIndexOf(']') > colon) return { host: text, port: '' }
  return { host: text.slice(0, colon), port: text.slice(colon + 1) }
}

type Span = readonly [from: number, to: number]

/** Index 1 is the first field, -1 the last; empty ones count. With a count, so many from there on, 0 being all. */
function pickField(text: string, call: Call): Sample | Unknown | undefined {
  const [, delimiters = ''] = call.args
  const fields: Span[] = []
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && !delimiters.includes(text[at] ?? '')) continue
    fields.push([start, at])
    start = at + 1
  }
  return pickSpans(text, fields, call, [0, text.length])
}

/** Words are what lies between delimiters, however many of them. */
function pickWord(text: string, call: Call): Sample | Unknown | undefined {
  const [, delimiters = ''] = call.args
  const words: Span[] = []
  let start = -1
  for (let at = 0; at <= text.length; at++) {
    const inside = at < text.length && !delimiters.includes(text[at] ?? '')
    if (inside && start < 0) start = at
    if (inside || start < 0) continue
    words.push([start, at])
    start = -1
  }
  return pickSpans(text, words, call, [0, text.length])
}

function pickSpans(text: string, spans: readonly Span[], call: Call, whole: Span): Sample | Unknown | undefined {
  const [written = '', delimiters = '', counted = '1'] = call.args
  if (!/^-?[1-9]\d*$/.test(written) || !/^\d+$/.test(counted) || !delimiters)
    return { unknown: `converter ${call.name}` }
  const [index, count] = [Number(written), Number(counted)]
  const first = index > 0 ? index - 1 : spans.length + index
  const one = spans[first]
  // A field that is not there is nothing, a word that is not there is empty.
  if (!one) return call.name === 'word' ? string('') : undefined
  if (index > 0) {
    const last = count === 0 ? undefined : spans[first + count - 1]
    return string(text.slice(one[0], last?.[1] ?? whole[1]))
  }
  const last = count === 0 ? undefined : spans[first - count + 1]
  return string(text.slice(last?.[0] ?? whole[0], one[1]))
}

function cutBytes(text: string, call: Call): Sample | Unknown | undefined {
  const [offset = '', length] = call.args
  if (!/^\d+$/.test(offset) || (length !== undefined && !/^\d+$/.test(length))) return { unknown: 'converter bytes' }
  if (text.length <= Number(offset)) return string('')
  const end = length === undefined ? text.length : Number(offset) + Number(length)
  return string(text.slice(Number(offset), end))
}

function substitute(text: string, call: Call): Sample | Unknown {
  const [pattern = '', replacement = '', flags = ''] = call.args
  const regex = /^[gi]*$/.test(flags) ? readRegex(pattern, { fold: flags.includes('i') }) : undefined
  if (!regex) return { unknown: `regular expression ${pattern}` }
  const every = flags.includes('g') ? new RegExp(regex.source, `${regex.flags}g`) : regex
  return string(
    text.replace(every, (...match: readonly unknown[]) =>
      replaceGroups(
        replacement,
        match.map((group) => (typeof group === 'string' ? group : undefined)),
      ),
    ),
  )
}

function maskAddress(text: string, { args: [four = '', six] }: Call): Sample | Unknown | undefined {
  const ip = parseIp(readAddress(text) ?? '')
  if (!ip) return undefined
  // Of the addresses that carry an IPv4 one, only `::ffff:` is taken for it here.
  const mapped = ip.family === 6 && ip.value >> 32n === 0xffffn
  const carried = ip.family === 4 ? ip.value : mapped ? carriedV4(ip.value) : undefined
  // Without a mask of its own an IPv6 address yields nothing, unless it carries an IPv4 one.
  if (carried === undefined) return six === undefined ? undefined : { unknown: 'converter ipmask' }
  const network = readNetwork(`${printV4(carried)}/${four}`)
  return network?.family === 4 ? { type: 'ip', text: printV4(network.range[0]) } : { unknown: 'converter ipmask' }
}

function printV4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}

function concatenate(text: string, { args: [before = '', name = '', after = ''] }: Call, around: Surroundings) {
  const value = name === '' ? undefined : around.variable(name)
  if (isUnknown(value)) return value
  return string(text + before + (value === undefined ? '' : printSample(value)) + after)
}

function compareText(text: string, { args: [name = ''] }: Call, around: Surroundings): Sample | Unknown | undefined {
  const value = around.variable(name)
  if (value === undefined || isUnknown(value)) return value
  const other = printSample(value)
  if (text === other) return number(0)
  // The sign is all that is the same on every machine.
  const says = 'how far two texts are apart (strcmp)'
  return text < other
    ? { type: 'between', low: -(2 ** 31), high: -1, says }
    : { type: 'between', low: 1, high: 2 ** 31, says }
}

/** The delimiter stands between what is there and what comes to it; with nothing to add, nothing is. */
function addItem(text: string, { args: [delimiter = '', name = '', after = ''] }: Call, around: Surroundings) {
  const value = name === '' ? undefined : around.variable(name)
  if (isUnknown(value)) return value
  const item = `${value === undefined ? '' : printSample(value)}${after}`
  return string(text !== '' && item !== '' ? `${text}${delimiter}${item}` : text + item)
}

function compareBytes(text: string, { args: [name = ''] }: Call, around: Surroundings): Sample | Unknown | undefined {
  const value = around.variable(name)
  if (value === undefined || isUnknown(value)) return value
  return { type: 'bool', yes: printSample(value) === text }
}

function trimStart(text: string, chars: string): string {
  let from = 0
  while (from < text.length && chars.includes(text[from] ?? '')) from++
  return text.slice(from)
}

function reverse(text: string): string {
  return [...text].reverse().join('')
}
