import { createHash } from 'node:crypto'
import { z } from 'zod'
import { printProblem } from './evidence/problem.ts'
import { contextOf, type Heard, knowThePerson, say } from './heard.ts'
import { type ClarifyingQuestion, clarifyingQuestions, fillSlot } from './language/clarify.ts'
import type { LanguageContext } from './language/context.ts'
import { describeIntent } from './language/describe.ts'
import { Intent, SLOTS } from './language/intent.ts'
import { ModelUse } from './language/proposal.ts'
import { personBySlack } from './policy/catalog-lookup.ts'
import { readEdge } from './policy/read.ts'
import type { AskedQuestion, Clarification, Click, HeardMessage, KeptClarification, Ports } from './ports.ts'

const CLARIFICATION_MINUTES = 15

/** What a question of ours keeps until it is answered. `replaces`: requests that give way once this one has its card. */
export const OpenQuestion = z.object({
  message: z.custom<HeardMessage>((value) => typeof value === 'object' && value !== null && 'slackUser' in value),
  intent: Intent,
  slots: z.array(z.enum(SLOTS)).min(1),
  replaces: z.array(z.string()).optional(),
  adds: z.boolean().optional(),
  edited: z.boolean().optional(),
  model: ModelUse.optional(),
})
export type OpenQuestion = z.infer<typeof OpenQuestion>

/** Earlier requests that give way once this one has its card; `adds`: answers come on top of what is named already. */
export type Replaced = { readonly replaces: readonly string[]; readonly adds?: boolean }
/** What goes on once every question of a message is answered. */
export type Answered = { readonly heard: Heard; readonly intent: Intent; readonly replaced: Replaced }

/** Asks what is open in an intent, two things at most in one message. False: nothing is left that could be asked. */
export async function askBack(
  ports: Ports,
  heard: Heard,
  intent: Intent,
  index: number,
  replaced: Replaced = { replaces: [] },
): Promise<boolean> {
  const { message } = heard
  const broken = brokenServiceNote(heard)
  if (broken !== undefined) {
    await say(ports, message, broken)
    return true
  }
  const context = contextOf(heard, ports.now())
  const asked = clarifyingQuestions(intent, context)
  if (asked.length === 0) return false
  const slots = asked.map(({ slot }) => slot)
  const digest = createHash('sha256').update(JSON.stringify(intent)).digest('hex').slice(0, 8)
  const id = `${message.id}/${index}/${slots.join('+')}/${digest}`
  // Further intents of the message go their own way; the answers are to this one.
  const { additional: _others, ...own } = intent
  const open: OpenQuestion = {
    message,
    intent: own,
    slots,
    replaces: [...replaced.replaces],
    adds: replaced.adds,
    edited: heard.edited,
    model: heard.model,
  }
  const expiresAt = new Date(ports.now().getTime() + CLARIFICATION_MINUTES * 60_000).toISOString()
  await ports.store.keepClarification({ id, slackUser: message.slackUser, payload: JSON.stringify(open), expiresAt })
  const kept = await ports.store.findClarification(id)
  // Heard again after a restart: it was asked then.
  if (kept?.posted !== undefined) return true
  const clarification = { id, understood: describeIntent(intent, context), questions: asked.map(asAsked) }
  const posted = await ports.chat.say(message.place, { kind: 'clarify', clarification })
  await ports.store.placeClarification(id, posted)
  return true
}

/** A click on an option of a question we asked: the answer fills its slot without another reading. Undefined: more is open, or no. */
export async function takeAnswer(ports: Ports, click: Click): Promise<Answered | undefined> {
  const whisper = (text: string) => ports.chat.whisper(click.place, click.slackUser, text)
  const kept = await ports.store.findClarification(click.target)
  const open = kept && readOpen(kept)
  const slot = open?.slots.find((one) => one === click.part)
  const { value } = click
  if (!kept || !open || slot === undefined || value === undefined) {
    await whisper('I do not know this question any more. Please write your request again.')
    return undefined
  }
  if (kept.slackUser !== click.slackUser) {
    await whisper(await notYours(ports, kept))
    return undefined
  }
  if (ports.now().getTime() > Date.parse(kept.expiresAt)) {
    await whisper('That question is too old. Please write your request again.')
    return undefined
  }
  const heard = await knowThePerson(ports, open.message)
  if (!heard) return undefined
  const context = contextOf(heard, ports.now())
  if (!fillSlot(open.intent, slot, value, context)) {
    await whisper('I could not use that answer. Please pick another one, or write it in the thread.')
    return undefined
  }
  const given = { part: slot, answer: value, by: click.slackUser, click: click.id, parts: open.slots }
  const after = await ports.store.answerClarification(kept.id, given)
  if (!after) {
    const now = await ports.store.findClarification(kept.id)
    // A second click on the same button wants the same.
    if (now?.answers[slot] !== value) await whisper('This question has its answer already.')
    return undefined
  }
  await showAnswers(ports, { ...after, posted: kept.posted ?? click.timestamp }, open, context)
  if (open.slots.some((one) => after.answers[one] === undefined)) return undefined
  return {
    heard: { ...heard, edited: true, ...(open.model ? { model: open.model } : {}) },
    intent: withAnswers(open, after, context),
    replaced: { replaces: open.replaces ?? [], adds: open.adds ?? false },
  }
}

