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
  owner: string,
  branch: string,
  base: string,
): Promise<readonly PullAnswer[]> {
  const filter = {
    head: `${owner}:${branch}`,
    base,
    state: 'all',
    sort: 'created',
    direction: 'desc',
    per_page: 100,
  }
  const route = 'GET /repos/{owner}/{repo}/pulls'
  const listed = await github.read(`looking for the pull request of ${branch}`, PullListAnswer, route, filter)
  return listed
    .filter(
      ({ head, base: into }) =>
        head.ref === branch && into.ref === base && head.repo?.full_name === into.repo.full_name,
    )
    .sort((a, b) => b.number - a.number)
}
