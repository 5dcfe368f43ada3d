import { z } from 'zod'
import type { LanguageContext } from './context.ts'
import { type Entity, type EntityType, findMentions, type Gazetteer, nearestNames, readGazetteer } from './gazetteer.ts'
import { INTENT_KINDS, SLOTS } from './intent.ts'
import { readLiterals } from './literals.ts'
import { type NormalMessage, normalise } from './normalise.ts'

/** What a language model may choose among, for one message. */
export type Candidates = {
  readonly [K in EntityType]: readonly { readonly id: string; readonly names: readonly string[] }[]
}

const MOST_WHOLE = 60
const MOST_RETRIEVED = 8

/** The catalogue when it is small; else what the message names, and the names nearest to its words. */
export function candidatesOf(text: string, context: LanguageContext): Candidates {
  const { catalog, services } = context
  const all = {
    service: services.map(({ id, name, aliases }) => ({ id, names: [name, ...aliases] })),
    group: catalog.groups.map(({ id, name, aliases }) => ({ id, names: [name, ...aliases] })),
    network: catalog.networks.map(({ id, name, aliases }) => ({ id, names: [name ?? id, ...aliases] })),
    person: catalog.people.map(({ id, name, aliases }) => ({ id, names: [name, ...aliases] })),
    device: catalog.devices.map(({ id, aliases }) => ({ id, names: aliases })),
  }
  const total = Object.values(all).reduce((sum, list) => sum + list.length, 0)
  if (total <= MOST_WHOLE) return all
  const gazetteer = readGazetteer(context)
  const message = normalise(text, context.bot)
  const named = namedIn(message, gazetteer, context)
  const near = <T extends { id: string }>(type: EntityType, list: readonly T[]): readonly T[] => {
    const sure = new Set(named.flatMap((entity) => (entity.type === type ? [entity.id] : [])))
    const ids = nearestNames(message.folded, [type], gazetteer, MOST_RETRIEVED).map(({ id }) => id)
    const chosen = new Set([...sure, ...ids.slice(0, Math.max(0, MOST_RETRIEVED - sure.size))])
    return list.filter(({ id }) => chosen.has(id))
  }
  return {
    service: near('service', all.service),
    group: near('group', all.group),
    network: near('network', all.network),
    person: near('person', all.person),
    device: near('device', all.device),
  }
}

/** What the message names outright, by name, mention, address of a host or of a person; and who speaks, with their groups. */
function namedIn(message: NormalMessage, gazetteer: Gazetteer, { catalog, requester }: LanguageContext): Entity[] {
  const { text, folded } = message
  const literals = readLiterals(text, folded, []).flatMap((literal): Entity[] => {
    const host = literal.is === 'host' ? gazetteer.hosts.get(literal.host) : undefined
    const owner =
      literal.is === 'mention'
        ? gazetteer.slack.get(literal.slack)
        : literal.is === 'email'
          ? gazetteer.emails.get(literal.email)
          : host && { type: 'service' as const, id: host }
    return owner ? [owner] : []
  })
  const own = catalog.groups.filter(({ members }) => members.includes(requester))
  return [
    ...findMentions(folded, gazetteer).flatMap(({ entities }) => entities),
    ...literals,
    { type: 'person', id: requester },
    ...own.map(({ id }): Entity => ({ type: 'group', id })),
  ]
}

/**
 * What a model may answer: flat, no optional fields, ids only from the candidates, and the words it used beside every choice.
 * Strict structured output refuses optional fields, so absent is null.
 */
export function wireReply(candidates: Candidates) {
  const known = (...types: EntityType[]) =>
    z.enum(['?', ...types.flatMap((type) => candidates[type].map(({ id }) => id))])
  const words = z.string().nullable()
  const Ref = (type: EntityType) => z.strictObject({ id: known(type), span: z.string() })
  const Subject = z.strictObject({
    type: z.enum(['group', 'person', 'network', 'cidr', 'requester', 'requester-team']),
    id: known('group', 'person', 'network').nullable(),
    span: z.string(),
  })
  const Act = z.strictObject({
    kind: z.enum(INTENT_KINDS),
    subjects: z.array(Subject),
    except: z.array(Subject),
    via: z.array(Subject),
    sameAs: Ref('person').nullable(),
    services: z.array(Ref('service')),
    allServicesSpan: words,
    exceptServices: z.array(Ref('service')),
    hosts: z.array(z.strictObject({ host: z.string(), span: z.string() })),
    ports: z.array(
      z.strictObject({ proto: z.enum(['tcp', 'udp']), from: z.number(), to: z.number(), span: z.string() }),
    ),
    window: z
      .strictObject({
        startSpan: words,
        endSpan: words,
        durationSpan: words,
        startIso: words,
        endIso: words,
        durationIso: words,
      })
      .nullable(),
    devices: z.array(Ref('device')),
    newServiceSpan: words,
    ticketSpan: words,
    reasonSpan: words,
    questions: z.array(z.strictObject({ slot: z.enum(SLOTS), span: words })),
  })
  return z.strictObject({ intents: z.array(Act) })
}

/** One act as a model proposes it: untrusted, to be grounded. */
export type WireIntent = z.infer<ReturnType<typeof wireReply>>['intents'][number]

/** Which model was asked how a message reads, with which instructions, what became of it, and what it took. */
export const ModelUse = z.strictObject({
  name: z.string(),
  /** SHA-256 of the prompt file. */
  promptHash: z.string(),
  /** Why the rules were left alone with the message. */
  failed: z.string().optional(),
  ms: z.int(),
  calls: z.int(),
  tokensIn: z.int(),
  tokensOut: z.int(),
  /** In US dollars, where prices are set. */
  cost: z.number().optional(),
})
export type ModelUse = z.infer<typeof ModelUse>

/** Acts proposed by a model, or why there are none; and what it took to find out. */
export type Proposal = (
  | { readonly intents: readonly WireIntent[]; readonly failed?: undefined }
  | { readonly failed: string }
) & { readonly used?: ModelUse }

/** A language model behind an endpoint. It may only choose among known things; whatever it answers is grounded afterwards. */
export interface Proposer {
  propose(text: string, context: LanguageContext, signal?: AbortSignal): Promise<Proposal>
}
