import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { inspect } from 'node:util'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Fault } from '../../src/evidence/fault.ts'
import type { FortigateAccess } from '../../src/live/fortigate-calls.ts'
import { type FortigateClient, openFortigateClient } from '../../src/live/fortigate-client.ts'
import { openFortigateSimulator } from '../../src/local/devices/fortigate-simulator.ts'
import { fortigateText } from './fortigate-text.ts'

const TOKEN = 'x7Qz-not-for-anybodys-eyes'
const open: { close(): unknown }[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const each of open.splice(0).reverse()) await each.close()
})

async function portOf(server: TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}
function clientOf(access: Partial<FortigateAccess> & { url: string }): FortigateClient {
  const client = openFortigateClient({ device: 'outer', token: TOKEN, timeoutMs: 2_000, ...access })
  open.push(client)
  return client
}
async function serve(listener: RequestListener, access: Partial<FortigateAccess> = {}): Promise<FortigateClient> {
  const server = createServer(listener)
  const url = `http://127.0.0.1:${await portOf(server)}`
  open.push({ close: () => server.close() }, { close: () => server.closeAllConnections() })
  return clientOf({ url, ...access })
}
const saying = (status: number, body: string) => serve((_, response) => response.writeHead(status).end(body))

/** The fault of an attempt. Wherever one looks into it and into what caused it, the token is not there. */
async function faultOf(attempt: Promise<unknown>): Promise<Fault> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Fault)) throw new Error('no fault was thrown', { cause: error })
  expect(inspect(error, { depth: 20, showHidden: true, maxStringLength: null })).not.toContain(TOKEN)
  expect(error.says).toContain('outer')
  return error
}

describe('each thing that goes wrong has its own code and words', () => {
  test.each([
    [401, '{}', 'unauthorized', 'does not accept the API token'],
    [403, '{}', 'forbidden', 'lacks a permission: sysgrp read'],
    [404, '{"version":"v6.4.9"}', 'not-found', 'it says that it is FortiOS v6.4.9'],
    [404, '<html>', 'not-found', 'FortiOS 7.0 to 7.6'],
    [405, '{}', 'verb-refused', 'status 405'],
    [424, '{}', 'unexpected-answer', 'status 424'],
    [429, '{}', 'locked-out', 'locked this address out'],
    [500, '{}', 'unexpected-answer', 'status 500'],
    [200, '<!DOCTYPE html>', 'not-json', 'a web page'],
    [200, '', 'not-json', 'unreadable'],
    [200, '{"results":', 'not-json', 'unreadable'],
    [200, '[]', 'unexpected-answer', 'a list where one answer was asked for'],
    [200, '"hello"', 'unexpected-answer', 'no envelope'],
    [200, '{"http_status":"403","status":"error"}', 'forbidden', 'sysgrp read'],
    [200, '{"http_status":404,"version":"v6.0.1"}', 'not-found', 'v6.0.1'],
    [200, '{"http_status":429}', 'locked-out', 'locked'],
    [200, '{"http_status":500,"error":-1}', 'unexpected-answer', 'status 500'],
    [200, '{"status":"error"}', 'unexpected-answer', 'an error of its own'],
  ])('status %i with %j', async (status, body, code, words) => {
    const fault = await faultOf((await saying(status, body)).readStatus())
    expect([fault.code, fault.says]).toEqual([`fortigate-${code}`, expect.stringContaining(words)])
  })

  test('a version that is no version is not repeated to people', async () => {
    const fault = await faultOf((await saying(404, `{"version":"v7 ${TOKEN}"}`)).readStatus())
    expect(fault.code).toBe('fortigate-not-found')
  })

  test('the backup in neither of its forms', async () => {
    const fault = await faultOf((await saying(405, '{}')).readConfiguration())
    expect([fault.code, fault.says]).toEqual(['fortigate-verb-refused', expect.stringContaining('config/backup')])
  })

  test('a name that does not resolve, a port where nobody listens, a connection that is reset', async () => {
    const nowhere = await faultOf(clientOf({ url: 'https://outer.invalid' }).readStatus())
    expect([nowhere.code, nowhere.says]).toEqual(['fortigate-unreachable', expect.stringContaining('not resolve')])
    const closed = createServer()
    const port = await portOf(closed)
    await new Promise((resolve) => closed.close(resolve))
    const refused = await faultOf(clientOf({ url: `http://127.0.0.1:${port}` }).readStatus())
    expect([refused.code, refused.says]).toEqual(['fortigate-unreachable', expect.stringContaining('refused')])
    const resetting = createTcpServer((socket) => socket.on('data', () => socket.resetAndDestroy()))
    const reset = await faultOf(clientOf({ url: `http://127.0.0.1:${await portOf(resetting)}` }).readStatus())
    resetting.close()
    expect([reset.code, reset.says]).toEqual(['fortigate-unreachable', expect.stringContaining('without an answer')])
  })

  test('an answer that broke off, and one that is no HTTP', async () => {
    const half = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"results"', () => response.destroy())
    })
    expect((await faultOf(half.readStatus())).code).toBe('fortigate-truncated')
    const ssh = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))
    const url = `http://127.0.0.1:${await portOf(ssh)}`
    expect((await faultOf(clientOf({ url }).readStatus())).says).toContain('does not speak HTTP')
    expect((await faultOf(clientOf({ url: url.replace('http', 'https') }).readStatus())).says).toContain('TLS')
    ssh.close()
  })

  test('an answer that is too large, whether it says so or not', async () => {
    const mebibyte = Buffer.alloc(1024 * 1024, 0x20)
    const endless = await serve((_, response) => {
      response.writeHead(200)
      const more = () => {
        while (!response.destroyed && response.write(mebibyte));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    })
    const fault = await faultOf(endless.readStatus())
    expect([fault.code, fault.says]).toEqual(['fortigate-too-large', expect.stringContaining('32 MiB')])
  })

  test('a device that says nothing', async () => {
    const fault = await faultOf((await serve(() => {}, { timeoutMs: 60 })).readStatus())
    expect([fault.code, fault.says]).toEqual(['fortigate-timeout', expect.stringContaining('60 milliseconds')])
    const impatient = await serve(() => {}, { callTimeoutMs: 50 })
    expect((await faultOf(impatient.readStatus())).says).toContain('50 milliseconds')
  })

  test('a device that answers each call in time, and never comes to an end', async () => {
    const client = await serve((_, response) => setTimeout(() => response.writeHead(503).end(), 40), {
      timeoutMs: 120,
      callTimeoutMs: 5_000,
    })
    const fault = await faultOf(client.readStatus())
    expect([fault.code, fault.says]).toEqual(['fortigate-timeout', expect.stringContaining('120 milliseconds')])
  })
})

