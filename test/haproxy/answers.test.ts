import { describe, expect, test } from 'vitest'
import { EVERYTHING } from '../../src/flow/flow-set.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { haproxyMeaning } from '../../src/haproxy/meaning.ts'
import { type RouteVerdict, routeRequest } from '../../src/haproxy/route.ts'

type Asked = Partial<Parameters<typeof routeRequest>[1]>
type Rules = { readonly front?: readonly string[]; readonly back?: readonly string[] }

const read = ({ front = [], back = [] }: Rules) =>
  readHaproxy(
    { id: 'lb' },
    'haproxy.cfg',
    `defaults
 mode http
frontend f
 bind :80
 option httplog
 capture request header Host len 9
 ${front.join('\n ')}
 default_backend b
backend b
 ${back.join('\n ')}
 server s 10.0.0.1:80
`,
  )

function route(rules: Rules, asked: Asked = {}): RouteVerdict {
  const request = { bind: '127.0.0.1:80', src: '127.0.0.1', path: '/old?a=1', ...asked }
  return routeRequest(read(rules), { ...request, headers: [['host', 'h']] })
}
const ends = ({ kind, status }: RouteVerdict) => status ?? kind

/** Every device fact here was measured on 2.6.12. */
describe('a rule on the answer', () => {
  const when = (condition: string, asked: Asked = {}, ...before: readonly string[]) =>
    ends(route({ front: [...before, `http-response deny ${condition}`] }, asked))

  test('still knows the method and what was kept of the request, and nothing else of it', () => {
    for (const kept of ['method GET', 'capture.req.uri -m beg /old', 'capture.req.method GET', 'capture.req.hdr(0) h'])
      expect(when(`if { ${kept} }`), kept).toBe(502)
    expect(when('if { method GET }', { method: 'POST' })).toBe('server')
    for (const gone of ['path /old', 'hdr(host) h', 'req.ver 1.1', 'query -m found', 'http_auth_user -m found']) {
      expect(when(`if { ${gone} }`), gone).toBe('server')
      expect(when(`unless { ${gone} }`), gone).toBe(502)
    }
    expect([when('if { wait_end }'), when('if !{ ssl_fc }')]).toEqual([502, 502])
  })

  test('knows variables of the connection, not those of the request', () => {
    const found = (scope: string) =>
      when(`if { var(${scope}.x) -m found }`, {}, `http-request set-var(${scope}.x) str(y)`)
    expect(['txn', 'sess', 'req'].map(found)).toEqual([502, 502, 'server'])
    expect(when('if { var(res.x) -m beg /old }', {}, 'http-response set-var(res.x) capture.req.uri')).toBe(502)
  })

  test('is passed over after an allow, by the rules of its own section alone', () => {
    const allow = 'http-response allow if { src 127.0.0.1 }'
    expect(ends(route({ front: [allow, 'http-response deny'] }))).toBe('server')
    expect(ends(route({ front: [allow, 'http-response deny'] }, { src: '127.0.0.2' }))).toBe(502)
    expect(ends(route({ back: [allow], front: ['http-response deny'] }))).toBe(502)
  })

  test('leaves the request at the server where the answer itself decides', () => {
    expect(when('if { status 500 }')).toBe('server')
    expect(when('unless { status 200 }')).toBe('server')
    expect(when('if { res.hdr(x) -m found } or { src 127.0.0.1 }')).toBe(502)
    expect(when('if { res.hdr(x) -m found } or { src 127.0.0.2 }')).toBe('server')
    expect(when('unless { status 200 } or { src 127.0.0.1 }')).toBe('server')
    expect(when('unless { status 200 } { src 127.0.0.2 }')).toBe(502)
    expect(when('', {}, 'http-response allow if { status 200 }')).toBe('server')
    expect(when('', {}, 'acl ok status 200', 'acl ok src 127.0.0.2', 'http-response allow if ok')).toBe('server')
    expect(when('if !ok', {}, 'acl ok status 200', 'acl ok src 127.0.0.1')).toBe('server')
    const marked = [
      'http-response set-var(txn.x) bool(true) if { status 500 }',
      'http-response deny if { var(txn.x) -m bool }',
    ]
    expect(route({ front: marked }).depends).toEqual(['`status` (haproxy.cfg:8)'])
  })

  test('is the same for all flows at once', () => {
    const kinds = (...front: readonly string[]) =>
      new Set(haproxyMeaning(read({ front }), EVERYTHING).map(({ outcome }) => outcome.kind))
    const served = (...front: readonly string[]) => kinds(...front).has('server')
    expect(served('http-response deny unless { path_beg /public }')).toBe(false)
    expect(served('http-response deny if { path_beg / }')).toBe(true)
    expect(served('http-request set-var(req.x) str(y)', 'http-response deny if { var(req.x) -m found }')).toBe(true)
    expect(served('http-request set-var(txn.x) str(y)', 'http-response deny if { var(txn.x) -m found }')).toBe(false)
    expect(served('http-response allow if { method POST }', 'http-response deny')).toBe(true)
  })
})

