import { readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runningDifferences } from '../../src/drift/running-differences.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { routeRequest } from '../../src/haproxy/route.ts'
import { readRunningHaproxy } from '../../src/haproxy/running-process.ts'
import { openHaproxyRuntime } from '../../src/live/haproxy-runtime.ts'
import { openLiveDevices } from '../../src/live/live-devices.ts'
import type { LiveHaproxy } from '../../src/ports.ts'
import { haproxyInstalled } from './haproxy-installed.ts'
import { type RunningHaproxyFixture, runHaproxy } from './running-haproxy.ts'

const BODY = `defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend f
    bind 127.0.0.1:PORT
    bind unix@DIR/tls ssl crt DIR/crt.pem
    acl staff src -f DIR/staff.lst 10.9.0.0/16
    acl big req.hdr_val(x-size) gt 3 lt 9
    http-request track-sc0 src table counters
    http-request deny if !staff { path -i -m beg /Admin /ops } or METH_DELETE big
    use_backend %[req.hdr(host),lower,map(DIR/hosts.map,shop)]
backend shop
    server s1 192.0.2.1:8080 weight 20
    server s2 192.0.2.2:8080 disabled
    server s3 192.0.2.3:8080
backend wiki
    server-template w 1-2 192.0.2.9:80
backend counters
    stick-table type ip size 100 expire 10s store http_req_rate(10s),conn_cnt
`
const FILES = {
  'staff.lst': '# the office\n10.1.0.0/16\n10.2.0.0/16\n',
  'hosts.map': 'wiki.example wiki\nold.example  shop two\n',
}

