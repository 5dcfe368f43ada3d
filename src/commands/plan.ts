import { requestIdOf } from '../access/access-request.ts'
import { approversOf } from '../access/approval.ts'
import type { CardFacts } from '../access/card-facts.ts'
import { describeCard } from '../access/describe-change.ts'
import { type Proposed, proposeChanges } from '../access/grant-of-intent.ts'
import { proveChange } from '../access/prove-change.ts'
import { printProblem } from '../evidence/problem.ts'
import { type Refusal, refuse } from '../evidence/refusal.ts'
import { describeIntent } from '../language/describe.ts'
import { Intent, type SubjectRef } from '../language/intent.ts'
import { openHaproxyCheck } from '../live/haproxy-binary.ts'
import type { Edge } from '../policy/edge.ts'
import { epochSeconds } from '../policy/say-time.ts'
import { type Grant, PortText, SubjectText } from '../policy/schema.ts'
import { checkHaproxy, compileProposed, offersFor, sayNarrower } from '../request-access.ts'
import { readArguments, readMoment, type Wrong } from './arguments.ts'
import { openEdge } from './edge-folder.ts'
import { findRequester } from './find-names.ts'
import { explainIssues } from './json-lines.ts'
import { calledWrongly, FINE, NO, printJson, printLine, printLines, type Terminal } from './terminal.ts'
import { openText } from './text-file.ts'
import {
  actsOf,
  type OpenQuestions,
  openModel,
  openQuestions,
  sayQuestion,
  understandWords,
} from './understand-words.ts'

/** `sallyport plan`: what a message or an intent would change on both doors, and the proof; nothing is changed. */
export async function planCommand(args: readonly string[], io: Terminal): Promise<number> {
  const given = readArguments(args, { as: 'text', intent: 'text', now: 'text', json: 'flag', policies: 'text' })
  if ('wrong' in given) return calledWrongly(io, 'plan', given.wrong)
  const [message, another] = given.words
  const file = given.text('intent')
  if (another !== undefined || (message === undefined) === (file === undefined))
    return calledWrongly(io, 'plan', 'give one message in quotation marks, or --intent FILE.')
  const as = given.text('as')
  if (message !== undefined && as === undefined) return calledWrongly(io, 'plan', 'say who asks: --as alice.')
  const now = readMoment(io, '--now', given.text('now'))
  if ('wrong' in now) return calledWrongly(io, 'plan', now.wrong)
  const edge = await openEdge(io, given.text('policies'))
  if (typeof edge === 'number') return edge
  const requester = as === undefined ? { person: '' } : findRequester(edge, as)
  if ('wrong' in requester) return calledWrongly(io, 'plan', requester.wrong)

  const context = { catalog: edge.catalog, services: edge.services, requester: requester.person, now }
  const model = message === undefined ? undefined : await openModel(io)
  if (model && 'wrong' in model) return calledWrongly(io, 'plan', model.wrong)
  const intent =
    file === undefined ? await understandWords(io, message ?? '', context, model) : await openIntent(io, file)
  if ('wrong' in intent) return calledWrongly(io, 'plan', intent.wrong)

  const seed = `${requester.person}\n${message ?? JSON.stringify(intent)}`
  const acts: PlannedAct[] = []
  for (const [index, act] of actsOf(intent).entries()) {
    const questions = openQuestions(act, context)
    const planned =
      questions.length > 0 || !isChange(act) ? [] : await planAct(io, edge, act, now, seed, index, requester.person)
    acts.push({ understood: describeIntent(act, context), act, questions, changes: planned })
  }
  const changes = acts.flatMap((act) => act.changes)
  const open = acts.flatMap(({ questions }) => questions)
  if (given.flag('json')) {
    await printJson(io, { intent, changes: changes.map(tellChange), ...(open.length > 0 ? { questions: open } : {}) })
  } else for (const act of acts) await printAct(io, act)
  return acts.every(isSettled) ? FINE : NO
}

type PlannedAct = {
  readonly understood: string
  readonly act: Intent
  readonly questions: OpenQuestions
  readonly changes: readonly PlannedChange[]
}
type PlannedChange =
  | { readonly proposed: Proposed; readonly facts: CardFacts }
  | {
      readonly proposed: { readonly action: string; readonly service: string | undefined; readonly grant?: Grant }
      readonly refusal: Refusal
      readonly narrower?: readonly string[]
    }

function isChange({ kind }: Intent): boolean {
  return kind === 'grant' || kind === 'revoke' || kind === 'extend' || kind === 'onboard-service'
}

function isSettled({ changes }: PlannedAct): boolean {
  const good = (one: PlannedChange) =>
    'facts' in one && (one.facts.proof.verdict === 'exact' || one.facts.proof.verdict === 'already-open')
  return changes.length > 0 && changes.every(good)
}

/** An intent written by hand, checked as closely as one that we read from words ourselves. */
async function openIntent(io: Terminal, path: string): Promise<Intent | Wrong> {
  let data: unknown
  try {
    data = JSON.parse(await openText(io, path))
  } catch (cause) {
    if (cause instanceof SyntaxError) return { wrong: `${path} is not JSON.` }
    throw cause
  }
  const parsed = Intent.safeParse(data)
  if (!parsed.success) return { wrong: `${path} is no intent: ${explainIssues(parsed.error)}.` }
  const odd = actsOf(parsed.data).flatMap(oddWords)[0]
  return odd === undefined ? parsed.data : { wrong: `${path} is no intent: ${odd}.` }
}

