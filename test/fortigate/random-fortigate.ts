import fc from 'fast-check'
import type { Packet } from '../../src/fortigate/packet.ts'

/** Configurations of a small world, so that random packets meet random rules often. */
const ports = ['wan1', 'lan1', 'lan2', 'dmz', 'vpn', 'vp0']
const hosts = [
  '10.1.0.5',
  '10.1.0.6',
  '10.2.0.5',
  '10.20.0.5',
  '10.20.0.6',
  '198.51.100.7',
  '203.0.113.10',
  '203.0.113.11',
]
const plain = [
  'a-lan',
  'a-host',
  'a-range',
  'a-wild',
  'a-dmz',
  'a-net',
  'a-fqdn',
  'a-port',
  'g-in',
  'g-ex',
  'g-unknown',
  'all',
  'none',
]
const services = [
  'web',
  'alt',
  'pair',
  'ping',
  'code',
  'tcp-all',
  'ALL',
  'g-svc',
  'gre',
  'restricted',
  'ranged',
  'slow',
]
const six = ['all', 'six-lan', 'six-host', 'six-range', 'g-six', 'six-name']
const vips6 = ['v-six', 'v-six-web']
const schedules = ['always', 'work', 'night', 'once', 'both', 'past', 'none']
const vips = [
  'v-one',
  'v-web',
  'v-src',
  'v-any',
  'v-range',
  'v-odd',
  'v-slb',
  'v-own',
  'v-near',
  'v-udp',
  'v-whole',
  'v-many',
  'v-ping',
  'v-zone',
  'v-back',
  'v-spare',
  'v-off',
  'v-group',
]

