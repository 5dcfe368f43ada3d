import { afterEach, expect, test } from 'vitest'
import { investigateLive } from '../../src/investigate-live.ts'
import { openLiveDevices } from '../../src/live/live-devices.ts'
import { FW, NOW, smallEdge } from '../edge/small-edge.ts'
import { serveHandMade } from '../live/hand-made-fortigate.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

const session = (saddr: string, more: object = {}) => ({
  proto: 'tcp',
  saddr,
  sport: 51000,
  daddr: '203.0.113.10',
  dport: 443,
  policyid: 3,
  expiry: 900,
  ...more,
})

async function ask(who: string, sessions: readonly object[] | undefined) {
  const edge = smallEdge()
  const server = await serveHandMade({ text: edge.files.get(FW) ?? '', sessions })
  const fortigates = [{ device: 'fw', url: server.url, token: 'sesame', vdom: 'root', timeoutMs: 1_000 }]
  const live = openLiveDevices({ fortigates, haproxies: [] })
  open.push(server, live)
  const service = edge.services.find(({ id }) => id === 'blog')
  if (!service) throw new Error('no blog')
  const question = { edge, service, subjects: [who], who, at: NOW }
  const answer = await investigateLive([question], { live, witness: true, sessions: true, reproduce: '' })
  return { says: answer.findings.map(({ says }) => says).join('\n'), verdict: answer.verdict, ...server }
}

test('who is stopped now and has connections open from before is told of them', async () => {
  const { says, verdict, asked } = await ask('network:lab', [
    session('10.1.3.7'),
    session('10.1.3.8', { policyid: '4' }),
    session('10.1.2.9'),
    session('10.1.3.9', { dport: 5432 }),
    session('10.1.3.10', { policyid: 0 }),
    session('10.1.3.11', { proto: 'udp' }),
  ])
  expect(verdict).toBe('unreachable')
  expect(says).toContain('2 connections of theirs are still open through fw, let in by policies 3, 4 earlier')
  const query = new URLSearchParams(asked.find((one) => one.includes('firewall/session?'))?.split('?')[1])
  expect([query.get('dstaddr'), query.get('dstport')]).toEqual(['203.0.113.10', '443'])
})

test.each([
  ['there are none', []],
  ['they are others’', [session('10.1.2.9')]],
  ['they may not be seen', undefined],
])('nothing is said where %s', async (_, sessions) => {
  const { says, verdict } = await ask('network:lab', sessions)
  expect(verdict).toBe('unreachable')
  expect(says).not.toContain('still open')
})

test('who may come in is not asked about', async () => {
  const { asked, verdict } = await ask('group:sellers', [session('10.1.2.9')])
  expect(verdict).toBe('reachable')
  expect(asked.filter((one) => one.includes('monitor/firewall/session'))).toEqual([])
})