function oddWords({
  subjects = [],
  except = [],
  via = [],
  ports = [],
  window = {},
  reason = '',
  ticket = 'x',
}: Intent): readonly string[] {
  const refs = [...subjects, ...except, ...via].map(written)
  const moments = [window.start, window.end].filter((moment) => moment !== undefined)
  return [
    ...refs.filter((ref) => !SubjectText.safeParse(ref).success).map((ref) => `"${ref}" is no subject`),
    ...ports.filter((port) => !PortText.safeParse(port).success).map((port) => `"${port}" is no port, such as tcp/443`),
    ...moments
      .filter((moment) => !MOMENT.test(moment) || Number.isNaN(Date.parse(moment)))
      .map((moment) => `"${moment}" is no time with its offset`),
    ...(window.duration !== undefined && !DURATION.test(window.duration)
      ? [`"${window.duration}" is no duration, such as P7D`]
      : []),
    ...(reason.length > 500 ? ['the reason is longer than 500 characters'] : []),
    ...(ticket.length < 1 || ticket.length > 500 ? ['the ticket is empty or too long'] : []),
  ]
}
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/
const DURATION = /^P(?=.)(\d{1,4}Y)?(\d{1,4}M)?(\d{1,4}W)?(\d{1,4}D)?(T(?=\d)(\d{1,4}H)?(\d{1,5}M)?(\d{1,6}S)?)?$/

function written(subject: SubjectRef): string {
  return subject.type === 'cidr' ? subject.id : `${subject.type}:${subject.id}`
}

async function planAct(
  io: Terminal,
  edge: Edge,
  act: Intent,
  now: Date,
  seed: string,
  index: number,
  requester: string,
): Promise<readonly PlannedChange[]> {
  // The same words give the same ids, so that two runs can be compared.
  const proposed = proposeChanges(edge, act, { now, requestId: (nth) => requestIdOf(seed, index * 100 + nth) })
  if ('ok' in proposed) return [{ proposed: { action: act.kind, service: act.services?.[0] }, refusal: proposed }]
  const planned: PlannedChange[] = []
  for (const one of proposed) planned.push(await planOne(io, edge, one, now, requester))
  return planned
}

async function planOne(
  io: Terminal,
  edge: Edge,
  proposed: Proposed,
  now: Date,
  requester: string,
): Promise<PlannedChange> {
  const asOf = epochSeconds(now.toISOString())
  const change = compileProposed(edge, proposed, asOf)
  if ('ok' in change) return { proposed, refusal: change, narrower: sayNarrower(edge, proposed, asOf) }
  const { HAPROXY_BINARY: binary } = io.env
  const checked = await checkHaproxy(openHaproxyCheck(binary ? { binary } : {}), edge, change)
  const [alert] = checked.alerts
  if (alert) {
    const says = `HAProxy itself refuses the configuration this would make: ${printProblem(alert)}`
    return { proposed, refusal: refuse('HAPROXY_REFUSES', says) }
  }
  const proof = proveChange(edge, change, asOf)
  const facts = describeCard({
    edge,
    change,
    proof,
    action: proposed.action,
    notes: proposed.notes,
    requester,
    approvers: approversOf(edge, change.service).groups,
    haproxyChecked: checked.ran,
    offers: offersFor(edge, proposed, asOf, proof),
    reproduce: '',
  })
  return { proposed, facts }
}

function tellChange(planned: PlannedChange) {
  const { action, service } = planned.proposed
  const grant = 'grant' in planned.proposed ? planned.proposed.grant : null
  const added = 'newService' in planned.proposed ? { newService: planned.proposed.newService } : {}
  const head = { action, service: service ?? null, grant: grant ?? null, ...added }
  if ('refusal' in planned) return { ...head, refusal: { reason: planned.refusal.reason, says: planned.refusal.says } }
  const { understood, notes, proof, narrower, diffs } = planned.facts
  return { ...head, understood, ...proof, notes, narrower, diffs: diffs.map(({ path, patch }) => ({ path, patch })) }
}

async function printAct(io: Terminal, { understood, act, questions, changes }: PlannedAct): Promise<void> {
  if (changes.length === 0) {
    await printLine(io, understood)
    await printLines(io, questions.map(sayQuestion))
    if (!isChange(act)) await printLine(io, `This asks for no change, so there is nothing to plan.`)
  }
  for (const planned of changes) {
    if ('refusal' in planned) {
      await printLine(io, understood)
      await printLines(io, [planned.refusal.says, ...(planned.narrower ?? [])])
      continue
    }
    const { facts } = planned
    const { proof, notes, diffs } = facts
    await printLine(io, facts.understood)
    await printLines(io, notes)
    await printLine(io, `${proof.verdict}: ${proof.says}`)
    await printLines(
      io,
      proof.opens.map((line) => `  opens ${line}`),
    )
    await printLines(
      io,
      proof.closes.map((line) => `  closes ${line}`),
    )
    if (proof.witness !== undefined) await printLine(io, `  for example ${proof.witness}`)
    await printLine(io, proof.coverage)
    await printLines(
      io,
      facts.narrower.map((line) => `narrower: ${line}`),
    )
    for (const { patch } of diffs) await printLines(io, ['', ...patch.trimEnd().split('\n')])
    await printLines(io, ['', `digest ${proof.digest}`])
  }
}
