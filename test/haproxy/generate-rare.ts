import { readHaproxy } from '../../src/haproxy/config.ts'
import { CRITERIA, FILES, VALUES } from './expressions.ts'
import { condition, criterion, type Dice, HOSTS, httpRule, LISTS, PATHS, type Sent } from './generate.ts'
import { type Door, NAMES, type Site, type Wide } from './generate-wide.ts'

const NETS = ['10.0.0.0/8', '10.1.0.0/16', '127.0.0.0/30', '127.0.0.2', '2001:db8::/32', '::/0', '0.0.0.0/0', '172.16']
const WEB = ['a', 'b', 'c', 'dflt']
const RAW = ['ta', 'tb']

type Context = { readonly dice: Dice; readonly noon: number; readonly put: (line: string) => void }

/** What few people write and a stranger's generator may: lists in files, rewriting of every part, odd actions, pages of one's own. */
export function generateRare(dice: Dice, site: Site): Wide {
  const lines: string[] = [...GLOBAL]
  const put = (line: string) =>
    lines.push(`${dice.pick(['    ', '  ', '\t'])}${line}${dice.pick(['', '', '', ' # x'])}`)
  const ctx: Context = { dice, noon: site.noon, put }
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0, p4 = 0, p5 = 0, p6 = 0, p7 = 0] = site.ports
  let next = 0
  const address = () => `127.0.0.1:${site.servers[next++ % site.servers.length]}`
  lines.push('defaults base', ...TIMES)
  proxySettings(ctx)
  for (const name of ['fruled', 'bruled']) {
    lines.push(`defaults ${name} from base`)
    for (let n = 1 + dice.roll(2); n > 0; n--)
      put(anyRule(ctx, [], `d${n}`).replace(/^redirect/, 'http-request redirect'))
  }
  const from = (kind: 'f' | 'b') => `from ${dice.pick(['base', 'base', `${kind}ruled`])}`

  lines.push(`frontend web ${from('f')}`)
  put(`bind 127.0.0.1:${p0}${dice.pick(['', ' name x', ' id 7', ' maxconn 90'])}`)
  put(`bind 127.0.0.1:${p1} accept-proxy`)
  put(`bind 127.0.0.1:${p2} ssl crt a.pem alpn h2,http/1.1${dice.pick(['', ' verify none', ' strict-sni'])}`)
  webRules(ctx, 'web')
  lines.push(`listen box from base`)
  put(`bind ${dice.pick(['127.0.0.1', '*', '0.0.0.0'])}:${p3}${dice.pick(['', ' accept-proxy', ' tfo'])}`)
  for (let n = dice.roll(4); n > 0; n--) put(anyRule(ctx, [], `l${n}`))
  serverLines(ctx, address)
  lines.push('frontend raw from base')
  put('mode tcp')
  put(`bind 127.0.0.1:${p4}`)
  put(`bind 127.0.0.1:${p5} accept-proxy`)
  rawRules(ctx)
  lines.push('listen rawbox from base')
  put('mode tcp')
  put(`bind 127.0.0.1:${p6}`)
  tcpRules(ctx, ['connection', 'session'])
  serverLines(ctx, address)
  lines.push(`frontend bare ${from('f')}`)
  put(`bind :${p7}`)
  proxySettings(ctx)
  webRules(ctx, 'bare')

  for (const name of WEB) {
    lines.push(`backend ${name} ${from('b')}`)
    proxySettings(ctx)
    for (let n = dice.roll(4); n > 0; n--) put(anyRule(ctx, [], `${name}${n}`))
    if (dice.often(10)) tcpRules(ctx, ['content'])
    serverLines(ctx, address)
  }
  for (const name of RAW) {
    lines.push(`backend ${name} from base`)
    put('mode tcp')
    serverLines(ctx, address)
  }
  const text = `${lines.join('\n')}\n`
  const boxProxied = /bind \S+ accept-proxy/.test(lines.find((line) => line.includes(`:${p3}`)) ?? '')
  const files = new Map([
    ...LISTS,
    ...FILES,
    ...PAGES,
    ['a.pem', site.certificates.a],
    ['nets.lst', '# known\n10.0.0.0/8\n  127.0.0.0/30\n\n2001:db8::/32\n#10.9.9.9\n'],
    ['paths.lst', '/a\n/api\n  /admin\n/A \n#/old\n'],
    ['hosts.lst', 'a.example.com\nB.EXAMPLE.COM\r\ngrafana.corp\n'],
    ['regs.lst', '^/a$\n^/api/v[0-9]+$\n\\.png$\n'],
  ])
  const device = readHaproxy({ id: 'lb' }, 'haproxy.cfg', text, files)
  const doors: Door[] = [
    { port: p0, tls: false, proxy: false, h2: true },
    { port: p0, tls: false, proxy: false },
    { port: p1, tls: false, proxy: true, h2: true },
    { port: p2, tls: true, proxy: false, h2: true },
    { port: p3, tls: false, proxy: boxProxied },
    { port: p4, tls: dice.often(60), proxy: false },
    { port: p5, tls: dice.often(60), proxy: true },
    { port: p6, tls: false, proxy: false },
    { port: p7, tls: false, proxy: false },
  ]
  return { text, files, device, doors }
}

