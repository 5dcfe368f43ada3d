import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type OpenAI from 'openai'
import { APIConnectionError, APIError } from 'openai'
import { z } from 'zod'
import { printMoment, readCalendar } from '../language/calendar.ts'
import type { LanguageContext } from '../language/context.ts'
import { mayBeSent } from '../language/hostile.ts'
import {
  type Candidates,
  candidatesOf,
  type ModelUse,
  type Proposal,
  type Proposer,
  wireReply,
} from '../language/proposal.ts'
import { askModel, type Count, type Endpoint, openClient, type Turn } from './ask-model.ts'
import { TooLong } from './bounded-fetch.ts'
import { readReply } from './reply.ts'

export type ProposerSettings = Endpoint & {
  /** For everything together: retries, fallbacks and the repair turn. */
  readonly timeoutMs?: number
  /** US dollars a million tokens. */
  readonly prices?: { readonly in: number; readonly out: number }
  readonly promptFile?: URL
}

const TIMEOUT_MS = 20_000
const PROMPT_FILE = new URL('../../prompts/propose-intent.md', import.meta.url)

/**
 * Opens a language model behind an OpenAI-compatible endpoint. It gets the message and the names of the catalogue, nothing else; what
 * it answers is checked against the schema here and grounded in the message afterwards. Which prompt it was, how long it took and
 * what it cost comes with every answer, also when there is none.
 */
export function openProposer(settings: ProposerSettings): Proposer & { readonly promptHash: string } {
  const prompt = readFileSync(settings.promptFile ?? PROMPT_FILE, 'utf8')
  const promptHash = createHash('sha256').update(prompt).digest('hex')
  const client = openClient(settings)
  return {
    promptHash,
    async propose(text, context, signal) {
      const limit = AbortSignal.timeout(settings.timeoutMs ?? TIMEOUT_MS)
      const stop = signal === undefined ? limit : AbortSignal.any([limit, signal])
      const count: Count = { calls: 0, tokensIn: 0, tokensOut: 0 }
      const began = performance.now()
      const proposal = await propose(client, settings, prompt, text, context, { count, signal: stop })
      const used: ModelUse = {
        name: settings.model,
        promptHash,
        ...(proposal.failed === undefined ? {} : { failed: proposal.failed }),
        ms: Math.round(performance.now() - began),
        ...count,
        ...costOf(count, settings.prices),
      }
      return { ...proposal, used }
    },
  }
}

function costOf(count: Count, prices: ProposerSettings['prices']): { readonly cost?: number } {
  return prices === undefined ? {} : { cost: (count.tokensIn * prices.in + count.tokensOut * prices.out) / 1_000_000 }
}

type Bounds = { readonly count: Count; readonly signal: AbortSignal }

async function propose(
  client: OpenAI,
  settings: ProposerSettings,
  prompt: string,
  text: string,
  context: LanguageContext,
  bounds: Bounds,
): Promise<Proposal> {
  if (!mayBeSent(text)) return { failed: 'the message holds what is never sent: configuration, keys or encoded text' }
  const { signal } = bounds
  // Whatever the server, the network or the SDK does: the person who asked does not wait for longer.
  const over = Promise.withResolvers<never>()
  const end = () => over.reject(signal.reason)
  if (signal.aborted) end()
  signal.addEventListener('abort', end, { once: true })
  over.promise.catch(() => undefined)
  try {
    return await Promise.race([converse(client, settings, prompt, text, context, bounds), over.promise])
  } catch (cause) {
    return { failed: describeFailure(cause, signal) }
  } finally {
    signal.removeEventListener('abort', end)
  }
}

async function converse(
  client: OpenAI,
  settings: ProposerSettings,
  prompt: string,
  text: string,
  context: LanguageContext,
  bounds: Bounds,
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
    const answer = await askModel(client, settings, turns, schema, rung, bounds)
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
  if (within(cause, TooLong)) return 'the answer goes on and on'
  if (cause instanceof APIConnectionError) return 'the model could not be reached'
  if (cause instanceof APIError && cause.status !== undefined)
    return `the model's server answered with status ${cause.status}${STATUS[cause.status] ?? ''}`
  if (cause instanceof SyntaxError) return 'the server did not answer in the expected form'
  return 'the answer of the model could not be read'
}

/** What whoever looks after the settings can do about it. */
const STATUS: Readonly<Record<number, string>> = {
  401: ': it does not know the key',
  403: ': the key is not allowed to do this',
  404: ': it knows no such model or path',
  429: ': too many requests',
}

function within(cause: unknown, kind: typeof TooLong): boolean {
  return cause instanceof kind || (cause instanceof Error && cause.cause !== undefined && within(cause.cause, kind))
}
