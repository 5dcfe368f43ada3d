import { printIpSet } from '../../flow/ip-set.ts'
import { isSince } from '../../fortigate/compile/rest-tables.ts'
import { readFortigate, vdomOf } from '../../fortigate/config.ts'
import { type FortiVerdict, matchPacket } from '../../fortigate/match.ts'
import type { FortiDevice, FortiVersion } from '../../fortigate/model.ts'
import type { Packet } from '../../fortigate/packet.ts'

/** What the simulated device remembers of traffic: sessions that are open, and how often each policy decided. */
export type Traffic = {
  readonly sessions: Record<string, unknown>[]
  readonly hits: Map<number, { count: number; last: number }>
}
/** The device at one moment. */
export type Moment = {
  readonly id: string
  readonly vdom: string | undefined
  readonly text: string
  readonly version: FortiVersion
  readonly traffic: Traffic
  readonly now: Date
}
type Answer = Readonly<{ status: 200; results: unknown } | { status: 400 | 404 }>

/** One packet through the live text: counted where a policy decided, and a session where it was let in. */
export function sendPacket({ id, vdom, text, traffic, now }: Moment, packet: Packet): FortiVerdict {
  const verdict = matchPacket(readFortigate({ id, vdom }, 'live', text), { at: now.toISOString(), ...packet })
  const { policy } = verdict
  if (policy === null) return verdict
  const count = (traffic.hits.get(policy)?.count ?? 0) + 1
  traffic.hits.set(policy, { count, last: Math.floor(now.getTime() / 1000) })
  if (verdict.verdict !== 'allow') return verdict
  const [, dnaddr = '', dnport = ''] = /^(.*?)(?::(\d+))?$/.exec(verdict.dnat ?? '') ?? []
  traffic.sessions.push({
    proto: typeof packet.proto === 'string' ? packet.proto : String(packet.proto),
    saddr: packet.src,
    sport: packet.sport ?? 0,
    daddr: packet.dst,
    dport: packet.dport ?? 0,
    ...(dnaddr ? { dnaddr, dnport: Number(dnport) } : {}),
    srcintf: packet.srcintf,
    dstintf: verdict.dstintf,
    policyid: policy,
    expiry: 3600,
    duration: 0,
    vf: vdom ?? 'root',
  })
  return verdict
}

/** What `GET /api/v2/monitor/<path>` answers; undefined for a path that is not one of these. */
export function monitor(moment: Moment, path: string, query: URLSearchParams): Answer | undefined {
  const isLate = isSince(moment.version, 7, 6)
  switch (path) {
    case 'firewall/sessions':
    case 'firewall/session':
      return (path === 'firewall/sessions') === isLate ? sessions(moment, query) : { status: 404 }
    case 'firewall/policy':
      return isSince(moment.version, 7, 0) ? { status: 200, results: counters(moment, query) } : { status: 404 }
    case 'firewall/policy/select':
      return isSince(moment.version, 7, 2) ? { status: 404 } : { status: 200, results: counters(moment, query) }
    case 'router/policy':
      return { status: 200, results: policyRoutes(read(moment)) }
    case 'system/time':
      return { status: 200, results: { time: Math.floor(moment.now.getTime() / 1000) } }
    case 'router/ipv4':
    case 'router/ipv6':
      return { status: 200, results: routes(read(moment), path === 'router/ipv4' ? 4 : 6) }
    case 'firewall/load-balance':
      return query.has('count') ? { status: 200, results: virtualServers(read(moment)) } : { status: 400 }
    case 'system/available-certificates':
      return { status: 200, results: certificates(moment, query.get('scope') === 'global') }
    default:
      return undefined
  }
}

function read({ id, vdom, text }: Moment): FortiDevice {
  return readFortigate({ id, vdom }, 'live', text)
}

/** `count` is required, 20 to 1000. */
function sessions({ traffic }: Moment, query: URLSearchParams): Answer {
  const count = Number(query.get('count') ?? Number.NaN)
  if (!(count >= 20 && count <= 1000)) return { status: 400 }
  const wanted = [
    ['policyid', 'policyid'],
    ['srcaddr', 'saddr'],
    ['dstaddr', 'daddr'],
    ['dstport', 'dport'],
  ] as const
  const details = traffic.sessions.filter((session) =>
    wanted.every(([name, field]) => !query.has(name) || String(session[field]) === query.get(name)),
  )
  return { status: 200, results: { details: details.slice(0, count), summary: { session_count: details.length } } }
}

function counters(moment: Moment, query: URLSearchParams): unknown {
  const ids = [0, ...(vdomOf(read(moment))?.policies.map(({ id }) => id) ?? [])]
  const asked = query.getAll('policyid').flatMap((one) => one.split(','))
  return ids
    .filter((id) => asked.length === 0 || asked.includes(String(id)))
    .map((id) => {
      const hit = moment.traffic.hits.get(id)
      const active = moment.traffic.sessions.filter(({ policyid }) => policyid === id).length
      return {
        policyid: id,
        active_sessions: active,
        bytes: (hit?.count ?? 0) * 1500,
        packets: hit?.count ?? 0,
        hit_count: hit?.count ?? 0,
        ...(hit ? { last_used: hit.last } : {}),
      }
    })
}

function routes(device: FortiDevice, family: 4 | 6): unknown {
  return (vdomOf(device)?.routes ?? [])
    .filter((route) => (family === 4 ? route.to.v4 : route.to.v6).length > 0 && !route.blackhole)
    .flatMap((route) =>
      route.egress.map((egress) => ({
        ip_version: family,
        type: route.connected ? 'connect' : 'static',
        ip_mask: slashed(printIpSet(route.to)[0] ?? '', family),
        distance: route.connected ? 0 : 10,
        metric: 0,
        priority: route.connected ? 0 : 1,
        vrf: 0,
        gateway: family === 4 ? '0.0.0.0' : '::',
        interface: egress,
      })),
    )
}

function policyRoutes(device: FortiDevice): unknown {
  return (vdomOf(device)?.policyRoutes ?? []).map((_, index) => ({ id: index + 1, type: 'static' }))
}

function slashed(cidr: string, family: 4 | 6): string {
  return cidr.includes('/') ? cidr : `${cidr}/${family === 4 ? 32 : 128}`
}

function virtualServers(device: FortiDevice): unknown {
  const balanced = (vdomOf(device)?.vips ?? []).filter(({ type }) => type === 'server-load-balance')
  return balanced.map((vip) => ({
    virtual_server_name: vip.name,
    list: (vip.mapping.kind === 'shift' ? vip.mapping.targets : []).map(({ address, port }) => ({
      real_server_ip: printIpSet({ v4: [[Number(address), Number(address)]], v6: [] })[0] ?? '',
      real_server_port: port ?? 0,
      mode: 'active',
      status: 'up',
      active_sessions: 0,
    })),
  }))
}

function certificates(moment: Moment, isGlobal: boolean): unknown {
  const all = [...(vdomOf(read(moment))?.certificates.values() ?? [])]
  return all
    .filter((one) => one.isGlobal === isGlobal)
    .map((one) => ({
      name: one.name,
      type: one.kind === 'local' ? 'local-cer' : 'local-ca',
      status: one.expires !== undefined && one.expires * 1000 < moment.now.getTime() ? 'expired' : 'valid',
      ...(one.validFrom === undefined ? {} : { valid_from: one.validFrom }),
      ...(one.expires === undefined ? {} : { valid_to: one.expires }),
      subject: one.subject ?? '',
    }))
}
