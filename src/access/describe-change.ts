import { createTwoFilesPatch } from 'diff'
import type { Opened } from '../edge/blast-radius.ts'
import { flowLabels } from '../edge/flow-labels.ts'
import { cite } from '../evidence/trace.ts'
import { dimensionsOf, type FlowSet, forget, mapDimension } from '../flow/flow-set.ts'
import { ANY_IPV4, equalIp, printIpSet, subtractIp } from '../flow/ip-set.ts'
import { type FlowLabels, printFlows } from '../flow/print-flows.ts'
import { redactFortigate } from '../fortigate/text/redact.ts'
import { NOBODY } from '../haproxy/address.ts'
import { redactHaproxy } from '../haproxy/text/redact.ts'
import { findPerson, subjectName } from '../policy/catalog-lookup.ts'
import type { Edge } from '../policy/edge.ts'
import { epochSeconds, sayInstant } from '../policy/say-time.ts'
import type { Grant, Group, Service } from '../policy/schema.ts'
import type { AccessRequest } from './access-request.ts'
import type { CardFacts, FileDiff, ProofSummary } from './card-facts.ts'
import type { Change } from './change.ts'
import type { CounterOffer } from './counter-offers.ts'
import { describeOnboarding, onboardingNotes } from './describe-onboarding.ts'
import { listed } from './listed.ts'
import type { Proof } from './proof.ts'
import type { RequestCard } from './request-card.ts'

const MOST_LINES = 12
/** Why a request was called off when another one took its place. */
export const CHANGED = 'changed in this thread'

/** Everything that the card of a change says, computed from the change and its proof. */
export function describeCard(facts: {
  readonly edge: Edge
  readonly change: Change
  readonly proof: Proof
  readonly action: AccessRequest['action']
  readonly notes: readonly string[]
  readonly requester: string
  readonly approvers: readonly Group[]
  readonly haproxyChecked: boolean
  readonly offers: readonly CounterOffer[]
  readonly reproduce: string
}): CardFacts {
  const { edge, change, proof, action, requester, approvers } = facts
  const members = new Set(approvers.flatMap((group) => group.members))
  return {
    understood:
      change.action === 'onboard' || action === 'onboard'
        ? describeOnboarding(edge, change.service)
        : describeGrant(edge, action, change.service, change.grant),
    notes: [...facts.notes, ...notesOf(proof, facts.haproxyChecked, change, flowLabels(edge))],
    proof: summarise(edge, change, proof),
    narrower: facts.offers.map((offer) => describeOffer(edge, change.service, offer)),
    diffs: diffsOf(change),
    approvers: [...members].filter((id) => id !== requester).flatMap((id) => findPerson(edge, id)?.slack ?? []),
    reproduce: facts.reproduce,
  }
}

/** `Give Data & Analytics access to Grafana on tcp/443, until Fri 27 Nov 2026, 23:59 (Europe/Berlin).` */
export function describeGrant(edge: Edge, action: AccessRequest['action'], service: Service, grant: Grant): string {
  const who = listed(grant.allow.map((subject) => subjectName(edge, subject)))
  const via =
    grant.via.length > 0 ? `, only through ${listed(grant.via.map((subject) => subjectName(edge, subject)))}` : ''
  const except =
    grant.except.length > 0 ? `, but not from ${listed(grant.except.map((subject) => subjectName(edge, subject)))}` : ''
  const ports = ` on ${listed(grant.ports ?? service.ports)}`
  const how = [
    grant.methods ? `only ${listed(grant.methods)}` : '',
    grant.paths ? `only ${listed(grant.paths)}` : '',
  ].filter(Boolean)
  const { timezone } = edge.catalog
  const when = (iso: string) => sayInstant(epochSeconds(iso), timezone)
  const from = grant.from === undefined ? '' : `, from ${when(grant.from)}`
  const until = grant.until === undefined ? ', without an end' : `, until ${when(grant.until)} (${timezone})`
  const narrowed = `${ports}${how.length > 0 ? `, ${how.join(' and ')}` : ''}${via}${except}`
  if (action === 'revoke') return `Take away the access of ${who} to ${service.name}${narrowed}.`
  const verb = action === 'extend' ? 'Let' : 'Give'
  return action === 'extend'
    ? `${verb} ${who} keep access to ${service.name}${narrowed}${from}${until}.`
    : `${verb} ${who} access to ${service.name}${narrowed}${from}${until}.`
}

