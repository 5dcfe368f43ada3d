import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bot, startBot } from './start-bot.ts'
import { buttonsOf, plain } from './workspace-api.ts'

const ASKED =
  'onboard kiosk at kiosk.corp.example port 443, servers 10.50.12.11:8080, owned by platform, production, health check /up'

describe('a service from the first word to its pull request', () => {
  let bot: Bot
  beforeAll(async () => {
    bot = await startBot()
  })
  afterAll(() => bot.close())

  test('it is set up by those who will own it, closed to everybody', async () => {
    const { thread, answer } = await bot.ask('alice', ASKED, 'Proved')
    const words = plain(answer)
    expect(words).toContain('Set up Kiosk at kiosk.corp.example')
    expect(words).toContain('It is open to nobody yet.')
    const request = buttonsOf(answer)[0]?.value ?? ''
    await bot.click('alice', answer, 'approve')
    await bot.whisper('U0ALICE', 'You asked for this yourself', 'Platform Engineering')
    await bot.click('petra', answer, 'approve')
    await bot.reply(thread, 'I opened pull request')
    const [pull] = (await bot.state()).pullRequests
    expect(JSON.stringify(pull)).toContain(`sallyport/onboard/${request}-kiosk`)
  })
})
