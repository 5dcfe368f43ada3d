import { AccessRequest, requestIdOf } from './access/access-request.ts'
import { approversOf } from './access/approval.ts'
import { type Change, compileChange, compileRevocation } from './access/change.ts'
import { approvalsNeeded, flagNotes, whatToConfirm } from './access/confirmation.ts'
import { type CounterOffer, counterOffers } from './access/counter-offers.ts'
import { CHANGED, cardOf, describeCard, describeOffer, statusOf } from './access/describe-change.ts'
import { type Proposed, proposeChanges } from './access/grant-of-intent.ts'
import { compileOnboarding } from './access/onboarding.ts'
import type { Proof } from './access/proof.ts'
import { proveChange } from './access/prove-change.ts'
import type { Problem } from './evidence/problem.ts'
import { printProblem } from './evidence/problem.ts'
import type { Refusal } from './evidence/refusal.ts'
import type { Heard } from './heard.ts'
import type { Intent } from './language/intent.ts'
import { findPerson, findService } from './policy/catalog-lookup.ts'
import type { Edge } from './policy/edge.ts'
import { epochSeconds } from './policy/say-time.ts'
import type { Service } from './policy/schema.ts'
import type { HaproxyCheck, Ports } from './ports.ts'

/** How long a request waits for whoever may decide. */
export const LAPSES_AFTER_HOURS = 24

/** Intent → change → proof → card. Every branch between a person's wish and the card is here. */
export async function requestAccess(ports: Ports, heard: Heard, intent: Intent, index: number): Promise<void> {
  const proposed = proposeChanges(heard.edge, intent, {
    now: ports.now(),
    requestId: (nth) => requestIdOf(heard.message.id, index * 100 + nth),
  })
  if ('ok' in proposed) return note(ports, heard, proposed.says)
  for (const one of proposed) await requestOne(ports, heard, intent, one, proposed.length)
}

async function requestOne(
  ports: Ports,
  heard: Heard,
  intent: Intent,
  proposed: Proposed,
  together: number,
): Promise<void> {
  const { edge, message, person } = heard
  const known = await ports.store.findRequest(proposed.id)
  if (known) return postCard(ports, known, edge)

  const now = ports.now()
  const asOf = epochSeconds(now.toISOString())
  const change = compileProposed(edge, proposed, asOf)
  if ('ok' in change) return note(ports, heard, [change.says, ...sayNarrower(edge, proposed, asOf)].join('\n'))
  const checked = await checkHaproxy(ports.haproxyCheck, edge, change)
  if (checked.alerts.length > 0) {
    const [first] = checked.alerts
    return note(
      ports,
      heard,
      `HAProxy itself refuses the configuration this would make: ${first ? printProblem(first) : 'no reason given'}. Nothing was changed.`,
    )
  }
  const proof = proveChange(edge, change, asOf)
  const approvers = approversOf(edge, change.service)
  const check = heard.confirmed ? [] : whatToConfirm(proposed, intent)
  const facts = describeCard({
    edge,
    change,
    proof,
    action: proposed.action,
    notes: [...proposed.notes, ...flagNotes(intent)],
    requester: person.id,
    approvers: approvers.groups,
    haproxyChecked: checked.ran,
    offers: offersFor(edge, proposed, asOf, proof),
    reproduce: heard.edited ? reproduceIntent(intent, person.id) : reproduceCommand(message.text, person.id),
  })
  const request = AccessRequest.parse({
    id: proposed.id,
    state: check.length > 0 ? 'unconfirmed' : 'waiting',
    action: proposed.action,
    requester: person.id,
    words: message.text.slice(0, 2000),
    channel: message.place.channel,
    thread: message.place.thread,
    intent,
    service: change.service.id,
    ...(change.action === 'onboard' ? { newService: change.service } : { grant: change.grant }),
    digest: proof.digest,
    needed: approvalsNeeded(edge, change.service, intent, person.id),
    ...(check.length > 0 ? { check, together } : {}),
    ...((heard.replaces ?? []).length > 0 ? { replaces: heard.replaces } : {}),
    ...(heard.model === undefined ? {} : { model: heard.model }),
    facts,
    approvals: [],
    createdAt: now.toISOString(),
    lapsesAt: new Date(now.getTime() + LAPSES_AFTER_HOURS * 3_600_000).toISOString(),
  })
  if (proof.verdict !== 'exact') {
    await ports.store.record(auditOf(request, 'refused', now, proof))
    await ports.chat.say(message.place, {
      kind: 'card',
      card: {
        ...facts,
        request: { ...request, state: 'waiting' },
        approvable: false,
        status: 'Nothing to decide, and nothing was changed.',
      },
    })
    return
  }
  const same = await findSame(ports, request, heard.replaces)
  if (same) return note(ports, heard, sayAlreadyAsked(edge, same, person.id))
  const gone = await ports.store.insertRequest(request, CHANGED)
  await ports.store.record(auditOf(request, 'requested', now, proof))
  for (const { id } of gone)
    await ports.store.record({
      at: request.createdAt,
      request: id,
      actor: person.id,
      action: 'replaced',
      detail: { by: request.id },
    })
  await postCard(ports, request, edge)
}

