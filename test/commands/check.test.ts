import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { applyPatch } from 'diff'
import { expect, test } from 'vitest'
import { CHECK_PROBLEMS } from '../../src/commands/check-problems.ts'
import { haproxyInstalled } from '../live/haproxy-installed.ts'
import { changedExample, POLICIES, run } from './in-memory.ts'

type Edits = Parameters<typeof changedExample>[0]

/** The problems of the example after these edits, as `CODE file:line` of those that are new. */
async function checkProblems(edits: Edits, code: string, place: RegExp, says: RegExp, exit = 1): Promise<void> {
  const ran = await run(['check', changedExample(edits), '--json'])
  const problems = ran.out === '' ? [] : ran.lines.map((line) => JSON.parse(line))
  const found = problems.filter((problem) => problem.code === code)
  expect(found.length, JSON.stringify(problems)).toBeGreaterThan(0)
  expect(`${found[0].file}:${found[0].line}`).toMatch(place)
  expect(found[0].message).toMatch(says)
  expect(ran.code).toBe(exit)
}

test('the example repository is right', async () => {
  const ran = await run(['check', POLICIES])
  expect(ran.lines.at(-1)).toMatch(/: no problems$/)
  expect(ran.code).toBe(0)
})

test('the folder above policies will do', async () => {
  expect((await run(['check', join(POLICIES, '..')])).code).toBe(0)
})

test('an access entry that the firewall does not give', () =>
  checkProblems(
    {
      'devices/edge-fw.conf': [
        ['set name "sallyport-ar-2v9sn3g6xa"\n', 'set name "sallyport-ar-2v9sn3g6xa"\n        set status disable\n'],
      ],
    },
    'GRANT_NOT_OPEN',
    /services\/payments\.yaml:\d+$/,
    /10\.10\.30\.0\/24 .*does not get to .*because of .*edge-fw\.conf:\d+/,
  ))

test('an access entry that the load balancer does not give', () =>
  checkProblems(
    {
      'devices/edge-lb.cfg': [
        ['acl sallyport-ar-4h7mz2k9qd src 10.10.40.0/24', 'acl sallyport-ar-4h7mz2k9qd src 10.10.40.0/25'],
      ],
    },
    'GRANT_NOT_OPEN',
    /grafana\.yaml:17$/,
    /10\.10\.40\.128\/25 .*edge-lb\.cfg:\d+/,
  ))

test('a guard that is gone opens the service to whoever passes the firewall', () =>
  checkProblems(
    {
      'devices/edge-lb.cfg': [
        ['    http-request deny deny_status 403 unless { var(txn.sallyport_grafana) -m bool }\n', ''],
      ],
    },
    'OPEN_TO_OTHERS',
    /grafana\.yaml:\d+$/,
    /gets to Grafana, and no entry lets them in, because of/,
  ))

test('a guard that lets in one address more than declared', () =>
  checkProblems(
    {
      'devices/edge-lb.cfg': [
        ['acl sallyport-ar-5w1gp8s3tv src 10.10.80.0/24', 'acl sallyport-ar-5w1gp8s3tv src 10.10.80.0/24 10.10.40.9'],
      ],
    },
    'OPEN_TO_OTHERS',
    /reports\.yaml:\d+$/,
    /10\.10\.40\.9 → /,
  ))

test('paths that are open although only some were declared', () =>
  checkProblems(
    { 'devices/edge-lb.cfg': [['path_beg /public/', 'path_beg /pub']] },
    'OPEN_TO_OTHERS',
    /status\.yaml:\d+$/,
    /path .*\/pub/,
  ))

test('an entry taken out of Git while the doors stay open', () =>
  checkProblems(
    {
      'services/grafana.yaml': [
        [
          '  - allow: [group:observability]\n    ports: [tcp/443]\n    reason: the team that runs it\n    ticket: NET-1021\n    request: ar-4h7mz2k9qd\n    approvedBy: [bob]\n',
          '',
        ],
      ],
    },
    'OPEN_TO_OTHERS',
    /grafana\.yaml:\d+$/,
    /10\.10\.40\.0\/24/,
  ))

test('access that hangs on chance is no error and no silence', () =>
  checkProblems(
    {
      'devices/edge-lb.cfg': [
        [
          'use_backend grafana if host-grafana',
          'http-request deny if { rand(100) lt 5 }\n    use_backend grafana if host-grafana',
        ],
      ],
    },
    'GRANT_DEPENDS',
    /services\/\w+\.yaml:\d+$/,
    /depends on .*rand\(100\)/,
    0,
  ))

test.each([
  ['NO_VIP', 'services/grafana.yaml', 'vip: vip-edge', 'vip: vip-edgy', /grafana\.yaml:8$/],
  ['VIP_UNCLEAR', 'services/grafana.yaml', 'port: 443 }', 'port: 444 }', /grafana\.yaml:8$/],
  ['NO_FRONTEND', 'services/grafana.yaml', 'frontend: https-in', 'frontend: http-inn', /grafana\.yaml:9$/],
  ['NO_BIND', 'services/grafana.yaml', 'frontend: https-in', 'frontend: api-in', /grafana\.yaml:9$/],
  ['NO_BACKEND', 'services/grafana.yaml', 'backend: grafana', 'backend: grafanna', /grafana\.yaml:9$/],
  [
    'AGAINST_GUARDRAIL',
    'services/postgres.yaml',
    'access:\n',
    'access:\n  - allow: [network:cdn]\n',
    /postgres\.yaml:\d+$/,
  ],
] as const)('%s', (code, path, find, replace, place) => checkProblems({ [path]: [[find, replace]] }, code, place, /./))

