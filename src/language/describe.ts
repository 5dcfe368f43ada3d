import { Temporal } from 'temporal-polyfill'
import { readCalendar } from './calendar.ts'
import type { LanguageContext } from './context.ts'
import type { Intent, SubjectRef, Window } from './intent.ts'

/** One plain sentence of what was understood, in the catalogue's names; what is still open stands there as such. */
export function describeIntent(intent: Intent, context: LanguageContext): string {
  const first = describeOne(intent, context)
  const more = (intent.additional ?? []).map((other) => describeOne(other, context))
  return [first, ...more].join(' Also: ')
}

function describeOne(intent: Intent, context: LanguageContext): string {
  const who = list((intent.subjects ?? []).map((ref) => nameSubject(ref, context))) || 'somebody (not yet clear)'
  const what = servicesOf(intent, context)
  switch (intent.kind) {
    case 'grant':
      return intent.sameAs === undefined
        ? `Give ${who} access to ${what}${details(intent, context)}.`
        : `Give ${who} the same access as ${nameSubject({ type: 'person', id: intent.sameAs }, context)}${details(intent, context)}.`
    case 'revoke':
      return `Take the access to ${what} away from ${who}${details(intent, context)}.`
    case 'extend':
      return `Extend the access of ${who} to ${what}${details(intent, context)}.`
    case 'status':
      return `Show the access${intent.subjects ? ` of ${who}` : ''}${intent.services ? ` to ${what}` : ''}.`
    case 'diagnose':
      return `Find out whether and how ${intent.subjects ? who : 'a client'} reaches ${what}${details(intent, context)}.`
    case 'drift':
      return `Compare the live ${intent.devices ? list(intent.devices) : 'devices'} with what is declared.`
    case 'onboard-service':
      return `Onboard a new service${intent.newService?.name ? ` called ${intent.newService.name}` : ''}${intent.newService?.hosts ? ` at ${list(intent.newService.hosts)}` : ''}.`
    case 'help':
      return 'Explain what I can do.'
    case 'out-of-scope':
      return 'Nothing that I can do.'
    default:
      return intent.kind satisfies never
  }
}

function servicesOf(intent: Intent, context: LanguageContext): string {
  const named = intent.allServices
    ? 'every service'
    : list((intent.services ?? []).map((id) => nameService(id, context)))
  const hosts = intent.services === undefined ? list(intent.hosts ?? []) : ''
  const except = list((intent.exceptServices ?? []).map((id) => nameService(id, context)))
  return `${named || hosts || 'a service (not yet clear)'}${except ? ` except ${except}` : ''}`
}

/** Everything that narrows, in the order people say it. */
function details(intent: Intent, context: LanguageContext): string {
  const open = new Set(intent.needsClarification ?? [])
  const except = list((intent.except ?? []).map((ref) => nameSubject(ref, context)))
  const via = (intent.via ?? []).map((ref) => nameSubject(ref, context)).join(' or ')
  const fuzzy = (intent.flags ?? []).flatMap((flag) => /^fuzzy:(.*)->(.*)$/.exec(flag)?.slice(1) ?? [])
  return [
    except && `, except ${except}`,
    intent.methods && `, only ${list(intent.methods)}`,
    via && `, only from ${via}`,
    intent.ports ? `, on ${list(intent.ports)}` : open.has('port') ? ', on ports not yet clear' : '',
    intent.window
      ? `, ${describeWindow(intent.window, context)}`
      : open.has('window')
        ? ', for a time not yet clear'
        : '',
    intent.ticket && `, ticket ${intent.ticket}`,
    fuzzy.length > 1 && ` (reading "${fuzzy[0]}" as ${fuzzy[1]})`,
  ]
    .filter(Boolean)
    .join('')
}

/** `from Tue 24 Nov 2026 09:00 until Fri 27 Nov 2026 23:59`. */
function describeWindow(window: Window, context: LanguageContext): string {
  const parts = [
    window.start && `from ${describeMoment(window.start, context)}`,
    window.end && `until ${describeMoment(window.end, context)}`,
    window.duration && `for ${describeDuration(window.duration)}`,
  ]
  return parts.filter(Boolean).join(' ')
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function describeMoment(moment: string, context: LanguageContext): string {
  const { zone } = readCalendar(context.catalog, context.now)
  const local = Temporal.Instant.from(moment).toZonedDateTimeISO(zone)
  const time = `${String(local.hour).padStart(2, '0')}:${String(local.minute).padStart(2, '0')}`
  return `${DAYS[local.dayOfWeek - 1]} ${local.day} ${MONTHS[local.month - 1]} ${local.year} ${time}`
}

function describeDuration(duration: string): string {
  const length = Temporal.Duration.from(duration)
  const units = ['years', 'months', 'weeks', 'days', 'hours', 'minutes'] as const
  return list(
    units.flatMap((unit) =>
      length[unit] > 0 ? [`${length[unit]} ${length[unit] === 1 ? unit.slice(0, -1) : unit}`] : [],
    ),
  )
}

/** A subject as people of the catalogue call it. */
export function nameSubject(ref: SubjectRef, { catalog }: LanguageContext): string {
  switch (ref.type) {
    case 'person':
      return catalog.people.find(({ id }) => id === ref.id)?.name ?? ref.id
    case 'group':
      return `the group ${catalog.groups.find(({ id }) => id === ref.id)?.name ?? ref.id}`
    case 'network':
      return `the network ${catalog.networks.find(({ id }) => id === ref.id)?.name ?? ref.id}`
    case 'cidr':
      return ref.id.replace(/\/(?:32|128)$/, '')
    default:
      return ref.type satisfies never
  }
}

/** A service as people call it. */
export function nameService(id: string, { services }: LanguageContext): string {
  return services.find((service) => service.id === id)?.name ?? id
}

function list(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}
