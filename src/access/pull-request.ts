import type { Grant, Service } from '../policy/schema.ts'
import type { AccessRequest } from './access-request.ts'
import type { FileDiff, ProofSummary } from './card-facts.ts'
import { clip, fence, htmlText, inlineCode, sentence, titleText } from './markdown-quote.ts'
import type { RequestCard } from './request-card.ts'

export type PullRequestText = { readonly branch: string; readonly title: string; readonly body: string }
export type PullRequestFacts = {
  readonly request: AccessRequest
  readonly card: RequestCard
  /** Person id → the name people call them, or the id again. */
  readonly names: (id: string) => string
}

/** GitHub takes 65,536 characters; the parts below add up to less, and diffs take what is left. */
const BODY_MOST = 65_000
const TITLE_MOST = 200
/** Characters that may become six each when they have to be written as `&#64;`. */
const SENTENCE_MOST = 500
const ITEM_MOST = 200
const WORDS_MOST = 3_000
const LIST_MOST = 1_500
const TRAFFIC_MOST = 8_000
const NOTES_MOST = 4_000
const COMMAND_MOST = 2_000
const ACTIONS: Record<AccessRequest['action'], string> = {
  grant: 'New access',
  revoke: 'Access taken back',
  extend: 'Access for longer',
  onboard: 'New service',
}

/** What the pull request of an approved request says. Words of people stand in code, where GitHub makes nothing of them. */
export function printPullRequest({ request, card, names }: PullRequestFacts): PullRequestText {
  const before = [
    `**${ACTIONS[request.action]}**: ${said(card.understood)}`,
    factsTable(request, names),
    section('In the words of the person who asked', quoted(request.words)),
    ...(request.grant?.reason === undefined ? [] : [section('Reason', quoted(request.grant.reason))]),
    ...(card.notes.length === 0 ? [] : [section('Look at twice', printNotes(card.notes))]),
    section('Proof', printProof(card.proof)),
  ]
  const after = [section('To end it', howToEnd(request)), '---', trailer(request, card.proof)]
  const room = BODY_MOST - [...before, ...after].join('\n\n').length
  const changes = section('Changes', printDiffs(card.diffs, room, card.reproduce))
  return {
    branch: printBranchName(request),
    title: printTitle(request, card),
    body: [...before, changes, ...after].join('\n\n'),
  }
}

/** The branch of a request, the same whenever it is asked for: `sallyport/grant/ar-0123456789-grafana`. */
export function printBranchName({ action, id, service }: Pick<AccessRequest, 'action' | 'id' | 'service'>): string {
  // Service ids are branch-safe by schema; a request kept from before its service was renamed may hold anything.
  const safe = service
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '')
  return `sallyport/${action}/${id}-${safe || 'edge'}`
}

/** What a branch of ours stands for; undefined for a branch that `printBranchName` did not make. */
export function readBranchName(
  branch: string,
): { readonly action: string; readonly request: string; readonly service: string } | undefined {
  const [, action, request, service] =
    /^sallyport\/(grant|revoke|extend|onboard)\/(ar-[a-z0-9]{10})-([a-z0-9-]+)$/.exec(branch) ?? []
  return action && request && service ? { action, request, service } : undefined
}

/** The trailer of a pull request's body. Only its last lines count: words quoted above may look like a trailer. */
export function readTrailer(body: string): { readonly request: string; readonly digest: string } | undefined {
  const last = body.replaceAll('\r\n', '\n').trimEnd().split('\n').slice(-2).join('\n')
  const [, request, digest] = /^Sallyport-Request: (ar-[a-z0-9]{10})\nSallyport-Digest: (\S+)$/.exec(last) ?? []
  return request && digest ? { request, digest } : undefined
}

function printTitle({ id }: AccessRequest, { understood }: RequestCard): string {
  const words = titleText(understood).replace(/\.$/, '')
  const letters = [...words]
  const room = TITLE_MOST - id.length - 3
  return `${letters.length > room ? `${letters.slice(0, room - 1).join('')}…` : words} (${id})`
}

function factsTable(request: AccessRequest, names: PullRequestFacts['names']): string {
  const person = (id: string) => {
    const name = clip(names(id), ITEM_MOST)
    return name === id ? inlineCode(id) : `${inlineCode(name)} (${inlineCode(id)})`
  }
  const { grant, newService } = request
  const approvals = request.approvals.map(({ by, at }) => `${person(by)} at ${inlineCode(at)}`)
  const rows: readonly Row[] = [
    ['Request', inlineCode(request.id)],
    ['Asked by', person(request.requester)],
    ['Approved by', approvals.length > 0 ? within(approvals, LIST_MOST).join(', ') : 'nobody yet'],
    ...(grant ? grantRows(request, grant) : []),
    ...(newService ? serviceRows(newService) : []),
  ]
  const lines = rows.flatMap((row) => (row ? [`| ${row[0]} | ${row[1]} |`] : []))
  return ['| | |', '|---|---|', ...lines].join('\n')
}

type Row = readonly [string, string] | false

