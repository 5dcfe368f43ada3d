import { findPerson, groupsOf, subjectName } from '../policy/catalog-lookup.ts'
import type { Edge } from '../policy/edge.ts'
import type { ReachQuestion } from './requests.ts'

/** A question that says whom it is about, not yet where they are met. */
export type UnplacedQuestion = Omit<ReachQuestion, 'who'>

/**
 * One question of every place it can be asked of. Doors know places and identities, not people: a person is met where their groups
 * are, unless they have a place of their own.
 */
export function askPlaces(question: UnplacedQuestion): readonly ReachQuestion[] {
  const { edge, subjects } = question
  const who = sayWho(edge, question)
  const places = placesOf(edge, subjects)
  if (places.length === 0) return [{ ...question, who }]
  return places.map((place) => ({ ...question, subjects: [place], who: `${who} (${subjectName(edge, place)})` }))
}

function placesOf(edge: Edge, [only = '', another]: readonly string[]): readonly string[] {
  const person = only.startsWith('person:') ? findPerson(edge, only.slice('person:'.length)) : undefined
  const own = person && (person.networks.length > 0 || person.fortigate !== undefined || person.header !== undefined)
  return person && !own && another === undefined ? groupsOf(edge, person.id).map((id) => `group:${id}`) : []
}

/** `Finance through VPN clients, without Contractors`; a single address without its prefix. */
export function sayWho(edge: Edge, { subjects, narrowed }: Pick<ReachQuestion, 'subjects' | 'narrowed'>): string {
  const list = (names: readonly string[]) => names.map((subject) => subjectName(edge, subject)).join(' and ')
  const via = narrowed?.via ? ` through ${list(narrowed.via)}` : ''
  const except = narrowed?.except ? ` without ${list(narrowed.except)}` : ''
  return `${list(subjects)}${via}${except}`
}