const FIXED = `#config-version=FGT60F-@VERSION@-FW-build2795-250523:opmode=0:vdom=0:user=admin
config system global
    set timezone "Europe/Berlin"
    set udp-idle-timer 120
end
config system session-ttl
    set default 1800
    config port
        edit 1
            set protocol 6
            set timeout 900
            set start-port 8000
            set end-port 8099
        next
    end
end
config system interface
    edit "wan1"
        set ip 203.0.113.1 255.255.255.0
        set allowaccess ping
        config ipv6
            set ip6-address 2001:db8:ff::1/64
        end
    next
    edit "lan1"
        set ip 10.1.0.1 255.255.255.0
        set allowaccess ping https
        config ipv6
            set ip6-address 2001:db8:1::1/64
            set ip6-allowaccess ping
        end
    next
    edit "lan2"
        set ip 10.2.0.1 255.255.255.0
    next
    edit "dmz"
        set ip 10.20.0.1 255.255.255.0
        set secondary-IP enable
        config secondaryip
            edit 1
                set ip 10.21.0.1 255.255.255.0
            next
        end
        config ipv6
            set ip6-address 2001:db8:20::1/64
        end
    next
    edit "vpn"
        set type tunnel
    next
    edit "vp0"
        set ip 172.31.0.1 255.255.255.0
    next
    edit "lo0"
        set type loopback
        set ip 10.77.0.1 255.255.255.255
    next
end
config firewall address
    edit "all"
    next
    edit "a-lan"
        set subnet 10.1.0.0 255.255.255.0
    next
    edit "a-host"
        set subnet 10.1.0.5/32
    next
    edit "a-range"
        set type iprange
        set start-ip 10.1.0.6
        set end-ip 10.2.0.9
    next
    edit "a-wild"
        set type wildcard
        set wildcard 10.0.0.5 255.0.255.255
    next
    edit "a-dmz"
        set subnet 10.20.0.0 255.255.255.0
    next
    edit "a-net"
        set subnet 198.51.100.0 255.255.255.0
    next
    edit "a-fqdn"
        set type fqdn
        set fqdn "api.example"
    next
    edit "a-port"
        set type interface-subnet
        set subnet 192.0.2.0 255.255.255.0
        set interface "lan2"
    next
end
config firewall addrgrp
    edit "g-in"
        set member "a-lan" "a-net"
    next
    edit "g-ex"
        set member "g-in" "a-dmz"
        set exclude enable
        set exclude-member "a-host"
    next
    edit "g-unknown"
        set member "a-range" "a-fqdn"
        set exclude enable
        set exclude-member "a-wild"
    next
end
config firewall address6
    edit "all"
    next
    edit "six-lan"
        set ip6 2001:db8:1::/64
    next
    edit "six-host"
        set ip6 2001:db8:1::5/128
    next
    edit "six-range"
        set type iprange
        set start-ip 2001:db8:1::5
        set end-ip 2001:db8:20::5
    next
    edit "six-name"
        set type fqdn
        set fqdn "six.example"
    next
end
config firewall addrgrp6
    edit "g-six"
        set member "six-lan" "six-range"
        set exclude enable
        set exclude-member "six-host"
    next
end
config firewall vip6
    edit "v-six-web"
        set extip 2001:db8:ff::10
        set mappedip 2001:db8:20::6
        set portforward enable
        set protocol tcp
        set extport 443
        set mappedport 8080
    next
    edit "v-six"
        set extip 2001:db8:ff::10-2001:db8:ff::11
        set mappedip 2001:db8:20::5-2001:db8:20::6
    next
end
config firewall service custom
    edit "ALL"
        set protocol IP
    next
    edit "web"
        set tcp-portrange 80 443
    next
    edit "alt"
        set tcp-portrange 8000-8100
        set udp-portrange 53
    next
    edit "pair"
        set tcp-portrange 443:1024-2000 8443:3000
    next
    edit "tcp-all"
        set tcp-portrange 1-65535
    next
    edit "ping"
        set protocol ICMP
        set icmptype 8
        unset icmpcode
    next
    edit "code"
        set protocol ICMP
        set icmptype 3
        set icmpcode 1
    next
    edit "slow"
        set tcp-portrange 443 8443
        set udp-portrange 53
        set session-ttl 7200
        set udp-idle-timer 30
    next
    edit "ranged"
        set iprange 10.20.0.1-10.20.0.5
        set tcp-portrange 1-65535
    next
    edit "gre"
        set protocol IP
        set protocol-number 47
    next
    edit "restricted"
        set tcp-portrange 443
        set fqdn "x.example"
    next
end
config firewall service group
    edit "g-svc"
        set member "ping" "alt"
    next
end
config firewall schedule recurring
    edit "always"
        set day sunday monday tuesday wednesday thursday friday saturday
    next
    edit "none"
    next
    edit "work"
        set day monday tuesday
        set start 08:00
        set end 17:00
    next
    edit "night"
        set day sunday friday
        set start 22:00
        set end 06:00
    next
end
config firewall schedule onetime
    edit "once"
        set start 00:00 2026/11/23
        set end 12:00 2026/11/24
    next
    edit "past"
        set start 00:00 2026/11/01
        set end 12:00 2026/11/21
    next
end
config firewall schedule group
    edit "both"
        set member "once" "night"
    next
end
`

