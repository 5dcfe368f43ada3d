import { ANY_IPV4, ANY_IPV6, type IpSet, parseIp, uniteIp } from '../../flow/ip-set.ts'
import type { FortiMapping, FortiPolicy, FortiTarget, FortiVdom, FortiVip } from '../model.ts'
import { oddity } from './oddity.ts'
import { readPorts, readSpan } from './spans.ts'

import { type Entry, type Table, wordOf, wordsOf } from './tables.ts'

const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, sctp: 132, icmp: 1 }

/** Virtual IPs in table order, which decides which of several takes a packet. */
export function readVips(vips: Table | undefined, vips6: Table | undefined, isCentral: boolean): readonly FortiVip[] {
  const v4 = [...(vips?.entries.values() ?? [])].map((entry) => readVip(entry, 4))
  const v6 = [...(vips6?.entries.values() ?? [])].map((entry) => {
    const vip = readVip(entry, 6)
    // The administration guide has central DNAT for IPv4 only; what becomes of others is not documented in what we found.
    return isCentral ? { ...vip, unknown: vip.unknown ?? `VIP ${vip.name} (IPv6 with central NAT)` } : vip
  })
  return [...v4, ...v6]
}

/** Members of each VIP group. */
export function readVipGroups(tables: readonly (Table | undefined)[]): ReadonlyMap<string, readonly string[]> {
  const entries = tables.flatMap((table) => [...(table?.entries.values() ?? [])])
  return new Map(entries.map((entry) => [entry.key, wordsOf(entry, 'member')]))
}

/**
 * A VIP takes part when it is switched on and an enabled policy refers to it, itself or through a group; with central NAT when it is
 * switched on.
 */
export function vipsInPlay(
  vips: readonly FortiVip[],
  groups: ReadonlyMap<string, readonly string[]>,
  policies: readonly FortiPolicy[],
  isCentral: boolean,
): readonly FortiVip[] {
  if (isCentral) return vips.filter((vip) => vip.enabled)
  const named = (names: readonly string[]) => new Set(names.flatMap((name) => [name, ...(groups.get(name) ?? [])]))
  const enabled = policies.filter((policy) => policy.enabled)
  const v4 = named(enabled.flatMap((policy) => policy.dstaddr))
  const v6 = named(enabled.flatMap((policy) => policy.dstaddr6))
  return vips.filter((vip) => vip.enabled && (vip.family === 4 ? v4 : v6).has(vip.name))
}

type Asleep = { readonly vip: FortiVip; readonly policies: readonly FortiPolicy[] }
const asleepOf = new WeakMap<FortiVdom, readonly Asleep[]>()

/** VIPs that take no part because every policy that names them is switched off, with those that accept; worked out once. */
export function vipsAsleep(vdom: FortiVdom): readonly Asleep[] {
  const known = asleepOf.get(vdom)
  if (known) return known
  const awake = new Set(vdom.vipsInPlay)
  const off = vdom.policies.filter((policy) => !policy.enabled && policy.action === 'accept')
  const asleep = vdom.vips.flatMap((vip): Asleep[] => {
    if (!vip.enabled || awake.has(vip)) return []
    const policies = off.filter((policy) => namesVip(vdom, policy, vip))
    return policies.length > 0 ? [{ vip, policies }] : []
  })
  asleepOf.set(vdom, asleep)
  return asleep
}

/** Whether the policy's destination names this VIP, itself or through a group. */
export function namesVip(vdom: FortiVdom, policy: FortiPolicy, vip: FortiVip): boolean {
  if (vdom.centralNat) return false
  const names = vip.family === 4 ? policy.dstaddr : policy.dstaddr6
  return names.some((name) => name === vip.name || vdom.vipGroups.get(name)?.includes(vip.name))
}

function readVip(entry: Entry, family: 4 | 6): FortiVip {
  const type = wordOf(entry, 'type') ?? 'static-nat'
  const external = readSpan(wordOf(entry, 'extip') ?? '')
  const forward = forwardOf(entry, type)
  const size = external ? sizeOf(external) : 0n
  const sources = wordsOf(entry, 'src-filter').map(readSpan)
  const odd =
    oddity(family === 4 ? 'firewall vip' : 'firewall vip6', entry) ?? fitOddity(entry, external, family, sources)
  return {
    name: entry.key,
    line: entry.line,
    // `dns-translation` rewrites DNS answers and no packet.
    enabled: wordOf(entry, 'status') !== 'disable' && type !== 'dns-translation',
    type,
    extintf: wordOf(entry, 'extintf') || 'any',
    // An address only known at run time may be any.
    external: external && firstOf(external) !== 0n ? external : family === 4 ? ANY_IPV4 : ANY_IPV6,
    first: external ? firstOf(external) : 0n,
    family,
    forward: forward === 'unknown' ? undefined : forward,
    services: wordsOf(entry, 'service'),
    sources:
      sources.length > 0 ? sources.reduce<IpSet>((all, one) => (one ? uniteIp(all, one) : all), NONE) : undefined,
    sourceInterfaces: wordsOf(entry, 'srcintf-filter'),
    mapping: mappingOf(entry, type, size, forward === 'unknown' ? undefined : forward),
    natSource: wordOf(entry, 'nat-source-vip') === 'enable',
    arpReply: wordOf(entry, 'arp-reply') !== 'disable',
    certificates: endsTls(entry, type) ? wordsOf(entry, 'ssl-certificate') : [],
    unknown:
      odd !== undefined
        ? `VIP ${entry.key} (${odd})`
        : forward === 'unknown'
          ? `VIP ${entry.key} (extport)`
          : undefined,
  }
}
/** Virtual servers of these types decrypt; port forwarding never does. */
function endsTls(entry: Entry, type: string): boolean {
  const server = wordOf(entry, 'server-type') ?? ''
  return type === 'server-load-balance' && ['https', 'ssl', 'imaps', 'pop3s', 'smtps'].includes(server)
}

