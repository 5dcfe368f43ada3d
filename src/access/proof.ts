import { createHash } from 'node:crypto'
import { canonicalAsked, mayOpen, mayOpenInside, mayOpenOutside } from '../edge/asked.ts'
import { type BlastRadius, type Opened, openedBy } from '../edge/blast-radius.ts'
import type { Doors } from '../edge/doors.ts'
import type { Entry } from '../edge/entry.ts'
import { likelyFlow } from '../edge/likely-flow.ts'
import { owedBy } from '../edge/owed.ts'
import type { Refusal } from '../evidence/refusal.ts'
import type { Trace } from '../evidence/trace.ts'
import {
  dimensionsOf,
  type Flow,
  type FlowSet,
  flowsWhere,
  isEmpty,
  NOTHING,
  subtract,
  uniteAll,
} from '../flow/flow-set.ts'
import { numbers } from '../flow/values.ts'
import type { Edge } from '../policy/edge.ts'
import { checkGuardrails } from '../policy/guardrails.ts'
import type { Change, GrantChange } from './change.ts'

/** What a change opens and closes against what was asked, on each door and end to end. */
export type Proof = {
  /** The moment it begins at, in epoch seconds. */
  readonly asOf: number
  readonly verdict: 'exact' | 'already-open' | 'too-wide' | 'too-narrow' | 'closes-something' | 'forbidden' | 'unproved'
  /** The whole difference, on each door and end to end. */
  readonly radius: BlastRadius
  /** End to end, to the service that was asked for. */
  readonly opens: FlowSet
  /** What it opens beyond what was asked, on any door; empty in an exact proof. */
  readonly extra: readonly Opened[]
  readonly closes: readonly Opened[]
  /** The part of what was asked that both doors let in before the change already, and the lines that do. */
  readonly before: { readonly open: FlowSet; readonly because: readonly Trace[] }
  /** Asked, and not open afterwards. */
  readonly missing: FlowSet
  /** Requests of the asked kind that both doors go on refusing to everybody, with the lines that do. */
  readonly stillRefused: readonly Trace[]
  readonly forbidden: readonly Refusal[]
  /** What the verdict hangs on that the configurations do not decide. */
  readonly depends: readonly string[]
  readonly witness?: Flow
  readonly coverage: Coverage
  /** Depends on meaning only: who, what, when and the verdict; never on layout, order or unrelated lines. */
  readonly digest: string
}
export type Coverage = { readonly lines: number; readonly modelled: number; readonly unmodelled: readonly Trace[] }

/**
 * Proves a change by comparing the whole meaning of both doors before and after, from `asOf` (epoch seconds) on.
 * `exact` is: opens ∖ asked = ∅ on each door and end to end, asked ∖ open afterwards = ∅, closes = ∅, guardrails hold, and nothing
 * of it hangs on an unknown. A revocation is exact when it opens nothing and closes nothing outside what the grant gave.
 */
