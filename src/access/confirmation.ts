import type { Intent } from '../language/intent.ts'
import type { Edge } from '../policy/edge.ts'
import { approvalNeeds } from '../policy/guardrails.ts'
import type { Service } from '../policy/schema.ts'
import { approversOf } from './approval.ts'
import type { Proposed } from './grant-of-intent.ts'

/**
 * What the person who asked has to look at before anybody else does: whatever was filled in for them, names that matched loosely,
 * signs of misuse. Nothing: the reading is exactly what was said, and another click would only cost time.
 */
export function whatToConfirm(proposed: Proposed, intent: Intent): readonly string[] {
  return [...proposed.defaults, ...flagNotes(intent)]
}

/** Names that were matched loosely, and signs of misuse, as the people who decide read them. */
export function flagNotes({ flags = [] }: Intent): readonly string[] {
  const notes = flags.flatMap((flag) => {
    const [, from, to] = /^fuzzy:(.*)->(.*)$/s.exec(flag) ?? []
    if (from !== undefined && to !== undefined) return [`“${from}” was read as ${to}.`]
    const [, word] = /^restriction:(.*)$/s.exec(flag) ?? []
    if (word !== undefined) return [`“${word}” narrows: is that in the sentence?`]
    return [SIGNS[flag] ?? `Look twice: this message was marked “${flag}”.`]
  })
  return misused(flags) ? [...notes, 'Because of that, two different people have to approve it.'] : notes
}

/** How many different people have to approve: two at least where the message tried more than to ask, if there are two. */
export function approvalsNeeded(edge: Edge, service: Service, intent: Intent, requester: string): number {
  const { count } = approvalNeeds(edge, service)
  if (!misused(intent.flags ?? [])) return count
  const able = new Set(approversOf(edge, service).groups.flatMap(({ members }) => members))
  able.delete(requester)
  return Math.max(count, Math.min(2, able.size))
}

const misused = (flags: readonly string[]): boolean => flags.some((flag) => flag in SIGNS)

/** What `hostile.ts` marks, in words. Nothing of it changes what was asked for. */
const SIGNS: Readonly<Record<string, string>> = {
  injection: 'The message gives me instructions. I follow none of them.',
  'device-words': 'The message holds words of a device configuration. None of them reach a device.',
  'claims-approval': 'The message says that somebody approved already. Only the button here counts.',
  bypass: 'The message asks to skip an approval or a check. Nothing is skipped.',
  'claims-authority': 'The message claims a position. Who somebody is comes from Slack and the catalogue alone.',
  'claims-identity': 'The message says that somebody else is writing. Whoever asks is who Slack says it is.',
  encoded: 'The message holds encoded text that nobody can read.',
  cut: 'The message was longer than I read.',
  'control-characters': 'The message held characters that cannot be seen; they were left out.',
}
