import { describeEntry, describeGrant } from './access/describe-change.ts'
import { answerReach, narrowedBy, printRef } from './answer-reach.ts'
import type { Answer } from './drift/answer.ts'
import { sayWho } from './drift/ask-places.ts'
import { reproduceReach } from './drift/reproduce.ts'
import { forOneQuestion } from './investigate-live.ts'
import type { Intent, SubjectRef } from './language/intent.ts'
import { findService } from './policy/catalog-lookup.ts'
import type { Edge } from './policy/edge.ts'
import { type PortRange, portsOverlap, portsWithin, readPortRange } from './policy/port-range.ts'
import { epochSeconds } from './policy/say-time.ts'
import type { Service } from './policy/schema.ts'
import type { Ports } from './ports.ts'

/** "Who can reach X", on these ports where some are named: what its access list declares. Each entry is a line of the policy file. */
export function whoReaches(edge: Edge, service: Service, asked: readonly string[] | undefined, now: number): Answer {
  const file = `policies/services/${service.id}.yaml`
  const narrowed = asked ? servicePorts(service, asked) : undefined
  const answer = (headline: string, findings: Answer['findings']): Answer => ({
    headline,
    verdict: 'unknown',
    findings,
    unseen: [],
    reproduce: `npm run -s sallyport -- explain --from <who> --to ${service.id}${asked ? ` --ports ${asked.join(',')}` : ''}`,
  })
  if (narrowed?.length === 0) return answer(sayNotOffered(service, asked ?? []), [])
  const entries = service.access.filter(
    (grant) =>
      (grant.until === undefined || epochSeconds(grant.until) >= now) &&
      (narrowed === undefined || portsOverlap(readPorts(grant.ports ?? service.ports), narrowed)),
  )
  const lines = (edge.files.get(file) ?? '').split('\n')
  const findings = entries.map((grant) => {
    const line =
      1 + lines.findIndex((text) => grant.request !== undefined && text.includes(`request: ${grant.request}`))
    const traces = line > 0 ? [{ device: 'policy', file, line, says: `request: ${grant.request}` }] : []
    return { says: describeEntry(edge, grant), traces }
  })
  const many = entries.length === 0 ? 'no' : `${entries.length} ${entries.length === 1 ? 'entry' : 'entries'} of`
  const what = `${service.name}${asked ? ` on ${asked.join(', ')}` : ''}`
  return answer(`Git declares ${many} access to ${what}.`, findings)
}

/** Which of these ports the service offers. */
function servicePorts(service: Service, asked: readonly string[]): readonly PortRange[] {
  return readPorts(asked).filter((range) => portsWithin(range, readPorts(service.ports)))
}

function readPorts(written: readonly string[]): readonly PortRange[] {
  return written.flatMap((text) => readPortRange(text) ?? [])
}

function sayNotOffered({ name, ports }: Service, asked: readonly string[]): string {
  return `${name} does not offer ${asked.join(', ')}; it offers ${ports.join(', ')}.`
}

/** What somebody reaches now, service by service, as the live doors have it, and what is still being decided. */
export async function answerStatus(
  ports: Ports,
  edge: Edge,
  subject: SubjectRef,
  intent: Intent,
  now: number,
): Promise<Answer> {
  const question = narrowedBy(subject, intent)
  const named = (intent.services ?? []).flatMap((id) => findService(edge, id) ?? [])
  // What does not offer the port that was said is not what was asked about, unless it was named.
  const offering = (service: Service) =>
    !intent.ports || servicePorts(service, intent.ports).length === intent.ports.length
  const services = named.length > 0 ? named : edge.services.filter(offering)
  const live = forOneQuestion(ports.live)
  // About one way the firewall is asked as well; about all of them that would be too much for it.
  const witness = services.length === 1
  const answers: { readonly service: Service; readonly answer: Answer }[] = []
  for (const service of services)
    answers.push({ service, answer: await answerReach(live, { ...question, edge, service, at: now }, witness) })
  const underWay = await pendingFor(ports, edge, printRef(subject), services)
  const [only, another] = answers
  if (only && !another) return { ...only.answer, findings: [...only.answer.findings, ...underWay] }
  const open = answers.filter(({ answer }) => answer.verdict === 'reachable')
  const names = (some: typeof answers) => some.map(({ service }) => service.name)
  const unsure = answers.filter(({ answer }) => answer.verdict === 'depends' || answer.verdict === 'unknown')
  return {
    headline: sayStatus(sayWho(edge, question), services.length, intent.ports, names(open), names(unsure)),
    verdict: open.length > 0 ? 'reachable' : unsure.length > 0 ? 'depends' : 'unreachable',
    findings: [
      ...open.map(({ service, answer }) => ({
        says: `${service.name}: open.`,
        traces: answer.findings.findLast(({ traces }) => traces.length > 0)?.traces.slice(-1) ?? [],
      })),
      ...unsure.map(({ service, answer }) => ({ says: `${service.name}: ${answer.headline}`, traces: [] })),
      ...underWay,
    ],
    unseen: [...new Set(answers.flatMap(({ answer }) => answer.unseen))],
    reproduce: reproduceReach({ ...question, to: '<service>', live: true }),
  }
}

/** What is asked for and not yet on the devices. */
async function pendingFor(
  ports: Ports,
  edge: Edge,
  subject: string,
  services: readonly Service[],
): Promise<Answer['findings']> {
  const pending = await ports.store.listRequests({ states: ['waiting', 'approved', 'proposed'] })
  return pending.flatMap(({ service: id, state, action, grant }) => {
    const service = services.find((one) => one.id === id)
    if (!service || !grant?.allow.includes(subject)) return []
    return [{ says: `Under way (${state}): ${describeGrant(edge, action, service, grant)}`, traces: [] }]
  })
}

/** What is not certain is never said to be open, and never to be closed. */
function sayStatus(
  who: string,
  asked: number,
  on: readonly string[] | undefined,
  open: readonly string[],
  unsure: readonly string[],
): string {
  const ports = on ? ` on ${on.join(', ')}` : ''
  if (asked === 0) return `No service is offered${ports}.`
  const doubt = unsure.length > 0 ? ` Not certain: ${unsure.join(', ')}.` : ''
  if (open.length > 0) return `${who} can reach ${open.join(', ')}${ports}.${doubt}`
  return `${who} can reach none of these ${asked} services${ports}${doubt ? ' for certain' : ''} now.${doubt}`
}