const VIPS: Readonly<Record<string, string>> = {
  'v-one': 'set extip 203.0.113.10\nset mappedip "10.20.0.5"\nset extintf "wan1"',
  'v-web':
    'set extip 203.0.113.10\nset mappedip "10.20.0.6"\nset extintf "any"\nset portforward enable\nset extport 443\nset mappedport 8080',
  'v-src':
    'set extip 203.0.113.10\nset mappedip "10.20.0.6"\nset extintf "any"\nset src-filter "198.51.100.0/24" "10.1.0.5"\nset portforward enable\nset extport 80-90\nset mappedport 8000-8010',
  'v-any': 'set extip 203.0.113.11\nset mappedip "10.20.0.6"\nset extintf "any"\nset service "web"',
  'v-range': 'set extip 203.0.113.10-203.0.113.11\nset mappedip "10.20.0.5-10.20.0.6"\nset extintf "lan1"',
  'v-odd': 'set extip 203.0.113.11\nset mappedip "10.20.0.5"\nset extintf "any"\nset ipv6-mappedip "::1"',
  'v-own':
    'set extip 203.0.113.1\nset mappedip "10.20.0.5"\nset extintf "wan1"\nset portforward enable\nset extport 443\nset mappedport 8443',
  'v-near':
    'set extip 203.0.113.1\nset mappedip "10.2.0.5"\nset extintf "wan1"\nset src-filter "10.0.0.0/8"\nset portforward enable\nset extport 80-90\nset mappedport 8000-8010',
  'v-whole':
    'set type server-load-balance\nset server-type ip\nset extip 203.0.113.12\nset extintf "any"\nset monitor "up"\nconfig realservers\nedit 1\nset ip 10.20.0.5\nnext\nedit 2\nset ip 10.2.0.5\nset status standby\nnext\nend',
  'v-many':
    'set type server-load-balance\nset server-type udp\nset extip 203.0.113.11\nset extintf "any"\nset extport 50-60\nconfig realservers\nedit 1\nset ip 10.20.0.5\nset port 53\nnext\nend',
  'v-udp':
    'set extip 203.0.113.10\nset mappedip "10.20.0.6"\nset extintf "any"\nset portforward enable\nset protocol udp\nset extport 53\nset mappedport 5353',
  'v-ping':
    'set extip 203.0.113.11\nset mappedip "10.21.0.9"\nset extintf "wan1"\nset portforward enable\nset protocol icmp',
  'v-zone': 'set extip 203.0.113.10\nset mappedip "10.20.0.5"\nset extintf "inside"',
  'v-back':
    'set extip 203.0.113.12\nset mappedip "10.1.0.5"\nset extintf "any"\nset nat-source-vip enable\nset portforward enable\nset extport 22\nset mappedport 22',
  'v-spare':
    'set type server-load-balance\nset server-type tcp\nset extip 203.0.113.10\nset extintf "any"\nset extport 8443\nconfig realservers\nedit 1\nset ip 10.20.0.5\nset port 80\nset status disable\nnext\nedit 2\nset ip 10.20.0.6\nset port 8080\nset status standby\nnext\nend',
  'v-off': 'set extip 203.0.113.10\nset mappedip "10.20.0.5"\nset extintf "any"\nset status disable',
  'v-slb':
    'set type server-load-balance\nset server-type http\nset extip 203.0.113.11\nset extintf "wan1"\nset extport 80\nconfig realservers\nedit 1\nset ip 10.20.0.5\nset port 8080\nnext\nedit 2\nset ip 10.2.0.5\nset port 80\nnext\nend',
}

const some = (all: readonly string[], most = 2) => fc.subarray([...all], { minLength: 1, maxLength: most })
const quoted = (list: readonly string[]) => list.map((name) => `"${name}"`).join(' ')
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0)
const often = fc.integer({ min: 0, max: 5 }).map((n) => n === 0)
const flag = (name: string) => rarely.map((on) => (on ? `set ${name} enable\n` : ''))

