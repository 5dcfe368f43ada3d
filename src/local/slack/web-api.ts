import type { IncomingMessage, ServerResponse } from 'node:http'
import { chatMethods } from './chat-methods.ts'
import { directoryMethods } from './directory-methods.ts'
import { readArguments, readBody, sendJson } from './http.ts'
import { type MethodContext, no, type Reply } from './method.ts'
import type { SocketMode } from './socket-mode.ts'
import { viewMethods } from './view-methods.ts'

export type Tokens = { readonly bot: string; readonly app: string }
const METHODS = new Map([
  ...Object.entries(chatMethods),
  ...Object.entries(directoryMethods),
  ...Object.entries(viewMethods),
])

/** Serves `POST /api/<method>`: reads form or JSON, checks the token, answers 200 with `ok` as Slack does. */
export async function serveWebApi(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  parts: {
    readonly tokens: Tokens
    readonly socket: SocketMode
    readonly context: MethodContext
    readonly kept: () => Promise<void>
  },
): Promise<void> {
  const body = await readBody(request)
  if (body === undefined) return sendJson(response, 413, no('request_too_large'))
  const args = readArguments(body, request.headers['content-type'] ?? '')
  if (args === undefined) return sendJson(response, 200, no('invalid_json'))
  const header = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
  const token = header ?? (typeof args.token === 'string' ? args.token : undefined)
  const reply = callMethod(name, token, args, parts)
  await parts.kept()
  sendJson(response, 200, reply)
}

function callMethod(
  name: string,
  token: string | undefined,
  args: Readonly<Record<string, unknown>>,
  { tokens, socket, context }: Parameters<typeof serveWebApi>[3],
): Reply {
  if (token === undefined) return no('not_authed')
  if (token !== tokens.bot && token !== tokens.app) return no('invalid_auth')
  const wanted = name === 'apps.connections.open' ? tokens.app : tokens.bot
  if (token !== wanted) return no('not_allowed_token_type')
  if (name === 'apps.connections.open') return { ok: true, url: socket.ticketUrl(context.host) }
  const method = METHODS.get(name)
  return method ? method(args, context) : no('unknown_method')
}
