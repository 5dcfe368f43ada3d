import { applyPatch } from 'diff'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openHaproxyCheck } from '../../src/live/haproxy-binary.ts'
import { readEdge } from '../../src/policy/read.ts'
import { haproxyInstalled } from '../live/haproxy-installed.ts'
import { exampleFiles } from '../policy/edge-files.ts'
import { type Bot, startBot } from './start-bot.ts'
import { buttonsOf, type Message, plain } from './workspace-api.ts'

const ASKED = 'give the data team access to grafana until Friday'
const OPEN = 'can the data team reach grafana?'

describe('an access from the first word to its end', () => {
  let bot: Bot
  let thread = ''
  let request = ''
  beforeAll(async () => {
    bot = await startBot()
  })
  afterAll(() => bot.close())
  const card = (): Promise<Message> => bot.reply(thread, request, 'Proof')
  const pulls = async () => (await bot.state()).pullRequests

  test('the bot answers in the thread with what it understood, the change of both doors and the proof', async () => {
    const asked = await bot.ask('alice', ASKED, 'Proved')
    thread = asked.thread
    request = buttonsOf(asked.answer)[0]?.value ?? ''
    const words = plain(asked.answer)
    expect(words).toContain('Give Data & Analytics access to Grafana on tcp/443')
    expect(words).toMatch(/until Fri \d+ \w+ \d{4}, 23:59/)
    expect(words).toContain('10.10.20.0/24 → vip-edge (203.0.113.10) tcp/443')
    expect(words).toMatch(/edge-fw.*\n(?:.*\n)*.*\+ {8}set srcaddr "net-hq-data"/)
    expect(words).toMatch(/edge-lb.*\n(?:.*\n)*.*\+ {4}acl \S+ src 10\.10\.20\.0\/24/)
    expect(words).toContain('+  - allow: [group:data]')
    expect(words).toContain('Nothing else opens, and nothing closes.')
    expect(buttonsOf(asked.answer).map(({ id }) => id)).toEqual(['approve', 'deny', 'edit', 'cancel'])
    expect(await pulls()).toEqual([])
  })

  test('the same message asked for again is not decided twice', async () => {
    const again = await bot.ask('dana', ASKED, request)
    expect(buttonsOf(again.answer)).toEqual([])
    expect(plain(again.answer)).toContain('Alice Ferrara')
  })

  test('whoever asked cannot approve, and is told who can, for their eyes only', async () => {
    await bot.click('alice', await card(), 'approve')
    await bot.whisper('U0ALICE', 'You asked for this yourself', 'Observability')
    expect(plain(await card())).toContain('Waiting for one approval')
  })

  test('nor can somebody whose service it is not', async () => {
    await bot.click('uma', await card(), 'approve')
    await bot.whisper('U0UMA', 'Only members of Observability or Security may approve this.')
    expect(await pulls()).toEqual([])
  })

  test('the App Home lists it for those who may approve and for nobody else', async () => {
    await bot.home('bob')
    const home = await bot.view('U0BOB', 'home', 'Give Data & Analytics access to Grafana')
    expect(buttonsOf(home).map(({ value }) => value)).toContain(request)
    await bot.home('uma')
    expect(plain({ ...(await bot.view('U0UMA', 'home', 'Nothing waits for you')), text: '' })).not.toContain(
      'Grafana on',
    )
  })

  test('three approvals at the same moment make one pull request with exactly three files', async () => {
    const seen = await card()
    await Promise.all(['bob', 'olga', 'bob'].map((person) => bot.tryClick(person, seen, 'approve')))
    await bot.reply(thread, 'I opened pull request #1')
    const [pull, ...more] = await pulls()
    expect(more).toEqual([])
    expect(pull).toMatchObject({ number: 1, state: 'open', branch: `sallyport/grant/${request}-grafana` })
    expect(pull?.files.map(({ path }) => path).toSorted()).toEqual([
      'policies/devices/edge-fw.conf',
      'policies/devices/edge-lb.cfg',
      'policies/services/grafana.yaml',
    ])
    expect(pull?.body).toContain(ASKED)
  })

  test('the card says it is approved and by whom, and has no buttons any more', async () => {
    const now = await bot.reply(thread, request, 'pull request #1 is open')
    expect(plain(now)).toMatch(/Approved by (Bob Okafor|Olga Petrenko)/)
    expect(buttonsOf(now)).toEqual([])
    expect((await bot.replies(thread)).filter((one) => plain(one).includes('I opened pull request'))).toHaveLength(1)
  })

  test.skipIf(!haproxyInstalled)(
    'what it would merge is an edge repository without problems, and HAProxy takes it',
    async () => {
      const [pull] = await pulls()
      const files = new Map(exampleFiles())
      for (const { path, patch } of pull?.files ?? []) {
        const merged = applyPatch(files.get(path) ?? '', patch)
        if (merged === false) throw new Error(`the patch of ${path} does not apply`)
        files.set(path, merged)
      }
      const before = readEdge(exampleFiles())
      expect(readEdge(files).problems).toHaveLength(before.problems.length)
      const inner = 'policies/devices/edge-lb.cfg'
      expect(await openHaproxyCheck().check(inner, files.get(inner) ?? '', files)).toMatchObject({ verdict: 'valid' })
    },
  )

  test('nothing is open before it is merged', async () => {
    const { answer } = await bot.ask('dana', OPEN)
    expect(plain(answer)).toContain('Data & Analytics cannot reach Grafana')
  })

  test('merging is reported back, and both doors get it', async () => {
    const { deployed } = await bot.merge(1, 'olga')
    expect(deployed).toEqual(['edge-fw has the change.', 'edge-lb has the change.'])
    await bot.reply(thread, '#1 was merged by olga', 'Both devices end it by themselves')
    await bot.reply(thread, request, 'pull request #1 is merged')
    expect(await bot.live('edge-fw.conf')).toContain(request)
    expect(await bot.live('edge-lb/haproxy.cfg')).toContain(`acl sallyport-${request} src 10.10.20.0/24`)
    const { answer } = await bot.ask('dana', OPEN)
    expect(plain(answer)).toContain('Data & Analytics can reach Grafana')
  })

  test.skipIf(!haproxyInstalled)(
    'the bot looks at both live doors before it says so (skipped where there is no haproxy)',
    async () => {
      await bot.reply(thread, 'Live on both doors', 'Data & Analytics can reach Grafana')
    },
  )

  test('what was declared and deployed has not drifted', async () => {
    const { answer } = await bot.ask('dana', 'what drifted?')
    expect(plain(answer)).toContain('Nothing drifted: edge-fw and edge-lb let in exactly what Git declares.')
  })

  test('after Friday it is over, and the bot says so', async () => {
    await bot.clock('P5D')
    await bot.reply(thread, 'The time of this access is over')
    await bot.reply(thread, request, 'Over: its time has ended')
    const { answer } = await bot.ask('dana', OPEN)
    expect(plain(answer)).toContain('Data & Analytics cannot reach Grafana')
  })
})

