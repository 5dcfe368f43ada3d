import { z } from 'zod'
import { FilledForm } from '../access/edit-form.ts'
import { readCardBlock } from './cards.ts'
import { readQuestionBlock } from './clarifications.ts'
import { readDenial } from './deny-modal.ts'
import { readEditModal } from './edit-modal.ts'

const place = { channel: z.string(), thread: z.string().optional() }

/** What Slack handed us, as the inbox keeps it: only what is needed to act on it, now or after a restart. */
export const Incoming = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('heard'),
    slackUser: z.string(),
    channel: z.string(),
    thread: z.string(),
    /** It answers something, so it is not the first of its thread. */
    reply: z.boolean(),
    text: z.string(),
    direct: z.boolean(),
    mentioned: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('command'), slackUser: z.string(), channel: z.string(), text: z.string() }),
  z.strictObject({
    kind: z.literal('clicked'),
    action: z.enum(['approve', 'confirm', 'cancel', 'answer']),
    target: z.string(),
    value: z.string().optional(),
    part: z.string().optional(),
    slackUser: z.string(),
    ...place,
    timestamp: z.string(),
  }),
  z.strictObject({
    kind: z.literal('denied'),
    request: z.string(),
    reason: z.string(),
    slackUser: z.string(),
    ...place,
  }),
  z.strictObject({
    kind: z.literal('edited'),
    request: z.string(),
    form: FilledForm,
    slackUser: z.string(),
    ...place,
  }),
  z.strictObject({ kind: z.literal('home'), slackUser: z.string() }),
])
export type Incoming = z.infer<typeof Incoming>

/** An incoming thing with the id under which it is acted on once. */
export type Received = { readonly id: string; readonly incoming: Incoming }

/**
 * Reads what Bolt received. Undefined: nothing that the ways need to know of, such as edits, joins, what bots say, or a modal that
 * is not filled in. The same message seen as `app_mention` and as `message` gets the same id.
 */
export function readIncoming(body: unknown, botUser: string): Received | undefined {
  const read = Body.safeParse(body)
  if (!read.success) return undefined
  const { event, command, action, submission } = read.data
  if (event) return readEvent(event, botUser)
  if (command) return readCommand(command)
  if (action) return readAction(action)
  return submission && readSubmission(submission)
}

/** Subtypes that are still somebody saying something. https://docs.slack.dev/reference/events/message */
const SPOKEN = new Set([undefined, 'thread_broadcast', 'file_share'])

const MessageEvent = z.object({
  type: z.enum(['message', 'app_mention']),
  subtype: z.string().optional(),
  user: z.string(),
  bot_id: z.string().optional(),
  edited: z.unknown().optional(),
  channel: z.string(),
  channel_type: z.string().optional(),
  text: z.string(),
  ts: z.string(),
  thread_ts: z.string().optional(),
})
const HomeEvent = z.object({ type: z.literal('app_home_opened'), user: z.string(), tab: z.string() })
const EventBody = z.object({ event_id: z.string(), event: z.union([MessageEvent, HomeEvent]) })
const CommandBody = z.object({
  command: z.literal('/access'),
  text: z.string(),
  user_id: z.string(),
  channel_id: z.string(),
  trigger_id: z.string(),
})
const Action = z.object({
  action_id: z.string(),
  block_id: z.string(),
  value: z.string().optional(),
  selected_option: z.object({ value: z.string() }).nullish(),
  selected_date: z.string().nullish(),
})
const ActionBody = z.object({
  type: z.literal('block_actions'),
  trigger_id: z.string(),
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }).optional(),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }).optional(),
  actions: z.array(Action).min(1),
})
const SubmissionBody = z.object({
  type: z.literal('view_submission'),
  trigger_id: z.string(),
  user: z.object({ id: z.string() }),
  view: z.looseObject({ callback_id: z.string() }),
})
type Read<B extends z.ZodType> = z.infer<B> | undefined
type BodyParts = {
  event?: Read<typeof EventBody>
  command?: Read<typeof CommandBody>
  action?: Read<typeof ActionBody>
  submission?: Read<typeof SubmissionBody>
}
const Body: z.ZodType<BodyParts> = z.union([
  EventBody.transform((event) => ({ event })),
  CommandBody.transform((command) => ({ command })),
  ActionBody.transform((action) => ({ action })),
  SubmissionBody.transform((submission) => ({ submission })),
])

