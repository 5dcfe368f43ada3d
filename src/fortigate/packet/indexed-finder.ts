import type { IpAddress, IpSet } from '../../flow/ip-set.ts'
import { type Ranges, readRanges } from '../../flow/ranges.ts'
import { policyReach } from '../meaning/policy-reach.ts'
import type { FortiPolicy, FortiService, FortiVdom, FortiVip } from '../model.ts'
import type { Finder, Passing } from './finder.ts'
import { stabbing } from './stabbing.ts'

/**
 * The same answers as `scanningFinder`, from indexes that are made once and, for policies, when a pair of interfaces is first asked
 * about. It may leave out only what cannot match whatever the unknowns turn out to be.
 */
export function indexedFinder(vdom: FortiVdom): Finder {
  const all = <T>(list: readonly T[], set: (one: T) => IpSet) => byAddress(list, list.map(set))
  const vipsTo = all(vdom.vipsInPlay, (vip) => familyOf(vip.external, vip.family))
  const vipsBehind = all(vdom.vips, insideOf)
  const routesTo = all(vdom.routes, (route) => route.to)
  const ports = [...vdom.interfaces.values()].filter((port) => !port.loopback)
  const owners = all(
    ports.flatMap((port) => port.addresses.map((own) => ({ port, ip: own.address }))),
    ({ ip }) => ip,
  )
  const answered = all(
    [
      ...vdom.vips.filter((vip) => vip.enabled && vip.arpReply && vip.unknown === undefined).map((vip) => vip.external),
      ...[...vdom.pools.values()].filter((pool) => pool.arpReply).map((pool) => pool.addresses),
    ],
    (ip) => ip,
  )
  const accepting = acceptingInterfaces(vdom)
  const enabled = vdom.policies.filter((policy) => policy.enabled)
  return {
    vipsTo,
    vipsBehind,
    routesTo,
    ownerOf: (ip) => owners(ip)[0]?.port,
    isAnsweredFor: (ip) => answered(ip).length > 0,
    policiesFor: finderBetween(vdom, enabled),
    gatedFor: finderBetween(vdom, vdom.policies.filter(canBeShut)),
    accepts(vip, ingress) {
      const from = accepting.get(`${vip.family} ${vip.name}`)
      return from !== undefined && (from.has('any') || from.has(ingress))
    },
  }
}

/** Whether its fields may fit a packet that it does not take. */
function canBeShut(policy: FortiPolicy): boolean {
  if (policy.action !== 'accept') return false
  const isTimed = policy.schedule !== 'always' || policy.expires !== undefined
  return !policy.enabled || isTimed || policy.groups.length > 0 || policy.users.length > 0
}

/** Those of the policies that may fit a packet; indexed when a pair of interfaces is first asked about. */
function finderBetween(vdom: FortiVdom, policies: readonly FortiPolicy[]): Finder['policiesFor'] {
  const pairs = new Map<string, (passing: Passing) => readonly FortiPolicy[]>()
  return (passing) => {
    const { ingress, egress, src, dst } = passing
    if (src.family !== dst.family) return policies
    const key = `${src.family}\n${ingress}\n${egress}`
    const find = pairs.get(key) ?? policiesBetween(vdom, policies, ingress, egress, src.family)
    pairs.set(key, find)
    return find(passing)
  }
}

function byAddress<T>(list: readonly T[], sets: readonly IpSet[]): (ip: IpAddress) => readonly T[] {
  const v4 = stabbing(sets.map((set) => set.v4))
  const v6 = stabbing(sets.map((set) => set.v6))
  return (ip) => (ip.family === 4 ? v4(ip.value) : v6(ip.value)).flatMap((index) => list[index] ?? [])
}

function familyOf(ip: IpSet, family: 4 | 6): IpSet {
  return family === 4 ? { v4: ip.v4, v6: [] } : { v4: [], v6: ip.v6 }
}

/** Where the external addresses of a VIP that keeps its distances lead. */
function insideOf(vip: FortiVip): IpSet {
  const [target] = vip.mapping.kind === 'shift' ? vip.mapping.targets : []
  const [range] = vip.family === 4 ? vip.external.v4 : vip.external.v6
  if (!target || !range) return { v4: [], v6: [] }
  const last = target.address + BigInt(range[1]) - BigInt(range[0])
  if (vip.family === 6) return { v4: [], v6: readRanges([[target.address, last]]) }
  return { v4: readRanges([[Number(target.address), Number(last)]]), v6: [] }
}

function acceptingInterfaces(vdom: FortiVdom): ReadonlyMap<string, ReadonlySet<string>> {
  const from = new Map<string, Set<string>>()
  for (const policy of vdom.policies) {
    if (!policy.enabled || policy.action !== 'accept') continue
    for (const key of vipKeys(vdom, policy)) {
      const known = from.get(key) ?? new Set()
      from.set(key, known)
      for (const name of policy.srcintf) known.add(name)
    }
  }
  return from
}

/** The VIPs that the policy names, itself or through a group. */
function vipKeys(vdom: FortiVdom, policy: FortiPolicy): readonly string[] {
  const keys = (names: readonly string[], family: 4 | 6) =>
    names
      .filter((name) => vdom.vipNames.has(name))
      .flatMap((name) => [name, ...(vdom.vipGroups.get(name) ?? [])])
      .map((name) => `${family} ${name}`)
  return [...keys(policy.dstaddr, 4), ...keys(policy.dstaddr6, 6)]
}

