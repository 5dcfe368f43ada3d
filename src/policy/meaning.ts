import { type Refusal, refuse } from '../evidence/refusal.ts'
import { type IpSet, isEmptyIp, subtractIp } from '../flow/ip-set.ts'
import type { Edge } from './edge.ts'
import { type PortRange, portsWithin, readPortRange } from './port-range.ts'
import type { Grant, Service } from './schema.ts'
import { bothSources } from './source-algebra.ts'
import { exceptedSources, subjectSources } from './subject-sources.ts'

/**
 * Exactly what one grant asks both doors to let in. All parts hold at once; a list of names is a choice among them, and an empty
 * list asks for no identity. INVARIANT: `sources` and `ports` are not empty.
 */
export type AskedAccess = {
  readonly service: Service
  /** allow ∩ via − except, as the doors see clients. */
  readonly sources: IpSet
  readonly fortigateGroups: readonly string[]
  /** The trusted group header and a value of it that lets in. */
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  /** As outsiders see them, before the FortiGate maps them. */
  readonly ports: readonly PortRange[]
  readonly methods?: readonly string[]
  /** Prefixes; absent: every path. */
  readonly paths?: readonly string[]
  /** Epoch seconds, both inclusive; absent: no bound. */
  readonly from?: number
  readonly until?: number
}

/** What a grant of this service means, or which part of it means nothing that a door could hold to. */
export function grantMeaning(edge: Edge, service: Service, grant: Grant): AskedAccess | Refusal {
  const allowed = subjectSources(edge, grant.allow)
  if (!allowed.ok) return allowed
  const narrowed = grant.via.length === 0 ? allowed : subjectSources(edge, grant.via)
  if ('ok' in narrowed && !narrowed.ok) return narrowed
  const through = bothSources(allowed, narrowed)
  if (!through) {
    return refuse(
      'TWO_IDENTITIES',
      `${grant.allow.join(', ')} via ${grant.via.join(', ')} asks for two identities of one person, which no door can check at once.`,
    )
  }
  const excepted = exceptedSources(edge, grant.except)
  if (!excepted.ok) return excepted
  const sources = subtractIp(through.sources, excepted.sources)
  if (isEmptyIp(sources)) return noSourceLeft(grant)

  const ports = portsOf(service, grant)
  if (!ports.ok) return ports
  if (grant.methods?.length === 0 || grant.paths?.length === 0) {
    return refuse(
      'NOTHING_ASKED',
      'A list of methods or paths with nothing in it lets nothing in. Leave it out, or name some.',
    )
  }
  const from = grant.from === undefined ? undefined : Math.ceil(Date.parse(grant.from) / 1000)
  const until = grant.until === undefined ? undefined : Math.floor(Date.parse(grant.until) / 1000)
  if (from !== undefined && until !== undefined && from >= until) {
    return refuse('ENDS_BEFORE_START', `This access would end at ${grant.until}, before it begins at ${grant.from}.`)
  }
  return {
    service,
    sources,
    fortigateGroups: through.fortigateGroups,
    headers: through.headers.map((value) => ({ name: edge.catalog.groupHeader, value })),
    ports: ports.ports,
    ...(grant.methods === undefined ? {} : { methods: grant.methods }),
    ...(grant.paths === undefined ? {} : { paths: grant.paths }),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  }
}

function noSourceLeft(grant: Grant): Refusal {
  const via = grant.via.length > 0 ? ` that is also in ${grant.via.join(', ')}` : ''
  const except = grant.except.length > 0 ? `, once ${grant.except.join(', ')} is left out` : ''
  return refuse(
    'NO_SOURCE_LEFT',
    `There is no address of ${grant.allow.join(', ')}${via}${except}, so that would be nobody.`,
  )
}

function portsOf(
  service: Service,
  grant: Grant,
): { readonly ok: true; readonly ports: readonly PortRange[] } | Refusal {
  const offered = service.ports.flatMap((written) => readPortRange(written) ?? [])
  const ports: PortRange[] = []
  for (const written of grant.ports ?? service.ports) {
    const range = readPortRange(written)
    if (!range || !portsWithin(range, offered)) {
      return refuse(
        'PORT_NOT_OFFERED',
        `${service.name} does not offer ${written}; it offers ${service.ports.join(', ')}.`,
      )
    }
    ports.push(range)
  }
  if (ports.length === 0)
    return refuse('NOTHING_ASKED', 'A list of ports with nothing in it lets nothing in. Leave it out, or name some.')
  return { ok: true, ports }
}
