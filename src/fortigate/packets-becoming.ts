import { EVERYTHING, type FlowSet, flowsWhere, intersect, unite } from '../flow/flow-set.ts'
import { type IpSet, readCidr } from '../flow/ip-set.ts'
import { ips } from '../flow/values.ts'
import { vdomOf } from './config.ts'
import { flowReach, meets, uniteIps } from './meaning/policy-reach.ts'
import { destinationsOutside, policyRegion } from './meaning/policy-region.ts'
import type { FortiDevice, FortiPolicy, FortiVdom } from './model.ts'

/**
 * The packets that may leave the device as one of these, at most: with such a source, or with one that a policy hides behind such an
 * address; sent to such a destination, or to a VIP that leads there.
 */
export function packetsBecoming(device: FortiDevice, leaving: FlowSet): FlowSet {
  const vdom = vdomOf(device)
  // With central NAT it is not the policies that hide clients, but a table of its own.
  if (!vdom || vdom.centralNat?.rules.some((rule) => rule.translates || rule.unknown !== undefined)) return EVERYTHING
  const { src, dst } = flowReach(leaving)
  const sent = flowsWhere({ dst: ips(destinationsOutside(vdom, dst)) })
  const hidden = vdom.policies.filter((policy) => {
    const faces = policy.nat ? facesOf(vdom, policy) : undefined
    return policy.nat && (faces === undefined || meets(faces, src))
  })
  const regions = hidden.map((policy) => policyRegion(vdom, policy))
  return intersect(regions.reduce(unite, flowsWhere({ src: ips(src) })), sent)
}

/** The addresses that the policy may put in the place of a client's; undefined where they are not known. */
function facesOf(vdom: FortiVdom, policy: FortiPolicy): IpSet | undefined {
  const egresses = [...vdom.interfaces.values()].filter(
    ({ name }) => leaves(policy, name) || leaves(policy, vdom.zoneOf.get(name) ?? name),
  )
  const pools = (policy.pools ?? []).map((name) => vdom.pools.get(name)?.addresses)
  // A pool of several addresses and an address that DHCP gives are told by name, which stands for any address.
  if (pools.some((pool) => pool === undefined || !isOne(pool))) return undefined
  if (egresses.some((one) => one.dynamic || one.addresses.length === 0)) return undefined
  const own = egresses.flatMap((one) => one.addresses.flatMap(({ text }) => readCidr(text) ?? []))
  return uniteIps([...own, ...pools.flatMap((pool) => pool ?? []), ...vdom.vips.map((vip) => vip.external)])
}

function leaves(policy: FortiPolicy, name: string): boolean {
  return policy.dstintf.length === 0 || policy.dstintf.includes('any') || policy.dstintf.includes(name)
}

function isOne({ v4, v6 }: IpSet): boolean {
  const [four, six] = [v4[0], v6[0]]
  return v4.length + v6.length === 1 && four?.[0] === four?.[1] && six?.[0] === six?.[1]
}