const GLOBAL = [
  'global',
  '    maxconn 400',
  '    expose-experimental-directives',
  '    set-var proc.limit int(5)',
  '    set-var proc.name str(data)',
  'userlist users',
  '    group admins users bob',
  '    user bob insecure-password pw',
  '    user al insecure-password pw',
  'userlist more',
  '    group admins',
  '    group ops',
  '    user bob insecure-password pw groups admins,ops',
  'http-errors site',
  '    errorfile 403 e403.http',
  '    errorfile 404 e404.http',
  'backend st',
  '    stick-table type ip size 100 expire 1m store http_req_cnt,gpc0,gpt0',
]
const TIMES = [
  '    mode http',
  '    timeout connect 1s',
  '    timeout client 3s',
  '    timeout server 3s',
  '    timeout tarpit 20ms',
  '    retries 0',
]

const page = (status: string, name: string) =>
  `HTTP/1.1 ${status}\r\nx-page: ${name}\r\ncontent-length: 0\r\ncache-control: no-cache\r\n\r\n`
const PAGES: readonly (readonly [string, string])[] = [
  ['e403.http', page('418 I am a page', 'e403')],
  ['e404.http', page('404 Not Found', 'e404')],
  ['e503.http', page('200 OK', 'e503')],
  ['body.txt', 'hello\n'],
]

/** Settings that a section has once. */
function proxySettings({ dice, put }: Context): void {
  if (dice.often(20)) put(dice.pick(['option httpclose', 'option http-server-close', 'option http-keep-alive']))
  if (dice.often(15)) put(dice.pick(['option forwardfor', 'option forwardfor header X-Client if-none']))
  if (dice.often(10)) put('option http-buffer-request')
  if (dice.often(10)) put(dice.pick(['option originalto', 'option http-ignore-probes', 'option nolinger']))
  if (dice.often(10)) put(dice.pick(['errorfile 403 e403.http', 'errorfile 503 e503.http', 'errorfile 500 e404.http']))
  if (dice.often(8)) put(dice.pick(['errorfiles site', 'errorfiles site 403']))
  if (dice.often(8)) put(dice.pick(['errorloc 403 /sorry', 'errorloc303 503 /sorry', 'errorloc302 401 /sorry']))
  if (dice.often(8)) put('http-error status 403 content-type text/plain string no hdr x-e 1')
  if (dice.often(8)) put('compression algo gzip')
}

