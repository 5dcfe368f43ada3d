import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Intent } from '../../src/language/intent.ts'
import { BALANCER, changedExample, FIREWALL, POLICIES, run, scratchFile } from './in-memory.ts'

const STORY = 'give the data team access to grafana until Friday'
const HERE = ['--policies', POLICIES]
const firstJson = (out: string) => JSON.parse(out.split('\n')[0] ?? '')

describe('ask', () => {
  test('prints the intent as one JSON line', async () => {
    const ran = await run(['ask', STORY, '--as', 'alice', '--json', ...HERE])
    expect(Intent.parse(firstJson(ran.out))).toMatchObject({
      kind: 'grant',
      subjects: [{ type: 'group', id: 'data' }],
      services: ['grafana'],
      window: { end: '2026-11-27T23:59:59+01:00' },
    })
    expect(ran.code).toBe(0)
  })

  test('says one sentence and what is open', async () => {
    const ran = await run(['ask', 'give the ops team access to wiki until Friday', '--as', 'Alice Ferrara', ...HERE])
    expect(ran.lines[0]).toContain('Wiki')
    expect(ran.out).toContain('Site Reliability')
    expect(ran.out).toContain('IT Operations')
  })

  test('counts its days from --now', async () => {
    const ran = await run(['ask', STORY, '--as', 'alice', '--json', '--now', '2027-03-01T08:00:00+01:00', ...HERE])
    expect(firstJson(ran.out).window.end).toBe('2027-03-05T23:59:59+01:00')
  })

  test.each([
    [['ask', STORY], /--as/],
    [['ask', STORY, '--as', 'alise', ...HERE], /Did you mean alice\?/],
    [['ask', STORY, '--as', 'sam', ...HERE], /sam-reyes or sam-whitfield/],
    [['ask', STORY, '--as', 'alice', '--now', 'tomorrow', ...HERE], /--now is a time/],
    [['ask', STORY, '--az', 'alice', ...HERE], /no option --az\. Did you mean --as\?/],
    [['ask', STORY, '--as', ...HERE], /--as/],
    [['ask', STORY, '--as', 'alice', '--as', 'bob', ...HERE], /given twice/],
    [['ask', STORY, '--as', 'alice', '--policies', '/nowhere'], /no edge repository at \/nowhere/],
  ])('%j is called wrongly', async (args, says) => {
    const ran = await run(args)
    expect(ran.code).toBe(2)
    expect(ran.err).toMatch(says)
    expect(ran.out).toBe('')
  })
})

