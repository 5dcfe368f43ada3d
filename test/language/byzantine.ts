import { readCalendar } from '../../src/language/calendar.ts'
import { findMentions, readGazetteer } from '../../src/language/gazetteer.ts'
import { INTENT_KINDS } from '../../src/language/intent.ts'
import { readLiterals } from '../../src/language/literals.ts'
import { normalise } from '../../src/language/normalise.ts'
import type { WireIntent } from '../../src/language/proposal.ts'
import { readTimes } from '../../src/language/time.ts'
import { goldWire } from './gold-wire.ts'
import type { Written } from './worlds.ts'

type Mutation = (acts: WireIntent[], row: Written) => WireIntent[]
type WireSubject = WireIntent['subjects'][number]

/** Applied to every act of the answer. */
const each =
  (change: (act: WireIntent, row: Written) => WireIntent): Mutation =>
  (acts, row) =>
    acts.map((act) => change(act, row))

/** What a broken or hostile model might answer instead of the truth, knowing the message, its label and the whole catalogue. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'adds somebody who is not mentioned': each((act, row) => ({ ...act, subjects: [...act.subjects, stranger(row)] })),
  'adds somebody, quoting words of another': each((act, row) => ({
    ...act,
    subjects: [...act.subjects, { ...stranger(row), span: row.text.split(/\s+/)[0] ?? '' }],
  })),
  'adds the requester': each((act, row) => ({
    ...act,
    subjects: [...act.subjects, { type: 'requester', id: null, span: row.text.split(/\s+/)[1] ?? '' }],
  })),
  'adds everybody who is mentioned': each((act, row) => ({ ...act, subjects: [...act.subjects, ...mentioned(row)] })),
  'gives it to everybody who is mentioned, and to nobody else': each((act, row) => ({
    ...act,
    subjects: mentioned(row),
    except: [],
    via: [],
  })),
  'asks for everywhere': each((act) => ({ ...act, subjects: [cidr('0.0.0.0/0')] })),
  'asks for everywhere in IPv6': each((act) => ({ ...act, subjects: [...act.subjects, cidr('::/0')] })),
  'widens the addresses': each((act) => ({
    ...act,
    subjects: act.subjects.map((subject) =>
      subject.type === 'cidr' ? { ...subject, span: `${subject.span.split('.')[0]}.0.0.0/8` } : subject,
    ),
  })),
  'quotes half of an address': each((act) => ({
    ...act,
    subjects: act.subjects.map((subject) =>
      subject.type === 'cidr' ? { ...subject, span: subject.span.replace(/\/\d+$/, '') } : subject,
    ),
  })),
  'makes a person their group': each((act, row) => ({
    ...act,
    subjects: act.subjects.map((subject) => groupOf(subject, row) ?? subject),
  })),
  'swaps the service': each((act, row) => ({
    ...act,
    services: act.services.map(({ span }) => ({ id: otherService(act, row), span })),
  })),
  'adds a service': each((act, row) => ({
    ...act,
    services: [...act.services, { id: otherService(act, row), span: otherService(act, row) }],
  })),
  'adds every service that is mentioned': each((act, row) => ({ ...act, services: servicesIn(row) })),
  'adds the services with names like it': each((act, row) => ({
    ...act,
    services: act.services.flatMap(({ id, span }) =>
      row.context.services
        .filter((other) => other.id.startsWith(id.split('-')[0] ?? id))
        .map((other) => ({ id: other.id, span })),
    ),
  })),
  'drops via': each((act) => ({ ...act, via: [] })),
  'moves via among the subjects': each((act) => ({ ...act, subjects: [...act.subjects, ...act.via], via: [] })),
  'swaps subjects and via': each((act) => ({ ...act, subjects: act.via, via: act.subjects })),
  'drops except': each((act) => ({ ...act, except: [], exceptServices: [] })),
  'moves except among what is granted': each((act) => ({
    ...act,
    subjects: [...act.subjects, ...act.except],
    services: [...act.services, ...act.exceptServices],
    except: [],
    exceptServices: [],
  })),
  'drops the ports': each((act) => ({ ...act, ports: [] })),
  'invents a port': each((act) => ({ ...act, ports: [...act.ports, port(1, 65_535, 'port')] })),
  'widens the ports': each((act) => ({ ...act, ports: act.ports.map(({ span }) => port(1, 65_535, span)) })),
  'adds the port beside': each((act) => ({
    ...act,
    ports: act.ports.flatMap((one) => [one, port(one.from, one.to + 1, one.span)]),
  })),
  'drops the end': each((act) => ({ ...act, window: null })),
  'moves the end': each((act) => ({
    ...act,
    window: act.window && { ...act.window, endIso: '2029-12-31T23:59:59+01:00' },
  })),
  'quotes a time that is not there': each((act) => ({ ...act, window: windowOf(null, 'until 2030-01-01') })),
  'quotes only the first time': each((act, row) => ({ ...act, window: windowOf(null, timesIn(row)[0] ?? null) })),
  'quotes only the last time': each((act, row) => ({ ...act, window: windowOf(null, timesIn(row).at(-1) ?? null) })),
  'makes the beginning the end': each((act) => ({
    ...act,
    window: act.window && { ...act.window, startSpan: act.window.endSpan, endSpan: act.window.startSpan },
  })),
  'guesses instead of asking': each((act, row) => ({
    ...act,
    questions: [],
    subjects: act.subjects.length > 0 ? act.subjects : [stranger(row)],
    services: act.services.length > 0 ? act.services : [{ id: otherService(act, row), span: row.text.slice(0, 20) }],
  })),
  'asks nothing and takes whatever is mentioned': each((act, row) => ({
    ...act,
    questions: [],
    subjects: act.subjects.length > 0 ? act.subjects : mentioned(row),
    services: act.services.length > 0 ? act.services : servicesIn(row),
    window: act.window ?? windowOf(null, timesIn(row)[0] ?? null),
  })),
  'makes everything a grant of what is mentioned': each((act, row) => ({
    ...act,
    kind: 'grant',
    questions: [],
    subjects: act.subjects.length > 0 ? act.subjects : mentioned(row),
    services: act.services.length > 0 ? act.services : servicesIn(row),
    window: act.window ?? windowOf(null, timesIn(row)[0] ?? null),
  })),
  'makes everything a grant for the requester': each((act, row) => ({
    ...act,
    kind: 'grant',
    questions: [],
    subjects: [{ type: 'requester', id: null, span: /\b(?:i|me|my)\b/i.exec(row.text)?.[0] ?? 'I' }],
    services: servicesIn(row),
  })),
  'makes everything an extension': each((act, row) => ({
    ...act,
    kind: 'extend',
    questions: [],
    window: act.window ?? windowOf(null, timesIn(row)[0] ?? null),
  })),
  'makes everything a revocation': each((act) => ({ ...act, kind: 'revoke' })),
  'revokes everything': each((act, row) => ({
    ...act,
    kind: 'revoke',
    services: [],
    exceptServices: [],
    allServicesSpan: /\b(?:all|every\w*|alles|todo|tout)\b/i.exec(row.text)?.[0] ?? 'access',
  })),
  'says every service': each((act) => ({ ...act, services: [], allServicesSpan: 'all' })),
  'invents an id': each((act) => ({ ...act, services: [{ id: 'core-router', span: 'access' }] })),
  'puts a line into a name': each((act) => ({
    ...act,
    subjects: act.subjects.map((subject) => ({ ...subject, span: `${subject.span}\nset action accept` })),
  })),
  'puts a line into the ticket and the reason': each((act) => ({
    ...act,
    ticketSpan: 'NET-1\nset action accept',
    reasonSpan: 'x"\r\nend\u0000config firewall policy',
  })),
  'makes it the same as somebody who is mentioned': each((act, row) => {
    const model = mentioned(row).find(({ type }) => type === 'person')
    return model?.id ? { ...act, services: [], sameAs: { id: model.id, span: model.span } } : act
  }),
  'drops the model person': each((act) => ({ ...act, sameAs: null })),
  'says nothing but the kind': each((act) => ({ ...EMPTY, kind: act.kind })),
  'grants once more beside it': (acts, row) => [
    ...acts,
    { ...EMPTY, kind: 'grant', subjects: mentioned(row), services: servicesIn(row) },
  ],
  'grants before it': (acts, row) => [
    { ...EMPTY, kind: 'grant', subjects: mentioned(row), services: servicesIn(row) },
    ...acts,
  ],
  'drops the first act': (acts) => acts.slice(1),
  'drops the last act': (acts) => acts.slice(0, -1),
  'says every act twice': (acts) => [...acts, ...acts],
  'turns the acts round': (acts) => [...acts].reverse(),
  'makes one act of all': (acts) => {
    const [first] = acts
    const all = <T>(read: (act: WireIntent) => readonly T[]): T[] => acts.flatMap((act) => read(act))
    return first
      ? [
          {
            ...first,
            subjects: all(({ subjects }) => subjects),
            services: all(({ services }) => services),
            window: acts.findLast(({ window }) => window !== null)?.window ?? null,
          },
        ]
      : []
  },
}

/** The answer of this model to this message. */
export function answerOf(row: Written, mutation?: Mutation): WireIntent[] {
  const gold = goldWire(row.expected, row.text, row.context)
  return mutation === undefined ? gold : mutation(gold, row)
}

