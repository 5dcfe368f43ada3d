import { parseIp, printIp } from '../../flow/ip-set.ts'
import { carriedV4, printV6, readAddress, readNetwork } from '../address.ts'
import { isUnknown, type Sample, type Unknown } from '../exchange.ts'
import { CONVERTER_WORDS } from '../grammar/sample-words.ts'
import type { Call } from '../model.ts'
import { calculate, negate } from './arithmetic.ts'
import { castSample, printSample } from './casts.ts'
import { printHttpDate, printUtc } from './clock.ts'
import { ENCODINGS } from './encodings.ts'
import { HASHES } from './hashes.ts'
import { escapeJson, queryJson, queryToken, verifyToken } from './json-texts.ts'
import { preferLanguage } from './language.ts'
import type { MapFiles, MapMethod } from './maps.ts'
import { lower } from './match.ts'
import { readRegex, replaceGroups } from './regex.ts'
import { pickField, pickWord } from './text-parts.ts'

/** What converters need besides the sample: the map files, and the variables of the request. */
export type Surroundings = {
  readonly maps: MapFiles
  readonly variable: (name: string) => Sample | Unknown | undefined
}

/** A value through one converter; undefined when the converter yields nothing. It is first cast to what the converter takes. */
export function convert(sample: Sample, call: Call, around: Surroundings): Sample | Unknown | undefined {
  if (sample.type === 'between') return convertBetween(sample, call)
  const takes = CONVERTER_WORDS.get(call.name)?.takes
  const cast = takes && castSample(sample, takes)
  if (takes && !cast) return undefined
  if (!cast) return { unknown: `converter ${call.name}` }
  if (cast.type === 'int' && (takes === 'int' || takes === 'bool')) return convertNumber(cast, call, around)
  const method = mapMethod(call.name)
  if (method) return lookUp(cast, method, call, around.maps)
  if (PASSING.has(call.name)) return cast
  if (call.name === 'bytes') return cutBytes(cast, call)
  const text = cast.type === 'bin' ? cast.text : printSample(cast)
  const converter = TEXT_CONVERTERS[call.name]
  if (converter) return converter(text, call)
  const hash = HASHES[call.name]
  if (hash) return number(hash(Buffer.from(text, 'latin1'), Number(call.args[0] ?? 0)))
  return convertBeside(text, call, around)
}

/** What lets its input through. What is stored on the way is no longer known (`Room.shiftingVariables`). */
const PASSING = new Set(['debug', 'set-var', 'unset-var'])

const TEXT_CONVERTERS: Readonly<Record<string, (text: string, call: Call) => Sample | Unknown | undefined>> = {
  lower: (text) => string(lower(text)),
  upper: (text) => string(text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())),
  length: (text) => number(BigInt(text.length)),
  host_only: (text) => string(lower(splitHost(text).host)),
  port_only: readPort,
  word: pickWord,
  field: pickField,
  regsub: substitute,
  ipmask: maskAddress,
  language: preferLanguage,
  json: escapeJson,
  json_query: queryJson,
  jwt_header_query: queryToken,
  jwt_payload_query: queryToken,
  jwt_verify: verifyToken,
  ...ENCODINGS,
  cut_crlf: (text) => string(text.replace(/[\r\n].*$/s, '')),
  ltrim: (text, { args: [chars = ''] }) => string(trimStart(text, chars)),
  rtrim: (text, { args: [chars = ''] }) => string(reverse(trimStart(reverse(text), chars))),
}

function string(text: string): Sample {
  return { type: 'str', text }
}

function number(value: bigint): Sample {
  return { type: 'int', number: value }
}

/** Converters that compare with, or add, what a variable holds. */
function convertBeside(text: string, call: Call, around: Surroundings): Sample | Unknown | undefined {
  if (call.name === 'concat') return concatenate(text, call, around)
  if (call.name === 'strcmp') return compareText(text, call, around)
  if (call.name === 'add_item') return addItem(text, call, around)
  if (call.name === 'secure_memcmp') return compareBytes(text, call, around)
  return { unknown: `converter ${call.name}` }
}

/** Of a number that is only known to lie within bounds, it may still be sure that it is not 0. */
function convertBetween({ low, high, says }: Sample & { readonly type: 'between' }, call: Call): Sample | Unknown {
  const sure = low > 0 || high < 0
  if (sure && call.name === 'bool') return { type: 'bool', yes: true }
  if (sure && call.name === 'not') return { type: 'bool', yes: false }
  return sure && call.name === 'iif' ? string(call.args[0] ?? '') : { unknown: says }
}

type Counted = Sample & { readonly type: 'int' }

