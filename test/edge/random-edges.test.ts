import { expect, test } from 'vitest'
import { openedBy } from '../../src/edge/blast-radius.ts'
import { checkEdge, checkGrants } from './random-edges.ts'

test('on random edges, before and after any edit, both doors’ point evaluators agree with the sets and with what opens and closes', () => {
  const counts = [13, 24, 36, 49].map((seed) => checkEdge(seed, 90, openedBy))
  const sum = (of: (one: (typeof counts)[number]) => number) => counts.reduce((all, one) => all + of(one), 0)
  expect(counts.flatMap(({ wrong }) => wrong)).toEqual([])
  // Something was compared: most of it is certain, and some of it changed.
  expect(sum(({ certain }) => certain)).toBeGreaterThan(2 * sum(({ unsure }) => unsure))
  expect(sum(({ changed }) => changed)).toBeGreaterThan(20)
})

test('a difference that misses what opens is found out', () => {
  const blind: typeof openedBy = (...edges) => ({ ...openedBy(...edges), opens: [], closes: [] })
  expect(checkEdge(24, 60, blind).wrong).not.toEqual([])
})

test('every verdict on random grants is confirmed by single flows: its witness, what opens and closes, and that nothing else does', () => {
  const found = [2, 24, 46, 49, 66].map((seed) => checkGrants(seed, 4, 0))
  expect(found.flatMap(({ wrong }) => wrong)).toEqual([])
  const verdicts = new Set(found.flatMap((one) => one.verdicts))
  expect([...verdicts].toSorted()).toEqual(['closes-something', 'exact', 'too-narrow', 'too-wide', 'unproved'])
})
