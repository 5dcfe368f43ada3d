import { printProblem } from './evidence/problem.ts'
import type { LanguageContext } from './language/context.ts'
import type { ModelUse } from './language/proposal.ts'
import { personBySlack } from './policy/catalog-lookup.ts'
import type { Edge } from './policy/edge.ts'
import { readEdge } from './policy/read.ts'
import type { Person } from './policy/schema.ts'
import type { HeardMessage, Ports } from './ports.ts'

/** A message of a person we know, with the edge repository as it stood when we heard it. */
export type Heard = {
  readonly message: HeardMessage
  readonly person: Person
  readonly edge: Edge
  /** The intent came of more than these words: of what was said in the thread since, or of answers and forms. */
  readonly edited?: boolean
  /** Its author filled it into a form, or confirmed it otherwise: nothing of it needs another look by them. */
  readonly confirmed?: boolean
  /** Requests that it takes the place of. */
  readonly replaces?: readonly string[]
  /** What it took to have a model read it. */
  readonly model?: ModelUse
}

/** What the message is read against. */
export function contextOf({ edge, person }: Heard, now: Date): LanguageContext {
  return { catalog: edge.catalog, services: edge.services, requester: person.id, now }
}

/** Who wrote it, by the catalogue; undefined when that cannot be known, which is then said. */
export async function knowThePerson(ports: Ports, message: HeardMessage): Promise<Heard | undefined> {
  const { files } = await ports.forge.readEdge()
  const edge = readEdge(files)
  if (edge.broken.includes('catalog')) {
    const [worst] = edge.problems.filter((problem) => problem.file.endsWith('catalog.yaml'))
    await say(
      ports,
      message,
      `I cannot read who is who: ${worst ? printProblem(worst) : 'policies/catalog.yaml is missing'}. Until that is mended I can do nothing safely.`,
    )
    return undefined
  }
  const person = personBySlack(edge, message.slackUser)
  if (!person) {
    await say(
      ports,
      message,
      'I do not know you yet: your Slack id is not in `policies/catalog.yaml` under `people`. Whoever looks after that file can add you.',
    )
    return undefined
  }
  return { message, person, edge }
}

/** Says something in the thread of a message. */
export async function say(ports: Ports, message: HeardMessage, text: string): Promise<void> {
  await ports.chat.say(message.place, { kind: 'note', text })
}
