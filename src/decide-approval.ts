import type { AccessRequest } from './access/access-request.ts'
import { approversOf, decideApproval, stateInWords } from './access/approval.ts'
import { findService, personBySlack } from './policy/catalog-lookup.ts'
import type { Edge } from './policy/edge.ts'
import { readEdge } from './policy/read.ts'
import type { Person } from './policy/schema.ts'
import type { Click, Place, Ports } from './ports.ts'
import { proposeApproved, proveAgain, refreshCard, showNewProof, tell } from './propose-approved.ts'

/** A click on Approve: is this person allowed, is the proof still the same, was it the last approval needed, then the pull request. */
export async function approveRequest(ports: Ports, click: Click): Promise<void> {
  const found = await whoAndWhat(ports, click.target, click.slackUser, click.place)
  if (!found) return
  const { request, person, edge } = found
  const proved = proveAgain(edge, request)
  if ('says' in proved) return ports.chat.whisper(click.place, click.slackUser, proved.says)
  const service = request.newService ?? findService(edge, request.service)
  const approvers = service ? approversOf(edge, service).groups : []
  const decision = decideApproval({
    request,
    person,
    groups: await ports.directory.groupsOf(person.id),
    approvers,
    // A card that was not yet redrawn carries the digest of what this person really looked at.
    digest: click.value === undefined || click.value === request.digest ? proved.proof.digest : click.value,
    exact: proved.proof.verdict === 'exact',
    now: ports.now(),
  })
  if (!decision.ok) {
    await ports.store.record({
      at: ports.now().toISOString(),
      request: request.id,
      actor: person.id,
      action: 'approval-refused',
      detail: { reason: decision.reason },
    })
    if (decision.reason === 'PROOF_CHANGED') await showNewProof(ports, edge, request)
    return ports.chat.whisper(click.place, click.slackUser, decision.says)
  }

  const at = ports.now().toISOString()
  const counted = await ports.store.approve(request.id, { by: person.id, at, digest: request.digest })
  if (counted.outcome === 'already')
    return ports.chat.whisper(
      click.place,
      click.slackUser,
      'Your approval is already counted; somebody else has to approve too.',
    )
  if (counted.outcome === 'void' || !counted.request)
    return ports.chat.whisper(click.place, click.slackUser, tooLate(counted.request))
  await ports.store.record({
    at,
    request: request.id,
    actor: person.id,
    action: 'approved',
    detail: { digest: request.digest },
  })
  if (counted.outcome === 'counted') return refreshCard(ports, edge, counted.request)
  await proposeApproved(ports, counted.request)
}

const tooLate = (now: AccessRequest | undefined): string =>
  now
    ? `Too late: this request is ${stateInWords(now)}. Nothing was approved.`
    : 'I do not know this request any more. Nothing was approved.'

/** The Deny modal was submitted. Whoever may approve may deny, and so may the requester's own second thoughts: that is Cancel. */
export async function denyRequest(
  ports: Ports,
  denial: { readonly request: string; readonly slackUser: string; readonly reason: string },
): Promise<void> {
  const request = await ports.store.findRequest(denial.request)
  if (!request) return
  const place = { channel: request.channel, thread: request.thread }
  const found = await whoAndWhat(ports, denial.request, denial.slackUser, place)
  if (!found) return
  const { person, edge } = found
  const service = request.newService ?? findService(edge, request.service)
  const groups = await ports.directory.groupsOf(person.id)
  const mayDecide = service && approversOf(edge, service).groups.some((group) => groups.includes(group.id))
  if (!mayDecide || person.id === request.requester)
    return ports.chat.whisper(
      place,
      denial.slackUser,
      'Only those who may approve this request may deny it. You can cancel your own.',
    )
  const at = ports.now().toISOString()
  const reason = denial.reason.trim().slice(0, 500)
  const moved = await ports.store.move(request.id, ['waiting'], 'denied', { decided: { by: person.id, at, reason } })
  if (!moved) return ports.chat.whisper(place, denial.slackUser, `Too late: this request is ${stateInWords(request)}.`)
  await ports.store.record({ at, request: request.id, actor: person.id, action: 'denied', detail: { reason } })
  await refreshCard(ports, edge, moved)
  await tell(ports, moved, `${person.name} denied this: ${reason}`)
}

/** A click on Cancel: only by whoever asked, only while nobody has decided. */
export async function cancelRequest(ports: Ports, click: Click): Promise<void> {
  const found = await whoAndWhat(ports, click.target, click.slackUser, click.place)
  if (!found) return
  const { request, person, edge } = found
  if (person.id !== request.requester)
    return ports.chat.whisper(
      click.place,
      click.slackUser,
      'Only whoever asked can cancel. If you may approve it, you can deny it.',
    )
  const at = ports.now().toISOString()
  const decided = { by: person.id, at }
  const moved = await ports.store.move(request.id, ['unconfirmed', 'waiting'], 'cancelled', { decided })
  if (!moved)
    return ports.chat.whisper(click.place, click.slackUser, `Too late: this request is ${stateInWords(request)}.`)
  await ports.store.record({ at, request: request.id, actor: person.id, action: 'cancelled', detail: {} })
  await refreshCard(ports, edge, moved)
}

/** The request and the person; undefined when either is unknown, which is then said. */
export async function whoAndWhat(
  ports: Ports,
  id: string,
  slackUser: string,
  place: Place,
): Promise<{ request: AccessRequest; person: Person; edge: Edge } | undefined> {
  const request = await ports.store.findRequest(id)
  const edge = readEdge((await ports.forge.readEdge()).files)
  const person = personBySlack(edge, slackUser)
  if (request && person) return { request, person, edge }
  const says = person
    ? 'I do not know this request any more.'
    : 'I do not know you: your Slack id is not in policies/catalog.yaml.'
  await ports.chat.whisper(place, slackUser, says)
  return undefined
}
