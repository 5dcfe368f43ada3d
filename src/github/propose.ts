import { readBranchName } from '../access/pull-request.ts'
import type { Log, Proposal, PullRequest } from '../ports.ts'
import { CommitAnswer, CreatedAnswer, PullAnswer, RefAnswer } from './answers.ts'
import type { GithubClient } from './github-client.ts'
import { forgeFault } from './github-fault.ts'
import { findPulls, pullRequestOf, readPullRequest } from './pull-answers.ts'
import { listPolicies } from './read-edge.ts'

type Where = {
  readonly owner: string
  readonly defaultBranch: () => Promise<string>
  readonly log: Log | undefined
}
const OUR_BRANCHES = 'sallyport/'
const NEW_FILE_MODE = '100644'

/**
 * Opens the pull request of a branch or brings the open one up to date. `updated` in the answer: it was there already.
 * A merged one is answered as it is; one that somebody closed stays closed, and a branch with others' commits stays as it is.
 */
export function proposer(github: GithubClient, where: Where) {
  return async (proposal: Proposal): Promise<PullRequest & { readonly updated: boolean }> => {
    refuseOutside(proposal)
    const base = await where.defaultBranch()
    const [open, ...others] = await pullsByState(github, where, proposal.branch, base)
    if (!open) {
      const merged = others.find((pull) => pull.merged_at !== null)
      if (merged) return { ...(await readPullRequest(github, merged.number)), updated: false }
      const closed = others[0]
      if (closed) throw closedFault(closed)
    }
    await bringBranch(github, proposal)
    const pull = open ?? (await createPull(github, where, proposal, base))
    const current = await bringWords(github, pull, proposal)
    const fields = { branch: proposal.branch, number: current.number }
    where.log?.info(fields, open ? 'pull request brought up to date' : 'pull request opened')
    return { ...pullRequestOf(current), updated: open !== undefined }
  }
}

/** The open pull request of a branch, else a merged one: what a process that was killed after proposing has to find again. */
export function finder(github: GithubClient, where: Where) {
  return async (branch: string): Promise<PullRequest | undefined> => {
    const [open, ...others] = await pullsByState(github, where, branch, await where.defaultBranch())
    const found = open ?? others.find((pull) => pull.merged_at !== null)
    return found && readPullRequest(github, found.number)
  }
}

function refuseOutside({ branch, files }: Proposal): void {
  if (!branch.startsWith(OUR_BRANCHES)) {
    throw forgeFault('forbidden', `We only write to branches below ${OUR_BRANCHES}, and ${branch} is not one.`)
  }
  for (const path of files.keys()) {
    const inside = /^policies\/[^\0]+$/.test(path) && !path.split('/').some((part) => ['', '.', '..'].includes(part))
    if (!inside) throw forgeFault('forbidden', `We only change files below policies/, and ${path} is not one.`)
  }
}

/** The open one or undefined first, then the others, newest first. */
async function pullsByState(
  github: GithubClient,
  where: Where,
  branch: string,
  base: string,
): Promise<[PullAnswer | undefined, ...PullAnswer[]]> {
  const all = await findPulls(github, where.owner, branch, base)
  return [all.find((pull) => pull.state === 'open'), ...all.filter((pull) => pull.state === 'closed')]
}

function closedFault(closed: PullAnswer) {
  const says = `Pull request #${closed.number} for this request was closed without being merged, so it is left closed.`
  return forgeFault('closed', `${says} Reopen it on GitHub, or ask again for a new one.`)
}

/** Lets the branch point at one commit of ours on top of the base. */
async function bringBranch(github: GithubClient, proposal: Proposal): Promise<void> {
  const tip = await branchTip(github, proposal.branch)
  if (tip) refuseForeign(tip, proposal)
  const tree = await makeTree(github, proposal)
  const message = commitMessage(proposal, tree)
  const [parent, ...moreParents] = tip?.parents ?? []
  const onBase = parent?.sha === proposal.base && moreParents.length === 0
  if (tip && onBase && tip.tree.sha === tree && tip.message.trimEnd() === message.trimEnd()) return

  const making = `making the commit of ${proposal.branch}`
  const commit = { message, tree, parents: [proposal.base] }
  const { sha } = await github.write(making, CreatedAnswer, 'POST /repos/{owner}/{repo}/git/commits', commit)
  const doing = `writing the branch ${proposal.branch}`
  if (tip) {
    const update = { ref: `heads/${proposal.branch}`, sha, force: true }
    await github.write(doing, RefAnswer, 'PATCH /repos/{owner}/{repo}/git/refs/{ref}', update)
    return
  }
  const create = { ref: `refs/heads/${proposal.branch}`, sha }
  await github.write(doing, RefAnswer, 'POST /repos/{owner}/{repo}/git/refs', create, async () => {
    // Ours after a lost answer, or of another process that proposes the same at the same moment: the same files either way.
    const now = await branchTip(github, proposal.branch)
    const same = now?.tree.sha === tree && now.parents[0]?.sha === proposal.base
    return now && same ? { object: { sha: now.sha, type: 'commit' as const } } : undefined
  })
}

