import { describe, expect, test } from 'vitest'
import { readFollowUp, soundsLikeFollowUp } from '../../src/language/follow-up.ts'
import type { Intent, SubjectRef } from '../../src/language/intent.ts'
import { company, labelled } from './company.ts'
import { hospital } from './hospital.ts'

const data: SubjectRef = { type: 'group', id: 'data' }
const bob: SubjectRef = { type: 'person', id: 'bob' }
const friday = { end: '2026-11-27T23:59:59+01:00', precision: 'day' } as const
const thursday = { end: '2026-11-26T23:59:59+01:00', precision: 'day' } as const
const finance: SubjectRef = { type: 'group', id: 'finance' }
const READING = { methods: ['GET', 'HEAD'] }
const earlier: Intent = { kind: 'grant', subjects: [data, bob], services: ['grafana'], window: friday }

const edited = (text: string, before = earlier): Intent | undefined => {
  const follow = readFollowUp(text, before, company())
  return follow?.does === 'edit' ? follow.intent : undefined
}

describe('a change touches what it names and nothing else', () => {
  test.each<[string, Partial<Intent>]>([
    ['make it two weeks', { window: { duration: 'P2W' } }],
    ['and until thursday?', { window: thursday }],
    ['bitte nur bis donnerstag', { window: thursday }],
    ['mach daraus 3 Tage', { window: { duration: 'P3D' } }],
    ['hasta el jueves', { window: thursday }],
    ['plutôt jusqu’à jeudi', { window: thursday }],
    ['also wiki', { services: ['grafana', 'wiki'] }],
    ['auch wiki bitte', { services: ['grafana', 'wiki'] }],
    ['también wiki', { services: ['grafana', 'wiki'] }],
    ['aussi wiki', { services: ['grafana', 'wiki'] }],
    ['no, i meant reports', { services: ['reports'] }],
    ['not for bob', { subjects: [data] }],
    ['nicht für bob', { subjects: [data] }],
    ['no para bob', { subjects: [data] }],
    ['pas pour bob', { subjects: [data] }],
    ['not for dana', { except: [{ type: 'person', id: 'dana' }] }],
    ['for the finance team instead', { subjects: [{ type: 'group', id: 'finance' }] }],
    ['and carol too', { subjects: [data, bob, { type: 'person', id: 'carol' }] }],
    ['only from the vpn', { via: [{ type: 'network', id: 'vpn-pool' }] }],
    ['on 443 only please', { ports: ['tcp/443'] }],
    ['no, only read access', READING],
    ['read-only is enough', READING],
    ['nur lesend bitte', READING],
    ['solo lectura', READING],
    ['en lecture seule', READING],
    ['only GET', READING],
    ['make it read-only until thursday', { ...READING, window: thursday }],
    ['a week longer', { window: { end: '2026-12-04T23:59:59+01:00', precision: 'day' } }],
    ['extend it by two days', { window: { end: '2026-11-29T23:59:59+01:00', precision: 'day' } }],
    ['one day shorter', { window: thursday }],
    ['einen Tag kürzer', { window: thursday }],
    ['una semana más', { window: { end: '2026-12-04T23:59:59+01:00', precision: 'day' } }],
    ['une semaine de plus', { window: { end: '2026-12-04T23:59:59+01:00', precision: 'day' } }],
    ['end it on thursday', { window: thursday }],
    ['thursday is enough', { window: thursday }],
    ['shorten it to 2 days', { window: { duration: 'P2D' } }],
    ['no more than 2 days', { window: { duration: 'P2D' } }],
    ['remove bob', { subjects: [data] }],
    ['take bob out', { subjects: [data] }],
    ['bob doesn’t need it', { subjects: [data] }],
    ['replace grafana with wiki', { services: ['wiki'] }],
    ['swap grafana for wiki', { services: ['wiki'] }],
    ['finance instead of data', { subjects: [bob, finance] }],
    ['not data but finance', { subjects: [bob, finance] }],
    ['für finance statt data', { subjects: [bob, finance] }],
    ['finance au lieu de data', { subjects: [bob, finance] }],
    ['because of the audit', { reason: 'the audit' }],
    ['NET-77', { ticket: 'NET-77' }],
  ])('%s', (text, change) => expect(edited(text)).toEqual({ ...earlier, ...change }))
})

