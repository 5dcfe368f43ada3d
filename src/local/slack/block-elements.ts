import { z } from 'zod'

/** The parts blocks are made of, with the limits of docs.slack.dev/reference/block-kit. Unknown properties are refused, as there. */
export function limited(max: number, min = 1): z.ZodString {
  return z.string().min(min).max(max)
}

export function plainText(max: number) {
  return z.strictObject({ type: z.literal('plain_text'), text: limited(max), emoji: z.boolean().optional() })
}

export function anyText(max: number) {
  return z.discriminatedUnion('type', [
    plainText(max),
    z.strictObject({ type: z.literal('mrkdwn'), text: limited(max), verbatim: z.boolean().optional() }),
  ])
}

const confirm = z
  .strictObject({
    title: plainText(100),
    text: anyText(300),
    confirm: plainText(30),
    deny: plainText(30),
    style: z.enum(['primary', 'danger']).optional(),
  })
  .optional()

/** What every interactive element has. */
const interactive = { action_id: limited(255).optional(), focus_on_load: z.boolean().optional() }
const placeholder = plainText(150).optional()

/** Menus take plain text only; radio buttons and checkboxes take mrkdwn too. */
const Option = z.strictObject({
  text: anyText(75),
  value: limited(150),
  description: anyText(75).optional(),
  url: limited(3000).optional(),
})
const options = z.array(Option).min(1).max(100).optional()
const optionGroups = z
  .array(z.strictObject({ label: plainText(75), options: z.array(Option).min(1).max(100) }))
  .min(1)
  .max(100)
  .optional()

const Button = z.strictObject({
  type: z.literal('button'),
  text: plainText(75),
  action_id: limited(255).optional(),
  url: limited(3000).optional(),
  value: limited(2000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm,
  accessibility_label: limited(75).optional(),
})
const StaticSelect = z.strictObject({
  type: z.literal('static_select'),
  ...interactive,
  placeholder,
  options,
  option_groups: optionGroups,
  initial_option: Option.optional(),
  confirm,
})
const MultiStaticSelect = z.strictObject({
  type: z.literal('multi_static_select'),
  ...interactive,
  placeholder,
  options,
  option_groups: optionGroups,
  initial_options: z.array(Option).min(1).optional(),
  max_selected_items: z.int().min(1).optional(),
  confirm,
})
const UsersSelect = z.strictObject({
  type: z.literal('users_select'),
  ...interactive,
  placeholder,
  initial_user: z.string().optional(),
  confirm,
})
const Overflow = z.strictObject({
  type: z.literal('overflow'),
  action_id: limited(255).optional(),
  options: z.array(Option).min(1).max(5),
  confirm,
})
const Checkboxes = z.strictObject({
  type: z.literal('checkboxes'),
  ...interactive,
  options: z.array(Option).min(1).max(10),
  initial_options: z.array(Option).min(1).optional(),
  confirm,
})
const RadioButtons = z.strictObject({
  type: z.literal('radio_buttons'),
  ...interactive,
  options: z.array(Option).min(1).max(10),
  initial_option: Option.optional(),
  confirm,
})
const DatePicker = z.strictObject({
  type: z.literal('datepicker'),
  ...interactive,
  placeholder,
  initial_date: z.iso.date().optional(),
  confirm,
})
const TimePicker = z.strictObject({
  type: z.literal('timepicker'),
  ...interactive,
  placeholder,
  initial_time: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .optional(),
  timezone: z.string().optional(),
  confirm,
})
const DatetimePicker = z.strictObject({
  type: z.literal('datetimepicker'),
  ...interactive,
  initial_date_time: z.int().min(1_000_000_000).max(9_999_999_999).optional(),
  confirm,
})
const PlainTextInput = z.strictObject({
  type: z.literal('plain_text_input'),
  ...interactive,
  placeholder,
  initial_value: z.string().max(3000).optional(),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(3000).optional(),
  max_length: z.int().min(1).max(3000).optional(),
  dispatch_action_config: z
    .strictObject({ trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).min(1) })
    .optional(),
})
const NumberInput = z.strictObject({
  type: z.literal('number_input'),
  ...interactive,
  placeholder,
  is_decimal_allowed: z.boolean(),
  initial_value: z.string().optional(),
  min_value: z.string().optional(),
  max_value: z.string().optional(),
})
const EmailInput = z.strictObject({
  type: z.literal('email_text_input'),
  ...interactive,
  placeholder,
  initial_value: z.string().optional(),
})
const UrlInput = z.strictObject({
  type: z.literal('url_text_input'),
  ...interactive,
  placeholder,
  initial_value: z.string().optional(),
})
export const ImageElement = z.strictObject({
  type: z.literal('image'),
  image_url: limited(3000),
  alt_text: limited(2000),
})

const pickers = [
  StaticSelect,
  MultiStaticSelect,
  UsersSelect,
  Checkboxes,
  RadioButtons,
  DatePicker,
  TimePicker,
] as const

/** What may stand at the right of a section. */
export const Accessory = z.discriminatedUnion('type', [Button, Overflow, ImageElement, ...pickers])
/** What may stand in a row of actions. */
export const ActionElement = z.discriminatedUnion('type', [Button, Overflow, DatetimePicker, ...pickers])
/** What may be filled in. */
export const InputElement = z.discriminatedUnion('type', [
  PlainTextInput,
  NumberInput,
  EmailInput,
  UrlInput,
  DatetimePicker,
  ...pickers,
])
export type Option = z.infer<typeof Option>
export type InputElement = z.infer<typeof InputElement>
/** Everything a person can press, pick or fill in. */
export type Interactive = z.infer<typeof ActionElement> | InputElement
