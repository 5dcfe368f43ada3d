import { z } from 'zod'

export const ProofSummary = z.strictObject({
  verdict: z.enum(['exact', 'already-open', 'too-wide', 'too-narrow', 'closes-something', 'forbidden', 'unproved']),
  /** One sentence with the verdict: `Opens exactly what was asked, on both doors, and nothing else.` */
  says: z.string(),
  /** End to end, one line each: `10.10.20.0/24 → grafana.corp.example (tcp/443) until …`. */
  opens: z.array(z.string()),
  closes: z.array(z.string()),
  /** One concrete flow when the proof fails. */
  witness: z.string().optional(),
  /** `412 of 415 lines on the path are modelled; the others are edge-lb.cfg:17, …` */
  coverage: z.string(),
  digest: z.string(),
})
export type ProofSummary = z.infer<typeof ProofSummary>

export const FileDiff = z.strictObject({
  path: z.string(),
  /** `edge-fw`, `edge-lb` or `policy`. */
  label: z.string(),
  /** Unified diff of this file. */
  patch: z.string(),
  added: z.int(),
  removed: z.int(),
})
export type FileDiff = z.infer<typeof FileDiff>

/**
 * What was shown to the people who decide, as plain text that code computed. It is kept with the request, because after the
 * merge the same computation would say "already open".
 */
export const CardFacts = z.strictObject({
  /** One sentence: `Give Data & Analytics access to Grafana on tcp/443 until Fri 27 Nov 2026, 23:59 (Europe/Berlin).` */
  understood: z.string(),
  /** Defaults that were filled in and names that matched loosely: what the approver should look at twice. */
  notes: z.array(z.string()),
  proof: ProofSummary,
  /** Less than what was asked that could be given just as well, one sentence each, the least first. */
  narrower: z.array(z.string()).default([]),
  /** One entry a file of the change: the policy file, then both devices. */
  diffs: z.array(FileDiff),
  /** Slack user ids of those who may approve, never the requester. */
  approvers: z.array(z.string()),
  /** The terminal command that shows the same change and proof. */
  reproduce: z.string(),
})
export type CardFacts = z.infer<typeof CardFacts>
