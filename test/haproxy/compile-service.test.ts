import { describe, expect, test } from 'vitest'
import type { Refusal } from '../../src/evidence/refusal.ts'
import { readCidr } from '../../src/flow/ip-set.ts'
import { compileHaproxyGrant, type HaproxyEdit } from '../../src/haproxy/compile.ts'
import { compileHaproxyService, type InnerService } from '../../src/haproxy/compile-service.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { routeRequest } from '../../src/haproxy/route.ts'
import { checkWithHaproxy, freePort, openUpstreams, realHaproxy, sendRequest, startHaproxy } from './real.ts'

const read = (text: string) => readHaproxy({ id: 'lb' }, 'lb.cfg', text)

function configuration(port = 8080): string {
  return `defaults
    timeout connect 1s
    timeout client 2s
    timeout server 2s
    mode http

frontend web
\tbind 127.0.0.1:${port}
\tacl host-shop hdr(host) -i shop.example
\tuse_backend shop if host-shop   # kept
\tdefault_backend nobody

backend shop
\tserver s1 127.0.0.1:9000

backend nobody
\thttp-request return status 404

# ---- plain TCP
defaults
\tmode tcp
\ttimeout connect 1s
\ttimeout client 2s
\ttimeout server 2s
frontend db
\tbind 127.0.0.1:5432
\tdefault_backend db
backend db
\tserver d1 127.0.0.1:9001
`
}

const KIOSK = {
  service: 'kiosk',
  frontend: 'web',
  backend: 'kiosk',
  servers: [{ name: 's1', address: '127.0.0.1', port: 9100 }],
  stickiness: 'none',
  by: { kind: 'host', hosts: ['kiosk.example'] },
} satisfies InnerService
const LDAP = {
  ...KIOSK,
  service: 'ldap',
  frontend: 'ldap-in',
  backend: 'ldap',
  by: { kind: 'port', address: '127.0.0.1', port: 6360 },
} satisfies InnerService

function edited(result: HaproxyEdit | Refusal): string {
  if (!result.ok) throw new Error(result.says)
  return result.text
}

const compile = (text: string, ask: InnerService = KIOSK) => compileHaproxyService(read(text), ask)

/** What a text has that the other has not, which must be all that differs. */
function added(before: string, after: string): string[] {
  const rest = before.split('\n')
  const lines = after.split('\n').filter((line) => rest[0] !== line || rest.shift() === undefined)
  expect(rest).toEqual([])
  return lines
}

function visit(text: string, host: string, bind = '127.0.0.1:8080'): string {
  const at = '2026-11-23T10:00:00Z'
  const verdict = routeRequest(read(text), { bind, src: '127.0.0.9', headers: [['host', host]], at })
  return verdict.kind === 'server' ? verdict.servers.join() : `${verdict.kind} ${verdict.status ?? ''}`.trim()
}

function grantTo(text: string, ask: InnerService): string {
  const sources = readCidr('127.0.0.9/32') ?? { v4: [], v6: [] }
  const { service, frontend, backend } = ask
  const given = { request: 'ar-1', service, frontend, backend, sources, headers: [] }
  return edited(compileHaproxyGrant(read(text), given))
}