const LISTED = [
  'src -f nets.lst',
  'src -n -f nets.lst 192.0.2.7',
  'path -f paths.lst',
  'path_beg -i -f paths.lst /static',
  'path -m end -f paths.lst',
  'path -m reg -f regs.lst',
  'path_reg -i -f regs.lst ^/D',
  'hdr(host) -f hosts.lst',
  'hdr(host) -i -f hosts.lst',
  'hdr(host),lower -m dom -f hosts.lst',
  'hdr(host) -m sub -i -f hosts.lst -- corp',
  'hdr(x-group) -i -- data -f',
  'path -m str -i -- /A /api',
  'src 10.0.0.0/8 2001:db8::/32 127.0.0.2',
  'hdr(x-num) -m int gt 3 lt 9',
  'hdr(x-num) -m int le 3 ge 7',
  'hdr_cnt(x-group) eq 1',
  'path_len le 3',
  'path -m len ge 4',
  'base_reg -i ^A\\.EXAMPLE',
  "path_reg '^/(a|api)(/.*)?$'",
  'path_reg ^/(?:d|static)/',
  'path_reg [^/]+\\.(png|jpg)$',
  'path_reg ^/api/v[0-9]{1,2}$',
  'hdr_reg(host) -i ^(www\\.)?a\\.',
  'hdr_reg(cookie) SRV=c[12]',
  'path_reg ^/\\w+$',
  'path_reg \\d',
  'url_reg \\?x=[0-9]+',
  'baseq -m end x=1',
  'baseq -m beg a.example.com/a',
  'cookie(SRV) c1',
  'fc_src 127.0.0.0/8',
  'fc_dst_port 80',
  'fc_rcvd_proxy',
  'fc_http_major 1',
  'fc_src -m str 127.0.0.2',
  'src_is_local',
  'fe_defbe dflt',
  'http_auth_type Basic',
  'http_auth_bearer x',
  'http_auth(more)',
  'http_auth_group(more) ops',
  'ssl_c_used',
  'ssl_fc_has_crt',
  'ssl_c_verify 0',
  'ssl_fc_alpn h2',
  'var(proc.limit) -m int 5',
  'var(proc.name) -m str data',
  'req.hdr(x-num),sub(proc.limit) -m int 0',
  'req.hdr(x-group),strcmp(proc.name) eq 0',
  'hdr(x-group),strcmp(txn.g) 0',
  'var(sess.who) -m ip 127.0.0.2 10.0.0.0/8',
  'var(req.q) -m sub x',
  'var(res.r) -m found',
  'var(txn.g) -m found',
  'var(txn.g) -m str data ops',
  'var(txn.b) -m bool',
  'var(txn.n) -m int ge 2',
  'req.hdr(host),lower,field(1,.),concat(-,txn.g) -m end -- -data',
  'path,lower,url_dec,word(1,/) -m str a api',
  'req.body -m found',
  'req.len gt 0',
  'req.hdr_names -m sub cookie',
  'url_ip 0.0.0.0',
  'url_port 0',
  'query,field(1,&) x=1',
  'urlp(x),b64dec -m found',
  'hdr(x-group),sha1,hex -m beg A',
  'path,crc32 gt 0',
  'path,djb2 gt 0',
  'path,sha2(256),hex,lower -m beg a b c',
  'hdr(x-num),hex2i 5',
  'path,url_enc -m sub %2F',
  'date,utime(%Y) -m int ge 2020',
  'date -m found',
  'method GET POST',
  'method -m str PATCH',
  'req.ver 1.0',
  'nbsrv(a) lt 1',
  'nbsrv(b) eq 1',
  'srv_is_up(b/s1)',
  'be_name a',
  'src,map_ip(ip.map) -m str ten',
  'src,map_ip(ip.map,none) -m str none',
  'path,map_reg(r.map) -m str A P',
  'path,map_dir(d.map,x) -m str one',
  'req.hdr(x-num),map_int(n.map) -m found',
  'hdr(x-group) data ops',
  'dst 127.0.0.1',
  'dst_port 1:65535',
]

function anyCriterion({ dice, noon }: Context): string {
  const kind = dice.roll(10)
  if (kind < 3) return criterion(dice, noon)
  return kind < 5 ? dice.pick(CRITERIA) : dice.pick(LISTED)
}

function when(ctx: Context, acls: readonly string[] = []): string {
  const { dice, noon } = ctx
  if (dice.often(25)) return condition(dice, acls, noon)
  const literal = () => {
    const not = dice.pick(['', '', '!', dice.often(20) ? '! ' : ''])
    return acls.length > 0 && dice.often(35) ? `${not}${dice.pick(acls)}` : `${not}{ ${anyCriterion(ctx)} }`
  }
  const words = [literal()]
  while (dice.often(30)) words.push(dice.often(35) ? dice.pick(['or', '||']) : '', literal())
  return `${dice.pick(['if', 'if', 'unless'])} ${words.join(' ')}`
}

