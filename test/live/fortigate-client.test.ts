import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { generate } from 'selfsigned'
import { afterEach, expect, test } from 'vitest'
import { Fault } from '../../src/evidence/fault.ts'
import type { FortigateAccess } from '../../src/live/fortigate-calls.ts'
import { type FortigateClient, openFortigateClient } from '../../src/live/fortigate-client.ts'
import {
  type FortigateSimulator,
  type FortigateSimulatorOptions,
  openFortigateSimulator,
} from '../../src/local/devices/fortigate-simulator.ts'
import { fortigateText } from './fortigate-text.ts'

const TOKEN = 'x7Qz-not-for-anybodys-eyes'
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function simulate(options: Partial<FortigateSimulatorOptions> = {}, access: Partial<FortigateAccess> = {}) {
  const simulator = await openFortigateSimulator({
    id: 'outer',
    text: fortigateText('7.4.8'),
    token: TOKEN,
    now: () => new Date('2026-11-23T10:00:00Z'),
    ...options,
  })
  const client = openFortigateClient({ device: 'outer', url: simulator.url, token: TOKEN, vdom: 'root', ...access })
  open.push(simulator, client)
  return { simulator, client }
}

async function serveRaw(listener: RequestListener, access: Partial<FortigateAccess> = {}) {
  const server = createServer(listener)
  const port = await listenOn(server)
  const client = openFortigateClient({ device: 'outer', url: `http://127.0.0.1:${port}`, token: TOKEN, ...access })
  open.push({ close: () => shut(server) }, client)
  return client
}

function listenOn(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
}

function shut(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

/** The one fault of an attempt, checked never to carry the token anywhere. */
async function faultOf(attempt: Promise<unknown>): Promise<Fault> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Fault)) throw new Error('no fault was thrown', { cause: error })
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    expect(`${at.message} ${at.stack} ${JSON.stringify(at)}`).not.toContain(TOKEN)
  }
  expect(error.says).toContain('outer')
  return error
}

test.each(['7.2.11', '7.4.8', '7.6.5'])(
  'the whole configuration of a FortiOS %s is read, without its secrets',
  async (version) => {
    const { client, simulator } = await simulate({ text: fortigateText(version) })
    const text = await client.readConfiguration()
    expect(text).toContain('set extip 203.0.113.10')
    expect(text.split('\n').length).toBe(simulator.text().split('\n').length)
    expect(simulator.text()).toContain('ENC c2VjcmV0')
    expect(text).not.toContain('c2VjcmV0')
    expect(await client.readConfiguration()).toBe(text)
  },
)

test('a user confined to one VDOM gets the backup of that VDOM', async () => {
  const asked: string[] = []
  const client = await serveRaw(
    (request, response) => {
      asked.push(`${request.method} ${request.url}`)
      const scoped = request.url?.includes('scope=vdom&vdom=dmz')
      response
        .writeHead(request.method === 'POST' ? 405 : scoped ? 200 : 403)
        .end(scoped ? fortigateText('7.4.8') : '{}')
    },
    { vdom: 'dmz' },
  )
  expect(await client.readConfiguration()).toContain('config firewall policy')
  expect(asked.at(-1)).toBe('GET /api/v2/monitor/system/config/backup?scope=vdom&vdom=dmz')
  asked.length = 0
  await client.readConfiguration()
  expect(asked).toHaveLength(1)
})

test('status and tables come in the shapes of the REST API', async () => {
  const { client } = await simulate()
  expect(await client.readStatus()).toEqual({
    hostname: 'outer',
    version: 'v7.4.8',
    build: 2795,
    serial: 'FGVMSIMULATED000',
  })
  const policies = await client.readTable('firewall/policy')
  expect(policies.map((policy) => policy.policyid)).toEqual([12, 5])
  expect(policies[0]).toMatchObject({ dstaddr: [{ name: 'vip-edge' }], action: 'accept', nat: 'disable' })
  expect(policies[1]).toMatchObject({ action: 'deny', name: '' })
  expect(await client.readTable('firewall/vip')).toMatchObject([
    { mappedip: [{ range: '10.20.0.5' }], mappedport: '8443' },
  ])
  expect(await client.readTable('firewall.service/group')).toEqual([])
  expect(await client.readTable('system/global')).toMatchObject([{ timezone: 'Europe/Berlin' }])
})

