import { describe, expect, test } from 'vitest'
import { NO_IP, printIpSet, readCidr } from '../../src/flow/ip-set.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { type RouteVerdict, routeRequest } from '../../src/haproxy/route.ts'
import { readRunningHaproxy } from '../../src/haproxy/running-process.ts'

type Asked = Partial<Parameters<typeof routeRequest>[1]> & { readonly host?: string }

const BACKENDS = ['a', 'b', 'd'].map((name) => `backend ${name}\n    server s1 10.0.0.1:80\n`).join('')

/** The body of one frontend, with backends a, b and d. */
function frontend(body: string, mode = 'http'): string {
  return `defaults\n    mode ${mode}\nfrontend f\n    bind 10.0.0.1:80\n${body.replace(/^ */gm, '    ')}\n${BACKENDS}`
}

function ask(config: string, { host, ...asked }: Asked = {}, files = new Map<string, string>()): RouteVerdict {
  const device = readHaproxy({ id: 'lb' }, 'lb.cfg', config, files)
  expect(device.fatal).toEqual([])
  const headers: [string, string][] = [
    ...(host === undefined ? [] : [['host', host] as [string, string]]),
    ...(asked.headers ?? []),
  ]
  return routeRequest(device, { bind: '10.0.0.1:80', src: '192.0.2.1', ...asked, headers })
}

/** `a` for a backend, a status, or how it ends. */
function checkRoute(config: string, asked: Asked, wanted: string, files?: Map<string, string>): void {
  const { kind, backend, status } = ask(config, asked, files)
  expect(kind === 'server' ? backend : kind === 'status' ? String(status) : kind).toBe(wanted)
}

function checkRefused(config: string, code: string, files?: Map<string, string>): void {
  expect(readHaproxy({ id: 'lb' }, 'lb.cfg', config, files).fatal.map((problem) => problem.code)).toContain(code)
}

