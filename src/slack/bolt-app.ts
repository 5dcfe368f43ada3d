import { App, HTTPReceiver, type Logger, SocketModeReceiver } from '@slack/bolt'
import { Fault } from '../evidence/fault.ts'
import type { Chat, Conversation, InboxEntry, Log, Store } from '../ports.ts'
import { apologise, referenceOf } from './apology.ts'
import { boltLogger } from './bolt-logger.ts'
import { printCommandRoot } from './command-root.ts'
import { printProblems } from './edit-modal.ts'
import { openHandling } from './handling.ts'
import { type Hearing, openHearing } from './hearing.ts'
import { type Incoming, isAskingForHelp, readIncoming } from './incoming.ts'
import { printMessage } from './layout.ts'
import { listenToModals } from './modals.ts'
import { openChat, openWebClient, type SlackChat } from './slack-chat.ts'
import { isNotThere, slackFault } from './slack-faults.ts'

/** How often the inbox is looked through for what another, dead process left. */
const SWEEP_MS = 30_000
/** Slack retries for an hour; a reconnecting client must not give up before the network is back. */
const RECONNECT = { forever: true, minTimeout: 1000, maxTimeout: 30_000, factor: 1.6 } as const
/** A proof may keep this process busy for seconds: that is no dead connection, and clicks made while it reconnects would be lost. */
const PONG_MS = 20_000
const LEAVE_MS = 10_000
/** Slack waits three seconds for what a form comes to. */
const CHECK_MS = 2_000

/** How to reach Slack: over Socket Mode with an app token, or over HTTP with a signing secret and a port. */
export type SlackConfig = {
  readonly botToken: string
  readonly appToken?: string
  readonly signingSecret?: string
  readonly port?: number
  /** Another Slack than the real one, with a slash at its end. */
  readonly slackApiUrl?: string
  /** Channels in which the bot hears what is not addressed to it: names or ids. */
  readonly accessChannels?: readonly string[]
}

/** What the rest of the house gets from Slack. */
export type Slack = {
  readonly chat: Chat
  /** Slack ids of the members of a Slack user group. */
  fetchUserGroup(userGroup: string): Promise<readonly string[]>
  /** Takes nothing more, lets what is under way end, and hangs up. */
  close(): Promise<void>
}

/** Connects to Slack. From then on everything that comes in is kept first, acknowledged second and handed over third. */
export async function openSlack(
  config: SlackConfig,
  house: {
    readonly store: Store
    readonly conversation: (chat: Chat) => Conversation
    readonly log: Log
    readonly now: () => Date
  },
): Promise<Slack> {
  const { store, log, now } = house
  const logger = boltLogger(log)
  const options = { logger, ...(config.slackApiUrl !== undefined && { slackApiUrl: config.slackApiUrl }) }
  const client = openWebClient(config.botToken, { ...options })
  const botUser = await slackFault('asking Slack who I am', async () => (await client.auth.test()).user_id)
  if (botUser === undefined) throw new Fault('SLACK_REFUSED', 'Slack did not tell me who I am; is this a bot token?')

  const accessChannels = config.accessChannels ?? ['access']
  const hearing = openHearing({ client, store, botUser, accessChannels, now })
  const chat = openChat({ token: config.botToken, options, now, spoke: hearing.spoke })
  const conversation = house.conversation(chat)
  const handling = openHandling({
    store,
    log,
    chat,
    conversation,
    async openThread({ slackUser, channel, text }, entry) {
      const layout = printCommandRoot(slackUser, text)
      const mark = { key: entry.id, again: (entry.attempts ?? 0) > 0 }
      const root = await chat.post({ channel }, layout, mark).catch((error: unknown) => {
        // Commands work in channels that the bot is not in; then it goes on in a direct message.
        if (isNotThere(error)) return chat.post({ channel: slackUser }, layout, mark)
        throw error
      })
      return { channel: root.channel, thread: root.ts }
    },
  })

  const app = openApp(config, options, botUser)
  const entries = new WeakMap<object, InboxEntry>()
  keepBeforeAck(app, { store, log, chat, botUser, hearing, entries, conversation })
  const work = async (body: object) => {
    const entry = entries.get(body)
    if (entry) await handling.work(entry)
  }
  listen(app, { log, work })
  listenToModals(app, { chat, conversation, log, work })
  await slackFault('connecting to Slack', () =>
    config.appToken !== undefined ? app.start() : app.start(config.port ?? 3000),
  )
  await handling.sweep()
  const sweeping = setInterval(() => void handling.sweep(), SWEEP_MS)

  return {
    chat,
    fetchUserGroup: (usergroup) =>
      slackFault('reading a user group', async () => (await client.usergroups.users.list({ usergroup })).users ?? []),
    async close() {
      clearInterval(sweeping)
      await app.stop()
      await Promise.race([handling.idle(), new Promise((resolve) => setTimeout(resolve, LEAVE_MS).unref())])
    },
  }
}

