import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bot, startBot } from './start-bot.ts'
import { buttonsOf, controlsOf, plain } from './workspace-api.ts'

describe('what is not clear is asked', () => {
  let bot: Bot
  beforeAll(async () => {
    bot = await startBot()
  })
  afterAll(() => bot.close())
  const cards = async (thread: string) => (await bot.replies(thread)).filter((one) => plain(one).includes('Proved'))

  test('two open things in one message: each answer is written down, and after the last comes the card', async () => {
    const { thread, answer } = await bot.ask('alice', 'give ops access to reports for a while', 'Who is this for?')
    expect(plain(answer)).toContain('Until when is the access needed?')
    expect(controlsOf(answer)).toEqual(expect.arrayContaining(['button', 'static_select', 'datepicker']))
    expect(buttonsOf(answer).length).toBeLessThanOrEqual(10)

    await bot.press('bob', answer, 'group:sre')
    await bot.whisper('U0BOB', 'This question is for Alice Ferrara')
    await bot.press('alice', answer, 'group:sre')
    const half = await bot.reply(thread, '*Who is this for?* the group Site Reliability', 'Until when')
    expect(buttonsOf(half).map(({ value }) => value)).not.toContain('group:it-ops')
    expect(await cards(thread)).toEqual([])

    await bot.click('alice', half, 'answer:day', bot.dayAhead(4))
    const card = await bot.reply(thread, 'Proved', 'Give Site Reliability access to ')
    expect(plain(card)).toMatch(/until Fri \d+ \w+ \d{4}, 23:59/)
    const done = await bot.reply(thread, 'Until when is the access needed?', 'Until the end of')
    expect(controlsOf(done)).toEqual([])
  })

  test('two clicks at the same moment on both questions lose neither, and twice the same does one thing', async () => {
    const { thread, answer } = await bot.ask('dana', 'give ops access to wiki for a while', 'Who is this for?')
    await Promise.all([
      bot.press('dana', answer, 'P7D'),
      bot.press('dana', answer, 'group:sre'),
      bot.press('dana', answer, 'group:sre'),
    ])
    await bot.reply(thread, 'Proved', 'Give Site Reliability access to Wiki')
    await bot.ask('dana', 'what drifted?', 'Nothing drifted')
    expect(await cards(thread)).toHaveLength(1)
  })

  test('a day that is over is no answer, and uses nothing up', async () => {
    const { thread, answer } = await bot.ask(
      'alice',
      'give the finance team access to status for a while',
      'Until when',
    )
    await bot.click('alice', answer, 'answer:day', bot.dayAhead(-1))
    await bot.whisper('U0ALICE', 'I could not use that answer')
    await bot.press('alice', answer, 'PT2H')
    await bot.reply(thread, 'Proved', 'Status Page')
  })

  test('whoever only wants to read can say so with a click, and the card says GET and HEAD', async () => {
    const words = 'give the finance team wiki until Friday, read only'
    const { thread, answer } = await bot.ask('alice', words, 'You wrote “read only”. What may they do?')
    expect(buttonsOf(answer).map(({ value }) => value)).toEqual(['reading', 'all'])
    await bot.press('alice', answer, 'reading')
    const card = plain(await bot.reply(thread, 'Proved', 'Give Finance access to Wiki'))
    expect(card).toContain('only GET and HEAD')
    const tcp = await bot.ask('alice', 'give the finance team postgres until Friday, read only', 'neither door can see')
    expect(buttonsOf(tcp.answer).map(({ value }) => value)).toEqual(['tcp/5432'])
  })

  test('half answered by a click and half in words is answered', async () => {
    const { thread, answer } = await bot.ask('alice', 'give ops access to legacy for a while', 'Who is this for?')
    await bot.press('alice', answer, 'group:sre')
    await bot.reply(thread, 'the group Site Reliability')
    await bot.say('alice', 'until friday', { thread_ts: thread })
    await bot.reply(thread, 'Proved', 'Give Site Reliability access to')
    const closed = await bot.reply(thread, 'Answered in this thread.')
    expect(controlsOf(closed)).toEqual([])
  })

  test('after a quarter of an hour nobody is asked any more', async () => {
    const { thread, answer } = await bot.ask('alice', 'give ops access to legacy until Friday', 'Who is this for?')
    await bot.clock('PT16M')
    const over = await bot.reply(thread, 'Nobody answered in time.')
    expect(controlsOf(over)).toEqual([])
    expect(await bot.tryClick('alice', answer, 'answer:0', 'group:sre')).toMatchObject({ ok: false })
    expect(await cards(thread)).toEqual([])
  })
})