const policy = fc
  .record({
    srcintf: fc.oneof(fc.constant(['any']), some(['wan1', 'inside', 'lan1', 'dmz', 'vpn'], 3)),
    dstintf: fc.oneof(fc.constant(['any']), some(['dmz', 'inside', 'wan1'])),
    srcaddr: fc.oneof(fc.constant(['all']), some(plain)),
    dst: fc.oneof(
      { weight: 2, arbitrary: some(vips) },
      { weight: 2, arbitrary: some(plain) },
      some([...plain, ...vips], 3),
    ),
    six: fc.option(fc.tuple(some(six), fc.oneof(some(six), some(vips6), some([...six, ...vips6], 3))), {
      nil: undefined,
    }),
    service: fc.oneof(fc.constant(['ALL']), some(services)),
    schedule: fc.constantFrom(...schedules, 'always', 'always', 'always'),
    action: fc.constantFrom('accept', 'accept', 'accept', 'deny'),
    status: often,
    groups: fc.constantFrom(
      '',
      '',
      '',
      '',
      '',
      '',
      'set groups "staff"\n',
      'set groups "staff" "ops"\n',
      'set users "bob"\n',
      'set fsso-groups "ops"\n',
    ),
    negates: fc.tuple(
      flag('srcaddr-negate'),
      flag('dstaddr-negate'),
      flag('service-negate'),
      flag('match-vip-only'),
      flag('dstaddr6-negate'),
    ),
    matchVip: fc.constantFrom('', '', 'set match-vip disable\n', 'set match-vip enable\n'),
    nat: fc.constantFrom('', '', 'set nat enable\n', 'set nat enable\nset ippool enable\nset poolname "pool"\n'),
    odd: rarely.map((on) => (on ? 'set vlan-filter "10"\n' : '')),
    expiry: often.map((on) => (on ? 'set policy-expiry enable\nset policy-expiry-date "2026-11-24 00:00:00"\n' : '')),
    ttl: often.map((on) => (on ? 'set session-ttl 5400\n' : '')),
    internet: fc.constantFrom(
      ...Array.from({ length: 18 }, () => ''),
      'set internet-service enable\n',
      'set internet-service-src enable\n',
    ),
  })
  .map(
    (one) => `set srcintf ${quoted(one.srcintf)}
set dstintf ${quoted(one.dstintf)}
set srcaddr ${quoted(one.srcaddr)}
set dstaddr ${quoted(one.dst)}
${one.six ? `set srcaddr6 ${quoted(one.six[0])}\nset dstaddr6 ${quoted(one.six[1])}\n` : ''}set service ${quoted(one.service)}
set schedule "${one.schedule}"
${one.action === 'accept' ? 'set action accept\n' : ''}${one.status ? 'set status disable\n' : ''}${one.groups}${one.negates.join('')}${one.matchVip}${one.nat}${one.odd}${one.expiry}${one.ttl}${one.internet}`,
  )

const GATES = [
  'set status disable\n',
  'set schedule "past"\n',
  'set schedule "work"\n',
  'set schedule "both"\n',
  'set groups "staff"\n',
  'set users "bob"\n',
  'set policy-expiry enable\nset policy-expiry-date "2026-11-22 00:00:00"\n',
]

/** Policies that let much through, so that what stands above them matters; some of them at times, for some, or not now. */
const broad = fc
  .record({
    dst: fc.oneof(some(vips, 4), fc.constant(['all'])),
    service: fc.constantFrom('ALL', 'tcp-all', 'web', 'alt', 'slow'),
    gate: fc.constantFrom('', '', ...GATES),
    nat: fc.constantFrom('', '', 'set nat enable\n'),
  })
  .map(
    ({ dst, service, gate, nat }) =>
      `set srcintf "any"\nset dstintf "any"\nset srcaddr "all"\nset dstaddr ${quoted(dst)}\nset srcaddr6 "all"\nset dstaddr6 ${dst.includes('all') ? '"all"' : '"v-six"'}\nset service "${service}"\nset schedule "always"\n${gate}${nat}set action accept`,
  )

/** One rule of central NAT; anything may be left open. */
const snatRule = fc
  .record({
    srcintf: fc.oneof(fc.constant(['any']), some(['inside', 'wan1', 'lan1', 'dmz'])),
    dstintf: fc.oneof(fc.constant(['any']), some(['inside', 'wan1', 'dmz'])),
    from: fc.oneof(fc.constant(['all']), some(plain)),
    to: fc.oneof(fc.constant(['all']), some(plain)),
    ports: fc.constantFrom(
      '',
      '',
      'set protocol 6\n',
      'set protocol 6\nset orig-port 1000-2000\n',
      'set protocol 17\nset dst-port 53\n',
    ),
    how: fc.constantFrom(
      '',
      '',
      'set nat disable\n',
      'set nat-ippool "pool"\n',
      'set nat-ippool "one"\n',
      'set status disable\n',
    ),
  })
  .map(
    (one) =>
      `set srcintf ${quoted(one.srcintf)}\nset dstintf ${quoted(one.dstintf)}\nset orig-addr ${quoted(one.from)}\nset dst-addr ${quoted(one.to)}\n${one.ports}${one.how}`,
  )

/** Kinds of VIP that a grant is refused for, or that lie in the way of others: they are met now and then. */
const RARE: ReadonlySet<string> = new Set(['v-whole', 'v-many', 'v-near'])

