import type { Message } from '../ports.ts'
import { printAnswer } from './answers.ts'
import { type Block, context, type Layout, layout, section } from './blocks.ts'
import { printCard } from './cards.ts'
import { printClarification } from './clarifications.ts'
import { HELP } from './help.ts'
import { linkAddresses, printCode, printLine, printMentions, printText } from './mrkdwn.ts'

/** What the bot says, laid out for Slack: pure, within every limit, and never cut without saying so. */
export function printMessage(message: Message): Layout {
  switch (message.kind) {
    case 'note':
      return printNote(message.text, message.about, message.calls)
    case 'card':
      return printCard(message.card)
    case 'answer':
      return printAnswer(message.answer)
    case 'clarify':
      return printClarification(message.clarification)
    case 'help':
      return { text: 'How to ask me for access', blocks: [section(HELP)] }
    default:
      return message satisfies never
  }
}

const ROOM_SECTION = 2500
const MOST_SECTIONS = 4

/** Long notes go on in further sections, broken between lines; links may make them a little longer. */
function printNote(text: string, about: string | undefined, calls: readonly string[] = []): Layout {
  const sections: string[] = []
  let left = 0
  for (const line of text.split('\n').map((it) => printText(it, ROOM_SECTION - 1))) {
    const last = sections.at(-1)
    if (left === 0 && last !== undefined && last.length + 1 + line.length <= ROOM_SECTION)
      sections[sections.length - 1] = `${last}\n${line}`
    else if (left === 0 && sections.length < MOST_SECTIONS) sections.push(line)
    else left += 1
  }
  const blocks: Block[] = sections.filter((it) => it.trim() !== '').map((it) => section(linkAddresses(it)))
  if (blocks.length === 0) blocks.push(section('·'))
  if (left > 0) blocks.push(context(`… ${left} more ${left === 1 ? 'line' : 'lines'} that do not fit into a message`))
  if (calls.length > 0) blocks.push(section(printMentions(calls)))
  if (about) blocks.push(context(printCode(about, 60)))
  return layout(printLine(text, 300), blocks)
}
