import { type Refusal, refuse } from '../evidence/refusal.ts'
import { ANY_IP, equalIp, type IpSet, isEmptyIp, NO_IP, readCidr, uniteIp } from '../flow/ip-set.ts'
import type { Edge } from './edge.ts'
import { hasHostBits } from './host-bits.ts'
import type { Group, Person, SubjectText } from './schema.ts'
import { mergeSources, NOBODY, type SubjectSources } from './source-algebra.ts'

/** The whole meaning of several subjects together, with a sentence for every step that is not plain. */
export function subjectSources(
  edge: Edge,
  subjects: readonly SubjectText[],
): (SubjectSources & { readonly ok: true; readonly says: readonly string[] }) | Refusal {
  const parts: SubjectSources[] = []
  const says: string[] = []
  for (const subject of subjects) {
    const part = oneSubject(edge, subject)
    if (!part.ok) return part
    parts.push(part)
    says.push(...part.says)
  }
  const [whole = NOBODY, ...rest] = mergeSources(parts)
  if (rest.length > 0) {
    return refuse(
      'MIXED_IDENTITY',
      `${subjects.join(', ')}: some of these are told apart by address and others by who they are, so together they cannot be one entry. Please ask for each on its own.`,
    )
  }
  return { ok: true, ...whole, says }
}

/**
 * The addresses to leave out for these subjects. They are left out whole, also where identity could tell people apart: whoever is
 * excepted must not get in, so the exception may close more and never less.
 */
export function exceptedSources(
  edge: Edge,
  subjects: readonly SubjectText[],
): { readonly ok: true; readonly sources: IpSet } | Refusal {
  let sources = NO_IP
  for (const subject of subjects) {
    const [, kind, id = ''] = SUBJECT.exec(subject) ?? []
    const part = kind === 'person' ? personAddresses(edge, id) : oneSubject(edge, subject)
    if (!part.ok) return part
    if (equalIp(part.sources, ANY_IP)) {
      return refuse(
        'EXCEPTION_WITHOUT_ADDRESS',
        `Only identity tells ${subject} apart, and an exception needs addresses. Please name the network to leave out.`,
      )
    }
    sources = uniteIp(sources, part.sources)
  }
  return { ok: true, sources }
}

const SUBJECT = /^(group|person|network):(.*)$/

type One = (SubjectSources & { readonly ok: true; readonly says: readonly string[] }) | Refusal

function oneSubject(edge: Edge, subject: SubjectText): One {
  const [, kind, id = ''] = SUBJECT.exec(subject) ?? []
  switch (kind) {
    case 'group':
      return groupSources(edge, id)
    case 'person':
      return personSources(edge, id)
    case 'network': {
      const sources = networkAddresses(edge, id)
      return sources.ok ? { ...NOBODY, ...sources, says: [] } : sources
    }
    default: {
      const sources = cidrAddresses(subject)
      return sources.ok ? { ...NOBODY, ...sources, says: [] } : sources
    }
  }
}

function groupSources(edge: Edge, id: string): One {
  const group = only(edge.catalog.groups, id, 'group')
  if (!group.ok) return group
  const addresses = uniteNetworks(edge, group.found.networks)
  if (!addresses.ok) return addresses
  const identity = identityOf(group.found)
  if (group.found.networks.length > 0)
    return { ok: true, sources: addresses.sources, ...identity, says: identitySays(group.found) }
  if (!hasIdentity(identity)) {
    return refuse(
      'GROUP_WITHOUT_SOURCE',
      `Neither door can tell who is in ${group.found.name}: the catalogue gives it no networks, no FortiGate group and no header value.`,
    )
  }
  return { ok: true, sources: ANY_IP, ...identity, says: identitySays(group.found) }
}

/**
 * A person has no address of their own, so a group's network or identity would open for everybody in it. Only what the catalogue
 * says is theirs alone counts; where it names identity and no networks, their groups' networks narrow it.
 */
