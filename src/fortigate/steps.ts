import { type Refusal, refuse } from '../evidence/refusal.ts'
import type { FortiDevice } from './model.ts'
import { type Entry, readTables, type Scopes, type Table, type Value } from './tables.ts'

/** One thing to do to a table of a VDOM. Values are words without quotes; no words: the attribute is unset. */
export type FortiStep =
  | { readonly kind: 'create'; readonly path: string; readonly key: string; readonly content: Content }
  | { readonly kind: 'change'; readonly path: string; readonly key: string; readonly values: Values }
  | { readonly kind: 'delete'; readonly path: string; readonly key: string }
  | {
      readonly kind: 'move'
      readonly path: string
      readonly key: string
      readonly where: 'before' | 'after'
      readonly anchor: string
    }
export type Values = readonly (readonly [name: string, words: readonly string[]])[]
export type Content = { readonly values: Values; readonly tables: readonly (readonly [string, readonly Nested[]])[] }
export type Nested = { readonly key: string; readonly content: Content }

/** What is referred to stands before what refers to it; what refers is deleted first. */
const REFERENCE_ORDER = [
  'firewall address',
  'firewall address6',
  'firewall addrgrp',
  'firewall addrgrp6',
  'firewall service custom',
  'firewall service group',
  'firewall schedule onetime',
  'firewall schedule recurring',
  'firewall schedule group',
  'firewall ippool',
  'firewall vip',
  'firewall vip6',
  'firewall vipgrp',
  'firewall vipgrp6',
  'firewall policy',
  'firewall local-in-policy',
]
const ORDERED: ReadonlySet<string> = new Set([
  'firewall policy',
  'firewall local-in-policy',
  'firewall vip',
  'firewall vip6',
])

/**
 * The steps that turn the first configuration into the second, in an order that a device accepts: what is referred to is created
 * first and deleted last. The steps the other way round are the inverse. Refused by name when the two differ elsewhere.
 */
export function stepsBetween(
  before: FortiDevice,
  after: FortiDevice,
  vdom: string,
): { readonly ok: true; readonly steps: readonly FortiStep[] } | Refusal {
  const [old, now] = [readTables(before.text).scopes, readTables(after.text).scopes]
  const other = differenceOutside(old, now, vdom)
  if (other !== undefined)
    return refuse('cannot-render', `The edit also changes "${other}", which cannot be written as steps.`)
  const pairs = REFERENCE_ORDER.map((path) => ({ path, was: tableOf(old, vdom, path), is: tableOf(now, vdom, path) }))
  const nested = pairs.find(({ was, is }) => was && is && changesNested(was, is))
  if (nested)
    return refuse(
      'cannot-render',
      `The edit changes a table inside "${nested.path}", which cannot be written as steps.`,
    )
  return {
    ok: true,
    steps: [
      ...pairs.flatMap(({ path, was, is }) => [
        ...creations(path, was, is),
        ...changes(path, was, is),
        ...moves(path, was, is),
      ]),
      ...pairs.toReversed().flatMap(({ path, was, is }) => deletions(path, was, is)),
    ],
  }
}

function tableOf(scopes: Scopes, vdom: string, path: string): Table | undefined {
  return scopes.get(vdom)?.get(path) ?? scopes.get('')?.get(path)
}

function entriesOf(table: Table | undefined): ReadonlyMap<string, Entry> {
  return table?.entries ?? new Map<string, Entry>()
}

function creations(path: string, was: Table | undefined, is: Table | undefined): readonly FortiStep[] {
  return [...entriesOf(is).values()]
    .filter((entry) => !entriesOf(was).has(entry.key))
    .map((entry) => ({ kind: 'create', path, key: entry.key, content: contentOf(entry) }))
}

function changes(path: string, was: Table | undefined, is: Table | undefined): readonly FortiStep[] {
  return [...entriesOf(is).values()].flatMap((entry) => {
    const old = entriesOf(was).get(entry.key)
    if (!old) return []
    const values = changedValues(old, entry)
    return values.length > 0 ? [{ kind: 'change' as const, path, key: entry.key, values }] : []
  })
}

function deletions(path: string, was: Table | undefined, is: Table | undefined): readonly FortiStep[] {
  return [...entriesOf(was).keys()]
    .filter((key) => !entriesOf(is).has(key))
    .toReversed()
    .map((key) => ({ kind: 'delete', path, key }))
}

