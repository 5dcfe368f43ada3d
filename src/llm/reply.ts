import { z } from 'zod'
import type { Proposal, wireReply } from '../language/proposal.ts'

const ChatReply = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z.array(z.unknown()).nullish(),
        }),
      }),
    )
    .min(1),
})
const ResponsesReply = z.object({
  status: z.string().nullish(),
  output: z.array(
    z.object({
      type: z.string(),
      content: z
        .array(z.object({ type: z.string(), text: z.string().nullish(), refusal: z.string().nullish() }))
        .nullish(),
    }),
  ),
})

/** What came back: a proposal, or why not, and the words to quote in a repair turn when there is anything to repair. */
export type ReadReply =
  | { readonly proposal: Proposal; readonly why?: undefined; readonly words?: undefined }
  | { readonly proposal?: undefined; readonly why: string; readonly words?: string }

const LONGEST_ANSWER = 60_000

/** Reads a server's answer, trusting nothing about it: wrong shape, refusal, truncation and prose are all told apart. */
export function readReply(reply: unknown, schema: ReturnType<typeof wireReply>): ReadReply {
  const answer = readWords(reply)
  if (answer.words === undefined) return { why: answer.why }
  const { words } = answer
  if (words.length > LONGEST_ANSWER) return { why: 'the answer is too long' }
  const value = readJson(words)
  if (value === undefined) return { why: 'it is not JSON', words }
  const parsed = schema.safeParse(value)
  if (parsed.success) return { proposal: { intents: parsed.data.intents } }
  return { why: z.prettifyError(parsed.error).replace(/\s+/g, ' ').slice(0, 600), words }
}

function readWords(reply: unknown): { readonly words: string } | { readonly words?: undefined; readonly why: string } {
  const chat = ChatReply.safeParse(reply)
  if (chat.success) {
    const [choice] = chat.data.choices
    if (choice?.message.refusal) return { why: 'the model refused' }
    if (choice?.finish_reason === 'length' || choice?.finish_reason === 'content_filter')
      return { why: 'the answer was cut off' }
    if (choice?.message.content) return { words: choice.message.content }
    return {
      why: choice?.message.tool_calls?.length ? 'the model called a tool that it was not given' : 'the answer is empty',
    }
  }
  const responses = ResponsesReply.safeParse(reply)
  if (!responses.success) return { why: 'the server did not answer in the expected form' }
  if (responses.data.status === 'incomplete') return { why: 'the answer was cut off' }
  const parts = responses.data.output.flatMap(({ type, content }) => (type === 'message' ? (content ?? []) : []))
  if (parts.some(({ refusal }) => refusal)) return { why: 'the model refused' }
  const words = parts.map(({ text }) => text ?? '').join('')
  return words === '' ? { why: 'the answer is empty' } : { words }
}

/**
 * JSON, also when a server that knows no JSON mode wraps it in a fence, thinks aloud before it, or says something around it. Which
 * of several it might mean is not guessed: only one object that spans from the first brace to the last is read.
 */
function readJson(words: string): unknown {
  const spoken = words.replace(/<think(?:ing)?>[\s\S]*?<\/think(?:ing)?>/g, '')
  const fenced = /```(?:json)?\s*([\s\S]*?)\s*```/.exec(spoken)?.[1]
  const braced = /\{[\s\S]*\}/.exec(spoken)?.[0]
  for (const candidate of [spoken, fenced, braced]) {
    const value = candidate === undefined ? undefined : parseJson(candidate)
    if (value !== undefined) return value
  }
  return undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