describe('a certificate', () => {
  async function tls(names: string[], until?: Date) {
    const pem = await generate([{ name: 'commonName', value: 'outer' }], {
      notBeforeDate: new Date('2020-01-01T00:00:00Z'),
      notAfterDate: until ?? new Date('2099-01-01T00:00:00Z'),
      extensions: [{ name: 'subjectAltName', altNames: names.map((ip) => ({ type: 7, ip })) }],
    })
    const server = createTlsServer({ key: pem.private, cert: pem.cert }, (_, response) =>
      response.end('{"http_status":200,"results":{"hostname":"fw"}}'),
    )
    const url = `https://127.0.0.1:${await portOf(server)}`
    open.push({ close: () => server.close() })
    return { url, ca: pem.cert }
  }

  test('that is not trusted is told apart: signed by itself, out of date, for another name', async () => {
    const good = await tls(['127.0.0.1'])
    expect((await clientOf(good).readStatus()).hostname).toBe('fw')
    const said = [
      await faultOf(clientOf({ url: good.url }).readStatus()),
      await faultOf(clientOf(await tls(['127.0.0.1'], new Date('2021-01-01T00:00:00Z'))).readStatus()),
      await faultOf(clientOf(await tls(['127.0.0.2'])).readStatus()),
    ]
    expect(said.map(({ code }) => code)).toEqual(said.map(() => 'fortigate-tls-not-trusted'))
    const words = ['self-signed', 'has expired', 'for another name']
    for (const [i, one] of said.entries()) {
      expect(words.filter((word) => one.says.includes(word))).toEqual([words[i]])
    }
  })
})

test('after a lockout the device is left alone for as long as it says', async () => {
  let calls = 0
  const client = await serve((_, response) => {
    calls += 1
    response.writeHead(429, { 'retry-after': '300' }).end('{}')
  })
  vi.useFakeTimers({ toFake: ['performance'] })
  await faultOf(client.readStatus())
  vi.advanceTimersByTime(299_000)
  expect((await faultOf(client.readConfiguration())).code).toBe('fortigate-locked-out')
  expect(calls).toBe(1)
  vi.advanceTimersByTime(2_000)
  await faultOf(client.readStatus())
  expect(calls).toBe(2)
})

