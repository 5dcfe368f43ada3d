import { describe, expect, test } from 'vitest'
import type { Intent } from '../../src/language/intent.ts'
import { interpret } from '../../src/language/interpret.ts'
import { company } from './company.ts'

/** Tuesday, 24 November 2026, 10:00 in Berlin. */
const read = (text: string): Intent => interpret(text, company('alice', new Date('2026-11-24T09:00:00Z')))

const person = (id: string) => ({ type: 'person' as const, id })
const until = (end: string) => ({ end: `2026-11-${end}+01:00` })
const THURSDAY = until('26T23:59:59')

describe('who corrects themselves in the same message means what they said last', () => {
  test.each<[string, Partial<Intent>]>([
    ['give bob wiki until Friday — no wait, Thursday', { window: { ...THURSDAY, precision: 'day' } }],
    ['give bob wiki until Friday, no, make that Thursday', { window: { ...THURSDAY, precision: 'day' } }],
    ['give bob wiki until Friday... sorry, until Thursday', { window: { ...THURSDAY, precision: 'day' } }],
    ['gib bob wiki bis Freitag, nein, doch lieber bis Donnerstag', { window: { ...THURSDAY, precision: 'day' } }],
    ['gib bob wiki bis Freitag, besser Donnerstag', { window: { ...THURSDAY, precision: 'day' } }],
    ['dale a bob wiki hasta el viernes, no, mejor hasta el jueves', { window: { ...THURSDAY, precision: 'day' } }],
    ["donne accès à bob à wiki jusqu'à vendredi, non, jeudi", { window: { ...THURSDAY, precision: 'day' } }],
    ['give bob wiki until friday 5pm, no, 6pm', { window: { ...until('27T18:00:00'), precision: 'minute' } }],
    ['wiki for bob, one month... no, two weeks is plenty', { window: { duration: 'P2W' } }],
    [
      'carol a besoin de wiki demain de 14h à 16h, enfin non, de 15h à 17h',
      {
        window: { start: '2026-11-25T15:00:00+01:00', end: '2026-11-25T17:00:00+01:00', precision: 'minute' },
      },
    ],
    ['give bob access to grafana, sorry I meant wiki, until Friday', { services: ['wiki'] }],
    ['carol needs grafana. Sorry, wiki I mean. Until Thursday.', { services: ['wiki'] }],
    ['der Support soll auf grafana, nein, quatsch, auf wiki, bis Freitag', { services: ['wiki'] }],
    ['da acceso a bob a grafana, mejor dicho a wiki, hasta el viernes', { services: ['wiki'] }],
    ["donne accès à bob à grafana, enfin plutôt wiki, jusqu'à vendredi", { services: ['wiki'] }],
    ['give bob, no, carol access to wiki until Friday', { subjects: [person('carol')] }],
    ['give bob the wiki until Friday, and make it carol not bob', { subjects: [person('carol')] }],
    ["revoke bob's access to wiki, sorry, carol's", { kind: 'revoke', subjects: [person('carol')] }],
    [
      'give bob wiki from the office, sorry, from the vpn, until friday',
      { via: [{ type: 'network', id: 'vpn-pool' }] },
    ],
    ['give bob grafana on 443, no wait, on 8443, until friday', { ports: ['tcp/8443'] }],
    ['gib bob das grafana, also wiki, bis Freitag', { services: ['wiki'] }],
    ['give bob grafana and… no, not grafana, the wiki I mean, for a week', { services: ['wiki'] }],
    ['can bob reach grafana, I mean wiki?', { kind: 'diagnose', services: ['wiki'] }],
  ])('%s', (text, says) => {
    const intent = read(text)
    expect(intent).toMatchObject(says)
    expect(intent.needsClarification ?? []).toEqual([])
  })
})

describe('what is taken out of a list again is not given', () => {
  test.each([
    'give data grafana, wiki and payments until Friday. actually leave out payments',
    'give data grafana, wiki and payments until Friday. Actually, not payments.',
  ])('%s', (text) =>
    expect(read(text)).toMatchObject({ services: ['grafana', 'wiki'], exceptServices: ['payments'], window: {} }),
  )

  test('of people, too', () =>
    expect(read('give bob and carol wiki until friday, actually not carol')).toMatchObject({
      subjects: [person('bob')],
      services: ['wiki'],
    }))
})

describe('where it is not certain what was taken back, it is asked', () => {
  test.each<[string, string]>([
    ['give bob and carol wiki until friday, no wait, dana', 'subject'],
    ['give bob wiki until Friday 5pm, no wait, Thursday', 'window'],
    ['give bob wiki, scratch that, grafana until Friday', 'service'],
    ['bob needs wiki from Wednesday until Friday, sorry, Thursday', 'window'],
    ["accès à wiki pour bob et carol, sauf que pour bob c'est seulement jusqu'à jeudi", 'subject'],
    ["accès à wiki pour bob et carol, sauf que pour bob c'est seulement jusqu'à jeudi", 'window'],
  ])('%s', (text, slot) => expect(read(text).needsClarification).toContain(slot))

  test('a sentence about somebody else corrects nothing', () => {
    expect(read('give bob wiki until Friday. Sorry, carol asked me').subjects).toEqual([person('bob')])
    expect(read('give bob wiki until friday, actually carol is on holiday').subjects).toContainEqual(person('bob'))
    expect(read('actually, can bob have wiki until friday?')).toMatchObject({
      kind: 'grant',
      subjects: [person('bob')],
    })
  })
})

test('a service on either side of whoever gets it, with nothing that lists them, may be another word', () => {
  expect(read('reports, carol needs wiki until Friday').needsClarification).toContain('service')
  expect(read('grafana for carol and wiki until Friday')).toMatchObject({ services: ['wiki', 'grafana'] })
})

test('in English "also" adds', () => {
  expect(read('give bob grafana, also wiki, until Friday').services).toEqual(['grafana', 'wiki'])
})

test('what is named and taken out again in the same breath is not given', () => {
  expect(read('give bob grafana and wiki (NOT grafana) for 10 days')).toMatchObject({ services: ['wiki'] })
})
