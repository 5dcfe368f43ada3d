import { ANY_IPV4, ANY_IPV6, type IpSet, ipRange, uniteIp } from '../../flow/ip-set.ts'
import type { FortiInterface, FortiPolicyRoute, FortiRoute, FortiZone } from '../model.ts'
import { readHostAddress, readSubnet } from './spans.ts'
import { type Entry, type Table, wordOf, wordsOf } from './tables.ts'

type Find = (path: string) => Table | undefined

/** The VDOM's interfaces by name. */
export function readInterfaces(
  table: Table | undefined,
  vdom: string,
  links?: Table | undefined,
): ReadonlyMap<string, FortiInterface> {
  // Each `edit` of a VDOM link makes two interfaces, told apart by a last digit.
  const ends = new Set([...(links?.entries.keys() ?? [])].flatMap((name) => [`${name}0`, `${name}1`]))
  const read = new Map<string, FortiInterface>()
  for (const entry of table?.entries.values() ?? []) {
    if ((wordOf(entry, 'vdom') ?? vdom) !== vdom) continue
    const mode = wordOf(entry, 'mode') ?? 'static'
    const security = wordOf(entry, 'security-mode') ?? 'none'
    read.set(entry.key, {
      name: entry.key,
      line: entry.line,
      up: wordOf(entry, 'status') !== 'down',
      addresses: hostAddresses(entry),
      dynamic: mode !== 'static' || wordOf(entry, 'type') === 'tunnel' || /^ssl\./.test(entry.key),
      loopback: wordOf(entry, 'type') === 'loopback',
      vdomLink: ends.has(entry.key) || wordOf(entry, 'type') === 'vdom-link' || /^npu\d+_vlink\d+$/.test(entry.key),
      sourceCheck: wordOf(entry, 'src-check') !== 'disable',
      unknown: security === 'none' ? undefined : `interface ${entry.key} (security-mode ${security})`,
    })
  }
  return read
}

function hostAddresses(entry: Entry): FortiInterface['addresses'] {
  const secondary = wordOf(entry, 'secondary-IP') === 'disable' ? undefined : entry.tables?.get('secondaryip')
  const written = [
    wordsOf(entry, 'ip'),
    ...[...(secondary?.entries.values() ?? [])].map((one) => wordsOf(one, 'ip')),
    ...[entry.tables?.get('ipv6')].flatMap((ipv6) => (ipv6 ? [wordsOf(ipv6.own, 'ip6-address')] : [])),
  ]
  return written.flatMap((words) => readHostAddress(words) ?? [])
}

/** Zones by name, and which zone an interface is in. */
export function readZones(find: Find): {
  readonly zones: ReadonlyMap<string, FortiZone>
  readonly zoneOf: ReadonlyMap<string, string>
} {
  const zones = new Map<string, FortiZone>()
  const zoneOf = new Map<string, string>()
  for (const entry of find('system zone')?.entries.values() ?? []) {
    const { key: name, line } = entry
    zones.set(name, { name, line, intrazone: wordOf(entry, 'intrazone') === 'allow', sdwan: false })
    for (const member of wordsOf(entry, 'interface')) zoneOf.set(member, name)
  }
  const sdwan = find('system sdwan') ?? find('system virtual-wan-link')
  for (const entry of sdwan?.own.tables?.get('zone')?.entries.values() ?? []) {
    zones.set(entry.key, { name: entry.key, line: entry.line, intrazone: false, sdwan: true })
  }
  for (const entry of sdwan?.own.tables?.get('members')?.entries.values() ?? []) {
    const member = wordOf(entry, 'interface')
    // The zone that exists without being written holds the members that name none.
    const zone = wordOf(entry, 'zone') ?? 'virtual-wan-link'
    if (member === undefined) continue
    if (!zones.has(zone)) zones.set(zone, { name: zone, line: entry.line, intrazone: false, sdwan: true })
    zoneOf.set(member, zone)
  }
  return { zones, zoneOf }
}

type Candidate = FortiRoute & { readonly distance: number; readonly priority: number; readonly family: 4 | 6 }

