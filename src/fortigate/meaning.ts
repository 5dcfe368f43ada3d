import { type FlowSet, flowsWhere, intersect, isEmpty, NOTHING, subtract, unite } from '../flow/flow-set.ts'
import { ANY_IP, ANY_IPV4, ANY_IPV6, type IpSet, intersectIp, subtractIp } from '../flow/ip-set.ts'
import { ips, names, namesExcept, numbers } from '../flow/values.ts'
import { vdomOf } from './config.ts'
import { asleepPieces } from './meaning/asleep-flows.ts'
import { UNTRANSLATED, unless, type View, when } from './meaning/field-flows.ts'
import { FlowWalk, type FortiPiece, START, type Way } from './meaning/flow-walk.ts'
import { hairpinFlows } from './meaning/hairpin-flows.ts'
import { localInPieces } from './meaning/local-in-flows.ts'
import { flowReach, meets, uniteIps } from './meaning/policy-reach.ts'
import { throughPolicies } from './meaning/through-policies.ts'
import { viewThrough, vipTakes } from './meaning/vip-flows.ts'
import type { FortiDevice, FortiInterface, FortiPolicyRoute, FortiVdom, FortiVip } from './model.ts'

export type { FortiPiece } from './meaning/flow-walk.ts'

/**
 * What the device does with each of these flows: disjoint pieces that together cover `within`. What the configuration does not
 * decide is a dimension (`group:…`, `unknown:…`): a verdict depends on it where pieces that differ only there disagree.
 */
export function fortigateMeaning(device: FortiDevice, within: FlowSet): readonly FortiPiece[] {
  const walk = new FlowWalk(device)
  const vdom = vdomOf(device)
  if (!vdom) walk.undecided({ ...START, flows: within }, 'the VDOM is not in this file')
  else if (vdom.unsure.length > 0) {
    walk.undecided({ ...START, flows: within, lines: [vdom.policyLine] }, vdom.unsure.join(', '))
  } else {
    const elsewhere = intersect(within, flowsWhere({ ingress: namesExcept(...vdom.interfaces.keys()) }))
    walk.undecided({ ...START, flows: elsewhere }, 'interface (not in this VDOM)')
    for (const port of vdom.interfaces.values()) {
      const flows = intersect(within, flowsWhere({ ingress: names(port.name) }))
      if (!isEmpty(flows)) arrive(walk, vdom, port, flows)
    }
  }
  return walk.pieces
}

const MULTICAST: IpSet = { v4: [[0xe0000000, 0xffffffff]], v6: [[0xff00n << 112n, (1n << 128n) - 1n]] }

function arrive(walk: FlowWalk, vdom: FortiVdom, port: FortiInterface, arrived: FlowSet): void {
  const here = { ...START, lines: [port.line] }
  let flows = arrived
  if (!port.up) {
    walk.end({ ...here, flows }, { verdict: 'deny', reason: 'interface-down' })
    return
  }
  if (port.unknown !== undefined) {
    const gated = { ...here, flows: intersect(flows, unless(port.unknown)) }
    walk.end(gated, { verdict: 'deny', reason: 'interface-gate' })
    flows = intersect(flows, when(port.unknown))
  }
  const multicast = intersect(flows, flowsWhere({ dst: ips(MULTICAST) }))
  walk.undecided({ ...here, flows: multicast }, 'multicast')
  flows = subtract(flows, multicast)
  if (!port.dynamic && port.sourceCheck) {
    const back = unite(
      flowsWhere({ src: ips(returnRoutes(vdom, port.name)) }),
      vdom.dynamicRouting === undefined ? NOTHING : when(`${vdom.dynamicRouting} (return route)`),
    )
    walk.end({ ...here, flows: subtract(flows, back) }, { verdict: 'deny', reason: 'rpf' })
    flows = intersect(flows, back)
  }
  flows = throughVips(walk, vdom, port, flows)
  flows = hairpinFlows(walk, vdom, port, flows, (inward, entry, again) => throughVips(inward, vdom, entry, again))
  const plain = new FlowWalk(walk.device)
  afterTranslation(plain, vdom, port, { flows, lines: [] }, UNTRANSLATED)
  walk.pieces.push(...asleepPieces(walk.device, vdom, port.name, plain.pieces))
}

/** The first VIP of the table that fits translates; answers the flows that none takes. */
function throughVips(walk: FlowWalk, vdom: FortiVdom, port: FortiInterface, arrived: FlowSet): FlowSet {
  let flows = arrived
  const reach = flowReach(flows)
  for (const vip of vdom.vipsInPlay) {
    if (isEmpty(flows)) break
    if (!meets(vip.external, reach.dst)) continue
    const taken = intersect(flows, vipTakes(vdom, vip, port.name))
    if (isEmpty(taken)) continue
    flows = subtract(flows, taken)
    translate(walk, vdom, port, { flows: taken, vip, lines: [vip.line] })
  }
  return flows
}

