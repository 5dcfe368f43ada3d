import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { containsIp, printIpSet } from '../../src/flow/ip-set.ts'
import { grantMeaning } from '../../src/policy/meaning.ts'
import { Grant } from '../../src/policy/schema.ts'
import { mergeSources, type SubjectSources } from '../../src/policy/source-algebra.ts'
import { subjectSources } from '../../src/policy/subject-sources.ts'
import { expectRefusal, seconds, TINY_CATALOG, tinyEdge } from './edge-files.ts'

const { edge, shop } = tinyEdge()
const meaning = (grant: object) => grantMeaning(edge, shop, Grant.parse(grant))

/** The addresses, FortiGate groups and header values that a grant comes to. */
function checkMeans(
  grant: object,
  sources: readonly string[],
  groups: readonly string[] = [],
  headers: readonly string[] = [],
): void {
  const asked = meaning(grant)
  if ('ok' in asked) throw new Error(asked.says)
  expect(printIpSet(asked.sources)).toEqual(sources)
  expect(asked.fortigateGroups).toEqual(groups)
  expect(asked.headers).toEqual(headers.map((value) => ({ name: 'x-auth-groups', value })))
}

describe('who', () => {
  test('a group is the union of its networks, wherever they are', () => {
    checkMeans({ allow: ['group:blue'] }, ['10.1.1.0/24', '10.1.9.0/24'])
    checkMeans({ allow: ['group:red', 'group:blue'] }, ['10.1.0.0/23', '10.1.9.0/24'])
  })

  test('a group with networks and identity is both at once', () => {
    checkMeans({ allow: ['group:signed'] }, ['10.9.0.0/24'], ['fg-signed'])
    checkMeans({ allow: ['group:board'] }, ['10.1.0.0/24'], [], ['board'])
  })

  test('a group that only identity tells apart comes from everywhere, or from where `via` says', () => {
    checkMeans({ allow: ['group:known'] }, ['0.0.0.0/0', '::/0'], ['fg-known'])
    checkMeans({ allow: ['group:known'], via: ['network:vpn'] }, ['10.9.0.0/24'], ['fg-known'])
  })

  test('a person is never the group they are in', () => {
    const refusal = meaning({ allow: ['person:ann'] })
    expectRefusal(refusal, 'PERSON_NOT_TOLD_APART')
    expect(refusal).toMatchObject({ says: expect.stringContaining('Red Team or Blue Team') })
  })

  test('a person is what is theirs alone: own networks, or own identity from where their groups sit', () => {
    checkMeans({ allow: ['person:dot'] }, ['10.1.1.0/24', '10.1.9.0/24'])
    checkMeans({ allow: ['person:cyd'] }, ['10.9.0.0/24'], ['fg-cyd'])
  })

  test('two identities from the same place are a choice of either', () => {
    checkMeans({ allow: ['group:signed', 'group:signed-too'] }, ['10.9.0.0/24'], ['fg-signed', 'fg-too'])
  })

  test('the same identity from two places is both places', () => {
    checkMeans({ allow: ['group:signed', 'group:elsewhere'] }, ['10.1.0.0/24', '10.9.0.0/24'], ['fg-signed'])
  })

  test('subjects that would lend each other addresses or identities are refused together', () => {
    expectRefusal(meaning({ allow: ['group:signed', 'group:red'] }), 'MIXED_IDENTITY')
    expectRefusal(meaning({ allow: ['group:signed-too', 'group:elsewhere'] }), 'MIXED_IDENTITY')
  })

  test('a subject that another one holds adds nothing', () => {
    checkMeans({ allow: ['group:board', 'group:red'] }, ['10.1.0.0/24'])
  })

  test.each([
    ['group:gone', 'UNKNOWN_GROUP'],
    ['person:gone', 'UNKNOWN_PERSON'],
    ['network:gone', 'UNKNOWN_NETWORK'],
    ['group:nobody', 'GROUP_WITHOUT_SOURCE'],
    ['10.1.2.3/8', 'HOST_BITS'],
  ])('%s is refused by name', (subject, reason) => {
    expectRefusal(meaning({ allow: ['group:red', subject] }), reason)
    expectRefusal(meaning({ allow: ['group:red'], via: [subject] }), reason)
    expectRefusal(meaning({ allow: ['group:red'], except: [subject] }), reason)
  })

  test('a name that two entries bear is refused, and so is a group whose network is not known', () => {
    const twice = tinyEdge({ 'catalog.yaml': TINY_CATALOG.replace('id: blue', 'id: red') }).edge
    expectRefusal(subjectSources(twice, ['group:red']), 'DUPLICATE_ID')
    const gap = tinyEdge({
      'catalog.yaml': TINY_CATALOG.replace('networks: [attic], members', 'networks: [attic, gone], members'),
    }).edge
    expectRefusal(subjectSources(gap, ['group:blue']), 'UNKNOWN_NETWORK')
  })
})

