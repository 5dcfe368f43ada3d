import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { intersectIp, isEmptyIp, NO_IP, printIpSet, readCidr, uniteIp } from '../../src/flow/ip-set.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import { matchPacket } from '../../src/fortigate/match.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { routeRequest } from '../../src/haproxy/route.ts'
import { grantMeaning } from '../../src/policy/meaning.ts'
import { readEdge } from '../../src/policy/read.ts'
import type { Grant, Service } from '../../src/policy/schema.ts'
import { exampleFiles } from './edge-files.ts'

const files = exampleFiles()
const edge = readEdge(files)
const firewallText = files.get('policies/devices/edge-fw.conf') ?? ''
const balancerText = files.get('policies/devices/edge-lb.cfg') ?? ''
const firewall = readFortigate({ id: 'edge-fw', vdom: 'root' }, 'edge-fw.conf', firewallText)
const beside = new Map([...files].map(([path, text]) => [path.replace('policies/devices/', ''), text]))
const balancer = readHaproxy({ id: 'edge-lb' }, 'edge-lb.cfg', balancerText, beside)
const AT = '2026-11-23T10:00:00+01:00'
const grants = edge.services.flatMap((service) => service.access.map((grant) => ({ service, grant })))

/** Which interface each internal network hangs on, taken from the configuration's own addresses. */
function ingressOf(address: string): string {
  const interfaces = [...firewallText.matchAll(/edit "([^"]+)"\n(?: {8}.*\n)*? {8}set ip (\S+) (\S+)/g)]
  const connected = interfaces.find(([, , ip = '', mask = '']) => inMask(address, ip, mask))?.[1]
  if (connected) return connected
  if (address.startsWith('10.212.134.')) return 'ssl.root'
  return address.startsWith('10.30.') ? 'vpn-lyon' : 'wan1'
}

function inMask(address: string, ip: string, mask: string): boolean {
  const number = (text: string) => text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
  return (number(address) & number(mask)) === (number(ip) & number(mask))
}

/** One client through both doors: the FortiGate's verdict, and HAProxy's if the FortiGate let it through. */
function travel(
  client: string,
  groups: readonly string[],
  service: Service,
  request: { method?: string; path?: string } = {},
) {
  const vip = firewallText.slice(firewallText.indexOf(`    edit "${service.entry.vip}"\n`))
  const destination = /set extip (\S+)/.exec(vip)?.[1] ?? ''
  const outer = matchPacket(firewall, {
    id: service.id,
    srcintf: ingressOf(client),
    src: client,
    dst: destination,
    proto: 'tcp',
    dport: service.entry.port,
    sport: 50_000,
    groups: [...groups],
    at: AT,
  })
  if (outer.verdict !== 'allow' || !outer.dnat) return { outer, inner: undefined }
  const web =
    !balancerText.includes(`frontend ${service.route.frontend}\n    bind ${outer.dnat}\n`) &&
    service.client !== 'proxy-protocol'
  const inner = routeRequest(balancer, {
    id: service.id,
    bind: outer.dnat,
    src: client,
    proxy: service.client === 'proxy-protocol' ? { src: client } : null,
    tls: web,
    sni: web ? (service.hosts[0] ?? null) : null,
    version: '1.1',
    method: request.method ?? 'GET',
    path: request.path ?? '/',
    headers: web ? [['host', service.hosts[0] ?? '']] : [],
    body: null,
    at: AT,
  })
  return { outer, inner }
}

function asked(service: Service, grant: Grant) {
  const meaning = grantMeaning(edge, service, grant)
  if ('ok' in meaning) throw new Error(`${service.id} ${grant.request}: ${meaning.says}`)
  return meaning
}

function addressesOf(service: Service, grant: Grant): string[] {
  return printIpSet(asked(service, grant).sources).map((cidr) => cidr.split('/')[0] ?? '')
}

function service(id: string): Service {
  const found = edge.services.find((one) => one.id === id)
  if (!found) throw new Error(`the example has no service ${id}`)
  return found
}