/** The routes that are in force: per prefix the lowest distance, then the lowest priority; connected ones included. */
export function readRoutes(
  find: Find,
  interfaces: ReadonlyMap<string, FortiInterface>,
  zoneOf: ReadonlyMap<string, string>,
  destination: (name: string) => IpSet | undefined,
  usualPriority = 1,
): { readonly routes: readonly FortiRoute[]; readonly unsure: readonly string[] } {
  const unsure: string[] = []
  const candidates: Candidate[] = []
  for (const port of interfaces.values()) {
    if (!port.up) continue
    for (const own of port.addresses) {
      const shape = prefixOf(own.network)
      if (!shape) continue
      const shared = { line: port.line, connected: true, egress: [port.name], feasible: [port.name], blackhole: false }
      candidates.push({
        to: own.network,
        text: `connected ${port.name}`,
        ...shape,
        ...shared,
        distance: 0,
        priority: 0,
      })
    }
  }
  for (const path of ['router static', 'router static6']) {
    for (const entry of find(path)?.entries.values() ?? []) {
      if (wordOf(entry, 'status') === 'disable') continue
      const route = staticRoute(entry, path === 'router static' ? 4 : 6, zoneOf, destination, usualPriority)
      if (!route) unsure.push(`route ${entry.key}`)
      else if (route.egress.length === 0 || route.egress.some((name) => interfaces.get(name)?.up !== false)) {
        candidates.push(route)
      }
    }
  }
  return { routes: inForce(candidates), unsure }
}

function staticRoute(
  entry: Entry,
  family: 4 | 6,
  zoneOf: ReadonlyMap<string, string>,
  destination: (name: string) => IpSet | undefined,
  usualPriority: number,
): Candidate | undefined {
  const object = wordOf(entry, 'dstaddr')
  const written = wordsOf(entry, 'dst')
  const anything = family === 4 ? ANY_IPV4 : ANY_IPV6
  const to = object ? destination(object) : written.length === 0 ? anything : readSubnet(written)
  const shape = to ? prefixOf(to) : undefined
  if (!to || !shape || shape.family !== family || namesInternetService(entry)) return undefined
  const zones = new Set(wordsOf(entry, 'sdwan-zone'))
  const linked = wordOf(entry, 'sdwan') === 'enable' || wordOf(entry, 'virtual-wan-link') === 'enable'
  const members = [...zoneOf].filter(([, zone]) => zones.has(zone) || (linked && zone === 'virtual-wan-link'))
  const device = wordOf(entry, 'device')
  const blackhole = wordOf(entry, 'blackhole') === 'enable'
  const egress = blackhole ? [] : device ? [device] : members.map(([member]) => member)
  if (!blackhole && egress.length === 0) return undefined
  return {
    to,
    text: object ?? (shape.prefix === 0 ? 'default' : written.join(' ')),
    ...shape,
    line: entry.line,
    connected: false,
    egress,
    feasible: egress,
    blackhole,
    distance: numberOf(entry, 'distance', zones.size > 0 || linked ? 1 : 10),
    priority: numberOf(entry, 'priority', usualPriority),
  }
}

function namesInternetService(entry: Entry): boolean {
  const number = wordOf(entry, 'internet-service') ?? '0'
  return number !== '0' || wordOf(entry, 'internet-service-custom') !== undefined
}

function numberOf(entry: Entry, name: string, otherwise: number): number {
  const value = Number(wordOf(entry, name) ?? otherwise)
  return Number.isFinite(value) ? value : otherwise
}

/** Length of the one prefix that the set is. */
function prefixOf(ip: IpSet): { readonly prefix: number; readonly family: 4 | 6 } | undefined {
  if (ip.v4.length + ip.v6.length !== 1) return undefined
  const [v4] = ip.v4
  if (v4) {
    const prefix = 32 - Math.log2(v4[1] - v4[0] + 1)
    return Number.isInteger(prefix) && v4[0] % 2 ** (32 - prefix) === 0 ? { prefix, family: 4 } : undefined
  }
  const [v6] = ip.v6
  if (!v6) return undefined
  const prefix = 129 - (v6[1] - v6[0] + 1n).toString(2).length
  return { prefix, family: 6 }
}

function inForce(candidates: readonly Candidate[]): readonly FortiRoute[] {
  const byPrefix = new Map<string, Candidate[]>()
  for (const route of candidates) {
    const key = `${route.family}/${route.prefix}/${route.to.v4[0]?.[0] ?? route.to.v6[0]?.[0]}`
    const same = byPrefix.get(key)
    if (same) same.push(route)
    else byPrefix.set(key, [route])
  }
  const routes: (FortiRoute & { readonly family: 4 | 6 })[] = []
  for (const same of byPrefix.values()) {
    const nearest = Math.min(...same.map((route) => route.distance))
    const near = same.filter((route) => route.distance === nearest)
    const lowest = Math.min(...near.map((route) => route.priority))
    const best = near.filter((route) => route.priority === lowest)
    const [first] = best
    if (!first) continue
    const { to, text, prefix, line, family } = first
    const egress = [...new Set(best.flatMap((route) => route.egress))]
    const [connected, blackhole] = [best.some((route) => route.connected), best.every((route) => route.blackhole)]
    const feasible = [...new Set(near.flatMap((route) => route.egress))]
    routes.push({ to, text, prefix, line, family, connected, egress, feasible, blackhole })
  }
  return routes.sort((a, b) => b.prefix - a.prefix)
}

