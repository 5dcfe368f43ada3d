import { z } from 'zod'
import { Fault } from '../evidence/fault.ts'
import { type Calls, type Deadline, type FortigateAccess, startDeadline } from './fortigate-calls.ts'
import { askEach, type Envelope, numeric, readResults } from './fortigate-envelope.ts'

/** What a FortiGate says of itself while it runs. Where several VDOMs are asked at once, `vdom` says whose each thing is. */
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
  readonly vdom: string | undefined
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
  readonly vdom: string | undefined
  readonly policy: number
  readonly hits: number
  readonly bytes: number
  readonly packets: number
  readonly activeSessions: number
  /** Epoch seconds; undefined when it was never hit. */
  readonly lastUsed: number | undefined
}
export type LiveRoute = {
  readonly vdom: string | undefined
  readonly to: string
  readonly type: string
  readonly gateway: string
  readonly egress: string
  readonly distance: number
}
export type RealServer = {
  readonly vdom: string | undefined
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

const port = numeric.catch(0)
const Sessions = z.array(
  z.object({
    proto: z.union([numeric, z.string().transform((name) => PROTOCOLS[name] ?? 0)]),
    saddr: z.string(),
    sport: port,
    daddr: z.string(),
    dport: port,
    dnaddr: z.string().nullish(),
    dnport: numeric.nullish(),
    policyid: numeric,
    expiry: numeric.catch(0),
    username: z.string().nullish(),
  }),
)
const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, gre: 47, esp: 50, icmp6: 58, sctp: 132 }
const Counters = z.array(
  z.object({
    policyid: numeric,
    hit_count: numeric.nullish(),
    bytes: numeric.nullish(),
    packets: numeric.nullish(),
    active_sessions: numeric.nullish(),
    last_used: numeric.nullish(),
  }),
)
const Routes = z.array(
  z.object({
    ip_mask: z.string(),
    type: z.string().default(''),
    gateway: z.string().default(''),
    interface: z.string().default(''),
    distance: numeric.nullish(),
  }),
)
const Servers = z.array(
  z.object({
    real_server_ip: z.string(),
    real_server_port: port,
    mode: z.string().default(''),
    status: z.string(),
    active_sessions: numeric.nullish(),
  }),
)
/** Which name the list has is not documented for every release. */
const VirtualServers = z.array(
  z.object({
    virtual_server_name: z.string().optional(),
    name: z.string().optional(),
    list: Servers.optional(),
    real_servers: Servers.optional(),
    realservers: Servers.optional(),
  }),
)
/** Epoch seconds, or a date as OpenSSL prints it. */
const moment = z.union([
  numeric,
  z
    .string()
    .refine((text) => !Number.isNaN(Date.parse(text)))
    .transform((text) => Math.floor(Date.parse(text) / 1000)),
])
const Certificates = z.array(
  z.object({
    name: z.string(),
    type: z.string(),
    status: z.string().default(''),
    valid_from: moment.nullish(),
    valid_to: moment.nullish(),
  }),
)

