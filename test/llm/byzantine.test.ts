import { describe, expect, test } from 'vitest'
import { understand } from '../../src/language/understand.ts'
import { answerOf, MUTATIONS } from '../language/byzantine.ts'
import { everyMessage, type Written } from '../language/worlds.ts'
import { type Deception, deceive, FAULTS, tooMuch } from './byzantine-run.ts'
import { chat } from './scripted-model.ts'

/** Each message once; npm run soak puts every one of them through every mutation and every fault. */
const rows = [...new Map(everyMessage().map((row) => [row.text, row])).values()]
const mutations = Object.entries(MUTATIONS)

const every = (share: number, from: number): readonly Written[] => rows.filter((_, index) => index % share === from)

test('over HTTP, through the real adapter, no altered answer widens anything without a question', async () => {
  const lies = every(9, 4).map((row, index): Deception => {
    const [how, mutate] = mutations[index % mutations.length] ?? ['says nothing', () => []]
    return { row, how, answer: chat(JSON.stringify({ intents: answerOf(row, mutate) })) }
  })
  expect(lies.length).toBeGreaterThan(mutations.length)
  const outcomes = await deceive(lies)
  expect(outcomes).toHaveLength(lies.length)
  expect(outcomes.filter(({ failed }) => failed === undefined).length).toBeGreaterThan(lies.length / 2)
  expect(tooMuch(outcomes)).toEqual([])
})

test('over HTTP, the truth is among what a model may answer, however large the catalogue', async () => {
  const truths = every(9, 7).map((row): Deception => {
    return { row, how: 'answers rightly', answer: chat(JSON.stringify({ intents: answerOf(row) })) }
  })
  const outcomes = await deceive(truths)
  expect(outcomes.flatMap(({ row, failed }) => (failed === undefined ? [] : [`${row.text}: ${failed}`]))).toEqual([])
})

describe('what is no answer leaves the interpreter’s reading', () => {
  test.each(Object.entries(FAULTS).map(([how, fault], at) => ({ how, fault, at })))(
    '$how',
    async ({ how, fault, at }) => {
      const outcomes = await deceive(
        every(211, at).map((row): Deception => ({ row, how, answer: fault(answerOf(row)) })),
        { timeoutMs: how === 'hangs' ? 50 : 20_000 },
      )
      expect(outcomes.length).toBeGreaterThan(1)
      for (const { row, intent, failed } of outcomes) {
        expect(failed).toEqual(expect.any(String))
        expect(intent).toEqual(understand(row.text, undefined, row.context))
      }
    },
  )
})