/** New entries come in at the bottom; whatever is not in the longest run that already stands in order is put behind its neighbour. */
function moves(path: string, was: Table | undefined, is: Table | undefined): readonly FortiStep[] {
  if (!ORDERED.has(path)) return []
  const wanted = [...entriesOf(is).keys()]
  const kept = [...entriesOf(was).keys()].filter((key) => entriesOf(is).has(key))
  const current = [...kept, ...wanted.filter((key) => !entriesOf(was).has(key))]
  const place = new Map(current.map((key, index) => [key, index]))
  const still = longestRun(wanted.map((key) => place.get(key) ?? 0))
  const steps: FortiStep[] = []
  // What will stand first is put before the first that stays; everything else goes behind the one before it.
  const firstStill = wanted.find((_, index) => still.has(index))
  wanted.forEach((key, index) => {
    if (still.has(index)) return
    const previous = wanted[index - 1]
    if (previous !== undefined) steps.push({ kind: 'move', path, key, where: 'after', anchor: previous })
    else if (firstStill !== undefined) steps.push({ kind: 'move', path, key, where: 'before', anchor: firstStill })
  })
  return steps.map((step) => nextToAnchor(step, wanted, still))
}

/** `before` the neighbour that stays says more to a reader than `after` the one above; for a single entry both mean the same. */
function nextToAnchor(step: FortiStep, wanted: readonly string[], still: ReadonlySet<number>): FortiStep {
  if (step.kind !== 'move' || step.where === 'before') return step
  const next = wanted.indexOf(step.key) + 1
  const anchor = wanted[next]
  return anchor !== undefined && still.has(next) ? { ...step, where: 'before', anchor } : step
}

/** Indexes of a longest increasing run. */
function longestRun(numbers: readonly number[]): ReadonlySet<number> {
  const tails: number[] = []
  const previous: number[] = []
  numbers.forEach((number, index) => {
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((numbers[tails[middle] ?? 0] ?? 0) < number) low = middle + 1
      else high = middle
    }
    previous[index] = tails[low - 1] ?? -1
    tails[low] = index
  })
  const run = new Set<number>()
  for (let at = tails.at(-1) ?? -1; at >= 0; at = previous[at] ?? -1) run.add(at)
  return run
}

function contentOf(entry: Entry): Content {
  return {
    values: [...entry.values].flatMap(([name, value]) =>
      OF_THE_DEVICE.has(name) ? [] : [[name, value.words.slice(1)] as const],
    ),
    tables: [...(entry.tables ?? [])].map(
      ([name, table]) =>
        [name, [...table.entries.values()].map((one) => ({ key: one.key, content: contentOf(one) }))] as const,
    ),
  }
}

function changedValues(was: Entry, is: Entry): Values {
  const values: [string, readonly string[]][] = []
  for (const [name, value] of is.values) {
    if (OF_THE_DEVICE.has(name) || (isEncrypted(value) && isEncrypted(was.values.get(name)))) continue
    if (was.values.get(name)?.words.join('\0') !== value.words.join('\0')) values.push([name, value.words.slice(1)])
  }
  for (const name of was.values.keys()) if (!is.values.has(name) && !OF_THE_DEVICE.has(name)) values.push([name, []])
  return values
}

/** Given by the device itself: never copied, never compared. */
const OF_THE_DEVICE: ReadonlySet<string> = new Set(['uuid', 'uuid-idx'])

/** Encrypted anew, with another salt, at each save: a difference says nothing. */
function isEncrypted(value: Value | undefined): boolean {
  return value?.words[1] === 'ENC'
}

function changesNested(was: Table, is: Table): boolean {
  return [...is.entries.values()].some((entry) => {
    const old = was.entries.get(entry.key)
    return old !== undefined && (old.tables ?? entry.tables) !== undefined && printTables(old) !== printTables(entry)
  })
}

function printTables(entry: Entry): string {
  return JSON.stringify(contentOf(entry).tables)
}

/** The first section, apart from those that steps are made of, that differs. */
function differenceOutside(old: Scopes, now: Scopes, vdom: string): string | undefined {
  const ours = new Set(REFERENCE_ORDER)
  for (const scope of new Set([...old.keys(), ...now.keys()])) {
    const paths = new Set([...(old.get(scope)?.keys() ?? []), ...(now.get(scope)?.keys() ?? [])])
    for (const path of paths) {
      if ((scope === vdom || scope === '') && ours.has(path)) continue
      const [was, is] = [old.get(scope)?.get(path), now.get(scope)?.get(path)]
      if (printTable(was) !== printTable(is)) return path
    }
  }
  return undefined
}

function printTable(table: Table | undefined): string {
  if (!table) return ''
  const entries = [...table.entries.values()].map((entry) => [entry.key, contentOf(entry)])
  const isEmpty = entries.length === 0 && table.own.values.size === 0 && !table.own.tables
  const hide = (_: string, value: unknown) => (Array.isArray(value) && value[0] === 'ENC' ? 'ENC' : value)
  return isEmpty ? '' : JSON.stringify([contentOf(table.own), entries], hide)
}
