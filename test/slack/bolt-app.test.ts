import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { Fault } from '../../src/evidence/fault.ts'
import type { InboxEntry, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/open-store.ts'
import { CARD, connect, REQUEST, said } from './connect.ts'

let store: Store
beforeAll(async () => {
  store = await openStore({ memory: true })
}, 60_000)
afterAll(() => store.close())

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})
const start = async (...[about, from = store]: [about?: Parameters<typeof connect>[1], from?: Store]) => {
  const connected = await connect(from, about)
  open.push(connected)
  return connected
}
type Connected = Awaited<ReturnType<typeof connect>>

const heard = async ({ ear }: Connected) => {
  const happened = await ear.next()
  if (happened.kind !== 'heard') throw new Error(`expected a message, got ${happened.kind}`)
  return happened.message
}

describe('what is heard', () => {
  test('a mention is heard once, though Slack delivers it twice', async () => {
    const slack = await start()
    const { ts } = await slack.local('say', { user: 'ines', channel: 'access', text: '<@U0BOT> give data grafana' })
    expect(await heard(slack)).toEqual({
      id: `C0ACCESS:${ts}`,
      slackUser: 'U0INES',
      place: { channel: 'C0ACCESS', thread: ts },
      text: '<@U0BOT> give data grafana',
      direct: false,
      mentioned: true,
    })
    await slack.local('say', { user: 'ines', channel: 'dm', text: 'status' })
    expect(await heard(slack)).toMatchObject({ slackUser: 'U0INES', text: 'status', direct: true, mentioned: false })
    expect(slack.ear.rest()).toEqual([])
  })

  test('in an access channel everybody is heard; elsewhere only who mentions the bot or answers in its threads', async () => {
    const channels = [
      { id: 'C0ACCESS', name: 'access' },
      { id: 'C0LUNCH', name: 'lunch' },
    ]
    const slack = await start({
      workspace: { channels },
      act: async ({ kind, ...it }, chat) => {
        if (kind === 'heard' && 'message' in it && it.message.mentioned)
          await chat.say(it.message.place, { kind: 'note', text: 'Until when?' })
      },
    })
    await slack.local('say', { user: 'ines', channel: 'access', text: 'give data grafana' })
    expect(await heard(slack)).toMatchObject({ text: 'give data grafana', mentioned: false })

    const { ts: pizza } = await slack.local('say', { user: 'tom', channel: 'lunch', text: 'pizza?' })
    await slack.local('say', { user: 'kofi', channel: 'lunch', text: 'yes', thread_ts: pizza })
    const { ts } = await slack.local('say', { user: 'ines', channel: 'lunch', text: '<@U0BOT> give data grafana' })
    expect(await heard(slack)).toMatchObject({ text: '<@U0BOT> give data grafana' })
    await vi.waitFor(async () => expect(said((await slack.messages('lunch')).at(-1))).toContain('Until when?'))
    await slack.local('say', { user: 'ines', channel: 'lunch', text: 'until Friday', thread_ts: ts })
    expect(await heard(slack)).toMatchObject({ text: 'until Friday', place: { channel: 'C0LUNCH', thread: ts } })
    expect(slack.ear.rest()).toEqual([])
  })

  test('a thread the bot spoke in is known after a restart', async () => {
    const slack = await start({ workspace: { channels: [{ id: 'C0LUNCH', name: 'lunch' }] } })
    const { ts } = await slack.local('say', { user: 'ines', channel: 'lunch', text: 'hello?' })
    await slack.api('chat.postMessage', { channel: 'C0LUNCH', thread_ts: ts, text: 'said by a former process' })
    await slack.local('say', { user: 'ines', channel: 'lunch', text: 'and until Friday', thread_ts: ts })
    expect(await heard(slack)).toMatchObject({ text: 'and until Friday' })
  })

  test('a command gets a thread that quotes it and calls nobody', async () => {
    const slack = await start()
    await slack.local('command', {
      user: 'ines',
      channel: 'access',
      command: '/access',
      text: 'give data grafana <!channel>',
    })
    const message = await heard(slack)
    const [root] = await slack.messages('access')
    expect(message).toMatchObject({
      slackUser: 'U0INES',
      text: 'give data grafana <!channel>',
      command: true,
      direct: false,
      place: { channel: 'C0ACCESS', thread: root?.ts },
    })
    expect(said(root)).toContain('<@U0INES> asked:\\n> give data grafana @channel')
  })

  test('a command where the bot is not goes on in a direct message', async () => {
    const slack = await start()
    await slack.local('command', { user: 'ines', channel: 'general', command: '/access', text: 'status' })
    const { place, direct } = await heard(slack)
    expect(direct).toBe(true)
    expect((await slack.direct('U0INES')).map((it) => it.ts)).toEqual([place.thread])
  })

  test('a bare command is answered with help that only its author sees', async () => {
    const slack = await start()
    await slack.local('command', { user: 'ines', channel: 'access', command: '/access', text: ' help ' })
    const [help] = await slack.messages('access')
    expect(help).toMatchObject({ ephemeral_for: 'U0INES' })
    expect(said(help)).toContain('Ask for access')
    expect(slack.ear.rest()).toEqual([])
  })
})

