import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../../src/language/evaluate.ts'
import { interpret } from '../../src/language/interpret.ts'
import { company } from './company.ts'
import { requests } from './generate-requests.ts'

test('requests that nobody wrote are read as what they say or asked about, never as more (the soak reads thousands)', () => {
  fc.assert(
    fc.property(requests(), ({ text, expected }) => {
      const [score] = evaluate([{ id: text, expected, predicted: interpret(text, company()) }]).scores
      expect([text, score?.unsafe ?? score?.overRevoke]).toEqual([text, undefined])
    }),
    { numRuns: 250, seed: 20261123 },
  )
})
