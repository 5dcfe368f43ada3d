import { describeEntry, describeGrant } from './access/describe-change.ts'
import type { Answer } from './drift/answer.ts'
import { reportDrift } from './drift/report-drift.ts'
import { answerWithOpinions, changesToAsk } from './drift/second-witness.ts'
import { readDoors, readRunning } from './edge/doors.ts'
import { flowLabels } from './edge/flow-labels.ts'
import type { Heard } from './heard.ts'
import { forOneQuestion, hearDevice, investigateLive, lookAtDevices } from './investigate-live.ts'
import type { Intent, SubjectRef } from './language/intent.ts'
import { findPerson, findService, groupsOf, subjectName } from './policy/catalog-lookup.ts'
import type { Edge } from './policy/edge.ts'
import { epochSeconds } from './policy/say-time.ts'
import type { Grant, Service } from './policy/schema.ts'
import type { LiveDevices, Ports } from './ports.ts'

/** Question → both live devices → findings, each with its lines → answer. */
export async function answerQuestion(ports: Ports, heard: Heard, intent: Intent): Promise<void> {
  for (const answer of await answersFor(ports, heard, intent)) {
    await ports.chat.say(heard.message.place, { kind: 'answer', answer })
  }
}

async function answersFor(ports: Ports, heard: Heard, intent: Intent): Promise<readonly Answer[]> {
  const { edge } = heard
  const now = epochSeconds(ports.now().toISOString())
  if (intent.kind === 'drift') return [await answerDrift(ports.live, edge, now)]
  if (intent.kind === 'status' && intent.subjects === undefined && (intent.services ?? []).length > 0) {
    return (intent.services ?? [])
      .flatMap((id) => findService(edge, id) ?? [])
      .map((service) => whoReaches(edge, service, now))
  }
  const subjects = intent.subjects ?? [{ type: 'person' as const, id: heard.person.id }]
  if (intent.kind === 'status') return [await answerStatus(ports, edge, subjects, intent, now)]
  const services = (intent.services ?? []).flatMap((id) => findService(edge, id) ?? [])
  const live = forOneQuestion(ports.live)
  const answers: Answer[] = []
  for (const service of services) {
    for (const subject of subjects) answers.push(await answerForOne(live, edge, service, subject, now))
  }
  return answers
}

/** One subject; a person by whichever of their groups gets them there, else by the first. */
async function answerForOne(
  live: LiveDevices,
  edge: Edge,
  service: Service,
  subject: SubjectRef,
  now: number,
  witness = true,
): Promise<Answer> {
  const questions = asPlaces(edge, subject).map((place) => ({
    edge,
    service,
    subjects: [written(place)],
    who: whoAt(edge, subject, place),
    at: now,
  }))
  return investigateLive(questions, {
    live,
    witness,
    sessions: true,
    reproduce: terminalCommand([subject], service.id),
  })
}

/** `Bob Okafor (Platform Engineering)`: a person, and as a member of what. */
function whoAt(edge: Edge, subject: SubjectRef, place: SubjectRef): string {
  const name = subjectName(edge, written(subject))
  return place === subject ? name : `${name} (${subjectName(edge, written(place))})`
}

/** "Why can X not reach Y", from what is live; what cannot be read live is taken from Git and said so. */
export async function answerReach(
  live: LiveDevices,
  edge: Edge,
  service: Service,
  subjects: readonly SubjectRef[],
  at: number,
): Promise<Answer> {
  const who = subjects.map((subject) => subjectName(edge, written(subject))).join(' and ')
  const question = { edge, service, subjects: subjects.map(written), who, at }
  return investigateLive([question], { live, witness: true, reproduce: terminalCommand(subjects, service.id) })
}

/** What gives the same answer in a terminal. */
function terminalCommand(subjects: readonly SubjectRef[], to: string): string {
  return `npm run -s sallyport -- explain --live --from ${subjects.map(written).join(',')} --to ${to}`
}

/** "What drifted": every pair of doors, live against declared; of what differs the firewall is asked too, unless not about now. */
export async function answerDrift(live: LiveDevices, edge: Edge, now: number, witness = true): Promise<Answer> {
  const reproduce = 'npm run -s sallyport -- drift --live'
  const declared = readDoors(edge)
  if ('ok' in declared) return { headline: declared.says, verdict: 'unknown', findings: [], unseen: [], reproduce }
  // Drift is told by the text too, also by sections that decide nothing: what was read before will not do.
  const seen = await lookAtDevices(live, declared, { afresh: true })
  const doors = readDoors(edge, undefined, seen.instead)
  if ('ok' in doors) return { headline: doors.says, verdict: 'unknown', findings: [], unseen: seen.unseen, reproduce }
  const answer = reportDrift({
    declared,
    live: doors,
    outerSeen: seen.instead.has(declared.outer.id),
    innerSeen: seen.instead.has(declared.inner.id),
    unseen: seen.unseen,
    running: readRunning(doors.inner.id, seen.instead.get(doors.inner.id)),
    now,
    labels: flowLabels(edge),
    reproduce,
  })
  if (!witness || answer.verdict !== 'drifted' || !seen.instead.has(doors.outer.id)) return answer
  const packets = changesToAsk(declared.outer, doors.outer, now)
  return answerWithOpinions(answer, doors.outer, await hearDevice(live, doors.outer, packets))
}