describe('what is clicked', () => {
  const place = { channel: 'C0ACCESS' }

  test('approve and cancel carry the request, the proof that was on the card, and who clicked', async () => {
    const slack = await start()
    const timestamp = await slack.chat.say(place, { kind: 'card', card: CARD })
    for (const action of ['approve', 'cancel'] as const) {
      expect(
        await slack.local('click', { user: 'tom', channel: 'access', ts: timestamp, action_id: action }),
      ).toMatchObject({ ok: true })
      expect(await slack.ear.next()).toEqual({
        kind: 'clicked',
        click: {
          id: expect.stringMatching(/^trigger:/),
          action,
          target: REQUEST.id,
          ...(action === 'approve' && { value: REQUEST.digest }),
          slackUser: 'U0TOM',
          place: { channel: 'C0ACCESS', thread: timestamp },
          timestamp,
        },
      })
    }
  })

  test('deny asks why first, and takes no blank for an answer', async () => {
    const slack = await start()
    const root = await slack.chat.say(place, { kind: 'note', text: 'asked' })
    const ts = await slack.chat.say({ ...place, thread: root }, { kind: 'card', card: CARD })
    await slack.local('click', { user: 'tom', channel: 'access', ts, action_id: 'deny' })
    const modal = await vi.waitFor(async () => {
      const view = (await slack.state()).views.find((it) => it.type === 'modal')
      expect(view).toBeDefined()
      return view
    })
    await slack.local('submit', { user: 'tom', view_id: modal?.id, values: { reason: '   ' } })
    expect((await slack.state()).views[0]?.errors).toEqual({ reason: 'Please say why, in a few words.' })
    await slack.local('submit', { user: 'tom', view_id: modal?.id, values: { reason: ' too wide ' } })
    expect(await slack.ear.next()).toEqual({
      kind: 'denied',
      denial: { request: REQUEST.id, slackUser: 'U0TOM', reason: 'too wide' },
    })
    expect((await slack.state()).views).toEqual([])
    expect(slack.ear.rest()).toEqual([])
  })

  test('an answer carries its question and the option picked, from buttons, a menu and a calendar', async () => {
    const slack = await start()
    for (const count of [3, 9]) {
      const options = Array.from({ length: count }, (_, n) => ({ value: `service:${n}`, label: `Service ${n}` }))
      const questions = [{ part: 'service', question: 'Which one?', options, day: true }]
      const clarification = { id: `q-${count}`, questions }
      const ts = await slack.chat.say(place, { kind: 'clarify', clarification })
      const action_id = count === 3 ? 'answer:2' : 'answer:menu'
      await slack.local('click', { user: 'ines', channel: 'access', ts, action_id, value: 'service:2' })
      expect(await slack.ear.next()).toMatchObject({
        kind: 'clicked',
        click: {
          action: 'answer',
          target: `q-${count}`,
          part: 'service',
          value: 'service:2',
          slackUser: 'U0INES',
          timestamp: ts,
        },
      })
      await slack.local('click', {
        user: 'ines',
        channel: 'access',
        ts,
        action_id: 'answer:day',
        value: '2026-11-27',
      })
      expect(await slack.ear.next()).toMatchObject({ click: { action: 'answer', value: '2026-11-27' } })
    }
  })

  test('a card that is updated loses its buttons in place', async () => {
    const slack = await start()
    const ts = await slack.chat.say(place, { kind: 'card', card: CARD })
    await slack.chat.update(place, ts, {
      kind: 'card',
      card: { ...CARD, request: { ...REQUEST, state: 'denied' }, status: 'Denied by Tom' },
    })
    const [card, ...others] = await slack.messages('access')
    expect(others).toEqual([])
    expect(said(card)).toContain('Denied by Tom')
    expect(said(card)).not.toContain('"type":"button"')
  })

  test('the home tab is published when it is opened, and its buttons work without a channel', async () => {
    const entry = {
      request: REQUEST.id,
      line: 'data → grafana',
      detail: 'asked by Inês',
      approvable: true,
      digest: 'd9',
    }
    const slack = await start({
      act: async (it, chat) => {
        if (it.kind === 'home') await chat.publishHome(it.slackUser, { awaitingMe: [entry], mine: [] })
        if (it.kind === 'clicked')
          await chat.whisper(it.click.place, it.click.slackUser, 'You asked for this yourself.')
      },
    })
    await slack.local('home', { user: 'tom' })
    expect(await slack.ear.next()).toEqual({ kind: 'home', slackUser: 'U0TOM' })
    const home = await vi.waitFor(async () => {
      const view = (await slack.state()).views.find((it) => it.type === 'home')
      expect(view).toBeDefined()
      return view
    })
    await slack.local('click', { user: 'tom', view_id: home?.id, action_id: 'approve' })
    expect(await slack.ear.next()).toMatchObject({
      kind: 'clicked',
      click: { target: REQUEST.id, value: 'd9', slackUser: 'U0TOM' },
    })
    await vi.waitFor(async () =>
      expect(said((await slack.direct('U0TOM')).at(-1))).toContain('You asked for this yourself.'),
    )
  })
})

