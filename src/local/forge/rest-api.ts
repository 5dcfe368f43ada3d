import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '../../ports.ts'
import { type AppRegistration, installationTokens } from './app-installation.ts'
import { type ForgeUser, notFound, RestRefusal, type RestReply, type RestRoute } from './rest-call.ts'

export type RestApi = {
  /** `/forge/api/v3`, without a slash at the end. */
  readonly basePath: string
  readonly owner: string
  readonly repo: string
  readonly users: readonly ForgeUser[]
  readonly app: AppRegistration | undefined
  readonly log: Log | undefined
  readonly routes: readonly RestRoute[]
  /** Runs one call after the other. */
  readonly takeTurns: <T>(work: () => Promise<T>) => Promise<T>
}
const BODY_MOST_BYTES = 20_000_000
const DOCUMENTATION = 'https://docs.github.com/rest'

/** Answers requests below `basePath` as GitHub's REST API does; false for a request that is none of its business. */
export function restApi(api: RestApi): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  const tokens = installationTokens(api.app)
  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://forge.local')
    if (url.pathname !== api.basePath && !url.pathname.startsWith(`${api.basePath}/`)) return false
    send(response, await answer(api, tokens, request, url).catch((cause) => refusalReply(api, cause)))
    return true
  }
}

async function answer(
  api: RestApi,
  tokens: ReturnType<typeof installationTokens>,
  request: IncomingMessage,
  url: URL,
): Promise<RestReply> {
  const path = url.pathname.slice(api.basePath.length)
  const sent = /^(?:bearer|token) (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const body = await readJson(request)
  const minted = request.method === 'POST' ? tokens.mint(path, sent) : undefined
  if (minted) return minted

  const user = sent === undefined ? undefined : (tokens.userOf(sent) ?? api.users.find(({ token }) => token === sent))
  if (!user) throw new RestRefusal(401, sent === undefined ? 'Requires authentication' : 'Bad credentials')
  if (request.method === 'GET' && path === '/user')
    return { status: 200, body: { login: user.login, name: user.name ?? null } }

  const repository = `/repos/${api.owner}/${api.repo}`.toLowerCase()
  const inside = path.toLowerCase()
  if (inside !== repository && !inside.startsWith(`${repository}/`)) throw notFound()
  // Clients write the slashes of branches and files as %2F.
  const rest = decode(path.slice(repository.length))
  for (const route of api.routes) {
    const match = route.method === request.method ? route.path.exec(rest) : null
    if (!match) continue
    if (route.method !== 'GET' && user.may === 'read')
      throw new RestRefusal(403, 'Resource not accessible by integration')
    const params = match.slice(1).map((part) => part ?? '')
    const call = {
      user,
      params,
      query: url.searchParams,
      body,
      accept: request.headers.accept ?? '',
      api: `http://${request.headers.host ?? 'forge.local'}${api.basePath}`,
    }
    return api.takeTurns(() => route.answer(call))
  }
  throw notFound()
}

function refusalReply(api: RestApi, cause: unknown): RestReply {
  if (!(cause instanceof RestRefusal)) {
    api.log?.error({ err: cause }, 'answering a call of the local forge')
    return { status: 500, body: { message: 'Server Error', status: '500', documentation_url: DOCUMENTATION } }
  }
  const { status, message, errors } = cause
  return {
    status,
    body: { message, ...(errors && { errors }), documentation_url: DOCUMENTATION, status: String(status) },
  }
}

function send(response: ServerResponse, reply: RestReply): void {
  const type = reply.raw ? 'application/vnd.github.raw; charset=utf-8' : 'application/json; charset=utf-8'
  const content = reply.raw ?? (reply.body === undefined ? undefined : JSON.stringify(reply.body))
  response.writeHead(reply.status, {
    ...(content !== undefined && { 'content-type': type, 'content-length': Buffer.byteLength(content) }),
    'x-github-media-type': 'github.v3',
    'cache-control': 'no-store',
    ...reply.headers,
  })
  response.end(content)
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    const bytes = Buffer.from(part)
    size += bytes.length
    if (size > BODY_MOST_BYTES) throw new RestRefusal(413, 'Payload Too Large')
    parts.push(bytes)
  }
  const text = Buffer.concat(parts).toString('utf8')
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new RestRefusal(400, 'Problems parsing JSON')
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new RestRefusal(400, 'Malformed address')
  }
}
