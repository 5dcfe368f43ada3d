import { endOf, endOfWorkWeek, plainDate, printMoment, readCalendar, weekOf } from './calendar.ts'
import { Cidr } from './cidr.ts'
import type { LanguageContext } from './context.ts'
import { nameService, nameSubject } from './describe.ts'
import { type Intent, SLOTS, type Slot, type SubjectRef } from './intent.ts'
import { READING_METHODS, speakHttp } from './only-reading.ts'

/** One question about one open slot. Nothing to choose from: only words can answer it. */
export type ClarifyingQuestion = {
  readonly slot: Slot
  readonly question: string
  /** What it most likely is, best first, a few at most. */
  readonly options: readonly Option[]
  /** Everything else that is known and would do, so that the likely ones are never the only ones. */
  readonly others: readonly Option[]
  /** Any day may be picked: until its end. */
  readonly day: boolean
}
type Option = { readonly value: string; readonly label: string }

const MOST_QUESTIONS = 2
const MOST_OPTIONS = 5

/** What to ask next, two things at most; none when nothing is open. Never one pre-selected guess without a way to say otherwise. */
export function clarifyingQuestions(intent: Intent, context: LanguageContext): readonly ClarifyingQuestion[] {
  const open = SLOTS.filter((slot) => intent.needsClarification?.includes(slot))
  const unknown = intent.unresolved?.[0]
  const named = open.find((slot) => slot === 'subject' || slot === 'service')
  return open.slice(0, MOST_QUESTIONS).map((slot) => {
    const options = optionsFor(slot, intent, context).slice(0, MOST_OPTIONS)
    const offered = new Set(options.map(({ value }) => value))
    return {
      slot,
      question: `${unknown !== undefined && slot === named ? `I do not know "${unknown}". ` : ''}${QUESTIONS[slot](intent, context)}`,
      options,
      others: everythingFor(slot, context).filter(({ value }) => !offered.has(value)),
      day: slot === 'window',
    }
  })
}

const QUESTIONS: Readonly<Record<Slot, (intent: Intent, context: LanguageContext) => string>> = {
  subject: ({ kind }) => (kind === 'revoke' ? 'Whose access shall be taken away?' : 'Who is this for?'),
  service: () => 'Which service do you mean?',
  window: ({ kind }) => (kind === 'extend' ? 'Until when shall it be extended?' : 'Until when is the access needed?'),
  port: (intent, context) => {
    if (intent.kind === 'onboard-service') return 'On which outside port shall it be reached?'
    const reading = onlyReading(intent)
    if (reading === undefined) return 'Which ports are needed? I can only narrow by port here.'
    return mayRead(intent, context)
      ? `You wrote “${reading}”. What may they do?`
      : `You wrote “${reading}”, and neither door can see what is read there. Which ports are needed?`
  },
  host: () => 'Under which host name shall the service be reached?',
  name: () => 'What shall the service be called? Lower case letters, digits and dashes.',
}

function optionsFor(slot: Slot, intent: Intent, context: LanguageContext): readonly Option[] {
  const { catalog, services } = context
  const candidates = intent.candidates?.[slot] ?? []
  switch (slot) {
    case 'subject': {
      const own: SubjectRef[] = catalog.groups
        .filter(({ members }) => members.includes(context.requester))
        .map(({ id }) => ({ type: 'group', id }))
      const refs =
        candidates.length > 0
          ? candidates.flatMap((id) => refsOf(id, context))
          : [{ type: 'person' as const, id: context.requester }, ...own]
      return refs.map((ref) => optionOf(ref, context))
    }
    case 'service': {
      // A few of many would look like the likely ones; then all of them are in the menu.
      const ids = candidates.length > 0 || services.length > MOST_OPTIONS ? candidates : services.map(({ id }) => id)
      return ids
        .filter((id) => services.some((service) => service.id === id))
        .map((id) => ({ value: id, label: nameService(id, context) }))
    }
    case 'window':
      return windowOptions(context)
    case 'port':
      return portOptions(intent, context)
    case 'host':
    case 'name':
      return []
    default:
      return slot satisfies never
  }
}

function portOptions(intent: Intent, context: LanguageContext): readonly Option[] {
  const same = (port: string): Option => ({ value: port, label: port })
  const portsOf = (services: LanguageContext['services']) => [...new Set(services.flatMap((service) => service.ports))]
  if (intent.kind === 'onboard-service') return portsOf(context.services).map(same)
  const ports = portsOf(context.services.filter(({ id }) => intent.services?.includes(id)))
  const all = { value: 'all', label: 'Whatever the service offers' }
  if (mayRead(intent, context)) {
    const some = ports.length > 1 ? ports.slice(0, MOST_OPTIONS - 2) : []
    const everything = some.map((port) => ({ value: port, label: `Everything on ${port}` }))
    const where = ports.length > 2 ? 'all its ports' : ports.join(' and ')
    return [{ value: READING, label: `Only read (GET and HEAD), on ${where}` }, ...everything, all]
  }
  return ports.length > 1 ? [...ports.slice(0, MOST_OPTIONS - 1).map(same), all] : ports.map(same)
}

const READING = 'reading'

/** The words by which somebody asked for no more than reading. */
function onlyReading({ kind, flags = [] }: Intent): string | undefined {
  const words = flags.flatMap((flag) => /^restriction:(.+)$/.exec(flag)?.[1] ?? [])
  return kind === 'onboard-service' ? undefined : words.find((word) => !/admin|root|write/.test(word))
}

function mayRead(intent: Intent, context: LanguageContext): boolean {
  const { services = [] } = intent
  return onlyReading(intent) !== undefined && services.length > 0 && speakHttp(services, context)
}

