import type { EdgePiece } from '../edge/reach.ts'
import { hasValue, witnessValue } from '../flow/values.ts'
import type { FortiDevice } from '../fortigate/model.ts'
import type { Finding } from './answer.ts'

/** A connection that a firewall holds open now, as its client began it. */
export type OpenSession = {
  readonly proto: number
  readonly source: string
  readonly destination: string
  readonly destinationPort: number
  /** The policy that let it in. */
  readonly policy: number
}

/** Where connections would lead that the firewall stops; undefined when it stops none. */
export function stoppedEntry(
  pieces: readonly EdgePiece[],
): { readonly destination: string; readonly destinationPort: number } | undefined {
  for (const box of stoppedBoxes(pieces)) {
    const [dst, dport] = [box.get('dst'), box.get('dport')]
    const only = dport?.kind === 'number' && dport.ranges.length === 1 ? dport.ranges[0] : undefined
    const destination = dst && witnessValue(dst)
    if (only && only[0] === only[1] && typeof destination === 'string') return { destination, destinationPort: only[0] }
  }
  return undefined
}

/** Connections that are still open although the firewall would not let them begin now: it stops beginnings, not what has begun. */
export function explainOpenSessions(
  outer: FortiDevice,
  pieces: readonly EdgePiece[],
  sessions: readonly OpenSession[],
): readonly Finding[] {
  const boxes = stoppedBoxes(pieces)
  const theirs = sessions.filter(({ proto, source, destination, destinationPort, policy }) => {
    const flow = { proto, src: source, dst: destination, dport: destinationPort }
    return (
      policy > 0 &&
      boxes.some((box) =>
        Object.entries(flow).every(([dimension, value]) => {
          const values = box.get(dimension)
          return !values || hasValue(values, value)
        }),
      )
    )
  })
  if (theirs.length === 0) return []
  const policies = [...new Set(theirs.map(({ policy }) => policy))].sort((a, b) => a - b)
  const which = `${policies.length === 1 ? 'policy' : 'policies'} ${policies.join(', ')}`
  const count = theirs.length === 1 ? 'One connection of theirs is' : `${theirs.length} connections of theirs are`
  const says = `${count} still open through ${outer.id}, let in by ${which} earlier: what has begun goes on until it is idle for too long or somebody clears it there.`
  return [{ says, traces: [] }]
}

function stoppedBoxes(pieces: readonly EdgePiece[]) {
  return pieces.flatMap(({ outcome, flows }) => (outcome.kind === 'stopped' && outcome.by === 'outer' ? flows : []))
}
