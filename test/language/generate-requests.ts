import fc from 'fast-check'
import type { Intent, SubjectRef, Window } from '../../src/language/intent.ts'
import { company, type Labelled } from './company.ts'

/** A part of a sentence with what it means. */
type Part = { readonly words: string; readonly means: Partial<Intent> }
type Frame = (parts: { who: string; what: string; rest: readonly string[] }) => string

const { catalog, services } = company()
const ref = (type: SubjectRef['type'], id: string): SubjectRef => ({ type, id })

const SUBJECTS: readonly (readonly [words: string, ref: SubjectRef])[] = [
  ...catalog.people.slice(0, 9).map(({ id, name }) => [name.split(' ')[0] ?? id, ref('person', id)] as const),
  ...catalog.people.slice(0, 5).map(({ id, name }) => [name, ref('person', id)] as const),
  ...catalog.people.slice(0, 4).map(({ id, slack }) => [`<@${slack}>`, ref('person', id)] as const),
  ...catalog.groups.slice(0, 6).map(({ id, name }) => [name, ref('group', id)] as const),
  ['the data team', ref('group', 'data')],
  ['finance', ref('group', 'finance')],
  ['10.10.20.0/24', ref('cidr', '10.10.20.0/24')],
  ['10.10.30.7', ref('cidr', '10.10.30.7/32')],
]
const PLACES: readonly (readonly [words: string, ref: SubjectRef])[] = [
  ['the vpn', ref('network', 'vpn-pool')],
  ['lyon', ref('network', 'branch-lyon')],
  ['the office', ref('network', 'office')],
  ['10.10.40.0/24', ref('cidr', '10.10.40.0/24')],
]
const SERVICES = services.flatMap(({ id, name }) => [[id, id] as const, [name, id] as const])

const friday: Window = { end: '2026-11-27T23:59:59+01:00', precision: 'day' }
const TIMES: readonly (readonly [words: string, window: Window])[] = [
  ['until friday', friday],
  ['till Friday', friday],
  ['through friday', friday],
  ['bis Freitag', friday],
  ['hasta el viernes', friday],
  ['jusqu’à vendredi', friday],
  ['until the end of the week', friday],
  ['by friday at the latest', friday],
  ['(friday is enough)', friday],
  ['until 27/11', friday],
  ['until tomorrow 18:00', { end: '2026-11-24T18:00:00+01:00', precision: 'minute' }],
  ['for 2 hours', { duration: 'PT2H' }],
  ['for two hours', { duration: 'PT2H' }],
  ['for a couple of hours, say 2 hours', { duration: 'PT2H' }],
  ['2h', { duration: 'PT2H' }],
  ['für 3 Tage', { duration: 'P3D' }],
  ['pendant 3 jours', { duration: 'P3D' }],
  ['for the next 3 days', { duration: 'P3D' }],
  [
    'tomorrow from 9 to 17',
    { start: '2026-11-24T09:00:00+01:00', end: '2026-11-24T17:00:00+01:00', precision: 'minute' },
  ],
  ['tomorrow only', { start: '2026-11-24T00:00:00+01:00', end: '2026-11-24T23:59:59+01:00', precision: 'day' }],
  ['next week', { start: '2026-11-30T00:00:00+01:00', end: '2026-12-06T23:59:59+01:00', precision: 'day' }],
  ['today', { end: '2026-11-23T23:59:59+01:00', precision: 'day' }],
]

const LISTS = [', ', ' and ', ' + ', ' & ', ' und ', ' y ', ' et ', '/', ', and ', ' as well as ', ' plus ']
const VIA = [
  'from',
  'only from',
  'via',
  'through',
  'over',
  'only when on',
  'but only from',
  'coming from',
  'aus',
  'nur über',
  'desde',
  'depuis',
  'while on',
  'sitting in',
  'in',
  'on',
]
const EXCEPT = [
  'except',
  'without',
  'but not',
  'minus',
  'apart from',
  'excluding',
  'save for',
  'bar',
  'other than',
  'außer',
  'ohne',
  'excepto',
  'menos',
  'sauf',
  'not',
  'all but',
  'leaving out',
  'with the exception of',
]
const PORTS: readonly (readonly [words: string, ports: readonly string[]])[] = [
  ['on port 443', ['tcp/443']],
  ['on 443', ['tcp/443']],
  ['port 443 only', ['tcp/443']],
  ['tcp/443', ['tcp/443']],
  ['over https', ['tcp/443']],
  ['just https', ['tcp/443']],
  ['via ssh', ['tcp/22']],
  ['ports 8000-8010', ['tcp/8000-8010']],
  ['443 tcp', ['tcp/443']],
  ['auf Port 443', ['tcp/443']],
  ['(port 443)', ['tcp/443']],
]
const FRAMES: readonly Frame[] = [
  ({ who, what, rest }) => `give ${who} access to ${what} ${rest.join(' ')}`,
  ({ who, what, rest }) => `${who} needs ${what} ${rest.join(' ')}`,
  ({ who, what, rest }) => `${who} need access to ${what}, ${rest.join(', ')}`,
  ({ who, what, rest }) => `${rest.join(' ')}: ${who} to ${what}`,
  ({ who, what, rest }) => `${what} for ${who} ${rest.join(' ')}`,
  ({ who, what, rest }) => `please open ${what} for ${who} ${rest.join(', ')}`,
  ({ who, what, rest }) => `let ${who} into ${what}. ${rest.join('. ')}.`,
  ({ who, what, rest }) => `${who} -> ${what} ${rest.join(' ')}`,
  ({ who, what, rest }) => `grant ${what} to ${who} ${rest.join(' ')}`,
  ({ who, what, rest }) => `can ${who} have ${what} ${rest.join(' ')}?`,
  ({ who, what, rest }) => `could you give ${who}, ${rest.join(', ')}, access to ${what}`,
  ({ who, what, rest }) => `${who} (${rest.join(', ')}) should get ${what}`,
  ({ who, what, rest }) => `gib ${who} Zugriff auf ${what} ${rest.join(' ')}`,
  ({ who, what, rest }) => `da acceso a ${who} a ${what} ${rest.join(' ')}`,
  ({ who, what, rest }) => `donne accès à ${what} à ${who} ${rest.join(' ')}`,
  ({ who, what, rest }) => `who: ${who}\nwhat: ${what}\n${rest.join('\n')}`,
  ({ who, what, rest }) => `access request\n- ${who}\n- ${what}\n- ${rest.join('\n- ')}`,
  ({ who, what, rest }) => `${rest.join(' ')} ${who} would like to use ${what}`,
]