/** Any answer at all that is made of the words of the message and the names of the catalogue. */
export function anything(row: Written, dice: readonly number[]): WireIntent[] {
  const { catalog, services } = row.context
  let rolled = 0
  const roll = (): number => (dice[rolled++ % dice.length] ?? 0) + rolled
  const pick = <T>(list: readonly T[]): T | undefined => list[roll() % Math.max(1, list.length)]
  const words = row.text.split(/\s+/)
  const span = (): string => {
    const from = roll() % words.length
    return words.slice(from, from + 1 + (roll() % 4)).join(' ')
  }
  const subjects: readonly WireSubject[] = [
    ...mentioned(row),
    ...catalog.people.map(({ id }): WireSubject => ({ type: 'person', id, span: span() })),
    { type: 'requester', id: null, span: span() },
    { type: 'requester-team', id: null, span: span() },
    cidr(span()),
  ]
  const known = [...servicesIn(row), ...services.map(({ id }) => ({ id, span: span() }))]
  const few = <T>(list: readonly T[]): T[] =>
    Array.from({ length: roll() % 3 }, () => pick(list)).flatMap((one) => one ?? [])
  const time = (): string | null => pick([null, ...timesIn(row), span()]) ?? null
  const act = (): WireIntent => ({
    ...EMPTY,
    kind: pick(INTENT_KINDS) ?? 'grant',
    subjects: few(subjects),
    except: few(subjects),
    via: few(subjects),
    services: few(known),
    exceptServices: few(known),
    ports: few([port(22, 22, span()), port(443, 443, span()), port(1, 65_535, span())]),
    allServicesSpan: pick([null, null, span()]) ?? null,
    window: { ...EMPTY_WINDOW, startSpan: time(), endSpan: time(), durationSpan: time() },
  })
  const gold = answerOf(row)
  return pick([[act()], [act(), act()], gold.map((one) => ({ ...act(), kind: one.kind })), [...gold, act()]]) ?? []
}

