import { expect, test } from 'vitest'
import { openedBy } from '../../src/edge/blast-radius.ts'
import { checkEdge } from './random-edges.ts'

test('on random edges, before and after any edit, both doors’ point evaluators agree with the sets and with what opens and closes', () => {
  const counts = [4, 9, 35].map((seed) => checkEdge(seed, 90, openedBy))
  const sum = (of: (one: (typeof counts)[number]) => number) => counts.reduce((all, one) => all + of(one), 0)
  expect(counts.flatMap(({ wrong }) => wrong)).toEqual([])
  // Something was compared: most of it is certain, and some of it changed.
  expect(sum(({ certain }) => certain)).toBeGreaterThan(2 * sum(({ unsure }) => unsure))
  expect(sum(({ changed }) => changed)).toBeGreaterThan(20)
})

test('a difference that loses one target is found out', () => {
  const blind: typeof openedBy = (...edges) => {
    const { opens, closes } = openedBy(...edges)
    const seen = (list: typeof opens) => list.filter(({ door }) => door !== 'outer')
    return { opens: seen(opens), closes: seen(closes) }
  }
  expect(checkEdge(35, 60, blind).wrong.length).toBeGreaterThan(0)
})