const world = fc.record({
  isRare: often,
  intrazone: fc.boolean(),
  vips: fc.shuffledSubarray(Object.keys(VIPS), { minLength: 2 }),
  group: fc.subarray(Object.keys(VIPS), { minLength: 1 }),
  policies: fc.array(fc.oneof(policy, broad), { minLength: 1, maxLength: 7 }),
  order: fc.shuffledSubarray([84, 85, 86, 87, 88, 89, 90], { minLength: 7 }),
  localIn: rarely,
  central: fc.option(fc.array(snatRule, { maxLength: 4 }), { freq: 3, nil: undefined }),
  version: fc.constantFrom('7.4.8', '7.0.5', '7.2.3'),
  routing: fc.constantFrom('', '', '', '', 'policy', 'fields', 'bgp', 'ecmp', 'strict', 'link', 'sdwan'),
})
type World = typeof world extends fc.Arbitrary<infer T> ? T : never

function printWorld(one: World): string {
  const block = (path: string, entries: readonly string[]) => `config ${path}\n${entries.join('')}end\n`
  const entry = (key: string, body: string) => `edit ${key}\n${body}\nnext\n`
  const member = (names: readonly string[]) => `set member ${quoted(names)}`
  const inside = `set interface "lan1" "lan2"${one.intrazone ? '\nset intrazone allow' : ''}`
  // With central NAT policies name where VIPs lead; a few name the VIP all the same.
  const named = (body: string, index: number) =>
    one.central && index > 0 ? body.replace(/"v-(?!six)[a-z]+"/g, '"a-dmz"') : body
  return [
    FIXED.replace('@VERSION@', one.version),
    block('system zone', [entry('"inside"', inside)]),
    one.central
      ? `config system settings\nset central-nat enable\nend\n${block(
          'firewall central-snat-map',
          one.central.map((body, i) => entry(String(i + 1), body)),
        )}`
      : '',
    one.routing === 'strict' ? 'config system settings\nset strict-src-check enable\nend\n' : '',
    block(
      'firewall vip',
      one.vips.filter((name) => one.isRare || !RARE.has(name)).map((name) => entry(`"${name}"`, VIPS[name] ?? '')),
    ),
    block('firewall vipgrp', [entry('"v-group"', member(one.group))]),
    block('firewall ippool', [
      entry('"pool"', 'set startip 203.0.113.50\nset endip 203.0.113.60'),
      entry('"one"', 'set startip 203.0.113.61\nset endip 203.0.113.61'),
    ]),
    block(
      'firewall policy',
      one.policies.map((body, i) => entry(String(one.order[i]), named(body, i))),
    ),
    one.localIn
      ? block('firewall local-in-policy', [
          entry(
            '1',
            'set intf "any"\nset srcaddr "g-in"\nset dstaddr "all"\nset service "ping"\nset schedule "always"',
          ),
        ])
      : '',
    block('router static', [
      entry('1', 'set gateway 203.0.113.254\nset device "wan1"'),
      entry('2', 'set dst 10.9.0.0 255.255.0.0\nset blackhole enable'),
      entry('4', 'set dst 172.16.0.0 255.240.0.0\nset device "vpn"'),
      one.routing === 'ecmp' ? entry('3', 'set gateway 10.2.0.254\nset device "lan2"') : '',
    ]),
    one.routing === 'policy'
      ? block('router policy', [entry('1', 'set input-device "lan1"\nset output-device "dmz"')])
      : '',
    block('router static6', [entry('1', 'set device "wan1"')]),
    one.routing === 'fields'
      ? block('router policy', [
          entry('1', 'set input-device "lan1"\nset dst "10.20.0.0/255.255.255.0"\nset action deny'),
          entry(
            '2',
            'set src "10.1.0.5/255.255.255.255"\nset protocol 6\nset start-port 80\nset end-port 443\nset output-device "dmz"',
          ),
        ]) + block('router policy6', [entry('1', 'set dst "2001:db8:20::/64"\nset output-device "lan2"')])
      : '',
    one.routing === 'link' ? block('system vdom-link', [entry('"vp"', '')]) : '',
    one.routing === 'sdwan'
      ? 'config system sdwan\nset status enable\nconfig members\nedit 1\nset interface "wan1"\nnext\nedit 2\nset interface "dmz"\nnext\nend\nconfig service\nedit 1\nset dst "all"\nset priority-members 2\nnext\nend\nend\n'
      : '',
    one.routing === 'bgp' ? 'config router bgp\nconfig neighbor\nedit "10.2.0.9"\nnext\nend\nend\n' : '',
  ].join('')
}

