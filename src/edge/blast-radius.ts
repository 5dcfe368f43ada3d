import type { Trace } from '../evidence/trace.ts'
import { compact, type FlowSet, isEmpty, subtract, unite } from '../flow/flow-set.ts'
import { type FortiPiece, fortigateMeaning } from '../fortigate/meaning.ts'
import type { FortiDevice } from '../fortigate/model.ts'
import { printFortiText } from '../fortigate/text.ts'
import { type HaproxyPiece, haproxyMeaning } from '../haproxy/meaning.ts'
import type { HaproxyDevice } from '../haproxy/model.ts'
import { printHaproxyText } from '../haproxy/text.ts'
import type { Doors } from './doors.ts'
import { type EdgeOutcome, type EdgePiece, edgeMeaning } from './reach.ts'

/** Flows that a change opens or closes at one door, or end to end (`edge`), by where they lead. */
export type Opened = {
  readonly door: 'edge' | 'outer' | 'inner'
  /** HAProxy's backend; absent where the flows lead past HAProxy. */
  readonly backend?: string
  /** Where they lead, in words: `backend grafana`, `10.20.0.5:8443 by vip-edge`, `dmz`. */
  readonly to: string
  readonly flows: FlowSet
  /** The lines that allow them: after the change for what opens, before it for what closes. */
  readonly because: readonly Trace[]
}
export type BlastRadius = { readonly opens: readonly Opened[]; readonly closes: readonly Opened[] }

/** The whole difference between two edges within `within`, on each door and end to end. */
export function openedBy(before: Doors, after: Doors, within: FlowSet): BlastRadius {
  const outerSame = printFortiText(before.outer.text) === printFortiText(after.outer.text)
  const innerSame = printHaproxyText(before.inner.text) === printHaproxyText(after.inner.text)
  if (outerSame && innerSame) return { opens: [], closes: [] }
  const old = edgeMeaning(before, within)
  const current = edgeMeaning(after, within)
  const doors = [
    [edgeTargets(old.edge), edgeTargets(current.edge)],
    [outerTargets(old.outer), outerTargets(current.outer)],
    [innerTargets(old.inner), innerTargets(current.inner)],
  ] as const
  return {
    opens: doors.flatMap(([was, is]) => more(is, was)),
    closes: doors.flatMap(([was, is]) => more(was, is)),
  }
}

/** What one FortiGate lets through that another does not, by where it leads. */
export function outerDifference(before: FortiDevice, after: FortiDevice, within: FlowSet): BlastRadius {
  const [was, is] = [outerTargets(fortigateMeaning(before, within)), outerTargets(fortigateMeaning(after, within))]
  return { opens: more(is, was), closes: more(was, is) }
}

/** What one HAProxy hands to a server that another does not, by backend. */
export function innerDifference(before: HaproxyDevice, after: HaproxyDevice, within: FlowSet): BlastRadius {
  const [was, is] = [innerTargets(haproxyMeaning(before, within)), innerTargets(haproxyMeaning(after, within))]
  return { opens: more(is, was), closes: more(was, is) }
}

type Targets = ReadonlyMap<
  string,
  Opened & { readonly pieces: readonly { flows: FlowSet; because: readonly Trace[] }[] }
>

function edgeTargets(pieces: readonly EdgePiece[]): Targets {
  return gather(pieces.flatMap(({ outcome, flows, because }) => served('edge', outcome, flows, because)))
}

function outerTargets(pieces: readonly FortiPiece[]): Targets {
  return gather(
    pieces.flatMap((piece) => {
      if (piece.verdict !== 'allow') return []
      const hidden = piece.snat === null ? '' : `, from ${piece.snat}`
      const to = `${piece.vip === undefined ? (piece.egress ?? 'unknown') : piece.vip}${hidden}`
      const shift = piece.dnat ? ` ${piece.dnat.addressShift} ${piece.dnat.portShift}` : ''
      return [{ door: 'outer' as const, key: `${to}${shift}`, to, flows: piece.flows, because: piece.because }]
    }),
  )
}

function innerTargets(pieces: readonly HaproxyPiece[]): Targets {
  return gather(pieces.flatMap(({ outcome, flows, because }) => served('inner', outcome, flows, because)))
}

/** Flows that reach a backend; and those that may, because a line that is not modelled decides. */
function served(
  door: Opened['door'],
  outcome: EdgeOutcome | HaproxyPiece['outcome'],
  flows: FlowSet,
  because: readonly Trace[],
): readonly Opened[] {
  if (outcome.kind === 'depends') return [{ door, to: `wherever ${outcome.on} leads`, flows, because }]
  if (outcome.kind !== 'server') return []
  return [{ door, backend: outcome.backend, to: `backend ${outcome.backend}`, flows, because }]
}

function gather(list: readonly (Opened & { readonly key?: string })[]): Targets {
  const targets = new Map<string, Opened & { pieces: { flows: FlowSet; because: readonly Trace[] }[] }>()
  for (const { key = '', ...one } of list) {
    const name = key || one.to
    const known = targets.get(name)
    const piece = { flows: one.flows, because: one.because }
    if (!known) targets.set(name, { ...one, pieces: [piece] })
    else targets.set(name, { ...known, flows: unite(known.flows, one.flows), pieces: [...known.pieces, piece] })
  }
  return targets
}

/** What leads there in `a` and not in `b`. */
function more(a: Targets, b: Targets): readonly Opened[] {
  return [...a].flatMap(([name, { pieces, ...opened }]) => {
    const gone = b.get(name)?.flows ?? []
    const flows = compact(subtract(opened.flows, gone))
    if (isEmpty(flows)) return []
    const because = pieces.flatMap((piece) =>
      isEmpty(subtract(piece.flows, gone)) ? [] : (piece.because.at(-1) ?? []),
    )
    return [
      { ...opened, flows, because: [...new Map(because.map((one) => [`${one.file}:${one.line}`, one])).values()] },
    ]
  })
}
