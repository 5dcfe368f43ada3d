import { writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { generate } from 'selfsigned'
import { afterEach, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { Fault } from '../../src/evidence/fault.ts'
import { type Dataplane, openDataplane } from '../../src/live/dataplane-client.ts'
import { haproxyAccess, openLiveDevices } from '../../src/live/live-devices.ts'
import {
  type DataplaneSimulator,
  type DataplaneSimulatorOptions,
  type DataplaneTroubleMaker,
  openDataplaneSimulator,
} from '../../src/local/devices/dataplane-simulator.ts'

const PASSWORD = 'the-secret-of-inner'
const CONFIG = '# _version=3\nfrontend f\n    bind :80\n    default_backend b\nbackend b\n    server s1 192.0.2.1:80\n'
const SAID: Readonly<Record<string, string>> = {
  'show info': 'Name: HAProxy\nVersion: 2.8.1\nPid: 11\nUptime_sec: 5\nStopping: 0\n\n',
  'show acl': '# id (file) description\n\n',
  'show map': '# id (file) description\n\n',
  'show stat': '# pxname,svname,status,weight,type,\nb,s1,UP,1,2,\n\n',
  'show servers state b':
    '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state x x x x x x x x x x srv_fqdn srv_port\n3 b 1 s1 192.0.2.1 2 0 1 1 9 1 0 2 0 0 0 0 - 80\n\n',
}
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

type Opened = { readonly simulator: DataplaneSimulator; readonly dataplane: Dataplane; readonly config: string }
async function open(options: Partial<DataplaneSimulatorOptions> = {}, ca?: string, timeoutMs = 5_000): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-dataplane-'))
  const config = join(folder, 'haproxy.cfg')
  await writeFile(config, CONFIG)
  const runtime = async (command: string) => SAID[command] ?? 'Unknown command\n'
  const base = { api: 'v3' as const, config, user: 'reader', password: PASSWORD, runtime }
  const simulator = await openDataplaneSimulator({ ...base, ...options })
  const dataplane = openDataplane({
    ...{ device: 'inner', url: simulator.url, user: 'reader', password: PASSWORD, timeoutMs },
    ...(ca === undefined ? {} : { ca }),
  })
  closing.push(async () => {
    await dataplane.close()
    await simulator.close()
    await rm(folder, { recursive: true })
  })
  return { simulator, dataplane, config }
}

async function faultOf(attempt: Promise<unknown>): Promise<Fault> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Fault)) throw new Error('no fault was thrown', { cause: error })
  expect(error.says).toContain('inner')
  const everything = inspect(error, { depth: 10, showHidden: true })
  expect(everything).not.toContain(PASSWORD)
  expect(everything).not.toContain(Buffer.from(`reader:${PASSWORD}`).toString('base64'))
  return error
}

/** The raw configuration is answered with this instead. */
function raw(
  reply: Parameters<DataplaneTroubleMaker>[1] extends infer R ? (response: R) => void : never,
): DataplaneTroubleMaker {
  return (path, response) => {
    if (!path.endsWith('/configuration/raw')) return false
    reply(response)
    return true
  }
}