describe('what was agreed to narrow stays when something else changes', () => {
  const narrow: Intent = { ...earlier, via: [{ type: 'network', id: 'vpn-pool' }], ports: ['tcp/443'] }
  const lyon: SubjectRef = { type: 'network', id: 'branch-lyon' }
  test.each<[string, Partial<Intent>]>([
    ['make it start now', {}],
    ['start today', { window: friday }],
    ['from wednesday on', { window: { start: '2026-11-25T00:00:00+01:00', ...friday } }],
    ['2 more days', { window: { ...friday, end: '2026-11-29T23:59:59+01:00' } }],
    ['+2d', { window: { ...friday, end: '2026-11-29T23:59:59+01:00' } }],
    ['also from lyon', { via: [...(narrow.via ?? []), lyon] }],
    ['only from lyon', { via: [lyon] }],
    ['also port 22', { ports: ['tcp/443', 'tcp/22'] }],
    ['carol approved this, make it two weeks', { window: { duration: 'P2W' }, flags: ['claims-approval'] }],
    ['I am carol, make it two weeks', { window: { duration: 'P2W' }, flags: ['claims-identity'] }],
  ])('%s', (text, change) => expect(edited(text, narrow)).toEqual({ ...narrow, ...change }))

  test.each<[string, readonly string[]]>([
    ['also half of finance', ['subject']],
    ['and their contractors', ['subject']],
    ['make it 2 hours a day', ['window']],
    ['from saturday on', ['window']],
  ])('%s is asked about', (text, slots) => expect(edited(text, narrow)?.needsClarification).toEqual(slots))
})

describe('what cannot be settled is asked', () => {
  test.each<[string, readonly string[]]>([
    ['and until monday?', ['window']],
    ['make it permanent', ['window']],
    ['for carol', ['subject']],
    ['everyone instead', ['subject']],
    ['everything instead', ['service']],
    ['without grafana', ['service']],
    ['same as dana instead', ['service']],
    ['make it shorter', ['window']],
    ['länger bitte', ['window']],
    ['remove port 22', ['port']],
    ['remove wiki', ['service']],
    ['remove everyone', ['subject']],
    ['also kibana', ['service']],
    ['also for the zebra team', ['subject']],
    ['swap wiki for reports', ['service']],
  ])('%s', (text, slots) => expect(edited(text)?.needsClarification).toEqual(slots))
})

test('only reading is asked about where the service may not speak HTTP', () => {
  const database: Intent = { ...earlier, services: ['postgres'] }
  expect(edited('only read access', database)?.needsClarification).toEqual(['port'])
})

test('a port that was named may be taken away again, if another is left', () => {
  const two: Intent = { ...earlier, ports: ['tcp/443', 'tcp/8443'] }
  expect(edited('without port 8443', two)?.ports).toEqual(['tcp/443'])
  expect(edited('remove port 8443', two)?.ports).toEqual(['tcp/443'])
  expect(edited('remove port 443', { ...earlier, ports: ['tcp/443'] })?.needsClarification).toEqual(['port'])
})

test('how much longer counts from a length too, and from nothing it is asked', () => {
  expect(edited('2 days longer', { ...earlier, window: { duration: 'P1W' } })?.window).toEqual({ duration: 'P9D' })
  const { window: _none, ...without } = earlier
  expect(edited('2 days longer', without)?.needsClarification).toEqual(['window'])
  expect(edited('8 days shorter', { ...earlier, window: { duration: 'P1W' } })?.needsClarification).toEqual(['window'])
})

describe('what is added for some of them only is a request of its own, and gives the others nothing', () => {
  test.each(['can bob get wiki as well?', 'also wiki for carol', 'bob braucht auch wiki', 'bob también necesita wiki'])(
    '%s',
    (text) => expect(readFollowUp(text, earlier, company())).toBeUndefined(),
  )

  test('for all of them it is added', () => {
    expect(edited('also wiki for data and bob')?.services).toEqual(['grafana', 'wiki'])
  })
})

describe('what would widen is asked, in four languages', () => {
  test.each([
    ['not until monday', 'window'],
    ['nicht vor mittwoch', 'window'],
    ['no antes del miércoles', 'window'],
    ['pas avant mercredi', 'window'],
    ['as long as possible', 'window'],
    ['drop the port', 'port'],
    ['ohne den port', 'port'],
    ['sans le port', 'port'],
    ['all ports', 'port'],
    ['from anywhere', 'subject'],
    ['forget the vpn', 'subject'],
  ])('%s', (text, slot) => {
    const narrow: Intent = { ...earlier, via: [{ type: 'network', id: 'vpn-pool' }], ports: ['tcp/443'] }
    const changed = edited(text, narrow)
    expect(changed?.needsClarification).toContain(slot)
    expect(changed).toMatchObject({ via: narrow.via, ports: narrow.ports })
  })
})

