import type { Answer } from './drift/answer.ts'
import { askPlaces, sayWho, type UnplacedQuestion } from './drift/ask-places.ts'
import { reproduceReach } from './drift/reproduce.ts'
import type { Narrowed } from './drift/requests.ts'
import { investigateLive } from './investigate-live.ts'
import type { Intent, SubjectRef } from './language/intent.ts'
import type { Edge } from './policy/edge.ts'
import type { Grant, Service } from './policy/schema.ts'
import type { LiveDevices } from './ports.ts'

/** "Can X reach Y": a person by whichever of their groups gets them there, else by the first. */
export async function answerReach(live: LiveDevices, question: UnplacedQuestion, witness = true): Promise<Answer> {
  const reproduce = reproduceReach({ ...question, to: question.service.id, live: true })
  return investigateLive(askPlaces(question), { live, witness, sessions: true, reproduce })
}

/** Whether what this grant gives is there now, from what is live; what cannot be read live is taken from Git and said so. */
export async function answerGranted(
  live: LiveDevices,
  edge: Edge,
  service: Service,
  grant: Grant,
  at: number,
): Promise<Answer> {
  const question = { edge, service, subjects: grant.allow, at, ...narrowing(grant) }
  const reproduce = reproduceReach({ ...question, to: service.id, live: true })
  return investigateLive([{ ...question, who: sayWho(edge, question) }], { live, witness: true, reproduce })
}

/** One subject, with all that the message narrows the question by. */
export function narrowedBy(subject: SubjectRef, { ports, via, except, methods }: Intent) {
  const beside = narrowing({ ports, via: via?.map(printRef), except: except?.map(printRef), methods })
  return { subjects: [printRef(subject)], ...beside }
}

type Beside = { readonly [K in 'ports' | 'via' | 'except' | 'methods' | 'paths']?: Grant[K] | undefined }

/** One request of those that are meant: methods and paths are many, and a question is about the first. */
function narrowing({ ports, via = [], except = [], methods: [method] = [], paths: [path] = [] }: Beside) {
  const narrowed: Narrowed = {
    ...(ports === undefined ? {} : { ports }),
    ...(via.length === 0 ? {} : { via }),
    ...(except.length === 0 ? {} : { except }),
  }
  return {
    ...(Object.keys(narrowed).length === 0 ? {} : { narrowed }),
    ...(method === undefined ? {} : { method }),
    ...(path === undefined ? {} : { path }),
  }
}

export function printRef({ type, id }: SubjectRef): string {
  return type === 'cidr' ? id : `${type}:${id}`
}
