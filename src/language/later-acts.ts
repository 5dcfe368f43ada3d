import type { Intent, Slot, SubjectRef } from './intent.ts'
import type { Reading } from './interpret.ts'
import type { Doubt } from './settle.ts'

/** What the acts of one message say about each other: a later one may narrow an earlier grant, or say the same again. */
export function heardTogether(readings: readonly Reading[]): readonly Reading[] {
  return withoutLooseEnds(saidOnce(readings))
}

/**
 * "Mar will be on the phones all week, please open the phones for her until Friday, 5061 only": told first, asked then. Of two grants
 * of the same to the same, the later is what is asked for if it is no wider; where it is not certain who it is for, both are asked.
 */
function saidOnce(readings: readonly Reading[]): readonly Reading[] {
  return readings.flatMap((reading, index): readonly Reading[] => {
    const { intent, doubts } = reading
    if (intent.kind !== 'grant') return [reading]
    const again = readings
      .slice(index + 1)
      .filter((later) => later.intent.kind === 'grant' && shares(intent.services, later.intent.services))
    if (again.some((later) => saysTheSame(intent, later.intent))) return []
    const slots = new Set(again.flatMap((later) => narrowedBy(intent, later)))
    if (slots.size === 0) return [reading]
    const more = [...slots].map((slot): Doubt => ({ slot, why: 'restriction', words: 'what is said after it' }))
    return [{ intent, doubts: [...doubts, ...more] }]
  })
}

const shares = (a: readonly string[] = [], b: readonly string[] = []): boolean => a.some((id) => b.includes(id))
const keys = (refs: readonly SubjectRef[] = []): readonly string[] => refs.map(({ type, id }) => `${type}:${id}`)
const within = (inner: readonly string[], outer: readonly string[]): boolean =>
  inner.every((one) => outer.includes(one))
const equal = (a: readonly string[], b: readonly string[]): boolean => within(a, b) && within(b, a)

/** Whether the later act gives the same to the same people, and in nothing more. */
function saysTheSame(earlier: Intent, later: Intent): boolean {
  return (
    (later.needsClarification ?? []).length === 0 &&
    equal(keys(earlier.subjects), keys(later.subjects)) &&
    equal(earlier.services ?? [], later.services ?? []) &&
    JSON.stringify(earlier.window) === JSON.stringify(later.window) &&
    (earlier.ports === undefined || (later.ports !== undefined && within(later.ports, earlier.ports))) &&
    (earlier.via === undefined || (later.via !== undefined && within(keys(later.via), keys(earlier.via)))) &&
    within(keys(earlier.except), keys(later.except))
  )
}

/** What the later act says of the same people, or of nobody it could name, that the earlier one does not say. */
function narrowedBy(earlier: Intent, { intent: later, doubts }: Reading): readonly Slot[] {
  const nobody = doubts.some(({ slot }) => slot === 'subject')
  if (!nobody && !shares(keys(earlier.subjects), keys(later.subjects))) return []
  return [
    ...(later.ports !== undefined && earlier.ports === undefined ? (['port'] as const) : []),
    ...((later.via !== undefined && earlier.via === undefined) || nobody ? (['subject'] as const) : []),
    ...(later.except !== undefined && earlier.except === undefined ? (['subject'] as const) : []),
    ...(later.window?.end !== undefined && earlier.window === undefined ? (['window'] as const) : []),
  ]
}

/**
 * "Give Bob wiki and take it back on Friday", "…; Dana does not need it": a later act that lives on an earlier grant narrows it, in its
 * end or in who gets it. The grant asks about what the other act did not say by itself.
 */
function withoutLooseEnds(readings: readonly Reading[]): readonly Reading[] {
  return readings.map((reading, index) => {
    const { intent, doubts } = reading
    if (intent.kind !== 'grant') return reading
    const leaning = readings
      .slice(index + 1)
      .filter(
        (later) => later.intent.kind === 'revoke' && later.intent.services === undefined && !later.intent.allServices,
      )
    const slots: readonly Slot[] = [
      ...(leaning.length > 0 && intent.window === undefined ? (['window'] as const) : []),
      ...(leaning.some((later) => later.intent.subjects !== undefined) ? (['subject'] as const) : []),
    ]
    const more = slots.map((slot): Doubt => ({ slot, why: 'restriction', words: 'what is said after it' }))
    return more.length > 0 ? { intent, doubts: [...doubts, ...more] } : reading
  })
}
