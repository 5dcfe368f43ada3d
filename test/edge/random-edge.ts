import fc from 'fast-check'
import type { Doors } from '../../src/edge/doors.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import { compileHaproxyGuard } from '../../src/haproxy/compile.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import type { Edge } from '../../src/policy/edge.ts'
import { readEdge } from '../../src/policy/read.ts'
import { randomFortigatePair } from '../fortigate/random-fortigate.ts'
import { criterion, Dice, httpRule, LISTS } from '../haproxy/generate.ts'
import { generateWide } from '../haproxy/generate-wide.ts'

/** Saturday noon in Berlin, in epoch seconds: in the middle of the times by which random configurations tell flows apart. */
export const NOON = Date.parse('2026-11-21T12:00:00+01:00') / 1000

const FW = 'policies/devices/fw.conf'
const LB = 'policies/devices/lb.cfg'

/** One edge at two times: before and after a change by hand. All its services stand behind both doors at both times. */
export type RandomEdge = { readonly before: Edge; readonly after: Edge; readonly edited: string }

/** A random FortiGate with a random HAProxy behind its VIPs, services of both, and one edit of either door by hand; equal seeds give equal edges. */
export function randomEdge(seed: number): RandomEdge {
  const dice = new Dice(seed + 1)
  const [[wild, wilder] = ['', '']] = fc.sample(randomFortigatePair, { seed, numRuns: 1 })
  const isCalm = dice.often(60)
  const [fortigate, other] = isCalm ? [calmFortigate(dice, wild), calmFortigate(dice, wild)] : [wild, wilder]
  const haproxy = dice.often(50) ? wideHaproxy(dice) : calmHaproxy(dice)
  const services = servicesOf(fortigate, haproxy)
  const before = new Map([
    ...catalogue(dice, services),
    ...[...LISTS].map(([name, text]) => [`policies/devices/${name}`, text] as const),
    ['policies/devices/a.pem', ''] as const,
    ['policies/devices/b.pem', ''] as const,
    ['policies/devices/certificates.txt', 'a.pem\nb.pem [alpn http/1.1] b.example.com *.shop.test\n'] as const,
    [FW, fortigate] as const,
    [LB, guarded(haproxy, services)] as const,
  ])
  const [path, text, edited] = editByHand(dice, before, other)
  return { before: readEdge(before), after: readEdge(new Map(before).set(path, text)), edited }
}

/** Both doors as a repository declares them, whatever else is wrong with it. */
export function doorsOf({ devices, files }: Edge): Doors {
  const beside = new Map([...files].map(([path, text]) => [path.replace('policies/devices/', ''), text]))
  const read = (kind: string) => devices.find((device) => device.kind === kind) ?? { id: kind, file: kind, text: '' }
  const [fw, lb] = [read('fortigate'), read('haproxy')]
  return {
    outer: readFortigate({ id: fw.id, timezone: 'Europe/Berlin' }, fw.file, fw.text),
    inner: readHaproxy({ id: lb.id }, lb.file, lb.text, beside),
  }
}

/** Where the VIPs of the random FortiGate lead, and what listens there: clear, TLS, behind a PROXY header, TCP. */
const PORTS = [9000, 9001, 9002, 9003, 9004, 9005, 9006, 9007]
const BINDS: Readonly<Record<string, string>> = {
  9000: '10.20.0.6:8080',
  9001: '10.20.0.5:80',
  9002: '10.20.0.5:8443',
  9003: '10.20.0.6:8443',
  9004: '10.20.0.6:8005',
  9005: '10.20.0.5:8005',
  9006: '10.20.0.5:443',
  9007: '10.20.0.5:8080',
}

function wideHaproxy(dice: Dice): string {
  const { text } = generateWide(dice, {
    ports: PORTS,
    servers: [1, 2, 3, 4],
    noon: NOON,
    certificates: { a: '', b: '' },
  })
  let seen = 0
  return text
    .replace(/^( *bind )\S*?:(900\d)( .*)?$/gm, (line, bind: string, port: string, rest = '') => {
      if (line.includes('*:9007')) return `${bind}*:8080${rest}`
      const six = port === '9000' ? `\n${bind}[2001:db8:20::6]:8080\n${bind}:::443 v4v6` : ''
      return `${bind}${BINDS[port]}${rest}${six}`
    })
    .replace(/^ *use_backend/gm, (first) => (seen++ === 0 && dice.often(60) ? `${ROUTES}${first}` : first))
    .replaceAll('127.0.0.', '10.1.0.')
    .replaceAll('127.0.1.', '10.2.0.')
}
const ROUTES = [
  ['a', 'a.example.com'],
  ['b', 'b.example.com'],
  ['c', 'api.shop.test'],
  ['dflt', 'grafana.corp'],
]
  .map(([backend, host]) => `    use_backend ${backend} if { hdr(host) -i ${host} }\n`)
  .join('')

