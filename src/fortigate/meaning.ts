import type { Trace } from '../evidence/trace.ts'
import { compact, type FlowSet, flowsWhere, intersect, isEmpty, NOTHING, subtract, unite } from '../flow/flow-set.ts'
import { ANY_IP, ANY_IPV4, ANY_IPV6, type IpSet, intersectIp, NO_IP, subtractIp, uniteIp } from '../flow/ip-set.ts'
import { ips, names, namesExcept, numbers } from '../flow/values.ts'
import { vdomOf } from './config.ts'
import { UNTRANSLATED, unless, type View, when } from './field-flows.ts'
import { lineTrace } from './line-trace.ts'
import { localInPieces } from './local-in-flows.ts'
import type { FortiDevice, FortiInterface, FortiPolicyRoute, FortiTarget, FortiVdom, FortiVip } from './model.ts'
import { policyTakes } from './policy-flows.ts'
import { flowReach, meets, policyReach, uniteIps } from './policy-reach.ts'
import { snatPieces } from './source-nat.ts'
import { viewThrough, vipTakes } from './vip-flows.ts'
import { isHairpin, namesVip } from './vips.ts'

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
  readonly because: readonly Trace[]
}

/**
 * What the device does with each of these flows: disjoint pieces that together cover `within`. What the configuration does not
 * decide is a dimension (`group:…`, `unknown:…`): a verdict depends on it where pieces that differ only there disagree.
 */
