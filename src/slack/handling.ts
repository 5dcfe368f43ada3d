import type { Chat, Conversation, InboxEntry, Log, Place, Store } from '../ports.ts'
import { apologise, placeOf, referenceOf } from './apology.ts'
import { Incoming } from './incoming.ts'

/** After this many restarts in the middle of it, an entry is given up and the person told. */
const MOST_ATTEMPTS = 3

/** Hands incoming things to the conversation, each once at a time, and sees to it that no failure goes unanswered. */
export type Handling = {
  /** Never throws. */
  work(entry: InboxEntry): Promise<void>
  /** Takes up what a killed process left. */
  sweep(): Promise<void>
  /** Everything that is being worked on has ended. */
  idle(): Promise<void>
}

type Command = Extract<Incoming, { kind: 'command' }>

/** Opens the handling of an inbox; nothing is taken up before `sweep`. */
export function openHandling(about: {
  readonly store: Store
  readonly conversation: Conversation
  readonly chat: Chat
  readonly log: Log
  /** Gives a command a thread to be answered in; the same one when it is taken up again. */
  readonly openThread: (command: Command, entry: InboxEntry) => Promise<Required<Place>>
}): Handling {
  const { store, chat, log } = about
  const underWay = new Map<string, Promise<void>>()

  const handle = async (entry: InboxEntry): Promise<void> => {
    const reference = referenceOf(entry.id)
    const read = Incoming.safeParse(parseJson(entry.payload))
    if (!read.success)
      return log.error({ entry: entry.id, kind: entry.kind, reference }, 'an inbox entry cannot be read')
    const incoming = read.data
    try {
      if ((entry.attempts ?? 0) > MOST_ATTEMPTS)
        throw new Error(`giving up after ${MOST_ATTEMPTS} restarts in the middle of it`)
      await dispatch(about, incoming, entry)
    } catch (error) {
      log.error(
        { err: error, entry: entry.id, kind: incoming.kind, slackUser: incoming.slackUser, reference },
        'handling failed',
      )
      await apologise(chat, incoming, error, reference).catch((cause: unknown) =>
        log.warn({ err: cause, reference }, 'telling so failed too'),
      )
    }
  }
  const work = (entry: InboxEntry): Promise<void> => {
    const already = underWay.get(entry.id)
    if (already) return already
    const job = handle(entry)
      .then(() => store.finish(entry.id))
      .catch((error: unknown) =>
        log.warn({ err: error, entry: entry.id }, 'an inbox entry could not be finished; it will be taken up again'),
      )
      .finally(() => underWay.delete(entry.id))
    underWay.set(entry.id, job)
    return job
  }
  return {
    work,
    async sweep() {
      try {
        await Promise.all((await store.unfinished()).map(work))
      } catch (error) {
        log.warn({ err: error }, 'the inbox could not be read')
      }
    },
    async idle() {
      await Promise.all(underWay.values())
    },
  }
}

async function dispatch(
  { conversation, openThread }: Pick<Parameters<typeof openHandling>[0], 'conversation' | 'openThread'>,
  incoming: Incoming,
  entry: InboxEntry,
): Promise<void> {
  const { id } = entry
  switch (incoming.kind) {
    case 'heard': {
      const { slackUser, channel, thread, text, direct, mentioned } = incoming
      return conversation.heard({ id, slackUser, place: { channel, thread }, text, direct, mentioned })
    }
    case 'command': {
      const { slackUser, text } = incoming
      const place = await openThread(incoming, entry)
      return conversation.heard({ id, slackUser, place, text, direct: place.channel.startsWith('D'), command: true })
    }
    case 'clicked': {
      const { action, target, value, part, slackUser, timestamp } = incoming
      return conversation.clicked({
        id,
        action,
        target,
        ...(value !== undefined && { value }),
        ...(part !== undefined && { part }),
        slackUser,
        place: placeOf(incoming),
        timestamp,
      })
    }
    case 'denied':
      return conversation.denied({ request: incoming.request, slackUser: incoming.slackUser, reason: incoming.reason })
    case 'edited':
      return conversation.edited({ id, request: incoming.request, slackUser: incoming.slackUser, form: incoming.form })
    case 'home':
      return conversation.homeOpened(incoming.slackUser)
    default:
      return incoming satisfies never
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
