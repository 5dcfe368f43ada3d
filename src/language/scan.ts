import { neighbour } from './beside.ts'
import type { Gazetteer } from './gazetteer.ts'
import type { Heard, Placeable, Role } from './settle.ts'

export type Zone =
  | 'open'
  | 'give'
  | 'access'
  | 'reach'
  | 'to'
  | 'for'
  | 'on'
  | 'via'
  | 'except'
  | 'same'
  | 'because'
  | 'aside'

/** The clause as far as it has been heard. */
export type Scan = Heard & {
  readonly revoking: boolean
  /** It is about access that somebody has: its subject may stand behind "of". */
  readonly holding: boolean
  readonly gazetteer: Gazetteer
  zone: Zone
  /** An unknown word, no word of reason, has opened the zone of reasons. */
  murky: boolean
  allServices: boolean
  sawVerb: boolean
}

/** Keeps a name whose role the verb will tell. `undefined`: the speaker's team, and nobody knows which. */
export function pend(scan: Scan, entity: Placeable | undefined, index: number, weak: boolean): void {
  if (entity === undefined) {
    scan.placed.push({ role: 'subject', ref: { type: 'group', id: '' }, weak, item: index })
    return
  }
  scan.pending.push({ entity, weak, item: index })
}

/** The verb has come: whoever stood before it is its subject, and what stood there is its service. */
export function promote(scan: Scan): void {
  for (const { entity, weak, item } of scan.pending) {
    if (entity.type === 'service') place(scan, 'service', entity, item, false)
    else if (entity.type !== 'device') place(scan, 'subject', entity, item, weak)
  }
  scan.pending.length = 0
}

export function place(scan: Scan, role: Role, entity: Placeable, item: number, weak: boolean): void {
  if (entity.type === 'device') return
  if (entity.type === 'network' && scan.gazetteer.everywhere.has(entity.id)) {
    scan.doubts.push({ slot: 'subject', why: 'everybody', words: entity.id })
    return
  }
  const ref =
    entity.type === 'service' ? { type: 'service' as const, id: entity.id } : { type: entity.type, id: entity.id }
  const blocked = scan.strict && role !== 'same' ? neighbour(scan.items, item) : undefined
  scan.placed.push({ role, ref, weak, item, ...(blocked === undefined ? {} : { blocked }) })
}

export function misplaced(scan: Scan, slot: 'subject' | 'service', id: string): void {
  if (scan.strict) scan.doubts.push({ slot, why: 'placement', words: id, candidates: [id] })
}

export const servicePlaced = (scan: Scan): boolean =>
  scan.placed.some(({ role }) => role === 'service') || scan.pending.some(({ entity }) => entity.type === 'service')