describe('the traps', () => {
  test('1: phases decide, not the order in the file', () => {
    checkRoute(frontend('use_backend a\nhttp-request deny'), {}, '403')
  })

  test('2: accept and allow end their own ruleset alone', () => {
    const config = `${frontend('tcp-request connection accept\nhttp-request allow\ndefault_backend guarded')}backend guarded\n    http-request deny\n`
    checkRoute(config, {}, '403')
  })

  test('3: hdr(host) minds case, port and the dot at the end', () => {
    const config = frontend(
      'use_backend a if { hdr(host) a.com }\nuse_backend b if { hdr(host) -i b.com }\ndefault_backend d',
    )
    checkRoute(config, { host: 'a.com' }, 'a')
    for (const host of ['A.com', 'a.com:8080', 'a.com.', 'b.com:80']) checkRoute(config, { host }, 'd')
    checkRoute(config, { host: 'B.COM' }, 'b')
  })

  test('4: lists are OR, neighbours are AND, `unless` negates all of it', () => {
    const config = frontend(`acl x path /1 /2
      acl x path /3
      use_backend a if x { method GET }
      use_backend b unless x or { method POST }
      default_backend d`)
    for (const path of ['/1', '/2', '/3']) checkRoute(config, { path }, 'a')
    checkRoute(config, { path: '/4' }, 'b')
    checkRoute(config, { path: '/4', method: 'POST' }, 'd')
    checkRefused(frontend('acl x path /1\nacl y path /2\nuse_backend a if ( x or y )'), 'NO_SUCH_ACL')
  })

  test('5: a negated criterion without a value, or out of its layer, is true', () => {
    checkRoute(frontend('use_backend a if !{ hdr(x) v }\ndefault_backend d'), {}, 'a')
    const sni = frontend('use_backend a if !{ ssl_fc_sni a.com }\ndefault_backend d')
    checkRoute(sni.replace(':80', ':80 ssl crt x'), { tls: true }, 'a')
    checkRoute(sni.replace(':80', ':80 ssl crt x'), { tls: true, sni: 'a.com' }, 'd')
    // It fails open in a rule that lets in, and closed in one that keeps out.
    checkRoute(frontend('http-request deny if !{ hdr(x) v }\ndefault_backend d'), {}, '403')
    checkRoute(frontend('tcp-request connection reject if !{ path / }\ndefault_backend d'), { path: '/' }, 'closed')
    checkRoute(frontend('tcp-request connection reject if { path / }\ndefault_backend d'), { path: '/' }, 'd')
  })

  test('6: connection rules see the peer, later ones what the PROXY header says', () => {
    const config = (where: string) =>
      frontend(`tcp-request ${where} reject if { src 10.0.0.0/8 }\ndefault_backend d`).replace(
        ':80',
        ':80 accept-proxy',
      )
    checkRoute(config('connection'), { src: '10.9.9.9', proxy: '192.0.2.7' }, 'closed')
    checkRoute(config('session'), { src: '10.9.9.9', proxy: '192.0.2.7' }, 'd')
    checkRoute(config('session'), { src: '192.0.2.7', proxy: '10.9.9.9' }, 'closed')
  })

  test('7: IPv6 clients that carry an IPv4 address match IPv4 networks; 0.0.0.0/0 is not everyone, ::/0 is', () => {
    const config = (net: string) =>
      frontend(`use_backend a if { src ${net} }\ndefault_backend d`).replace('10.0.0.1:80', '[2001:db8::1]:80')
    const from = (src: string) => ({ src, bind: '[2001:db8::1]:80' })
    checkRoute(config('0.0.0.0/8'), from('::1'), 'a')
    for (const src of ['::10.1.2.3', '::ffff:10.1.2.3', '2002:a01:203::1'])
      checkRoute(config('10.0.0.0/8'), from(src), 'a')
    checkRoute(config('0.0.0.0/0'), from('2001:db8::9'), 'd')
    checkRoute(config('::/0'), from('2001:db8::9'), 'a')
    checkRoute(frontend('use_backend a if { src ::/0 }\ndefault_backend d'), {}, 'a')
  })

  test('8: 172.16 is 172.0.0.16, and host bits are ignored', () => {
    const config = frontend('use_backend a if { src 172.16 }\nuse_backend b if { src 10.1.2.3/8 }\ndefault_backend d')
    checkRoute(config, { src: '172.0.0.16' }, 'a')
    checkRoute(config, { src: '172.16.0.1' }, 'd')
    checkRoute(config, { src: '10.200.0.1' }, 'b')
    // What we write is whole.
    expect(printIpSet(readCidr('172.16.9.9/12') ?? NO_IP)).toEqual(['172.16.0.0/12'])
  })

  test('9: blanks at the end of a pattern stay: a text never matches, a network makes HAProxy refuse the file', () => {
    const config = frontend('use_backend a if { path -f paths.lst }\ndefault_backend d')
    const files = new Map([['paths.lst', '/x \n# no\n  /y\n/z # note\n']])
    checkRoute(config, { path: '/z' }, 'd', files)
    checkRoute(config, { path: '/x' }, 'd', files)
    checkRoute(config, { path: '/y' }, 'a', files)
    checkRefused(
      frontend('use_backend a if { src -f nets.lst }\ndefault_backend d'),
      'BAD_ADDRESS',
      new Map([['nets.lst', '10.0.0.0/8 \n']]),
    )
    // The process that runs has read the file before: it breaks at the next reload.
    const running = { version: '2.6.12', servers: [], lists: [] }
    const memory = new Map([['nets.lst', '10.0.0.0/8\n']])
    const text = frontend('use_backend a if { src -f nets.lst }\ndefault_backend d')
    expect(readRunningHaproxy({ id: 'lb' }, 'lb.cfg', text, memory, running).fatal).toEqual([])
  })

  test('10: a computed name that is no backend goes to the default one, past later lines', () => {
    const config = frontend('use_backend %[hdr(x)]\nuse_backend b\ndefault_backend d')
    checkRoute(config, { headers: [['x', 'a']] }, 'a')
    checkRoute(config, { headers: [['x', 'A']] }, 'd')
    checkRoute(config, {}, 'd')
    // Nor does anybody refuse a name that can never be one, or that of a frontend.
    checkRoute(frontend('use_backend %[str(typo)]\nuse_backend b\ndefault_backend d'), {}, 'd')
    checkRoute(frontend('use_backend %[fe_name]\nuse_backend b\ndefault_backend d'), {}, 'd')
  })

  test('11: an empty word cuts the line, so that its condition is gone', () => {
    checkRoute(frontend('use_backend a "" if { path /x }\ndefault_backend d'), { path: '/other' }, 'a')
    const unset = frontend('use_backend a "$EMPTY" if { path /x }\ndefault_backend d')
    const device = readHaproxy({ id: 'lb' }, 'lb.cfg', unset, new Map(), { environment: new Map([['EMPTY', '']]) })
    expect(routeRequest(device, { bind: '10.0.0.1:80', src: '192.0.2.1', path: '/other' }).backend).toBe('a')
    // Whoever does not know the environment does not know the line.
    checkRoute(unset, { path: '/other' }, 'depends')
  })

  test('12: `$` in double quotes is refused, `#` cuts a word, unknown escapes keep the backslash', () => {
    checkRefused(frontend('use_backend a if { path_reg "^/x$" }\ndefault_backend d'), 'BAD_VARIABLE')
    checkRoute(frontend('use_backend a if { path_reg ^/a\\.b$ }\ndefault_backend d'), { path: '/a.b' }, 'a')
    checkRoute(frontend('use_backend a if { path_reg ^/a\\.b$ }\ndefault_backend d'), { path: '/aXb' }, 'd')
    checkRefused(frontend('use_backend a if { path /a#b }\ndefault_backend d'), 'UNCLOSED_BRACE')
  })

  test('13: without a wait for the hello, names in it are a race; with one they mind case', () => {
    const rules = 'use_backend a if { req.ssl_sni a.com }\ndefault_backend d'
    const wait = 'tcp-request inspect-delay 5s\ntcp-request content accept if { req.ssl_hello_type 1 }\n'
    const tls = (sni: string) => ({ tls: true, sni })
    checkRoute(frontend(rules, 'tcp'), tls('a.com'), 'depends')
    checkRoute(frontend(wait + rules, 'tcp'), tls('a.com'), 'a')
    checkRoute(frontend(wait + rules, 'tcp'), tls('A.com'), 'd')
    // Where HAProxy ends TLS the one has nothing to tell, and where it does not the other.
    const ended = frontend(rules).replace(':80', ':80 ssl crt x')
    checkRoute(ended, { ...tls('a.com'), host: 'a.com' }, 'd')
    checkRoute(ended.replace('req.ssl_sni', 'ssl_fc_sni'), { ...tls('a.com'), host: 'a.com' }, 'a')
    checkRoute(ended.replace('req.ssl_sni', 'ssl_fc_sni'), { ...tls('A.com'), host: 'a.com' }, 'd')
    checkRoute(frontend(wait + rules.replace('req.ssl_sni', 'ssl_fc_sni'), 'tcp'), tls('a.com'), 'd')
  })

  test('14: path, url and base differ, and nothing is normalised', () => {
    const config = frontend('use_backend a if { url_beg /api }\nuse_backend b if { path_beg /api }\ndefault_backend d')
    checkRoute(config, { path: '/api', host: 'h' }, 'a')
    checkRoute(config, { path: 'https://h/api', host: 'h', version: '2.0' }, 'b')
    for (const path of ['//api', '/%61pi', '/API']) checkRoute(config, { path }, 'd')
    const exact = frontend('use_backend a if { path /api }\nuse_backend b if { query q=1 }\ndefault_backend d')
    checkRoute(exact, { path: '/api?q=2' }, 'a')
    checkRoute(exact, { path: '/x?q=1' }, 'b')
    checkRoute(exact, { path: '/api/' }, 'd')
    checkRoute(frontend('use_backend a if { base h/x }\ndefault_backend d'), { host: 'h', path: '/x?q' }, 'a')
  })

  test('15: METH_GET includes HEAD, `method GET` does not, `-i get` is never', () => {
    checkRoute(frontend('use_backend a if METH_GET\ndefault_backend d'), { method: 'HEAD' }, 'a')
    checkRoute(frontend('use_backend a if { method GET }\ndefault_backend d'), { method: 'HEAD' }, 'd')
    checkRoute(frontend('use_backend a if { method -i get }\ndefault_backend d'), { method: 'GET' }, 'd')
  })

  test('16: maps take the longest prefix or network, else the first line; of equal keys the first', () => {
    const route = (converter: string, path: string, map: string) => {
      const config = frontend(`use_backend %[path,${converter}(m.map)]\ndefault_backend d`)
      return ask(config, { path }, new Map([['m.map', map]])).backend
    }
    expect(route('map_beg', '/x/y', '/x b\n/x/ a\n')).toBe('a')
    expect(route('map_end', '/x.png', 'png b\n.png a\n')).toBe('b')
    expect(route('map', '/x', '/x b\n/x a\n')).toBe('b')
    expect(route('map_reg', '/x.png', 'png b\n^/x a\n')).toBe('b')
    expect(route('map_dom', '/x.png', 'png b\nx a\n')).toBe('b')
    expect(route('map', '/none', '/x b\n')).toBe('d')
    const fallback = frontend(
      'use_backend a if { path,map(m.map,none) none }\nuse_backend b if { path,map(m.map) none }',
    )
    checkRoute(fallback, { path: '/x' }, 'a', new Map([['m.map', '/y none\n']]))
    checkRoute(
      frontend('use_backend a if { path,map(m.map) -m found }\ndefault_backend d'),
      {},
      'd',
      new Map([['m.map', '/y z\n']]),
    )
    const nets = new Map([['n.map', '10.0.0.0/8 b\n10.1.0.0/16 a\n']])
    checkRoute(frontend('use_backend %[src,map_ip(n.map)]\ndefault_backend d'), { src: '10.1.2.3' }, 'a', nets)
  })

  test('17: a converter drops the suffix of its keyword; var() needs -m', () => {
    const config = frontend('use_backend a if { hdr_beg(host),lower www. }\ndefault_backend d')
    checkRoute(config, { host: 'www.x' }, 'd')
    checkRoute(config, { host: 'WWW.' }, 'a')
    checkRefused(frontend('http-request deny if { var(txn.x) y }\ndefault_backend d'), 'NO_MATCH_METHOD')
  })

  test('18: any value of x-forwarded-for opens an allow rule, and set-src changes what later rules see', () => {
    const spoofed: [string, string][] = [['x-forwarded-for', '10.1.2.3, 198.51.100.7']]
    const any = 'http-request allow if { hdr_ip(x-forwarded-for) 10.0.0.0/8 }\nhttp-request deny\ndefault_backend d'
    checkRoute(frontend(any), { headers: spoofed }, 'd')
    const last =
      'http-request set-src hdr_ip(x-forwarded-for,-1)\nhttp-request deny unless { src 10.0.0.0/8 }\ndefault_backend d'
    checkRoute(frontend(last), { headers: spoofed }, '403')
  })

  test('19: one port in two frontends is split at random; a missing line feed and a late acl are refused', () => {
    const twice = `${frontend('default_backend a')}frontend g\n    bind 10.0.0.1:80\n    default_backend b\n`
    checkRoute(twice, {}, 'depends')
    checkRefused(frontend('default_backend d').trimEnd(), 'MISSING_LINE_FEED')
    checkRefused(frontend('use_backend a if x\nacl x path /'), 'NO_SUCH_ACL')
    checkRefused(frontend('http-request deny deny_status 451'), 'REFUSED')
    checkRefused(frontend('http-request return status 204 content-type text/plain string x'), 'REFUSED')
  })

  test('20: the monitor answers when all is denied; statistics come after the rules and before routing', () => {
    const config = frontend(
      'monitor-uri /alive\nhttp-request deny if { path /secret }\nstats uri /s\ndefault_backend a',
    )
    checkRoute(config, { path: '/alive' }, '200')
    checkRoute(frontend('monitor-uri /alive\nhttp-request deny'), { path: '/alive' }, '200')
    checkRoute(config, { path: '/secret' }, '403')
    checkRoute(config, { path: '/s' }, '200')
  })

  test('20: the file is not the process: servers and patterns in memory are what counts', () => {
    const config = frontend('use_backend a if { src 10.0.0.0/8 }\ndefault_backend d')
    const running = (admin: 'ready' | 'maint' | 'drain', keys: readonly string[]) => ({
      version: '2.6.12',
      servers: ['a', 'b', 'd'].map(
        (backend) => ({ backend, name: 's1', admin: backend === 'd' ? admin : 'ready' }) as const,
      ),
      lists: [{ kind: 'acl', line: 5, keyword: 'src', entries: keys.map((key) => ({ key })) } as const],
    })
    const met = (held: ReturnType<typeof running>) => {
      const device = readRunningHaproxy({ id: 'lb' }, 'lb.cfg', config, new Map(), held)
      const { kind, backend, status } = routeRequest(device, { bind: '10.0.0.1:80', src: '192.0.2.1' })
      return kind === 'status' ? status : backend
    }
    expect(met(running('ready', ['10.0.0.0/8']))).toBe('d')
    expect(met(running('maint', ['10.0.0.0/8']))).toBe(503)
    expect(met(running('drain', ['10.0.0.0/8']))).toBe(503)
    expect(met(running('ready', ['10.0.0.0/8', '192.0.2.0/24']))).toBe('a')
  })

  test('20: what the file says of health is only what can be known without the process', () => {
    const checked = frontend('use_backend a if { srv_is_up(c/s1) }\ndefault_backend d')
    checkRoute(`${checked}backend c\n    server s1 10.0.0.1:80 check\n`, {}, 'depends')
    checkRoute(`${checked}backend c\n    server s1 10.0.0.1:80\n`, {}, 'a')
  })
})
