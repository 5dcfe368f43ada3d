import type { Trace } from '../../evidence/trace.ts'
import { type FlowSet, intersect, isEmpty, NOTHING } from '../../flow/flow-set.ts'
import type { IpSet } from '../../flow/ip-set.ts'
import { lineTrace } from '../config/line-trace.ts'
import type { FortiTtl } from '../config/read-ttl.ts'
import type { FortiDevice, FortiTarget, FortiVip } from '../model.ts'
import { unless, when } from './field-flows.ts'

/** A part of the flows that one line decides. `dnat`: how far destination address and port are moved. */
export type FortiPiece = {
  readonly flows: FlowSet
  readonly verdict: 'allow' | 'deny'
  readonly reason: string
  readonly policy?: { readonly id: number; readonly name: string }
  readonly vip?: string
  readonly egress?: string
  readonly dnat: { readonly addressShift: bigint; readonly portShift: number } | null
  /** Null: the source is kept. */
  readonly snat: string | null
  /** Every address that `snat` may be, where it is the name of several and they are known. */
  readonly among?: IpSet
  /** How long silent connections of it are remembered, worked out when asked; empty for what is not let in by a policy. */
  readonly remembered: readonly Remembered[]
  readonly because: readonly Trace[]
}
/** A part of a piece, and the line that says how long; null where nothing the device documents does. */
export type Remembered = { readonly flows: FlowSet; readonly ttl: FortiTtl | null }

/** A set of flows on its way, and what has happened to it so far. */
export type Way = {
  readonly flows: FlowSet
  readonly vip?: FortiVip
  readonly target?: FortiTarget
  readonly egress?: string
  readonly lines: readonly number[]
}
export const START: Way = { flows: NOTHING, lines: [] }

type End = Pick<FortiPiece, 'verdict' | 'reason' | 'policy'> & {
  readonly snat?: string | null
  readonly among?: IpSet
  readonly lines?: readonly number[]
  readonly remembered?: () => readonly Remembered[]
}

/** Collects the pieces where ways end. */
export class FlowWalk {
  readonly device: FortiDevice
  readonly pieces: FortiPiece[] = []

  constructor(device: FortiDevice) {
    this.device = device
  }

  end(way: Way, { verdict, reason, policy, snat, among, lines, remembered }: End): void {
    if (isEmpty(way.flows)) return
    const { vip, target, egress } = way
    let known: readonly Remembered[] | undefined
    this.pieces.push({
      flows: way.flows,
      verdict,
      reason,
      ...(policy ? { policy } : {}),
      ...(vip ? { vip: vip.name } : {}),
      ...(egress === undefined ? {} : { egress }),
      dnat: vip && target ? shiftOf(vip, target) : null,
      snat: snat ?? null,
      ...(among ? { among } : {}),
      get remembered() {
        known ??= remembered?.() ?? []
        return known
      },
      because: [...way.lines, ...(lines ?? [])].map((line) => lineTrace(this.device, line)),
    })
  }

  /** Nothing we model tells what happens here: both ends, told apart by the name of what is missing. */
  undecided(way: Way, what: string): void {
    this.end({ ...way, flows: intersect(way.flows, when(what)) }, { verdict: 'allow', reason: 'unknown' })
    this.end({ ...way, flows: intersect(way.flows, unless(what)) }, { verdict: 'deny', reason: 'unknown' })
  }
}

function shiftOf(vip: FortiVip, target: FortiTarget): { addressShift: bigint; portShift: number } {
  const portShift = target.port === undefined ? 0 : target.port - (vip.forward?.ports[0] ?? target.port)
  return { addressShift: target.address - vip.first, portShift }
}
