import { type FlowSet, flowsWhere, unite } from '../../flow/flow-set.ts'
import { type IpSet, isEmptyIp } from '../../flow/ip-set.ts'
import { ips, names, type Values } from '../../flow/values.ts'
import { namesVip } from '../config/vips.ts'
import type { FortiPolicy, FortiVdom, FortiVip } from '../model.ts'
import { hairpinAddresses } from './hairpin-flows.ts'
import { meets, policyReach, uniteIps } from './policy-reach.ts'

/** What the policy can match at most, in the words of the packet as it arrives. */
export function policyRegion(vdom: FortiVdom, policy: FortiPolicy): FlowSet {
  const { src, dst } = policyReach(vdom, policy)
  const named = vdom.vips.filter((vip) => namesVip(vdom, policy, vip)).map((vip) => vip.external)
  const arriving = dst && uniteIps([destinationsOutside(vdom, dst), ...named])
  const region = flowsWhere({ src: src && ips(src), dst: arriving && ips(arriving), ingress: ingressOf(vdom, policy) })
  // What is sent to the own address of an interface comes in there a second time, from wherever and whomever it was.
  const around = hairpinAddresses(vdom, (name) => enters(policy, name))
  return isEmptyIp(around) ? region : unite(region, flowsWhere({ dst: ips(around) }))
}

/** Where packets are sent that arrive at one of these addresses: there, or to a VIP that leads there. */
export function destinationsOutside(vdom: FortiVdom, inside: IpSet): IpSet {
  const leading = vdom.vips.filter((vip) => {
    const hosts = hostsBehind(vip)
    return hosts === undefined || meets(hosts, inside)
  })
  return uniteIps([inside, ...leading.map((vip) => vip.external)])
}

function enters({ srcintf }: FortiPolicy, name: string): boolean {
  return srcintf.length === 0 || srcintf.includes('any') || srcintf.includes(name)
}

function ingressOf(vdom: FortiVdom, policy: FortiPolicy): Values | undefined {
  if (policy.srcintf.length === 0 || policy.srcintf.includes('any')) return undefined
  const entered = [...vdom.interfaces.keys()].filter((name) => policy.srcintf.includes(vdom.zoneOf.get(name) ?? name))
  return names(...entered)
}

/** Where the VIP leads; undefined where that is not known. */
export function hostsBehind({ mapping, external, family }: FortiVip): IpSet | undefined {
  const [range, another] = family === 4 ? external.v4 : external.v6
  if (mapping.kind === 'unknown' || range === undefined || another !== undefined) return undefined
  const distance = BigInt(range[1]) - BigInt(range[0])
  return uniteIps(
    mapping.targets.map(({ address }): IpSet => {
      const last = address + distance
      return family === 4 ? { v4: [[Number(address), Number(last)]], v6: [] } : { v4: [], v6: [[address, last]] }
    }),
  )
}
