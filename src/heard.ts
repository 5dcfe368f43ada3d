import type { LanguageContext } from './language/context.ts'
import type { Edge } from './policy/edge.ts'
import type { Person } from './policy/schema.ts'
import type { HeardMessage } from './ports.ts'

/** A message of a person we know, with the edge repository as it stood when we heard it. */
export type Heard = {
  readonly message: HeardMessage
  readonly person: Person
  readonly edge: Edge
  /** Its text is an earlier message with what was said in the thread since; the intent was made from both. */
  readonly edited?: boolean
}

/** What the message is read against. */
export function contextOf({ edge, person }: Heard, now: Date): LanguageContext {
  return { catalog: edge.catalog, services: edge.services, requester: person.id, now }
}
