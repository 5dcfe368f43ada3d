import { z } from 'zod'
import { readCalendar } from '../language/calendar.ts'
import { nameService, nameSubject } from '../language/describe.ts'
import type { Intent, SubjectRef } from '../language/intent.ts'
import { candidatesOf } from '../language/proposal.ts'
import type { Edge } from '../policy/edge.ts'
import type { AccessRequest } from './access-request.ts'

/** What a person may change of their request, as it stands; a field that is absent does not belong to this kind of request. */
export type EditForm = {
  readonly request: string
  readonly understood: string
  readonly subjects?: Choice
  /** Addresses, and names that the lists have no room for. */
  readonly others?: string
  readonly except?: Choice
  readonly via?: Choice
  readonly services?: Choice
  readonly ports?: Choice
  readonly readOnly?: boolean
  /** Epoch seconds. */
  readonly start?: number | undefined
  readonly end: number
  readonly reason: string
  readonly ticket: string
}
/** Everything that may be picked, in groups, and what is picked now. */
export type Choice = { readonly groups: readonly OptionGroup[]; readonly chosen: readonly string[] }
export type OptionGroup = {
  readonly label: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
}

/** The form as it came back, nothing of it believed yet. An absent field was not in it. */
export const FilledForm = z.strictObject({
  subjects: z.array(z.string()).optional(),
  others: z.string().optional(),
  except: z.array(z.string()).optional(),
  via: z.array(z.string()).optional(),
  services: z.array(z.string()).optional(),
  ports: z.array(z.string()).optional(),
  readOnly: z.boolean().optional(),
  /** Null: there was such a field, and it was empty. */
  start: z.int().nullish(),
  end: z.int().optional(),
  reason: z.string().optional(),
  ticket: z.string().optional(),
})
export type FilledForm = z.infer<typeof FilledForm>

/** Lists longer than this hold only what the words may have meant. */
const MOST_OPTIONS = 250

/** Only what gives or prolongs access has anything to fill in; the rest is confirmed or called off. */
export function isEditable({ action }: Pick<AccessRequest, 'action'>): boolean {
  return action === 'grant' || action === 'extend'
}

/** The form of a request, filled in with what it says. */
export function editForm(edge: Edge, request: AccessRequest, now: Date): EditForm {
  const { intent, grant } = request
  const zone = readCalendar(edge.catalog, now)
  const seconds = (iso: string | undefined) => (iso === undefined ? undefined : Math.floor(Date.parse(iso) / 1000))
  const common = {
    request: request.id,
    understood: request.facts?.understood ?? '',
    end: seconds(grant?.until) ?? Math.floor(zone.now.epochMilliseconds / 1000),
    reason: intent.reason ?? '',
    ticket: intent.ticket ?? '',
  }
  if (request.action !== 'grant') return common
  const context = { catalog: edge.catalog, services: edge.services, requester: request.requester, now }
  const near = candidatesOf(request.words, context)
  const { groups, networks, people } = edge.catalog
  const few = groups.length + networks.length + people.length <= MOST_OPTIONS
  const offer = (type: SubjectRef['type'], all: readonly { id: string }[], likely: readonly { id: string }[]) =>
    (few ? all : likely).map(({ id }): SubjectRef => ({ type, id }))
  const [byGroup, byNetwork, byPerson] = [
    offer('group', groups, near.group),
    offer('network', networks, near.network),
    offer('person', people, near.person),
  ]
  const choice = (chosen: readonly SubjectRef[], lists: Readonly<Record<string, readonly SubjectRef[]>>): Choice => {
    const offered = new Set(Object.values(lists).flatMap((list) => list.map(printRef)))
    const unlisted = chosen.filter((ref) => !offered.has(printRef(ref)))
    const all = { ...(unlisted.length > 0 ? { 'As it stands': unlisted } : {}), ...lists }
    const print = (ref: SubjectRef) => ({
      value: printRef(ref),
      label: nameSubject(ref, context).replace(/^the \w+ /, ''),
    })
    return {
      groups: Object.entries(all).map(([label, refs]) => ({ label, options: refs.map(print) })),
      chosen: chosen.map(printRef),
    }
  }
  const subjects = intent.subjects ?? []
  const addresses = subjects.filter(({ type }) => type === 'cidr').map(({ id }) => id)
  const services = [...new Set([...(intent.services ?? [request.service]), ...near.service.map(({ id }) => id)])]
  const offered = edge.services.length <= MOST_OPTIONS ? edge.services.map(({ id }) => id) : services
  const ports = edge.services.filter(({ id }) => offered.includes(id)).flatMap((service) => service.ports)
  const plain = (label: string, values: readonly string[], name = (value: string) => value): readonly OptionGroup[] => [
    { label, options: values.map((value) => ({ value, label: name(value) })) },
  ]
  return {
    ...common,
    subjects: choice(
      subjects.filter(({ type }) => type !== 'cidr'),
      { Groups: byGroup, People: byPerson, Networks: byNetwork },
    ),
    others: addresses.join(', '),
    ...(intent.except
      ? { except: choice(intent.except, { People: byPerson, Networks: byNetwork, Groups: byGroup }) }
      : {}),
    via: choice(intent.via ?? [], { Networks: byNetwork }),
    services: {
      groups: plain('Services', offered, (id) => nameService(id, context)),
      chosen: intent.services ?? [request.service],
    },
    ports: { groups: plain('Ports', [...new Set([...(intent.ports ?? []), ...ports])]), chosen: intent.ports ?? [] },
    readOnly: isReadOnly(intent),
    start: seconds(grant?.from),
  }
}

/** The methods that read and change nothing (RFC 9110, section 9.2.1). */
export const READING = ['GET', 'HEAD'] as const

function isReadOnly({ methods }: Intent): boolean {
  return methods?.every((method) => READING.some((reading) => reading === method)) ?? false
}

export const printRef = (ref: SubjectRef): string => (ref.type === 'cidr' ? ref.id : `${ref.type}:${ref.id}`)