/** The same for taking away and for making it last longer; the first word says which. */
const OTHER_FRAMES: readonly (readonly ['revoke' | 'extend', Frame])[] = [
  ['revoke', ({ who, what, rest }) => `revoke the access of ${who} to ${what} ${rest.join(' ')}`],
  ['revoke', ({ who, what, rest }) => `remove ${who} from ${what} ${rest.join(', ')}`],
  ['revoke', ({ who, what, rest }) => `${who} no longer needs ${what} ${rest.join(' ')}`],
  ['revoke', ({ who, what, rest }) => `please take ${what} away from ${who}, ${rest.join(' ')}`],
  ['revoke', ({ who, what, rest }) => `entferne ${who} aus ${what} ${rest.join(' ')}`],
  ['revoke', ({ who, what, rest }) => `quita el acceso de ${who} a ${what} ${rest.join(' ')}`],
  ['revoke', ({ who, what, rest }) => `retire l’accès de ${who} à ${what} ${rest.join(' ')}`],
  ['extend', ({ who, what, rest }) => `extend the access of ${who} to ${what} ${rest.join(' ')}`],
  ['extend', ({ who, what, rest }) => `${rest.join(' ')} please prolong ${what} for ${who}`],
  ['extend', ({ who, what, rest }) => `verlängere ${what} für ${who} ${rest.join(' ')}`],
  ['extend', ({ who, what, rest }) => `prolonge l’accès de ${who} à ${what} ${rest.join(', ')}`],
]
const ALL_FRAMES: readonly (readonly [Intent['kind'], Frame])[] = [
  ...FRAMES.map((frame) => ['grant', frame] as const),
  ...OTHER_FRAMES,
]

const some = <T>(list: readonly T[], most: number): fc.Arbitrary<T[]> =>
  fc.uniqueArray(fc.constantFrom(...list), {
    minLength: 1,
    maxLength: most,
    selector: (one) => JSON.stringify(one).slice(-14),
  })

function list(kind: 'subjects' | 'services', most: number): fc.Arbitrary<Part> {
  const joint = fc.constantFrom(...LISTS)
  return kind === 'subjects'
    ? fc.tuple(some(SUBJECTS, most), joint).map(([chosen, and]) => ({
        words: chosen.map(([words]) => words).join(and),
        means: { subjects: chosen.map(([, one]) => one) },
      }))
    : fc.tuple(some(SERVICES, most), joint).map(([chosen, and]) => ({
        words: chosen.map(([words]) => words).join(and),
        means: { services: [...new Set(chosen.map(([, id]) => id))] },
      }))
}

const maybe = (part: fc.Arbitrary<Part>): fc.Arbitrary<Part | undefined> => fc.option(part, { nil: undefined })

/**
 * Requests nobody wrote: who, what and everything that narrows, in any order and with many words for each. What they mean is known,
 * so that whatever is read as more than that is wrong; that much of it is only asked about is not.
 */
export function requests(): fc.Arbitrary<Labelled> {
  const time = fc.constantFrom(...TIMES).map(([words, window]): Part => ({ words, means: { window } }))
  const via = fc.tuple(fc.constantFrom(...VIA), fc.constantFrom(...PLACES)).map(
    ([lead, [words, one]]): Part => ({
      words: `${lead} ${words}`,
      means: { via: [one] },
    }),
  )
  const except = fc.tuple(fc.constantFrom(...EXCEPT), fc.constantFrom(...SUBJECTS)).map(
    ([lead, [words, one]]): Part => ({
      words: `${lead} ${words}`,
      means: { except: [one] },
    }),
  )
  const ports = fc.constantFrom(...PORTS).map(([words, said]): Part => ({ words, means: { ports: [...said] } }))
  const parts = fc.tuple(maybe(time), maybe(via), maybe(except), maybe(ports)).filter((all) => all.some(Boolean))
  return fc
    .tuple(list('subjects', 3), list('services', 3), parts, fc.constantFrom(...ALL_FRAMES), fc.nat())
    .map(([who, what, narrowing, [kind, frame], turn]) => {
      const said = narrowing.flatMap((part) => part ?? [])
      const rest = said.map((_, index) => said[(index + turn) % said.length]?.words ?? '')
      const expected: Intent = Object.assign({ kind }, who.means, what.means, ...said.map(({ means }) => means))
      return { id: 'G', from: 'alice', text: frame({ who: who.words, what: what.words, rest }), expected }
    })
    .filter(({ expected }) => !expected.except?.some((one) => expected.subjects?.some(({ id }) => id === one.id)))
}
