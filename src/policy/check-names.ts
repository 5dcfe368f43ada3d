import { nearName } from '../evidence/near-name.ts'
import type { Problem } from '../evidence/problem.ts'
import { printIpSet, readCidr } from '../flow/ip-set.ts'
import { hasHostBits } from './host-bits.ts'
import type { Placed, PlacedCatalog } from './placed.ts'
import { portsWithin, readPortRange } from './port-range.ts'
import type { PolicyProblemCode } from './problems.ts'
import type { DataPath, YamlFile } from './read-yaml.ts'
import type { Catalog, Grant, Guardrails, Service } from './schema.ts'

/** What may be named: the catalogue, and every service that has a file, broken or not. */
export type KnownNames = { readonly catalog: Catalog; readonly services: readonly string[] }

/** What the schema cannot see in a catalogue: ids twice, names that lead nowhere, ranges that mean less than they say. */
export function checkCatalog(placed: PlacedCatalog): Problem[] {
  const { devices, networks, groups, people } = placed
  const networkIds = networks.map(({ value }) => value.id)
  const personIds = people.map(({ value }) => value.id)
  return [
    ...[devices, networks, groups, people].flatMap((list) => duplicateIds(list)),
    ...networks.flatMap(({ value, yaml, path }) =>
      value.cidrs.flatMap((cidr, index) => hostBits(yaml, [...path, 'cidrs', index], cidr)),
    ),
    ...[...groups, ...people].flatMap(({ value, yaml, path }) =>
      value.networks.flatMap((id, index) =>
        unknownName(yaml, [...path, 'networks', index], 'UNKNOWN_NETWORK', 'network', id, networkIds),
      ),
    ),
    ...groups.flatMap(({ value, yaml, path }) => [
      ...value.members.flatMap((id, index) =>
        unknownName(yaml, [...path, 'members', index], 'UNKNOWN_PERSON', 'person', id, personIds),
      ),
      ...(value.networks.length === 0 && value.fortigate === undefined && value.header === undefined
        ? [
            yaml.problem('GROUP_WITHOUT_SOURCE', [...path, 'id'], `no door can tell who is in "${value.id}"`, {
              severity: 'warning',
              hint: 'Give it networks, or its FortiGate group or header value.',
            }),
          ]
        : []),
    ]),
  ]
}

/** Names in the guardrails that lead nowhere: a rule about nothing protects nothing, so each is an error. */
export function checkGuardrailNames({ value, yaml }: Placed<Guardrails>, known: KnownNames): Problem[] {
  const services = (list: readonly string[] | undefined, path: DataPath) =>
    (list ?? []).flatMap((id, index) =>
      unknownName(yaml, [...path, index], 'UNKNOWN_SERVICE', 'service', id, known.services),
    )
  const groupIds = known.catalog.groups.map(({ id }) => id)
  return [
    ...duplicateIds(value.never.map((rule, index) => ({ value: rule, yaml, path: ['never', index] }))),
    ...value.never.flatMap((rule, index) => [
      ...services(rule.services, ['never', index, 'services']),
      ...(rule.subjects ?? []).flatMap((subject, at) =>
        checkSubject(yaml, ['never', index, 'subjects', at], subject, known.catalog),
      ),
    ]),
    ...value.approval.alsoBy.flatMap((id, index) =>
      unknownName(yaml, ['approval', 'alsoBy', index], 'UNKNOWN_GROUP', 'group', id, groupIds),
    ),
    ...value.approval.stricter.flatMap((rule, index) =>
      services(rule.services, ['approval', 'stricter', index, 'services']),
    ),
  ]
}

/** What only shows when all services are seen together with the catalogue. */
export function checkServices(placed: readonly Placed<Service>[], known: KnownNames): Problem[] {
  const requests = new Map<string, string>()
  const hosts = new Map<string, string>()
  return placed.flatMap(({ value: service, yaml }) => [
    ...checkOwner(yaml, service, known.catalog),
    ...service.hosts.flatMap((host, index) => {
      const claim = `${service.route.frontend} ${host.toLowerCase()}`
      const other = hosts.get(claim)
      hosts.set(claim, service.id)
      if (other === undefined) return []
      return [yaml.problem('DUPLICATE_HOST', ['hosts', index], `${host} belongs to the service "${other}" already`)]
    }),
    ...service.access.flatMap((grant, index) => {
      const path = ['access', index]
      const problems = checkGrant(yaml, path, service, grant, known.catalog)
      const other = grant.request === undefined ? undefined : requests.get(grant.request)
      if (grant.request !== undefined) requests.set(grant.request, service.id)
      if (other === undefined) return problems
      const message = `the request "${grant.request}" stands in the service "${other}" already`
      return [...problems, yaml.problem('DUPLICATE_REQUEST', [...path, 'request'], message)]
    }),
  ])
}

