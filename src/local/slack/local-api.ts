import { z } from 'zod'
import { messageEvents } from './events.ts'
import type { Interactions } from './interactions.ts'
import { type MethodContext, no, type Reply } from './method.ts'
import { typedText } from './typed-text.ts'
import { viewJson } from './view-methods.ts'
import {
  addMessage,
  type Channel,
  findChannel,
  findMember,
  findMessage,
  type Member,
  type Message,
  nextTs,
  noteFor,
  openDm,
  repliesOf,
  TEAM,
} from './workspace-state.ts'

/** What lies outside the workspace: the forge, the devices and the clock, as the owner of the server wires them. */
export type Outside = {
  readonly onMerge: (body: { readonly number: number; readonly user: string }) => Promise<Reply>
  readonly onDevice: (body: z.infer<typeof DeviceBody>) => Promise<Reply>
  readonly onClock: (body: { readonly advance: string }) => Promise<Reply>
  readonly extraState: () => Promise<{
    readonly pullRequests: readonly unknown[]
    readonly devices: readonly unknown[]
  }>
}

const user = z.string().min(1)
const channel = z.string().min(1)
const text = z.string().min(1).max(40_000)
const where = { user, channel: channel.optional(), ts: z.string().optional(), view_id: z.string().optional() }
const SayBody = z.strictObject({ user, channel, text, thread_ts: z.string().optional() })
const CommandBody = z.strictObject({
  user,
  channel,
  command: z.string().regex(/^\/?[a-z0-9_-]{1,32}$/),
  text: z.string().max(40_000).default(''),
})
const ClickBody = z.strictObject({ ...where, action_id: z.string().min(1), value: z.unknown().optional() })
const SubmitBody = z.strictObject({ user, view_id: z.string(), values: z.record(z.string(), z.unknown()).default({}) })
const ViewBody = z.strictObject({ user, view_id: z.string() })
const HomeBody = z.strictObject({ user })
const MergeBody = z.strictObject({ number: z.int().min(1), user })
const DeviceBody = z.looseObject({
  device: z.string().min(1),
  do: z.enum(['down', 'up', 'slow', 'garble', 'edit', 'server-down', 'server-up']),
})
const ClockBody = z.strictObject({ advance: z.string().regex(/^P(?!$)(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/) })

/** An answer with its HTTP status: 400 for what can never mean anything, 200 for what Slack itself would answer. */
export type LocalReply = { readonly status: number; readonly body: unknown }
type Parts = {
  readonly context: MethodContext
  readonly interactions: Interactions
  readonly outside: Outside
  readonly commands: readonly string[]
  /** What an empty channel proposes to say. */
  readonly suggestions: readonly string[]
}

/** `GET /local/state`: all that can be seen, by everybody. */
export async function localState({ context, outside, commands, suggestions }: Parts): Promise<LocalReply> {
  const { state } = context
  const extra = await outside.extraState()
  const users = [...state.members.values()].map(({ realName, isBot, ...member }) => ({
    ...member,
    real_name: realName,
    is_bot: isBot,
  }))
  const modals = [...state.modals.values()].map((one) => ({ ...viewJson(one), user: one.user, errors: one.errors }))
  const homes = [...state.homes.values()].map((one) => ({ ...viewJson(one), user: one.user }))
  return {
    status: 200,
    body: {
      workspace: { name: state.teamName, bot: TEAM.botUser, commands, suggestions },
      now: state.now().toISOString(),
      users,
      groups: state.groups,
      channels: [...state.channels.values()].map(channelState),
      views: [...modals, ...homes],
      ...extra,
    },
  }
}

/** `POST /local/<what>`: what a person, or the world, does. */
export async function localAct(what: string, body: unknown, parts: Parts): Promise<LocalReply> {
  const { outside, interactions } = parts
  const { state } = parts.context
  const act = <S extends z.ZodType>(
    schema: S,
    run: (args: z.infer<S>) => Reply | Promise<Reply>,
  ): Promise<LocalReply> => checked(schema, body, run)
  const person = (ref: string, run: (member: Member) => Reply | Promise<Reply>): Reply | Promise<Reply> => {
    const member = findMember(state, ref)
    return member && !member.isBot ? run(member) : unknownName('user', ref)
  }
  switch (what) {
    case 'say':
      return act(SayBody, (args) => person(args.user, (member) => say(parts, member, args)))
    case 'command':
      return act(CommandBody, (args) => person(args.user, (member) => command(parts, member, args)))
    case 'click':
      return act(ClickBody, (args) => person(args.user, (member) => click(parts, member, args)))
    case 'submit':
      return act(SubmitBody, (args) => person(args.user, (one) => interactions.submit(one, args.view_id, args.values)))
    case 'close':
      return act(ViewBody, (args) => person(args.user, (member) => interactions.close(member, args.view_id)))
    case 'home':
      return act(HomeBody, (args) => person(args.user, (member) => openHome(parts, member)))
    case 'merge':
      return act(MergeBody, (args) => person(args.user, (one) => outside.onMerge({ ...args, user: one.name })))
    case 'device':
      return act(DeviceBody, outside.onDevice)
    case 'clock':
      return act(ClockBody, outside.onClock)
    default:
      return { status: 404, body: no('not_found', [`there is no POST /local/${what}`]) }
  }
}

async function checked<S extends z.ZodType>(
  schema: S,
  body: unknown,
  run: (args: z.infer<S>) => Reply | Promise<Reply>,
): Promise<LocalReply> {
  const read = schema.safeParse(body)
  if (!read.success) {
    const messages = read.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
    return { status: 400, body: no('invalid_arguments', messages) }
  }
  const reply = await run(read.data)
  return { status: reply.error === 'user_not_found' || reply.error === 'channel_not_found' ? 400 : 200, body: reply }
}

function unknownName(kind: 'user' | 'channel', ref: string): Reply {
  return no(`${kind}_not_found`, [`there is no ${kind} "${ref}" in this workspace`])
}

/** The channel a person means, if they are in it: "dm" is their own with the bot. */
function channelOf({ context: { state } }: Parts, member: Member, ref: string): Channel | Reply {
  const own = ref.toLowerCase() === 'dm' || ref === TEAM.botUser || ref === `D${member.id.slice(1)}`
  const found = own ? openDm(state, member.id) : findChannel(state, ref)
  if (!found) return unknownName('channel', ref)
  return found.members.includes(member.id) ? found : no('not_in_channel', [`${member.name} is not in #${found.name}`])
}

function say(parts: Parts, member: Member, args: z.infer<typeof SayBody>): Reply {
  const { context } = parts
  const found = channelOf(parts, member, args.channel)
  if ('ok' in found) return found
  const parent = args.thread_ts === undefined ? undefined : findMessage(found, args.thread_ts)
  if (args.thread_ts !== undefined && !parent) return no('thread_not_found')
  const thread = parent?.thread_ts ?? parent?.ts
  const message = addMessage(context.state, found, {
    user: member.id,
    text: typedText(args.text, context.state.members.values()),
    blocks: [],
    ...(thread === undefined ? {} : { thread_ts: thread }),
  })
  for (const event of messageEvents(context, found, message)) context.deliver(event)
  if (message.text.includes(`<@${TEAM.botUser}>`) && !found.members.includes(TEAM.botUser))
    noteFor(
      context.state,
      found,
      member.id,
      `You mentioned <@${TEAM.botUser}>, but they’re not in this channel.`,
      thread,
    )
  return { ok: true, ts: message.ts, channel: found.id }
}

async function command(parts: Parts, member: Member, args: z.infer<typeof CommandBody>): Promise<Reply> {
  const found = channelOf(parts, member, args.channel)
  if ('ok' in found) return found
  const name = args.command.startsWith('/') ? args.command : `/${args.command}`
  if (!parts.commands.includes(name)) return no('unknown_command', [`${name} is not a valid command`])
  return parts.interactions.command(member, found, name, args.text)
}

async function click(parts: Parts, member: Member, args: z.infer<typeof ClickBody>): Promise<Reply> {
  const { state } = parts.context
  const press = { member, actionId: args.action_id, value: args.value }
  if (args.view_id !== undefined) {
    const view = [...state.modals.values(), ...state.homes.values()].find((one) => one.id === args.view_id)
    if (view?.user !== member.id) return no('view_not_found')
    return parts.interactions.press({ ...press, at: { view } })
  }
  if (args.channel === undefined || args.ts === undefined)
    return no('invalid_arguments', ['give channel and ts of the message, or view_id'])
  const found = channelOf(parts, member, args.channel)
  if ('ok' in found) return found
  const message = findMessage(found, args.ts)
  if (!message || (message.ephemeral_for !== undefined && message.ephemeral_for !== member.id))
    return no('message_not_found', [`${member.name} sees no message ${args.ts} there`])
  return parts.interactions.press({ ...press, at: { channel: found, message } })
}

function openHome({ context }: Parts, member: Member): Reply {
  const { state, subscribed, deliver } = context
  if (!subscribed.includes('app_home_opened')) return { ok: true }
  const home = state.homes.get(member.id)
  deliver({
    type: 'app_home_opened',
    user: member.id,
    channel: openDm(state, member.id).id,
    tab: 'home',
    event_ts: nextTs(state),
    ...(home ? { view: viewJson(home) } : {}),
  })
  return { ok: true }
}

/** A channel with its threads folded in: every message once, replies under their parent. */
function channelState(found: Channel): Readonly<Record<string, unknown>> {
  const top = (message: Message): boolean =>
    message.thread_ts === undefined || message.thread_ts === message.ts || !findMessage(found, message.thread_ts)
  const { id, name, kind, members, messages } = found
  return {
    id,
    name,
    is_im: kind === 'im',
    ...(kind === 'im' ? { user: members.find((one) => one !== TEAM.botUser) } : {}),
    members,
    messages: messages.filter(top).map((message) => ({ ...message, replies: repliesOf(found, message.ts) })),
  }
}
