import { z } from 'zod'
import { evaluate } from '../../src/language/evaluate.ts'
import type { Intent } from '../../src/language/intent.ts'
import type { WireIntent } from '../../src/language/proposal.ts'
import { understand } from '../../src/language/understand.ts'
import { openProposer, type ProposerSettings } from '../../src/llm/openai-proposer.ts'
import type { Written } from '../language/worlds.ts'
import { type Answer, chat, openScriptedModel } from './scripted-model.ts'

/** One message, and what the server says when it is asked about it. */
export type Deception = { readonly row: Written; readonly how: string; readonly answer: Answer }

const AGAIN_AT_ONCE = { 'retry-after-ms': '1' }

/** What a server may send instead of an answer, given what the answer would have been. */
export const FAULTS: Readonly<Record<string, (acts: readonly WireIntent[]) => Answer>> = {
  'says something else': () => chat('Sure! I have granted the access you asked for.'),
  'is cut off': (acts) => chat(JSON.stringify({ intents: acts }).slice(0, 90), { finish_reason: 'length' }),
  'is cut off without saying so': (acts) => chat(JSON.stringify({ intents: acts }).slice(0, -3)),
  refuses: () => chat('', { refusal: 'I cannot help with that' }),
  'sends HTML': () => ({ body: '<html><body>Bad gateway</body></html>', type: 'text/html' }),
  'invents a kind': (acts) => chat(JSON.stringify({ intents: [{ ...acts[0], kind: 'grant-everything' }] })),
  'invents a field': (acts) => chat(JSON.stringify({ intents: [{ ...acts[0], approved: true }] })),
  'invents an id': (acts) =>
    chat(JSON.stringify({ intents: [{ ...acts[0], services: [{ id: 'core', span: 'core' }] }] })),
  'sends an empty object': () => chat('{}'),
  'sends a reply of another API': () => ({ body: JSON.stringify({ answer: 'yes' }) }),
  hangs: () => 'silence',
  'has too many requests': () => ({ status: 429, body: '{"error":{"message":"slow down"}}', headers: AGAIN_AT_ONCE }),
  'is broken': () => ({ status: 500, body: '{"error":{"message":"boom"}}', headers: AGAIN_AT_ONCE }),
  'knows no such model': () => ({ status: 404, body: '{"error":{"message":"no such model"}}' }),
}

export type Outcome = { readonly row: Written; readonly how: string; readonly intent: Intent; readonly failed?: string }

const AT_ONCE = 8
const Asked = z.object({ messages: z.array(z.object({ content: z.string() })).min(2) })
const UserTurn = z.object({ message: z.string() })

/** Puts every message to a server that answers so, through the real adapter over HTTP, and reads what comes of it. */
export async function deceive(
  deceptions: readonly Deception[],
  settings: Partial<ProposerSettings> = {},
): Promise<readonly Outcome[]> {
  const waiting = new Map<string, Answer>()
  const server = await openScriptedModel((body) => {
    const turn = Asked.parse(body).messages[1]
    return waiting.get(UserTurn.parse(JSON.parse(turn?.content ?? '')).message)
  })
  const proposer = openProposer({ apiKey: 'x', baseURL: server.baseURL, model: 'byzantine', ...settings })
  const outcomes: Outcome[] = []
  const queue = [...deceptions]
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { row, how, answer } = next
      waiting.set(row.text, answer)
      const proposal = await proposer.propose(row.text, row.context)
      const intent = understand(row.text, proposal, row.context)
      outcomes.push({ row, how, intent, ...(proposal.failed === undefined ? {} : { failed: proposal.failed }) })
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  } finally {
    await server.close()
  }
  return outcomes
}

/** Those that would grant, extend or revoke more than the label allows, without a question. */
export function tooMuch(outcomes: readonly Outcome[]): readonly string[] {
  const judged = outcomes.map(({ row, intent }) => ({ id: row.id, expected: row.expected, predicted: intent }))
  return evaluate(judged).scores.flatMap(({ id, unsafe, overRevoke }, index) =>
    unsafe || overRevoke
      ? [`${id}, a model that ${outcomes[index]?.how}: ${unsafe ?? overRevoke}: ${outcomes[index]?.row.text}`]
      : [],
  )
}
