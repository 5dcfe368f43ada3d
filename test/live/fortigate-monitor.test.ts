import { createServer, type RequestListener, type Server } from 'node:http'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, test } from 'vitest'
import { Fault } from '../../src/evidence/fault.ts'
import type { Packet } from '../../src/fortigate/packet.ts'
import { type FortigateClient, openFortigateClient } from '../../src/live/fortigate-client.ts'
import { type FortigateTrouble, openFortigateSimulator } from '../../src/local/devices/fortigate-simulator.ts'
import { fortigateText } from './fortigate-text.ts'

const TOKEN = 'x7Qz-not-for-anybodys-eyes'
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

const BALANCED = `config firewall vip
    edit "vip-farm"
        set type server-load-balance
        set server-type https
        set extip 203.0.113.11
        set extintf "wan1"
        set extport 443
        set ssl-certificate "edge-a"
        config realservers
            edit 1
                set ip 10.20.0.7
                set port 8443
            next
        end
    next
end
`

async function simulate(version: string, more = '', forbidden: readonly string[] = []) {
  const simulator = await openFortigateSimulator({
    id: 'outer',
    text: fortigateText(version) + more,
    token: TOKEN,
    now: () => new Date('2026-11-23T10:00:00Z'),
    forbidden,
    slowMs: 5_000,
  })
  const client = openFortigateClient({
    device: 'outer',
    url: simulator.url,
    token: TOKEN,
    vdom: 'root',
    timeoutMs: 400,
  })
  open.push(simulator, client)
  return { simulator, client }
}
async function serveRaw(listener: RequestListener) {
  const server: Server = createServer(listener)
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
  const client = openFortigateClient({ device: 'outer', url: `http://127.0.0.1:${port}`, token: TOKEN })
  open.push({ close: () => server.close() }, client)
  return client
}
async function faultOf(attempt: Promise<unknown>): Promise<Fault> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Fault)) throw new Error('no fault was thrown', { cause: error })
  expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain(TOKEN)
  return error
}
const packet: Packet = {
  srcintf: 'wan1',
  src: '198.51.100.7',
  dst: '203.0.113.10',
  proto: 'tcp',
  sport: 50000,
  dport: 443,
}

describe.each(['7.0.14', '7.4.8', '7.6.5'])('FortiOS %s', (version) => {
  test('sessions and counters show the traffic that was', async () => {
    const { client, simulator } = await simulate(version)
    expect(simulator.send(packet).verdict).toBe('allow')
    expect(simulator.send({ ...packet, dport: 443, src: '192.0.2.9' }).verdict).toBe('deny')
    const sessions = await client.readSessions({ policy: 12 })
    expect(sessions).toEqual([
      {
        vdom: 'root',
        proto: 6,
        source: '198.51.100.7',
        sourcePort: 50000,
        destination: '203.0.113.10',
        destinationPort: 443,
        translatedTo: '10.20.0.5:8443',
        policy: 12,
        secondsLeft: 3600,
        user: undefined,
      },
    ])
    expect(await client.readSessions({ policy: 5 })).toEqual([])
    expect(await client.readSessions({ source: '198.51.100.7', destinationPort: 443, count: 1 })).toHaveLength(1)
    const counters = await client.readPolicyCounters()
    expect(counters.map(({ policy, hits, activeSessions }) => [policy, hits, activeSessions])).toEqual([
      [0, 1, 0],
      [12, 1, 1],
      [5, 0, 0],
    ])
    expect(counters.map(({ lastUsed }) => lastUsed)).toEqual([1795428000, 1795428000, undefined])
  })

  test('routes, real servers and certificates are those of the live text', async () => {
    const pem = await generate([{ name: 'commonName', value: 'edge' }], {
      notAfterDate: new Date('2026-11-01T00:00:00Z'),
      notBeforeDate: new Date('2026-01-01T00:00:00Z'),
    })
    const certificate = `config vpn certificate local\n    edit "edge-a"\n        set certificate "${pem.cert.trim()}"\n    next\nend\n`
    const { client } = await simulate(version, BALANCED + certificate)
    const routes = await client.readRoutes(4)
    expect(routes.find(({ to }) => to === '0.0.0.0/0')).toMatchObject({ type: 'static', egress: 'wan1', distance: 10 })
    expect(routes.find(({ to }) => to === '10.20.0.0/24')).toMatchObject({ type: 'connect', egress: 'dmz' })
    expect(await client.readRoutes(6)).toEqual([])
    expect(await client.readRealServers()).toEqual([
      {
        vdom: 'root',
        virtualServer: 'vip-farm',
        address: '10.20.0.7',
        port: 8443,
        mode: 'active',
        isUp: true,
        activeSessions: 0,
      },
    ])
    expect(await client.readCertificates()).toEqual([
      {
        name: 'edge-a',
        type: 'local-cer',
        status: 'expired',
        validFrom: Date.parse('2026-01-01T00:00:00Z') / 1000,
        expires: Date.parse('2026-11-01T00:00:00Z') / 1000,
        isGlobal: false,
      },
    ])
  })

  test('the revision of a table changes with that table only', async () => {
    const { client, simulator } = await simulate(version)
    const revisions = () =>
      Promise.all(['firewall/policy', 'firewall/address'].map((path) => client.readRevision(path)))
    const [policies, addresses] = await revisions()
    simulator.edit('set name "partner to edge"', 'set name "partners to edge"')
    const [after, same] = await revisions()
    expect(after).not.toBe(policies)
    expect(same).toBe(addresses)
  })
})

