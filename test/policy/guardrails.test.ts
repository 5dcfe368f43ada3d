import { describe, expect, test } from 'vitest'
import { approvalNeeds, checkGuardrails } from '../../src/policy/guardrails.ts'
import { grantMeaning } from '../../src/policy/meaning.ts'
import { Grant } from '../../src/policy/schema.ts'
import { decideWindow } from '../../src/policy/window.ts'
import { expectRefusal, tinyEdge, tinyService } from './edge-files.ts'

const NOW = new Date('2026-03-20T12:00:00+01:00')

/** The reasons for which these guardrails refuse this grant of `shop`. */
function checkRefused(guardrails: string, fields: object, ...reasons: readonly string[]): void {
  const { edge, shop } = tinyEdge({ 'guardrails.yaml': guardrails })
  const grant = Grant.parse(fields)
  const asked = grantMeaning(edge, shop, grant)
  if ('ok' in asked) throw new Error(asked.says)
  expect(checkGuardrails(edge, shop, grant, asked, NOW).map(({ reason }) => reason)).toEqual(reasons)
}

const never = (rule: string) =>
  `limits: { allowStanding: true, widestSource: 1 }\nnever:\n  - { id: rule, says: No., ${rule} }\n`
const red = { allow: ['group:red'] }

describe('time', () => {
  const limits = 'limits: { maxDuration: P10D }'

  test('access without an end needs a company that allows it', () => {
    checkRefused(limits, red, 'STANDING')
    checkRefused('limits: { allowStanding: true }', red)
  })

  test('the longest duration is counted in days of the company’s calendar, over the change of clocks', () => {
    checkRefused(limits, { ...red, until: '2026-03-30T12:00:00+02:00' })
    checkRefused(limits, { ...red, until: '2026-03-30T12:00:01+02:00' }, 'TOO_LONG')
  })

  test('it is counted from the start, or from now when that has passed', () => {
    checkRefused(limits, { ...red, from: '2026-04-20T12:00:00+02:00', until: '2026-04-30T12:00:00+02:00' })
    checkRefused(limits, { ...red, from: '2026-01-01T00:00:00+01:00', until: '2026-03-29T12:00:00+02:00' })
  })

  test('what is over is not opened', () => {
    checkRefused(limits, { ...red, until: '2026-03-20T12:00:00+01:00' }, 'ALREADY_OVER')
  })
})

describe('width', () => {
  const limits = 'limits: { allowStanding: true, widestSource: 24, widestSource6: 64 }'

  test('a source wider than allowed is refused, also in slices', () => {
    checkRefused(limits, red)
    checkRefused(limits, { allow: ['10.4.0.0/23'] }, 'SOURCE_TOO_WIDE')
    checkRefused(limits, { allow: ['10.4.0.0/24', '10.4.1.0/24'] }, 'SOURCE_TOO_WIDE')
    checkRefused(limits, { allow: ['10.4.0.0/24', '10.4.2.0/24'] })
    checkRefused(limits, { allow: ['2001:db8::/63'] }, 'SOURCE_TOO_WIDE')
    checkRefused(limits, { allow: ['2001:db8::/64'] })
  })

  test('identity alone does not make everywhere narrow', () => {
    checkRefused(limits, { allow: ['group:known'] }, 'SOURCE_TOO_WIDE')
    checkRefused(limits, { allow: ['group:known'], via: ['network:vpn'] })
  })
})

describe('what is never opened', () => {
  test('a rule without fields forbids everything, each field narrows it', () => {
    checkRefused(never('services: [shop]'), red, 'NEVER:rule')
    checkRefused(never('environments: [staging]'), red)
    checkRefused(never('ports: [tcp/8005-8006]'), red, 'NEVER:rule')
    checkRefused(never('ports: [tcp/8005-8006]'), { ...red, ports: ['tcp/443', 'tcp/8000-8004'] })
    checkRefused(never('ports: [udp/443]'), red)
  })

  test('a forbidden source is met by any overlap, not by name', () => {
    checkRefused(never('subjects: [network:attic]'), red)
    checkRefused(never('subjects: [network:attic]'), { allow: ['10.1.9.77/32'] }, 'NEVER:rule')
    checkRefused(never('subjects: [network:vpn, 10.1.0.7/32]'), red, 'NEVER:rule')
    checkRefused(never('subjects: [10.1.0.7/32]'), { ...red, except: ['10.1.0.7/32'] })
  })

  test('a grant that asks nobody who they are meets a forbidden identity; one for another identity does not', () => {
    checkRefused(never('subjects: [group:known]'), red, 'NEVER:rule')
    checkRefused(never('subjects: [group:signed]'), { allow: ['network:vpn'] }, 'NEVER:rule')
    checkRefused(never('subjects: [group:signed]'), { allow: ['group:signed-too'] })
    checkRefused(never('subjects: [group:signed]'), { allow: ['group:signed'] }, 'NEVER:rule')
  })

  test('a person whom no door can tell apart is met wherever their groups are', () => {
    checkRefused(never('subjects: [person:ann]'), red, 'NEVER:rule')
    checkRefused(never('subjects: [person:ben]'), red)
  })

  test('a rule about a subject that nobody knows lets nothing pass', () => {
    checkRefused(never('subjects: [group:gone]'), red, 'GUARDRAIL_UNREADABLE')
  })

  test('guardrails that cannot be read let nothing pass', () => {
    checkRefused('never: {', red, 'GUARDRAILS_UNREADABLE')
  })
})