export function fortigateMeaning(device: FortiDevice, within: FlowSet): readonly FortiPiece[] {
  const walk = new Walk(device)
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

/** A set of flows on its way, and what has happened to it so far. */
type Way = {
  readonly flows: FlowSet
  readonly vip?: FortiVip
  readonly target?: FortiTarget
  readonly egress?: string
  readonly lines: readonly number[]
}
const START: Way = { flows: NOTHING, lines: [] }

class Walk {
  readonly device: FortiDevice
  readonly pieces: FortiPiece[] = []

  constructor(device: FortiDevice) {
    this.device = device
  }

  end(
    way: Way,
    end: Pick<FortiPiece, 'verdict' | 'reason' | 'policy'> & { snat?: string | null; line?: number },
  ): void {
    if (isEmpty(way.flows)) return
    const { vip, target, egress } = way
    const lines = end.line === undefined ? way.lines : [...way.lines, end.line]
    this.pieces.push({
      flows: way.flows,
      verdict: end.verdict,
      reason: end.reason,
      ...(end.policy ? { policy: end.policy } : {}),
      ...(vip ? { vip: vip.name } : {}),
      ...(egress === undefined ? {} : { egress }),
      dnat: vip && target ? shiftOf(vip, target) : null,
      snat: end.snat ?? null,
      because: lines.map((line) => lineTrace(this.device, line)),
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

const MULTICAST: IpSet = { v4: [[0xe0000000, 0xffffffff]], v6: [[0xff00n << 112n, (1n << 128n) - 1n]] }

function arrive(walk: Walk, vdom: FortiVdom, port: FortiInterface, arrived: FlowSet): void {
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
  const reach = flowReach(flows)
  const vips = vdom.vipsInPlay.filter((vip) => meets(vip.external, reach.dst))
  for (const vip of vips) {
    if (isEmpty(flows)) return
    const taken = intersect(flows, vipTakes(vdom, vip, port.name))
    if (isEmpty(taken)) continue
    flows = subtract(flows, taken)
    translate(walk, vdom, port, { flows: taken, vip, lines: [vip.line] })
  }
  for (const vip of vips) {
    const own = vdom.interfaces.get(vip.extintf)?.addresses ?? []
    if (!isHairpin(vdom, vip, port.name) || own.length === 0) continue
    const ownIp = own.reduce<IpSet>((all, one) => uniteIp(all, one.address), NO_IP)
    const around = intersect(
      flows,
      intersect(vipTakes(vdom, { ...vip, extintf: 'any' }, port.name), flowsWhere({ dst: ips(ownIp) })),
    )
    walk.undecided({ flows: around, lines: [vip.line] }, `hairpin through VIP ${vip.name}`)
    flows = subtract(flows, around)
  }
  afterTranslation(walk, vdom, port, { flows, lines: [] }, UNTRANSLATED)
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

function translate(walk: Walk, vdom: FortiVdom, port: FortiInterface, way: Way & { vip: FortiVip }): void {
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
function afterTranslation(walk: Walk, vdom: FortiVdom, port: FortiInterface, way: Way, view: View): void {
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
function throughTable(walk: Walk, vdom: FortiVdom, port: FortiInterface, way: Way, view: View): void {
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
  walk.end({ ...way, flows: nowhere }, { verdict: 'deny', reason: 'no-route', line: vdom.routeLine })
}

/** Where routing protocols may know better, what they know decides; answers the flows for which they do not. */
function learned(walk: Walk, vdom: FortiVdom, way: Way): FlowSet {
  const protocol = vdom.dynamicRouting
  if (protocol === undefined) return way.flows
  walk.undecided({ ...way, flows: intersect(way.flows, when(protocol)) }, `${protocol} (routes learned)`)
  return intersect(way.flows, unless(protocol))
}

function throughPolicies(walk: Walk, vdom: FortiVdom, port: FortiInterface, way: Way, view: View): void {
  const ingress = vdom.zoneOf.get(port.name) ?? port.name
  const egress = vdom.zoneOf.get(way.egress ?? '') ?? way.egress ?? ''
  let { flows } = way
  const reach = flowReach(flows)
  for (const policy of vdom.policies) {
    if (isEmpty(flows)) return
    const { src, dst } = policyReach(vdom, policy)
    if ((src && !meets(src, reach.src)) || (dst && !way.vip && !meets(dst, reach.dst))) continue
    let taken = policyTakes(vdom, policy, flows, { vip: way.vip, view, ingress, egress })
    if (isEmpty(taken)) continue
    flows = subtract(flows, taken)
    if (flows.length > MANY_BOXES) flows = compact(flows)
    const named = { policy: { id: policy.id, name: policy.name }, line: policy.line, reason: 'policy' }
    if (policy.action === 'deny') walk.end({ ...way, flows: taken }, { ...named, verdict: 'deny' })
    else {
      const link = vdom.interfaces.get(way.egress ?? '')
      const behind = link?.vdomLink ? `VDOM link ${link.name} (the VDOM behind it)` : undefined
      if (behind !== undefined) {
        walk.end(
          { ...way, flows: intersect(taken, unless(behind)) },
          { ...named, verdict: 'deny', reason: 'vdom-link' },
        )
        taken = intersect(taken, when(behind))
      }
      for (const seen of snatPieces(vdom, policy, taken, way.egress ?? '')) {
        walk.end({ ...way, flows: seen.flows }, { ...named, verdict: 'allow', snat: seen.snat })
      }
    }
  }
  const zone = vdom.zones.get(ingress)
  if (zone?.intrazone && ingress === egress) {
    walk.end({ ...way, flows }, { verdict: 'allow', reason: 'intrazone', line: zone.line })
    return
  }
  const implicit = { verdict: 'deny', policy: { id: 0, name: '' } } as const
  for (const other of way.vip ? vdom.vipsInPlay : []) {
    if (other === way.vip || !meets(other.external, reach.dst)) continue
    if (!vdom.policies.some((policy) => accepts(vdom, policy, other, ingress))) continue
    const passed = intersect(flows, vipTakes(vdom, other, port.name))
    walk.end({ ...way, flows: passed }, { ...implicit, reason: 'vip-mismatch', line: other.line })
    flows = subtract(flows, passed)
  }
  walk.end({ ...way, flows }, { ...implicit, reason: 'implicit', line: vdom.policyLine })
}
const MANY_BOXES = 24

function accepts(vdom: FortiVdom, policy: FortiVdom['policies'][number], vip: FortiVip, ingress: string): boolean {
  const enters = policy.srcintf.includes('any') || policy.srcintf.includes(ingress)
  return policy.enabled && policy.action === 'accept' && enters && namesVip(vdom, policy, vip)
}
