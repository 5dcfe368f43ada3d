import { describe, expect, test } from 'vitest'
import type { Intent } from '../../src/language/intent.ts'
import { interpret } from '../../src/language/interpret.ts'
import { company } from './company.ts'

const read = (text: string): Intent => interpret(text, company('alice', new Date('2026-11-24T09:00:00Z')))
const DANA = { type: 'person', id: 'dana' }

describe('what somebody has is given to somebody else, however it is said', () => {
  test.each([
    'dana should see the same things as bob until Friday',
    'give dana whatever bob has until friday',
    'dana needs everything bob can reach until friday',
    "mirror bob's access for dana until friday",
    "copy bob's access to dana until friday",
    'dana needs the same access bob has until friday',
    'set dana up just like bob please, until 12 December',
    'same as bob for dana until friday',
    'dana needs the same set of services as her predecessor bob until friday',
    'dana takes over from bob, can she get whatever bob has until friday?',
    'dana braucht die gleichen Rechte wie bob bis Freitag',
    'gib dana alles, was bob hat, bis Freitag',
    'dale a dana los mismos permisos que a bob hasta el viernes',
    'lo mismo que tiene bob, pero para dana, hasta el viernes',
    "dana a besoin des mêmes droits que bob jusqu'à vendredi",
    "pareil que bob pour dana jusqu'à vendredi",
  ])('%s', (text) => {
    const intent = read(text)
    expect(intent).toMatchObject({ kind: 'grant', subjects: [DANA], sameAs: 'bob', window: {} })
    expect(intent.needsClarification ?? []).toEqual([])
    expect(intent.services).toBeUndefined()
  })

  test('of two people or of a group it is asked', () => {
    expect(read('give dana the same access as bob and carol until friday').needsClarification).toContain('subject')
    expect(read('give dana the same access as finance until friday').needsClarification).toContain('subject')
  })

  test.each(['revoke everything bob has', 'I need to know what bob has', 'what does bob have?'])(
    '%s gives nothing',
    (text) => {
      const { kind, sameAs, needsClarification = [] } = read(text)
      expect(kind === 'grant' && needsClarification.length === 0).toBe(false)
      expect(sameAs).toBeUndefined()
    },
  )
})
