import type { AccessRequest } from './access/access-request.ts'
import { type ApprovedRequest, approversOf, decideApproval, grantApproval, stateInWords } from './access/approval.ts'
import { cardOf, describeCard, diffsOf } from './access/describe-change.ts'
import { prove } from './access/proof.ts'
import { printBranchName, printPullRequest } from './access/pull-request.ts'
import { Fault } from './evidence/fault.ts'
import { findPerson, findService, personBySlack } from './policy/catalog-lookup.ts'
import type { Edge } from './policy/edge.ts'
import { readEdge } from './policy/read.ts'
import { epochSeconds } from './policy/say-time.ts'
import type { Person } from './policy/schema.ts'
import type { Click, Place, Ports, PullRequest } from './ports.ts'
import { checkHaproxy, compileProposed } from './request-access.ts'

/** A click on Approve: is this person allowed, is the proof still the same, was it the last approval needed, then the pull request. */
export async function approveRequest(ports: Ports, click: Click): Promise<void> {
  const found = await whoAndWhat(ports, click.target, click.slackUser, click.place)
  if (!found) return
  const { request, person, edge } = found
  const proved = proveAgain(edge, request)
  if ('says' in proved) return ports.chat.whisper(click.place, click.slackUser, proved.says)
  const service = findService(edge, request.service)
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
    return ports.chat.whisper(click.place, click.slackUser, 'Somebody else decided this just now.')
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

/**
 * Opens the pull request of an approved request. Safe to run twice, also after a crash in the middle: the branch names the pull
 * request, so one that is there already is taken up, and the store moves the request on once.
 */
export async function proposeApproved(ports: Ports, request: AccessRequest): Promise<void> {
  const approved = grantApproval(request)
  if ('ok' in approved) return
  const { commit, files } = await ports.forge.readEdge()
  const edge = readEdge(files)
  const known = await ports.forge.findProposal(printBranchName(approved))
  if (known?.state === 'merged') return proposed(ports, edge, approved, known)
  const again = proveAgain(edge, approved)
  if ('says' in again) return backToWaiting(ports, edge, approved, again.says)
  if (again.proof.digest !== approved.digest || again.proof.verdict !== 'exact')
    return backToWaiting(ports, edge, approved, CHANGED_MEANWHILE)
  const checked = await checkHaproxy(ports.haproxyCheck, edge, again.change)
  if (checked.alerts.length > 0) {
    return backToWaiting(ports, edge, approved, 'HAProxy refuses the configuration that this would make now.')
  }
  await openPullRequest(ports, edge, commit, approved, again)
}

const CHANGED_MEANWHILE =
  'The edge repository changed between the approval and the pull request, and with it the proof. It needs to be approved again.'

/** INVARIANT: only an approved request, with the change that was proved to have the approved digest, gets here. */
async function openPullRequest(
  ports: Ports,
  edge: Edge,
  commit: string,
  request: ApprovedRequest,
  { change }: Proved,
): Promise<void> {
  if (!request.facts) throw new Error(`request ${request.id} was stored without what its card showed`)
  // The digest is the one that was approved; the lines may have moved since, and the words must match the files.
  const facts = { ...request.facts, diffs: diffsOf(change) }
  const card = cardOf(request, facts, edge)
  const text = printPullRequest({ request, card, names: (id) => findPerson(edge, id)?.name ?? id })
  const files = new Map(change.edits.map((edit) => [edit.path, edit.after] as const))
  const pull = await ports.forge.propose({ ...text, base: commit, files }).catch((fault: unknown) => {
    if (fault instanceof Fault && fault.code === 'closed') return fault
    throw fault
  })
  if (pull instanceof Fault) return closedByHand(ports, edge, request, pull.says)
  await proposed(ports, edge, { ...request, facts }, pull, commit)
}

/** Somebody closed the pull request of this request on GitHub: their decision stands. */
async function closedByHand(ports: Ports, edge: Edge, request: AccessRequest, says: string): Promise<void> {
  const moved = await ports.store.move(request.id, ['approved'], 'closed')
  if (!moved) return
  const at = ports.now().toISOString()
  await ports.store.record({ at, request: request.id, actor: 'sallyport', action: 'closed', detail: {} })
  await refreshCard(ports, edge, moved)
  await tell(ports, moved, says)
}

async function proposed(
  ports: Ports,
  edge: Edge,
  request: AccessRequest,
  pull: PullRequest,
  base?: string,
): Promise<void> {
  const { facts } = request
  const patch = { pullRequest: { number: pull.number, url: pull.url }, ...(facts ? { facts } : {}) }
  const moved = await ports.store.move(request.id, ['approved'], 'proposed', patch)
  if (!moved) return
  const at = ports.now().toISOString()
  const detail = { pullRequest: pull.number, base: base ?? null }
  await ports.store.record({ at, request: request.id, actor: 'sallyport', action: 'proposed', detail })
  await refreshCard(ports, edge, moved)
  const by = names(
    edge,
    request.approvals.map((approval) => approval.by),
  )
  const next = 'Nothing changes yet: it takes effect when it is merged and on the devices.'
  await tell(ports, moved, `Approved by ${by}. I opened pull request #${pull.number}: ${pull.url}\n${next}`)
}

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
  const service = findService(edge, request.service)
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
  const moved = await ports.store.move(request.id, ['waiting'], 'cancelled', { decided: { by: person.id, at } })
  if (!moved)
    return ports.chat.whisper(click.place, click.slackUser, `Too late: this request is ${stateInWords(request)}.`)
  await ports.store.record({ at, request: request.id, actor: person.id, action: 'cancelled', detail: {} })
  await refreshCard(ports, edge, moved)
}

