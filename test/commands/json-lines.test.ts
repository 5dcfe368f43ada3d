import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { BALANCER, FIREWALL, run, scratchFile } from './in-memory.ts'

const packet = {
  id: '1',
  srcintf: 'v40-sre',
  src: '10.10.40.5',
  dst: '203.0.113.10',
  proto: 'tcp',
  dport: 443,
  sport: 50000,
  groups: [],
  at: '2026-11-23T10:00:00+01:00',
}
const request = {
  id: '1',
  bind: '10.20.0.5:8443',
  src: '10.10.40.7',
  proxy: null,
  tls: true,
  sni: 'grafana.corp.example',
  version: '1.1',
  method: 'GET',
  path: '/d/x?a=1',
  headers: [['host', 'grafana.corp.example']],
  body: null,
  at: '2026-11-23T10:00:00+01:00',
}
const lines = (...inputs: readonly unknown[]) =>
  inputs.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n')

test('match answers one packet with exactly the agreed fields', async () => {
  const ran = await run(['match', '--config', FIREWALL], { stdin: lines(packet) })
  const [verdict] = ran.lines.map((line) => JSON.parse(line))
  expect(Object.keys(verdict).sort()).toEqual(
    ['because', 'depends', 'dnat', 'dstintf', 'id', 'policy', 'reason', 'snat', 'ttl', 'verdict', 'vip'].sort(),
  )
  expect(verdict).toMatchObject({
    id: '1',
    verdict: 'allow',
    reason: 'policy',
    vip: 'vip-edge',
    dnat: '10.20.0.5:8443',
    snat: null,
  })
  const decided = verdict.because.at(-1)
  expect(Object.keys(decided)).toEqual(['file', 'line', 'says'])
  const text = readFileSync(FIREWALL, 'utf8').split('\n')
  expect(text[decided.line - 1]?.trim()).toBe(decided.says)
  expect(decided).toMatchObject({ file: 'edge-fw.conf', says: `edit ${verdict.policy}` })
  expect(ran.code).toBe(0)
})

test('route answers one request with exactly the agreed fields, maps and lists read beside the file', async () => {
  const ran = await run(['route', '--config', BALANCER], {
    stdin: lines(request, {
      ...request,
      id: '2',
      src: '192.0.2.40',
      path: '/public/up',
      headers: [['host', 'status.corp.example']],
    }),
  })
  const [first, second] = ran.lines.map((line) => JSON.parse(line))
  expect(Object.keys(first).sort()).toEqual(
    ['backend', 'because', 'depends', 'frontend', 'id', 'kind', 'line', 'servers', 'status'].sort(),
  )
  expect(first).toMatchObject({
    kind: 'server',
    backend: 'grafana',
    servers: ['g1'],
    status: null,
    line: 'GET /d/x?a=1 HTTP/1.1',
  })
  expect(first.because.at(-1)).toEqual({
    file: 'edge-lb.cfg',
    line: expect.any(Number),
    says: 'use_backend grafana if host-grafana',
  })
  // The host is known only through hosts.map.
  expect(second).toMatchObject({ kind: 'server', backend: 'status', depends: [] })
})

test.each([
  ['match', FIREWALL, packet],
  ['route', BALANCER, request],
])('%s goes on after a bad line, keeps ids as they were given and exits with 1', async (command, config, good) => {
  const bad = [
    lines({ ...good, id: 7 }),
    '{',
    '[]',
    '',
    lines({ id: 'x', src: 'nope' }),
    lines({ ...good, id: { a: 1 } }),
    'x'.repeat(1_100_000),
  ]
  const ran = await run([command, '--config', config], {
    stdin: [...bad, lines({ ...good, id: undefined }), lines({ ...good, id: 'last' })].join('\r\n'),
  })
  const answers = ran.lines.map((line) => JSON.parse(line))
  expect(answers.map(({ id }) => id)).toEqual([7, null, null, 'x', null, null, undefined, 'last'])
  expect(answers.map(({ error }) => error !== undefined)).toEqual([false, true, true, true, true, true, false, false])
  expect(answers[3].error).toMatch(/^line 5: .*src/)
  expect(ran.code).toBe(1)
})

test('route reads a map named by its path on the device from beside the file', async () => {
  const file = scratchFile(
    'lb.cfg',
    'frontend f\n    mode http\n    bind 10.0.0.1:80\n    use_backend %[req.hdr(host),map(/etc/haproxy/maps/h.map)]\nbackend a\n    mode http\n    server s 10.0.0.2:80\n',
  )
  const ask = lines({ id: 1, bind: '10.0.0.1:80', src: '10.9.9.9', headers: [['host', 'x.example']] })
  const without = JSON.parse((await run(['route', '--config', file], { stdin: ask })).out)
  expect(without.kind).toBe('depends')
  const { mkdirSync, writeFileSync } = await import('node:fs')
  mkdirSync(join(dirname(file), 'maps'))
  writeFileSync(join(dirname(file), 'maps/h.map'), 'x.example a\n')
  expect(JSON.parse((await run(['route', '--config', file], { stdin: ask })).out)).toMatchObject({
    kind: 'server',
    backend: 'a',
  })
})

test.each(['match', 'route'])('%s without a configuration is called wrongly', async (command) => {
  const ran = await run([command])
  expect(ran.code).toBe(2)
  expect(ran.err).toContain('--config FILE')
})