const REWRITES = [
  'normalize-uri path-merge-slashes',
  'normalize-uri path-strip-dot',
  'normalize-uri path-strip-dotdot',
  'normalize-uri path-strip-dotdot full',
  'normalize-uri percent-decode-unreserved',
  'normalize-uri percent-to-uppercase',
  'normalize-uri query-sort-by-name',
  'normalize-uri fragment-strip',
  'set-var(txn.g) req.hdr(x-group)',
  'set-var(txn.g) req.hdr(x-group,1),lower',
  'set-var(txn.g,ifnotexists) str(ops)',
  'set-var(txn.g,ifnotempty) req.hdr(x-num)',
  'set-var(txn.n,ifgt) int(3)',
  'set-var(txn.n,iflt) req.hdr_cnt(x-num)',
  'set-var(txn.b) src,map_ip(ip.map) -m found',
  'set-var(txn.n) req.hdr_cnt(x-group)',
  'set-var(txn.n) path,length,mul(2)',
  'set-var(req.q) query',
  'set-var(res.r) str(x)',
  'set-var(sess.who) src',
  'set-var-fmt(txn.g) %[src]-%[method]',
  'set-var-fmt(req.q) x%[urlp(x)]',
  'unset-var(txn.g)',
  'set-header x-group %[var(txn.g)]',
  'set-header host %[req.hdr(host),lower]',
  'set-header host %[req.hdr(host),host_only]',
  'add-header x-group %[src]',
  'del-header x-num',
  'del-header ^x-n -m reg',
  'del-header group -m end',
  'del-header -g -m sub',
  'replace-header x-group ^(.)(.*)$ \\2\\1',
  'replace-header host (.*):.* \\1',
  'replace-value cookie SRV=c(.) SRV=d\\1',
  'replace-path (.*)/$ \\1',
  'replace-path ^/api/(.*) /\\1',
  "replace-path '/+' /",
  'replace-pathq ([^?]*)(\\?(.*))? \\1?r=1&\\3',
  'replace-uri ^http://[^/]*(/.*) \\1',
  'replace-uri (.*) /u\\1',
  'set-path /%[hdr(host)]%[path]',
  'set-path %[path,regsub(/+,/,g)]',
  'set-path "%[path,url_dec]"',
  'set-pathq %[url]',
  'set-query %[query,field(1,&)]',
  'set-uri http://a.example.com%[path]',
  'set-uri %[path]?%[query]',
  'set-uri http://%[hdr(x-real-ip)]/x',
  'set-uri http://u@%[hdr(x-group)]%[pathq]',
  'set-uri %[hdr(host)]/y?z',
  'replace-uri ^/(.*) http:/\\1',
  'strict-mode off',
  'strict-mode on',
  'set-method %[method,lower]',
  'set-method GET',
  'set-src hdr_ip(x-real-ip)',
  'set-src hdr(x-real-ip),ipmask(16)',
  'set-src src,ipmask(24)',
  'set-src-port int(4000)',
  'set-dst str(10.0.0.9)',
  'set-dst-port int(80)',
  'track-sc0 src table st',
  'track-sc1 hdr(host) table st',
  'sc-inc-gpc0(0)',
  'sc-set-gpt0(0) 5',
  'set-log-level silent',
  'set-nice 5',
  'set-priority-class int(1)',
  'strict-mode on',
  'wait-for-body time 10ms',
  'disable-l7-retry',
]

