import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Problem } from '../../src/evidence/problem.ts'
import { POLICY_PROBLEMS } from '../../src/policy/problems.ts'
import { readEdge } from '../../src/policy/read.ts'
import { exampleFiles, places, TINY_CATALOG, tinyFiles, tinyService } from './edge-files.ts'

/** Reads the tiny repository with these files instead, and expects exactly these problems at exactly these places. */
function checkProblems(instead: Readonly<Record<string, string>>, ...expected: readonly string[]): readonly Problem[] {
  const { problems } = readEdge(tinyFiles(instead))
  expect(places(problems).filter((place) => !QUIET.includes(place))).toEqual(expected)
  return problems
}
/** The tiny catalogue has a group that nobody can be told to be in, on purpose. */
const QUIET = ['catalog.yaml:14:11 GROUP_WITHOUT_SOURCE']

const grant = (lines: string) => tinyService('shop', `\n  - ${lines.trim().split('\n').join('\n    ')}`)

describe('a repository that is right', () => {
  test('has no problems and nothing broken', () => {
    checkProblems({})
    expect(readEdge(tinyFiles()).broken).toEqual([])
  })

  test('may share aliases: they are asked about, and no problem', () => {
    const catalog = TINY_CATALOG.replace('name: Red Team,', 'name: Red Team, aliases: [ops],').replace(
      'name: Blue Team,',
      'name: Blue Team, aliases: [ops],',
    )
    checkProblems({ 'catalog.yaml': catalog })
  })

  test('may lie in another folder', () => {
    const moved = new Map([...tinyFiles()].map(([path, text]) => [path.replace('policies/', 'edge/prod/'), text]))
    expect(readEdge(moved).services.map(({ id }) => id)).toEqual(['shop'])
  })

  test('may leave `access:` empty, and no other field', () => {
    checkProblems({ 'services/shop.yaml': tinyService('shop', '') })
    checkProblems({ 'services/shop.yaml': grant('allow: [group:red]\nuntil:') }, 'services/shop.yaml:11:11 WRONG_VALUE')
  })
})

describe('names that lead nowhere', () => {
  test('a group, with the nearest known name', () => {
    const problems = checkProblems(
      { 'services/shop.yaml': grant('allow: [group:bleu]') },
      'services/shop.yaml:10:13 UNKNOWN_GROUP',
    )
    expect(problems.find(({ code }) => code === 'UNKNOWN_GROUP')?.hint).toBe('Did you mean "blue"?')
  })

  test('a person, a network, an owner, an approver', () => {
    checkProblems(
      { 'services/shop.yaml': grant('allow: [person:eve, network:moon]') },
      'services/shop.yaml:10:13 UNKNOWN_PERSON',
      'services/shop.yaml:10:25 UNKNOWN_NETWORK',
    )
    checkProblems(
      { 'services/shop.yaml': tinyService('shop', '[]', { owner: 'rde' }) },
      'services/shop.yaml:4:8 UNKNOWN_GROUP',
    )
    const [, problem] = readEdge(
      tinyFiles({ 'services/shop.yaml': grant('allow: [group:red]\napprovedBy: [gone]') }),
    ).problems
    expect(problem).toMatchObject({ code: 'UNKNOWN_PERSON', severity: 'warning', line: 11 })
  })

  test('networks and members of a group', () => {
    const catalog = TINY_CATALOG.replace('networks: [floor], members: [ann] }', 'networks: [flor], members: [anne] }')
    checkProblems({ 'catalog.yaml': catalog }, 'catalog.yaml:7:43 UNKNOWN_NETWORK', 'catalog.yaml:7:60 UNKNOWN_PERSON')
  })

  test('services, subjects and groups in the guardrails', () => {
    const guardrails =
      'never:\n  - { id: a, says: no, services: [shpo], subjects: [group:gren, 10.0.0.1/8] }\napproval: { alsoBy: [rd] }\n'
    checkProblems(
      { 'guardrails.yaml': guardrails },
      'guardrails.yaml:2:35 UNKNOWN_SERVICE',
      'guardrails.yaml:2:53 UNKNOWN_GROUP',
      'guardrails.yaml:2:65 HOST_BITS',
      'guardrails.yaml:3:22 UNKNOWN_GROUP',
    )
  })

  test('a broken service still counts as a name', () => {
    const guardrails = 'never:\n  - { id: a, says: no, services: [other] }\n'
    checkProblems(
      { 'guardrails.yaml': guardrails, 'services/other.yaml': 'id: [' },
      'services/other.yaml:1:6 YAML_SYNTAX',
    )
  })
})