export function prove(edge: Edge, change: GrantChange, asOf: number): Proof {
  const { asked, entry } = change
  const now = flowsWhere({ at: numbers([asOf, 2 ** 40]) })
  const radius = openedBy(change.before, change.after, now)
  const allowedAt = {
    edge: mayOpen(asked, entry, asOf),
    outer: mayOpenOutside(asked, entry, asOf),
    inner: mayOpenInside(asked, asOf),
  }
  const target = asked.service.route.backend

  const allowedEverywhere = (list: readonly Opened[]) =>
    list.flatMap((opened) => beyond(opened, allowedAt[opened.door], target))
  const opens = uniteAll(
    radius.opens.filter((one) => one.door === 'edge' && one.backend === target).map((one) => one.flows),
  )
  const coverage = coverageOf(change)
  const forbidden =
    change.action === 'revoke' ? [] : checkGuardrails(edge, change.service, change.grant, asked, new Date(asOf * 1000))
  const before = change.action === 'revoke' ? UNTOUCHED : beforehand(change, entry, asOf)
  const base = { asOf, radius, opens, coverage, forbidden, before }
  const finish = (verdict: Proof['verdict'], rest: Partial<Proof> = {}): Proof => {
    const digest = digestOf(change, verdict, asOf)
    return { extra: [], closes: [], missing: NOTHING, stillRefused: [], depends: [], ...base, ...rest, verdict, digest }
  }

  if (forbidden.length > 0) return finish('forbidden')
  if (change.action === 'revoke') {
    const extra = radius.opens
    const closes = allowedEverywhere(radius.closes)
    if (extra.length > 0) return finish('too-wide', { extra, ...witnessOf(extra, change.after) })
    if (closes.length > 0) return finish('closes-something', { closes, ...witnessOf(closes, change.after) })
    return finish('exact', { closes: radius.closes })
  }

  const extra = allowedEverywhere(radius.opens)
  const certain = extra.filter((one) => one.depends === undefined)
  if (certain.length > 0) return finish('too-wide', { extra: certain, ...witnessOf(certain, change.after) })
  const unsure = [...new Set(extra.flatMap((one) => one.depends ?? []))]
  if (unsure.length > 0) return finish('unproved', { extra, depends: unsure, ...witnessOf(extra, change.after) })
  if (radius.closes.length > 0)
    return finish('closes-something', { closes: radius.closes, ...witnessOf(radius.closes, change.after) })
  const after = owedBy(change.after, asked, entry, asOf)
  const rest = { missing: after.missing, stillRefused: after.refused, depends: after.depends }
  if (!isEmpty(after.missing)) {
    const found = likelyFlow(after.missing, change.after.outer.timezone)
    return finish(after.depends.length > 0 ? 'unproved' : 'too-narrow', {
      ...rest,
      ...(found ? { witness: found } : {}),
    })
  }
  return finish(
    isEmpty(opens) && change.edits.every((edit) => edit.label === 'policy') ? 'already-open' : 'exact',
    rest,
  )
}

/** The part of an opening that lies outside what may be opened: elsewhere, or for others. */
function beyond(opened: Opened, allowed: FlowSet, target: string): readonly Opened[] {
  const leads = opened.door === 'outer' || opened.backend === target
  const flows = leads ? subtract(opened.flows, allowed) : opened.flows
  return isEmpty(flows) ? [] : [{ ...opened, flows }]
}

const UNTOUCHED = { open: NOTHING, because: [] }

/** What of the asked gets to the service already, as far as that is certain. */
function beforehand({ asked, before }: GrantChange, entry: Entry, asOf: number): Proof['before'] {
  const served = owedBy(before, asked, entry, asOf).served.filter(({ flows }) => isCertain(flows))
  const open = uniteAll(served.map((piece) => piece.flows))
  return { open, because: distinct(served.flatMap((piece) => piece.outer.because.at(-1) ?? [])) }
}

function isCertain(flows: FlowSet): boolean {
  return ![...dimensionsOf(flows)].some((dimension) => dimension.startsWith('unknown:'))
}

/** One flow of all of these. */
export function witnessOf(list: readonly Opened[], { outer }: Doors): { witness?: Flow } {
  const found = likelyFlow(
    list.flatMap((one) => one.flows),
    outer.timezone,
  )
  return found ? { witness: found } : {}
}

/** What share of both doors is modelled after the change. */
export function coverageOf({ after: { outer, inner } }: Change): Coverage {
  const trace = (device: string, file: string) => (one: { line: number; says?: string; keyword?: string }) => ({
    device,
    file,
    line: one.line,
    says: one.says ?? one.keyword ?? '',
  })
  return {
    lines: outer.coverage.lines + inner.coverage.lines,
    modelled: outer.coverage.modelled + inner.coverage.modelled,
    unmodelled: [
      ...outer.coverage.unmodelled.map(trace(outer.id, outer.file)),
      ...inner.coverage.unmodelled.map(trace(inner.id, inner.file)),
    ],
  }
}

function digestOf(change: GrantChange, verdict: string, asOf: number): string {
  const meaning = `${change.action} ${verdict} ${canonicalAsked(change.asked, change.entry, asOf)}`
  return createHash('sha256').update(meaning).digest('hex').slice(0, 32)
}

function distinct(traces: readonly Trace[]): readonly Trace[] {
  return [...new Map(traces.map((trace) => [`${trace.file}:${trace.line}`, trace])).values()]
}
