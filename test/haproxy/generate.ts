import { readHaproxy } from '../../src/haproxy/config.ts'
import type { HaproxyDevice } from '../../src/haproxy/model.ts'

/** A small seeded source of choices, so that a failing seed can be run again. */
export class Dice {
  #state: number
  constructor(seed: number) {
    this.#state = (seed * 2654435761) >>> 0 || 1
  }
  roll(sides: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % sides
  }
  pick<T>(list: readonly T[]): T {
    const one = list[this.roll(list.length)]
    if (one === undefined) throw new Error('picking from nothing')
    return one
  }
  often(percent: number): boolean {
    return this.roll(100) < percent
  }
}

export const HOSTS = [
  'a.example.com',
  'b.example.com',
  'grafana.corp',
  'api.shop.test',
  'A.example.com',
  'a.example.com:8080',
  'b.example.com.',
]
export const PATHS = [
  '/',
  '/a',
  '/A',
  '/admin',
  '/admin/x',
  '/api/v1',
  '/api/v12',
  '/static/logo.png',
  '/d/x',
  '//a',
  '/old',
  '/login',
]
const METHODS = ['GET', 'HEAD', 'POST', 'DELETE', 'PATCH']
const GROUPS = ['data', 'ops', 'dev', 'Data', '']
const NETS = [
  '127.0.0.1',
  '127.0.0.2',
  '127.0.0.4/30',
  '127.0.0.8/29',
  '127.0.1.0/24',
  '10.0.0.0/8',
  '::/0',
  '0.0.0.0/0',
]
const SOURCES = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.5', '127.0.0.9', '127.0.1.7', '127.3.0.1']
const BACKENDS = ['a', 'b', 'c', 'dflt']

export type Sent = {
  readonly src: string
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
}
export type Generated = {
  readonly text: string
  readonly files: ReadonlyMap<string, string>
  readonly device: HaproxyDevice
}

/** Criteria that few people write, each at least once in the manual. */
const RARE = [
  'req.cook(SRV) c1',
  'cook_beg(SRV) c',
  'req.cook(x) -m found',
  'url_param(x) -m int ge 1',
  'url_param(a) b',
  'base_beg a.example.com/a',
  'base a.example.com/a',
  'pathq /a?x=1',
  'url /a',
  'url_sub x=',
  'query -m found',
  'query x=1',
  'path_len 2',
  'path -m len 1:4',
  'path_dom admin',
  'hdr_len(x-group) ge 4',
  'hdr_reg(x-group) ^d',
  'hdr_ip(x-real-ip) 10.0.0.0/8',
  'hdr_val(x-num) ge 5',
  'hdr(x-num) -m int 3:7',
  'req.ver 1.1',
  'http_auth(users)',
  'http_auth_group(users) admins',
  'hdr(host),regsub(:.*,,) a.example.com',
  'path,field(2,/) admin',
  'path,word(1,/) admin',
  'path,word(-1,/) x',
  'path,field(-1,.) png',
  'path,bytes(1,3) -m str api',
  'path,upper /ADMIN',
  'path,length ge 5',
  'hdr(x-num),add(1) eq 6',
  'hdr(x-num),mul(2) ge 10',
  'src,ipmask(24) 127.0.0.0',
  'path,map_beg(paths.map) -m str a',
  'path,map_beg(paths.map,b) -m str b',
  'req.hdr(host),lower,map_end(ends.map) -m found',
  'hdr(x-group) -f groups.lst',
  'hdr(x-group) -i -f groups.lst dev',
  'path,url_dec -m str /a',
  'str(abc) -m sub b',
  'int(5) gt 4',
  'be_name f',
  'fe_name f',
  'hdr(x-group) -m bool',
  'req.hdr(x-group,-1) data',
  'req.hdr(x-group),lower -m str data',
  'method,lower -m str get',
  'method POST',
  'hdr_dir(x-path) api',
  'srv_is_up(a/s1)',
  'always_false',
  'bool(1)',
  'req.fhdr_cnt(x-group) ge 2',
  'req.hdr_cnt(x-group) 1',
]

