import type { FlowSet } from '../../flow/flow-set.ts'
import { ANY_IP, type IpSet } from '../../flow/ip-set.ts'
import { type Ranges, readRanges } from '../../flow/ranges.ts'
import type { FortiPolicy, FortiVdom } from '../model.ts'
import { knownIp } from './field-flows.ts'

/** Addresses outside of which something cannot matter; undefined where that is not known. */
export type Reach = { readonly src: IpSet | undefined; readonly dst: IpSet | undefined }

const reaches = new WeakMap<FortiPolicy, Reach>()

/** Sources and untranslated destinations that the policy can match at most, worked out once for each policy. */
export function policyReach(vdom: FortiVdom, policy: FortiPolicy): Reach {
  const known = reaches.get(policy)
  if (known) return known
  const plain = (names: readonly string[]) => names.filter((name) => !vdom.vipNames.has(name))
  const isAnySource = policy.internetServiceSrc || policy.srcNegate || policy.src6Negate
  const isAnyTarget = policy.internetService || policy.dstNegate || policy.dst6Negate
  const reach = {
    src: isAnySource ? undefined : bothFamilies(vdom, policy.srcaddr, policy.srcaddr6),
    dst: isAnyTarget ? undefined : bothFamilies(vdom, plain(policy.dstaddr), plain(policy.dstaddr6)),
  }
  reaches.set(policy, reach)
  return reach
}

/** All sources and destinations of the flows. */
export function flowReach(flows: FlowSet): { readonly src: IpSet; readonly dst: IpSet } {
  const side = (dimension: 'src' | 'dst'): IpSet => {
    const sets: IpSet[] = []
    for (const box of flows) {
      const values = box.get(dimension)
      if (values?.kind !== 'ip') return ANY_IP
      sets.push(values.ip)
    }
    return uniteIps(sets)
  }
  return { src: side('src'), dst: side('dst') }
}

/** The union of many sets at once. */
export function uniteIps(sets: readonly IpSet[]): IpSet {
  const [only] = sets
  if (only && sets.length === 1) return only
  return { v4: readRanges(sets.flatMap((set) => set.v4)), v6: readRanges(sets.flatMap((set) => set.v6)) }
}

/** Whether the two share an address. */
export function meets(a: IpSet, b: IpSet): boolean {
  return rangesMeet(a.v4, b.v4) || rangesMeet(a.v6, b.v6)
}

function bothFamilies(vdom: FortiVdom, names: readonly string[], names6: readonly string[]): IpSet | undefined {
  const v4 = knownIp(vdom, names, 4)
  const v6 = knownIp(vdom, names6, 6)
  return v4 && v6 ? { v4: v4.v4, v6: v6.v6 } : undefined
}

function rangesMeet<N extends number | bigint>(a: Ranges<N>, b: Ranges<N>): boolean {
  if (a.length > b.length) return rangesMeet(b, a)
  return a.some(([from, to]) => {
    const next = b[firstEndingAt(b, from)]
    return next !== undefined && next[0] <= to
  })
}

/** The first range that ends at or after the point. */
function firstEndingAt<N extends number | bigint>(ranges: Ranges<N>, point: N): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    const range = ranges[middle]
    if (range && range[1] < point) low = middle + 1
    else high = middle
  }
  return low
}