test.each([
  [
    'GRANT_OVER',
    'services/wiki.yaml',
    'access:\n',
    'access:\n  - allow: [group:data]\n    until: 2026-11-20T10:00:00+01:00\n',
    /wiki\.yaml:\d+$/,
  ],
  ['OTHER_SERVERS', 'services/grafana.yaml', 'name: g1', 'name: g9', /grafana\.yaml:12$/],
] as const)('%s is a warning', (code, path, find, replace, place) =>
  checkProblems({ [path]: [[find, replace]] }, code, place, /./, 0),
)

test.each([
  [{ type: 'group', id: 'contractors' }, 'payments', { via: [{ type: 'network', id: 'vpn-pool' }] }],
  [{ type: 'network', id: 'office' }, 'grafana', { except: [{ type: 'cidr', id: '10.10.71.0/24' }] }],
  [{ type: 'group', id: 'finance' }, 'postgres', {}],
])('what plan makes of %j for %s is what check wants to see', async (subject, service, more) => {
  const folder = changedExample({})
  const window = { end: '2026-11-27T23:59:59+01:00' }
  const intent = JSON.stringify({ kind: 'grant', subjects: [subject], services: [service], window, ...more })
  const planned = await run(['plan', '--intent', '-', '--json', '--policies', folder], { stdin: intent })
  const [change] = JSON.parse(planned.lines[0] ?? '').changes
  expect(change.verdict, planned.out).toBe('exact')
  for (const { path, patch } of change.diffs) {
    const file = join(folder, path.slice('policies/'.length))
    const after = applyPatch(readFileSync(file, 'utf8'), patch)
    if (after === false) throw new Error(`the patch of ${path} does not apply`)
    writeFileSync(file, after)
  }
  expect((await run(['check', folder, '--json'])).out).toBe('')
  // And taken out of the policy alone, the doors are open to somebody whom nobody declared.
  const policy = join('services', `${service}.yaml`)
  copyFileSync(join(POLICIES, policy), join(folder, policy))
  const left = await run(['check', folder, '--json'])
  expect(left.out).toContain('OPEN_TO_OTHERS')
  expect(left.code).toBe(1)
})

test('a policy below another that takes all of it', () =>
  checkProblems(
    {
      'devices/edge-fw.conf': [
        [
          '    edit 999\n',
          '    edit 998\n        set srcintf "any"\n        set dstintf "any"\n        set srcaddr "all"\n        set dstaddr "all"\n        set schedule "always"\n        set service "ALL"\n        set match-vip enable\n    next\n    edit 999\n',
        ],
      ],
    },
    'POLICY_SHADOWED',
    /edge-fw\.conf:\d+$/,
    /policy 999 never decides anything: all it would match is taken by 998 \(line \d+\) above it/,
    0,
  ))

test('schema problems keep their place in the folder that was named', async () => {
  const folder = changedExample({ 'services/wiki.yaml': [['owner:', 'ownr:']] })
  const ran = await run(['check', folder])
  expect(ran.out).toMatch(new RegExp(`^${folder}/services/wiki\\.yaml:\\d+:\\d+ UNKNOWN_FIELD `, 'm'))
  expect(ran.lines.at(-1)).toMatch(/error/)
  expect(ran.code).toBe(1)
})

test('a broken device file is reported, and what hangs on it is not guessed', async () => {
  const folder = changedExample({
    'devices/edge-lb.cfg': [['use_backend wiki if host-wiki', 'use_backend wicki if host-wiki']],
  })
  const ran = await run(['check', folder])
  expect(ran.out).toContain('NO_SUCH_BACKEND')
  expect(ran.out).toMatch(/grafana was not compared with the doors: .*edge-lb\.cfg:\d+ is not right/)
  expect(ran.code).toBe(1)
})

test.skipIf(!haproxyInstalled)('what only HAProxy itself can tell is in the list (needs haproxy)', async () => {
  const folder = changedExample({ 'devices/edge-lb.cfg': [['balance leastconn', 'balance leastcon']] })
  const ran = await run(['check', folder])
  expect(ran.out).toMatch(/edge-lb\.cfg:\d+.* HAPROXY_ALERT /)
  expect(ran.code).toBe(1)
})

test('annotations for GitHub cannot be broken out of', async () => {
  const folder = changedExample({ 'services/wiki.yaml': [['owner: ', '"a,b:c%0A::error::\\nx": 1\nowner: ']] })
  const ran = await run(['check', folder, '--github'])
  expect(ran.code).toBe(1)
  for (const line of ran.lines)
    expect(line).toMatch(/^::(error|warning) file=[^,:]+,line=\d+(,col=\d+)?,title=[A-Z_]+::/)
  expect(ran.lines.some((line) => line.includes('%250A'))).toBe(true)
})

test.each(Object.entries(CHECK_PROBLEMS))(
  '%s is explained in docs/problems.md in the same words',
  (code, explanation) => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/problems.md'), 'utf8')
    expect(page).toContain(`| \`${code}\` | ${explanation} |`)
  },
)
