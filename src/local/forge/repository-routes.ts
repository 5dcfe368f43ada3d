import { base64Content, gitCommit } from './git-answers.ts'
import type { RepositoryRooms } from './git-routes.ts'
import { notFound, page, type RestCall, RestRefusal, type RestRoute } from './rest-call.ts'
import { type FilePatch, treePatches } from './tree-patches.ts'

const HISTORY_MOST = 1000

/** The repository itself, its branches, commits, comparisons and file contents. */
export function repositoryRoutes(rooms: RepositoryRooms): readonly RestRoute[] {
  const { git, owner, repo, main } = rooms
  const full = `${owner}/${repo}`
  const resolve = async (name: string) => {
    const commit = await git.commit((await git.branch(name)) ?? name)
    if (!commit) throw notFound()
    return commit
  }
  const commitBody = async (call: RestCall, oid: string) => {
    const { sha, parents, ...commit } = gitCommit(call, full, await resolve(oid))
    return { sha, url: `${call.api}/repos/${full}/commits/${sha}`, commit, parents }
  }
  return [
    { method: 'GET', path: /^$/, answer: async (call) => ({ status: 200, body: repositoryBody(call, rooms) }) },
    {
      method: 'GET',
      path: /^\/branches\/(.+)$/,
      answer: async (call) => {
        const name = call.params[0] ?? ''
        const oid = await git.branch(name)
        if (oid === undefined) throw notFound()
        return { status: 200, body: { name, commit: await commitBody(call, oid), protected: name === main } }
      },
    },
    {
      method: 'GET',
      path: /^\/commits$/,
      answer: async (call) => {
        const start = await resolve(call.query.get('sha') ?? main)
        const history = await git.history(start.oid, HISTORY_MOST)
        return page(call, `/repos/${full}/commits`, await Promise.all(history.map((oid) => commitBody(call, oid))))
      },
    },
    {
      method: 'GET',
      path: /^\/commits\/(.+)$/,
      answer: async (call) => ({ status: 200, body: await commitBody(call, call.params[0] ?? '') }),
    },
    { method: 'GET', path: /^\/compare\/(.+)$/, answer: (call) => compare(rooms, call, resolve, commitBody) },
    {
      method: 'GET',
      path: /^\/contents(?:\/(.*))?$/,
      answer: (call) => contents(rooms, call, resolve),
    },
  ]
}

type Resolve = (name: string) => Promise<Named>
async function contents({ git, owner, repo, main }: RepositoryRooms, call: RestCall, resolve: Resolve) {
  const path = (call.params[0] ?? '').replace(/\/$/, '')
  const commit = await resolve(call.query.get('ref') ?? main)
  const flat = await git.flatten(commit.tree)
  const entry = (name: string, type: string, sha?: string) => ({
    type,
    name: name.slice(name.lastIndexOf('/') + 1),
    path: name,
    ...(sha !== undefined && { sha }),
    url: `${call.api}/repos/${owner}/${repo}/contents/${name}`,
  })
  const file = flat.get(path)
  const blob = file && (await git.blob(file.oid))
  if (file && blob) {
    return { status: 200, body: { ...entry(path, 'file', file.oid), size: blob.length, ...base64Content(blob) } }
  }
  const prefix = path === '' ? '' : `${path}/`
  const below = [...flat].filter(([name]) => name.startsWith(prefix))
  if (below.length === 0) throw notFound()
  const children = new Map<string, object>()
  for (const [name, { oid }] of below) {
    const [child = '', ...deeper] = name.slice(prefix.length).split('/')
    children.set(child, deeper.length > 0 ? entry(`${prefix}${child}`, 'dir') : entry(name, 'file', oid))
  }
  return { status: 200, body: [...children.values()] }
}

type Named = { readonly oid: string; readonly tree: string }
async function compare(
  { git }: RepositoryRooms,
  call: RestCall,
  resolve: Resolve,
  commitBody: (call: RestCall, oid: string) => Promise<object>,
) {
  const [from, to] = (call.params[0] ?? '').split('...')
  if (!from || !to) throw notFound()
  const [base, head] = [await resolve(from), await resolve(to)]
  const common = await git.mergeBase(base.oid, head.oid)
  if (common === undefined) throw new RestRefusal(404, `No common ancestor between ${from} and ${to}.`)
  const [before, after] = [await git.history(base.oid, HISTORY_MOST), await git.history(head.oid, HISTORY_MOST)]
  const ahead = after.filter((oid) => !before.includes(oid)).reverse()
  const behind = before.filter((oid) => !after.includes(oid))
  const status =
    ahead.length > 0 ? (behind.length > 0 ? 'diverged' : 'ahead') : behind.length > 0 ? 'behind' : 'identical'
  const shared = await resolve(common)
  const patches = await treePatches(git, await git.flatten(shared.tree), await git.flatten(head.tree))
  return {
    status: 200,
    body: {
      status,
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      merge_base_commit: await commitBody(call, common),
      commits: await Promise.all(ahead.map((oid) => commitBody(call, oid))),
      files: patches.map(changedFile),
    },
  }
}

/** A changed file as GitHub's diffs list it. */
export function changedFile({ path, oid, status, additions, deletions, patch }: FilePatch) {
  const changes = additions + deletions
  return { sha: oid, filename: path, status, additions, deletions, changes, ...(patch !== undefined && { patch }) }
}

export function repositoryBody(call: RestCall, { owner, repo, main }: RepositoryRooms) {
  return {
    id: 1,
    name: repo,
    full_name: `${owner}/${repo}`,
    private: true,
    owner: { login: owner, type: 'Organization' },
    default_branch: main,
    url: `${call.api}/repos/${owner}/${repo}`,
    permissions: { admin: false, push: call.user.may !== 'read', pull: true },
  }
}
