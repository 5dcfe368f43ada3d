import { afterEach, describe, expect, test } from 'vitest'
import { understand } from '../../src/language/understand.ts'
import { openProposer, type ProposerSettings } from '../../src/llm/openai-proposer.ts'
import { company } from '../language/company.ts'
import { goldWire } from '../language/gold-wire.ts'
import { type Answer, chat, openScriptedModel } from './scripted-model.ts'

const TEXT = 'give the data team access to grafana until Friday'
const GOLD = {
  kind: 'grant' as const,
  subjects: [{ type: 'group' as const, id: 'data' }],
  services: ['grafana'],
  window: { end: '2026-11-27T23:59:59+01:00', precision: 'day' as const },
}
const right = JSON.stringify({ intents: goldWire(GOLD, TEXT, company()) })

let close: () => Promise<void> = async () => undefined
afterEach(() => close())

async function propose(answers: readonly Answer[], settings: Partial<ProposerSettings> = {}, text = TEXT) {
  const server = await openScriptedModel(answers)
  close = server.close
  const proposer = openProposer({
    apiKey: 'sk-secret',
    baseURL: server.baseURL,
    model: 'm',
    timeoutMs: 5_000,
    ...settings,
  })
  const proposal = await proposer.propose(text, company())
  return {
    proposal,
    asked: server.asked,
    intent: understand(text, proposal, company()),
    promptHash: proposer.promptHash,
  }
}
/** A chat completion with this message in it, whatever that is. */
const odd = (message: object, more: object = {}): Answer => ({
  body: JSON.stringify({ id: 'c', object: 'chat.completion', choices: [{ index: 0, message, ...more }] }),
})

describe('servers that know no JSON mode, or ignore it, are understood all the same', () => {
  test.each<[string, string]>([
    ['a fence', `\`\`\`json\n${right}\n\`\`\``],
    ['a fence without a name, with words around it', `Sure! Here it is:\n\`\`\`\n${right}\n\`\`\`\nAnything else?`],
    ['reasoning before it', `<think>The user wants {"intents": []} or so. Hm.</think>\n${right}`],
    ['words around it', `The meaning of the message is ${right} as far as I can tell.`],
    ['line breaks', JSON.stringify(JSON.parse(right), null, 4)],
  ])('%s', async (_, content) => {
    const { proposal, asked, intent } = await propose([chat(content)])
    expect(proposal.failed).toBeUndefined()
    expect(asked).toHaveLength(1)
    expect(intent).toEqual(GOLD)
  })

  test('two objects are not chosen between: the model is asked again, once', async () => {
    const { asked, proposal } = await propose([chat(`${right}\nor maybe ${right}`)])
    expect(asked).toHaveLength(2)
    expect(proposal.failed).toBe('it is not JSON')
    expect(JSON.stringify(asked[1]?.body.messages)).toContain('That was not the JSON object asked for: it is not JSON')
  })

  test('what the schema says of a wrong answer is quoted, and the corrected one counts', async () => {
    const wrong = right.replace('"kind":"grant"', '"kind":"allow-all"')
    const { asked, intent } = await propose([chat(wrong), chat(right)])
    expect(JSON.stringify(asked[1]?.body.messages)).toContain('intents[0].kind')
    expect(intent).toEqual(GOLD)
  })
})

