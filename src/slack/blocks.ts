import type { types } from '@slack/bolt'
import { printLabel } from './mrkdwn.ts'

/** The few blocks the bot speaks in. Their texts are mrkdwn that `mrkdwn.ts` made, within Slack's limits. */
export type Block = types.KnownBlock

/** What is posted: blocks, and the text that notifications and screen readers get. */
export type Layout = { readonly text: string; readonly blocks: Block[] }

/** https://docs.slack.dev/reference/block-kit/blocks */
export const LIMITS = {
  section: 3000,
  header: 150,
  button: 75,
  optionValue: 150,
  buttonValue: 2000,
  options: 100,
} as const

/** Slack wants text beside every set of blocks, and never an empty one. */
export function layout(text: string, blocks: Block[]): Layout {
  return { text: text || '·', blocks }
}

export function header(text: string): Block {
  return { type: 'header', text: { type: 'plain_text', text: printLabel(text, LIMITS.header), emoji: false } }
}

export function section(text: string): Block {
  return { type: 'section', text: mrkdwn(text) }
}

export function context(...texts: string[]): Block {
  return { type: 'context', elements: texts.map(mrkdwn) }
}

export function actions(blockId: string, elements: types.ActionsBlock['elements']): Block {
  return { type: 'actions', block_id: blockId, elements }
}

export function button(about: {
  readonly action: string
  readonly label: string
  readonly value: string
  /** What a screen reader says: the label alone does not tell which request it is for. */
  readonly spoken: string
  readonly style?: 'primary' | 'danger'
}): types.Button {
  return {
    type: 'button',
    action_id: about.action,
    text: { type: 'plain_text', text: printLabel(about.label, LIMITS.button), emoji: false },
    value: about.value,
    accessibility_label: printLabel(about.spoken, LIMITS.button),
    ...(about.style && { style: about.style }),
  }
}

/** `verbatim`: Slack must not make mentions or links of its own out of what people wrote. */
function mrkdwn(text: string): types.MrkdwnElement {
  return { type: 'mrkdwn', text: text || '·', verbatim: true }
}