const QUESTIONS: readonly ((client: FortigateClient) => Promise<unknown>)[] = [
  (client) => client.readConfiguration(),
  (client) => client.readStatus(),
  (client) => client.readTable('firewall/policy'),
  (client) => client.readRevision('firewall/policy'),
  (client) => client.readRevisions(['firewall/policy', 'system/zone']),
  (client) => client.readSessions({}),
  (client) => client.readPolicyCounters(),
  (client) => client.readRoutes(4),
  (client) => client.readRoutes(6),
  (client) => client.readRealServers(),
  (client) => client.readCertificates(),
  (client) => client.policyLookup({ ingress: 'wan1', source: '192.0.2.1', destination: '192.0.2.2', protocol: 6 }),
]

test('nothing is ever written: every call is a GET, or the POST that asks for a backup', async () => {
  for (const status of [200, 404, 405, 500]) {
    const seen: string[] = []
    const client = await serve((request, response) => {
      seen.push(`${request.method} ${request.url?.replace(/\?.*/, '')}`)
      response.writeHead(status).end('{"results":[],"revision":"a"}')
    })
    await Promise.allSettled(QUESTIONS.map((ask) => ask(client)))
    expect(seen.length).toBeGreaterThanOrEqual(QUESTIONS.length)
    const others = seen.filter((one) => !one.startsWith('GET /api/v2/'))
    expect(new Set(others)).toEqual(new Set(['POST /api/v2/monitor/system/config/backup']))
  }
  const folder = new URL('../../src/live/', import.meta.url)
  const sources = readdirSync(folder).filter((name) => name.startsWith('fortigate-'))
  const text = sources.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n')
  expect(text).not.toMatch(/'(?:PUT|PATCH|DELETE)'/)
  expect(text.match(/, 'POST', (\w+)/g)).toEqual([", 'POST', BACKUP"])
})

test('the token is sent in the header and nowhere else', async () => {
  const seen: string[] = []
  const client = await serve((request, response) => {
    const { authorization, ...headers } = request.headers
    expect(authorization).toBe(`Bearer ${TOKEN}`)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      seen.push(`${request.url} ${JSON.stringify(headers)} ${Buffer.concat(chunks).toString()}`)
      response.end('{"results":[],"revision":"a"}')
    })
  })
  await Promise.allSettled(QUESTIONS.map((ask) => ask(client)))
  expect(seen.length).toBeGreaterThanOrEqual(QUESTIONS.length)
  expect(seen.join('\n')).not.toContain(TOKEN)
})

describe('several VDOMs at once', () => {
  const envelopes = (results: (vdom: string) => unknown, more: object = {}) =>
    JSON.stringify(
      ['root', 'dmz'].map((vdom) => ({ http_status: 200, status: 'success', vdom, results: results(vdom), ...more })),
    )

  test('are a list of answers, and every row says whose it is', async () => {
    const asked: string[] = []
    const client = await serve(
      (request, response) => {
        asked.push(request.url ?? '')
        response.end(envelopes((vdom) => [{ policyid: vdom === 'root' ? 1 : '2', hit_count: 5, name: vdom }]))
      },
      { vdom: '*' },
    )
    expect(await client.readTable('firewall/policy')).toEqual([
      { vdom: 'root', policyid: 1, hit_count: 5, name: 'root' },
      { vdom: 'dmz', policyid: '2', hit_count: 5, name: 'dmz' },
    ])
    expect((await client.readPolicyCounters()).map(({ vdom, policy }) => [vdom, policy])).toEqual([
      ['root', 1],
      ['dmz', 2],
    ])
    expect(asked).toEqual(['/api/v2/cmdb/firewall/policy?vdom=*', '/api/v2/monitor/firewall/policy?vdom=*'])
  })

  test('where one of them is refused, all are', async () => {
    const client = await serve(
      (_, response) => response.end('[{"http_status":200,"results":[]},{"http_status":403,"status":"error"}]'),
      { vdom: 'root,dmz' },
    )
    expect((await faultOf(client.readTable('firewall/policy'))).code).toBe('fortigate-forbidden')
  })

  test('have one revision together, which changes with each', async () => {
    let dmz = 'b'
    const client = await serve(
      (_, response) => response.end(`[{"vdom":"root","revision":"a"},{"vdom":"dmz","revision":"${dmz}"}]`),
      { vdom: '*' },
    )
    const before = await client.readRevision('firewall/policy')
    expect(await client.readRevision('firewall/policy')).toBe(before)
    dmz = 'c'
    expect(await client.readRevision('firewall/policy')).not.toBe(before)
  })
})