test('the device is asked about one packet, and answers for its live text at that moment', async () => {
  const { client, simulator } = await simulate()
  const packet = {
    ingress: 'wan1',
    source: '198.51.100.7',
    destination: '203.0.113.10',
    protocol: 6,
    sourcePort: 50000,
    destinationPort: 443,
  }
  expect(await client.policyLookup(packet)).toMatchObject({ matched: true, policy: 12, action: 'accept' })
  expect(await client.policyLookup({ ...packet, source: '192.0.2.1' })).toMatchObject({ matched: false, policy: 0 })
  simulator.edit('        set action accept\n', '')
  expect(await client.policyLookup(packet)).toMatchObject({ matched: true, policy: 12, action: 'deny' })
  const fault = await faultOf(client.policyLookup({ ...packet, source: 'nowhere' }))
  expect([fault.code, fault.says]).toEqual(['fortigate-unexpected-answer', expect.stringContaining('424')])
})

test('secret attributes in a table are masked', async () => {
  const { client } = await simulate()
  const [user] = await client.readTable('user/local')
  expect(user).toMatchObject({ name: 'fallback', passwd: '(redacted)' })
})

test('a live edit is what the next reading sees', async () => {
  const { client, simulator } = await simulate()
  expect(simulator.edit('set mappedport 8443', 'set mappedport 9443')).toEqual({ ok: true })
  expect(await client.readConfiguration()).toContain('set mappedport 9443')
  expect(simulator.edit('set status', 'x')).toMatchObject({ ok: false, reason: 'not-found' })
  expect(simulator.edit('', 'x')).toMatchObject({ ok: false, reason: 'nothing-to-find' })
})

test('a deployment lays the declared change over what was edited by hand, or refuses', async () => {
  const { simulator } = await simulate()
  const before = simulator.text()
  const after = before.replace('edit 5\n', 'edit 6\n        set name "new"\n    next\n    edit 5\n')
  simulator.edit('set mappedport 8443', 'set mappedport 9443')
  expect(simulator.deploy(before, after)).toEqual({ ok: true })
  expect(simulator.text()).toBe(after.replace('set mappedport 8443', 'set mappedport 9443'))
  const clash = after.replace('set mappedport 8443', 'set mappedport 7443')
  expect(simulator.deploy(after, clash)).toMatchObject({ ok: false, reason: 'conflict' })
  expect(simulator.text()).toContain('9443')
})

test('a device that is switched off is unreachable, and reachable again afterwards', async () => {
  const { client, simulator } = await simulate()
  await simulator.setTrouble('down')
  expect((await faultOf(client.readConfiguration())).code).toBe('fortigate-unreachable')
  await simulator.setTrouble('up')
  expect(await client.readConfiguration()).toContain('vip-edge')
})

const troubles = [
  ['slow', 'fortigate-timeout', '150 milliseconds'],
  ['garble', 'fortigate-not-a-configuration', 'not a configuration'],
  ['truncate', 'fortigate-truncated', 'broke off'],
  ['lockout', 'fortigate-locked-out', 'locked'],
  ['forbid', 'fortigate-forbidden', 'sysgrp.mnt'],
] as const
test.each(troubles)('trouble %s is told as %s', async (trouble, code, words) => {
  const { client, simulator } = await simulate({}, trouble === 'slow' ? { timeoutMs: 150 } : {})
  await simulator.setTrouble(trouble)
  const fault = await faultOf(client.readConfiguration())
  expect([fault.code, fault.says.includes(words)]).toEqual([code, true])
})

test('a wrong token, a missing permission and an unknown table are told apart', async () => {
  const { client: stranger } = await simulate({ token: 'another' })
  expect((await faultOf(stranger.readStatus())).code).toBe('fortigate-unauthorized')
  const { client } = await simulate({ forbidden: ['/api/v2/cmdb/router'] })
  const forbidden = await faultOf(client.readTable('router/static'))
  expect([forbidden.code, forbidden.says]).toEqual([
    'fortigate-forbidden',
    expect.stringContaining('netgrp.route-cfg read'),
  ])
  expect((await faultOf(client.readTable('firewall/nothing'))).code).toBe('fortigate-not-found')
  expect((await faultOf(client.readTable('../monitor'))).code).toBe('fortigate-not-found')
})

test('after a lockout the device is left alone', async () => {
  let calls = 0
  const client = await serveRaw((_, response) => {
    calls += 1
    response.writeHead(429).end('{}')
  })
  await faultOf(client.readStatus())
  expect((await faultOf(client.readStatus())).code).toBe('fortigate-locked-out')
  expect(calls).toBe(1)
})

