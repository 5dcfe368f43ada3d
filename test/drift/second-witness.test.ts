import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { answerDrift } from '../../src/answer-drift.ts'
import { answerReach } from '../../src/answer-reach.ts'
import { atMoment } from '../../src/drift/requests.ts'
import { compareWitnesses, type LookedUp, packetsToAsk, type Witnessed } from '../../src/drift/second-witness.ts'
import { readDoors } from '../../src/edge/doors.ts'
import { arrivalsOf } from '../../src/edge/ingress.ts'
import { reach } from '../../src/edge/reach.ts'
import { type FlowSet, flowsWhere, intersect } from '../../src/flow/flow-set.ts'
import { readCidr } from '../../src/flow/ip-set.ts'
import { ips, numbers } from '../../src/flow/values.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import { type LookupPacket, matchLookup } from '../../src/fortigate/match-lookup.ts'
import { fortigateMeaning } from '../../src/fortigate/meaning.ts'
import { openLiveDevices } from '../../src/live/live-devices.ts'
import type { Edge } from '../../src/policy/edge.ts'
import { editing, FW, NOW, smallEdge } from '../edge/small-edge.ts'
import { randomFortigate } from '../fortigate/random-fortigate.ts'
import { type HandMade, serveHandMade } from '../live/hand-made-fortigate.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

const ACCEPT = (policy: number) => ({ success: true, match: true, policy_id: policy, policy_action: 'accept' })
const DENY = (policy: number) => ({ success: true, match: policy > 0, policy_id: policy, policy_action: 'deny' })
const SELLERS = 'group:sellers'
const LAB = 'network:lab'

/** One question about a device whose lookup is somebody else's. */
async function ask(subject: string, lookUp: HandMade['lookUp'], more: Partial<HandMade> = {}, edge = smallEdge()) {
  const text = edge.files.get(FW) ?? ''
  const server = await serveHandMade({ text, lookUp, ...more })
  const fortigates = [{ device: 'fw', url: server.url, token: 'sesame', vdom: 'root', timeoutMs: 1_000 }]
  const live = openLiveDevices({ fortigates, haproxies: [] })
  open.push(server, live)
  const answer = await answerReach(live, { edge, service: service(edge, 'blog'), subjects: [subject], at: NOW })
  const lookups = server.asked.filter((one) => one.includes('policy-lookup'))
  return { answer, lookups, live, edge, ...server }
}

function service(edge: Edge, id: string) {
  const found = edge.services.find((one) => one.id === id)
  if (!found) throw new Error(`no service ${id}`)
  return found
}