/** The policies between two interfaces or zones: those for plain destinations, and those for each VIP. */
function policiesBetween(
  vdom: FortiVdom,
  policies: readonly FortiPolicy[],
  ingress: string,
  egress: string,
  family: 4 | 6,
): (passing: Passing) => readonly FortiPolicy[] {
  const fits = (list: readonly string[], name: string) =>
    list.length === 0 || list.includes('any') || list.includes(name)
  const here = policies.filter((policy) => fits(policy.srcintf, ingress) && fits(policy.dstintf, egress))
  const plain = candidates(vdom, here, family, true)
  // A VIP concerns the policies that name it, and those that may take translated packets without naming one.
  const positions = new Map(here.map((policy, index) => [policy, index]))
  const named = new Map<string, FortiPolicy[]>()
  const others: FortiPolicy[] = []
  for (const policy of here) {
    const isNegated = family === 4 ? policy.dstNegate : policy.dst6Negate
    const isForAny = policy.internetService || isNegated || (policy.action === 'deny' && policy.matchVip !== false)
    if (isForAny) others.push(policy)
    else {
      for (const key of new Set(vipKeys(vdom, policy))) {
        const known = named.get(key)
        if (known) known.push(policy)
        else named.set(key, [policy])
      }
    }
  }
  const unnamed = candidates(vdom, others, family, false)
  const through = new Map<string, (passing: Passing) => readonly FortiPolicy[]>()
  return (passing) => {
    if (!passing.vip || vdom.centralNat) return plain(passing)
    const key = `${passing.vip.family} ${passing.vip.name}`
    const find = through.get(key) ?? candidates(vdom, named.get(key) ?? [], family, false)
    through.set(key, find)
    const place = (policy: FortiPolicy) => positions.get(policy) ?? 0
    return [...find(passing), ...unnamed(passing)].sort((a, b) => place(a) - place(b))
  }
}

/** Fewer than this are looked at one by one. */
const FEW = 12
const PORTS = 65536

/** Each policy stands in one index: that of the field in which it is narrowest. */
function candidates(
  vdom: FortiVdom,
  policies: readonly FortiPolicy[],
  family: 4 | 6,
  byDestination: boolean,
): (passing: Passing) => readonly FortiPolicy[] {
  if (policies.length < FEW) return () => policies
  const addresses = family === 4 ? 2 ** 32 : 2 ** 128
  const none: Ranges<number | bigint> = []
  const [src, dst, dport] = [policies.map(() => none), policies.map(() => none), policies.map(() => [] as Ranges)]
  const always: number[] = []
  const portly: number[] = []
  policies.forEach((policy, index) => {
    const reach = policyReach(vdom, policy)
    const of = (ip: IpSet | undefined): Ranges<number | bigint> | undefined => (family === 4 ? ip?.v4 : ip?.v6)
    const source = of(reach.src)
    const destination = byDestination ? of(reach.dst) : undefined
    const ports = policy.internetService || policy.serviceNegate ? undefined : portRanges(vdom, policy.service)
    const widths = [
      source ? widthOf(source) / addresses : 1,
      destination ? widthOf(destination) / addresses : 1,
      ports ? widthOf(ports) / PORTS : 1,
    ]
    const narrowest = Math.min(...widths)
    if (narrowest >= 1) always.push(index)
    else if (source && widths[0] === narrowest) src[index] = source
    else if (destination && widths[1] === narrowest) dst[index] = destination
    else if (ports) {
      dport[index] = ports
      portly.push(index)
    }
  })
  const [bySource, byTarget, byPort] = [stabbing(src), stabbing(dst), stabbing(dport)]
  return (passing) => {
    const found = [
      ...always,
      ...bySource(passing.src.value),
      ...byTarget(passing.dst.value),
      // Without a port every policy for ports is in question.
      ...(passing.dport === undefined ? portly : byPort(passing.dport)),
    ].sort((a, b) => a - b)
    return found.flatMap((index) => policies[index] ?? [])
  }
}

function widthOf(ranges: Ranges<number | bigint>): number {
  return ranges.reduce((sum, [from, to]) => sum + Number(to) - Number(from) + 1, 0)
}

const DEEPEST = 32

/** Destination ports that the services can match; undefined as soon as one of them is not only about ports. */
function portRanges(vdom: FortiVdom, names: readonly string[], depth = 0): Ranges | undefined {
  if (names.length === 0 || depth > DEEPEST) return undefined
  const ranges: (readonly [number, number])[] = []
  for (const name of names) {
    const service: FortiService | undefined = vdom.services.get(name)
    if (!service || service.unknown !== undefined) return undefined
    if (service.kind === 'group') {
      const inside = portRanges(vdom, service.members, depth + 1)
      if (!inside) return undefined
      ranges.push(...inside)
    } else {
      for (const part of service.parts) {
        if (!PORT_PROTOCOLS.has(part.proto)) return undefined
        ranges.push(part.dport)
      }
    }
  }
  return readRanges(ranges)
}
const PORT_PROTOCOLS: ReadonlySet<number> = new Set([6, 17, 132, 136])