/** `Give Data & Analytics access to …, only through VPN, until …: 254 addresses instead of …`. */
export function describeOffer(edge: Edge, service: Service, { grant, addresses }: CounterOffer): string {
  const count = addresses === 1n ? 'one address' : `${addresses.toLocaleString('en')} addresses`
  return `${describeGrant(edge, 'grant', service, grant)} That lets in ${count}.`
}

/** `Data & Analytics on tcp/443, until …`: one entry of an access list. */
export function describeEntry(edge: Edge, grant: Grant): string {
  const { timezone } = edge.catalog
  const who = listed(grant.allow.map((subject) => subjectName(edge, subject)))
  const via = grant.via.length > 0 ? ` through ${listed(grant.via.map((subject) => subjectName(edge, subject)))}` : ''
  const except =
    grant.except.length > 0 ? ` but not ${listed(grant.except.map((subject) => subjectName(edge, subject)))}` : ''
  const narrowed = [...(grant.ports ?? []), ...(grant.methods ?? []), ...(grant.paths ?? [])]
  const until = grant.until === undefined ? ', standing' : `, until ${sayInstant(epochSeconds(grant.until), timezone)}`
  return `${who}${via}${except}${narrowed.length > 0 ? ` (${narrowed.join(' ')})` : ''}${until}.`
}

/** Why a door needs no edit; what happens to the others is in their diffs. */
function unchangedDoors({ says, edits, before }: Change): readonly string[] {
  const edited = new Set(edits.map((edit) => edit.label))
  return [...(edited.has(before.outer.id) ? [] : says.outer), ...(edited.has(before.inner.id) ? [] : says.inner)]
}

/** The card as the request stands now. */
export function cardOf(request: AccessRequest, facts: CardFacts, edge?: Edge): RequestCard {
  return {
    ...facts,
    request,
    approvable: request.state === 'waiting' && facts.proof.verdict === 'exact',
    status: statusOf(request, edge),
  }
}

export function statusOf(request: AccessRequest, edge: Edge | undefined): string {
  const name = (id: string) => (edge && findPerson(edge, id)?.name) ?? id
  const approvedBy = listed(request.approvals.map((approval) => name(approval.by)))
  const pull = request.pullRequest ? `pull request #${request.pullRequest.number}` : 'the pull request'
  switch (request.state) {
    case 'unconfirmed':
      return `${name(request.requester)}, is this what you meant? Nobody can approve it before you confirm.`
    case 'waiting': {
      const left = request.needed - request.approvals.length
      const so = request.approvals.length > 0 ? `Approved by ${approvedBy}; waiting for` : 'Waiting for'
      return `${so} ${left === 1 ? 'one approval' : `${left} approvals`}${request.approvals.length > 0 ? ' more' : ''}.`
    }
    case 'approved':
      return `Approved by ${approvedBy}; the pull request is being opened.`
    case 'proposed':
      return `Approved by ${approvedBy}; ${pull} is open.`
    case 'merged':
      return `Approved by ${approvedBy}; ${pull} is merged.`
    case 'expired':
      return `Over: its time has ended. Approved by ${approvedBy}, ${pull}.`
    case 'denied':
      return `Denied by ${name(request.decided?.by ?? '')}: ${request.decided?.reason ?? ''}`
    case 'cancelled':
      if (request.decided?.reason === CHANGED) return `Changed by ${name(request.requester)}: the newer card counts.`
      return `Cancelled by ${name(request.requester)}.`
    case 'lapsed':
      return 'Lapsed: nobody decided in time.'
    case 'closed':
      return `Closed: ${pull} was closed without merging.`
  }
}

