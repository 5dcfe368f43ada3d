import type { AccessRequest } from '../access/access-request.ts'
import type { FileDiff, ProofSummary } from '../access/card-facts.ts'
import { CHANGED } from '../access/describe-change.ts'
import { isEditable } from '../access/edit-form.ts'
import type { RequestCard } from '../access/request-card.ts'
import { actions, type Block, button, context, header, type Layout, layout, section } from './blocks.ts'
import { printBullets, printCode, printCodeBlock, printLine, printLink, printMentions, printMoment } from './mrkdwn.ts'
import { readWords } from './words.ts'

/** Slack takes about 13,000 characters of blocks in all (`msg_blocks_too_long`), so each part has its share. */
const ROOM = {
  understood: 900,
  says: 700,
  witness: 400,
  opens: 1300,
  closes: 700,
  notes: 900,
  narrower: 900,
  diffs: 6000,
  words: 300,
} as const
const MOST_FILES = 6

/** The approval card: what was understood, what is proved, the lines that change, and who may say yes. */
export function printCard(card: RequestCard): Layout {
  const { request, proof } = card
  const title = printTitle(request)
  const open = request.state === 'waiting' && card.approvable
  const unconfirmed = request.state === 'unconfirmed'
  const check = unconfirmed ? (request.check ?? []) : []
  const notes = card.notes.filter((note) => !check.includes(note))
  return layout(printLine(`${title}: ${card.status}`, 300), [
    header(title),
    section(printLine(card.understood, ROOM.understood)),
    ...(check.length > 0 ? [section(printNotes('Please check', check))] : []),
    ...printProof(proof),
    ...printDiffs(card),
    ...(notes.length > 0 ? [section(printNotes('Notes', notes))] : []),
    ...printNarrower(card),
    ...(open ? printApprovers(card.approvers) : []),
    section(printStatus(card)),
    ...(open ? [printButtons(request, title)] : []),
    ...(unconfirmed ? [printConfirmation(request, title)] : []),
    context(
      `${printLine(request.requester, 80)} asked: “${printLine(readWords(request.words), ROOM.words)}”`,
      `${printCode(request.id, 60)} · see it all in a terminal: ${printCode(card.reproduce, 600)}`,
    ),
  ])
}

/** Which request a card's buttons belong to, and which proof was on it: `request:<id>:<digest>`. */
export function readCardBlock(blockId: string): { readonly request: string; readonly digest: string } | undefined {
  const [, request, digest] = /^request:(ar-[a-z0-9]{10}):(.*)$/.exec(blockId) ?? []
  return request !== undefined && digest !== undefined ? { request, digest } : undefined
}

type Named = Pick<AccessRequest, 'id' | 'digest' | 'action'>
type Proved = Pick<AccessRequest, 'id' | 'digest'>

/** What those who may decide can press, where whoever asked is not looking. */
export function printDecision(request: Proved, title: string): Block {
  return actions(blockOf(request), decision(request, title))
}

/** What can be done with a request that waits for approval: by those who may decide, and by whoever asked. */
function printButtons(request: Named, title: string): Block {
  return actions(blockOf(request), [...decision(request, title), ...printOwn(request, title)])
}

function decision({ id: value }: Proved, title: string) {
  return [
    button({ action: 'approve', label: 'Approve', value, spoken: `Approve ${title}`, style: 'primary' }),
    button({ action: 'deny', label: 'Deny', value, spoken: `Deny ${title}`, style: 'danger' }),
  ]
}

/** What whoever asked is to say first. */
function printConfirmation(request: Named & Pick<AccessRequest, 'together'>, title: string): Block {
  const confirm = button({
    action: 'confirm',
    label: (request.together ?? 1) > 1 ? 'Confirm all' : 'Confirm',
    value: request.id,
    spoken: `Confirm ${title}`,
    style: 'primary',
  })
  return actions(blockOf(request), [confirm, ...printOwn(request, title)])
}

function printOwn(request: Named, title: string) {
  const value = request.id
  return [
    ...(isEditable(request)
      ? [button({ action: 'edit', label: 'Edit', value, spoken: `Edit my request ${title}` })]
      : []),
    button({ action: 'cancel', label: 'Cancel', value, spoken: `Cancel my request ${title}` }),
  ]
}

/** A button's value is the request's id only; which proof was looked at goes along in the block's id. */
const blockOf = ({ id, digest }: Proved): string => `request:${id}:${digest.slice(0, 200)}`

const TITLES = { grant: '', revoke: 'Revoke: ', extend: 'Extend: ', onboard: 'New service: ' } as const

function printTitle(request: AccessRequest): string {
  if (!request.grant) return `${TITLES[request.action]}${request.service}`
  const who = request.grant.allow.map((subject) => subject.replace(/^(group|person|network):/, '')).join(', ')
  return `${TITLES[request.action]}${who} → ${request.service}`
}