describe.skipIf(!haproxyInstalled)('a running HAProxy', () => {
  let haproxy: RunningHaproxyFixture
  const look = async (): Promise<LiveHaproxy> => {
    const { dir, socket } = haproxy
    return openLiveDevices({ fortigates: [], haproxies: [{ device: 'inner', dir, socket }] }).readHaproxy('inner')
  }
  /** What is said about memory, and what the overlaid model decides. */
  const differences = (live: LiveHaproxy) => {
    if (!live.running) throw new Error(live.unseen)
    const file = readHaproxy({ id: 'inner' }, live.file, live.text, live.written)
    return runningDifferences(file, live.running).map(({ says, traces }) => [
      says.replaceAll(haproxy.dir, 'DIR'),
      traces.map(({ line }) => live.text.split('\n')[line - 1]?.trim().replaceAll(haproxy.dir, 'DIR')),
    ])
  }
  const route = (
    live: LiveHaproxy,
    request: { src?: string; path?: string; host?: string; method?: string; size?: string },
  ) => {
    if (!live.running) throw new Error(live.unseen)
    const device = readRunningHaproxy({ id: 'inner' }, live.file, live.text, live.files, live.running)
    const { src = '203.0.113.1', path = '/', host = 'x', method = 'GET', size = '1' } = request
    const headers: [string, string][] = [
      ['host', host],
      ['x-size', size],
    ]
    const verdict = routeRequest(device, { bind: `127.0.0.1:${haproxy.port}`, src, path, method, headers })
    return verdict.kind === 'server'
      ? `${verdict.backend}: ${verdict.servers.join(' ')}`
      : `${verdict.kind} ${verdict.status}`
  }
  beforeAll(async () => {
    haproxy = await runHaproxy(BODY, FILES)
  })
  afterAll(() => haproxy.close())

  test('that nobody touched is what its file says', async () => {
    const live = await look()
    expect(live.unseen).toBeUndefined()
    expect(differences(live)).toEqual([])
    expect(live.running?.version).toMatch(/^\d+\.\d+/)
    expect(await haproxy.command('show version')).toContain(live.running?.version)
  })

  test('entries that were added and taken away are found, and decide', async () => {
    expect(route(await look(), { src: '10.3.0.1', path: '/admin' })).toBe('status 403')
    for (const line of ['add acl #LIST 10.3.0.0/16', 'add acl #LIST 10.4.0.0/16', 'del acl #LIST 10.1.0.0/16'])
      await haproxy.command(line.replace('#LIST', `${haproxy.dir}/staff.lst`))
    await haproxy.command(`set map ${haproxy.dir}/hosts.map wiki.example shop`)
    await haproxy.command(`add map ${haproxy.dir}/hosts.map new.example wiki`)
    const live = await look()
    expect(differences(live)).toEqual([
      [
        'The running process of inner has 2 entries in DIR/staff.lst that the file does not: 10.3.0.0/16, 10.4.0.0/16; and it lacks one entry of DIR/staff.lst that the file has: 10.1.0.0/16.',
        ['acl staff src -f DIR/staff.lst 10.9.0.0/16'],
      ],
      [
        'The running process of inner has 2 entries in DIR/hosts.map that the file does not: wiki.example shop, new.example wiki; and it lacks one entry of DIR/hosts.map that the file has: wiki.example wiki.',
        ['use_backend %[req.hdr(host),lower,map(DIR/hosts.map,shop)]'],
      ],
    ])
    expect(route(live, { src: '10.3.0.1', path: '/admin' })).toBe('shop: s1 s3')
    expect(route(live, { src: '10.1.0.1', path: '/admin' })).toBe('status 403')
    expect(route(live, { host: 'new.example' })).toBe('wiki: w1 w2')
    await haproxy.reload()
    expect(differences(await look())).toEqual([])
  })

  test('patterns of a line that were changed in memory are found by their line, and decide', async () => {
    const listed = await haproxy.command('show acl')
    const idOf = (keyword: string) => new RegExp(`^(\\d+) \\(\\) acl '${keyword}'`, 'm').exec(listed)?.[1]
    await haproxy.command(`add acl #${idOf('src')} 10.7.0.0/16`)
    await haproxy.command(`del acl #${idOf('path')} /ops`)
    await haproxy.command(`add acl #${idOf('req.hdr_val')} 20:30`)
    const live = await look()
    expect(differences(live)).toEqual([
      [
        expect.stringContaining('lacks one entry of the patterns of line 15 that the line has: /ops.'),
        ['http-request deny if !staff { path -i -m beg /Admin /ops } or METH_DELETE big'],
      ],
      [
        expect.stringContaining('has one entry in the patterns of line 12 that the line does not: 10.7.0.0/16.'),
        ['acl staff src -f DIR/staff.lst 10.9.0.0/16'],
      ],
      [expect.stringContaining('line 13 that the line does not: 20:30.'), ['acl big req.hdr_val(x-size) gt 3 lt 9']],
    ])
    expect(route(live, { src: '10.7.1.1', path: '/ADMIN' })).toBe('shop: s1 s3')
    expect(route(live, { path: '/admin' })).toBe('status 403')
    expect(route(live, { path: '/ops' })).toBe('shop: s1 s3')
    expect(route(live, { method: 'DELETE', size: '25' })).toBe('status 403')
    await haproxy.reload()
  })

  test('servers that were moved, weighed, stopped, enabled, added and removed are found', async () => {
    for (const line of [
      'set server shop/s1 weight 0',
      'set server shop/s2 state ready',
      'set server shop/s3 addr 192.0.2.33 port 81',
      'set server wiki/w1 state maint',
      'set server wiki/w2 state maint',
      'add server wiki/extra 192.0.2.77:80',
      'del server wiki/w2',
      'set server wiki/extra state ready',
    ])
      await haproxy.command(line)
    const live = await look()
    const says = differences(live).map(([sentence]) =>
      String(sentence).replace('In the running process of inner, ', ''),
    )
    expect(says).toEqual(
      [
        'shop/s1 has weight 0, not 20.',
        'shop/s2 is in use, although the file disables it.',
        'shop/s3 is at 192.0.2.33, not at 192.0.2.3.',
        'shop/s3 is asked on port 81, not 8080.',
        'wiki/w1 is in maintenance.',
        'backend wiki has a server extra at 192.0.2.77:80 that the file does not have.',
      ].flatMap((one) =>
        one.startsWith('backend') ? ['there is no server wiki/w2, which the file has.', one] : [one],
      ),
    )
    expect(route(live, {})).toBe('shop: s2 s3')
    expect(route(live, { host: 'wiki.example' })).toBe('wiki: extra')
    await haproxy.reload()
  })

  test('a file that was changed and not reloaded is not taken for what runs', async () => {
    const before = await readFile(haproxy.config, 'utf8')
    await writeFile(haproxy.config, before.replace('    acl big', '    acl new src 10.99.0.0/16\n    acl big'))
    const later = new Date(Date.now() + 3_600_000)
    await utimes(haproxy.config, later, later)
    const live = await look()
    expect(live.unseen).toContain('was written after its process had started')
    expect(live.unseen).toContain('changed and not reloaded')
    await haproxy.command(`add acl ${haproxy.dir}/staff.lst 10.5.0.0/16`)
    expect(route(await look(), { src: '10.5.0.1', path: '/admin' })).toBe('shop: s1 s3')
    await writeFile(haproxy.config, before)
    await haproxy.reload()
  })

  test('certificates, tables, sessions and processes are read', async () => {
    const runtime = openHaproxyRuntime({ device: 'inner', socket: haproxy.socket })
    const [certificate = ''] = await runtime.listCertificates()
    expect(await runtime.readCertificate(certificate)).toMatchObject({
      file: join(haproxy.dir, 'crt.pem'),
      status: 'Used',
      names: ['shop.example'],
      notAfter: expect.stringMatching(/^\w{3} +\d+ [\d:]+ \d{4} GMT$/),
    })
    expect(await runtime.listCrtLists()).toEqual([])
    expect(await runtime.listTables()).toEqual([
      { name: 'counters', type: 'ip', size: 100, used: 0, entries: [], more: false },
    ])
    for (const key of ['10.0.0.1', '10.0.0.2']) await haproxy.command(`set table counters key ${key} data.conn_cnt 7`)
    expect(await runtime.readTable('counters', 1)).toMatchObject({
      used: 2,
      entries: [{ key: expect.stringMatching(/^10\.0\.0\.[12]$/), data: { conn_cnt: 7 } }],
      more: true,
    })
    expect((await runtime.readSessions(10)).map(({ frontend }) => frontend)).toContain('GLOBAL')
    expect(await runtime.readInfo()).toMatchObject({ processes: 1, stopping: false })
    await expect(runtime.readCertificate('/none.pem')).rejects.toMatchObject({ code: 'haproxy-refused' })
    await expect(runtime.readTable('none', 5)).rejects.toMatchObject({ code: 'haproxy-refused' })
    await expect(runtime.readProcesses()).rejects.toMatchObject({ code: 'haproxy-refused' })
  })
})