test('a refusal inside a 200 is a refusal', async () => {
  const client = await serveRaw((_, response) => response.end('{"status":"error","http_status":403}'))
  expect((await faultOf(client.readConfiguration())).code).toBe('fortigate-forbidden')
  expect((await faultOf(client.readTable('system/zone'))).code).toBe('fortigate-forbidden')
})

test.each([
  ['<!DOCTYPE html><html>login</html>', 'fortigate-not-a-configuration'],
  ['', 'fortigate-not-a-configuration'],
  ['{"http_status":200,"status":"success"}', 'fortigate-not-a-configuration'],
  ['#config-version=FGVM64-7.4.8-FW-build2795\n\u0007\u0012binary', 'fortigate-not-a-configuration'],
  ['#config-version=FGVM64-7.4.8-FW-build2795\nconfig system global\n    set hostname "a"\n', 'fortigate-truncated'],
  ['config system replacemsg\n    set buffer "config\nend\n', 'fortigate-truncated'],
])('an answer that is no whole configuration is not used: %j', async (body, code) => {
  const client = await serveRaw((_, response) => response.end(body))
  expect((await faultOf(client.readConfiguration())).code).toBe(code)
})

test('words of the grammar inside a quoted banner do not count as structure', async () => {
  const banner = 'config system replacemsg\n    set buffer "say \\"config\nend\nend\nconfig x"\nend\n'
  const client = await serveRaw((_, response) => response.end(banner))
  expect(await client.readConfiguration()).toBe(banner)
})

test('one hiccup is tried again; a device that keeps failing is told', async () => {
  let calls = 0
  const recovers = await serveRaw((_, response) => {
    calls += 1
    response.writeHead(calls === 1 ? 503 : 200).end('{"status":"success","http_status":200,"results":[]}')
  })
  expect(await recovers.readTable('system/zone')).toEqual([])
  const broken = await serveRaw((_, response) => response.writeHead(500).end())
  expect((await faultOf(broken.readStatus())).says).toContain('status 500')
})

test('a redirect is not followed: the token stays with the device', async () => {
  let elsewhere = 0
  const other = createServer((_, response) => {
    elsewhere += 1
    response.end()
  })
  const port = await listenOn(other)
  open.push({ close: () => shut(other) })
  const client = await serveRaw((_, response) =>
    response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end(),
  )
  expect((await faultOf(client.readStatus())).code).toBe('fortigate-unexpected-answer')
  expect(elsewhere).toBe(0)
})

test('at most two calls are under way at once', async () => {
  let underWay = 0
  let most = 0
  const client = await serveRaw((_, response) => {
    underWay += 1
    most = Math.max(most, underWay)
    // Long enough for whatever else would come at once to be here too.
    setTimeout(() => {
      underWay -= 1
      response.end('{"status":"success","http_status":200,"results":[]}')
    }, 20)
  })
  await Promise.all(Array.from({ length: 6 }, () => client.readTable('system/zone')))
  expect(most).toBe(2)
})

test('a certificate is trusted only with its CA', async () => {
  const pem = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  const server = createTlsServer({ key: pem.private, cert: pem.cert }, (_, response) =>
    response.end('{"status":"success","http_status":200,"version":"v7.4.8","results":{"hostname":"fw"}}'),
  )
  const port = await listenOn(server)
  open.push({ close: () => shut(server) })
  const client = (ca?: string): FortigateClient => {
    const opened = openFortigateClient({ device: 'outer', url: `https://127.0.0.1:${port}`, token: TOKEN, ca })
    open.push(opened)
    return opened
  }
  expect((await faultOf(client().readStatus())).code).toBe('fortigate-tls-not-trusted')
  expect((await client(pem.cert).readStatus()).hostname).toBe('fw')
})

test('the token is not sent in the clear over a network', async () => {
  const attempt = (url: string, token = TOKEN) =>
    faultOf((async () => openFortigateClient({ device: 'outer', url, token }))())
  expect((await attempt('http://fw.corp.example')).code).toBe('fortigate-address')
  expect((await attempt('fw.corp.example')).code).toBe('fortigate-address')
  expect((await attempt('https://fw.corp.example', 'a b')).code).toBe('fortigate-address')
})

test('the simulator locks out who keeps guessing', async () => {
  const { simulator } = await simulate()
  const guess = async (sim: FortigateSimulator) =>
    (await fetch(`${sim.url}/api/v2/monitor/system/status`, { headers: { authorization: 'Bearer no' } })).status
  const answers: number[] = []
  for (let attempt = 0; attempt < 22; attempt += 1) answers.push(await guess(simulator))
  expect([answers[0], answers.at(-1)]).toEqual([401, 429])
})
