import { fillSlot } from './clarify.ts'
import type { LanguageContext } from './context.ts'
import type { Intent, Slot } from './intent.ts'
import { blank, readLiterals } from './literals.ts'
import { normalise } from './normalise.ts'

/** A name that is given and nothing else: "kiosk", "call it kiosk please". */
const NAME =
  /^\W*(?:(?:please |bitte )?(?:call it|name it|the name is|name is|name:|it's called|it is called|it's|nenn(?:e|t)? (?:es|ihn|sie)|(?:es|er|sie) heisst|heisst|name ist|se llama|llamalo|nombre:?|il s'appelle|elle s'appelle|appelle(?:-le|-la)?|nom:?)\s+)?["'`]?([a-z0-9][a-z0-9-]{0,62})["'`]?(?:[\s,]+(?:please|pls|bitte|por favor|stp|svp|thanks|danke|gracias|merci))*\W*$/

/** Talk, and no name. */
const TALK =
  /^(?:ok|okay|k|thanks|thx|danke|gracias|merci|yes|yep|no|nope|ja|nein|si|oui|non|hm+|wait|moment|later|soon|hello|hi|hey|sure|cool|great|good|fine|done|please|bitte|what|why|how|who|warum|was|wie)$/

/**
 * The intent to set up a service with what the words answer of its open questions: its host name, its outside port, its name. Each is
 * taken only if it is said once and fits; undefined when nothing of it is.
 */
export function answerService(text: string, earlier: Intent, context: LanguageContext): Intent | undefined {
  const { text: said, folded } = normalise(text, context.bot)
  const literals = readLiterals(said, folded, context.catalog.ticketPatterns)
  const hosts = literals.flatMap((literal) => (literal.is === 'host' ? [literal.host] : []))
  const ports = literals.flatMap((literal) => (literal.is === 'port' ? literal.ports : []))
  const name = NAME.exec(blank(folded, literals))?.[1]
  const answers: Readonly<Partial<Record<Slot, readonly string[]>>> = {
    host: hosts,
    port: ports,
    name: name === undefined || TALK.test(name) ? [] : [name],
  }
  const filled = (earlier.needsClarification ?? []).reduce((intent, slot) => {
    const [only, another] = answers[slot] ?? []
    return only === undefined || another !== undefined ? intent : (fillSlot(intent, slot, only, context) ?? intent)
  }, earlier)
  return filled === earlier ? undefined : filled
}