/** Everything known that may answer, groups before networks before people. */
function everythingFor(slot: Slot, context: LanguageContext): readonly Option[] {
  const { catalog, services } = context
  if (slot === 'service') return services.map(({ id }) => ({ value: id, label: nameService(id, context) }))
  if (slot !== 'subject') return []
  const refs = (type: SubjectRef['type'], items: readonly { id: string }[]) =>
    items.map(({ id }) => optionOf({ type, id }, context))
  return [...refs('group', catalog.groups), ...refs('network', catalog.networks), ...refs('person', catalog.people)]
}

/** Every known thing with this id: a group and a person may share one. */
function refsOf(id: string, { catalog }: LanguageContext): readonly SubjectRef[] {
  const typed: readonly (readonly [SubjectRef['type'], readonly { id: string }[]])[] = [
    ['group', catalog.groups],
    ['person', catalog.people],
    ['network', catalog.networks],
  ]
  const known = typed.flatMap(([type, items]) => (items.some((item) => item.id === id) ? [{ type, id }] : []))
  return known.length === 0 && Cidr.safeParse(id).success ? [{ type: 'cidr', id }] : known
}

function windowOptions(context: LanguageContext): readonly Option[] {
  const calendar = readCalendar(context.catalog, context.now)
  const weekEnd = endOfWorkWeek(weekOf(calendar, 0), calendar)
  return [
    { value: 'PT2H', label: 'For 2 hours' },
    { value: printMoment(endOf(calendar.today, calendar)), label: 'Until the end of today' },
    ...(weekEnd && !weekEnd.equals(calendar.today)
      ? [{ value: printMoment(endOf(weekEnd, calendar)), label: 'Until the end of this week' }]
      : []),
    { value: 'P7D', label: 'For 7 days' },
    { value: 'P14D', label: 'For 14 days' },
  ]
}

const optionOf = (ref: SubjectRef, context: LanguageContext): Option => ({
  value: printSubject(ref),
  label: nameSubject(ref, context),
})
const printSubject = (ref: SubjectRef): string => (ref.type === 'cidr' ? ref.id : `${ref.type}:${ref.id}`)

/**
 * The intent with this slot answered: the answer takes the place of whatever stood there. Undefined when the value does not fit the
 * slot, so that a forged click changes nothing.
 */
export function fillSlot(intent: Intent, slot: Slot, value: string, context: LanguageContext): Intent | undefined {
  const answer = answerOf(intent, slot, value, context)
  if (answer === undefined) return undefined
  const { needsClarification = [], candidates = {}, unresolved: _unresolved, ...rest } = intent
  const open = needsClarification.filter((other) => other !== slot)
  const { [slot]: _answered, ...others } = candidates
  const unresolved = open.includes('subject') || open.includes('service') ? intent.unresolved : undefined
  return {
    ...rest,
    ...answer,
    ...(open.length > 0 ? { needsClarification: open } : {}),
    ...(Object.keys(others).length > 0 ? { candidates: others } : {}),
    ...(unresolved === undefined ? {} : { unresolved }),
  }
}

const ID = /^[a-z0-9][a-z0-9-]{0,62}$/

function answerOf(intent: Intent, slot: Slot, value: string, context: LanguageContext): Partial<Intent> | undefined {
  switch (slot) {
    case 'subject': {
      const ref = readSubject(value, context)
      return ref && { subjects: [ref] }
    }
    case 'service':
      return context.services.some(({ id }) => id === value) ? { services: [value] } : undefined
    case 'window':
      if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return untilEndOf(value, intent, context)
      if (/^P(?=\d|T\d)(?:\d+[MWD])*(?:T(?:\d+[HM])+)?$/.test(value)) return { window: { duration: value } }
      return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2})$/.test(value)
        ? { window: { ...startOf(intent), end: value, precision: 'minute' } }
        : undefined
    case 'port':
      if (value === READING) return mayRead(intent, context) ? { methods: [...READING_METHODS] } : undefined
      if (value === 'all') return intent.kind === 'onboard-service' ? undefined : {}
      if (!/^(?:tcp|udp)\/\d{1,5}(?:-\d{1,5})?$/.test(value)) return undefined
      return intent.kind === 'onboard-service'
        ? { newService: { ...intent.newService, ports: [value] } }
        : { ports: [value] }
    case 'host':
      return /^[a-z0-9.-]{1,253}$/.test(value) ? { newService: { ...intent.newService, hosts: [value] } } : undefined
    case 'name':
      return ID.test(value) ? { newService: { ...intent.newService, name: value } } : undefined
    default:
      return slot satisfies never
  }
}

const startOf = ({ window }: Intent): { start?: string } => (window?.start === undefined ? {} : { start: window.start })

/** Until the end of a day that was picked from a calendar; a day that is over is no answer. */
function untilEndOf(day: string, intent: Intent, context: LanguageContext): Partial<Intent> | undefined {
  const calendar = readCalendar(context.catalog, context.now)
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  const picked = plainDate(year, month, date)
  const end = picked && endOf(picked, calendar)
  if (end === undefined || end.epochMilliseconds <= context.now.getTime()) return undefined
  return { window: { ...startOf(intent), end: printMoment(end), precision: 'day' } }
}

function readSubject(value: string, context: LanguageContext): SubjectRef | undefined {
  const known = everythingFor('subject', context).some((option) => option.value === value)
  const [, type, id] = /^(group|person|network):(.+)$/.exec(value) ?? []
  if (known && (type === 'group' || type === 'person' || type === 'network') && id !== undefined) return { type, id }
  return Cidr.safeParse(value).success ? { type: 'cidr', id: value } : undefined
}
