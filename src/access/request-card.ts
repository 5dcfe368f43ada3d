import type { AccessRequest } from './access-request.ts'

/**
 * Everything the approval card shows, as plain text that code computed; the Slack adapter only lays it out and escapes it.
 * The card has an Approve button only when `approvable` is true.
 */
export type RequestCard = {
  readonly request: AccessRequest
  /** One sentence: `Give Data & Analytics access to Grafana on tcp/443 until Fri 27 Nov 2026, 23:59 (Europe/Berlin).` */
  readonly understood: string
  /** Defaults that were filled in and names that matched loosely: what the approver should look at twice. */
  readonly notes: readonly string[]
  readonly proof: ProofSummary
  /** One entry a file of the change: the policy file, then both devices. */
  readonly diffs: readonly FileDiff[]
  readonly approvable: boolean
  /** Slack user ids of those who may approve, never the requester. */
  readonly approvers: readonly string[]
  /** `Waiting for 1 approval from Observability`, `Approved by Bob Okafor`, `Merged: …`: the card's status line. */
  readonly status: string
  /** The terminal command that shows the same change and proof. */
  readonly reproduce: string
}
export type ProofSummary = {
  readonly verdict: 'exact' | 'already-open' | 'too-wide' | 'too-narrow' | 'closes-something' | 'forbidden' | 'unproved'
  /** One sentence with the verdict: `Opens exactly what was asked, on both doors, and nothing else.` */
  readonly says: string
  /** End to end, one line each: `10.10.20.0/24 → grafana.corp.example (tcp/443) until …`. */
  readonly opens: readonly string[]
  readonly closes: readonly string[]
  /** One concrete flow per problem when the proof fails. */
  readonly witness?: string
  /** `412 of 415 lines on the path are modelled; the others are edge-lb.cfg:17, …` */
  readonly coverage: string
  readonly digest: string
}
export type FileDiff = {
  readonly path: string
  /** `edge-fw`, `edge-lb` or `policy`. */
  readonly label: string
  /** Unified diff of this file. */
  readonly patch: string
  readonly added: number
  readonly removed: number
}
