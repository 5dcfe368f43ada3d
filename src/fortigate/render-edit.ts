import type { Refusal } from '../evidence/refusal.ts'
import { type RestTransaction, renderRest } from './compile/render-rest.ts'
import { renderScript } from './compile/render-script.ts'
import { stepsBetween } from './compile/steps.ts'
import { readTables } from './config/read-tables.ts'
import { readFortigate, vdomOf } from './config.ts'
import type { FortiDevice } from './model.ts'

/** One edit in the ways it can reach a device, each with the way back. */
export type RenderedEdit = {
  readonly ok: true
  readonly script: string
  readonly scriptBack: string
  readonly rest: RestTransaction
  readonly restBack: RestTransaction
}

/** The edit that leads from the device's configuration to this text, as a script and as REST calls. */
export function renderEdit(before: FortiDevice, text: string): RenderedEdit | Refusal {
  const vdom = vdomOf(before)?.name ?? 'root'
  const after = readFortigate({ id: before.id, vdom: before.vdom, timezone: before.timezone }, before.file, text)
  const forward = stepsBetween(before, after, vdom)
  if (!forward.ok) return forward
  const back = stepsBetween(after, before, vdom)
  if (!back.ok) return back
  const rest = renderRest(forward.steps, vdom, before.version)
  if (!rest.ok) return rest
  const restBack = renderRest(back.steps, vdom, before.version)
  if (!restBack.ok) return restBack
  const wrapped = readTables(before.text).scopes.has(vdom) ? vdom : undefined
  return {
    ok: true,
    script: renderScript(forward.steps, wrapped),
    scriptBack: renderScript(back.steps, wrapped),
    rest,
    restBack,
  }
}
