import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openHaproxyCheck } from '../../src/live/haproxy-binary.ts'
import { openHaproxyRuntime } from '../../src/live/haproxy-runtime.ts'
import { openLiveDevices } from '../../src/live/live-devices.ts'
import { type HaproxyRunner, openHaproxyRunner } from '../../src/local/devices/haproxy-runner.ts'
import type { LoopbackRequest } from '../../src/local/devices/loopback-request.ts'
import { haproxyInstalled } from './haproxy-installed.ts'

const CONFIG = `global
    user haproxy
    group haproxy
    chroot /var/lib/haproxy
    daemon
    nbthread 8
    maxconn 100000
    log /dev/log local0
    stats socket /run/haproxy/admin.sock mode 660 level admin
    crt-base /etc/ssl/private
defaults
    mode http
    log global
    timeout connect 1s
    timeout client 5s
    timeout server 5s
    retries 0
    errorfile 503 /etc/haproxy/errors/503.http
frontend plain
    bind 10.9.0.1:80,10.9.0.2:80 interface lo
    http-request redirect scheme https
frontend secure
    bind 10.9.0.1:443 ssl crt shop.pem alpn h2,http/1.1 strict-sni
    http-request deny if { src -f /etc/haproxy/lists/blocked.lst }
    use_backend %[req.hdr(host),lower,map(hosts.map)]
    default_backend shop
frontend wire
    mode tcp
    bind *:5432 accept-proxy
    tcp-request session reject unless { src 192.0.2.0/24 }
    default_backend wire
frontend chained
    bind 127.0.0.1:9443 accept-proxy
    default_backend wiki
backend shop
    option httpchk GET /healthz
    http-check expect status 204
    server s1 10.8.0.1:8080 check inter 10s fall 2
    server s2 shop2.internal:8443 check ssl verify required ca-file /etc/ca.pem send-proxy-v2 proto h2
backend wiki
    server w1 10.8.0.3:8080
backend same
    server s1 10.8.0.4:8080 check
backend chain
    server inner 127.0.0.1:9443 send-proxy
backend wire
    mode tcp
    option pgsql-check user x
    server-template db 1-2 10.8.0.9:5432 check
`
const FILES = new Map([
  ['/etc/haproxy/lists/blocked.lst', '127.0.0.66\n'],
  ['hosts.map', 'wiki.example wiki\nchain.example chain\nsame.example same\n'],
])

async function stateFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sallyport-runner-'))
}