describe('a rule after the answer', () => {
  const shown = (condition: string, ...before: readonly string[]) =>
    route({ front: [...before, `http-after-response set-status 404 ${condition}`, 'http-request deny'] }).status

  test('knows of a refused request what a rule on the answer knows', () => {
    for (const known of [
      'if METH_GET',
      'if { capture.req.uri -m beg /old }',
      'unless { path /old }',
      'if { status 403 }',
    ])
      expect(shown(known), known).toBe(404)
    for (const gone of ['if { path /old }', 'if { hdr(host) h }', 'if HTTP_1.1']) expect(shown(gone), gone).toBe(403)
    expect(shown('if { var(req.x) -m found }', 'http-request set-var(req.x) str(y)')).toBe(403)
    expect(shown('if { var(txn.x) -m found }', 'http-after-response set-var(txn.x) str(y)')).toBe(404)
  })
})

test('what is no request has no rules, whatever follows an answer', () => {
  const front = ['http-after-response set-status 404']
  const proxy = { src: '10.0.0.1' }
  expect([ends(route({ front }, { proxy })), ends(route({ front }, { path: 'odd' }))]).toEqual([400, 400])
})

test('who takes it for a proxy is asked as by a proxy, where that is wanted', () => {
  const front = ['option http-use-proxy-header', 'stats uri /s', 'stats auth a:b', 'http-request auth if { path /p }']
  const asked = (asked: Asked, header = 'x') =>
    routeRequest(read({ front }), {
      bind: '127.0.0.1:80',
      src: '127.0.0.1',
      ...asked,
      headers: [
        ['host', 'h'],
        [header, `Basic ${btoa('a:b')}`],
      ],
    }).status
  expect(['/p', 'http://h/p', '/s', 'http://h/s'].map((path) => asked({ path }))).toEqual([401, 407, 401, 407])
  expect(asked({ path: '/p', version: '2.0' })).toBe(407)
  const shown = (header: string) => ['/s', 'http://h/s'].map((path) => asked({ path }, header))
  expect([shown('authorization'), shown('proxy-authorization')]).toEqual([
    [200, 407],
    [401, 200],
  ])
})

test('in tcp mode logs keep nothing of a request', () => {
  const kept = (mode: string, ...lines: readonly string[]) => {
    const config = `defaults
 timeout client 1s
frontend f
 ${lines.join('\n ')}
 mode ${mode}
 bind :80
 tcp-request inspect-delay 1s
 tcp-request content accept if HTTP
 default_backend b
backend b
 mode http
 http-request deny if { capture.req.uri -m found }
 server s 10.0.0.1:80
`
    const device = readHaproxy({ id: 'lb' }, 'haproxy.cfg', config)
    return ends(routeRequest(device, { bind: '127.0.0.1:80', src: '127.0.0.1', headers: [['host', 'h']] }))
  }
  expect(['http', 'tcp'].map((mode) => kept(mode, 'option httplog'))).toEqual([403, 'server'])
  expect(['http', 'tcp'].map((mode) => kept(mode, 'http-request set-header x %[path]'))).toEqual([403, 'server'])
  expect(kept('tcp', 'unique-id-format %[path]')).toBe(403)
})

test('no request of HTTP/2 is the first of its connection', () => {
  const first = (version: string) => ends(route({ front: ['http-request deny if { http_first_req }'] }, { version }))
  expect([first('1.1'), first('2.0')]).toEqual([403, 'server'])
  // Of all flows some are first and others are not.
  const pieces = haproxyMeaning(read({ front: ['http-request deny if { http_first_req }'] }), EVERYTHING)
  expect(pieces.some(({ outcome }) => outcome.kind === 'server')).toBe(true)
})
