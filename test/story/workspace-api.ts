import { expect } from 'vitest'
import { z } from 'zod'

const Element = z.looseObject({
  type: z.string(),
  action_id: z.string().optional(),
  value: z.string().optional(),
  text: z.unknown().optional(),
  options: z.array(z.looseObject({ value: z.string(), text: z.unknown() })).optional(),
})
type Element = z.infer<typeof Element>
const Block = z.looseObject({ type: z.string(), elements: z.array(Element).optional() })
const Message = z.object({
  ts: z.string(),
  user: z.string(),
  text: z.string(),
  blocks: z.array(Block),
  ephemeral_for: z.string().optional(),
})
export type Message = z.infer<typeof Message>
const State = z.object({
  now: z.string(),
  users: z.array(z.looseObject({ id: z.string(), name: z.string() })),
  channels: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      messages: z.array(Message.extend({ replies: z.array(Message) })),
    }),
  ),
  views: z.array(z.looseObject({ id: z.string(), type: z.string(), user: z.string(), blocks: z.array(Block) })),
  pullRequests: z.array(
    z.object({
      number: z.number(),
      state: z.string(),
      title: z.string(),
      body: z.string(),
      branch: z.string(),
      files: z.array(z.object({ path: z.string(), patch: z.string() })),
    }),
  ),
  devices: z.array(z.looseObject({ id: z.string(), kind: z.string(), state: z.string() })),
})
export type State = z.infer<typeof State>
const Reply = z.looseObject({
  ok: z.boolean(),
  error: z.string().optional(),
  ts: z.string().default(''),
  channel: z.string().default(''),
  deployed: z.array(z.string()).default([]),
})

