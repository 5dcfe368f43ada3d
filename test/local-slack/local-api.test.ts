import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/evidence/fault.ts'
import { typedText } from '../../src/local/slack/typed-text.ts'
import { startWorkspace } from './start-workspace.ts'

async function withWorkspace(
  run: (workspace: Awaited<ReturnType<typeof startWorkspace>>) => Promise<void>,
  options: Parameters<typeof startWorkspace>[0] = {},
): Promise<void> {
  const workspace = await startWorkspace(options)
  try {
    await run(workspace)
  } finally {
    await workspace.close()
  }
}

describe('the /local API', () => {
  test.each([
    ['say', { user: 'ines', channel: 'access' }, 400, 'invalid_arguments'],
    ['say', { user: 'ines', channel: 'access', text: 'x', txt: 'y' }, 400, 'invalid_arguments'],
    ['say', { user: 'nobody', channel: 'access', text: 'x' }, 400, 'user_not_found'],
    ['say', { user: 'U0BOT', channel: 'access', text: 'x' }, 400, 'user_not_found'],
    ['say', { user: 'ines', channel: 'nowhere', text: 'x' }, 400, 'channel_not_found'],
    ['say', { user: 'outsider', channel: 'access', text: 'x' }, 200, 'not_in_channel'],
    ['say', { user: 'ines', channel: 'D0TOM', text: 'x' }, 400, 'channel_not_found'],
    ['say', { user: 'ines', channel: 'access', text: 'x', thread_ts: '1.000001' }, 200, 'thread_not_found'],
    ['command', { user: 'ines', channel: 'access', command: '/nothing' }, 200, 'unknown_command'],
    ['command', { user: 'ines', channel: 'access', command: '/access' }, 200, 'no_app_connected'],
    ['click', { user: 'ines', action_id: 'a' }, 200, 'invalid_arguments'],
    ['click', { user: 'ines', channel: 'access', ts: '1.000001', action_id: 'a' }, 200, 'message_not_found'],
    ['submit', { user: 'ines', view_id: 'V0', values: {} }, 200, 'view_not_found'],
    ['device', { device: 'fw', do: 'explode' }, 400, 'invalid_arguments'],
    ['clock', { advance: 'tomorrow' }, 400, 'invalid_arguments'],
    ['clock', { advance: 'P' }, 400, 'invalid_arguments'],
    ['clock', { advance: 'PT' }, 400, 'invalid_arguments'],
    ['merge', { number: 0, user: 'ines' }, 400, 'invalid_arguments'],
    ['dance', {}, 404, 'not_found'],
  ])('%s %j → %i %s', async (what, body, status, error) => {
    await withWorkspace(async (workspace) => {
      expect(await workspace.local(what, body)).toMatchObject({ status, ok: false, error })
    })
  })

  test('merging, device trouble and the clock go to whoever owns them, with the person by id', async () => {
    await withWorkspace(async (workspace) => {
      await workspace.local('merge', { number: 3, user: 'U0TOM' })
      await workspace.local('device', { device: 'fw', do: 'edit', find: 'a', replace: 'b' })
      await workspace.local('clock', { advance: 'P1DT2H' })
      expect(workspace.happened).toEqual([
        ['merge', { number: 3, user: 'tom' }],
        ['device', { device: 'fw', do: 'edit', find: 'a', replace: 'b' }],
        ['clock', { advance: 'P1DT2H' }],
      ])
    })
  })

  test('a fault behind it is told as its one sentence, anything else without its words', async () => {
    const outside = (onMerge: () => Promise<never>) => ({
      onMerge,
      onDevice: async () => ({ ok: true }),
      onClock: async () => ({ ok: true }),
      extraState: async () => ({ pullRequests: [], devices: [] }),
    })
    const merge = { number: 1, user: 'ines' }
    const fault = async () => Promise.reject(new Fault('FORGE_DOWN', 'The forge does not answer.'))
    const bug = async () => Promise.reject(new Error('secret path'))
    await withWorkspace(
      async (workspace) =>
        expect(await workspace.local('merge', merge)).toMatchObject({
          status: 500,
          errors: ['The forge does not answer.'],
        }),
      { outside: outside(fault) },
    )
    await withWorkspace(
      async (workspace) => expect(JSON.stringify(await workspace.local('merge', merge))).not.toContain('secret'),
      { outside: outside(bug) },
    )
  })

  test('pages and names of elsewhere get nothing', async () => {
    await withWorkspace(async (workspace) => {
      const evil = { origin: 'https://evil.example' }
      const say = { user: 'ines', channel: 'access', text: 'x' }
      expect(await workspace.post('/local/say', say, evil)).toMatchObject({ status: 403, error: 'forbidden_origin' })
      const own = { origin: workspace.url }
      expect(await workspace.post('/local/say', say, own)).toMatchObject({ status: 200, ok: true })
      const status = await new Promise((resolve, reject) => {
        const asked = request(`${workspace.url}/local/state`, { headers: { host: 'evil.example' } })
        asked.on('response', (response) => resolve(response.resume().statusCode))
        asked.on('error', reject).end()
      })
      expect(status).toBe(403)
    })
  })

  test('a trigger works once and for three seconds, and a stack holds three modals', async () => {
    await withWorkspace(async (workspace) => {
      const app = workspace.bolt()
      const triggers: string[] = []
      app.command('/access', async ({ ack, command }) => {
        triggers.push(command.trigger_id)
        await ack()
      })
      await app.start()
      const trigger = async (): Promise<string> => {
        await workspace.local('command', { user: 'ines', channel: 'access', command: '/access' })
        return triggers.at(-1) ?? ''
      }
      const view = { type: 'modal', title: { type: 'plain_text', text: 'Hi' }, blocks: [{ type: 'divider' }] }
      const open = async (method: string, trigger_id: string) =>
        (await workspace.api(method, { trigger_id, view })).error
      const first = await trigger()
      expect(await open('views.open', first)).toBeUndefined()
      expect(await open('views.open', first)).toBe('exchanged_trigger_id')
      const late = await trigger()
      workspace.clock.now = new Date(workspace.clock.now.getTime() + 3001)
      expect(await open('views.push', late)).toBe('expired_trigger_id')
      expect(await open('views.push', await trigger())).toBeUndefined()
      expect(await open('views.push', await trigger())).toBeUndefined()
      expect(await open('views.push', await trigger())).toBe('push_limit_reached')
      await app.stop()
    })
  })

  test('what was said survives a restart, with what the app has not heard yet', async () => {
    let kept: unknown
    await withWorkspace(async (workspace) => {
      const { ts } = await workspace.api('chat.postMessage', { channel: 'C0ACCESS', text: 'a card' })
      await workspace.local('say', { user: 'ines', channel: 'dm', text: 'still there?', thread_ts: undefined })
      await workspace.api('views.publish', { user_id: 'U0INES', view: { type: 'home', blocks: [{ type: 'divider' }] } })
      expect(ts).toMatch(/^\d{10}\.\d{6}$/)
      kept = JSON.parse(JSON.stringify(workspace.slack.snapshot()))
    })
    await withWorkspace(
      async (workspace) => {
        expect(
          (await workspace.state()).channels.map((one) => [one.name, one.messages.map((two) => two.text)]),
        ).toEqual([
          ['general', []],
          ['access', ['a card']],
          ['dm', ['still there?']],
        ])
        expect((await workspace.state()).views).toMatchObject([{ type: 'home', user: 'U0INES' }])
        const heard = workspace.slack.snapshot().undelivered.map((event) => event.event)
        expect(heard).toMatchObject([{ text: 'a card' }, { text: 'still there?', channel_type: 'im' }])
      },
      { saved: kept },
    )
    await expect(startWorkspace({ saved: { channels: 'gone' } })).rejects.toThrow('cannot be read')
  })
})

describe('what a person types', () => {
  const members = [{ id: 'U0INES', name: 'ines', realName: 'Inês', isBot: false }]
  test.each([
    ['a < b & c > d', 'a &lt; b &amp; c &gt; d'],
    ['already &lt;b&gt; &amp;', 'already &lt;b&gt; &amp;'],
    ['<b>bold</b>', '&lt;b&gt;bold&lt;/b&gt;'],
    ['<@U0BOT> hello', '<@U0BOT> hello'],
    [
      '<https://corp.example|here> <mailto:a@b.example|a@b.example>',
      '<https://corp.example|here> <mailto:a@b.example|a@b.example>',
    ],
    ['<javascript:alert(1)|x>', '&lt;javascript:alert(1)|x&gt;'],
    ['give @ines. and @nobody', 'give <@U0INES>. and @nobody'],
    ['mail ines@ines.example', 'mail ines@ines.example'],
  ])('%s', (typed, stored) => {
    expect(typedText(typed, members)).toBe(stored)
  })
})