/** The text of a configuration; every reference in it resolves. */
export const randomFortigate: fc.Arbitrary<string> = world.map(printWorld)

/** The same device at two times: policies, VIPs, groups and rules of central NAT differ, the rest is equal. */
export const randomFortigatePair: fc.Arbitrary<readonly [string, string]> = fc
  .tuple(world, world)
  .map(([one, { intrazone: _, version: __, routing: ___, ...other }]) => [
    printWorld(one),
    printWorld({ ...one, ...other, central: one.central && (other.central ?? []) }),
  ])

const host = fc.constantFrom(...hosts)
const minutes = fc.integer({ min: 0, max: 9 * 1440 })

/** Packets of that world. Who sent it is known, in none, or not known. */
export const randomPacket: fc.Arbitrary<Packet> = fc
  .record({
    srcintf: fc.constantFrom('wan1', 'wan1', ...ports),
    spoofed: rarely,
    src: fc.oneof(host, fc.constantFrom('10.1.0.77', '192.0.2.9')),
    near: fc.constantFrom('5', '6', '77'),
    dst: fc.oneof(
      host,
      host,
      fc.constantFrom('203.0.113.10', '203.0.113.10', '203.0.113.11'),
      fc.constantFrom(
        '10.1.0.1',
        '172.31.0.9',
        '203.0.113.1',
        '203.0.113.1',
        '10.9.1.1',
        '203.0.113.55',
        '10.77.0.1',
        '10.21.0.1',
        '10.21.0.9',
        '203.0.113.12',
      ),
    ),
    proto: fc.constantFrom(
      'tcp' as const,
      'tcp' as const,
      'tcp' as const,
      'udp' as const,
      'udp' as const,
      'icmp' as const,
      'gre' as const,
    ),
    sport: fc.constantFrom(1500, 3000, 50000),
    dport: fc.constantFrom(443, 443, 443, 80, 85, 8443, 8080, 8005, 53, 22, 0),
    icmptype: fc.constantFrom(8, 0, 3),
    icmpcode: fc.constantFrom(0, 1),
    groups: fc.option(fc.subarray(['staff', 'ops']), { nil: undefined }),
    at: minutes.map((after) => new Date(Date.UTC(2026, 10, 19) + after * 60_000).toISOString()),
  })
  .map(({ spoofed, near, groups, ...packet }) => {
    const net = { lan1: '10.1.0', lan2: '10.2.0', dmz: '10.20.0', vp0: '172.31.0', lo0: '10.77.0' }[packet.srcintf]
    const src = net && !spoofed ? `${net}.${near}` : packet.src
    return { ...packet, src, ...(groups ? { groups } : {}) }
  })

const host6 = fc.constantFrom(
  '2001:db8:1::5',
  '2001:db8:1::6',
  '2001:db8:1::1',
  '2001:db8:20::5',
  '2001:db8:20::6',
  '2001:db8:ff::10',
  '2001:db8:ff::10',
  '2001:db8:ff::11',
  '2001:db8:ff::1',
  '2001:db8:9::9',
)

/** The same with IPv6 addresses. */
export const randomPacket6: fc.Arbitrary<Packet> = fc
  .tuple(randomPacket, host6, host6, fc.constantFrom(128, 1))
  .map(([packet, from, dst, icmptype]) => {
    const srcintf = packet.srcintf === 'lan2' || packet.srcintf === 'vp0' ? 'dmz' : packet.srcintf
    const net = { lan1: '2001:db8:1', dmz: '2001:db8:20' }[srcintf]
    const src = net ? `${net}::${packet.src.at(-1)}` : from
    return { ...packet, srcintf, src, dst, icmptype, proto: packet.proto === 'icmp' ? 'icmp6' : packet.proto }
  })
