import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { openForge } from '../../src/github/octokit-forge.ts'
import { forgeContract } from './forge.contract.ts'
import { BOT_TOKEN, OWNER, READER_TOKEN, REPO, type ServedForge, serveForge, temporaryDir } from './serve-forge.ts'

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  // GitHub hands out the keys of its apps in this older format.
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
})
const app = { appId: 7, installationId: 42, publicKey: keys.publicKey, login: 'sallyport[bot]' }
const repository = { owner: OWNER, repo: REPO, pace: 'local' } as const

async function served(): Promise<{ world: ServedForge; close: () => Promise<void> }> {
  const { dir, remove } = temporaryDir()
  const world = await serveForge(dir, { app })
  return { world, close: () => world.close().finally(remove) }
}

describe('with a token', () =>
  forgeContract(async () => {
    const { world, close } = await served()
    return { world, close, forge: openForge({ token: BOT_TOKEN, ...repository, baseUrl: world.baseUrl }) }
  }))

describe('as a GitHub App', () =>
  forgeContract(async () => {
    const { world, close } = await served()
    const mine = { appId: 7, installationId: 42, privateKey: keys.privateKey }
    return {
      world,
      close,
      forge: openForge({ app: mine, ...repository, baseUrl: world.baseUrl, defaultBranch: 'main' }),
    }
  }))

