import type { Trace } from '../evidence/trace.ts'
import { type Box, compact, type FlowSet, flowsWhere, intersect, isEmpty, subtractAlike } from '../flow/flow-set.ts'
import { names } from '../flow/values.ts'
import { vdomOf } from '../fortigate/config.ts'
import { type FortiPiece, fortigateMeaning } from '../fortigate/meaning.ts'
import type { FortiDevice } from '../fortigate/model.ts'
import { printFortiText } from '../fortigate/text.ts'
import { type HaproxyPiece, haproxyMeaning } from '../haproxy/meaning.ts'
import type { HaproxyDevice } from '../haproxy/model.ts'
import { printHaproxyText } from '../haproxy/text.ts'
import type { Doors } from './doors.ts'
import { type EdgeOutcome, type EdgePiece, edgeMeaning } from './reach.ts'
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
  const outerSame = printFortiText(before.outer.text) === printFortiText(after.outer.text)
  const innerSame = printHaproxyText(before.inner.text) === printHaproxyText(after.inner.text)
  if (outerSame && innerSame) return { opens: [], closes: [] }
  const coming = intersect(within, onInterfaces(before.outer, after.outer))
  const [old, current] = [edgeMeaning(before, coming), edgeMeaning(after, coming)]
  const [oldNames, newNames] = [stableNames(before.inner), stableNames(after.inner)]
  const doors = [
    [edgeTargets(old.edge, oldNames), edgeTargets(current.edge, newNames)],
    [outerTargets(old.outer), outerTargets(current.outer)],
    [innerTargets(old.inner, oldNames), innerTargets(current.inner, newNames)],
  ] as const
  return {
    opens: doors.flatMap(([was, is]) => more(is, was)),
    closes: doors.flatMap(([was, is]) => more(was, is)),
  }
}

/** What one FortiGate lets through that another does not, by where it leads. */
export function outerDifference(before: FortiDevice, after: FortiDevice, within: FlowSet): BlastRadius {
  const coming = intersect(within, onInterfaces(before, after))
  const [was, is] = [outerTargets(fortigateMeaning(before, coming)), outerTargets(fortigateMeaning(after, coming))]
  return { opens: more(is, was), closes: more(was, is) }
}

/** What one HAProxy hands to a server that another does not, by backend. */
export function innerDifference(before: HaproxyDevice, after: HaproxyDevice, within: FlowSet): BlastRadius {
  const was = innerTargets(haproxyMeaning(before, within), stableNames(before))
  const is = innerTargets(haproxyMeaning(after, within), stableNames(after))
  return { opens: more(is, was), closes: more(was, is) }
}

type Targets = ReadonlyMap<
  string,
  Opened & { readonly pieces: readonly { flows: FlowSet; because: readonly Trace[] }[] }
>

function edgeTargets(pieces: readonly EdgePiece[], stable: StableNames): Targets {
  return gather(pieces.flatMap(({ outcome, flows, because }) => served('edge', outcome, flows, because, stable)))
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

function innerTargets(pieces: readonly HaproxyPiece[], stable: StableNames): Targets {
  return gather(pieces.flatMap(({ outcome, flows, because }) => served('inner', outcome, flows, because, stable)))
}

/** Packets come in by interfaces that are there; one that only the other configuration has counts too. */
function onInterfaces(...devices: readonly FortiDevice[]): FlowSet {
  const all = devices.flatMap((device) => [...(vdomOf(device)?.interfaces.keys() ?? [])])
  return flowsWhere({ ingress: names(...all) })
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

/** What leads there in `a` and not in `b`. */
function more(a: Targets, b: Targets): readonly Opened[] {
  return [...a].flatMap(([name, { pieces, ...opened }]) => {
    const gone = b.get(name)?.flows ?? []
    const flows = compact(subtractAlike(opened.flows, gone))
    if (isEmpty(flows)) return []
    const because = pieces.flatMap((piece) =>
      isEmpty(intersect(piece.flows, flows)) ? [] : (piece.because.at(-1) ?? []),
    )
    return [
      { ...opened, flows, because: [...new Map(because.map((one) => [`${one.file}:${one.line}`, one])).values()] },
    ]
  })
}
