import { describe, expect, test } from 'vitest'
import { proposeChanges } from '../../src/access/grant-of-intent.ts'
import { interpret } from '../../src/language/interpret.ts'
import type { Edge } from '../../src/policy/edge.ts'
import { readEdge } from '../../src/policy/read.ts'
import { Grant } from '../../src/policy/schema.ts'
import { exampleFiles } from '../policy/edge-files.ts'

const NOW = new Date('2026-11-23T09:00:00Z')
const UNTIL = '2026-11-27T23:59:59+01:00'
const example = readEdge(exampleFiles())

/** The example edge, with these entries as the access list of SFTP. */
const holding = (...entries: readonly object[]): Edge => ({
  ...example,
  services: example.services.map((service) =>
    service.id === 'sftp' ? { ...service, access: entries.map((entry) => Grant.parse(entry)) } : service,
  ),
})

/** What a sentence comes to: the reason of a refusal, or the grants. */
function comesTo(words: string, edge: Edge): string | readonly Grant[] {
  const intent = interpret(words, { catalog: edge.catalog, services: edge.services, requester: 'alice', now: NOW })
  expect(intent.needsClarification).toBeUndefined()
  const proposed = proposeChanges(edge, intent, { now: NOW, requestId: (nth) => `ar-${nth}` })
  return 'ok' in proposed ? proposed.reason : proposed.flatMap((one) => ('grant' in one ? [one.grant] : []))
}

describe('a revocation takes away what was named and nothing that shall stay', () => {
  const whole = { allow: ['group:finance'], ports: ['tcp/22'], until: UNTIL }
  test.each<[string, object, number]>([
    ["revoke finance's access to sftp", whole, 1],
    ["revoke finance's access to sftp today", whole, 1],
    ["revoke finance's access to sftp on port 22", whole, 1],
    ["revoke finance's access to sftp from the vpn", { ...whole, via: ['network:vpn-pool'] }, 1],
    ["revoke finance's access to sftp except carol", { ...whole, except: ['person:carol'] }, 1],
  ])('%s', (words, entry, count) => expect(comesTo(words, holding(entry))).toHaveLength(count))

  test.each<[string, object]>([
    ["revoke finance's access to sftp on port 22", { allow: ['group:finance'], until: UNTIL }],
    ["revoke finance's access to sftp from the vpn", whole],
    ["revoke finance's access to sftp except carol", whole],
  ])('%s: a part of an entry is refused, not rounded up', (words, entry) =>
    expect(comesTo(words, holding(entry))).toBe('PART_OF_AN_ENTRY'),
  )

  test.each(["revoke finance's access to sftp on friday", "revoke finance's access to sftp for 2 hours"])(
    '%s: not at another time than now',
    (words) => expect(comesTo(words, holding(whole))).toBe('REVOKES_AT_ONCE'),
  )
})

describe('an extension gives no more than what was named and held', () => {
  const held = { allow: ['group:finance'], ports: ['tcp/22', 'tcp/2222'], until: UNTIL }
  test.each<[string, object, object]>([
    ["extend finance's access to sftp by 2 days", held, { ports: held.ports, via: [] }],
    ["extend finance's access to sftp on port 22 by 2 days", held, { ports: ['tcp/22'] }],
    ["extend finance's access to sftp from the vpn by 2 days", held, { via: ['network:vpn-pool'] }],
    ["extend finance's access to sftp by 2 days except carol", held, { except: ['person:carol'] }],
  ])('%s', (words, entry, expected) => expect(comesTo(words, holding(entry))).toMatchObject([expected]))

  test.each<[string, object]>([
    ["extend finance's access to sftp on port 443 by 2 days", held],
    ["extend finance's access to sftp from lyon by 2 days", { ...held, via: ['network:vpn-pool'] }],
  ])('%s: more than is held is new access', (words, entry) => expect(comesTo(words, holding(entry))).toBe('NOT_HELD'))
})
