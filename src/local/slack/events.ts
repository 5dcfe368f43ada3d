import type { MethodContext } from './method.ts'
import { type Channel, type Message, messageJson, TEAM } from './workspace-state.ts'

type Event = Readonly<Record<string, unknown>>
const SUBSCRIPTIONS = { channel: 'message.channels', group: 'message.groups', im: 'message.im' } as const

/**
 * What an app hears of a new message, if it is in the channel and subscribed: the message, and once more as `app_mention` when it
 * is named outside a direct message. An app hears its own messages too; telling them apart is its own business.
 */
export function messageEvents(context: Hearing, channel: Channel, message: Message): readonly Event[] {
  if (!channel.members.includes(TEAM.botUser) || message.ephemeral_for !== undefined) return []
  const seen = { ...messageJson(channel, message), channel: channel.id, event_ts: message.ts }
  const events: Event[] = []
  if (context.subscribed.includes(SUBSCRIPTIONS[channel.kind])) events.push({ ...seen, channel_type: channel.kind })
  const mentioned = message.text.includes(`<@${TEAM.botUser}>`) || message.text.includes(`<@${TEAM.botUser}|`)
  if (mentioned && !message.bot_id && channel.kind !== 'im' && context.subscribed.includes('app_mention'))
    events.push({ ...seen, type: 'app_mention' })
  return events
}

/** An edit is heard as `message_changed`. */
export function changeEvents(
  context: Hearing,
  channel: Channel,
  message: Message,
  previous: Message,
): readonly Event[] {
  if (!context.subscribed.includes(SUBSCRIPTIONS[channel.kind])) return []
  return [
    {
      type: 'message',
      subtype: 'message_changed',
      channel: channel.id,
      channel_type: channel.kind,
      ts: message.edited?.ts ?? message.ts,
      event_ts: message.edited?.ts ?? message.ts,
      hidden: true,
      message: messageJson(channel, message),
      previous_message: messageJson(channel, previous),
    },
  ]
}
type Hearing = Pick<MethodContext, 'subscribed'>

/** The outer envelope of the Events API. */
export function eventCallback(event: Event, id: string, seconds: number): Event {
  return {
    token: 'local',
    team_id: TEAM.id,
    context_team_id: TEAM.id,
    context_enterprise_id: null,
    api_app_id: TEAM.appId,
    event,
    type: 'event_callback',
    event_id: id,
    event_time: seconds,
    authorizations: [
      {
        enterprise_id: null,
        team_id: TEAM.id,
        user_id: TEAM.botUser,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
    event_context: `4-${id}`,
  }
}
