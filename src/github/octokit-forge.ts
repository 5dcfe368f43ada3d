import type { Forge } from '../ports.ts'
import { RepositoryAnswer } from './answers.ts'
import { type GithubOptions, githubClient } from './github-client.ts'
import { finder, proposer } from './propose.ts'
import { readPullRequest } from './pull-answers.ts'
import { edgeReader } from './read-edge.ts'

export type ForgeOptions = GithubOptions & {
  /** Where pull requests go; asked of GitHub once when not told. */
  readonly defaultBranch?: string
}

/** The edge repository on GitHub, or on anything that speaks its REST API. Nothing is sent before the first call. */
export function openForge(options: ForgeOptions): Forge {
  const github = githubClient(options)
  let known = options.defaultBranch
  const defaultBranch = async () => {
    known ??= (
      await github.read(`looking up ${options.owner}/${options.repo}`, RepositoryAnswer, 'GET /repos/{owner}/{repo}')
    ).default_branch
    return known
  }
  const where = { owner: options.owner, defaultBranch, log: options.log }
  return {
    readEdge: edgeReader(github, where),
    propose: proposer(github, where),
    findProposal: finder(github, where),
    readPullRequest: (number) => readPullRequest(github, number),
  }
}
