import { readCalendar } from '../../src/language/calendar.ts'
import type { LanguageContext } from '../../src/language/context.ts'
import type { Intent, SubjectRef } from '../../src/language/intent.ts'
import { readLiterals } from '../../src/language/literals.ts'
import { normalise } from '../../src/language/normalise.ts'
import type { WireIntent } from '../../src/language/proposal.ts'
import { readTimes } from '../../src/language/time.ts'

/** What a perfect model would answer for a label: every choice with the words it stands in. */
export function goldWire(intent: Intent, text: string, context: LanguageContext): WireIntent[] {
  return [intent, ...(intent.additional ?? [])].map((act) => goldAct(act, text, context))
}

function goldAct(act: Intent, text: string, context: LanguageContext): WireIntent {
  const message = normalise(text, context.bot)
  const { folded } = message
  const literals = readLiterals(message.text, folded, context.catalog.ticketPatterns)
  const times = readTimes(folded, readCalendar(context.catalog, context.now)).map((time) =>
    message.text.slice(time.at, time.to),
  )
  const subject = (ref: SubjectRef): WireIntent['subjects'][number] => subjectWire(ref, folded, message.text, context)
  const service = (id: string): { id: string; span: string } => ({
    id,
    span: spanOf(serviceNames(id, context), folded),
  })
  return {
    kind: act.kind,
    subjects: (act.subjects ?? []).map(subject),
    except: (act.except ?? []).map(subject),
    via: (act.via ?? []).map(subject),
    sameAs: act.sameAs === undefined ? null : { id: act.sameAs, span: act.sameAs },
    services: (act.services ?? []).map(service),
    allServicesSpan: act.allServices ? 'all' : null,
    exceptServices: (act.exceptServices ?? []).map(service),
    hosts: (act.hosts ?? []).map((host) => ({
      host,
      span:
        literals.flatMap((literal) =>
          literal.is === 'host' && literal.host === host ? [message.text.slice(literal.at, literal.to)] : [],
        )[0] ?? host,
    })),
    ports: literals.flatMap((literal) => {
      const span = message.text.slice(literal.at, literal.to)
      return literal.is === 'port' && act.ports ? literal.ports.map((port) => portWire(port, span)) : []
    }),
    window:
      act.window === undefined
        ? null
        : {
            startSpan: times[1] ?? null,
            endSpan: times[0] ?? null,
            durationSpan: null,
            startIso: null,
            endIso: null,
            durationIso: null,
          },
    devices: [],
    newServiceSpan: null,
    ticketSpan: act.ticket ?? null,
    reasonSpan: null,
    questions: (act.needsClarification ?? []).map((slot) => ({ slot, span: null })),
  }
}

function portWire(port: string, span: string): WireIntent['ports'][number] {
  const [proto = 'tcp', range = ''] = port.split('/')
  const [from, to = from] = range.split('-').map(Number)
  return { proto: proto === 'udp' ? 'udp' : 'tcp', from: from ?? 0, to: to ?? 0, span }
}

function subjectWire(
  ref: SubjectRef,
  folded: string,
  text: string,
  context: LanguageContext,
): WireIntent['subjects'][number] {
  if (ref.type === 'cidr') return { type: 'cidr', id: null, span: ref.id.replace(/\/32$/, '') }
  const { people, groups, networks } = context.catalog
  const person = people.find(({ id }) => ref.type === 'person' && id === ref.id)
  const group = groups.find(({ id }) => ref.type === 'group' && id === ref.id)
  const network = networks.find(({ id }) => ref.type === 'network' && id === ref.id)
  const slack = [person?.slack, group?.slack].flatMap((id) => (id && text.includes(`@${id}`) ? [`@${id}`] : []))[0]
  const names = [
    ref.id,
    person?.name,
    ...(person?.name.split(' ') ?? []),
    group?.name,
    network?.name,
    ...(person?.aliases ?? group?.aliases ?? network?.aliases ?? []),
  ]
  const span =
    slack ??
    spanOf(
      names.flatMap((name) => name ?? []),
      folded,
    )
  if (span !== '') return { type: ref.type, id: ref.id, span }
  const speaker =
    /\b(?:i|i'm|i'd|i'll|me|my|mine|ich|mir|mich|meine[nmrs]?|mein|je|j'|moi|m'|mon|yo|mi|necesito|puedo|need)(?![\p{L}])/u.exec(
      folded,
    )?.[0]
  const team = /\b(?:my team|my crew|we|us|our|wir|uns|on|nous|mi equipo|nosotros)\b/.exec(folded)?.[0]
  if (ref.type === 'person' && ref.id === context.requester && speaker)
    return { type: 'requester', id: null, span: speaker }
  return ref.type === 'group' && team
    ? { type: 'requester-team', id: null, span: team }
    : { type: ref.type, id: ref.id, span: ref.id }
}

function serviceNames(id: string, context: LanguageContext): readonly string[] {
  const service = context.services.find((candidate) => candidate.id === id)
  return service ? [...service.hosts, id, service.name, ...service.aliases] : [id]
}

/** The first of the names that stands in the message as a word. */
function spanOf(names: readonly string[], folded: string): string {
  const wanted = names.map((name) => name.toLowerCase())
  return (
    wanted.find((name) =>
      new RegExp(`(?<![\\p{L}\\p{N}])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'u').test(
        folded,
      ),
    ) ?? ''
  )
}
