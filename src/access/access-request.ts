import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Intent } from '../language/intent.ts'
import { ModelUse } from '../language/proposal.ts'
import { Grant, Service } from '../policy/schema.ts'
import { CardFacts } from './card-facts.ts'

/**
 * The life of an access request:
 * `unconfirmed` (its requester has yet to say that it was understood rightly; where nothing was doubtful it begins with) `waiting` → `approved` → `proposed` (pull request open) → `merged` → `expired` (its time is over)
 * with the ways out `denied`, `cancelled` (by the requester), `lapsed` (nobody decided), `closed` (pull request closed unmerged)
 * and back from `approved` to `waiting` when the proof changed before the pull request was opened.
 */
export const REQUEST_STATES = [
  'unconfirmed',
  'waiting',
  'approved',
  'proposed',
  'merged',
  'expired',
  'denied',
  'cancelled',
  'lapsed',
  'closed',
] as const
export type RequestState = (typeof REQUEST_STATES)[number]

/** What the store keeps of an access request, as one JSON document beside its indexed columns. */
export const AccessRequest = z.strictObject({
  /** `ar-` and 10 characters; ties Slack, pull request, device comments and audit together. */
  id: z.string().regex(/^ar-[a-z0-9]{10}$/),
  state: z.enum(REQUEST_STATES),
  /**
   * `grant` adds an entry, `revoke` takes one away, `extend` adds a further one with a later end beside the old; `onboard` sets up a
   * service that nobody may use yet.
   */
  action: z.enum(['grant', 'revoke', 'extend', 'onboard']),
  /** Person id of the catalogue, taken from the Slack event, never from words. */
  requester: z.string(),
  /** What the person wrote, kept for the audit and shown only as quoted plain text. */
  words: z.string(),
  channel: z.string(),
  thread: z.string(),
  /** Slack timestamp of the card, once posted. */
  card: z.string().optional(),
  intent: Intent,
  service: z.string(),
  /** Absent when a service is set up. */
  grant: Grant.optional(),
  /** The service to be set up; absent otherwise. */
  newService: Service.optional(),
  /** Digest of the proof that was shown: approvals count for this and nothing else. */
  digest: z.string(),
  needed: z.int().min(1),
  /** What its requester had to look at before anybody else could: defaults, names that matched loosely, signs of misuse. */
  check: z.array(z.string()).optional(),
  /** Requests of the same person that were called off in the moment this one was kept, as it takes their place. */
  replaces: z.array(z.string()).optional(),
  /** How many requests its message made, one for each service: they are confirmed with one click. */
  together: z.int().optional(),
  /** The language model that was asked beside the built-in rules, if one was. */
  model: ModelUse.optional(),
  /** What the card showed when the request was made or last proved. */
  facts: CardFacts.optional(),
  approvals: z.array(z.strictObject({ by: z.string(), at: z.string() })),
  decided: z.strictObject({ by: z.string(), at: z.string(), reason: z.string().optional() }).optional(),
  /** `base`: the commit of the default branch that it was last made for. */
  pullRequest: z.strictObject({ number: z.int(), url: z.string(), base: z.string().optional() }).optional(),
  createdAt: z.string(),
  /** When a waiting request lapses. */
  lapsesAt: z.string(),
})
export type AccessRequest = z.infer<typeof AccessRequest>

/**
 * The id of the nth request that a message makes. The same message makes the same ids, so one that is heard twice (Slack delivers
 * again, a killed process reads its inbox again) makes nothing twice.
 */
export function requestIdOf(messageId: string, nth: number): string {
  const digest = createHash('sha256').update(`${messageId}\n${nth}`).digest()
  const number = digest.readBigUInt64BE(0) % 36n ** 10n
  return `ar-${number.toString(36).padStart(10, '0')}`
}
