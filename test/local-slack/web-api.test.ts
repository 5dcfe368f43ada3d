import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorkspace } from './start-workspace.ts'

let workspace: Awaited<ReturnType<typeof startWorkspace>>
beforeAll(async () => {
  workspace = await startWorkspace()
})
afterAll(() => workspace.close())

const view = { type: 'modal', title: { type: 'plain_text', text: 'Hi' }, blocks: [{ type: 'divider' }] }

/** Calls a method and compares the error it gives, or `ok`. */
async function check(method: string, args: object, wanted: string, token?: string): Promise<void> {
  const reply = await workspace.api(method, args, token)
  expect(reply.ok ? 'ok' : reply.error).toBe(wanted)
}

describe('tokens', () => {
  test('a call without a token, with a wrong one, or with the other kind is refused', async () => {
    const bare = await workspace.post('/api/auth.test', {})
    expect(bare).toMatchObject({ ok: false, error: 'not_authed' })
    await check('auth.test', {}, 'invalid_auth', 'xoxb-stolen')
    await check('auth.test', {}, 'not_allowed_token_type', workspace.slack.tokens.app)
    await check('apps.connections.open', {}, 'not_allowed_token_type')
    await check('chat.fly', {}, 'unknown_method')
  })

  test('form bodies work like JSON bodies', async () => {
    const response = await fetch(`${workspace.url}/api/chat.postMessage`, {
      method: 'POST',
      body: new URLSearchParams({
        token: workspace.slack.tokens.bot,
        channel: 'C0ACCESS',
        text: 'by form',
        blocks: JSON.stringify([{ type: 'divider' }]),
      }),
    })
    expect(await response.json()).toMatchObject({
      ok: true,
      message: { text: 'by form', blocks: [{ type: 'divider' }] },
    })
  })
})