/** Shows the card as the request stands now. The store is the truth; a card that cannot be updated is only out of date. */
export async function refreshCard(ports: Ports, edge: Edge, request: AccessRequest): Promise<void> {
  if (!request.facts || request.card === undefined) return
  const place = { channel: request.channel, thread: request.thread }
  await ports.chat.update(place, request.card, { kind: 'card', card: cardOf(request, request.facts, edge) })
}

export async function tell(ports: Ports, request: AccessRequest, text: string): Promise<void> {
  await ports.chat.say({ channel: request.channel, thread: request.thread }, { kind: 'note', text, about: request.id })
}

type Proved = Exclude<ReturnType<typeof proveAgain>, { says: string }>

/** The same request on the edge as it stands now, from the moment it was made: an unchanged meaning has an unchanged digest. */
function proveAgain(edge: Edge, request: AccessRequest) {
  const asOf = epochSeconds(request.createdAt)
  const approvedBy = request.approvals.map((approval) => approval.by)
  const change = compileProposed(edge, { ...request, grant: { ...request.grant, approvedBy } }, asOf)
  if ('ok' in change) return { says: change.says }
  return { change, proof: prove(edge, change, asOf) }
}

async function showNewProof(ports: Ports, edge: Edge, request: AccessRequest): Promise<void> {
  const again = proveAgain(edge, request)
  const service = findService(edge, request.service)
  if ('says' in again || !service) return
  const { change, proof } = again
  const checked = await checkHaproxy(ports.haproxyCheck, edge, change)
  const facts = describeCard({
    edge,
    change,
    proof,
    action: request.action,
    notes: [],
    requester: request.requester,
    approvers: approversOf(edge, service).groups,
    haproxyChecked: checked.ran,
    reproduce: request.facts?.reproduce ?? '',
  })
  const moved = await ports.store.move(request.id, ['waiting', 'approved'], 'waiting', {
    facts,
    digest: proof.digest,
    approvals: [],
  })
  if (moved) await refreshCard(ports, edge, moved)
}

async function backToWaiting(ports: Ports, edge: Edge, request: AccessRequest, why: string): Promise<void> {
  const moved = await ports.store.move(request.id, ['approved'], 'waiting', {
    approvals: [],
    digest: `${request.digest}-void`,
  })
  if (!moved) return
  await ports.store.record({
    at: ports.now().toISOString(),
    request: request.id,
    actor: 'sallyport',
    action: 'approval-voided',
    detail: { why },
  })
  await showNewProof(ports, edge, moved)
  await tell(ports, moved, why)
}

async function whoAndWhat(
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

function names(edge: Edge, people: readonly string[]): string {
  return people.map((id) => findPerson(edge, id)?.name ?? id).join(' and ')
}
