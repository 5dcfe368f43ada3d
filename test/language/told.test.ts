import { describe, expect, test } from 'vitest'
import type { Intent } from '../../src/language/intent.ts'
import { interpret } from '../../src/language/interpret.ts'
import { company } from './company.ts'

const read = (text: string): readonly Intent[] => {
  const { additional = [], ...first } = interpret(text, company('alice', new Date('2026-11-24T09:00:00Z')))
  return [first, ...additional]
}

const line = ({
  kind,
  subjects = [],
  services = [],
  except = [],
  via = [],
  allServices,
  window,
  needsClarification = [],
}: Intent): string =>
  [
    kind,
    subjects.map(({ id }) => id).join('+') || '-',
    allServices ? 'all' : services.join('+') || '-',
    ...except.map(({ id }) => `except ${id}`),
    ...via.map(({ id }) => `from ${id}`),
    window?.duration ?? window?.end?.slice(5, 10) ?? '',
    ...needsClarification.map((slot) => `${slot}?`),
  ]
    .join(' ')
    .trim()

describe('what is told before a request says who it is about', () => {
  test.each<[string, readonly string[]]>([
    ['bob left yesterday, kill everything he has', ['revoke bob all']],
    ["bob's contract ended today, everything he has must go", ['revoke bob all']],
    ['bob hat gestern gekündigt, bitte nimm ihm alle Zugriffe weg', ['revoke bob all']],
    ['bob is on call this week, give him wiki until friday', ['grant bob wiki 11-27']],
    [
      'carol joins on Monday, please give her access to wiki and grafana until 18 December',
      ['grant carol wiki+grafana 12-18'],
    ],
    ["morning! carol is helping out with it, she'll need payments until the 12th", ['grant carol payments 12-12']],
    ["sofia is covering for sam reyes this week so she'll need payments", ['grant sofia payments 11-27']],
    ['as per NET-4411 carol should get payments until friday', ['grant carol payments 11-27']],
    [
      'carol lost her grafana dashboards somehow. Can you put her back on, two weeks is plenty',
      ['grant carol grafana P2W'],
    ],
    [
      'the audit got postponed, so finance should keep reports until 19 December instead of this Friday',
      ['extend finance reports 12-19'],
    ],
    [
      'felix is doing the books for lyon while carol is on leave, he will need payments until 12 December',
      ['grant felix payments 12-12'],
    ],
    ['il me faudrait encore trois jours sur wiki', ['extend alice wiki P3D']],
    ['felix wants data to have wiki until Friday', ['grant data wiki 11-27']],
    ["bob's wiki access runs out tonight, please renew it until 30 November", ['extend bob wiki 11-30']],
    ["bob can't reach wiki, please let him in until friday", ['grant bob wiki 11-27']],
    ['finance still locked out of wiki?? please let them in until the 5th', ['grant finance wiki 12-05']],
    ["support can't print. open wiki for the office for 90 minutes", ['grant office wiki PT90M']],
    ['https://wiki.corp.example/x gives me a 403, please let me in until Thursday', ['grant alice wiki 11-26']],
    ['ya no necesito acceso a wiki, quítamelo', ['revoke alice wiki']],
    ['on a besoin de wiki demain', ['grant data wiki 11-25']],
    ["could you make bob's wiki access last until Wednesday 2 December?", ['extend bob wiki 12-02']],
  ])('%s', (text, acts) => expect(read(text).map(line)).toEqual(acts))

  test.each<[string, readonly string[]]>([
    ['is grafana down? give bob wiki until friday', ['diagnose - grafana', 'grant bob wiki 11-27']],
    ["why can't carol reach wiki? give her wiki until friday", ['diagnose carol wiki', 'grant - wiki 11-27 subject?']],
  ])('a question stays one: %s', (text, acts) => expect(read(text).map(line)).toEqual(acts))

  test('what somebody will be doing is no request of its own', () => {
    const acts = read('carol will be on grafana all week, please open wiki for her until friday, tcp 443 only')
    expect(
      acts.filter(
        ({ kind, services = [], needsClarification = [] }) =>
          kind === 'grant' && services.includes('grafana') && needsClarification.length === 0,
      ),
    ).toEqual([])
  })

  test('who is named in a sentence that asks for nothing is asked about, and where somebody worked is not taken away', () => {
    expect(read('¿le puedes abrir wiki a dana hasta el martes? anda cubriendo a bob')[0]?.needsClarification).toContain(
      'subject',
    )
    expect(read('bob ya no trabaja en payments, quítale todo por favor').map(line)).toEqual(['revoke bob all'])
  })

  test('an end that was told bounds the request that has none', () => {
    expect(read('bob is here until Friday, give him wiki')[0]?.needsClarification ?? []).not.toEqual([])
    expect(read('bob is on call this week, give him wiki').map(line)).toEqual(['grant bob wiki 11-27'])
  })
})

describe('one of several, left out or narrowed', () => {
  test.each<[string, readonly string[]]>([
    [
      'bob + carol need wiki, but carol only from the vpn; both till friday',
      ['grant bob wiki 11-27', 'grant carol wiki from vpn-pool 11-27'],
    ],
    [
      'bob und carol brauchen wiki bis Freitag, aber carol nur über vpn',
      ['grant bob wiki 11-27', 'grant carol wiki from vpn-pool 11-27'],
    ],
    ['data (not dana) should be able to use wiki until friday', ['grant data wiki except dana 11-27']],
    ['the data team except dana, plus carol, on wiki for 36 hours', ['grant data+carol wiki except dana PT36H']],
  ])('%s', (text, acts) => expect(read(text).map(line)).toEqual(acts))
})

describe('slips of the hand', () => {
  test.each<[string, readonly string[]]>([
    ['giv bob acces 2 wiki til fri pls', ['grant bob wiki 11-27']],
    ['wiki access 4 bob untl friday thx', ['grant bob wiki 11-27']],
    ['acess 4 me 2 grafna plz for 2h', ['grant alice grafana PT2H']],
    ['revoek bob from wiki', ['revoke bob wiki']],
    ['give obsevability wiki until thrusday', ['grant observability wiki 11-26']],
  ])('%s', (text, acts) => expect(read(text).map(line)).toEqual(acts))

  test('what is counted is no little word, and what is done is no request', () => {
    expect(read('give 4 finance people wiki until friday').map(line)).not.toEqual(['grant finance wiki 11-27'])
    expect(read("bob's access to wiki was revoked yesterday")[0]?.kind).not.toBe('revoke')
  })
})
