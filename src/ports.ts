import type { AccessRequest, RequestState } from './access/access-request.ts'
import type { Chat } from './chat-port.ts'
import type { OpenSession } from './drift/open-sessions.ts'
import type { LookedUp } from './drift/second-witness.ts'
import type { Problem } from './evidence/problem.ts'
import type { LookupPacket } from './fortigate/match-lookup.ts'
import type { RunningHaproxy } from './haproxy/running-process.ts'
import type { Proposer } from './language/proposal.ts'
import type { EdgeFiles } from './policy/edge.ts'

export type * from './chat-port.ts'

/**
 * What the ways need from the world. Each port has one adapter for the real thing; tests drive the same adapters against the
 * local workspace, or a fake that passes the same contract suite. Every method may throw a Fault and nothing else.
 */

/** The edge repository on GitHub. */
export interface Forge {
  /** Every file below `policies/` at the head of the default branch, and the commit they were read at. */
  readEdge(): Promise<{ readonly commit: string; readonly files: EdgeFiles }>
  /**
   * Opens the pull request of this branch, or brings the open one up to date; asking twice never makes two.
   * One commit on top of `base` with exactly `files` changed.
   */
  propose(proposal: Proposal): Promise<PullRequest & { readonly updated: boolean }>
  readPullRequest(number: number): Promise<PullRequest>
  /** The pull request that this branch already has, the open one before merged ones; undefined when there is none of either. */
  findProposal(branch: string): Promise<PullRequest | undefined>
}
export type Proposal = {
  /** Deterministic: `sallyport/grant/ar-…-grafana`. */
  readonly branch: string
  readonly title: string
  readonly body: string
  readonly base: string
  /** Path → whole new text. */
  readonly files: ReadonlyMap<string, string>
}
export type PullRequest = {
  readonly number: number
  readonly url: string
  readonly state: 'open' | 'merged' | 'closed'
  /** GitHub login of whoever merged it. */
  readonly mergedBy?: string
}

/** Requests, approvals, the inbox and the audit trail. Every change of state is a conditional update. */
export interface Store {
  /**
   * Keeps what Slack handed us before it is acknowledged. False when this id is known: Slack delivers again, we act once.
   * Entries stay until `finish` is called, so that a killed process picks them up at its next start.
   */
  receive(entry: InboxEntry): Promise<boolean>
  finish(id: string): Promise<void>
  /** Claims what nobody is working on, oldest first: two replicas never get the same entry, and a dead one's claims run out. */
  unfinished(): Promise<readonly InboxEntry[]>

  /**
   * Keeps a new request. In the same moment those that it `replaces` and that nobody has decided yet are called off by its
   * requester, with `reason`: there is no time at which both can be approved. Returns those that were.
   */
  insertRequest(request: AccessRequest, reason?: string): Promise<readonly AccessRequest[]>
  findRequest(id: string): Promise<AccessRequest | undefined>
  /** Newest first, 200 at most. */
  listRequests(filter: {
    readonly states?: readonly RequestState[]
    readonly thread?: string
  }): Promise<readonly AccessRequest[]>
  /**
   * Counts one person's approval of exactly this digest. `completed` is answered to one caller only, however many click at once:
   * the one whose approval was the last needed, and with it the request is `approved`. `void`: the request is not waiting, or its
   * digest is another one by now.
   */
  approve(
    id: string,
    approval: { readonly by: string; readonly at: string; readonly digest: string },
  ): Promise<{
    readonly outcome: 'counted' | 'completed' | 'already' | 'void'
    readonly request: AccessRequest | undefined
  }>
  /**
   * Moves a request on if it is still in one of `from`; undefined when it is not. `patch` is laid over the document. A patch with
   * another digest brings along only approvals of that digest.
   */
  move(
    id: string,
    from: readonly RequestState[],
    to: RequestState,
    patch?: Partial<Omit<AccessRequest, 'id' | 'state'>>,
  ): Promise<AccessRequest | undefined>
  /** Lays `patch` over the document without changing its state. */
  amend(id: string, patch: Partial<Pick<AccessRequest, 'card' | 'pullRequest'>>): Promise<void>

  /** Appends to the audit trail. Nothing ever updates or deletes from it. */
  record(entry: AuditEntry): Promise<void>
  auditTrail(filter: { readonly request?: string }): Promise<readonly AuditEntry[]>