function summarise(edge: Edge, change: Change, proof: Proof): ProofSummary {
  const labels = labelsOf(edge, change)
  const lines = (opened: readonly Opened[]) => printOpened(opened, change, labels, proof.asOf)
  const opens = proof.extra.length > 0 ? lines(proof.extra) : lines(proof.radius.opens)
  return {
    verdict: proof.verdict,
    says: sayVerdict(change, proof),
    opens,
    closes: lines(proof.closes),
    ...(proof.witness ? { witness: printWitness(proof.witness) } : {}),
    coverage: sayCoverage(proof),
    digest: proof.digest,
  }
}

function sayVerdict(change: Change, proof: Proof): string {
  const { service } = change
  switch (proof.verdict) {
    case 'exact':
      if (change.action === 'onboard')
        return 'Opens nothing to anybody and closes nothing: whatever gets to a server today goes on getting there. Until access is given, the new service refuses everybody.'
      return change.action === 'revoke'
        ? 'Closes what this entry opened and nothing else, on both doors; opens nothing.'
        : 'Opens exactly what was asked, on both doors and end to end, and nothing else; closes nothing.'
    case 'already-open':
      return `There is nothing to change: both doors let this in already. ${unchangedDoors(change).join(' ')}`
    case 'too-wide':
      return `This change would open more than was asked${change.action === 'revoke' ? ' (a revocation opens nothing)' : ''}, so I do not offer it.`
    case 'too-narrow':
      return `Even with this change ${service.name} would not be reachable as asked${whoRefuses(proof)}. I do not offer half an answer.`
    case 'closes-something':
      return 'This change would close something that nobody asked to close, so I do not offer it.'
    case 'forbidden':
      return proof.forbidden.map((refusal) => refusal.says).join(' ')
    case 'unproved':
      return `I cannot prove this: whether it opens depends on ${listed(proof.depends) || 'what the configurations do not say'}.`
  }
}

function whoRefuses(proof: Proof): string {
  const [first] = proof.stillRefused
  return first ? `: ${cite(first)} still refuses it` : ''
}

function notesOf(proof: Proof, haproxyChecked: boolean, change: Change, labels: FlowLabels): readonly string[] {
  // Where nothing needs an edit, the verdict says so itself.
  const notes: string[] = proof.verdict === 'already-open' ? [] : [...unchangedDoors(change)]
  if (change.action === 'onboard') notes.push(...onboardingNotes(change))
  if (proof.verdict === 'exact' && proof.before.open.length > 0) {
    const who = printFlows(forReading(whoAndWhen(proof.before.open), proof.asOf), labels)
      .slice(0, 3)
      .join('; ')
    notes.push(`Part of it is open already: ${who} (${proof.before.because.slice(0, 3).map(cite).join('; ')}).`)
  }
  if (proof.verdict === 'exact' && proof.stillRefused.length > 0) {
    notes.push(
      `Both doors go on refusing some requests of this kind: ${proof.stillRefused.slice(0, 3).map(cite).join('; ')}.`,
    )
  }
  const ends = change.action === 'grant' && change.grant.until !== undefined
  if (ends && change.edits.some((edit) => edit.label === change.after.outer.id)) {
    notes.push('The firewall counts in whole minutes, so it closes up to a minute before the end.')
  }
  if (!haproxyChecked && change.edits.some((edit) => edit.label === change.after.inner.id)) {
    notes.push('There is no haproxy binary here, so `haproxy -c` was not run on the result.')
  }
  return notes
}

function whoAndWhen(flows: FlowSet): FlowSet {
  const said = ['src', 'at', 'method', 'path']
  const others = [...dimensionsOf(flows)].filter((dimension) => !said.includes(dimension))
  return others.reduce(forget, flows)
}