describe('an answer from a live firewall', () => {
  test('says in one line that the firewall’s own lookup agrees', async () => {
    const { answer, lookups } = await ask(SELLERS, () => ACCEPT(3))
    expect(answer.verdict).toBe('reachable')
    expect(answer.findings.at(-1)).toEqual({
      says: 'The policy lookup of fw itself says the same: policy 3.',
      traces: [],
    })
    expect(lookups).toHaveLength(1)
    const query = new URLSearchParams(lookups[0]?.split('?')[1])
    expect(Object.fromEntries(query)).toEqual({
      vdom: 'root',
      srcintf: 'lan',
      sourceip: '10.1.2.128',
      dest: '203.0.113.10',
      protocol: '6',
      sourceport: '40000',
      destport: '443',
    })
  })

  test.each([
    ['denies', SELLERS, DENY(9), 'policy 3 accepts it', 'policy 9 denies it'],
    ['names another policy', SELLERS, ACCEPT(4), 'policy 3 accepts it', 'policy 4 accepts it'],
    ['has no route', SELLERS, { success: false, error_code: 'error_unknown_route' }, 'policy 3 accepts', 'no route'],
    ['lets in', LAB, ACCEPT(3), 'policy 7 denies it', 'policy 3 accepts it'],
    ['denies by another policy', LAB, DENY(9), 'policy 7 denies it', 'policy 9 denies it'],
  ] as const)('is led by the contradiction when the lookup %s', async (_, who, lookUp, ours, theirs) => {
    const { answer } = await ask(who, () => lookUp)
    expect(answer.verdict).toBe('unknown')
    expect(answer.headline).toContain('Two witnesses disagree about fw')
    const [first] = answer.findings
    expect(first?.says).toContain('203.0.113.10:443 (tcp, in by lan)')
    expect(first?.says).toContain(ours)
    expect(first?.says).toContain(theirs)
    expect(first?.says).toContain('Trust neither')
    expect(first?.traces.at(-1)).toMatchObject({ device: 'fw', file: 'fw (live)' })
    expect(first?.remedy).toContain('diagnose firewall iprope lookup')
  })

  test.each([
    ['is not there', undefined],
    ['is refused', () => ({ success: false, error_code: 'error_unresolved_dns' })],
    ['has another shape', () => 'nothing'],
    ['is our own', () => ({ ...DENY(9), evaluator: 'sallyport (simulated device)' })],
  ])('loses only the second opinion when the lookup %s', async (_, lookUp) => {
    const { answer } = await ask(SELLERS, lookUp)
    expect(answer.verdict).toBe('reachable')
    expect(answer.unseen.join()).not.toContain('fw:')
    expect(JSON.stringify(answer.findings)).not.toMatch(/lookup|witness/i)
  })

  test('does not wait for a lookup that hangs', async () => {
    const before: HandMade['before'] = (path) => (path.endsWith('policy-lookup') ? 'leave' : 'answer')
    const { answer, lookups } = await ask(SELLERS, () => ACCEPT(3), { before })
    expect(answer.verdict).toBe('reachable')
    expect(lookups).toHaveLength(1)
  })

  test('reads a configuration again that it had not just read, before it says that two disagree', async () => {
    const { live, edge, device, backups } = await ask(SELLERS, () => ACCEPT(3))
    const confirmed = await answerReach(live, { edge, service: service(edge, 'blog'), subjects: [SELLERS], at: NOW })
    expect(confirmed.findings.at(-1)?.says).toMatch(/^I read fw .* ago, and by its own revisions/)
    expect(backups()).toBe(1)
    device.lookUp = () => DENY(9)
    const answer = await answerReach(live, { edge, service: service(edge, 'blog'), subjects: [SELLERS], at: NOW })
    expect(backups()).toBe(2)
    expect(answer.verdict).toBe('unknown')
    expect(answer.findings.some(({ says }) => says.startsWith('I read fw'))).toBe(false)
  })

  test('is not settled by the lookup where it depends on something: that is said in words, and as of now', async () => {
    const named = editing(
      FW,
      '    edit "floor-b"\n        set subnet 10.1.2.0 255.255.255.0\n',
      '    edit "floor-b"\n        set type fqdn\n        set fqdn "floor-b.example"\n',
    )
    const { answer } = await ask(SELLERS, () => ACCEPT(3), {}, smallEdge(named))
    expect(answer.verdict).toBe('depends')
    expect(answer.findings.map(({ says }) => says).join('\n')).toMatch(
      /At this moment fw itself says of .*policy 3 accepts it.*floor-b/,
    )
  })
})

test.each([
  ['in its hours', NOW, 'reachable'],
  ['before them', NOW - 2 * 3600, 'unreachable'],
  ['on another day', NOW - 86_400, 'unreachable'],
])('a policy for some hours of the week is judged at the moment of the question: %s', async (_, at, verdict) => {
  const hours = editing(
    FW,
    '    edit "always"\n',
    '    edit "mornings"\n        set day monday\n        set start 08:00\n        set end 12:00\n    next\n    edit "always"\n',
  )
  const edge = smallEdge((files) => {
    hours(files)
    editing(
      FW,
      'set dstaddr "vip-web"\n        set schedule "always"',
      'set dstaddr "vip-web"\n        set schedule "mornings"',
    )(files)
  })
  const server = await serveHandMade({
    text: edge.files.get(FW) ?? '',
    lookUp: () => (verdict === 'reachable' ? ACCEPT(3) : DENY(9)),
  })
  const fortigates = [{ device: 'fw', url: server.url, token: 'sesame', vdom: 'root', timeoutMs: 1_000 }]
  const live = openLiveDevices({ fortigates, haproxies: [] })
  open.push(server, live)
  const answer = await answerReach(live, { edge, service: service(edge, 'blog'), subjects: [SELLERS], at })
  expect(answer.verdict).toBe(verdict)
  expect(answer.headline).not.toContain('partly')
  expect(answer.findings.at(-1)?.says).toContain('itself says the same')
})

