import { cite } from '../evidence/trace.ts'
import { printIpSet } from '../flow/ip-set.ts'
import { subjectName } from '../policy/catalog-lookup.ts'
import type { Edge } from '../policy/edge.ts'
import type { Service } from '../policy/schema.ts'
import type { Change } from './change.ts'
import { listed } from './listed.ts'

/** `Set up Kiosk at kiosk.corp.example: tcp/443 through vip-edge and https-in to 10.50.9.1:8080, …` */
export function describeOnboarding(
  edge: Edge,
  { name, hosts, ports, entry, route, servers, ...service }: Service,
): string {
  const at = hosts.length > 0 ? ` at ${listed(hosts)}` : ''
  const way = `${ports.join(', ')} through ${entry.vip} and ${route.frontend}`
  const to = listed(
    servers.map(({ address, port }) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`)),
  )
  const health = service.health?.path === undefined ? '' : `, healthy when ${service.health.path} answers`
  const sticky = service.stickiness === 'none' ? '' : `, clients kept on one server by ${service.stickiness}`
  const owner = subjectName(edge, `group:${service.owner}`)
  return `Set up ${name}${at}: ${way} to ${to}${health}${sticky}; owned by ${owner}, ${service.environment}. It is open to nobody yet.`
}

/** What the configurations cannot show, and somebody has to see to. */
export function onboardingNotes({ service, entry, says }: Change): readonly string[] {
  const [host] = service.hosts
  return [
    `HAProxy ${says.inner.join('; ')}.`,
    ...(entry.tls && host !== undefined
      ? [
          `The certificate of ${cite(entry.bind)} has to cover ${listed(service.hosts)}; I do not look into certificates.`,
        ]
      : []),
    ...(host === undefined
      ? []
      : [`${listed(service.hosts)} has to resolve to ${printIpSet(entry.external).join(', ')}.`]),
  ]
}
