import { type FlowSet, flowsWhere, intersect, isEmpty, subtract } from '../../flow/flow-set.ts'
import {
  ANY_IPV4,
  ANY_IPV6,
  type IpSet,
  intersectIp,
  isEmptyIp,
  NO_IP,
  printIpSet,
  uniteIp,
} from '../../flow/ip-set.ts'
import { ips, numbers } from '../../flow/values.ts'
import type { FortiSnatRule } from '../config/network-model.ts'
import type { FortiPolicy, FortiVdom, FortiVip } from '../model.ts'
import { sideFlows, type View, when } from './field-flows.ts'
import { flowReach, meets } from './policy-reach.ts'

/** Between which interfaces, by zone and by name, the flows pass. */
export type SnatPassage = {
  readonly view: View
  readonly ingress: string
  readonly egress: string
  readonly from: string
  readonly port: string
}
/** `among`: all that the source may be, where it is not one address. */
type Seen = { readonly flows: FlowSet; readonly snat: string | null; readonly among?: IpSet }

/** Flows that a policy lets in, cut where the source that the next hop sees differs; a translated range is told by its VIP's name. */
export function snatPieces(
  vdom: FortiVdom,
  policy: FortiPolicy,
  flows: FlowSet,
  passage: SnatPassage,
): readonly Seen[] {
  if (!vdom.centralNat && !policy.nat) return [{ flows, snat: null }]
  const pieces: Seen[] = []
  let left = flows
  const cut = (where: FlowSet, seen: (part: FlowSet) => Omit<Seen, 'flows'>) => {
    const part = intersect(left, where)
    if (isEmpty(part)) return
    left = subtract(left, part)
    pieces.push({ flows: part, ...seen(part) })
  }
  const near = reversible(vdom, passage.port).filter((vip) => meets(insideOf(vip), flowReach(flows).src))
  const reverse = (vip: FortiVip) => cut(flowsWhere({ src: ips(insideOf(vip)) }), (part) => reversed(vip, part))
  for (const vip of near) if (vip.natSource) reverse(vip)
  if (vdom.centralNat) {
    for (const rule of vdom.centralNat.rules) {
      const seen = rule.translates
        ? poolsOr(vdom, rule.pools, ownAddress(vdom, passage.port, rule.family))
        : { snat: null }
      cut(ruleFlows(vdom, rule, passage), () => seen)
    }
    if (!isEmpty(left)) pieces.push({ flows: left, snat: null })
    return pieces
  }
  for (const family of [4, 6] as const) {
    const whole = flowsWhere({ src: ips(family === 4 ? ANY_IPV4 : ANY_IPV6) })
    const pools = family === 4 ? policy.pools : policy.pools6
    if (pools) cut(whole, () => poolsOr(vdom, pools, passage.port))
    else {
      const alike = near.filter((vip) => vip.family === family && !vip.forward && vdom.vipsInPlay.includes(vip))
      for (const vip of alike) reverse(vip)
      cut(whole, () => ({ snat: ownAddress(vdom, passage.port, family) }))
    }
  }
  return pieces
}

function ruleFlows(vdom: FortiVdom, rule: FortiSnatRule, { view, ingress, egress, from, port }: SnatPassage): FlowSet {
  const fits = (list: readonly string[], names: readonly string[]) =>
    list.includes('any') || names.some((name) => list.includes(name))
  if (!fits(rule.srcintf, [ingress, from]) || !fits(rule.dstintf, [egress, port])) return []
  const shape = flowsWhere({
    proto: rule.proto === undefined ? undefined : numbers([rule.proto, rule.proto]),
    sport: rule.sport && numbers(rule.sport),
    dport: rule.dport && { kind: 'number', ranges: view.dport(rule.dport) },
  })
  const between = intersect(
    sideFlows(vdom, rule.sources, rule.family, false, 'source'),
    sideFlows(vdom, rule.destinations, rule.family, false, 'destination', view),
  )
  const flows = intersect(shape, between)
  return rule.unknown === undefined ? flows : intersect(flows, when(rule.unknown))
}

/** VIPs that may hide their hosts behind their external address when they leave by this interface. */
function reversible(vdom: FortiVdom, port: string): readonly FortiVip[] {
  return vdom.vips.filter(
    (vip) =>
      vip.enabled &&
      vip.type === 'static-nat' &&
      vip.unknown === undefined &&
      (vip.extintf === 'any' || vip.extintf === port),
  )
}

/** The external address of one host; the name of the VIP where there are several. */
function reversed(vip: FortiVip, flows: FlowSet): Omit<Seen, 'flows'> {
  const sources = intersectIp(flowReach(flows).src, insideOf(vip))
  const [only, more] = printIpSet(sources)
  const [target] = vip.mapping.kind === 'shift' ? vip.mapping.targets : []
  if (only === undefined || more !== undefined || only.includes('/') || !target)
    return { snat: `VIP ${vip.name}`, among: vip.external }
  const from = BigInt(sources.v4[0]?.[0] ?? sources.v6[0]?.[0] ?? 0) - target.address + vip.first
  const outside: IpSet =
    vip.family === 4 ? { v4: [[Number(from), Number(from)]], v6: [] } : { v4: [], v6: [[from, from]] }
  return { snat: printIpSet(outside)[0] ?? `VIP ${vip.name}` }
}

function insideOf(vip: FortiVip): IpSet {
  const [target] = vip.mapping.kind === 'shift' ? vip.mapping.targets : []
  const [range] = vip.family === 4 ? vip.external.v4 : vip.external.v6
  if (!target || !range) return { v4: [], v6: [] }
  const last = target.address + BigInt(range[1]) - BigInt(range[0])
  return vip.family === 4
    ? { v4: [[Number(target.address), Number(last)]], v6: [] }
    : { v4: [], v6: [[target.address, last]] }
}

/** Pools by their only address, else by name. */
function poolsOr(vdom: FortiVdom, names: readonly string[], otherwise: string): Omit<Seen, 'flows'> {
  if (names.length === 0) return { snat: otherwise }
  const known = names.map((name) => vdom.pools.get(name)?.addresses ?? NO_IP)
  const shown = names.map((name, index) => {
    const printed = printIpSet(known[index] ?? NO_IP)
    return printed.length === 1 && !printed[0]?.includes('/') ? (printed[0] ?? name) : name
  })
  return { snat: shown.join(', '), ...(known.some(isEmptyIp) ? {} : { among: known.reduce(uniteIp) }) }
}

function ownAddress(vdom: FortiVdom, port: string, family: 4 | 6): string {
  const addresses = vdom.interfaces.get(port)?.addresses ?? []
  const mine = addresses.filter(({ address }) => (family === 4 ? address.v4 : address.v6).length > 0)
  return mine[0]?.text ?? port
}
