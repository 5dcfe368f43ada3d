import { z } from 'zod'
import { gitCommit } from './git-answers.ts'
import type { RepositoryRooms } from './git-routes.ts'
import type { PullRecord } from './pull-request-book.ts'
import { MERGE_METHODS, type MergeOrder, type MergeOutcome } from './pull-requests.ts'
import { changedFile, repositoryBody } from './repository-routes.ts'
import { invalid, notFound, page, type RestCall, RestRefusal, type RestRoute, readBody } from './rest-call.ts'

export type PullRooms = RepositoryRooms & {
  readonly pullUrl: (number: number) => string
  /** Merges and tells whoever waits for merges. */
  readonly merge: (number: number, order: MergeOrder) => Promise<MergeOutcome>
}
const BODY_MOST = 65_536
const Title = z.string().trim().min(1).max(256)
const NewPull = z.object({ title: Title, head: z.string().min(1), base: z.string().min(1), body: z.string().nullish() })
const PullChange = z.object({
  title: Title.optional(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']).optional(),
})
const MERGE_STATUS = { 'not-found': 404, 'not-open': 405, conflict: 405, 'head-moved': 409 } as const
const COMMITS_MOST = 250

/** GitHub's pull requests, with the labels and comments that live on their issues. */
export function pullRoutes(rooms: PullRooms): readonly RestRoute[] {
  return [...listAndCreate(rooms), ...onePull(rooms), ...labelsAndComments(rooms)]
}

function listAndCreate(rooms: PullRooms): readonly RestRoute[] {
  const { git, book, owner, repo } = rooms
  return [
    {
      method: 'GET',
      path: /^\/pulls$/,
      answer: async (call) => {
        const [state, head, base] = [call.query.get('state') ?? 'open', call.query.get('head'), call.query.get('base')]
        const found = book
          .all()
          .filter((pull) => state === 'all' || pull.state === state)
          .filter((pull) => head === null || head === `${owner}:${pull.head}`)
          .filter((pull) => base === null || base === pull.base)
        if (call.query.get('direction') !== 'asc') found.reverse()
        return page(
          call,
          `/repos/${owner}/${repo}/pulls`,
          await Promise.all(found.map((p) => listedPull(rooms, call, p))),
        )
      },
    },
    {
      method: 'POST',
      path: /^\/pulls$/,
      answer: async (call) => {
        const asked = readBody(NewPull, call.body)
        const wrong = (error: object) => invalid('Validation Failed', [{ resource: 'PullRequest', ...error }])
        if ((asked.body?.length ?? 0) > BODY_MOST) throw tooLong('PullRequest')
        const head = asked.head.startsWith(`${owner}:`) ? asked.head.slice(owner.length + 1) : asked.head
        const [tip, base] = [await git.branch(head), await git.branch(asked.base)]
        if (tip === undefined) throw wrong({ field: 'head', code: 'invalid' })
        if (base === undefined) throw wrong({ field: 'base', code: 'invalid' })
        if (book.all().some((pull) => pull.state === 'open' && pull.head === head && pull.base === asked.base)) {
          throw wrong({ code: 'custom', message: `A pull request already exists for ${owner}:${head}.` })
        }
        if (await git.contains(base, tip)) {
          throw wrong({ code: 'custom', message: `No commits between ${asked.base} and ${head}` })
        }
        const at = rooms.now().toISOString()
        const pull = await book.add({
          title: asked.title,
          body: asked.body ?? '',
          head,
          base: asked.base,
          author: call.user.login,
          state: 'open',
          createdAt: at,
          updatedAt: at,
          labels: [],
          comments: [],
        })
        return { status: 201, body: await pullBody(rooms, call, pull) }
      },
    },
  ]
}

function onePull(rooms: PullRooms): readonly RestRoute[] {
  const { git, book, pulls, owner, repo } = rooms
  return [
    {
      method: 'GET',
      path: /^\/pulls\/(\d+)$/,
      answer: async (call) => ({ status: 200, body: await pullBody(rooms, call, known(rooms, call)) }),
    },
    {
      method: 'PATCH',
      path: /^\/pulls\/(\d+)$/,
      answer: async (call) => {
        const pull = known(rooms, call)
        const asked = readBody(PullChange, call.body)
        if ((asked.body?.length ?? 0) > BODY_MOST) throw tooLong('PullRequest')
        if (asked.state === 'open' && pull.state === 'closed' && (pull.merged || !(await git.branch(pull.head)))) {
          const error = {
            resource: 'PullRequest',
            field: 'state',
            code: 'invalid',
            message: 'state cannot be changed.',
          }
          throw invalid('Validation Failed', [error])
        }
        const words = { title: asked.title ?? pull.title, body: asked.body ?? (asked.body === null ? '' : pull.body) }
        const changed = await book.put({ ...pull, ...words, updatedAt: rooms.now().toISOString() })
        const state = asked.state ?? changed.state
        const settled =
          state === changed.state ? changed : await (state === 'closed' ? pulls.close(changed) : pulls.reopen(changed))
        return { status: 200, body: await pullBody(rooms, call, settled) }
      },
    },
    {
      method: 'GET',
      path: /^\/pulls\/(\d+)\/files$/,
      answer: async (call) => {
        const pull = known(rooms, call)
        const files = (await pulls.files(pull)).map(changedFile)
        return page(call, `/repos/${owner}/${repo}/pulls/${pull.number}/files`, files)
      },
    },
    {
      method: 'GET',
      path: /^\/pulls\/(\d+)\/commits$/,
      answer: async (call) => {
        const pull = known(rooms, call)
        const [head, base] = [await pulls.headOf(pull), pull.merged?.base ?? (await git.branch(pull.base))]
        const before = base === undefined ? [] : await git.history(base, COMMITS_MOST)
        const after = head === undefined ? [] : await git.history(head, COMMITS_MOST)
        const commits = await Promise.all(after.filter((oid) => !before.includes(oid)).map((oid) => git.commit(oid)))
        const bodies = commits.flatMap((commit) => (commit ? [gitCommit(call, `${owner}/${repo}`, commit)] : []))
        const listed = bodies.reverse().map(({ sha, parents, ...commit }) => ({ sha, parents, commit }))
        return page(call, `/repos/${owner}/${repo}/pulls/${pull.number}/commits`, listed)
      },
    },
    {
      method: 'GET',
      path: /^\/pulls\/(\d+)\/merge$/,
      answer: async (call) => {
        if (!known(rooms, call).merged) throw notFound()
        return { status: 204 }
      },
    },
    { method: 'PUT', path: /^\/pulls\/(\d+)\/merge$/, answer: (call) => mergePull(rooms, call) },
  ]
}

async function mergePull({ merge }: PullRooms, call: RestCall) {
  const Order = z.object({
    merge_method: z.enum(MERGE_METHODS).default('merge'),
    sha: z.string().optional(),
    commit_title: z.string().optional(),
    commit_message: z.string().optional(),
  })
  const asked = readBody(Order, call.body ?? {})
  const outcome = await merge(Number(call.params[0]), {
    by: call.user.login,
    author: { name: call.user.name ?? call.user.login, email: `${call.user.login}@users.noreply.forge.local` },
    method: asked.merge_method,
    expectedHead: asked.sha,
    title: asked.commit_title,
    message: asked.commit_message,
  })
  if (!outcome.merged) throw new RestRefusal(MERGE_STATUS[outcome.reason], outcome.says)
  return { status: 200, body: { sha: outcome.commit, merged: true, message: 'Pull Request successfully merged' } }
}

function labelsAndComments(rooms: PullRooms): readonly RestRoute[] {
  const { book, owner, repo } = rooms
  const Labels = z.union([
    z.array(z.string().min(1)),
    z.object({ labels: z.array(z.string().min(1)) }).transform((b) => b.labels),
  ])
  const labels = (names: readonly string[]) => names.map((name) => ({ name }))
  const comment = (call: RestCall, { id, user, body, at }: PullRecord['comments'][number]) => ({
    id,
    url: `${call.api}/repos/${owner}/${repo}/issues/comments/${id}`,
    user: { login: user },
    body,
    created_at: at,
    updated_at: at,
  })
  return [
    {
      method: 'GET',
      path: /^\/issues\/(\d+)\/labels$/,
      answer: async (call) => ({ status: 200, body: labels(known(rooms, call).labels) }),
    },
    {
      method: 'POST',
      path: /^\/issues\/(\d+)\/labels$/,
      answer: async (call) => {
        const pull = known(rooms, call)
        const all = [...new Set([...pull.labels, ...readBody(Labels, call.body)])]
        await book.put({ ...pull, labels: all })
        return { status: 200, body: labels(all) }
      },
    },
    {
      method: 'GET',
      path: /^\/issues\/(\d+)\/comments$/,
      answer: async (call) => {
        const pull = known(rooms, call)
        const comments = pull.comments.map((entry) => comment(call, entry))
        return page(call, `/repos/${owner}/${repo}/issues/${pull.number}/comments`, comments)
      },
    },
    {
      method: 'POST',
      path: /^\/issues\/(\d+)\/comments$/,
      answer: async (call) => {
        const pull = known(rooms, call)
        const { body } = readBody(z.object({ body: z.string().min(1) }), call.body)
        if (body.length > BODY_MOST) throw tooLong('IssueComment')
        const added = { id: book.nextId(), user: call.user.login, body, at: rooms.now().toISOString() }
        await book.put({ ...pull, comments: [...pull.comments, added] })
        return { status: 201, body: comment(call, added) }
      },
    },
  ]
}

function known({ book }: PullRooms, call: RestCall): PullRecord {
  const pull = book.find(Number(call.params[0]))
  if (!pull) throw notFound()
  return pull
}

function tooLong(resource: string): RestRefusal {
  const message = `body is too long (maximum is ${BODY_MOST} characters)`
  return invalid('Validation Failed', [{ resource, code: 'custom', field: 'body', message }])
}

/** A pull request as lists show it: without who merged it and without whether it can be merged. */
async function listedPull(rooms: PullRooms, call: RestCall, pull: PullRecord) {
  const { git, pulls, owner, repo } = rooms
  const repository = repositoryBody(call, rooms)
  const base = pull.merged?.base ?? (await git.branch(pull.base))
  const side = (ref: string, sha: string | undefined) => ({
    label: `${owner}:${ref}`,
    ref,
    sha: sha ?? '',
    user: { login: owner },
    repo: repository,
  })
  return {
    id: pull.number,
    number: pull.number,
    url: `${call.api}/repos/${owner}/${repo}/pulls/${pull.number}`,
    html_url: rooms.pullUrl(pull.number),
    state: pull.state,
    locked: false,
    draft: false,
    title: pull.title,
    body: pull.body === '' ? null : pull.body,
    user: { login: pull.author },
    labels: pull.labels.map((name) => ({ name })),
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt ?? null,
    merged_at: pull.merged?.at ?? null,
    merge_commit_sha: pull.merged?.commit ?? null,
    head: side(pull.head, await pulls.headOf(pull)),
    base: side(pull.base, base),
  }
}

async function pullBody(rooms: PullRooms, call: RestCall, pull: PullRecord) {
  const files = await rooms.pulls.files(pull)
  const mergeable = await rooms.pulls.mergeable(pull)
  return {
    ...(await listedPull(rooms, call, pull)),
    merged: pull.merged !== undefined,
    merged_by: pull.merged ? { login: pull.merged.by } : null,
    mergeable,
    mergeable_state: mergeable === null ? 'unknown' : mergeable ? 'clean' : 'dirty',
    comments: pull.comments.length,
    changed_files: files.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
  }
}
