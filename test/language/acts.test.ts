import { describe, expect, test } from 'vitest'
import type { Intent } from '../../src/language/intent.ts'
import { interpret } from '../../src/language/interpret.ts'
import { company } from './company.ts'

/** Tuesday, 24 November 2026, 10:00 in Berlin. */
const read = (text: string): readonly Intent[] => {
  const { additional = [], ...first } = interpret(text, company('alice', new Date('2026-11-24T09:00:00Z')))
  return [first, ...additional]
}

/** An act in one short line: what is done, who, what, until when. */
const line = ({ kind, subjects = [], services = [], window, needsClarification = [] }: Intent): string =>
  [
    kind,
    subjects.map(({ id }) => id).join('+') || '-',
    services.join('+') || '-',
    window?.duration ?? window?.end?.slice(5, 10) ?? '',
    ...needsClarification.map((slot) => `${slot}?`),
  ]
    .join(' ')
    .trim()

describe('several acts of one message', () => {
  test.each<[string, readonly string[]]>([
    ['give carol grafana and bob wiki until Friday', ['grant carol grafana 11-27', 'grant bob wiki 11-27']],
    ['wiki for bob and grafana for carol, until Friday', ['grant bob wiki 11-27', 'grant carol grafana 11-27']],
    ['gib carol grafana und bob wiki bis Freitag', ['grant carol grafana 11-27', 'grant bob wiki 11-27']],
    ['da a carol grafana y a bob wiki hasta el viernes', ['grant carol grafana 11-27', 'grant bob wiki 11-27']],
    ["donne grafana à carol et wiki à bob jusqu'à vendredi", ['grant carol grafana 11-27', 'grant bob wiki 11-27']],
    [
      'bob wiki, carol grafana, dana reports - all until friday',
      ['grant bob wiki 11-27', 'grant carol grafana 11-27', 'grant dana reports 11-27'],
    ],
    [
      'bob needs wiki for 2 hours and carol needs grafana for 3 days',
      ['grant bob wiki PT2H', 'grant carol grafana P3D'],
    ],
    ['bob needs wiki until friday and carol no longer needs grafana', ['grant bob wiki 11-27', 'revoke carol grafana']],
    ['bob gets wiki until Friday, carol gets it until Thursday', ['grant bob wiki 11-27', 'grant carol wiki 11-26']],
    [
      'Two things: 1) extend finance on wiki until 15 December 2) carol no longer needs grafana',
      ['extend finance wiki 12-15', 'revoke carol grafana'],
    ],
    ['1. give bob wiki until friday\n2. revoke carol from grafana', ['grant bob wiki 11-27', 'revoke carol grafana']],
    [
      "is grafana up? and while you're at it let carol have wiki for 4 hours",
      ['diagnose - grafana', 'grant carol wiki PT4H'],
    ],
  ])('%s', (text, acts) => expect(read(text).map(line)).toEqual(acts))
})

describe('a line above or below a list holds for every line of it', () => {
  test.each<[string, readonly string[]]>([
    ['Please grant until Friday:\n- bob wiki\n- carol grafana', ['grant bob wiki 11-27', 'grant carol grafana 11-27']],
    [
      'Access list (all until 27 November):\n• support: wiki\n• finance: grafana',
      ['grant support wiki 11-27', 'grant finance grafana 11-27'],
    ],
    ['bob: wiki\ncarol: grafana\nuntil Friday please', ['grant bob wiki 11-27', 'grant carol grafana 11-27']],
    ['please revoke:\nbob wiki\ncarol grafana', ['revoke bob wiki', 'revoke carol grafana']],
    ['for bob until Friday:\n- wiki\n- grafana', ['grant bob wiki+grafana 11-27']],
  ])('%s', (text, acts) => expect(read(text).map(line)).toEqual(acts))

  test('what narrows them, too', () => {
    for (const act of read('Please grant until Friday, only from the vpn:\n- bob wiki\n- carol grafana'))
      expect(act).toMatchObject({ kind: 'grant', via: [{ type: 'network', id: 'vpn-pool' }] })
  })
})

describe('a later act leaves to the one before it what it has a word for', () => {
  test.each<[string, readonly string[]]>([
    ['take bob off wiki and give carol his place there until Friday', ['revoke bob wiki', 'grant carol wiki 11-27']],
    ['Quita a bob de wiki y pon a carol hasta el viernes', ['revoke bob wiki', 'grant carol wiki 11-27']],
    ["Retire bob de wiki et donne sa place à carol jusqu'à vendredi", ['revoke bob wiki', 'grant carol wiki 11-27']],
    [
      'Bitte kein Zugriff mehr für bob auf wiki, dafür carol bis Freitag',
      ['revoke bob wiki', 'grant carol wiki 11-27'],
    ],
    ['swap: bob out of wiki, carol in (till 27 Nov)', ['revoke bob wiki', 'grant carol wiki 11-27']],
    [
      'take finance off grafana and give them wiki until friday',
      ['revoke finance grafana', 'grant finance wiki 11-27'],
    ],
  ])('%s', (text, acts) => expect(read(text).map(line)).toEqual(acts))
})

describe('which pair a restriction belongs to is asked', () => {
  test.each([
    'give bob wiki and carol grafana, but not from the vpn, until friday',
    'give bob wiki on 443 and carol grafana until friday',
    'give bob wiki and carol or dana grafana until friday',
    'take wiki away from bob, except finance on port 443',
  ])('%s', (text) => {
    const acts = read(text)
    expect(acts.some(({ kind, needsClarification = [] }) => kind === 'grant' && needsClarification.length === 0)).toBe(
      false,
    )
  })
})

describe('what shall be, said as if it were so, is asked for', () => {
  test.each([
    'bob to have wiki until friday',
    'bob may use wiki until friday',
    'bob back on wiki until friday',
    'have bob on wiki until friday',
    "i'd like bob on wiki until friday",
    'see that bob gets wiki until friday',
    'make wiki available to bob until friday',
    'set up bob w/ wiki until friday',
  ])('%s', (text) => expect(read(text).map(line)).toEqual(['grant bob wiki 11-27']))

  test('a polite question whether somebody can reach something stays one', () => {
    expect(read('can bob reach wiki please').map(line)).toEqual(['diagnose bob wiki'])
  })
})