/** A criterion over what a request has, as one writes it between braces. */
export function criterion(dice: Dice, noon: number): string {
  const i = dice.often(40) ? '-i ' : ''
  switch (dice.roll(18)) {
    case 0:
    case 1:
      return `src ${dice.pick(NETS)} ${dice.often(40) ? dice.pick(NETS) : ''}`
    case 2:
      return `hdr(host) ${i}${dice.pick(HOSTS)} ${dice.often(30) ? dice.pick(HOSTS) : ''}`
    case 3:
      return `hdr_${dice.pick(['beg', 'end', 'sub', 'dom'])}(host) ${i}${dice.pick(['a.', '.com', 'example', 'corp', 'com'])}`
    case 4:
      return `req.hdr(host),${dice.pick(['lower', 'host_only', 'field(1,:)', 'field(1,:),lower', 'host_only,lower'])} ${dice.pick(HOSTS)}`
    case 5:
      return `path ${i}${dice.pick(PATHS)} ${dice.often(30) ? dice.pick(PATHS) : ''}`
    case 6:
      return `path_${dice.pick(['beg', 'beg', 'end', 'sub', 'dir'])} ${i}${dice.pick(['/a', '/api', '.png', 'admin', 'v1', '/d/'])}`
    case 7:
      return `path_reg ${i}${dice.pick(['^/a', '^/api/v[0-9]+$', 'admin', '\\.png$', '^/(a|d)/'])}`
    case 8:
      return `method ${dice.pick(METHODS)} ${dice.often(30) ? dice.pick(METHODS) : ''}`
    case 9:
    case 10:
      return `hdr(x-group) ${i}${dice.pick(['data', 'ops', 'dev'])}`
    case 11:
      return dice.pick([
        'hdr(x-group) -m found',
        'req.fhdr(x-group) data',
        'hdr(x-group) -m sub a',
        'hdr(cookie) -m found',
      ])
    case 12:
      return `date ${dice.pick(['le', 'ge', 'lt', 'gt'])} ${noon + dice.pick([-86_400, 86_400])}`
    case 13:
      return dice.pick([
        'query -m sub x=1',
        'url_beg /api',
        'url_end =2',
        'url_param(x) 1',
        'dst_port 80',
        'ssl_fc',
        'always_true',
      ])
    case 14:
      return `req.hdr(host),lower,map(hosts.map) -m ${dice.pick(['found', 'str a', 'str b'])}`
    case 15:
      return dice.pick(RARE)
    case 16:
      return dice.pick([
        'var(txn.host) -m found',
        'var(txn.path) -m beg /a',
        'var(req.n) -m int ge 5',
        'var(txn.src) -m ip 127.0.0.0/30',
      ])
    default:
      return dice.pick([
        'nbsrv(a) ge 1',
        'nbsrv(c) lt 1',
        'hdr_cnt(x-group) ge 2',
        'path,lower -m beg /a',
        'hdr(x-group,1) ops',
      ])
  }
}

export function condition(dice: Dice, acls: readonly string[], noon: number): string {
  const literal = () => {
    const not = dice.often(30) ? '!' : ''
    if (acls.length > 0 && dice.often(50)) return `${not}${dice.pick(acls)}`
    if (dice.often(15)) return `${not}${dice.pick(['METH_GET', 'LOCALHOST', 'TRUE', 'HTTP_1.1'])}`
    return `${not}{ ${criterion(dice, noon)} }`
  }
  const words = [literal()]
  while (dice.often(35)) words.push(dice.often(40) ? dice.pick(['or', 'or', '||', 'OR']) : '', literal())
  return `${dice.often(75) ? 'if' : 'unless'} ${words.join(' ')}`
}

