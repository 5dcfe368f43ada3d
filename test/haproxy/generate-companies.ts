import { readHaproxy } from '../../src/haproxy/config.ts'
import type { Dice } from './generate.ts'
import type { Door, Site, Wide } from './generate-wide.ts'

/** What a company's configuration is drawn from. */
type Draw = {
  readonly dice: Dice
  /** The port of one more way in. */
  readonly door: (door?: Partial<Door>) => number
  /** `server` lines of these names, each at an upstream of its own. */
  readonly servers: (names: string, options?: (name: string) => string) => string
}

/** Configurations as companies write them, each in its own manner, and spelled in many ways. */
export function generateCompany(dice: Dice, site: Site): Wide {
  const doors: Door[] = []
  let upstream = 0
  const draw: Draw = {
    dice,
    door: (door = {}) => {
      const port = site.ports[doors.length] ?? 0
      doors.push({ port, tls: false, proxy: false, ...door })
      return port
    },
    servers: (names, options = () => '') =>
      names
        .split(' ')
        .map((name) => ` server ${name} 127.0.0.1:${site.servers[upstream++] ?? 0} ${options(name)}`.trimEnd())
        .join('\n'),
  }
  const text = respell(dice, `${START}\n${dice.pick(COMPANIES)(draw)}\n`)
  const files = new Map([...LISTS, ['a.pem', site.certificates.a], ['b.pem', site.certificates.b]])
  return { text, files, doors, device: readHaproxy({ id: 'lb' }, 'haproxy.cfg', text, files) }
}

const START = `global
 maxconn 500
 expose-experimental-directives
userlist staff
 group admins users ann
 user ann insecure-password pw
 user bob insecure-password pw
defaults
 mode http
 timeout connect 2s
 timeout client 3s
 timeout server 3s
 timeout tarpit 50ms
 stats uri /from-defaults
 stats auth a:b`

const LISTS: readonly (readonly [string, string])[] = [
  ['hosts.map', 'a.example.com a\nb.example.com b\n'],
  ['exact.map', 'a/api/v1 api.exact\na/health up.x\n'],
  ['prefix.map', 'a/ web.prefix\na/api api.prefix\nb/ none.prefix\n'],
  [
    'routes.map',
    '^a\\.example\\.com(:[0-9]+)?/api(/.*)?$ edge:api\n^[ab]\\.example\\.com\\.?(:[0-9]+)?(/.*)?$ edge:web\n',
  ],
  ['sni.map', 'a.example.com tls-a\nb.example.com tls-b\n'],
  ['nets.map', '10.0.0.0/8 private\n127.0.0.0/29 office\n'],
  ['proxies.lst', '# ours\n127.0.0.0/8\n10.1.0.0/16\n'],
  ['limits.map', '/api 10\n/api/v1 2\n/ 100\n'],
]