describe.skipIf(!haproxyInstalled)('the real HAProxy on loopback', () => {
  let dir: string
  let runner: HaproxyRunner
  beforeAll(async () => {
    dir = await stateFolder()
    runner = await openHaproxyRunner({ id: 'inner', dir, text: CONFIG, files: FILES })
  })
  afterAll(async () => {
    await runner.close()
    await rm(dir, { recursive: true })
  })
  const shop: LoopbackRequest = { bind: '10.9.0.1:443', sni: 'localhost', host: 'shop.example', path: '/a?b=1' }
  const live = () =>
    openLiveDevices({ fortigates: [], haproxies: [{ device: 'inner', dir, root: dir, socket: runner.socket }] })
  async function statusOf(request: LoopbackRequest): Promise<number | string> {
    const answer = await runner.request(request)
    return answer.kind === 'http' ? answer.status : answer.kind
  }

  test('requests go the declared ways, by the declared addresses', async () => {
    expect(await statusOf({ bind: '10.9.0.2:80', path: '/x' })).toBe(302)
    const answer = await runner.request({ ...shop, host: 'wiki.example' })
    expect(answer).toMatchObject({
      kind: 'http',
      status: 200,
      body: expect.stringContaining('"backend":"wiki","server":"w1"'),
    })
    expect(await runner.request(shop)).toMatchObject({
      body: expect.stringMatching(/"backend":"shop".*"path":"\/a\?b=1"/),
    })
    expect(await runner.request({ ...shop, host: 'chain.example' })).toMatchObject({
      body: expect.stringContaining('"w1"'),
    })
    await expect(runner.request({ bind: '10.9.0.9:1' })).rejects.toMatchObject({ code: 'no-such-bind' })
  })

  test('who asks is seen: an address of the list is denied, a PROXY header decides on a TCP frontend', async () => {
    expect(await statusOf({ ...shop, src: '127.0.0.66' })).toBe(403)
    const wire = (src: string): LoopbackRequest => ({
      bind: '10.9.0.1:5432',
      proxy: { src, dst: '10.9.0.1' },
      bytes: 'hello',
    })
    expect(await runner.request(wire('192.0.2.7'))).toMatchObject({
      kind: 'bytes',
      text: expect.stringContaining('wire/db1,db2'),
    })
    expect(await runner.request(wire('198.51.100.7'))).toEqual({ kind: 'closed' })
  })

  test('the live reader meets the declared text, its lists and the servers at declared addresses', async () => {
    const answer = await live().readHaproxy('inner')
    expect(answer).toMatchObject({ device: 'inner', file: 'inner (live)', text: CONFIG })
    expect(answer.files).toEqual(FILES)
    expect('unseen' in answer).toBe(false)
    const servers = new Map(answer.servers?.map((each) => [`${each.backend}/${each.server}`, each] as const))
    expect([...servers.keys()]).toEqual([
      'shop/s1',
      'shop/s2',
      'wiki/w1',
      'same/s1',
      'chain/inner',
      'wire/db1',
      'wire/db2',
    ])
    expect(servers.get('shop/s1')).toMatchObject({ usable: true, address: '10.8.0.1:8080' })
    expect(servers.get('shop/s2')).toMatchObject({ usable: true, address: 'shop2.internal:8443' })
    expect(servers.get('wiki/w1')).toMatchObject({ status: 'no check', usable: true })
  })

  test('lists in memory come by the names the configuration uses, and memory decides where it differs', async () => {
    const runtime = openHaproxyRuntime({ device: 'inner', socket: runner.socket ?? '' })
    expect(await runtime.readVersion()).toMatch(/^\d+\.\d+/)
    expect(await runtime.readPatterns('acl', '/etc/haproxy/lists/blocked.lst')).toEqual([{ key: '127.0.0.66' }])
    expect(await runtime.readPatterns('map', 'hosts.map')).toContainEqual({ key: 'wiki.example', value: 'wiki' })
    await expect(runtime.readPatterns('map', 'no.map')).rejects.toMatchObject({ code: 'haproxy-refused' })
    const { default: net } = await import('node:net')
    await new Promise((resolve) =>
      net
        .connect(runner.socket ?? '')
        .on('close', resolve)
        .on('data', () => undefined)
        .end('add map hosts.map new.example wiki\n'),
    )
    const { files } = await live().readHaproxy('inner')
    expect(files.get('hosts.map')).toContain('new.example wiki')
    expect(files.get('hosts.map')?.split('\n')[0]).toMatch(/^# as the running process holds it/)
  })

  test('a stopped server is marked DOWN by its health check, with the reason, and comes back', async () => {
    expect(await runner.serverDown({ server: 'shop/s1' })).toEqual({ ok: true })
    const { servers } = await live().readHaproxy('inner')
    const s1 = servers?.find(({ backend, server }) => backend === 'shop' && server === 's1')
    expect(s1).toMatchObject({ status: 'DOWN', usable: false, check: 'L4CON', lastCheck: 'Connection refused' })
    expect(await runner.request(shop)).toMatchObject({ body: expect.stringContaining('"server":"s2"') })
    expect(await runner.serverUp({ backend: 'shop', server: 's1' })).toEqual({ ok: true })
    expect(await runner.states()).toContainEqual(
      expect.objectContaining({ backend: 'shop', server: 's1', status: 'UP' }),
    )
  })

  test('a name that fits several servers is asked about, one that fits none is told', async () => {
    const ambiguous = await runner.serverDown({ server: 's1' })
    expect(ambiguous).toMatchObject({
      ok: false,
      reason: 'ambiguous',
      says: expect.stringContaining('shop/s1, same/s1'),
    })
    expect(await runner.serverDown({ backend: 'wiki', server: 's1' })).toMatchObject({
      ok: false,
      reason: 'no-such-server',
    })
    expect(await runner.serverDown({ server: 'w1' })).toEqual({ ok: true })
    expect(await statusOf({ ...shop, host: 'wiki.example' })).toBe(503)
    await runner.serverUp({ server: 'w1' })
  })

  test('an edit is at work when it returns, addresses stay, and stopped servers stay stopped', async () => {
    await runner.serverDown({ backend: 'same', server: 's1' })
    expect(await runner.edit('default_backend shop', 'default_backend wiki')).toEqual({ ok: true })
    expect(await runner.request(shop)).toMatchObject({ body: expect.stringContaining('"backend":"wiki"') })
    expect(await runner.states()).toContainEqual(expect.objectContaining({ backend: 'same', status: 'DOWN' }))
    expect(await readFile(join(dir, 'haproxy.cfg'), 'utf8')).toBe(runner.text())
    await runner.serverUp({ backend: 'same', server: 's1' })
    expect(await runner.edit('default_backend wiki\nfrontend wire', 'default_backend shop\nfrontend wire')).toEqual({
      ok: true,
    })
  })

  test('an edit that HAProxy refuses is refused with its line, and the old configuration goes on', async () => {
    const refused = await runner.edit('default_backend shop', 'default_backend no-such')
    expect(refused).toMatchObject({ ok: false, reason: 'invalid', says: expect.stringContaining('no-such') })
    const keyword = await runner.edit('redirect scheme https', 'redirekt scheme https')
    expect(keyword).toMatchObject({ ok: false, says: expect.stringContaining('line 21') })
    expect(runner.text()).toBe(CONFIG)
    expect(await statusOf(shop)).toBe(200)
  })

  test('a deployment changes the configuration and its lists together', async () => {
    const after = CONFIG.replace('    default_backend shop\n', '    default_backend same\n')
    const lists = new Map([['hosts.map', { before: FILES.get('hosts.map') ?? '', after: 'late.example wiki\n' }]])
    expect(await runner.deploy(CONFIG, after, lists)).toEqual({ ok: true })
    expect(await runner.request({ ...shop, host: 'late.example' })).toMatchObject({
      body: expect.stringContaining('"wiki"'),
    })
    expect(await runner.request(shop)).toMatchObject({ body: expect.stringContaining('"same"') })
    const back = new Map([['hosts.map', { before: 'late.example wiki\n', after: FILES.get('hosts.map') ?? '' }]])
    const broken = after.replace('backend wiki', 'backend wikis')
    expect(await runner.deploy(after, broken, back)).toMatchObject({ ok: false, reason: 'invalid' })
    expect(await runner.request({ ...shop, host: 'late.example' })).toMatchObject({
      body: expect.stringContaining('"wiki"'),
    })
    expect(await runner.deploy(after, CONFIG, back)).toEqual({ ok: true })
  })

  test.each([
    ['down', 'cannot be reached'],
    ['slow', 'did not answer within'],
    ['garble', 'in a form we cannot read'],
  ] as const)('with its socket %s the file is still read, and it is said what was not seen', async (trouble, words) => {
    await runner.setTrouble(trouble)
    const device = { device: 'inner', dir, root: dir, socket: runner.socket, timeoutMs: 200 }
    const answer = await openLiveDevices({ fortigates: [], haproxies: [device] }).readHaproxy('inner')
    expect(answer).toMatchObject({ text: CONFIG, servers: undefined, unseen: expect.stringContaining(words) })
    expect(await statusOf(shop)).toBe(trouble === 'down' ? 'closed' : 200)
    await runner.setTrouble('up')
    expect((await live().readHaproxy('inner')).servers).toHaveLength(7)
    expect(await statusOf(shop)).toBe(200)
  })

  test('the live text passes haproxy -c as it stands, without the run copy', async () => {
    expect(await openHaproxyCheck().check('inner.cfg', runner.text(), FILES)).toMatchObject({ verdict: 'valid' })
  })

  test('nothing of it can be read by others', async () => {
    for (const name of await readdir(join(dir, 'run'))) {
      if (name === 'own.cfg' || name.endsWith('.pem')) expect(await modeOf(join(dir, 'run', name))).toBe('600')
    }
    expect(await modeOf(runner.socket ?? '')).toBe('600')
  })
})

async function modeOf(path: string): Promise<string> {
  const { stat } = await import('node:fs/promises')
  return ((await stat(path)).mode & 0o777).toString(8)
}

test.skipIf(!haproxyInstalled)('HAProxy does not outlive a parent that is killed without warning', async () => {
  const dir = await stateFolder()
  const module = new URL('../../src/local/devices/haproxy-runner.ts', import.meta.url).href
  const text =
    'defaults\n    timeout connect 1s\n    timeout client 1s\n    timeout server 1s\nlisten a\n    bind :80\n    server s 10.0.0.1:80\n'
  const script = `
    const { openHaproxyRunner } = await import(${JSON.stringify(module)})
    await openHaproxyRunner({ id: 'a', dir: ${JSON.stringify(dir)}, text: ${JSON.stringify(text)}, files: new Map() })
    console.log('running')`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => parent.stdout.once('data', resolve))
  const processes = () => haproxiesIn(dir)
  expect(processes()).toHaveLength(1)
  parent.kill('SIGKILL')
  await expect.poll(processes, { timeout: 5_000, interval: 20 }).toEqual([])
  await rm(dir, { recursive: true })
})

