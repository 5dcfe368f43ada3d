import { sayDuration } from '../policy/say-time.ts'
import type { Service } from '../policy/schema.ts'
import type { Finding } from './answer.ts'

/** What a running HAProxy says of one server, in words people know from its statistics page. */
export type ServerHealth = {
  readonly backend: string
  readonly server: string
  readonly status: string
  /** Whether it may get new requests now. */
  readonly usable: boolean
  readonly check?: string
  readonly lastCheck?: string
  readonly sinceSeconds?: number
}

/** No usable server: nobody gets an answer, whoever may come in. Empty when there is one, or none could be asked about. */
export function explainOutage(service: Service, servers: readonly ServerHealth[] | undefined): readonly Finding[] {
  const own = serversOf(service, servers)
  if (own.length === 0 || own.some((server) => server.usable)) return []
  const which = own.length === 1 ? 'its only server is out' : `all ${own.length} servers are out`
  return [
    {
      says: `HAProxy has no usable server for ${service.name}: ${which}. ${own.map(sayServer).join('; ')}.`,
      traces: [],
      remedy: `Bring ${own.map((server) => `${server.backend}/${server.server}`).join(' or ')} back; HAProxy uses it again by itself once its check passes.`,
    },
  ]
}

/** Servers that are out while others still serve. */
export function explainDegraded(service: Service, servers: readonly ServerHealth[] | undefined): readonly Finding[] {
  const out = serversOf(service, servers).filter((server) => !server.usable)
  return out.length === 0 ? [] : [{ says: `Not in use at the moment: ${out.map(sayServer).join('; ')}.`, traces: [] }]
}

/** What a running HAProxy says of each server of the service; where none was asked, that. */
export function sayHealth(service: Service, servers: readonly ServerHealth[] | undefined): string {
  const own = serversOf(service, servers)
  return own.length === 0 ? 'whether its servers are up was not asked' : own.map(sayServer).join('; ')
}

function serversOf(service: Service, servers: readonly ServerHealth[] | undefined): readonly ServerHealth[] {
  return servers?.filter((server) => server.backend === service.route.backend) ?? []
}

function sayServer(server: ServerHealth): string {
  const check = [server.check, server.lastCheck].filter(Boolean).join(', ')
  const { sinceSeconds = 0 } = server
  const since = sinceSeconds > 0 ? ` for ${sayDuration(sinceSeconds)}` : ''
  return `${server.backend}/${server.server} is ${server.status}${since}${check ? ` (health check: ${check})` : ''}`
}
