import { z } from 'zod'
import { base64Content, gitCommit } from './git-answers.ts'
import type { GitStore, TreeFile } from './git-store.ts'
import type { PullRequestBook } from './pull-request-book.ts'
import type { PullRequests } from './pull-requests.ts'
import { invalid, notFound, type RestCall, RestRefusal, type RestReply, type RestRoute, readBody } from './rest-call.ts'

export type RepositoryRooms = {
  readonly git: GitStore
  readonly book: PullRequestBook
  readonly pulls: PullRequests
  readonly owner: string
  readonly repo: string
  /** The protected branch: only a merge moves it. */
  readonly main: string
  readonly now: () => Date
}
const Sha = z.string().regex(/^[0-9a-f]{40}$/)
const MODES = { '100644': 'blob', '100755': 'blob', '120000': 'blob', '040000': 'tree', '160000': 'commit' } as const
const Mode = z.enum(['100644', '100755', '120000', '040000', '160000'])
const PROTECTED = 'Repository rule violations found\n\nChanges must be made through a pull request.\n\n'

/** GitHub's Git Database API: references, commits, trees and blobs, over the repository on disk. */
export function gitRoutes(rooms: RepositoryRooms): readonly RestRoute[] {
  return [...readRefs(rooms), ...writeRefs(rooms), ...commitRoutes(rooms), ...treeRoutes(rooms), ...blobRoutes(rooms)]
}

function readRefs(rooms: RepositoryRooms): readonly RestRoute[] {
  const { git } = rooms
  return [
    {
      method: 'GET',
      path: /^\/git\/ref\/heads\/(.+)$/,
      answer: async (call) => {
        const branch = call.params[0] ?? ''
        const sha = await git.branch(branch)
        if (sha === undefined) throw notFound()
        return { status: 200, body: refBody(call, rooms, branch, sha) }
      },
    },
    {
      method: 'GET',
      path: /^\/git\/matching-refs\/heads\/(.*)$/,
      answer: async (call) => {
        const names = (await git.branches()).filter((name) => name.startsWith(call.params[0] ?? ''))
        const refs = await Promise.all(
          names.map(async (name) => refBody(call, rooms, name, (await git.branch(name)) ?? '')),
        )
        return { status: 200, body: refs }
      },
    },
  ]
}

function refBody(call: RestCall, { owner, repo }: RepositoryRooms, branch: string, sha: string) {
  return {
    ref: `refs/heads/${branch}`,
    url: `${call.api}/repos/${owner}/${repo}/git/refs/heads/${branch}`,
    object: { sha, type: 'commit', url: `${call.api}/repos/${owner}/${repo}/git/commits/${sha}` },
  }
}

function writeRefs(rooms: RepositoryRooms): readonly RestRoute[] {
  const { git, book, pulls, main } = rooms
  const known = async (branch: string) => {
    const sha = await git.branch(branch)
    if (sha === undefined) throw invalid('Reference does not exist')
    return sha
  }
  return [
    {
      method: 'POST',
      path: /^\/git\/refs$/,
      answer: async (call) => {
        const asked = readBody(z.object({ ref: z.string(), sha: Sha }), call.body)
        const branch = branchName(asked.ref)
        if ((await git.branch(branch)) !== undefined) throw invalid('Reference already exists')
        // `a` and `a/b` cannot both be branches: one is a file where the other needs a folder.
        const clash = (name: string) => name.startsWith(`${branch}/`) || branch.startsWith(`${name}/`)
        if ((await git.branches()).some(clash)) throw invalid('Reference update failed')
        if (!(await git.commit(asked.sha))) throw invalid('Object does not exist')
        await git.setBranch(branch, asked.sha)
        return { status: 201, body: refBody(call, rooms, branch, asked.sha) }
      },
    },
    {
      method: 'PATCH',
      path: /^\/git\/refs\/heads\/(.+)$/,
      answer: async (call) => {
        const branch = call.params[0] ?? ''
        const asked = readBody(z.object({ sha: Sha, force: z.boolean().default(false) }), call.body)
        const old = await known(branch)
        if (branch === main) throw invalid(PROTECTED)
        if (!(await git.commit(asked.sha))) throw invalid('Object does not exist')
        if (!asked.force && !(await git.contains(asked.sha, old))) throw invalid('Update is not a fast forward')
        await git.setBranch(branch, asked.sha)
        return { status: 200, body: refBody(call, rooms, branch, asked.sha) }
      },
    },
    {
      method: 'DELETE',
      path: /^\/git\/refs\/heads\/(.+)$/,
      answer: async (call) => {
        const branch = call.params[0] ?? ''
        await known(branch)
        if (branch === main) throw invalid('Cannot delete a protected branch')
        for (const pull of book.all()) if (pull.state === 'open' && pull.head === branch) await pulls.close(pull)
        await git.dropBranch(branch)
        return { status: 204 }
      },
    },
  ]
}

