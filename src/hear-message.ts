import { createHash } from 'node:crypto'
import { answerQuestion } from './answer-question.ts'
import { printProblem } from './evidence/problem.ts'
import { followThread, giveWay, OpenQuestion } from './follow-thread.ts'
import { contextOf, type Heard } from './heard.ts'
import { clarifyingQuestion, fillSlot } from './language/clarify.ts'
import { describeIntent } from './language/describe.ts'
import type { Intent } from './language/intent.ts'
import { understand } from './language/understand.ts'
import { personBySlack } from './policy/catalog-lookup.ts'
import { readEdge } from './policy/read.ts'
import type { Click, HeardMessage, Ports } from './ports.ts'
import { requestAccess } from './request-access.ts'

const MAX_INTENTS = 4
const CLARIFICATION_MINUTES = 15

/** Slack message → intent → one of the ways: ask back, request access, answer a question, or say what we can do. */
export async function hearMessage(ports: Ports, message: HeardMessage): Promise<void> {
  const heard = await knowThePerson(ports, message)
  if (!heard) return
  const followed = await followThread(ports, heard)
  if (followed?.is === 'done') return
  if (followed) return followIntent(ports, followed.heard, followed.intent, followed.replaces)
  const context = contextOf(heard, ports.now())
  const proposal = await ports.proposer?.propose(message.text, context)
  await followIntent(ports, heard, understand(message.text, proposal, context))
}

/** A click on one of the options of a question we asked: the answer fills its slot without another reading. */
export async function hearAnswer(ports: Ports, click: Click): Promise<void> {
  const kept = await ports.store.takeClarification(click.target, click.value ?? '', click.slackUser)
  if (!kept)
    return ports.chat.whisper(click.place, click.slackUser, 'Only the person I asked can answer this, and only once.')
  if (ports.now().getTime() > Date.parse(kept.expiresAt)) {
    return ports.chat.whisper(
      click.place,
      click.slackUser,
      'That question is too old. Please write your request again.',
    )
  }
  const open = OpenQuestion.parse(JSON.parse(kept.payload))
  const heard = await knowThePerson(ports, open.message)
  if (!heard) return
  const asked: Heard = open.edited ? { ...heard, edited: true } : heard
  const filled = fillSlot(open.intent, open.slot, click.value ?? '')
  if (!filled) return say(ports, open.message, 'I could not use that answer. Please write your request again.')
  await followIntent(ports, asked, filled, open.replaces)
}

async function followIntent(
  ports: Ports,
  heard: Heard,
  intent: Intent,
  replaces: readonly string[] = [],
): Promise<void> {
  const { message } = heard
  for (const [index, one] of [intent, ...(intent.additional ?? [])].slice(0, MAX_INTENTS).entries()) {
    if ((one.needsClarification ?? []).length > 0) await askBack(ports, heard, one, index, replaces)
    else await followOne(ports, heard, one, index)
  }
  if (replaces.length > 0) await giveWay(ports, heard, replaces)
  if ((intent.additional?.length ?? 0) >= MAX_INTENTS) {
    await say(
      ports,
      message,
      `I took the first ${MAX_INTENTS} things you asked for. Please send the others in a message of their own.`,
    )
  }
}

async function followOne(ports: Ports, heard: Heard, intent: Intent, index: number): Promise<void> {
  switch (intent.kind) {
    case 'grant':
    case 'revoke':
    case 'extend':
    case 'onboard-service':
      return requestAccess(ports, heard, intent, index)
    case 'diagnose':
    case 'drift':
    case 'status':
      return answerQuestion(ports, heard, intent)
    case 'help':
      await ports.chat.say(heard.message.place, { kind: 'help' })
      return
    case 'out-of-scope':
      return outOfScope(ports, heard, intent)
    default:
      return intent.kind satisfies never
  }
}

/** In a channel, small talk is not for us; whoever turns to the bot directly gets an answer. */
async function outOfScope(ports: Ports, heard: Heard, intent: Intent): Promise<void> {
  const { message } = heard
  if (!message.direct && !message.mentioned && (intent.flags ?? []).length === 0) return
  await say(
    ports,
    message,
    'I look after access through the firewall and the load balancer, and did not find such a request or question here, so I changed nothing. Say `help` to see what I understand.',
  )
}

async function askBack(
  ports: Ports,
  heard: Heard,
  intent: Intent,
  index: number,
  replaces: readonly string[] = [],
): Promise<void> {
  const { message } = heard
  const broken = brokenServiceNote(heard)
  if (broken !== undefined) return say(ports, message, broken)
  const context = contextOf(heard, ports.now())
  const asked = clarifyingQuestion(intent, context)
  if (!asked) return followOne(ports, heard, { ...intent, needsClarification: [] }, index)
  const id = `${message.id}/${index}/${asked.slot}/${createHash('sha256').update(JSON.stringify(intent)).digest('hex').slice(0, 8)}`
  // Further intents of the message go their own way; the answer is to this one.
  const { additional: _others, ...own } = intent
  const payload = JSON.stringify({ message, intent: own, slot: asked.slot, replaces, edited: heard.edited })
  const expiresAt = new Date(ports.now().getTime() + CLARIFICATION_MINUTES * 60_000).toISOString()
  await ports.store.keepClarification({ id, slackUser: message.slackUser, payload, expiresAt })
  const understood = describeIntent(intent, context)
  const { question, options } = asked
  await ports.chat.say(message.place, { kind: 'clarify', clarification: { id, understood, question, options } })
}

async function knowThePerson(ports: Ports, message: HeardMessage): Promise<Heard | undefined> {
  const { files } = await ports.forge.readEdge()
  const edge = readEdge(files)
  if (edge.broken.includes('catalog')) {
    const [worst] = edge.problems.filter((problem) => problem.file.endsWith('catalog.yaml'))
    await say(
      ports,
      message,
      `I cannot read who is who: ${worst ? printProblem(worst) : 'policies/catalog.yaml is missing'}. Until that is mended I can do nothing safely.`,
    )
    return undefined
  }
  const person = personBySlack(edge, message.slackUser)
  if (!person) {
    await say(
      ports,
      message,
      'I do not know you yet: your Slack id is not in `policies/catalog.yaml` under `people`. Whoever looks after that file can add you.',
    )
    return undefined
  }
  return { message, person, edge }
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

async function say(ports: Ports, message: HeardMessage, text: string): Promise<void> {
  await ports.chat.say(message.place, { kind: 'note', text })
}
