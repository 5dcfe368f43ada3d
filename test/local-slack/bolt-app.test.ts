import type { App } from '@slack/bolt'
import { afterEach, describe, expect, test } from 'vitest'
import { openEar, startWorkspace } from './start-workspace.ts'

type Workspace = Awaited<ReturnType<typeof startWorkspace>>
const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function start(options: Parameters<typeof startWorkspace>[0] = {}): Promise<{ workspace: Workspace; app: App }> {
  const workspace = await startWorkspace(options)
  open.push(() => workspace.close())
  const app = workspace.bolt()
  return { workspace, app }
}

async function run(app: App): Promise<void> {
  await app.start()
  open.push(() => app.stop())
}

const button = (action_id: string, value: string) => ({
  type: 'button' as const,
  action_id,
  value,
  text: { type: 'plain_text' as const, text: action_id },
})
const denyModal = {
  type: 'modal' as const,
  callback_id: 'deny',
  private_metadata: 'ar-1',
  title: { type: 'plain_text' as const, text: 'Deny' },
  submit: { type: 'plain_text' as const, text: 'Deny' },
  blocks: [
    {
      type: 'input' as const,
      block_id: 'why',
      label: { type: 'plain_text' as const, text: 'Why?' },
      element: { type: 'plain_text_input' as const, action_id: 'reason', max_length: 200 },
    },
  ],
}

describe('what the app hears', () => {
  test('a mention arrives as app_mention and as the message it is, with the same timestamp', async () => {
    const { workspace, app } = await start()
    const ear = openEar<[string, string, string]>()
    app.event('app_mention', async ({ event }) => ear.hear(['mention', event.text, event.ts]))
    app.message(async ({ message }) => ear.hear(['message', 'text' in message ? (message.text ?? '') : '', message.ts]))
    await run(app)
    const said = await workspace.local('say', {
      user: 'ines',
      channel: '#access',
      text: '@sallyport who may see <b> & co?',
    })
    expect([await ear.next(), await ear.next()].sort()).toEqual([
      ['mention', '<@U0BOT> who may see &lt;b&gt; &amp; co?', said.ts],
      ['message', '<@U0BOT> who may see &lt;b&gt; &amp; co?', said.ts],
    ])
  })

  test('a plain message in a channel of the bot is heard, one elsewhere is not', async () => {
    const { workspace, app } = await start()
    const ear = openEar<string>()
    app.message(async ({ message }) => ear.hear('text' in message ? (message.text ?? '') : ''))
    await run(app)
    await workspace.local('say', { user: 'tom', channel: 'general', text: 'not for you' })
    await workspace.local('say', { user: 'tom', channel: 'C0ACCESS', text: 'for you' })
    await workspace.local('say', { user: 'U0TOM', channel: 'dm', text: 'between us' })
    expect([await ear.next(), await ear.next(), ear.rest()]).toEqual(['for you', 'between us', []])
  })

  test('a bot that is mentioned where it is not a member hears nothing, and the person is told', async () => {
    const { workspace, app } = await start()
    await run(app)
    await workspace.local('say', { user: 'tom', channel: 'general', text: '<@U0BOT> hello' })
    const general = (await workspace.state()).channels.find((channel) => channel.name === 'general')
    expect(general?.messages.at(-1)).toMatchObject({ user: 'USLACKBOT', ephemeral_for: 'U0TOM' })
  })

  test('replies in a thread carry its timestamp, and a reply to a reply lands in the same thread', async () => {
    const { workspace, app } = await start()
    const ear = openEar<string | undefined>()
    app.message(async ({ message }) => ear.hear('thread_ts' in message ? message.thread_ts : 'top'))
    await run(app)
    const top = await workspace.local('say', { user: 'tom', channel: 'access', text: 'one' })
    const reply = await workspace.local('say', { user: 'tom', channel: 'access', text: 'two', thread_ts: top.ts })
    await workspace.local('say', { user: 'kofi', channel: 'access', text: 'three', thread_ts: reply.ts })
    expect([await ear.next(), await ear.next(), await ear.next()]).toEqual(['top', top.ts, top.ts])
    const access = (await workspace.state()).channels.find((channel) => channel.name === 'access')
    expect(access?.messages.map((one) => [one.text, one.replies.map((two) => two.text)])).toEqual([
      ['one', ['two', 'three']],
    ])
  })

  test('an event that is not acknowledged comes again with retry_attempt', async () => {
    const { workspace, app } = await start({ timing: { ackMs: 20, retryMs: [0] } })
    const ear = openEar<unknown>()
    const processEvent = app.processEvent.bind(app)
    app.processEvent = async (event) => {
      ear.hear([event.retryNum, event.retryReason, event.body.event_id])
      // A process that died before it acknowledged.
      if (event.retryNum === 0) return
      await processEvent(event)
    }
    await run(app)
    await workspace.local('say', { user: 'tom', channel: 'access', text: 'hello?' })
    const first = await ear.next()
    const id = Array.isArray(first) ? first[2] : undefined
    expect(first).toEqual([0, '', expect.stringMatching(/^Ev/)])
    expect(await ear.next()).toEqual([1, 'timeout', id])
  })

  test('what was said while no app was connected is heard when one connects', async () => {
    const { workspace, app } = await start()
    await workspace.local('say', { user: 'tom', channel: 'access', text: 'anybody?' })
    expect(workspace.slack.snapshot().undelivered).toHaveLength(1)
    const ear = openEar<string>()
    app.message(async ({ message }) => ear.hear('text' in message ? (message.text ?? '') : ''))
    await run(app)
    expect(await ear.next()).toBe('anybody?')
  })

  test('opening the home tab is heard, and what is published is seen by that person', async () => {
    const { workspace, app } = await start()
    const ear = openEar<string>()
    app.event('app_home_opened', async ({ event, client }) => {
      const blocks = [{ type: 'actions' as const, elements: [button('approve', 'ar-1')] }]
      await client.views.publish({ user_id: event.user, view: { type: 'home', blocks } })
      ear.hear(event.user)
    })
    app.action('approve', async ({ ack, body }) => {
      await ack()
      ear.hear(`approved by ${body.user.id}`)
    })
    await run(app)
    await workspace.local('home', { user: 'kofi' })
    expect(await ear.next()).toBe('U0KOFI')
    const [view] = (await workspace.state()).views
    expect(view).toMatchObject({ type: 'home', user: 'U0KOFI' })
    const click = { user: 'kofi', view_id: view?.id, action_id: 'approve' }
    expect(await workspace.local('click', click)).toMatchObject({ ok: true })
    expect(await ear.next()).toBe('approved by U0KOFI')
  })
})

