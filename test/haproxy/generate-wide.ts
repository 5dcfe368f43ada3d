import { readHaproxy } from '../../src/haproxy/config.ts'
import { condition, criterion, type Dice, type Generated, generate, HOSTS, httpRule, LISTS, PATHS } from './generate.ts'

/** Where everything of a generated configuration is: ports to listen on, servers to lead to, files, and the time. */
export type Site = {
  readonly ports: readonly number[]
  readonly servers: readonly number[]
  readonly noon: number
  /** Certificates: `a` for a.example.com and one label below corp, `b` for b.example.com. */
  readonly certificates: { readonly a: string; readonly b: string }
}

/** How requests come in at a port: in the clear or in TLS, with a PROXY header or without. */
export type Door = {
  readonly port: number
  readonly tls: boolean
  readonly proxy: boolean
  /** Whether it speaks HTTP/2 to those who ask for it. */
  readonly h2?: boolean
}
export type Wide = Generated & { readonly doors: readonly Door[] }

export const NAMES = [
  'a.example.com',
  'A.example.com',
  'b.example.com',
  'grafana.corp',
  'x.grafana.corp',
  'other.test',
  'api.shop.test',
]
const NETS = [
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.3',
  '127.0.0.0/8',
  '127.0.0.0/30',
  '2001:db8::/32',
  '2001:db8::5',
  '::1',
  '::/0',
  '0.0.0.0/0',
  '::ffff:10.0.0.0/104',
  '172.16',
  '10.1.2.3/255.255.0.0',
  '2002::/16',
]
/** Of one line of a crt-list. */
const FILTERS = [
  '',
  '',
  'b.example.com *.shop.test',
  '*.example.com !b.example.com',
  '!a.example.com',
  '* A.EXAMPLE.com',
  '*.grafana.corp !*.corp grafana.corp',
  '*.shop.test !api.shop.test\nb.pem api.shop.test',
]
const WEB = ['a', 'b', 'c', 'dflt']
const RAW = ['ta', 'tb', 'tdflt']

