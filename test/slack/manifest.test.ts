import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const root = join(import.meta.dirname, '../..')

/** The parts of a manifest of major version 2 that we use, with Slack's limits: https://docs.slack.dev/reference/app-manifest */
const words = (min: number, max: number) => z.string().min(min).max(max)
const address = z
  .string()
  .regex(/^https?:\/\//)
  .max(3500)
const Manifest = z.strictObject({
  _metadata: z.strictObject({ major_version: z.literal(2), minor_version: z.int().optional() }),
  display_information: z.strictObject({
    name: words(1, 35),
    description: words(1, 140).optional(),
    long_description: words(175, 4000).optional(),
    background_color: z
      .string()
      .regex(/^#([0-9a-fA-F]{3}){1,2}$/)
      .optional(),
  }),
  features: z.strictObject({
    app_home: z.strictObject({
      home_tab_enabled: z.boolean(),
      messages_tab_enabled: z.boolean(),
      messages_tab_read_only_enabled: z.boolean(),
    }),
    bot_user: z.strictObject({ display_name: words(1, 80), always_online: z.boolean().optional() }),
    slash_commands: z
      .array(
        z.strictObject({
          command: z.string().startsWith('/').min(2).max(32),
          url: address.optional(),
          description: words(1, 2000),
          usage_hint: words(1, 1000).optional(),
          should_escape: z.boolean().optional(),
        }),
      )
      .min(1)
      .max(50),
  }),
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: z.array(words(1, 50)).max(255) }) }),
  settings: z.strictObject({
    event_subscriptions: z.strictObject({
      request_url: address.optional(),
      bot_events: z.array(words(1, 50)).max(100),
    }),
    interactivity: z.strictObject({ is_enabled: z.boolean(), request_url: address.optional() }),
    org_deploy_enabled: z.boolean().optional(),
    socket_mode_enabled: z.boolean().optional(),
    token_rotation_enabled: z.boolean().optional(),
  }),
})

const manifest = Manifest.parse(parse(readFileSync(join(root, 'manifest.yml'), 'utf8')))

test('the manifest is one that Slack takes, and a broken one is not', () => {
  expect(Manifest.safeParse({ ...manifest, settings: { ...manifest.settings, socket_mode: true } }).success).toBe(false)
  const [command] = manifest.features.slash_commands
  expect(command).toMatchObject({ command: '/access', should_escape: true })
  expect(manifest.settings).toMatchObject({ socket_mode_enabled: true, interactivity: { is_enabled: true } })
})

/** What Slack asks for each method that the adapter calls: https://docs.slack.dev/reference/methods */
const METHOD_SCOPES: Record<string, string[]> = {
  'auth.test': [],
  'chat.postMessage': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': ['channels:history', 'im:history'],
  'conversations.info': ['channels:read'],
  'conversations.open': ['im:write'],
  'conversations.replies': ['channels:history', 'im:history'],
  'usergroups.users.list': ['usergroups:read'],
  'views.open': [],
  'views.update': [],
  'views.publish': [],
}
const EVENT_SCOPES: Record<string, string[]> = {
  app_home_opened: [],
  app_mention: ['app_mentions:read'],
  'message.channels': ['channels:history'],
  'message.im': ['im:history'],
}

test('it asks for exactly the permissions that the code uses', () => {
  const source = readdirSync(join(root, 'src/slack')).map((file) => readFileSync(join(root, 'src/slack', file), 'utf8'))
  const call =
    /\b(?:client|posting|reading)\s*\.((?:auth|chat|conversations|usergroups|users|views|reactions|bots|files)(?:\.\w+)+)\(/g
  const called = new Set(source.flatMap((text) => [...text.matchAll(call)].map((match) => match[1] ?? '')))
  expect([...called].toSorted()).toEqual(Object.keys(METHOD_SCOPES).toSorted())
  expect(manifest.settings.event_subscriptions.bot_events.toSorted()).toEqual(Object.keys(EVENT_SCOPES).toSorted())
  const needed = new Set(['commands', ...Object.values(METHOD_SCOPES).flat(), ...Object.values(EVENT_SCOPES).flat()])
  expect(manifest.oauth_config.scopes.bot.toSorted()).toEqual([...needed].toSorted())
})
