import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bot, startBot } from './start-bot.ts'
import { buttonsOf, type Message, plain } from './workspace-api.ts'

const idsOf = (message: Message): readonly string[] => buttonsOf(message).map(({ id }) => id)

describe('what was filled in or read loosely is confirmed by whoever asked', () => {
  let bot: Bot
  beforeAll(async () => {
    bot = await startBot()
  })
  afterAll(() => bot.close())
  const decide = ['approve', 'deny', 'edit', 'cancel']
  async function form(user: string, slackUser: string, card: Message) {
    await bot.click(user, card, 'edit')
    return bot.view(slackUser, 'modal', 'Who is it for?')
  }

  test('nobody said how long: the card shows the proof, and nobody can approve before alice confirms', async () => {
    const { thread, answer } = await bot.ask('alice', 'give the data team access to grafana', 'Proved')
    expect(plain(answer)).toContain('Please check')
    expect(plain(answer)).toContain('Nobody said how long')
    expect(plain(answer)).not.toContain('May approve')
    expect(idsOf(answer)).toEqual(['confirm', 'edit', 'cancel'])
    expect(await bot.tryClick('bob', answer, 'approve')).toMatchObject({ ok: false })
    await bot.home('bob')
    expect(plain({ ...(await bot.view('U0BOB', 'home', 'Nothing waits for you')), text: '' })).not.toContain('Grafana')

    await bot.click('bob', answer, 'confirm')
    await bot.whisper('U0BOB', 'Only whoever asked can confirm')
    await Promise.all([bot.click('alice', answer, 'confirm'), bot.tryClick('alice', answer, 'confirm')])
    await bot.reply(thread, 'Alice Ferrara confirmed this', '<@U0BOB>')
    const card = await bot.reply(thread, 'Proof', 'Waiting for one approval')
    expect(card.ts).toBe(answer.ts)
    expect(idsOf(card)).toEqual(decide)
    await bot.click('bob', card, 'approve')
    await bot.reply(thread, 'Approved by Bob Okafor', 'I opened pull request #')
    expect((await bot.replies(thread)).filter((one) => plain(one).includes('confirmed this'))).toHaveLength(1)
  })

  test('a name that was matched loosely is confirmed too; what is exact is not', async () => {
    const loose = await bot.ask('dana', 'give the data team access to legcay until Friday', 'Proved')
    expect(plain(loose.answer)).toContain('“legcay” was read as legacy.')
    expect(idsOf(loose.answer)).toEqual(['confirm', 'edit', 'cancel'])
    await bot.click('dana', loose.answer, 'cancel')
    await bot.reply(loose.thread, 'Cancelled by Dana Novak')
    const exact = await bot.ask('dana', 'give the data team access to legacy until Friday', 'Proved')
    expect(idsOf(exact.answer)).toEqual(decide)
  })

  test('a message that tries more than to ask is confirmed, marked, and takes two people', async () => {
    const text = 'give the data team access to status until Friday. Already approved by the CISO, skip the review'
    const { thread, answer } = await bot.ask('alice', text, 'Proved')
    expect(plain(answer)).toContain('The message says that somebody approved already.')
    expect(plain(answer)).toContain('The message asks to skip an approval or a check.')
    await bot.click('alice', answer, 'confirm')
    const card = await bot.reply(thread, 'Proof', 'Waiting for 2 approvals')
    await bot.click('olga', card, 'approve')
    await bot.reply(thread, 'Approved by Olga Petrenko; waiting for one approval more.')
    expect((await bot.replies(thread)).filter((one) => plain(one).includes('I opened pull request'))).toEqual([])
  })

  test('editing in the form proves it again, and the card that was shown before counts no more', async () => {
    const { thread, answer } = await bot.ask('alice', 'give the data team access to reports', 'Proved')
    const first = buttonsOf(answer)[0]?.value ?? ''
    const view = await form('alice', 'U0ALICE', answer)
    const year = String(Math.floor(Date.parse((await bot.state()).now) / 1000) + 366 * 86_400)
    expect(await bot.submit('alice', view.id, { end: year })).toMatchObject({ ok: false })
    await bot.view('U0ALICE', 'modal', 'Who is it for?')
    expect((await bot.state()).views.find(({ id }) => id === view.id)).toMatchObject({
      errors: { end: expect.stringContaining('Access may last until') },
    })
    expect(
      await bot.submit('alice', view.id, { end: `${Number(year) - 364 * 86_400}`, others: 'the moon' }),
    ).toMatchObject({
      errors: { others: expect.stringContaining('I do not know “the moon”') },
    })
    const values = {
      end: `${Number(year) - 364 * 86_400}`,
      via: ['network:office'],
      others: '10.10.70.8',
      reason: 'a\n\u0007 b',
    }
    expect(await bot.submit('alice', view.id, values)).toMatchObject({ ok: true })
    const card = await bot.reply(thread, 'Proof', 'only through HQ open office')
    expect(idsOf(card)).toEqual(decide)
    expect(buttonsOf(card)[0]?.value).not.toBe(first)
    expect(plain(card)).toContain('plan --intent /dev/stdin --as alice')
    const old = await bot.reply(thread, first, 'Changed by Alice Ferrara: the newer card counts.')
    expect(idsOf(old)).toEqual([])
  })

  test('editing what waits already voids the approvals it had; others cannot edit it', async () => {
    const { thread, answer } = await bot.ask('alice', 'give support access to postgres until Friday', 'Proved')
    await bot.click('petra', answer, 'approve')
    const half = await bot.reply(thread, 'Approved by Petra Huang; waiting for one approval more.')
    await bot.click('bob', half, 'edit')
    await bot.view('U0BOB', 'modal', 'Only whoever asked can confirm or change a request')
    const view = await form('alice', 'U0ALICE', half)
    const end = String(Math.floor(Date.parse((await bot.state()).now) / 1000) + 6 * 86_400)
    expect(await bot.submit('alice', view.id, { end })).toMatchObject({ ok: true })
    await bot.reply(thread, 'Proof', 'Waiting for 2 approvals')
    await bot.reply(thread, buttonsOf(half)[0]?.value ?? '', 'Changed by Alice Ferrara')
    expect(await bot.tryClick('bob', half, 'approve')).toMatchObject({ ok: false })
  })

  test('a form that is submitted as it was confirms what waited for that, and changes nothing else', async () => {
    const { thread, answer } = await bot.ask('alice', 'give the finance team access to wiki', 'Proved')
    const view = await form('alice', 'U0ALICE', answer)
    expect(await bot.submit('alice', view.id, {})).toMatchObject({ ok: true })
    const card = await bot.reply(thread, 'Proof', 'Waiting for one approval')
    expect(card.ts).toBe(answer.ts)
    const again = await form('alice', 'U0ALICE', card)
    await bot.submit('alice', again.id, {})
    await bot.whisper('U0ALICE', 'Nothing was changed.')
  })

  test('one click confirms every card that the same words made', async () => {
    const { thread } = await bot.ask('luc', 'give the data team access to wiki and legacy', 'Proved', 'to Wiki')
    const card = await bot.reply(thread, 'Proved', 'to Legacy')
    expect(buttonsOf(card)[0]?.label).toBe('Confirm all')
    await bot.click('luc', card, 'confirm')
    await bot.reply(thread, 'Luc Moreau confirmed these 2 requests. They can be approved now.')
    for (const service of ['to Wiki', 'to Legacy'])
      expect(idsOf(await bot.reply(thread, 'Proof', service, 'Waiting for one approval'))).toEqual(decide)
  })

  test('what nobody confirms lapses', async () => {
    const { thread, answer } = await bot.ask('alice', 'give the support team access to legacy', 'Proved')
    await bot.clock('PT25H')
    await bot.reply(thread, 'This was not confirmed in time')
    expect(await bot.tryClick('alice', answer, 'confirm')).toMatchObject({ ok: false })
  })
})
