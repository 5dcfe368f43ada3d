import { printSeconds, readCalendar } from '../language/calendar.ts'
import { Cidr } from '../language/cidr.ts'
import type { Intent, SubjectRef } from '../language/intent.ts'
import { oneLineReason } from '../language/particulars.ts'
import { findService } from '../policy/catalog-lookup.ts'
import type { Edge } from '../policy/edge.ts'
import { decideWindow } from '../policy/window.ts'
import type { AccessRequest } from './access-request.ts'
import { type EditForm, editForm, type FilledForm, printRef, READING } from './edit-form.ts'

/** What is wrong with a filled-in form: field → a sentence that stands beside it. */
export type FormProblems = Readonly<Partial<Record<keyof FilledForm, string>>>

/**
 * The intent of a request as its form was filled in. A field that was left as it stood changes nothing; one that cannot be read
 * is a problem beside it, and nothing of the form counts.
 */
export function readForm(
  edge: Edge,
  request: AccessRequest,
  filled: FilledForm,
  now: Date,
): { readonly intent: Intent; readonly changed: boolean } | { readonly wrong: FormProblems } {
  const shown = editForm(edge, request, now)
  const wrong: { -readonly [K in keyof FormProblems]: string } = {}
  const { needsClarification, candidates, unresolved, additional, flags, ...before } = request.intent
  const others = readOthers(edge, filled.others ?? shown.others ?? '')
  if (others.unknown !== undefined) wrong.others = others.unknown
  const picked = readRefs(edge, filled.subjects ?? shown.subjects?.chosen ?? [])
  const subjects = distinct([...picked, ...others.refs])
  if (shown.subjects && subjects.length === 0) wrong.subjects = 'Please say who it is for.'
  const services = (filled.services ?? shown.services?.chosen ?? []).filter((id) => findService(edge, id) !== undefined)
  if (shown.services && services.length === 0) wrong.services = 'Please pick a service.'
  const ports = filled.ports ?? shown.ports?.chosen ?? []
  const missing = services.find(
    (id) => ports.length > 0 && !ports.some((port) => findService(edge, id)?.ports.includes(port)),
  )
  const unfit = missing === undefined ? undefined : findService(edge, missing)
  if (unfit) wrong.ports = `${unfit.name} offers ${unfit.ports.join(', ')}. Leave it empty for all of them.`
  const ticket = (filled.ticket ?? shown.ticket).trim()
  if (ticket !== '' && !isTicket(ticket, edge.catalog.ticketPatterns))
    wrong.ticket = 'This is not how tickets are written here.'
  const window = readWindow(edge, shown, filled, before.window, now)
  if ('wrong' in window) wrong[window.at] = window.wrong
  if (Object.keys(wrong).length > 0) return { wrong }

  const reason = oneLineReason(filled.reason ?? shown.reason)
  const except = readRefs(edge, filled.except ?? shown.except?.chosen ?? [])
  const via = readRefs(edge, filled.via ?? shown.via?.chosen ?? [])
  const {
    subjects: _s,
    services: _v,
    hosts,
    ports: _p,
    methods,
    except: _e,
    via: _i,
    window: _w,
    reason: _r,
    ticket: _t,
    ...kept
  } = before
  const full = shown.subjects !== undefined
  const sameServices = sameList(services, shown.services?.chosen ?? [])
  const readOnly = filled.readOnly ?? shown.readOnly
  const signs = (flags ?? []).filter((flag) => !flag.startsWith('fuzzy:') && !flag.startsWith('restriction:'))
  const written: Intent = full
    ? {
        ...kept,
        subjects: [...subjects],
        services: [...services],
        ...(sameServices && hosts ? { hosts } : {}),
        ...(ports.length > 0 ? { ports: [...ports] } : {}),
        ...(readOnly ? { methods: methods ?? [...READING] } : {}),
        ...(except.length > 0 ? { except: [...except] } : {}),
        ...(via.length > 0 ? { via: [...via] } : {}),
      }
    : { ...before }
  const intent: Intent = {
    ...written,
    ...('window' in window && window.window ? { window: window.window } : {}),
    ...(reason === '' ? {} : { reason }),
    ...(ticket === '' ? {} : { ticket }),
    ...(signs.length > 0 ? { flags: signs } : {}),
  }
  return { intent, changed: !sameIntent(intent, request.intent) }
}