test('approval takes the strictest count that concerns the service, by its owner and whoever may besides', () => {
  const guardrails = `approval:
  count: 2
  alsoBy: [blue, red]
  stricter:
    - { services: [shop], environments: [production], count: 3 }
    - { environments: [staging], count: 5 }
    - { count: 1 }
`
  const { edge, shop } = tinyEdge({
    'guardrails.yaml': guardrails,
    'services/lab.yaml': tinyService('lab', '[]', { owner: 'blue', environment: 'lab' }),
  })
  expect(approvalNeeds(edge, shop)).toEqual({ count: 3, groups: ['red', 'blue'] })
  const lab = edge.services.find(({ id }) => id === 'lab')
  expect(lab && approvalNeeds(edge, lab)).toEqual({ count: 2, groups: ['blue', 'red'] })
})

describe('the window of a request', () => {
  const { guardrails } = tinyEdge({ 'guardrails.yaml': 'limits: { defaultDuration: P7D, maxDuration: P30D }' }).edge
  const decide = (window: Parameters<typeof decideWindow>[1]) => decideWindow(guardrails, window, NOW, 'Europe/Berlin')

  test('nobody said how long: the default, in days of the calendar, and it is said so', () => {
    expect(decide(undefined)).toEqual({ ok: true, until: '2026-03-27T12:00:00+01:00', byDefault: true })
    const summer = decideWindow(guardrails, {}, new Date('2026-03-25T12:00:00+01:00'), 'Europe/Berlin')
    expect(summer).toEqual({ ok: true, until: '2026-04-01T12:00:00+02:00', byDefault: true })
  })

  test('an end stays where it was put, whatever its offset', () => {
    expect(decide({ end: '2026-03-22T22:59:59Z' })).toEqual({
      ok: true,
      until: '2026-03-22T23:59:59+01:00',
      byDefault: false,
    })
  })

  test('a duration counts from the start; a start that has passed is at once, and gives no time back', () => {
    expect(decide({ duration: 'PT2H' })).toMatchObject({ until: '2026-03-20T14:00:00+01:00' })
    expect(decide({ start: '2026-03-23T09:00:00+01:00', duration: 'P1D' })).toMatchObject({
      from: '2026-03-23T09:00:00+01:00',
      until: '2026-03-24T09:00:00+01:00',
    })
    expect(decide({ start: '2026-03-20T11:00:00+01:00', duration: 'PT2H' })).toEqual({
      ok: true,
      until: '2026-03-20T13:00:00+01:00',
      byDefault: false,
    })
  })

  test('an end and a duration: the earlier', () => {
    expect(decide({ end: '2026-03-22T00:00:00+01:00', duration: 'P5D' })).toMatchObject({
      until: '2026-03-22T00:00:00+01:00',
    })
    expect(decide({ end: '2026-03-29T00:00:00+01:00', duration: 'P5D' })).toMatchObject({
      until: '2026-03-25T12:00:00+01:00',
    })
  })

  test.each([
    [{ end: '2026-03-20T12:00:00+01:00' }, 'ALREADY_OVER'],
    [{ start: '2026-03-25T00:00:00+01:00', end: '2026-03-24T00:00:00+01:00' }, 'ENDS_BEFORE_START'],
    [{ duration: 'P31D' }, 'TOO_LONG'],
    [{ end: '2026-04-19T12:00:01+02:00' }, 'TOO_LONG'],
    [{ end: 'Friday' }, 'NOT_A_TIME'],
    [{ start: '2026-03-25T00:00:00' }, 'NOT_A_TIME'],
    [{ duration: 'a while' }, 'NOT_A_TIME'],
    [{ duration: 'P99999999D' }, 'NOT_A_TIME'],
  ])('%j is refused: %s', (window, reason) => {
    expectRefusal(decide(window), reason)
  })
})
