import { EVERYTHING, type FlowSet, flowsWhere, intersect, unite, uniteAll } from '../../flow/flow-set.ts'
import { ANY_IPV4, ANY_IPV6, type IpSet, intersectIp, isEmptyIp, NO_IP, uniteIp } from '../../flow/ip-set.ts'
import { ips, names, numbers } from '../../flow/values.ts'
import { when } from '../meaning/field-flows.ts'
import type { Passage } from '../meaning/policy-flows.ts'
import { viewThrough } from '../meaning/vip-flows.ts'
import type { FortiVdom, FortiVip } from '../model.ts'
import { type Door, hostsBehind } from './grant-door.ts'
import type { GrantWindow, PortRange } from './grant-objects.ts'
import type { Entrance } from './placement.ts'

type WhoAsks = { readonly groups: readonly string[] }
/** A part of what is asked, on its way from one interface to another. */
type GrantWay = { readonly flows: FlowSet; readonly passage: Passage; readonly port: string }

/** The ways that what is asked can go through the device from one entrance. */
export function waysOf(
  vdom: FortiVdom,
  door: Door,
  entrance: Entrance,
  ask: WhoAsks & { readonly ports: readonly PortRange[] },
  window: GrantWindow | undefined,
): readonly GrantWay[] {
  const { vip, exits } = door
  const targets = vip.mapping.kind === 'shift' ? vip.mapping.targets : []
  return entrance.ports.flatMap((port) => {
    const flows = intersect(
      flowsWhere({ ingress: names(port) }),
      askedFlows(vip.external, entrance.sources, ask.ports, ask, window),
    )
    const ingress = vdom.zoneOf.get(port) ?? port
    return targets.flatMap((target) =>
      exits.map((egress) => ({ flows, port, passage: { vip, view: viewThrough(vip, target), ingress, egress } })),
    )
  })
}

/** Flows from these sources to these addresses and ports, in the groups and the time that were asked for. */
export function askedFlows(
  destinations: IpSet,
  sources: IpSet,
  ports: readonly PortRange[],
  ask: WhoAsks,
  window: GrantWindow | undefined,
): FlowSet {
  const who = ask.groups.length === 0 ? EVERYTHING : uniteAll(ask.groups.map((group) => when(`group:${group}`)))
  const where = flowsWhere({
    src: ips(sources),
    dst: ips(destinations),
    at: window ? numbers([window.from, window.until]) : undefined,
  })
  const onPorts = ports.map(({ proto, from, to }) => {
    const number = proto === 'tcp' ? 6 : 17
    return flowsWhere({ proto: numbers([number, number]), dport: numbers([from, to]) })
  })
  return intersect(intersect(where, who), uniteAll(onPorts))
}

/**
 * Where a grant through the VIP can change anything: what is sent to the VIP; when it only now takes part, what its hosts send; and
 * with central NAT, where policies name the hosts themselves, what is sent to them, straight or through any other VIP that leads there.
 */
export function reachOfGrant(vdom: FortiVdom, vip: FortiVip): FlowSet {
  const ingress = names(...vdom.interfaces.keys())
  const family = vip.family === 4 ? ANY_IPV4 : ANY_IPV6
  const towards = flowsWhere({ ingress, src: ips(family), dst: ips(intersectIp(vip.external, family)) })
  const hosts = hostsBehind(vip).reduce(uniteIp, NO_IP)
  if (vdom.centralNat) {
    const doors = vdom.vipsInPlay.filter((one) => one.family === vip.family && mayLeadTo(one, hosts))
    const arriving = [hosts, ...doors.map(({ external }) => intersectIp(external, family))].reduce(uniteIp)
    return unite(towards, flowsWhere({ ingress, src: ips(family), dst: ips(arriving) }))
  }
  if (vdom.vipsInPlay.includes(vip) || vip.forward) return towards
  return unite(towards, flowsWhere({ ingress, src: ips(hosts), dst: ips(family) }))
}

function mayLeadTo(vip: FortiVip, hosts: IpSet): boolean {
  return vip.mapping.kind === 'unknown' || hostsBehind(vip).some((behind) => !isEmptyIp(intersectIp(behind, hosts)))
}
