import type { Clarification } from '../ports.ts'
import { actions, type Block, button, context, type Layout, LIMITS, layout, section } from './blocks.ts'
import { printBullets, printLabel, printLine } from './mrkdwn.ts'

const MOST_BUTTONS = 5

/** One question, with the known things it may be as buttons, or as a menu when there are more than five. */
export function printClarification(clarification: Clarification): Layout {
  const { understood, question } = clarification
  const asks = `*${printLine(question, 1500)}*`
  return layout(printLine(question, 300), [
    section(understood ? `${printLine(understood, 1000)}\n${asks}` : asks),
    ...printOptions(clarification),
    context('Only the person who asked can answer. You can also write it in this thread.'),
  ])
}

/** Which question an option belongs to: `question:<id>`. */
export function readQuestionBlock(blockId: string): string | undefined {
  return /^question:(.{1,200})$/s.exec(blockId)?.[1]
}

function printOptions({ id, options }: Clarification): Block[] {
  if (options.length === 0) return []
  const few = options.length <= MOST_BUTTONS
  const longest = few ? LIMITS.buttonValue : LIMITS.optionValue
  // A value cut short would name something else, or nothing; then the person writes instead of clicking.
  if (id.length > 200 || options.some(({ value }) => value.length === 0 || value.length > longest))
    return listed(options)
  if (few) {
    const buttons = options.map(({ value, label }, index) =>
      button({ action: `answer:${index}`, label, value, spoken: `Answer: ${label}` }),
    )
    return [actions(`question:${id}`, buttons)]
  }
  const shown = options.slice(0, LIMITS.options)
  const menu = {
    type: 'static_select' as const,
    action_id: 'answer:menu',
    placeholder: { type: 'plain_text' as const, text: 'Pick one', emoji: false },
    options: shown.map(({ value, label }) => ({
      text: { type: 'plain_text' as const, text: printLabel(label, LIMITS.button), emoji: false },
      value,
    })),
  }
  const left = options.length - shown.length
  return [
    actions(`question:${id}`, [menu]),
    ...(left > 0 ? [context(`… ${left} more that do not fit here: write its name in this thread`)] : []),
  ]
}

function listed(options: Clarification['options']): Block[] {
  const lines = options.map(({ label }) => printLine(label, 300))
  return [section(printBullets(lines, 2800, (left) => `… ${left} more`))]
}
