import { answerQuestion } from './answer-question.ts'
import { askBack, type Replaced, takeAnswer } from './ask-back.ts'
import { followThread, showGivenWay } from './follow-thread.ts'
import { contextOf, type Heard, knowThePerson, say } from './heard.ts'
import type { Intent } from './language/intent.ts'
import { understand } from './language/understand.ts'
import type { Click, HeardMessage, Ports } from './ports.ts'
import { requestAccess } from './request-access.ts'

const MAX_INTENTS = 4

/** Slack message → intent → one of the ways: ask back, request access, answer a question, or say what we can do. */
export async function hearMessage(ports: Ports, message: HeardMessage): Promise<void> {
  const heard = await knowThePerson(ports, message)
  if (!heard) return
  const followed = await followThread(ports, heard)
  if (followed?.is === 'done') return
  if (followed) return followIntent(ports, followed.heard, followed.intent, followed.replaced)
  const context = contextOf(heard, ports.now())
  const proposal = await ports.proposer?.propose(message.text, context)
  const model = proposal?.used
  if (model?.failed !== undefined)
    ports.log.warn({ message: message.id, ...model }, 'the model was no help; the rules read alone')
  else if (model) ports.log.info({ message: message.id, ...model }, 'a model read a message')
  const known = model ? { ...heard, model } : heard
  await followIntent(ports, known, understand(message.text, proposal, context))
}

/** A click on an answer to a question we asked: once nothing is open any more, what was asked for goes on. */
export async function hearAnswer(ports: Ports, click: Click): Promise<void> {
  const answered = await takeAnswer(ports, click)
  if (answered) await followIntent(ports, answered.heard, answered.intent, answered.replaced)
}

/** What an intent leads to, each of its acts by itself; requests that it replaces give way when it is kept, and say so once it has its cards. */
export async function followIntent(
  ports: Ports,
  heard: Heard,
  intent: Intent,
  replaced: Replaced = { replaces: [] },
): Promise<void> {
  const { message } = heard
  const replacing: Heard = { ...heard, replaces: replaced.replaces }
  for (const [index, one] of [intent, ...(intent.additional ?? [])].slice(0, MAX_INTENTS).entries()) {
    const open = (one.needsClarification ?? []).length > 0
    if (open && (await askBack(ports, heard, one, index, replaced))) continue
    await followOne(ports, replacing, open ? { ...one, needsClarification: [] } : one, index)
  }
  if (replaced.replaces.length > 0) await showGivenWay(ports, heard)
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
