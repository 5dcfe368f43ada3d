import type { Author, GitStore } from './git-store.ts'
import type { PullRecord, PullRequestBook } from './pull-request-book.ts'
import { mergeTrees } from './three-way-merge.ts'
import { type FilePatch, treePatches } from './tree-patches.ts'

export const MERGE_METHODS = ['merge', 'squash', 'rebase'] as const
type MergeMethod = (typeof MERGE_METHODS)[number]
export type MergeOutcome =
  | { readonly merged: true; readonly commit: string }
  | {
      readonly merged: false
      readonly reason: 'not-found' | 'not-open' | 'conflict' | 'head-moved'
      readonly says: string
    }
export type MergeOrder = {
  readonly by: string
  readonly author: Author
  readonly method: MergeMethod
  /** Refuse when the branch is not here any more. */
  readonly expectedHead?: string | undefined
  readonly title?: string | undefined
  readonly message?: string | undefined
}
const PATCHES_KEPT = 500
export type PullRequests = ReturnType<typeof pullRequests>

/** Pull requests over real branches: what they change, whether they can be merged, and merging them. Callers take turns. */
export function pullRequests(git: GitStore, book: PullRequestBook, now: () => Date) {
  /** Two commits never change, so neither does what is between them; pages ask for it again and again. */
  const patches = new Map<string, readonly FilePatch[]>()
  const headOf = async (pull: PullRecord) =>
    (pull.state === 'open' ? await git.branch(pull.head) : undefined) ?? pull.closedHead
  const flatTree = async (commit: string | undefined) => {
    const found = commit === undefined ? undefined : await git.commit(commit)
    return found ? git.flatten(found.tree) : new Map<string, never>()
  }

  const files = async (pull: PullRecord): Promise<readonly FilePatch[]> => {
    const [head, base] = [await headOf(pull), pull.merged?.base ?? (await git.branch(pull.base))]
    if (head === undefined || base === undefined) return []
    const key = `${base} ${head}`
    const known = patches.get(key)
    if (known) return known
    const found = await treePatches(git, await flatTree(await git.mergeBase(base, head)), await flatTree(head))
    if (patches.size >= PATCHES_KEPT) patches.clear()
    patches.set(key, found)
    return found
  }

  /** The tree that merging would give, without moving anything. */
  const tryMerge = async (base: string, head: string) =>
    mergeTrees(git, await flatTree(await git.mergeBase(base, head)), await flatTree(base), await flatTree(head))

  const merge = async (number: number, order: MergeOrder): Promise<MergeOutcome> => {
    const pull = book.find(number)
    if (!pull) return { merged: false, reason: 'not-found', says: 'Not Found' }
    const [head, base] = [await headOf(pull), await git.branch(pull.base)]
    if (pull.state !== 'open' || head === undefined || base === undefined)
      return { merged: false, reason: 'not-open', says: 'Pull Request is not mergeable' }
    if (order.expectedHead !== undefined && order.expectedHead !== head) {
      return { merged: false, reason: 'head-moved', says: 'Head branch was modified. Review and try the merge again.' }
    }
    const outcome = await tryMerge(base, head)
    if (!outcome.ok) return { merged: false, reason: 'conflict', says: 'Pull Request is not mergeable' }
    const at = now()
    const commit = await git.addCommit({
      tree: outcome.tree,
      // A rebase of several commits is kept as one commit here: the files come out the same.
      parents: order.method === 'merge' ? [base, head] : [base],
      message: await mergeMessage(git, pull, head, order),
      author: order.author,
      at,
    })
    const merging = { by: order.by, at: at.toISOString(), commit, base, head }
    const announced = await book.put({ ...pull, merging })
    await git.setBranch(pull.base, commit)
    await settle(book, announced, merging)
    return { merged: true, commit }
  }

  return {
    headOf,
    files,
    merge,
    mergeable: async (pull: PullRecord): Promise<boolean | null> => {
      const [head, base] = [await headOf(pull), await git.branch(pull.base)]
      if (pull.state !== 'open' || head === undefined || base === undefined) return null
      return (await tryMerge(base, head)).ok
    },
    close: async (pull: PullRecord): Promise<PullRecord> => {
      const at = now().toISOString()
      const head = await headOf(pull)
      return book.put({ ...pull, state: 'closed', closedAt: at, updatedAt: at, ...(head && { closedHead: head }) })
    },
    reopen: (pull: PullRecord): Promise<PullRecord> => {
      const { closedAt: _, closedHead: __, ...rest } = pull
      return book.put({ ...rest, state: 'open', updatedAt: now().toISOString() })
    },
  }
}

/** Finishes or forgets merges that a kill interrupted: they happened exactly if the branch has their commit. */
export async function settleInterrupted(git: GitStore, book: PullRequestBook): Promise<void> {
  for (const pull of book.all()) {
    if (!pull.merging) continue
    const base = await git.branch(pull.base)
    if (base !== undefined && (await git.contains(base, pull.merging.commit))) await settle(book, pull, pull.merging)
    else {
      const { merging: _, ...rest } = pull
      await book.put(rest)
    }
  }
}

function settle(book: PullRequestBook, pull: PullRecord, merging: NonNullable<PullRecord['merging']>) {
  const { merging: _, ...rest } = pull
  const { by, at, commit, base, head } = merging
  const merged = { by, at, commit, base }
  return book.put({ ...rest, state: 'closed', closedAt: at, updatedAt: at, closedHead: head, merged })
}

async function mergeMessage(git: GitStore, pull: PullRecord, head: string, order: MergeOrder): Promise<string> {
  const words = [order.title, order.message]
  if (order.method === 'merge') {
    const [title, message] = [
      words[0] ?? `Merge pull request #${pull.number} from ${pull.head}`,
      words[1] ?? pull.title,
    ]
    return message ? `${title}\n\n${message}` : title
  }
  const title = words[0] ?? `${pull.title} (#${pull.number})`
  const message = words[1] ?? (await git.commit(head))?.message ?? ''
  return message ? `${title}\n\n${message}` : title
}
