import type { Grant } from '../policy/schema.ts'
import type { AccessRequest } from './access-request.ts'
import { fence, htmlText, inlineCode, titleText } from './markdown-quote.ts'
import type { FileDiff, ProofSummary, RequestCard } from './request-card.ts'

export type PullRequestText = { readonly branch: string; readonly title: string; readonly body: string }
export type PullRequestFacts = {
  readonly request: AccessRequest
  readonly card: RequestCard
  /** Person id → the name people call them, or the id again. */
  readonly names: (id: string) => string
}

/** GitHub takes 65,536 characters. */
const BODY_MOST = 60_000
const TITLE_MOST = 200
const WORDS_MOST = 4_000
const LINES_MOST = 60
const ACTIONS: Record<AccessRequest['action'], string> = {
  grant: 'New access',
  revoke: 'Access taken back',
  extend: 'Access for longer',
}

/** What the pull request of an approved request says. Words of people stand in code, where GitHub makes nothing of them. */
export function printPullRequest({ request, card, names }: PullRequestFacts): PullRequestText {
  const before = [
    `**${ACTIONS[request.action]}**: ${inlineCode(card.understood)}`,
    factsTable(request, names),
    section('In the words of the person who asked', quoted(request.words)),
    ...(request.grant.reason === undefined ? [] : [section('Reason', quoted(request.grant.reason))]),
    ...(card.notes.length === 0 ? [] : [section('Look at twice', bullets(card.notes))]),
    section('Proof', printProof(card.proof)),
  ]
  const after = [section('To end it', howToEnd(request, card)), '---', trailer(request, card.proof)]
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
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
  return `sallyport/${action}/${id}-${safe || 'edge'}`
}

/** What a branch of ours stands for; undefined for a branch that `printBranchName` did not make. */
export function readBranchName(
  branch: string,
): { readonly action: string; readonly request: string; readonly service: string } | undefined {
  const [, action, request, service] =
    /^sallyport\/(grant|revoke|extend)\/(ar-[a-z0-9]{10})-([a-z0-9-]+)$/.exec(branch) ?? []
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
  const room = TITLE_MOST - id.length - 3
  return `${words.length > room ? `${words.slice(0, room - 1)}…` : words} (${id})`
}

function factsTable(request: AccessRequest, names: PullRequestFacts['names']): string {
  const person = (id: string) => {
    const name = names(id)
    return name === id ? inlineCode(id) : `${inlineCode(name)} (${inlineCode(id)})`
  }
  const { grant } = request
  const list = (items: readonly string[]) => items.map(inlineCode).join(', ')
  const approvals = request.approvals.map(({ by, at }) => `${person(by)} at ${inlineCode(at)}`)
  const narrowed = [...(grant.methods ?? []), ...(grant.paths ?? [])]
  const rows: readonly (readonly [string, string] | false)[] = [
    ['Request', inlineCode(request.id)],
    ['Asked by', person(request.requester)],
    ['Approved by', approvals.length > 0 ? approvals.join(', ') : 'nobody yet'],
    ['Who', list(grant.allow)],
    grant.via.length > 0 && ['Only through', list(grant.via)],
    grant.except.length > 0 && ['Except', list(grant.except)],
    ['Service', inlineCode(request.service)],
    grant.ports !== undefined && ['Ports', list(grant.ports)],
    narrowed.length > 0 && ['Only', list(narrowed)],
    grant.from !== undefined && ['Begins', inlineCode(grant.from)],
    ['Ends', printEnd(request.action, grant)],
    grant.ticket !== undefined && ['Ticket', inlineCode(grant.ticket)],
  ]
  const lines = rows.flatMap((row) => (row ? [`| ${row[0]} | ${row[1]} |`] : []))
  return ['| | |', '|---|---|', ...lines].join('\n')
}

function printEnd(action: AccessRequest['action'], { until }: Grant): string {
  if (action === 'revoke') return 'when this is merged and applied'
  return until === undefined ? '**never** (standing access)' : inlineCode(until)
}

function printProof(proof: ProofSummary): string {
  const rows = (label: string, lines: readonly string[]) => {
    const shown = lines.slice(0, LINES_MOST).map((line) => `| ${label} | ${inlineCode(line)} |`)
    const rest = lines.length - shown.length
    return rest > 0 ? [...shown, `| ${label} | and ${rest} more, which the command below prints |`] : shown
  }
  const table = [...rows('opens', proof.opens), ...rows('closes', proof.closes)]
  const parts = [
    `**${proof.verdict}**: ${inlineCode(proof.says)}`,
    table.length > 0
      ? ['| | Traffic, end to end |', '|---|---|', ...table].join('\n')
      : 'No traffic is opened or closed.',
    ...(proof.witness === undefined ? [] : [`For example: ${inlineCode(proof.witness)}`]),
    `Coverage: ${inlineCode(proof.coverage)}`,
    `Digest: ${inlineCode(proof.digest)}`,
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
  return [...shown, 'The same change and proof from a terminal:', fence(reproduce, 'sh')].join('\n\n')
}

function howToEnd({ action, id, service }: AccessRequest, { understood }: RequestCard): string {
  const file = inlineCode(`policies/services/${service}.yaml`)
  if (action === 'revoke')
    return `Nothing is left to end. To undo this, ask for the access again: ${inlineCode(understood)}`
  return `Say ${inlineCode(`revoke ${id}`)} to Sallyport at any time, or remove the entry with ${inlineCode(`request: ${id}`)} from ${file} by pull request. Without either it ends by itself at the time above, if one is given.`
}

function trailer({ id }: AccessRequest, { digest }: ProofSummary): string {
  return `Sallyport-Request: ${id}\nSallyport-Digest: ${digest.replace(/[^\w:.+/=-]/g, '')}`
}

function section(title: string, text: string): string {
  return `### ${title}\n\n${text}`
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${inlineCode(line)}`).join('\n')
}

function quoted(words: string): string {
  const rest = words.length - WORDS_MOST
  if (rest <= 0) return fence(words)
  return `${fence(words.slice(0, WORDS_MOST))}\n\n${rest} more characters are in the audit trail.`
}
