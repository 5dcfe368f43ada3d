import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editDistance, indexRuns, lettersOf, likeness, likenesses, tooFar } from '../../src/language/nearest.ts'

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', 'z', ' ', '-'), maxLength: 9 })

test('names that are too far apart by their letters are further apart than the edits', () => {
  fc.assert(
    fc.property(word, word, (a, b) => {
      if (tooFar(lettersOf(a), lettersOf(b), 2)) expect(editDistance(a, b, 2)).toBeGreaterThan(2)
    }),
  )
  expect(tooFar(lettersOf('vault'), lettersOf('grafana'), 2)).toBe(true)
  expect(tooFar(lettersOf('vault'), lettersOf('vualt'), 2)).toBe(false)
})

test('the index of runs says of every name what comparing it alone says', () => {
  fc.assert(
    fc.property(word, fc.uniqueArray(word, { maxLength: 6 }), (asked, names) => {
      const found = likenesses(asked, indexRuns(names))
      for (const name of names) expect(found.get(name) ?? 0).toBe(likeness(asked, name))
    }),
  )
  expect(likeness('grafana', 'grafana')).toBe(1)
})
