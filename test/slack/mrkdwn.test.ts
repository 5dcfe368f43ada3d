import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  linkAddresses,
  printBullets,
  printCode,
  printCodeBlock,
  printLabel,
  printLine,
  printLink,
  printMention,
  printMoment,
  printText,
} from '../../src/slack/mrkdwn.ts'
import { readWords } from '../../src/slack/words.ts'
import { hostileText } from './hostile-text.ts'

const more = (left: number) => `… ${left} more`

test('control sequences of Slack become text', () => {
  expect(printText('<!channel> <@U1> <http://x|y> &lt;', 200)).toBe(
    '&lt;!channel&gt; &lt;@U1&gt; &lt;http://x|y&gt; &amp;lt;',
  )
})

test('a cut is visible and never splits an entity or a character', () => {
  expect(printText('aa&bb', 20)).toBe('aa&amp;bb')
  expect(printText('aa&bb', 7)).toBe('aa…')
  expect(printText('ab\u{1F511}cd', 5)).toBe('ab\u{1F511}…')
  expect(printText('ab\u{1F511}cd', 4)).toBe('ab…')
})

test('what reverses reading direction or controls a terminal is shown as what it is', () => {
  expect(printText('a\u202Eb\u0007c\u2066d\uD800', 50)).toBe('a\uFFFDb\uFFFDc\uFFFDd\uFFFD')
})

test('lines, labels and code', () => {
  expect(printLine(' a \n\t b ', 20)).toBe('a b')
  expect(printLabel('<!here> & co', 75)).toBe('‹!here› & co')
  expect(printLabel(' ', 75)).toBe('·')
  expect(printCode('a `b` <c>', 50)).toBe('`a ˋbˋ &lt;c&gt;`')
  expect(printCode('', 50)).toBe('` `')
  expect(printMention('U0BOB')).toBe('<@U0BOB>')
  expect(printMention('U0BOB> <!channel')).toBe('U0BOB&gt; &lt;!channel')
  expect(printLink('https://github.example/a/pull/7', 'Pull request #7')).toBe(
    '<https://github.example/a/pull/7|Pull request #7>',
  )
  expect(printLink('javascript:alert(1)|x', 'here')).toBe('here (javascript:alert(1)|x)')
  expect(printLink('https://x.example/>evil', 'here')).toBe('here (https://x.example/&gt;evil)')
})

test('a moment is shown in the reader’s own zone, and anything else as it stands', () => {
  expect(printMoment('2026-11-23T10:00:00+01:00')).toBe(
    '<!date^1795424400^{date_short_pretty}, {time}|2026-11-23T10:00:00+01:00>',
  )
  expect(printMoment('soon <!here>')).toBe('soon &lt;!here&gt;')
})

test('what does not fit into a list or block is counted', () => {
  expect(printBullets(['aaa', 'bbb', 'ccc'], 100, more)).toBe('• aaa\n• bbb\n• ccc')
  expect(printBullets(['aaa', 'bbb', 'ccc'], 16, more)).toBe('• aaa\n… 2 more')
  expect(printCodeBlock(['+ a', '- b'], 100, more)).toBe('```\n+ a\n- b\n```')
  expect(printCodeBlock(['+ aaaa', '- bbbb', '  cccc'], 28, more)).toBe('```\n+ aaaa\n```\n… 2 more')
  expect(printCodeBlock(['``` <!channel>'], 100, more)).toBe('```\nˋˋˋ &lt;!channel&gt;\n```')
})

test('addresses become links, without the full stop after them', () => {
  expect(linkAddresses('see https://x.example/a?b=1&amp;c=2, or http://y.example.')).toBe(
    'see <https://x.example/a?b=1&amp;c=2>, or <http://y.example>.',
  )
  expect(linkAddresses('&lt;https://x.example/&gt;')).toBe('&lt;<https://x.example/>&gt;')
})

test('raw Slack text is quoted as a person reads it', () => {
  expect(
    readWords(
      '<@U0BOT> give <@U1|bob> &amp; <!subteam^S1|@ops> <#C1|net> <http://g.example|g.example> &lt;!channel&gt; <!here>',
    ),
  ).toBe('@U0BOT give @bob & @ops #net g.example <!channel> @here')
})

test('a link says where it leads, whatever its author calls it', () => {
  expect(readWords('<https://evil.example/x|grafana.corp.example> <mailto:eve@evil.example|bob@corp.example>')).toBe(
    'https://evil.example/x eve@evil.example',
  )
})

describe('for any text', () => {
  const limit = fc.integer({ min: 20, max: 400 })
  const printers = {
    printText,
    printLine,
    printCode,
    printBullets: (text: string, room: number) =>
      printBullets(
        text.split(' ').map((it) => printLine(it, 50)),
        room,
        more,
      ),
    printCodeBlock: (text: string, room: number) => printCodeBlock(text.split('\n'), room, more),
  }
  for (const [name, print] of Object.entries(printers)) {
    test(`${name} stays within its limit and lets no control sequence through`, () => {
      fc.assert(
        fc.property(hostileText(), limit, (text, room) => {
          const printed = print(text, room)
          expect(printed.length).toBeLessThanOrEqual(room)
          expect(printed).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/)
          expect(printed.isWellFormed()).toBe(true)
        }),
      )
    })
  }
  test('a code span has its two backticks, a code block its two fences, and no more', () => {
    fc.assert(
      fc.property(hostileText(), limit, (text, room) => {
        expect(printCode(text, room).match(/`/g)).toHaveLength(2)
        expect(printCodeBlock(text.split('\n'), room, more).match(/```/g)).toHaveLength(2)
      }),
    )
  })
})
