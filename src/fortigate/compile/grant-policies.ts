import type { FortiVdom } from '../model.ts'
import { type NewEntry, OURS, quote } from './edit-text.ts'
import { cutText, freeName, type GrantObjects } from './grant-objects.ts'
import type { Entrance } from './placement.ts'

/** What the policies of one grant have in common. */
type PolicyPlan = {
  readonly request: string
  readonly service: string
  readonly note: string
  readonly groups: readonly string[]
  readonly family: 4 | 6
  readonly exits: readonly string[]
  /** Names of the destination: the VIP. */
  readonly destinations: readonly string[]
  readonly services: readonly string[]
  readonly schedule: string
  /** Whether the schedule ends. */
  readonly ends: boolean
}

const NAME_LIMIT = 35
const COMMENT_LIMIT = 255
const HIGHEST_ID = 4294967294

/** One policy for each way in, with the sources that come that way. */
export function policyEntries(
  vdom: FortiVdom,
  plan: PolicyPlan,
  entrances: readonly Entrance[],
  sources: readonly GrantObjects[],
): readonly NewEntry[] {
  const names = new Set(vdom.policies.map((policy) => policy.name))
  const ids = new Set(vdom.policies.map((policy) => policy.id))
  const six = plan.family === 6 ? '6' : ''
  const list = (all: readonly string[]) => all.map(quote).join(' ')
  const service = cutText(plainText(plan.service), Math.max(0, NAME_LIMIT - 1 - plan.request.length))
  const wanted = service === '' ? plan.request : `${service}-${plan.request}`
  return entrances.map((entrance, index) => {
    const id = freeId(ids)
    const ingress = [...new Set(entrance.ports.map((port) => vdom.zoneOf.get(port) ?? port))]
    return {
      key: String(id),
      lines: [
        `set name ${quote(freeName(wanted, NAME_LIMIT, names))}`,
        `set srcintf ${list(ingress)}`,
        `set dstintf ${list(plan.exits)}`,
        'set action accept',
        `set srcaddr${six} ${list(sources[index]?.names ?? [])}`,
        `set dstaddr${six} ${list(plan.destinations)}`,
        `set schedule ${quote(plan.schedule)}`,
        // Without it a connection that is open when the schedule ends stays open.
        ...(plan.ends ? ['set schedule-timeout enable'] : []),
        `set service ${list(plan.services)}`,
        'set logtraffic all',
        ...(plan.groups.length > 0 ? [`set groups ${list(plan.groups)}`] : []),
        `set comments ${quote(cutText(`${OURS} ${plan.request} ${plainText(plan.note)}`.trim(), COMMENT_LIMIT))}`,
      ],
    }
  })
}

/** FortiOS refuses these in names and comments (`<>()#'"`), and a comment is one line. */
function plainText(text: string): string {
  return text
    .replace(/[<>()#'"\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
}

/** One above the highest, and where there is none, the lowest that is free; it is taken from then on. */
function freeId(ids: Set<number>): number {
  let id = 1
  for (const known of ids) if (Number.isInteger(known) && known >= id) id = known + 1
  if (id > HIGHEST_ID) for (id = 1; ids.has(id); ) id += 1
  ids.add(id)
  return id
}
