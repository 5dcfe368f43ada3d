import { existsSync } from 'node:fs'
import type { App } from '@slack/bolt'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startWorkspace } from './start-workspace.ts'

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

const plain = (text: string) => ({ type: 'plain_text' as const, text })
const card = [
  {
    type: 'section' as const,
    text: { type: 'mrkdwn' as const, text: '*Give* <@U0TOM> a key, not &lt;b&gt;two&lt;/b&gt;' },
  },
  { type: 'section' as const, text: { type: 'mrkdwn' as const, text: '```@@ -1 +1 @@\n-old\n+new```' } },
  {
    type: 'actions' as const,
    elements: [
      { type: 'button' as const, action_id: 'approve', value: 'r1', style: 'primary' as const, text: plain('Approve') },
      { type: 'button' as const, action_id: 'deny', value: 'r1', style: 'danger' as const, text: plain('Deny') },
    ],
  },
]
const denyModal = {
  type: 'modal' as const,
  callback_id: 'deny',
  title: plain('Deny'),
  submit: plain('Deny it'),
  blocks: [
    {
      type: 'input' as const,
      block_id: 'why',
      label: plain('Why?'),
      element: { type: 'plain_text_input' as const, action_id: 'reason' },
    },
  ],
}

/** An app with a card, a modal that is hard to please, and a home tab. */
async function startApp(app: App): Promise<void> {
  app.message('card', async ({ say, message }) => {
    await say({ text: 'card', blocks: card, thread_ts: message.ts })
  })
  app.action('approve', async ({ ack, body, respond }) => {
    await ack()
    await respond({ text: `Approved by <@${body.user.id}>`, replace_original: true })
  })
  app.action('deny', async ({ ack, body, client }) => {
    await ack()
    if (body.type === 'block_actions') await client.views.open({ trigger_id: body.trigger_id, view: denyModal })
  })
  app.view('deny', async ({ ack, view, body, client }) => {
    const reason = view.state.values.why?.reason?.value ?? ''
    if (reason.length < 4) return ack({ response_action: 'errors', errors: { why: 'a little more' } })
    await ack()
    await client.chat.postEphemeral({ channel: 'C0ACCESS', user: body.user.id, text: `Denied: ${reason}` })
  })
  app.event('app_home_opened', async ({ event, client }) => {
    const blocks = [{ type: 'header' as const, text: plain(`Home of ${event.user}`) }]
    await client.views.publish({ user_id: event.user, view: { type: 'home', blocks } })
  })
  await app.start()
}

