import {
  EVERYTHING,
  type FlowSet,
  flowsWhere,
  intersect,
  isEmpty,
  NOTHING,
  subtract,
  uniteAll,
} from '../../flow/flow-set.ts'
import { ANY_IPV4, ANY_IPV6, type IpSet, NO_IP, uniteIp } from '../../flow/ip-set.ts'
import { ips, numbers } from '../../flow/values.ts'
import type { FortiLocalInPolicy, FortiVdom, FortiVip } from '../model.ts'
import { scheduleFlows, serviceFlows, sideFlows, type View, when } from './field-flows.ts'
import { flowReach, meets, uniteIps } from './policy-reach.ts'

type LocalPiece = { readonly flows: FlowSet; readonly verdict: 'allow' | 'deny'; readonly lines: readonly number[] }

/** The part of the flows that the device itself would take, and whether it does. The rest is forwarded. */
export function localInPieces(
  vdom: FortiVdom,
  ingress: string,
  vip: FortiVip | undefined,
  flows: FlowSet,
  view: View,
): readonly LocalPiece[] {
  const pieces: LocalPiece[] = []
  let left = flows
  for (const port of vdom.interfaces.values()) {
    if (port.loopback || port.addresses.length === 0) continue
    const own = port.addresses.reduce<IpSet>((all, one) => uniteIp(all, one.address), NO_IP)
    let mine = intersect(left, flowsWhere({ dst: ips(view.dst(own)) }))
    if (isEmpty(mine)) continue
    left = subtract(left, mine)
    for (const policy of vdom.localIn) {
      const matched = intersect(mine, localInFlows(vdom, policy, ingress, view))
      mine = subtract(mine, matched)
      pieces.push({ flows: matched, verdict: policy.accept ? 'allow' : 'deny', lines: [port.line, policy.line] })
    }
    const open = intersect(mine, listening(vdom, ingress, view))
    pieces.push({ flows: open, verdict: 'allow', lines: [port.line] })
    pieces.push({ flows: subtract(mine, open), verdict: 'deny', lines: [port.line] })
  }
  if (!vip)
    pieces.push({
      flows: intersect(left, heldByNat(vdom, flowReach(left).dst)),
      verdict: 'deny',
      lines: [vdom.policyLine],
    })
  return pieces.filter((piece) => !isEmpty(piece.flows))
}

function localInFlows(vdom: FortiVdom, policy: FortiLocalInPolicy, ingress: string, view: View): FlowSet {
  const zone = vdom.zoneOf.get(ingress)
  const here = policy.intf.some((name) => name === 'any' || name === ingress || name === zone)
  if (!policy.enabled || !here) return NOTHING
  const negated = (set: FlowSet, negate: boolean) => (negate ? subtract(EVERYTHING, set) : set)
  const whole = policy.family === 4 ? ANY_IPV4 : ANY_IPV6
  const side = (names: readonly string[], of: 'source' | 'destination') =>
    sideFlows(vdom, names, policy.family, false, of, view)
  const fields = [
    flowsWhere({ dst: ips(view.dst(whole)) }),
    negated(side(policy.srcaddr, 'source'), policy.srcNegate),
    negated(side(policy.dstaddr, 'destination'), policy.dstNegate),
    negated(serviceFlows(vdom, policy.service, view), policy.serviceNegate),
    scheduleFlows(vdom, policy.schedule),
    ...policy.unknown.map(when),
  ]
  return fields.reduce(intersect, EVERYTHING)
}

function listening(vdom: FortiVdom, ingress: string, view: View): FlowSet {
  const here = vdom.listeners.filter((one) => one.ingress === undefined || one.ingress === ingress)
  return uniteAll(
    here.map(({ what, certain, family, proto, ports }) => {
      const only = numbers([proto, proto])
      const any = ports[0] === 0 && ports[1] === 65535
      const dport = any ? undefined : ({ kind: 'number', ranges: view.dport(ports) } as const)
      const dst = family === undefined ? undefined : ips(view.dst(family === 4 ? ANY_IPV4 : ANY_IPV6))
      const isIcmp = proto === 1 || proto === 58
      const flows = flowsWhere(isIcmp ? { dst, proto: only, icmp: numbers(ports) } : { dst, proto: only, dport })
      return certain ? flows : intersect(flows, when(what))
    }),
  )
}

function heldByNat(vdom: FortiVdom, within: IpSet): FlowSet {
  if (vdom.vipIsLocal === false) return NOTHING
  const vips = vdom.vips.filter(
    (one) => one.enabled && one.arpReply && one.unknown === undefined && meets(one.external, within),
  )
  const pools = [...vdom.pools.values()].filter((pool) => pool.arpReply)
  const held = uniteIps([...vips.map((one) => one.external), ...pools.map((pool) => pool.addresses)])
  const flows = flowsWhere({ dst: ips(held) })
  return vdom.vipIsLocal ? flows : intersect(flows, when('whether this release owns VIP addresses'))
}
