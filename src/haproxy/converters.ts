import { hasAddress, readNetwork, readNetworks } from './address.ts'
import { isUnknown, type Sample, type Unknown } from './exchange.ts'
import { lower, printSample, TEXT_METHODS, toNumber } from './match.ts'
import type { Call, MatchMethod } from './model.ts'
import { readMapFile } from './patterns.ts'
import { readRegex, replaceGroups } from './regex.ts'

/** A value through one converter; undefined when the converter yields nothing. */
export function convert(sample: Sample, call: Call, files: MapFiles): Sample | Unknown | undefined {
  const text = printSample(sample)
  const [first = '', second = ''] = call.args
  switch (call.name) {
    case 'lower':
      return string(lower(text))
    case 'upper':
      return string(text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()))
    case 'length':
      return { type: 'int', number: text.length }
    case 'host_only':
      return string(lower(splitHost(text).host))
    case 'port_only':
      return readPort(text)
    case 'word':
    case 'field':
      return pickField(text, call)
    case 'bytes':
      return cutBytes(text, call)
    case 'regsub':
      return substitute(text, call)
    case 'bool':
      return { type: 'bool', yes: toNumber(sample) !== 0 }
    case 'not':
      return { type: 'bool', yes: toNumber(sample) === 0 }
    case 'iif':
      return string(toNumber(sample) !== 0 ? first : second)
    case 'url_dec':
      return decodeUrl(text, call)
    case 'add':
      return arithmetic(sample, first, (a, b) => a + b)
    case 'sub':
      return arithmetic(sample, first, (a, b) => a - b)
    case 'mul':
      return arithmetic(sample, first, (a, b) => a * b)
    case 'ipmask':
      return maskAddress(text, call)
    default:
      return MAP.test(call.name) ? lookUp(text, call, files) : { unknown: `converter ${call.name}` }
  }
}

/** Map files by path, prepared at first use. */
export type MapFiles = (path: string) => readonly (readonly [key: string, value: string])[] | undefined

/** Reads map files once. */
export function openMaps(files: ReadonlyMap<string, string>): MapFiles {
  const read = new Map<string, readonly (readonly [string, string])[]>()
  return (path) => {
    const known = read.get(path)
    const text = files.get(path)
    if (known || text === undefined) return known
    const entries = readMapFile(text)
    read.set(path, entries)
    return entries
  }
}

const MAP = /^map(_(str|beg|sub|dir|dom|end|reg|int|ip))?(_str|_int|_ip)?$/

/** The match method of a map converter, undefined when it is none that is modelled. */
export function mapMethod(name: string): MatchMethod | undefined {
  const [all, , matched = 'str'] = MAP.exec(name) ?? []
  const method = (['str', 'beg', 'sub', 'dir', 'dom', 'end', 'reg', 'int', 'ip'] as const).find((m) => m === matched)
  return all === undefined ? undefined : method
}

function string(text: string): Sample {
  return { type: 'str', text }
}

/**
 * A map's value for a key: exact maps take the first of equal keys, `beg` and `ip` the longest match, all others the first line
 * that matches (trees and lists of src/pattern.c; measured).
 */
function lookUp(key: string, call: Call, files: MapFiles): Sample | Unknown | undefined {
  const [path = '', fallback] = call.args
  const entries = files(path)
  if (!entries) return { unknown: `map ${path}` }
  const method = mapMethod(call.name)
  let value: string | Unknown | undefined
  if (method === 'beg')
    value = longest(entries.filter(([prefix]) => key.startsWith(prefix)).map(([prefix, v]) => [prefix.length, v]))
  else if (method === 'ip')
    value = longest(
      entries
        .filter(([network]) => hasAddress(readNetworks([network]).ips, key))
        .map(([network, v]) => [readNetwork(network)?.length ?? 0, v]),
    )
  else value = firstMatch(entries, method, key)
  if (isUnknown(value)) return value
  const found = value ?? fallback
  if (found === undefined) return undefined
  return call.name.endsWith('_int') && call.name !== 'map_int' ? { type: 'int', number: Number(found) } : string(found)
}

function longest(found: readonly (readonly [length: number, value: string])[]): string | undefined {
  let best: readonly [number, string] | undefined
  for (const each of found) if (!best || each[0] > best[0]) best = each
  return best?.[1]
}

function firstMatch(
  entries: readonly (readonly [string, string])[],
  method: MatchMethod | undefined,
  key: string,
): string | Unknown | undefined {
  for (const [pattern, value] of entries) {
    if (method === 'reg') {
      const regex = readRegex(pattern, { fold: false })
      if (!regex) return { unknown: `regular expression ${pattern}` }
      if (regex.test(key)) return value
    } else if (method === 'int') {
      if (Number(pattern) === Number(key)) return value
    } else if (method && TEXT_METHODS[method]?.(key, pattern)) return value
  }
  return undefined
}

function readPort(text: string): Sample | Unknown {
  const { port } = splitHost(text)
  return /^\d*$/.test(port) ? { type: 'int', number: Number(port) } : { unknown: 'a port that is no number' }
}

/** http_get_host_port (src/http.c): a port is what follows the last colon, unless a bracket closes after it. */
function splitHost(text: string): { readonly host: string; readonly port: string } {
  const colon = text.lastIndexOf(':')
  if (colon < 0 || text.lastIndexOf(']') > colon) return { host: text, port: '' }
  return { host: text.slice(0, colon), port: text.slice(colon + 1) }
}

/** Index 1 is the first field, -1 the last. Fields lie between delimiters, empty ones count. */
function pickField(text: string, call: Call): Sample | Unknown | undefined {
  const [index = '', delimiters = '', count] = call.args
  if (count !== undefined || !/^-?[1-9]\d*$/.test(index) || !delimiters) return { unknown: `converter ${call.name}` }
  const fields: string[] = []
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && !delimiters.includes(text[at] ?? '')) continue
    fields.push(text.slice(start, at))
    start = at + 1
  }
  // Words are fields that are not empty.
  const counted = call.name === 'word' ? fields.filter(Boolean) : fields
  const field = counted.at(Number(index) > 0 ? Number(index) - 1 : Number(index))
  return field ? string(field) : undefined
}

function cutBytes(text: string, call: Call): Sample | Unknown {
  const [offset = '', length] = call.args
  if (!/^\d+$/.test(offset) || (length !== undefined && !/^\d+$/.test(length))) return { unknown: 'converter bytes' }
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

/** Percent escapes, and `+` after the first `?`. */
function decodeUrl(text: string, call: Call): Sample | Unknown {
  if (call.args.length > 0) return { unknown: 'converter url_dec' }
  const mark = text.indexOf('?')
  const bytes = mark < 0 ? text : text.slice(0, mark) + text.slice(mark).replace(/\+/g, ' ')
  if (/%(?![0-9a-fA-F]{2})|%[89a-fA-F]/.test(bytes)) return { unknown: 'converter url_dec' }
  return string(bytes.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))))
}

function arithmetic(sample: Sample, by: string, compute: (a: number, b: number) => number): Sample | Unknown {
  const value = compute(toNumber(sample), Number(by))
  return /^-?\d+$/.test(by) && Number.isSafeInteger(value)
    ? { type: 'int', number: value }
    : { unknown: 'arithmetic on variables' }
}

function maskAddress(text: string, call: Call): Sample | Unknown | undefined {
  const network = readNetwork(`${text}/${call.args[0] ?? ''}`)
  if (network?.family !== 4) return { unknown: 'converter ipmask' }
  const [from] = network.range
  return { type: 'ip', text: [24, 16, 8, 0].map((shift) => (from >>> shift) & 255).join('.') }
}
