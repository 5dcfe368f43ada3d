import { z } from 'zod'
import { Fault } from '../evidence/fault.ts'
import { type Calls, type Deadline, type FortigateAccess, startDeadline } from './fortigate-calls.ts'
import { ask, type Envelope, readResults } from './fortigate-envelope.ts'
import { fortigateFault } from './fortigate-faults.ts'

/** What a FortiGate says of itself while it runs. */
export interface FortigateMonitor {
  /** Connections that are open now, `count` of them at most. */
  readSessions(filter: SessionFilter): Promise<readonly FortigateSession[]>
  /** How often each policy was hit since its counters were cleared; policy 0 is the implicit deny. */
  readPolicyCounters(): Promise<readonly PolicyCounter[]>
  /** The routing table in force, learned routes included. */
  readRoutes(family: 4 | 6): Promise<readonly LiveRoute[]>
  /** Servers behind virtual servers, as the device's own health checks see them. */
  readRealServers(): Promise<readonly RealServer[]>
  /** Certificates the device has, with their ends. */
  readCertificates(): Promise<readonly LiveCertificate[]>
  /** A word that changes when the table does: cheap to ask, says nothing else. */
  readRevision(path: string): Promise<string>
}
export type SessionFilter = {
  readonly policy?: number
  readonly source?: string
  readonly destination?: string
  readonly destinationPort?: number
  /** The device takes 20 to 1000. */
  readonly count?: number
}
export type FortigateSession = {
  readonly proto: number
  readonly source: string
  readonly sourcePort: number
  readonly destination: string
  readonly destinationPort: number
  /** After translation, where there is one. */
  readonly translatedTo: string | undefined
  readonly policy: number
  readonly secondsLeft: number
  readonly user: string | undefined
}
export type PolicyCounter = {
  readonly policy: number
  readonly hits: number
  readonly bytes: number
  readonly packets: number
  readonly activeSessions: number
  /** Epoch seconds; undefined when it was never hit. */
  readonly lastUsed: number | undefined
}
export type LiveRoute = {
  readonly to: string
  readonly type: string
  readonly gateway: string
  readonly egress: string
  readonly distance: number
}
export type RealServer = {
  readonly virtualServer: string
  readonly address: string
  readonly port: number
  readonly mode: string
  readonly isUp: boolean
  readonly activeSessions: number
}
export type LiveCertificate = {
  readonly name: string
  readonly type: string
  readonly status: string
  /** Epoch seconds. */
  readonly validFrom: number | undefined
  readonly expires: number | undefined
  readonly isGlobal: boolean
}

const MONITOR = '/api/v2/monitor'
const [FEWEST_SESSIONS, MOST_SESSIONS] = [20, 1000]
const MOST_VIRTUAL_SERVERS = 1000

// Devices of one release write numbers where those of another write text.
const numeric = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
const port = numeric.catch(0)
const Sessions = z.array(
  z.object({
    proto: z.union([numeric, z.string().transform((name) => PROTOCOLS[name] ?? 0)]),
    saddr: z.string(),
    sport: port,
    daddr: z.string(),
    dport: port,
    dnaddr: z.string().optional(),
    dnport: numeric.optional(),
    policyid: numeric,
    expiry: numeric.catch(0),
    username: z.string().optional(),
  }),
)
const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, gre: 47, esp: 50, icmp6: 58, sctp: 132 }
const Counters = z.array(
  z.object({
    policyid: numeric,
    hit_count: numeric.default(0),
    bytes: numeric.default(0),
    packets: numeric.default(0),
    active_sessions: numeric.default(0),
    last_used: numeric.optional(),
  }),
)
const Routes = z.array(
  z.object({
    ip_mask: z.string(),
    type: z.string().default(''),
    gateway: z.string().default(''),
    interface: z.string().default(''),
    distance: numeric.default(0),
  }),
)
const VirtualServers = z.array(
  z.object({
    virtual_server_name: z.string().optional(),
    name: z.string().optional(),
    list: z
      .array(
        z.object({
          real_server_ip: z.string(),
          real_server_port: port,
          mode: z.string().default(''),
          status: z.string(),
          active_sessions: numeric.default(0),
        }),
      )
      .default([]),
  }),
)
const Certificates = z.array(
  z.object({
    name: z.string(),
    type: z.string(),
    status: z.string().default(''),
    valid_from: numeric.optional(),
    valid_to: numeric.optional(),
  }),
)