describe('plan', () => {
  test('shows the change on both doors and its proof', async () => {
    const ran = await run(['plan', STORY, '--as', 'alice', '--json', ...HERE])
    const { intent, changes } = firstJson(ran.out)
    expect(intent.kind).toBe('grant')
    expect(changes).toHaveLength(1)
    const [change] = changes
    expect(change).toMatchObject({ action: 'grant', service: 'grafana', verdict: 'exact', closes: [] })
    expect(change.grant).toMatchObject({ allow: ['group:data'], until: '2026-11-27T23:59:59+01:00' })
    expect(change.digest).toMatch(/^[0-9a-f]{32}$/)
    expect(change.opens.join('\n')).toContain('10.10.20.0/24')
    expect(change.diffs.map(({ path }: { path: string }) => path)).toEqual([
      'policies/services/grafana.yaml',
      'policies/devices/edge-fw.conf',
      'policies/devices/edge-lb.cfg',
    ])
    for (const { patch } of change.diffs) expect(patch).not.toMatch(/^-(?!--)/m)
    expect(ran.code).toBe(0)
  })

  test('comes to the same from the intent that ask prints, on standard input', async () => {
    const asked = await run(['ask', STORY, '--as', 'alice', '--json', ...HERE])
    const planned = await run(['plan', '--intent', '-', '--as', 'alice', '--json', ...HERE], { stdin: asked.out })
    const direct = await run(['plan', STORY, '--as', 'alice', '--json', ...HERE])
    const [a, b] = [firstJson(planned.out).changes[0], firstJson(direct.out).changes[0]]
    expect([a.verdict, a.opens, a.digest]).toEqual([b.verdict, b.opens, b.digest])
    expect(planned.code).toBe(0)
  })

  test('exits with 1 and a reason where the rules say no', async () => {
    const ran = await run(['plan', 'give guest wifi access to wiki until Friday', '--as', 'alice', '--json', ...HERE])
    const { changes } = firstJson(ran.out)
    expect(changes[0].refusal?.reason ?? changes[0].verdict).toMatch(/NEVER:no-guests|forbidden/)
    expect(ran.code).toBe(1)
  })

  test('exits with 1 and the question where something is open', async () => {
    const ran = await run(['plan', 'give the ops team access to wiki until Friday', '--as', 'alice', '--json', ...HERE])
    const planned = firstJson(ran.out)
    expect(planned.changes).toEqual([])
    expect(planned.questions[0]).toMatchObject({ slot: 'subject' })
    expect(ran.code).toBe(1)
  })

  test('plans nothing for a question, and says so', async () => {
    const ran = await run(['plan', 'why is grafana unreachable for the finance team?', '--as', 'alice', ...HERE])
    expect(ran.out).toContain('asks for no change')
    expect(ran.code).toBe(1)
  })

  test.each([
    ['{', /is not JSON/],
    ['{"kind":"grant","everything":true}', /is no intent/],
    ['{"kind":"grant","subjects":[{"type":"cidr","id":"banana"}],"services":["wiki"]}', /"banana" is no subject/],
    [
      '{"kind":"grant","subjects":[{"type":"group","id":"data"}],"services":["wiki"],"ports":["443"]}',
      /"443" is no port/,
    ],
    [
      '{"kind":"grant","subjects":[{"type":"group","id":"data"}],"services":["wiki"],"window":{"end":"friday"}}',
      /"friday" is no time/,
    ],
    [
      '{"kind":"grant","subjects":[{"type":"group","id":"data"}],"services":["wiki"],"window":{"duration":"soon"}}',
      /"soon" is no duration/,
    ],
  ])('an intent %s is called wrongly', async (text, says) => {
    const ran = await run(['plan', '--intent', scratchFile('intent.json', text), '--as', 'alice', ...HERE])
    expect(ran.err).toMatch(says)
    expect(ran.code).toBe(2)
  })

  test('a service that nobody knows is refused, not guessed', async () => {
    const intent = {
      kind: 'grant',
      subjects: [{ type: 'group', id: 'data' }],
      services: ['nonesuch'],
      window: { end: '2026-11-27T23:59:59+01:00' },
    }
    const ran = await run(['plan', '--intent', '-', '--json', ...HERE], { stdin: JSON.stringify(intent) })
    expect(firstJson(ran.out).changes[0].refusal.reason).toBe('UNKNOWN_SERVICE')
    expect(ran.code).toBe(1)
  })
})

describe('explain', () => {
  test('names the first line that stops somebody, in a file that exists', async () => {
    const ran = await run(['explain', '--from', 'group:finance', '--to', 'grafana', ...HERE])
    expect(ran.lines[0]).toBe('Finance cannot reach Grafana.')
    expect(ran.out).toMatch(/deny-finance-to-edge/)
    expect(ran.out).toMatch(/policies\/devices\/edge-fw\.conf:\d+/)
    expect(ran.code).toBe(1)
  })

  test.each([
    ['observability', 'grafana'],
    ['o11y', 'Grafana'],
    ['10.10.40.7', 'https://GRAFANA.corp.example:443/d/x?y=1'],
    ['10.10.40.0/24', 'grafana.corp.example/'],
    ['olga', 'dashboards'],
  ])('%s reaches %s', async (from, to) => {
    const ran = await run(['explain', '--from', from, '--to', to, '--json', ...HERE])
    expect(firstJson(ran.out)).toMatchObject({ verdict: 'reachable' })
    expect(ran.code).toBe(0)
  })

  test('the path and the method count', async () => {
    const ask = async (to: string, method: string) =>
      (await run(['explain', '--from', 'partner-kestrel', '--to', to, '--method', method, ...HERE])).code
    expect(await ask('status/public/', 'GET')).toBe(0)
    expect(await ask('status/private/', 'GET')).toBe(1)
    expect(await ask('status/public/', 'POST')).toBe(1)
  })

  test.each([
    [['--from', 'finanec', '--to', 'grafana'], /Did you mean finance\?/],
    [['--from', 'ops', '--to', 'grafana'], /group:sre or group:it-ops/],
    [['--from', 'group:nope', '--to', 'grafana'], /no group "nope"/],
    [['--from', '10.10.30.1/24', '--to', 'grafana'], /bits set beyond/],
    [['--from', 'finance', '--to', 'grafanna'], /Did you mean grafana\?/],
    [['--from', 'finance', '--to', 'grafana.corp.exmple'], /Did you mean grafana\.corp\.example\?/],
    [['--from', 'finance', '--to', 'grafana:8080'], /offered on tcp\/443, not on port 8080/],
    [['--from', 'finance'], /--to what/],
    [['--from', 'finance', '--to', 'grafana', '--live'], /FORTIGATE_URL/],
  ])('%j is called wrongly', async (args, says) => {
    const ran = await run(['explain', ...args, ...HERE])
    expect(ran.err).toMatch(says)
    expect(ran.code).toBe(2)
  })

  test('live devices that cannot be reached are named, and Git stands in for them', async () => {
    const env = { HAPROXY_CONFIG: '/nowhere/haproxy.cfg' }
    const ran = await run(['explain', '--live', '--from', 'finance', '--to', 'grafana', ...HERE], { env })
    expect(ran.out).toContain('I could not see edge-fw')
    expect(ran.out).toContain('I could not see edge-lb')
    expect(ran.out).toContain('deny-finance-to-edge')
    expect(ran.code).toBe(1)
  })
})

