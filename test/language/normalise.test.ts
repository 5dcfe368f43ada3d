import fc from 'fast-check'
import { expect, test } from 'vitest'
import { interpret } from '../../src/language/interpret.ts'
import { normalise } from '../../src/language/normalise.ts'
import { company } from './company.ts'

test('Slack mark-up becomes plain words', () => {
  const { text } = normalise(
    '<@U0BOT> give *bob* &amp; <@U0CAROL> access to <https://grafana.corp.example/d/x|here> :pray:',
    'U0BOT',
  )
  expect(text.replace(/\s+/g, ' ').trim()).toBe('give bob & @U0CAROL access to https://grafana.corp.example/d/x')
})

test('quotes, fences and struck words are set apart', () => {
  const { text, quoted } = normalise(
    '&gt; give bob wiki\nplease look ```config firewall policy``` ~until Friday~ "give me access to it"',
  )
  expect(text.replace(/\s+/g, ' ').trim()).toBe('please look')
  expect(quoted).toHaveLength(4)
})

test('places in the folded text are places in the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (raw) => {
      const { text, folded } = normalise(raw)
      expect(folded.length).toBe(text.length)
    }),
  )
})

test('nothing a person can write makes the interpreter throw, and no grant comes of noise', () => {
  const context = company()
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (raw) => {
      const intent = interpret(raw, context)
      if (intent.kind === 'grant') expect(intent.needsClarification ?? []).not.toEqual([])
    }),
    { numRuns: 300 },
  )
})