describe('what people press', () => {
  test('a button carries who, where and its value; the card is replaced in place', async () => {
    const { workspace, app } = await start()
    app.message(async ({ say }) => {
      const elements = [button('approve', 'ar-1'), { ...button('approve2', 'ar-1'), style: 'danger' as const }]
      await say({ text: 'card', blocks: [{ type: 'actions', elements }] })
    })
    app.action('approve', async ({ ack, body, action, client }) => {
      await ack()
      if (body.type !== 'block_actions' || action.type !== 'button') return
      const text = `${body.user.id} pressed ${action.value} in ${body.channel?.name}`
      await client.chat.update({ channel: body.channel?.id ?? '', ts: body.message?.ts ?? '', text })
    })
    await run(app)
    await workspace.local('say', { user: 'ines', channel: 'access', text: 'card please' })
    const card = await until(async () => (await messages(workspace)).find((one) => one.text === 'card'))
    const click = { user: 'kofi', channel: 'access', ts: card.ts, action_id: 'approve' }
    expect(await workspace.local('click', click)).toMatchObject({ ok: true })
    const updated = await until(async () => (await messages(workspace)).find((one) => one.text.includes('pressed')))
    expect(updated).toMatchObject({ ts: card.ts, text: 'U0KOFI pressed ar-1 in access', blocks: [] })
    expect(await workspace.local('click', click)).toMatchObject({ ok: false, error: 'action_not_found' })
  })

  test('an app that does not answer in time is reported to the person who pressed', async () => {
    const { workspace, app } = await start({ timing: { ackMs: 20 } })
    app.action('approve', async () => {})
    await run(app)
    const blocks = [{ type: 'actions', elements: [button('approve', 'x')] }]
    const { ts } = await workspace.api('chat.postMessage', { channel: 'C0ACCESS', text: 'card', blocks })
    const click = { user: 'tom', channel: 'access', ts, action_id: 'approve' }
    expect(await workspace.local('click', click)).toMatchObject({ ok: false, error: 'operation_timeout' })
    expect((await messages(workspace)).at(-1)).toMatchObject({
      ephemeral_for: 'U0TOM',
      text: expect.stringContaining('didn’t respond'),
    })
  })

  test('a modal opens, refuses what is missing, shows the errors of the app, and closes', async () => {
    const { workspace, app } = await start()
    const ear = openEar<string>()
    app.command('/access', async ({ ack, command, client }) => {
      await ack()
      await client.views.open({ trigger_id: command.trigger_id, view: denyModal })
      ear.hear(command.text)
    })
    app.view('deny', async ({ ack, view }) => {
      const reason = view.state.values.why?.reason?.value ?? ''
      if (reason.length < 5) return ack({ response_action: 'errors', errors: { why: 'a little more, please' } })
      await ack()
      ear.hear(`${view.private_metadata}: ${reason}`)
    })
    await run(app)
    const command = { user: 'ines', channel: 'access', command: '/access', text: 'deny it' }
    expect(await workspace.local('command', command)).toMatchObject({ ok: true })
    expect(await ear.next()).toBe('deny it')
    const view_id = (await workspace.state()).views[0]?.id
    const submit = (user: string, values: unknown) => workspace.local('submit', { user, view_id, values })
    expect(await submit('tom', { why: 'because' })).toMatchObject({ error: 'view_not_found' })
    expect(await submit('ines', {})).toMatchObject({ errors: { why: 'Please complete this required field.' } })
    expect(await submit('ines', { wy: 'typo' })).toMatchObject({ error: 'unknown_fields' })
    expect(await submit('ines', { why: { reason: 'no' } })).toMatchObject({ errors: { why: 'a little more, please' } })
    expect((await workspace.state()).views[0]?.errors).toEqual({ why: 'a little more, please' })
    expect(await submit('ines', { reason: 'not today' })).toMatchObject({ ok: true })
    expect(await ear.next()).toBe('ar-1: not today')
    expect((await workspace.state()).views).toEqual([])
  })

  test('a command is answered to its person alone, and later through the response URL', async () => {
    const { workspace, app } = await start()
    const ear = openEar<number>()
    app.command('/access', async ({ ack, respond }) => {
      await ack('looking …')
      ear.hear((await respond({ text: 'found', response_type: 'in_channel' })).status)
    })
    await run(app)
    await workspace.local('command', { user: 'ines', channel: 'access', command: 'access', text: '' })
    expect(await ear.next()).toBe(200)
    expect((await messages(workspace)).map((one) => [one.text, one.ephemeral_for])).toEqual([
      ['looking …', 'U0INES'],
      ['found', undefined],
    ])
  })

  test('a pick in a menu names the option; an option that is not there is refused', async () => {
    const { workspace, app } = await start()
    const ear = openEar<string | undefined>()
    app.action('which', async ({ ack, action }) => {
      await ack()
      ear.hear(action.type === 'static_select' ? action.selected_option.value : undefined)
    })
    await run(app)
    const options = ['a', 'b'].map((value) => ({ value, text: { type: 'plain_text', text: `Option ${value}` } }))
    const accessory = { type: 'static_select', action_id: 'which', options }
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'Which?' }, accessory }]
    const { ts } = await workspace.api('chat.postMessage', { channel: 'C0ACCESS', text: 'Which?', blocks })
    const click = { user: 'tom', channel: '#access', ts, action_id: 'which' }
    expect(await workspace.local('click', { ...click, value: 'b' })).toMatchObject({ ok: true })
    expect(await ear.next()).toBe('b')
    expect(await workspace.local('click', { ...click, value: 'c' })).toMatchObject({ error: 'value_not_found' })
    expect(await workspace.local('click', click)).toMatchObject({ ok: false })
  })

  test('an ephemeral message is there for one person only', async () => {
    const { workspace, app } = await start()
    app.action('approve', async ({ ack }) => ack())
    await run(app)
    const blocks = [{ type: 'actions', elements: [button('approve', 'x')] }]
    const whisper = { channel: 'C0ACCESS', user: 'U0INES', text: 'only you', blocks }
    const { message_ts: ts } = await workspace.api('chat.postEphemeral', whisper)
    const click = { channel: 'access', ts, action_id: 'approve' }
    expect(await workspace.local('click', { ...click, user: 'tom' })).toMatchObject({ error: 'message_not_found' })
    expect(await workspace.local('click', { ...click, user: 'ines' })).toMatchObject({ ok: true })
    const history = await workspace.api('conversations.history', { channel: 'C0ACCESS' })
    expect(history).toMatchObject({ ok: true, messages: [] })
  })
})

async function messages(workspace: Workspace) {
  return (await workspace.state()).channels.find((channel) => channel.name === 'access')?.messages ?? []
}

/** Asks until there is an answer; the test's own time limit ends it. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
  }
}
