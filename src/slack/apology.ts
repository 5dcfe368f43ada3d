import { createHash } from 'node:crypto'
import { Fault } from '../evidence/fault.ts'
import type { Chat, Place } from '../ports.ts'
import type { Incoming } from './incoming.ts'

/** Short enough to read aloud; the log has the same beside the whole story. */
export function referenceOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 8)
}

/** One plain sentence with the reference under which the log has the rest; never what was thrown. */
export function saysOf(error: unknown, reference: string): string {
  return error instanceof Fault
    ? `${error.says} (reference ${reference})`
    : `Something broke on my side and I could not finish this. Please tell whoever looks after me: reference ${reference}.`
}

/** Tells the person whose message or click could not be dealt with. Opening the home tab asks for no answer. */
export async function apologise(chat: Chat, incoming: Incoming, error: unknown, reference: string): Promise<void> {
  if (incoming.kind !== 'home') await chat.whisper(placeOf(incoming), incoming.slackUser, saysOf(error, reference))
}

/** Where something was said or clicked. */
export function placeOf(incoming: Exclude<Incoming, { kind: 'home' }>): Place {
  const thread = 'thread' in incoming ? incoming.thread : undefined
  return { channel: incoming.channel, ...(thread !== undefined && { thread }) }
}
