import { parseIp } from '../../flow/ip-set.ts'
import { carriedV4, readNetwork } from '../address.ts'
import type { Unknown } from '../exchange.ts'
import type { MatchMethod } from '../model.ts'
import { readMapFile } from '../text/patterns.ts'
import { TEXT_METHODS } from './match.ts'
import { readIntRange } from './numbers.ts'
import { readRegex, replaceGroups } from './regex.ts'

export type MapEntry = readonly [key: string, value: string]

/** The map files of a configuration, each read once and indexed by how it is looked up. */
export interface MapFiles {
  /** In file order; undefined when the file was not given. */
  entries(path: string): readonly MapEntry[] | undefined
  find(path: string, method: MapMethod, key: string): string | Unknown | undefined
  /** Whether what it finds may hang on what was asked before: `map_sub` and `map_end` of one file. */
  isShared(path: string, method: MapMethod): boolean
}
export type MapMethod =
  | Extract<MatchMethod, 'str' | 'beg' | 'sub' | 'dir' | 'dom' | 'end' | 'reg' | 'int' | 'ip'>
  | 'regm'

type Find = (key: string) => string | Unknown | undefined

/** Opens the map files among these; each is read at its first use. */
export function openMaps(files: ReadonlyMap<string, string>, shared: ReadonlySet<string> = new Set()): MapFiles {
  const read = new Map<string, readonly MapEntry[]>()
  const indexes = new Map<string, Find>()
  const entries = (path: string) => {
    const known = read.get(path)
    const text = files.get(path)
    if (known || text === undefined) return known
    const found = readMapFile(text)
    read.set(path, found)
    return found
  }
  const find = (path: string, method: MapMethod, key: string) => {
    const name = `${method} ${path}`
    let index = indexes.get(name)
    if (!index) {
      index = indexMap(entries(path) ?? [], method)
      indexes.set(name, index)
    }
    return index(key)
  }
  return {
    entries,
    find: (path, method, key) => {
      const found = find(path, method, key)
      if (!shared.has(path) || (method !== 'sub' && method !== 'end')) return found
      const other = find(path, method === 'sub' ? 'end' : 'sub', key)
      return found === other ? found : { unknown: `whether ${path} was asked by substring or by ending first` }
    },
    isShared: (path, method) => shared.has(path) && (method === 'sub' || method === 'end'),
  }
}

/**
 * Exact maps take the first of equal keys, `beg` and `ip` the longest match, all others the first line that matches (trees and lists of
 * src/pattern.c; measured).
 */
function indexMap(entries: readonly MapEntry[], method: MapMethod): Find {
  if (method === 'str') return indexExact(entries)
  if (method === 'beg') return indexPrefixes(entries)
  if (method === 'ip') return indexNetworks(entries)
  if (method === 'reg' || method === 'regm') return indexRegexes(entries, { fills: method === 'regm' })
  if (method === 'int') {
    const ranges = entries.map(([key, value]) => ({ range: readIntRange({ text: key }), value }))
    return (key) => ranges.find(({ range }) => range && Number(key) >= range[0] && Number(key) <= range[1])?.value
  }
  const matches = TEXT_METHODS[method]
  return (key) => entries.find(([pattern]) => matches?.(key, pattern))?.[1]
}

function firstOf(entries: Iterable<MapEntry>): Map<string, string> {
  const first = new Map<string, string>()
  for (const [key, value] of entries) if (!first.has(key)) first.set(key, value)
  return first
}

function indexExact(entries: readonly MapEntry[]): Find {
  const first = firstOf(entries)
  return (key) => first.get(key)
}

function indexPrefixes(entries: readonly MapEntry[]): Find {
  const first = firstOf(entries)
  const lengths = [...new Set(entries.map(([key]) => key.length))].sort((a, b) => b - a)
  return (key) => {
    for (const length of lengths) {
      const value = length <= key.length ? first.get(key.slice(0, length)) : undefined
      if (value !== undefined) return value
    }
    return undefined
  }
}

type V4Level = { readonly length: number; readonly values: Map<number, string> }
type V6Level = { readonly length: number; readonly values: Map<bigint, string> }

/** The longest network of the key's own family; only when there is none, the other family with the address carried over. */
function indexNetworks(entries: readonly MapEntry[]): Find {
  const v4 = new Map<number, Map<number, string>>()
  const v6 = new Map<number, Map<bigint, string>>()
  const put = <K extends number | bigint>(
    levels: Map<number, Map<K, string>>,
    length: number,
    from: K,
    value: string,
  ) => {
    const level = levels.get(length) ?? new Map<K, string>()
    levels.set(length, level)
    if (!level.has(from)) level.set(from, value)
  }
  let unresolved: string | undefined
  for (const [key, value] of entries) {
    const network = readNetwork(key)
    if (!network) unresolved ??= key
    else if (network.family === 4) put(v4, network.length, network.range[0], value)
    else put(v6, network.length, network.range[0], value)
  }
  const fours: V4Level[] = [...v4].map(([length, values]) => ({ length, values })).sort((a, b) => b.length - a.length)
  const sixes: V6Level[] = [...v6].map(([length, values]) => ({ length, values })).sort((a, b) => b.length - a.length)
  return (key) => {
    const ip = parseIp(key)
    if (!ip) return undefined
    const carried = ip.family === 4 ? ip.value : carriedV4(ip.value)
    const own = ip.family === 4 ? longestV4(fours, ip.value) : longestV6(sixes, ip.value)
    const other =
      own !== undefined
        ? undefined
        : ip.family === 4
          ? longestV6(sixes, (0xffffn << 32n) | BigInt(ip.value))
          : carried === undefined
            ? undefined
            : longestV4(fours, carried)
    const found = own ?? other
    return found === undefined && unresolved !== undefined ? { unknown: `the address of ${unresolved}` } : found
  }
}

function longestV4(levels: readonly V4Level[], value: number): string | undefined {
  for (const { length, values } of levels) {
    const size = 2 ** (32 - length)
    const found = values.get(Math.floor(value / size) * size)
    if (found !== undefined) return found
  }
  return undefined
}

function longestV6(levels: readonly V6Level[], value: bigint): string | undefined {
  for (const { length, values } of levels) {
    const shift = BigInt(128 - length)
    const found = values.get((value >> shift) << shift)
    if (found !== undefined) return found
  }
  return undefined
}

function indexRegexes(entries: readonly MapEntry[], { fills }: { readonly fills: boolean }): Find {
  const regexes = entries.map(([pattern, value]) => ({ pattern, value, regex: readRegex(pattern, { fold: false }) }))
  return (key) => {
    for (const { pattern, value, regex } of regexes) {
      if (!regex) return { unknown: `regular expression ${pattern}` }
      const match = regex.exec(key)
      if (match) return fills ? replaceGroups(value, match) : value
    }
    return undefined
  }
}
