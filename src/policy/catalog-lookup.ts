import type { Edge } from './edge.ts'
import type { Group, Person, Service } from './schema.ts'

export function personBySlack(edge: Edge, slackUser: string): Person | undefined {
  return edge.catalog.people.find((person) => person.slack === slackUser)
}

export function findPerson(edge: Edge, id: string): Person | undefined {
  return edge.catalog.people.find((person) => person.id === id)
}

export function findGroup(edge: Edge, id: string): Group | undefined {
  return edge.catalog.groups.find((group) => group.id === id)
}

export function findService(edge: Edge, id: string): Service | undefined {
  return edge.services.find((service) => service.id === id)
}

/** A subject as people call it: `Data & Analytics`, `Alice Ferrara`, `vpn-pool`, or the CIDR itself. */
export function subjectName(edge: Edge, subject: string): string {
  const [kind, id = ''] = subject.split(':', 2)
  switch (kind) {
    case 'group':
      return findGroup(edge, id)?.name ?? id
    case 'person':
      return findPerson(edge, id)?.name ?? id
    case 'network':
      return edge.catalog.networks.find((network) => network.id === id)?.name ?? id
    default:
      return subject.replace(/\/(32|128)$/, (whole) => (subject.includes(':') === (whole === '/128') ? '' : whole))
  }
}

/** Ids of the groups whose `members` name this person. */
export function groupsOf(edge: Edge, person: string): readonly string[] {
  return edge.catalog.groups.filter((group) => group.members.includes(person)).map((group) => group.id)
}