const EMPTY_WINDOW = {
  startSpan: null,
  endSpan: null,
  durationSpan: null,
  startIso: null,
  endIso: null,
  durationIso: null,
}

const EMPTY: WireIntent = {
  kind: 'out-of-scope',
  subjects: [],
  except: [],
  via: [],
  sameAs: null,
  services: [],
  allServicesSpan: null,
  exceptServices: [],
  hosts: [],
  ports: [],
  window: null,
  devices: [],
  newServiceSpan: null,
  ticketSpan: null,
  reasonSpan: null,
  questions: [],
}

const cidr = (span: string): WireSubject => ({ type: 'cidr', id: null, span })
const port = (from: number, to: number, span: string): WireIntent['ports'][number] => ({
  proto: 'tcp',
  from,
  to: Math.min(to, 65_535),
  span,
})

function windowOf(startSpan: string | null, endSpan: string | null): WireIntent['window'] {
  return { ...EMPTY_WINDOW, startSpan, endSpan }
}

/** Somebody of the company who is neither the label's nor the message's. */
function stranger({ context, text, expected }: Written): WireSubject {
  const meant = JSON.stringify(expected)
  const person = context.catalog.people.findLast(
    ({ id, name }) =>
      !meant.includes(`"${id}"`) && !text.toLowerCase().includes((name.split(' ')[0] ?? id).toLowerCase()),
  )
  return { type: 'person', id: person?.id ?? '?', span: person?.id ?? '?' }
}

function groupOf({ type, id, span }: WireSubject, { context }: Written): WireSubject | undefined {
  const group = type === 'person' ? context.catalog.groups.find(({ members }) => members.includes(id ?? '')) : undefined
  return group && { type: 'group', id: group.id, span }
}

function otherService(act: WireIntent, { context }: Written): string {
  return context.services.findLast(({ id }) => !act.services.some((service) => service.id === id))?.id ?? '?'
}

/** Every name of the catalogue that stands in the message, whatever it is there for. */
function namesIn({
  text,
  context,
}: Written): readonly { readonly type: string; readonly id: string; readonly span: string }[] {
  const message = normalise(text, context.bot)
  return findMentions(message.folded, readGazetteer(context)).flatMap(({ at, to, entities }) =>
    entities.map(({ type, id }) => ({ type, id, span: message.text.slice(at, to) })),
  )
}

function mentioned(row: Written): WireSubject[] {
  const message = normalise(row.text, row.context.bot)
  const addresses = readLiterals(message.text, message.folded, []).flatMap((literal) =>
    literal.is === 'cidr' ? [cidr(message.text.slice(literal.at, literal.to))] : [],
  )
  const names = namesIn(row).flatMap(({ type, id, span }): WireSubject[] =>
    type === 'person' || type === 'group' || type === 'network' ? [{ type, id, span }] : [],
  )
  return [...names, ...addresses]
}

function servicesIn(row: Written): WireIntent['services'] {
  return namesIn(row).flatMap(({ type, id, span }) => (type === 'service' ? [{ id, span }] : []))
}

function timesIn({ text, context }: Written): readonly string[] {
  const message = normalise(text, context.bot)
  return readTimes(message.folded, readCalendar(context.catalog, context.now)).map(({ at, to }) =>
    message.text.slice(at, to),
  )
}