const COMPANIES: readonly ((draw: Draw) => string)[] = [
  // An ingress controller: what is asked for is looked up step by step, and remembered in variables.
  ({ door, servers }) => `frontend http
 bind 127.0.0.1:${door()}
 bind 127.0.0.1:${door({ tls: true })} name secure ssl crt a.pem alpn http/1.1
 monitor-uri /healthz
 http-request set-var(txn.host) req.hdr(Host),field(1,:),lower
 http-request set-var(txn.site) var(txn.host),map(hosts.map)
 http-request set-var(txn.path) path
 http-request set-var(txn.match) var(txn.site),concat(,txn.path,),map(exact.map)
 http-request set-var(txn.match) var(txn.site),concat(,txn.path,),map_beg(prefix.map) if !{ var(txn.match) -m found }
 http-request redirect location /r1 if { var(txn.match) -m beg up } !{ ssl_fc } !{ so_name secure }
 use_backend %[var(txn.match),field(1,.)]
 default_backend fallback
backend api
 balance leastconn
${servers('api1 api2')}
backend web
 http-request deny hdr x-rule r2 if { src 127.0.0.3 }
${servers('web1')}
backend up
 http-request return status 200 hdr x-rule r3 content-type text/plain string up
${servers('up1')}
backend none
backend fallback
 http-request deny deny_status 404 hdr x-rule r4
${servers('f1')}`,
  // Behind a content delivery network: who asks is in a header, if it comes from there.
  ({ dice, door, servers }) => `frontend edge
 bind 127.0.0.1:${door({ proxy: true })} accept-proxy
 bind :::${door()} v4v6
 acl cdn src -f proxies.lst
 http-request set-src ${dice.pick(['hdr(x-real-ip)', 'hdr_ip(x-real-ip)', 'req.hdr_ip(x-real-ip,1)'])} if cdn
 http-request set-var(req.net) src,map_ip(nets.map,other)
 http-request set-var(req.limit) path,map_beg_int(limits.map,20)
 http-request deny deny_status 429 hdr x-rule r1 if { var(req.limit) -m int lt 5 } !{ var(req.net) -m str office private }
 http-request return status 204 hdr x-rule r2 hdr Allow "GET, %[method]" if METH_OPTIONS
 http-request normalize-uri path-merge-slashes
 http-request normalize-uri path-strip-dotdot full
 http-request use-service prometheus-exporter if { path /health } { var(req.net) -m str office }
 http-request deny deny_status 400 hdr x-rule r3 if { path_reg [^[:alnum:]._~/%-] } or { url_reg (?i)union%20select }
 http-request set-query %[query,regsub(x=[^&]*&?,,g)] if { query -m found }
 http-request set-header x-id "%[src,ipmask(24)]-%[path,sha1,hex,bytes(0,6)]-%[url32]"
 http-request set-path /%[req.hdr(x-id),field(1,-)]%[path] if { path,crc32c,mod(3) 1 }
 http-after-response set-status 410 if { status 429 } { src 10.0.0.0/8 }
 use_backend bk-%[var(req.net)]
 default_backend bk-other
backend bk-private
 acl admins http_auth_group(staff) admins
 http-request auth realm R unless admins
${servers('p1 p2')}
backend bk-office
 http-request set-uri %[url,lower]
${servers('o1')}
backend bk-other
 http-request tarpit deny_status 403 hdr x-rule r4 if { http_auth(staff) } !{ http_auth_user ann }
${servers('x1 x2')}`,
  // A router of a platform: regular expressions over host and path, and TLS handed through by its name.
  ({ dice, door, servers }) => `frontend public
 bind 127.0.0.1:${door()}
 tcp-request inspect-delay 2s
 tcp-request content accept if HTTP
 http-request set-header Host %[req.hdr(Host),lower]
 http-request del-header Proxy
 acl routed base,map_reg(routes.map) -m found
 http-request deny hdr x-rule r1 if { path /old } !routed
 use_backend %[base,map_reg(routes.map)]
 default_backend unknown
frontend secure
 mode tcp
 bind 127.0.0.1:${door({ tls: true })}
 tcp-request inspect-delay ${dice.pick(['2s', '900ms'])}
 tcp-request content reject if { req.ssl_sni -m end .test }
 tcp-request content accept if { req.ssl_hello_type 1 }
 use_backend %[req.ssl_sni,lower,map(sni.map)] if { req.ssl_sni,lower,map(sni.map) -m found }
 use_backend tls-corp if { req.ssl_sni -m end corp } or { req.ssl_sni -m dom corp }
 default_backend tls-other
backend edge:api
 acl office src 127.0.0.0/29 10.0.0.0/8
 tcp-request content reject if !office
${servers('e1 e2', () => dice.pick(['', 'weight 0', 'send-proxy']))}
backend edge:web
 http-request add-header Forwarded for=%[src];proto=%[ssl_fc,iif(https,http)]
 http-request set-path %[path,lower]
${servers('w1')}
backend unknown
${['tls-a', 'tls-b', 'tls-corp', 'tls-other'].map((name) => `backend ${name}\n mode tcp\n${servers(`${name}-1`)}`).join('\n')}`,
  // Two colours of one application, and clients that stay where they were.
  ({ dice, door, servers }) => `listen app
 bind 127.0.0.1:${door()}
 cookie SRV ${dice.pick(['insert indirect', 'prefix', 'rewrite', 'insert postonly'])}
 acl beta urlp(a) b
 http-request set-path /beta%[path] if beta
 http-request replace-uri ^/old/(.*) /new/\\1
 http-request replace-header Cookie '(.*)x=[^;]*;? ?(.*)' '\\1\\2'
 force-persist if { src 127.0.0.4 }
 ignore-persist if { path_beg /api }
 use-server c3 if beta
 option allbackups
 stats uri /own
${servers('c1 c2 c3', (name) => `cookie ${name} ${dice.pick(['', 'weight 0', 'backup', 'disabled'])}`)}
frontend colours
 bind 127.0.0.1:${door()}
 use_backend green if { nbsrv(green) ge 1 } { req.hdr(x-group) -i data }
 use_backend blue if { nbsrv(blue) gt 1 } or { srv_is_up(blue/b1) }
 default_backend sorry
backend green
${servers('g1 g2', () => dice.pick(['', 'disabled', 'weight 0']))}
backend blue
 balance source
${servers('b1 b2', () => dice.pick(['', 'disabled', 'backup']))}
backend sorry
 http-request return status 503 hdr x-rule r1 content-type text/plain string sorry`,
]

/** Words that may be quoted, and lines that may not be touched: the judge finds servers by theirs. */
const PLAIN = /^[A-Za-z][A-Za-z0-9_./:-]+$/
const KEPT = /^(?:\S|$)| (?:server|bind|cookie|default_backend) /

/** Says the same in other words: quotes, escapes, variables, tabs, comments, blocks that hold, conditions that add nothing. */
function respell(dice: Dice, text: string): string {
  const set: string[] = []
  const lines = text.split('\n').map((line) => {
    if (KEPT.test(line) || dice.often(70)) return line
    const words = line.slice(1).split(' ')
    const at = 1 + dice.roll(words.length)
    const word = words[at] ?? ''
    const spell = (spelled: string) => ` ${words.with(at, spelled).join(' ')}`
    const quotable = PLAIN.test(word) && !/^(?:if|unless|or|r\d)$/.test(word)
    switch (dice.roll(quotable ? 7 : 3)) {
      case 0:
        return `${line.replaceAll(' ', dice.pick([' ', '\t', '  ']))} # if FALSE`
      case 1:
        return `.if ${dice.pick(['version_atleast(2.4)', 'streq(a,a) && !streq(a,b)', '(strneq(a,a) || streq(b,b))'])}\n${line}\n.endif`
      case 2:
        return / if /.test(line) ? `${line}${dice.pick([' or', ' || FALSE', ' or TRUE !TRUE'])}` : `\n# of old\n${line}`
      case 3:
        return spell(`"${word}"`)
      case 4:
        return spell(`'${word}'`)
      case 5:
        return spell(`\\x${word.charCodeAt(0).toString(16)}${word.slice(1)}`)
      default:
        set.push(` setenv WORD${set.length} ${word}`)
        return spell(`"\${WORD${set.length - 1}}"`)
    }
  })
  return lines.join('\n').replace('global\n', `global\n${set.map((line) => `${line}\n`).join('')}`)
}
