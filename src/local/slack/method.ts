import { z } from 'zod'
import type { WorkspaceState } from './workspace-state.ts'

/** What a Web API method answers, before it becomes JSON. */
export type Reply = { readonly ok: boolean; readonly [field: string]: unknown }

/** What every method may use. `deliver` sends an event to the app. */
export type MethodContext = {
  readonly state: WorkspaceState
  readonly deliver: (event: Readonly<Record<string, unknown>>) => void
  /** The subscribed event types: `app_mention`, `message.im`, … */
  readonly subscribed: readonly string[]
  /** As the app addressed us, for URLs that lead back here. */
  readonly host: string
}
export type Method = (args: Readonly<Record<string, unknown>>, context: MethodContext) => Reply

/** A method with its arguments read through a schema; arguments we do not know are ignored, as Slack does. */
export function method<S extends z.ZodObject>(
  schema: S,
  run: (args: z.infer<S>, context: MethodContext) => Reply,
): Method {
  return (args, context) => {
    const read = schema.safeParse(args)
    if (read.success) return run(read.data, context)
    const messages = read.error.issues.map((issue) =>
      issue.code === 'invalid_type'
        ? `[ERROR] missing required field: ${issue.path.join('.')}`
        : `[ERROR] ${issue.message} [json-pointer:/${issue.path.join('/')}]`,
    )
    return no('invalid_arguments', messages)
  }
}

/** A "no" as Slack says it. Messages go where its clients look for them. */
export function no(error: string, messages: readonly string[] = []): Reply {
  return { ok: false, error, ...(messages.length > 0 ? { errors: messages, response_metadata: { messages } } : {}) }
}

/** Form bodies carry structures as JSON text; JSON bodies carry them as they are. Text that is not JSON stays text. */
export const structured = z.unknown().transform((value) => {
  if (typeof value !== 'string') return value
  try {
    const parsed: unknown = JSON.parse(value)
    return parsed
  } catch {
    return value
  }
})

export const flag = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1')])
  .default(false)

/** Page sizes: Slack's lists take up to 1000. */
export const limit = z.coerce.number().int().min(1).max(1000).default(100)