const SMALL = `defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
frontend small
    bind 10.9.0.1:80
    http-request return status 204
`

test.skipIf(!haproxyInstalled)(
  'a configuration that HAProxy refuses leaves it down until somebody mends it',
  async () => {
    const dir = await stateFolder()
    const broken = SMALL.replace('return status', 'give status')
    const runner = await openHaproxyRunner({ id: 'inner', dir, text: broken, files: new Map() })
    expect(runner.trouble()).toBe('down')
    expect(await runner.states()).toEqual([])
    const still = await runner.edit('mode http', 'mode htp')
    expect(still).toMatchObject({ ok: false, says: expect.not.stringContaining('keeps running') })
    expect(await runner.edit('give status', 'return status')).toEqual({ ok: true })
    expect(runner.trouble()).toBe('up')
    expect(await runner.request({ bind: '10.9.0.1:80', path: '/' })).toMatchObject({ status: 204 })
    await runner.close()
    await rm(dir, { recursive: true })
  },
)

test.skipIf(!haproxyInstalled)('a port that somebody took while it was down is exchanged for another', async () => {
  const dir = await stateFolder()
  const runner = await openHaproxyRunner({ id: 'inner', dir, text: SMALL, files: new Map() })
  const copy = () => readFile(join(dir, 'run', 'haproxy.cfg'), 'utf8')
  const port = Number(/bind 127\.0\.0\.1:(\d+)/.exec(await copy())?.[1])
  await runner.setTrouble('down')
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
  await runner.setTrouble('up')
  expect(await copy()).not.toContain(`:${port}`)
  expect(await runner.request({ bind: '10.9.0.1:80', path: '/' })).toMatchObject({ status: 204 })
  await runner.close()
  await new Promise((resolve) => other.close(resolve))
  await rm(dir, { recursive: true })
})

