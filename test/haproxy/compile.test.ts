import { describe, expect, test } from 'vitest'
import { readCidr, uniteIp } from '../../src/flow/ip-set.ts'
import {
  compileHaproxyGrant,
  compileHaproxyGuard,
  type InnerAsk,
  removeHaproxyGrant,
} from '../../src/haproxy/compile.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { routeRequest } from '../../src/haproxy/route.ts'
import { checkWithHaproxy, freePort, openUpstreams, realHaproxy, sendRequest, startHaproxy } from './real.ts'

const binary = realHaproxy()
const read = (text: string) => readHaproxy({ id: 'edge-lb' }, 'edge-lb.cfg', text)
const cidrs = (...list: string[]) =>
  list.map((cidr) => readCidr(cidr) ?? { v4: [], v6: [] }).reduce(uniteIp, { v4: [], v6: [] })

function configuration({ http = 8080, tcp = 5432, server = 9000 } = {}): string {
  return `global
    maxconn 100

# the edge, kept by hand
defaults
    mode http
    timeout connect 1s
    timeout client  2s   # odd spacing stays
    timeout server 2s

frontend http-in
    bind 127.0.0.1:${http}
    use_backend grafana if { req.hdr(host),lower,field(1,:) grafana.corp.example }

backend grafana
    # observability owns this
    server g1 127.0.0.1:${server}

frontend pg
    mode tcp
    bind 127.0.0.1:${tcp}
    default_backend pg
backend pg
    mode tcp
    server p1 127.0.0.1:${server}
`
}

/** Only one address is trusted to say who somebody is. */
const trusting = (text: string, condition = 'unless { src 127.0.0.5 }') =>
  text.replace('    use_backend grafana', `    http-request del-header x-group ${condition}\n    use_backend grafana`)

const GRAFANA = { service: 'grafana', frontend: 'http-in', backend: 'grafana' }
const PG = { service: 'pg-main', frontend: 'pg', backend: 'pg' }
const grant = (patch: Partial<InnerAsk> = {}): InnerAsk => ({
  request: 'ar-7f3k2m9x0q',
  ...GRAFANA,
  sources: cidrs('127.0.0.4/30'),
  headers: [],
  ...patch,
})

function edited(result: ReturnType<typeof compileHaproxyGrant>): string {
  if (!result.ok) throw new Error(result.says)
  return result.text
}

/** The lines that the second text has and the first has not, if nothing else differs. */
function addedLines(before: string, after: string): string[] {
  const rest = before.split('\n')
  const added: string[] = []
  for (const line of after.split('\n')) {
    if (rest[0] === line) rest.shift()
    else added.push(line)
  }
  expect(rest).toEqual([])
  return added
}

function visit(text: string, src: string, patch: Partial<Parameters<typeof routeRequest>[1]> = {}): string {
  const verdict = routeRequest(read(text), {
    bind: '127.0.0.1:8080',
    src,
    headers: [['host', 'grafana.corp.example']],
    at: '2026-11-23T10:00:00Z',
    ...patch,
  })
  return verdict.kind === 'server' ? verdict.servers.join() : `${verdict.kind} ${verdict.status ?? ''}`.trim()
}

