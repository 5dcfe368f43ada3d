import { describe, expect, test } from 'vitest'
import { compileChange } from '../../src/access/change.ts'
import { compileOnboarding, proveOnboarding } from '../../src/access/onboarding.ts'
import { prove } from '../../src/access/proof.ts'
import { proposeService } from '../../src/access/service-of-intent.ts'
import type { Intent } from '../../src/language/intent.ts'
import { findService } from '../../src/policy/catalog-lookup.ts'
import type { Edge } from '../../src/policy/edge.ts'
import { readEdge } from '../../src/policy/read.ts'
import { Grant } from '../../src/policy/schema.ts'
import { exampleFiles } from '../policy/edge-files.ts'

const NOW = Date.parse('2026-11-23T09:00:00+01:00') / 1000
const LB = 'policies/devices/edge-lb.cfg'
const KIOSK: NonNullable<Intent['newService']> = {
  name: 'kiosk',
  hosts: ['kiosk.corp.example'],
  ports: ['tcp/443'],
  owner: 'platform',
  environment: 'production',
  backends: ['10.50.12.11:8080'],
}

/** The example edge with some of its files changed. */
function edgeWith(change: (path: string, text: string) => string = (_path, text) => text): Edge {
  return readEdge(new Map([...exampleFiles()].map(([path, text]) => [path, change(path, text)])))
}

function onboard(edge: Edge, said: Intent['newService']) {
  const proposed = proposeService(edge, { kind: 'onboard-service', newService: said })
  if ('ok' in proposed) return { refused: proposed.reason, says: proposed.says }
  const change = compileOnboarding(edge, proposed.service)
  if ('ok' in change) return { refused: change.reason, says: change.says }
  return { change, proof: proveOnboarding(change, NOW), notes: proposed.notes }
}

describe('setting up a service', () => {
  test('opens nothing and closes nothing, and leaves the firewall as it is', () => {
    const { change, proof, notes } = onboard(edgeWith(), KIOSK)
    expect(proof).toMatchObject({ verdict: 'exact', radius: { opens: [], closes: [] } })
    expect(change?.edits.map(({ path, before }) => [path, before === ''])).toEqual([
      ['policies/services/kiosk.yaml', true],
      [LB, false],
    ])
    expect(notes).toEqual([expect.stringContaining('vip-edge and https-in')])
  })

  test('makes a service that access can be given to, exactly', () => {
    const { change } = onboard(edgeWith(), KIOSK)
    const edge = readEdge(
      new Map([...exampleFiles(), ...(change?.edits ?? []).map((edit) => [edit.path, edit.after] as const)]),
    )
    expect(edge.problems.filter(({ severity }) => severity === 'error')).toEqual([])
    const kiosk = findService(edge, 'kiosk')
    expect(kiosk).toMatchObject({ owner: 'platform', servers: [{ address: '10.50.12.11', port: 8080 }], access: [] })
    if (!kiosk) return
    const until = '2026-11-27T23:59:59+01:00'
    const given = compileChange(edge, kiosk, Grant.parse({ allow: ['group:data'], until, request: 'ar-1' }), NOW)
    expect('ok' in given ? given.says : prove(edge, given, NOW).verdict).toBe('exact')
  })

  test('is not exact when something opens or closes all the same', () => {
    const { change } = onboard(edgeWith(), KIOSK)
    if (!change) throw new Error('nothing to prove')
    const without = (needle: string) => {
      const damaged = edgeWith((path, text) =>
        path === LB ? (change.edits.find((edit) => edit.path === LB)?.after ?? text).replace(needle, '') : text,
      )
      const again = onboard(damaged, { ...KIOSK, name: 'second', hosts: ['second.corp.example'] }).change
      return again ? proveOnboarding({ ...change, after: again.before }, NOW) : undefined
    }
    expect(
      without('    http-request deny deny_status 403 unless { var(txn.sallyport_kiosk) -m bool }\n'),
    ).toMatchObject({
      verdict: 'too-wide',
      extra: expect.arrayContaining([expect.objectContaining({ backend: 'kiosk' })]),
    })
    expect(
      without('    http-request set-var(txn.sallyport_reports) bool(true) if sallyport-ar-5w1gp8s3tv\n')?.verdict,
    ).toBe('closes-something')
  })

  test('keeps its digest while it means the same, and changes it with every fact', () => {
    const digest = (said: Intent['newService'], edge = edgeWith()) => onboard(edge, said).proof?.digest
    const known = digest(KIOSK)
    const moved = edgeWith((path, text) => (path === LB ? `# a comment\n${text}` : text))
    expect(digest(KIOSK, moved)).toBe(known)
    const others = [{ owner: 'data' }, { backends: ['10.50.12.12:8080'] }]
    expect(new Set([known, ...others.map((other) => digest({ ...KIOSK, ...other }))]).size).toBe(others.length + 1)
  })

  test('of plain TCP takes the VIP that leads to a port where nothing listens', () => {
    const said = { ...KIOSK, name: 'ldap', hosts: [], ports: ['tcp/5432'] }
    expect(onboard(edgeWith(), said).refused).toBe('NO_WAY_IN')
    const freed = edgeWith((path, text) =>
      path === LB ? text.replace('bind 10.20.0.8:5432', 'bind 10.20.0.8:5433') : text,
    )
    const { change, proof } = onboard(freed, said)
    expect(change?.service).toMatchObject({
      entry: { vip: 'vip-postgres', port: 5432 },
      route: { frontend: 'ldap-in' },
    })
    expect(proof?.verdict).toBe('exact')
  })

  test.each([
    ['SERVICE_EXISTS', { name: 'wiki' }],
    ['HOST_TAKEN', { hosts: ['grafana.corp.example'] }],
    ['UNKNOWN_OWNER', { owner: 'nobody-we-know' }],
    ['SERVER_WITHOUT_PORT', { backends: ['10.50.12.11'] }],
    ['ONE_PORT', { ports: ['tcp/443', 'tcp/8443'] }],
    ['ONE_PORT', { ports: ['udp/443'] }],
    ['NO_WAY_IN', { ports: ['tcp/8443'] }],
    ['NO_WAY_IN', { door: 'vip-postgres' }],
    ['NOT_A_SERVICE', { hosts: ['-'] }],
  ])('is refused by name: %s %o', (reason, change) => {
    expect(onboard(edgeWith(), { ...KIOSK, ...change }).refused).toBe(reason)
  })

  test('goes in by the door that was named', () => {
    const { change, notes } = onboard(edgeWith(), { ...KIOSK, door: 'api-in' })
    expect([change?.service.entry.vip, notes]).toEqual(['vip-api', []])
  })

  test('asks for what is missing, two things at a time', () => {
    const { says } = onboard(edgeWith(), { name: 'kiosk', ports: ['tcp/443'] })
    expect(says?.match(/\?/g)).toHaveLength(2)
    expect(says).toMatch(/Which servers .*Which group owns it/)
  })
})