describe.skipIf(!runnable)(`the page (skipped where there is no ${CHROMIUM})`, () => {
  let browser: Browser
  let workspace: Awaited<ReturnType<typeof startWorkspace>>
  let app: App
  let page: Page
  const wrong: string[] = []

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    const patch = '@@ -1,2 +1,2 @@\n same\n-old <i>\n+new <b>\n'
    const pull = {
      number: 7,
      state: 'open',
      title: 'Give a key',
      body: '**Why** not',
      branch: 'sallyport/grant/r1',
      files: [{ path: 'a.yaml', patch }],
    }
    const server = { backend: 'web', server: 'w1', status: 'DOWN', lastCheck: 'L4CON' }
    const happened: unknown[] = []
    const note = (what: string) => async (body: object) => ({ ok: happened.push([what, body]) > 0 })
    workspace = await startWorkspace({
      outside: {
        onMerge: note('merge'),
        onDevice: note('device'),
        onClock: note('clock'),
        extraState: async () => ({
          pullRequests: [pull],
          devices: [{ id: 'inner', kind: 'haproxy', state: 'up', servers: [server] }],
          happened,
        }),
      },
    })
    app = workspace.bolt()
    await startApp(app)
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(10_000)
    wrong.length = 0
    page.on('pageerror', (error) => wrong.push(String(error)))
    page.on('console', (line) => line.type() === 'error' && wrong.push(line.text()))
    await page.goto(workspace.url)
  })
  afterEach(async () => {
    await page.close()
    await app.stop()
    await workspace.close()
    expect(wrong).toEqual([])
  })

  const by = (id: string) => page.getByTestId(id)
  async function become(name: string): Promise<void> {
    await by('user-switcher').click()
    await by(`user-option-${name}`).click()
  }
  async function say(text: string): Promise<void> {
    await by('composer').fill(text)
    await by('composer').press('Enter')
  }

  test('a person asks, another one approves, and everybody sees it', async () => {
    await say('a card please')
    await by('open-thread').click()
    const thread = by('thread')
    await thread.getByRole('button', { name: 'Approve' }).waitFor()
    expect(await thread.locator('.mention').first().textContent()).toBe('@Tom Weiß')
    expect(await thread.locator('.row.add').textContent()).toBe('+new\n')
    expect(await thread.getByText('APP', { exact: true }).count()).toBe(1)
    await become('kofi')
    await thread.getByRole('button', { name: 'Approve' }).click()
    await thread.getByText('Approved by').waitFor()
    expect(await thread.locator('.mention').last().textContent()).toBe('@Kofi Mensah')
    expect(await thread.getByRole('button', { name: 'Approve' }).count()).toBe(0)
  })

  test('the modal shows what is missing and what the app minds, and its answer is for one person', async () => {
    await say('a card please')
    await by('open-thread').click()
    await by('thread').getByRole('button', { name: 'Deny' }).click()
    await by('modal-submit').click()
    await page.getByText('Please complete this required field.').waitFor()
    await page.getByLabel('Why?').fill('no')
    await by('modal-submit').click()
    await page.getByText('a little more').waitFor()
    expect(await page.getByLabel('Why?').inputValue()).toBe('no')
    await page.getByLabel('Why?').fill('not this week')
    await by('modal-submit').click()
    await page.getByText('Denied: not this week').waitFor()
    await page.getByText('Only visible to you').waitFor()
    expect(await by('modal').count()).toBe(0)
    await become('tom')
    await by('open-thread').waitFor()
    expect(await page.getByText('Denied: not this week').count()).toBe(0)
  })

  test('what people write stays text, whatever it looks like', async () => {
    await say('<b>bold</b> <img src=x onerror="document.title=1"> *strong* `x < y` <https://corp.example|<i>>')
    const message = by('message').last()
    await message.locator('strong', { hasText: 'strong' }).waitFor()
    expect(await message.locator('b, img, i').count()).toBe(0)
    expect(await message.textContent()).toContain('<b>bold</b> <img src=x onerror="document.title=1">')
    expect(await message.locator('code').textContent()).toBe('x < y')
  })

  test('a direct message with Sallyport is between the two', async () => {
    await by('nav-dm').click()
    await page.getByText('This is the start of Sallyport').waitFor()
    await say('only you hear this')
    await by('message').getByText('only you hear this').waitFor()
    const dm = (await workspace.state()).channels.find((channel) => channel.id === 'D0INES')
    expect(dm?.messages.map((message) => message.text)).toEqual(['only you hear this'])
    await become('tom')
    await page.getByText('This is the start of Sallyport').waitFor()
    expect(await page.getByText('only you hear this').count()).toBe(0)
  })

  test('the home tab is the one of whoever looks', async () => {
    await by('nav-home').click()
    await by('home').getByText('Home of U0INES').waitFor()
    await become('tom')
    await by('home').getByText('Home of U0TOM').waitFor()
  })

  test('pull requests show their files and are merged by whoever looks', async () => {
    await by('nav-github').click()
    const pull = by('pr-7')
    expect(await pull.locator('tr.add').innerText()).toContain('+new <b>')
    expect(await pull.locator('tr.del .number').first().innerText()).toBe('2')
    await by('merge-7').click()
    await expect.poll(happened).toContainEqual(['merge', { number: 7, user: 'ines' }])
  })

  test('devices are troubled and edited, and time passes', async () => {
    await by('nav-devices').click()
    await by('inner-down').click()
    await by('server-up-web-w1').click()
    await page.getByText('Edit the live configuration by hand').click()
    await page.getByLabel('Find').fill('a line')
    await page.getByLabel('Replace with').fill('another')
    await by('edit-inner').click()
    await by('clock-P1D').click()
    await expect.poll(happened).toEqual([
      ['device', { device: 'inner', do: 'down' }],
      ['device', { device: 'inner', do: 'server-up', backend: 'web', server: 'w1' }],
      ['device', { device: 'inner', do: 'edit', find: 'a line', replace: 'another' }],
      ['clock', { advance: 'P1D' }],
    ])
  })

  test('on a phone the sidebar is behind a button and nothing runs off the side', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await say('a card please')
    await page.getByRole('button', { name: 'Open the sidebar' }).click()
    await by('nav-github').click()
    await by('pr-7').waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    expect(await page.evaluate("document.body.classList.contains('sidebar-open')")).toBe(false)
  })

  async function happened(): Promise<unknown> {
    return (await workspace.state()).happened
  }
})
