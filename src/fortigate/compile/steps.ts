import { type Refusal, refuse } from '../../evidence/refusal.ts'
import { readTables } from '../config/read-tables.ts'
import { type Entry, type Scopes, type Table, type Value, wordOf, wordsOf } from '../config/tables.ts'
import type { FortiDevice } from '../model.ts'

/** One thing to do to a table of a VDOM. Values are words without quotes; no words: the attribute is unset. */
export type FortiStep =
  | { readonly kind: 'create'; readonly path: string; readonly key: string; readonly content: Content }
  | {
      readonly kind: 'change'
      readonly path: string
      readonly key: string
      readonly values: Values
      readonly tables: readonly NestedChange[]
    }
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
/** A table inside an entry whose entries differ, whole before and after. */
export type NestedChange = { readonly name: string; readonly was: readonly Nested[]; readonly is: readonly Nested[] }

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
  'firewall central-snat-map',
  'firewall policy',
  'firewall local-in-policy',
]
const ORDERED: ReadonlySet<string> = new Set([
  'firewall central-snat-map',
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
  const clash = clashOf(pairs)
  if (clash !== undefined)
    return refuse(
      'cannot-render',
      `The edit gives the name "${clash}" to an object of another kind, which a device takes only in two edits.`,
    )
  return {
    ok: true,
    steps: [
      ...pairs.flatMap(({ path, was, is }) => freedNames(path, was, is)),
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
  return membersFirst(path, [...entriesOf(is).values()])
    .filter((entry) => !entriesOf(was).has(entry.key))
    .map((entry) => ({ kind: 'create', path, key: entry.key, content: contentOf(entry) }))
}

function changes(path: string, was: Table | undefined, is: Table | undefined): readonly FortiStep[] {
  return [...entriesOf(is).values()].flatMap((entry) => {
    const old = entriesOf(was).get(entry.key)
    if (!old) return []
    const [values, tables] = [changedValues(old, entry), changedTables(old, entry)]
    return values.length + tables.length > 0 ? [{ kind: 'change' as const, path, key: entry.key, values, tables }] : []
  })
}

function deletions(path: string, was: Table | undefined, is: Table | undefined): readonly FortiStep[] {
  return membersFirst(path, [...entriesOf(was).values()])
    .filter(({ key }) => !entriesOf(is).has(key))
    .toReversed()
    .map(({ key }) => ({ kind: 'delete', path, key }))
}

/** In table order, but a group behind the groups that it holds, which may have been created after it. */
function membersFirst(path: string, entries: readonly Entry[]): readonly Entry[] {
  if (!GROUPS.has(path)) return entries
  const byKey = new Map(entries.map((entry) => [entry.key, entry]))
  const ordered = new Set<Entry>()
  const waiting = new Set<Entry>()
  const put = (entry: Entry) => {
    // A group that holds itself is no group of a device; it is put somewhere.
    if (ordered.has(entry) || waiting.has(entry)) return
    waiting.add(entry)
    for (const name of [...wordsOf(entry, 'member'), ...wordsOf(entry, 'exclude-member')]) {
      const member = byKey.get(name)
      if (member) put(member)
    }
    ordered.add(entry)
  }
  for (const entry of entries) put(entry)
  return [...ordered]
}
const GROUPS: ReadonlySet<string> = new Set(['firewall addrgrp', 'firewall addrgrp6', 'firewall service group'])

/** Names are unique among policies: one that another policy takes over is taken off its first owner before. */
function freedNames(path: string, was: Table | undefined, is: Table | undefined): readonly FortiStep[] {
  if (path !== 'firewall policy') return []
  const owners = new Map([...entriesOf(was).values()].map((entry) => [wordOf(entry, 'name'), entry.key]))
  return [...entriesOf(is).values()].flatMap((entry) => {
    const name = wordOf(entry, 'name')
    const owner = name === undefined ? undefined : owners.get(name)
    if (owner === undefined || owner === entry.key) return []
    return [{ kind: 'change' as const, path, key: owner, values: [['name', []] as const], tables: [] }]
  })
}

/** Tables that share one space of names: what leaves one of them leaves it after the other was written. */
const ONE_NAME_SPACE = [
  ['firewall address', 'firewall addrgrp', 'firewall vip', 'firewall vipgrp'],
  ['firewall address6', 'firewall addrgrp6', 'firewall vip6', 'firewall vipgrp6'],
  ['firewall service custom', 'firewall service group'],
]

/** A name that goes from one table to another of the same name space. */
function clashOf(
  pairs: readonly { path: string; was: Table | undefined; is: Table | undefined }[],
): string | undefined {
  for (const space of ONE_NAME_SPACE) {
    const inside = pairs.filter(({ path }) => space.includes(path))
    for (const { path, was, is } of inside)
      for (const key of entriesOf(is).keys())
        if (!entriesOf(was).has(key) && inside.some((one) => one.path !== path && entriesOf(one.was).has(key)))
          return key
  }
  return undefined
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

function changedTables(was: Entry, is: Entry): readonly NestedChange[] {
  const [old, now] = [new Map(contentOf(was).tables), new Map(contentOf(is).tables)]
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const change = { name, was: old.get(name) ?? [], is: now.get(name) ?? [] }
    return JSON.stringify(change.was) === JSON.stringify(change.is) ? [] : [change]
  })
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
