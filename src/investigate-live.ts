import type { Answer, Finding } from './drift/answer.ts'
import { type Investigation, investigate } from './drift/investigate.ts'
import { explainOpenSessions, stoppedEntry } from './drift/open-sessions.ts'
import type { ReachQuestion } from './drift/requests.ts'
import { differencesOnTheWay } from './drift/running-differences.ts'
import {
  answerWithOpinions,
  compareWitnesses,
  isContradicted,
  type Opinion,
  packetsToAsk,
  type Witnessed,
} from './drift/second-witness.ts'
import type { ServerHealth } from './drift/server-health.ts'
import { type Doors, type Replacement, readDoors, readRunning } from './edge/doors.ts'
import { Fault } from './evidence/fault.ts'
import type { FortiDevice } from './fortigate/model.ts'
import { sayDuration } from './policy/say-time.ts'
import type { LiveDevices } from './ports.ts'

/** How an answer is looked for. */
export type Looking = {
  /** Absent: what Git declares is all there is to look at. */
  readonly live?: LiveDevices | undefined
  /** Whether the firewall is asked about its own part: a lookup shows this moment only, and costs the device something. */
  readonly witness: boolean
  /** Whether connections that outlive their permission are looked for. */
  readonly sessions?: boolean
  readonly afresh?: boolean
  readonly reproduce: string
}

/**
 * The best of these questions' answers, which are one question asked of several places: both doors are read, the requests are followed
 * through them, and the firewall's own lookup is heard as a second witness about the answer that is given.
 */
export async function investigateLive(questions: readonly ReachQuestion[], looking: Looking): Promise<Answer> {
  const { live, reproduce, afresh } = looking
  const [any] = questions
  if (!any) throw new Error('a question is asked of some place')
  const declared = readDoors(any.edge, any.service)
  if ('ok' in declared) return unknownBecause(declared.says, [], reproduce)
  const answerFrom = async (seen: Seen) => {
    const doors = readDoors(any.edge, any.service, seen.instead)
    if ('ok' in doors) return { answer: unknownBecause(doors.says, seen.unseen, reproduce), contradicted: false }
    const { servers, unseen } = seen
    const sight = { doors, declared, servers, unseen, reproduce }
    const best = pickBest(questions.map((question) => investigate(question, sight)))
    const asked = live && looking.witness && seen.instead.has(doors.outer.id)
    const opinions = asked ? await hearDevice(live, doors.outer, packetsToAsk(doors.outer, best.pieces, any.at)) : []
    const outlived = asked && looking.sessions ? await findSessions(live, doors.outer, best) : []
    const found = { ...best.answer, findings: [...best.answer.findings, ...outlived] }
    const heard = answerWithOpinions(found, doors.outer, opinions)
    const answer = withMemory(
      heard,
      any.service.route.backend,
      readRunning(doors.inner.id, seen.instead.get(doors.inner.id)),
    )
    return { answer: withAge(answer, seen), contradicted: isContradicted(opinions) }
  }
  if (!live) return (await answerFrom(NOTHING_LIVE)).answer
  const seen = await lookAtDevices(live, declared, { afresh })
  const first = await answerFrom(seen)
  if (!first.contradicted || seen.age === undefined) return first.answer
  // A text that was not read just now may be what is wrong: it is read again before anybody is alarmed.
  return (await answerFrom(await lookAtDevices(live, declared, { afresh: true }))).answer
}

/** The devices for one question: however many services and places it is about, each device is read once. */
export function forOneQuestion(live: LiveDevices): LiveDevices {
  const fortigates = new Map<string, ReturnType<LiveDevices['readFortigate']>>()
  const haproxies = new Map<string, ReturnType<LiveDevices['readHaproxy']>>()
  return {
    readFortigate(device, how) {
      const reading = (how?.afresh ? undefined : fortigates.get(device)) ?? live.readFortigate(device, how)
      fortigates.set(device, reading)
      return reading
    },
    readHaproxy(device) {
      const reading = haproxies.get(device) ?? live.readHaproxy(device)
      haproxies.set(device, reading)
      return reading
    },
    ...(live.lookUpPolicy ? { lookUpPolicy: live.lookUpPolicy.bind(live) } : {}),
    ...(live.readSessions ? { readSessions: live.readSessions.bind(live) } : {}),
  }
}

