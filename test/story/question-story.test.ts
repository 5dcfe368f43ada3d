import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { haproxyInstalled } from '../live/haproxy-installed.ts'
import { type Bot, startBot } from './start-bot.ts'
import { plain } from './workspace-api.ts'

const WHY = 'why is grafana unreachable for the finance team?'

describe('questions are answered from the live devices', () => {
  let bot: Bot
  let untouched = ''
  beforeAll(async () => {
    bot = await startBot()
  })
  afterAll(() => bot.close())
  beforeEach(async () => {
    untouched = await bot.live('edge-fw.conf')
  })
  afterEach(async () => {
    await bot.device('edge-fw', { do: 'up' })
    await bot.device('edge-lb', { do: 'up' })
    const now = await bot.live('edge-fw.conf')
    if (now !== untouched) await bot.device('edge-fw', { do: 'edit', find: now, replace: untouched })
  })
  const answer = async (text: string, ...words: string[]) => plain((await bot.ask('alice', text, ...words)).answer)

  test('the first thing that stops somebody is named with its device, and its line is that line', async () => {
    const words = await answer(WHY, 'Finance cannot reach Grafana')
    expect(words).toMatch(/edge-fw .*deny-finance-to-edge/)
    const cited = citations(words)
    expect(cited.map(({ file }) => file)).toContain('edge-fw (live)')
    expect(await Promise.all(cited.map(async (one) => ({ ...one, text: await lineOf(bot, one) })))).toEqual(
      cited.map((one) => ({ ...one, text: one.says })),
    )
    const [first] = cited
    const policy = (await bot.live('edge-fw.conf')).split('\n').slice((first?.line ?? 0) - 1)
    expect(
      policy
        .slice(
          0,
          policy.findIndex((line) => line.trim() === 'next'),
        )
        .join('\n'),
    ).toContain('set name "deny-finance-to-edge"')
  })

  test('whoever may come in is told the way, with the lines that let them', async () => {
    const words = await answer('can the observability team reach grafana?', 'Observability can reach Grafana')
    const cited = citations(words)
    expect(cited.map(({ file }) => file)).toEqual(expect.arrayContaining(['edge-fw (live)', 'edge-lb (live)']))
    for (const one of cited) expect(await lineOf(bot, one)).toBe(one.says)
  })

  test.each([
    ['can observability reach grafana on 443?', 'Observability can reach Grafana on tcp/443'],
    ['can observability reach grafana on 8443?', 'Grafana does not offer tcp/8443; it offers tcp/443.'],
    ['does observability have access to grafana on 8443?', 'Grafana does not offer tcp/8443; it offers tcp/443.'],
    ['what can observability reach on 5432?', 'Observability cannot reach Reporting Database on tcp/5432.'],
    ['who can reach postgres on 5432?', 'entries of access to Reporting Database on tcp/5432.'],
    ['who can reach postgres on 5433?', 'Reporting Database does not offer tcp/5433; it offers tcp/5432.'],
    [
      'can observability reach grafana from the vpn?',
      'no address of group:observability that is also in network:vpn-pool',
    ],
    ['is anyone except finance able to reach grafana?', 'Whom is it about?'],
  ])('a question is about what it says besides, and about no more: %s', async (question, words) => {
    expect(await answer(question)).toContain(words)
  })

  test('of two who are asked about together each has an answer', async () => {
    const words = 'do observability and finance have access to grafana?'
    expect(await answer(words, 'Observability can reach Grafana:')).not.toContain('Finance')
    expect(await answer(words, 'Finance cannot reach Grafana.')).not.toContain('Observability')
  })

  test.skipIf(!haproxyInstalled)(
    'when a server is down, that is the answer, with the health check’s reason',
    async () => {
      await bot.device('edge-lb', { do: 'server-down', service: 'grafana', server: 'g1' })
      const words = await bot.until(async () => {
        const now = await answer(WHY, 'Grafana')
        return /health check/.test(now) && /\bDOWN\b/.test(now) ? now : undefined
      }, 'an answer that names the health check')
      expect(words).toContain('Grafana is down for everybody')
      expect(words).toMatch(/grafana\/g1 is DOWN.*\(health check: L\d[A-Z]+, .+\)/)
      expect(words).toContain('deny-finance-to-edge')
      await bot.device('edge-lb', { do: 'server-up', service: 'grafana', server: 'g1' })
      await bot.until(async () => {
        const now = await answer(WHY, 'Grafana')
        return now.includes('DOWN') ? undefined : now
      }, 'an answer without the server')
    },
  )

  test('what somebody opened by hand is said as who can reach what, not as text', async () => {
    expect(await answer('what drifted?')).toContain('Nothing drifted')
    const live = await bot.live('edge-fw.conf')
    const policy = live.slice(live.indexOf('set name "sallyport-ar-1z6dj9g3bw"'))
    const find = policy.slice(0, policy.indexOf('\n', policy.indexOf('set srcaddr')))
    await bot.device('edge-fw', { do: 'edit', find, replace: find.replace(/set srcaddr .*/, 'set srcaddr "all"') })
    const words = await answer('what drifted?', 'edge-fw drifted from what Git declares')
    expect(words).toMatch(/edge-fw lets in what Git does not declare: .*10\.10\.\d+\.\d+.* tcp\/5432/)
    expect(words).toContain('vip-postgres')
    expect(words.split('\n')[1]).not.toMatch(/srcaddr|"all"/)
  })

  test('an edit that changes nothing for anybody is no drift', async () => {
    const find = 'set comments "sallyport ar-1z6dj9g3bw: data to postgres, standing"'
    await bot.device('edge-fw', { do: 'edit', find, replace: 'set comments "nightly models, ask Petra"' })
    const words = await answer('what drifted?', 'Nothing drifted')
    expect(words).toMatch(/The text of edge-fw differs from Git in (1|one) line, and nobody can reach more or less/)
  })

  test('a door that somebody closed by hand is the answer to why', async () => {
    const live = await bot.live('edge-fw.conf')
    const policy = live.slice(live.indexOf('set name "sallyport-ar-1z6dj9g3bw"'))
    const find = policy.slice(0, policy.indexOf('\n', policy.indexOf('set action accept')))
    await bot.device('edge-fw', { do: 'edit', find, replace: find.replace('set action accept', 'set action deny') })
    const words = await answer('why can the data team not reach postgres?', 'cannot reach Reporting Database')
    expect(words).toContain('Git declares this open')
    expect(await answer('what drifted?')).toMatch(/edge-fw no longer lets in what Git declares: 10\.10\.20\.0\/24/)
  })

  test.each([
    { device: 'edge-fw', trouble: 'down' },
    { device: 'edge-fw', trouble: 'garble' },
    ...(haproxyInstalled ? [{ device: 'edge-lb', trouble: 'down' }] : []),
  ])('when $device is $trouble, the answer says which one it could not see', async ({ device, trouble }) => {
    await bot.device(device, { do: trouble })
    const words = await answer(WHY, 'Not seen')
    expect(words.slice(words.indexOf('Not seen'))).toContain(device)
    expect(words).toContain('Finance cannot reach Grafana')
    const drift = await answer('what drifted?', 'Not seen')
    expect(drift.slice(drift.indexOf('Not seen'))).toContain(device)
    await bot.device(device, { do: 'up' })
    await bot.until(async () => ((await answer(WHY)).includes('Not seen') ? undefined : true), 'both devices again')
  })
})

type Citation = { readonly file: string; readonly line: number; readonly says: string }

/** Every `file:line` of an answer with the words that are said to stand there. */
function citations(words: string): Citation[] {
  return [...words.matchAll(/`([^`\n]+):(\d+)` `([^`\n]+)`/g)].map(([, file = '', line = '', says = '']) => ({
    file,
    line: Number(line),
    says,
  }))
}

async function lineOf(bot: Bot, { file, line }: Citation): Promise<string> {
  const text = await bot.live(file.startsWith('edge-fw') ? 'edge-fw.conf' : 'edge-lb/haproxy.cfg')
  return text.split('\n')[line - 1]?.trim() ?? ''
}