describe('the ways out of a request', () => {
  let bot: Bot
  beforeAll(async () => {
    bot = await startBot()
  })
  afterAll(() => bot.close())

  test('whoever may approve may deny instead, with a reason that the thread hears', async () => {
    const { thread, answer } = await bot.ask('alice', ASKED, 'Proved')
    await bot.click('bob', answer, 'deny')
    const modal = await bot.view('U0BOB', 'modal', 'Why?')
    expect(await bot.submit('bob', modal.id, { reason: '' })).toMatchObject({ ok: false })
    await bot.submit('bob', modal.id, { reason: 'use the <!channel> export & `rm`' })
    const said = await bot.reply(thread, 'Bob Okafor denied this: use the <!channel> export & `rm`')
    expect(said.blocks.length).toBeGreaterThan(0)
    expect(JSON.stringify(said.blocks)).not.toContain('<!channel>')
    const after = await bot.reply(thread, 'Denied by Bob Okafor')
    expect(buttonsOf(after)).toEqual([])
    expect((await bot.state()).pullRequests).toEqual([])
  })

  test('a denial is only for those who may approve', async () => {
    const { thread, answer } = await bot.ask('alice', 'give the data team access to the wiki until Friday', 'Proved')
    await bot.click('uma', answer, 'deny')
    const modal = await bot.view('U0UMA', 'modal', 'Why?')
    await bot.submit('uma', modal.id, { reason: 'because' })
    await bot.whisper('U0UMA', 'Only those who may approve this request may deny it')
    expect(plain(await bot.reply(thread, 'Proof'))).toContain('Waiting for one approval')
  })

  test('whoever asked may cancel, nobody else', async () => {
    const { thread, answer } = await bot.ask('alice', 'give the data team access to legacy for 2 days', 'Proved')
    await bot.click('ines', answer, 'cancel')
    await bot.whisper('U0INES', 'Only whoever asked can cancel')
    await bot.click('alice', answer, 'cancel')
    expect(buttonsOf(await bot.reply(thread, 'Cancelled by Alice Ferrara'))).toEqual([])
    expect(await bot.tryClick('ines', answer, 'approve')).toMatchObject({ ok: false })
    expect((await bot.state()).pullRequests).toEqual([])
  })

  test('a database takes two people, and the first is told that one more is needed', async () => {
    const { thread, answer } = await bot.ask('alice', 'give support access to postgres until Friday', 'Proved')
    expect(plain(answer)).toContain('Waiting for 2 approvals')
    await bot.click('petra', answer, 'approve')
    const half = await bot.reply(thread, 'Approved by Petra Huang; waiting for one approval more.')
    await bot.click('petra', half, 'approve')
    await bot.whisper('U0PETRA', 'already counted')
    expect((await bot.state()).pullRequests).toEqual([])
    await bot.click('bob', half, 'approve')
    await bot.reply(thread, 'Approved by Petra Huang and Bob Okafor. I opened pull request #')
  })

  test('approving works from the App Home too', async () => {
    const { thread } = await bot.ask('alice', 'give the data team access to status until Friday', 'Proved')
    await bot.home('olga')
    const home = await bot.view('U0OLGA', 'home', 'access to Status Page')
    const [approve] = buttonsOf(home).filter(({ id }) => id === 'approve')
    await bot.post('click', { user: 'olga', view_id: home.id, action_id: 'approve', value: approve?.value })
    await bot.reply(thread, 'Approved by Olga Petrenko. I opened pull request #')
  })

  test('of two pull requests made from the same base, both can be merged: the second follows the first', async () => {
    const first = await bot.ask('alice', 'give the security team access to grafana until Friday', 'Proved')
    const second = await bot.ask('alice', 'give the security team access to status until Friday', 'Proved')
    for (const { answer } of [first, second]) await bot.click('bob', answer, 'approve')
    for (const { thread } of [first, second]) await bot.reply(thread, 'I opened pull request #')
    const open = (await bot.state()).pullRequests.filter(({ state }) => state === 'open').map(({ number }) => number)
    for (const number of open) {
      await bot.until(async () => {
        const answer = await bot.post('merge', { number, user: 'petra' })
        return JSON.stringify(answer).includes('"ok":true') ? true : undefined
      }, `pull request ${number} merged`)
    }
    for (const { thread } of [first, second]) await bot.reply(thread, 'was merged by petra')
  })

  test('nobody decides for a day: it lapses, and cannot be approved any more', async () => {
    const { thread, answer } = await bot.ask('alice', 'give the data team access to reports until Friday', 'Proved')
    await bot.clock('PT25H')
    await bot.reply(thread, 'Nobody decided in time')
    await bot.reply(thread, 'Lapsed: nobody decided in time.')
    expect(await bot.tryClick('uma', answer, 'approve')).toMatchObject({ ok: false })
  })

  test('/access does the same in a thread of its own', async () => {
    await bot.command('luc', ASKED, 'general')
    const found = await bot.until(
      async () =>
        (await bot.state()).channels
          .flatMap(({ messages }) => messages)
          .find((message) => plain(message).includes(`asked:\n> ${ASKED}`)),
      'a message that stands in for the command',
    )
    expect(plain(found)).toContain('<@U0LUC>')
    await bot.reply(found.ts, 'Give Data & Analytics access to Grafana', 'Proved')
  })
})