/** Where and on what somebody clicked; in the App Home there is no channel, and the person's own is used. */
export function readClick(body: unknown): ({ readonly actions: z.infer<typeof Action>[] } & ClickPlace) | undefined {
  const read = ActionBody.safeParse(body)
  if (!read.success) return undefined
  const { user, channel, message, actions, trigger_id } = read.data
  return {
    actions,
    trigger: trigger_id,
    slackUser: user.id,
    channel: channel?.id ?? user.id,
    ...(message && channel && { thread: message.thread_ts ?? message.ts }),
    timestamp: message?.ts ?? '',
  }
}
type ClickPlace = {
  readonly trigger: string
  readonly slackUser: string
  readonly channel: string
  readonly thread?: string
  readonly timestamp: string
}

function readEvent({ event_id, event }: z.infer<typeof EventBody>, botUser: string): Received | undefined {
  if (event.type === 'app_home_opened') {
    return event.tab === 'home'
      ? { id: `event:${event_id}`, incoming: { kind: 'home', slackUser: event.user } }
      : undefined
  }
  const { user, bot_id, subtype, edited, channel, text, ts, thread_ts } = event
  if (user === botUser || bot_id !== undefined || edited !== undefined || !SPOKEN.has(subtype)) return undefined
  const incoming: Incoming = {
    kind: 'heard',
    slackUser: user,
    channel,
    thread: thread_ts ?? ts,
    reply: thread_ts !== undefined && thread_ts !== ts,
    text,
    direct: event.channel_type === 'im' || channel.startsWith('D'),
    mentioned: text.includes(`<@${botUser}>`) || text.includes(`<@${botUser}|`),
  }
  return { id: `${channel}:${ts}`, incoming }
}

function readCommand({ text, user_id, channel_id, trigger_id }: z.infer<typeof CommandBody>): Received | undefined {
  if (isAskingForHelp(text)) return undefined
  return { id: `trigger:${trigger_id}`, incoming: { kind: 'command', slackUser: user_id, channel: channel_id, text } }
}

/** `/access` alone is answered on the spot. */
export function isAskingForHelp(text: string): boolean {
  return /^\s*(help|\?)?\s*$/i.test(text)
}

function readAction(body: z.infer<typeof ActionBody>): Received | undefined {
  const click = readClick(body)
  const action = body.actions[0]
  if (!click || !action) return undefined
  const { trigger, actions: _, ...where } = click
  const id = `trigger:${trigger}`
  const answer = readQuestionBlock(action.block_id)
  if (answer !== undefined && action.action_id.startsWith('answer:')) {
    const value = action.selected_option?.value ?? action.selected_date ?? action.value
    return value === undefined
      ? undefined
      : { id, incoming: { kind: 'clicked', action: 'answer', target: answer.id, part: answer.part, value, ...where } }
  }
  const card = readCardBlock(action.block_id)
  if (!card || card.request !== action.value) return undefined
  if (action.action_id === 'cancel')
    return { id, incoming: { kind: 'clicked', action: 'cancel', target: card.request, ...where } }
  if (action.action_id !== 'approve' && action.action_id !== 'confirm') return undefined
  const { action_id: pressed } = action
  return { id, incoming: { kind: 'clicked', action: pressed, target: card.request, value: card.digest, ...where } }
}

function readSubmission(body: z.infer<typeof SubmissionBody>): Received | undefined {
  const id = `trigger:${body.trigger_id}`
  if (body.view.callback_id === 'edit') {
    const edit = readEditModal(body.view)
    return edit && { id, incoming: { kind: 'edited', slackUser: body.user.id, ...edit } }
  }
  if (body.view.callback_id !== 'deny') return undefined
  const denial = readDenial(body.view)
  if (!denial.ok) return undefined
  const { ok: _, ...said } = denial
  return { id, incoming: { kind: 'denied', slackUser: body.user.id, ...said } }
}
