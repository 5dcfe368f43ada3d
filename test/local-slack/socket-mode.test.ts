import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { openEar, startWorkspace } from './start-workspace.ts'

/** Socket Mode as bytes on the wire, without an SDK between. */
const Envelope = z.looseObject({ type: z.string(), envelope_id: z.string().optional() })
type Envelope = z.infer<typeof Envelope>
let workspace: Awaited<ReturnType<typeof startWorkspace>>
beforeEach(async () => {
  workspace = await startWorkspace({ timing: { ackMs: 30, retryMs: [0, 0] } })
})
afterEach(() => workspace.close())

async function ticket(): Promise<string> {
  return z.string().parse((await workspace.api('apps.connections.open', {}, workspace.slack.tokens.app)).url)
}

async function connect(url: string) {
  const socket = new WebSocket(url)
  const ear = openEar<Envelope>()
  socket.on('message', (data) => ear.hear(Envelope.parse(JSON.parse(String(data)))))
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))
  const ack = (envelope: Envelope, payload?: object) =>
    socket.send(JSON.stringify({ envelope_id: envelope.envelope_id, ...(payload ? { payload } : {}) }))
  return { socket, next: ear.next, ack }
}
const say = (text: string) => workspace.local('say', { user: 'ines', channel: 'access', text })

test('a connection begins with hello, and its ticket does not work twice', async () => {
  const url = await ticket()
  const app = await connect(url)
  expect(await app.next()).toMatchObject({ type: 'hello', num_connections: 1 })
  await expect(connect(url)).rejects.toThrow('403')
  await expect(connect(url.replace(/ticket=.*/, 'ticket=guess'))).rejects.toThrow('403')
})

test('an event that nobody acknowledges is delivered three times with these settings, then dropped', async () => {
  const app = await connect(await ticket())
  await app.next()
  await say('hello?')
  const seen = [await app.next(), await app.next(), await app.next()]
  expect(seen.map((one) => [one.type, one.retry_attempt, one.retry_reason])).toEqual([
    ['events_api', 0, ''],
    ['events_api', 1, 'timeout'],
    ['events_api', 2, 'timeout'],
  ])
  expect(new Set(seen.map((one) => one.envelope_id)).size).toBe(3)
  await expect.poll(() => workspace.slack.snapshot().undelivered).toEqual([])
})

test('an acknowledged event is not kept', async () => {
  const app = await connect(await ticket())
  await app.next()
  await say('hello')
  app.ack(await app.next())
  await expect.poll(() => workspace.slack.snapshot().undelivered).toEqual([])
})

test('what a lost connection did not acknowledge goes to the next one', async () => {
  const first = await connect(await ticket())
  await first.next()
  await say('hello')
  await first.next()
  first.socket.terminate()
  const second = await connect(await ticket())
  expect((await second.next()).type).toBe('hello')
  const again = await second.next()
  expect(again).toMatchObject({ type: 'events_api', retry_attempt: 1, payload: { event: { text: 'hello' } } })
  second.ack(again)
})

test('two apps take turns', async () => {
  const apps = [await connect(await ticket()), await connect(await ticket())]
  for (const app of apps) await app.next()
  await say('one')
  await say('two')
  const heard = await Promise.all(
    apps.map(async (app) => {
      const envelope = await app.next()
      app.ack(envelope)
      return z.object({ payload: z.object({ event: z.object({ text: z.string() }) }) }).parse(envelope).payload.event
        .text
    }),
  )
  expect(heard.toSorted()).toEqual(['one', 'two'])
})

test('before it cuts a connection, the workspace says so', async () => {
  const app = await connect(await ticket())
  await app.next()
  workspace.slack.refresh()
  expect(await app.next()).toMatchObject({ type: 'disconnect', reason: 'refresh_requested' })
})

test('a response URL works five times within half an hour, and can replace or delete what was pressed', async () => {
  const app = await connect(await ticket())
  await app.next()
  const element = { type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go' } }
  const blocks = [{ type: 'actions', elements: [element] }]
  const { ts } = await workspace.api('chat.postMessage', { channel: 'C0ACCESS', text: 'card', blocks })
  app.ack(await app.next())
  const press = async (): Promise<string> => {
    const pressed = workspace.local('click', { user: 'tom', channel: 'access', ts, action_id: 'go' })
    const envelope = await app.next()
    app.ack(envelope)
    expect(await pressed).toMatchObject({ ok: true })
    const { payload } = z.object({ payload: z.object({ response_url: z.string() }) }).parse(envelope)
    return payload.response_url.replace(workspace.url, '')
  }
  const texts = async () => {
    const access = (await workspace.state()).channels.find((one) => one.name === 'access')
    return access?.messages.map((one) => [one.text, one.ephemeral_for])
  }
  const url = await press()
  expect(await workspace.post(url, { text: 'new', replace_original: true, blocks })).toMatchObject({ status: 200 })
  expect(await texts()).toEqual([['new', undefined]])
  for (const text of ['2', '3', '4']) await workspace.post(url, { text })
  expect(await texts()).toContainEqual(['4', 'U0TOM'])
  expect(await workspace.post(url, { text: 'x'.repeat(40_001) })).toMatchObject({ status: 404, error: 'msg_too_long' })
  expect(await workspace.post(url, { text: '6' })).toMatchObject({ status: 404, error: 'used_url' })
  const late = await press()
  expect(await workspace.post(late, { delete_original: true })).toMatchObject({ status: 200 })
  expect((await texts())?.map(([text]) => text)).toEqual(['2', '3', '4'])
  workspace.clock.now = new Date(workspace.clock.now.getTime() + 30 * 60_000 + 1)
  expect(await workspace.post(late, { text: 'too late' })).toMatchObject({ error: 'expired_url' })
})