function grantRows({ action, service }: AccessRequest, grant: Grant): readonly Row[] {
  const narrowed = [...(grant.methods ?? []), ...(grant.paths ?? [])]
  return [
    ['Who', list(grant.allow)],
    grant.via.length > 0 && ['Only through', list(grant.via)],
    grant.except.length > 0 && ['Except', list(grant.except)],
    ['Service', inlineCode(service)],
    grant.ports !== undefined && ['Ports', list(grant.ports)],
    narrowed.length > 0 && ['Only', list(narrowed)],
    grant.from !== undefined && ['Begins', inlineCode(grant.from)],
    ['Ends', printEnd(action, grant)],
    grant.ticket !== undefined && ['Ticket', inlineCode(clip(grant.ticket, SENTENCE_MOST))],
  ]
}

function serviceRows({ id, hosts, ports, entry, route, servers, owner, environment }: Service): readonly Row[] {
  return [
    ['Service', inlineCode(id)],
    hosts.length > 0 && ['Hosts', list(hosts)],
    ['Ports', list(ports)],
    ['Way in', list([entry.vip, route.frontend])],
    ['Servers', list(servers.map(({ address, port }) => `${address} port ${port}`))],
    ['Owner', inlineCode(owner)],
    ['Environment', inlineCode(environment)],
    ['Who', 'nobody until access is given'],
  ]
}

function printEnd(action: AccessRequest['action'], { until }: Grant): string {
  if (action === 'revoke') return 'when this is merged and applied'
  return until === undefined ? '**never** (standing access)' : inlineCode(until)
}

function list(items: readonly string[]): string {
  return within(
    items.map((item) => inlineCode(clip(item, ITEM_MOST))),
    LIST_MOST,
  ).join(', ')
}

function printProof(proof: ProofSummary): string {
  const rows = (label: string, lines: readonly string[]) => {
    const cells = within(
      lines.map((line) => inlineCode(clip(line, SENTENCE_MOST))),
      TRAFFIC_MOST,
    )
    return cells.map((cell) => `| ${label} | ${cell} |`)
  }
  const table = [...rows('opens', proof.opens), ...rows('closes', proof.closes)]
  const parts = [
    `**${proof.verdict}**: ${said(proof.says)}`,
    table.length > 0 ? ['| | Traffic |', '|---|---|', ...table].join('\n') : 'No traffic is opened or closed.',
    ...(proof.witness === undefined ? [] : [`For example: ${inlineCode(clip(proof.witness, SENTENCE_MOST))}`]),
    `Coverage: ${said(proof.coverage)}`,
    `Digest: ${inlineCode(clip(proof.digest, ITEM_MOST))}`,
  ]
  return parts.join('\n\n')
}

function printDiffs(diffs: readonly FileDiff[], room: number, reproduce: string): string {
  if (diffs.length === 0) return 'No file changes.'
  let left = room
  const shown = diffs.map((diff) => {
    const counts = `+${diff.added} −${diff.removed}`
    const summary = `<summary>${htmlText(`${diff.label}: ${diff.path}`)} (${counts})</summary>`
    const whole = `<details>${summary}\n\n${fence(diff.patch.replace(/\n$/, ''), 'diff')}\n\n</details>`
    if (whole.length <= left) {
      left -= whole.length + 2
      return whole
    }
    return `${inlineCode(diff.path)} (${counts}): too long to repeat here; it is under "Files changed".`
  })
  return [...shown, printCommand(reproduce)].join('\n\n')
}

function printCommand(command: string): string {
  if (command.length > COMMAND_MOST) return 'The command that shows the same change and proof is on the card in Slack.'
  return `The same change and proof from a terminal:\n\n${fence(command, 'sh')}`
}

function howToEnd({ action, service, grant }: AccessRequest): string {
  if (action === 'revoke') return 'Nothing is left to end. Whoever needs the access again asks for it again.'
  if (!grant) return `Setting up a service is taken back by hand: revert this pull request.`
  const who = grant.allow.map((subject) => subject.replace(/^(group|person|network):/, '')).join(' and ')
  const words = inlineCode(clip(`revoke ${who} from ${service}`, SENTENCE_MOST))
  const itself =
    grant.until === undefined ? 'It does not end by itself.' : 'Otherwise it ends by itself at the time above.'
  return `Say ${words} to Sallyport at any time: it proposes to take the entry and its lines on both devices out again. ${itself}`
}

function trailer({ id }: AccessRequest, { digest }: ProofSummary): string {
  return `Sallyport-Request: ${id}\nSallyport-Digest: ${digest.replace(/[^\w:.+/=-]/g, '')}`
}

function section(title: string, text: string): string {
  return `### ${title}\n\n${text}`
}

function printNotes(notes: readonly string[]): string {
  return within(notes.map(said), NOTES_MOST)
    .map((note) => `- ${note}`)
    .join('\n')
}

function said(text: string): string {
  return sentence(clip(text, SENTENCE_MOST))
}

function quoted(words: string): string {
  return fence(clip(words, WORDS_MOST))
}

/** As many of the items as there is room for, and how many there are more. */
function within(items: readonly string[], most: number): readonly string[] {
  let used = 0
  const shown = items.filter((item) => {
    used += item.length
    return used <= most
  })
  const rest = items.length - shown.length
  return rest > 0 ? [...shown, `and ${rest} more`] : shown
}