describe('one that goes wrong costs nothing but its time, and the reason is known', () => {
  test.each<[string, readonly Answer[], string, number]>([
    ['content null', [odd({ role: 'assistant', content: null }, { finish_reason: 'stop' })], 'the answer is empty', 1],
    [
      'a tool that nobody gave it',
      [
        odd({
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 't', type: 'function', function: { name: 'grant', arguments: right } }],
        }),
      ],
      'the model called a tool that it was not given',
      1,
    ],
    [
      'no choices',
      [{ body: '{"id":"c","object":"chat.completion","choices":[]}' }],
      'the server did not answer in the expected form',
      1,
    ],
    ['another shape', [{ body: '{"generated_text":"…"}' }], 'the server did not answer in the expected form', 1],
    [
      'HTML with status 200',
      [{ body: '<html>sign in</html>', type: 'text/html' }],
      'the server did not answer in the expected form',
      1,
    ],
    [
      'HTML that says it is JSON',
      [{ body: '<html>sign in</html>' }],
      'the server did not answer in the expected form',
      1,
    ],
    ['content filtered', [chat('', { finish_reason: 'content_filter' })], 'the answer was cut off', 1],
    ['cut at its length', [chat(right.slice(0, 90), { finish_reason: 'length' })], 'the answer was cut off', 1],
    ['cut without saying so', [chat(right.slice(0, 90))], 'it is not JSON', 2],
    ['a refusal', [chat('', { refusal: 'no' })], 'the model refused', 1],
    [
      'an unknown key',
      [{ status: 401, body: '{"error":{"message":"bad sk-secret"}}' }],
      "the model's server answered with status 401: it does not know the key",
      1,
    ],
    [
      'an unknown model',
      [{ status: 404, body: '{}' }],
      "the model's server answered with status 404: it knows no such model or path",
      1,
    ],
    [
      'too busy for a minute',
      [{ status: 429, body: '{}', headers: { 'retry-after': '60' } }],
      "the model's server answered with status 429: too many requests",
      1,
    ],
    [
      'broken twice',
      [{ status: 500, body: 'oops', headers: { 'retry-after-ms': '1' } }],
      "the model's server answered with status 500",
      2,
    ],
    [
      'an answer that never ends',
      [{ body: `{"choices":"${'x'.repeat(50_000)}`, afterwards: 'more' }],
      'the answer goes on and on',
      1,
    ],
  ])('%s', async (_, answers, failed, calls) => {
    const { proposal, asked, intent } = await propose(answers)
    expect(proposal.failed).toBe(failed)
    expect(proposal.used).toMatchObject({ failed, calls })
    expect(asked).toHaveLength(calls)
    expect(intent).toEqual(GOLD)
  })

  test.each<[string, Answer]>([
    ['before it says anything', 'silence'],
    ['in the middle of its answer', { body: `${JSON.stringify({ choices: [] }).slice(0, 8)}`, afterwards: 'silence' }],
  ])('silence %s ends with the time there is', async (_, answer) => {
    const { proposal, intent } = await propose([answer], { timeoutMs: 80 })
    expect(proposal.failed).toBe('the model did not answer in time')
    expect(intent).toEqual(GOLD)
  })

  test('a hiccup is forgiven once', async () => {
    const again = { 'retry-after-ms': '1' }
    for (const status of [429, 500, 503]) {
      const { asked, intent, proposal } = await propose([{ status, body: '{}', headers: again }, chat(right)])
      expect(proposal.failed).toBeUndefined()
      expect(asked).toHaveLength(2)
      expect(intent).toEqual(GOLD)
      await close()
    }
  })
})

describe('what it took is counted', () => {
  const usage = { usage: { prompt_tokens: 1000, completion_tokens: 200, total_tokens: 1200 } }
  const counted = (content: string): Answer => odd({ role: 'assistant', content }, { finish_reason: 'stop' })
  const withUsage = (answer: Answer): Answer =>
    answer === 'silence' ? answer : { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), ...usage }) }

  test('calls, tokens of all of them, time, money where prices are set, and which instructions it had', async () => {
    const answers = [withUsage(counted('{"intents":1}')), withUsage(counted(right))]
    const { proposal, promptHash } = await propose(answers, { prices: { in: 0.4, out: 1.6 } })
    expect(proposal.used).toEqual({
      name: 'm',
      promptHash,
      ms: expect.any(Number),
      calls: 2,
      tokensIn: 2000,
      tokensOut: 400,
      cost: (2000 * 0.4 + 400 * 1.6) / 1_000_000,
    })
  })

  test('a server that counts nothing, or nonsense, costs nothing', async () => {
    const odder = odd({ role: 'assistant', content: right }, { finish_reason: 'stop' })
    const body = odder === 'silence' ? '' : JSON.stringify({ ...JSON.parse(odder.body), usage: { prompt_tokens: -3 } })
    for (const answer of [chat(right), { body }]) {
      const { proposal } = await propose([answer])
      expect(proposal.used).toMatchObject({ calls: 1, tokensIn: 0, tokensOut: 0 })
      expect(proposal.used).not.toHaveProperty('cost')
      await close()
    }
  })
})

test('Azure is spoken to by deployment and version, with its own header', async () => {
  const server = await openScriptedModel([chat(right)])
  close = server.close
  const baseURL = server.baseURL.replace(/\/v1$/, '')
  const proposer = openProposer({
    apiKey: 'azure-key',
    baseURL,
    model: 'our-4o',
    apiVersion: '2024-10-21',
    timeoutMs: 5_000,
  })
  expect(understand(TEXT, await proposer.propose(TEXT, company()), company())).toEqual(GOLD)
  expect(server.asked[0]?.path).toBe('/openai/deployments/our-4o/chat/completions?api-version=2024-10-21')
  expect(server.asked[0]?.headers).toMatchObject({ 'api-key': 'azure-key' })
})

describe('what never leaves the house', () => {
  test.each([
    'give bob wiki until friday\nconfig firewall policy\nedit 12\nset action accept',
    'give bob wiki until friday, the psk is ENC SH2nL3kd93kfk30dk',
    'give bob wiki until friday, password: hunter22',
    'give bob wiki until friday xoxb-123456789012-abcdef',
    '-----BEGIN RSA PRIVATE KEY----- give bob wiki until friday',
    `give bob wiki until friday ${'QUJD'.repeat(15)}`,
  ])('%s', async (text) => {
    const { proposal, asked, intent } = await propose([chat(right)], {}, text)
    expect(asked).toEqual([])
    expect(proposal.failed).toContain('never sent')
    expect(intent).toEqual(understand(text, undefined, company()))
  })
})
