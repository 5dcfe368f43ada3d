import { expect, test } from 'vitest'
import { flowsWhere } from '../../src/flow/flow-set.ts'
import { readCidr } from '../../src/flow/ip-set.ts'
import { ips, names } from '../../src/flow/values.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import { fortigateMeaning } from '../../src/fortigate/meaning.ts'
import { Packet } from '../../src/fortigate/packet.ts'
import { fortigate, policy, type World } from './small-world.ts'
import { agreedVerdict } from './two-witnesses.ts'

/** How long a silent connection lives, as both evaluators say it (facts §2.6, Fortinet KB 95856 and 191228). */
function check(world: World, over: Record<string, unknown>, ttl: number | 'never' | null) {
  const packet = Packet.parse({
    srcintf: 'lan1',
    src: '10.1.0.5',
    dst: '192.0.2.1',
    proto: 'tcp',
    sport: 50000,
    dport: 443,
    ...over,
  })
  expect(agreedVerdict(readFortigate({ id: 'fw' }, 'fw.conf', fortigate(world)), packet)).toMatchObject({
    verdict: 'allow',
    ttl,
  })
}
const system = (lines: string) => `config system session-ttl\n${lines}\nend\n`
const PORTS = system(
  'set default 1800\nconfig port\nedit 1\nset protocol 6\nset timeout 600\nset start-port 440\nset end-port 450\nnext\nedit 2\nset protocol 17\nset start-port 53\nset end-port 53\nnext\nend',
)
const services =
  'edit "slow"\nset tcp-portrange 443 9000:1000-2000\nset udp-portrange 443\nset session-ttl 28800\nnext\nedit "talk"\nset udp-portrange 5060\nset udp-idle-timer 900\nset session-ttl 1200\nnext'

test('the service goes before the policy, the policy before the port, the port before the default', () => {
  const speaking = (service: string, lines: Record<string, string> = {}): World => ({
    more: PORTS,
    services,
    policies: policy(1, { service, ...lines }),
  })
  check(speaking('"slow"', { 'session-ttl': '7200' }), {}, 28800)
  check(speaking('"ALL" "slow"', { 'session-ttl': '7200' }), { dport: 444 }, 7200)
  check(speaking('"ALL" "slow"'), {}, 28800)
  check(speaking('"ALL"'), {}, 600)
  check(speaking('"ALL"'), { dport: 80 }, 1800)
  check(speaking('"ALL"', { 'session-ttl': '0' }), { dport: 80 }, 1800)
  check(speaking('"ALL"', { 'session-ttl': '"never"' }), { dport: 80 }, 'never')
  // Each port item is its own pair.
  check(speaking('"ALL" "slow"'), { dport: 9000, sport: 1500 }, 28800)
  check(speaking('"ALL" "slow"'), { dport: 9000, sport: 5000 }, 1800)
})

test('UDP has an idle timer of its own, and other protocols none that is documented', () => {
  const any = { services, policies: policy(1, { service: '"ALL" "slow" "talk"', 'session-ttl': '7200' }) }
  const udp = { proto: 'udp', dport: 500 }
  check(any, udp, 180)
  check({ ...any, more: PORTS }, { ...udp, dport: 53 }, 300)
  check({ ...any, more: 'config system global\nset udp-idle-timer 60\nend\n' }, udp, 60)
  check(any, { ...udp, dport: 5060 }, 900)
  check(any, { ...udp, dport: 443 }, 28800)
  check(any, { proto: 'gre', dport: undefined, sport: undefined }, null)
  check(any, { proto: 'icmp', icmptype: 8, icmpcode: 0, dport: undefined, sport: undefined }, null)
})

test('services that say different things leave it open', () => {
  const two =
    'edit "a"\nset tcp-portrange 443-500\nset session-ttl 900\nnext\nedit "b"\nset tcp-portrange 400-443\nset session-ttl 901\nnext'
  const world = { services: two, policies: policy(1, { service: '"a" "b"' }) }
  check(world, {}, null)
  check(world, { dport: 444 }, 900)
  check(world, { dport: 442 }, 901)
})

test('ports are those after translation', () => {
  const more = system(
    'config port\nedit 1\nset protocol 6\nset timeout 700\nset start-port 8443\nset end-port 8443\nnext\nend',
  )
  const inward = { srcintf: 'wan1', src: '198.51.100.7', dst: '203.0.113.10' }
  check({ more, policies: policy(1, { dstaddr: '"web"' }) }, inward, 700)
})

test('a piece is not cut up where the time differs: its parts are worked out when somebody asks, each with its line', () => {
  const device = readFortigate(
    { id: 'fw' },
    'fw.conf',
    fortigate({ more: PORTS, services, policies: policy(1, { service: '"ALL" "slow"', dstintf: '"wan1"' }) }),
  )
  const there = readCidr('192.0.2.0/24')
  const pieces = fortigateMeaning(device, flowsWhere({ ingress: names('lan1'), dst: there && ips(there) })).filter(
    ({ verdict, reason }) => verdict === 'allow' && reason === 'policy',
  )
  expect(pieces).toHaveLength(1)
  const said = pieces[0]?.remembered.map(({ ttl }) => ttl?.seconds ?? null)
  expect(said?.toSorted()).toEqual([1800, 180, 28800, 300, 600, null].toSorted())
  const slow = pieces[0]?.remembered.find(({ ttl }) => ttl?.seconds === 28800)?.ttl
  expect(device.text.text.split('\n')[(slow?.line ?? 0) - 1]).toBe('set session-ttl 28800')
})
