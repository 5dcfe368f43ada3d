import { createServer } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { openChat } from '../../src/slack/slack-chat.ts'

type Answer =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body: unknown }
  | 'hang up'
type Call = { readonly method: string; readonly args: URLSearchParams }

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

/** A Slack that answers what the script says, and the chat that talks to it. */
async function scripted(answer: (call: Call, nth: number) => Answer) {
  const calls: Call[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += String(chunk)
    })
    request.on('end', () => {
      const call = { method: (request.url ?? '').replace('/api/', ''), args: new URLSearchParams(body) }
      calls.push(call)
      const said = answer(call, calls.filter((it) => it.method === call.method).length)
      if (said === 'hang up') return void request.socket.destroy()
      response.writeHead(said.status ?? 200, { 'content-type': 'application/json', ...said.headers })
      response.end(JSON.stringify(said.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({ close: () => new Promise((resolve) => server.close(() => resolve())) })
  const { port } = z.object({ port: z.number() }).parse(server.address())
  const silent = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {}, getLevel: () => LEVEL }
  const spoken: string[] = []
  const chat = openChat({
    token: 'xoxb-1',
    options: { slackApiUrl: `http://127.0.0.1:${port}/api/`, logger: silent },
    now: () => new Date(1_795_424_400_000),
    spoke: (channel, thread) => void spoken.push(`${channel}:${thread}`),
  })
  return { chat, spoken, methods: () => calls.map((it) => it.method), calls }
}
const { webApi } = await import('@slack/bolt')
const LEVEL = webApi.LogLevel.ERROR

const place = { channel: 'C0ACCESS', thread: '1.1' }
const note = { kind: 'note', text: 'hello' } as const
const posted = { body: { ok: true, ts: '1.2', channel: 'C0ACCESS' } }

test('a message goes out once, with its text, its blocks and no previews', async () => {
  const { chat, calls, spoken } = await scripted(() => posted)
  expect(await chat.say(place, note)).toBe('1.2')
  expect(Object.fromEntries(calls[0]?.args ?? [])).toMatchObject({
    channel: 'C0ACCESS',
    thread_ts: '1.1',
    text: 'hello',
    unfurl_links: 'false',
    unfurl_media: 'false',
  })
  expect(calls).toHaveLength(1)
  expect(spoken).toEqual(['C0ACCESS:1.1'])
})

test('when the answer is lost but the message arrived, it is found and not sent again', async () => {
  let key: unknown
  const { chat, methods } = await scripted((call) => {
    if (call.method === 'chat.postMessage') {
      key = z
        .object({ event_payload: z.object({ key: z.string() }) })
        .parse(JSON.parse(call.args.get('metadata') ?? '')).event_payload.key
      return 'hang up'
    }
    const others = { ts: '1.8', metadata: { event_type: 'x', event_payload: { key: 'another' } } }
    return {
      body: {
        ok: true,
        messages: [others, { ts: '1.9', metadata: { event_type: 'sallyport_message', event_payload: { key } } }],
      },
    }
  })
  expect(await chat.say(place, note)).toBe('1.9')
  expect(methods()).toEqual(['chat.postMessage', 'conversations.replies'])
})

test('when it is not there, it is sent again under the same key', async () => {
  const { chat, methods, calls } = await scripted((call, nth) => {
    if (call.method !== 'chat.postMessage') return { body: { ok: true, messages: [] } }
    return nth === 1 ? { status: 503, body: 'busy' } : posted
  })
  expect(await chat.say({ channel: 'C0ACCESS' }, note)).toBe('1.2')
  expect(methods()).toEqual(['chat.postMessage', 'conversations.history', 'chat.postMessage'])
  expect(calls[2]?.args.get('metadata')).toBe(calls[0]?.args.get('metadata'))
})

test('when nobody can tell whether it arrived, it is a fault rather than perhaps two messages', async () => {
  const { chat, methods } = await scripted((call) =>
    call.method === 'chat.postMessage' ? 'hang up' : { body: { ok: false, error: 'missing_scope' } },
  )
  await expect(chat.say(place, note)).rejects.toMatchObject({ name: 'Fault' })
  expect(methods()).toEqual(['chat.postMessage', 'conversations.replies'])
})

test('a rate limit is waited for when it is short, and a fault when it is long', async () => {
  const limited = (seconds: string): Answer => ({ status: 429, headers: { 'retry-after': seconds }, body: {} })
  const short = await scripted((_call, nth) => (nth === 1 ? limited('0') : posted))
  expect(await short.chat.say(place, note)).toBe('1.2')
  expect(short.methods()).toEqual(['chat.postMessage', 'chat.postMessage'])
  const long = await scripted(() => limited('600'))
  await expect(long.chat.say(place, note)).rejects.toMatchObject({ code: 'SLACK_BUSY' })
})

test('a refusal is not tried again, and says what somebody can do', async () => {
  const { chat, methods } = await scripted(() => ({ body: { ok: false, error: 'not_in_channel' } }))
  await expect(chat.say(place, note)).rejects.toMatchObject({
    code: 'SLACK_REFUSED',
    says: expect.stringContaining('Invite me'),
  })
  expect(methods()).toEqual(['chat.postMessage'])
})

test('a whisper reaches whoever is not in the channel in a direct message', async () => {
  const { chat, methods, calls } = await scripted((call) => {
    if (call.method === 'chat.postEphemeral') return { body: { ok: false, error: 'user_not_in_channel' } }
    if (call.method === 'conversations.open') return { body: { ok: true, channel: { id: 'D0BOB' } } }
    return posted
  })
  await chat.whisper(place, 'U0BOB', 'You may not <!channel>')
  expect(methods()).toEqual(['chat.postEphemeral', 'conversations.open', 'chat.postMessage'])
  expect(calls[2]?.args.get('channel')).toBe('D0BOB')
  expect(calls[2]?.args.get('text')).toBe('You may not &lt;!channel&gt;')
})

test('a person stands for the direct message with them, opened once', async () => {
  const { chat, methods } = await scripted((call) =>
    call.method === 'conversations.open' ? { body: { ok: true, channel: { id: 'D0BOB' } } } : posted,
  )
  await chat.say({ channel: 'U0BOB' }, note)
  await chat.update({ channel: 'U0BOB' }, '1.2', note)
  expect(methods()).toEqual(['conversations.open', 'chat.postMessage', 'chat.update'])
})
