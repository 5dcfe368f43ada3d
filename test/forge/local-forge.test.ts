import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openLocalForge } from '../../src/local/forge/open-local-forge.ts'
import { HUMAN_TOKEN, lines, OWNER, REPO, SEED, type ServedForge, serveForge, temporaryDir } from './serve-forge.ts'

const SHOP = 'policies/services/shop.yaml'
let dir: string
let remove: () => void
let world: ServedForge
const merges: object[] = []
beforeEach(async () => {
  merges.length = 0
  ;({ dir, remove } = temporaryDir())
  world = await serveForge(dir, { onMerged: (merged) => merges.push(merged) })
})
afterEach(async () => {
  await world.close()
  remove()
})

describe('the API answers as GitHub does', () => {
  const absent = 'ab'.repeat(20)
  test.each<[string, string, string, object | undefined, number, string]>([
    ['an unknown branch', 'GET', '/git/ref/heads/none', undefined, 404, 'Not Found'],
    ['an unknown blob', 'GET', `/git/blobs/${absent}`, undefined, 404, 'Not Found'],
    ['an unknown tree', 'GET', `/git/trees/${absent}`, undefined, 404, 'Not Found'],
    ['an unknown commit', 'GET', `/git/commits/${absent}`, undefined, 404, 'Not Found'],
    ['an unknown file', 'GET', '/contents/policies/none.yaml', undefined, 404, 'Not Found'],
    ['an unknown pull request', 'GET', '/pulls/9', undefined, 404, 'Not Found'],
    ['an unknown route', 'GET', '/hooks', undefined, 404, 'Not Found'],
    [
      'a branch that is there',
      'POST',
      '/git/refs',
      { ref: 'refs/heads/main', sha: 'MAIN' },
      422,
      'Reference already exists',
    ],
    [
      'a branch below a branch',
      'POST',
      '/git/refs',
      { ref: 'refs/heads/main/x', sha: 'MAIN' },
      422,
      'Reference update failed',
    ],
    ['a branch of nothing', 'POST', '/git/refs', { ref: 'refs/heads/x', sha: absent }, 422, 'Object does not exist'],
    [
      'a branch with a bad name',
      'POST',
      '/git/refs',
      { ref: 'refs/heads/a..b', sha: 'MAIN' },
      422,
      'Reference name is not valid',
    ],
    [
      'a branch that climbs out',
      'POST',
      '/git/refs',
      { ref: 'refs/heads/../../x', sha: 'MAIN' },
      422,
      'Reference name is not valid',
    ],
    [
      'moving main',
      'PATCH',
      '/git/refs/heads/main',
      { sha: 'MAIN', force: true },
      422,
      'Changes must be made through a pull request',
    ],
    ['deleting main', 'DELETE', '/git/refs/heads/main', undefined, 422, 'Cannot delete a protected branch'],
    ['deleting nothing', 'DELETE', '/git/refs/heads/none', undefined, 422, 'Reference does not exist'],
    [
      'a tree on nothing',
      'POST',
      '/git/trees',
      { base_tree: absent, tree: [entry('a')] },
      422,
      'base_tree is not a valid tree oid',
    ],
    ['a tree that climbs out', 'POST', '/git/trees', { tree: [entry('../a')] }, 422, 'malformed path component'],
    ['a tree into .git', 'POST', '/git/trees', { tree: [entry('.git/config')] }, 422, 'malformed path component'],
    ['a commit of nothing', 'POST', '/git/commits', { message: 'x', tree: absent }, 422, 'Tree SHA does not exist'],
    [
      'a pull request of nothing',
      'POST',
      '/pulls',
      { title: 't', head: 'none', base: 'main' },
      422,
      'Validation Failed',
    ],
    [
      'a pull request of no change',
      'POST',
      '/pulls',
      { title: 't', head: 'main', base: 'main' },
      422,
      'Validation Failed',
    ],
    ['a body of another shape', 'POST', '/git/refs', { ref: 7 }, 422, 'Invalid request'],
  ])('%s', async (_, method, path, body, status, message) => {
    const main = (await world.forge.readMain()).commit
    const sent = body && JSON.parse(JSON.stringify(body).replace('MAIN', main))
    const answer = await world.api(method, path, sent)
    expect(answer).toMatchObject({
      status,
      body: { message: expect.stringContaining(message), status: String(status) },
    })
    expect((await world.forge.readMain()).commit).toBe(main)
  })

  test.each([
    ['no token', {}, 401, 'Requires authentication'],
    ['a wrong token', { authorization: 'Bearer nonsense' }, 401, 'Bad credentials'],
    ['the token of nobody', { authorization: 'Bearer undefined' }, 401, 'Bad credentials'],
  ])('%s is refused', async (_, headers, status, message) => {
    const response = await fetch(`${world.baseUrl}/repos/${OWNER}/${REPO}`, { headers })
    expect([response.status, await response.json()]).toMatchObject([status, { message }])
  })

  test('text that is no JSON is refused with 400', async () => {
    const headers = { authorization: `token ${HUMAN_TOKEN}` }
    const response = await fetch(`${world.baseUrl}/repos/${OWNER}/${REPO}/git/blobs`, {
      method: 'POST',
      headers,
      body: '{',
    })
    expect(response.status).toBe(400)
  })

  test('paths outside the API are left to whoever owns the server', async () => {
    expect((await fetch(new URL('/elsewhere', world.baseUrl))).status).toBe(418)
    expect((await fetch(`${world.baseUrl}x/user`)).status).toBe(418)
  })

  test('a branch moves forward freely and backward only by force', async () => {
    const main = (await world.forge.readMain()).commit
    const next = await commitOn(main, { 'policies/a.yaml': 'a\n' })
    await branch('work', next)
    const back = { sha: main }
    expect(await world.api('PATCH', '/git/refs/heads/work', back)).toMatchObject({
      status: 422,
      body: { message: 'Update is not a fast forward' },
    })
    expect((await world.api('PATCH', '/git/refs/heads/work', { ...back, force: true })).status).toBe(200)
    expect((await world.api('PATCH', '/git/refs/heads/work', { sha: next })).status).toBe(200)
  })

  test('a second open pull request of a branch is refused, and allowed again when the first is closed', async () => {
    await openPull('work', { 'policies/a.yaml': 'a\n' })
    const again = { title: 't', head: `${OWNER}:work`, base: 'main' }
    expect(await world.api('POST', '/pulls', again)).toMatchObject({
      status: 422,
      body: { errors: [{ message: `A pull request already exists for ${OWNER}:work.` }] },
    })
    await world.api('PATCH', '/pulls/1', { state: 'closed' })
    expect(await world.api('POST', '/pulls', again)).toMatchObject({ status: 201, body: { number: 2 } })
  })

  test('deleting a branch closes its pull request and keeps its files readable', async () => {
    await openPull('work', { 'policies/a.yaml': 'a\n' })
    await world.api('DELETE', '/git/refs/heads/work')
    const [pull] = await world.forge.pullRequests()
    expect(pull).toMatchObject({ state: 'closed', files: [{ path: 'policies/a.yaml', patch: '@@ -0,0 +1 @@\n+a' }] })
  })

  test('long lists come in pages', async () => {
    for (const name of ['a', 'b', 'c']) await openPull(name, { [`policies/${name}.yaml`]: `${name}\n` })
    const url = `${world.baseUrl}/repos/${OWNER}/${REPO}/pulls?per_page=2`
    const first = await fetch(url, { headers: { authorization: `Bearer ${HUMAN_TOKEN}` } })
    expect(await first.json()).toMatchObject([{ number: 3 }, { number: 2 }])
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const second = await fetch(next, { headers: { authorization: `Bearer ${HUMAN_TOKEN}` } })
    expect(await second.json()).toMatchObject([{ number: 1 }])
    expect(second.headers.get('link')).not.toContain('rel="next"')
  })

  test('labels and comments are kept', async () => {
    await openPull('work', { 'policies/a.yaml': 'a\n' })
    await world.api('POST', '/issues/1/labels', { labels: ['sallyport', 'grant'] })
    await world.api('POST', '/issues/1/labels', ['grant'])
    await world.api('POST', '/issues/1/comments', { body: 'applied' })
    await world.api('POST', '/issues/1/comments', { body: 'verified' })
    expect((await world.api('GET', '/issues/1/labels')).body).toEqual([{ name: 'sallyport' }, { name: 'grant' }])
    expect((await world.api('GET', '/issues/1/comments')).body).toMatchObject([
      { id: 1, body: 'applied', user: { login: 'olga' } },
      { id: 2, body: 'verified' },
    ])
  })

  test('contents are read by branch, as files and as folders', async () => {
    const file = await world.api('GET', `/contents/${SHOP}?ref=main`)
    const content = String(Reflect.get(Object(file.body), 'content'))
    expect(Buffer.from(content, 'base64').toString('utf8')).toBe(SEED.get(SHOP))
    const folder = await world.api('GET', '/contents/policies')
    expect(folder.body).toMatchObject([
      { name: 'catalog.yaml', type: 'file' },
      { name: 'devices', type: 'dir' },
      { name: 'services', type: 'dir' },
    ])
  })
})