function openApp(
  config: SlackConfig,
  options: { readonly logger: Logger; readonly slackApiUrl?: string },
  botUser: string,
): App {
  const shared = {
    logger: options.logger,
    clientOptions: { ...options },
    authorize: () => Promise.resolve({ botToken: config.botToken, botUserId: botUser }),
  }
  if (config.appToken !== undefined) {
    const receiver = new SocketModeReceiver({
      appToken: config.appToken,
      logger: options.logger,
      clientPingTimeout: PONG_MS,
      installerOptions: { clientOptions: { ...options, retryConfig: RECONNECT } },
    })
    return new App({ ...shared, receiver, socketMode: true })
  }
  if (config.signingSecret === undefined) {
    throw new Fault('SLACK_CONFIG', 'Slack needs either an app token (Socket Mode) or a signing secret (HTTP).')
  }
  return new App({
    ...shared,
    receiver: new HTTPReceiver({ signingSecret: config.signingSecret, logger: options.logger }),
  })
}

/**
 * Bolt acknowledges events before any listener sees them; a process killed in between would have lost them. So whatever is for us
 * is in the inbox before Bolt gets to know of it, and what is there already is acknowledged and dropped.
 */
function keepBeforeAck(
  app: App,
  about: {
    readonly store: Store
    readonly log: Log
    readonly chat: SlackChat
    readonly botUser: string
    readonly hearing: Hearing
    readonly entries: WeakMap<object, InboxEntry>
    readonly conversation: Conversation
  },
): void {
  const { store, log, hearing, entries } = about
  const next = app.processEvent.bind(app)
  app.processEvent = async (event) => {
    const read = readIncoming(event.body, about.botUser)
    if (!read) return next(event)
    const entry = { id: read.id, kind: read.incoming.kind, payload: JSON.stringify(read.incoming) }
    try {
      const problems = await formProblems(about.conversation, read.incoming, entry.id)
      if (Object.keys(problems).length > 0) return await event.ack({ response_action: 'errors', errors: problems })
      if (!(await hearing.isForUs(read.incoming))) return await event.ack()
      if (!(await store.receive(entry))) return await event.ack()
    } catch (error) {
      log.error({ err: error, entry: entry.id, kind: entry.kind }, 'could not be kept')
      // Slack delivers an event again when nobody acknowledges it; a click or command it does not.
      if ('event' in event.body) throw error
      const reference = referenceOf(entry.id)
      await event.ack()
      return apologise(about.chat, read.incoming, error, reference)
    }
    entries.set(event.body, entry)
    return next(event)
  }
}

/** What is wrong with a filled-in form, if that is known while Slack still waits; later it is said in the thread. */
async function formProblems(
  conversation: Conversation,
  incoming: Incoming,
  id: string,
): Promise<Readonly<Record<string, string>>> {
  if (incoming.kind !== 'edited') return {}
  const { request, slackUser, form } = incoming
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, CHECK_MS, undefined).unref())
  const problems = await Promise.race([conversation.checkEdit({ id, request, slackUser, form }), late])
  return problems === undefined ? {} : printProblems(problems, form)
}

function listen(app: App, { log, work }: { readonly log: Log; readonly work: (body: object) => Promise<void> }): void {
  app.event('app_mention', ({ body }) => work(body))
  app.event('message', ({ body }) => work(body))
  app.event('app_home_opened', ({ body }) => work(body))
  app.command('/access', async ({ ack, body, command }) => {
    await (isAskingForHelp(command.text)
      ? ack({ response_type: 'ephemeral', ...printMessage({ kind: 'help' }) })
      : ack())
    await work(body)
  })
  app.action(/^(approve|confirm|cancel|answer:.*)$/, async ({ ack, body }) => {
    await ack()
    await work(body)
  })
  app.error(async (error) => log.error({ err: error }, 'Bolt could not handle something'))
}
