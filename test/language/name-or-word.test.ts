import { describe, expect, test } from 'vitest'
import type { LanguageContext } from '../../src/language/context.ts'
import { interpret } from '../../src/language/interpret.ts'
import { company } from './company.ts'

/** The example company, where people are called May, Will, Mark and Grant, and services Tide, Status, Access and Case. */
function world(): LanguageContext {
  const context = company('alice', new Date('2026-11-24T09:00:00Z'))
  const people = [
    ['may', 'May Lin'],
    ['will', 'Will Mercer'],
    ['mark', 'Mark Penrose'],
    ['grant', 'Grant Olsen'],
  ] as const
  const services = ['tide', 'status', 'access', 'case']
  return {
    ...context,
    catalog: {
      ...context.catalog,
      people: [...context.catalog.people, ...people.map(([id, name]) => ({ id, name, aliases: [], networks: [] }))],
    },
    services: [
      ...context.services,
      ...context.services.slice(0, 4).map((service, i) => {
        const id = services[i] ?? ''
        return { ...service, id, name: id, aliases: [], hosts: [`${id}.corp.example`] }
      }),
    ],
  }
}

const read = (text: string): string => {
  const { kind, subjects = [], services = [], window, needsClarification = [] } = interpret(text, world())
  return [
    kind,
    subjects.map(({ id }) => id).join('+') || '-',
    services.join('+') || '-',
    window?.duration ?? window?.end?.slice(0, 10) ?? '',
    ...needsClarification.map((slot) => `${slot}?`),
  ]
    .join(' ')
    .trim()
}

describe('a name that is also a word is a name where it stands like one', () => {
  test.each([
    ['may needs wiki till friday', 'grant may wiki 2026-11-27'],
    ['May needs wiki till Friday', 'grant may wiki 2026-11-27'],
    ['Will will be needing grafana until Friday', 'grant will grafana 2026-11-27'],
    ['will has to get into wiki until friday', 'grant will wiki 2026-11-27'],
    ['give may access to wiki until 5 May', 'grant may wiki 2027-05-05'],
    ['give will and may wiki until friday', 'grant will+may wiki 2026-11-27'],
    ['grant grant access to wiki until friday', 'grant grant wiki 2026-11-27'],
    ['let mark into tide until friday', 'grant mark tide 2026-11-27'],
    ['wiki for will until friday', 'grant will wiki 2026-11-27'],
    ["revoke may's access to wiki", 'revoke may wiki'],
    ['may no longer needs wiki', 'revoke may wiki'],
    ['bob needs access to status until friday', 'grant bob status 2026-11-27'],
    ['give bob Access until Friday', 'grant bob access 2026-11-27'],
  ])('%s', (text, says) => expect(read(text)).toBe(says))
})

describe('elsewhere it is the word', () => {
  test.each([
    ['may I have wiki until Friday?', 'grant alice wiki 2026-11-27'],
    ['will you give bob wiki until Friday?', 'grant bob wiki 2026-11-27'],
    ['bob will need wiki until friday', 'grant bob wiki 2026-11-27'],
    ['bob may need wiki until friday', 'grant bob wiki 2026-11-27'],
    ['bob needs wiki until 3 May', 'grant bob wiki 2027-05-03'],
    ['bob needs wiki until the end of May', 'grant bob wiki 2027-05-31'],
    ["I'd like to grant access to wiki to bob until Friday", 'grant bob wiki 2026-11-27'],
    ['Grant bob access to wiki until Friday', 'grant bob wiki 2026-11-27'],
    ["what's the status of wiki?", 'status - wiki'],
    ['give bob wiki until friday, just in case', 'grant bob wiki 2026-11-27'],
  ])('%s', (text, says) => expect(read(text)).toBe(says))
})