describe('drift', () => {
  test('needs live devices, and says which settings name them', async () => {
    for (const args of [[], ['--live']]) {
      const ran = await run(['drift', ...args, ...HERE])
      expect(ran.code).toBe(2)
      expect(ran.err).toContain('HAPROXY_SOCKET')
    }
  })

  test('finds what a live HAProxy lets in beyond Git', async () => {
    const live = changedExample({ 'devices/edge-lb.cfg': [['10.10.40.0/24', '10.10.40.0/23']] })
    const env = { HAPROXY_CONFIG: join(live, 'devices/edge-lb.cfg') }
    const ran = await run(['drift', '--live', '--json', ...HERE], { env })
    expect(firstJson(ran.out)).toMatchObject({ verdict: 'drifted' })
    expect(ran.out).toContain('10.10.41.0/24')
    expect(ran.code).toBe(1)
  })

  test('a live HAProxy as declared is in step', async () => {
    const ran = await run(['drift', '--live', ...HERE], { env: { HAPROXY_CONFIG: BALANCER } })
    expect(ran.out).toContain('Nothing drifted')
    expect(ran.code).toBe(0)
  })

  test('nothing seen at all is a broken world, not peace', async () => {
    const ran = await run(['drift', '--live', ...HERE], { env: { HAPROXY_CONFIG: '/nowhere/haproxy.cfg' } })
    expect(ran.code).toBe(3)
  })
})

describe('diff', () => {
  test('a wider ACL opens exactly the addresses that were added', async () => {
    const after = changedExample({ 'devices/edge-lb.cfg': [['10.10.40.0/24', '10.10.40.0/23']] })
    const ran = await run(['diff', '--haproxy', BALANCER, join(after, 'devices/edge-lb.cfg'), '--json'])
    const { opens, closes } = firstJson(ran.out)
    expect(closes).toEqual([])
    expect(opens).toMatchObject([
      { to: 'backend grafana', flows: [expect.stringContaining('10.10.41.0/24 → 10.20.0.5')] },
    ])
    expect(opens[0].because[0].says).toBe('use_backend grafana if host-grafana')
    expect(opens[0].witness.src).toMatch(/^10\.10\.41\./)
    const back = firstJson(
      (await run(['diff', '--haproxy', join(after, 'devices/edge-lb.cfg'), BALANCER, '--json'])).out,
    )
    expect(back.opens).toEqual([])
    expect(back.closes[0].flows).toEqual(opens[0].flows)
  })

  test('a disabled policy closes', async () => {
    const after = changedExample({
      'devices/edge-fw.conf': [
        ['set name "sallyport-ar-2v9sn3g6xa"\n', 'set name "sallyport-ar-2v9sn3g6xa"\n        set status disable\n'],
      ],
    })
    const ran = await run(['diff', '--fortigate', FIREWALL, join(after, 'devices/edge-fw.conf')])
    expect(ran.out).toMatch(/^closes vip-payments/m)
    expect(ran.out).toContain('10.10.30.0/24')
    expect(ran.code).toBe(0)
  })

  test('the same means nothing opens and nothing closes', async () => {
    const ran = await run(['diff', '--fortigate', FIREWALL, FIREWALL])
    expect(ran.out).toBe('Opens nothing and closes nothing.\n')
  })

  test('--at looks at what is still to come', async () => {
    const grant = '    acl late date ge 1795820400\n    http-request deny if late\n'
    const after = scratchFile(
      'b.cfg',
      `frontend f\n    mode http\n    bind 10.0.0.1:80\n${grant}    default_backend b\nbackend b\n    mode http\n    server s 10.0.0.2:80\n`,
    )
    const before = scratchFile(
      'b.cfg',
      'frontend f\n    mode http\n    bind 10.0.0.1:80\n    acl late date ge 1795820400\n    http-request deny if late { src 10.1.0.0/16 }\n    default_backend b\nbackend b\n    mode http\n    server s 10.0.0.2:80\n',
    )
    const closes = firstJson(
      (await run(['diff', '--haproxy', before, after, '--json', '--at', '2026-11-23T10:00:00Z'])).out,
    ).closes
    expect(closes[0].flows.join()).toContain('from ')
    expect(closes[0].witness.at).toBe(1795820400)
  })

  test('a file that HAProxy would refuse is told, and exits with 1', async () => {
    const broken = scratchFile('c.cfg', 'frontend f\n    use_backend nowhere\n')
    const ran = await run(['diff', '--haproxy', BALANCER, broken])
    expect(ran.err).toContain('NO_SUCH_BACKEND')
    expect(ran.code).toBe(1)
  })
})

