import { z } from 'zod'
import { limited } from './block-elements.ts'

const style = z
  .strictObject({
    bold: z.boolean().optional(),
    italic: z.boolean().optional(),
    strike: z.boolean().optional(),
    code: z.boolean().optional(),
    underline: z.boolean().optional(),
  })
  .optional()

const Inline = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: limited(40_000), style }),
  z.strictObject({
    type: z.literal('link'),
    url: limited(3000),
    text: z.string().optional(),
    unsafe: z.boolean().optional(),
    style,
  }),
  z.strictObject({ type: z.literal('user'), user_id: z.string(), style }),
  z.strictObject({ type: z.literal('usergroup'), usergroup_id: z.string(), style }),
  z.strictObject({ type: z.literal('channel'), channel_id: z.string(), style }),
  z.strictObject({ type: z.literal('emoji'), name: z.string(), unicode: z.string().optional(), style }),
  z.strictObject({ type: z.literal('broadcast'), range: z.enum(['here', 'channel', 'everyone']), style }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.int(),
    format: z.string(),
    url: z.string().optional(),
    fallback: z.string().optional(),
    style,
  }),
])
const inlines = z.array(Inline)
const border = z.union([z.literal(0), z.literal(1)]).optional()
const Section = z.strictObject({ type: z.literal('rich_text_section'), elements: inlines })

/** A `rich_text` block, as docs.slack.dev/reference/block-kit/blocks/rich-text-block has it. */
export const RichText = z.strictObject({
  type: z.literal('rich_text'),
  block_id: limited(255).optional(),
  elements: z
    .array(
      z.discriminatedUnion('type', [
        Section,
        z.strictObject({
          type: z.literal('rich_text_list'),
          style: z.enum(['bullet', 'ordered']),
          elements: z.array(Section),
          indent: z.int().min(0).max(8).optional(),
          offset: z.int().min(0).optional(),
          border,
        }),
        z.strictObject({
          type: z.literal('rich_text_preformatted'),
          elements: inlines,
          border,
          language: z.string().optional(),
        }),
        z.strictObject({ type: z.literal('rich_text_quote'), elements: inlines, border }),
      ]),
    )
    .min(1),
})