describe('narrowing', () => {
  test('via keeps what is in both', () => {
    checkMeans({ allow: ['10.0.0.0/8'], via: ['network:floor', 'network:vpn'] }, ['10.1.0.0/24', '10.9.0.0/24'])
  })

  test('except takes away, also addresses of people', () => {
    checkMeans({ allow: ['group:red'], except: ['10.1.0.128/25'] }, ['10.1.0.0/25'])
    checkMeans({ allow: ['10.1.0.0/23'], except: ['group:board'] }, ['10.1.1.0/24'])
    checkMeans({ allow: ['10.1.0.0/16'], via: ['10.1.8.0/23'], except: ['person:ben'] }, ['10.1.8.0/24'])
  })

  test('nothing left is said, not opened', () => {
    expectRefusal(meaning({ allow: ['group:red'], via: ['network:vpn'] }), 'NO_SOURCE_LEFT')
    expectRefusal(meaning({ allow: ['group:red'], except: ['10.0.0.0/8'] }), 'NO_SOURCE_LEFT')
  })

  test('identity cannot be excepted, and two identities of one person cannot be asked for', () => {
    expectRefusal(meaning({ allow: ['group:red'], except: ['group:known'] }), 'EXCEPTION_WITHOUT_ADDRESS')
    expectRefusal(meaning({ allow: ['group:signed'], via: ['group:known'] }), 'TWO_IDENTITIES')
  })
})

describe('what and when', () => {
  test('ports are the service’s own unless narrowed, and never others', () => {
    expect(meaning({ allow: ['group:red'] })).toMatchObject({
      ports: [
        { proto: 'tcp', from: 443, to: 443 },
        { proto: 'tcp', from: 8000, to: 8010 },
      ],
    })
    expect(meaning({ allow: ['group:red'], ports: ['tcp/8001-8002'] })).toMatchObject({
      ports: [{ proto: 'tcp', from: 8001, to: 8002 }],
    })
    expectRefusal(meaning({ allow: ['group:red'], ports: ['tcp/22'] }), 'PORT_NOT_OFFERED')
    expectRefusal(meaning({ allow: ['group:red'], ports: ['tcp/8005-8011'] }), 'PORT_NOT_OFFERED')
  })

  test('empty narrowing lists are not taken for none', () => {
    for (const narrowing of [{ ports: [] }, { methods: [] }, { paths: [] }])
      expectRefusal(meaning({ allow: ['group:red'], ...narrowing }), 'NOTHING_ASKED')
  })

  test('bounds are whole seconds inside what was asked', () => {
    expect(
      meaning({ allow: ['group:red'], from: '2026-11-23T09:00:00.001+01:00', until: '2026-11-27T23:59:59.999+01:00' }),
    ).toMatchObject({
      from: seconds('2026-11-23T09:00:01+01:00'),
      until: seconds('2026-11-27T23:59:59+01:00'),
    })
    expectRefusal(
      meaning({ allow: ['group:red'], from: '2026-11-23T09:00:00+01:00', until: '2026-11-23T09:00:00+02:00' }),
      'ENDS_BEFORE_START',
    )
  })
})

test('merged subjects let in exactly whom one of them lets in', () => {
  const range = fc
    .constantFrom([0, 3], [2, 5], [4, 7], [0, 7])
    .map(([from = 0, to = 0]) => ({ v4: [[from, to] as const], v6: [] }))
  const part: fc.Arbitrary<SubjectSources> = fc.record({
    sources: range,
    fortigateGroups: fc.uniqueArray(fc.constantFrom('f', 'g'), { maxLength: 2 }),
    headers: fc.uniqueArray(fc.constantFrom('h', 'i'), { maxLength: 2 }),
  })
  const client = fc.record({
    address: fc.nat(7),
    group: fc.constantFrom('', 'f', 'g'),
    header: fc.constantFrom('', 'h', 'i'),
  })
  const letsIn = (
    { sources, fortigateGroups, headers }: SubjectSources,
    who: { address: number; group: string; header: string },
  ) =>
    containsIp(sources, `0.0.0.${who.address}`) &&
    (fortigateGroups.length === 0 || fortigateGroups.includes(who.group)) &&
    (headers.length === 0 || headers.includes(who.header))
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 4 }),
      fc.array(client, { minLength: 20, maxLength: 20 }),
      (parts, clients) => {
        const merged = mergeSources(parts)
        for (const who of clients) {
          expect(merged.some((one) => letsIn(one, who))).toBe(parts.some((one) => letsIn(one, who)))
        }
      },
    ),
  )
})
