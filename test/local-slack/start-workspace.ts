import { createServer } from 'node:http'
import { App, LogLevel } from '@slack/bolt'
import { z } from 'zod'
import { type LocalSlackOptions, openLocalSlack } from '../../src/local/slack/workspace.ts'

/** A workspace of four people on a port of its own, and the calls scripts make to it. */
export async function startWorkspace(options: Partial<LocalSlackOptions> = {}) {
  const happened: unknown[] = []
  const clock = { now: new Date('2026-11-23T10:00:00Z') }
  const slack = openLocalSlack({
    people: [
      { id: 'ines', name: 'Inês Duarte', slack: 'U0INES', email: 'ines@corp.example' },
      { id: 'tom', name: 'Tom Weiß', slack: 'U0TOM' },
      { id: 'kofi', name: 'Kofi Mensah', slack: 'U0KOFI' },
      { id: 'outsider', name: 'Olga Out' },
    ],
    groups: [{ id: 'ops', name: 'Operations', slack: 'S0OPS', members: ['tom', 'kofi'] }],
    channels: [
      { id: 'C0GENERAL', name: 'general', bot: false },
      { id: 'C0ACCESS', name: 'access', members: ['ines', 'tom', 'kofi'] },
    ],
    now: () => clock.now,
    outside: {
      onMerge: async (body) => ({ ok: happened.push(['merge', body]) > 0 }),
      onDevice: async (body) => ({ ok: happened.push(['device', body]) > 0 }),
      onClock: async (body) => ({ ok: happened.push(['clock', body]) > 0 }),
      extraState: async () => ({ pullRequests: [], devices: [] }),
    },
    ...options,
  })
  const server = createServer((request, response) => {
    slack.handle(request, response).then(
      (served) => served || response.writeHead(404).end(),
      (cause: unknown) => response.writeHead(500).end(String(cause)),
    )
  })
  server.on('upgrade', (request, socket, head) => slack.upgrade(request, socket, head) || socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${z.object({ port: z.number() }).parse(server.address()).port}`

  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    return { status: response.status, ...AnyReply.parse(await response.json()) }
  }
  return {
    slack,
    url,
    clock,
    happened,
    local: (what: string, body: unknown) => post(`/local/${what}`, body),
    api: (method: string, body: unknown, token = slack.tokens.bot) =>
      post(`/api/${method}`, body, { authorization: `Bearer ${token}` }),
    state: async () => State.parse(await (await fetch(`${url}/local/state`)).json()),
    post,
    /** A Bolt app as production makes it: only the address differs. */
    bolt: () =>
      new App({
        token: slack.tokens.bot,
        appToken: slack.tokens.app,
        socketMode: true,
        logLevel: LogLevel.ERROR,
        clientOptions: { slackApiUrl: `${url}/api/`, retryConfig: { retries: 0 } },
      }),
    async close() {
      await slack.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const AnyReply = z.looseObject({
  ok: z.boolean(),
  error: z.string().optional(),
  errors: z.union([z.array(z.string()), z.record(z.string(), z.string())]).optional(),
  ts: z.string().default(''),
  message_ts: z.string().default(''),
  url: z.string().optional(),
})
const Seen = z.looseObject({
  ts: z.string(),
  user: z.string(),
  text: z.string(),
  blocks: z.array(z.looseObject({ type: z.string() })),
  ephemeral_for: z.string().optional(),
  thread_ts: z.string().optional(),
})
const State = z.looseObject({
  users: z.array(z.looseObject({ id: z.string(), name: z.string() })),
  channels: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      messages: z.array(Seen.extend({ replies: z.array(Seen) })),
    }),
  ),
  views: z.array(
    z.looseObject({
      id: z.string(),
      type: z.string(),
      user: z.string(),
      errors: z.record(z.string(), z.string()).optional(),
    }),
  ),
})

/** Collects what an app hears; `next` waits for the one after those already taken. */
export function openEar<T>() {
  const heard: T[] = []
  const waiting: ((value: T) => void)[] = []
  return {
    hear(value: T) {
      const first = waiting.shift()
      if (first) first(value)
      else heard.push(value)
    },
    next: () =>
      new Promise<T>((resolve) => {
        const [first] = heard
        if (heard.length > 0 && first !== undefined) {
          heard.shift()
          resolve(first)
        } else waiting.push(resolve)
      }),
    rest: () => heard.splice(0),
  }
}
