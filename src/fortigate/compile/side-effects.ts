import { compact, type FlowSet, flowsWhere, intersect, isEmpty, subtractAlike, witness } from '../../flow/flow-set.ts'
import { oneIp, parseIp } from '../../flow/ip-set.ts'
import { printFlows } from '../../flow/print-flows.ts'
import { ips, numbers } from '../../flow/values.ts'
import { type FortiPiece, fortigateMeaning } from '../meaning.ts'
import type { FortiDevice } from '../model.ts'

/**
 * What an edit opens beyond what was asked or closes, of the flows within, as one such flow in words; undefined when it does
 * neither. A flow that goes on another way, or with another source, counts as closed, unless that is what was asked, or the flow only
 * went past the device untranslated and is of those `taken` over.
 */
export function sideEffect(
  before: FortiDevice,
  after: FortiDevice,
  within: FlowSet,
  asked: FlowSet,
  taken: FlowSet,
): string | undefined {
  const [was, is] = [allowedByWay(fortigateMeaning(before, within)), allowedByWay(fortigateMeaning(after, within))]
  const served = intersect(asked, [...is.values()].flat())
  for (const [way, flows] of was) {
    const gone = subtractAlike(subtractAlike(flows, is.get(way) ?? []), served)
    const closed = way.startsWith(PAST) ? subtractAlike(gone, taken) : gone
    if (!isEmpty(closed)) return `close ${sayOne(closed)}`
  }
  for (const [way, flows] of is) {
    const beyond = subtractAlike(subtractAlike(flows, was.get(way) ?? []), asked)
    if (!isEmpty(beyond)) return `open ${sayOne(beyond)}`
  }
  return undefined
}

/** What is sent on as it came, to some other device: neither through a VIP nor to this one. */
const PAST = '\u0000'

/** INVARIANT: pieces are disjoint, so what goes one way is their boxes side by side. */
function allowedByWay(pieces: readonly FortiPiece[]): ReadonlyMap<string, FlowSet> {
  const ways = new Map<string, FlowSet>()
  for (const { verdict, vip, egress, dnat, snat, flows } of pieces) {
    if (verdict !== 'allow') continue
    const past = vip === undefined && egress !== undefined ? PAST : ''
    const key = [past + (vip ?? ''), egress, dnat?.addressShift, dnat?.portShift, snat].join('\n')
    ways.set(key, [...(ways.get(key) ?? []), ...flows])
  }
  return ways
}

/** One flow of them, by the fields that everybody knows. */
function sayOne(flows: FlowSet): string {
  const flow = witness(compact(flows)) ?? {}
  const fields = ['src', 'dst', 'proto', 'dport'].map((name) => {
    const value = flow[name]
    if (value === undefined) return [name, undefined] as const
    const ip = typeof value === 'string' ? parseIp(value) : undefined
    return [name, ip ? ips(oneIp(ip)) : numbers([Number(value), Number(value)])] as const
  })
  const [line = 'something'] = printFlows(flowsWhere(Object.fromEntries(fields)))
  return flow.ingress === undefined ? line : `${line} (arriving on ${flow.ingress})`
}
