import { type Layout, section } from './blocks.ts'
import { printLine, printMention } from './mrkdwn.ts'
import { readWords } from './words.ts'

/** Commands leave no message behind, so this one stands in for it, and the answer goes into its thread. */
export function printCommandRoot(slackUser: string, words: string): Layout {
  const quoted = printLine(readWords(words), 1500)
  return {
    text: `Asked with /access: ${printLine(readWords(words), 250)}`,
    blocks: [section(`${printMention(slackUser)} asked:\n> ${quoted}`)],
  }
}
