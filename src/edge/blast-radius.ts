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
import { remember } from '../flow/remember.ts'
import { names } from '../flow/values.ts'
import { changedFlows as changedPackets } from '../fortigate/changed-flows.ts'
import { vdomOf } from '../fortigate/config.ts'
import { type FortiPiece, fortigateMeaning } from '../fortigate/meaning.ts'
import type { FortiDevice } from '../fortigate/model.ts'
import { changedFlows as changedRequests } from '../haproxy/changed-flows.ts'
import { type HaproxyPiece, haproxyMeaning } from '../haproxy/meaning.ts'
import type { HaproxyDevice } from '../haproxy/model.ts'
import { changedRegion, type Region } from './changed-region.ts'
import type { Doors } from './doors.ts'
import { compose, type EdgeOutcome, hullOf, translate } from './reach.ts'
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

/**
 * The whole difference between two edges within `within`, on each door and end to end. Looked for in `region` alone, outside of which
 * there is none.
 */
export function openedBy(
  before: Doors,
  after: Doors,
  within: FlowSet,
  region: Region = changedRegion(before, after),
): BlastRadius {
  const [was, is] = meaningsWhere(before, after, region)
  return joinRadii([
    difference(was.edge, is.edge, within),
    difference(was.outer, is.outer, within),
    difference(was.inner, is.inner, within),
  ])
}

/** What one FortiGate lets through that another does not, by where it leads. */
export function outerDifference(before: FortiDevice, after: FortiDevice, within: FlowSet): BlastRadius {
  const region = changedPackets(before, after)
  return difference(outerTargets(outerPieces(before, region)), outerTargets(outerPieces(after, region)), within)
}

/** What one HAProxy hands to a server that another does not, by backend. */
export function innerDifference(before: HaproxyDevice, after: HaproxyDevice, within: FlowSet): BlastRadius {
  const region = changedRequests(before, after)
  return difference(
    innerTargets(before, innerPieces(before, region)),
    innerTargets(after, innerPieces(after, region)),
    within,
  )
}

function difference(was: Targets, is: Targets, within: FlowSet): BlastRadius {
  return { opens: more(is, was, within), closes: more(was, is, within) }
}

function joinRadii(radii: readonly BlastRadius[]): BlastRadius {
  return { opens: radii.flatMap(({ opens }) => opens), closes: radii.flatMap(({ closes }) => closes) }
}

type Targets = ReadonlyMap<
  string,
  Opened & { readonly pieces: readonly { flows: FlowSet; because: readonly Trace[] }[] }
>
type EdgeTargets = { readonly edge: Targets; readonly outer: Targets; readonly inner: Targets }

/** Both edges where they may differ: what passes each door, and both, by where it leads. */
function meaningsWhere(before: Doors, after: Doors, region: Region): readonly [EdgeTargets, EdgeTargets] {
  const outers = [before.outer, after.outer].map((device) => outerPieces(device, region.outer))
  const arriving = outers.flat().flatMap((piece) => (piece.verdict === 'allow' ? [translate(piece)] : []))
  const inside = hullOf([...arriving, region.inner])
  const [was, is] = [before, after].map((doors, index): EdgeTargets => {
    const outer = outers[index] ?? []
    const inner = innerPieces(doors.inner, inside)
    const stable = stableNames(doors.inner)
    const through = compose(outer, inner)
    return {
      edge: gather(through.flatMap(({ outcome, flows, because }) => served('edge', outcome, flows, because, stable))),
      outer: outerTargets(outer),
      inner: innerTargets(doors.inner, inner),
    }
  })
  if (!was || !is) throw new Error('two edges have two meanings')
  return [was, is]
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

function innerTargets(device: HaproxyDevice, pieces: readonly HaproxyPiece[]): Targets {
  const stable = stableNames(device)
  return gather(pieces.flatMap(({ outcome, flows, because }) => served('inner', outcome, flows, because, stable)))
}

/** The whole meaning of a device is the same each time, and takes a good part of a second. */
const wholeOuter = remember((device: FortiDevice): readonly FortiPiece[] => arrivingPieces(device, EVERYTHING))
const wholeInner = remember((device: HaproxyDevice): readonly HaproxyPiece[] => haproxyMeaning(device, EVERYTHING))

function outerPieces(device: FortiDevice, region: FlowSet): readonly FortiPiece[] {
  return isEverything(region) ? wholeOuter(device) : arrivingPieces(device, region)
}

function innerPieces(device: HaproxyDevice, region: FlowSet): readonly HaproxyPiece[] {
  return isEverything(region) ? wholeInner(device) : haproxyMeaning(device, region)
}

/** Packets come in by interfaces that are there. One box at a time: few policies have to do with each. */
function arrivingPieces(device: FortiDevice, region: FlowSet): readonly FortiPiece[] {
  const ingress = names(...(vdomOf(device)?.interfaces.keys() ?? []))
  return intersect(region, flowsWhere({ ingress })).flatMap((box) => fortigateMeaning(device, [box]))
}

function isEverything(region: FlowSet): boolean {
  return region.some((box) => box.size === 0)
}

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