function checkOwner(yaml: YamlFile, service: Service, catalog: Catalog): Problem[] {
  const owner = catalog.groups.find(({ id }) => id === service.owner)
  if (!owner) {
    const ids = catalog.groups.map(({ id }) => id)
    return unknownName(yaml, ['owner'], 'UNKNOWN_GROUP', 'group', service.owner, ids)
  }
  if (owner.members.length > 0) return []
  const message = `"${owner.id}" has no members in the catalogue`
  return [yaml.problem('NOBODY_TO_APPROVE', ['owner'], message, { severity: 'warning' })]
}

function checkGrant(yaml: YamlFile, path: DataPath, service: Service, grant: Grant, catalog: Catalog): Problem[] {
  const offered = service.ports.flatMap((written) => readPortRange(written) ?? [])
  const personIds = catalog.people.map(({ id }) => id)
  const backwards =
    grant.from !== undefined && grant.until !== undefined && Date.parse(grant.from) >= Date.parse(grant.until)
  return [
    ...(['allow', 'via', 'except'] as const).flatMap((field) =>
      grant[field].flatMap((subject, index) => checkSubject(yaml, [...path, field, index], subject, catalog)),
    ),
    ...(grant.ports ?? []).flatMap((written, index) => {
      const range = readPortRange(written)
      if (!range || portsWithin(range, offered)) return []
      const message = `${service.name} does not offer ${written}, only ${service.ports.join(', ')}`
      return [yaml.problem('PORT_NOT_OFFERED', [...path, 'ports', index], message)]
    }),
    ...(backwards
      ? [
          yaml.problem(
            'ENDS_BEFORE_START',
            [...path, 'until'],
            `this grant ends at ${grant.until}, not after ${grant.from}`,
          ),
        ]
      : []),
    ...grant.approvedBy.flatMap((id, index) =>
      // People leave; what they approved stays approved.
      unknownName(yaml, [...path, 'approvedBy', index], 'UNKNOWN_PERSON', 'person', id, personIds, 'warning'),
    ),
  ]
}

function checkSubject(yaml: YamlFile, path: DataPath, subject: string, catalog: Catalog): Problem[] {
  const [, kind, id = ''] = /^(group|person|network):(.*)$/.exec(subject) ?? []
  const ids = (list: readonly { readonly id: string }[]) => list.map((entry) => entry.id)
  switch (kind) {
    case 'group':
      return unknownName(yaml, path, 'UNKNOWN_GROUP', kind, id, ids(catalog.groups))
    case 'person':
      return unknownName(yaml, path, 'UNKNOWN_PERSON', kind, id, ids(catalog.people))
    case 'network':
      return unknownName(yaml, path, 'UNKNOWN_NETWORK', kind, id, ids(catalog.networks))
    default:
      return hostBits(yaml, path, subject)
  }
}

function unknownName(
  yaml: YamlFile,
  path: DataPath,
  code: PolicyProblemCode,
  kind: string,
  id: string,
  known: readonly string[],
  severity: Problem['severity'] = 'error',
): Problem[] {
  if (known.includes(id)) return []
  const near = nearName(id, known)
  const hint = near === undefined ? undefined : `Did you mean "${near}"?`
  return [yaml.problem(code, path, `there is no ${kind} "${id}"`, { severity, hint })]
}

function duplicateIds(list: readonly Placed<{ readonly id: string }>[]): Problem[] {
  const seen = new Set<string>()
  return list.flatMap(({ value: { id }, yaml, path }) => {
    if (!seen.has(id)) {
      seen.add(id)
      return []
    }
    return [yaml.problem('DUPLICATE_ID', [...path, 'id'], `the id "${id}" is taken by an entry above`)]
  })
}

function hostBits(yaml: YamlFile, path: DataPath, cidr: string): Problem[] {
  const meant = readCidr(cidr)
  if (!meant || !hasHostBits(cidr)) return []
  const hint = `Write ${printIpSet(meant).join(', ')} for the whole range, or the address alone with its full prefix.`
  return [yaml.problem('HOST_BITS', path, `${cidr} has bits set beyond its prefix`, { hint })]
}