function personSources(edge: Edge, id: string): One {
  const person = only(edge.catalog.people, id, 'person')
  if (!person.ok) return person
  const identity = identityOf(person.found)
  const own = uniteNetworks(edge, person.found.networks)
  if (!own.ok) return own
  if (person.found.networks.length > 0)
    return { ok: true, sources: own.sources, ...identity, says: identitySays(person.found) }
  const groups = groupsWith(edge, id)
  if (!hasIdentity(identity)) {
    const instead = groups.length > 0 ? ` You can ask for ${groups.map(({ name }) => name).join(' or ')} instead.` : ''
    return refuse(
      'PERSON_NOT_TOLD_APART',
      `Neither door can tell ${person.found.name} from other people: the catalogue gives them no network, FortiGate group or header value of their own.${instead}`,
    )
  }
  const around = uniteNetworks(
    edge,
    groups.flatMap(({ networks }) => networks),
  )
  if (!around.ok) return around
  const sources = isEmptyIp(around.sources) ? ANY_IP : around.sources
  return { ok: true, sources, ...identity, says: identitySays(person.found) }
}

/** Every address a person may come from: their own networks, or those of all their groups. */
function personAddresses(edge: Edge, id: string): { readonly ok: true; readonly sources: IpSet } | Refusal {
  const person = only(edge.catalog.people, id, 'person')
  if (!person.ok) return person
  const own = person.found.networks
  const networks = own.length > 0 ? own : groupsWith(edge, id).flatMap((group) => group.networks)
  if (networks.length > 0) return uniteNetworks(edge, networks)
  return refuse(
    'EXCEPTION_WITHOUT_ADDRESS',
    `The catalogue does not say where ${person.found.name} comes from, so they cannot be left out. Please name the network to leave out.`,
  )
}

function groupsWith(edge: Edge, person: string): readonly Group[] {
  return edge.catalog.groups.filter(({ members }) => members.includes(person))
}

function uniteNetworks(edge: Edge, ids: readonly string[]): { readonly ok: true; readonly sources: IpSet } | Refusal {
  let sources = NO_IP
  for (const id of ids) {
    const network = networkAddresses(edge, id)
    if (!network.ok) return network
    sources = uniteIp(sources, network.sources)
  }
  return { ok: true, sources }
}

function networkAddresses(edge: Edge, id: string): { readonly ok: true; readonly sources: IpSet } | Refusal {
  const network = only(edge.catalog.networks, id, 'network')
  if (!network.ok) return network
  let sources = NO_IP
  for (const cidr of network.found.cidrs) {
    const part = cidrAddresses(cidr)
    if (!part.ok) return part
    sources = uniteIp(sources, part.sources)
  }
  return { ok: true, sources }
}

function cidrAddresses(cidr: string): { readonly ok: true; readonly sources: IpSet } | Refusal {
  const sources = readCidr(cidr)
  if (!sources) return refuse('NOT_AN_ADDRESS', `"${cidr}" is no address range. Please write it like 10.0.0.0/8.`)
  if (!hasHostBits(cidr)) return { ok: true, sources }
  return refuse(
    'HOST_BITS',
    `${cidr} has bits set beyond its prefix, so it is not clear how much it means. Please write it out exactly.`,
  )
}

function only<T extends { readonly id: string }>(
  list: readonly T[],
  id: string,
  kind: string,
): { readonly ok: true; readonly found: T } | Refusal {
  const [found, another] = list.filter((entry) => entry.id === id)
  if (!found) return refuse(`UNKNOWN_${kind.toUpperCase()}`, `The catalogue knows no ${kind} "${id}".`)
  if (another)
    return refuse('DUPLICATE_ID', `The catalogue has more than one ${kind} "${id}", so it is not clear which is meant.`)
  return { ok: true, found }
}

function identityOf({
  fortigate,
  header,
}: Pick<Group | Person, 'fortigate' | 'header'>): Omit<SubjectSources, 'sources'> {
  return { fortigateGroups: fortigate === undefined ? [] : [fortigate], headers: header === undefined ? [] : [header] }
}

function hasIdentity({ fortigateGroups, headers }: Omit<SubjectSources, 'sources'>): boolean {
  return fortigateGroups.length > 0 || headers.length > 0
}

function identitySays({ name, fortigate, header }: Group | Person): string[] {
  return [
    ...(fortigate === undefined ? [] : [`${name}: only while signed in at the firewall as a member of ${fortigate}.`]),
    ...(header === undefined ? [] : [`${name}: only with the value ${header} in the trusted group header.`]),
  ]
}
