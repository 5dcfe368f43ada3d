import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { hearMessage } from '../../src/hear-message.ts'
import type { ModelUse, Proposal } from '../../src/language/proposal.ts'
import type { Message, Ports, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/open-store.ts'
import { layFreshDatabase } from '../store/fresh-database.ts'
import { waysOn } from './ways-in-memory.ts'

const USED: ModelUse = { name: 'm', promptHash: 'f'.repeat(64), ms: 120, calls: 1, tokensIn: 900, tokensOut: 80 }

const dir = mkdtempSync(join(tmpdir(), 'sallyport-store-'))
let store: Store
const said: Message[] = []
const logged: { readonly level: string; readonly fields: object; readonly message: string }[] = []
beforeAll(async () => {
  await layFreshDatabase(dir)
  store = await openStore({ dir })
}, 60_000)
afterAll(async () => {
  await store.close()
  rmSync(dir, { recursive: true, force: true })
})
beforeEach(() => {
  said.length = 0
  logged.length = 0
})

/** The ways on a real store; Slack, GitHub and the model are what this test says. */
function portsWith(proposal: Proposal): Ports {
  const note = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message })
  return waysOn(store, {
    chat: { say: async (_place, message) => `${said.push(message)}.1` },
    proposer: { propose: async () => proposal },
    log: { info: note('info'), warn: note('warn'), error: note('error') },
  })
}
let messages = 0
async function hear(proposal: Proposal, text: string) {
  messages += 1
  const ts = `1796117001.${String(messages).padStart(6, '0')}`
  const place = { channel: 'C0ACCESS', thread: ts }
  await hearMessage(portsWith(proposal), { id: `C0ACCESS:${ts}`, slackUser: 'U0ALICE', place, text, direct: false })
  const [request] = await store.listRequests({ thread: ts })
  return { request, trail: await store.auditTrail({ request: request?.id ?? '' }) }
}

test('which instructions a model had, how long it took and what it cost is kept with the request and in the trail', async () => {
  const used = { ...USED, cost: 0.0005 }
  const asked = await hear({ intents: [], used }, 'give the data team access to grafana until Friday')
  expect(asked.request?.model).toEqual(used)
  expect(asked.trail).toMatchObject([
    {
      action: 'requested',
      detail: { model: 'm', promptHash: USED.promptHash, modelMs: 120, tokensIn: 900, cost: 0.0005 },
    },
  ])
  expect(logged).toEqual([
    { level: 'info', message: 'a model read a message', fields: expect.objectContaining({ ms: 120, tokensOut: 80 }) },
  ])
})

test('why a model was no help stands in the log; the person gets what the rules read', async () => {
  const failed = 'the model did not answer in time'
  const asked = await hear({ failed, used: { ...USED, failed } }, 'give the data team access to wiki until Friday')
  expect(said).toMatchObject([{ kind: 'card', card: { approvable: true } }])
  expect(logged).toEqual([
    {
      level: 'warn',
      message: 'the model was no help; the rules read alone',
      fields: expect.objectContaining({ failed }),
    },
  ])
  expect(asked.trail).toMatchObject([{ detail: { modelFailed: failed } }])
})

test('a question that a model left open keeps what it took for the request that comes of it', async () => {
  await hear({ intents: [], used: USED }, 'give ops access to wiki until Friday')
  expect(said).toMatchObject([{ kind: 'clarify' }])
  const [open] = await store.openClarifications('U0ALICE', '2026-11-23T09:01:00.000Z')
  expect(JSON.parse(open?.payload ?? '{}')).toMatchObject({ model: USED })
})

test('a changed request shows its card when nobody can approve the old one any more', async () => {
  const { request: old } = await hear(
    { intents: [], used: USED },
    'give the support team access to grafana until Friday',
  )
  if (!old) throw new Error('it was asked for')
  const place = { channel: old.channel, thread: old.thread }
  const ports = portsWith({ intents: [], used: USED })
  const states: (string | undefined)[] = []
  const say: Ports['chat']['say'] = async (where, message) => {
    states.push((await store.findRequest(old.id))?.state)
    return ports.chat.say(where, message)
  }
  const heard = { id: `${old.channel}:1796117009.000001`, slackUser: 'U0ALICE', place, direct: false }
  await hearMessage({ ...ports, chat: { ...ports.chat, say } }, { ...heard, text: 'make it until thursday please' })
  expect(said.at(-1)).toMatchObject({ kind: 'card', card: { approvable: true } })
  expect(states).toEqual(['cancelled'])
})
