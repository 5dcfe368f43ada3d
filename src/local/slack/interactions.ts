import type { Interactive } from './block-elements.ts'
import { type Block, interactiveElements } from './block-kit.ts'
import { pick, readSubmission } from './element-values.ts'
import { no, type Reply } from './method.ts'
import { openResponseUrls, type ResponseUrls, speak } from './response-urls.ts'
import type { AckOutcome, SocketMode } from './socket-mode.ts'
import { pushModal, readModal, replaceModal, type ShownView, viewJson } from './view-methods.ts'
import {
  type Channel,
  type Member,
  type Message,
  makeTrigger,
  messageJson,
  modalsOf,
  nextTs,
  noteFor,
  type OpenModal,
  TEAM,
  type WorkspaceState,
} from './workspace-state.ts'

/** What a person does with the app's buttons, modals and commands; each waits for the app's acknowledgement. */
export type Interactions = {
  press(press: Press): Promise<Reply>
  submit(member: Member, viewId: string, values: Readonly<Record<string, unknown>>): Promise<Reply>
  close(member: Member, viewId: string): Promise<Reply>
  command(member: Member, channel: Channel, command: string, text: string): Promise<Reply>
  /** What an app sends to a response URL. */
  respond(id: string, body: Readonly<Record<string, unknown>>): Reply
}
type Press = {
  readonly member: Member
  /** Where the element is: in a message, or in a view. */
  readonly at: { readonly channel: Channel; readonly message: Message } | { readonly view: ShownView }
  readonly actionId: string
  readonly value: unknown
}
/** Wires what people do to the app behind `socket`; `host` is where response URLs lead. */
export function openInteractions(state: WorkspaceState, socket: SocketMode, host: () => string): Interactions {
  const urls = openResponseUrls(state, host)
  return {
    press: (press) => sendPress(state, socket, press, urls),
    submit: (member, viewId, values) => sendSubmission(state, socket, member, viewId, values),
    async close(member, viewId) {
      const modal = state.modals.get(viewId)
      if (modal?.user !== member.id) return no('view_not_found')
      for (const one of modal.view.clear_on_close ? modalsOf(state, member.id) : [modal]) state.modals.delete(one.id)
      state.changed()
      if (modal.view.notify_on_close)
        await socket.ask('interactive', {
          ...common(member),
          type: 'view_closed',
          view: viewJson(modal),
          is_cleared: false,
        })
      return { ok: true }
    },
    async command(member, channel, command, text) {
      const outcome = await socket.ask('slash_commands', {
        token: 'local',
        team_id: TEAM.id,
        team_domain: TEAM.domain,
        channel_id: channel.id,
        channel_name: channel.kind === 'im' ? 'directmessage' : channel.name,
        user_id: member.id,
        user_name: member.name,
        command,
        text,
        api_app_id: TEAM.appId,
        is_enterprise_install: 'false',
        response_url: urls.make({ channel, user: member.id }),
        trigger_id: makeTrigger(state, member.id),
      })
      if (!outcome.ok) {
        noteFor(
          state,
          channel,
          member.id,
          `${command} failed because Sallyport didn’t respond. Please try again. (${outcome.error})`,
        )
        return no(outcome.error)
      }
      if (Object.keys(outcome.payload).length === 0) return { ok: true }
      return speak(state, { channel, user: member.id }, outcome.payload)
    },
    respond: urls.respond,
  }
}

async function sendPress(state: WorkspaceState, socket: SocketMode, press: Press, urls: ResponseUrls): Promise<Reply> {
  const { member, at } = press
  const blocks = 'message' in at ? at.message.blocks : at.view.view.blocks
  const found = findElement(blocks, press.actionId, press.value)
  if ('ok' in found) return found
  const { element, block } = found
  const picked = pick(element, press.value)
  if (!picked.ok) return no('invalid_value', [picked.error])
  if (picked.empty && element.type !== 'button' && !('initial_options' in element))
    return no('invalid_value', [`${element.type} needs a value`])
  const [blockId, actionId] = [block.block_id ?? '', element.action_id ?? '']
  const { value } = picked
  const actions = [{ type: element.type, action_id: actionId, block_id: blockId, ...value, action_ts: nextTs(state) }]
  const values = element.type === 'button' ? {} : { [blockId]: { [actionId]: { type: element.type, ...value } } }
  const base = { ...common(member), type: 'block_actions', trigger_id: makeTrigger(state, member.id), actions }
  if ('view' in at) {
    const container = { type: 'view', view_id: at.view.id }
    return answer(await socket.ask('interactive', { ...base, container, view: viewJson(at.view, values) }))
  }
  const { channel, message } = at
  const outcome = await socket.ask('interactive', {
    ...base,
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: message.ephemeral_for !== undefined,
      ...(message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts }),
    },
    channel: { id: channel.id, name: channel.kind === 'im' ? 'directmessage' : channel.name },
    message: messageJson(channel, message),
    state: { values },
    response_url: urls.make({ channel, user: member.id, ts: message.ts, thread: message.thread_ts }),
  })
  if (!outcome.ok)
    noteFor(
      state,
      channel,
      member.id,
      `Sallyport didn’t respond. Please try again. (${outcome.error})`,
      message.thread_ts,
    )
  return answer(outcome)
}

