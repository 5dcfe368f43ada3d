import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import OpenAI, { APIError } from 'openai'
import { z } from 'zod'
import { printMoment, readCalendar } from '../language/calendar.ts'
import type { LanguageContext } from '../language/context.ts'
import { type Candidates, candidatesOf, type Proposal, type Proposer, wireReply } from '../language/proposal.ts'
import { readReply } from './reply.ts'

export type ProposerSettings = {
  readonly apiKey: string
  /** Any OpenAI-compatible endpoint: `https://api.openai.com/v1`, vLLM, Ollama, … */
  readonly baseURL: string
  readonly model: string
  readonly api?: 'chat' | 'responses'
  /** For everything together: retries, fallbacks and the repair turn. */
  readonly timeoutMs?: number
  readonly promptFile?: URL
}

const TIMEOUT_MS = 20_000
const PROMPT_FILE = new URL('../../prompts/propose-intent.md', import.meta.url)

/**
 * Opens a language model behind an OpenAI-compatible endpoint. It gets the message and the names of the catalogue, nothing else; what
 * it answers is checked against the schema here and grounded in the message afterwards. `promptHash` is kept with what came of it.
 */
export function openProposer(settings: ProposerSettings): Proposer & { readonly promptHash: string } {
  const prompt = readFileSync(settings.promptFile ?? PROMPT_FILE, 'utf8')
  const client = new OpenAI({ apiKey: settings.apiKey, baseURL: settings.baseURL, maxRetries: 1 })
  return {
    promptHash: createHash('sha256').update(prompt).digest('hex'),
    async propose(text, context, signal) {
      const limit = AbortSignal.timeout(settings.timeoutMs ?? TIMEOUT_MS)
      const stop = signal === undefined ? limit : AbortSignal.any([limit, signal])
      try {
        return await converse(client, settings, prompt, text, context, stop)
      } catch (cause) {
        return { failed: describeFailure(cause, stop) }
      }
    },
  }
}

type Turn = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }
/** How strictly a server is asked for JSON. Servers that refuse one way are asked the next; the answer is checked all the same. */
const LADDER = ['schema', 'schema-plain', 'object', 'text'] as const
type Rung = (typeof LADDER)[number]

async function converse(
  client: OpenAI,
  settings: ProposerSettings,
  prompt: string,
  text: string,
  context: LanguageContext,
  signal: AbortSignal,
): Promise<Proposal> {
  const candidates = candidatesOf(text, context)
  const reply = wireReply(candidates)
  const { $schema: _draft, ...schema } = z.toJSONSchema(reply, { target: 'draft-7' })
  const turns: Turn[] = [
    { role: 'system', content: fillPrompt(prompt, candidates, schema, context) },
    { role: 'user', content: JSON.stringify({ message: text }) },
  ]
  let rung = 0
  for (let repairs = 0; ; repairs++) {
    const answer = await climb(client, settings, turns, schema, rung, signal)
    rung = answer.rung
    const read = readReply(answer.reply, reply)
    if (read.proposal !== undefined) return read.proposal
    if (repairs === 1 || read.words === undefined) return { failed: read.why }
    turns.push(
      { role: 'assistant', content: read.words },
      {
        role: 'user',
        content: `That was not the JSON object asked for: ${read.why}. Answer again, with the corrected JSON object only.`,
      },
    )
  }
}

/** Asks once, stepping down the ladder while the server refuses the way of asking. */
async function climb(
  client: OpenAI,
  settings: ProposerSettings,
  turns: readonly Turn[],
  schema: Record<string, unknown>,
  from: number,
  signal: AbortSignal,
): Promise<{ readonly reply: unknown; readonly rung: number }> {
  for (let rung = from; ; rung++) {
    const mode = LADDER[rung] ?? 'text'
    try {
      return { reply: await ask(client, settings, turns, schema, mode, signal), rung }
    } catch (cause) {
      const refused =
        cause instanceof APIError && (cause.status === 400 || cause.status === 422 || cause.status === 501)
      if (!refused || rung >= LADDER.length - 1) throw cause
    }
  }
}

async function ask(
  client: OpenAI,
  { model, api = 'chat' }: ProposerSettings,
  turns: readonly Turn[],
  schema: Record<string, unknown>,
  mode: Rung,
  signal: AbortSignal,
): Promise<unknown> {
  const strict = mode === 'schema' || mode === 'schema-plain'
  // Some models take no temperature; they are asked again without it.
  const steady = mode === 'schema-plain' ? {} : { temperature: 0 }
  if (api === 'responses') {
    const format = strict
      ? ({ type: 'json_schema', name: 'proposal', strict: true, schema } as const)
      : mode === 'object'
        ? ({ type: 'json_object' } as const)
        : ({ type: 'text' } as const)
    return await client.responses.create(
      { model, input: [...turns], text: { format }, store: false, ...steady },
      { signal },
    )
  }
  const format = strict
    ? ({ type: 'json_schema', json_schema: { name: 'proposal', strict: true, schema } } as const)
    : mode === 'object'
      ? ({ type: 'json_object' } as const)
      : undefined
  return await client.chat.completions.create(
    { model, messages: [...turns], ...(format === undefined ? {} : { response_format: format }), ...steady },
    { signal },
  )
}

function fillPrompt(prompt: string, candidates: Candidates, schema: object, context: LanguageContext): string {
  const groups = context.catalog.groups.filter(({ members }) => members.includes(context.requester)).map(({ id }) => id)
  const calendar = readCalendar(context.catalog, context.now)
  const values: Readonly<Record<string, string>> = {
    now: printMoment(calendar.now),
    zone: calendar.zone,
    requester: context.requester,
    groups: groups.join(', ') || 'none',
    candidates: printCandidates(candidates),
    schema: JSON.stringify(schema),
  }
  return prompt.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole)
}

function printCandidates(candidates: Candidates): string {
  return Object.entries(candidates)
    .map(
      ([type, items]) =>
        `${type}:\n${items.map(({ id, names }) => `- ${id}: ${names.join(', ')}`).join('\n') || '- none'}`,
    )
    .join('\n')
}

/** One short clause for the log: never the key, never the server's whole answer. */
function describeFailure(cause: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'the model did not answer in time'
  if (cause instanceof APIError && cause.status !== undefined)
    return `the model's server answered with status ${cause.status}`
  return 'the model could not be reached, or its answer could not be read'
}