test.skipIf(!haproxyInstalled)('while the bot thinks for a second, no server is taken for dead', async () => {
  const dir = await stateFolder()
  const text = `${SMALL}backend apps\n    option httpchk GET /up\n    server a1 10.8.0.1:80 check inter 300 fall 2\n`
  const runner = await openHaproxyRunner({ id: 'inner', dir, text, files: new Map() })
  const thought = Date.now() + 1_500
  while (Date.now() < thought);
  expect(await runner.states()).toMatchObject([{ backend: 'apps', server: 'a1', status: 'UP' }])
  await runner.close()
  await rm(dir, { recursive: true })
})

test('a start that fails is a fault and leaves nothing open', async () => {
  const dir = await stateFolder()
  const binary = new URL('failing-haproxy.sh', import.meta.url).pathname
  const attempt = openHaproxyRunner({ id: 'inner', dir, text: CONFIG, files: FILES, binary })
  await expect(attempt).rejects.toMatchObject({ code: 'haproxy-start' })
  const socket = /unix@(\S+)/.exec(await readFile(join(dir, 'run', 'own.cfg'), 'utf8'))?.[1] ?? tmpdir()
  expect(existsSync(dirname(socket))).toBe(false)
  await rm(dir, { recursive: true })
})

/** Process ids whose command line names this folder, the ended ones apart. */
function haproxiesIn(dir: string): string[] {
  const { readdirSync } = process.getBuiltinModule('node:fs')
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || !existsSync(`/proc/${pid}/cmdline`)) return false
    const words = readIfThere(`/proc/${pid}/cmdline`).split('\0')
    return words[0]?.endsWith('haproxy') && words.some((word) => word.startsWith(dir))
  })
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

test('without the binary the file is live, and it is said that the process is not', async () => {
  const dir = await stateFolder()
  const runner = await openHaproxyRunner({ id: 'inner', dir, text: CONFIG, files: FILES, binary: '/no/such/haproxy' })
  expect(runner.socket).toBeUndefined()
  expect(await runner.edit('default_backend shop', 'default_backend wiki')).toEqual({ ok: true })
  const reader = openLiveDevices({
    fortigates: [],
    haproxies: [{ device: 'inner', dir, root: dir, socket: runner.socket }],
  })
  expect(await reader.readHaproxy('inner')).toMatchObject({
    text: CONFIG.replace('default_backend shop', 'default_backend wiki'),
    servers: undefined,
    unseen: 'No way to the running process of inner is set up.',
  })
  expect(await runner.serverDown({ server: 'w1' })).toMatchObject({ ok: false, reason: 'not-installed' })
  expect(await runner.states()).toEqual([])
  await runner.close()
  await rm(join(dir, 'haproxy.cfg'))
  await expect(reader.readHaproxy('inner')).rejects.toMatchObject({
    code: 'device-file',
    says: expect.stringContaining('inner'),
  })
  await expect(reader.readHaproxy('outer')).rejects.toMatchObject({ code: 'device-not-connected' })
  await rm(dir, { recursive: true })
})