describe('a drift report', () => {
  /** The device lets in more than Git does: a whole network where Git names one floor. */
  async function drift(lookUp: HandMade['lookUp']) {
    const edge = smallEdge()
    const text = (edge.files.get(FW) ?? '').replace(
      'set subnet 10.1.2.0 255.255.255.0',
      'set subnet 10.1.0.0 255.255.0.0',
    )
    const asked: string[] = []
    const server = await serveHandMade({
      text,
      lookUp: (query) => {
        asked.push(`${query.get('sourceip')} ${query.get('dest')}:${query.get('destport')}`)
        return lookUp?.(query)
      },
    })
    const fortigates = [{ device: 'fw', url: server.url, token: 'sesame', vdom: 'root', timeoutMs: 1_000 }]
    const live = openLiveDevices({ fortigates, haproxies: [] })
    open.push(server, live)
    return { answer: await answerDrift(live, edge, NOW), asked }
  }

  test('asks the firewall about what opened, and says that it agrees', async () => {
    const { answer, asked } = await drift(() => ACCEPT(3))
    expect(answer.verdict).toBe('drifted')
    expect(asked).toEqual(expect.arrayContaining([expect.stringMatching(/^10\.1\.[01]\.\d+ 203\.0\.113\.10:443$/)]))
    expect(answer.findings.at(-1)?.says).toContain('itself says the same')
  })

  test('is led by the contradiction when the firewall says otherwise', async () => {
    const { answer } = await drift(() => DENY(9))
    expect(answer.headline).toContain('Two witnesses disagree')
    expect(answer.findings.map(({ says }) => says).join('\n')).toContain('fw drifted from what Git declares')
  })
})

describe('the packets that are asked about', () => {
  const doorsWith = (change: Parameters<typeof smallEdge>[0] = () => {}) => {
    const doors = readDoors(smallEdge(change))
    if ('ok' in doors) throw new Error(doors.says)
    return doors
  }
  const from = (doors: ReturnType<typeof doorsWith>, cidr: string, more: FlowSet = [new Map()]) => {
    const sources = readCidr(cidr)
    const vip = readCidr('203.0.113.10')
    if (!sources || !vip) throw new Error('no such network')
    const tcp = flowsWhere({ dst: ips(vip), proto: numbers([6, 6]), dport: numbers([443, 443]) })
    const wanted = intersect(intersect(arrivalsOf(doors, sources).flows, tcp), more)
    return packetsToAsk(doors.outer, reach(doors, wanted), NOW)
  }

  test('are one for each way that the firewall decides, what it stops first, and each has the verdict of its piece', () => {
    const doors = doorsWith()
    const asked = from(doors, '10.1.0.0/16')
    expect(asked.map(({ ours }) => [ours.verdict, ours.policy])).toEqual(
      expect.arrayContaining([
        ['deny', 7],
        ['allow', 3],
      ]),
    )
    expect(asked.at(-1)?.ours.verdict).toBe('allow')
    expect(asked.length).toBeLessThanOrEqual(4)
  })

  test('come to what the answer says of them, in random configurations', () => {
    const sources = readCidr('10.0.0.0/8')
    const vip = readCidr('203.0.113.10')
    let certain = 0
    fc.assert(
      fc.property(randomFortigate, (text) => {
        const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
        const https = { proto: numbers([6, 6]), dport: numbers([443, 443]), src: sources && ips(sources) }
        const within = flowsWhere({ ...atMoment(device, NOW), ...https, dst: vip && ips(vip) })
        for (const outer of fortigateMeaning(device, within)) {
          const outcome = { kind: 'stopped', by: 'outer', reason: outer.reason } as const
          for (const { answered, ours, packet } of packetsToAsk(
            device,
            [{ flows: outer.flows, outcome, because: [], outer }],
            NOW,
          )) {
            if (ours.verdict === 'depends') continue
            certain += 1
            expect({ packet, verdict: ours.verdict }).toEqual({ packet, verdict: answered })
          }
        }
      }),
      { numRuns: 12 },
    )
    expect(certain).toBeGreaterThan(0)
  })

  test('never come from the firewall’s own address or the first and last of a network', () => {
    const doors = doorsWith()
    const sources = ['10.1.2.0/24', '10.1.0.0/30', '10.1.0.0/31', '10.1.2.7/32'].map(
      (cidr) => from(doors, cidr)[0]?.packet.source,
    )
    expect(sources).toEqual(['10.1.2.128', '10.1.0.2', '10.1.0.0', '10.1.2.7'])
  })

  test('belong to a group where the way needs one, and a release that does not know groups is no contradiction', () => {
    const grouped = doorsWith(
      editing(
        FW,
        '        set srcaddr "floor-b"\n        set dstaddr "vip-web"\n',
        '        set srcaddr "floor-b"\n        set groups "grp-sellers"\n        set dstaddr "vip-web"\n',
      ),
    )
    const asked = from(grouped, '10.1.2.0/24')
    const [member] = asked.filter(({ packet }) => packet.group === 'grp-sellers')
    if (!member) throw new Error('nobody of the group is asked about')
    expect(member.ours).toMatchObject({ verdict: 'allow', policy: 3 })
    const heard = (said: Partial<LookedUp>) => compareWitnesses(member, { ...NOTHING, matched: true, ...said }).kind
    expect(heard({ policy: 3, action: 'accept' })).toBe('same')
    expect(heard({ policy: member.asNobody.policy ?? 0, action: 'deny' })).toBe('none')
    expect(heard({ policy: 7, action: 'deny' })).toBe('other')
  })
})

