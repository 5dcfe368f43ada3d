import { mkdir } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Fault } from '../../evidence/fault.ts'
import type { Log } from '../../ports.ts'
import type { AppRegistration } from './app-installation.ts'
import { gitRoutes } from './git-routes.ts'
import { type GitStore, openGitStore, type TreeFile } from './git-store.ts'
import { openPullRequestBook, type PullRecord } from './pull-request-book.ts'
import { type MergeOrder, type MergeOutcome, pullRequests, settleInterrupted } from './pull-requests.ts'
import { pullRoutes } from './pull-routes.ts'
import { repositoryRoutes } from './repository-routes.ts'
import { restApi } from './rest-api.ts'
import type { ForgeUser } from './rest-call.ts'

export type LocalForgeOptions = {
  /** Holds the bare repository `<repo>.git` and `pull-requests.json`. One process at a time. */
  readonly dir: string
  /** Path → text of the first commit, used only when the repository is not there yet. */
  readonly seed: ReadonlyMap<string, string>
  readonly owner: string
  readonly repo: string
  readonly now: () => Date
  readonly users: readonly ForgeUser[]
  readonly app?: AppRegistration
  /** Where the API is served: `/forge/api/v3` unless told. */
  readonly basePath?: string
  /** The address people open to see a pull request; asked late, because the port is known late. */
  readonly pullUrl?: (number: number) => string
  /** Hears of calls that broke in here; the caller of the API sees 500 only. */
  readonly log?: Log
  readonly onMerged?: (merged: { readonly number: number; readonly by: string; readonly commit: string }) => void
}
export type LocalPullRequest = {
  readonly number: number
  readonly state: 'open' | 'merged' | 'closed'
  readonly title: string
  readonly body: string
  readonly branch: string
  readonly url: string
  readonly mergedBy?: string
  readonly files: readonly { readonly path: string; readonly patch: string }[]
}
export type LocalForge = {
  /** Answers a request of GitHub's REST API; false when its path is not below `basePath`. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>
  readonly mergePullRequest: (number: number, login: string) => Promise<MergeOutcome>
  /** Oldest first. */
  readonly pullRequests: () => Promise<readonly LocalPullRequest[]>
  readonly readMain: () => Promise<{ readonly commit: string; readonly files: ReadonlyMap<string, string> }>
  /** The repository on disk, for `git --git-dir … log`. */
  readonly gitdir: string
}
const MAIN = 'main'

/** A GitHub of our own making: one repository of real git objects on disk, its pull requests, and the REST API over both. */
export async function openLocalForge(options: LocalForgeOptions): Promise<LocalForge> {
  const { dir, owner, repo, now } = options
  await mkdir(dir, { recursive: true })
  const git = await openGitStore(join(dir, `${repo}.git`), MAIN)
  if ((await git.branch(MAIN)) === undefined) await plant(git, options.seed, now())
  const book = await openPullRequestBook(join(dir, 'pull-requests.json'))
  const pulls = pullRequests(git, book, now)
  await settleInterrupted(git, book)

  const takeTurns = turnTaker()
  const pullUrl = options.pullUrl ?? ((number) => `http://forge.local/${owner}/${repo}/pull/${number}`)
  const merge = async (number: number, order: MergeOrder): Promise<MergeOutcome> => {
    const outcome = await pulls.merge(number, order)
    if (outcome.merged) options.onMerged?.({ number, by: order.by, commit: outcome.commit })
    return outcome
  }
  const rooms = { git, book, pulls, owner, repo, main: MAIN, now, pullUrl, merge }
  const handle = restApi({
    basePath: options.basePath ?? '/forge/api/v3',
    owner,
    repo,
    users: options.users,
    app: options.app,
    log: options.log,
    routes: [...repositoryRoutes(rooms), ...gitRoutes(rooms), ...pullRoutes(rooms)],
    takeTurns,
  })
  const view = async (pull: PullRecord): Promise<LocalPullRequest> => ({
    number: pull.number,
    state: pull.merged ? 'merged' : pull.state,
    title: pull.title,
    body: pull.body,
    branch: pull.head,
    url: pullUrl(pull.number),
    ...(pull.merged && { mergedBy: pull.merged.by }),
    files: (await pulls.files(pull)).map(({ path, patch }) => ({ path, patch: patch ?? '' })),
  })
  return {
    handle,
    gitdir: git.gitdir,
    mergePullRequest: (number, login) => {
      const name = options.users.find((user) => user.login === login)?.name ?? login
      const author = { name, email: `${login}@users.noreply.forge.local` }
      return takeTurns(() => merge(number, { by: login, author, method: 'merge' }))
    },
    pullRequests: () => takeTurns(() => Promise.all(book.all().map(view))),
    readMain: () => takeTurns(() => readMain(git)),
  }
}

async function plant(git: GitStore, seed: ReadonlyMap<string, string>, at: Date): Promise<void> {
  const flat = new Map<string, TreeFile>()
  for (const [path, text] of seed)
    flat.set(path, { mode: '100644', oid: await git.addBlob(new TextEncoder().encode(text)) })
  const author = { name: 'Local workspace', email: 'workspace@users.noreply.forge.local' }
  const tree = await git.writeFlat(flat)
  await git.setBranch(MAIN, await git.addCommit({ tree, parents: [], message: 'The edge as it stands', author, at }))
}

async function readMain(git: GitStore) {
  const oid = await git.branch(MAIN)
  const commit = oid === undefined ? undefined : await git.commit(oid)
  const files = new Map<string, string>()
  if (commit) {
    for (const [path, { oid: blob }] of await git.flatten(commit.tree)) {
      const bytes = await git.blob(blob)
      if (!bytes) throw new Fault('unreadable', `The local repository has lost the content of ${path}.`)
      files.set(path, new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
    }
  }
  return { commit: commit?.oid ?? '', files }
}

/** Git and the book are changed together, so calls wait for each other. */
function turnTaker() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    last = mine.catch(() => undefined)
    return mine
  }
}