export function httpRule(dice: Dice, acls: readonly string[], noon: number, tag: string): string {
  const when = condition(dice, acls, noon)
  return `http-request ${dice.pick([
    `deny hdr x-rule ${tag} ${when}`,
    `deny deny_status ${dice.pick([401, 404, 429])} hdr x-rule ${tag} ${when}`,
    `return status ${dice.pick([200, 210])} hdr x-rule ${tag} ${when}`,
    `redirect location /${tag} ${dice.pick(['', 'code 301'])} ${when}`,
    `reject ${when}`,
    `tarpit deny_status 429 hdr x-rule ${tag} ${when}`,
    `allow ${when}`,
    `set-header x-group ${dice.pick(GROUPS.filter(Boolean))} ${when}`,
    `del-header x-group ${when}`,
    `add-header x-group ops ${when}`,
    `set-path ${dice.pick(PATHS)} ${when}`,
    `set-path /p%[path] ${when}`,
    `replace-path /a(.*) /api\\1 ${when}`,
    `set-query y=2 ${when}`,
    `set-method POST ${when}`,
    `set-var(txn.seen) bool(true) ${when}`,
    `set-var(txn.host) req.hdr(host),lower ${when}`,
    `set-var(req.n) int(7) ${when}`,
    `set-var(txn.path) path,lower ${when}`,
    `set-var(txn.src) src ${when}`,
    `set-var-fmt(txn.path) /a%[hdr(x-num)] ${when}`,
    `unset-var(txn.seen) ${when}`,
    `set-src hdr(x-real-ip) ${when}`,
    `auth realm R ${when}`,
    `silent-drop ${dice.often(95) ? 'if { path /never }' : when}`,
    `set-header x-num %[path,length] ${when}`,
    `set-header host b.example.com ${when}`,
    `set-header x-group %[req.hdr(x-group,1)]s ${when}`,
    `replace-header x-group (.*)a(.*) \\1b\\2 ${when}`,
    `replace-value x-group ^d ops ${when}`,
    `replace-pathq /(.*)\\?(.*) /q\\1?z=\\2 ${when}`,
    `set-pathq /api?x=1 ${when}`,
    `set-uri /d/%[path] ${when}`,
    `del-header x- -m beg ${when}`,
    `set-path %[path,lower] ${when}`,
    `set-query %[query]&n=1 ${when}`,
    `track-sc0 src table st ${when}`,
    `redirect prefix https://w ${when}`,
    `redirect scheme https code 307 ${when}`,
    `return ${when}`,
    `deny status 410 ${when}`,
    'deny if { var(txn.host) -m beg b. } ',
    `deny hdr x-rule ${tag} unless { var(txn.seen) -m bool } or { path /a }`,
    `deny hdr x-rule ${tag} if { var(req.n) -m int 5:9 } ${dice.often(50) ? '{ src 127.0.0.2 }' : ''}`,
  ])}`
}

function guard(dice: Dice, name: string, noon: number): string[] {
  return [
    `acl ${name}-1 src ${dice.pick(NETS)}`,
    `acl ${name}-until date le ${noon + dice.pick([-86_400, 86_400])}`,
    `http-request set-var(txn.g_${name}) bool(true) if ${name}-1 ${name}-until`,
    `http-request set-var(txn.g_${name}) bool(true) if { src ${dice.pick(NETS)} } { hdr(x-group) ${dice.pick(['data', 'ops'])} }`,
    `http-request deny deny_status 403 hdr x-rule guard-${name} unless { var(txn.g_${name}) -m bool }`,
  ]
}

const MAP = 'a.example.com a\nb.example.com b\ngrafana.corp nowhere\napi.shop.test dflt\n'

/** The maps and lists that criteria name. */
export const LISTS = new Map([
  ['hosts.map', MAP],
  ['paths.map', '/a a\n/api b\n/ c\n'],
  ['ends.map', '.com a\nexample.com b\n'],
  ['groups.lst', 'data\n  ops\nx \n#no\n'],
])

/** A configuration with one frontend and some backends; `ports` are where its bind and servers are. */
export function generate(dice: Dice, at: { bind: number; servers: readonly number[]; noon: number }): Generated {
  const lines = [
    'global',
    '    maxconn 200',
    'userlist users',
    '    group admins users bob',
    '    user bob insecure-password pw',
    '    user al insecure-password pw',
    'backend st',
    '    stick-table type ip size 100 expire 1m store http_req_cnt',
    'defaults',
    '    mode http',
    '    timeout connect 1s',
    '    timeout client 2s',
    '    timeout server 2s',
    '    timeout tarpit 20ms',
    '    retries 0',
    'frontend f',
    `    bind 127.0.0.1:${at.bind}`,
  ]
  const acls: string[] = []
  const put = (line: string) => lines.push(`    ${line}`)
  for (let n = dice.roll(4); n > 0; n--) {
    const name = dice.pick(['one', 'two', 'three'])
    put(`acl ${name} ${criterion(dice, at.noon)}`)
    if (!acls.includes(name)) acls.push(name)
  }
  if (dice.often(30)) put(`tcp-request connection reject if { src ${dice.pick(NETS.slice(0, 5))} }`)
  if (dice.often(20)) put(`tcp-request content reject if { src ${dice.pick(NETS.slice(0, 5))} } { path /admin }`)
  if (dice.often(20)) put('monitor-uri /login')
  for (let n = dice.roll(5); n > 0; n--) put(httpRule(dice, acls, at.noon, `f${n}`))
  for (let n = dice.roll(4); n > 0; n--) {
    const dynamic = dice.often(25)
    const name = dynamic
      ? dice.pick(['%[req.hdr(host),lower,map(hosts.map,b)]', '%[hdr(x-group)]'])
      : dice.pick(BACKENDS)
    put(`use_backend ${name} ${condition(dice, acls, at.noon)}`)
  }
  if (dice.often(85)) put('default_backend dflt')
  for (const [index, name] of BACKENDS.entries()) {
    lines.push(`backend ${name}`)
    if (dice.often(40)) for (const line of guard(dice, name, at.noon)) put(line)
    for (let n = dice.roll(3); n > 0; n--) put(httpRule(dice, [], at.noon, `${name}${n}`))
    if (dice.often(20)) put(`use-server s2 ${condition(dice, [], at.noon)}`)
    if (dice.often(20)) put('cookie SRV insert indirect')
    put(`server s1 127.0.0.1:${at.servers[index * 2]} cookie c1 ${dice.pick(['', '', 'weight 0', 'disabled'])}`)
    put(`server s2 127.0.0.1:${at.servers[index * 2 + 1]} cookie c2 ${dice.pick(['', 'backup', 'disabled'])}`)
  }
  const files = new Map(LISTS)
  const text = `${lines.join('\n')}\n`
  return { text, files, device: readHaproxy({ id: 'lb' }, 'haproxy.cfg', text, files) }
}

export function generateRequest(dice: Dice): Sent {
  const headers: (readonly [string, string])[] = []
  if (dice.often(95)) headers.push(['host', dice.pick([...HOSTS, 'B.EXAMPLE.COM', 'a.example.com,b.example.com'])])
  if (dice.often(50))
    headers.push(['x-group', dice.pick(['data', 'ops', 'dev', 'DATA', 'dev, ops', 'dev ,data', '"data"', 'a', 'b'])])
  if (dice.often(10)) headers.push(['x-group', dice.pick(['data', 'ops'])])
  if (dice.often(15)) headers.push(['cookie', dice.pick(['SRV=c1', 'SRV=c2', 'x=1; SRV=c1', 'y'])])
  if (dice.often(20))
    headers.push(['x-real-ip', dice.pick(['10.0.0.5', '127.0.0.2', 'junk', '10.1.1.1:80', '1.1.1.1, 10.0.0.9'])])
  if (dice.often(20)) headers.push(['x-num', dice.pick(['5', '5x', 'abc', '7', '-1', '3,9'])])
  if (dice.often(10)) headers.push(['x-path', dice.pick(['/api/v1', 'x/api', 'xapi'])])
  if (dice.often(15))
    headers.push(['authorization', dice.pick(['Basic Ym9iOnB3', 'Basic YWw6cHc=', 'Basic Ym9iOm5v', 'Bearer x'])])
  const query = dice.often(30) ? dice.pick(['?x=1', '?a=b&x=1', '?', '?z=2']) : ''
  return { src: dice.pick(SOURCES), method: dice.pick(METHODS), path: dice.pick(PATHS) + query, headers }
}
