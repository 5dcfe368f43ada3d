import { expect, test } from 'vitest'
import { evaluate } from '../../src/language/evaluate.ts'
import { interpret } from '../../src/language/interpret.ts'
import { candidatesOf, type Proposal, type WireIntent, wireReply } from '../../src/language/proposal.ts'
import { understand } from '../../src/language/understand.ts'
import type { Person } from '../../src/policy/schema.ts'
import { company, type Labelled, labelled } from './company.ts'
import { goldWire } from './gold-wire.ts'

type Mutation = (act: WireIntent, row: Labelled) => WireIntent
const bob = { type: 'person', id: 'bob', span: 'bob' } as const

/** What a broken or hostile model might answer instead of the truth. */
const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'adds a subject': (act) => ({ ...act, subjects: [...act.subjects, bob] }),
  'adds a subject with words of another': (act, row) => ({
    ...act,
    subjects: [...act.subjects, { ...bob, span: row.text.split(' ')[0] ?? '' }],
  }),
  'adds the requester': (act, row) => ({
    ...act,
    subjects: [...act.subjects, { type: 'requester', id: null, span: row.text.split(' ')[1] ?? '' }],
  }),
  'asks for everywhere': (act) => ({ ...act, subjects: [{ type: 'cidr', id: null, span: '0.0.0.0/0' }] }),
  'swaps the service': (act) => ({ ...act, services: act.services.map(({ span }) => ({ id: 'payments', span })) }),
  'adds a service': (act) => ({ ...act, services: [...act.services, { id: 'payments', span: 'payments' }] }),
  'drops via': (act) => ({ ...act, via: [] }),
  'moves via among the subjects': (act) => ({ ...act, subjects: [...act.subjects, ...act.via], via: [] }),
  'drops except': (act) => ({ ...act, except: [], exceptServices: [] }),
  'drops the ports': (act) => ({ ...act, ports: [] }),
  'invents a port': (act) => ({ ...act, ports: [...act.ports, { proto: 'tcp', from: 1, to: 65_535, span: 'port' }] }),
  'drops the end': (act) => ({ ...act, window: null }),
  'moves the end': (act) => ({ ...act, window: act.window && { ...act.window, endIso: '2027-12-31T23:59:59+01:00' } }),
  'quotes a time that is not there': (act) => ({
    ...act,
    window: {
      startSpan: null,
      endSpan: 'until 2030-01-01',
      durationSpan: null,
      startIso: null,
      endIso: '2030-01-01',
      durationIso: null,
    },
  }),
  'guesses instead of asking': (act) => ({
    ...act,
    questions: [],
    subjects: act.subjects.length > 0 ? act.subjects : [{ type: 'group', id: 'sre', span: 'ops' }],
    services: act.services.length > 0 ? act.services : [{ id: 'grafana', span: 'kibana' }],
  }),
  'makes everything a grant': (act) => ({
    ...act,
    kind: 'grant',
    subjects: act.subjects.length > 0 ? act.subjects : [bob],
  }),
  'makes everything a revocation': (act) => ({ ...act, kind: 'revoke' }),
  'invents an id': (act) => ({ ...act, services: [{ id: 'core-router', span: 'access' }] }),
  'puts a line into a name': (act) => ({
    ...act,
    subjects: act.subjects.map((subject) => ({ ...subject, span: `${subject.span}\nset action accept` })),
  }),
  'says every service': (act) => ({ ...act, services: [], allServicesSpan: 'all' }),
}

function scoreAll(
  change: (acts: WireIntent[], row: Labelled) => WireIntent[],
): ReturnType<typeof evaluate> & { readonly texts: ReadonlyMap<string, string> } {
  const rows = labelled()
  const judged = rows.map((row) => {
    const context = company(row.from)
    const proposal: Proposal = { intents: change(goldWire(row.expected, row.text, context), row) }
    return { id: row.id, expected: row.expected, predicted: understand(row.text, proposal, context) }
  })
  return { ...evaluate(judged), texts: new Map(rows.map(({ id, text }) => [id, text])) }
}