/** Equal digests open the same to the same people for the same time: one decision is enough for them, and one pull request. */
export async function findSame(
  ports: Ports,
  request: AccessRequest,
  replaces: readonly string[] = [],
): Promise<AccessRequest | undefined> {
  const underWay = await ports.store.listRequests({ states: ['unconfirmed', 'waiting', 'approved', 'proposed'] })
  return underWay.find(
    (other) =>
      other.digest === request.digest &&
      other.service === request.service &&
      other.id !== request.id &&
      // What gives way to this request is no reason not to make it.
      !replaces.includes(other.id) &&
      // What somebody else may never confirm stands in nobody's way.
      (other.state !== 'unconfirmed' || other.requester === request.requester),
  )
}

export function sayAlreadyAsked(edge: Edge, same: AccessRequest, person: string): string {
  const who = same.requester === person ? 'You' : (findPerson(edge, same.requester)?.name ?? same.requester)
  return `${who} asked for exactly this already (${same.id}). ${statusOf(same, edge)} One decision is enough, so I made no second card.`
}

/** Posts the card once: a message heard again finds the request with its card and says nothing. */
async function postCard(ports: Ports, request: AccessRequest, edge: Edge): Promise<void> {
  if (request.card !== undefined || !request.facts) return
  const place = { channel: request.channel, thread: request.thread }
  const card = await ports.chat.say(place, { kind: 'card', card: cardOf(request, request.facts, edge) })
  await ports.store.amend(request.id, { card })
  // Whoever pressed a button before this found no card to redraw.
  const now = await ports.store.findRequest(request.id)
  if (now?.facts && (now.state !== request.state || now.approvals.length !== request.approvals.length))
    await ports.chat.update(place, card, { kind: 'card', card: cardOf(now, now.facts, edge) })
}

/** What a request comes to on the edge as it stands: also asked again at the moment of approval. */
export function compileProposed(
  edge: Edge,
  proposed: Pick<AccessRequest, 'action' | 'service' | 'grant' | 'newService'>,
  asOf: number,
): Change | Refusal {
  const { grant, newService } = proposed
  if (newService) return compileOnboarding(edge, newService)
  const service: Service | undefined = findService(edge, proposed.service)
  if (!service || !grant)
    return { ok: false, reason: 'UNKNOWN_SERVICE', says: `${proposed.service} is not in the edge repository any more.` }
  return proposed.action === 'revoke'
    ? compileRevocation(edge, service, grant)
    : compileChange(edge, service, grant, asOf)
}

/** Narrower grants that could be given instead; for a revocation there is nothing narrower to say. */
export function offersFor(
  edge: Edge,
  { action, service, grant }: Pick<AccessRequest, 'action' | 'service' | 'grant'>,
  asOf: number,
  proof?: Proof,
): readonly CounterOffer[] {
  const found = findService(edge, service)
  return found && grant && action === 'grant' && proof?.verdict !== 'already-open'
    ? counterOffers(edge, found, grant, asOf, proof)
    : []
}

/** After a refusal: what could be had instead. */
export function sayNarrower(edge: Edge, proposed: Proposed, asOf: number): readonly string[] {
  const service = findService(edge, proposed.service)
  const offers = offersFor(edge, proposed, asOf)
  if (!service || offers.length === 0) return []
  return ['This I could do instead:', ...offers.map((offer) => `• ${describeOffer(edge, service, offer)}`)]
}

/** `haproxy -c` on the changed configuration; `ran` is false when there is no binary to ask. */
export async function checkHaproxy(
  check: HaproxyCheck,
  edge: Edge,
  change: Change,
): Promise<{ readonly ran: boolean; readonly alerts: readonly Problem[] }> {
  const edit = change.edits.find((one) => one.label === change.after.inner.id)
  if (!edit) return { ran: false, alerts: [] }
  const result = await check.check(edit.path, edit.after, edge.files)
  if (result.verdict === 'not-installed') return { ran: false, alerts: [] }
  return { ran: true, alerts: result.verdict === 'invalid' ? result.alerts : [] }
}

/** The words are quoted for a POSIX shell; what a shell would still act on inside quotes is not in there. */
function reproduceCommand(words: string, person: string): string {
  const oneLine = words.replace(/\s+/g, ' ').trim().slice(0, 300)
  return `npm run -s sallyport -- plan '${oneLine.replaceAll("'", "'\\''")}' --as ${person}`
}

/** What was changed in a thread is in no one message any more, so the intent itself is handed over. */
function reproduceIntent(intent: Intent, person: string): string {
  const { flags: _flags, needsClarification: _open, additional: _others, ...own } = intent
  const json = JSON.stringify(own).replaceAll("'", "'\\''")
  return `echo '${json}' | npm run -s sallyport -- plan --intent /dev/stdin --as ${person}`
}

function auditOf(request: AccessRequest, action: string, now: Date, proof: Proof) {
  return {
    at: now.toISOString(),
    request: request.id,
    actor: request.requester,
    action,
    detail: {
      service: request.service,
      words: request.words,
      verdict: proof.verdict,
      digest: proof.digest,
      ...modelDetail(request),
    },
  }
}

/** Which instructions a model had, and what it took: kept where nothing is ever changed. */
function modelDetail({ model }: AccessRequest) {
  if (!model) return {}
  const { name, promptHash, failed, ms, tokensIn, tokensOut, cost } = model
  return { model: name, promptHash, modelFailed: failed ?? null, modelMs: ms, tokensIn, tokensOut, cost: cost ?? null }
}

async function note(ports: Ports, heard: Heard, text: string): Promise<void> {
  await ports.chat.say(heard.message.place, { kind: 'note', text })
}