const NONE: IpSet = { v4: [], v6: [] }

function fitOddity(
  entry: Entry,
  external: IpSet | undefined,
  family: 4 | 6,
  sources: readonly (IpSet | undefined)[],
): string | undefined {
  if (!external) return 'extip'
  // 0.0.0.0 stands for an address the interface gets at run time.
  if (firstOf(external) === 0n) return `extip ${wordOf(entry, 'extip') ?? ''}`
  if ((family === 4 ? external.v4 : external.v6).length !== 1) return 'extip'
  return sources.includes(undefined) ? 'src-filter' : undefined
}

function forwardOf(entry: Entry, type: string): FortiVip['forward'] | 'unknown' {
  const balanced = type === 'server-load-balance'
  if (!balanced && wordOf(entry, 'portforward') !== 'enable') return undefined
  const server = wordOf(entry, 'server-type') ?? 'tcp'
  if (balanced && server === 'ip') return undefined
  const proto = balanced ? (server === 'udp' ? 17 : 6) : PROTOCOLS[wordOf(entry, 'protocol') ?? 'tcp']
  if (proto === undefined) return 'unknown'
  if (proto === 1) return { proto, ports: [0, 65535] }
  const ports = readPorts(wordOf(entry, 'extport') ?? '')
  return ports && ports[0] > 0 ? { proto, ports } : 'unknown'
}

function mappingOf(entry: Entry, type: string, size: bigint, forward: FortiVip['forward']): FortiMapping {
  const unknown = (what: string): FortiMapping => ({ kind: 'unknown', what: `VIP ${entry.key} (${what})` })
  if (type === 'server-load-balance') {
    // One address and port inside for several outside is no shift: which of them a packet came to would be lost.
    if (size > 0n || (forward && forward.ports[0] !== forward.ports[1])) return unknown('real servers behind a range')
    return realServers(entry, forward !== undefined) ?? unknown('real servers')
  }
  if (type !== 'static-nat') return unknown(`type ${type}`)
  const [mapped, more] = wordsOf(entry, 'mappedip')
  const inside = readSpan(mapped ?? '')
  if (!inside || more !== undefined || sizeOf(inside) !== size) return unknown('mappedip')
  const written = wordOf(entry, 'mappedport')
  if (!forward) return written ? unknown('mappedport') : shift(firstOf(inside), undefined, entry.key)
  if (forward.proto === 1) return shift(firstOf(inside), undefined, entry.key)
  const ports = written === undefined ? forward.ports : readPorts(written)
  if (!ports || wordOf(entry, 'portmapping-type') === 'm-to-n') return unknown('mappedport')
  if (ports[1] - ports[0] !== forward.ports[1] - forward.ports[0]) return unknown('mappedport')
  return shift(firstOf(inside), ports[0], entry.key)
}

function shift(address: bigint, port: number | undefined, label: string): FortiMapping {
  return { kind: 'shift', targets: [{ address, port, label }] }
}

/** The servers that may be picked: the active ones, and those on standby where none is active or health checks find out. */
function realServers(entry: Entry, hasPorts: boolean): FortiMapping | undefined {
  const servers: { target: FortiTarget; status: string }[] = []
  let isChecked = wordOf(entry, 'monitor') !== undefined
  for (const server of entry.tables?.get('realservers')?.entries.values() ?? []) {
    const status = wordOf(server, 'status') ?? 'active'
    if (status === 'disable') continue
    const ip = parseIp(wordOf(server, 'ip') ?? '')
    const written = Number(wordOf(server, 'port') ?? 0)
    // Port 0 has no documented meaning that we found, but where ports are not looked at (server-type ip) they stay as they are.
    const port = hasPorts ? written : undefined
    const isOdd = port === undefined ? written !== 0 : !Number.isInteger(port) || port < 1 || port > 65535
    // An address object instead of an address is not resolved here.
    if (!ip || isOdd || wordOf(server, 'client-ip')) return undefined
    if (wordOf(server, 'monitor') !== undefined) isChecked = true
    const label = `real server ${server.key} of VIP ${entry.key}`
    servers.push({ target: { address: BigInt(ip.value), port, label }, status })
  }
  const active = servers.filter((server) => server.status === 'active')
  const picked = active.length > 0 && !isChecked ? active : servers
  const targets = picked.map((server) => server.target)
  return targets.length > 0 ? { kind: 'shift', targets } : undefined
}

function firstOf(ip: IpSet): bigint {
  return BigInt(ip.v4[0]?.[0] ?? ip.v6[0]?.[0] ?? 0)
}

function sizeOf(ip: IpSet): bigint {
  const [range] = ip.v4.length > 0 ? ip.v4 : ip.v6
  return range ? BigInt(range[1]) - BigInt(range[0]) : -1n
}
