import type { types } from '@slack/bolt'
import { z } from 'zod'
import type { Choice, EditForm, FilledForm } from '../access/edit-form.ts'
import type { FormProblems } from '../access/filled-form.ts'
import { LIMITS } from './blocks.ts'
import { printLabel, printLine, printText } from './mrkdwn.ts'

/** What the modal is about, as Slack keeps it for us until it is submitted. */
const About = z.strictObject({ request: z.string(), channel: z.string(), thread: z.string().optional() })
export type About = z.infer<typeof About>

const TITLE = { type: 'plain_text', text: 'Edit this request' } as const
const LONGEST = { reason: 200, ticket: 100, others: 500 } as const
/** Slack takes 100 options a group and 100 groups a menu. */
const MOST_GROUPS = 100

/** Shown at once, while what stands in the form is looked up: Slack gives three seconds to open a modal. */
export function printLoading(): types.ModalView {
  return { type: 'modal', title: TITLE, blocks: [textBlock('One moment …')] }
}

/** There is no form, and this is why. */
export function printNoForm(says: string): types.ModalView {
  return { type: 'modal', title: TITLE, close: { type: 'plain_text', text: 'Close' }, blocks: [textBlock(says)] }
}

/** The form. Every block and its element bear the name of the field, so that what is wrong can stand beside it. */
export function printEditModal(form: EditForm, about: About): types.ModalView {
  return {
    type: 'modal',
    callback_id: 'edit',
    private_metadata: JSON.stringify(about),
    title: TITLE,
    submit: { type: 'plain_text', text: 'Confirm' },
    close: { type: 'plain_text', text: 'Back' },
    blocks: [
      textBlock(form.understood),
      ...printWho(form),
      ...printWhen(form),
      ...printNarrower(form),
      input('reason', 'Reason', textElement('reason', form.reason), { optional: true }),
      input('ticket', 'Ticket', textElement('ticket', form.ticket), { optional: true }),
    ],
  }
}

function printWho({ subjects, others, services }: EditForm): types.KnownBlock[] {
  return [
    ...menu('subjects', 'Who is it for?', subjects, { optional: true, hint: 'At least one here or below.' }),
    ...(others === undefined
      ? []
      : [
          input('others', 'Others, by name or address', textElement('others', others), {
            optional: true,
            hint: 'Separated by commas, such as 10.1.2.0/24.',
          }),
        ]),
    ...menu('services', 'Which services?', services, {}),
  ]
}

/** What narrows it further. */
function printNarrower({ via, except, ports, readOnly }: EditForm): types.KnownBlock[] {
  const reading: types.PlainTextOption = {
    text: { type: 'plain_text', text: 'Only reading: GET and HEAD' },
    value: 'read',
  }
  const choice: types.Checkboxes = {
    type: 'checkboxes',
    action_id: 'readOnly',
    options: [reading],
    ...(readOnly ? { initial_options: [reading] } : {}),
  }
  return [
    ...menu('via', 'Only from', via, { optional: true, hint: 'Empty: from wherever they are.' }),
    ...menu('except', 'Not for', except, { optional: true }),
    ...menu('ports', 'Ports', ports, { optional: true, hint: 'Empty: all that the service offers.' }),
    ...(readOnly === undefined
      ? []
      : [input('readOnly', 'What may be done', choice, { optional: true, hint: 'For services that speak HTTP.' })]),
  ]
}

function printWhen(form: EditForm): types.KnownBlock[] {
  const moment = (field: 'start' | 'end', at: number | undefined) =>
    ({
      type: 'datetimepicker',
      action_id: field,
      ...(at === undefined ? {} : { initial_date_time: at }),
    }) as const
  const begins =
    'start' in form
      ? [input('start', 'Begins', moment('start', form.start), { optional: true, hint: 'Empty: at once.' })]
      : []
  return [input('end', 'Ends', moment('end', form.end), {}), ...begins]
}

function menu(
  field: 'subjects' | 'except' | 'via' | 'services' | 'ports',
  label: string,
  choice: Choice | undefined,
  more: { readonly optional?: boolean; readonly hint?: string },
): types.KnownBlock[] {
  if (!choice) return []
  const groups = choice.groups.flatMap(inHundreds).slice(0, MOST_GROUPS)
  const [first] = groups
  if (!first) return []
  const options = groups.flatMap((group) => group.options)
  const chosen = choice.chosen.flatMap((value) => options.find((option) => option.value === value) ?? [])
  const element = {
    type: 'multi_static_select',
    action_id: field,
    placeholder: { type: 'plain_text', text: 'Pick one or more' },
    ...(groups.length === 1 ? { options: first.options } : { option_groups: groups }),
    ...(chosen.length > 0 ? { initial_options: chosen } : {}),
  } as const
  return [input(field, label, element, more)]
}

