import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { approveRequest } from '../../src/decide-approval.ts'
import { hearMessage } from '../../src/hear-message.ts'
import type { Chat, HeardMessage, Message, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/open-store.ts'
import { layFreshDatabase } from '../store/fresh-database.ts'
import { waysOn } from './ways-in-memory.ts'

const dir = mkdtempSync(join(tmpdir(), 'sallyport-store-'))
let store: Store
beforeAll(async () => {
  await layFreshDatabase(dir)
  store = await openStore({ dir })
}, 60_000)
afterAll(async () => {
  await store.close()
  rmSync(dir, { recursive: true, force: true })
})

/** One thread of Slack: what was posted, what the cards show now, and what somebody was told alone. */
function openThread(thread: string) {
  const cards = new Map<string, Message>()
  const notes: string[] = []
  const whispers: string[] = []
  const place = { channel: 'C0ACCESS', thread }
  const say: Chat['say'] = async (_place, message) => {
    const ts = `${thread}-${cards.size}`
    if (message.kind === 'note') notes.push(message.text)
    else cards.set(ts, message)
    return ts
  }
  const chat = {
    say,
    update: async (_place: unknown, ts: string, message: Message) => void cards.set(ts, message),
    whisper: async (_place: unknown, _user: string, text: string) => void whispers.push(text),
  }
  const message = (nth: number, text: string): HeardMessage => {
    const id = `C0ACCESS:${nth === 0 ? thread : `${thread}.${nth}`}`
    return { id, slackUser: 'U0ALICE', place, text, direct: false }
  }
  const hear = (heard: HeardMessage, other: Partial<Chat> = {}) =>
    hearMessage(waysOn(store, { chat: { ...chat, ...other } }), heard)
  const approve = (target: string) =>
    approveRequest(waysOn(store, { chat }), {
      id: `click:${target}`,
      action: 'approve',
      target,
      slackUser: 'U0BOB',
      place,
      timestamp: '1',
    })
  const states = async () =>
    Object.fromEntries((await store.listRequests({ thread })).map(({ id, state }) => [id, state]))
  const shown = () =>
    [...cards.values()].flatMap((one) =>
      one.kind === 'card' ? [`${one.card.request.service} ${one.card.request.state}`] : [],
    )
  return { message, hear, approve, states, shown, say, notes, whispers, cards }
}

const firstId = async (thread: string) => (await store.listRequests({ thread })).at(-1)?.id ?? ''

test('while the changed card is on its way, the old one can be approved no more', async () => {
  const here = openThread('t1')
  await here.hear(here.message(0, 'give the data team access to grafana until Friday'))
  const old = await firstId('t1')
  let arrives = () => {}
  const posted = new Promise<void>((resolve) => {
    arrives = resolve
  })
  let asked = () => {}
  const underWay = new Promise<void>((resolve) => {
    asked = resolve
  })
  const hanging = here.hear(here.message(1, 'make it until thursday'), {
    say: async (place, message) => {
      asked()
      await posted
      return here.say(place, message)
    },
  })
  await underWay
  await here.approve(old)
  expect((await here.states())[old]).toBe('cancelled')
  expect((await store.findRequest(old))?.approvals).toEqual([])
  expect(here.whispers).toEqual([expect.stringContaining('cancelled')])
  arrives()
  await hanging
  expect(here.shown()).toEqual(['grafana cancelled', 'grafana waiting'])
  expect((await store.auditTrail({ request: old })).map(({ action }) => action)).toEqual([
    'requested',
    'replaced',
    'approval-refused',
  ])
})

test('killed before the changed cards are there, it posts each once and redraws the old ones', async () => {
  const here = openThread('t2')
  await here.hear(here.message(0, 'give the finance team access to grafana and wiki until Friday'))
  expect(here.shown()).toEqual(['grafana waiting', 'wiki waiting'])
  const change = here.message(1, 'make it until thursday')
  const killed = async (): Promise<never> => {
    throw new Error('killed')
  }
  await expect(here.hear(change, { say: killed })).rejects.toThrow('killed')
  expect(Object.values(await here.states()).sort()).toEqual(['cancelled', 'cancelled', 'waiting'])
  for (const _again of [1, 2]) {
    await here.hear(change)
    expect(here.shown()).toEqual(['grafana cancelled', 'wiki cancelled', 'grafana waiting', 'wiki waiting'])
    expect(here.notes).toEqual([])
  }
})

test('what was approved first stays, and the new card says so', async () => {
  const here = openThread('t3')
  await here.hear(here.message(0, 'give the data team access to status until Friday'))
  const old = await firstId('t3')
  const deciding: Store = {
    ...store,
    insertRequest: async (request, reason) => {
      await store.move(old, ['waiting'], 'approved')
      return store.insertRequest(request, reason)
    },
  }
  await hearMessage(waysOn(deciding, { chat: { say: here.say } }), here.message(1, 'make it until thursday'))
  expect((await here.states())[old]).toBe('approved')
  expect(here.notes).toEqual([`${old} was decided already, so it stays as it is beside the new card.`])
})