function anyRule(ctx: Context, acls: readonly string[], tag: string): string {
  const { dice, noon } = ctx
  if (dice.often(25)) return httpRule(dice, acls, noon, tag)
  const then = when(ctx, acls)
  if (dice.often(65))
    return `http-request ${dice.pick(REWRITES).replace(' -m found', '')} ${dice.often(25) ? '' : then}`
  return dice.pick([
    `http-request deny errorfile e404.http ${then}`,
    `http-request deny errorfiles site ${then}`,
    `http-request deny deny_status 404 errorfiles site ${then}`,
    `http-request deny status 400 default-errorfiles ${then}`,
    `http-request deny deny_status 418 content-type text/plain string "no way" hdr x-rule ${tag} ${then}`,
    `http-request return status 404 errorfiles site ${then}`,
    `http-request return errorfile e503.http ${then}`,
    `http-request return status 200 content-type text/plain string hi hdr x-rule ${tag} ${then}`,
    `http-request return status 503 content-type text/plain lf-string "%[src] %[path]" hdr x-rule ${tag} ${then}`,
    `http-request return content-type text/plain file body.txt hdr x-rule ${tag} ${then}`,
    `http-request redirect location %[path]x ignore-empty ${then}`,
    `http-request redirect location %[var(txn.g)] ignore-empty ${then}`,
    `http-request redirect prefix https://x.y append-slash drop-query code 308 ${then}`,
    `http-request redirect code 303 location /${tag} set-cookie A=1 ${then}`,
    `redirect scheme https code 301 ${then}`,
    `http-request tarpit hdr x-rule ${tag} ${then}`,
    `http-request auth ${then}`,
    `http-request auth realm "Two words" unless { http_auth(users) }`,
    `http-request early-hint Link "</a.css>" ${then}`,
    `http-response deny hdr x-rule ${tag} if { src ${dice.pick(NETS)} }`,
    `http-response return status 200 hdr x-rule ${tag} if { var(txn.g) -m str data }`,
    `http-response set-header x-y 1 ${dice.often(50) ? 'if { status 200 }' : ''}`,
    `http-after-response set-header x-z 1`,
  ])
}

function tcpRules({ dice, put }: Context, where: readonly ('connection' | 'session' | 'content')[]): void {
  for (const each of where) {
    if (!dice.often(40)) continue
    const actions = [
      'reject',
      'accept',
      'set-var(sess.who) src',
      'set-src src,ipmask(24)',
      'set-dst-port int(443)',
      'track-sc0 src table st',
      'sc-inc-gpc0(0)',
      ...(each === 'connection' ? ['silent-drop', 'set-mark 1', 'expect-proxy layer4 if { src 10.9.9.9 } #'] : []),
      ...(each === 'content' ? ['set-priority-class int(1)', 'set-var(txn.g) str(ops)'] : []),
    ]
    put(`tcp-request ${each} ${dice.pick(actions)} ${dice.pick(['if', 'if', 'unless'])} { src ${dice.pick(NETS)} }`)
  }
}

function webRules(ctx: Context, tag: string): void {
  const { dice, put } = ctx
  const acls: string[] = []
  for (let n = dice.roll(4); n > 0; n--) {
    const name = dice.pick(['net', 'Net', 'is.api', 'w_1', 'host:x'])
    put(`acl ${name} ${anyCriterion(ctx)}`)
    acls.push(name)
  }
  tcpRules(ctx, ['connection', 'session', 'content'])
  if (dice.often(15)) put('monitor-uri /login')
  if (dice.often(30)) put(`monitor fail ${when(ctx, acls)}`)
  if (dice.often(25))
    put(
      dice.pick([
        'stats enable',
        'stats uri /old',
        'stats uri /admin\n    stats auth bob:pw',
        `stats uri /api\n    stats http-request deny unless { src ${dice.pick(NETS)} }`,
        'stats enable\n    stats uri /a\n    stats hide-version\n    stats refresh 5s',
        'stats uri /d/x\n    stats admin if TRUE\n    stats realm Two\\ words\n    stats auth bob:pw\n    stats auth al:pw',
      ]),
    )
  if (dice.often(15)) put('capture request header Host len 20')
  if (dice.often(10)) put('declare capture request len 20')
  if (dice.often(20)) put(`http-request capture req.hdr(host) len 10 ${when(ctx, acls)}`)
  for (let n = dice.roll(6); n > 0; n--) put(anyRule(ctx, acls, `${tag}${n}`))
  for (let n = dice.roll(5); n > 0; n--) put(`use_backend ${target(ctx)} ${when(ctx, acls)}`)
  if (dice.often(70)) put(`default_backend ${dice.pick(WEB)}`)
}

