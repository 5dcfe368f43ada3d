import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Incoming, isAskingForHelp, readIncoming } from '../../src/slack/incoming.ts'

const message = (about: object) => ({
  type: 'event_callback',
  event_id: 'Ev1',
  event: { type: 'message', channel_type: 'channel', channel: 'C1', user: 'U1', text: 'hello', ts: '1.1', ...about },
})
const read = (body: unknown) => readIncoming(body, 'U0BOT')

test('the same message gets the same id, whichever event it comes in', () => {
  const asMessage = read(message({ text: '<@U0BOT> hi' }))
  const asMention = read({
    ...message({ type: 'app_mention', text: '<@U0BOT> hi', channel_type: undefined }),
    event_id: 'Ev2',
  })
  expect(asMessage).toEqual(asMention)
  expect(asMessage).toMatchObject({
    id: 'C1:1.1',
    incoming: { mentioned: true, direct: false, reply: false, thread: '1.1' },
  })
})

test('edits, joins, deletions, other bots and the bot itself say nothing', () => {
  for (const about of [
    { subtype: 'message_changed' },
    { subtype: 'message_deleted' },
    { subtype: 'channel_join' },
    { subtype: 'bot_message', bot_id: 'B1' },
    { bot_id: 'B1' },
    { user: 'U0BOT' },
    { user: undefined },
    { text: undefined },
    { edited: { user: 'U1', ts: '1.2' } },
  ]) {
    expect(read(message(about)), JSON.stringify(about)).toBeUndefined()
  }
})

test('a reply, a broadcast reply and a file with words are something said', () => {
  expect(read(message({ thread_ts: '1.0' }))?.incoming).toMatchObject({ thread: '1.0', reply: true })
  expect(read(message({ thread_ts: '1.1' }))?.incoming).toMatchObject({ reply: false })
  expect(read(message({ subtype: 'thread_broadcast', thread_ts: '1.0' }))?.incoming).toMatchObject({ reply: true })
  expect(read(message({ subtype: 'file_share' }))?.incoming).toMatchObject({ kind: 'heard' })
})

test('only the bot’s own name is a mention of it', () => {
  expect(read(message({ text: '<@U0BOTTOM> hi' }))?.incoming).toMatchObject({ mentioned: false })
  expect(read(message({ text: 'hi <@U0BOT|sallyport>' }))?.incoming).toMatchObject({ mentioned: true })
})

test('the messages tab of the app home is not the home tab', () => {
  const home = (tab: string) => ({ event_id: 'Ev9', event: { type: 'app_home_opened', user: 'U1', tab } })
  expect(read(home('home'))).toEqual({ id: 'event:Ev9', incoming: { kind: 'home', slackUser: 'U1' } })
  expect(read(home('messages'))).toBeUndefined()
})

test('a click counts only when its button and its card name the same request', () => {
  const click = (block_id: string, action: object) => ({
    type: 'block_actions',
    trigger_id: 'T1',
    user: { id: 'U1' },
    channel: { id: 'C1' },
    message: { ts: '1.2', thread_ts: '1.1' },
    actions: [{ action_id: 'approve', block_id, value: 'ar-0123456789', ...action }],
  })
  expect(read(click('request:ar-0123456789:d1', {}))).toEqual({
    id: 'trigger:T1',
    incoming: {
      kind: 'clicked',
      action: 'approve',
      target: 'ar-0123456789',
      value: 'd1',
      slackUser: 'U1',
      channel: 'C1',
      thread: '1.1',
      timestamp: '1.2',
    },
  })
  expect(read(click('request:ar-9999999999:d1', {}))).toBeUndefined()
  expect(read(click('request:ar-0123456789:d1', { action_id: 'deny' }))).toBeUndefined()
  expect(read(click('nonsense', {}))).toBeUndefined()
  expect(read(click('question:q1', { action_id: 'answer:0', value: undefined }))).toBeUndefined()
})

test('a bare command asks for help', () => {
  for (const words of ['', '  ', 'help', ' HELP ', '?']) expect(isAskingForHelp(words)).toBe(true)
  for (const words of ['help me', 'status', 'give data grafana']) expect(isAskingForHelp(words)).toBe(false)
})

test('whatever Slack or somebody else sends, reading never throws, and what is read can be kept and read again', () => {
  const odd = fc.oneof(
    fc.anything(),
    fc.dictionary(fc.constantFrom('event', 'type', 'command', 'actions', 'view', 'user'), fc.anything()),
  )
  fc.assert(fc.property(odd, (body) => void read(body)))
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, thread_ts) => {
      const incoming = read(message({ text, thread_ts }))?.incoming
      expect(Incoming.parse(JSON.parse(JSON.stringify(incoming)))).toEqual(incoming)
    }),
  )
})
