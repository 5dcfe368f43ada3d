import type { AccessRequest } from './access/access-request.ts'
import { type ApprovedRequest, approversOf, grantApproval } from './access/approval.ts'
import { cardOf, describeCard, diffsOf } from './access/describe-change.ts'
import { proveChange } from './access/prove-change.ts'
import { printBranchName, printPullRequest } from './access/pull-request.ts'
import { Fault } from './evidence/fault.ts'
import { findPerson, findService } from './policy/catalog-lookup.ts'
import type { Edge } from './policy/edge.ts'
import { readEdge } from './policy/read.ts'
import { epochSeconds } from './policy/say-time.ts'
import type { Ports, PullRequest } from './ports.ts'
import { checkHaproxy, compileProposed } from './request-access.ts'

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

/**
 * The default branch moved on under an open pull request: it is made again for what is there now, if it still means what was
 * approved. If it does not, that is said once, and nobody's approval is stretched.
 */
export async function bringUpToDate(ports: Ports, request: AccessRequest): Promise<void> {
  const { facts, pullRequest } = request
  const { commit, files } = await ports.forge.readEdge()
  if (!facts || !pullRequest || pullRequest.base === commit) return
  const edge = readEdge(files)
  const again = proveAgain(edge, request)
  const fits = !('says' in again) && again.proof.digest === request.digest && again.proof.verdict === 'exact'
  if (fits) {
    const card = cardOf(request, { ...facts, diffs: diffsOf(again.change) }, edge)
    const text = printPullRequest({ request, card, names: (id) => findPerson(edge, id)?.name ?? id })
    const changed = new Map(again.change.edits.map((edit) => [edit.path, edit.after] as const))
    await ports.forge.propose({ ...text, base: commit, files: changed })
  }
  await ports.store.amend(request.id, { pullRequest: { ...pullRequest, base: commit } })
  if (fits) return
  const why = 'says' in again ? again.says : 'What it would open now is not what was approved.'
  await tell(
    ports,
    request,
    `Pull request #${pullRequest.number} does not fit the repository as it is now: ${why} Please close it, and ask again if it is still needed.`,
  )
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
  const patch = {
    pullRequest: { number: pull.number, url: pull.url, ...(base === undefined ? {} : { base }) },
    ...(facts ? { facts } : {}),
  }
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

/** Shows the card as the request stands now. The store is the truth; a card that cannot be updated is only out of date. */
export async function refreshCard(ports: Ports, edge: Edge, request: AccessRequest): Promise<void> {
  if (!request.facts || request.card === undefined) return
  const place = { channel: request.channel, thread: request.thread }
  await ports.chat.update(place, request.card, { kind: 'card', card: cardOf(request, request.facts, edge) })
}

/** Says something in the thread of a request; `calls`: Slack users who are to notice it. */
export async function tell(
  ports: Ports,
  request: AccessRequest,
  text: string,
  calls: readonly string[] = [],
): Promise<void> {
  const note = { kind: 'note', text, about: request.id, ...(calls.length > 0 ? { calls } : {}) } as const
  await ports.chat.say({ channel: request.channel, thread: request.thread }, note)
}

type Proved = Exclude<ReturnType<typeof proveAgain>, { says: string }>

/** The same request on the edge as it stands now, from the moment it was made: an unchanged meaning has an unchanged digest. */
export function proveAgain(edge: Edge, request: AccessRequest) {
  const asOf = epochSeconds(request.createdAt)
  const approvedBy = request.approvals.map((approval) => approval.by)
  const grant = request.grant && { ...request.grant, approvedBy }
  const change = compileProposed(edge, { ...request, grant }, asOf)
  if ('ok' in change) return { says: change.says }
  return { change, proof: proveChange(edge, change, asOf) }
}

export async function showNewProof(ports: Ports, edge: Edge, request: AccessRequest): Promise<void> {
  const again = proveAgain(edge, request)
  const service = request.newService ?? findService(edge, request.service)
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
    offers: [],
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

function names(edge: Edge, people: readonly string[]): string {
  return people.map((id) => findPerson(edge, id)?.name ?? id).join(' and ')
}
