import type { webApi } from '@slack/bolt'
import type { Store } from '../ports.ts'
import type { Incoming } from './incoming.ts'
import { slackFault } from './slack-faults.ts'

const REMEMBERED = 2000
/** How long "I never spoke in this thread" is believed; another replica may speak in it meanwhile. */
const SILENT_MS = 60_000

/** Which of the things said in channels are meant for the bot. */
export type Hearing = {
  isForUs(incoming: Incoming): Promise<boolean>
  /** The bot spoke in this thread, so it goes on listening there. */
  spoke(channel: string, thread: string): void
}

/**
 * Direct messages, mentions, threads the bot takes part in, and what is said first in an access channel. Only what is for us is
 * kept: other people's talk is not the bot's to store.
 */
export function openHearing(about: {
  readonly client: webApi.WebClient
  readonly store: Pick<Store, 'listRequests'>
  readonly botUser: string
  /** Names or ids. */
  readonly accessChannels: readonly string[]
  readonly now: () => Date
}): Hearing {
  const access = new Set(about.accessChannels.map((it) => it.replace(/^#/, '').toLowerCase()))
  const names = new Map<string, string>()
  const threads = new Map<string, number>()

  const isAccessChannel = async (channel: string): Promise<boolean> => {
    if (access.size === 0) return false
    if (access.has(channel.toLowerCase())) return true
    const name = names.get(channel) ?? (await fetchName(about.client, channel))
    remember(names, channel, name)
    return access.has(name.toLowerCase())
  }
  const takesPart = async (channel: string, thread: string): Promise<boolean> => {
    const key = `${channel}:${thread}`
    const silentUntil = threads.get(key)
    if (silentUntil !== undefined && (silentUntil === SPOKE || about.now().getTime() < silentUntil))
      return silentUntil === SPOKE
    const asked = (await about.store.listRequests({ thread })).some((request) => request.channel === channel)
    const spoke = asked || (await fetchSpoke(about.client, channel, thread, about.botUser))
    remember(threads, key, spoke ? SPOKE : about.now().getTime() + SILENT_MS)
    return spoke
  }
  return {
    async isForUs(incoming) {
      if (incoming.kind !== 'heard' || incoming.direct || incoming.mentioned) return true
      return incoming.reply ? takesPart(incoming.channel, incoming.thread) : isAccessChannel(incoming.channel)
    },
    spoke: (channel, thread) => remember(threads, `${channel}:${thread}`, SPOKE),
  }
}

const SPOKE = Number.POSITIVE_INFINITY

/** Forgets the oldest when there are too many; what is forgotten is looked up again. */
function remember<T>(memory: Map<string, T>, key: string, value: T): void {
  memory.delete(key)
  memory.set(key, value)
  const oldest = memory.keys().next()
  if (memory.size > REMEMBERED && !oldest.done) memory.delete(oldest.value)
}

async function fetchName(client: webApi.WebClient, channel: string): Promise<string> {
  const info = await slackFault('looking up a channel', () => client.conversations.info({ channel }))
  return info.channel?.name ?? ''
}

async function fetchSpoke(
  client: webApi.WebClient,
  channel: string,
  thread: string,
  botUser: string,
): Promise<boolean> {
  const replies = await slackFault('reading a thread', () =>
    client.conversations.replies({ channel, ts: thread, limit: 200 }),
  )
  return (replies.messages ?? []).some((message) => message.user === botUser)
}