/** The same world with the policies of a company: VIPs that lead to HAProxy, some people let in, the rest refused. */
function calmFortigate(dice: Dice, wild: string): string {
  const vip = (name: string, ext: string, to: string, ports: string) =>
    `edit "${name}"\nset extip ${ext}\nset mappedip "${to}"\nset extintf "any"\nset portforward enable\n${ports}\nnext\n`
  const vips = [
    vip('v-web', '203.0.113.10', '10.20.0.6', 'set extport 443\nset mappedport 8080'),
    vip('v-own', '203.0.113.11', '10.20.0.5', 'set extport 443\nset mappedport 8443'),
    vip('v-src', '203.0.113.10', '10.20.0.6', 'set extport 80-90\nset mappedport 8000-8010'),
  ]
  const quote = (...list: readonly string[]) => list.map((name) => `"${name}"`).join(' ')
  const policy = (id: number) => {
    const to = dice.often(75) ? quote(dice.pick(['v-web', 'v-own', 'v-src'])) : quote(dice.pick(['all', 'a-dmz']))
    const lines = [
      `set srcintf ${quote(dice.pick(['any', 'inside', 'lan1', 'wan1']))}`,
      `set dstintf ${quote(dice.pick(['any', 'dmz']))}`,
      `set srcaddr ${quote(dice.pick(['a-host', 'a-host', 'a-range', 'a-fqdn', 'g-ex', 'a-net', 'a-lan']))}`,
      `set dstaddr ${to}`,
      ...(dice.often(20) ? ['set srcaddr6 "six-host"', 'set dstaddr6 "v-six-web"'] : []),
      `set service ${quote(dice.pick(['ALL', 'tcp-all', 'web', 'alt']))}`,
      `set schedule ${quote(dice.pick(['always', 'always', 'work', 'once']))}`,
      ...(dice.often(65) ? ['set action accept'] : ['set match-vip enable']),
      ...(dice.often(15) ? ['set nat enable'] : []),
      ...(dice.often(15) ? [`set groups ${quote(dice.pick(GROUPS))}`] : []),
      ...(dice.often(10) ? ['set status disable'] : []),
    ]
    return `edit ${id}\nset name "p-${id}"\n${lines.join('\n')}\nnext\n`
  }
  const ids = [84, 85, 86, 87, 88].slice(0, 1 + dice.roll(5))
  const rest =
    'edit 70\nset name "p-70"\nset srcintf "any"\nset dstintf "any"\nset srcaddr "all"\nset dstaddr "all"\nset srcaddr6 "all"\nset dstaddr6 "all"\nset service "ALL"\nset schedule "always"\nset match-vip enable\nnext\n'
  const put = (text: string, path: string, entries: string) =>
    text.replace(
      new RegExp(`^config ${path}\\n[\\s\\S]*?^end\\n(?=config |$)`, 'm'),
      () => `config ${path}\n${entries}end\n`,
    )
  const tables = [
    ['firewall vip', vips.join('')],
    ['firewall vipgrp', ''],
    ['firewall policy', ids.map(policy).join('') + rest],
  ] as const
  return tables.reduce((text, [path, entries]) => put(text, path, entries), wild)
}
const GROUPS = ['staff', 'ops']