describe('releases differ', () => {
  const results = (value: unknown) => saying(200, JSON.stringify({ http_status: '200', build: '2795', results: value }))
  const packet = { ingress: 'wan1', source: '192.0.2.1', destination: '192.0.2.2', protocol: 6 }

  test.each([
    [{ success: true, match: true, policy_id: 12, policy_action: 'accept' }],
    [{ success: 'true', match: 1, policy_id: '12', policy_action: 'accept', matched_policy_type: 'policy' }],
    [[{ success: true, match: 'enable', policy_id: 12, policy_action: 'accept', error_code: null }]],
  ])('in how a lookup is written: %j', async (value) => {
    expect(await (await results(value)).policyLookup(packet)).toEqual({
      matched: true,
      policy: 12,
      action: 'accept',
      errorCode: undefined,
      isOurs: false,
    })
  })

  test('the lookup of another VDOM is not ours', async () => {
    const client = await serve((_, response) => response.end('{"vdom":"root","results":{"match":true}}'))
    expect((await faultOf(client.policyLookup({ ...packet, vdom: 'dmz' }))).says).toContain('another VDOM')
  })

  test('IPv6 and groups are said', async () => {
    let asked = ''
    const client = await serve((request, response) => {
      asked = request.url ?? ''
      response.end('{"results":{"match":false,"policy_id":0,"policy_action":"deny"}}')
    })
    const v6 = { ...packet, source: '2001:db8::1', destination: '2001:db8::2', group: 'web ops' }
    expect(await client.policyLookup(v6)).toMatchObject({ matched: false, policy: 0, action: 'deny' })
    expect(Object.fromEntries(new URLSearchParams(asked.split('?')[1]))).toMatchObject({
      ipv6: 'true',
      user_group: 'web ops',
      sourceip: '2001:db8::1',
    })
  })

  test('in what the counters are called', async () => {
    const client = await serve((request, response) => {
      const old = request.url?.endsWith('/firewall/policy/select')
      response.writeHead(old ? 200 : 404).end('{"results":[{"policyid":"7","hit_count":"3","last_used":null}]}')
    })
    expect(await client.readPolicyCounters()).toMatchObject([{ policy: 7, hits: 3, bytes: 0, lastUsed: undefined }])
  })

  test.each(['list', 'real_servers', 'realservers'])('in where real servers stand: %s', async (name) => {
    const server = { real_server_ip: '10.0.0.1', real_server_port: '8443', status: 'UP', active_sessions: '4' }
    expect(await (await results([{ name: 'farm', [name]: [server] }])).readRealServers()).toMatchObject([
      { virtualServer: 'farm', address: '10.0.0.1', port: 8443, isUp: true, activeSessions: 4 },
    ])
  })

  test('in how the end of a certificate is written', async () => {
    const ends = [{ valid_to: 1795428000 }, { valid_to: '1795428000' }, { valid_to: 'Nov 23 10:00:00 2026 GMT' }]
    const client = await results(ends.map((end, i) => ({ name: `c${i}`, type: 'local-cer', ...end })))
    expect((await client.readCertificates()).map(({ expires }) => expires)).toEqual(Array(6).fill(1795428000))
  })

  test('in where a revision stands, and none is a fault', async () => {
    expect(await (await results('abc')).readRevision('system/zone')).toBe('abc')
    expect(await (await results({ revision: 'abc' })).readRevision('system/zone')).toBe('abc')
    expect((await faultOf((await results([])).readRevision('system/zone'))).says).toContain('no revision')
  })

  test('secrets inside the tables of a row are masked too', async () => {
    const row = { name: 'x', members: [{ id: 1, password: 'hunter2' }], more: { psksecret: 'hunter2', key: 'hunter2' } }
    const [read] = await (await results([row])).readTable('user/group')
    expect(JSON.stringify(read)).not.toContain('hunter2')
    expect(read).toMatchObject({ name: 'x', members: [{ id: 1 }] })
  })
})

test.each(['7.0.14', '7.4.8', '7.6.5'])('FortiOS %s answers over HTTPS as it does over HTTP', async (version) => {
  const now = () => new Date('2026-11-23T10:00:00Z')
  const simulator = await openFortigateSimulator({ id: 'outer', text: fortigateText(version), token: TOKEN, now })
  const pem = await generate([{ name: 'commonName', value: 'outer' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  const front = createTlsServer({ key: pem.private, cert: pem.cert }, async (request, response) => {
    const { method = 'GET', headers } = request
    request.resume()
    const answer = await fetch(new URL(request.url ?? '/', simulator.url), {
      method,
      headers: { authorization: headers.authorization ?? '' },
    })
    response.writeHead(answer.status).end(await answer.text())
  })
  const url = `https://127.0.0.1:${await portOf(front)}`
  open.push(simulator, { close: () => front.close() })
  const secure = clientOf({ url, ca: pem.cert, vdom: 'root' })
  const plain = clientOf({ url: simulator.url, vdom: 'root' })
  for (const ask of QUESTIONS) expect(await ask(secure)).toEqual(await ask(plain))
})
