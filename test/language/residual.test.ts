import { describe, expect, test } from 'vitest'
import { interpret } from '../../src/language/interpret.ts'
import { company } from './company.ts'
import { everyMessage } from './worlds.ts'

const asks = (text: string): readonly string[] => {
  const intent = interpret(text, company())
  return [intent, ...(intent.additional ?? [])].flatMap((act) =>
    act.kind === 'grant' || act.kind === 'revoke' ? (act.needsClarification ?? ['nothing']).slice(0, 4) : [],
  )
}

describe('a time that is told by something else than a clock is asked about', () => {
  test.each([
    'give bob grafana for the sprint',
    'give bob grafana for this shift',
    'bob needs grafana for a wee bit',
    'bob needs grafana for a good while',
    'bob needs grafana for ages',
    'give bob grafana for 1-2 days',
    'give bob grafana for twenty-odd hours',
    'give bob grafana for 2 hours a day',
    'give bob grafana while he is on call',
    'give bob grafana when he is in the office',
    'give bob grafana while carol is away',
    'give bob grafana a couple of times',
    'let bob into grafana for the remainder of the project',
    'give bob grafana during business hours until friday',
    'gib bob grafana für ein Stündchen',
    'gib bob grafana solange er im Urlaub ist',
    'donne grafana à bob le temps de la migration',
    'give bob grafana and take it back on friday',
    'give bob grafana; close it again friday',
    "give bob access to grafana'; DROP TABLE requests;-- until friday",
  ])('%s', (text) => expect(asks(text)).toContain('window'))
})

describe('a part of a group is not the group, and who is near somebody is not that one', () => {
  test.each([
    'half of the data team needs grafana until friday',
    'some of the data team need grafana until friday',
    'new members of the data team need grafana until friday',
    'the head of finance needs grafana until friday',
    'a friend of bob needs grafana until friday',
    'the lyon people in finance need grafana until friday',
    "data team's 10.10.20.5 needs grafana until friday",
    '10.10.20.0 255.255.255.0 needs grafana until friday',
    'let Valentina have grafana until friday',
    'grafana for anyone in data who is on the vpn until friday',
    'grant grafana to bob until friday bar Carol Lindqvist over https, leaving dana as she is',
    'from lyon except bob over https carol would like to use grafana',
    'only from the office until friday 10.10.30.7 would like to use grafana',
    'give finance off vpn access to grafana until friday',
    'give finance behind vpn access to grafana until friday',
    'give bob (10.10.20.5) access to grafana until friday',
    'give finance and their contractors access to grafana until friday',
    "revoke bob's grafana unless he still needs it",
    'give bob, carol et al grafana until friday',
    'give bob and his team grafana until friday',
    'donne grafana à la moitié de finance jusqu’à vendredi',
    "give the data team grafana until friday; dana doesn't need it",
    'revoke half of the data team from grafana',
  ])('%s', (text) => expect(asks(text)).toContain('subject'))
})

describe('a part of a service is not the service', () => {
  test.each([
    'give bob grafana except the admin pages until friday',
    'give bob the grafana login page until friday',
    'give bob grafana dashboards for sales only until friday',
    'donne grafana à bob sauf la page admin jusqu’à vendredi',
    'give bob grafana and so on until friday',
    'give bob access to grafana behind payments until friday',
    'grafana for bob until friday. oops wrong one, wiki. same end',
    'give bob grafana and wiki until friday, leave out the admin part',
  ])('%s', (text) => expect(asks(text)).toContain('service'))
})

describe('a port that is not wanted is not granted', () => {
  test.each([
    'give bob ssh to grafana, not https, until friday',
    'give bob grafana on 443 but not on port 80 until friday',
    'gib bob grafana auf Port 443, nicht auf Port 80, bis Freitag',
  ])('%s', (text) => expect(asks(text)).toContain('port'))
})

test('a name that is also a word of the grammar is not lost from an exception', () => {
  for (const { text, context, expected } of everyMessage().filter(({ id }) => id === 'TW011'))
    expect(interpret(text.toLowerCase(), context).except).toEqual(expected.except)
})

describe('what is said plainly is not asked about', () => {
  test.each([
    'give bob grafana for a quarter of an hour',
    'give bob grafana for 2 days and 4 hours',
    'give the whole data team grafana until friday',
    'give all members of finance wiki until friday',
    'give the data team except dana access to grafana until friday',
    'give finance at lyon access to grafana until friday',
    'give bob grafana until friday because the report for the sprint is due',
    'give bob grafana until friday when you can',
    'bob needs grafana for the quarterly report until friday',
    'give bob https only access to grafana until friday',
    'give bob grafana but only from the vpn until friday',
    'bob, carol need grafana until friday',
    'give bob access to grafana until friday because the vpn is down',
  ])('%s', (text) => expect(asks(text)).toEqual(['nothing']))
})

describe('what is asked about, imagined, remembered or advised against is not granted', () => {
  test.each([
    ['did you give bob grafana until friday?', 'status'],
    ['how do I give bob grafana until friday?', 'help'],
    ['it would be bad to give bob grafana', 'out-of-scope'],
    ['remind me to give bob grafana on friday', 'out-of-scope'],
    ["remind me to revoke bob's access to grafana on friday", 'out-of-scope'],
    ["nobody should revoke bob's access to grafana", 'out-of-scope'],
    ["stop revoking bob's access to grafana", 'out-of-scope'],
    ["we might revoke bob's access to grafana", 'out-of-scope'],
    ["did you extend bob's grafana by 2 days?", 'status'],
    ["how do I extend bob's grafana by 2 days?", 'help'],
    ["should we extend bob's grafana by 2 days?", 'help'],
    ['theoretically, could the guest network open payments?', 'diagnose'],
    ['could bob get to grafana?', 'diagnose'],
  ])('%s', (text, kind) => expect(interpret(text, company()).kind).toBe(kind))
})

