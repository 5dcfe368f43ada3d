import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import type { Forge, Proposal } from '../../src/ports.ts'
import { SEED, type ServedForge } from './serve-forge.ts'

const WIKI = 'policies/services/wiki.yaml'
const SHOP = 'policies/services/shop.yaml'

/** What every Forge promises, tried against whatever `open` serves. */
export function forgeContract(
  open: () => Promise<{ forge: Forge; world: ServedForge; close: () => Promise<void> }>,
): void {
  let forge: Forge
  let world: ServedForge
  let close: () => Promise<void>
  beforeEach(async () => {
    ;({ forge, world, close } = await open())
  })
  afterEach(() => close())

  const proposal = async (
    id: string,
    files: Record<string, string>,
    words: Partial<Proposal> = {},
  ): Promise<Proposal> => ({
    branch: `sallyport/grant/ar-${id.padEnd(10, '0')}-wiki`,
    title: `Access ${id}`,
    body: `Request ${id}\n\nwith two paragraphs`,
    base: (await forge.readEdge()).commit,
    files: new Map(Object.entries(files)),
    ...words,
  })
  const seeded = (path: string) => SEED.get(path) ?? ''
  const mainFiles = async () => (await world.forge.readMain()).files

  test('reads every file below policies and nothing else, byte for byte', async () => {
    const { commit, files } = await forge.readEdge()
    expect(commit).toBe((await world.forge.readMain()).commit)
    expect(new Map(files)).toEqual(new Map([...SEED].filter(([path]) => path.startsWith('policies/'))))
  })

  test('an unchanged edge is read again without fetching a file', async () => {
    const first = await forge.readEdge()
    const before = world.calls.length
    expect(await forge.readEdge()).toEqual(first)
    expect(world.calls.slice(before).filter((call) => call.includes('/git/blobs/'))).toEqual([])
  })

  test('proposes exactly the given files in one commit on the base', async () => {
    const given = await proposal('one', {
      [SHOP]: 'id: shop\naccess: [new]\n',
      'policies/services/new.yaml': 'id: new\n',
    })
    const pull = await forge.propose(given)
    expect(pull).toMatchObject({ number: 1, state: 'open', updated: false })

    const [seen] = await world.forge.pullRequests()
    expect(seen).toMatchObject({
      number: 1,
      state: 'open',
      title: 'Access one',
      body: given.body,
      branch: given.branch,
      url: pull.url,
    })
    expect(seen?.files.map((file) => file.path)).toEqual(['policies/services/new.yaml', SHOP])
    expect(seen?.files[1]?.patch).toBe('@@ -1,2 +1,2 @@\n id: shop\n-access: []\n+access: [new]')
    const { body } = await world.api('GET', `/compare/${given.base}...${encodeURIComponent(given.branch)}`)
    expect(body).toMatchObject({ status: 'ahead', ahead_by: 1, behind_by: 0, merge_base_commit: { sha: given.base } })
    expect((await forge.readEdge()).commit).toBe(given.base)
  })

  test('asking twice for the same makes one pull request and one commit', async () => {
    const given = await proposal('twice', { [SHOP]: 'id: shop\naccess: [a]\n' })
    const first = await forge.propose(given)
    const tip = await world.api('GET', `/git/ref/heads/${given.branch}`)
    const again = await forge.propose(given)
    expect(again).toEqual({ ...first, updated: true })
    expect(await world.forge.pullRequests()).toHaveLength(1)
    expect(await world.api('GET', `/git/ref/heads/${given.branch}`)).toEqual(tip)
  })

  test('asking again with other words and files brings the open pull request up to date', async () => {
    const given = await proposal('change', { [SHOP]: 'id: shop\naccess: [a]\n' })
    await forge.propose(given)
    const pull = await forge.propose({
      ...given,
      title: 'Other',
      body: 'other',
      files: new Map([[SHOP, 'id: shop\naccess: [b]\n']]),
    })
    expect(pull).toMatchObject({ number: 1, state: 'open', updated: true })
    const [seen, ...more] = await world.forge.pullRequests()
    expect(more).toEqual([])
    expect(seen).toMatchObject({ title: 'Other', body: 'other' })
    expect(seen?.files[0]?.patch).toContain('+access: [b]')
    expect(seen?.files[0]?.patch).not.toContain('[a]')
  })

  test('proposing at the same moment from two places makes one pull request', async () => {
    const given = await proposal('race', { [SHOP]: 'id: shop\naccess: [a]\n' })
    const pulls = await Promise.all([forge.propose(given), forge.propose(given), forge.propose(given)])
    expect(new Set(pulls.map((pull) => pull.number))).toEqual(new Set([1]))
    expect(await world.forge.pullRequests()).toHaveLength(1)
  })

  test('when the base has moved, the branch is remade on the new base and shows only its own files', async () => {
    const early = await proposal('early', { [SHOP]: 'id: shop\naccess: [early]\n' })
    await forge.propose(early)
    const other = await forge.propose(await proposal('other', { [WIKI]: `${seeded(WIKI)}# more\n` }))
    await world.forge.mergePullRequest(other.number, 'olga')

    const late = await proposal('early', { [SHOP]: 'id: shop\naccess: [early]\n' })
    expect(late.base).not.toBe(early.base)
    expect(await forge.propose(late)).toMatchObject({ number: 1, updated: true })
    const seen = (await world.forge.pullRequests())[0]
    expect(seen?.files.map((file) => file.path)).toEqual([SHOP])
    const { body } = await world.api('GET', `/compare/main...${encodeURIComponent(late.branch)}`)
    expect(body).toMatchObject({ status: 'ahead', ahead_by: 1, behind_by: 0 })
  })

  test('two pull requests from the same base both survive their merges', async () => {
    const top = seeded(WIKI).replace('[group:ops]', '[group:ops, group:data]')
    const end = seeded(WIKI).replace('end: true', 'end: false')
    const first = await forge.propose(await proposal('top', { [WIKI]: top, 'policies/services/a.yaml': 'id: a\n' }))
    const second = await forge.propose(await proposal('end', { [WIKI]: end, 'policies/services/b.yaml': 'id: b\n' }))
    expect((await world.forge.mergePullRequest(first.number, 'olga')).merged).toBe(true)
    expect((await world.forge.mergePullRequest(second.number, 'olga')).merged).toBe(true)

    const files = await mainFiles()
    expect(files.get(WIKI)).toBe(top.replace('end: true', 'end: false'))
    expect([files.get('policies/services/a.yaml'), files.get('policies/services/b.yaml')]).toEqual([
      'id: a\n',
      'id: b\n',
    ])
    expect((await forge.readEdge()).files.get(WIKI)).toBe(files.get(WIKI))
  })

  test('a merged pull request is told with whoever merged it, and proposing again leaves it alone', async () => {
    const given = await proposal('done', { [SHOP]: 'id: shop\naccess: [a]\n' })
    const { number } = await forge.propose(given)
    await world.forge.mergePullRequest(number, 'olga')
    expect(await forge.readPullRequest(number)).toMatchObject({ number, state: 'merged', mergedBy: 'olga' })
    expect(await forge.propose(given)).toMatchObject({ number, state: 'merged', mergedBy: 'olga', updated: false })
    expect(await world.forge.pullRequests()).toHaveLength(1)
  })

  test('a pull request that somebody closed stays closed', async () => {
    const given = await proposal('closed', { [SHOP]: 'id: shop\naccess: [a]\n' })
    const { number } = await forge.propose(given)
    await world.api('PATCH', `/pulls/${number}`, { state: 'closed' })
    expect(await forge.readPullRequest(number)).toMatchObject({ number, state: 'closed' })
    await expect(forge.propose(given)).rejects.toMatchObject({
      name: 'Fault',
      code: 'closed',
      says: expect.stringContaining('#1'),
    })
    expect((await world.forge.pullRequests()).map((pull) => pull.state)).toEqual(['closed'])
  })

  test.each(['on top', 'amended'])('a commit of somebody else (%s) is never overwritten', async (how) => {
    const given = await proposal('foreign', { [SHOP]: 'id: shop\naccess: [a]\n' })
    await forge.propose(given)
    const tip = await headCommit(world, given.branch)
    const tree = await post(world, '/git/trees', {
      base_tree: tip.tree.sha,
      tree: [{ path: SHOP, mode: '100644', type: 'blob', content: 'id: shop\naccess: [human]\n' }],
    })
    const amended = how === 'amended'
    const human = await post(world, '/git/commits', {
      message: amended ? tip.message : 'Fix it by hand',
      tree: tree.sha,
      parents: amended ? tip.parents.map((parent) => parent.sha) : [tip.sha],
    })
    await world.api('PATCH', `/git/refs/heads/${given.branch}`, { sha: human.sha, force: true })

    const changed = { ...given, files: new Map([[SHOP, 'id: shop\naccess: [b]\n']]) }
    await expect(forge.propose(changed)).rejects.toMatchObject({ name: 'Fault', code: 'foreign-commits' })
    expect((await headCommit(world, given.branch)).sha).toBe(human.sha)
  })

  test.each(['drop', 'bad-gateway'] as const)(
    'a lost answer (%s) to any write still makes exactly one pull request',
    async (how) => {
      const writes = ['/git/trees', '/git/commits', '/git/refs', '/pulls']
      for (const [index, path] of writes.entries()) {
        world.meddle(new RegExp(`^POST [^?]*${path}$`), how)
        const given = await proposal(`lost${index}`, { [SHOP]: `id: shop\naccess: [lost${index}]\n` })
        expect(await forge.propose(given), path).toMatchObject({ number: index + 1, state: 'open' })
      }
      expect((await world.forge.pullRequests()).map((pull) => pull.branch.slice(-20))).toHaveLength(writes.length)
    },
  )

  test.each(['drop', 'bad-gateway'] as const)('a lost answer (%s) to an update is found out too', async (how) => {
    const given = await proposal('update', { [SHOP]: 'id: shop\naccess: [a]\n' })
    await forge.propose(given)
    world.meddle(/^PATCH .*\/git\/refs\//, how)
    world.meddle(/^PATCH .*\/pulls\/1$/, how)
    const changed = { ...given, title: 'Changed', files: new Map([[SHOP, 'id: shop\naccess: [b]\n']]) }
    expect(await forge.propose(changed)).toMatchObject({ number: 1, updated: true })
    const [seen, ...more] = await world.forge.pullRequests()
    expect(more).toEqual([])
    expect([seen?.title, seen?.files[0]?.patch]).toEqual(['Changed', expect.stringContaining('+access: [b]')])
  })

  test('a branch left by a process that died before opening the pull request is used', async () => {
    const given = await proposal('orphan', { [SHOP]: 'id: shop\naccess: [a]\n' })
    world.meddle(/^POST .*\/pulls$/, { status: 503, body: 'down' }, 2)
    await expect(forge.propose(given)).rejects.toMatchObject({ code: 'unreachable' })
    expect(await world.forge.pullRequests()).toEqual([])
    const tip = await headCommit(world, given.branch)
    expect(await forge.propose(given)).toMatchObject({ number: 1, updated: false })
    expect((await headCommit(world, given.branch)).sha).toBe(tip.sha)
  })

  test('an executable file stays executable', async () => {
    const base = (await forge.readEdge()).commit
    const tip = await post(world, '/git/trees', {
      base_tree: base,
      tree: [{ path: 'policies/run.lua', mode: '100755', type: 'blob', content: 'old\n' }],
    })
    const commit = await post(world, '/git/commits', { message: 'script', tree: tip.sha, parents: [base] })
    await world.api('POST', '/git/refs', { ref: 'refs/heads/script', sha: commit.sha })
    const pull = await world.api('POST', '/pulls', { title: 'script', head: 'script', base: 'main' })
    expect(pull.status).toBe(201)
    await world.forge.mergePullRequest(1, 'olga')

    const given = await proposal('mode', { 'policies/run.lua': 'new\n' })
    await forge.propose(given)
    const { body } = await world.api('GET', `/git/trees/${encodeURIComponent(given.branch)}?recursive=1`)
    expect(body).toMatchObject({
      tree: expect.arrayContaining([expect.objectContaining({ path: 'policies/run.lua', mode: '100755' })]),
    })
  })

  test.each([
    ['another branch', { branch: 'main' }],
    ['a file outside policies', { files: new Map([['.github/workflows/x.yml', 'on: push\n']]) }],
    ['a path that climbs out', { files: new Map([['policies/../README.md', 'x\n']]) }],
  ])('refuses to write %s', async (_, wrong) => {
    const given = await proposal('wrong', { [SHOP]: 'x\n' })
    await expect(forge.propose({ ...given, ...wrong })).rejects.toMatchObject({ name: 'Fault', code: 'forbidden' })
    expect(world.calls.filter((call) => /^(POST|PATCH|PUT|DELETE) \/repos/.test(call))).toEqual([])
  })

  test('a change that changes nothing is said, not proposed', async () => {
    const given = await proposal('same', { [SHOP]: seeded(SHOP) })
    await expect(forge.propose(given)).rejects.toMatchObject({
      name: 'Fault',
      code: 'conflict',
      says: expect.stringContaining('nothing to propose'),
    })
    expect(await world.forge.pullRequests()).toEqual([])
  })

  test('a base and a number that nobody knows are not found', async () => {
    const given = await proposal('base', { [SHOP]: 'x\n' }, { base: 'ab'.repeat(20) })
    await expect(forge.propose(given)).rejects.toMatchObject({ name: 'Fault', code: 'not-found' })
    await expect(forge.readPullRequest(99)).rejects.toMatchObject({ name: 'Fault', code: 'not-found' })
  })
}

async function post(world: ServedForge, path: string, body: object): Promise<{ sha: string }> {
  const { status, body: answer } = await world.api('POST', path, body)
  expect(status).toBe(201)
  return Sha.parse(answer)
}

const Sha = z.object({ sha: z.string() })
const CommitBody = Sha.extend({ message: z.string(), tree: Sha, parents: z.array(Sha) })
async function headCommit(world: ServedForge, branch: string): Promise<z.infer<typeof CommitBody>> {
  const ref = await world.api('GET', `/git/ref/heads/${branch}`)
  expect(ref.status).toBe(200)
  const { sha } = z.object({ object: Sha }).parse(ref.body).object
  return CommitBody.parse((await world.api('GET', `/git/commits/${sha}`)).body)
}
