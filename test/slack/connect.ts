import type { AccessRequest } from '../../src/access/access-request.ts'
import type { RequestCard } from '../../src/access/request-card.ts'
import type { Chat, Click, Conversation, Edit, HeardMessage, Log, Store } from '../../src/ports.ts'
import { openSlack, type SlackConfig } from '../../src/slack/bolt-app.ts'
import { openEar, startWorkspace } from '../local-slack/start-workspace.ts'

export type Happened =
  | { readonly kind: 'heard'; readonly message: HeardMessage }
  | { readonly kind: 'clicked'; readonly click: Click }
  | { readonly kind: 'denied'; readonly denial: Parameters<Conversation['denied']>[0] }
  | { readonly kind: 'home'; readonly slackUser: string }
  | { readonly kind: 'edited'; readonly edit: Edit }

let hours = 0

/** The adapter against the local workspace, with a conversation that notes what it is handed. */
export async function connect(
  store: Store,
  about: {
    readonly act?: (happened: Happened, chat: Chat) => Promise<void>
    readonly form?: Conversation['editing']
    readonly check?: Conversation['checkEdit']
    readonly workspace?: Parameters<typeof startWorkspace>[0]
    readonly config?: Partial<SlackConfig>
    /** Over HTTP instead of Socket Mode. */
    readonly http?: { readonly signingSecret: string; readonly port: number }
  } = {},
) {
  // Timestamps name messages, and one store serves all tests: no two workspaces live at the same time.
  hours += 1
  const now = new Date(Date.parse('2026-11-23T10:00:00Z') + hours * 3_600_000)
  const workspace = await startWorkspace({ now: () => now, ...about.workspace })
  const ear = openEar<Happened>()
  const logged: { readonly fields: object; readonly message: string }[] = []
  const note = (fields: object, message: string) => void logged.push({ fields, message })
  const log: Log = { info: note, warn: note, error: note }
  const { tokens } = workspace.slack
  const conversation = (chat: Chat): Conversation => {
    const take = async (happened: Happened) => {
      ear.hear(happened)
      await about.act?.(happened, chat)
    }
    return {
      heard: (message) => take({ kind: 'heard', message }),
      clicked: (click) => take({ kind: 'clicked', click }),
      denied: (denial) => take({ kind: 'denied', denial }),
      homeOpened: (slackUser) => take({ kind: 'home', slackUser }),
      editing: async (ask) => about.form?.(ask) ?? { says: 'There is no form here.' },
      checkEdit: async (edit) => (await about.check?.(edit)) ?? {},
      edited: (edit) => take({ kind: 'edited', edit }),
    }
  }
  const slack = await openSlack(
    {
      botToken: tokens.bot,
      slackApiUrl: `${workspace.url}/api/`,
      ...(about.http ?? { appToken: tokens.app }),
      ...about.config,
    },
    { store, conversation, log, now: () => now },
  )
  return {
    ...workspace,
    now,
    slackUrl: workspace.url,
    adapter: slack,
    chat: slack.chat,
    ear,
    logged,
    /** Everything that stands in a channel, threads folded out. */
    async messages(name: string) {
      const { channels } = await workspace.state()
      const channel = channels.find((one) => one.name === name || one.id === name)
      return (channel?.messages ?? []).flatMap((message) => [message, ...message.replies])
    },
    /** What one person has in the direct message with the bot. */
    async direct(slackUser: string) {
      const { channels } = await workspace.state()
      const mine = channels.find((one) => one.is_im === true && one.user === slackUser)
      return (mine?.messages ?? []).flatMap((message) => [message, ...message.replies])
    },
    async close() {
      await slack.close()
      await workspace.close()
    },
  }
}

/** All text of a message, as one string. */
export function said(message: { readonly text: string; readonly blocks: readonly unknown[] } | undefined): string {
  return message ? `${message.text}\n${JSON.stringify(message.blocks)}` : ''
}

export const REQUEST: AccessRequest = {
  id: 'ar-01jdabcdef',
  state: 'waiting',
  action: 'grant',
  requester: 'ines',
  words: '<@U0BOT> give the data team access to grafana &amp; <!channel>',
  channel: 'C0ACCESS',
  thread: '1795424400.000100',
  intent: { kind: 'grant' },
  service: 'grafana',
  grant: { allow: ['group:data'], via: [], except: [], approvedBy: [] },
  digest: 'a1b2c3d4e5f60718',
  needed: 1,
  approvals: [],
  createdAt: '2026-11-23T10:00:00+01:00',
  lapsesAt: '2026-11-26T10:00:00+01:00',
}

export const CARD: RequestCard = {
  request: REQUEST,
  understood: 'Give Data & Analytics access to Grafana on tcp/443 until Fri 27 Nov 2026, 23:59 (Europe/Berlin).',
  narrower: ['Give Data & Analytics access to Grafana, only through VPN. That lets in 254 addresses.'],
  notes: ['No end was given, so it lasts 7 days.'],
  proof: {
    verdict: 'exact',
    says: 'Opens exactly what was asked, on both doors.',
    opens: ['10.10.20.0/24 → grafana.corp.example (tcp/443) until 27 Nov 2026, 23:59'],
    closes: [],
    coverage: '412 of 415 lines on the path are modelled; the others are edge-lb.cfg:17, 18, 19',
    digest: REQUEST.digest,
  },
  diffs: [
    {
      path: 'policies/devices/edge-fw.conf',
      label: 'edge-fw',
      patch: '--- a\n+++ b\n@@ -1,2 +1,3 @@\n edit 12\n+    set name "<x>"\n next\n',
      added: 1,
      removed: 0,
    },
    {
      path: 'policies/devices/edge-lb.cfg',
      label: 'edge-lb',
      patch: '@@ -4,1 +4,2 @@\n+    acl a src 10.0.0.0/8\n',
      added: 1,
      removed: 0,
    },
  ],
  approvable: true,
  approvers: ['U0TOM', 'U0KOFI'],
  status: 'Waiting for 1 approval from Observability',
  reproduce: 'npm run -s sallyport -- plan "give data grafana" --as ines',
}