/** Several frontends of both modes, TLS, PROXY headers, `listen`, named defaults, persistence and everything that ends a request. */
export function generateWide(dice: Dice, site: Site): Wide {
  const lines: string[] = [...GLOBAL]
  const put = (line: string) => lines.push(`    ${line}`)
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0, p4 = 0, p5 = 0, p6 = 0, p7 = 0] = site.ports
  let next = 0
  const server = (name: string, options: string) =>
    put(`server ${name} 127.0.0.1:${site.servers[next++ % site.servers.length]} ${options}`.trimEnd())
  const ctx: Context = { dice, noon: site.noon, put }
  lines.push('defaults base', ...TIMES, '    mode http')
  if (dice.often(30)) put(dice.pick(['option forwardfor', 'option forwardfor except 127.0.0.0/8']))
  if (dice.often(30)) put('default_backend dflt')
  if (dice.often(15)) put('monitor-uri /login')
  if (dice.often(15)) put('errorloc 403 /sorry')
  lines.push('defaults ruled from base')
  for (let n = 1 + dice.roll(2); n > 0; n--) put(httpRule(dice, [], site.noon, `d${n}`))
  const base = () => (dice.often(60) ? 'base' : 'ruled')

  lines.push(`frontend web from ${base()}`)
  put(`bind 127.0.0.1:${p0}`)
  put(`bind 127.0.0.1:${p1} accept-proxy`)
  frontendRules(ctx, 'web')
  answerRules(ctx, 'web')

  lines.push(`frontend secure from ${base()}`)
  const strict = dice.pick(['', 'strict-sni', 'strict-sni'])
  put(`bind 127.0.0.1:${p2} ssl crt a.pem ${dice.often(50) ? 'crt b.pem ' : ''}${strict}`)
  put(`bind 127.0.0.1:${p3} accept-proxy ssl crt-list certificates.txt ${strict}`)
  frontendRules(ctx, 'secure')

  lines.push('frontend pass from base')
  put('mode tcp')
  put(`bind 127.0.0.1:${p4}`)
  put(`bind 127.0.0.1:${p5} accept-proxy`)
  rawRules(ctx)

  const boxed = dice.often(60)
  lines.push(`listen box from base`)
  put(`bind ${dice.pick(['127.0.0.1', '*', '', '0.0.0.0', 'ipv4@127.0.0.1'])}:${p6}`)
  if (!boxed) put('mode tcp')
  if (boxed) for (let n = dice.roll(4); n > 0; n--) put(httpRule(dice, [], site.noon, `l${n}`))
  else if (dice.often(50)) put(`tcp-request connection reject if { src ${dice.pick(NETS)} }`)
  if (dice.often(30))
    put(boxed ? `use_backend a ${condition(dice, [], site.noon)}` : `use_backend ta if { src ${dice.pick(NETS)} }`)
  server('x1', dice.pick(['', 'disabled', 'backup', 'weight 0']))
  server('x2', dice.pick(['', 'backup']))

  lines.push('frontend both from base')
  put(`bind *:${p7}`)
  put('use_backend a if { dst 127.0.0.1 }')
  frontendRules(ctx, 'both')
  lines.push('frontend narrow from base')
  put(`bind 127.0.0.1:${p7}`)
  frontendRules(ctx, 'narrow')

  for (const name of WEB) {
    lines.push(`backend ${name} from base`)
    for (let n = dice.roll(3); n > 0; n--) put(httpRule(dice, [], site.noon, `${name}${n}`))
    if (dice.often(15)) put(`tcp-request content reject if { src ${dice.pick(NETS)} }`)
    if (dice.often(10)) put(`http-response deny ${dice.pick(['', 'if { src 127.0.0.1 }', 'if { always_false }'])}`)
    answerRules(ctx, name)
    if (dice.often(10)) put('disabled')
    persistence(ctx)
    if (dice.often(20)) put(`use-server s2 ${condition(dice, [], site.noon)}`)
    if (dice.often(15)) put('option allbackups')
    if (dice.often(20)) put(`default-server ${dice.pick(['backup', 'weight 0', 'disabled', 'send-proxy'])}`)
    server('s1', `cookie c1 ${dice.pick(['', '', 'weight 0', 'disabled', 'send-proxy', 'enabled', 'no-backup'])}`)
    server('s2', `cookie c2 ${dice.pick(['', 'backup', 'disabled', 'send-proxy-v2'])}`)
    if (dice.often(30)) server('s3', `cookie c3 ${dice.pick(['backup', 'weight 0'])}`)
  }
  for (const name of RAW) {
    lines.push(`backend ${name} from base`)
    put('mode tcp')
    if (dice.often(20)) put(`tcp-request content reject if { src ${dice.pick(NETS)} }`)
    if (dice.often(15)) put(`use-server r2 if { src ${dice.pick(NETS)} }`)
    server('r1', dice.pick(['', 'send-proxy', 'disabled', 'weight 0']))
    server('r2', dice.pick(['', 'backup', 'send-proxy-v2']))
  }
  const text = `${lines.join('\n')}\n`
  const files = new Map([
    ...LISTS,
    ['a.pem', site.certificates.a],
    ['b.pem', site.certificates.b],
    ['certificates.txt', `# names\na.pem ${dice.pick(FILTERS)}\nb.pem [alpn http/1.1] ${dice.pick(FILTERS)}\n`],
  ])
  const device = readHaproxy({ id: 'lb' }, 'haproxy.cfg', text, files)
  const doors: Door[] = [
    { port: p0, tls: false, proxy: false },
    { port: p1, tls: false, proxy: true },
    { port: p2, tls: true, proxy: false },
    { port: p3, tls: true, proxy: true },
    { port: p4, tls: dice.often(70), proxy: false },
    { port: p5, tls: dice.often(70), proxy: true },
    { port: p6, tls: false, proxy: false },
    { port: p7, tls: false, proxy: false },
  ]
  return { text, files, device, doors }
}

