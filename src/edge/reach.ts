import type { Trace } from '../evidence/trace.ts'
import {
  type FlowSet,
  flowsWhere,
  forget,
  intersect,
  isEmpty,
  mapDimension,
  NOTHING,
  subtract,
  unite,
} from '../flow/flow-set.ts'
import { ANY_IPV4, ANY_IPV6, type IpSet, readCidr } from '../flow/ip-set.ts'
import { readRanges } from '../flow/ranges.ts'
import { ips, names, numbers, uniteValues, type Values } from '../flow/values.ts'
import { type FortiPiece, fortigateMeaning } from '../fortigate/meaning.ts'
import { type HaproxyPiece, haproxyMeaning } from '../haproxy/meaning.ts'
import type { Doors } from './doors.ts'

/**
 * What becomes of flows on the whole edge, in the words of the client: `dst` and `dport` are those outside, before any address
 * translation. INVARIANT: pieces are disjoint and together they are the `within` that was asked about.
 */
export type EdgePiece = {
  readonly flows: FlowSet
  readonly outcome: EdgeOutcome
  /** From the outer door inwards; the last one decided. */
  readonly because: readonly Trace[]
  readonly outer: FortiPiece
  readonly inner?: HaproxyPiece
}
export type EdgeOutcome =
  | {
      readonly kind: 'server'
      readonly frontend: string
      readonly backend: string
      readonly servers: readonly string[]
    }
  /** Let through by the FortiGate to somewhere that is not this HAProxy. */
  | { readonly kind: 'elsewhere'; readonly egress: string }
  /** Crossed by a line that is not modelled and may do anything. */
  | { readonly kind: 'depends'; readonly on: string }
  | { readonly kind: 'stopped'; readonly by: 'outer' | 'inner'; readonly reason: string }

/** HAProxy's binds take TCP connections and nothing else. */
const TCP = flowsWhere({ proto: numbers([6, 6]) })

/** Follows flows from the client through the FortiGate, its address translation, and HAProxy. */
export function reach(doors: Doors, within: FlowSet): readonly EdgePiece[] {
  const outer = fortigateMeaning(doors.outer, within)
  const allowed = outer
    .filter((piece) => piece.verdict === 'allow')
    .map((piece) => ({ piece, arriving: translate(piece) }))
  const inner = haproxyMeaning(doors.inner, hullOf(allowed.map(({ arriving }) => arriving)))
  return compose(outer, inner)
}

/** The way through both doors. INVARIANT: `inner` covers whatever the allowed pieces of `outer` are translated to. */
export function compose(outer: readonly FortiPiece[], inner: readonly HaproxyPiece[]): readonly EdgePiece[] {
  return outer.flatMap((piece): readonly EdgePiece[] => {
    if (piece.verdict === 'deny') {
      const outcome: EdgeOutcome = { kind: 'stopped', by: 'outer', reason: piece.reason }
      return [{ flows: piece.flows, outcome, because: piece.because, outer: piece }]
    }
    const arriving = translate(piece)
    const others = subtract(piece.flows, TCP)
    const past: EdgePiece = {
      flows: others,
      outcome: { kind: 'elsewhere', egress: piece.egress ?? 'unknown' },
      because: piece.because,
      outer: piece,
    }
    const connections = intersect(arriving, TCP)
    const found = inner.flatMap((next): readonly EdgePiece[] => {
      const through = intersect(connections, next.flows)
      if (isEmpty(through)) return []
      const flows = intersect(piece.flows, translateBack(piece, through))
      if (isEmpty(flows)) return []
      return [
        {
          flows,
          outcome: innerOutcome(next, piece),
          because: [...piece.because, ...next.because],
          outer: piece,
          inner: next,
        },
      ]
    })
    const pieces = hiddenAmong(piece) ? bySource(piece, found) : found
    return isEmpty(others) ? pieces : [past, ...pieces]
  })
}

/** The addresses of which HAProxy sees one, when a policy hides the source behind several or behind one that is not written down. */
function hiddenAmong({ snat, among, flows }: FortiPiece): IpSet | undefined {
  if (snat === null || readCidr(snat)) return undefined
  if (among) return among
  const six = isEmpty(intersect(flows, flowsWhere({ dst: ips(ANY_IPV4) })))
  return six ? ANY_IPV6 : ANY_IPV4
}