/** End to end first, then each door for itself. */
function printOpened(list: readonly Opened[], change: Change, labels: FlowLabels, asOf: number): string[] {
  const doors = [
    ['edge', 'End to end'],
    ['outer', change.after.outer.id],
    ['inner', change.after.inner.id],
  ] as const
  const lines = doors.flatMap(([door, label]) =>
    list
      .filter((one) => one.door === door)
      .flatMap((one) => printFlows(forReading(one.flows, asOf), labels).map((line) => `${label}: ${line} ⇒ ${one.to}`)),
  )
  const left = lines.length - MOST_LINES
  return left > 0 ? [...lines.slice(0, MOST_LINES), `and ${left} more`] : lines
}

/** Details of a connection that say nothing to the person who decides are left out of the line, not out of the proof. */
function forReading(flows: FlowSet, asOf: number): FlowSet {
  const plain = ['sport', 'ingress', 'tls', 'sni', 'icmp'].reduce(forget, flows)
  // A proof begins at a moment; "from the moment it was asked" says nothing.
  return mapDimension(plain, 'at', (values) => {
    if (values.kind !== 'number') return values
    const [[from, to] = [0, 0], ...more] = values.ranges
    return { kind: 'number', ranges: [[from <= asOf ? 0 : from, to], ...more] }
  })
}

function labelsOf(edge: Edge, change: Change): FlowLabels {
  return {
    ...flowLabels(edge),
    ip: (dimension, set) => {
      if (dimension !== 'dst') return undefined
      if (equalIp(set, change.entry.external)) return `${change.service.entry.vip} (${printIpSet(set).join(', ')})`
      return equalIp(set, subtractIp(ANY_IPV4, NOBODY)) ? 'any of its addresses' : undefined
    },
  }
}

function printWitness(flow: Readonly<Record<string, string | number>>): string {
  return Object.entries(flow)
    .filter(([dimension]) => !['icmp'].includes(dimension))
    .map(([dimension, value]) => `${dimension} ${value}`)
    .join(', ')
}

/** How much of both doors is modelled. Where the verdict is open, it hangs on what is named with it, which these lines may or may not be. */
function sayCoverage({ coverage, verdict, depends }: Proof): string {
  const count = (number: number) => number.toLocaleString('en')
  if (coverage.unmodelled.length === 0 && verdict !== 'unproved')
    return `All ${count(coverage.lines)} lines that take part in the verdict are modelled.`
  const share = `${count(coverage.modelled)} of ${count(coverage.lines)} lines are modelled`
  const some = coverage.unmodelled.slice(0, 3).map(cite).join('; ')
  const list = `${some}${coverage.unmodelled.length > 3 ? ` and ${count(coverage.unmodelled.length - 3)} more` : ''}`
  if (verdict !== 'unproved' && depends.length === 0)
    return `${share}; of the others only these could change a verdict, and not this one: ${list}`
  const hangs = `${share}; this verdict hangs on ${depends.slice(0, 3).join('; ') || 'one that is not'}${depends.length > 3 ? ` and ${count(depends.length - 3)} more` : ''}.`
  return coverage.unmodelled.length === 0 ? hangs : `${hangs} Not modelled: ${list}`
}

/** Unified diffs of every file that the change edits; secrets on the lines around are hidden. */
export function diffsOf(change: Change): FileDiff[] {
  const { outer, inner } = change.after
  const redact = { [outer.id]: redactFortigate, [inner.id]: redactHaproxy }
  return change.edits.map((edit) => diffOf(edit, redact[edit.label] ?? ((text) => text)))
}

function diffOf(edit: Change['edits'][number], redact: (text: string) => string): FileDiff {
  const [before, after] = [redact(edit.before), redact(edit.after)]
  const patch = createTwoFilesPatch(edit.path, edit.path, before, after, '', '', { context: 3 })
  const count = (sign: string) =>
    patch.split('\n').filter((line) => line.startsWith(sign) && !line.startsWith(sign.repeat(3))).length
  return { path: edit.path, label: edit.label, patch, added: count('+'), removed: count('-') }
}