async function branchTip(github: GithubClient, branch: string): Promise<CommitAnswer | undefined> {
  const doing = `reading the branch ${branch}`
  const route = 'GET /repos/{owner}/{repo}/git/ref/{ref}'
  const ref = await github.find(doing, RefAnswer, route, { ref: `heads/${branch}` })
  return ref && readCommit(github, doing, ref.object.sha)
}

function readCommit(github: GithubClient, doing: string, sha: string): Promise<CommitAnswer> {
  return github.read(doing, CommitAnswer, 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}', { commit_sha: sha })
}

/** A tree with exactly the proposed files changed; a file keeps its mode. */
async function makeTree(github: GithubClient, proposal: Proposal): Promise<string> {
  const before = await readCommit(github, 'reading the commit that the change builds on', proposal.base)
  const modes = new Map((await listPolicies(github, proposal.base)).map(({ path, mode }) => [path, mode]))
  const entries = [...proposal.files].map(([path, content]) => {
    return { path, mode: modes.get(path) ?? NEW_FILE_MODE, type: 'blob', content }
  })
  const nothing = () =>
    forgeFault('conflict', 'The default branch already says all of this; there is nothing to propose.')
  if (entries.length === 0) throw nothing()
  const tree = { base_tree: before.tree.sha, tree: entries }
  const doing = `writing the files of ${proposal.branch}`
  const { sha } = await github.write(doing, CreatedAnswer, 'POST /repos/{owner}/{repo}/git/trees', tree)
  if (sha === before.tree.sha) throw nothing()
  return sha
}

/** `Sallyport-Tree` tells our commit from one that somebody amended and left our words on. */
function commitMessage(proposal: Proposal, tree: string): string {
  return `${proposal.title}\n\n${requestTrailer(proposal)}\nSallyport-Tree: ${tree}`
}

function requestTrailer({ branch }: Proposal): string {
  return `Sallyport-Request: ${readBranchName(branch)?.request ?? branch.slice(OUR_BRANCHES.length)}`
}

function refuseForeign(tip: CommitAnswer, proposal: Proposal): void {
  const trailers = tip.message.trimEnd().split('\n').slice(-2)
  const ours = trailers[0] === requestTrailer(proposal) && trailers[1] === `Sallyport-Tree: ${tip.tree.sha}`
  if (ours && tip.parents.length === 1) return
  const says = `Somebody else committed to the branch ${proposal.branch} (${tip.sha.slice(0, 7)}), so it is left as it is.`
  throw forgeFault('foreign-commits', `${says} Remove that commit or delete the branch, then ask again.`)
}

async function createPull(github: GithubClient, where: Where, proposal: Proposal, base: string): Promise<PullAnswer> {
  const words = { title: proposal.title, body: proposal.body, head: proposal.branch, base }
  const doing = `opening the pull request of ${proposal.branch}`
  return github.write(doing, PullAnswer, 'POST /repos/{owner}/{repo}/pulls', words, async () => {
    const [open] = await pullsByState(github, where, proposal.branch, base)
    return open
  })
}

async function bringWords(github: GithubClient, pull: PullAnswer, { title, body }: Proposal): Promise<PullAnswer> {
  const same = (a: string, b: string) => a.replaceAll('\r\n', '\n').trim() === b.replaceAll('\r\n', '\n').trim()
  if (same(pull.title, title) && same(pull.body ?? '', body)) return pull
  const words = { pull_number: pull.number, title, body }
  const doing = `updating pull request #${pull.number}`
  return github.write(doing, PullAnswer, 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}', words)
}
