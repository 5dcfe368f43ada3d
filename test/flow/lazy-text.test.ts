import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  hasLazy,
  intersectLazy,
  isEmptyLazy,
  keyOfLazy,
  type LazyText,
  lazyText,
  sameLazy,
  subtractLazy,
  uniteLazy,
  wholeText,
  witnessLazy,
} from '../../src/flow/lazy-text.ts'
import {
  ANY_TEXT,
  containsText,
  equalText,
  exactText,
  hasText,
  prefixText,
  suffixText,
} from '../../src/flow/text-set.ts'

// Long enough that a difference stays one: short texts are worked out at once.
const WORDS = ['grafana.corp.example', 'payments.corp.example', 'grafana.corp.example.org', 'a,b,c,d,e,f,g,h,i,j,k,l,m']
const text = fc.oneof(fc.constantFrom(...WORDS, '', 'x', 'corp'), fc.string({ maxLength: 6 }))
const base = fc.constantFrom(
  ...WORDS.map((word) => exactText(word)),
  ...WORDS.map((word) => prefixText(word.slice(0, 12))),
  containsText('corp.example'),
  suffixText('.example'),
  exactText('x'),
  ANY_TEXT,
)

type Recipe = { readonly base: ReturnType<typeof exactText>; readonly steps: readonly (readonly [string, Recipe])[] }
const step = (of: fc.Arbitrary<Recipe>) => fc.tuple(fc.constantFrom('minus', 'and', 'or'), of)
const { recipe } = fc.letrec<{ recipe: Recipe }>((tie) => ({
  recipe: fc.oneof(
    { depthSize: 'small' },
    base.map((one) => ({ base: one, steps: [] })),
    fc.record({ base, steps: fc.array(step(tie('recipe')), { minLength: 1, maxLength: 4 }) }),
  ),
}))

const COMBINE: Readonly<Record<string, (a: LazyText, b: LazyText) => LazyText>> = {
  minus: subtractLazy,
  and: intersectLazy,
  or: uniteLazy,
}

function make({ base: start, steps }: Recipe): LazyText {
  return steps.reduce((made, [how, other]) => COMBINE[how]?.(made, make(other)) ?? made, lazyText(start))
}

function holds({ base: start, steps }: Recipe, word: string): boolean {
  return steps.reduce(
    (so, [how, other]) => {
      const there = holds(other, word)
      return how === 'minus' ? so && !there : how === 'and' ? so && there : so || there
    },
    hasText(start, word),
  )
}

describe('a set of texts that stays a difference', () => {
  test('holds what membership says, and so does its automaton', () => {
    fc.assert(
      fc.property(recipe, text, (one, word) => {
        const made = make(one)
        expect(hasLazy(made, word)).toBe(holds(one, word))
        expect(hasText(wholeText(made), word)).toBe(holds(one, word))
      }),
      { numRuns: 600 },
    )
  })

  test('is empty only when it holds nothing, and its witness is in it', () => {
    fc.assert(
      fc.property(recipe, (one) => {
        const made = make(one)
        const witness = witnessLazy(made)
        expect(isEmptyLazy(made)).toBe(witnessLazy(lazyText(wholeText(made))) === undefined)
        expect(witness === undefined || holds(one, witness)).toBe(true)
      }),
      { numRuns: 600 },
    )
  })

  test('has the key of another only when both are the same set', () => {
    fc.assert(
      fc.property(recipe, recipe, (one, other) => {
        const [a, b] = [make(one), make(other)]
        const areSame = equalText(wholeText(a), wholeText(b))
        if (keyOfLazy(a) === keyOfLazy(b) || sameLazy(a, b)) expect(areSame).toBe(true)
        expect(keyOfLazy(make(one))).toBe(keyOfLazy(a))
      }),
      { numRuns: 600 },
    )
  })

  test('what one leaves out comes back when it is taken from another', () => {
    const [word = '', other = ''] = WORDS
    const part = subtractLazy(lazyText(suffixText('.corp.example')), lazyText(exactText(word)))
    const rest = subtractLazy(subtractLazy(lazyText(ANY_TEXT), lazyText(exactText('x'.repeat(30)))), part)
    expect([word, other].map((one) => hasLazy(rest, one))).toEqual([true, false])
  })

  test('a thousand hosts taken apart, the automaton of the last one is never built', () => {
    const hosts = Array.from({ length: 1000 }, (_, i) => exactText(`app-${i}.example.com`))
    let rest = lazyText(ANY_TEXT)
    for (const host of hosts) {
      const mine = intersectLazy(rest, lazyText(host))
      expect(isEmptyLazy(mine)).toBe(false)
      expect(mine.plus.accepts.length).toBeLessThan(100)
      rest = subtractLazy(rest, lazyText(host))
    }
    expect(isEmptyLazy(intersectLazy(rest, lazyText(exactText('app-7.example.com'))))).toBe(true)
  })
})