describe('grants', () => {
  test('end after they begin', () => {
    checkProblems(
      {
        'services/shop.yaml': grant(
          'allow: [group:red]\nfrom: 2026-01-02T00:00:00+01:00\nuntil: 2026-01-02T00:00:00+02:00',
        ),
      },
      'services/shop.yaml:12:12 ENDS_BEFORE_START',
    )
  })

  test('name ports that the service offers', () => {
    checkProblems(
      { 'services/shop.yaml': grant('allow: [group:red]\nports: [tcp/8002-8010, tcp/8009-8011, udp/443]') },
      'services/shop.yaml:11:28 PORT_NOT_OFFERED',
      'services/shop.yaml:11:43 PORT_NOT_OFFERED',
    )
  })

  test('write ports and times so that they mean one thing', () => {
    checkProblems(
      { 'services/shop.yaml': grant('allow: [group:red]\nports: [tcp/8010-8000]\nuntil: 2026-01-02T00:00:00') },
      'services/shop.yaml:11:13 WRONG_VALUE',
      'services/shop.yaml:12:12 WRONG_VALUE',
    )
  })

  test('carry a request id that no other grant has', () => {
    const twice = '\n  - { allow: [group:red], request: ar-1 }\n  - { allow: [group:blue], request: ar-1 }'
    checkProblems({ 'services/shop.yaml': tinyService('shop', twice) }, 'services/shop.yaml:11:37 DUPLICATE_REQUEST')
  })

  test('do not write one address range and mean another', () => {
    const problems = checkProblems(
      { 'services/shop.yaml': grant('allow: [10.1.2.3/8]') },
      'services/shop.yaml:10:13 HOST_BITS',
    )
    expect(problems.at(-1)?.hint).toContain('10.0.0.0/8')
  })
})

describe('a broken file', () => {
  test('takes only its own service away, and says where and what', () => {
    const edge = readEdge(tinyFiles({ 'services/broken.yaml': 'id: broken\nhosts: [a\n' }))
    expect(edge.services.map(({ id }) => id)).toEqual(['shop'])
    expect(edge.broken).toEqual(['broken'])
    expect(
      edge.problems.some(({ file, code }) => file === 'policies/services/broken.yaml' && code === 'YAML_SYNTAX'),
    ).toBe(true)
  })

  test('of the guardrails is named, because rules that cannot be read must not be taken for none', () => {
    const edge = readEdge(tinyFiles({ 'guardrails.yaml': 'limits: { allowStanding: maybe }\n' }))
    expect(edge.broken).toEqual(['guardrails'])
    expect(edge.guardrails.limits.allowStanding).toBe(false)
  })

  test('a wrong entry of the catalogue is left out alone', () => {
    const catalog = TINY_CATALOG.replace(
      '{ id: dot, name: Dot Dale, networks: [attic] }',
      '{ id: dot, nmae: Dot Dale }',
    )
    const edge = readEdge(tinyFiles({ 'catalog.yaml': catalog }))
    expect(edge.catalog.people.map(({ id }) => id)).toEqual(['ann', 'ben', 'cyd'])
    expect(edge.broken).toEqual([])
    expect(places(edge.problems)).toEqual([
      'catalog.yaml:19:5 MISSING_FIELD',
      'catalog.yaml:19:16 UNKNOWN_FIELD',
      ...QUIET,
    ])
    expect(edge.problems[1]?.hint).toBe('Did you mean "name"?')
  })

  test.each([
    ['an unknown time zone', TINY_CATALOG.replace('Europe/Berlin', 'Europe/Berlino'), 'catalog.yaml:1:11 BAD_TIMEZONE'],
    ['no time zone', TINY_CATALOG.replace('timezone: Europe/Berlin\n', ''), 'catalog.yaml:1:1 MISSING_FIELD'],
    ['a list instead of fields', '- 1\n', 'catalog.yaml:1:1 WRONG_VALUE'],
    ['nothing', '# nothing\n', 'catalog.yaml:1:0 EMPTY_FILE'],
  ])('a catalogue with %s is broken', (_, text, place) => {
    const edge = readEdge(tinyFiles({ 'catalog.yaml': text }))
    expect(edge.broken).toContain('catalog')
    expect(places(edge.problems)).toContain(place)
  })

  test.each([
    [
      'a pattern that is none',
      { 'catalog.yaml': `${TINY_CATALOG}ticketPatterns: ["[A-"]\n` },
      'catalog.yaml:20:18 BAD_PATTERN',
    ],
    ['an id twice', { 'catalog.yaml': TINY_CATALOG.replace('id: blue', 'id: red') }, 'catalog.yaml:8:11 DUPLICATE_ID'],
    [
      'a field twice',
      { 'services/shop.yaml': `${tinyService('shop')}name: x\n` },
      'services/shop.yaml:10:1 YAML_SYNTAX',
    ],
    [
      'two documents in one file',
      { 'services/shop.yaml': `${tinyService('shop')}---\nid: x\n` },
      'services/shop.yaml:10:1 YAML_SYNTAX',
    ],
    [
      'another id than its file name',
      { 'services/store.yaml': tinyService('shop') },
      'services/store.yaml:1:5 ID_IS_NOT_FILE_NAME',
    ],
    [
      'a host that another service has',
      { 'services/store.yaml': tinyService('store', '[]', { hosts: '[SHOP.example]' }) },
      'services/store.yaml:3:9 DUPLICATE_HOST',
    ],
    ['a service file named .yml', { 'services/b.yml': 'id: b\n' }, 'services/b.yml:1:0 UNREAD_FILE'],
    [
      'a device without its file',
      { 'catalog.yaml': `${TINY_CATALOG}devices:\n  - { id: fw, kind: fortigate }\n` },
      'catalog.yaml:21:11 MISSING_DEVICE_FILE',
    ],
    ['a device file without its device', { 'devices/old.cfg': 'global\n' }, 'devices/old.cfg:1:0 UNKNOWN_DEVICE_FILE'],
    [
      'an owner without members',
      { 'services/shop.yaml': tinyService('shop', '[]', { owner: 'known' }) },
      'services/shop.yaml:4:8 NOBODY_TO_APPROVE',
    ],
    [
      'text that is not UTF-8',
      { 'services/shop.yaml': 'id: shop\nname: caf\uFFFD\n' },
      'services/shop.yaml:2:0 NOT_TEXT',
    ],
    [
      'tabs for indentation',
      { 'services/shop.yaml': 'id: shop\nentry:\n\tvip: x\n' },
      'services/shop.yaml:3:1 YAML_SYNTAX',
    ],
    ['an alias to nowhere', { 'services/shop.yaml': 'id: *none\n' }, 'services/shop.yaml:1:0 YAML_SYNTAX'],
    ['aliases that multiply', { 'services/shop.yaml': billionLaughs() }, 'services/shop.yaml:1:0 YAML_EXPANSION'],
    ['brackets without end', { 'services/shop.yaml': '['.repeat(50_000) }, 'services/shop.yaml:1:0 YAML_EXPANSION'],
    [
      'a million characters too many',
      { 'services/shop.yaml': `# ${'x'.repeat(1_000_000)}` },
      'services/shop.yaml:1:0 FILE_TOO_LARGE',
    ],
  ])('%s is said with its place', (_, instead, place) => {
    expect(places(readEdge(tinyFiles(instead)).problems)).toContain(place)
  })

  test('missing files are said; a missing catalogue makes everything unknown, missing guardrails forbid nothing by name', () => {
    const edge = readEdge(new Map())
    expect(places(edge.problems)).toEqual(['catalog.yaml:1:0 MISSING_FILE', 'guardrails.yaml:1:0 MISSING_FILE'])
    expect(edge.broken).toEqual(['catalog'])
  })

  test('declared devices come with their text and VDOM', () => {
    const catalog = `${TINY_CATALOG}devices:\n  - { id: fw, kind: fortigate, vdom: dmz }\n  - { id: lb, kind: haproxy }\n`
    const edge = readEdge(tinyFiles({ 'catalog.yaml': catalog, 'devices/fw.conf': 'A', 'devices/lb.cfg': 'B' }))
    expect(edge.devices).toEqual([
      { id: 'fw', kind: 'fortigate', vdom: 'dmz', file: 'policies/devices/fw.conf', text: 'A' },
      { id: 'lb', kind: 'haproxy', vdom: undefined, file: 'policies/devices/lb.cfg', text: 'B' },
    ])
  })

  test('a byte order mark and Windows line ends are nothing wrong', () => {
    checkProblems({ 'services/shop.yaml': `\uFEFF${tinyService('shop')}`.replaceAll('\n', '\r\n') })
  })
})

