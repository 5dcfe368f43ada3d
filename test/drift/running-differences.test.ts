import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answerDrift } from '../../src/answer-drift.ts'
import { answerReach } from '../../src/answer-reach.ts'
import { runningDifferences } from '../../src/drift/running-differences.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { filesInMemory, textsInMemory } from '../../src/haproxy/files-in-memory.ts'
import { routeRequest } from '../../src/haproxy/route.ts'
import { type RunningHaproxy, type RunningList, readRunningHaproxy } from '../../src/haproxy/running-process.ts'
import { readHaproxyText } from '../../src/haproxy/text.ts'
import type { LiveDevices } from '../../src/ports.ts'
import { editing, FW, LB, NOW, smallEdge } from '../edge/small-edge.ts'

const FILE = `defaults
    mode http
frontend web
    bind 10.0.0.1:80
    acl staff src -f staff.lst 10.9.0.0/16
    http-request deny unless staff
    use_backend %[req.hdr(host),map(hosts.map,shop)]
backend shop
    server s1 192.0.2.1:8080 weight 20
    server s2 192.0.2.2:8080 disabled
`
const FILES = new Map([
  ['staff.lst', '10.1.0.0/16\n'],
  ['hosts.map', 'a.example shop\n'],
])
const LISTS: readonly RunningList[] = [
  { kind: 'acl', file: 'staff.lst', entries: [{ key: '10.1.0.0/16' }] },
  { kind: 'acl', line: 5, keyword: 'src', entries: [{ key: '10.9.0.0/16' }] },
  { kind: 'map', file: 'hosts.map', entries: [{ key: 'a.example', value: 'shop' }] },
]
const SERVERS: RunningHaproxy['servers'] = [
  { backend: 'shop', name: 's1', address: '192.0.2.1', port: 8080, weight: 20, admin: 'ready' },
  { backend: 'shop', name: 's2', address: '192.0.2.2', port: 8080, weight: 1, admin: 'maint' },
]
const UNTOUCHED: RunningHaproxy = { version: '2.6.12', servers: SERVERS, lists: LISTS }
const device = readHaproxy({ id: 'inner' }, 'lb.cfg', FILE, FILES)

function checkSays(running: Partial<RunningHaproxy>, says: readonly string[]): void {
  const found = runningDifferences(device, { ...UNTOUCHED, ...running })
  expect(found.map((finding) => finding.says)).toEqual(says)
  for (const { traces } of found) expect(traces).toHaveLength(1)
  for (const { line, says: words } of found.flatMap(({ traces }) => traces))
    expect(words).toBe(FILE.split('\n')[line - 1]?.trim())
}

/** What the running process makes of a request, or its file when it is given none. */
function route(running: RunningHaproxy, src: string): string {
  const files = textsInMemory(filesInMemory(readHaproxyText('lb.cfg', FILE), FILES, running), FILES)
  const live = readRunningHaproxy({ id: 'inner' }, 'lb.cfg', FILE, files, running)
  const verdict = routeRequest(live, { bind: '10.0.0.1:80', src, headers: [['host', 'a.example']] })
  return verdict.kind === 'server' ? verdict.servers.join(' ') : `${verdict.kind} ${verdict.status}`
}