function target({ dice }: Context): string {
  if (dice.often(70)) return dice.pick(WEB)
  return dice
    .pick([
      '%[path,word(1,/)]',
      '%[req.hdr(x-group),lower]',
      '%[hdr(host),lower,map_str(hosts.map,c)]',
      '%[src,map_ip(targets.map,b)]',
      '%[var(txn.g)]',
      '%[path,map_beg(paths.map,dflt)]',
      '%[urlp(to)]',
      '%[req.cook(to)]',
      '%[method,lower,map(targets.map)]',
      '%[path,field(2,/)]',
      '"%[hdr(x-group),iif(a,b)]"',
      '%[nbsrv(a),iif(a,b)]',
      '%[ssl_fc,iif(a,b)]',
    ])
    .replace('targets.map', 'hosts.map')
    .replace('src,map_ip(hosts.map,b)', 'src,map_ip(ip.map,b)')
}

function rawRules(ctx: Context): void {
  const { dice, put } = ctx
  const sniff = () =>
    `${dice.often(25) ? '!' : ''}${dice.pick([
      `{ req.ssl_sni -i ${dice.pick(NAMES)} ${dice.pick(NAMES)} }`,
      '{ req.ssl_sni -m reg -i ^[a-b]\\.example }',
      '{ req.ssl_sni -m beg a. }',
      '{ req.ssl_sni,lower,map_str(hosts.map) -m found }',
      '{ req.ssl_sni -f hosts.lst }',
      '{ req_ssl_hello_type 1 }',
      '{ req.ssl_hello_type ge 1 }',
      '{ req.proto_http }',
      '{ req.len gt 0 }',
      `{ src -f nets.lst }`,
      `{ hdr(host) -m found }`,
      `{ path_beg /a }`,
      `{ method POST }`,
      '{ var(sess.who) -m found }',
      '{ dst_port 443 }',
    ])}`
  tcpRules(ctx, ['connection', 'session'])
  put(`tcp-request inspect-delay ${dice.pick(['200ms', '300', '1s'])}`)
  put(
    dice.pick([
      'tcp-request content accept if { req.ssl_hello_type 1 }',
      'tcp-request content accept if { req_ssl_hello_type 1 } or HTTP',
      'tcp-request content reject unless { req.ssl_sni -m found } or { req.proto_http }',
    ]),
  )
  for (let n = dice.roll(3); n > 0; n--)
    put(
      `tcp-request content ${dice.pick(['accept', 'reject', 'set-var(sess.sni) req.ssl_sni'])} if ${sniff()} ${sniff()}`,
    )
  for (let n = 1 + dice.roll(3); n > 0; n--)
    put(
      `use_backend ${dice.often(75) ? dice.pick(RAW) : dice.pick(WEB)} if ${sniff()} ${dice.often(30) ? `or ${sniff()}` : ''}`,
    )
  put(`default_backend ${dice.often(70) ? dice.pick(RAW) : dice.pick(WEB)}`)
}

