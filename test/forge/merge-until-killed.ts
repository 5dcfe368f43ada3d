import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openGitStore } from '../../src/local/forge/git-store.ts'
import { openLocalForge } from '../../src/local/forge/open-local-forge.ts'
import { openPullRequestBook } from '../../src/local/forge/pull-request-book.ts'

/** Opens and merges one pull request after the other, telling each number only when it is merged, until somebody kills it. */
const dir = process.argv[2] ?? ''
const now = () => new Date(Date.UTC(2026, 10, 23))
const author = { name: 'x', email: 'x@example.org' }
await openLocalForge({
  dir,
  seed: new Map([['policies/catalog.yaml', 'a\n']]),
  owner: 'acme',
  repo: 'edge',
  now,
  users: [],
})
const git = await openGitStore(join(dir, 'edge.git'), 'main')

for (let number = 1; number < 10_000; number++) {
  const base = (await git.branch('main')) ?? ''
  const commit = await git.commit(base)
  const flat = await git.flatten(commit?.tree ?? '')
  flat.set(`policies/${number}.yaml`, {
    mode: '100644',
    oid: await git.addBlob(new TextEncoder().encode(`${number}\n`)),
  })
  const head = await git.addCommit({
    tree: await git.writeFlat(flat),
    parents: [base],
    message: 'x',
    author,
    at: now(),
  })
  await git.setBranch(`work-${number}`, head)
  const at = now().toISOString()
  const book = await openPullRequestBook(join(dir, 'pull-requests.json'))
  const words = { title: 'x', body: '', head: `work-${number}`, base: 'main', author: 'x', labels: [], comments: [] }
  await book.add({ ...words, state: 'open', createdAt: at, updatedAt: at })
  const forge = await openLocalForge({ dir, seed: new Map(), owner: 'acme', repo: 'edge', now, users: [] })
  const outcome = await forge.mergePullRequest(number, 'olga')
  if (!outcome.merged) throw new Error(outcome.says)
  writeFileSync(1, `${number}\n`)
}
