import type { Answer } from './drift/answer.ts'
import { reportDrift } from './drift/report-drift.ts'
import { answerWithOpinions, changesToAsk } from './drift/second-witness.ts'
import { readDoors, readRunning } from './edge/doors.ts'
import { flowLabels } from './edge/flow-labels.ts'
import { hearDevice, lookAtDevices } from './investigate-live.ts'
import type { Edge } from './policy/edge.ts'
import type { LiveDevices } from './ports.ts'

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
