import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { webApi } from '@slack/bolt'
import { Fault } from '../evidence/fault.ts'
import type { Chat, Message, Place } from '../ports.ts'
import type { Layout } from './blocks.ts'
import { printHome } from './home.ts'
import { printMessage } from './layout.ts'
import { linkAddresses, printText } from './mrkdwn.ts'
import { isNotThere, refusedWith, slackFault } from './slack-faults.ts'

const TIMEOUT_MS = 10_000
const RETRIES = 2
const RETRY_WAIT_MS = 500
const LONGEST_RATE_WAIT_S = 30
/** How far back a lost message is looked for: a restart may take a while, and clocks need not agree. */
const LOOK_BACK_S = 24 * 3600

/** Calls are tried three times within seconds, never for half an hour as the client would by itself. */
export function openWebClient(token: string, options: webApi.WebClientOptions): webApi.WebClient {
  return new webApi.WebClient(token, {
    timeout: TIMEOUT_MS,
    retryConfig: { retries: RETRIES, minTimeout: RETRY_WAIT_MS },
    ...options,
  })
}

/** The port, and beneath it any layout. */
export type SlackChat = Chat & {
  post(place: Place, layout: Layout, mark?: Mark): Promise<{ readonly channel: string; readonly ts: string }>
}
/** What is noted on a message, unseen by people: `key` finds it again when it may have been posted before (`again`). */
type Mark = { readonly request?: string | undefined; readonly key?: string; readonly again?: boolean }

/**
 * Speaks in Slack. A Slack user's id may stand in for a channel: that is a direct message. `spoke` hears of every thread the bot
 * has spoken in.
 */
export function openChat(about: {
  readonly token: string
  readonly options: webApi.WebClientOptions
  readonly now: () => Date
  readonly spoke: (channel: string, thread: string) => void
}): SlackChat {
  const client = openWebClient(about.token, about.options)
  const posting = openWebClient(about.token, {
    ...about.options,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  })
  const directs = new Map<string, string>()

  const resolve = async (channel: string): Promise<string> => {
    if (!/^[UW]/.test(channel)) return channel
    const known = directs.get(channel)
    if (known !== undefined) return known
    const opened = await client.conversations.open({ users: channel })
    const id = opened.channel?.id
    if (id === undefined) throw new Fault('SLACK_REFUSED', 'Slack did not let me write to that person.')
    directs.set(channel, id)
    return id
  }
  const post = (place: Place, layout: Layout, mark: Mark = {}) =>
    slackFault('posting a message', async () => {
      const channel = await resolve(place.channel)
      const at = { channel, ...(place.thread && { thread: place.thread }) }
      const ts = await postOnce({ posting, reading: client, now: about.now }, at, layout, mark)
      about.spoke(channel, place.thread || ts)
      return { channel, ts }
    })

  return {
    post,
    say: async (place, message) => (await post(place, printMessage(message), { request: requestOf(message) })).ts,
    async update(place, timestamp, message) {
      const layout = printMessage(message)
      await slackFault('updating a message', async () => {
        const channel = await resolve(place.channel)
        await client.chat.update({ channel, ts: timestamp, ...layout })
      })
    },
    async whisper(place, slackUser, text) {
      const said = linkAddresses(printText(text, 2500)) || '·'
      const direct = /^[UWD]/.test(place.channel)
      try {
        if (direct) return void (await post(place, layoutOf(said)))
        await slackFault('whispering', () =>
          client.chat.postEphemeral({
            channel: place.channel,
            user: slackUser,
            ...layoutOf(said),
            ...(place.thread && { thread_ts: place.thread }),
          }),
        )
      } catch (error) {
        // Somebody who is not in the channel, or cannot be seen there, still gets an answer.
        if (direct || !isNotThere(error)) throw error
        await post({ channel: slackUser }, layoutOf(said))
      }
    },
    async publishHome(slackUser, home) {
      const view = printHome(home)
      await slackFault('publishing the home tab', () => client.views.publish({ user_id: slackUser, view }))
    },
  }
}

function layoutOf(said: string): Layout {
  return { text: said, blocks: [{ type: 'section', text: { type: 'mrkdwn', text: said, verbatim: true } }] }
}

function requestOf(message: Message): string | undefined {
  return message.kind === 'card' ? message.card.request.id : message.kind === 'note' ? message.about : undefined
}

/**
 * Posts exactly one message. When the answer to a call is lost, nobody knows whether it was heard: then Slack is asked for a
 * message with our key, and only if it says there is none, the message is sent again.
 */
async function postOnce(
  { posting, reading, now }: { posting: webApi.WebClient; reading: webApi.WebClient; now: () => Date },
  place: Place,
  layout: Layout,
  { request, key = randomUUID(), again }: Mark,
): Promise<string> {
  const before = again && (await findPosted(reading, place, key, now))
  if (before) return before
  const metadata = {
    event_type: 'sallyport_message',
    event_payload: { key, ...(request !== undefined && { request }) },
  }
  for (let attempt = 0; ; attempt += 1) {
    try {
      const posted = await posting.chat.postMessage({
        channel: place.channel,
        ...layout,
        ...(place.thread && { thread_ts: place.thread }),
        metadata,
        unfurl_links: false,
        unfurl_media: false,
      })
      if (posted.ts) return posted.ts
      throw new Fault('SLACK_REFUSED', 'Slack took my message but did not say where it is.')
    } catch (error) {
      if (attempt === RETRIES || refusedWith(error) !== undefined || error instanceof Fault) throw error
      if (error instanceof webApi.WebAPIRateLimitedError) {
        if (error.retryAfter > LONGEST_RATE_WAIT_S) throw error
        await sleep(error.retryAfter * 1000)
        continue
      }
      await sleep(RETRY_WAIT_MS * (attempt + 1))
      const found = await findPosted(reading, place, key, now)
      if (found !== undefined) return found
    }
  }
}

async function findPosted(
  client: webApi.WebClient,
  place: Place,
  key: string,
  now: () => Date,
): Promise<string | undefined> {
  const since = {
    oldest: String(Math.floor(now().getTime() / 1000) - LOOK_BACK_S),
    limit: 200,
    include_all_metadata: true,
  }
  const { messages } = place.thread
    ? await client.conversations.replies({ channel: place.channel, ts: place.thread, ...since })
    : await client.conversations.history({ channel: place.channel, ...since })
  for (const message of messages ?? []) {
    const payload: unknown = message.metadata?.event_payload
    if (typeof payload === 'object' && payload !== null && 'key' in payload && payload.key === key) return message.ts
  }
  return undefined
}