describe('what goes wrong', () => {
  const whispered = (slack: Connected, user: string) =>
    vi.waitFor(async () => {
      const whisper = (await slack.messages('access')).find((it) => it.ephemeral_for === user)
      expect(whisper).toBeDefined()
      return said(whisper)
    })

  test('a fault is told in its own words, anything else only by a reference, and both are logged under it', async () => {
    const throws = [
      new Fault('GITHUB_DOWN', 'GitHub does not answer.', new Error('ECONNREFUSED secret-token')),
      new TypeError('x of undefined, secret-token'),
    ]
    for (const error of throws) {
      const slack = await start({ act: () => Promise.reject(error) })
      await slack.local('say', { user: 'ines', channel: 'access', text: 'give data grafana' })
      const text = await whispered(slack, 'U0INES')
      expect(text).toContain(error instanceof Fault ? 'GitHub does not answer.' : 'Something broke on my side')
      expect(text).not.toMatch(/secret-token|undefined|ECONN/)
      const reference = /reference ([0-9a-f]{8})/.exec(text)?.[1]
      expect(slack.logged).toContainEqual({
        fields: expect.objectContaining({ err: error, reference }),
        message: 'handling failed',
      })
      await vi.waitFor(async () => expect(await store.unfinished()).toEqual([]))
    }
  })

  test('what a killed process left is taken up at the start, and given up after three times', async () => {
    const left = (id: string, attempts: number): InboxEntry => ({
      id,
      kind: 'heard',
      attempts,
      payload: JSON.stringify({
        kind: 'heard',
        slackUser: 'U0INES',
        channel: 'C0ACCESS',
        thread: '1.2',
        reply: false,
        text: id,
        direct: false,
        mentioned: true,
      }),
    })
    const finished: string[] = []
    const restarted: Store = {
      ...store,
      unfinished: async () => [left('C0ACCESS:1.2', 1), left('C0ACCESS:1.3', 4)],
      finish: async (id) => void finished.push(id),
    }
    const slack = await start({}, restarted)
    expect(await heard(slack)).toMatchObject({ id: 'C0ACCESS:1.2', text: 'C0ACCESS:1.2' })
    await vi.waitFor(() => expect(finished.toSorted()).toEqual(['C0ACCESS:1.2', 'C0ACCESS:1.3']))
    expect(slack.ear.rest()).toEqual([])
    expect(slack.logged).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ entry: 'C0ACCESS:1.3' }) }),
    )
  })

  test('a command taken up again finds the thread it had already opened', async () => {
    const entry: InboxEntry = {
      id: 'trigger:1',
      kind: 'command',
      attempts: 0,
      payload: JSON.stringify({ kind: 'command', slackUser: 'U0INES', channel: 'C0ACCESS', text: 'give data grafana' }),
    }
    const twice: Store = { ...store, unfinished: async () => [], finish: async () => {} }
    const first = { ...twice, unfinished: async () => [entry] }
    const slack = await start({}, first)
    const { place } = await heard(slack)
    // The same workspace, another process.
    const { openSlack } = await import('../../src/slack/bolt-app.ts')
    const again = await openSlack(
      { botToken: slack.slack.tokens.bot, appToken: slack.slack.tokens.app, slackApiUrl: `${slack.slackUrl}/api/` },
      {
        store: { ...twice, unfinished: async () => [{ ...entry, attempts: 1 }] },
        conversation: () => ({
          heard: async (message) => slack.ear.hear({ kind: 'heard', message }),
          clicked: async () => {},
          denied: async () => {},
          homeOpened: async () => {},
          editing: async () => ({ says: 'no' }),
          checkEdit: async () => ({}),
          edited: async () => {},
        }),
        log: { info() {}, warn() {}, error() {} },
        now: () => slack.now,
      },
    )
    open.unshift(again)
    expect((await heard(slack)).place).toEqual(place)
    expect(await slack.messages('access')).toHaveLength(1)
  })

  test('what cannot be kept is not acknowledged, so Slack delivers it again; a click is apologised for', async () => {
    let broken = true
    const shaky: Store = {
      ...store,
      receive: (entry) =>
        broken ? Promise.reject(new Fault('STORE', 'My database does not answer.')) : store.receive(entry),
    }
    const slack = await start({ workspace: { timing: { ackMs: 150, retryMs: [50, 50, 50] } } }, shaky)
    const ts = await slack.chat.say({ channel: 'C0ACCESS' }, { kind: 'card', card: CARD })
    await slack.local('click', { user: 'tom', channel: 'access', ts, action_id: 'approve' })
    expect(await whispered(slack, 'U0TOM')).toContain('My database does not answer.')
    await slack.local('say', { user: 'ines', channel: 'dm', text: 'status' })
    await vi.waitFor(() =>
      expect(slack.logged.some((it) => 'kind' in it.fields && it.fields.kind === 'heard')).toBe(true),
    )
    broken = false
    expect(await heard(slack)).toMatchObject({ text: 'status' })
    expect(slack.ear.rest()).toEqual([])
  })

  test('a token that Slack does not know is a fault', async () => {
    await expect(start({ config: { botToken: 'xoxb-wrong' } })).rejects.toMatchObject({
      code: 'SLACK_REFUSED',
      says: expect.stringContaining('token'),
    })
  })
})

