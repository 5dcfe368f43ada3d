import { z } from 'zod'

/** The parts we use of GitHub's answers; the rest of them is let go. */
const Sha = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/)

export const RepositoryAnswer = z.object({ default_branch: z.string().min(1) })
export const RefAnswer = z.object({ object: z.object({ sha: Sha, type: z.literal('commit') }) })
export const CreatedAnswer = z.object({ sha: Sha })
export const CommitAnswer = z.object({
  sha: Sha,
  message: z.string(),
  tree: z.object({ sha: Sha }),
  parents: z.array(z.object({ sha: Sha })),
})
export type CommitAnswer = z.infer<typeof CommitAnswer>
export const TreeAnswer = z.object({
  sha: Sha,
  truncated: z.boolean(),
  tree: z.array(
    z.object({
      path: z.string(),
      mode: z.string(),
      type: z.string(),
      sha: Sha,
      size: z.int().min(0).optional(),
    }),
  ),
})
export type TreeEntry = z.infer<typeof TreeAnswer>['tree'][number]
export const BlobAnswer = z.object({ content: z.string(), encoding: z.literal('base64'), size: z.int().min(0) })
export const PullAnswer = z.object({
  number: z.int().min(1),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  title: z.string(),
  body: z.string().nullable(),
  merged_at: z.string().nullable(),
  /** Only in the answer about one pull request, never in lists. */
  merged_by: z.object({ login: z.string() }).nullish(),
  /** `repo` is null when the fork it came from is gone. */
  head: z.object({ ref: z.string(), repo: z.object({ full_name: z.string() }).nullable() }),
  base: z.object({ ref: z.string(), repo: z.object({ full_name: z.string() }) }),
})
export type PullAnswer = z.infer<typeof PullAnswer>
export const PullListAnswer = z.array(PullAnswer)
