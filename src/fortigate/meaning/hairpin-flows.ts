import { type FlowSet, flowsWhere, forget, intersect, isEmpty, subtract } from '../../flow/flow-set.ts'
import { ANY_IP, type IpSet, intersectIp, oneIp, parseIp } from '../../flow/ip-set.ts'
import { ips, names } from '../../flow/values.ts'
import { lineTrace } from '../config/line-trace.ts'
import type { FortiInterface, FortiVdom, FortiVip } from '../model.ts'
import { UNTRANSLATED } from './field-flows.ts'
import { FlowWalk, type FortiPiece } from './flow-walk.ts'
import { flowReach, meets, uniteIps } from './policy-reach.ts'
import { throughPolicies } from './through-policies.ts'
import { vipTakes } from './vip-flows.ts'

/** An interface to whose own addresses VIPs listen. */
type Hairpin = { readonly port: FortiInterface; readonly own: IpSet; readonly vips: readonly FortiVip[] }

/**
 * Flows from elsewhere to the own address of another interface at which a VIP takes them there: the device evaluates them twice, out
 * through that interface and in again, from the source that the first pass gave them (Fortinet KB 195448). `enter` is the second
 * arrival; answers the flows that are no hairpin.
 */
export function hairpinFlows(
  walk: FlowWalk,
  vdom: FortiVdom,
  from: FortiInterface,
  arrived: FlowSet,
  enter: (walk: FlowWalk, port: FortiInterface, flows: FlowSet) => FlowSet,
): FlowSet {
  let flows = arrived
  const { dst } = flowReach(flows)
  for (const { port, own, vips } of hairpins(vdom)) {
    if (port.name === from.name || !meets(own, dst)) continue
    for (const vip of vips) {
      const around = intersect(intersect(flows, vipTakes(vdom, vip, port.name)), flowsWhere({ dst: ips(own) }))
      if (isEmpty(around)) continue
      flows = subtract(flows, around)
      twice(walk, vdom, from, port, around, enter)
    }
  }
  return flows
}

const hairpinsOf = new WeakMap<FortiVdom, readonly Hairpin[]>()

/** Worked out once. */
function hairpins(vdom: FortiVdom): readonly Hairpin[] {
  const known = hairpinsOf.get(vdom)
  if (known) return known
  const found = [...vdom.interfaces.values()].flatMap((port): Hairpin[] => {
    const own = uniteIps(port.addresses.map(({ address }) => address))
    const vips = vdom.vipsInPlay.filter((vip) => port.up && meets(vip.external, own))
    return vips.length === 0 ? [] : [{ port, own, vips }]
  })
  hairpinsOf.set(vdom, found)
  return found
}

/** Where a packet from anywhere may be sent to come in again by this interface or zone. */
export function hairpinAddresses(vdom: FortiVdom, entered: (name: string) => boolean): IpSet {
  const here = hairpins(vdom).filter(({ port }) => entered(vdom.zoneOf.get(port.name) ?? port.name))
  return uniteIps(here.flatMap(({ own, vips }) => vips.map((vip) => intersectIp(own, vip.external))))
}

/** Out by the policies between the two interfaces, then in again; what is stopped on the way out ends there. */
function twice(
  walk: FlowWalk,
  vdom: FortiVdom,
  from: FortiInterface,
  port: FortiInterface,
  flows: FlowSet,
  enter: (walk: FlowWalk, port: FortiInterface, flows: FlowSet) => FlowSet,
): void {
  const out = new FlowWalk(walk.device)
  throughPolicies(out, vdom, from, { flows, egress: port.name, lines: [port.line] }, UNTRANSLATED)
  for (const first of out.pieces) {
    if (first.verdict === 'deny') walk.pieces.push(first)
    else again(walk, port, first, enter)
  }
}

/** The second pass of one piece of the first. */
function again(
  walk: FlowWalk,
  port: FortiInterface,
  first: FortiPiece,
  enter: (walk: FlowWalk, port: FortiInterface, flows: FlowSet) => FlowSet,
): void {
  const source = first.snat === null ? undefined : parseIp(first.snat)
  const lines = first.because.map(({ line }) => line)
  if (first.snat !== null && !source) {
    walk.undecided({ flows: first.flows, lines }, `hairpin by ${port.name} (from ${first.snat})`)
    return
  }
  const seen = source ? forget(first.flows, 'src') : first.flows
  const inward = new FlowWalk(walk.device)
  const outside = flowsWhere({ ingress: names(port.name), src: source ? ips(oneIp(source)) : ips(ANY_IP) })
  const left = enter(inward, port, intersect(forget(seen, 'ingress'), outside))
  // A VIP took them before their source was changed, and takes them no more: what happens then is not documented in what we found.
  inward.undecided({ flows: left, lines: [] }, `hairpin by ${port.name} (no VIP for the changed source)`)
  for (const second of inward.pieces) {
    const whence = source ? forget(second.flows, 'src') : second.flows
    const flows = intersect(first.flows, forget(whence, 'ingress'))
    if (isEmpty(flows)) continue
    const passes = second.verdict === 'allow' && (second.reason === 'policy' || second.reason === 'intrazone')
    walk.pieces.push({
      ...second,
      flows,
      snat: passes ? (second.snat ?? first.snat) : null,
      // Two sessions, each with its time: which of them ends the connection is not documented in what we found.
      remembered: passes ? [{ flows, ttl: null }] : [],
      because: [...lines.map((line) => lineTrace(walk.device, line)), ...second.because],
    })
  }
}
