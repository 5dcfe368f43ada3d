import { nearName } from '../evidence/near-name.ts'
import { parseIp, readCidr } from '../flow/ip-set.ts'
import type { SubjectRef } from '../language/intent.ts'
import type { Edge } from '../policy/edge.ts'
import { hasHostBits } from '../policy/host-bits.ts'
import { readPortRange } from '../policy/port-range.ts'
import type { Service } from '../policy/schema.ts'
import type { Wrong } from './arguments.ts'

type Named = { readonly key: string; readonly names: readonly (string | undefined)[] }

/** `alice`, `ali`, `Alice Ferrara`, an e-mail address or a Slack id: the person of the catalogue. */
export function findRequester(edge: Edge, written: string): { readonly person: string } | Wrong {
  const found = findOne(written.replace(/^person:/, ''), 'person', peopleOf(edge))
  return 'wrong' in found ? found : { person: found.key }
}

/** Subjects separated by commas: `group:data`, `finance`, `10.10.30.7`, `10.0.0.0/8`. */
export function findSubjects(edge: Edge, written: string): { readonly subjects: readonly SubjectRef[] } | Wrong {
  const subjects: SubjectRef[] = []
  for (const part of written.split(',').map((one) => one.trim())) {
    const found = findSubject(edge, part)
    if ('wrong' in found) return found
    subjects.push(found)
  }
  return { subjects }
}

function findSubject(edge: Edge, written: string): SubjectRef | Wrong {
  const ip = parseIp(written)
  if (ip) return { type: 'cidr', id: `${written}/${ip.family === 4 ? 32 : 128}` }
  if (/^[0-9a-f.:]+\/\d+$/i.test(written)) {
    if (!readCidr(written)) return { wrong: `${written} is no address range.` }
    if (hasHostBits(written)) return { wrong: `${written} has bits set beyond its prefix.` }
    return { type: 'cidr', id: written }
  }
  const { groups, networks } = edge.catalog
  const kinds = {
    group: groups.map(({ id, name, aliases }) => ({ key: id, names: [name, ...aliases] })),
    person: peopleOf(edge),
    network: networks.map(({ id, name, aliases }) => ({ key: id, names: [name, ...aliases] })),
  }
  const [, kind, id] = /^(group|person|network):(.*)$/.exec(written) ?? []
  for (const type of ['group', 'person', 'network'] as const) {
    if (type !== kind || id === undefined) continue
    const found = findOne(id, type, kinds[type])
    return 'wrong' in found ? found : { type, id: found.key }
  }
  const every = (['group', 'person', 'network'] as const).flatMap((type) =>
    kinds[type].map(({ key, names }) => ({ key: `${type}:${key}`, id: key, names, type })),
  )
  const found = findOne(written, 'group, person, network or address', every)
  if ('wrong' in found) return found
  return { type: found.type, id: found.id }
}

/** What `--to` names: a service, and what was said of the request besides. */
export type Target = { readonly service: Service; readonly ports?: readonly string[]; readonly path?: string }

/** `grafana`, `grafana.corp.example`, `https://grafana.corp.example:443/d/x`: the service, and that port of it as it is offered. */
export function findTarget(edge: Edge, written: string): Target | Wrong {
  const [, host = '', port, path] =
    /^(?:https?:\/\/)?(\[[^\]]*\]|[^:/]*)(?::(\d{1,5}))?(\/[^?#]*)?/i.exec(written) ?? []
  const byHost = edge.services.filter(({ hosts }) => hosts.some((one) => one.toLowerCase() === host.toLowerCase()))
  const offering = port === undefined ? byHost : byHost.filter((service) => offeredAs(service, Number(port)).length > 0)
  const found = pickService(edge, host, offering.length > 0 ? offering : byHost)
  if ('wrong' in found) return found
  const { service } = found
  const wanted = path === undefined ? { service } : { service, path }
  if (port === undefined) return wanted
  const ports = offeredAs(service, Number(port))
  if (ports.length === 0)
    return { wrong: `${service.name} is offered on ${service.ports.join(', ')}, not on port ${port}.` }
  return { ...wanted, ports }
}

function pickService(edge: Edge, written: string, byHost: readonly Service[]): { readonly service: Service } | Wrong {
  const [one, another] = byHost
  if (one && another)
    return { wrong: `${written} is the host name of ${byHost.map(({ id }) => id).join(' and ')}. Name the service.` }
  if (one) return { service: one }
  if (edge.broken.includes(written))
    return { wrong: `services/${written}.yaml has errors, so ${written} is not known. See: sallyport check` }
  const every = edge.services.map((service) => ({
    key: service.id,
    names: [service.name, ...service.aliases],
    hosts: service.hosts,
    service,
  }))
  const found = findOne(written, 'service or host', every)
  if (!('wrong' in found)) return { service: found.service }
  const host = nearName(
    written,
    every.flatMap(({ hosts }) => hosts),
  )
  return host === undefined || /could be|Did you mean/.test(found.wrong)
    ? found
    : { wrong: `there is no service or host "${written}". Did you mean ${host}?` }
}

/** That port as the service offers it: `tcp/443`, by udp too where it does. */
function offeredAs(service: Service, port: number): readonly string[] {
  const ranges = service.ports.flatMap((written) => readPortRange(written) ?? [])
  const there = ranges.filter(({ from, to }) => port >= from && port <= to)
  return [...new Set(there.map(({ proto }) => `${proto}/${port}`))]
}

function peopleOf(edge: Edge): readonly Named[] {
  return edge.catalog.people.map(({ id, name, email, slack, aliases }) => ({
    key: id,
    names: [name, email, slack, ...aliases],
  }))
}

/** An id is meant before any other name; a name that several have is asked about. */
function findOne<T extends Named>(written: string, what: string, all: readonly T[]): T | Wrong {
  const fold = (text: string) => text.trim().toLowerCase()
  const wanted = fold(written)
  const idOf = (key: string) => key.slice(key.indexOf(':') + 1)
  const byId = all.filter(({ key }) => key === wanted || idOf(key) === wanted)
  const found =
    byId.length > 0
      ? byId
      : all.filter(({ names }) => names.some((name) => name !== undefined && fold(name) === wanted))
  const [one, another] = found
  if (one && another)
    return { wrong: `"${written}" could be ${found.map(({ key }) => key).join(' or ')}. Write which.` }
  if (one) return one
  const names = all.flatMap(({ key, names }) => [idOf(key), ...names.flatMap((name) => name ?? [])])
  const near = nearName(written, names)
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  return { wrong: `there is no ${what} "${written}".${hint}` }
}
