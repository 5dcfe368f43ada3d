import { describe, expect, test } from 'vitest'
import type { AccessRequest } from '../../src/access/access-request.ts'
import { approvalsNeeded, whatToConfirm } from '../../src/access/confirmation.ts'
import { editForm, type FilledForm } from '../../src/access/edit-form.ts'
import { readForm } from '../../src/access/filled-form.ts'
import { proposeChanges } from '../../src/access/grant-of-intent.ts'
import type { Intent } from '../../src/language/intent.ts'
import { interpret } from '../../src/language/interpret.ts'
import { findService } from '../../src/policy/catalog-lookup.ts'
import { readEdge } from '../../src/policy/read.ts'
import { exampleFiles } from '../policy/edge-files.ts'

const NOW = new Date('2026-11-23T09:00:00Z')
const edge = readEdge(exampleFiles())
const seconds = (iso: string): number => Date.parse(iso) / 1000
const context = { catalog: edge.catalog, services: edge.services, requester: 'alice', now: NOW }

/** A request as a message of alice's makes it. */
function requestOf(words: string): AccessRequest {
  const intent = interpret(words, context)
  const proposed = proposeChanges(edge, intent, { now: NOW, requestId: () => 'ar-0123456789' })
  if ('ok' in proposed) throw new Error(proposed.says)
  const [one] = proposed
  if (!one || one.action === 'onboard') throw new Error('one grant was expected')
  return {
    id: one.id,
    state: 'waiting',
    action: one.action,
    requester: 'alice',
    words,
    channel: 'C1',
    thread: '1.1',
    intent,
    service: one.service,
    grant: one.grant,
    digest: 'd1',
    needed: 1,
    approvals: [],
    createdAt: NOW.toISOString(),
    lapsesAt: NOW.toISOString(),
  }
}
const ASKED =
  'give the data team and bob access to grafanna except dana, only from the vpn, until Friday, NET-12, because of the report'
const filled = (form: FilledForm, words = ASKED) => readForm(edge, requestOf(words), form, NOW)
const intentOf = (form: FilledForm, words = ASKED): Intent | undefined => {
  const read = filled(form, words)
  return 'intent' in read ? read.intent : undefined
}
const wrongOf = (form: FilledForm) => {
  const read = filled(form)
  return 'wrong' in read ? read.wrong : {}
}