describe('over HTTP', () => {
  test('signed requests are heard, others are turned away', async () => {
    const port = await freePort()
    const slack = await start({ http: { signingSecret: SECRET, port } })
    const event = {
      type: 'event_callback',
      team_id: 'T0LOCAL',
      event_id: 'Ev1',
      event: { type: 'message', channel_type: 'im', channel: 'D0INES', user: 'U0INES', text: 'status', ts: '1.5' },
    }
    expect((await send(port, event, 'wrong')).status).toBe(401)
    expect((await send(port, event)).status).toBe(200)
    expect(await heard(slack)).toMatchObject({ id: 'D0INES:1.5', text: 'status', direct: true })
    expect((await send(port, event)).status).toBe(200)
    expect(slack.ear.rest()).toEqual([])
  })
})

const SECRET = 'a signing secret of no importance'

function send(port: number, body: unknown, secret = SECRET): Promise<Response> {
  const text = JSON.stringify(body)
  const time = String(Math.floor(Date.now() / 1000))
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${time}:${text}`).digest('hex')}`
  return fetch(`http://127.0.0.1:${port}/slack/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-slack-request-timestamp': time, 'x-slack-signature': signature },
    body: text,
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = z.object({ port: z.number() }).parse(server.address())
  await new Promise((resolve) => server.close(resolve))
  return port
}
