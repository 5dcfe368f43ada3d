import { parseIp } from '../../flow/ip-set.ts'
import { carriedV4, readNetwork } from '../address.ts'
import { type Exchange, isUnknown, type Sample } from '../exchange.ts'
import type { Condition, Criterion, Expression, MatchMethod, Pattern, Ruleset } from '../model.ts'
import { castSample, printSample } from './casts.ts'
import { lower } from './match.ts'
import { beginningOf, readRegex } from './regex.ts'
import type { Room } from './room.ts'
import { samplesOf } from './samples.ts'

/** Finds, in a long list of rules, the next one that may take part: the others are known to be false without being tried. */
export interface RuleIndex {
  /** The number of the first rule from `from` on that may match; the list's length when there is none. */
  next(exchange: Exchange, where: Ruleset, from: number): number
}
type Conditional = { readonly condition?: Condition; readonly unknown?: string }

/** Shorter lists are quicker tried than looked up. */
const SHORTEST = 16
/** A list with more patterns than this has an index of its own, in its matcher. */
const MOST_PATTERNS = 64

/** Indexes rules by what each must see to match: one literal of every alternative, on a text, a prefix, an ending or a network. */
function indexRules(rules: readonly Conditional[], room: Room): RuleIndex | undefined {
  if (rules.length < SHORTEST) return undefined
  const tables = new Map<string, Table>()
  const always: number[] = []
  for (const [number, rule] of rules.entries()) {
    const keys = keysOf(rule, room)
    if (!keys) always.push(number)
    for (const criterion of keys ?? []) {
      const name = criterion.expression.text
      const table = tables.get(name) ?? { expression: criterion.expression, lookups: new Map() }
      tables.set(name, table)
      for (const pattern of criterion.patterns) addPattern(table, criterion.method, pattern, number)
    }
  }
  if (tables.size === 0) return undefined
  let last:
    | { readonly exchange: Exchange; readonly where: Ruleset; readonly hits: readonly number[] | 'all' }
    | undefined
  return {
    next: (exchange, where, from) => {
      if (last?.exchange !== exchange || last.where !== where)
        last = { exchange, where, hits: findHits(tables.values(), exchange, where, room) }
      if (last.hits === 'all') return from
      return Math.min(atLeast(last.hits, from), atLeast(always, from), rules.length)
    },
  }
}

/** The number of the first of these rules from there on that may take part. */
export function nextIndexed(
  exchange: Exchange,
  rules: readonly Conditional[],
  where: Ruleset,
  from: number,
  room: Room,
): number {
  // Where a condition may make HAProxy wait for bytes, even one that is false does something.
  if (exchange.proxy.mode === 'tcp' && exchange.mayInspect) return from
  let index = room.indexes.get(rules)
  if (!index && !room.indexes.has(rules)) {
    index = indexRules(rules, room)
    room.indexes.set(rules, index)
  }
  return index ? index.next(exchange, where, from) : from
}

/** The criteria of which one must hold; undefined when the rule may match whatever they say. */
function keysOf({ condition, unknown }: Conditional, room: Room): readonly Criterion[] | undefined {
  if (!condition || condition.unless || unknown !== undefined) return undefined
  const keys: Criterion[] = []
  for (const term of condition.terms) {
    const best = term
      .filter(({ negated, acl }) => !negated && acl.criteria.every((each) => isIndexable(each, room)))
      .sort((a, b) => costOf(a.acl.criteria) - costOf(b.acl.criteria))[0]
    if (!best) return undefined
    keys.push(...best.acl.criteria)
  }
  return keys
}

const RANK: Readonly<Partial<Record<MatchMethod, number>>> = { str: 0, beg: 1, end: 2, ip: 3, reg: 4 }

function isIndexable({ method, patterns, files, unknown }: Criterion, room: Room): boolean {
  if (files?.some((file) => room.shiftingFiles.has(file) || room.sharedFiles.has(file))) return false
  if (unknown !== undefined || RANK[method] === undefined || patterns.length > MOST_PATTERNS) return false
  if (method === 'reg') return patterns.every((each) => beginningOf(each.text) !== '' && readRegex(each.text, each))
  return method !== 'ip' || patterns.every(({ text }) => readNetwork(text) !== undefined)
}

function costOf(criteria: readonly Criterion[]): number {
  return Math.max(0, ...criteria.map(({ method }) => RANK[method] ?? 9))
}

/** Values of one expression, by how they are compared and how long the compared part is. */
type Table = { readonly expression: Expression; readonly lookups: Map<string, Lookup> }
type Lookup = {
  readonly kind: 'str' | 'beg' | 'end' | 'v4' | 'v6'
  readonly fold: boolean
  readonly length: number
  readonly rules: Map<string, number[]>
}

/** A regular expression is looked up by what it begins with, and tried then. */
const KINDS: Readonly<Partial<Record<MatchMethod, 'beg' | 'end'>>> = { beg: 'beg', end: 'end', reg: 'beg' }

function addPattern(table: Table, method: MatchMethod, pattern: Pattern, rule: number): void {
  const { text: written, fold } = pattern
  const network = method === 'ip' ? readNetwork(written) : undefined
  const text = method === 'reg' ? beginningOf(written) : written
  const kind = network ? (network.family === 4 ? 'v4' : 'v6') : (KINDS[method] ?? 'str')
  const length = network ? network.length : kind === 'str' ? 0 : text.length
  const name = `${kind} ${fold} ${length}`
  const lookup: Lookup = table.lookups.get(name) ?? { kind, fold, length, rules: new Map() }
  table.lookups.set(name, lookup)
  const key = network ? String(network.range[0]) : fold ? lower(text) : text
  const known = lookup.rules.get(key)
  if (known) known.push(rule)
  else lookup.rules.set(key, [rule])
}

function findHits(tables: Iterable<Table>, exchange: Exchange, where: Ruleset, room: Room): readonly number[] | 'all' {
  const hits = new Set<number>()
  for (const { expression, lookups } of tables) {
    const samples = samplesOf(expression, exchange, where, room)
    if (isUnknown(samples)) return 'all'
    for (const sample of samples)
      for (const lookup of lookups.values()) {
        for (const key of keysIn(sample, lookup)) for (const rule of lookup.rules.get(key) ?? []) hits.add(rule)
      }
  }
  return [...hits].sort((a, b) => a - b)
}

/** What the sample must equal in this lookup; an address may be looked for as itself and as what it carries. */
function keysIn(sample: Sample, { kind, fold, length }: Lookup): readonly string[] {
  const written = printSample(sample)
  if (kind === 'v4' || kind === 'v6') {
    const cast = castSample(sample, 'addr')
    const ip = cast?.type === 'ip' ? parseIp(cast.text) : undefined
    if (!ip) return []
    if (kind === 'v4') {
      const value = ip.family === 4 ? ip.value : carriedV4(ip.value)
      const size = 2 ** (32 - length)
      return value === undefined ? [] : [String(Math.floor(value / size) * size)]
    }
    const shift = BigInt(128 - length)
    const value = ip.family === 6 ? ip.value : (0xffffn << 32n) | BigInt(ip.value)
    return [String((value >> shift) << shift)]
  }
  const text = fold ? lower(written) : written
  if (kind === 'str') return [text]
  if (text.length < length) return []
  return [kind === 'beg' ? text.slice(0, length) : text.slice(text.length - length)]
}

/** The first of these, which are in order, that is not below `from`. */
function atLeast(numbers: readonly number[], from: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) < from) low = middle + 1
    else high = middle
  }
  return numbers[low] ?? Number.POSITIVE_INFINITY
}
