import { askPlaces } from '../drift/ask-places.ts'
import { reproduceReach } from '../drift/reproduce.ts'
import type { Narrowed } from '../drift/requests.ts'
import { investigateLive } from '../investigate-live.ts'
import type { SubjectRef } from '../language/intent.ts'
import type { Edge } from '../policy/edge.ts'
import { readPortRange } from '../policy/port-range.ts'
import { readArguments, readMoment, type Wrong } from './arguments.ts'
import { openEdge } from './edge-folder.ts'
import { findSubjects, findTarget, type Target } from './find-names.ts'
import { openLiveDoors } from './live-doors.ts'
import { printAnswer } from './print-answer.ts'
import { calledWrongly, FINE, NO, printJson, type Terminal } from './terminal.ts'

/** `sallyport explain`: whether somebody reaches a service, and the first line on the way that stops them. */
export async function explainCommand(args: readonly string[], io: Terminal): Promise<number> {
  const given = readArguments(args, {
    from: 'text',
    via: 'text',
    except: 'text',
    to: 'text',
    ports: 'text',
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
  const narrowed = readNarrowed(edge, target, given)
  if ('wrong' in narrowed) return calledWrongly(io, 'explain', narrowed.wrong)
  const live = given.flag('live') ? await openLiveDoors(io, edge) : undefined
  if (live && 'wrong' in live) return calledWrongly(io, 'explain', live.wrong)

  const asked = {
    subjects: who.subjects.map(written),
    ...(Object.keys(narrowed).length === 0 ? {} : { narrowed }),
    ...(method === undefined ? {} : { method }),
    ...(target.path === undefined ? {} : { path: target.path }),
  }
  const { service } = target
  const questions = askPlaces({ ...asked, edge, service, at: Math.floor(at.getTime() / 1000) })
  const reproduce = reproduceReach({ ...asked, to: service.id, live: live !== undefined, when: given.text('at') })
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

type Options = { text(name: 'via' | 'except' | 'ports'): string | undefined }

/** What narrows the question, from `--via`, `--except` and `--ports`, or from the port of `--to`. */
function readNarrowed(edge: Edge, target: Target, given: Options): Narrowed | Wrong {
  const found: { via?: string[]; except?: string[]; ports?: string[] } = {}
  for (const option of ['via', 'except'] as const) {
    const text = given.text(option)
    if (text === undefined) continue
    const named = findSubjects(edge, text)
    if ('wrong' in named) return { wrong: `--${option}: ${named.wrong}` }
    found[option] = named.subjects.map(written)
  }
  const ports = given.text('ports')?.split(',') ?? target.ports
  const odd = ports?.find((port) => !readPortRange(port))
  if (odd !== undefined) return { wrong: `--ports: ${odd} is written like tcp/443 or udp/5000-5010.` }
  if (given.text('ports') !== undefined && target.ports)
    return { wrong: 'name the port with --to or with --ports, not with both.' }
  return ports ? { ...found, ports: [...ports] } : found
}

function written(subject: SubjectRef): string {
  return subject.type === 'cidr' ? subject.id : `${subject.type}:${subject.id}`
}
