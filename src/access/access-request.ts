import { z } from 'zod'
import { Intent } from '../language/intent.ts'
import { Grant } from '../policy/schema.ts'

/**
 * The life of an access request:
 * `waiting` → `approved` → `proposed` (pull request open) → `merged` → `expired` (its time is over)
 * with the ways out `denied`, `cancelled` (by the requester), `lapsed` (nobody decided), `closed` (pull request closed unmerged)
 * and back from `approved` to `waiting` when the proof changed before the pull request was opened.
 */
export const REQUEST_STATES = [
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
  /** `grant` adds an entry, `revoke` removes entries, `extend` moves an entry's end. */
  action: z.enum(['grant', 'revoke', 'extend']),
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
  grant: Grant,
  /** Digest of the proof that was shown: approvals count for this and nothing else. */
  digest: z.string(),
  needed: z.int().min(1),
  approvals: z.array(z.strictObject({ by: z.string(), at: z.string() })),
  decided: z.strictObject({ by: z.string(), at: z.string(), reason: z.string().optional() }).optional(),
  pullRequest: z.strictObject({ number: z.int(), url: z.string() }).optional(),
  createdAt: z.string(),
  /** When a waiting request lapses. */
  lapsesAt: z.string(),
})
export type AccessRequest = z.infer<typeof AccessRequest>
