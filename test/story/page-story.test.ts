import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { haproxyInstalled } from '../live/haproxy-installed.ts'
import { type Bot, startBot } from './start-bot.ts'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
/** Absent on some machines; never in CI, where its absence must fail the run. */
const runnable = existsSync(CHROMIUM) || process.env.CI === 'true'
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const WHY = 'why is grafana unreachable for the finance team?'

describe.skipIf(!runnable)(`the story in a browser (skipped where there is no ${CHROMIUM})`, () => {
  let bot: Bot
  let browser: Browser
  let page: Page
  const wrong: string[] = []
  beforeAll(async () => {
    bot = await startBot()
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    page.setDefaultTimeout(40_000)
    page.on('pageerror', (error) => wrong.push(String(error)))
    page.on('console', (line) => line.type() === 'error' && wrong.push(line.text()))
    await page.goto(bot.url)
  })
  afterAll(async () => {
    await browser?.close()
    await bot.close()
    expect(wrong).toEqual([])
  })

  const by = (id: string) => page.getByTestId(id)
  const thread = () => by('thread')
  async function become(name: string): Promise<void> {
    await by('user-switcher').click()
    await by(`user-option-${name}`).click()
  }
  /** Writes in #access and opens the thread in which the bot answers. */
  async function ask(text: string): Promise<void> {
    await by('channel-access').click()
    const same = by('message').filter({ hasText: text })
    await by('composer').waitFor()
    const before = await same.count()
    await by('composer').fill(text)
    await by('composer').press('Enter')
    await same.nth(before).getByTestId('open-thread').click()
  }

  /** Waits until the open thread says so, whatever of it is set in code. */
  const reads = (words: RegExp) => expect.poll(() => thread().innerText(), { timeout: 40_000 }).toMatch(words)

  test('alice asks in her own words and reads what it comes to', async () => {
    await become('alice')
    await ask('give the data team access to grafana until Friday')
    await thread().getByText('Give Data & Analytics access to Grafana on tcp/443').waitFor()
    await thread().getByText('Proved.').waitFor()
    await thread().getByText('Nothing else opens, and nothing closes.').waitFor()
    const added = await thread().locator('.row.add').allTextContents()
    expect(added.join('')).toContain('- allow: [group:data]')
    expect(added.join('')).toContain('set srcaddr "net-hq-data"')
    expect(added.join('')).toMatch(/acl \S+ src 10\.10\.20\.0\/24/)
  })

  test('she cannot approve it herself', async () => {
    await thread().getByRole('button', { name: 'Approve' }).click()
    await page.getByText('You asked for this yourself').waitFor()
    expect((await bot.state()).pullRequests).toEqual([])
  })

  test('bob finds it in his App Home, approves it in the thread, and nobody can approve it again', async () => {
    await become('bob')
    await by('nav-home').click()
    await by('home').getByText('Give Data & Analytics access to Grafana').waitFor()
    await by('channel-access').click()
    await by('open-thread').last().click()
    await thread().getByRole('button', { name: 'Approve' }).click()
    await thread().getByText('I opened pull request #1').waitFor()
    await thread().getByText('pull request #1 is open').waitFor()
    expect(await thread().getByRole('button', { name: 'Approve' }).count()).toBe(0)
  })

  test('the pull request has three diffs; merging it is reported back, and both doors have it', async () => {
    await by('nav-github').click()
    const pull = by('pr-1')
    for (const path of ['services/grafana.yaml', 'devices/edge-fw.conf', 'devices/edge-lb.cfg'])
      await pull.getByLabel(`policies/${path}`, { exact: true }).locator('tr.add').first().waitFor()
    expect(await pull.locator('section.file').count()).toBe(3)
    await by('merge-1').click()
    await pull.getByText('Merged', { exact: true }).waitFor()
    await by('channel-access').click()
    await by('open-thread').last().click()
    await thread().getByText('#1 was merged by bob').waitFor()
    await thread().getByText('Live on both doors').waitFor()
  })

  test('she asks why somebody else gets nowhere, and reads the line that stops them', async () => {
    await become('alice')
    await ask(WHY)
    await thread().getByText('Finance cannot reach Grafana').waitFor()
    await thread().getByText('deny-finance-to-edge').waitFor()
    await thread()
      .getByText(/^edge-fw \(live\):\d+$/)
      .waitFor()
  })

  test.skipIf(!haproxyInstalled)(
    'with its server taken down, that is the answer, with the reason of the health check',
    async () => {
      await by('nav-devices').click()
      await by('server-down-grafana-g1').click()
      await by('server-up-grafana-g1').waitFor()
      await ask(WHY)
      await thread().getByText('Grafana is down for everybody').waitFor()
      await reads(/grafana\/g1 is DOWN.*health check/)
      await by('nav-devices').click()
      await by('server-up-grafana-g1').click()
      await by('server-down-grafana-g1').waitFor()
    },
  )

  test('somebody edits the live FortiGate by hand; the bot says whom that lets in', async () => {
    await by('nav-devices').click()
    const fortigate = by('device-edge-fw')
    await fortigate.getByText('Edit the live configuration by hand').click()
    await fortigate.getByLabel('Find').fill('set srcaddr "net-hq-data"\n        set dstaddr "vip-postgres"')
    await fortigate.getByLabel('Replace with').fill('set srcaddr "net-hq-finance"\n        set dstaddr "vip-postgres"')
    await by('edit-edge-fw').click()
    await ask('what drifted?')
    await thread().getByText('edge-fw drifted from what Git declares.').waitFor()
    await reads(/lets in what Git does not declare: 10\.10\.30\.0\/24 → .*tcp\/5432/)
    await reads(/no longer lets in what Git declares: 10\.10\.20\.0\/24 → .*tcp\/5432/)
  })

  test('a request is denied with a reason', async () => {
    await ask('give the data team access to status until Friday')
    await become('olga')
    await by('open-thread').last().click()
    await thread().getByRole('button', { name: 'Deny' }).click()
    await by('modal-submit').click()
    await page.getByText('Please complete this required field.').waitFor()
    await page.getByLabel('Why?').fill('Please use the public page.')
    await by('modal-submit').click()
    await thread().getByText('Olga Petrenko denied this: Please use the public page.').waitFor()
    await thread().getByText('Denied by Olga Petrenko').waitFor()
  })

  test('on a phone everything is there and nothing runs off the side', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    const overflow = () => page.evaluate('document.scrollingElement.scrollWidth - innerWidth')
    await thread().getByText('Denied by Olga Petrenko').waitFor()
    expect(await overflow()).toBeLessThanOrEqual(0)
    await page.getByRole('button', { name: 'Close the thread' }).click()
    for (const [entry, shown] of [
      ['channel-access', 'composer'],
      ['nav-github', 'pr-1'],
      ['nav-devices', 'device-edge-lb'],
      ['nav-home', 'home'],
    ] as const) {
      await page.getByRole('button', { name: 'Open the sidebar' }).click()
      await by(entry).click()
      await by(shown).first().waitFor()
      expect(await overflow(), entry).toBeLessThanOrEqual(0)
    }
  })
})