function commitRoutes({ git, owner, repo, now }: RepositoryRooms): readonly RestRoute[] {
  const Who = z.object({
    name: z.string().min(1),
    email: z.string().min(1),
    date: z.iso.datetime({ offset: true }).optional(),
  })
  const NewCommit = z.object({
    message: z.string(),
    tree: Sha,
    parents: z.array(Sha).default([]),
    author: Who.optional(),
  })
  return [
    {
      method: 'GET',
      path: /^\/git\/commits\/([0-9a-f]{40})$/,
      answer: async (call) => {
        const commit = await git.commit(call.params[0] ?? '')
        if (!commit) throw notFound()
        return { status: 200, body: gitCommit(call, `${owner}/${repo}`, commit) }
      },
    },
    {
      method: 'POST',
      path: /^\/git\/commits$/,
      answer: async (call) => {
        const asked = readBody(NewCommit, call.body)
        if (!(await git.tree(asked.tree))) throw invalid('Tree SHA does not exist')
        for (const parent of asked.parents) {
          if (!(await git.commit(parent))) throw invalid('Parent SHA does not exist or is not a commit object')
        }
        const { login, name } = call.user
        const author = asked.author ?? { name: name ?? login, email: `${login}@users.noreply.forge.local` }
        const at = asked.author?.date === undefined ? now() : new Date(asked.author.date)
        const oid = await git.addCommit({
          tree: asked.tree,
          parents: asked.parents,
          message: asked.message,
          author,
          at,
        })
        const commit = await git.commit(oid)
        if (!commit) throw notFound()
        return { status: 201, body: gitCommit(call, `${owner}/${repo}`, commit) }
      },
    },
  ]
}

function treeRoutes({ git, owner, repo, main }: RepositoryRooms): readonly RestRoute[] {
  const Entry = z.object({
    path: z.string().min(1),
    mode: Mode,
    type: z.enum(['blob', 'tree', 'commit']).optional(),
    sha: Sha.nullish(),
    content: z.string().optional(),
  })
  const NewTree = z.object({ base_tree: Sha.optional(), tree: z.array(Entry).min(1) })
  const treeUrl = (call: RestCall, oid: string) => `${call.api}/repos/${owner}/${repo}/git/trees/${oid}`

  const list = async (tree: string, deep: boolean, prefix = ''): Promise<object[]> => {
    const entries: object[] = []
    for (const { mode, oid, path } of (await git.tree(tree)) ?? []) {
      const type = MODES[Mode.parse(mode.padStart(6, '0'))]
      const size = type === 'blob' ? { size: (await git.blob(oid))?.length } : {}
      entries.push({ path: `${prefix}${path}`, mode: mode.padStart(6, '0'), type, sha: oid, ...size })
      if (deep && type === 'tree') entries.push(...(await list(oid, true, `${prefix}${path}/`)))
    }
    return entries
  }
  /** A tree may be named by its own id, a commit, or a branch. */
  const treeOf = async (name: string) => {
    const commit = await git.commit((await git.branch(name)) ?? name)
    return commit?.tree ?? name
  }
  return [
    {
      method: 'GET',
      path: /^\/git\/trees\/(.+)$/,
      answer: async (call) => {
        const oid = await treeOf(call.params[0] ?? main)
        if (!/^[0-9a-f]{40}$/.test(oid) || !(await git.tree(oid))) throw notFound()
        const tree = await list(oid, call.query.has('recursive'))
        return { status: 200, body: { sha: oid, url: treeUrl(call, oid), tree, truncated: false } }
      },
    },
    {
      method: 'POST',
      path: /^\/git\/trees$/,
      answer: async (call) => {
        const asked = readBody(NewTree, call.body)
        const flat = new Map<string, TreeFile>()
        if (asked.base_tree !== undefined) {
          const base = await treeOf(asked.base_tree)
          if (!(await git.tree(base))) throw invalid('base_tree is not a valid tree oid')
          for (const [path, file] of await git.flatten(base)) flat.set(path, file)
        }
        for (const entry of asked.tree) await layTreeEntry(git, flat, entry)
        const oid = await git.writeFlat(flat)
        return {
          status: 201,
          body: { sha: oid, url: treeUrl(call, oid), tree: await list(oid, false), truncated: false },
        }
      },
    },
  ]
}

