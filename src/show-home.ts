import type { AccessRequest } from './access/access-request.ts'
import { approversOf } from './access/approval.ts'
import { statusOf } from './access/describe-change.ts'
import { findService, groupsOf, personBySlack } from './policy/catalog-lookup.ts'
import type { Edge } from './policy/edge.ts'
import { readEdge } from './policy/read.ts'
import type { HomeEntry, Ports } from './ports.ts'

/** App Home: what awaits this person's decision, and what became of what they asked for. */
export async function showHome(ports: Ports, slackUser: string): Promise<void> {
  const edge = readEdge((await ports.forge.readEdge()).files)
  const person = personBySlack(edge, slackUser)
  if (!person) return ports.chat.publishHome(slackUser, { awaitingMe: [], mine: [] })
  const groups = groupsOf(edge, person.id)
  const waiting = await ports.store.listRequests({ states: ['waiting'] })
  const own = (await ports.store.listRequests({})).filter((request) => request.requester === person.id)
  const awaiting = waiting.filter((request) => request.requester !== person.id && mayApprove(edge, request, groups))
  await ports.chat.publishHome(slackUser, {
    awaitingMe: awaiting.map((request) => entryOf(edge, request, true)),
    mine: own.slice(0, 20).map((request) => entryOf(edge, request, false)),
  })
}

function mayApprove(edge: Edge, request: AccessRequest, groups: readonly string[]): boolean {
  const service = findService(edge, request.service)
  return service !== undefined && approversOf(edge, service).groups.some((group) => groups.includes(group.id))
}

function entryOf(edge: Edge, request: AccessRequest, approvable: boolean): HomeEntry {
  return {
    request: request.id,
    line: request.facts?.understood ?? request.service,
    detail: statusOf(request, edge),
    approvable,
    digest: request.digest,
  }
}