/** What could be seen of the live devices. */
export type Seen = {
  readonly instead: ReadonlyMap<string, Replacement>
  readonly servers: readonly ServerHealth[] | undefined
  readonly unseen: readonly string[]
  /** Which device was not read just now but some time ago, in one sentence. */
  readonly age?: string
}
const NOTHING_LIVE: Seen = { instead: new Map(), servers: undefined, unseen: [] }

/** Both devices at once; one that does not answer costs its own part of the answer and nothing else. */
export async function lookAtDevices(
  live: LiveDevices,
  { outer, inner }: Doors,
  { afresh = false }: { readonly afresh?: boolean | undefined } = {},
): Promise<Seen> {
  const [firewall, balancer] = await Promise.allSettled([
    live.readFortigate(outer.id, { afresh }),
    live.readHaproxy(inner.id),
  ])
  const instead = new Map<string, Replacement>()
  const unseen: string[] = []
  let servers: readonly ServerHealth[] | undefined
  let age: string | undefined
  if (firewall.status === 'fulfilled') {
    instead.set(outer.id, firewall.value)
    age = sayAge(outer.id, firewall.value.unchangedForSeconds)
  } else unseen.push(cannotSee(outer.id, firewall.reason))
  if (balancer.status === 'fulfilled') {
    instead.set(inner.id, balancer.value)
    servers = balancer.value.servers
    if (balancer.value.unseen !== undefined) unseen.push(balancer.value.unseen)
  } else unseen.push(cannotSee(inner.id, balancer.reason))
  return { instead, servers, unseen, ...(age === undefined ? {} : { age }) }
}

function cannotSee(device: string, reason: unknown): string {
  if (!(reason instanceof Fault)) throw reason
  return `I could not see ${device}: ${reason.says} For it I used what Git declares.`
}

function sayAge(device: string, seconds: number | undefined): string | undefined {
  if (seconds === undefined) return undefined
  const ago = sayDuration(Math.max(1, seconds))
  return `I read ${device} ${ago} ago, and by its own revisions nothing that decides has changed since.`
}

/** What commands made of the running HAProxy, as far as this answer rests on it. */
function withMemory(answer: Answer, backend: string, running: ReturnType<typeof readRunning>): Answer {
  if (!running) return answer
  const memory = differencesOnTheWay(running.file, running.process, answer, backend)
  return { ...answer, findings: [...answer.findings, ...memory] }
}

function withAge(answer: Answer, { age }: Seen): Answer {
  return age === undefined ? answer : { ...answer, findings: [...answer.findings, { says: age, traces: [] }] }
}

/** Whoever gets in by one place gets in; what is not certain comes before what is closed. */
function pickBest(found: readonly Investigation[]): Investigation {
  const order: readonly Answer['verdict'][] = ['reachable', 'depends', 'unknown']
  const ranked = order.flatMap((verdict) => found.find(({ answer }) => answer.verdict === verdict) ?? [])
  const best = ranked[0] ?? found[0]
  if (!best) throw new Error('each place has an answer')
  return best
}

const ASKED_AT_ONCE = 2

/** What the firewall itself says of the packets that an answer rests on. Whatever goes wrong costs the second opinion only. */
export async function hearDevice(
  live: LiveDevices,
  outer: FortiDevice,
  packets: readonly Witnessed[],
): Promise<readonly Opinion[]> {
  if (!live.lookUpPolicy) return []
  const opinions: Opinion[] = []
  const left = [...packets]
  while (left.length > 0) {
    const pair: readonly Witnessed[] = left.splice(0, ASKED_AT_ONCE)
    const heard = await Promise.allSettled(pair.map(({ packet }) => live.lookUpPolicy?.(outer.id, packet)))
    for (const [i, one] of heard.entries()) {
      const witnessed = pair[i]
      if (one.status === 'rejected') {
        if (!(one.reason instanceof Fault)) throw one.reason
        // A device that would not say once is not asked again for this answer.
        left.length = 0
      } else if (witnessed && one.value) opinions.push(compareWitnesses(witnessed, one.value))
    }
  }
  return opinions
}

/** What the firewall stops now and has let begin before. Not being told costs nothing else. */
async function findSessions(
  live: LiveDevices,
  outer: FortiDevice,
  { pieces }: Investigation,
): Promise<readonly Finding[]> {
  const entry = stoppedEntry(pieces)
  if (!entry || !live.readSessions) return []
  try {
    return explainOpenSessions(outer, pieces, await live.readSessions(outer.id, entry))
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return []
  }
}

function unknownBecause(headline: string, unseen: readonly string[], reproduce: string): Answer {
  return { headline, verdict: 'unknown', findings: [], unseen, reproduce }
}
