import { Temporal } from 'temporal-polyfill'
import type { Intent, Slot, SubjectRef, Window } from './intent.ts'
import { type Reading, withDoubts } from './interpret.ts'
import type { Doubt } from './settle.ts'

/** Two readings of one change as one: in every field the narrower, and a question wherever they differ. */
export function narrower(own: Reading, theirs: Reading): Reading {
  const a = own.intent
  const b = theirs.intent
  const doubts: Doubt[] = [...own.doubts, ...theirs.doubts]
  const differ = (slot: Slot, candidates: readonly string[]): void => {
    doubts.push({ slot, why: 'disagreement', candidates })
  }
  const { needsClarification: _open, candidates: _candidates, unresolved: _unresolved, ...kept } = a
  const intent: Intent = { ...kept }
  const subjects = common(a.subjects, b.subjects, keyOf)
  if (subjects.differ)
    differ(
      'subject',
      [...(a.subjects ?? []), ...(b.subjects ?? [])].map(({ id }) => id),
    )
  if (subjects.values.length > 0) intent.subjects = subjects.values
  const services = common(a.services, b.services, (id) => id)
  if (services.differ) differ('service', [...(a.services ?? []), ...(b.services ?? [])])
  if (services.values.length > 0) intent.services = services.values
  const except = either(a.except, b.except, keyOf)
  if (except.differ) differ('subject', [])
  if (except.values.length > 0) intent.except = except.values
  const via = common(a.via, b.via, keyOf)
  if (via.differ || (a.via?.length ?? 0) !== (b.via?.length ?? 0)) differ('subject', [])
  if (via.values.length > 0) intent.via = via.values
  const exceptServices = either(a.exceptServices, b.exceptServices, (id) => id)
  if (exceptServices.differ) differ('service', [])
  if (exceptServices.values.length > 0) intent.exceptServices = exceptServices.values
  const ports = common(a.ports, b.ports, (port) => port)
  if (ports.differ) differ('port', [...(a.ports ?? []), ...(b.ports ?? [])])
  if (ports.values.length > 0) intent.ports = ports.values
  if (a.sameAs !== b.sameAs) differ('subject', [])
  if ((a.allServices ?? false) !== (b.allServices ?? false)) differ('service', [])
  const window = narrowerWindow(a.window, b.window)
  if (!sameWindow(a.window, b.window)) differ('window', [])
  if (window !== undefined) intent.window = window
  const flags = [...new Set([...(a.flags ?? []), ...(b.flags ?? [])])]
  if (flags.length > 0) intent.flags = flags
  return withDoubts(intent, doubts)
}

const keyOf = (ref: SubjectRef): string => `${ref.type}:${ref.id}`

/** What both say; where one says nothing, what the other says; where they have nothing in common, what the first says. */
function common<T>(
  a: readonly T[] = [],
  b: readonly T[] = [],
  key: (value: T) => string,
): { readonly values: T[]; readonly differ: boolean } {
  const theirs = new Set(b.map(key))
  const both = a.filter((value) => theirs.has(key(value)))
  const differ = both.length !== a.length || both.length !== theirs.size
  return { values: a.length === 0 ? [...b] : both.length > 0 ? both : [...a], differ }
}

/** What either says: for exceptions, more is narrower. */
function either<T>(
  a: readonly T[] = [],
  b: readonly T[] = [],
  key: (value: T) => string,
): { readonly values: T[]; readonly differ: boolean } {
  const all = new Map([...a, ...b].map((value) => [key(value), value]))
  return { values: [...all.values()], differ: all.size !== a.length || all.size !== b.length }
}

function sameWindow(a: Window | undefined, b: Window | undefined): boolean {
  return a?.start === b?.start && a?.end === b?.end && a?.duration === b?.duration
}

/** The later start, the earlier end, the shorter length. */
function narrowerWindow(a: Window | undefined, b: Window | undefined): Window | undefined {
  if (a === undefined || b === undefined) return a ?? b
  if (sameWindow(a, b)) return a
  const start = pick([a.start, b.start], (x, y) => Date.parse(x) > Date.parse(y))
  const end = pick([a.end, b.end], (x, y) => Date.parse(x) < Date.parse(y))
  const duration = pick([a.duration, b.duration], (x, y) => minutesOf(x) < minutesOf(y))
  const precision = a.precision ?? b.precision
  return {
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    ...(duration === undefined || end !== undefined ? {} : { duration }),
    ...(precision === undefined ? {} : { precision }),
  }
}

function pick(values: readonly (string | undefined)[], better: (x: string, y: string) => boolean): string | undefined {
  return values.reduce(
    (best, value) => (value === undefined || (best !== undefined && !better(value, best)) ? best : value),
    undefined,
  )
}

/** Length in minutes, a month as 30 days: for comparing only. */
export function minutesOf(duration: string): number {
  try {
    const { years, months, weeks, days, hours, minutes } = Temporal.Duration.from(duration)
    return ((years * 365 + months * 30 + weeks * 7 + days) * 24 + hours) * 60 + minutes
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
