import { describe, expect, test } from 'vitest'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { type RouteVerdict, routeRequest } from '../../src/haproxy/route.ts'

type Asked = Partial<Parameters<typeof routeRequest>[1]>

/** What happens to a request that reaches this configuration at 127.0.0.1:80. Every device fact here was measured on 2.6.12. */
function route(text: string, asked: Asked = {}, files: Readonly<Record<string, string>> = {}): RouteVerdict {
  const device = readHaproxy({ id: 'lb' }, 'haproxy.cfg', `${text}\n`, new Map(Object.entries(files)))
  return routeRequest(device, { bind: '127.0.0.1:80', src: '127.0.0.1', headers: [['host', 'h']], ...asked })
}

const frontend = (...lines: readonly string[]) =>
  `defaults\n mode http\nfrontend f\n bind :80\n ${lines.join('\n ')}\n default_backend b\nbackend b\n server s 10.0.0.1:80`
const decided = ({ kind, status, because }: RouteVerdict) => [kind, status, because.at(-1)?.says]

describe('the verdict on one request', () => {
  test('names the line that decided, and depends where either of two may have, even when both end alike', () => {
    const two = route(frontend('http-request deny if { env(X) y }', 'http-request deny'))
    expect([two.kind, two.depends]).toEqual(['depends', ['environment variable X (haproxy.cfg:5)']])
    expect(decided(route(frontend('http-request deny if { src 10.0.0.0/8 }', 'http-request deny')))).toEqual([
      'status',
      403,
      'http-request deny',
    ])
  })

  test('shows the status that http-after-response leaves, of HAProxy’s own answers too', () => {
    const rules = ['http-after-response set-status 404 if { status 403 } { src 127.0.0.1 }', 'http-request deny']
    expect(route(frontend(...rules)).status).toBe(404)
    expect(route(frontend(...rules), { src: '127.0.0.2' }).status).toBe(403)
    expect(route(frontend('http-after-response allow if { status 403 }', ...rules)).status).toBe(403)
    expect(route(frontend('http-after-response set-status 500', 'monitor-uri /up'), { path: '/up' }).status).toBe(500)
    const served = route(frontend('http-after-response set-status 500'))
    expect([served.kind, served.status]).toEqual(['server', null])
  })

  test('is the monitor’s whatever form the target has, but not with another query', () => {
    const monitored = frontend('monitor-uri /up')
    for (const path of ['/up', 'http://h/up', 'https://h:443/up', 'http://h:/up'])
      expect(route(monitored, { path }).status, path).toBe(200)
    expect(route(monitored, { path: 'http://h/up?x' }).kind).toBe('server')
  })

  test('refuses a target with a query right behind its authority', () => {
    expect(route(frontend(), { path: 'http://h?x' }).status).toBe(400)
    expect(route(frontend(), { path: 'http://h:/x' }).line).toBe('GET http://h/x HTTP/1.1')
  })

  test('a section with statistics of its own forgets those of its defaults', () => {
    const text = (own: string) =>
      `defaults\n mode http\n stats uri /s\n stats auth a:b\nlisten l\n bind :80\n ${own}\n server s 10.0.0.1:80`
    expect(route(text('stats uri /own'), { path: '/own' }).status).toBe(200)
    expect(route(text('stats uri /own'), { path: '/s' }).kind).toBe('server')
    expect(route(text('option httpclose'), { path: '/s' }).status).toBe(401)
  })

  test('persistence takes the first value that names a server which can be used', () => {
    const text = (mode: string) => `defaults\n mode http\nlisten l\n bind :80\n cookie C ${mode}\n balance first
 server none 10.0.0.9:80\n server a 10.0.0.1:80 cookie a\n server b 10.0.0.2:80 cookie b\n server c 10.0.0.3:80 cookie c disabled`
    const servers = (cookie: string, mode = 'insert') =>
      route(text(mode), { headers: [['cookie', cookie]] }).servers.join(' ')
    expect(servers('C=b; C=a')).toBe('b')
    expect(servers('C=c; C=x; C=a')).toBe('a')
    expect(servers('C=b|xx|yy')).toBe('b')
    expect(servers('C=b~1; C=a~2', 'prefix')).toBe('b')
    expect(servers('C=b|1; C=a', 'prefix')).toBe('a')
    expect(servers('C="b"')).toBe('none a b')
  })

  test('the keys of a map are patterns where -M says so', () => {
    const text = frontend('http-request deny if { src -M -f m.map }')
    expect(route(text, {}, { 'm.map': '10.0.0.0/8 ten\n127.0.0.0/8 here\n' }).status).toBe(403)
    expect(route(text, {}, { 'm.map': '10.0.0.0/8 ten\n' }).kind).toBe('server')
  })

  test('a backend knows the request line only where its frontend keeps it', () => {
    const text = (own: string) =>
      `defaults\n mode http\nfrontend f\n bind :80\n ${own}\n default_backend b\nbackend b\n http-request set-path /%HM-%HU\n server s 10.0.0.1:80`
    expect(route(text('http-request set-header a x'), { path: '/p?q' }).line).toBe('GET /<BADREQ>-<BADREQ>?q HTTP/1.1')
    expect(route(text('http-request set-header a %[path]'), { path: '/p?q' }).line).toBe('GET /GET-/p?q?q HTTP/1.1')
    expect(route(text('option httplog'), { path: '/p' }).line).toBe('GET /GET-/p HTTP/1.1')
    expect(route(text('http-request set-header a %[src]'), { path: '/p' }).line).toBe('GET /<BADREQ>-<BADREQ> HTTP/1.1')
  })

  test('options of a log-format quote where no header is written, and escape everywhere', () => {
    const value = (lines: readonly string[]) => route(frontend(...lines), { headers: [['x', 'a"b']] }).line
    expect(value(['http-request set-path /%{+Q}[hdr(x)]'])).toBe('GET /a"b HTTP/1.1')
    expect(value(['http-request set-path /%{+E}[hdr(x)]'])).toBe('GET /a\\"b HTTP/1.1')
    expect(value(["http-request set-var-fmt(txn.v) '%{+Q}[hdr(x)]'", 'http-request set-path /%[var(txn.v)]'])).toBe(
      'GET /"a"b" HTTP/1.1',
    )
    expect(value(['http-request set-path /%{+X}ci'])).toBe('GET /7F000001 HTTP/1.1')
  })

  test('a body is known where a rule waits for all of it', () => {
    const asked = (wait: string, length = '3') =>
      route(frontend(wait, 'http-request deny if { req.body -m str abc }'), {
        method: 'POST',
        body: 'abc',
        headers: [['content-length', length]],
      }).kind
    expect(asked('http-request wait-for-body time 1s')).toBe('status')
    expect(asked('option http-buffer-request')).toBe('status')
    expect(asked('http-request wait-for-body time 1s at-least 1')).toBe('depends')
    expect(asked('http-request set-nice 1')).toBe('depends')
    expect(asked('http-request wait-for-body time 1s', '9')).toBe('depends')
  })

  test('what a frontend captures of a header is cut to its length, and is what came', () => {
    const text = frontend(
      'capture request header X len 2',
      'http-request set-header x other',
      'http-request deny if { capture.req.hdr(0) ab }',
    )
    expect(route(text, { headers: [['x', 'abc']] }).status).toBe(403)
    expect(route(text).kind).toBe('server')
  })

  test('an IPv4 client of a listener for both families comes as the IPv6 address that carries its own', () => {
    const text = (bind: string) =>
      `defaults\n mode http\nlisten l\n bind ${bind}\n http-request set-query %[src]-%[dst]\n server s 10.0.0.1:80`
    expect(route(text(':::80 v4v6')).line).toBe('GET /?::ffff:127.0.0.1-::ffff:127.0.0.1 HTTP/1.1')
    expect(route(text('*:80')).line).toBe('GET /?127.0.0.1-127.0.0.1 HTTP/1.1')
    const banned = `${text(':::80 v4v6')}\n http-request deny if { src 127.0.0.0/8 }`
    expect(route(banned).status).toBe(403)
  })

  test('the exporter of metrics answers whatever is asked, as far as no scope is named', () => {
    const text = frontend('http-request use-service prometheus-exporter if { path /metrics }')
    expect(route(text, { path: '/metrics?x', method: 'POST' }).status).toBe(200)
    expect(route(text, { path: '/metrics?scope=zz' }).kind).toBe('depends')
    expect(route(text).kind).toBe('server')
  })

  test('an answer for a status that is a page shows the status of the page', () => {
    const pages = 'http-errors p\n errorfile 403 page.http\n'
    const text = (how: string) => `${pages}${frontend(`http-error status 403 ${how}`, 'http-request deny')}`
    const files = { 'page.http': 'HTTP/1.1 499 Odd\r\n\r\n' }
    expect(route(text('errorfiles p'), {}, files).status).toBe(499)
    expect(route(text('errorfile page.http'), {}, files).status).toBe(499)
    expect(route(text('content-type text/plain string no'), {}, files).status).toBe(403)
  })

  test('framing that is not clear is refused before any rule', () => {
    const status = (...headers: readonly [string, string][]) =>
      route(frontend(), { headers: [['host', 'h'], ...headers] }).status ?? 'server'
    for (const length of ['abc', '-1', '', '3,4', '99999999999999999999'])
      expect(status(['content-length', length]), length).toBe(400)
    for (const length of ['0', '3, 3']) expect(status(['content-length', length]), length).toBe('server')
    expect(status(['content-length', '3'], ['content-length', '4'])).toBe(400)
    for (const coding of ['gzip', 'identity', '', 'chunked, chunked', 'chunked, gzip'])
      expect(status(['transfer-encoding', coding]), coding).toBe(400)
    expect(status(['transfer-encoding', 'gzip, chunked'])).toBe(422)
    expect(status(['transfer-encoding', 'Chunked,'])).toBe('server')
    const early = (method: string, length: string) =>
      route(frontend(), { version: '1.0', method, headers: [['content-length', length]] }).status ?? 'server'
    expect([early('GET', '3'), early('GET', '0'), early('POST', '3')]).toEqual([413, 'server', 'server'])
    expect(route(frontend(), { version: '1.2' }).line).toBe('GET / HTTP/1.1')
  })

  test('an upgrade to WebSocket has a key of 24 letters, unless a body comes', () => {
    const upgrade = (...more: readonly [string, string][]) =>
      route(frontend('http-request deny if { hdr(upgrade) -m found }'), {
        headers: [['host', 'h'], ['connection', 'keep-alive, Upgrade'], ['upgrade', 'a, websocket'], ...more],
      }).status ?? 'server'
    expect(upgrade()).toBe(400)
    expect(upgrade(['sec-websocket-key', 'x'])).toBe(400)
    expect(upgrade(['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='])).toBe(403)
    expect(upgrade(['upgrade', 'h2c'])).toBe(403)
    expect(upgrade(['content-length', '3'])).toBe('server')
  })

  test('an authority is compared without its user, and only where there is one', () => {
    const status = (path: string) => route(frontend(), { path }).status ?? 'server'
    for (const path of ['http://u:p@h/x', 'http:///x', 'http://', 'h/x', 'H']) expect(status(path), path).toBe('server')
    for (const path of ['http://u@other/x', 'a/b', 'h:443', '1http://h/', 'urn:x']) expect(status(path), path).toBe(400)
    expect(route(frontend(), { method: 'PRI' }).status).toBe(400)
    expect(route(frontend(), { version: '1' }).status).toBe(400)
  })

  test('a whole target without its authority is an error, unless strict-mode is off', () => {
    const ends = (...lines: readonly string[]) => {
      const { kind, status, line, depends } = route(frontend(...lines), { path: '/p?q' })
      return status ?? line ?? (depends.join() || kind)
    }
    for (const uri of ['http://', 'http:///x', 'https://u@/x', 'http://%[path]', 'http://%[hdr(none)]/x'])
      expect(ends(`http-request set-uri ${uri}`), uri).toBe(500)
    for (const uri of ['http://?a', 'http://:80/x', 'http:', '//x', '/x', 'x', 'http://h'])
      expect(ends(`http-request set-uri ${uri}`), uri).toBe(`GET ${uri} HTTP/1.1`)
    expect(ends('http-request replace-uri ^/(.*) http:///\\1')).toBe(500)
    expect(ends('http-request strict-mode off', 'http-request set-uri http:///x')).toBe('GET http:///x HTTP/1.1')
    expect(ends('http-request strict-mode off', 'http-request strict-mode on', 'http-request set-uri http://')).toBe(
      500,
    )
    const unsure = ['http-request strict-mode off if { src 10.0.0.1 }', 'http-request set-uri http://']
    expect(ends(...unsure)).toBe('`strict-mode` (haproxy.cfg:5)')
  })

  test('what a target names becomes the Host, up to its first slash; without a path the whole target is one', () => {
    const lineAfter = (...lines: readonly string[]) =>
      route(frontend(...lines.map((line) => `http-request ${line}`)), { path: '/p?q' }).line?.slice(4, -9)
    const host = 'set-uri /%[hdr(host)]|%[path]'
    expect(lineAfter('set-uri http://u@a.test/x', host)).toBe('/a.test|/x')
    expect(lineAfter('set-uri http://a?b', host)).toBe('/a?b|')
    expect(lineAfter('set-uri a/b', host)).toBe('/a|')
    expect(lineAfter('set-uri /only', host)).toBe('/h|/only')
    expect(lineAfter('set-uri http://a#f', 'set-header host new')).toBe('http://new')
    expect(lineAfter('set-uri http://a', 'set-path /p')).toBe('/p')
    expect(lineAfter('set-uri http://a/x?y', 'set-path /p')).toBe('http://a/p?y')
    expect(lineAfter('replace-path (.*)/p \\1', 'replace-uri (.*) /all\\1')).toBe('/all?q')
  })

  test('HTTP/2 may carry what HTTP/1 could not, which is refused', () => {
    const sent = (asked: Asked) => {
      const { kind, status, line } = route(frontend(), { version: '2.0', ...asked })
      return status ?? line ?? kind
    }
    expect(sent({ path: '/a?b' })).toBe('GET /a?b HTTP/1.1')
    expect(sent({ headers: [['host', 'a, b']] })).toBe(400)
    const bare = frontend('http-request set-path %[hdr(none)]')
    const gone = (method: string) => route(bare, { version: '2.0', method, path: '/p?q' }).line
    expect([gone('GET'), gone('OPTIONS')]).toEqual(['GET / HTTP/1.1', 'OPTIONS * HTTP/1.1'])
    expect(sent({ method: 'G(T' })).toBe(400)
    expect(sent({ path: '/a b' })).toBe('closed')
    expect(sent({ headers: [['host', 'a/b']] })).toBe('GET /b/ HTTP/1.1')
  })

  test('a certificate of a list is for its filters, and a wildcard not for what its own line leaves out', () => {
    const bind =
      'defaults\n mode http\nfrontend f\n bind :443 ssl crt-list l.txt strict-sni\n default_backend b\nbackend b\n server s 10.0.0.1:80'
    const served = (list: string, ...names: readonly string[]) =>
      names.filter((sni) => {
        const files = { 'l.txt': list, 'a.pem': '', 'b.pem': '' }
        return route(bind, { bind: '127.0.0.1:443', tls: true, sni }, files).kind === 'server'
      })
    expect(served('a.pem z.test # e.test\n', 'z.test', 'e.test', 'a.test')).toEqual(['z.test', 'e.test'])
    expect(served('a.pem *.z.test !Q.z.test\n', 'x.z.test', 'q.z.test', 'z.test')).toEqual(['x.z.test'])
    expect(served('a.pem *.z.test !q.z.test\nb.pem q.z.test\n', 'q.z.test')).toEqual(['q.z.test'])
    expect(served('a.pem *.z.test\nb.pem !q.z.test\n', 'q.z.test')).toEqual(['q.z.test'])
    expect(served('a.pem b.test !b.test\n', 'b.test')).toEqual(['b.test'])
    for (const none of ['*', '!z.test', '!*.z.test', '*z.test'])
      expect(served(`a.pem ${none}\n`, 'a.z.test')).toEqual([])
    expect(route(bind, {}, { 'l.txt': 'a.pem z.test' }).depends[0]).toContain('does not end')
  })
})