describe('trouble becomes a fault with a plain sentence', () => {
  const html = { 'content-type': 'text/html' }
  const json = { 'content-type': 'application/json' }
  const slow = '{"message":"You have exceeded a secondary rate limit."}'
  test.each([
    ['401', { status: 401, headers: json, body: '{"message":"Bad credentials"}' }, 'unauthorised'],
    ['403', { status: 403, headers: json, body: '{"message":"Resource not accessible"}' }, 'forbidden'],
    ['404', { status: 404, headers: json, body: '{"message":"Not Found"}' }, 'not-found'],
    ['409', { status: 409, headers: json, body: '{"message":"Git Repository is empty."}' }, 'conflict'],
    ['429', { status: 429, headers: json, body: '{"message":"slow down"}' }, 'rate-limited'],
    [
      'a used-up quota',
      { status: 403, headers: { ...json, 'x-ratelimit-remaining': '0' }, body: '{"message":"no"}' },
      'rate-limited',
    ],
    ['a secondary limit', { status: 403, headers: json, body: slow }, 'rate-limited'],
    ['503', { status: 503, headers: html, body: '<h1>busy</h1>' }, 'unreachable'],
    ['a login page', { status: 200, headers: html, body: '<h1>log in</h1>' }, 'unreachable'],
    ['half an answer', { status: 200, headers: json, body: '{"object":{"sh' }, 'unreachable'],
    ['an answer of another shape', { status: 200, headers: json, body: '{"object":{"sha":7}}' }, 'unreachable'],
    ['a dropped connection', 'drop' as const, 'unreachable'],
  ])('%s', async (_, how, code) => {
    const { world, close } = await served()
    try {
      world.meddle(/\/git\/ref\//, how, 9)
      const forge = openForge({ token: BOT_TOKEN, ...repository, baseUrl: world.baseUrl })
      const fault = await forge.readEdge().then(
        () => undefined,
        (cause: unknown) => cause,
      )
      expect(fault).toMatchObject({
        name: 'Fault',
        code,
        says: expect.stringMatching(/^GitHub .*\(while reading the branch main\)/),
      })
      expect(inspect(fault, { depth: 20, showHidden: true })).not.toContain(BOT_TOKEN)
    } finally {
      await close()
    }
  })

  test.each([401, 403, 404, 409, 422, 429])(
    'what is refused with %i is asked once, not again and again',
    async (status) => {
      const { world, close } = await served()
      try {
        world.meddle(/\/pulls\/1$/, { status, headers: json, body: '{"message":"no"}' }, 9)
        const forge = openForge({ token: BOT_TOKEN, ...repository, baseUrl: world.baseUrl })
        await expect(forge.readPullRequest(1)).rejects.toMatchObject({ name: 'Fault' })
        expect(world.calls).toHaveLength(1)
      } finally {
        await close()
      }
    },
  )

  test('a wait that is too long for a conversation is told, not waited for', async () => {
    const { world, close } = await served()
    try {
      world.meddle(/\/git\/ref\//, { status: 403, headers: { ...json, 'retry-after': '3600' }, body: slow }, 9)
      const forge = openForge({ token: BOT_TOKEN, ...repository, pace: 'github', baseUrl: world.baseUrl })
      await expect(forge.readEdge()).rejects.toMatchObject({ name: 'Fault', code: 'rate-limited' })
    } finally {
      await close()
    }
  })

  test('a hiccup while reading is not even noticed', async () => {
    const { world, close } = await served()
    try {
      world.meddle(/\/git\/blobs\//, { status: 502, body: '' }, 1)
      world.meddle(/\/git\/ref\//, 'drop', 1)
      const forge = openForge({ token: BOT_TOKEN, ...repository, baseUrl: world.baseUrl })
      expect((await forge.readEdge()).files.size).toBe(4)
    } finally {
      await close()
    }
  })

  test('nobody listens', async () => {
    const { world, close } = await served()
    await close()
    const forge = openForge({ token: BOT_TOKEN, ...repository, baseUrl: world.baseUrl })
    await expect(forge.readPullRequest(1)).rejects.toMatchObject({ name: 'Fault', code: 'unreachable' })
  })

  test.each([
    ['a token nobody knows', { token: 'nobody-9a' }, 'unauthorised'],
    ['a token that may only read', { token: READER_TOKEN }, 'forbidden'],
    ['a key that is no key', { app: { appId: 7, installationId: 42, privateKey: 'not a key' } }, 'unauthorised'],
    [
      'an app that is not installed',
      { app: { appId: 7, installationId: 43, privateKey: keys.privateKey } },
      'unauthorised',
    ],
    ['another app', { app: { appId: 8, installationId: 42, privateKey: keys.privateKey } }, 'unauthorised'],
  ])('%s cannot propose', async (_, access, code) => {
    const { world, close } = await served()
    try {
      const forge = openForge({ ...access, ...repository, baseUrl: world.baseUrl })
      const base = (await world.forge.readMain()).commit
      const files = new Map([['policies/x.yaml', 'x\n']])
      const proposing = forge.propose({ branch: 'sallyport/grant/ar-0123456789-x', title: 't', body: 'b', base, files })
      await expect(proposing).rejects.toMatchObject({ name: 'Fault', code })
      expect(await world.forge.pullRequests()).toEqual([])
    } finally {
      await close()
    }
  })
})

describe('what cannot be read as text is refused by name, never guessed or skipped', () => {
  test.each([
    ['bytes that are no UTF-8', '100644', Buffer.from([0x66, 0xfc, 0x72]), 'is not UTF-8 text'],
    ['a link', '120000', Buffer.from('../guardrails.yaml'), 'is a link'],
  ])('%s', async (_, mode, content, says) => {
    const { world, close } = await served()
    try {
      const base = (await world.forge.readMain()).commit
      const blob = await world.api('POST', '/git/blobs', { content: content.toString('base64'), encoding: 'base64' })
      const sha = Reflect.get(Object(blob.body), 'sha')
      const path = 'policies/guardrails.yaml'
      const tree = await world.api('POST', '/git/trees', { base_tree: base, tree: [{ path, mode, type: 'blob', sha }] })
      const made = { message: 'x', tree: Reflect.get(Object(tree.body), 'sha'), parents: [base] }
      const commit = await world.api('POST', '/git/commits', made)
      await world.api('POST', '/git/refs', { ref: 'refs/heads/odd', sha: Reflect.get(Object(commit.body), 'sha') })
      const forge = openForge({ token: BOT_TOKEN, ...repository, baseUrl: world.baseUrl, defaultBranch: 'odd' })
      const expected = {
        name: 'Fault',
        code: 'unreadable',
        says: expect.stringContaining(`${path} in the edge repository ${says}`),
      }
      await expect(forge.readEdge()).rejects.toMatchObject(expected)
    } finally {
      await close()
    }
  })
})