describe('a request of its own, a question and small talk change nothing', () => {
  test.each([
    'give felix payments until friday',
    'why is grafana down?',
    'cancel bob’s access to wiki',
    'ok thanks',
    'lgtm',
    '&gt; make it two weeks',
  ])('%s', (text) => expect(readFollowUp(text, earlier, company())).toBeUndefined())
})

test.each([
  'cancel that',
  'never mind',
  'doch nicht',
  'not needed anymore',
  'ya no',
  'we don’t need it any more',
  'plus besoin',
  'storniere das bitte',
  'cancela la solicitud',
  'annule ça',
  'forget about it',
])('calls it off: %s', (text) => {
  expect(readFollowUp(text, earlier, company())).toEqual({ does: 'cancel' })
  expect(soundsLikeFollowUp(text, company())).toBe(true)
})

test('a question that is open is answered by its own kind of words only', () => {
  const open: Intent = { kind: 'grant', subjects: [data], services: ['grafana'], needsClarification: ['window'] }
  expect(edited('until friday', open)).toEqual({
    kind: 'grant',
    subjects: [data],
    services: ['grafana'],
    window: friday,
  })
  expect(edited('also wiki', open)?.needsClarification).toEqual(['window'])
})

describe('a new service is asked about until its name, its host and its port are known', () => {
  const kiosk: Intent = {
    kind: 'onboard-service',
    newService: { name: 'kiosk' },
    needsClarification: ['port', 'host'],
  }
  test.each<[string, Intent | undefined]>([
    [
      'kiosk.corp.example',
      { ...kiosk, newService: { name: 'kiosk', hosts: ['kiosk.corp.example'] }, needsClarification: ['port'] },
    ],
    ['tcp/443', { ...kiosk, newService: { name: 'kiosk', ports: ['tcp/443'] }, needsClarification: ['host'] }],
    ['a.corp.example or b.corp.example', undefined],
    ['one moment', undefined],
  ])('%s', (text, intent) => expect(edited(text, kiosk)).toEqual(intent))

  test('both at once', () => {
    expect(edited('kiosk.corp.example on port 443', kiosk)).toEqual({
      kind: 'onboard-service',
      newService: { name: 'kiosk', hosts: ['kiosk.corp.example'], ports: ['tcp/443'] },
    })
  })

  test.each(['kiosk', 'call it kiosk please', 'the name is kiosk', 'nenn es kiosk', 'se llama kiosk'])('%s', (text) => {
    const nameless: Intent = { kind: 'onboard-service', needsClarification: ['name'] }
    expect(edited(text, nameless)).toEqual({ kind: 'onboard-service', newService: { name: 'kiosk' } })
    for (const talk of ['Kiosk_1 / set action accept', 'thanks', 'ok', 'one moment', 'hm'])
      expect(edited(talk, nameless), talk).toBeUndefined()
  })
})

test('a start that was agreed stays when the end changes', () => {
  const later: Intent = { ...earlier, window: { start: '2026-11-25T00:00:00+01:00', ...friday } }
  expect(edited('until thursday', later)?.window).toEqual({ start: '2026-11-25T00:00:00+01:00', ...thursday })
})

test('a service that was named by its host goes with its host', () => {
  const hosted: Intent = { ...earlier, hosts: ['grafana.corp.example'] }
  expect(edited('no, i meant reports', hosted)).toEqual({ ...earlier, services: ['reports'] })
})

test('no labelled message read as a change names anything that is not in it or in what was asked before', () => {
  for (const { text, from, expected } of [...labelled(), ...labelled('hospital.jsonl')]) {
    const context = from === 'lena' || from === 'omar' ? hospital(from) : company(from)
    const follow = readFollowUp(text, { kind: 'grant' }, context)
    if (follow?.does !== 'edit' || (follow.intent.needsClarification ?? []).length > 0) continue
    const acts = [expected, ...(expected.additional ?? [])]
    const services = acts.flatMap((act) => [...(act.services ?? []), ...(act.exceptServices ?? [])])
    expect(services, text).toEqual(expect.arrayContaining(follow.intent.services ?? []))
  }
})
