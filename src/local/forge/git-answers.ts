import type { StoredCommit } from './git-store.ts'
import type { RestCall } from './rest-call.ts'

/** GitHub breaks base64 into lines of 60 characters. */
export function base64Content(blob: Uint8Array) {
  const lines =
    Buffer.from(blob)
      .toString('base64')
      .match(/.{1,60}/g) ?? []
  return { encoding: 'base64', content: lines.map((line) => `${line}\n`).join('') }
}

/** A commit as the Git Database API describes it. */
export function gitCommit(call: RestCall, repository: string, commit: StoredCommit) {
  const url = `${call.api}/repos/${repository}/git/commits/${commit.oid}`
  const who = ({ name, email, at }: StoredCommit['author']) => ({ name, email, date: at.toISOString() })
  return {
    sha: commit.oid,
    url,
    author: who(commit.author),
    committer: who(commit.committer),
    message: commit.message,
    tree: { sha: commit.tree, url: `${call.api}/repos/${repository}/git/trees/${commit.tree}` },
    parents: commit.parents.map((sha) => ({ sha, url: `${call.api}/repos/${repository}/git/commits/${sha}` })),
  }
}
