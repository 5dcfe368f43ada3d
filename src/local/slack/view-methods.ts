import { z } from 'zod'
import { checkView } from './block-check.ts'
import type { ViewDraft } from './block-kit.ts'
import { type Method, method, no, type Reply, structured } from './method.ts'
import { makeId, modalsOf, type OpenModal, TEAM, takeTrigger, type WorkspaceState } from './workspace-state.ts'

/** The `views.*` methods: modals in front of a person, and the home tab. */
export const viewMethods: Readonly<Record<string, Method>> = {
  'views.open': method(z.object({ trigger_id: z.string(), view: structured }), (args, { state }) => {
    const draft = readModal(args.view)
    if ('ok' in draft) return draft
    const trigger = takeTrigger(state, args.trigger_id)
    if (!trigger.ok) return no(trigger.error)
    // `open` starts afresh: what was in front of the person goes away.
    for (const old of modalsOf(state, trigger.user)) state.modals.delete(old.id)
    return { ok: true, view: viewJson(pushModal(state, trigger.user, draft)) }
  }),
  'views.push': method(z.object({ trigger_id: z.string(), view: structured }), (args, { state }) => {
    const draft = readModal(args.view)
    if ('ok' in draft) return draft
    const trigger = takeTrigger(state, args.trigger_id)
    if (!trigger.ok) return no(trigger.error)
    if (modalsOf(state, trigger.user).length >= STACK_MAX) return no('push_limit_reached')
    return { ok: true, view: viewJson(pushModal(state, trigger.user, draft)) }
  }),
  'views.update': method(
    z.object({
      view_id: z.string().optional(),
      external_id: z.string().optional(),
      view: structured,
      hash: z.string().optional(),
    }),
    (args, { state }) => {
      const modal = state.modals
        .values()
        .find((one) => one.id === args.view_id || (args.external_id && one.view.external_id === args.external_id))
      if (!modal) return no('not_found')
      if (args.hash !== undefined && args.hash !== modal.hash) return no('hash_conflict')
      const draft = readModal(args.view)
      if ('ok' in draft) return draft
      replaceModal(state, modal, draft)
      return { ok: true, view: viewJson(modal) }
    },
  ),
  'views.publish': method(
    z.object({ user_id: z.string(), view: structured, hash: z.string().optional() }),
    (args, { state }) => {
      const member = state.members.get(args.user_id)
      if (!member || member.isBot) return no('user_not_found')
      const view = checkView(args.view)
      if (!view.ok) return no('invalid_arguments', view.problems)
      if (view.value.type !== 'home')
        return no('invalid_arguments', ['[ERROR] must be a home tab [json-pointer:/view/type]'])
      const known = state.homes.get(member.id)
      if (args.hash !== undefined && known && known.hash !== args.hash) return no('hash_conflict')
      const home = { id: known?.id ?? makeId('V'), hash: makeId('h'), user: member.id, view: view.value }
      state.homes.set(member.id, home)
      state.changed()
      return { ok: true, view: viewJson(home) }
    },
  ),
}

/** Slack stacks three modals at most. */
const STACK_MAX = 3

/** Puts a modal on top of a person's stack. */
export function pushModal(state: WorkspaceState, user: string, view: OpenModal['view']): OpenModal {
  const below = modalsOf(state, user).at(-1)
  const id = makeId('V')
  const modal = { id, hash: makeId('h'), user, view, root: below?.root ?? id, previous: below?.id ?? null, errors: {} }
  state.modals.set(id, modal)
  state.changed()
  return modal
}

export function replaceModal(state: WorkspaceState, modal: OpenModal, view: OpenModal['view']): void {
  modal.view = view
  modal.errors = {}
  modal.hash = makeId('h')
  state.changed()
}

/** A modal as Slack would take it, or its refusal. */
export function readModal(value: unknown): OpenModal['view'] | Reply {
  const view = checkView(value)
  if (!view.ok) return no('invalid_arguments', view.problems)
  if (view.value.type !== 'modal') return no('invalid_arguments', ['[ERROR] must be a modal [json-pointer:/view/type]'])
  return view.value
}

/** A modal or a home tab, as far as payloads show it. */
export type ShownView = {
  readonly id: string
  readonly hash: string
  readonly view: ViewDraft
  readonly root?: string
  readonly previous?: string | null
}

/** A view as the API and interaction payloads show it. */
export function viewJson(
  shown: ShownView,
  values: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    id: shown.id,
    team_id: TEAM.id,
    app_id: TEAM.appId,
    bot_id: TEAM.botId,
    private_metadata: '',
    callback_id: '',
    external_id: '',
    ...shown.view,
    hash: shown.hash,
    root_view_id: shown.root ?? shown.id,
    previous_view_id: shown.previous ?? null,
    state: { values },
  }
}