describe('merging', () => {
  test('tells who merged and hands over to whoever waits for it', async () => {
    await openPull('work', { 'policies/a.yaml': 'a\n' })
    const outcome = await world.forge.mergePullRequest(1, 'olga')
    const { commit, files } = await world.forge.readMain()
    expect(outcome).toEqual({ merged: true, commit })
    expect(files.get('policies/a.yaml')).toBe('a\n')
    expect(merges).toEqual([{ number: 1, by: 'olga', commit }])
    expect((await world.forge.pullRequests())[0]).toMatchObject({
      state: 'merged',
      mergedBy: 'olga',
      files: [{ path: 'policies/a.yaml' }],
    })
    expect((await world.api('GET', '/pulls/1/merge')).status).toBe(204)
  })

  test.each(['merge', 'squash', 'rebase'])('by %s over the API brings in the files', async (merge_method) => {
    await openPull('work', { 'policies/a.yaml': 'a\n' })
    expect(await world.api('PUT', '/pulls/1/merge', { merge_method })).toMatchObject({
      status: 200,
      body: { merged: true },
    })
    expect((await world.forge.readMain()).files.get('policies/a.yaml')).toBe('a\n')
  })

  test('lines that both changed are refused with 405 and nothing moves', async () => {
    await openPull('one', { [SHOP]: lines('id: shop', 'access: [one]') })
    await openPull('two', { [SHOP]: lines('id: shop', 'access: [two]') })
    await world.forge.mergePullRequest(1, 'olga')
    const { commit } = await world.forge.readMain()
    expect((await world.api('GET', '/pulls/2')).body).toMatchObject({ mergeable: false, mergeable_state: 'dirty' })
    expect(await world.api('PUT', '/pulls/2/merge')).toMatchObject({
      status: 405,
      body: { message: 'Pull Request is not mergeable' },
    })
    expect(await world.forge.mergePullRequest(2, 'olga')).toMatchObject({ merged: false, reason: 'conflict' })
    expect((await world.forge.readMain()).commit).toBe(commit)
    expect((await world.forge.pullRequests())[1]?.state).toBe('open')
  })

  test('a head that moved since it was looked at is refused with 409', async () => {
    await openPull('work', { 'policies/a.yaml': 'a\n' })
    expect((await world.api('PUT', '/pulls/1/merge', { sha: 'ab'.repeat(20) })).status).toBe(409)
  })

  test('twice is refused, and so is what is closed or unknown', async () => {
    await openPull('work', { 'policies/a.yaml': 'a\n' })
    await openPull('closed', { 'policies/b.yaml': 'b\n' })
    await world.api('PATCH', '/pulls/2', { state: 'closed' })
    await world.forge.mergePullRequest(1, 'olga')
    expect(await world.forge.mergePullRequest(1, 'olga')).toMatchObject({ merged: false, reason: 'not-open' })
    expect(await world.forge.mergePullRequest(2, 'olga')).toMatchObject({ merged: false, reason: 'not-open' })
    expect(await world.forge.mergePullRequest(3, 'olga')).toMatchObject({ merged: false, reason: 'not-found' })
  })
})