test.each(['+2h on grafana for bob', 'another 90 min of grafana for bob', 'bob needs grafana for 2 more days'])(
  '%s makes something last longer, it is no new grant',
  (text) => expect(interpret(text, company()).kind).toBe('extend'),
)

test('quarters of an hour are counted', () => {
  expect(interpret('give bob grafana for a quarter of an hour', company()).window).toEqual({ duration: 'PT15M' })
  expect(interpret('give bob grafana for three quarters of an hour', company()).window).toEqual({ duration: 'PT45M' })
})

describe('what is taken back in the same message is not done', () => {
  test.each([
    'bob on wiki until friday. scratch that, carol',
    'give bob wiki until friday. forget that, carol please',
    'give bob wiki until friday. never mind',
    'gib bob wiki bis freitag. vergiss das, carol',
  ])('%s', (text) => expect(asks(text)).toContain('subject'))
})

describe('to stop giving is to take away', () => {
  test.each(['stop letting bob into grafana', 'please stop giving bob access to grafana'])('%s', (text) =>
    expect(interpret(text, company())).toMatchObject({
      kind: 'revoke',
      subjects: [{ id: 'bob' }],
      services: ['grafana'],
    }),
  )
  test.each(["don't stop giving bob access to grafana", 'never stop letting bob into grafana'])(
    '%s takes nothing away',
    (text) => expect(interpret(text, company()).kind).not.toBe('revoke'),
  )
})

describe('who only says it is not among those it is for', () => {
  test.each(['carol says give bob grafana until friday', 'carol asked me to give bob grafana until friday'])(
    '%s',
    (text) => expect(asks(text)).toContain('subject'),
  )
})

test('a moment that is over neither begins nor ends an access', () => {
  expect(asks('give bob grafana since friday')).toContain('window')
})

describe('who is told of in a sentence of its own gets nothing unasked', () => {
  test.each([
    'give dana grafana until friday. Anda con Felix',
    'give dana grafana until friday. Comparte escritorio con Felix',
    'give dana grafana until friday. Sitzt im Büro mit Felix',
    'give dana grafana until friday. Partage un bureau avec Felix',
  ])('%s', (text) => expect(asks(text)).toContain('subject'))

  test.each(['Es que anda cubriendo a Felix'])('abre grafana a Dana hasta el viernes. %s', (reason) => {
    const intent = interpret(`abre grafana a Dana hasta el viernes. ${reason}`, company())
    expect(intent).toMatchObject({ subjects: [{ type: 'person', id: 'dana' }], services: ['grafana'] })
    expect(intent.needsClarification ?? []).toEqual([])
  })
})

describe('"her, only from the vpn" is one person, whoever she is, and not the whole vpn', () => {
  test.each([
    'open grafana for her until friday, only from the vpn',
    'carol needs wiki. open grafana for her until friday, only from the vpn',
    'öffne grafana für sie bis freitag, nur aus dem vpn',
    'gib ihr grafana bis freitag, nur aus dem vpn',
    '¿le puedes abrir grafana hasta el viernes, solo desde la vpn?',
    'dale grafana hasta el viernes, solo desde la vpn',
    'ábrele grafana hasta el viernes, solo desde la vpn',
    'donne-lui grafana jusqu’à vendredi, uniquement depuis le vpn',
  ])('%s', (text) => {
    expect(asks(text)).toContain('subject')
    const acts = [interpret(text, company())].flatMap((act) => [act, ...(act.additional ?? [])])
    expect(acts.flatMap(({ subjects = [] }) => subjects)).not.toContainEqual({ type: 'network', id: 'vpn-pool' })
  })
})

test.each(['open grafana until friday, only from the vpn', 'ouvre grafana jusqu’à vendredi depuis le vpn'])(
  'a place alone is who is meant: %s',
  (text) =>
    expect(interpret(text, company())).toMatchObject({
      kind: 'grant',
      subjects: [{ type: 'network', id: 'vpn-pool' }],
    }),
)

describe('a later act about the same access is not wider than what is said last', () => {
  test('told first, asked then: what is asked for is given, once', () => {
    const text = 'felix will be on grafana all week, please open grafana for him until friday, tcp 443 only'
    expect(interpret(text, company())).toMatchObject({ subjects: [{ id: 'felix' }], ports: ['tcp/443'] })
    expect(interpret(text, company()).additional).toBeUndefined()
  })

  test('where the later one narrows and nobody knows whom, both are asked', () => {
    const text = 'give felix grafana until friday and open grafana for her until friday, only from the vpn'
    const { needsClarification, additional } = interpret(text, company())
    expect([needsClarification, additional?.[0]?.needsClarification]).toEqual([['subject'], ['subject']])
  })
})

test('a service that is taken out again in the same breath is not given', () => {
  for (const text of [
    'give felix grafana and wiki for 10 days, NOT wiki',
    'give felix grafana and wiki (NOT wiki in the end, sorry) for 10 days',
  ])
    expect(interpret(text, company()), text).toMatchObject({ services: ['grafana'], exceptServices: ['wiki'] })
  expect(asks('give felix wiki until friday, not wiki')).toContain('service')
})