describe('guards and grants', () => {
  test('without a guard a grant is refused, because everybody is in already', () => {
    expect(compileHaproxyGrant(read(configuration()), grant())).toMatchObject({ ok: false, reason: 'no-guard' })
  })

  test('an empty guard closes the service, and changes two lines', () => {
    const before = configuration()
    const after = edited(compileHaproxyGuard(read(before), GRAFANA))
    expect(addedLines(before, after)).toEqual([
      '    # sallyport:guard grafana',
      '    http-request deny deny_status 403 unless { var(txn.sallyport_grafana) -m bool }',
    ])
    expect(visit(before, '127.0.0.5')).toBe('g1')
    expect(visit(after, '127.0.0.5')).toBe('status 403')
  })

  test('a grant opens its sources until its end and nothing else', () => {
    const guarded = edited(compileHaproxyGuard(read(configuration()), GRAFANA))
    const until = Date.parse('2026-11-27T23:59:59Z') / 1000
    const after = edited(compileHaproxyGrant(read(guarded), grant({ until })))
    expect(addedLines(guarded, after)).toEqual([
      '    acl sallyport-ar-7f3k2m9x0q src 127.0.0.4/30',
      `    acl sallyport-ar-7f3k2m9x0q-until date le ${until}`,
      '    http-request set-var(txn.sallyport_grafana) bool(true) if sallyport-ar-7f3k2m9x0q sallyport-ar-7f3k2m9x0q-until',
    ])
    expect(visit(after, '127.0.0.5')).toBe('g1')
    expect(visit(after, '127.0.0.8')).toBe('status 403')
    expect(visit(after, '127.0.0.5', { at: '2026-11-27T23:59:59Z' })).toBe('g1')
    expect(visit(after, '127.0.0.5', { at: '2026-11-28T00:00:00Z' })).toBe('status 403')
    expect(removeHaproxyGrant(read(after), 'ar-7f3k2m9x0q')).toMatchObject({ ok: true, text: guarded })
  })

  test('two grants add up, and each can be taken back alone', () => {
    const guarded = edited(compileHaproxyGuard(read(configuration()), GRAFANA))
    const first = edited(compileHaproxyGrant(read(guarded), grant()))
    const both = edited(compileHaproxyGrant(read(first), grant({ request: 'ar-2', sources: cidrs('127.0.9.0/24') })))
    expect([visit(both, '127.0.0.5'), visit(both, '127.0.9.9'), visit(both, '127.0.8.1')]).toEqual([
      'g1',
      'g1',
      'status 403',
    ])
    const second = edited(removeHaproxyGrant(read(both), 'ar-7f3k2m9x0q'))
    expect([visit(second, '127.0.0.5'), visit(second, '127.0.9.9')]).toEqual(['status 403', 'g1'])
  })

  test('headers, methods and paths narrow a grant', () => {
    const guarded = edited(compileHaproxyGuard(read(trusting(configuration())), GRAFANA))
    const narrow = grant({ headers: [{ name: 'X-Group', value: 'data' }], methods: ['GET'], paths: ['/d/'] })
    const after = edited(compileHaproxyGrant(read(guarded), narrow))
    const headers: [string, string][] = [
      ['host', 'grafana.corp.example'],
      ['x-group', 'data'],
    ]
    expect(visit(after, '127.0.0.5', { headers, path: '/d/x' })).toBe('g1')
    expect(visit(after, '127.0.0.5', { headers, path: '/e' })).toBe('status 403')
    expect(visit(after, '127.0.0.5', { headers, path: '/d/x', method: 'HEAD' })).toBe('status 403')
    expect(visit(after, '127.0.0.5', { path: '/d/x' })).toBe('status 403')
    expect(visit(after, '127.0.0.6', { headers, path: '/d/x' }), 'who is not trusted says it himself').toBe(
      'status 403',
    )
  })

  test.each([
    ['nothing takes it away', (text: string) => text],
    ['it is taken away by path', (text: string) => trusting(text, 'if { path /private }')],
    [
      'it is taken away by source or something else',
      (text: string) => trusting(text, 'unless { src 127.0.0.5 } or { path /x }'),
    ],
    [
      'a rule above ends the rules',
      (text: string) =>
        trusting(text).replace('    http-request del', '    http-request allow if { path /a }\n    http-request del'),
    ],
    [
      'it is set again below',
      (text: string) =>
        trusting(text).replace('    use_backend', '    http-request set-header x-group %[path]\n    use_backend'),
    ],
    ['another header is taken away', (text: string) => trusting(text).replace('x-group', 'x-groups')],
    [
      'a second frontend leads there too',
      (text: string) => `${trusting(text)}frontend side\n    bind 127.0.0.1:8082\n    default_backend grafana\n`,
    ],
  ])('a header is believed nowhere that a client could send it: %s', (_why, change) => {
    const guarded = edited(compileHaproxyGuard(read(change(configuration())), GRAFANA))
    const byHeader = grant({ headers: [{ name: 'X-Group', value: 'data' }] })
    expect(compileHaproxyGrant(read(guarded), byHeader)).toMatchObject({ ok: false, reason: 'header-not-removed' })
    expect(compileHaproxyGrant(read(guarded), grant())).toMatchObject({ ok: true })
  })

  test('a TCP service is guarded at the connection; headers there are refused', () => {
    const before = configuration()
    const guarded = edited(compileHaproxyGuard(read(before), PG))
    const after = edited(compileHaproxyGrant(read(guarded), grant(PG)))
    expect(addedLines(before, after)).toEqual([
      '    # sallyport:guard pg-main',
      '    acl sallyport-ar-7f3k2m9x0q src 127.0.0.4/30',
      '    tcp-request connection set-var(sess.sallyport_pg_main) bool(true) if sallyport-ar-7f3k2m9x0q',
      '    tcp-request connection reject unless { var(sess.sallyport_pg_main) -m bool }',
    ])
    expect([
      visit(after, '127.0.0.5', { bind: '127.0.0.1:5432' }),
      visit(after, '127.0.0.8', { bind: '127.0.0.1:5432' }),
    ]).toEqual(['p1', 'closed'])
    expect(compileHaproxyGrant(read(guarded), grant({ ...PG, methods: ['GET'] }))).toMatchObject({
      reason: 'tcp-service',
    })
  })

  test('behind a PROXY header the session is where the client is known', () => {
    const before = configuration().replace('bind 127.0.0.1:5432', 'bind 127.0.0.1:5432 accept-proxy')
    const after = edited(
      compileHaproxyGrant(
        read(edited(compileHaproxyGuard(read(before), PG))),
        grant({ ...PG, sources: cidrs('10.1.0.0/16') }),
      ),
    )
    const bind = '127.0.0.1:5432'
    expect(visit(after, '127.0.0.5', { bind, proxy: '10.1.2.3' })).toBe('p1')
    expect(visit(after, '10.1.2.3', { bind, proxy: '10.9.2.3' })).toBe('closed')
    // HAProxy matches 2002:a01:203:: with 10.1.0.0/16; the grant does not mean it.
    expect(visit(after, '127.0.0.5', { bind, proxy: '2002:a01:203::1' })).toBe('closed')
  })

  test('long lists of networks are cut into lines of forty', () => {
    const many = cidrs(...Array.from({ length: 100 }, (_, i) => `10.0.${i * 2}.0/24`))
    const guarded = edited(compileHaproxyGuard(read(configuration()), GRAFANA))
    const after = edited(compileHaproxyGrant(read(guarded), grant({ sources: many })))
    expect(addedLines(guarded, after).filter((line) => line.includes('acl '))).toHaveLength(3)
    expect([visit(after, '10.0.198.7'), visit(after, '10.0.199.7')]).toEqual(['g1', 'status 403'])
  })

  test.each<[string, Partial<InnerAsk>]>([
    ['no-source', { sources: cidrs() }],
    ['mapped-sources', { sources: cidrs('::/0') }],
    ['no-such-backend', { backend: 'nope' }],
    ['bad-request-id', { request: 'ar 1' }],
    ['unwritable', { paths: ['/a b'] }],
    ['empty-window', { from: 2, until: 1 }],
  ])('%s is refused', (reason, patch) => {
    const guarded = edited(compileHaproxyGuard(read(configuration()), GRAFANA))
    expect(compileHaproxyGrant(read(guarded), grant(patch))).toMatchObject({ ok: false, reason })
  })

  test('a rule above that lets requests past the guard is refused', () => {
    const guarded = edited(compileHaproxyGuard(read(configuration()), GRAFANA))
    const loose = guarded.replace(
      '    # sallyport:guard',
      '    http-request allow if { path /open }\n    # sallyport:guard',
    )
    expect(compileHaproxyGrant(read(loose), grant())).toMatchObject({ ok: false, reason: 'guard-bypassed' })
  })

  test('CRLF files stay CRLF', () => {
    const before = configuration().replaceAll('\n', '\r\n')
    const after = edited(compileHaproxyGrant(read(edited(compileHaproxyGuard(read(before), GRAFANA))), grant()))
    expect(after.replaceAll('\r\n', '')).not.toContain('\n')
  })
})

