import type { AccessRequest } from './access-request.ts'
import type { CardFacts } from './card-facts.ts'

/** Everything the approval card shows. It has an Approve button only when `approvable` is true. */
export type RequestCard = CardFacts & {
  readonly request: AccessRequest
  readonly approvable: boolean
  /** `Waiting for 1 approval from Observability`, `Approved by Bob Okafor`, `Merged: …`: the card's status line. */
  readonly status: string
}
