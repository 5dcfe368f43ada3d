import { z } from 'zod'
import { checkBlocks } from './block-check.ts'
import type { Block } from './block-kit.ts'
import { changeEvents, messageEvents } from './events.ts'
import { type Method, type MethodContext, method, no, type Reply, structured } from './method.ts'
import {
  addMessage,
  type Channel,
  findChannel,
  findMessage,
  Message,
  messageJson,
  nextTs,
  TEAM,
} from './workspace-state.ts'

const content = {
  text: z.string().optional(),
  blocks: structured.optional(),
  attachments: structured.optional(),
  metadata: structured.optional(),
}
const TEXT_MAX = 40_000

/** The `chat.*` and `reactions.*` methods. */
export const chatMethods: Readonly<Record<string, Method>> = {
  'chat.postMessage': method(
    z.object({ channel: z.string(), thread_ts: z.string().optional(), ...content }),
    (args, context) => {
      const channel = openChannel(args.channel, context)
      if ('ok' in channel) return channel
      const draft = readContent(args, context.state.teamName)
      if ('ok' in draft) return draft
      const thread = readThread(channel, args.thread_ts)
      if ('ok' in thread) return thread
      const message = addMessage(context.state, channel, {
        user: TEAM.botUser,
        bot_id: TEAM.botId,
        ...draft,
        ...thread,
      })
      for (const event of messageEvents(context, channel, message)) context.deliver(event)
      return { ok: true, channel: channel.id, ts: message.ts, message: messageJson(channel, message) }
    },
  ),
  'chat.postEphemeral': method(
    z.object({ channel: z.string(), user: z.string(), thread_ts: z.string().optional(), ...content }),
    (args, context) => {
      const channel = openChannel(args.channel, context)
      if ('ok' in channel) return channel
      const user = context.state.members.get(args.user)
      if (!user || !channel.members.includes(user.id)) return no('user_not_in_channel')
      const draft = readContent(args, context.state.teamName)
      if ('ok' in draft) return draft
      const thread = readThread(channel, args.thread_ts)
      if ('ok' in thread) return thread
      const ephemeral = { user: TEAM.botUser, bot_id: TEAM.botId, ephemeral_for: user.id }
      const message = addMessage(context.state, channel, { ...ephemeral, ...draft, ...thread })
      return { ok: true, message_ts: message.ts }
    },
  ),
  'chat.update': method(z.object({ channel: z.string(), ts: z.string(), ...content }), (args, context) => {
    const found = ownMessage(args.channel, args.ts, context, 'cant_update_message')
    if ('ok' in found) return found
    const draft = readContent(args, context.state.teamName)
    if ('ok' in draft) return draft
    const previous = structuredClone(found.message)
    // Text without blocks takes the blocks away and shows "(edited)"; blocks replace silently (docs: chat.update, "blocks").
    found.message.blocks = draft.blocks
    if (args.text !== undefined) found.message.text = draft.text
    if (draft.metadata) found.message.metadata = draft.metadata
    if (args.blocks === undefined) found.message.edited = { user: TEAM.botUser, ts: nextTs(context.state) }
    context.state.changed()
    for (const event of changeEvents(context, found.channel, found.message, previous)) context.deliver(event)
    const message = messageJson(found.channel, found.message)
    return { ok: true, channel: found.channel.id, ts: args.ts, text: found.message.text, message }
  }),
  'chat.delete': method(z.object({ channel: z.string(), ts: z.string() }), (args, context) => {
    const found = ownMessage(args.channel, args.ts, context, 'cant_delete_message')
    if ('ok' in found) return found
    found.channel.messages.splice(found.channel.messages.indexOf(found.message), 1)
    context.state.changed()
    return { ok: true, channel: found.channel.id, ts: args.ts }
  }),
  'chat.getPermalink': method(z.object({ channel: z.string(), message_ts: z.string() }), (args, { state, host }) => {
    const channel = findChannel(state, args.channel)
    if (!channel) return no('channel_not_found')
    if (!findMessage(channel, args.message_ts)) return no('message_not_found')
    return { ok: true, channel: channel.id, permalink: `http://${host}/#${channel.id}/${args.message_ts}` }
  }),
  'reactions.add': method(
    z.object({ channel: z.string(), timestamp: z.string(), name: z.string().regex(/^[a-z0-9_+'-]{1,100}$/) }),
    (args, context) => {
      const channel = openChannel(args.channel, context)
      if ('ok' in channel) return channel
      const message = findMessage(channel, args.timestamp)
      if (!message) return no('message_not_found')
      message.reactions ??= []
      const known = message.reactions.find((reaction) => reaction.name === args.name)
      if (known?.users.includes(TEAM.botUser)) return no('already_reacted')
      if (known) known.users.push(TEAM.botUser)
      else message.reactions.push({ name: args.name, users: [TEAM.botUser] })
      context.state.changed()
      return { ok: true }
    },
  ),
}

/** A message's text and blocks, or why Slack would not take them. Also used for response URLs and command answers. */
export function readContent(
  args: {
    readonly text?: unknown
    readonly blocks?: unknown
    readonly attachments?: unknown
    readonly metadata?: unknown
  },
  workspace: string,
): { text: string; blocks: Block[]; metadata?: Message['metadata'] } | Reply {
  const text = typeof args.text === 'string' ? args.text : ''
  if (text.length > TEXT_MAX) return no('msg_too_long')
  if (args.attachments !== undefined && !(Array.isArray(args.attachments) && args.attachments.length === 0))
    return no('invalid_attachments', [`[ERROR] ${workspace} does not draw attachments; use blocks`])
  if (args.blocks !== undefined && !Array.isArray(args.blocks)) return no('invalid_blocks_format')
  const blocks = checkBlocks(args.blocks ?? [])
  if (!blocks.ok) return no('invalid_blocks', blocks.problems)
  if (text.trim() === '' && blocks.value.length === 0) return no('no_text')
  const metadata = Message.shape.metadata.safeParse(args.metadata)
  if (!metadata.success) return no('invalid_metadata_format')
  return { text, blocks: [...blocks.value], ...(metadata.data ? { metadata: metadata.data } : {}) }
}

function openChannel(ref: string, { state }: MethodContext): Channel | Reply {
  const channel = findChannel(state, ref)
  if (!channel) return no('channel_not_found')
  return channel.members.includes(TEAM.botUser) ? channel : no('not_in_channel')
}

/** A thread hangs on a top-level message that everybody sees. */
function readThread(channel: Channel, ts: string | undefined): { thread_ts?: string } | Reply {
  if (ts === undefined) return {}
  const parent = findMessage(channel, ts)
  if (!parent) return no('thread_not_found')
  if (parent.ephemeral_for !== undefined || (parent.thread_ts !== undefined && parent.thread_ts !== parent.ts))
    return no('cannot_reply_to_message')
  return { thread_ts: ts }
}

function ownMessage(
  ref: string,
  ts: string,
  { state }: MethodContext,
  refusal: string,
): { channel: Channel; message: Message } | Reply {
  // Only postMessage takes names and people; the others want the channel's id.
  const channel = state.channels.get(ref)
  if (!channel) return no('channel_not_found')
  const message = findMessage(channel, ts)
  if (!message || message.ephemeral_for !== undefined) return no('message_not_found')
  return message.bot_id === TEAM.botId ? { channel, message } : no(refusal)
}
