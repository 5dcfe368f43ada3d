import type { ReachQuestion } from '../drift/requests.ts'
import { investigateLive } from '../investigate-live.ts'
import type { SubjectRef } from '../language/intent.ts'
import { findPerson, groupsOf, subjectName } from '../policy/catalog-lookup.ts'
import type { Edge } from '../policy/edge.ts'
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

  const subjects = who.subjects.map(written)
  const name = who.subjects
    .map((subject) => subjectName(edge, written(subject)).replace(/\/(?:32|128)$/, ''))
    .join(' and ')
  const asked = {
    edge,
    service: target.service,
    at: Math.floor(at.getTime() / 1000),
    ...(method === undefined ? {} : { method }),
    ...(target.path === undefined ? {} : { path: target.path }),
  }
  const places = placesOf(edge, subjects)
  const questions: readonly ReachQuestion[] =
    places.length === 0
      ? [{ ...asked, subjects, who: name }]
      : places.map((place) => ({ ...asked, subjects: [place], who: `${name} (${subjectName(edge, place)})` }))
  const reproduce = `npm run -s sallyport -- explain${live ? ' --live' : ''} --from ${subjects.join(',')} --to ${target.service.id}`
  try {
    // One question and no more: reading is cheaper than asking first whether anything changed. A lookup shows this moment only.
    const witness = given.text('at') === undefined
    const answer = await investigateLive(questions, { live, witness, sessions: true, afresh: true, reproduce })
    await (given.flag('json') ? printJson(io, answer) : printAnswer(io, answer))
    return answer.verdict === 'reachable' ? FINE : NO
  } finally {
    await live?.close()
  }
}

/** A person without a place of their own is met where their groups are. */
function placesOf(edge: Edge, [only = '', another]: readonly string[]): readonly string[] {
  const person = only.startsWith('person:') ? findPerson(edge, only.slice('person:'.length)) : undefined
  const own = person && (person.networks.length > 0 || person.fortigate !== undefined || person.header !== undefined)
  return person && !own && another === undefined ? groupsOf(edge, person.id).map((id) => `group:${id}`) : []
}

function written(subject: SubjectRef): string {
  return subject.type === 'cidr' ? subject.id : `${subject.type}:${subject.id}`
}
