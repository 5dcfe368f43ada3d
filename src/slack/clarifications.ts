import type { types } from '@slack/bolt'
import type { AskedQuestion, Clarification } from '../ports.ts'
import { actions, type Block, button, context, type Layout, LIMITS, layout, section } from './blocks.ts'
import { printBullets, printLabel, printLine } from './mrkdwn.ts'

const MOST_BUTTONS = 5
const LONGEST_ID = 180
const PART = /^[a-z]{1,20}$/

/** One message that asks: what was understood so far, and each question with the known things that would answer it. */
export function printClarification({ id, understood, questions, closed }: Clarification): Layout {
  const open = closed === undefined && questions.some(({ answered }) => answered === undefined)
  return layout(printLine(questions.map(({ question }) => question).join(' '), 300), [
    ...(understood ? [section(printLine(understood, 1000))] : []),
    ...questions.flatMap((question) => printQuestion(id, question, open)),
    ...(closed === undefined ? [] : [context(printLine(closed, 500) || '·')]),
    ...(open ? [context('Only the person who asked can answer. You can also write it in this thread.')] : []),
  ])
}

/** Which part of which question an answer belongs to: `question:<part>:<id>`. */
export function readQuestionBlock(blockId: string): { readonly id: string; readonly part: string } | undefined {
  const [, part, id] = /^question:([a-z]{1,20}):(.{1,200})$/s.exec(blockId) ?? []
  return part !== undefined && id !== undefined ? { id, part } : undefined
}

function printQuestion(id: string, asked: AskedQuestion, open: boolean): Block[] {
  const says = `*${printLine(asked.question, 900)}*`
  if (asked.answered !== undefined) return [section(`✓ ${says} ${printLine(asked.answered, 300)}`)]
  return [section(says), ...(open ? printOptions(id, asked) : [])]
}

function printOptions(id: string, { part, options, others = [], day }: AskedQuestion): Block[] {
  const few = options.length <= MOST_BUTTONS
  const longest = few ? LIMITS.buttonValue : LIMITS.optionValue
  const fits = id.length <= LONGEST_ID && PART.test(part)
  // A value cut short would name something else, or nothing; then the person writes instead of clicking.
  if (!fits || options.some(({ value }) => value.length === 0 || value.length > longest)) return listed(options)
  const buttons = few
    ? options.map(({ value, label }, index) =>
        button({ action: `answer:${index}`, label, value, spoken: `Answer: ${label}` }),
      )
    : []
  const choices = (few ? others : options).filter(({ value }) => value.length > 0 && value.length <= LIMITS.optionValue)
  const shown = choices.slice(0, LIMITS.options)
  const controls = [
    ...buttons,
    ...(shown.length > 0 ? [menu(shown, buttons.length > 0 ? 'Another one' : 'Pick one')] : []),
    ...(day ? [calendar()] : []),
  ]
  const left = choices.length - shown.length
  return [
    ...(controls.length > 0 ? [actions(`question:${part}:${id}`, controls)] : []),
    ...(left > 0 ? [context(`… ${left} more that do not fit here: write its name in this thread`)] : []),
  ]
}

function menu(options: AskedQuestion['options'], placeholder: string): types.StaticSelect {
  return {
    type: 'static_select',
    action_id: 'answer:menu',
    placeholder: { type: 'plain_text', text: placeholder, emoji: false },
    options: options.map(({ value, label }) => ({
      text: { type: 'plain_text', text: printLabel(label, LIMITS.button), emoji: false },
      value,
    })),
  }
}

/** Answers with the first day that is picked, so it asks for no time of day beside it. */
function calendar(): types.Datepicker {
  return {
    type: 'datepicker',
    action_id: 'answer:day',
    placeholder: { type: 'plain_text', text: 'Until the end of …', emoji: false },
  }
}

function listed(options: AskedQuestion['options']): Block[] {
  if (options.length === 0) return []
  const lines = options.map(({ label }) => printLine(label, 300))
  return [section(printBullets(lines, 2800, (left) => `… ${left} more`))]
}