/** Routes that appear with the clients of a VPN: the SSL VPN's pools, the addresses that dial-up tunnels hand out. */
export function readPoolRoutes(
  find: Find,
  interfaces: ReadonlyMap<string, FortiInterface>,
  vdom: string,
  addresses: (name: string) => IpSet | undefined,
): readonly FortiRoute[] {
  const routes: FortiRoute[] = []
  const add = (name: string, line: number, to: IpSet | undefined) => {
    if (!to || !interfaces.has(name)) return
    const egress = [name]
    // A route per client, so more specific than anything written.
    routes.push({
      to,
      text: `clients of ${name}`,
      prefix: 129,
      line,
      connected: true,
      egress,
      feasible: egress,
      blackhole: false,
    })
  }
  const ssl = find('vpn ssl settings')
  for (const pool of ssl ? wordsOf(ssl.own, 'tunnel-ip-pools') : []) add(`ssl.${vdom}`, ssl?.line ?? 1, addresses(pool))
  for (const tunnel of find('vpn ipsec phase1-interface')?.entries.values() ?? []) {
    const [from, to] = [wordOf(tunnel, 'ipv4-start-ip'), wordOf(tunnel, 'ipv4-end-ip')]
    if (wordOf(tunnel, 'type') === 'dynamic' && from && to) add(tunnel.key, tunnel.line, ipRange(from, to))
  }
  return routes
}

/** Policy routes of one family, in order: they overrule the routing table where they match. */
export function readPolicyRoutes(
  table: Table | undefined,
  family: 4 | 6,
  addresses: (name: string) => IpSet | undefined,
): readonly FortiPolicyRoute[] {
  return [...(table?.entries.values() ?? [])]
    .filter((entry) => wordOf(entry, 'status') !== 'disable')
    .map((entry) => ({
      id: family === 4 ? entry.key : `${entry.key} (IPv6)`,
      line: entry.line,
      family,
      inputs: wordsOf(entry, 'input-device'),
      inputsNegate: wordOf(entry, 'input-device-negate') === 'enable',
      src: sideOf(entry, 'src', addresses),
      dst: sideOf(entry, 'dst', addresses),
      proto: numberOf(entry, 'protocol', 0) || undefined,
      dport: portsOf(entry),
      stops: wordOf(entry, 'action') === 'deny',
      egress: wordOf(entry, 'output-device'),
    }))
}

/** `set src "10.0.0.0/255.0.0.0"` and `set srcaddr "lan"`; undefined where anything, or nothing certain, is meant. */
function sideOf(entry: Entry, side: 'src' | 'dst', addresses: (name: string) => IpSet | undefined): IpSet | undefined {
  const written = wordsOf(entry, side).map(readSlashed)
  const named = wordsOf(entry, `${side}addr`).map(addresses)
  const all = [...written, ...named]
  if (all.length === 0 || wordOf(entry, `${side}-negate`) === 'enable') return undefined
  const sets = all.flatMap((one) => one ?? [])
  return sets.length === all.length ? sets.reduce(uniteIp) : undefined
}

/** `10.0.0.0/255.0.0.0` and `10.0.0.0/8`. */
function readSlashed(text: string): IpSet | undefined {
  const [address = '', mask = ''] = text.split('/')
  return readSubnet(mask.includes('.') ? [address, mask] : [text])
}

/** Ports count for TCP, UDP and SCTP only, and only where they narrow. */
function portsOf(entry: Entry): FortiPolicyRoute['dport'] {
  const [from, to] = [numberOf(entry, 'start-port', 0), numberOf(entry, 'end-port', 65535)]
  const carries = [6, 17, 132].includes(numberOf(entry, 'protocol', 0))
  return carries && (from > 1 || to < 65535) ? [from, to] : undefined
}

/** With SD-WAN rules, what goes out by one member may go out by any other. */
export function withSdwanRules(
  find: Find,
  routes: readonly FortiRoute[],
  interfaces: ReadonlyMap<string, FortiInterface>,
): readonly FortiRoute[] {
  const sdwan = find('system sdwan') ?? find('system virtual-wan-link')
  const rules = [...(sdwan?.own.tables?.get('service')?.entries.values() ?? [])]
  if (!sdwan || wordOf(sdwan.own, 'status') !== 'enable' || !rules.some((rule) => wordOf(rule, 'status') !== 'disable'))
    return routes
  const members = [...(sdwan.own.tables?.get('members')?.entries.values() ?? [])].flatMap(
    (member) => wordOf(member, 'interface') ?? [],
  )
  const usable = members.filter((name) => interfaces.get(name)?.up !== false)
  return routes.map((route) => {
    if (route.connected || !route.egress.some((name) => members.includes(name))) return route
    const egress = [...new Set([...route.egress, ...usable])]
    return { ...route, egress, feasible: [...new Set([...route.feasible, ...egress])] }
  })
}
