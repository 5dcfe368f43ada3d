import { EVERYTHING, type FlowSet, flowsWhere, intersect, NOTHING } from '../../flow/flow-set.ts'
import { ANY_IPV4, ANY_IPV6, type IpSet, intersectIp, isEmptyIp, NO_IP } from '../../flow/ip-set.ts'
import { type Ranges, readRanges } from '../../flow/ranges.ts'
import { ips, numbers } from '../../flow/values.ts'
import type { FortiTarget, FortiVdom, FortiVip } from '../model.ts'
import { serviceFlows, UNTRANSLATED, type View, when } from './field-flows.ts'

/** The flows arriving on this interface that fit the VIP; earlier VIPs are the caller's affair. */
export function vipTakes(vdom: FortiVdom, vip: FortiVip, ingress: string): FlowSet {
  const byZone = vip.extintf !== ingress && vip.extintf === vdom.zoneOf.get(ingress)
  if (vip.extintf !== 'any' && vip.extintf !== ingress && !byZone) return NOTHING
  if (vip.sourceInterfaces.length > 0 && !vip.sourceInterfaces.includes(ingress)) return NOTHING
  const { forward } = vip
  const shape = flowsWhere({
    dst: ips(intersectIp(vip.external, vip.family === 4 ? ANY_IPV4 : ANY_IPV6)),
    src: vip.sources ? ips(vip.sources) : undefined,
    proto: forward ? numbers([forward.proto, forward.proto]) : undefined,
    dport: forward && forward.proto !== 1 ? numbers(forward.ports) : undefined,
  })
  const limited = vip.services.length > 0 ? serviceFlows(vdom, vip.services, UNTRANSLATED) : EVERYTHING
  const certain = vip.unknown === undefined ? EVERYTHING : when(vip.unknown)
  // Whether an extintf may be a zone is not documented in what we found.
  const zoned = byZone ? when(`VIP ${vip.name} (extintf ${vip.extintf} is a zone)`) : EVERYTHING
  return intersect(intersect(intersect(shape, limited), certain), zoned)
}

/** Looks at conditions after translation from where the packet arrives. */
export function viewThrough(vip: FortiVip, target: FortiTarget): View {
  const balanced = vip.type === 'server-load-balance'
  const portShift = target.port === undefined ? 0 : target.port - (vip.forward?.ports[0] ?? target.port)
  const within = ([from, to]: readonly [number, number]) =>
    target.port !== undefined && from <= target.port && target.port <= to
  return {
    dst: (inside) => {
      const moved = moveBack(inside, vip, balanced ? undefined : target.address - vip.first, target.address)
      return intersectIp(moved, vip.external)
    },
    dport: (inside) => {
      if (!balanced) return clipPorts(inside[0] - portShift, inside[1] - portShift)
      if (target.port === undefined) return [inside]
      return within(inside) ? clipPorts(0, 65535) : []
    },
  }
}

function clipPorts(from: number, to: number): Ranges {
  return readRanges([[Math.max(0, from), Math.min(65535, to)]])
}

/** The arrival addresses that become one of these; without a distance all of them become the one target. */
function moveBack(inside: IpSet, vip: FortiVip, distance: bigint | undefined, target: bigint): IpSet {
  if (distance === undefined) {
    const one: IpSet =
      vip.family === 4 ? { v4: [[Number(target), Number(target)]], v6: [] } : { v4: [], v6: [[target, target]] }
    return isEmptyIp(intersectIp(inside, one)) ? NO_IP : vip.external
  }
  if (vip.family === 6) {
    return {
      v4: [],
      v6: readRanges(inside.v6.map(([from, to]) => [clip(from - distance), clip(to - distance)] as const)),
    }
  }
  const shift = Number(distance)
  return {
    v4: readRanges(inside.v4.map(([from, to]) => [Math.max(0, from - shift), Math.min(LAST_V4, to - shift)] as const)),
    v6: [],
  }
}
const LAST_V4 = 2 ** 32 - 1

function clip(value: bigint): bigint {
  const last = (1n << 128n) - 1n
  return value < 0n ? 0n : value > last ? last : value
}