/** "Who can reach X": what its access list declares. Each entry is a line of the policy file. */
function whoReaches(edge: Edge, service: Service, now: number): Answer {
  const file = `policies/services/${service.id}.yaml`
  const entries = service.access.filter((grant) => grant.until === undefined || epochSeconds(grant.until) >= now)
  const lines = (edge.files.get(file) ?? '').split('\n')
  const findings = entries.map((grant) => {
    const line =
      1 + lines.findIndex((text) => grant.request !== undefined && text.includes(`request: ${grant.request}`))
    const traces = line > 0 ? [{ device: 'policy', file, line, says: `request: ${grant.request}` }] : []
    return { says: describeEntry(edge, grant), traces }
  })
  return {
    headline:
      entries.length === 0
        ? `Git declares no access to ${service.name}.`
        : `Git declares ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'} of access to ${service.name}.`,
    verdict: 'unknown',
    findings,
    unseen: [],
    reproduce: `npm run -s sallyport -- explain --from <who> --to ${service.id}`,
  }
}

/** Doors know places and identities, not people: a person is met where their groups are, unless they have a place of their own. */
function asPlaces(edge: Edge, subject: SubjectRef): readonly SubjectRef[] {
  const person = subject.type === 'person' ? findPerson(edge, subject.id) : undefined
  if (!person || person.networks.length > 0 || person.fortigate !== undefined || person.header !== undefined)
    return [subject]
  const groups = groupsOf(edge, person.id).map((id) => ({ type: 'group' as const, id }))
  return groups.length > 0 ? groups : [subject]
}

/** What these subjects reach now, service by service, as the live doors have it, and what is still being decided. */
async function answerStatus(
  ports: Ports,
  edge: Edge,
  subjects: readonly SubjectRef[],
  intent: Intent,
  now: number,
): Promise<Answer> {
  const who = subjects.map((subject) => subjectName(edge, written(subject))).join(' and ')
  const wanted =
    intent.services && intent.services.length > 0 ? intent.services : edge.services.map((service) => service.id)
  const services = wanted.flatMap((id) => findService(edge, id) ?? [])
  const answers: { service: Service; answer: Answer }[] = []
  const live = forOneQuestion(ports.live)
  // About one way the firewall is asked as well; about all of them that would be too much for it.
  const witness = services.length === 1 && subjects.length === 1
  for (const service of services) {
    for (const subject of subjects)
      answers.push({ service, answer: await answerForOne(live, edge, service, subject, now, witness) })
  }
  const open = answers.filter(({ answer }) => answer.verdict === 'reachable')
  const unsure = answers.filter(({ answer }) => answer.verdict === 'depends' || answer.verdict === 'unknown')
  const pending = await ports.store.listRequests({ states: ['waiting', 'approved', 'proposed'] })
  const names = new Set(services.map((service) => service.id))
  const about = pending.filter(
    (request) => names.has(request.service) && request.grant?.allow.some((one) => subjects.map(written).includes(one)),
  )
  const findings = [
    ...open.map(({ service, answer }) => ({
      says: `${service.name}: open.`,
      traces: answer.findings.findLast(({ traces }) => traces.length > 0)?.traces.slice(-1) ?? [],
    })),
    ...unsure.flatMap(({ service, answer }) => [
      { says: `${service.name}: ${answer.headline}`, traces: [] },
      ...(answers.length === 1 ? answer.findings : []),
    ]),
    ...about.flatMap((request) => {
      const service = findService(edge, request.service)
      return service && request.grant
        ? [
            {
              says: `Under way (${request.state}): ${describeGrant(edge, request.action, service, request.grant)}`,
              traces: [],
            },
          ]
        : []
    }),
  ]
  return {
    headline: sayStatus(
      who,
      services.length,
      open.map(({ service }) => service.name),
      unsure.map(({ service }) => service.name),
    ),
    verdict: open.length > 0 ? 'reachable' : unsure.length > 0 ? 'depends' : 'unreachable',
    findings,
    unseen: [...new Set(answers.flatMap(({ answer }) => answer.unseen))],
    reproduce: terminalCommand(subjects, '<service>'),
  }
}

/** What is not certain is never said to be open, and never to be closed. */
function sayStatus(who: string, asked: number, open: readonly string[], unsure: readonly string[]): string {
  const doubt = unsure.length > 0 ? ` Not certain: ${[...new Set(unsure)].join(', ')}.` : ''
  if (open.length > 0) return `${who} can reach ${open.join(', ')}.${doubt}`
  if (asked === 1)
    return unsure.length > 0 ? `Whether ${who} can reach ${unsure[0]} is not certain.` : `${who} cannot reach it now.`
  return `${who} can reach none of these ${asked} services${doubt ? ' for certain' : ''} now.${doubt}`
}

/** Whom a grant is for, as a question names them. */
export function subjectsOf(grant: Grant): readonly SubjectRef[] {
  return grant.allow.map((subject) => {
    const [, type, id] = /^(group|person|network):(.+)$/.exec(subject) ?? []
    return type === 'group' || type === 'person' || type === 'network'
      ? { type, id: id ?? '' }
      : { type: 'cidr', id: subject }
  })
}

function written(subject: SubjectRef): string {
  return subject.type === 'cidr' ? subject.id : `${subject.type}:${subject.id}`
}
