import { type AccessRequest, requestIdOf } from './access/access-request.ts'
import { closeQuestion, type Replaced, readOpen, withAnswers } from './ask-back.ts'
import { cancelRequest } from './decide-approval.ts'
import { contextOf, type Heard } from './heard.ts'
import type { LanguageContext } from './language/context.ts'
import { type FollowUp, readFollowUp, soundsLikeFollowUp } from './language/follow-up.ts'
import type { Intent } from './language/intent.ts'
import { interpret } from './language/interpret.ts'
import type { HeardMessage, Ports } from './ports.ts'
import { refreshCard, tell } from './propose-approved.ts'

/** `done`: nothing is left to do. `edited`: the earlier intent as changed, and the requests it takes the place of. */
type Followed =
  | { readonly is: 'done' }
  | { readonly is: 'edited'; readonly heard: Heard; readonly intent: Intent; readonly replaced: Replaced }

/** A message in a thread that changes or calls off what its author asked for there; undefined when it stands on its own. */
export async function followThread(ports: Ports, heard: Heard): Promise<Followed | undefined> {
  return (await answerInWords(ports, heard)) ?? (await changePending(ports, heard))
}

/** Once the changed request has its card, the old ones, which were called off when it was kept, say so on theirs. */
export async function showGivenWay(ports: Ports, heard: Heard): Promise<void> {
  const made = await madeBy(ports, heard.message)
  for (const id of new Set(made.flatMap(({ replaces = [] }) => replaces))) {
    const old = await ports.store.findRequest(id)
    if (old?.state === 'cancelled') await refreshCard(ports, heard.edge, old)
    else if (old) await tell(ports, old, `${id} was decided already, so it stays as it is beside the new card.`)
  }
}

/** Words in the thread of a question of ours are its answer, or a correction of what was asked for. */
async function answerInWords(ports: Ports, heard: Heard): Promise<Followed | undefined> {
  const { message } = heard
  const now = ports.now()
  for (const kept of await ports.store.openClarifications(message.slackUser, now.toISOString())) {
    const open = readOpen(kept)
    if (!open || !samePlace(open.message, message) || open.message.id === message.id) continue
    const context = contextOf(heard, now)
    const follow = readFollowUp(message.text, withAnswers(open, kept, context), context)
    if (follow === undefined) continue
    const taken = await ports.store.takeClarification(kept.id, message.id, message.slackUser)
    if (!taken) continue
    await closeQuestion(ports, taken, open, 'Answered in this thread.')
    if (follow.does === 'cancel') return noted(ports, message, 'Forgotten. Nothing was asked for and nothing changed.')
    return edited(heard, open.message.text, follow, open.replaces ?? [])
  }
  return undefined
}

async function changePending(ports: Ports, heard: Heard): Promise<Followed | undefined> {
  const { message, person } = heard
  if (message.id.endsWith(`:${message.place.thread}`)) return undefined
  const pending = await changeableIn(ports, message)
  const mine = pending.filter(({ requester }) => requester === person.id)
  const [latest] = mine.length > 0 ? mine : pending
  const context = contextOf(heard, ports.now())
  if (!latest)
    return soundsLikeFollowUp(message.text, context)
      ? noted(
          ports,
          message,
          'No request waits in this thread, so there is nothing to change. Write the whole request, and I will take it from there.',
        )
      : undefined
  const follow = readFollowUp(message.text, latest.intent, context)
  if (follow === undefined) return mine.length > 0 ? askWhatToChange(ports, message, context) : undefined
  if (mine.length === 0) {
    const says =
      'Only whoever asked can change or cancel a request. You can ask for something of your own, or, if you may decide, use the buttons on the card.'
    await ports.chat.whisper(message.place, message.slackUser, says)
    return { is: 'done' }
  }
  const group = madeTogether(latest, mine)
  if (group.length < mine.length)
    return noted(
      ports,
      message,
      'More than one request of yours waits in this thread, and I cannot tell which you mean. Use Cancel on its card, or write the whole request.',
    )
  if (follow.does === 'cancel') return callOff(ports, heard, group)
  return edited(
    heard,
    latest.words,
    follow,
    group.map(({ id }) => id),
  )
}