const NOTHING: LookedUp = { matched: false, policy: undefined, action: undefined, errorCode: undefined, isOurs: false }

describe('two verdicts on one packet', () => {
  const undenied = editing(FW, 'set name "deny-rest"\n', 'set name "deny-rest"\n        set status disable\n')
  const device = readFortigate({ id: 'fw' }, 'fw.conf', smallEdge(undenied).files.get(FW) ?? '')
  const packet: LookupPacket = {
    ingress: 'lan',
    source: '10.1.2.9',
    destination: '203.0.113.10',
    protocol: 6,
    sourcePort: 40_000,
    destinationPort: 443,
  }
  const witness = (more: Partial<LookupPacket> = {}): Witnessed => {
    const asked = { ...packet, ...more }
    const ours = matchLookup(device, asked, NOW)
    return { packet: asked, answered: ours.verdict === 'deny' ? 'deny' : 'allow', ours, asNobody: ours }
  }
  const accepted = witness()
  const denied = witness({ source: '10.1.3.9' })
  const implicit = witness({ source: '10.1.1.9' })
  const local = witness({ destination: '10.1.0.1', destinationPort: 22 })

  test('ours are what this table needs', () => {
    expect([accepted, denied, implicit].map(({ ours }) => [ours.verdict, ours.policy])).toEqual([
      ['allow', 3],
      ['deny', 7],
      ['deny', 0],
    ])
    expect(local.ours.reason).toBe('local-in')
  })

  test.each([
    [accepted, { matched: true, policy: 3, action: 'accept' }, 'same'],
    [accepted, { matched: true, action: 'accept' }, 'same'],
    [accepted, { matched: true, policy: 4, action: 'accept' }, 'other'],
    [accepted, { matched: true, policy: 3, action: 'deny' }, 'other'],
    [accepted, { policy: 0, action: 'deny' }, 'other'],
    [accepted, { matched: true, policy: 3, action: 'ipsec' }, 'other'],
    [accepted, { matched: true, policy: 3, action: 'redirect' }, 'other'],
    [accepted, { errorCode: 'error_unknown_source_route' }, 'other'],
    [accepted, { matched: true, policy: 3, action: 'unknown' }, 'none'],
    [accepted, { matched: true, policy: 9, action: 'deny', isOurs: true }, 'none'],
    [accepted, {}, 'none'],
    [denied, { matched: true, policy: 7, action: 'deny' }, 'same'],
    [denied, { policy: 0, action: 'deny' }, 'other'],
    [denied, { matched: true, policy: 7, action: 'redirect' }, 'none'],
    [implicit, { policy: 0, action: 'deny' }, 'same'],
    [implicit, { action: 'deny' }, 'same'],
    [implicit, { matched: true, policy: 9, action: 'deny' }, 'other'],
    [implicit, { errorCode: 'error_unknown_route' }, 'other'],
    [{ ...accepted, answered: 'deny' }, { matched: true, policy: 3, action: 'accept' }, 'other'],
    [{ ...accepted, answered: 'deny' }, { policy: 0, action: 'deny' }, 'none'],
    [local, { policy: 0, action: 'deny' }, 'none'],
  ] as const)('%#: compared as policy, action and reason are', (witnessed, said, kind) => {
    expect(compareWitnesses(witnessed, { ...NOTHING, ...said }).kind).toBe(kind)
  })
})
