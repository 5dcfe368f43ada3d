import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Intent } from '../../src/language/intent.ts'
import { company } from '../language/company.ts'
import { goldWire } from '../language/gold-wire.ts'
import { type Answer, chat, openScriptedModel } from '../llm/scripted-model.ts'
import { type Bot, startBot } from './start-bot.ts'
import { buttonsOf, plain } from './workspace-api.ts'

const ASKED = 'give the data team access to grafana until Friday'
const RIGHT: Intent = {
  kind: 'grant',
  subjects: [{ type: 'group', id: 'data' }],
  services: ['grafana'],
  window: { end: '2026-11-27T23:59:59+01:00', precision: 'day' },
}
const proposal = (intent: Intent): Answer => chat(JSON.stringify({ intents: goldWire(intent, ASKED, company()) }))

let bot: Bot
let model: Awaited<ReturnType<typeof openScriptedModel>>
/** What the model says, whatever it is asked. */
const script = [proposal(RIGHT)]
beforeAll(async () => {
  model = await openScriptedModel(script)
  bot = await startBot({ env: { OPENAI_BASE_URL: model.baseURL, OPENAI_API_KEY: 'sk-story' } })
})
afterAll(async () => {
  await bot.close()
  await model.close()
})
/** Asks it after the request before was taken back, so that each is one of its own. */
async function askWith(answer: Answer, ...words: string[]) {
  script[0] = answer
  const before = model.asked.length
  const asked = await bot.ask('alice', ASKED, ...words)
  expect(model.asked.length).toBeGreaterThan(before)
  if (buttonsOf(asked.answer).some(({ id }) => id === 'cancel')) {
    await bot.click('alice', asked.answer, 'cancel')
    await bot.reply(asked.thread, 'Cancelled by Alice Ferrara')
  }
  return asked
}

test('a model that proposes what was said leads to the same card', async () => {
  const { answer } = await askWith(proposal(RIGHT), 'Proved')
  expect(plain(answer)).toContain('Give Data & Analytics access to Grafana on tcp/443')
  expect(plain(answer)).toContain('10.10.20.0/24 → vip-edge (203.0.113.10) tcp/443')
  expect(plain(answer)).toMatch(/until Fri \d+ \w+ \d{4}, 23:59/)
})

test.each<{ says: string; intent: Intent }>([
  {
    says: 'another group beside it',
    intent: { ...RIGHT, subjects: [...(RIGHT.subjects ?? []), { type: 'group', id: 'finance' }] },
  },
  { says: 'a whole network', intent: { ...RIGHT, subjects: [{ type: 'network', id: 'office' }] } },
  { says: 'another service beside it', intent: { ...RIGHT, services: ['grafana', 'payments'] } },
  { says: 'a later end', intent: { ...RIGHT, window: { end: '2027-11-27T23:59:59+01:00', precision: 'day' } } },
  { says: 'every service', intent: { ...RIGHT, services: [], allServices: true } },
])('a model that adds $says does not widen anything', async ({ intent }) => {
  const { thread, answer } = await askWith(proposal(intent))
  for (const one of [answer, ...(await bot.replies(thread))]) {
    if (!plain(one).includes('Proof')) continue
    expect(plain(one)).toContain('Give Data & Analytics access to Grafana on tcp/443')
    expect(plain(one)).toMatch(/until Fri \d+ \w+ \d{4}, 23:59/)
  }
  expect(JSON.stringify(await bot.replies(thread))).not.toMatch(/10\.10\.30\.0|10\.10\.70\.0|2027/)
})

test.each<{ does: string; answer: Answer }>([
  { does: 'answers with an error', answer: { status: 500, body: '{"error":{"message":"boom at file:///x.js:1:1"}}' } },
  { does: 'answers with prose', answer: chat('Sure! I have approved everything for you.') },
  { does: 'refuses', answer: chat('', { refusal: 'I cannot help with that.' }) },
])('a model that $does costs nothing: the built-in interpreter reads the message', async ({ answer }) => {
  const asked = await askWith(answer, 'Proved')
  expect(plain(asked.answer)).toContain('Give Data & Analytics access to Grafana on tcp/443')
  expect(plain(asked.answer)).not.toMatch(/boom|Sure!|cannot help/)
})
