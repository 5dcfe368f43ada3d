import type { types } from '@slack/bolt'
import type { Home, HomeEntry } from '../ports.ts'
import { type Block, context, header, section } from './blocks.ts'
import { printDecision } from './cards.ts'
import { HELP } from './help.ts'
import { printLine } from './mrkdwn.ts'

/** A home tab takes 100 blocks. */
const MOST_AWAITING = 44
const MOST_MINE = 44

/** The App Home: what waits for me, what I have, and how to ask. */
export function printHome(home: Home): types.HomeView {
  return {
    type: 'home',
    blocks: [
      header('Waiting for you'),
      ...printEntries(home.awaitingMe.map(printAwaiting), MOST_AWAITING, 'Nothing waits for you.'),
      { type: 'divider' },
      header('Your access'),
      ...printEntries(
        home.mine.map((entry) => [printEntry(entry)]),
        MOST_MINE,
        'You have asked for nothing yet.',
      ),
      { type: 'divider' },
      header('How to ask'),
      section(HELP),
    ],
  }
}

function printEntries(entries: readonly Block[][], most: number, none: string): Block[] {
  if (entries.length === 0) return [context(none)]
  const blocks: Block[] = []
  for (const [index, entry] of entries.entries()) {
    if (blocks.length + entry.length > most) {
      return [...blocks, context(`… ${entries.length - index} more. Ask me “what do I have?” to see what is open.`)]
    }
    blocks.push(...entry)
  }
  return blocks
}

function printAwaiting(entry: HomeEntry): Block[] {
  const text = printEntry(entry)
  if (!entry.approvable || entry.digest === undefined) return [text]
  return [text, printDecision({ id: entry.request, digest: entry.digest }, entry.line)]
}

function printEntry(entry: HomeEntry): Block {
  return section(`*${printLine(entry.line, 600)}*\n${printLine(entry.detail, 900)}`)
}
