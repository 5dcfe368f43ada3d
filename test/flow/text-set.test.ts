import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  ANY_TEXT,
  complementText,
  containsText,
  equalText,
  exactText,
  hasText,
  intersectText,
  isEmptyText,
  NO_TEXT,
  prefixText,
  printText,
  subtractText,
  suffixText,
  type TextSet,
  uniteText,
  witnessText,
} from '../../src/flow/text-set.ts'

// A small alphabet makes random words overlap, which is where automata go wrong.
const word = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '/', '.'), maxLength: 5 })
const lower = (text: string) => text.replace(/[A-Z]/g, (c) => c.toLowerCase())

type Rule = { readonly set: TextSet; readonly says: (text: string) => boolean }
const rule: fc.Arbitrary<Rule> = fc
  .tuple(fc.constantFrom('exact', 'prefix', 'suffix', 'contains'), word, fc.boolean())
  .map(([kind, pattern, fold]) => {
    const same = (text: string) => (fold ? lower(text) : text)
    const wanted = same(pattern)
    if (kind === 'exact') return { set: exactText(pattern, { fold }), says: (t) => same(t) === wanted }
    if (kind === 'prefix') return { set: prefixText(pattern, { fold }), says: (t) => same(t).startsWith(wanted) }
    if (kind === 'suffix') return { set: suffixText(pattern, { fold }), says: (t) => same(t).endsWith(wanted) }
    return { set: containsText(pattern, { fold }), says: (t) => same(t).includes(wanted) }
  })
const combined: fc.Arbitrary<Rule> = fc
  .array(fc.tuple(fc.constantFrom('or', 'and', 'not'), rule), { minLength: 1, maxLength: 4 })
  .map((steps) =>
    steps.reduce<Rule>(
      (a, [how, b]) => {
        if (how === 'or') return { set: uniteText(a.set, b.set), says: (t) => a.says(t) || b.says(t) }
        if (how === 'and') return { set: intersectText(a.set, b.set), says: (t) => a.says(t) && b.says(t) }
        return { set: subtractText(a.set, b.set), says: (t) => a.says(t) && !b.says(t) }
      },
      { set: ANY_TEXT, says: () => true },
    ),
  )

test('a text is in a set exactly when the rules that made the set say so', () => {
  fc.assert(
    fc.property(combined, word, ({ set, says }, text) => hasText(set, text) === says(text)),
    { numRuns: 3000 },
  )
})

test('letters are told apart unless it is said that they are not', () => {
  const made = [exactText('Ab'), prefixText('Ab'), suffixText('Ab'), containsText('Ab')]
  expect(made.map((set) => [hasText(set, 'Ab'), hasText(set, 'aB'), hasText(set, 'ab')])).toEqual(
    made.map(() => [true, false, false]),
  )
})

test('a witness is in its set, and only the empty set has none', () => {
  fc.assert(
    fc.property(combined, ({ set }) => {
      const found = witnessText(set)
      return found === undefined ? isEmptyText(set) : hasText(set, found)
    }),
    { numRuns: 2000 },
  )
})

test('sets that hold the same texts are the same automaton', () => {
  fc.assert(
    fc.property(combined, combined, (a, b) => {
      const same = isEmptyText(subtractText(a.set, b.set)) && isEmptyText(subtractText(b.set, a.set))
      return equalText(a.set, b.set) === same
    }),
    { numRuns: 1000 },
  )
})

test('the complement holds what the set does not', () => {
  fc.assert(fc.property(combined, word, ({ set }, text) => hasText(complementText(set), text) !== hasText(set, text)))
})

test('sets are printed as words and prefixes where a short list says it all, and by an example where none does', () => {
  expect(printText(exactText('grafana.corp.example'))).toBe('grafana.corp.example')
  expect(printText(exactText('Grafana', { fold: true }))).toBe('grafana')
  expect(printText(uniteText(prefixText('/d/'), exactText('/login')))).toBe('/d/*, /login')
  expect(printText(complementText(prefixText('/admin')))).toBe('any except /admin*')
  expect(printText(ANY_TEXT)).toBe('any')
  expect(printText(NO_TEXT)).toBe('none')
  expect(printText(suffixText('.example'))).toBe('some, such as ".example"')
})