function billionLaughs(): string {
  const rows = ['a: &a [x, x, x, x, x, x, x, x, x]']
  for (let row = 1; row < 9; row++) {
    const [above, name] = ['abcdefghi'[row - 1], 'abcdefghi'[row]]
    rows.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${above}`).join(', ')}]`)
  }
  return rows.join('\n')
}

test('nothing that is written in any file makes reading throw, and every problem has a known code and a real line', () => {
  const example = [...exampleFiles()].filter(([path]) => /(catalog|guardrails|grafana|status).yaml$/.test(path))
  const scrap = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '- ',
      ': ',
      '\n',
      '\t',
      '&a ',
      '*a',
      '!!set ',
      '? ',
      '|',
      '>',
      '"',
      "'",
      '#',
      '%YAML 9\n',
      '---',
      '...',
      '<<: ',
      '~',
      '1e999',
    ),
  )
  const damage = fc.record({ file: fc.nat(example.length - 1), at: fc.nat(3000), cut: fc.nat(60), put: scrap })
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
      const files = new Map(example)
      for (const { file, at, cut, put } of damages) {
        const [path = '', original = ''] = example[file] ?? []
        const text = files.get(path) ?? original
        files.set(path, text.slice(0, at) + put + text.slice(at + cut))
      }
      for (const { code, line, file } of readEdge(files).problems) {
        expect(Object.keys(POLICY_PROBLEMS)).toContain(code)
        expect(line).toBeGreaterThanOrEqual(1)
        expect(line).toBeLessThanOrEqual((files.get(file) ?? '').split('\n').length)
      }
    }),
    { numRuns: 100 },
  )
})