type NewEntry = { path: string; mode: string; sha?: string | null | undefined; content?: string | undefined }
async function layTreeEntry(git: GitStore, flat: Map<string, TreeFile>, entry: NewEntry): Promise<void> {
  const { path, mode, sha, content } = entry
  if (path.split('/').some((part) => ['', '.', '..', '.git'].includes(part)) || path.includes('\0')) {
    throw invalid('tree.path contains a malformed path component')
  }
  for (const old of [...flat.keys()]) if (old === path || old.startsWith(`${path}/`)) flat.delete(old)
  if (sha === null) return
  if (mode === '040000') {
    const inner = sha === undefined ? undefined : await git.tree(sha)
    if (sha === undefined || !inner) throw invalid('tree.sha is not a valid tree')
    for (const [below, file] of await git.flatten(sha)) flat.set(`${path}/${below}`, file)
    return
  }
  if ((sha === undefined) === (content === undefined)) throw invalid('Must supply either tree.sha or tree.content')
  if (sha !== undefined && !(await git.blob(sha))) throw invalid('tree.sha is not a valid blob')
  // A file takes the place of a file that stood where this path needs a folder.
  for (const old of [...flat.keys()]) if (path.startsWith(`${old}/`)) flat.delete(old)
  flat.set(path, { mode, oid: sha ?? (await git.addBlob(new TextEncoder().encode(content))) })
}

function blobRoutes({ git, owner, repo }: RepositoryRooms): readonly RestRoute[] {
  const NewBlob = z.object({ content: z.string(), encoding: z.enum(['utf-8', 'base64']).default('utf-8') })
  const url = (call: RestCall, oid: string) => `${call.api}/repos/${owner}/${repo}/git/blobs/${oid}`
  return [
    {
      method: 'GET',
      path: /^\/git\/blobs\/([0-9a-f]{40})$/,
      answer: async (call): Promise<RestReply> => {
        const sha = call.params[0] ?? ''
        const blob = await git.blob(sha)
        if (!blob) throw notFound()
        if (/application\/vnd\.github(\.v3)?\.raw/.test(call.accept)) return { status: 200, raw: blob }
        return { status: 200, body: { sha, size: blob.length, url: url(call, sha), ...base64Content(blob) } }
      },
    },
    {
      method: 'POST',
      path: /^\/git\/blobs$/,
      answer: async (call) => {
        const asked = readBody(NewBlob, call.body)
        const sha = await git.addBlob(Buffer.from(asked.content, asked.encoding === 'base64' ? 'base64' : 'utf8'))
        return { status: 201, body: { sha, url: url(call, sha) } }
      },
    },
  ]
}

function branchName(ref: string): string {
  // The names git itself refuses, as far as an API caller can send them (git-check-ref-format).
  const name = /^refs\/heads\/(.+)$/.exec(ref)?.[1]
  if (name === undefined) throw new RestRefusal(422, 'Reference name must start with refs/heads/')
  const malformed = /[\0- ~^:?*[\\\x7f]|\.\.|@\{|\/\/|\.$|\/$|^\//.test(name)
  const badPart = name.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock'))
  if (malformed || badPart || name.startsWith('-')) throw invalid('Reference name is not valid')
  return name
}