describe('a running process beside its file', () => {
  test('says nothing where they are the same, in whatever order and however often', () => {
    checkSays({}, [])
    const twice = LISTS.map((list) => ({ ...list, entries: [...list.entries, ...list.entries] }))
    checkSays({ lists: twice.toReversed() }, [])
  })

  test('counts what it has more and less, by file and by line', () => {
    const lists = [
      {
        ...LISTS[0],
        kind: 'acl' as const,
        entries: ['1.1.1.1', '2.2.2.2', '3.3.3.3', '4.4.4.4'].map((key) => ({ key })),
      },
      { kind: 'acl' as const, line: 5, keyword: 'src', entries: [] },
      { kind: 'map' as const, file: 'hosts.map', entries: [{ key: 'a.example', value: 'other' }] },
    ]
    checkSays({ lists }, [
      'The running process of inner has 4 entries in staff.lst that the file does not: 1.1.1.1, 2.2.2.2, 3.3.3.3 and 1 more; and it lacks one entry of staff.lst that the file has: 10.1.0.0/16.',
      'The running process of inner has one entry in hosts.map that the file does not: a.example other; and it lacks one entry of hosts.map that the file has: a.example shop.',
      'The running process of inner lacks one entry of the patterns of line 5 that the line has: 10.9.0.0/16.',
    ])
  })

  test('says when it never loaded a file that its configuration names', () => {
    checkSays({ lists: LISTS.slice(0, 2) }, [
      'The running process of inner has not loaded hosts.map, which its file names: it was not reloaded since.',
    ])
  })

  test('is believed about no line when its lines are not those of the file', () => {
    const shifted = LISTS.map((list) =>
      list.line === undefined ? list : { ...list, line: list.line - 1, entries: [] },
    )
    checkSays({ lists: shifted }, [])
    expect(route({ ...UNTOUCHED, lists: shifted }, '10.9.0.1')).toBe('s1')
    const other = LISTS.map((list) => (list.line === undefined ? list : { ...list, keyword: 'path', entries: [] }))
    expect(route({ ...UNTOUCHED, lists: other }, '10.9.0.1')).toBe('s1')
  })

  test('knows a name that was resolved from an address that was set', () => {
    const named = FILE.replace('192.0.2.1:8080', 'shop.internal:8080')
    const file = readHaproxy({ id: 'inner' }, 'lb.cfg', named, FILES)
    const servers = SERVERS.map((one) =>
      one.name === 's1' ? { ...one, fqdn: 'shop.internal', address: '192.0.2.77' } : one,
    )
    expect(runningDifferences(file, { ...UNTOUCHED, servers })).toEqual([])
  })

  test('is told in a dozen sentences, however much was changed', () => {
    const servers = Array.from({ length: 40 }, (_, i) => ({ backend: 'shop', name: `x${i}`, admin: 'ready' as const }))
    const found = runningDifferences(device, { ...UNTOUCHED, servers })
    expect(found).toHaveLength(13)
    expect(found.at(-1)?.says).toContain('30 more differences')
  })

  test('decides what is asked of it: whoever is in its memory gets in, and nobody else', () => {
    const address = fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
      .map(([a, b]) => `10.${a}.${b}.0/24`)
    fc.assert(
      fc.property(fc.uniqueArray(address), fc.uniqueArray(address), address, (listed, inline, asked) => {
        const lists = LISTS.map((list) =>
          list.kind === 'map' ? list : { ...list, entries: (list.file ? listed : inline).map((key) => ({ key })) },
        )
        const inside = listed.includes(asked) || inline.includes(asked)
        expect(route({ ...UNTOUCHED, lists }, asked.replace('.0/24', '.7'))).toBe(inside ? 's1' : 'status 403')
      }),
      { numRuns: 60 },
    )
  })

  test('entries that were cut at a blank are those of the file, where one there begins like that', () => {
    const written = new Map([...FILES, ['hosts.map', 'a.example shop of  all\nb.example shop\n'] as const])
    const lists: RunningList[] = [
      {
        kind: 'map',
        file: 'hosts.map',
        cut: true,
        entries: [
          { key: 'a.example', value: 'shop' },
          { key: 'c.example', value: 'x' },
        ],
      },
    ]
    const [, hosts] = filesInMemory(readHaproxyText('lb.cfg', FILE), written, { ...UNTOUCHED, lists })
    expect(hosts?.held).toEqual(['a.example shop of  all', 'c.example x'])
  })
})

