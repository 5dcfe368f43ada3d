import { lookAtDevices } from '../answer-question.ts'
import type { Answer } from '../drift/answer.ts'
import { investigate } from '../drift/investigate.ts'
import type { ReachQuestion } from '../drift/requests.ts'
import { readDoors } from '../edge/doors.ts'
import type { SubjectRef } from '../language/intent.ts'
import { findPerson, groupsOf, subjectName } from '../policy/catalog-lookup.ts'
import type { Edge } from '../policy/edge.ts'
import type { Service } from '../policy/schema.ts'
import type { LiveDevices } from '../ports.ts'
import { readArguments, readMoment } from './arguments.ts'
import { openEdge } from './edge-folder.ts'
import { findSubjects, findTarget } from './find-names.ts'
import { openLiveDoors } from './live-doors.ts'
import { printAnswer } from './print-answer.ts'
import { calledWrongly, FINE, NO, printJson, type Terminal } from './terminal.ts'

/** `sallyport explain`: whether somebody reaches a service, and the first line on the way that stops them. */
export async function explainCommand(args: readonly string[], io: Terminal): Promise<number> {
  const given = readArguments(args, {
    from: 'text',
    to: 'text',
    method: 'text',
    at: 'text',
    live: 'flag',
    json: 'flag',
    policies: 'text',
  })
  if ('wrong' in given) return calledWrongly(io, 'explain', given.wrong)
  const [from, to, method] = [given.text('from'), given.text('to'), given.text('method')]
  if (from === undefined || to === undefined || given.words.length > 0)
    return calledWrongly(io, 'explain', 'say --from whom and --to what.')
  if (method !== undefined && !/^[A-Z]{1,20}$/.test(method))
    return calledWrongly(io, 'explain', '--method is an HTTP method in capitals, such as GET.')
  const at = readMoment(io, '--at', given.text('at'))
  if ('wrong' in at) return calledWrongly(io, 'explain', at.wrong)
  const edge = await openEdge(io, given.text('policies'))
  if (typeof edge === 'number') return edge
  const who = findSubjects(edge, from)
  if ('wrong' in who) return calledWrongly(io, 'explain', `--from: ${who.wrong}`)
  const target = findTarget(edge, to)
  if ('wrong' in target) return calledWrongly(io, 'explain', `--to: ${target.wrong}`)
  const live = given.flag('live') ? await openLiveDoors(io, edge) : undefined
  if (live && 'wrong' in live) return calledWrongly(io, 'explain', live.wrong)

  const question: ReachQuestion = {
    edge,
    service: target.service,
    subjects: who.subjects.map(written),
    who: who.subjects.map((subject) => subjectName(edge, written(subject)).replace(/\/(?:32|128)$/, '')).join(' and '),
    at: Math.floor(at.getTime() / 1000),
    ...(method === undefined ? {} : { method }),
    ...(target.path === undefined ? {} : { path: target.path }),
  }
  const reproduce = `npm run -s sallyport -- explain${live ? ' --live' : ''} --from ${question.subjects.join(',')} --to ${target.service.id}`
  try {
    const answer = await answerFor(question, await lookAround(edge, target.service, live), reproduce)
    await (given.flag('json') ? printJson(io, answer) : printAnswer(io, answer))
    return answer.verdict === 'reachable' ? FINE : NO
  } finally {
    await live?.close()
  }
}

/** Both doors as they are looked at: declared, and live where that was asked for; undefined doors come with the reason. */
async function lookAround(edge: Edge, service: Service, live: LiveDevices | undefined) {
  const declared = readDoors(edge, service)
  if ('ok' in declared) return { says: declared.says, unseen: [] }
  if (!live) return { doors: declared, declared, servers: undefined, unseen: [] }
  const { instead, servers, unseen } = await lookAtDevices(live, declared)
  const doors = readDoors(edge, service, instead)
  return 'ok' in doors ? { says: doors.says, unseen } : { doors, declared, servers, unseen }
}

/** A person without a place of their own is met where their groups are: by whichever gets there, else by the first. */
function answerFor(question: ReachQuestion, sight: Awaited<ReturnType<typeof lookAround>>, reproduce: string): Answer {
  if (sight.doors === undefined)
    return { headline: sight.says, verdict: 'unknown', findings: [], unseen: sight.unseen, reproduce }
  const places = placesOf(question)
  if (places.length === 0) return investigate(question, { ...sight, reproduce })
  const answers = places.map((place) => {
    const who = subjectName(question.edge, place)
    const answer = investigate({ ...question, subjects: [place], who }, { ...sight, reproduce })
    return { ...answer, headline: `${question.who} as a member of ${who}: ${answer.headline}` }
  })
  const [first] = answers
  if (!first) throw new Error('there is an answer for each place')
  return answers.find(({ verdict }) => verdict === 'reachable') ?? first
}

function placesOf({ edge, subjects }: ReachQuestion): readonly string[] {
  const [only = '', another] = subjects
  const person = only.startsWith('person:') ? findPerson(edge, only.slice('person:'.length)) : undefined
  const own = person && (person.networks.length > 0 || person.fortigate !== undefined || person.header !== undefined)
  return person && !own && another === undefined ? groupsOf(edge, person.id).map((id) => `group:${id}`) : []
}

function written(subject: SubjectRef): string {
  return subject.type === 'cidr' ? subject.id : `${subject.type}:${subject.id}`
}