test.each<readonly [string, DataplaneTroubleMaker, string]>([
  ['a refusal', raw((r) => r.writeHead(403).end('{}')), 'dataplane-forbidden'],
  ['a path it does not know', raw((r) => r.writeHead(404).end('{}')), 'dataplane-not-found'],
  ['a conflict', raw((r) => r.writeHead(409).end('{"code":409}')), 'dataplane-conflict'],
  ['an error of its own', raw((r) => r.writeHead(500).end('{}')), 'dataplane-server-error'],
  ['a gateway in between', raw((r) => r.writeHead(502).end('<html>')), 'dataplane-server-error'],
  ['a redirect', raw((r) => r.writeHead(302, { location: '/login' }).end()), 'dataplane-unexpected-answer'],
  [
    'a login page',
    raw((r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>')),
    'dataplane-unexpected-answer',
  ],
  [
    'half a text',
    raw((r) => r.writeHead(200, { 'content-type': 'text/plain' }).end('frontend f\n    bi')),
    'dataplane-truncated',
  ],
  [
    'half an object',
    raw((r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{"data":"fron')),
    'dataplane-truncated',
  ],
  [
    'another object',
    raw((r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{"x":1}')),
    'dataplane-unexpected-answer',
  ],
  [
    'a connection that breaks',
    raw((r) => {
      r.writeHead(200, { 'content-type': 'text/plain', 'content-length': '1000' })
      r.write('frontend')
      setImmediate(() => r.destroy())
    }),
    'dataplane-truncated',
  ],
])('%s instead of the configuration is a fault', async (_, trouble, code) => {
  const { simulator, dataplane } = await open()
  simulator.setTrouble(trouble)
  expect((await faultOf(dataplane.readConfiguration())).code).toBe(code)
})

test('an answer without end is a fault, and so is silence', async () => {
  const { simulator, dataplane } = await open()
  const chunk = Buffer.alloc(4 * 1024 * 1024, 'x\n')
  simulator.setTrouble(
    raw((response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    }),
  )
  expect((await faultOf(dataplane.readConfiguration())).code).toBe('dataplane-too-large')
  const quiet = await open({}, undefined, 100)
  quiet.simulator.setTrouble(() => true)
  const fault = await faultOf(quiet.dataplane.readVersion())
  expect([fault.code, fault.says]).toEqual(['dataplane-timeout', expect.stringContaining('100 milliseconds')])
})

test('an answer that is no JSON, JSON cut short and JSON of another shape are told apart', async () => {
  const { simulator, dataplane } = await open()
  for (const [text, code] of [
    ['<html>', 'dataplane-unexpected-answer'],
    ['{"api":', 'dataplane-truncated'],
    ['[]', 'dataplane-unexpected-answer'],
  ] as const) {
    simulator.setTrouble((_, response) => Boolean(response.writeHead(200).end(text)))
    expect((await faultOf(dataplane.readVersion())).code).toBe(code)
  }
})

test('version 3 is asked for before version 2, and neither is a fault of its own', async () => {
  const old = await open({ api: 'v2' })
  expect(await old.dataplane.readVersion()).toMatchObject({ api: 'v2' })
  expect(old.simulator.asked).toEqual(['GET /v3/info', 'GET /v2/info'])
  const none = await open()
  none.simulator.setTrouble((_, response) => Boolean(response.writeHead(404).end('{}')))
  expect((await faultOf(none.dataplane.readVersion())).code).toBe('dataplane-no-such-version')
})

test('nobody there and a certificate nobody trusts are faults; with its CA it is trusted', async () => {
  const pair = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  const tls = { key: pair.private, cert: pair.cert }
  const stranger = await open({ tls })
  expect((await faultOf(stranger.dataplane.readVersion())).code).toBe('dataplane-tls-not-trusted')
  const trusted = await open({ tls }, pair.cert)
  expect(await trusted.dataplane.readVersion()).toMatchObject({ api: 'v3' })
  const { url } = trusted.simulator
  const plain = openDataplane({
    device: 'inner',
    url: url.replace('https', 'http'),
    user: 'reader',
    password: PASSWORD,
  })
  closing.push(() => plain.close())
  expect((await faultOf(plain.readVersion())).code).toMatch(/^dataplane-(?:unreachable|unexpected-answer)$/)
  const gone = await open()
  await gone.simulator.close()
  expect((await faultOf(gone.dataplane.readVersion())).code).toBe('dataplane-unreachable')
  closing.splice(-1, 1, () => gone.dataplane.close())
})

test('a configuration that changes while it is read is read again, and given up when it does not rest', async () => {
  const { simulator, dataplane, config } = await open()
  let version = 3
  const bump = () => writeFileSync(config, CONFIG.replace('=3', `=${++version}`))
  let left = 1
  simulator.setTrouble((path) => {
    if (path.endsWith('/raw') && left-- > 0) bump()
    return false
  })
  expect((await dataplane.readConfiguration()).version).toBe(4)
  left = 5
  expect((await faultOf(dataplane.readConfiguration())).code).toBe('dataplane-conflict')
  expect(await readFile(config, 'utf8')).toContain('_version=6')
})

test('while it reloads, and when the process is another by the end, nothing of the process is used', async () => {
  let pid = 11
  const runtime = async (command: string) =>
    command === 'show info' ? (SAID[command] ?? '').replace('Pid: 11', `Pid: ${pid++}`) : (SAID[command] ?? '')
  const moving = await open({ runtime })
  expect((await faultOf(moving.dataplane.readRunning(['b']))).code).toBe('dataplane-reloading')
  const { simulator, dataplane } = await open()
  simulator.setReload('in_progress')
  expect((await faultOf(dataplane.readRunning(['b']))).code).toBe('dataplane-reloading')
  const live = openLiveDevices({
    fortigates: [],
    haproxies: [{ device: 'inner', url: simulator.url, user: 'reader', password: PASSWORD }],
  })
  closing.push(() => live.close())
  const seen = await live.readHaproxy('inner')
  expect(seen).toMatchObject({ servers: undefined, unseen: expect.stringContaining('is reloading HAProxy') })
  expect(seen.text).toBe(CONFIG.split('\n').slice(1).join('\n'))
  simulator.setReload('failed')
  expect((await live.readHaproxy('inner')).servers).toMatchObject([{ server: 's1', usable: true }])
  expect(simulator.asked.filter((line) => !line.startsWith('GET '))).toEqual([])
})

test.each([
  ['http://lb.corp.example:5555', 'reader', PASSWORD],
  ['ftp://lb.corp.example', 'reader', PASSWORD],
  ['nonsense', 'reader', PASSWORD],
  [`https://reader:${PASSWORD}@lb.corp.example`, 'reader', PASSWORD],
  ['https://lb.corp.example', 'rea:der', PASSWORD],
  ['https://lb.corp.example', 'reader', ''],
])('an address or a user that would give the password away is not used: %s %s', async (url, user, password) => {
  const attempt = (async () => openDataplane({ device: 'inner', url, user, password }))()
  expect((await faultOf(attempt)).code).toBe('dataplane-address')
})

test('its settings go together, and exclude those of a file', () => {
  const all = {
    HAPROXY_DATAPLANE_URL: 'https://lb.corp.example:5555',
    HAPROXY_DATAPLANE_USER: 'reader',
    HAPROXY_DATAPLANE_PASSWORD: PASSWORD,
  }
  const config = readConfig(all)
  if ('wrong' in config) throw new Error(config.wrong.join())
  expect(haproxyAccess('inner', config.haproxy)).toEqual([
    { device: 'inner', url: 'https://lb.corp.example:5555', user: 'reader', password: PASSWORD },
  ])
  for (const missing of Object.keys(all))
    expect(readConfig({ ...all, [missing]: undefined })).toEqual({ wrong: [expect.stringContaining('go together')] })
  const both = readConfig({ ...all, HAPROXY_CONFIG: '/etc/haproxy/haproxy.cfg' })
  expect(both).toEqual({ wrong: [expect.stringContaining('set one of them')] })
  expect(JSON.stringify(both)).not.toContain(PASSWORD)
})