/** An HAProxy as a company keeps it: routes by host, few rules, now and then something that nobody can decide. */
function calmHaproxy(dice: Dice): string {
  const some = (percent: number, line: () => string) => (dice.often(percent) ? [`    ${line()}`] : [])
  const many = (most: number, line: () => string) => Array.from({ length: dice.roll(most + 1) }, () => `    ${line()}`)
  const rule = () => httpRule(dice, [], NOON, 'r')
  const lines = [
    'defaults',
    '    mode http',
    '    timeout connect 1s',
    '    timeout client 3s',
    '    timeout server 3s',
    ...(dice.often(20) ? ['    option forwardfor'] : []),
    'frontend web',
    '    bind 10.20.0.6:8080',
    '    bind [2001:db8:20::6]:8080',
    '    bind 10.20.0.5:8443',
    ...some(10, () => 'bind 10.20.0.5:80 accept-proxy'),
    ...some(10, () => 'http-request set-src hdr(x-forwarded-for) if { src 10.1.0.6 }'),
    ...some(25, () => `tcp-request connection reject if { ${network(dice)} }`),
    ...some(20, () => dice.pick(UNDECIDED)),
    ...some(30, () => `http-request deny if { ${criterion(dice, NOON)} }`),
    ...some(30, rule),
    ...ROUTES.trimEnd().split('\n'),
    ...some(15, () => `use_backend ${dice.pick(['a', 'b'])} if { ${criterion(dice, NOON)} }`),
    ...some(15, () => 'default_backend dflt'),
    'frontend raw',
    '    mode tcp',
    '    bind 10.20.0.6:8005',
    ...some(30, () => `tcp-request connection reject if { ${network(dice)} }`),
    '    default_backend ta',
    ...['a', 'b', 'c', 'dflt'].flatMap((name) => [
      `backend ${name}`,
      ...many(2, rule),
      ...some(20, () => `http-request deny if !{ ${network(dice)} }`),
      '    server s1 10.30.0.1:80',
      ...some(30, () => 'server s2 10.30.0.2:80 backup'),
    ]),
    'backend ta',
    '    mode tcp',
    '    server r1 10.30.0.3:22',
  ]
  return `${lines.join('\n')}\n`.replaceAll('127.0.0.', '10.1.0.').replaceAll('127.0.1.', '10.2.0.')
}
const UNDECIDED = [
  'http-request send-spoe-group guard ask',
  'http-request deny if { sc_http_req_rate(0) gt 5 }',
  'http-request deny if { path_reg ^/a.*x$ }',
  'http-request lua.judge',
  'http-request deny if { rand(10) lt 3 }',
]

function network(dice: Dice): string {
  return `src ${dice.pick(['10.1.0.0/24', '10.1.0.5', '10.2.0.0/16', '198.51.100.0/24', '203.0.113.50/31', '10.20.0.1', '2001:db8:1::/64', '::/0', '0.0.0.0/0'])}`
}

/** Guards where they can stand; without a guard a service is open to whoever is led to it. */
function guarded(text: string, services: readonly Served[]): string {
  return services.reduce((all, { id, frontend, backend }) => {
    const guard = compileHaproxyGuard(readHaproxy({ id: 'lb' }, LB, all, LISTS), { service: id, frontend, backend })
    return guard.ok ? guard.text : all
  }, text)
}

/** One service a backend, behind the VIPs that lead to one address alone. */
const SERVICES = [
  { id: 'web-a', backend: 'a', host: 'a.example.com', vip: 'v-web', port: 443, bind: '10.20.0.6:8080' },
  { id: 'web-b', backend: 'b', host: 'b.example.com', vip: 'v-web', port: 443, bind: '10.20.0.6:8080' },
  { id: 'own', backend: 'c', host: 'api.shop.test', vip: 'v-own', port: 443, bind: '10.20.0.5:8443' },
  { id: 'one', backend: 'c', host: 'api.shop.test', vip: 'v-one', port: 8443, bind: '10.20.0.5:8443' },
  { id: 'six', backend: 'dflt', host: 'grafana.corp', vip: 'v-six-web', port: 443, bind: '[2001:db8:20::6]:8080' },
  { id: 'raw', backend: 'ta', host: undefined, vip: 'v-src', port: 85, bind: '10.20.0.6:8005' },
] as const
type Served = (typeof SERVICES)[number] & { readonly frontend: string }

/** The services whose VIP this FortiGate has, by the frontend that listens where it leads. */
function servicesOf(fortigate: string, haproxy: string): readonly Served[] {
  return SERVICES.flatMap((service) => {
    const [above = ''] = haproxy.split(`bind ${service.bind}`)
    const [, frontend] = /[\s\S]*\n(?:frontend|listen) (\S+)/.exec(above) ?? []
    const there = above !== haproxy && fortigate.includes(`edit "${service.vip}"\n`)
    return there && frontend !== undefined ? [{ ...service, frontend }] : []
  })
}