/** One frontend in the clear: routing, ACLs and rules alone. */
export function generateNarrow(dice: Dice, { ports: [bind = 0], servers, noon }: Site): Wide {
  return { ...generate(dice, { bind, servers, noon }), doors: [{ port: bind, tls: false, proxy: false }] }
}

const GLOBAL = [
  'global',
  '    maxconn 400',
  '    tune.ssl.default-dh-param 2048',
  'userlist users',
  '    group admins users bob',
  '    user bob insecure-password pw',
  '    user al insecure-password pw',
  'backend st',
  '    stick-table type ip size 100 expire 1m store http_req_cnt',
]
const TIMES = [
  '    timeout connect 1s',
  '    timeout client 3s',
  '    timeout server 3s',
  '    timeout tarpit 20ms',
  '    retries 0',
]

type Context = { readonly dice: Dice; readonly noon: number; readonly put: (line: string) => void }

function edgeCriterion({ dice, noon }: Context): string {
  switch (dice.roll(6)) {
    case 0:
    case 1:
      return `src ${dice.pick(NETS)} ${dice.often(30) ? dice.pick(NETS) : ''}`
    case 2:
      return dice.pick([
        `ssl_fc_sni ${dice.pick(NAMES)}`,
        `ssl_fc_sni -i ${dice.pick(NAMES)}`,
        `ssl_fc_sni -m end .corp`,
        `ssl_fc_sni,lower -m dom example`,
        'ssl_fc_has_sni',
        'ssl_fc',
        `req.ssl_sni ${dice.pick(NAMES)}`,
        'ssl_fc_sni -m found',
      ])
    case 3:
      return dice.pick([
        'dst 127.0.0.1',
        'dst 10.0.0.9',
        'dst_port 443',
        'dst -m str 127.0.0.1',
        'src,ipmask(16) 10.1.0.0',
        'src -m beg 10.1',
      ])
    default:
      return criterion(dice, noon)
  }
}

function when(ctx: Context): string {
  const not = ctx.dice.often(30) ? '!' : ''
  return `if ${not}{ ${edgeCriterion(ctx)} }${ctx.dice.often(25) ? ` or { ${edgeCriterion(ctx)} }` : ''}`
}

function frontendRules(ctx: Context, tag: string): void {
  const { dice, noon, put } = ctx
  const acls: string[] = []
  for (let n = dice.roll(3); n > 0; n--) {
    put(`acl n${n} ${edgeCriterion(ctx)}`)
    acls.push(`n${n}`)
  }
  if (dice.often(20)) put(`tcp-request connection ${dice.pick(['reject', 'accept'])} if { src ${dice.pick(NETS)} }`)
  if (dice.often(15)) put('tcp-request connection reject if { path /a }')
  if (dice.often(20)) put(`tcp-request session reject ${when(ctx)}`)
  if (dice.often(10))
    put(`tcp-request connection set-src str(${dice.pick(['10.1.2.3', '2001:db8::5'])}) if { src 127.0.0.2 }`)
  if (dice.often(15)) put(`tcp-request content reject ${when(ctx)}`)
  if (dice.often(10)) put('monitor-uri /d/x')
  if (dice.often(10)) put('stats uri /old')
  for (let n = dice.roll(5); n > 0; n--)
    put(
      dice.often(50)
        ? httpRule(dice, acls, noon, `${tag}${n}`)
        : `http-request deny hdr x-rule ${tag}${n} ${when(ctx)}`,
    )
  if (dice.often(20)) put(`redirect location /${tag}9 ${when(ctx)}`)
  for (let n = dice.roll(4); n > 0; n--) {
    const dynamic = dice.pick([
      '%[req.hdr(host),lower,map(hosts.map,b)]',
      '%[ssl_fc_sni,lower,map_end(ends.map)]',
      '%[path,map_beg(paths.map)]',
      '%[var(txn.host)]',
      't%[str(a)]x',
      '%[req.cook(x)]',
    ])
    put(
      `use_backend ${dice.often(25) ? dynamic : dice.pick(WEB)} ${dice.often(50) ? when(ctx) : condition(dice, acls, noon)}`,
    )
  }
  if (dice.often(70)) put(`default_backend ${dice.pick(WEB)}`)
}