/** What people and scripts do through the small API of a local workspace, and waiting for what comes of it. */
export function openWorkspaceApi(url: string) {
  const state = async (): Promise<State> => State.parse(await (await fetch(`${url}/local/state`)).json())
  const post = async (what: string, body: object) => {
    const response = await fetch(`${url}/local/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return Reply.parse(await response.json())
  }
  const done = async (what: string, body: object) => {
    const reply = await post(what, body)
    expect(reply, `POST /local/${what} ${JSON.stringify(body)}`).toMatchObject({ ok: true })
    return reply
  }
  /** Whatever is in a thread by now. */
  const replies = async (thread: string): Promise<readonly Message[]> =>
    (await state()).channels.flatMap(({ messages }) => messages.find((message) => message.ts === thread)?.replies ?? [])
  const until = <T>(look: () => Promise<T | undefined>, what: string): Promise<T> => waitFor(look, what)

  /** Waits for the bot to say something in a thread: the newest message in which all these words stand. */
  const reply = async (thread: string, ...words: readonly string[]): Promise<Message> =>
    waitFor(
      async () => (await replies(thread)).findLast((one) => one.user === BOT && holds(one, words)),
      `an answer with ${words.join(', ') || 'any words'}`,
      async () => (await replies(thread)).map(plain).join('\n---\n'),
    )
  return {
    state,
    post,
    replies,
    reply,
    until,
    say: (user: string, text: string, where: { channel?: string; thread_ts?: string } = {}) =>
      done('say', { user, channel: 'access', text, ...where }),
    /** Says something in #access and waits for the bot's first answer. */
    async ask(user: string, text: string, ...words: readonly string[]) {
      const { ts } = await done('say', { user, channel: 'access', text })
      return { thread: ts, answer: await reply(ts, ...words) }
    },
    click: (user: string, message: Pick<Message, 'ts'>, action_id: string, value?: string) =>
      done('click', { user, channel: 'access', ts: message.ts, action_id, ...(value === undefined ? {} : { value }) }),
    /** A click that may come too late: the button may be gone by now. */
    tryClick: (user: string, message: Pick<Message, 'ts'>, action_id: string, value?: string) =>
      post('click', { user, channel: 'access', ts: message.ts, action_id, value }),
    /** Presses the button that has this value, whichever it is. */
    press: (user: string, message: Message, value: string) =>
      done('click', { user, channel: 'access', ts: message.ts, action_id: idOf(message, value), value }),
    command: (user: string, text: string, channel = 'access') =>
      done('command', { user, channel, command: '/access', text }),
    submit: (user: string, view_id: string, values: object) => post('submit', { user, view_id, values }),
    merge: (number: number, user: string) => done('merge', { number, user }),
    device: (device: string, order: object) => done('device', { device, ...order }),
    clock: (advance: string) => done('clock', { advance }),
    home: (user: string) => done('home', { user }),
    /** Waits for a note that only this person sees. */
    whisper: (slackUser: string, ...words: readonly string[]) =>
      waitFor(
        async () =>
          (await state()).channels
            .flatMap(({ messages }) => messages.flatMap((message) => [message, ...message.replies]))
            .findLast((one) => one.ephemeral_for === slackUser && holds(one, words)),
        `a whisper to ${slackUser} with ${words.join(', ')}`,
      ),
    view: (slackUser: string, type: 'modal' | 'home', ...words: readonly string[]) =>
      waitFor(
        async () =>
          (await state()).views.findLast(
            (one) => one.user === slackUser && one.type === type && words.every((word) => printed(one).includes(word)),
          ),
        `the ${type} of ${slackUser} with ${words.join(', ')}`,
        async () => (await state()).views.map(printed).join('\n---\n'),
      ),
    async everythingSaid(): Promise<readonly string[]> {
      const { channels, views, pullRequests } = await state()
      const messages = channels.flatMap(({ messages }) => messages.flatMap((one) => [one, ...one.replies]))
      return [
        ...messages.filter((one) => one.user === BOT).map(plain),
        ...views.map(printed),
        ...pullRequests.map(({ title, body }) => `${title}\n${body}`),
      ]
    },
  }
}

const BOT = 'U0BOT'
const PATIENCE_MS = 40_000
const LOOK_AGAIN_MS = 40

/** Looks again and again until there is something, for a bounded time; then says what was there instead. */
async function waitFor<T>(
  look: () => Promise<T | undefined>,
  what: string,
  instead: () => Promise<string> = async () => '',
): Promise<T> {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`there was never ${what}. Instead:\n${await instead()}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
}

/** All the words of a message as people read them, one block a line. */
export function plain(message: { readonly blocks: readonly unknown[]; readonly text: string }): string {
  return message.blocks.length > 0 ? printed(message) : unescaped(message.text)
}

/** Every button of a message. */
export function buttonsOf(message: Pick<Message, 'blocks'>): readonly { id: string; value: string; label: string }[] {
  const elements = message.blocks.flatMap((block): readonly Element[] => block.elements ?? [])
  return elements.flatMap((one) =>
    one.type === 'button'
      ? [{ id: one.action_id ?? '', value: one.value ?? '', label: textsOf(one.text).join('') }]
      : [],
  )
}

function idOf(message: Message, value: string): string {
  const found = buttonsOf(message).find((button) => button.value === value)
  if (!found) throw new Error(`there is no button with the value ${value}`)
  return found.id
}

/** Everything of a message that can be pressed or picked, by its type. */
export function controlsOf(message: Pick<Message, 'blocks'>): readonly string[] {
  return message.blocks.flatMap((block) =>
    block.type === 'actions' ? (block.elements ?? []).map(({ type }) => type) : [],
  )
}

/** The part of a message that Slack shows as mrkdwn, as it was sent. */
export function raw(message: { readonly blocks: readonly unknown[] }): string {
  return message.blocks.flatMap(textsOf).join('\n')
}

function printed({ blocks }: { readonly blocks: readonly unknown[] }): string {
  return unescaped(raw({ blocks }))
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

const Texts = z.looseObject({
  label: z.unknown().optional(),
  text: z.unknown().optional(),
  elements: z.array(z.unknown()).optional(),
  fields: z.array(z.unknown()).optional(),
})

function textsOf(part: unknown): readonly string[] {
  if (typeof part === 'string') return [part]
  const read = Texts.safeParse(part)
  if (!read.success) return []
  const { label, text, elements = [], fields = [] } = read.data
  return [...textsOf(label), ...textsOf(text), ...[...fields, ...elements].flatMap(textsOf)]
}

function holds(message: Message, words: readonly string[]): boolean {
  const text = plain(message)
  return words.every((word) => text.includes(word))
}