test('releases differ in the name of the session list, in lists of certificates and in the protocol label', async () => {
  const late = await simulate('7.6.5', BALANCED)
  const early = await simulate('7.4.8', BALANCED)
  const farm = async (client: FortigateClient) =>
    (await client.readTable('firewall/vip')).find(({ name }) => name === 'vip-farm')?.['ssl-certificate']
  expect(await farm(early.client)).toBe('edge-a')
  expect(await farm(late.client)).toMatchObject([{ name: 'edge-a' }])
  expect(await early.client.readTable('firewall.service/custom')).toMatchObject([{ protocol: 'TCP/UDP/SCTP' }])
  expect(await late.client.readTable('firewall.service/custom')).toMatchObject([{ protocol: 'TCP/UDP/UDP-Lite/SCTP' }])
})

test('the name that a device knows its sessions by is asked for once', async () => {
  const asked: string[] = []
  const client = await serveRaw((request, response) => {
    const path = new URL(request.url ?? '/', 'http://device').pathname
    asked.push(path.slice(path.lastIndexOf('/') + 1))
    const known = path.endsWith('/session')
    response.writeHead(known ? 200 : 404).end('{"http_status":200,"status":"success","results":[]}')
  })
  await client.readSessions({})
  await client.readSessions({})
  expect(asked).toEqual(['sessions', 'session', 'session'])
})

const QUESTIONS: readonly (readonly [
  name: string,
  ask: (client: FortigateClient) => Promise<unknown>,
  permission: string,
])[] = [
  ['sessions', (client) => client.readSessions({}), 'sysgrp.cfg'],
  ['counters', (client) => client.readPolicyCounters(), 'fwgrp.policy'],
  ['routes', (client) => client.readRoutes(4), 'netgrp.route-cfg'],
  ['real servers', (client) => client.readRealServers(), 'fwgrp.others'],
  ['certificates', (client) => client.readCertificates(), 'sysgrp'],
  ['a revision', (client) => client.readRevision('firewall/policy'), 'fwgrp.policy'],
  ['revisions', (client) => client.readRevisions(['firewall/policy', 'firewall/vip']), 'fwgrp'],
]
const TROUBLES: readonly (readonly [FortigateTrouble, string])[] = [
  ['down', 'fortigate-unreachable'],
  ['slow', 'fortigate-timeout'],
  ['garble', 'fortigate-not-json'],
  ['truncate', 'fortigate-truncated'],
  ['lockout', 'fortigate-locked-out'],
  ['forbid', 'fortigate-forbidden'],
]
test.each(TROUBLES)('trouble %s is told as %s, whatever was asked', async (trouble, code) => {
  const { simulator } = await simulate('7.4.8')
  await simulator.setTrouble(trouble)
  await Promise.all(
    QUESTIONS.map(async ([name, ask, permission]) => {
      // A client of its own for each, because a lockout is remembered.
      const client = openFortigateClient({
        device: 'outer',
        url: simulator.url,
        token: TOKEN,
        vdom: 'root',
        timeoutMs: 700,
      })
      open.push(client)
      const fault = await faultOf(ask(client))
      expect([name, fault.code]).toEqual([name, code])
      if (trouble === 'forbid') expect(fault.says).toContain(permission)
    }),
  )
})

test.each(QUESTIONS)('%s of another shape are not used', async (_, ask) => {
  const client = await serveRaw((_request, response) =>
    response.end('{"http_status":200,"status":"success","results":[{"policyid":"twelve","list":7}]}'),
  )
  expect((await faultOf(ask(client))).code).toBe('fortigate-unexpected-answer')
})

test('a wrong token and an unknown release are told apart from the rest', async () => {
  const unknown = await serveRaw((_, response) => response.writeHead(404).end('{"http_status":404,"status":"error"}'))
  expect((await faultOf(unknown.readSessions({}))).code).toBe('fortigate-not-found')
  const { simulator } = await simulate('7.4.8')
  const stranger = openFortigateClient({ device: 'outer', url: simulator.url, token: 'another' })
  open.push(stranger)
  expect((await faultOf(stranger.readPolicyCounters())).code).toBe('fortigate-unauthorized')
})
