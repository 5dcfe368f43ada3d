import type { App, types, webApi } from '@slack/bolt'
import type { Conversation, Log } from '../ports.ts'
import { referenceOf, saysOf } from './apology.ts'
import { readCardBlock } from './cards.ts'
import { printDenyModal, readDenial } from './deny-modal.ts'
import { type About, printEditModal, printLoading, printNoForm, readEditModal } from './edit-modal.ts'
import { readClick } from './incoming.ts'
import type { SlackChat } from './slack-chat.ts'
import { slackFault } from './slack-faults.ts'

type House = {
  readonly chat: SlackChat
  readonly conversation: Conversation
  readonly log: Log
  readonly work: (body: object) => Promise<void>
}

/** The modals that buttons open, and what comes of them. Opening one changes nothing, so a click that is lost loses nothing. */
export function listenToModals(app: App, house: House): void {
  const { work } = house
  app.action('deny', async ({ ack, body, client }) => {
    await ack()
    // Nothing is looked up first: whether this person may deny is decided at the end.
    await openOn(body, client, house, printDenyModal)
  })
  app.view('deny', async ({ ack, body, view }) => {
    const denial = readDenial(view)
    await (denial.ok ? ack() : ack({ response_action: 'errors', errors: denial.errors }))
    await work(body)
  })
  app.action('edit', async ({ ack, body, client }) => {
    await ack()
    await openForm(body, client, house)
  })
  app.view('edit', async ({ ack, body, view }) => {
    const unreadable = { end: 'This cannot be read. Please press Edit on the card again.' }
    await (readEditModal(view) ? ack() : ack({ response_action: 'errors', errors: unreadable }))
    await work(body)
  })
}

/** What stands in the form takes longer than the three seconds that a trigger lives, perhaps; so it follows the modal. */
async function openForm(body: object, client: webApi.WebClient, house: House): Promise<void> {
  const opened = await openOn(body, client, house, printLoading)
  if (!opened) return
  const { view: view_id, about, slackUser } = opened
  const view = await formOf(about, slackUser, house)
  try {
    await slackFault('filling the edit modal', () => client.views.update({ view_id, view }))
  } catch (error) {
    // Whoever closed it meanwhile does not want it any more.
    house.log.warn({ err: error, request: about.request }, 'the edit modal could not be filled')
  }
}

async function formOf(about: About, slackUser: string, { conversation, log }: House): Promise<types.ModalView> {
  try {
    const form = await conversation.editing({ request: about.request, slackUser })
    return 'says' in form ? printNoForm(form.says) : printEditModal(form, about)
  } catch (error) {
    const reference = referenceOf(`${about.request} ${slackUser}`)
    log.error({ err: error, request: about.request, reference }, 'the edit form could not be made')
    return printNoForm(saysOf(error, reference))
  }
}

/** Opens a modal for the request whose button was pressed; whatever goes wrong is whispered. */
async function openOn(
  body: object,
  client: webApi.WebClient,
  { chat }: House,
  print: (about: About) => types.ModalView,
): Promise<{ readonly view: string; readonly about: About; readonly slackUser: string } | undefined> {
  const click = readClick(body)
  const request = readCardBlock(click?.actions[0]?.block_id ?? '')?.request
  if (!click || request === undefined) return undefined
  const { trigger, channel, thread, slackUser } = click
  const place = { channel, ...(thread !== undefined && { thread }) }
  const about = { request, ...place }
  try {
    const opened = await slackFault('opening a modal', () =>
      client.views.open({ trigger_id: trigger, view: print(about) }),
    )
    return { view: opened.view?.id ?? '', about, slackUser }
  } catch (error) {
    await chat.whisper(place, slackUser, saysOf(error, referenceOf(trigger)))
    return undefined
  }
}
