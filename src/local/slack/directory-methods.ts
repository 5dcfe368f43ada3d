import { z } from 'zod'
import { flag, limit, type Method, method, no, structured } from './method.ts'
import { type Channel, findMessage, type Member, messageJson, openDm, repliesOf, TEAM } from './workspace-state.ts'

const history = {
  channel: z.string(),
  limit,
  latest: z.string().optional(),
  oldest: z.string().optional(),
  inclusive: flag,
  include_all_metadata: flag,
}

/** Who and what there is: `auth.test`, `bots.info`, `users.*`, `usergroups.*` and `conversations.*`. */
export const directoryMethods: Readonly<Record<string, Method>> = {
  'auth.test': method(z.object({}), (_args, { state, host }) => ({
    ok: true,
    url: `http://${host}/`,
    team: state.teamName,
    team_id: TEAM.id,
    user: 'sallyport',
    user_id: TEAM.botUser,
    bot_id: TEAM.botId,
    is_enterprise_install: false,
  })),
  'bots.info': method(z.object({ bot: z.string().optional() }), ({ bot }) =>
    bot === undefined || bot === TEAM.botId
      ? {
          ok: true,
          bot: { id: TEAM.botId, app_id: TEAM.appId, user_id: TEAM.botUser, name: 'Sallyport', deleted: false },
        }
      : no('bot_not_found'),
  ),
  'users.info': method(z.object({ user: z.string() }), ({ user }, { state }) => {
    const member = state.members.get(user)
    return member ? { ok: true, user: memberJson(member) } : no('user_not_found')
  }),
  'users.list': method(z.object({}), (_args, { state }) => ({
    ok: true,
    members: [...state.members.values()].map(memberJson),
    response_metadata: { next_cursor: '' },
  })),
  'users.lookupByEmail': method(z.object({ email: z.string() }), ({ email }, { state }) => {
    const member = state.members.values().find((one) => one.email?.toLowerCase() === email.toLowerCase())
    return member ? { ok: true, user: memberJson(member) } : no('users_not_found')
  }),
  'usergroups.list': method(z.object({ include_users: flag }), ({ include_users }, { state }) => ({
    ok: true,
    usergroups: state.groups.map((group) => ({
      id: group.id,
      team_id: TEAM.id,
      is_usergroup: true,
      name: group.name,
      handle: group.handle,
      user_count: group.members.length,
      ...(include_users ? { users: group.members } : {}),
    })),
  })),
  'usergroups.users.list': method(z.object({ usergroup: z.string() }), ({ usergroup }, { state }) => {
    const group = state.groups.find((one) => one.id === usergroup)
    return group ? { ok: true, users: group.members } : no('no_such_subteam')
  }),
  'conversations.list': method(z.object({ types: z.string().default('public_channel') }), ({ types }, { state }) => ({
    ok: true,
    channels: [...state.channels.values()].filter((one) => types.split(',').includes(TYPES[one.kind])).map(channelJson),
    response_metadata: { next_cursor: '' },
  })),
  'conversations.info': method(z.object({ channel: z.string() }), (args, { state }) => {
    const channel = state.channels.get(args.channel)
    return channel ? { ok: true, channel: channelJson(channel) } : no('channel_not_found')
  }),
  'conversations.members': method(z.object({ channel: z.string() }), (args, { state }) => {
    const channel = state.channels.get(args.channel)
    if (!channel) return no('channel_not_found')
    return { ok: true, members: channel.members, response_metadata: { next_cursor: '' } }
  }),
  'conversations.open': method(z.object({ users: structured }), ({ users }, { state }) => {
    const ids = Array.isArray(users) ? users.map(String) : String(users).split(',')
    const [id] = ids
    if (ids.length !== 1 || id === undefined) return no('not_supported', ['[ERROR] one person only in this workspace'])
    const member = state.members.get(id)
    if (!member) return no('user_not_found')
    if (member.isBot) return no('cannot_dm_bot')
    return { ok: true, channel: channelJson(openDm(state, id)) }
  }),
  'conversations.history': method(z.object(history), (args, { state }) => {
    const channel = state.channels.get(args.channel)
    if (!channel) return no('channel_not_found')
    if (!channel.members.includes(TEAM.botUser)) return no('not_in_channel')
    const top = channel.messages.filter((one) => one.thread_ts === undefined || one.thread_ts === one.ts)
    return { ok: true, ...page(channel, top.toReversed(), args) }
  }),
  'conversations.replies': method(z.object({ ...history, ts: z.string() }), (args, { state }) => {
    const channel = state.channels.get(args.channel)
    if (!channel) return no('channel_not_found')
    if (!channel.members.includes(TEAM.botUser)) return no('not_in_channel')
    const asked = findMessage(channel, args.ts)
    const parent = asked?.thread_ts === undefined ? asked : findMessage(channel, asked.thread_ts)
    if (!parent) return no('thread_not_found')
    return { ok: true, ...page(channel, [parent, ...repliesOf(channel, parent.ts)], args) }
  }),
}

const TYPES = { channel: 'public_channel', group: 'private_channel', im: 'im' } as const

/** One page of messages: what nobody else may see is left out, as the API does. */
function page(
  channel: Channel,
  messages: Channel['messages'],
  args: {
    limit: number
    latest?: string | undefined
    oldest?: string | undefined
    inclusive: boolean
    include_all_metadata: boolean
  },
): Readonly<Record<string, unknown>> {
  const { latest, oldest, inclusive } = args
  const within = messages.filter(({ ts, ephemeral_for }) => {
    if (ephemeral_for !== undefined) return false
    if (latest !== undefined && !(ts < latest || (inclusive && ts === latest))) return false
    return oldest === undefined || ts > oldest || (inclusive && ts === oldest)
  })
  const shown = within.slice(0, args.limit).map((message) => {
    const { metadata, ...rest } = messageJson(channel, message)
    return args.include_all_metadata && metadata !== undefined ? { ...rest, metadata } : rest
  })
  return { messages: shown, has_more: within.length > shown.length, response_metadata: { next_cursor: '' } }
}

function memberJson(member: Member): Readonly<Record<string, unknown>> {
  return {
    id: member.id,
    team_id: TEAM.id,
    name: member.name,
    real_name: member.realName,
    deleted: false,
    is_bot: member.isBot,
    tz: 'UTC',
    profile: {
      real_name: member.realName,
      display_name: member.name,
      ...(member.email === undefined ? {} : { email: member.email }),
    },
  }
}

function channelJson(channel: Channel): Readonly<Record<string, unknown>> {
  const person = channel.members.find((id) => id !== TEAM.botUser)
  return {
    id: channel.id,
    ...(channel.kind === 'im' ? { user: person } : { name: channel.name, name_normalized: channel.name }),
    is_channel: channel.kind === 'channel',
    is_group: channel.kind === 'group',
    is_im: channel.kind === 'im',
    is_private: channel.kind !== 'channel',
    is_archived: false,
    is_member: channel.members.includes(TEAM.botUser),
    num_members: channel.members.length,
  }
}
