import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { Block, ViewDraft } from './block-kit.ts'

/** What is kept of a message, spelled as Slack spells it. `ephemeral_for` is ours: the one person who sees it. */
export const Message = z.object({
  ts: z.string(),
  user: z.string(),
  text: z.string(),
  blocks: z.array(Block),
  thread_ts: z.string().optional(),
  bot_id: z.string().optional(),
  edited: z.object({ user: z.string(), ts: z.string() }).optional(),
  ephemeral_for: z.string().optional(),
  reactions: z.array(z.object({ name: z.string(), users: z.array(z.string()) })).optional(),
  metadata: z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) }).optional(),
})
export type Message = z.infer<typeof Message>

const Channel = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['channel', 'group', 'im']),
  members: z.array(z.string()),
  messages: z.array(Message),
})
export type Channel = z.infer<typeof Channel>

const Home = z.object({ id: z.string(), hash: z.string(), user: z.string(), view: ViewDraft })
/** A modal that is open in front of somebody. The last one of a person is the one on top. */
export type OpenModal = {
  readonly id: string
  hash: string
  readonly user: string
  view: Extract<ViewDraft, { type: 'modal' }>
  readonly root: string
  readonly previous: string | null
  /** Block id → what is wrong with its value, after a `response_action: errors`. */
  errors: Readonly<Record<string, string>>
}

/** What survives a restart: everything people can see. Open modals, triggers and response URLs are gone, as they should be. */
export const Snapshot = z.object({
  lastTs: z.string(),
  channels: z.array(Channel),
  homes: z.array(Home),
  /** Event payloads that the app has not acknowledged. */
  undelivered: z.array(z.record(z.string(), z.unknown())),
})
export type Snapshot = z.infer<typeof Snapshot>

export type Member = {
  readonly id: string
  /** The handle: what follows the @. */
  readonly name: string
  readonly realName: string
  readonly email?: string
  readonly isBot: boolean
}
type UserGroup = {
  readonly id: string
  readonly name: string
  readonly handle: string
  readonly members: readonly string[]
}

export const TEAM = {
  id: 'T0LOCAL',
  domain: 'sallyport',
  appId: 'A0SALLYPORT',
  botUser: 'U0BOT',
  botId: 'B0BOT',
} as const

/** One Slack workspace in memory. Whoever changes it calls `changed`. */
export type WorkspaceState = {
  readonly teamName: string
  readonly members: ReadonlyMap<string, Member>
  readonly groups: readonly UserGroup[]
  readonly channels: Map<string, Channel>
  readonly modals: Map<string, OpenModal>
  /** By user. */
  readonly homes: Map<string, z.infer<typeof Home>>
  readonly triggers: Map<string, { readonly user: string; readonly expiresAt: number }>
  readonly now: () => Date
  readonly changed: () => void
  lastTs: string
}

/** The next timestamp: the time, and later than every other of this workspace even if the clock stands still or goes back. */
export function nextTs(state: WorkspaceState): string {
  const last = BigInt(state.lastTs.replace('.', ''))
  const now = BigInt(state.now().getTime()) * 1000n
  const next = String(now > last ? now : last + 1n).padStart(16, '0')
  state.lastTs = `${next.slice(0, -6)}.${next.slice(-6)}`
  return state.lastTs
}