function inHundreds({ label, options }: Choice['groups'][number]) {
  const print = ({ value, label: name }: (typeof options)[number]): types.PlainTextOption => ({
    text: { type: 'plain_text', text: printLabel(name, LIMITS.button), emoji: false },
    value,
  })
  const fitting = options.filter(({ value }) => value.length > 0 && value.length <= LIMITS.optionValue)
  const parts = Math.ceil(fitting.length / LIMITS.options)
  return Array.from({ length: parts }, (_, part) => ({
    label: { type: 'plain_text' as const, text: parts > 1 ? `${label} (${part + 1})` : label },
    options: fitting.slice(part * LIMITS.options, (part + 1) * LIMITS.options).map(print),
  }))
}

function textElement(field: keyof typeof LONGEST, value: string): types.PlainTextInput {
  return {
    type: 'plain_text_input',
    action_id: field,
    max_length: LONGEST[field],
    ...(value === '' ? {} : { initial_value: value.slice(0, LONGEST[field]) }),
  }
}

function input(
  field: keyof FilledForm,
  label: string,
  element: types.InputBlock['element'],
  { optional = false, hint }: { readonly optional?: boolean; readonly hint?: string },
): types.InputBlock {
  return {
    type: 'input',
    block_id: field,
    label: { type: 'plain_text', text: label },
    element,
    ...(optional ? { optional } : {}),
    ...(hint === undefined ? {} : { hint: { type: 'plain_text', text: hint } }),
  }
}

function textBlock(text: string): types.KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: printText(text, 2000) || '·', verbatim: true } }
}

const options = z.object({ selected_options: z.array(z.object({ value: z.string() })) })
const text = z.object({ value: z.string().nullish() })
const moment = z.object({ selected_date_time: z.int().nullish() })
const Submitted = z.object({
  private_metadata: z.string(),
  state: z.object({
    values: z.object({
      subjects: z.object({ subjects: options }).optional(),
      others: z.object({ others: text }).optional(),
      except: z.object({ except: options }).optional(),
      via: z.object({ via: options }).optional(),
      services: z.object({ services: options }).optional(),
      ports: z.object({ ports: options }).optional(),
      readOnly: z.object({ readOnly: options }).optional(),
      start: z.object({ start: moment }).optional(),
      end: z.object({ end: moment }).optional(),
      reason: z.object({ reason: text }).optional(),
      ticket: z.object({ ticket: text }).optional(),
    }),
  }),
})

/** Reads the submitted modal; undefined when it is none of ours. */
export function readEditModal(view: unknown): (About & { readonly form: FilledForm }) | undefined {
  const read = Submitted.safeParse(view)
  if (!read.success) return undefined
  const about = readAbout(read.data.private_metadata)
  if (!about) return undefined
  const { values } = read.data.state
  const picked = (one: z.infer<typeof options> | undefined) => one?.selected_options.map(({ value }) => value)
  const form = {
    subjects: picked(values.subjects?.subjects),
    others: values.others && (values.others.others.value ?? ''),
    except: picked(values.except?.except),
    via: picked(values.via?.via),
    services: picked(values.services?.services),
    ports: picked(values.ports?.ports),
    readOnly: values.readOnly && values.readOnly.readOnly.selected_options.length > 0,
    start: values.start && (values.start.start.selected_date_time ?? null),
    end: values.end?.end.selected_date_time ?? undefined,
    reason: values.reason && (values.reason.reason.value ?? ''),
    ticket: values.ticket && (values.ticket.ticket.value ?? ''),
  }
  return { ...about, form }
}

function readAbout(metadata: string): About | undefined {
  try {
    return About.safeParse(JSON.parse(metadata)).data
  } catch {
    return undefined
  }
}

/** What is wrong, by the blocks that the modal has: Slack refuses an error for any other. */
export function printProblems(problems: FormProblems, form: FilledForm): Record<string, string> {
  const there = new Set(Object.keys(form).filter((name) => Reflect.get(form, name) !== undefined))
  return Object.fromEntries(
    Object.entries(problems).map(([name, says]) => [there.has(name) ? name : 'end', printLine(says, 150)]),
  )
}