describe('on disk', () => {
  test('everything is there after a restart, and the seed is used only once', async () => {
    await openPull('work', { 'policies/a.yaml': 'a\n' })
    await openPull('more', { 'policies/b.yaml': 'b\n' })
    await world.forge.mergePullRequest(1, 'olga')
    const before = [await world.forge.pullRequests(), await world.forge.readMain()]
    await world.close()
    world = await serveForge(dir, { seed: new Map([['policies/catalog.yaml', 'timezone: UTC\n']]) })
    expect([await world.forge.pullRequests(), await world.forge.readMain()]).toEqual(before)
    expect((await openPull('third', { 'policies/c.yaml': 'c\n' })).number).toBe(3)
  })

  test.each([
    ['before the branch moved', false, 'open'],
    ['after the branch moved', true, 'merged'],
  ])('a merge cut short %s is settled at the next start', async (_, moved, state) => {
    await openPull('work', { 'policies/a.yaml': 'a\n' })
    const before = (await world.forge.readMain()).commit
    await world.forge.mergePullRequest(1, 'olga')
    await world.close()
    const path = join(dir, 'pull-requests.json')
    const book = JSON.parse(readFileSync(path, 'utf8'))
    const { merged, closedHead, closedAt, ...pull } = book.pulls[0]
    writeFileSync(
      path,
      JSON.stringify({ ...book, pulls: [{ ...pull, state: 'open', merging: { ...merged, head: closedHead } }] }),
    )
    if (!moved) writeFileSync(join(dir, `${REPO}.git`, 'refs/heads/main'), `${before}\n`)

    world = await serveForge(dir)
    const [seen] = await world.forge.pullRequests()
    expect([seen?.state, seen?.mergedBy]).toEqual([state, moved ? 'olga' : undefined])
    expect(seen?.files.map((file) => file.path)).toEqual(['policies/a.yaml'])
    expect((await world.forge.mergePullRequest(1, 'olga')).merged).toBe(!moved)
  })

  test('damaged metadata is said, not overwritten', async () => {
    await openPull('work', { 'policies/a.yaml': 'a\n' })
    const path = join(dir, 'pull-requests.json')
    writeFileSync(path, '{"version":1,')
    await expect(serveForge(dir)).rejects.toMatchObject({ name: 'Fault', says: expect.stringContaining('damaged') })
    expect(readFileSync(path, 'utf8')).toBe('{"version":1,')
  })

  test.each(['pull-requests.json', `${REPO}.git/refs/heads/main`])(
    '%s is replaced whole, never written over',
    async (name) => {
      await openPull('work', { 'policies/a.yaml': 'a\n' })
      const path = join(dir, name)
      const before = readFileSync(path, 'utf8')
      const held = await open(path)
      try {
        await world.forge.mergePullRequest(1, 'olga')
        expect(await held.readFile('utf8')).toBe(before)
        expect(readFileSync(path, 'utf8')).not.toBe(before)
      } finally {
        await held.close()
      }
    },
  )

  test('a killed process loses no merge that it told of, and leaves nothing broken', async () => {
    const inner = join(dir, 'killed')
    const merged = await mergeUntilKilled(inner, 12)
    const forge = await openLocalForge({
      dir: inner,
      seed: new Map(),
      owner: OWNER,
      repo: REPO,
      now: () => new Date(0),
      users: [],
    })
    const { files } = await forge.readMain()
    const pulls = await forge.pullRequests()
    for (const number of merged) {
      expect(files.get(`policies/${number}.yaml`), `file of #${number}`).toBe(`${number}\n`)
      expect(pulls.find((pull) => pull.number === number)?.state, `state of #${number}`).toBe('merged')
    }
    for (const pull of pulls) expect(pull.state === 'merged').toBe(files.has(`policies/${pull.number}.yaml`))
    if (hasGit) expect(spawnSync('git', ['--git-dir', forge.gitdir, 'fsck', '--strict']).status).toBe(0)
  })

  const hasGit = spawnSync('git', ['--version']).status === 0
  test.skipIf(!hasGit)('git itself reads the repository and agrees that it is whole (needs git)', async () => {
    await openPull('work', { 'policies/a.yaml': 'a\n' })
    await world.forge.mergePullRequest(1, 'olga')
    const git = (...args: string[]) =>
      execFileSync('git', ['--git-dir', world.forge.gitdir, ...args], { encoding: 'utf8' })
    expect(git('log', '--format=%an: %s', '--first-parent')).toBe(
      'Olga Human: Merge pull request #1 from work\nLocal workspace: The edge as it stands\n',
    )
    expect(git('show', 'main:policies/a.yaml')).toBe('a\n')
    expect(git('fsck', '--strict', '--full')).toBe('')
  })
})

