import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { changedExample, run } from './in-memory.ts'

type Edits = Parameters<typeof changedExample>[0]
type Hop = { at: string; says: string; traces: { file: string; line: number; says: string }[] }
const FW = 'devices/edge-fw.conf'
const LB = 'devices/edge-lb.cfg'

/** The hops of an answer, as `at: what it says | the words of its lines`; every line must stand in its file where it is said to. */
async function wayOf(from: string, to: string, edits: Edits = {}): Promise<readonly string[]> {
  const folder = changedExample(edits)
  const args = ['--from', from, '--to', to, '--at', '2026-11-23T10:00:00+01:00', '--policies', folder]
  const answer = JSON.parse((await run(['explain', '--json', ...args])).out)
  const hops: readonly Hop[] = answer.way
  const human = (await run(['explain', ...args])).out
  return hops.map(({ at, says, traces }) => {
    expect(human).toContain(says)
    for (const { file, line, says: words } of traces) {
      const there = readFileSync(join(folder, file.replace('policies/', '')), 'utf8').split('\n')[line - 1]
      expect(there?.trim(), `${file}:${line}`).toContain(words)
      expect(human).toContain(`${words} (${file}:${line})`)
    }
    return `${at}: ${says}${traces.map((trace) => ` | ${trace.says}`).join('')}`
  })
}

test('a service by HTTP: interface, VIP, policy, mapped address, source, listener, rules, backend, server, health', async () => {
  expect(await wayOf('group:observability', 'grafana')).toEqual([
    'ingress: 10.10.40.0 comes in to edge-fw by v40-sre (zone engineering) | edit "v40-sre"',
    'vip: VIP vip-edge takes 203.0.113.10:443 | edit "vip-edge"',
    'policy: policy 101 "sallyport-ar-4h7mz2k9qd" lets it through to dmz | edit 101',
    'mapped: edge-fw sends it on to 10.20.0.5:8443 | edit "vip-edge"',
    "source: edge-lb is connected to from 10.10.40.0, the client's own address",
    'bind: edge-lb listens on 10.20.0.5:8443 and ends TLS | bind 10.20.0.5:8443 ssl crt certs/example-only.pem alpn h2,http/1.1',
    'rule: this rule applies on the way | http-request del-header x-auth-groups if !from-signin-gateway',
    'rule: this rule applies on the way | http-request set-var(txn.sallyport_grafana) bool(true) if sallyport-ar-4h7mz2k9qd',
    'rule: this line hands it to grafana | use_backend grafana if host-grafana',
    'backend: backend grafana | backend grafana',
    'server: server g1 | server g1 10.50.1.11:3000 check inter 1s fall 2 rise 2',
    'health: whether its servers are up was not asked',
  ])
})

test('a TCP service is guarded where it is connected to', async () => {
  const way = await wayOf('group:platform', 'postgres')
  expect(way.map((hop) => hop.split(':')[0])).toEqual(
    'ingress vip policy mapped source bind rule rule backend server health'.split(' '),
  )
  expect(way[6]).toContain('tcp-request connection set-var(sess.sallyport_postgres)')
  expect(way[7]).toBe('rule: this line hands it to postgres | default_backend postgres')
})

test('a PROXY header names the client that counts', async () => {
  const way = await wayOf('group:warehouse', 'mqtt')
  expect(way).toContainEqual(expect.stringContaining('source: its PROXY header names 10.30.0.0 as the client | bind'))
  expect(way).toContainEqual(expect.stringContaining('tcp-request session set-var(sess.sallyport_mqtt)'))
})

test('who is known by a sign-in alone', async () => {
  expect(await wayOf('group:oncall', 'grafana')).toContainEqual(
    'policy: policy 102 "sallyport-ar-9t3xw6b0vn" lets it through to dmz, for those signed in as grp-oncall | edit 102',
  )
})

test('what the firewall denies ends there', async () => {
  const way = await wayOf('network:guest-wifi', 'payments')
  expect(way).toHaveLength(3)
  expect(way[2]).toBe('policy: policy 2 "deny-guest-internal" denies it | edit 2')
})

test('what the load balancer denies ends there, behind the firewall that lets it through', async () => {
  const way = await wayOf('10.10.80.4', 'legacy')
  expect(way[2]).toMatch(/^policy: policy 103 .* lets it through to dmz/)
  expect(way.at(-1)).toBe(
    'end: edge-lb answers 403 | http-request deny deny_status 403 unless { var(txn.sallyport_legacy) -m bool }',
  )
})

test('a source that the firewall hides is said to be hidden, and by whom', async () => {
  const nat = [
    'config firewall policy\n',
    'config firewall policy\n    edit 900\n        set name "data-to-web"\n        set srcintf "any"\n        set dstintf "dmz"\n        set action accept\n        set srcaddr "net-hq-data"\n        set dstaddr "vip-edge"\n        set schedule "always"\n        set service "ALL"\n        set nat enable\n    next\n',
  ] as const
  expect(await wayOf('group:data', 'wiki', { [FW]: [nat] })).toContainEqual(
    'source: edge-lb is connected to from 10.20.0.1, which hides the client | edit 900',
  )
})