async function sendSubmission(
  state: WorkspaceState,
  socket: SocketMode,
  member: Member,
  viewId: string,
  given: Readonly<Record<string, unknown>>,
): Promise<Reply> {
  const modal = state.modals.get(viewId)
  if (modal?.user !== member.id) return no('view_not_found')
  if (modalsOf(state, member.id).at(-1) !== modal) return no('view_not_on_top')
  const { values, errors, unknown } = readSubmission(modal, given)
  if (unknown.length > 0) return no('unknown_fields', [`this modal has no field ${unknown.join(', ')}`])
  const refuse = (found: Readonly<Record<string, string>>): Reply => {
    modal.errors = found
    state.changed()
    return { ok: false, error: 'invalid_fields', errors: found }
  }
  if (Object.keys(errors).length > 0) return refuse(errors)
  const payload = { ...common(member), type: 'view_submission', trigger_id: makeTrigger(state, member.id) }
  const outcome = await socket.ask('interactive', { ...payload, view: viewJson(modal, values), response_urls: [] })
  const trouble = (messages: readonly string[]): Reply => {
    refuse({ '': 'We had some trouble connecting. Try again?' })
    return no(outcome.ok ? 'invalid_response_action' : outcome.error, messages)
  }
  if (!outcome.ok) return trouble(['Sallyport didn’t respond.'])
  const { response_action: action, errors: marked, view } = outcome.payload
  switch (action) {
    case undefined:
      state.modals.delete(modal.id)
      break
    case 'clear':
      for (const one of modalsOf(state, member.id)) state.modals.delete(one.id)
      break
    case 'errors': {
      const read = readMarks(marked, modal)
      return read === undefined ? trouble(['errors must name blocks of the modal']) : refuse(read)
    }
    case 'update':
    case 'push': {
      const draft = readModal(view)
      if ('ok' in draft) return trouble(Array.isArray(draft.errors) ? draft.errors.map(String) : [])
      if (action === 'push') pushModal(state, member.id, draft)
      else replaceModal(state, modal, draft)
      break
    }
    default:
      return trouble([`unknown response_action ${String(action)}`])
  }
  state.changed()
  return { ok: true }
}

/** `errors` of a response action: every key must be the id of a block of the modal, or Slack shows a connection error. */
function readMarks(marked: unknown, modal: OpenModal): Readonly<Record<string, string>> | undefined {
  if (typeof marked !== 'object' || marked === null) return undefined
  const marks = Object.entries(marked)
  const inputs = modal.view.blocks.filter((block) => block.type === 'input').map((block) => block.block_id)
  const fits = marks.every(([block, text]) => typeof text === 'string' && inputs.includes(block))
  return fits && marks.length > 0 ? Object.fromEntries(marks) : undefined
}

/** The element a click means: by action id, and by value where several share one. */
function findElement(
  blocks: readonly Block[],
  actionId: string,
  value: unknown,
): { readonly element: Interactive; readonly block: Block } | Reply {
  const all = blocks.flatMap((block) => interactiveElements(block).map((element) => ({ element, block })))
  const named = all.filter(({ element }) => element.action_id === actionId)
  if (named.length === 0) {
    const known = all.map(({ element }) => element.action_id).join(', ')
    return no('action_not_found', [`there is no action_id "${actionId}" here; there is ${known || 'nothing to press'}`])
  }
  const fits = named.filter(({ element }) =>
    element.type === 'button'
      ? value === undefined || element.value === value || element.text.text === value
      : pick(element, value).ok,
  )
  const [only] = fits
  if (!only) return no('value_not_found', [`no element "${actionId}" has the value ${JSON.stringify(value)}`])
  return fits.length === 1
    ? only
    : no('ambiguous_action', [`${fits.length} elements are "${actionId}": give the value`])
}

function common(member: Member): Readonly<Record<string, unknown>> {
  return {
    user: { id: member.id, username: member.name, name: member.name, team_id: TEAM.id },
    api_app_id: TEAM.appId,
    token: 'local',
    team: { id: TEAM.id, domain: TEAM.domain },
    enterprise: null,
    is_enterprise_install: false,
  }
}

function answer(outcome: AckOutcome): Reply {
  return outcome.ok ? { ok: true } : no(outcome.error, ['Sallyport didn’t respond.'])
}
