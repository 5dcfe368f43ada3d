import { setTimeout as sleep } from 'node:timers/promises'
import OpenAI, { APIError, AzureOpenAI } from 'openai'
import { z } from 'zod'
import { boundedFetch } from './bounded-fetch.ts'

/** Where a model is, and how it is spoken to. */
export type Endpoint = {
  readonly apiKey: string
  /** Any OpenAI-compatible endpoint: `https://api.openai.com/v1`, vLLM, Ollama, …; with `apiVersion` an Azure resource. */
  readonly baseURL: string
  readonly model: string
  readonly api?: 'chat' | 'responses'
  readonly apiVersion?: string
}
export type Turn = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }
/** What all the calls for one message took. */
export type Count = { calls: number; tokensIn: number; tokensOut: number }

/** How strictly a server is asked for JSON. Servers that refuse one way are asked the next; the answer is checked all the same. */
const LADDER = ['schema', 'schema-plain', 'object', 'text'] as const
type Rung = (typeof LADDER)[number]

/** Only the caller's patience bounds a call, so nothing here waits for long. */
const LONGEST_WAIT_MS = 3_000
const WAIT_MS = 300

export function openClient({ apiKey, baseURL, model, apiVersion }: Endpoint): OpenAI {
  const shared = { apiKey, maxRetries: 0, fetch: boundedFetch }
  return apiVersion === undefined
    ? new OpenAI({ ...shared, baseURL })
    : new AzureOpenAI({ ...shared, endpoint: baseURL.replace(/\/+$/, ''), apiVersion, deployment: model })
}

/** Asks once, stepping down the ladder from `from` while the server refuses the way of asking. */
export async function askModel(
  client: OpenAI,
  endpoint: Endpoint,
  turns: readonly Turn[],
  schema: Record<string, unknown>,
  from: number,
  { count, signal }: { readonly count: Count; readonly signal: AbortSignal },
): Promise<{ readonly reply: unknown; readonly rung: number }> {
  for (let rung = from; ; rung++) {
    const mode = LADDER[rung] ?? 'text'
    try {
      const reply = await patiently(() => {
        count.calls += 1
        return ask(client, endpoint, turns, schema, mode, signal)
      }, signal)
      const { usage } = Usage.parse(reply)
      count.tokensIn += usage?.prompt_tokens ?? usage?.input_tokens ?? 0
      count.tokensOut += usage?.completion_tokens ?? usage?.output_tokens ?? 0
      return { reply, rung }
    } catch (cause) {
      const refused = cause instanceof APIError && REFUSALS.has(cause.status ?? 0)
      if (!refused || rung >= LADDER.length - 1) throw cause
    }
  }
}

/** A server says so when it does not know a way of asking. */
const REFUSALS: ReadonlySet<number> = new Set([400, 415, 422, 501])

const tokens = z.int().min(0).nullish().catch(undefined)
const Usage = z
  .object({
    usage: z
      .object({ prompt_tokens: tokens, completion_tokens: tokens, input_tokens: tokens, output_tokens: tokens })
      .nullish()
      .catch(undefined),
  })
  .catch({ usage: undefined })

/** Once more after a hiccup, when the server does not ask for a longer wait than the person who asked has patience. */
async function patiently<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    const wait = waitFor(cause)
    if (wait === undefined || signal.aborted) throw cause
    await sleep(wait, undefined, { signal })
    return await call()
  }
}

/** How long to wait before asking again; undefined: asking again is of no use, or not soon. */
function waitFor(cause: unknown): number | undefined {
  if (!(cause instanceof APIError)) return undefined
  if (cause.status !== undefined && cause.status !== 408 && cause.status !== 429 && cause.status < 500) return undefined
  if (cause.status === 501) return undefined
  const ms = Number(cause.headers?.get('retry-after-ms') ?? Number.NaN)
  const seconds = Number(cause.headers?.get('retry-after') ?? Number.NaN)
  const asked = Number.isFinite(ms) ? ms : Number.isFinite(seconds) ? seconds * 1000 : WAIT_MS
  return asked > LONGEST_WAIT_MS ? undefined : Math.max(0, asked)
}

async function ask(
  client: OpenAI,
  { model, api = 'chat' }: Endpoint,
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