/** Runs a forge in a process of its own, lets it merge until it told of `enough`, and kills it in the middle of its work. */
async function mergeUntilKilled(inner: string, enough: number): Promise<number[]> {
  const script = new URL('./merge-until-killed.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script, inner], { stdio: ['ignore', 'pipe', 'inherit'] })
  const told: number[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    told.push(Number(line))
    if (told.length === enough) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
  return told
}

function entry(path: string) {
  return { path, mode: '100644', type: 'blob', content: 'x' }
}

async function commitOn(parent: string, files: Record<string, string>): Promise<string> {
  const entries = Object.entries(files).map(([path, content]) => ({ ...entry(path), content }))
  const tree = await created('/git/trees', { base_tree: parent, tree: entries }, 'sha')
  return created('/git/commits', { message: 'work', tree, parents: [parent] }, 'sha')
}

async function branch(name: string, sha: string): Promise<void> {
  await created('/git/refs', { ref: `refs/heads/${name}`, sha }, 'ref')
}

/** A pull request from a new branch that grew from the first commit. */
async function openPull(name: string, files: Record<string, string>): Promise<{ number: number }> {
  const { body } = await world.api('GET', '/commits?per_page=100')
  const first = Array.isArray(body) ? body.at(-1)?.sha : undefined
  await branch(name, await commitOn(first, files))
  return { number: Number(await created('/pulls', { title: name, head: name, base: 'main' }, 'number')) }
}

async function created(path: string, body: object, field: string): Promise<string> {
  const answer = await world.api('POST', path, body)
  expect(answer, path).toMatchObject({ status: 201 })
  return String(Reflect.get(Object(answer.body), field))
}
