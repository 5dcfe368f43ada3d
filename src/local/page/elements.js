import { h } from './dom.js'
import { emojiOf, withSigns } from './emoji.js'
import { decode, mrkdwn } from './mrkdwn.js'

/** One element. In a form its value waits for the submission; elsewhere using it tells the app at once. */
export function drawElement(block, element, use) {
  const before = use.value?.(block, element)
  const label = element.placeholder ? decode(element.placeholder.text) : element.action_id
  const common = {
    id: use.id,
    name: element.action_id,
    'aria-invalid': use.invalid ? 'true' : undefined,
    'aria-describedby': use.invalid ? `${use.id}-error` : undefined,
    'aria-label': use.id ? undefined : label,
    data: { action: element.action_id ?? '', kind: element.type, testid: `action-${element.action_id}` },
  }
  const changed = (event) => use.inForm || use.press(block, element, filledIn(event.currentTarget))
  switch (element.type) {
    case 'button':
      return drawButton(block, element, use)
    case 'image':
      return picture(element)
    case 'overflow':
      return drawOverflow(block, element, use)
    case 'static_select':
      return drawMenu(element, { ...common, on: { change: changed } }, before)
    case 'multi_static_select':
      return drawPicker(element, common, changed, before)
    case 'users_select':
      return h(
        'select',
        { ...common, on: { change: changed } },
        h('option', { value: '' }, label),
        use.names.people().map((one) => option(one.id, one.real_name, (before ?? element.initial_user) === one.id)),
      )
    case 'checkboxes':
    case 'radio_buttons':
      return drawChoices(element, common, changed, before)
    case 'plain_text_input': {
      const text = {
        ...common,
        placeholder: element.placeholder && decode(element.placeholder.text),
        maxlength: element.max_length,
      }
      const value = before ?? element.initial_value ?? ''
      return h(
        element.multiline ? 'textarea' : 'input',
        element.multiline ? { ...text, rows: 4, value } : { ...text, type: 'text', value },
      )
    }
    default: {
      const field = h('input', {
        ...common,
        type: INPUT_TYPES[element.type] ?? 'text',
        placeholder: element.placeholder && decode(element.placeholder.text),
        value:
          typedMoment(element, before) ?? element.initial_value ?? element.initial_date ?? element.initial_time ?? '',
        on: { change: changed },
      })
      // Browsers show no words in an empty date field.
      return use.inForm || !element.placeholder ? field : h('label', { class: 'beside' }, label, field)
    }
  }
}
const INPUT_TYPES = {
  datepicker: 'date',
  timepicker: 'time',
  datetimepicker: 'datetime-local',
  number_input: 'number',
  email_text_input: 'email',
  url_text_input: 'url',
}

function option(value, label, selected) {
  return h('option', { value, selected }, label)
}

