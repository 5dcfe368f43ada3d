import { type AccessRequest, requestIdOf } from './access/access-request.ts'
import { stateInWords } from './access/approval.ts'
import { type EditForm, editForm, isEditable } from './access/edit-form.ts'
import { type FormProblems, readForm } from './access/filled-form.ts'
import { whoAndWhat } from './decide-approval.ts'
import { madeTogether } from './follow-thread.ts'
import { followIntent } from './hear-message.ts'
import type { Heard } from './heard.ts'
import { personBySlack } from './policy/catalog-lookup.ts'
import type { Edge } from './policy/edge.ts'
import { readEdge } from './policy/read.ts'
import type { Click, Edit, Ports } from './ports.ts'
import { refreshCard, tell } from './propose-approved.ts'
import { findSame, LAPSES_AFTER_HOURS, sayAlreadyAsked } from './request-access.ts'

const OPEN = ['unconfirmed', 'waiting'] as const

/** A click on Confirm, by whoever asked and nobody else: from now on it can be approved. */
export async function confirmRequest(ports: Ports, click: Click): Promise<void> {
  const found = await whoAndWhat(ports, click.target, click.slackUser, click.place)
  if (!found) return
  const { request, person, edge } = found
  const whisper = (text: string) => ports.chat.whisper(click.place, click.slackUser, text)
  if (person.id !== request.requester) return whisper(ONLY_THE_REQUESTER)
  // A second click on the same button wants the same.
  if (request.state === 'waiting') return
  const waiting = await ports.store.listRequests({ states: ['unconfirmed'], thread: request.thread })
  const mine = waiting.filter(({ requester, id }) => requester === person.id && id !== request.id)
  const confirmed: AccessRequest[] = []
  for (const one of [request, ...madeTogether(request, mine)]) {
    const same = await findSame(ports, one)
    if (same) {
      await whisper(sayAlreadyAsked(edge, same, person.id))
      continue
    }
    const moved = await confirmOne(ports, edge, one, person.id)
    if (moved) confirmed.push(moved)
    else if (one === request) await whisper(`Too late: this request is ${stateInWords(request)}.`)
  }
  const [first, ...others] = confirmed
  if (!first) return
  // An updated message calls nobody, so those who may approve hear of it in a line of its own.
  const what = others.length > 0 ? `these ${confirmed.length} requests. They` : 'this. It'
  const approvers = new Set(confirmed.flatMap(({ facts }) => facts?.approvers ?? []))
  await tell(ports, first, `${person.name} confirmed ${what} can be approved now.`, [...approvers])
}

async function confirmOne(
  ports: Ports,
  edge: Edge,
  request: AccessRequest,
  by: string,
): Promise<AccessRequest | undefined> {
  const now = ports.now()
  const lapsesAt = new Date(now.getTime() + LAPSES_AFTER_HOURS * 3_600_000).toISOString()
  const moved = await ports.store.move(request.id, ['unconfirmed'], 'waiting', { lapsesAt })
  if (!moved) return undefined
  const detail = { digest: request.digest }
  await ports.store.record({ at: now.toISOString(), request: request.id, actor: by, action: 'confirmed', detail })
  await refreshCard(ports, edge, moved)
  return moved
}

/** Somebody pressed Edit: the form filled in with the request as it stands. */
export async function startEditing(
  ports: Ports,
  ask: { readonly request: string; readonly slackUser: string },
): Promise<EditForm | { readonly says: string }> {
  const request = await ports.store.findRequest(ask.request)
  const edge = readEdge((await ports.forge.readEdge()).files)
  const person = personBySlack(edge, ask.slackUser)
  if (!request) return { says: 'I do not know this request any more.' }
  if (person?.id !== request.requester) return { says: ONLY_THE_REQUESTER }
  if (!OPEN.some((state) => state === request.state))
    return { says: `Too late to change anything: this request is ${stateInWords(request)}.` }
  if (!isEditable(request)) return { says: 'There is nothing to fill in here. Cancel it, and ask for something else.' }
  return editForm(edge, request, ports.now())
}

/** What stands beside the fields of the form when it cannot be taken. */
export async function checkEdit(ports: Ports, edit: Edit): Promise<FormProblems> {
  const request = await ports.store.findRequest(edit.request)
  if (!request) return {}
  const edge = readEdge((await ports.forge.readEdge()).files)
  const read = readForm(edge, request, edit.form, ports.now())
  return 'wrong' in read ? read.wrong : {}
}

/** The form was submitted: what it says is proved like any other request, and takes the place of the one it was opened on. */
export async function editRequest(ports: Ports, edit: Edit): Promise<void> {
  const known = await ports.store.findRequest(edit.request)
  if (!known) return
  const place = { channel: known.channel, thread: known.thread }
  const whisper = (text: string) => ports.chat.whisper(place, edit.slackUser, text)
  const found = await whoAndWhat(ports, edit.request, edit.slackUser, place)
  if (!found) return
  const { request, person, edge } = found
  if (person.id !== request.requester) return whisper(ONLY_THE_REQUESTER)
  const open = await ports.store.listRequests({ states: OPEN, thread: request.thread })
  const together = madeTogether(
    request,
    open.filter(({ requester }) => requester === person.id),
  )
  // Submitted again after a crash: what it made is there, and what it replaced may have given way already.
  const again = await ports.store.findRequest(requestIdOf(edit.id, 0))
  if (!again && !OPEN.some((state) => state === request.state))
    return whisper(`Too late to change anything: this request is ${stateInWords(request)}.`)
  const read = readForm(edge, request, edit.form, ports.now())
  if ('wrong' in read) return whisper(Object.values(read.wrong).join(' '))
  if (!read.changed) {
    if (request.state === 'unconfirmed') {
      const timestamp = request.card ?? ''
      const click = {
        id: edit.id,
        action: 'confirm',
        target: request.id,
        slackUser: edit.slackUser,
        place,
        timestamp,
      } as const
      return confirmRequest(ports, click)
    }
    return whisper('Nothing was changed.')
  }
  const message = { id: edit.id, slackUser: edit.slackUser, place, text: request.words, direct: false }
  const heard: Heard = { message, person, edge, edited: true, confirmed: true }
  await followIntent(ports, heard, read.intent, { replaces: again?.replaces ?? together.map(({ id }) => id) })
}

const ONLY_THE_REQUESTER =
  'Only whoever asked can confirm or change a request. You can ask for something of your own, or, if you may decide, use the other buttons.'
