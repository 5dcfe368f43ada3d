import { type Refusal, refuse } from '../evidence/refusal.ts'
import { findGroup } from '../policy/catalog-lookup.ts'
import type { Edge } from '../policy/edge.ts'
import { approvalNeeds } from '../policy/guardrails.ts'
import type { Group, Person, Service } from '../policy/schema.ts'
import type { AccessRequest } from './access-request.ts'

declare const approved: unique symbol
/** The right to open a pull request. Only `grantApproval` makes one, from a request that the store has moved to `approved`. */
export type ApprovedRequest = AccessRequest & { readonly [approved]: true }

/** What one person's click on Approve comes to. */
export type ApprovalDecision = { readonly ok: true } | Refusal

/**
 * Whether this person may approve this request as it stands now. The requester never may, nor may anybody whom the grant is for
 * by name; everybody else needs to be in one of the approving groups. The digest ties the approval to the proof on the card.
 */
export function decideApproval(ask: {
  readonly request: AccessRequest
  readonly person: Person
  readonly groups: readonly string[]
  readonly approvers: readonly Group[]
  /** Of the proof as it is now, and whether it is exact: nothing else can be approved. */
  readonly digest: string
  readonly exact: boolean
  readonly now: Date
}): ApprovalDecision {
  const { request, person, groups, approvers, digest, exact, now } = ask
  if (request.state !== 'waiting')
    return refuse('NOT_WAITING', `This request is ${stateInWords(request)}; there is nothing left to approve.`)
  if (now.getTime() >= Date.parse(request.lapsesAt))
    return refuse('LAPSED', 'Nobody decided in time, so this request has lapsed. Please ask again.')
  if (person.id === request.requester)
    return refuse(
      'SELF_APPROVAL',
      `You asked for this yourself, so somebody else from ${groupNames(approvers)} has to approve it.`,
    )
  if (request.grant?.allow.includes(`person:${person.id}`)) {
    return refuse(
      'BENEFICIARY',
      `This access is for you, so somebody else from ${groupNames(approvers)} has to approve it.`,
    )
  }
  if (!approvers.some((group) => groups.includes(group.id))) {
    return refuse('NOT_AN_APPROVER', `Only members of ${groupNames(approvers)} may approve this.`)
  }
  if (digest !== request.digest) {
    return refuse(
      'PROOF_CHANGED',
      'The configurations changed since this card was made, and with them the proof. Look at the new card, then approve again.',
    )
  }
  if (!exact) {
    return refuse(
      'NOT_EXACT',
      'The configurations changed, and this would no longer open exactly what was asked. Please ask again.',
    )
  }
  return { ok: true }
}

/** The type that `openPullRequest` asks for. INVARIANT: the store said `completed`, so the request is in state `approved`. */
export function grantApproval(request: AccessRequest): ApprovedRequest | Refusal {
  if (request.state !== 'approved') return refuse('NOT_APPROVED', `This request is ${stateInWords(request)}.`)
  return request as ApprovedRequest
}

/** The groups whose members may approve for this service, and how many different people it takes. */
export function approversOf(
  edge: Edge,
  service: Service,
): { readonly groups: readonly Group[]; readonly count: number } {
  const needs = approvalNeeds(edge, service)
  return { count: needs.count, groups: needs.groups.flatMap((id) => findGroup(edge, id) ?? []) }
}

function groupNames(groups: readonly Group[]): string {
  return groups.map((group) => group.name).join(' or ') || 'nobody'
}

export function stateInWords(request: AccessRequest): string {
  switch (request.state) {
    case 'unconfirmed':
      return 'waiting for its requester to confirm it'
    case 'waiting':
      return 'waiting for approval'
    case 'approved':
      return 'approved'
    case 'proposed':
      return `approved, and pull request #${request.pullRequest?.number ?? '?'} is open`
    case 'merged':
      return 'approved and merged'
    case 'expired':
      return 'over: its time has ended'
    case 'denied':
      return 'denied'
    case 'cancelled':
      return 'cancelled by its requester'
    case 'lapsed':
      return 'lapsed: nobody decided in time'
    case 'closed':
      return 'closed: its pull request was closed without merging'
  }
}