test('a model that answers rightly loses nothing', () => {
  const { table, scores } = scoreAll((acts) => acts)
  expect(scores.flatMap(({ unsafe, overRevoke }) => unsafe ?? overRevoke ?? [])).toEqual([])
  expect(table.exact).toBeGreaterThanOrEqual(0.9)
})

test.each(Object.entries(MUTATIONS))('a model that %s widens nothing without a question', (_, mutate) => {
  const { scores, texts } = scoreAll((acts, row) => acts.map((act) => mutate(act, row)))
  expect(
    scores.flatMap(({ id, unsafe, overRevoke }) =>
      unsafe || overRevoke ? [`${id} ${unsafe ?? overRevoke}: ${texts.get(id)}`] : [],
    ),
  ).toEqual([])
})

test('a model that adds a second grant, or drops one of two, gets nothing through', () => {
  const grant = (row: Labelled): WireIntent[] =>
    goldWire(
      { kind: 'grant', subjects: [{ type: 'person', id: 'bob' }], services: ['payments'] },
      row.text,
      company(row.from),
    )
  for (const change of [
    (acts: WireIntent[], row: Labelled) => [...acts, ...grant(row)],
    (acts: WireIntent[]) => acts.slice(1),
  ]) {
    const { scores } = scoreAll(change)
    expect(scores.flatMap(({ unsafe, overRevoke }) => unsafe ?? overRevoke ?? [])).toEqual([])
  }
})

test('no proposal, a failed one and an empty one leave the interpreter’s reading', () => {
  const text = 'give the data team access to grafana until Friday'
  const own = interpret(text, company())
  expect(understand(text, undefined, company())).toEqual(own)
  expect(understand(text, { failed: 'the model did not answer in time' }, company())).toEqual(own)
  expect(understand(text, { intents: [] }, company())).toEqual(own)
  expect(own.needsClarification).toBeUndefined()
})

test('where model and interpreter differ the narrower is shown and the difference asked', () => {
  const text = 'give bob and carol access to grafana on port 443 until Friday'
  const [gold] = goldWire(
    {
      kind: 'grant',
      subjects: [{ type: 'person', id: 'bob' }],
      services: ['grafana'],
      ports: ['tcp/443'],
      window: { end: 'x' },
    },
    text,
    company(),
  )
  const intent = understand(text, { intents: gold ? [gold] : [] }, company())
  expect(intent).toMatchObject({
    subjects: [{ type: 'person', id: 'bob' }],
    needsClarification: ['subject'],
    ports: ['tcp/443'],
  })
})

test('the wire schema refuses ids that were not among the candidates and fields nobody asked for', () => {
  const context = company()
  const schema = wireReply(candidatesOf('grafana', context))
  const [act] = goldWire({ kind: 'grant', services: ['grafana'] }, 'grafana', context)
  expect(schema.safeParse({ intents: [act] }).success).toBe(true)
  expect(schema.safeParse({ intents: [{ ...act, services: [{ id: 'core-router', span: 'x' }] }] }).success).toBe(false)
  expect(schema.safeParse({ intents: [{ ...act, confidence: 1 }] }).success).toBe(false)
})

test('of a large catalogue only the nearest names are sent', () => {
  const context = company()
  const many: Person[] = Array.from({ length: 500 }, (_, n) => ({
    id: `person-${n}`,
    name: `Person ${n}`,
    aliases: [],
    networks: [],
  }))
  const candidates = candidatesOf('give bob access to grafana', {
    ...context,
    catalog: { ...context.catalog, people: [...context.catalog.people, ...many] },
  })
  expect(candidates.person.length).toBeLessThanOrEqual(8)
  expect(candidates.person.map(({ id }) => id)).toContain('bob')
  expect(candidates.service.map(({ id }) => id)).toContain('grafana')
})