/** The monitoring side of the client; it shares the client's calls and their limits. */
export function openMonitor(call: Calls, access: FortigateAccess): FortigateMonitor {
  const { device } = call
  const { vdom } = access
  /** The name that this device has for something, once it is known. */
  const names = new Map<string, string>()

  /** Every VDOM's rows of the first of these paths that the device knows. */
  async function rows<T>(
    paths: readonly [string, ...string[]],
    schema: z.ZodType<readonly T[]>,
    query: Record<string, string | undefined> = {},
  ): Promise<readonly (readonly [T, string | undefined])[]> {
    const known = names.get(paths[0])
    const tries = known === undefined ? paths : [known]
    const { path, envelopes } = await askFirst(call, startDeadline(access), tries, { vdom, ...query })
    names.set(paths[0], path)
    return envelopes.flatMap(({ results, vdom: owner }) => {
      const inside = z.object({ details: z.unknown() }).safeParse(results)
      const list = readResults(device, schema, inside.success ? inside.data.details : results)
      return list.map((one) => [one, owner] as const)
    })
  }

  return {
    async readSessions(filter) {
      const count = Math.min(MOST_SESSIONS, Math.max(FEWEST_SESSIONS, filter.count ?? MOST_SESSIONS))
      // Renamed in 7.6; which of the two a device has is remembered.
      const found = await rows(['firewall/sessions', 'firewall/session'], Sessions, {
        count: String(count),
        policyid: filter.policy?.toString(),
        srcaddr: filter.source,
        dstaddr: filter.destination,
        dstport: filter.destinationPort?.toString(),
      })
      return found.slice(0, count).map(([one, owner]) => ({ vdom: owner, ...sessionOf(one) }))
    },
    async readPolicyCounters() {
      const found = await rows(['firewall/policy', 'firewall/policy/select'], Counters)
      return found.map(([one, owner]) => ({
        vdom: owner,
        policy: one.policyid,
        hits: one.hit_count ?? 0,
        bytes: one.bytes ?? 0,
        packets: one.packets ?? 0,
        activeSessions: one.active_sessions ?? 0,
        lastUsed: one.last_used === 0 ? undefined : (one.last_used ?? undefined),
      }))
    },
    async readRoutes(family) {
      const found = await rows([`router/ipv${family}`], Routes)
      return found.map(([one, owner]) => ({
        vdom: owner,
        to: one.ip_mask,
        type: one.type,
        gateway: one.gateway,
        egress: one.interface,
        distance: one.distance ?? 0,
      }))
    },
    async readRealServers() {
      const found = await rows(['firewall/load-balance'], VirtualServers, { count: String(MOST_VIRTUAL_SERVERS) })
      return found.flatMap(([server, owner]) =>
        (server.list ?? server.real_servers ?? server.realservers ?? []).map((one) => ({
          vdom: owner,
          virtualServer: server.virtual_server_name ?? server.name ?? '',
          address: one.real_server_ip,
          port: one.real_server_port,
          mode: one.mode,
          isUp: one.status.toLowerCase() === 'up',
          activeSessions: one.active_sessions ?? 0,
        })),
      )
    },
    async readCertificates() {
      const read = async (scope: 'global' | 'vdom') => {
        const query = scope === 'vdom' ? { scope } : { scope, vdom: undefined }
        const found = await rows(['system/available-certificates'], Certificates, query)
        return found.map(([one]) => ({
          name: one.name,
          type: one.type,
          status: one.status,
          validFrom: one.valid_from ?? undefined,
          expires: one.valid_to ?? undefined,
          isGlobal: scope === 'global',
        }))
      }
      return [...(await read('vdom')), ...(await read('global'))]
    },
  }
}

function sessionOf(one: z.infer<typeof Sessions>[number]): Omit<FortigateSession, 'vdom'> {
  return {
    proto: one.proto,
    source: one.saddr,
    sourcePort: one.sport,
    destination: one.daddr,
    destinationPort: one.dport,
    translatedTo: one.dnaddr ? `${one.dnaddr}:${one.dnport ?? one.dport}` : undefined,
    policy: one.policyid,
    secondsLeft: one.expiry,
    user: one.username || undefined,
  }
}

/** The first of the paths that the device knows. */
async function askFirst(
  call: Calls,
  deadline: Deadline,
  [path = '', ...others]: readonly string[],
  query: Record<string, string | undefined>,
): Promise<{ readonly path: string; readonly envelopes: readonly Envelope[] }> {
  try {
    return { path, envelopes: await askEach(call, deadline, `${MONITOR}/${path}`, query) }
  } catch (error) {
    if (others.length === 0 || !(error instanceof Fault) || error.code !== 'fortigate-not-found') throw error
    return askFirst(call, deadline, others, query)
  }
}
