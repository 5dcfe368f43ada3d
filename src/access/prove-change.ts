import type { Edge } from '../policy/edge.ts'
import type { Change } from './change.ts'
import { proveOnboarding } from './onboarding.ts'
import { type Proof, prove } from './proof.ts'

/** The proof of any change, from `asOf` (epoch seconds) on. */
export function proveChange(edge: Edge, change: Change, asOf: number): Proof {
  return change.action === 'onboard' ? proveOnboarding(change, asOf) : prove(edge, change, asOf)
}
