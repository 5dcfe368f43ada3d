import { type FlowSet, flowsWhere, intersect, isEmpty, subtract, unite } from '../../flow/flow-set.ts'
import { numbers } from '../../flow/values.ts'
import type { FortiTtl } from '../config/read-ttl.ts'
import type { FortiPolicy, FortiService, FortiVdom } from '../model.ts'
import { oneService, type View } from './field-flows.ts'
import type { Remembered } from './flow-walk.ts'

/**
 * How long silent connections of these flows, let in by this policy, are remembered: a part for each line that says so. Service
 * before policy before port entry before default (Fortinet KB 95856, 191228), on the port after translation.
 */
export function ttlFlows(vdom: FortiVdom, policy: FortiPolicy, flows: FlowSet, view: View): readonly Remembered[] {
  const parts: Remembered[] = []
  let left = flows
  const take = (where: FlowSet, ttl: FortiTtl | null) => {
    const part = intersect(left, where)
    if (isEmpty(part)) return
    left = subtract(left, part)
    const known = parts.findIndex((one) => one.ttl?.seconds === ttl?.seconds && one.ttl?.line === ttl?.line)
    const same = parts[known]
    if (same) parts[known] = { flows: unite(same.flows, part), ttl }
    else parts.push({ flows: part, ttl })
  }
  for (const { flows: where, ttl } of serviceClaims(vdom, policy, view)) take(where, ttl)
  if (policy.sessionTtl) take(TCP, policy.sessionTtl)
  for (const entry of vdom.sessionTtl.ports) {
    take(
      flowsWhere({
        proto: numbers([entry.proto, entry.proto]),
        dport: { kind: 'number', ranges: view.dport(entry.ports) },
      }),
      entry,
    )
  }
  take(TCP, vdom.sessionTtl.default)
  take(UDP, vdom.sessionTtl.udpIdle)
  if (!isEmpty(left)) parts.push({ flows: left, ttl: null })
  return parts
}

const TCP = flowsWhere({ proto: numbers([6, 6]) })
const UDP = flowsWhere({ proto: numbers([17, 17]) })
const DEEPEST = 32

type Claim = { readonly flows: FlowSet; readonly ttl: FortiTtl | null }

/** What the policy's services say; where two say different things, nothing that we found tells which counts. */
function serviceClaims(vdom: FortiVdom, policy: FortiPolicy, view: View): readonly Claim[] {
  let claims: Claim[] = []
  const services = policy.serviceNegate || policy.internetService ? [] : timedServices(vdom, policy.service)
  for (const service of new Set(services)) {
    for (const [protocol, ttl] of [
      [TCP, service.sessionTtl],
      [UDP, service.udpIdle ?? service.sessionTtl],
    ] as const) {
      if (!ttl) continue
      let mine = intersect(oneService(service, view), protocol)
      claims = claims.flatMap((claim) => {
        const both = intersect(claim.flows, mine)
        if (isEmpty(both) || claim.ttl?.seconds === ttl.seconds) {
          mine = subtract(mine, both)
          return [claim]
        }
        mine = subtract(mine, both)
        return [
          { flows: subtract(claim.flows, both), ttl: claim.ttl },
          { flows: both, ttl: null },
        ]
      })
      claims.push({ flows: mine, ttl })
    }
  }
  return claims
}

function timedServices(
  vdom: FortiVdom,
  names: readonly string[],
  depth = 0,
): readonly Extract<FortiService, { kind: 'service' }>[] {
  return names.flatMap((name) => {
    const service = vdom.services.get(name)
    if (service?.kind === 'group') return depth < DEEPEST ? timedServices(vdom, service.members, depth + 1) : []
    return service && (service.sessionTtl || service.udpIdle) ? [service] : []
  })
}