function catalogue(dice: Dice, services: readonly Served[]): readonly (readonly [string, string])[] {
  const identity = dice.pick([', fortigate: staff', ', header: data', ''])
  const catalog = `timezone: Europe/Berlin
groupHeader: x-group
devices:
  - { id: fw, kind: fortigate, vdom: root }
  - { id: lb, kind: haproxy }
networks:
  - { id: lan, cidrs: [10.1.0.0/24] }
  - { id: half, cidrs: [10.1.0.4/30, 10.2.0.0/25] }
  - { id: out, cidrs: [198.51.100.0/24] }
  - { id: six, cidrs: ["2001:db8:1::/64"] }
groups:
  - { id: makers, name: Makers, networks: [lan]${identity}, members: [mia] }
  - { id: sellers, name: Sellers, networks: [half, out], members: [] }
  - { id: sixes, name: Sixes, networks: [six, half], members: [] }
  - { id: known, name: Known, networks: []${identity || ', header: ops'}, members: [mia] }
people:
  - { id: mia, name: Mia Park, slack: U0MIA }
`
  const guardrails = `limits: { maxDuration: P30D, widestSource: 16 }\nprotectedDenies: [${dice.pick(['p-84', 'p-88', 'deny-lab'])}]\n`
  return [
    ['policies/catalog.yaml', catalog],
    ['policies/guardrails.yaml', guardrails],
    ...services.map(({ id, frontend, backend, host, vip, port }) => {
      const hosts = host === undefined ? '' : `hosts: [${host}]\n`
      const text = `id: ${id}\nname: ${id}\n${hosts}owner: makers\nenvironment: production\nentry: { vip: ${vip}, port: ${port} }\nroute: { frontend: ${frontend}, backend: ${backend} }\nports: [tcp/${port}]\naccess: []\n`
      return [`policies/services/${id}.yaml`, text] as const
    }),
  ]
}

/** What people do to one door: another policy table, or one line of it changed, moved, doubled or gone. Answers the file, its text, and in words what was done. */
function editByHand(dice: Dice, files: ReadonlyMap<string, string>, other: string): readonly [string, string, string] {
  if (dice.often(25)) return [FW, other, 'another FortiGate']
  const path = dice.often(50) ? FW : LB
  const text = files.get(path) ?? ''
  if (path === FW) return [FW, ...editFortigate(dice, text)]
  return [LB, ...editHaproxy(dice, text)]
}

function editFortigate(dice: Dice, text: string): readonly [string, string] {
  const policies = [...text.matchAll(/^edit \d+\n(?:set name .*\n)?set srcintf[\s\S]*?^next\n/gm)].map(
    ([policy]) => policy,
  )
  const one = dice.pick(policies)
  const changed = dice.pick([
    '',
    one + dice.pick(policies).replace(/^edit \d+/, 'edit 99'),
    one.replace(/^next$/m, 'set status disable\nnext'),
    one.replace(/^next$/m, 'set nat enable\nnext'),
    one.replace(/^next$/m, 'set schedule "work"\nnext'),
    one.replace(/^set srcaddr .*$/m, 'set srcaddr "a-lan"'),
    one.replace(/^set dstaddr .*$/m, 'set dstaddr "v-web" "v-own"'),
    one.replace(/^set action accept$/m, 'set action deny'),
    one.replace(/^next$/m, 'set groups "staff"\nnext'),
  ])
  // A table needs a policy, or everything about it is said by one line.
  return dice.often(80)
    ? [text.replace(one, () => changed), `${one} becomes ${changed}`]
    : [text.replaceAll('set subnet 10.1.0.5/32', 'set subnet 10.1.0.4/31'), 'a-host is wider']
}

function editHaproxy(dice: Dice, text: string): readonly [string, string] {
  const lines = text.split('\n')
  const may = lines.flatMap((line, index) =>
    /^ +(http-request|use_backend|tcp-request|acl|server)/.test(line) ? [index] : [],
  )
  const at = dice.pick(may)
  const old = lines[at] ?? ''
  const rule = httpRule(dice, [], NOON, 'hand').replaceAll('127.0.0.', '10.1.0.')
  const put = dice.pick([
    [],
    [old, old],
    [`    ${rule}`, old],
    [old.replace(/10\.1\.0\.\d+(\/\d+)?/, '10.2.0.0/16')],
    [old.replace('example', 'sample')],
    [old.replace(/ if /, ' unless ')],
    [old.replace(/^( +use_backend) \w+/, '$1 b')],
  ])
  const after = [...lines.slice(0, at), ...put, ...lines.slice(at + 1)].join('\n')
  // What HAProxy would refuse is never in force.
  if (
    readHaproxy({ id: 'lb' }, LB, after, LISTS).fatal.length > readHaproxy({ id: 'lb' }, LB, text, LISTS).fatal.length
  )
    return [text, 'nothing']
  return [after, `${old} becomes ${put.join(' and ')}`]
}