describe('refusals are those of Slack', () => {
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } }]
  test.each([
    ['chat.postMessage', { channel: 'C0NOWHERE', text: 'x' }, 'channel_not_found'],
    ['chat.postMessage', { channel: 'C0GENERAL', text: 'x' }, 'not_in_channel'],
    ['chat.postMessage', { channel: 'C0ACCESS' }, 'no_text'],
    ['chat.postMessage', { channel: 'C0ACCESS', text: '   ' }, 'no_text'],
    ['chat.postMessage', { channel: 'C0ACCESS', text: 'x'.repeat(40_000) }, 'ok'],
    ['chat.postMessage', { channel: 'C0ACCESS', text: 'x'.repeat(40_001) }, 'msg_too_long'],
    ['chat.postMessage', { channel: 'C0ACCESS', text: 'x', blocks }, 'invalid_blocks'],
    ['chat.postMessage', { channel: 'C0ACCESS', text: 'x', blocks: 'not json' }, 'invalid_blocks_format'],
    ['chat.postMessage', { channel: 'C0ACCESS', text: 'x', thread_ts: '1.000001' }, 'thread_not_found'],
    ['chat.postMessage', { channel: '#access', text: 'by name' }, 'ok'],
    ['chat.postMessage', { channel: 'U0INES', text: 'to a person' }, 'ok'],
    ['chat.postMessage', { text: 'nowhere' }, 'invalid_arguments'],
    ['chat.postEphemeral', { channel: 'C0ACCESS', user: 'U0OUTSIDER', text: 'x' }, 'user_not_in_channel'],
    ['chat.postEphemeral', { channel: 'C0ACCESS', user: 'U0INES', text: 'x' }, 'ok'],
    ['chat.update', { channel: '#access', ts: '1.000001', text: 'x' }, 'channel_not_found'],
    ['chat.update', { channel: 'C0ACCESS', ts: '1.000001', text: 'x' }, 'message_not_found'],
    ['views.open', { trigger_id: 'made up', view }, 'invalid_trigger_id'],
    ['views.open', { trigger_id: 'made up', view: { type: 'modal' } }, 'invalid_arguments'],
    ['views.update', { view_id: 'V0', view }, 'not_found'],
    ['views.publish', { user_id: 'U0NOBODY', view: { type: 'home', blocks: [] } }, 'user_not_found'],
    ['views.publish', { user_id: 'U0INES', view }, 'invalid_arguments'],
    ['users.info', { user: 'U0NOBODY' }, 'user_not_found'],
    ['users.lookupByEmail', { email: 'nobody@corp.example' }, 'users_not_found'],
    ['users.lookupByEmail', { email: 'INES@corp.example' }, 'ok'],
    ['usergroups.users.list', { usergroup: 'S0NONE' }, 'no_such_subteam'],
    ['conversations.history', { channel: 'C0GENERAL' }, 'not_in_channel'],
    ['conversations.open', { users: 'U0BOT' }, 'cannot_dm_bot'],
    ['reactions.add', { channel: 'C0ACCESS', timestamp: '1.000001', name: 'eyes' }, 'message_not_found'],
  ])('%s %j → %s', check)

  test('a refused block is named with its place, where clients look for it', async () => {
    const reply = await workspace.api('chat.postMessage', { channel: 'C0ACCESS', text: 'x', blocks })
    const says = ['[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]']
    expect(reply).toMatchObject({ errors: says, response_metadata: { messages: says } })
  })

  test('only what the bot said can be edited or deleted by it', async () => {
    const { ts } = await workspace.local('say', { user: 'ines', channel: 'access', text: 'mine' })
    await check('chat.update', { channel: 'C0ACCESS', ts, text: 'not yours' }, 'cant_update_message')
    await check('chat.delete', { channel: 'C0ACCESS', ts }, 'cant_delete_message')
    await check('reactions.add', { channel: 'C0ACCESS', timestamp: ts, name: 'eyes' }, 'ok')
    await check('reactions.add', { channel: 'C0ACCESS', timestamp: ts, name: 'eyes' }, 'already_reacted')
  })

  test('text without blocks takes the blocks of a message away, blocks alone keep the text', async () => {
    const blocks = [{ type: 'divider', block_id: 'd' }]
    const { ts } = await workspace.api('chat.postMessage', { channel: 'C0ACCESS', text: 'before', blocks })
    const edited = await workspace.api('chat.update', { channel: 'C0ACCESS', ts, text: 'after' })
    expect(edited).toMatchObject({ ok: true, message: { text: 'after', blocks: [], edited: { user: 'U0BOT' } } })
    const again = await workspace.api('chat.update', { channel: 'C0ACCESS', ts, blocks })
    expect(again).toMatchObject({ ok: true, message: { text: 'after', blocks } })
  })
})

describe('groups and history', () => {
  test('user groups list their members by Slack id', async () => {
    const reply = await workspace.api('usergroups.users.list', { usergroup: 'S0OPS' })
    expect(reply).toMatchObject({ ok: true, users: ['U0TOM', 'U0KOFI'] })
  })

  test('a thread is read with its parent first, and metadata only when asked for', async () => {
    const metadata = { event_type: 'request', event_payload: { id: 'ar-1' } }
    const parent = await workspace.api('chat.postMessage', { channel: 'U0TOM', text: 'parent', metadata })
    const channel = 'D0TOM'
    await workspace.api('chat.postMessage', { channel, text: 'child', thread_ts: parent.ts })
    const replies = await workspace.api('conversations.replies', { channel, ts: parent.ts })
    expect(replies).toMatchObject({ messages: [{ text: 'parent', reply_count: 1 }, { text: 'child' }] })
    expect(JSON.stringify(replies)).not.toContain('ar-1')
    const history = await workspace.api('conversations.history', { channel, include_all_metadata: true })
    expect(history).toMatchObject({ messages: [{ text: 'parent', metadata }], has_more: false })
  })

  test('timestamps grow even when the clock stands still', async () => {
    const say = () => workspace.api('chat.postMessage', { channel: 'C0ACCESS', text: 'x' })
    const all = [(await say()).ts, (await say()).ts, (await say()).ts]
    expect(new Set(all).size).toBe(3)
    expect(all.toSorted()).toEqual(all)
  })
})
