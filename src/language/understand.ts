import type { LanguageContext } from './context.ts'
import { groundProposal } from './ground.ts'
import type { Intent } from './intent.ts'
import { joinReadings, type Reading, readMessage, withDoubts } from './interpret.ts'
import { narrower } from './narrower.ts'
import type { Proposal } from './proposal.ts'
import type { Doubt } from './settle.ts'

/**
 * The intent of a message, from the built-in interpreter and, when there is one, a model's proposal. A committed grant is never
 * wider than what the interpreter read by itself: where the two differ the narrower is kept and the difference is asked.
 */
export function understand(text: string, proposal: Proposal | undefined, context: LanguageContext): Intent {
  const own = readMessage(text, context)
  if (proposal === undefined || proposal.failed !== undefined || proposal.intents.length === 0) return joinReadings(own)
  const theirs = proposal.intents.slice(0, own.length + 1).map((wire) => groundProposal(wire, text, context))
  if (theirs.length !== own.length)
    return joinReadings(own.map((reading) => (isChange(reading) ? asked(reading) : reading)))
  return joinReadings(own.map((reading, index) => agree(reading, theirs[index] ?? reading)))
}

const CHANGES: readonly string[] = ['grant', 'extend', 'revoke', 'onboard-service']
const isChange = ({ intent }: Reading): boolean => CHANGES.includes(intent.kind)

/** Both slots that say what is meant are asked about: the two readings do not even agree on what kind of message this is. */
function asked({ intent, doubts }: Reading): Reading {
  const disagreement: readonly Doubt[] = [
    { slot: 'subject', why: 'disagreement', candidates: (intent.subjects ?? []).map(({ id }) => id) },
    { slot: 'service', why: 'disagreement', candidates: intent.services ?? [] },
  ]
  return withDoubts(intent, [...doubts, ...disagreement])
}

function agree(own: Reading, theirs: Reading): Reading {
  if (isChange(own) && own.intent.kind === theirs.intent.kind) return narrower(own, theirs)
  if (isChange(own)) return asked(own)
  if (isChange(theirs)) return asked(theirs)
  // Neither changes anything. The model is the better listener for what our cue words do not know, as long as its words hold.
  const silent = own.intent.kind === 'out-of-scope' || own.intent.kind === 'help' || own.doubts.length > 0
  const flags = [...new Set([...(own.intent.flags ?? []), ...(theirs.intent.flags ?? [])])]
  if (!silent || theirs.doubts.length > 0) return own
  return { ...theirs, intent: flags.length > 0 ? { ...theirs.intent, flags } : theirs.intent }
}