  /** Keeps a question that waits for its answer; one that is kept already stays as it is. */
  keepClarification(clarification: Omit<KeptClarification, 'answers' | 'posted'>): Promise<void>
  findClarification(id: string): Promise<KeptClarification | undefined>
  /** Notes the message in which it was asked. */
  placeClarification(id: string, posted: string): Promise<void>
  /**
   * Writes down the answer to one part of a question, and answers with all there are by then: the first answer to a part stays,
   * however many click at once, and the last part of `parts` settles the question. The same click again gets it again, so that one
   * which a killed process left half done can be finished. Undefined: it was answered otherwise, is settled, or was not asked
   * of this Slack user. Whether it is too old is for the caller to say.
   */
  answerClarification(
    id: string,
    given: {
      readonly part: string
      readonly answer: string
      readonly by: string
      readonly click: string
      readonly parts: readonly string[]
    },
  ): Promise<KeptClarification | undefined>
  /**
   * Settles a question as a whole, with the parts that are answered by then, and hands it out: once, however many try. The same
   * answer again gets it again. With `by`, only if it was asked of that Slack user.
   */
  takeClarification(id: string, answer: string, by?: string): Promise<KeptClarification | undefined>
  /** Asked of this Slack user, unsettled and not too old: newest first, 20 at most. */
  openClarifications(slackUser: string, now: string): Promise<readonly KeptClarification[]>
  /** Settles what was asked in a message and nobody answered in time, and hands each of them out once. */
  expireClarifications(now: string): Promise<readonly KeptClarification[]>
  close(): Promise<void>
}
export type KeptClarification = {
  readonly id: string
  readonly slackUser: string
  /** Whatever is needed to go on once it is answered, as JSON. */
  readonly payload: string
  readonly expiresAt: string
  /** Part → its answer. */
  readonly answers: Readonly<Record<string, string>>
  /** Slack timestamp of the message in which it was asked, once posted. */
  readonly posted?: string
}
export type InboxEntry = {
  /** Slack's event id, or one of ours for clicks and commands. */
  readonly id: string
  readonly kind: string
  readonly payload: string
  /** In `unfinished`: how often this entry was handed out again. What kills the process each time must not do so for ever. */
  readonly attempts?: number
}
export type AuditEntry = {
  readonly at: string
  readonly request?: string
  /** Person id, or `sallyport`. */
  readonly actor: string
  readonly action: string
  readonly detail: Readonly<Record<string, string | number | boolean | null>>
}

/** Reads live devices. Never writes. */
export interface LiveDevices {
  /**
   * The configuration in force now. It may have been read before, when the device's own revisions say that nothing has changed since:
   * `unchangedForSeconds` then says how long ago. `afresh`: read again whatever they say.
   */
  readFortigate(device: string, how?: { readonly afresh?: boolean }): Promise<LiveFortigate>
  readHaproxy(device: string): Promise<LiveHaproxy>
  /** The device's own verdict on one packet, as a second witness; absent where no device can be asked. */
  lookUpPolicy?(device: string, packet: LookupPacket): Promise<LookedUp>
  /** Connections to this place that a firewall holds open now, as many as it shows. */
  readSessions?(
    device: string,
    to: { readonly destination: string; readonly destinationPort: number },
  ): Promise<readonly OpenSession[]>
}
export type LiveFortigate = {
  readonly device: string
  /** The name under which lines are cited: `edge-fw (live)`. */
  readonly file: string
  /** Configuration text with secrets redacted. */
  readonly text: string
  /** How long ago the text was read, when since then only the device's revisions were asked, and were the same. */
  readonly unchangedForSeconds?: number
}
export type LiveHaproxy = {
  readonly device: string
  readonly file: string
  readonly text: string
  /** Pattern and map files that the configuration names: path as written there → text, as the running process holds it. */
  readonly files: ReadonlyMap<string, string>
  /** The same files as they lie on disk. */
  readonly written?: ReadonlyMap<string, string>
  /** What the running process holds besides its file. */
  readonly running?: RunningHaproxy
  /** What the running process says of its servers; undefined when only the file could be read. */
  readonly servers: readonly LiveServer[] | undefined
  /** Why the running process could not be asked, or what of it is not certain, in sentences. */
  readonly unseen?: string
}
export type LiveServer = {
  readonly backend: string
  readonly server: string
  /** As `show stat` prints it: UP, DOWN, MAINT, DRAIN, NOLB, no check, `UP 1/3`. */
  readonly status: string
  /** Whether it may get new requests now. */
  readonly usable: boolean
  /** `L7STS`, `L4CON`, … ; absent without checks. */
  readonly check?: string
  /** HTTP status or errno text of the last check: `HTTP status check returned code <3C>503<3E>` unescaped for reading. */
  readonly lastCheck?: string
  /** Seconds since the last change of status. */
  readonly sinceSeconds?: number
  readonly address?: string
}

/** `haproxy -c`. */
export interface HaproxyCheck {
  /** Alerts carry our file and line. `not-installed` when there is no binary: said, never counted as valid. */
  check(
    file: string,
    text: string,
    files: ReadonlyMap<string, string>,
  ): Promise<
    | { readonly verdict: 'valid'; readonly warnings: readonly Problem[] }
    | { readonly verdict: 'invalid'; readonly alerts: readonly Problem[] }
    | { readonly verdict: 'not-installed' }
  >
}

/** Which groups a person is in, from Okta, AWS IAM, Slack, or the catalogue when none is configured. */
export interface Directory {
  groupsOf(person: string): Promise<readonly string[]>
}

/** Structured log. Fields are data, never prose with secrets in it. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Everything the ways need, put together once in the composition root. */
export type Ports = {
  readonly chat: Chat
  readonly forge: Forge
  readonly store: Store
  readonly live: LiveDevices
  readonly haproxyCheck: HaproxyCheck
  readonly directory: Directory
  /** The language model, when one is configured; the built-in interpreter needs none. */
  readonly proposer?: Proposer
  readonly log: Log
  readonly now: () => Date
}