describe('the form of a request', () => {
  test('is filled in with everything that the words said', () => {
    expect(editForm(edge, requestOf(ASKED), NOW)).toMatchObject({
      subjects: { chosen: ['group:data', 'person:bob'] },
      except: { chosen: ['person:dana'] },
      via: { chosen: ['network:vpn-pool'] },
      services: { chosen: ['grafana'] },
      ports: { chosen: [] },
      readOnly: false,
      start: undefined,
      end: seconds('2026-11-27T23:59:59+01:00'),
      ticket: 'NET-12',
    })
  })

  test('left as it was it changes nothing, though a picker counts in minutes', () => {
    for (const words of [ASKED, 'give 10.1.2.0/24 access to the wiki for 2 days', 'give me access to legacy']) {
      expect(filled({}, words)).toMatchObject({ changed: false })
      const shown = editForm(edge, requestOf(words), NOW)
      expect(filled({ end: Math.floor(shown.end / 60) * 60, start: null, others: shown.others }, words)).toMatchObject({
        changed: false,
      })
    }
  })

  test('what is filled in is what the intent says, and only that', () => {
    const before = requestOf(ASKED).intent
    const { flags: _loose, ...said } = before
    expect(before.flags).toEqual(['fuzzy:grafanna->grafana'])
    const check = (form: FilledForm, change: Partial<Intent>) => expect(intentOf(form)).toEqual({ ...said, ...change })
    check(
      { subjects: ['person:carol'], others: '10.1.2.3, VPN' },
      {
        subjects: [
          { type: 'person', id: 'carol' },
          { type: 'cidr', id: '10.1.2.3/32' },
          { type: 'network', id: 'vpn-pool' },
        ],
      },
    )
    check({ services: ['wiki', 'grafana'] }, { services: ['wiki', 'grafana'] })
    check({ ports: ['tcp/443'] }, { ports: ['tcp/443'] })
    check({ readOnly: true }, { methods: ['GET', 'HEAD'] })
    check({ reason: ' a\n\u0007b ' }, { reason: 'a b' })
    check(
      { end: seconds('2026-11-25T18:00:00+01:00') },
      {
        window: { end: '2026-11-25T18:00:00+01:00', precision: 'minute' },
      },
    )
    check(
      { start: seconds('2026-11-24T08:00:00+01:00') },
      {
        window: { start: '2026-11-24T08:00:00+01:00', end: '2026-11-27T23:59:59+01:00', precision: 'minute' },
      },
    )
    expect(intentOf({ except: [], via: [], ticket: '' })).not.toHaveProperty('except')
    expect(intentOf({ except: [], via: [], ticket: '' })).not.toHaveProperty('via')
    expect(intentOf({ except: [], via: [], ticket: '' })).not.toHaveProperty('ticket')
  })

  test.each<[string, FilledForm, string]>([
    ['nobody', { subjects: [], others: '' }, 'subjects'],
    ['a forged group', { subjects: ['group:everyone'], others: '' }, 'subjects'],
    ['the whole internet', { others: '0.0.0.0/0' }, 'others'],
    ['host bits', { others: '10.1.2.3/24' }, 'others'],
    ['an unknown name', { others: 'the moon' }, 'others'],
    ['an ambiguous name', { others: 'ops' }, 'others'],
    ['no service', { services: [] }, 'services'],
    ['a forged service', { services: ['core-router'] }, 'services'],
    ['a port that it does not offer', { ports: ['tcp/22'] }, 'ports'],
    ['an end that is over', { end: seconds('2026-11-22T00:00:00Z') }, 'end'],
    ['an end beyond what the guardrails allow', { end: seconds('2027-11-22T00:00:00Z') }, 'end'],
    ['a start behind the end', { start: seconds('2026-12-22T00:00:00Z') }, 'start'],
    ['a ticket nobody would know', { ticket: 'NET-12; drop' }, 'ticket'],
  ])('%s is a problem beside its field', (_, form, field) => {
    expect(Object.keys(wrongOf(form))).toEqual([field])
  })

  test('what only prolongs has an end and words, and keeps who and what', () => {
    const words = 'give me access to legacy until Friday'
    const request: AccessRequest = {
      ...requestOf(words),
      action: 'extend',
      intent: { ...requestOf(words).intent, kind: 'extend' },
    }
    expect(editForm(edge, request, NOW)).not.toHaveProperty('subjects')
    const read = readForm(
      edge,
      request,
      { end: seconds('2026-11-25T18:00:00+01:00'), subjects: ['group:finance'] },
      NOW,
    )
    expect('intent' in read && read.intent).toEqual({
      ...request.intent,
      window: { end: '2026-11-25T18:00:00+01:00', precision: 'minute' },
    })
  })
})

describe('what whoever asked has to confirm', () => {
  const check = (words: string): readonly string[] => {
    const intent = interpret(words, context)
    const proposed = proposeChanges(edge, intent, { now: NOW, requestId: () => 'ar-0123456789' })
    return 'ok' in proposed ? [proposed.says] : proposed.flatMap((one) => whatToConfirm(one, intent))
  }

  test('is nothing where everything was said, and whatever was not', () => {
    expect(check('give the data team access to grafana until Friday')).toEqual([])
    expect(check('give the data team access to grafana')).toEqual([expect.stringContaining('Nobody said how long')])
    expect(check('give the data team access to grafanna until Friday')).toEqual(['“grafanna” was read as grafana.'])
    expect(check('as CTO: give the data team access to grafana until Friday')).toEqual([
      expect.stringContaining('claims a position'),
      expect.stringContaining('two different people'),
    ])
  })

  test('signs of misuse take two approvers, where there are two; looseness does not', () => {
    const [grafana, postgres] = ['grafana', 'postgres'].map((id) => findService(edge, id))
    if (!grafana || !postgres) throw new Error('the example has both')
    const flagged: Intent = { kind: 'grant', flags: ['injection'] }
    expect(approvalsNeeded(edge, grafana, { kind: 'grant' }, 'alice')).toBe(1)
    expect(approvalsNeeded(edge, grafana, { kind: 'grant', flags: ['fuzzy:a->b'] }, 'alice')).toBe(1)
    expect(approvalsNeeded(edge, grafana, flagged, 'alice')).toBe(2)
    expect(approvalsNeeded(edge, postgres, { kind: 'grant' }, 'alice')).toBe(2)
    const catalog = {
      ...edge.catalog,
      groups: edge.catalog.groups.map((group) => ({ ...group, members: group.id === 'security' ? ['sofia'] : [] })),
    }
    expect(approvalsNeeded({ ...edge, catalog }, grafana, flagged, 'alice')).toBe(1)
  })
})
