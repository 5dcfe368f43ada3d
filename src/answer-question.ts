import { answerDrift } from './answer-drift.ts'
import { answerReach, narrowedBy } from './answer-reach.ts'
import { answerStatus, whoReaches } from './answer-status.ts'
import type { Answer } from './drift/answer.ts'
import type { Heard } from './heard.ts'
import { forOneQuestion } from './investigate-live.ts'
import type { Intent } from './language/intent.ts'
import { findService } from './policy/catalog-lookup.ts'
import { epochSeconds } from './policy/say-time.ts'
import type { Ports } from './ports.ts'

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
  const services = (intent.services ?? []).flatMap((id) => findService(edge, id) ?? [])
  if (intent.kind === 'status' && intent.subjects === undefined && services.length > 0)
    return services.map((service) => whoReaches(edge, service, intent.ports, now))
  if (intent.subjects === undefined && intent.except !== undefined) return [NOBODY_NAMED]
  const subjects = intent.subjects ?? [{ type: 'person' as const, id: heard.person.id }]
  const answers: Answer[] = []
  if (intent.kind === 'status') {
    for (const subject of subjects) answers.push(await answerStatus(ports, edge, subject, intent, now))
    return answers
  }
  const live = forOneQuestion(ports.live)
  for (const service of services) {
    for (const subject of subjects)
      answers.push(await answerReach(live, { ...narrowedBy(subject, intent), edge, service, at: now }))
  }
  return answers
}

const NOBODY_NAMED: Answer = {
  headline: 'Whom is it about? I answer for a group, a person, a network or an address.',
  verdict: 'unknown',
  findings: [],
  unseen: [],
  reproduce: 'npm run -s sallyport -- explain --from <who> --to <service>',
}
