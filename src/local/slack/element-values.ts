import { allOptions } from './block-check.ts'
import type { Interactive, Option } from './block-elements.ts'
import { interactiveElements } from './block-kit.ts'
import type { OpenModal } from './workspace-state.ts'

/** What a person put into an element, as payloads carry it: `{ value }`, `{ selected_option }`, `{ selected_date }`, … */
type Picked =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>>; readonly empty: boolean }
  | { readonly ok: false; readonly error: string }

/** Reads what a person gave for one element: texts as text, options by their value or their label. */
export function pick(element: Interactive, given: unknown): Picked {
  const texts = readTexts(given)
  if (texts === undefined) return { ok: false, error: 'give a text, a list of texts, or nothing' }
  const [first] = texts
  switch (element.type) {
    case 'button':
      return picked({ text: element.text, ...(element.value === undefined ? {} : { value: element.value }) })
    case 'static_select':
    case 'radio_buttons':
      return pickOption(texts, element.type === 'static_select' ? allOptions(element) : element.options)
    case 'overflow':
      return pickOption(texts, element.options)
    case 'multi_static_select':
    case 'checkboxes':
      return pickOptions(texts, element.type === 'checkboxes' ? element.options : allOptions(element))
    case 'users_select':
      return picked({ selected_user: first ?? null })
    case 'datepicker':
      return first === undefined || /^\d{4}-\d\d-\d\d$/.test(first)
        ? picked({ selected_date: first ?? null })
        : { ok: false, error: 'a date is written 2026-11-27' }
    case 'timepicker':
      return first === undefined || /^([01]\d|2[0-3]):[0-5]\d$/.test(first)
        ? picked({ selected_time: first ?? null })
        : { ok: false, error: 'a time is written 18:00' }
    case 'datetimepicker':
      return first === undefined || /^\d{10}$/.test(first)
        ? picked({ selected_date_time: first === undefined ? null : Number(first) })
        : { ok: false, error: 'a moment is written in Unix seconds' }
    case 'plain_text_input':
      return pickText(first, element.min_length ?? 0, element.max_length ?? 3000)
    case 'number_input':
      return first === undefined || /^-?\d+(\.\d+)?$/.test(first)
        ? picked({ value: first ?? null })
        : { ok: false, error: 'Please enter a number.' }
    case 'email_text_input':
    case 'url_text_input':
      return pickText(first, 0, 3000)
    default:
      return element satisfies never
  }
}

/** The element's value before anybody touched it. */
function initial(element: Interactive): unknown {
  switch (element.type) {
    case 'plain_text_input':
    case 'number_input':
    case 'email_text_input':
    case 'url_text_input':
      return element.initial_value
    case 'static_select':
    case 'radio_buttons':
      return element.initial_option?.value
    case 'multi_static_select':
    case 'checkboxes':
      return element.initial_options?.map((option) => option.value)
    case 'users_select':
      return element.initial_user
    case 'datepicker':
      return element.initial_date
    case 'timepicker':
      return element.initial_time
    case 'datetimepicker':
      return element.initial_date_time === undefined ? undefined : String(element.initial_date_time)
    default:
      return undefined
  }
}

/**
 * The `state.values` of a modal that is submitted, and what Slack itself would mark before the app hears of it. A value may be
 * given under its block id, its action id, or both nested; names that the modal does not have are an error, not ignored.
 */
export function readSubmission(
  modal: OpenModal,
  given: Readonly<Record<string, unknown>>,
): {
  readonly values: Readonly<Record<string, Record<string, unknown>>>
  readonly errors: Readonly<Record<string, string>>
  readonly unknown: readonly string[]
} {
  const values: Record<string, Record<string, unknown>> = {}
  const errors: Record<string, string> = {}
  const known = new Set<string>()
  for (const block of modal.view.blocks) {
    for (const element of interactiveElements(block)) {
      if (element.type === 'button' || element.type === 'overflow') continue
      const [blockId, actionId] = [block.block_id ?? '', element.action_id ?? '']
      known.add(blockId).add(actionId)
      const answer = pick(element, valueFor(given, blockId, actionId) ?? initial(element))
      if (!answer.ok) errors[blockId] = answer.error
      else if (answer.empty && block.type === 'input' && block.optional !== true)
        errors[blockId] = 'Please complete this required field.'
      else values[blockId] = { ...values[blockId], [actionId]: { type: element.type, ...answer.value } }
    }
  }
  return { values, errors, unknown: Object.keys(given).filter((name) => !known.has(name)) }
}

function valueFor(given: Readonly<Record<string, unknown>>, blockId: string, actionId: string): unknown {
  const inBlock = given[blockId]
  if (typeof inBlock === 'object' && inBlock !== null && actionId in inBlock) return Reflect.get(inBlock, actionId)
  return given[actionId] ?? inBlock
}

/** Accepts "x", ["x", "y"], and Slack's own shapes: `{ value }`, `{ selected_option: { value } }`, `{ selected_date }`, … */
function readTexts(given: unknown): readonly string[] | undefined {
  if (given === undefined || given === null || given === '') return []
  if (typeof given === 'string') return [given]
  if (typeof given === 'number') return [String(given)]
  if (Array.isArray(given)) {
    const all = given.map(readTexts)
    return all.some((one) => one === undefined) ? undefined : all.flatMap((one) => one ?? [])
  }
  if (typeof given !== 'object') return undefined
  const carriers = ['value', 'selected_option', 'selected_options', 'selected_date', 'selected_time', 'selected_user']
  const carrier = carriers.find((name) => name in given)
  return carrier === undefined ? undefined : readTexts(Reflect.get(given, carrier))
}

function pickText(text: string | undefined, min: number, max: number): Picked {
  if (text !== undefined && text.length > max) return { ok: false, error: `Please enter ${max} characters or fewer.` }
  if (text !== undefined && text.length < min) return { ok: false, error: `Please enter ${min} characters or more.` }
  return picked({ value: text ?? null })
}

function pickOption(texts: readonly string[], options: readonly Option[]): Picked {
  const chosen = texts.map((text) => options.find((one) => one.value === text || one.text.text === text))
  const [option] = chosen
  if (texts.length > 1) return { ok: false, error: 'pick one option' }
  if (texts.length === 1 && option === undefined) return { ok: false, error: `there is no option "${texts[0]}"` }
  return picked({ selected_option: option ?? null })
}

function pickOptions(texts: readonly string[], options: readonly Option[]): Picked {
  const chosen: Option[] = []
  for (const text of texts) {
    const option = options.find((one) => one.value === text || one.text.text === text)
    if (option === undefined) return { ok: false, error: `there is no option "${text}"` }
    chosen.push(option)
  }
  return picked({ selected_options: chosen })
}

function picked(value: Readonly<Record<string, unknown>>): Picked {
  const empty = Object.values(value).every((one) => one === null || (Array.isArray(one) && one.length === 0))
  return { ok: true, value, empty }
}