/** `C0ACCESS`, `access` or `#access`; a person's id means the direct message with them. */
export function findChannel(state: WorkspaceState, ref: string): Channel | undefined {
  const byId = state.channels.get(ref)
  if (byId) return byId
  const member = state.members.get(ref)
  if (member && !member.isBot) return openDm(state, member.id)
  const name = ref.replace(/^#/, '').toLowerCase()
  return state.channels.values().find((channel) => channel.kind !== 'im' && channel.name === name)
}

/** Slack id, handle (with or without @). */
export function findMember(state: WorkspaceState, ref: string): Member | undefined {
  const name = ref.replace(/^@/, '').toLowerCase()
  return state.members.get(ref) ?? state.members.values().find((member) => member.name.toLowerCase() === name)
}

/** The direct message between the bot and one person, made on first use. */
export function openDm(state: WorkspaceState, user: string): Channel {
  const id = `D${user.slice(1)}`
  const known = state.channels.get(id)
  if (known) return known
  const channel: Channel = { id, name: 'dm', kind: 'im', members: [user, TEAM.botUser], messages: [] }
  state.channels.set(id, channel)
  return channel
}

export function addMessage(state: WorkspaceState, channel: Channel, draft: Omit<Message, 'ts'>): Message {
  const message = { ts: nextTs(state), ...draft }
  channel.messages.push(message)
  state.changed()
  return message
}

/** A note of Slack's own to one person, such as that an app did not answer. */
export function noteFor(
  state: WorkspaceState,
  channel: Channel,
  user: string,
  text: string,
  threadTs?: string | undefined,
): void {
  addMessage(state, channel, {
    user: 'USLACKBOT',
    text,
    blocks: [],
    ephemeral_for: user,
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
  })
}

export function findMessage(channel: Channel, ts: string): Message | undefined {
  return channel.messages.find((message) => message.ts === ts)
}

/** Replies of a thread, without its parent. */
export function repliesOf(channel: Channel, ts: string): readonly Message[] {
  return channel.messages.filter((message) => message.thread_ts === ts && message.ts !== ts)
}

/** A message as the Web API and events give it; a parent tells how many replies it has. */
export function messageJson(channel: Channel, message: Message): Record<string, unknown> {
  const { ephemeral_for, metadata, ...seen } = message
  const replies = repliesOf(channel, message.ts).filter((reply) => reply.ephemeral_for === undefined)
  const last = replies.at(-1)
  return {
    type: 'message',
    ...seen,
    team: TEAM.id,
    ...(message.bot_id === undefined ? {} : { app_id: TEAM.appId }),
    ...(ephemeral_for === undefined ? {} : { is_ephemeral: true }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(last
      ? {
          thread_ts: message.ts,
          reply_count: replies.length,
          reply_users: [...new Set(replies.map((reply) => reply.user))],
          latest_reply: last.ts,
        }
      : {}),
  }
}

/** Slack: a trigger id works once, within three seconds of the click that made it. */
const TRIGGER_MS = 3000

export function makeTrigger(state: WorkspaceState, user: string): string {
  const id = `${randomBytes(6).readUIntBE(0, 6)}.${state.triggers.size}.${randomBytes(16).toString('hex')}`
  const now = state.now().getTime()
  for (const [old, trigger] of state.triggers) if (now - trigger.expiresAt > 600_000) state.triggers.delete(old)
  state.triggers.set(id, { user, expiresAt: now + TRIGGER_MS })
  return id
}

/** Uses a trigger up: the user it belongs to, or the error Slack gives. */
export function takeTrigger(
  state: WorkspaceState,
  id: string,
): { readonly ok: true; readonly user: string } | { readonly ok: false; readonly error: string } {
  const trigger = state.triggers.get(id)
  if (!trigger) return { ok: false, error: 'invalid_trigger_id' }
  if (state.now().getTime() > trigger.expiresAt) return { ok: false, error: 'expired_trigger_id' }
  if (trigger.user === '') return { ok: false, error: 'exchanged_trigger_id' }
  state.triggers.set(id, { user: '', expiresAt: trigger.expiresAt })
  return { ok: true, user: trigger.user }
}

/** Modals in front of one person, the top one last. */
export function modalsOf(state: WorkspaceState, user: string): readonly OpenModal[] {
  return [...state.modals.values()].filter((modal) => modal.user === user)
}

export function makeId(prefix: string): string {
  return `${prefix}${randomBytes(5).toString('hex').toUpperCase()}`
}