describe.skipIf(!binary)('the real HAProxy', () => {
  test('accepts what is compiled', () => {
    let text = edited(compileHaproxyGuard(read(trusting(configuration())), GRAFANA))
    text = edited(compileHaproxyGuard(read(text), PG))
    text = edited(
      compileHaproxyGrant(
        read(text),
        grant({
          from: 1,
          until: 2,
          headers: [{ name: 'X-Group', value: 'a{b}#"c' }],
          methods: ['GET'],
          paths: ['/d/', '/{x}'],
        }),
      ),
    )
    text = edited(
      compileHaproxyGrant(read(text), grant({ ...PG, sources: cidrs('2001:db8::/32', '10.0.0.0/8'), until: 5 })),
    )
    expect(checkWithHaproxy(text)).toMatchObject({ valid: true })
  })

  test('lets the granted in until the end, and nobody else, and closes by itself', { timeout: 20_000 }, async () => {
    const upstreams = await openUpstreams(1)
    const [http, tcp] = [await freePort(), await freePort()]
    const plain = configuration({ http, tcp, server: upstreams.ports[0] ?? 0 })
    let text = edited(compileHaproxyGuard(read(edited(compileHaproxyGuard(read(plain), GRAFANA))), PG))
    const until = Math.floor(Date.now() / 1000) + 1
    text = edited(compileHaproxyGrant(read(text), grant({ until })))
    text = edited(compileHaproxyGrant(read(text), grant({ ...PG, request: 'ar-pg', until })))
    const haproxy = await startHaproxy(text, http)
    const request = 'GET / HTTP/1.1\r\nhost: grafana.corp.example\r\nconnection: close\r\n\r\n'
    const look = async () => {
      const seen = []
      for (const [port, src] of [
        [http, '127.0.0.5'],
        [http, '127.0.0.8'],
        [tcp, '127.0.0.5'],
        [tcp, '127.0.0.8'],
      ] as const)
        seen.push((await sendRequest(port, src, request)).kind)
      return seen
    }
    expect(await look()).toEqual(['server', 'status', 'server', 'closed'])
    while (Date.now() / 1000 < until + 1.05) await sendRequest(http, '127.0.0.8', request)
    expect(await look()).toEqual(['status', 'status', 'closed', 'closed'])
    await haproxy.stop()
    upstreams.close()
  })
})
