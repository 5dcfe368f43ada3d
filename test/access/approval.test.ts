import { describe, expect, test } from 'vitest'
import type { AccessRequest } from '../../src/access/access-request.ts'
import { approversOf, decideApproval, grantApproval } from '../../src/access/approval.ts'
import { findGroup, findPerson, findService } from '../../src/policy/catalog-lookup.ts'
import { Grant } from '../../src/policy/schema.ts'
import { FRIDAY, smallEdge } from '../edge/small-edge.ts'

const edge = smallEdge()
const REQUEST: AccessRequest = {
  id: 'ar-7f3k2m9x0q',
  state: 'waiting',
  action: 'grant',
  requester: 'mia',
  words: 'give makers access to shop until Friday',
  channel: 'C1',
  thread: '1.0',
  intent: { kind: 'grant' },
  service: 'shop',
  grant: Grant.parse({ allow: ['group:makers'], until: FRIDAY }),
  digest: 'd1',
  needed: 1,
  approvals: [],
  createdAt: '2026-11-23T09:00:00+01:00',
  lapsesAt: '2026-11-24T09:00:00+01:00',
}

function decide(
  change: Partial<Omit<Parameters<typeof decideApproval>[0], 'person'>> & { person?: string } = {},
): string {
  const person = findPerson(edge, change.person ?? 'ona')
  const owners = findGroup(edge, 'owners')
  if (!person || !owners) throw new Error('the small edge has both')
  const { person: _name, ...rest } = change
  const decision = decideApproval({
    request: REQUEST,
    groups: ['owners'],
    approvers: [owners],
    digest: 'd1',
    exact: true,
    now: new Date('2026-11-23T10:00:00+01:00'),
    ...rest,
    person,
  })
  return decision.ok ? 'approved' : decision.reason
}

describe('an approval', () => {
  test('of somebody in an approving group counts', () => {
    expect(decide()).toBe('approved')
  })

  test.each([
    ['SELF_APPROVAL', { person: 'mia', groups: ['owners'] }],
    ['BENEFICIARY', { request: { ...REQUEST, grant: Grant.parse({ allow: ['person:ona'], until: FRIDAY }) } }],
    ['NOT_AN_APPROVER', { person: 'sol', groups: ['sellers'] }],
    ['PROOF_CHANGED', { digest: 'd2' }],
    ['NOT_EXACT', { exact: false }],
    ['LAPSED', { now: new Date('2026-11-24T09:00:00+01:00') }],
    ['NOT_WAITING', { request: { ...REQUEST, state: 'denied' as const } }],
  ])('is refused as %s', (reason, change) => {
    expect(decide(change)).toBe(reason)
  })

  test('makes no right to a pull request before the store says so', () => {
    expect(grantApproval(REQUEST)).toMatchObject({ ok: false, reason: 'NOT_APPROVED' })
    expect(grantApproval({ ...REQUEST, state: 'approved' })).toMatchObject({ id: REQUEST.id })
  })

  test('is for the owner of the service to give', () => {
    const service = findService(edge, 'shop')
    if (!service) throw new Error('the small edge has it')
    expect(approversOf(edge, service)).toMatchObject({ count: 1, groups: [{ id: 'owners' }] })
  })
})