/** The monitoring side of the client; it shares the client's calls and their limits. */
export function openMonitor(call: Calls, access: FortigateAccess): FortigateMonitor {
  const { device } = call
  const { vdom } = access
  let sessionsPath: string | undefined

  return {
    async readSessions(filter) {
      const count = Math.min(MOST_SESSIONS, Math.max(FEWEST_SESSIONS, filter.count ?? MOST_SESSIONS))
      const query = {
        vdom,
        count: String(count),
        policyid: filter.policy?.toString(),
        srcaddr: filter.source,
        dstaddr: filter.destination,
        dstport: filter.destinationPort?.toString(),
      }
      // Renamed in 7.6; which of the two a device has is remembered.
      const paths = sessionsPath === undefined ? ['firewall/sessions', 'firewall/session'] : [sessionsPath]
      const { path, envelope } = await askFirst(call, startDeadline(access), paths, query)
      sessionsPath = path
      const inside = z.object({ details: z.unknown() }).safeParse(envelope.results)
      const found = readResults(device, Sessions, inside.success ? inside.data.details : envelope.results)
      return found.slice(0, count).map((one) => ({
        proto: one.proto,
        source: one.saddr,
        sourcePort: one.sport,
        destination: one.daddr,
        destinationPort: one.dport,
        translatedTo:
          one.dnaddr === undefined || one.dnaddr === '' ? undefined : `${one.dnaddr}:${one.dnport ?? one.dport}`,
        policy: one.policyid,
        secondsLeft: one.expiry,
        user: one.username === '' ? undefined : one.username,
      }))
    },
    async readPolicyCounters() {
      const { results } = await ask(call, startDeadline(access), `${MONITOR}/firewall/policy`, { vdom })
      return readResults(device, Counters, results).map((one) => ({
        policy: one.policyid,
        hits: one.hit_count,
        bytes: one.bytes,
        packets: one.packets,
        activeSessions: one.active_sessions,
        lastUsed: one.last_used === 0 ? undefined : one.last_used,
      }))
    },
    async readRoutes(family) {
      const { results } = await ask(call, startDeadline(access), `${MONITOR}/router/ipv${family}`, { vdom })
      return readResults(device, Routes, results).map((one) => ({
        to: one.ip_mask,
        type: one.type,
        gateway: one.gateway,
        egress: one.interface,
        distance: one.distance,
      }))
    },
    async readRealServers() {
      const query = { vdom, count: String(MOST_VIRTUAL_SERVERS) }
      const { results } = await ask(call, startDeadline(access), `${MONITOR}/firewall/load-balance`, query)
      return readResults(device, VirtualServers, results).flatMap((server) =>
        server.list.map((one) => ({
          virtualServer: server.virtual_server_name ?? server.name ?? '',
          address: one.real_server_ip,
          port: one.real_server_port,
          mode: one.mode,
          isUp: one.status === 'up',
          activeSessions: one.active_sessions,
        })),
      )
    },
    async readCertificates() {
      const deadline = startDeadline(access)
      const read = async (scope: 'global' | 'vdom') => {
        const query = scope === 'vdom' ? { scope, vdom } : { scope }
        const { results } = await ask(call, deadline, `${MONITOR}/system/available-certificates`, query)
        return readResults(device, Certificates, results).map((one) => ({
          name: one.name,
          type: one.type,
          status: one.status,
          validFrom: one.valid_from,
          expires: one.valid_to,
          isGlobal: scope === 'global',
        }))
      }
      return [...(await read('vdom')), ...(await read('global'))]
    },
    async readRevision(path) {
      if (!/^[a-z0-9.-]+\/[a-z0-9-]+$/.test(path)) throw fortigateFault(device, 'not-found', 'a table of that name')
      const { revision } = await ask(call, startDeadline(access), `/api/v2/cmdb/${path}`, { vdom, action: 'revision' })
      if (revision === undefined) throw fortigateFault(device, 'unexpected-answer', 'no revision')
      return revision
    },
  }
}

/** The first of the paths that the device knows. */
async function askFirst(
  call: Calls,
  deadline: Deadline,
  [path = '', ...others]: readonly string[],
  query: Record<string, string | undefined>,
): Promise<{ readonly path: string; readonly envelope: Envelope }> {
  try {
    return { path, envelope: await ask(call, deadline, `${MONITOR}/${path}`, query) }
  } catch (error) {
    if (others.length === 0 || !(error instanceof Fault) || error.code !== 'fortigate-not-found') throw error
    return askFirst(call, deadline, others, query)
  }
}
