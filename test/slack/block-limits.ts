import { expect } from 'vitest'
import { z } from 'zod'

/**
 * What Slack documents of the blocks the bot uses; anything else is refused.
 * https://docs.slack.dev/reference/block-kit/blocks and …/block-elements, …/composition-objects
 */
const mrkdwn = z.strictObject({
  type: z.literal('mrkdwn'),
  text: z.string().min(1).max(3000),
  verbatim: z.literal(true),
})
const plain = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(max), emoji: z.boolean().optional() })
const id = z.string().min(1).max(255)
const Button = z.strictObject({
  type: z.literal('button'),
  action_id: id,
  text: plain(75),
  value: z.string().min(1).max(2000),
  accessibility_label: z.string().min(1).max(75),
  style: z.enum(['primary', 'danger']).optional(),
})
const Select = z.strictObject({
  type: z.literal('static_select'),
  action_id: id,
  placeholder: plain(150),
  options: z
    .array(z.strictObject({ text: plain(75), value: z.string().min(1).max(150) }))
    .min(1)
    .max(100),
})
const Datepicker = z.strictObject({ type: z.literal('datepicker'), action_id: id, placeholder: plain(150) })
const Block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), text: plain(150) }),
  z.strictObject({ type: z.literal('divider') }),
  z.strictObject({ type: z.literal('section'), text: mrkdwn }),
  z.strictObject({ type: z.literal('context'), elements: z.array(mrkdwn).min(1).max(10) }),
  z.strictObject({
    type: z.literal('actions'),
    block_id: id,
    elements: z
      .array(z.discriminatedUnion('type', [Button, Select, Datepicker]))
      .min(1)
      .max(25)
      .refine((elements) => new Set(elements.map((it) => it.action_id)).size === elements.length, 'action ids repeat'),
  }),
])
export type Checked = z.infer<typeof Block>

/** Slack does not document `msg_blocks_too_long`; messages of about 13,200 characters are where it was met. */
const MESSAGE_ROOM = 13_000
/** Only what we print on purpose: mentions of people, dates, and links. */
const OURS =
  /<@[UW][A-Z0-9]+>|<!date\^\d+\^\{date_short_pretty\}, \{time\}\|[^<>|]*>|<https?:\/\/[^<>|\s]+(\|[^<>|]*)?>/g

/** The blocks as Slack would take them, or the test fails saying which limit is broken. */
export function checkLimits(blocks: unknown, most = 50): Checked[] {
  const read = z.array(Block).max(most).min(1).safeParse(blocks)
  if (!read.success) expect.fail(z.prettifyError(read.error))
  const ids = read.data.flatMap((block) => ('block_id' in block ? [block.block_id] : []))
  expect(new Set(ids).size).toBe(ids.length)
  for (const text of textsOf(read.data)) {
    expect(text.replaceAll(OURS, '').replaceAll(/^> /gm, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/)
    expect(text.isWellFormed()).toBe(true)
  }
  if (most === 50) expect(textsOf(read.data).join('').length).toBeLessThanOrEqual(MESSAGE_ROOM)
  return read.data
}

/** Every mrkdwn text, in order. */
export function textsOf(blocks: readonly Checked[]): string[] {
  return blocks.flatMap((block) =>
    block.type === 'section' ? [block.text.text] : block.type === 'context' ? block.elements.map((it) => it.text) : [],
  )
}

/** What can be clicked, as `action: label`. */
export function clickable(blocks: readonly Checked[]): string[] {
  return blocks.flatMap((block) =>
    block.type === 'actions'
      ? block.elements.map((it) =>
          it.type === 'button'
            ? `${it.action_id}: ${it.text.text}`
            : `${it.action_id}: ${it.type === 'datepicker' ? 'a day' : it.options.length}`,
        )
      : [],
  )
}
