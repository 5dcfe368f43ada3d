import { readConfig } from '../config.ts'
import { clarifyingQuestions } from '../language/clarify.ts'
import type { LanguageContext } from '../language/context.ts'
import type { Intent } from '../language/intent.ts'
import type { Proposer } from '../language/proposal.ts'
import { understand } from '../language/understand.ts'
import { type Terminal, tell } from './terminal.ts'

/** The language model that the environment names, if it names one; only its own settings are looked at. */
export async function openModel(io: Terminal): Promise<Proposer | undefined | { readonly wrong: string }> {
  const own = Object.fromEntries(Object.entries(io.env).filter(([name]) => name.startsWith('OPENAI_')))
  const config = readConfig(own)
  if ('wrong' in config) return { wrong: config.wrong.join(' ') }
  if (!config.model) return undefined
  const { openProposer } = await import('../llm/openai-proposer.ts')
  return openProposer(config.model)
}

/** Message → intent, as the bot understands it: the built-in interpreter, and a model's proposal where there is one. */
export async function understandWords(
  io: Terminal,
  text: string,
  context: LanguageContext,
  proposer: Proposer | undefined,
): Promise<Intent> {
  const proposal = await proposer?.propose(text, context)
  if (proposal?.failed !== undefined)
    await tell(io, `The model was no help (${proposal.failed}), so this was read by the built-in rules alone.`)
  return understand(text, proposal, context)
}

/** Everything that is still open in one act of a message, one question a slot. */
export function openQuestions(act: Intent, context: LanguageContext) {
  return (act.needsClarification ?? []).flatMap((slot) =>
    clarifyingQuestions({ ...act, needsClarification: [slot] }, context),
  )
}
export type OpenQuestions = ReturnType<typeof openQuestions>

/** As a person reads it: the question, and what it may be. */
export function sayQuestion({ question, options }: OpenQuestions[number]): string {
  return options.length === 0 ? question : `${question} (${options.map(({ label }) => label).join(' · ')})`
}

/** An intent and its further intents, one after the other. */
export function actsOf(intent: Intent): readonly Intent[] {
  const { additional = [], ...first } = intent
  return [first, ...additional.flatMap(actsOf)]
}
