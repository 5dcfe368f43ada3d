import { drawBlocks } from './blocks.js'
import { act, avatar, h, icon } from './dom.js'
import { filledIn } from './elements.js'

/** View id → what was typed there so far; it outlives a redraw by `views.update`. */
const typed = new Map()
let shown = { key: '', dialog: undefined }

/** Shows the topmost modal of this person, or none. Drawn anew only when the workspace changed it. */
export function showModal(views, me, names, bot) {
  const view = views.filter((one) => one.type === 'modal' && one.user === me.id).at(-1)
  const key = view ? `${view.id} ${view.hash} ${JSON.stringify(view.errors)}` : ''
  if (key === shown.key) return
  const focused = shown.dialog?.contains(document.activeElement) ? document.activeElement.id : ''
  shown.dialog?.close()
  shown.dialog?.remove()
  shown = { key, dialog: undefined }
  if (!view) return
  shown.dialog = drawModal(view, me, names, bot)
  document.body.append(shown.dialog)
  shown.dialog.showModal()
  const first = shown.dialog.querySelector(
    '[aria-invalid], .input-block input, .input-block textarea, .input-block select',
  )
  const again = focused && shown.dialog.querySelector(`#${CSS.escape(focused)}`)
  ;(again || first)?.focus()
}

function drawModal(view, me, names, bot) {
  const values = typed.get(view.id) ?? {}
  typed.set(view.id, values)
  const use = {
    names,
    form: true,
    errors: view.errors,
    value: (block, element) => values[block.block_id]?.[element.action_id],
    press: (_block, element, value) =>
      act('click', { user: me.name, view_id: view.id, action_id: element.action_id, value }),
  }
  const close = (event) => {
    event.preventDefault()
    void act('close', { user: me.name, view_id: view.id })
  }
  const keep = (event) => {
    const node = event.target.closest('[data-kind]')
    const block = node?.closest('[data-block]')?.dataset.block
    if (block) values[block] = { ...values[block], [node.dataset.action]: filledIn(node) }
  }
  const submit = async (event) => {
    event.preventDefault()
    const button = event.currentTarget.querySelector('[data-testid="modal-submit"]')
    if (button.getAttribute('aria-busy')) return
    for (const node of event.currentTarget.querySelectorAll('[data-kind]')) keep({ target: node })
    button.setAttribute('aria-busy', 'true')
    await act('submit', { user: me.name, view_id: view.id, values: filled(values, view) })
    button.removeAttribute('aria-busy')
  }
  const trouble = view.errors?.['']
  return h(
    'dialog',
    { class: 'modal', 'aria-labelledby': 'modal-title', data: { testid: 'modal' }, on: { cancel: close } },
    h(
      'form',
      { novalidate: true, on: { submit, input: keep, change: keep } },
      h(
        'header',
        {},
        avatar(bot, 'small'),
        h('h2', { id: 'modal-title' }, view.title.text),
        h(
          'button',
          { type: 'button', class: 'icon-button', 'aria-label': 'Close', on: { click: close } },
          icon('close'),
        ),
      ),
      h(
        'div',
        { class: 'modal-body' },
        trouble && h('p', { class: 'field-error', role: 'alert' }, trouble),
        drawBlocks(view.blocks, use),
      ),
      h(
        'footer',
        {},
        h(
          'button',
          { type: 'button', class: 'button', on: { click: close }, data: { testid: 'modal-cancel' } },
          view.close?.text ?? 'Cancel',
        ),
        view.submit &&
          h('button', { type: 'submit', class: 'button primary', data: { testid: 'modal-submit' } }, view.submit.text),
      ),
    ),
  )
}

/** Only what the modal has, and nothing for what was left empty. */
function filled(values, view) {
  const blocks = new Set(view.blocks.map((block) => block.block_id))
  return Object.fromEntries(Object.entries(values).filter(([block]) => blocks.has(block)))
}
