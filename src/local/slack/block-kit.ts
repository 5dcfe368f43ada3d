import { z } from 'zod'
import {
  Accessory,
  ActionElement,
  anyText,
  ImageElement,
  InputElement,
  type Interactive,
  limited,
  plainText,
} from './block-elements.ts'
import { RichText } from './rich-text.ts'

/**
 * Block Kit as Slack checks it before it shows anything. Block types that this workspace does not draw (video, file, card, …) are
 * refused like unknown ones: a message that cannot be seen here must not look as if it could.
 */
const block_id = limited(255).optional()

const Section = z
  .strictObject({
    type: z.literal('section'),
    block_id,
    text: anyText(3000).optional(),
    fields: z.array(anyText(2000)).min(1).max(10).optional(),
    accessory: Accessory.optional(),
    expand: z.boolean().optional(),
  })
  .refine((section) => section.text !== undefined || section.fields !== undefined, {
    message: 'missing required field: text or fields',
  })

const Cell = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('raw_text'), text: z.string() }),
  RichText.omit({ block_id: true }),
])

/** Blocks that every surface takes. */
const everywhere = [
  Section,
  z.strictObject({ type: z.literal('header'), block_id, text: plainText(150) }),
  z.strictObject({ type: z.literal('divider'), block_id }),
  z.strictObject({ type: z.literal('actions'), block_id, elements: z.array(ActionElement).min(1).max(25) }),
  z.strictObject({
    type: z.literal('context'),
    block_id,
    elements: z
      .array(z.discriminatedUnion('type', [ImageElement, ...anyText(3000).options]))
      .min(1)
      .max(10),
  }),
  z.strictObject({
    type: z.literal('image'),
    block_id,
    image_url: limited(3000),
    alt_text: limited(2000),
    title: plainText(2000).optional(),
  }),
  z.strictObject({
    type: z.literal('input'),
    block_id,
    label: plainText(2000),
    element: InputElement,
    hint: plainText(2000).optional(),
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
  }),
  RichText,
] as const

/** Blocks that only messages take. */
const Markdown = z.strictObject({ type: z.literal('markdown'), block_id, text: limited(12_000) })
const Table = z.strictObject({
  type: z.literal('table'),
  block_id,
  rows: z.array(z.array(Cell).min(1).max(20)).min(1).max(100),
  column_settings: z
    .array(
      z
        .strictObject({ align: z.enum(['left', 'center', 'right']).optional(), is_wrapped: z.boolean().optional() })
        .nullable(),
    )
    .max(20)
    .optional(),
})

export const Block = z.discriminatedUnion('type', [...everywhere, Markdown, Table])
export type Block = z.infer<typeof Block>

export const MessageBlocks = z.array(Block).max(50)
const ViewBlocks = z.array(z.discriminatedUnion('type', [...everywhere])).max(100)

const viewParts = {
  blocks: ViewBlocks,
  private_metadata: z.string().max(3000).optional(),
  callback_id: limited(255).optional(),
  external_id: limited(255).optional(),
}

/** What an app hands to `views.*`. */
export const ViewDraft = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('modal'),
    ...viewParts,
    title: plainText(24),
    submit: plainText(24).optional(),
    close: plainText(24).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
    submit_disabled: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('home'), ...viewParts }),
])
export type ViewDraft = z.infer<typeof ViewDraft>

/** Every element of a block that a person can use, in the order shown. */
export function interactiveElements(block: Block): readonly Interactive[] {
  if (block.type === 'actions') return block.elements
  if (block.type === 'input') return [block.element]
  if (block.type === 'section' && block.accessory && block.accessory.type !== 'image') return [block.accessory]
  return []
}