function convertNumber(counted: Counted, call: Call, around: Surroundings): Sample | Unknown | undefined {
  const value = counted.number
  const [first = '', second = ''] = call.args
  switch (call.name) {
    case 'bool':
      return { type: 'bool', yes: value !== 0n }
    case 'not':
      return { type: 'bool', yes: value === 0n }
    case 'odd':
      return { type: 'bool', yes: value % 2n !== 0n }
    case 'even':
      return { type: 'bool', yes: value % 2n === 0n }
    case 'iif':
      return string(value !== 0n ? first : second)
    case 'neg':
      return { ...counted, number: negate(value) }
    case 'cpl':
      return { ...counted, number: -value - 1n }
    case 'htonl':
      return {
        type: 'bin',
        text: Buffer.from(BigInt.asUintN(32, value).toString(16).padStart(8, '0'), 'hex').toString('latin1'),
      }
    case 'utime':
      return printUtc(value, call)
    case 'http_date':
      return printHttpDate(value, call)
    default:
      return mapMethod(call.name) ? lookUp(number(value), 'int', call, around.maps) : arithmetic(counted, call, around)
  }
}

const OPERATORS = new Set('add sub mul div mod and or xor'.split(' '))

/** The other operand is a number or a variable. */
function arithmetic(
  counted: Counted,
  { name, args: [by = ''] }: Call,
  around: Surroundings,
): Sample | Unknown | undefined {
  if (!OPERATORS.has(name)) return { unknown: name === 'ltime' ? 'the time zone of HAProxy' : `converter ${name}` }
  const operand = /^[+-]?\d+$/.test(by) ? number(BigInt(by.replace('+', ''))) : around.variable(by)
  if (operand === undefined || isUnknown(operand)) return operand
  const other = castSample(operand, 'int')
  return other?.type === 'int' ? { ...counted, number: calculate(name, counted.number, other.number) } : undefined
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
  const value = maps.find(path, method, printSample(sample))
  if (isUnknown(value)) return value
  const found = value ?? fallback
  if (found === undefined) return undefined
  const [, , output] = MAP.exec(call.name) ?? []
  if (output === 'int') return /^[+-]?\d+$/.test(found) ? number(BigInt(found)) : { unknown: `\`${found}\` in ${path}` }
  return output === 'ip' ? { type: 'ip', text: readAddress(found) ?? found } : string(found)
}

function readPort(text: string): Sample | Unknown {
  const { port } = splitHost(text)
  return /^\d*$/.test(port) ? number(BigInt(port || '0')) : { unknown: 'a port that is no number' }
}

/** http_get_host_port (src/http.c): a port is what follows the last colon, unless a bracket closes after it. */
function splitHost(text: string): { readonly host: string; readonly port: string } {
  const colon = text.lastIndexOf(':')
  if (colon < 0 || text.lastIndexOf(']') > colon) return { host: text, port: '' }
  return { host: text.slice(0, colon), port: text.slice(colon + 1) }
}

function cutBytes(sample: Sample, call: Call): Sample | Unknown {
  const [offset = '', length] = call.args
  if (!/^\d+$/.test(offset) || (length !== undefined && !/^\d+$/.test(length))) return { unknown: 'converter bytes' }
  if (sample.type !== 'str' && sample.type !== 'bin') return { unknown: 'converter bytes' }
  const end = length === undefined ? undefined : Number(offset) + Number(length)
  return { type: sample.type, text: sample.text.slice(Number(offset), end) }
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
  const ip = parseIp(text)
  if (!ip) return undefined
  // Of the addresses that carry an IPv4 one, only `::ffff:` is taken for it here.
  const carried = ip.family === 4 ? ip.value : ip.value >> 32n === 0xffffn ? carriedV4(ip.value) : undefined
  // Without a mask of its own an IPv6 address yields nothing, unless it carries an IPv4 one.
  if (ip.family === 6 && carried === undefined) return six === undefined ? undefined : maskV6(ip.value, six)
  const network = readNetwork(`${printIp({ family: 4, value: carried ?? 0 })}/${four}`)
  if (network?.family !== 4) return { unknown: 'converter ipmask' }
  return { type: 'ip', text: printIp({ family: 4, value: network.range[0] }) }
}

function maskV6(value: bigint, written: string): Sample | Unknown {
  const mask = parseIp(written)
  const bits = /^\d+$/.test(written)
    ? ((1n << 128n) - 1n) ^ ((1n << BigInt(128 - Number(written))) - 1n)
    : mask?.family === 6
      ? mask.value
      : undefined
  return bits === undefined ? { unknown: 'converter ipmask' } : { type: 'ip', text: printV6(value & bits) }
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
  if (text === other) return number(0n)
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