const VERDICTS = {
  exact: '✓ *Proved.*',
  'already-open': '✓ *Already open.*',
  'too-wide': '✗ *Opens too much.*',
  'too-narrow': '✗ *Opens too little.*',
  'closes-something': '✗ *Closes something.*',
  forbidden: '✗ *Forbidden.*',
  unproved: '✗ *Not proved.*',
} as const satisfies Record<ProofSummary['verdict'], string>

function printProof(proof: ProofSummary): Block[] {
  const verdict = [`${VERDICTS[proof.verdict]} ${printLine(proof.says, ROOM.says)}`]
  if (proof.witness) verdict.push(`For example: ${printCode(proof.witness, ROOM.witness)}`)
  const list = (title: string, lines: readonly string[], room: number) =>
    `*${title}*\n${printBullets(
      lines.map(printTraffic),
      room,
      (left) => `… ${left} more, the command below shows them`,
    )}`
  const blocks = [section(verdict.join('\n'))]
  if (proof.opens.length > 0) {
    const only = proof.verdict === 'exact' ? '\nNothing else opens, and nothing closes.' : ''
    blocks.push(section(list('Opens', proof.opens, ROOM.opens) + only))
  }
  if (proof.closes.length > 0) blocks.push(section(list('Closes', proof.closes, ROOM.closes)))
  blocks.push(context(printLine(proof.coverage, 600) || '·', `Proof ${printCode(proof.digest.slice(0, 12), 20)}`))
  return blocks
}

/** `End to end: 10.10.20.0/24 → …`: the door in words, the traffic as it would be typed. */
function printTraffic(line: string): string {
  const [, door, traffic] = /^([\w -]{1,40}): (.+)$/s.exec(line) ?? []
  return door && traffic ? `${printLine(door, 40)}  ${printCode(traffic, 300)}` : printCode(line, 300)
}

function printDiffs({ diffs, request }: RequestCard): Block[] {
  const shown = diffs.slice(0, MOST_FILES)
  const rest = request.pullRequest ? 'see the pull request' : 'the command below shows them'
  let room = ROOM.diffs
  const blocks = shown.map((diff, index) => {
    const share = Math.min(Math.floor(room / (shown.length - index)), 2900)
    const text = printDiff(diff, share, rest)
    room -= text.length
    return section(text)
  })
  const left = diffs.length - shown.length
  if (left > 0) blocks.push(context(`… ${left} more ${left === 1 ? 'file' : 'files'}, ${rest}`))
  return blocks
}

function printDiff(diff: FileDiff, limit: number, rest: string): string {
  const title = `*${printLine(diff.label, 60)}*  +${diff.added} −${diff.removed}  ${printCode(diff.path, 160)}`
  const lines = diff.patch.replace(/\n$/, '').split('\n')
  // The title names the file already; what stands above the first hunk says it again.
  const hunk = lines.findIndex((line) => line.startsWith('@@'))
  const body = hunk > 0 ? lines.slice(hunk) : lines
  const more = (left: number) => `… ${left} more ${left === 1 ? 'line' : 'lines'}, ${rest}`
  return `${title}\n${printCodeBlock(body, limit - title.length - 1, more)}`
}

function printNotes(title: string, notes: readonly string[]): string {
  const lines = notes.map((note) => printLine(note, 300))
  return `*${title}*\n${printBullets(lines, ROOM.notes, (left) => `… ${left} more, the command below shows them`)}`
}

/** Where nothing can be approved this is the way on; on a proved card it is for whoever would rather give less. */
function printNarrower({ narrower, approvable }: RequestCard): Block[] {
  if (narrower.length === 0) return []
  const lines = narrower.map((line) => printLine(line, 300))
  const list = printBullets(lines, ROOM.narrower, (left) => `… ${left} more, the command below shows them`)
  return [section(`*${approvable ? 'Less would do? Ask for one of these' : 'This I could do instead'}*\n${list}`)]
}

function printApprovers(approvers: readonly string[]): Block[] {
  if (approvers.length === 0) return []
  return [section(`*May approve:* ${printMentions(approvers)}`)]
}

const MARKS = {
  unconfirmed: '✎',
  waiting: '⏳',
  approved: '✓',
  proposed: '✓',
  merged: '✓',
  expired: '⌛',
  denied: '✗',
  cancelled: '✗',
  lapsed: '⌛',
  closed: '✗',
} as const satisfies Record<AccessRequest['state'], string>

function printStatus({ request, status, approvable }: RequestCard): string {
  const { state, decided, approvals, pullRequest } = request
  const decidedNow = decided && (state === 'approved' || state === 'denied' || state === 'cancelled')
  const moment = decidedNow ? decided.at : approvals.at(-1)?.at
  const mark = state === 'waiting' && !approvable ? '·' : MARKS[state]
  const lines = [`${mark} *${printLine(status, 400)}*${moment === undefined ? '' : ` · ${printMoment(moment)}`}`]
  if (decided?.reason && decided.reason !== CHANGED) lines.push(`> ${printLine(decided.reason, 500)}`)
  if (pullRequest) lines.push(printLink(pullRequest.url, `Pull request #${pullRequest.number}`))
  return lines.join('\n')
}