describe('eval', () => {
  const label = {
    kind: 'grant',
    subjects: [{ type: 'group', id: 'data' }],
    services: ['grafana'],
    window: { end: '2026-11-27T23:59:59+01:00', precision: 'day' },
    needsClarification: [],
  }
  const right = JSON.stringify({ id: 'a', from: 'alice', text: STORY, expected: label })

  test('a level, other languages and flags that are due have rows of their own, when labels mark them', async () => {
    const marked = (id: string, more: object, expected: object): string =>
      JSON.stringify({ id, from: 'alice', text: STORY, expected, ...more })
    const cases = scratchFile(
      'cases.jsonl',
      [
        marked('a', { level: 'hard', lang: 'en' }, label),
        marked('b', { level: 'hard', lang: 'de' }, { ...label, services: ['wiki'], flags: ['injection'] }),
        marked('c', { level: 'everyday', lang: 7 }, label),
      ].join('\n'),
    )
    const { out } = await run(['eval', '--cases', cases, ...HERE])
    expect(out).toMatch(/^exact, everyday\s+100\.0 %$/m)
    expect(out).toMatch(/^exact, hard\s+50\.0 %$/m)
    expect(out).toMatch(/^exact, not in English\s+0\.0 %$/m)
    expect(out).toMatch(/^flagged when due\s+0\.0 %$/m)
    const { lines } = await run(['eval', '--json', '--cases', cases, ...HERE])
    expect(JSON.parse(lines.at(-1) ?? '').subsets).toMatchObject({ 'exact, hard': 0.5 })
  })

  test('prints one prediction a line in the order of the cases, then the table', async () => {
    const wrong = JSON.stringify({ id: 'b', from: 'alice', text: STORY, expected: { ...label, services: ['wiki'] } })
    const unlabelled = JSON.stringify({ id: 'c', from: 'bob', text: 'what drifted?' })
    const cases = scratchFile('cases.jsonl', [right, wrong, unlabelled].join('\n'))
    const ran = await run(['eval', '--cases', cases, ...HERE])
    const predictions = ran.lines.slice(0, 3).map((line) => JSON.parse(line))
    expect(predictions.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(predictions[0].intent).toMatchObject({ kind: 'grant', services: ['grafana'] })
    expect(predictions[2].intent).toMatchObject({ kind: 'drift' })
    expect(ran.out).toMatch(/^messages\s+2$/m)
    expect(ran.out).toMatch(/^unsafe\s+1$/m)
    expect(ran.out).toMatch(/^exact\s+50\.0 %$/m)
    expect(ran.out).toMatch(/^unsafe b: another service$/m)
    expect(ran.code).toBe(0)
  })

  test('a line that cannot be read is said, and the others are scored', async () => {
    const ran = await run(['eval', '--cases', scratchFile('cases.jsonl', `{\n${right}\n`), '--json', ...HERE])
    expect(JSON.parse(ran.lines[0] ?? '')).toEqual({ id: null, error: 'line 1: it is not JSON' })
    expect(JSON.parse(ran.lines[2] ?? '').table).toMatchObject({ messages: 1, exact: 1, unsafe: 0 })
    expect(ran.code).toBe(1)
  })
})

describe('a folder of policies', () => {
  test('shows nothing of what a link leads to outside of it', async () => {
    const folder = changedExample({})
    const secret = scratchFile('secret.lst', 'not for these eyes')
    symlinkSync(secret, join(folder, 'devices/stolen.lst'))
    mkdirSync(join(folder, '.git'))
    writeFileSync(join(folder, '.git/config'), 'x')
    writeFileSync(join(folder, 'devices/logo.png'), Buffer.from([0x89, 0x50, 0, 0xff]))
    const ran = await run(['check', folder])
    expect(ran.out).toMatch(/stolen\.lst:1 LEFT_OUT .*leads out of the folder/)
    expect(ran.out).toMatch(/logo\.png:1 LEFT_OUT/)
    expect(ran.out).not.toContain('.git')
    expect(ran.out).not.toContain('these eyes')
  })
})
