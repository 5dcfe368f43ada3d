import type { PullRequest } from '../ports.ts'
import { PullAnswer, PullListAnswer } from './answers.ts'
import type { GithubClient } from './github-client.ts'

/** One pull request, with whoever merged it. */
export async function readPullRequest(github: GithubClient, number: number): Promise<PullRequest> {
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}'
  return pullRequestOf(await github.read(`reading pull request #${number}`, PullAnswer, route, { pull_number: number }))
}

export function pullRequestOf(answer: PullAnswer): PullRequest {
  const state = answer.merged_at === null ? answer.state : 'merged'
  const mergedBy = answer.merged_by?.login
  return { number: answer.number, url: answer.html_url, state, ...(mergedBy !== undefined && { mergedBy }) }
}

/** All pull requests from this branch of ours into the base, newest first. Forks may have a branch of the same name. */
export async function findPulls(
  github: GithubClient,
  where: { readonly owner: string; readonly repository: string },
  branch: string,
  base: string,
): Promise<readonly PullAnswer[]> {
  const filter = {
    head: `${where.owner}:${branch}`,
    base,
    state: 'all',
    sort: 'created',
    direction: 'desc',
    per_page: 100,
  }
  const route = 'GET /repos/{owner}/{repo}/pulls'
  const listed = await github.read(`looking for the pull request of ${branch}`, PullListAnswer, route, filter)
  const ours = (name: string | undefined) => name?.toLowerCase() === where.repository.toLowerCase()
  return listed
    .filter((pull) => pull.head.ref === branch && pull.base.ref === base && ours(pull.head.repo?.full_name))
    .sort((a, b) => b.number - a.number)
}