describe('a new service', () => {
  test('comes below every other route, beside its like, and is open to nobody', () => {
    const before = configuration()
    const after = edited(compile(before))
    expect(added(before, after)).toEqual([
      '\tacl host-kiosk req.hdr(host),field(1,:) -m str -i kiosk.example',
      '\tuse_backend kiosk if host-kiosk',
      'backend kiosk',
      '\t# sallyport:guard kiosk',
      '\thttp-request deny deny_status 403 unless { var(txn.sallyport_kiosk) -m bool }',
      '\tserver s1 127.0.0.1:9100 check',
      '',
    ])
    expect([visit(after, 'KIOSK.example:8080'), visit(after, 'shop.example'), visit(after, 'other.example')]).toEqual([
      'status 403',
      's1',
      'status 404',
    ])
    expect(visit(grantTo(after, KIOSK), 'kiosk.example:443')).toBe('s1')
  })

  test('keeps clients where they began, and asks its servers how they are', () => {
    const servers = ['10.0.0.1', '2001:db8::1'].map((address, at) => ({ name: `s${at + 1}`, address, port: 80 }))
    const by = { kind: 'host', hosts: ['kiosk.example'], healthPath: '/up' } as const
    const sticky = (stickiness: InnerService['stickiness']) =>
      added(configuration(), edited(compile(configuration(), { ...KIOSK, servers, stickiness, by }))).slice(5, -1)
    expect(sticky('cookie')).toEqual([
      '\tbalance roundrobin',
      '\tcookie KIOSK_NODE insert indirect nocache httponly',
      '\toption httpchk GET /up',
      '\tserver s1 10.0.0.1:80 check cookie s1',
      '\tserver s2 [2001:db8::1]:80 check cookie s2',
    ])
    expect(sticky('source').slice(0, 2)).toEqual(['\tbalance source', '\thash-type consistent'])
  })

  test('of plain TCP listens where nobody does, and is closed at the connection', () => {
    const after = edited(compile(configuration(), LDAP))
    expect(visit(after, '', '127.0.0.1:6360')).toBe('closed')
    expect(visit(grantTo(after, LDAP), '', '127.0.0.1:6360')).toBe('s1')
    const taken = compile(configuration(), { ...LDAP, by: { ...LDAP.by, port: 5432 } })
    expect(taken).toMatchObject({ reason: 'port-taken', says: expect.stringContaining('lb.cfg:26') })
  })

  test('says its mode where the defaults have another', () => {
    const lone = configuration().replace('    mode http', '').replace('frontend web\n', 'frontend web\n\tmode http\n')
    const text = lone
      .replaceAll('backend shop\n\t', 'backend shop\n\tmode http\n\t')
      .replace('backend nobody\n\thttp', 'backend nobody\n\tmode http\n\thttp')
    expect(visit(edited(compile(text)), 'kiosk.example')).toBe('status 403')
  })

  test('keeps the line ends of its file', () => {
    expect(edited(compile(configuration().replaceAll('\n', '\r\n'))).replaceAll('\r\n', '')).not.toContain('\n')
  })

  test.each([
    ['a host that has a route', 'host-routed', { hosts: ['shop.example'] }, (text: string) => text],
    [
      'a host that the default serves',
      'host-routed',
      {},
      (text: string) => text.replace('default_backend nobody', 'default_backend shop'),
    ],
    [
      'a frontend that answers before any route',
      'route-without-effect',
      {},
      (text: string) => text.replace('\tacl', '\thttp-request return status 503\n\tacl'),
    ],
    [
      'a route that hangs on a script',
      'host-unclear',
      {},
      (text: string) => text.replace('\tacl', '\thttp-request lua.mood\n\tacl'),
    ],
    ['a backend of its name', 'backend-exists', {}, (text: string) => text.replaceAll('nobody', 'kiosk')],
  ])('is refused by name for %s', (_why, reason, by, change) => {
    const result = compile(change(configuration()), { ...KIOSK, by: { ...KIOSK.by, ...by } })
    expect(result).toMatchObject({ ok: false, reason })
  })

  test('goes above a line that takes its requests and hands them to nobody', () => {
    const text = configuration().replace(' if host-shop   # kept', ' if host-shop\n\tuse_backend nobody')
    expect(visit(edited(compile(text)), 'kiosk.example')).toBe('status 403')
    expect(visit(edited(compile(text)), 'shop.example')).toBe('s1')
  })
})

describe.skipIf(!realHaproxy())('the real HAProxy', () => {
  test('takes a new service, and opens it to exactly those who are let in', { timeout: 20_000 }, async () => {
    const upstreams = await openUpstreams(1)
    const [http, tcp] = [await freePort(), await freePort()]
    const servers = [{ name: 's1', address: '127.0.0.1', port: upstreams.ports[0] ?? 0 }]
    const ldap: InnerService = { ...LDAP, servers, by: { ...LDAP.by, port: tcp } }
    const kiosk = { ...KIOSK, servers }
    const closed = edited(
      compile(edited(compile(configuration(http).replace('5432', String(await freePort())), kiosk)), ldap),
    )
    expect(checkWithHaproxy(closed)).toMatchObject({ valid: true })
    const request = (host: string) => `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`
    const look = async () => [
      (await sendRequest(http, '127.0.0.9', request('Kiosk.example:443'))).kind,
      (await sendRequest(http, '127.0.0.8', request('kiosk.example'))).kind,
      (await sendRequest(tcp, '127.0.0.9', request('any'))).kind,
      (await sendRequest(tcp, '127.0.0.8', request('any'))).kind,
    ]
    const before = await startHaproxy(closed, http)
    expect(await look()).toEqual(['status', 'status', 'closed', 'closed'])
    await before.stop()
    const after = await startHaproxy(grantTo(grantTo(closed, kiosk), ldap), http)
    expect(await look()).toEqual(['server', 'status', 'server', 'closed'])
    await after.stop()
    upstreams.close()
  })
})