test('over IPv6', async () => {
  const edits: Edits = {
    'catalog.yaml': [
      ['  - { id: branch-lyon,', '  - { id: six, cidrs: ["2001:db8:30::/48"] }\n  - { id: branch-lyon,'],
    ],
    'services/wiki.yaml': [['vip: vip-edge', 'vip: vip6']],
    [FW]: [
      [
        'config firewall vipgrp\n',
        'config firewall vip6\n    edit "vip6"\n        set extip 2001:db8:20::10\n        set mappedip 2001:db8:21::5\n        set portforward enable\n        set extport 443\n        set mappedport 8443\n    next\nend\nconfig firewall vipgrp\n',
      ],
      [
        'config router multicast\n',
        'config router static6\n    edit 1\n        set dst 2001:db8:30::/48\n        set device "vpn-lyon"\n    next\n    edit 2\n        set dst 2001:db8:21::/64\n        set device "dmz"\n    next\nend\nconfig router multicast\n',
      ],
      [
        'config firewall policy\n',
        'config firewall address6\n    edit "all"\n    next\nend\nconfig firewall policy\n    edit 901\n        set srcintf "vpn-lyon"\n        set dstintf "dmz"\n        set action accept\n        set srcaddr6 "all"\n        set dstaddr6 "vip6"\n        set schedule "always"\n        set service "ALL"\n    next\n',
      ],
    ],
    [LB]: [
      [
        '    bind 10.20.0.5:8443 ssl',
        '    bind [2001:db8:21::5]:8443 ssl crt certs/example-only.pem\n    bind 10.20.0.5:8443 ssl',
      ],
      ['src 10.10.70.0/23 10.10.80.0/24', 'src 10.10.70.0/23 10.10.80.0/24 2001:db8:30::/48'],
    ],
  }
  const way = await wayOf('network:six', 'wiki', edits)
  expect(way[0]).toMatch(/^ingress: 2001:db8:30:: comes in to edge-fw by vpn-lyon/)
  expect(way[1]).toBe('vip: VIP vip6 takes [2001:db8:20::10]:443 | edit "vip6"')
  expect(way[3]).toBe('mapped: edge-fw sends it on to [2001:db8:21::5]:8443 | edit "vip6"')
  expect(way[5]).toContain('bind: edge-lb listens on [2001:db8:21::5]:8443 and ends TLS | bind [2001:db8:21::5]:8443')
  expect(way.at(-3)).toBe('backend: backend wiki | backend wiki')
})

test('what is not decided is carried by name, at the door that asks for it', async () => {
  const chance: readonly [string, string] = [
    'use_backend grafana if host-grafana',
    'http-request deny if { rand(100) lt 5 }\n    use_backend grafana if host-grafana',
  ]
  const inside = await wayOf('group:observability', 'grafana', { [LB]: [chance] })
  const at = inside.findIndex((hop) => /^unknown: not decided here: .*rand\(100\)/.test(hop))
  expect(at).toBeGreaterThan(inside.findIndex((hop) => hop.startsWith('bind:')))
  const named: readonly [string, string] = ['set srcaddr "net-hq-sre"', 'set srcaddr "by-name"']
  const fqdn = [
    'config firewall address\n',
    'config firewall address\n    edit "by-name"\n        set type fqdn\n        set fqdn "desk.corp.example"\n    next\n',
  ] as const
  const outside = await wayOf('group:observability', 'grafana', { [FW]: [fqdn, named] })
  const door = outside.findIndex((hop) => /^unknown: not decided here: .*desk\.corp\.example/.test(hop))
  expect(door).toBeGreaterThan(0)
  expect(door).toBeLessThan(outside.findIndex((hop) => hop.startsWith('policy:')))
})

test.each([
  ['--from observability --to grafana:443', 'Observability can reach Grafana on tcp/443: both doors'],
  ['--from observability --to grafana --ports tcp/8443', 'Grafana does not offer tcp/8443; it offers tcp/443.'],
  ['--from observability --via vpn-pool --to grafana', 'There is no address of group:observability that is also in'],
  [
    '--from observability --except 10.10.40.0/25 --to grafana',
    'Observability without 10.10.40.0/25 can reach Grafana:',
  ],
  ['--from observability --to grafana/admin --method POST', 'Observability can reach Grafana with POST /admin:'],
  ['--from finance --to grafana:443', 'Finance cannot reach Grafana on tcp/443.'],
])('the answer to explain %s says what it is about', async (words, headline) => {
  const args = ['--policies', changedExample({}), '--at', '2026-11-23T10:00:00+01:00']
  const answer = JSON.parse((await run(['explain', '--json', ...words.split(' '), ...args])).out)
  expect(answer.headline).toContain(headline)
  // What it says to run in a terminal is the same question.
  const again = answer.reproduce.replace(/.*-- explain /, '').split(' ')
  expect(JSON.parse((await run(['explain', '--json', ...again, ...args.slice(0, 2)])).out)).toEqual(answer)
})

test.each([
  ['--to grafana --ports 443', '--ports: 443 is written like tcp/443 or udp/5000-5010.'],
  ['--to grafana:443 --ports tcp/443', 'name the port with --to or with --ports, not with both.'],
  ['--to grafana --via nowhere', '--via: there is no group, person, network or address "nowhere".'],
])('explain %s is called wrongly', async (words, says) => {
  const { code, err } = await run(['explain', '--from', 'finance', ...words.split(' ')])
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(says) })
})