/** On what a server answers, and on what HAProxy answers itself. */
function answerRules({ dice, put }: Context, tag: string): void {
  const criteria = [
    `src ${dice.pick(NETS)}`,
    'method POST',
    'capture.req.method GET',
    'path_beg /a',
    'hdr(host) -m found',
    'var(txn.seen) -m bool',
    'var(req.n) -m found',
    'var(txn.answered) -m found',
    'http_first_req',
    'ssl_fc',
  ]
  const where = () =>
    `${dice.pick(['if', 'if', 'unless'])} ${dice.pick(['', '', '!'])}{ ${dice.pick(criteria)} }${dice.often(30) ? ` or { ${dice.pick(criteria)} }` : ''}`
  while (dice.often(25))
    put(`http-response ${dice.pick(['allow', `deny hdr x-rule ${tag}8`, 'set-var(txn.answered) src'])} ${where()}`)
  while (dice.often(15))
    put(`http-after-response ${dice.pick(['allow', 'set-status 410', 'set-var(txn.answered) src'])} ${where()}`)
}

function rawRules(ctx: Context): void {
  const { dice, put } = ctx
  const sniffs = [
    'req.ssl_hello_type 1',
    `req.ssl_sni ${dice.pick(NAMES)}`,
    `req.ssl_sni -i ${dice.pick(NAMES)}`,
    'req.ssl_sni -m end example.com',
    'req.ssl_sni -m found',
    'req.proto_http',
    'HTTP',
    `path ${dice.pick(PATHS)}`,
    `hdr(host) ${dice.pick(HOSTS)}`,
    `req.ssl_sni,lower -m str ${dice.pick(NAMES)}`,
    'WAIT_END',
    `src ${dice.pick(NETS)}`,
    'always_true',
  ]
  const sniff = () =>
    dice.often(15)
      ? `{ src ${dice.pick(NETS)} }`
      : `${dice.often(25) ? '!' : ''}{ ${dice.pick(sniffs)} }`
          .replace('{ HTTP }', 'HTTP')
          .replace('{ WAIT_END }', 'WAIT_END')
  if (dice.often(25)) put(`tcp-request connection reject if { src ${dice.pick(NETS)} }`)
  if (dice.often(15)) put(`tcp-request session reject if { src ${dice.pick(NETS)} }`)
  put('tcp-request inspect-delay 300ms')
  put(
    dice.pick([
      'tcp-request content accept if { req.ssl_hello_type 1 }',
      'tcp-request content reject if !{ req.ssl_hello_type 1 } !HTTP',
      'tcp-request content accept if HTTP or { req.ssl_sni -m found }',
    ]),
  )
  for (let n = dice.roll(3); n > 0; n--)
    put(
      `tcp-request content ${dice.pick(['accept', 'reject', 'reject', 'set-src str(10.1.2.3)', 'silent-drop'])} if ${sniff()} ${dice.often(40) ? sniff() : ''}`,
    )
  for (let n = 1 + dice.roll(4); n > 0; n--)
    put(`use_backend ${dice.often(80) ? dice.pick(RAW) : dice.pick(WEB)} if ${sniff()}`)
  if (dice.often(15)) put('use_backend t%[req.ssl_sni,lower,field(1,.)]')
  put(`default_backend ${dice.often(70) ? dice.pick(RAW) : dice.pick(WEB)}`)
}

function persistence({ dice, put }: Context): void {
  if (dice.often(35))
    put(
      `cookie SRV ${dice.pick(['insert indirect nocache', 'insert', 'prefix', 'rewrite', 'insert indirect maxidle 1h', ''])}`,
    )
  if (dice.often(10)) put('option persist')
  if (dice.often(10)) put(`force-persist if { src ${dice.pick(NETS)} }`)
  if (dice.often(15)) put('ignore-persist if { path_beg /static /a }')
}
