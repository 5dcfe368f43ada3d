import { describe, expect, test } from 'vitest'
import type { Intent } from '../../src/language/intent.ts'
import { interpret } from '../../src/language/interpret.ts'
import { company } from './company.ts'

const read = (text: string): Intent => interpret(text, company('alice', new Date('2026-11-24T09:00:00Z')))
const network = (id: string) => ({ type: 'network', id })

describe('a place beside somebody says from where', () => {
  test.each<[string, string]>([
    ['support (vpn only) needs wiki until friday', 'vpn-pool'],
    ['support, vpn only, on wiki until friday', 'vpn-pool'],
    ['give support wiki until friday, office only', 'office'],
    ['support (nur vpn) braucht wiki bis Freitag', 'vpn-pool'],
    ['gib support wiki bis Freitag, aber nur übers vpn', 'vpn-pool'],
    ['da acceso a support a wiki hasta el viernes, solo desde la vpn', 'vpn-pool'],
    ['support (depuis lyon) a besoin de wiki', 'branch-lyon'],
    ["give support wiki when they're on the vpn until friday", 'vpn-pool'],
  ])('%s', (text, via) =>
    expect(read(text)).toMatchObject({
      subjects: [{ type: 'group', id: 'support' }],
      via: [network(via)],
      services: ['wiki'],
    }),
  )

  test('an address in brackets may be who or from where: that is asked', () =>
    expect(read('carol (10.1.2.3) needs wiki until friday').needsClarification).toContain('subject'))
})

describe('a place that is the only party gets the access', () => {
  test.each<[string, string]>([
    ['nordwind needs wiki until friday', 'partner-nordwind'],
    ['the auditors at kestrel need wiki until friday', 'partner-kestrel'],
    ['die Leute von nordwind brauchen wiki bis Freitag', 'partner-nordwind'],
    ['open wiki from the office until friday', 'office'],
    ['wiki until friday, vpn only', 'vpn-pool'],
  ])('%s', (text, id) => {
    const intent = read(text)
    expect(intent.via).toBeUndefined()
    expect(intent.subjects ?? [network(id)]).toEqual([network(id)])
  })
})

test('the group behind a person tells who that is and adds nobody', () => {
  expect(read('carol in finance needs wiki until friday').subjects).toEqual([{ type: 'person', id: 'carol' }])
  expect(read('carol from support over the vpn needs wiki until friday')).toMatchObject({
    subjects: [{ type: 'person', id: 'carol' }],
    via: [network('vpn-pool')],
  })
})
