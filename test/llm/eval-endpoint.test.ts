import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { POLICIES, type Ran, run } from '../commands/in-memory.ts'
import { company } from '../language/company.ts'
import { goldWire } from '../language/gold-wire.ts'
import { type Answer, chat, openScriptedModel } from './scripted-model.ts'

const TEXT = 'give the data team access to grafana until Friday'
const EXPECTED = {
  kind: 'grant' as const,
  subjects: [{ type: 'group' as const, id: 'data' }],
  services: ['grafana'],
  window: { end: '2026-11-27T23:59:59+01:00', precision: 'day' as const },
}

/** `sallyport eval` against an endpoint that answers this. */
async function evalWith(answer: Answer): Promise<Ran & { readonly calls: number }> {
  const server = await openScriptedModel([answer])
  const cases = join(mkdtempSync(join(tmpdir(), 'sallyport-eval-')), 'cases.jsonl')
  writeFileSync(cases, `${JSON.stringify({ id: 'E1', from: 'alice', text: TEXT, expected: EXPECTED })}\n`)
  try {
    const args = ['eval', '--cases', cases, '--policies', POLICIES, '--endpoint', server.baseURL, '--model', 'scripted']
    return { ...(await run(args)), calls: server.asked.length }
  } finally {
    await server.close()
  }
}

test('eval asks the endpoint that is named, and a right answer is scored as exact', async () => {
  const ran = await evalWith(chat(JSON.stringify({ intents: goldWire(EXPECTED, TEXT, company()) })))
  expect(ran.calls).toBe(1)
  expect(ran.lines[0]).toBe(JSON.stringify({ id: 'E1', intent: EXPECTED }))
  expect(ran.out).toMatch(/exact +100\.0 %/)
})

test('a model that widens is shown as a question, never as unsafe', async () => {
  const [act] = goldWire(EXPECTED, TEXT, company())
  const wide = { ...act, services: [...(act?.services ?? []), { id: 'payments', span: 'grafana' }], window: null }
  const ran = await evalWith(chat(JSON.stringify({ intents: [wide] })))
  expect(ran.out).toMatch(/unsafe +0/)
  expect(ran.lines[0]).toContain('needsClarification')
})

test.each<[string, Answer]>([
  ['HTML', { body: '<html>Bad gateway</html>', type: 'text/html' }],
  ['a refusal', chat('', { refusal: 'no' })],
  ['half an answer', chat('{"intents":[{"kind":"gra', { finish_reason: 'length' })],
])('%s leaves what the interpreter read', async (_, answer) => {
  const ran = await evalWith(answer)
  expect(JSON.parse(ran.lines[0] ?? '')).toEqual({ id: 'E1', intent: EXPECTED })
})