describe('questions about an edge whose HAProxy holds more than its file', () => {
  const edge = smallEdge((files) => {
    editing(LB, '    use_backend shop', '    http-request deny if { src 10.1.2.0/25 }\n    use_backend shop')(files)
  })
  const text = edge.files.get(LB) ?? ''
  const line = text.split('\n').findIndex((one) => one.includes('10.1.2.0/25')) + 1
  const running = (entries: readonly string[], admin: 'ready' | 'maint' = 'ready'): RunningHaproxy => {
    const file = readHaproxy({ id: 'lb' }, 'lb (live)', text)
    const inline = file.proxies.flatMap(({ acls, rules, switches }) => [
      ...[...acls.values()].flatMap(({ criteria }) => criteria),
      ...[...Object.values(rules).flat(), ...switches].flatMap(({ condition }) =>
        (condition?.terms ?? []).flat().flatMap(({ acl }) => acl.criteria),
      ),
    ])
    const lists = [...new Set(inline)].map((criterion): RunningList => {
      const patterns = criterion.line === line ? entries : criterion.patterns.map((pattern) => pattern.text)
      return { kind: 'acl', line: criterion.line, entries: patterns.map((key) => ({ key })) }
    })
    const servers = file.proxies.flatMap((proxy) =>
      proxy.servers.map(({ name, address, port, weight }) => ({
        ...{ backend: proxy.name, name, address, port: Number(port), weight },
        admin: proxy.name === 'shop' ? admin : ('ready' as const),
      })),
    )
    return { version: '2.6.12', servers, lists }
  }
  const live = (process: RunningHaproxy): LiveDevices => ({
    readFortigate: async () => ({ device: 'fw', file: 'fw (live)', text: edge.files.get(FW) ?? '' }),
    readHaproxy: async () => ({
      ...{ device: 'lb', file: 'lb (live)', text, files: new Map(), written: new Map(), running: process },
      servers: undefined,
    }),
  })

  test('nothing is said when nobody touched it', async () => {
    const answer = await answerDrift(live(running(['10.1.2.0/25'])), edge, NOW)
    expect(answer).toMatchObject({
      verdict: 'in-step',
      findings: [],
      headline: expect.stringMatching(/^Nothing drifted/),
    })
  })

  test('a deny that was taken out of memory is drift, with the line and who gets in by it', async () => {
    const answer = await answerDrift(live(running([])), edge, NOW)
    expect(answer.verdict).toBe('drifted')
    expect(answer.findings[0]?.says).toContain('lb lets in what Git does not declare')
    expect(answer.findings[0]?.says).toContain('10.1.2.0/25')
    expect(answer.findings).toContainEqual({
      says: `The running process of lb lacks one entry of the patterns of line ${line} that the line has: 10.1.2.0/25.`,
      traces: [{ device: 'lb', file: 'lb (live)', line, says: 'http-request deny if { src 10.1.2.0/25 }' }],
      remedy: expect.any(String),
    })
  })

  test('a server that was stopped by hand is told without being called drift', async () => {
    const answer = await answerDrift(live(running(['10.1.2.0/25'], 'maint')), edge, NOW)
    expect(answer.verdict).toBe('in-step')
    expect(answer.headline).toContain('lb runs something else than its own file')
    expect(answer.findings.map(({ says }) => says)).toEqual([expect.stringMatching(/shop\/\S+ is in maintenance/)])
  })

  test('why somebody cannot reach a service names what was changed on their way, and nothing else', async () => {
    const service = edge.services.find(({ id }) => id === 'shop')
    if (!service) throw new Error('no shop')
    const asked = (process: RunningHaproxy) =>
      answerReach(live(process), { edge, service, subjects: ['network:floor-a'], at: NOW })
    const says = (await asked(running(['10.1.2.0/25'], 'maint'))).findings.map((finding) => finding.says)
    expect(says.filter((one) => one.includes('running process'))).toEqual([
      expect.stringContaining('is in maintenance'),
    ])
    const untouched = (await asked(running(['10.98.0.0/16']))).findings.map((finding) => finding.says)
    expect(untouched.filter((one) => one.includes('running process'))).toEqual([])
  })
})
