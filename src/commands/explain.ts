import { lookAtDevices } from '../answer-question.ts'
import type { Answer } from '../drift/answer.ts'
import { investigate } from '../drift/investigate.ts'
import type { ReachQuestion } from '../drift/requests.ts'
import { readDoors } from '../edge/doors.ts'
import type { SubjectRef } from '../language/intent.ts'
import { subjectName } from '../policy/catalog-lookup.ts'
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
  const live = given.flag('live') ? openLiveDoors(io, edge) : undefined
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
    const answer = await answerFor(question, live, reproduce)
    await (given.flag('json') ? printJson(io, answer) : printAnswer(io, answer))
    return answer.verdict === 'reachable' ? FINE : NO
  } finally {
    await live?.close()
  }
}

async function answerFor(question: ReachQuestion, live: LiveDevices | undefined, reproduce: string): Promise<Answer> {
  const { edge, service } = question
  const declared = readDoors(edge, service)
  if ('ok' in declared) return { headline: declared.says, verdict: 'unknown', findings: [], unseen: [], reproduce }
  if (!live) return investigate(question, { doors: declared, declared, servers: undefined, unseen: [], reproduce })
  const { instead, servers, unseen } = await lookAtDevices(live, declared)
  const doors = readDoors(edge, service, instead)
  if ('ok' in doors) return { headline: doors.says, verdict: 'unknown', findings: [], unseen, reproduce }
  return investigate(question, { doors, declared, servers, unseen, reproduce })
}

function written(subject: SubjectRef): string {
  return subject.type === 'cidr' ? subject.id : `${subject.type}:${subject.id}`
}