/** What HAProxy does differs by a source that nobody knows before the connection is made: an unknown decides between its pieces. */
function bySource({ snat }: FortiPiece, found: readonly EdgePiece[]): readonly EdgePiece[] {
  let told: FlowSet = NOTHING
  return found.flatMap((one, index) => {
    const later = found.slice(index + 1).reduce<FlowSet>((all, { flows }) => unite(all, flows), NOTHING)
    const mine = subtract(one.flows, told)
    const last = one.because.at(-1)
    const which = `unknown:which source ${snat} gives${last ? ` (${last.file}:${last.line})` : ''}`
    const flows = unite(subtract(mine, later), intersect(intersect(mine, later), flowsWhere({ [which]: names('yes') })))
    told = unite(told, flows)
    return isEmpty(flows) ? [] : [{ ...one, flows }]
  })
}

/** One box around all of these in the dimensions by which HAProxy tells its listeners and clients apart. */
export function hullOf(sets: readonly FlowSet[]): FlowSet {
  const boxes = sets.flat()
  if (boxes.length === 0) return NOTHING
  const dimensions = new Set(boxes.flatMap((box) => [...box.keys()]))
  const hull: Record<string, Values> = {}
  for (const dimension of dimensions) {
    const values = boxes.flatMap((box) => box.get(dimension) ?? [])
    if (values.length === boxes.length) hull[dimension] = values.reduce(uniteValues)
  }
  return flowsWhere(hull)
}

function innerOutcome(inner: HaproxyPiece, outer: FortiPiece): EdgeOutcome {
  const { outcome } = inner
  switch (outcome.kind) {
    case 'server':
      return outcome
    case 'status':
      return { kind: 'stopped', by: 'inner', reason: `answers ${outcome.status}` }
    case 'closed':
      // Nothing of this HAProxy listens there: the traffic is somebody else's.
      if (inner.because.length === 0) return { kind: 'elsewhere', egress: outer.egress ?? 'unknown' }
      return { kind: 'stopped', by: 'inner', reason: 'closes the connection' }
    case 'timeout':
      return { kind: 'stopped', by: 'inner', reason: 'lets the client wait until it gives up' }
    case 'depends':
      return { kind: 'depends', on: outcome.on }
  }
}

/** The flows as the next hop gets them: destination mapped by the VIP, source hidden when the policy translates it. */
export function translate(piece: FortiPiece): FlowSet {
  const { dnat, snat } = piece
  const moved = dnat ? shiftPort(shiftAddress(piece.flows, dnat.addressShift), dnat.portShift) : piece.flows
  if (snat === null) return moved
  const source = hiddenAmong(piece) ?? readCidr(snat)
  return intersect(forget(moved, 'src'), flowsWhere({ src: source && ips(source) }))
}

function translateBack(piece: FortiPiece, flows: FlowSet): FlowSet {
  const { dnat, snat } = piece
  const hidden = snat === null ? flows : forget(flows, 'src')
  return dnat ? shiftPort(shiftAddress(hidden, -dnat.addressShift), -dnat.portShift) : hidden
}

/** Address translation stays within a family, so each shift applies to the family whose addresses it was made from. */
function shiftAddress(set: FlowSet, shift: bigint): FlowSet {
  if (shift === 0n) return set
  return mapDimension(set, 'dst', (values): Values => {
    if (values.kind !== 'ip') return values
    const by = Number(shift)
    return ips({
      v4: readRanges(
        values.ip.v4.map(([from, to]) => [Math.max(0, from + by), Math.min(2 ** 32 - 1, to + by)] as const),
      ),
      v6:
        values.ip.v4.length > 0
          ? []
          : readRanges(values.ip.v6.map(([from, to]) => [from + shift, to + shift] as const)),
    })
  })
}

function shiftPort(set: FlowSet, shift: number): FlowSet {
  if (shift === 0) return set
  return mapDimension(set, 'dport', (values): Values => {
    if (values.kind !== 'number') return values
    return {
      kind: 'number',
      ranges: readRanges(
        values.ranges.map(([from, to]) => [Math.max(0, from + shift), Math.min(65535, to + shift)] as const),
      ),
    }
  })
}
