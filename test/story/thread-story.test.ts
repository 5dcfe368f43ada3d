import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bot, startBot } from './start-bot.ts'
import { buttonsOf, plain } from './workspace-api.ts'

describe('a request is changed by words in its thread', () => {
  let bot: Bot
  let thread = ''
  let first = ''
  let second = ''
  beforeAll(async () => {
    bot = await startBot()
  })
  afterAll(() => bot.close())
  const reply = (user: string, text: string) => bot.say(user, text, { thread_ts: thread })

  test('a new card takes the place of the old one, which can be decided no more', async () => {
    const asked = await bot.ask('alice', 'give the data team access to grafana until Friday', 'Proved')
    thread = asked.thread
    first = buttonsOf(asked.answer)[0]?.value ?? ''
    await reply('alice', 'make it until thursday please')
    const card = await bot.reply(thread, 'Proved', 'until Thu')
    second = buttonsOf(card)[0]?.value ?? ''
    expect(second).not.toBe(first)
    const old = await bot.reply(thread, first, 'Changed by Alice Ferrara')
    expect(buttonsOf(old)).toEqual([])
    expect(plain(card)).toContain('plan --intent /dev/stdin --as alice')
  })

  test('nobody else changes it or calls it off', async () => {
    await reply('dana', 'cancel that')
    await bot.whisper('U0DANA', 'Only whoever asked can change or cancel a request.')
    const card = await bot.reply(thread, second, 'Proved')
    expect(buttonsOf(card).map(({ id }) => id)).toEqual(['approve', 'deny', 'edit', 'cancel'])
  })

  test('what is not clear is asked, and the card stays until it is answered', async () => {
    await reply('alice', 'and for a while')
    await bot.reply(thread, 'Until when is the access needed?')
    expect(buttonsOf(await bot.reply(thread, second, 'Proved'))).toHaveLength(4)
    await reply('alice', 'until wednesday')
    const third = buttonsOf(await bot.reply(thread, 'Proved', 'until Wed'))[0]?.value ?? ''
    expect(buttonsOf(await bot.reply(thread, second, 'Changed by Alice Ferrara'))).toEqual([])
    await reply('alice', 'never mind')
    await bot.reply(thread, `Cancelled: ${third}`)
    expect((await bot.state()).pullRequests).toEqual([])
  })

  test('only reading narrows what the proof opens; what is added comes on top, also when it had to be asked', async () => {
    const asked = await bot.ask('alice', 'give the finance team access to wiki until Friday', 'Proved')
    const here = asked.thread
    await bot.say('alice', 'no, only read access', { thread_ts: here })
    const reading = await bot.reply(here, 'Proved', 'only GET and HEAD')
    expect(plain(reading)).toMatch(/method --? ?"?GET|method.*GET/)
    await bot.say('alice', 'also kibana', { thread_ts: here })
    const question = await bot.reply(here, 'I do not know "kibana"', 'Which service do you mean?')
    await bot.click('alice', question, 'answer:menu', 'reports')
    await bot.reply(here, 'Proved', 'access to Customer Reports', 'only GET and HEAD')
    await bot.reply(here, 'Proved', 'access to Wiki', 'Waiting for one approval')
    expect(buttonsOf(await bot.reply(here, buttonsOf(reading)[0]?.value ?? '', 'Changed by'))).toEqual([])
    await bot.say('alice', 'what about the moon?', { thread_ts: here })
    await bot.reply(here, 'I did not understand what to change')
  })

  test('where nothing waits, that is said', async () => {
    await reply('alice', 'make it two weeks')
    await bot.reply(thread, 'No request waits in this thread')
  })
})
