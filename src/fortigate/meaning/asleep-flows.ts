import { type FlowSet, flowsWhere, intersect, isEmpty, subtract } from '../../flow/flow-set.ts'
import { ips } from '../../flow/values.ts'
import { lineTrace } from '../config/line-trace.ts'
import { vipsAsleep } from '../config/vips.ts'
import type { FortiDevice, FortiVdom } from '../model.ts'
import type { FortiPiece } from './flow-walk.ts'
import { policyAims } from './policy-flows.ts'
import { flowReach, meets } from './policy-reach.ts'
import { viewThrough, vipTakes } from './vip-flows.ts'

type Asleep = { readonly flows: FlowSet; readonly lines: readonly number[] }

/** Denials of what no VIP took: where one would have, were the policy that names it switched on, that policy is the reason. */
export function asleepPieces(
  device: FortiDevice,
  vdom: FortiVdom,
  ingress: string,
  pieces: readonly FortiPiece[],
): readonly FortiPiece[] {
  if (vipsAsleep(vdom).length === 0) return pieces
  return pieces.flatMap((piece) => {
    if (piece.verdict !== 'deny' || !BARE.has(piece.reason)) return [piece]
    const told: FortiPiece[] = []
    let { flows } = piece
    for (const { flows: asleep, lines } of asleepFlows(vdom, ingress, flows)) {
      const meant = intersect(flows, asleep)
      if (isEmpty(meant)) continue
      flows = subtract(flows, meant)
      const because = lines.map((line) => lineTrace(device, line))
      told.push({ ...piece, flows: meant, reason: 'disabled', because })
    }
    return isEmpty(flows) ? told : [...told, { ...piece, flows }]
  })
}
const BARE: ReadonlySet<string> = new Set(['implicit', 'local-in', 'no-route'])

/** In the order of the VIPs, then of the policies; the last line is the one that switches the policy off. */
function asleepFlows(vdom: FortiVdom, ingress: string, within: FlowSet): readonly Asleep[] {
  const found: Asleep[] = []
  const from = vdom.zoneOf.get(ingress) ?? ingress
  const { dst } = flowReach(within)
  for (const { vip, policies } of vipsAsleep(vdom)) {
    const [target] = vip.mapping.kind === 'shift' ? vip.mapping.targets : []
    if (!target || !meets(vip.external, dst)) continue
    const view = viewThrough(vip, target)
    let left = intersect(within, vipTakes(vdom, vip, ingress))
    for (const route of vdom.routes) {
      if (isEmpty(left)) break
      const routed = intersect(left, flowsWhere({ dst: ips(view.dst(route.to)) }))
      if (isEmpty(routed)) continue
      left = subtract(left, routed)
      for (const name of route.egress) {
        const passage = { vip, view, ingress: from, egress: vdom.zoneOf.get(name) ?? name }
        for (const policy of policies) {
          const lines = [vip.line, policy.line, policy.gates.statusLine]
          found.push({ flows: policyAims(vdom, policy, routed, passage), lines })
        }
      }
    }
  }
  return found
}
