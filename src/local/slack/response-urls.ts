import { randomBytes } from 'node:crypto'
import { readContent } from './chat-methods.ts'
import { no, type Reply } from './method.ts'
import { addMessage, type Channel, findMessage, TEAM, type WorkspaceState } from './workspace-state.ts'

/** Where an interaction came from, and so where its answers go. */
type Origin = {
  readonly channel: Channel
  readonly user: string
  /** The message that was pressed. */
  readonly ts?: string | undefined
  readonly thread?: string | undefined
}
export type ResponseUrls = {
  make(origin: Origin): string
  /** What an app sends to one. */
  respond(id: string, body: Readonly<Record<string, unknown>>): Reply
}

/** Slack: a response URL works five times within 30 minutes. */
const USES = 5
const LIFE_MS = 30 * 60_000

/** Keeps the response URLs handed out; `host` is where they lead. */
export function openResponseUrls(state: WorkspaceState, host: () => string): ResponseUrls {
  const urls = new Map<string, { readonly origin: Origin; readonly expiresAt: number; uses: number }>()
  return {
    make(origin) {
      const now = state.now().getTime()
      for (const [id, url] of urls) if (now > url.expiresAt) urls.delete(id)
      const id = randomBytes(18).toString('hex')
      urls.set(id, { origin, expiresAt: now + LIFE_MS, uses: USES })
      return `http://${host()}/response/${id}`
    },
    respond(id, body) {
      const url = urls.get(id)
      if (!url || state.now().getTime() > url.expiresAt) return no('expired_url')
      if (url.uses === 0) return no('used_url')
      url.uses -= 1
      return speak(state, url.origin, body)
    },
  }
}

/** Posts what an app answered to a command or sent to a response URL. */
export function speak(state: WorkspaceState, to: Origin, body: Readonly<Record<string, unknown>>): Reply {
  const original = to.ts === undefined ? undefined : findMessage(to.channel, to.ts)
  if (body.delete_original === true || body.delete_original === 'true') {
    if (!original) return no('message_not_found')
    to.channel.messages.splice(to.channel.messages.indexOf(original), 1)
    state.changed()
    return { ok: true }
  }
  const draft = readContent(body, state.teamName)
  if ('ok' in draft) return draft
  if (body.replace_original === true || body.replace_original === 'true') {
    if (!original) return no('message_not_found')
    Object.assign(original, { text: draft.text, blocks: draft.blocks })
    state.changed()
    return { ok: true }
  }
  const thread = typeof body.thread_ts === 'string' ? body.thread_ts : to.thread
  addMessage(state, to.channel, {
    user: TEAM.botUser,
    bot_id: TEAM.botId,
    ...draft,
    ...(thread === undefined ? {} : { thread_ts: thread }),
    ...(body.response_type === 'in_channel' ? {} : { ephemeral_for: to.user }),
  })
  return { ok: true }
}