/** Sources that a packet may have when it comes in here (loose: any route back; strict: the best one). */
function returnRoutes(vdom: FortiVdom, ingress: string): IpSet {
  let left = ANY_IP
  const back: IpSet[] = []
  for (const route of vdom.routes) {
    if (route.feasible.includes(ingress)) back.push(vdom.strictSourceCheck ? intersectIp(route.to, left) : route.to)
    if (vdom.strictSourceCheck) left = subtractIp(left, route.to)
  }
  return uniteIps(back)
}

function translate(walk: FlowWalk, vdom: FortiVdom, port: FortiInterface, way: Way & { vip: FortiVip }): void {
  const { mapping } = way.vip
  if (mapping.kind === 'unknown') {
    walk.undecided(way, mapping.what)
    return
  }
  let { flows } = way
  mapping.targets.forEach((target, index) => {
    const last = index === mapping.targets.length - 1
    const picked = last ? flows : intersect(flows, when(target.label))
    flows = last ? NOTHING : intersect(flows, unless(target.label))
    afterTranslation(walk, vdom, port, { ...way, flows: picked, target }, viewThrough(way.vip, target))
  })
}

/** Local addresses, then routes, then policies. */
function afterTranslation(walk: FlowWalk, vdom: FortiVdom, port: FortiInterface, way: Way, view: View): void {
  let { flows } = way
  if (isEmpty(flows)) return
  for (const local of localInPieces(vdom, port.name, way.vip, flows, view)) {
    const lines = [...way.lines, ...local.lines]
    walk.end({ ...way, flows: local.flows, lines }, { verdict: local.verdict, reason: 'local-in' })
    flows = subtract(flows, local.flows)
  }
  for (const route of vdom.policyRoutes) {
    if (route.inputs.length > 0 && route.inputs.includes(port.name) === route.inputsNegate) continue
    const fitting = intersect(flows, policyRouteFlows(route, view))
    if (isEmpty(fitting)) continue
    const overruled = intersect(fitting, when(`policy route ${route.id}`))
    flows = subtract(flows, overruled)
    if (route.stops) {
      throughTable(walk, vdom, port, { ...way, flows: overruled }, view)
      continue
    }
    const leaving = { ...way, flows: overruled, lines: [...way.lines, route.line] }
    if (route.egress === undefined) walk.undecided({ ...way, flows: overruled }, `policy route ${route.id} (output)`)
    else throughPolicies(walk, vdom, port, { ...leaving, egress: route.egress }, view)
  }
  throughTable(walk, vdom, port, { ...way, flows }, view)
}

/** The flows that fit the fields of a policy route. */
function policyRouteFlows(route: FortiPolicyRoute, view: View): FlowSet {
  const family = route.family === 4 ? ANY_IPV4 : ANY_IPV6
  return flowsWhere({
    src: route.src && ips(route.src),
    dst: ips(view.dst(route.dst ? intersectIp(route.dst, family) : family)),
    proto: route.proto === undefined ? undefined : numbers([route.proto, route.proto]),
    dport: route.dport && { kind: 'number', ranges: view.dport(route.dport) },
  })
}

/** By the routing table, most specific first. */
function throughTable(walk: FlowWalk, vdom: FortiVdom, port: FortiInterface, way: Way, view: View): void {
  let { flows } = way
  for (const route of vdom.routes) {
    if (isEmpty(flows)) return
    const routed = intersect(flows, flowsWhere({ dst: ips(view.dst(route.to)) }))
    if (isEmpty(routed)) continue
    flows = subtract(flows, routed)
    let rest = route.connected ? routed : learned(walk, vdom, { ...way, flows: routed })
    const lines = [...way.lines, route.line]
    if (route.blackhole) walk.end({ ...way, flows: rest, lines }, { verdict: 'deny', reason: 'no-route' })
    else {
      route.egress.forEach((egress, index) => {
        const last = index === route.egress.length - 1
        const choice = `route ${route.text} via ${egress}`
        const picked = last ? rest : intersect(rest, when(choice))
        rest = last ? NOTHING : intersect(rest, unless(choice))
        throughPolicies(walk, vdom, port, { ...way, flows: picked, lines, egress }, view)
      })
    }
  }
  const nowhere = learned(walk, vdom, { ...way, flows })
  walk.end({ ...way, flows: nowhere }, { verdict: 'deny', reason: 'no-route', lines: [vdom.routeLine] })
}

/** Where routing protocols may know better, what they know decides; answers the flows for which they do not. */
function learned(walk: FlowWalk, vdom: FortiVdom, way: Way): FlowSet {
  const protocol = vdom.dynamicRouting
  if (protocol === undefined) return way.flows
  walk.undecided({ ...way, flows: intersect(way.flows, when(protocol)) }, `${protocol} (routes learned)`)
  return intersect(way.flows, unless(protocol))
}