/** A moment as its field wants it: where whoever looks at the page is. It is kept in seconds. */
function typedMoment(element, before) {
  if (element.type !== 'datetimepicker') return before
  const seconds = before === undefined ? element.initial_date_time : before
  if (!seconds) return ''
  const there = new Date(Number(seconds) * 1000)
  return new Date(there.getTime() - there.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

function drawMenu(element, common, before) {
  const chosen = [before ?? element.initial_option?.value]
  const draw = (one) => option(one.value, decode(one.text.text), chosen.includes(one.value))
  return h(
    'select',
    common,
    h('option', { value: '' }, element.placeholder ? decode(element.placeholder.text) : 'Choose an option'),
    (element.options ?? []).map(draw),
    (element.option_groups ?? []).map((group) =>
      h('optgroup', { label: decode(group.label.text) }, group.options.map(draw)),
    ),
  )
}

/** More of these are found by their first letters than by looking through all of them. */
const FEW = 8

/** Several of many: what is picked stands first, the rest can be looked through. */
function drawPicker(element, { id, data, ...aria }, changed, before) {
  const chosen = before ?? (element.initial_options ?? []).map((one) => one.value)
  const groups = element.option_groups ?? [{ options: element.options ?? [] }]
  const all = groups.flatMap((group) => group.options)
  const draw = (one) =>
    h(
      'label',
      { data: { words: decode(one.text.text).toLowerCase() } },
      h('input', { type: 'checkbox', value: one.value, checked: chosen.includes(one.value) }),
      h('span', {}, decode(one.text.text)),
    )
  const first = all.filter((one) => chosen.includes(one.value))
  const rest = groups.map((group) => ({ ...group, options: group.options.filter((one) => !first.includes(one)) }))
  const list = h(
    'div',
    { class: 'picker-list' },
    first.map(draw),
    rest
      .filter((group) => group.options.length > 0)
      .map((group) => [
        group.label && h('p', { class: 'picker-group' }, decode(group.label.text)),
        group.options.map(draw),
      ]),
  )
  const look = (event) => {
    event.stopPropagation()
    const words = event.currentTarget.value.trim().toLowerCase()
    for (const label of list.querySelectorAll('label')) label.hidden = !label.dataset.words.includes(words)
    for (const group of list.querySelectorAll('.picker-group')) group.hidden = words !== ''
  }
  const find =
    all.length > FEW &&
    h('input', {
      type: 'search',
      id,
      placeholder: 'Find …',
      'aria-label': 'Find in this list',
      on: { input: look, change: look },
    })
  return h('div', { class: 'choices picker', role: 'group', ...aria, data, on: { change: changed } }, find, list)
}

function drawChoices(element, { name, data }, changed, before) {
  const many = element.type === 'checkboxes'
  const initial = many ? (element.initial_options ?? []).map((one) => one.value) : [element.initial_option?.value]
  const chosen = before === undefined ? initial : [before].flat()
  return h(
    'div',
    { class: 'choices', data, on: { change: changed } },
    element.options.map((one) =>
      h(
        'label',
        {},
        h('input', { type: many ? 'checkbox' : 'radio', name, value: one.value, checked: chosen.includes(one.value) }),
        h('span', {}, decode(one.text.text), one.description && h('small', {}, decode(one.description.text))),
      ),
    ),
  )
}

function drawButton(block, element, use) {
  const press = async (event) => {
    const button = event.currentTarget
    if (button.getAttribute('aria-busy')) return
    if (element.confirm && !(await askFirst(element.confirm, use.names))) return
    if (element.url) window.open(element.url, '_blank', 'noopener,noreferrer')
    button.setAttribute('aria-busy', 'true')
    await use.press(block, element, element.value)
    button.removeAttribute('aria-busy')
  }
  return h(
    'button',
    {
      type: 'button',
      class: `button ${element.style ?? ''}`,
      'aria-label': element.accessibility_label,
      data: { action: element.action_id ?? '', value: element.value ?? '', testid: `action-${element.action_id}` },
      on: { click: press },
    },
    plain(element.text),
  )
}

function drawOverflow(block, element, use) {
  const pick = (event) => {
    const { value } = event.currentTarget
    event.currentTarget.value = ''
    if (value) use.press(block, element, value)
  }
  return h(
    'select',
    {
      class: 'overflow',
      'aria-label': 'More actions',
      data: { action: element.action_id ?? '', testid: `action-${element.action_id}` },
      on: { change: pick },
    },
    h('option', { value: '' }, '⋯'),
    element.options.map((one) => option(one.value, decode(one.text.text), false)),
  )
}

/** The "are you sure?" of a button. */
function askFirst(confirm, names) {
  return new Promise((resolve) => {
    const done = (answer) => () => {
      dialog.close()
      dialog.remove()
      resolve(answer)
    }
    const dialog = h(
      'dialog',
      { class: 'confirm', 'aria-label': decode(confirm.title.text), on: { cancel: done(false) } },
      h('h2', {}, decode(confirm.title.text)),
      h('div', { class: 'modal-body' }, h('p', {}, textOf(confirm.text, names))),
      h(
        'footer',
        {},
        h('button', { type: 'button', class: 'button', on: { click: done(false) } }, decode(confirm.deny.text)),
        h(
          'button',
          {
            type: 'button',
            class: `button ${confirm.style ?? 'primary'}`,
            on: { click: done(true) },
            data: { testid: 'confirm' },
          },
          decode(confirm.confirm.text),
        ),
      ),
    )
    document.body.append(dialog)
    dialog.showModal()
  })
}

/** What an element on the page holds now, as the workspace reads it. */
export function filledIn(node) {
  if (node.matches('.choices')) {
    const chosen = [...node.querySelectorAll('input:checked')].map((one) => one.value)
    return node.dataset.kind === 'radio_buttons' ? chosen[0] : chosen
  }
  if (node.type === 'datetime-local') return node.value ? String(Math.floor(new Date(node.value).getTime() / 1000)) : ''
  return node.value
}

/** A text object: mrkdwn or plain. */
export function textOf(text, names) {
  return text.type === 'mrkdwn' ? mrkdwn(text.text, names) : plain(text)
}

/** Plain text with its emoji. */
export function plain(text) {
  return decode(text.text)
    .split(/(:[a-z0-9_+-]+:)/)
    .map((part) => emojiOf(part.slice(1, -1)) ?? withSigns(part))
}

/** Pictures of elsewhere are not fetched from this page: their description stands for them. */
export function picture(image) {
  return h('span', { class: 'picture', title: image.image_url }, image.alt_text)
}
