import type { Trace } from '../evidence/trace.ts'
import {
  type Box,
  compact,
  EVERYTHING,
  type FlowSet,
  flowsWhere,
  intersect,
  isEmpty,
  subtractAlike,
} from '../flow/flow-set.ts'
import { names } from '../flow/values.ts'
import { vdomOf } from '../fortigate/config.ts'
import { type FortiPiece, fortigateMeaning } from '../fortigate/meaning.ts'
import type { FortiDevice } from '../fortigate/model.ts'
import { type HaproxyPiece, haproxyMeaning } from '../haproxy/meaning.ts'
import type { HaproxyDevice } from '../haproxy/model.ts'
import type { Doors } from './doors.ts'
import { compose, type EdgeOutcome } from './reach.ts'
import { remember, rememberPair } from './remember.ts'
import { type StableNames, stableNames } from './stable-names.ts'

/** Flows that a change opens or closes at one door, or end to end (`edge`), by where they lead. */
export type Opened = {
  readonly door: 'edge' | 'outer' | 'inner'
  /** A line that is not modelled decides where they lead. */
  readonly depends?: string
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
  return joinRadii([
    difference(edgeTargets(before.outer, before.inner), edgeTargets(after.outer, after.inner), within),
    outerDifference(before.outer, after.outer, within),
    innerDifference(before.inner, after.inner, within),
  ])
}

/** What one FortiGate lets through that another does not, by where it leads. */
export function outerDifference(before: FortiDevice, after: FortiDevice, within: FlowSet): BlastRadius {
  return difference(outerTargets(before), outerTargets(after), within)
}

/** What one HAProxy hands to a server that another does not, by backend. */
export function innerDifference(before: HaproxyDevice, after: HaproxyDevice, within: FlowSet): BlastRadius {
  return difference(innerTargets(before), innerTargets(after), within)
}

function difference(was: Targets, is: Targets, within: FlowSet): BlastRadius {
  return was === is ? { opens: [], closes: [] } : { opens: more(is, was, within), closes: more(was, is, within) }
}

function joinRadii(radii: readonly BlastRadius[]): BlastRadius {
  return { opens: radii.flatMap(({ opens }) => opens), closes: radii.flatMap(({ closes }) => closes) }
}

type Targets = ReadonlyMap<
  string,
  Opened & { readonly pieces: readonly { flows: FlowSet; because: readonly Trace[] }[] }
>

/** All that gets through both doors, by where it leads. */
const edgeTargets = rememberPair((outer: FortiDevice, inner: HaproxyDevice): Targets => {
  const stable = stableNames(inner)
  const pieces = compose(outerPieces(outer), innerPieces(inner))
  return gather(pieces.flatMap(({ outcome, flows, because }) => served('edge', outcome, flows, because, stable)))
})

const outerTargets = remember((device: FortiDevice): Targets => {
  return gather(
    outerPieces(device).flatMap((piece) => {
      if (piece.verdict !== 'allow') return []
      const hidden = piece.snat === null ? '' : `, from ${piece.snat}`
      const to = `${piece.vip === undefined ? (piece.egress ?? 'unknown') : piece.vip}${hidden}`
      const shift = piece.dnat ? ` ${piece.dnat.addressShift} ${piece.dnat.portShift}` : ''
      return [{ door: 'outer' as const, key: `${to}${shift}`, to, flows: piece.flows, because: piece.because }]
    }),
  )
})

const innerTargets = remember((device: HaproxyDevice): Targets => {
  const stable = stableNames(device)
  const pieces = innerPieces(device)
  return gather(pieces.flatMap(({ outcome, flows, because }) => served('inner', outcome, flows, because, stable)))
})

/** Packets come in by interfaces that are there. */
const outerPieces = remember((device: FortiDevice): readonly FortiPiece[] => {
  const ingress = names(...(vdomOf(device)?.interfaces.keys() ?? []))
  return fortigateMeaning(device, flowsWhere({ ingress }))
})

const innerPieces = remember((device: HaproxyDevice): readonly HaproxyPiece[] => haproxyMeaning(device, EVERYTHING))

/** Flows that reach a backend; and those that may, because a line that is not modelled decides. */
function served(
  door: Opened['door'],
  outcome: EdgeOutcome | HaproxyPiece['outcome'],
  flows: FlowSet,
  because: readonly Trace[],
  stable: StableNames,
): readonly Opened[] {
  if (outcome.kind === 'depends') {
    const depends = stable.words(outcome.on)
    return [{ door, depends, to: `wherever ${depends} leads`, flows: stable.flows(flows), because }]
  }
  if (outcome.kind !== 'server') return []
  const { backend } = outcome
  return [{ door, backend, to: `backend ${backend}`, flows: stable.flows(flows), because }]
}

/** INVARIANT: pieces are disjoint, so what leads to one target is their boxes side by side. */
function gather(list: readonly (Opened & { readonly key?: string })[]): Targets {
  const targets = new Map<string, Opened & { flows: Box[]; pieces: Pick<Opened, 'flows' | 'because'>[] }>()
  for (const { key, ...one } of list) {
    const name = key ?? one.to
    const target = targets.get(name) ?? { ...one, flows: [], pieces: [] }
    target.flows.push(...one.flows)
    target.pieces.push({ flows: one.flows, because: one.because })
    targets.set(name, target)
  }
  return targets
}

/** What leads there in `a` and not in `b`, within `within`. */
function more(a: Targets, b: Targets, within: FlowSet): readonly Opened[] {
  return [...a].flatMap(([name, { pieces, ...opened }]) => {
    const flows = compact(intersect(subtractAlike(opened.flows, b.get(name)?.flows ?? []), within))
    if (isEmpty(flows)) return []
    const because = pieces.flatMap((piece) =>
      isEmpty(intersect(piece.flows, flows)) ? [] : (piece.because.at(-1) ?? []),
    )
    const distinct = new Map(because.map((one) => [`${one.file}:${one.line}`, one]))
    return [{ ...opened, flows, because: [...distinct.values()] }]
  })
}