/** Questions that were not answered in time lose their buttons and say so. */
export async function endOldQuestions(ports: Ports): Promise<void> {
  for (const kept of await ports.store.expireClarifications(ports.now().toISOString())) {
    try {
      const open = readOpen(kept)
      if (open)
        await closeQuestion(
          ports,
          kept,
          open,
          'Nobody answered in time. Write your request again if you still need it.',
        )
    } catch (cause) {
      ports.log.warn({ question: kept.id, cause }, 'this question is over, and its message could not be updated')
    }
  }
}

/** Takes the buttons away from a question that was settled otherwise. */
export async function closeQuestion(
  ports: Ports,
  kept: KeptClarification,
  open: OpenQuestion,
  closed: string,
): Promise<void> {
  if (kept.posted === undefined) return
  const edge = readEdge((await ports.forge.readEdge()).files)
  const person = personBySlack(edge, kept.slackUser)
  if (!person) return
  await showAnswers(ports, kept, open, contextOf({ edge, person, message: open.message }, ports.now()), closed)
}

/** What is stored of a question, as it was asked. */
export function readOpen(kept: KeptClarification): OpenQuestion | undefined {
  return OpenQuestion.safeParse(JSON.parse(kept.payload)).data
}

/** The intent with every part that is answered by now. */
export function withAnswers(open: OpenQuestion, kept: KeptClarification, context: LanguageContext): Intent {
  const { subjects = [], services = [] } = open.intent
  return SLOTS.reduce((before, slot) => {
    const answer = kept.answers[slot]
    const filled = answer === undefined ? before : (fillSlot(before, slot, answer, context) ?? before)
    if (!open.adds || filled === before) return filled
    const all = {
      subjects: [...subjects, ...(filled.subjects ?? [])],
      services: [...services, ...(filled.services ?? [])],
    }
    if (slot === 'subject') return { ...filled, subjects: distinct(all.subjects) }
    return slot === 'service' ? { ...filled, services: distinct(all.services) } : filled
  }, open.intent)
}

const distinct = <T>(values: readonly T[]): T[] => [
  ...new Map(values.map((one) => [JSON.stringify(one), one])).values(),
]

async function showAnswers(
  ports: Ports,
  kept: KeptClarification,
  open: OpenQuestion,
  context: LanguageContext,
  closed?: string,
): Promise<void> {
  if (kept.posted === undefined) return
  const intent = withAnswers(open, kept, context)
  const asked = clarifyingQuestions({ ...open.intent, needsClarification: open.slots }, context)
  const questions = asked.map((one): AskedQuestion => {
    const answer = kept.answers[one.slot]
    return answer === undefined ? asAsked(one) : { ...asAsked(one), answered: inWords(one, answer, intent) }
  })
  const clarification: Clarification = {
    id: kept.id,
    understood: describeIntent(intent, context),
    questions,
    ...(closed === undefined ? {} : { closed }),
  }
  await ports.chat.update(open.message.place, kept.posted, { kind: 'clarify', clarification })
}

const asAsked = ({ slot, question, options, others, day }: ClarifyingQuestion): AskedQuestion => ({
  part: slot,
  question,
  options,
  others,
  day,
})

/** The label that was on the button, or what was picked from the calendar. */
function inWords({ options, others, slot }: ClarifyingQuestion, answer: string, intent: Intent): string {
  const label = [...options, ...others].find(({ value }) => value === answer)?.label
  return label ?? (slot === 'window' ? `Until the end of ${(intent.window?.end ?? answer).slice(0, 10)}` : answer)
}

async function notYours(ports: Ports, { slackUser }: KeptClarification): Promise<string> {
  const edge = readEdge((await ports.forge.readEdge()).files)
  const name = personBySlack(edge, slackUser)?.name ?? 'whoever asked'
  return `This question is for ${name}, who asked for the access. You are welcome to ask for something of your own.`
}

/** A service whose file is broken is unknown to the reader of messages; whoever names it hears where to mend it. */
function brokenServiceNote({ edge, message }: Heard): string | undefined {
  const words = message.text.toLowerCase().split(/[^a-z0-9-]+/)
  const id = edge.broken.find((broken) => words.includes(broken))
  const worst = edge.problems.find((problem) => problem.file.endsWith(`/${id}.yaml`) && problem.severity === 'error')
  return id !== undefined && worst
    ? `I cannot work on ${id} before its file is right: ${printProblem(worst)}`
    : undefined
}