function readWindow(
  edge: Edge,
  shown: EditForm,
  filled: FilledForm,
  before: Intent['window'],
  now: Date,
): { readonly window: Intent['window'] } | { readonly wrong: string; readonly at: 'start' | 'end' } {
  const began = filled.start === undefined ? shown.start : keepSeconds(filled.start ?? undefined, shown.start)
  const end = filled.end === undefined ? shown.end : keepSeconds(filled.end, shown.end)
  if (began === shown.start && end === shown.end) return { window: before }
  const calendar = readCalendar(edge.catalog, now)
  const window = {
    ...(began === undefined ? {} : { start: printSeconds(began, calendar) }),
    end: printSeconds(end, calendar),
    precision: 'minute' as const,
  }
  const decided = decideWindow(edge.guardrails, window, now, edge.catalog.timezone)
  return decided.ok ? { window } : { at: decided.reason === 'ENDS_BEFORE_START' ? 'start' : 'end', wrong: decided.says }
}

/** A picker counts in minutes; the minute that was shown means the second that stood there. */
function keepSeconds<P extends number | undefined>(picked: P, shown: number | undefined): P | number {
  if (picked === undefined || shown === undefined) return picked
  return Math.floor(picked / 60) === Math.floor(shown / 60) ? shown : picked
}

/** Names and addresses that were typed, separated by commas: each exactly one known thing, or a network. */
function readOthers(edge: Edge, text: string): { readonly refs: readonly SubjectRef[]; readonly unknown?: string } {
  const { groups, networks, people } = edge.catalog
  const lists = [
    ['group', groups],
    ['person', people],
    ['network', networks],
  ] as const
  const refs: SubjectRef[] = []
  for (const words of text.split(/[,;\n]/).map((part) => part.trim())) {
    if (words === '') continue
    const cidr = words.includes('/') ? words : `${words}/${words.includes(':') ? 128 : 32}`
    if (Cidr.safeParse(cidr).success) {
      refs.push({ type: 'cidr', id: cidr })
      continue
    }
    const named = (item: { id: string; name?: string | undefined; aliases: readonly string[] }) =>
      [item.id, item.name ?? '', ...item.aliases].some((name) => name.toLowerCase() === words.toLowerCase())
    const found = lists.flatMap(([type, items]) => items.filter(named).map(({ id }): SubjectRef => ({ type, id })))
    const [only, another] = found
    if (!only)
      return {
        refs,
        unknown: `I do not know “${words.slice(0, 60)}”. Write a name of the catalogue, or an address such as 10.1.2.0/24.`,
      }
    if (another)
      return {
        refs,
        unknown: `“${words.slice(0, 60)}” may be ${found.map(printRef).join(' or ')}. Please pick one above.`,
      }
    refs.push(only)
  }
  return { refs }
}

/** Only what the catalogue knows: a forged option names nobody. */
function readRefs(edge: Edge, values: readonly string[]): readonly SubjectRef[] {
  const { groups, networks, people } = edge.catalog
  const known = { group: groups, network: networks, person: people }
  return values.flatMap((value): SubjectRef[] => {
    const [, type, id] = /^(group|person|network):(.+)$/.exec(value) ?? []
    if (type !== 'group' && type !== 'person' && type !== 'network')
      return Cidr.safeParse(value).success ? [{ type: 'cidr', id: value }] : []
    return id !== undefined && known[type].some((item) => item.id === id) ? [{ type, id }] : []
  })
}

function isTicket(ticket: string, patterns: readonly string[]): boolean {
  if (ticket.length > 100 || /[\s\p{C}]/u.test(ticket)) return false
  return patterns.length === 0 || patterns.some((pattern) => new RegExp(`^(?:${pattern})$`).test(ticket))
}

function distinct(refs: readonly SubjectRef[]): readonly SubjectRef[] {
  return [...new Map(refs.map((ref) => [printRef(ref), ref])).values()]
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one) => b.includes(one))

function sameIntent(a: Intent, b: Intent): boolean {
  const print = ({ flags, needsClarification, candidates, unresolved, additional, ...said }: Intent) =>
    JSON.stringify(Object.entries(said).toSorted(([one], [two]) => (one < two ? -1 : 1)))
  return print(a) === print(b)
}