describe('the example edge repository', () => {
  test('reads without a single problem', () => {
    expect(edge.problems).toEqual([])
    expect(edge.broken).toEqual([])
  })

  test('is a whole company: devices, places, teams, people, services of every kind', () => {
    expect(edge.devices.map(({ id, kind }) => `${id} ${kind}`)).toEqual(['edge-fw fortigate', 'edge-lb haproxy'])
    expect(edge.catalog.networks.length).toBeGreaterThanOrEqual(6)
    expect(edge.catalog.groups.length).toBeGreaterThanOrEqual(9)
    expect(edge.catalog.people.length).toBeGreaterThanOrEqual(10)
    expect(edge.services.length).toBeGreaterThanOrEqual(9)
    expect(new Set(edge.services.map(({ stickiness }) => stickiness))).toEqual(new Set(['none', 'cookie', 'source']))
    expect(new Set(edge.services.map(({ client }) => client))).toEqual(
      new Set(['source', 'proxy-protocol', 'x-forwarded-for']),
    )
  })

  test('has the people and groups that the stories tell of, and one alias that two groups share', () => {
    const members = (id: string) => edge.catalog.groups.find((group) => group.id === id)?.members
    expect(members('data')).toContain('alice')
    expect(members('finance')).toContain('carol')
    expect(members('observability')).toContain('bob')
    expect(edge.catalog.groups.filter(({ aliases }) => aliases.includes('ops')).map(({ id }) => id)).toEqual([
      'sre',
      'it-ops',
    ])
  })

  test('both door configurations are read without a problem', () => {
    expect(firewall.problems).toEqual([])
    expect(balancer.problems).toEqual([])
    expect(
      (firewallText.match(/^config firewall policy\n[\s\S]*?^end/m)?.[0].match(/^ {4}edit /gm) ?? []).length,
    ).toBeGreaterThanOrEqual(42)
  })

  test.each(edge.services)('$id stands on both doors: VIP, frontend, backend, servers and guard', (service) => {
    expect(firewallText).toContain(`    edit "${service.entry.vip}"\n`)
    expect(balancerText).toContain(`\nfrontend ${service.route.frontend}\n`)
    const [, backend = ''] = balancerText.split(new RegExp(`^backend ${service.route.backend}\n`, 'm'))
    const section = backend.split(/^\S/m)[0]
    for (const server of service.servers)
      expect(section).toContain(`server ${server.name} ${server.address}:${server.port} `)
    expect(balancerText).toContain(`# sallyport:guard ${service.id}\n`)
  })

  test.each(grants)(
    '$service.id $grant.request is open on both doors from every range it names',
    ({ service, grant }) => {
      const { fortigateGroups, paths } = asked(service, grant)
      for (const client of addressesOf(service, grant)) {
        const { outer, inner } = travel(client, fortigateGroups, service, { path: paths?.[0] ?? '/' })
        expect(outer, client).toMatchObject({ verdict: 'allow', depends: [] })
        expect(inner, client).toMatchObject({ kind: 'server', backend: service.route.backend, depends: [] })
      }
      expect(firewallText).toContain(`set name "sallyport-${grant.request}"`)
      expect(balancerText).toContain(`acl sallyport-${grant.request} src `)
    },
  )

  test('no network reaches a service that none of its grants is for', () => {
    let closed = 0
    for (const target of edge.services) {
      const open = target.access.map((grant) => asked(target, grant).sources).reduce(uniteIp, NO_IP)
      for (const { cidrs } of edge.catalog.networks) {
        for (const cidr of cidrs) {
          const range = readCidr(cidr) ?? NO_IP
          if (!isEmptyIp(intersectIp(range, open))) continue
          const client = (printIpSet(range)[0] ?? '').split('/')[0] ?? ''
          const { outer, inner } = travel(client, ['grp-oncall', 'grp-contractors'], target)
          expect(inner?.kind, `${client} to ${target.id} by policy ${outer.policy}`).not.toBe('server')
          expect(inner?.kind ?? outer.verdict, `${client} to ${target.id}`).not.toBe('depends')
          closed++
        }
      }
    }
    expect(closed).toBeGreaterThan(80)
  })

  test('the VPN alone opens nothing: without signing in, the firewall says no', () => {
    expect(travel('10.212.134.9', [], service('grafana')).outer).toMatchObject({ verdict: 'deny', policy: 999 })
    expect(travel('10.212.134.9', ['grp-contractors'], service('grafana')).outer).toMatchObject({ verdict: 'deny' })
  })

  test('the data team does not reach the web edge yet, and finance meets a deny of its own', () => {
    expect(travel('10.10.20.5', [], service('grafana')).outer).toMatchObject({ verdict: 'deny', policy: 999 })
    expect(travel('10.10.30.5', [], service('grafana')).outer).toMatchObject({ verdict: 'deny', policy: 33 })
  })

  test('narrowed grants stay narrow: methods, paths and the meeting rooms', () => {
    expect(travel('10.10.60.5', [], service('payments'), { method: 'POST' }).inner).toMatchObject({
      kind: 'status',
      status: 403,
    })
    expect(travel('198.51.100.70', [], service('status'), { path: '/admin' }).inner).toMatchObject({
      kind: 'status',
      status: 403,
    })
    expect(travel('10.10.71.200', [], service('legacy')).inner).toMatchObject({ kind: 'status', status: 403 })
  })

  test('a host that nobody knows gets a 404', () => {
    const stranger = { ...service('grafana'), hosts: ['nowhere.corp.example'] }
    expect(travel('10.10.40.5', [], stranger).inner).toMatchObject({
      kind: 'status',
      status: 404,
      backend: 'not-found',
    })
  })
})

const hasHaproxy = spawnSync('haproxy', ['-v']).status === 0
test.skipIf(!hasHaproxy && process.env.CI !== 'true')(
  'haproxy accepts the example from any folder (skipped without the haproxy binary)',
  () => {
    const config = join(import.meta.dirname, '../../policies/devices/edge-lb.cfg')
    const check = spawnSync('haproxy', ['-c', '-f', config], { cwd: '/', encoding: 'utf8' })
    expect(check.stderr ?? '').toBe('')
    expect(check.status).toBe(0)
  },
)