function serverLines(ctx: Context, address: () => string): void {
  const { dice, put } = ctx
  const http = dice.often(35)
  if (dice.often(50))
    put(dice.pick(['balance roundrobin', 'balance source', 'balance leastconn', 'balance first', 'balance random']))
  if (dice.often(30))
    put(
      dice.pick([
        'cookie SRV insert indirect nocache',
        'cookie SRV prefix',
        'cookie SRV rewrite',
        'cookie SRV insert dynamic',
      ]),
    )
  if (http && dice.often(20)) put('dynamic-cookie-key secret')
  if (dice.often(15)) put('option allbackups')
  if (dice.often(10)) put('option persist')
  if (dice.often(10)) put('option redispatch')
  if (dice.often(15)) put(`force-persist if { src ${dice.pick(NETS)} }`)
  if (dice.often(15)) put(`ignore-persist unless { src ${dice.pick(NETS)} }`)
  if (dice.often(15))
    put(`default-server ${dice.pick(['weight 5', 'backup', 'disabled', 'inter 1h', 'maxconn 50', 'weight 0'])}`)
  if (dice.often(20))
    put(`use-server ${dice.pick(['s1', 's2', 's3'])} ${dice.pick(['if', 'unless'])} { src ${dice.pick(NETS)} }`)
  if (dice.often(8)) put('use-server s%[src_port,mod(2),add(1)] if { src 127.0.0.2 }')
  if (dice.often(8)) put('stick-table type ip size 10k expire 1m\n    stick on src')
  put(
    `server s1 ${address()} ${dice.pick(['', 'weight 0', 'disabled', 'backup', 'weight 256', 'cookie c1', 'cookie c1 weight 3'])}`.trimEnd(),
  )
  put(
    `server s2 ${address()} ${dice.pick(['', 'weight 0', 'disabled', 'backup', 'cookie c2', 'cookie c2 backup', 'send-proxy', 'id 9'])}`.trimEnd(),
  )
  put(
    `server s3 ${address()} ${dice.pick(['', 'backup', 'disabled', 'cookie c3', 'no-check', 'enabled', 'backup weight 0'])}`.trimEnd(),
  )
}

const MORE_PATHS = [
  ...PATHS,
  '/a/./b',
  '/a/../b',
  '/../a',
  '//api//v1/',
  '/%7ea/%2f',
  '/%e4/%c3%a4',
  '/a;b=1',
  '/d/../../x',
  '/b',
  '/c/d',
  '/api/v1/',
  '/dflt/x',
  '/a.png',
]
const QUERIES = [
  '?x=1',
  '?x=ok',
  '?',
  '?b=2&a=1&x=1',
  '?to=a',
  '?to=zz',
  '?x=aGk=',
  '?a&b&',
  '?%61=%2f&x=a%20b',
  '?c=3&c=1&b',
]

/** Requests with values that the rarer criteria tell apart. */
export function generateRareRequest(dice: Dice): Sent {
  const headers: (readonly [string, string])[] = []
  const maybe = (percent: number, name: string, values: readonly string[]) => {
    if (dice.often(percent)) headers.push([name, dice.pick(values)])
  }
  const hosts = [
    ...HOSTS,
    'B.EXAMPLE.COM',
    'www.a.example.com',
    'a.example.com:80',
    'x.grafana.corp:443',
    'localhost',
    '',
  ]
  maybe(95, dice.pick(['host', 'Host', 'HOST']), hosts)
  maybe(50, dice.pick(['x-group', 'X-Group']), [
    'data',
    'ops',
    'dev',
    'DATA',
    'dev, ops',
    'a',
    'b',
    'c',
    '',
    'data,',
    '"a,b"',
  ])
  maybe(10, 'X-GROUP', ['data', 'ops'])
  maybe(30, 'x-num', ['5', '5x', 'abc', '7', '-1', '3,9', '12', '', '0005', '4294967296'])
  maybe(25, 'x-real-ip', [
    '10.0.0.5',
    '127.0.0.2',
    'junk',
    '10.1.1.1:80',
    '1.1.1.1, 10.0.0.9',
    '2001:db8::7',
    '::ffff:10.1.2.3',
    '[2001:db8::7]:80',
    '',
  ])
  maybe(30, 'cookie', [
    'SRV=c1',
    'SRV=c2',
    'x=1; SRV=c3',
    'SRV=c1~abc',
    'SRV=c1|x',
    'to=a',
    'to=b; SRV=zz',
    ...VALUES.cookie,
  ])
  maybe(20, 'authorization', [...VALUES.auth, 'Bearer x'])
  maybe(30, 'x', VALUES.x)
  maybe(20, 'x-path', ['/api/v1', 'x/api', 'xapi'])
  maybe(4, 'host', [headers[0]?.[1] ?? 'localhost'])
  const method = dice.pick(['GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'get', 'PURGE'])
  const path = dice.pick(MORE_PATHS) + (dice.often(35) ? dice.pick(QUERIES) : '')
  return { src: '127.0.0.1', method, path, headers }
}