/** One message makes a request for each service it names; they are changed and called off together. */
export function madeTogether(one: AccessRequest, all: readonly AccessRequest[]): readonly AccessRequest[] {
  return all.filter(({ intent }) => JSON.stringify(intent) === JSON.stringify(one.intent))
}

/** Words that sound like a change and cannot be read as one are asked about, not passed over. */
async function askWhatToChange(
  ports: Ports,
  message: HeardMessage,
  context: LanguageContext,
): Promise<Followed | undefined> {
  const { kind } = interpret(message.text, context)
  const nothing = kind === 'out-of-scope' || kind === 'help'
  if (!nothing || !soundsLikeFollowUp(message.text, context)) return undefined
  const says =
    'I did not understand what to change, so the request above stays as it is. Press Edit on its card, or say it otherwise, such as “make it two weeks” or “also the wiki”.'
  return noted(ports, message, says)
}

async function callOff(ports: Ports, { message }: Heard, group: readonly AccessRequest[]): Promise<Followed> {
  for (const { id } of group)
    await cancelRequest(ports, {
      id: message.id,
      action: 'cancel',
      target: id,
      slackUser: message.slackUser,
      place: message.place,
      timestamp: message.place.thread,
    })
  return noted(ports, message, `Cancelled: ${group.map(({ id }) => id).join(', ')}. Nothing was changed.`)
}

/** What was said first and what was said now, together: that is what the approvers read. */
function edited(
  heard: Heard,
  before: string,
  follow: FollowUp & { does: 'edit' },
  replaces: readonly string[],
): Followed {
  const message = { ...heard.message, text: `${before}\n${heard.message.text}` }
  return {
    is: 'edited',
    heard: { ...heard, message, edited: true },
    intent: follow.intent,
    replaced: { replaces, adds: follow.adds },
  }
}

async function noted(ports: Ports, message: HeardMessage, text: string): Promise<Followed> {
  await ports.chat.say(message.place, { kind: 'note', text })
  return { is: 'done' }
}

/** What waits in the thread. A message that is heard again finds what it called off then, and goes on from where it was. */
async function changeableIn(ports: Ports, message: HeardMessage): Promise<readonly AccessRequest[]> {
  const own = await madeBy(ports, message)
  const [first] = own.flatMap(({ replaces }) => (replaces ? [replaces] : []))
  const all = await requestsIn(ports, message)
  if (first) return all.filter(({ id }) => first.includes(id))
  return all.filter(({ id, state }) => OPEN.has(state) && !own.some((one) => one.id === id))
}

async function madeBy(ports: Ports, message: HeardMessage): Promise<readonly AccessRequest[]> {
  const ids = new Set(ownIds(message))
  return (await requestsIn(ports, message)).filter(({ id }) => ids.has(id))
}

async function requestsIn(ports: Ports, { place }: HeardMessage): Promise<readonly AccessRequest[]> {
  const all = await ports.store.listRequests({ thread: place.thread })
  return all.filter(({ channel }) => channel === place.channel)
}

const samePlace = (a: HeardMessage, b: HeardMessage): boolean =>
  a.place.channel === b.place.channel && a.place.thread === b.place.thread

const OPEN: ReadonlySet<AccessRequest['state']> = new Set(['unconfirmed', 'waiting'])
const MOST_REQUESTS = 400

/** The ids of whatever this message makes (`index * 100 + nth`), so that hearing it again changes nothing twice. */
function ownIds(message: HeardMessage): readonly string[] {
  return Array.from({ length: MOST_REQUESTS }, (_, nth) => requestIdOf(message.id, nth))
}
