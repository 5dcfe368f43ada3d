import type { z } from 'zod'

/** Somebody who may talk to the forge: a person, or the bot with its token. */
export type ForgeUser = {
  readonly login: string
  readonly name?: string
  /** What they send as `Authorization: Bearer …`; people who only press buttons have none. */
  readonly token?: string
  /** `read` is refused every write with 403. */
  readonly may?: 'read' | 'write'
}

/** One API call as the routes see it. */
export type RestCall = {
  readonly user: ForgeUser
  /** What the route's pattern captured. */
  readonly params: readonly string[]
  readonly query: URLSearchParams
  readonly body: unknown
  readonly accept: string
  /** `http://127.0.0.1:4000/forge/api/v3`: for the addresses in answers. */
  readonly api: string
}
export type RestReply = {
  readonly status: number
  readonly body?: unknown
  readonly raw?: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}
export type RestRoute = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Matched against the path after the repository's, percent-decoded; captures become `params`. */
  readonly path: RegExp
  readonly answer: (call: RestCall) => Promise<RestReply>
}

/** An answer that ends the call: GitHub's status and words. */
export class RestRefusal extends Error {
  readonly status: number
  readonly errors: readonly object[] | undefined

  constructor(status: number, message: string, errors?: readonly object[]) {
    super(message)
    this.status = status
    this.errors = errors
  }
}

export const notFound = () => new RestRefusal(404, 'Not Found')
export const invalid = (message: string, errors?: readonly object[]) => new RestRefusal(422, message, errors)

/** The body as the schema wants it, or 422 in GitHub's words. */
export function readBody<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  const read = schema.safeParse(body)
  if (read.success) return read.data
  const issue = read.error.issues[0]
  throw invalid(`Invalid request.\n\n${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'is not understood'}`)
}

const PAGE_DEFAULT = 30
const PAGE_MOST = 100
/** One page of a list, with GitHub's Link header when there is more. */
export function page(call: RestCall, path: string, all: readonly unknown[]): RestReply {
  const size = Math.min(PAGE_MOST, Math.max(1, Number(call.query.get('per_page') ?? PAGE_DEFAULT) || PAGE_DEFAULT))
  const at = Math.max(1, Number(call.query.get('page') ?? 1) || 1)
  const last = Math.max(1, Math.ceil(all.length / size))
  const link = (to: number, rel: string) => {
    const query = new URLSearchParams(call.query)
    query.set('page', String(to))
    return `<${call.api}${path}?${query}>; rel="${rel}"`
  }
  const links = [
    ...(at > 1 ? [link(at - 1, 'prev')] : []),
    ...(at < last ? [link(at + 1, 'next'), link(last, 'last')] : []),
  ]
  const body = all.slice((at - 1) * size, at * size)
  return { status: 200, body, ...(links.length > 0 && { headers: { link: links.join(', ') } }) }
}
