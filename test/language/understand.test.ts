import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../../src/language/evaluate.ts'
import type { Slot } from '../../src/language/intent.ts'
import { interpret } from '../../src/language/interpret.ts'
import { candidatesOf, type Proposal, type WireIntent, wireReply } from '../../src/language/proposal.ts'
import { understand } from '../../src/language/understand.ts'
import type { Person } from '../../src/policy/schema.ts'
import { answerOf, anything, MUTATIONS } from './byzantine.ts'
import { company } from './company.ts'
import { goldWire } from './gold-wire.ts'
import { everyMessage, type Written } from './worlds.ts'

const rows = everyMessage()

/** What comes of each message when a model answers so; `too much` beside what the interpreter alone would do. */
function scoreAll(answers: (row: Written) => WireIntent[], some = rows) {
  const read = (row: Written, proposal?: Proposal) => ({
    id: row.id,
    expected: row.expected,
    predicted: understand(row.text, proposal, row.context),
  })
  const { scores, table } = evaluate(some.map((row) => read(row, { intents: answers(row) })))
  const tooMuch = some.flatMap((row, index) => {
    const why = scores[index]?.unsafe ?? scores[index]?.overRevoke
    const [alone] = why === undefined ? [] : evaluate([read(row)]).scores
    return why === undefined || (alone?.unsafe ?? alone?.overRevoke) !== undefined
      ? []
      : [`${row.id} ${why}: ${row.text}`]
  })
  return { table, tooMuch }
}

test('a model that answers rightly loses nothing', () => {
  const { table, tooMuch } = scoreAll(
    answerOf,
    rows.filter(({ id }) => id.startsWith('M')),
  )
  expect(tooMuch).toEqual([])
  expect(table.exact).toBeGreaterThanOrEqual(0.9)
})

/** Every mutation meets a twelfth of the messages, and every message four or more; the soak has them all, over HTTP. */
const SHARE = 12

test.each(Object.entries(MUTATIONS).map(([how, mutate], at) => ({ how, mutate, at })))(
  'a model that $how widens nothing without a question',
  ({ mutate, at }) => {
    const some = rows.filter((_, index) => index % SHARE === at % SHARE)
    expect(scoreAll((row) => answerOf(row, mutate), some).tooMuch).toEqual([])
  },
)

test('whatever a model answers, what is done without a question is within what the interpreter does alone', () => {
  fc.assert(
    fc.property(fc.constantFrom(...rows), fc.array(fc.nat(), { minLength: 8, maxLength: 40 }), (row, dice) => {
      const alone = understand(row.text, undefined, row.context)
      const together = understand(row.text, { intents: anything(row, dice) }, row.context)
      const [score] = evaluate([{ id: row.id, expected: alone, predicted: together }]).scores
      expect([row.text, score?.unsafe, score?.overRevoke]).toEqual([row.text, undefined, undefined])
    }),
    { numRuns: 100 },
  )
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

test.each<[string, Partial<WireIntent>, Slot]>([
  ['the source', { via: [] }, 'subject'],
  ['the exception', { except: [] }, 'subject'],
  ['the port', { ports: [] }, 'port'],
  ['the end', { window: null }, 'window'],
])('a model that does not hear %s changes nothing of it, but it is asked', (_, deaf, slot) => {
  const text = 'give the data team except dana access to grafana from the vpn on port 443 until Friday'
  const own = understand(text, undefined, company())
  const [gold] = goldWire(own, text, company())
  if (gold === undefined) throw new Error('no act')
  expect(own.needsClarification).toBeUndefined()
  expect(understand(text, { intents: [gold] }, company())).toEqual(own)
  expect(understand(text, { intents: [{ ...gold, ...deaf }] }, company())).toMatchObject({
    ...own,
    needsClarification: [slot],
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

test('of a large catalogue whatever is named is sent, by mention and by host as well, and who speaks', () => {
  const world = rows.find(({ id }) => id === 'HV051')?.context
  if (world === undefined) throw new Error('no such message')
  const text =
    'give <!subteam^S0VERTFR1>, <@U0SUNNYP1> and eva@helvion.example https://kasse.helvion.example/x and nas 03 until Friday'
  const sent = candidatesOf(text, { ...world, requester: 'urs' })
  expect(sent.group.map(({ id }) => id)).toEqual(expect.arrayContaining(['vertrieb-frankreich', 'it-betrieb', 'soc']))
  expect(sent.person.map(({ id }) => id)).toEqual(expect.arrayContaining(['sunny', 'eva-mueller', 'urs']))
  expect(sent.service.map(({ id }) => id)).toEqual(expect.arrayContaining(['kasse', 'archive-nas-03']))
  expect(sent.service.length).toBeLessThanOrEqual(8)
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
