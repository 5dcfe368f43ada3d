import { Temporal } from 'temporal-polyfill'
import { printProblem } from '../evidence/problem.ts'
import { type Refusal, refuse } from '../evidence/refusal.ts'
import { intersectIp, isEmptyIp, printIpSet } from '../flow/ip-set.ts'
import type { Edge } from './edge.ts'
import type { AskedAccess } from './meaning.ts'
import { portsOverlap, printPortRange, readPortRange } from './port-range.ts'
import { sayInstant } from './say-time.ts'
import type { Grant, Guardrails, Service, SubjectText } from './schema.ts'
import type { SubjectSources } from './source-algebra.ts'
import { subjectSources } from './subject-sources.ts'

type NeverRule = Guardrails['never'][number]

/** Every guardrail that a new grant runs into, each with its reason. None: the rules have nothing against it. */
export function checkGuardrails(
  edge: Edge,
  service: Service,
  grant: Grant,
  asked: AskedAccess,
  now: Date,
): readonly Refusal[] {
  if (edge.broken.includes('guardrails')) {
    const worst = edge.problems.find((one) => one.file.endsWith('guardrails.yaml') && one.severity === 'error')
    const says = worst ? `${printProblem(worst)} Nothing` : 'policies/guardrails.yaml is missing, so nothing'
    return [refuse('GUARDRAILS_UNREADABLE', `${says} can be checked against the guardrails before that is mended.`)]
  }
  return [
    ...checkTime(edge, asked, now),
    ...checkWidth(edge.guardrails, asked),
    ...edge.guardrails.never.flatMap((rule) => checkNever(edge, rule, service, grant, asked)),
  ]
}

/** Which groups may approve for this service, and how many different people it takes. */
export function approvalNeeds(
  edge: Edge,
  service: Service,
): { readonly count: number; readonly groups: readonly string[] } {
  const { count, alsoBy, stricter } = edge.guardrails.approval
  const counts = stricter.filter((rule) => concerns(rule, service)).map((rule) => rule.count)
  return { count: Math.max(count, ...counts), groups: [...new Set([service.owner, ...alsoBy])] }
}

function concerns(
  rule: { readonly services?: readonly string[] | undefined; readonly environments?: readonly string[] | undefined },
  service: Service,
): boolean {
  return (rule.services?.includes(service.id) ?? true) && (rule.environments?.includes(service.environment) ?? true)
}

function checkTime({ guardrails, catalog }: Edge, asked: AskedAccess, now: Date): Refusal[] {
  const { limits } = guardrails
  const nowSeconds = Math.floor(now.getTime() / 1000)
  if (asked.until === undefined) {
    if (limits.allowStanding) return []
    return [refuse('STANDING', 'Access without an end is not given here. Please say until when.')]
  }
  if (asked.until <= nowSeconds) {
    return [refuse('ALREADY_OVER', `${sayInstant(asked.until, catalog.timezone)} is over already.`)]
  }
  const start = Math.max(asked.from ?? nowSeconds, nowSeconds)
  const latest = Temporal.Instant.fromEpochMilliseconds(start * 1000)
    .toZonedDateTimeISO(catalog.timezone)
    .add(limits.maxDuration)
  if (asked.until * 1000 <= latest.epochMilliseconds) return []
  const limit = sayInstant(Math.floor(latest.epochMilliseconds / 1000), catalog.timezone)
  return [refuse('TOO_LONG', `Access lasts ${durationInWords(limits.maxDuration)} at most, so until ${limit} here.`)]
}

/** Measured on the merged addresses, so that a wide range does not get through in slices. */
function checkWidth({ limits }: Guardrails, asked: AskedAccess): Refusal[] {
  const wide = [
    ...asked.sources.v4
      .filter(([from, to]) => to - from + 1 > 2 ** (32 - limits.widestSource))
      .map((range) => ({ ip: { v4: [range], v6: [] }, limit: `/${limits.widestSource}` })),
    ...asked.sources.v6
      .filter(([from, to]) => to - from + 1n > 2n ** BigInt(128 - limits.widestSource6))
      .map((range) => ({ ip: { v4: [], v6: [range] }, limit: `/${limits.widestSource6}` })),
  ]
  const [worst] = wide
  if (!worst) return []
  const printed = printIpSet(worst.ip)
  const shown =
    printed.length > 3 ? `${printed.slice(0, 3).join(', ')} and ${printed.length - 3} more` : printed.join(', ')
  const advice =
    asked.fortigateGroups.length + asked.headers.length > 0
      ? 'Please say where from, such as via the VPN.'
      : 'Please name something narrower.'
  const byIdentity = asked.fortigateGroups.length + asked.headers.length > 0
  if (byIdentity && (shown === '0.0.0.0/0' || shown === '::/0')) {
    const says = `The catalogue names no network for them, so this would let them in from anywhere, and a source may be a ${worst.limit} at most here.`
    return [refuse('SOURCE_TOO_WIDE', `${says} ${advice}`)]
  }
  return [refuse('SOURCE_TOO_WIDE', `${shown} is a wider source than the ${worst.limit} allowed here. ${advice}`)]
}

function checkNever(edge: Edge, rule: NeverRule, service: Service, grant: Grant, asked: AskedAccess): Refusal[] {
  if (!concerns(rule, service)) return []
  const ports = rule.ports?.flatMap((written) => readPortRange(written) ?? [])
  const shared = ports === undefined ? asked.ports : asked.ports.filter((range) => portsOverlap([range], ports))
  if (shared.length === 0) return []
  for (const subject of rule.subjects ?? [undefined]) {
    const met = subject === undefined ? 'everybody' : meets(edge, subject, grant, asked)
    if (typeof met === 'object') {
      return [refuse('GUARDRAIL_UNREADABLE', `The guardrail "${rule.id}" cannot be checked: ${met.says}`)]
    }
    if (met !== undefined) {
      const what = subject === undefined ? shared.map(printPortRange).join(', ') : met
      return [refuse(`NEVER:${rule.id}`, `${rule.says} (guardrail "${rule.id}", because of ${what})`)]
    }
  }
  return []
}

/**
 * What a grant shares with a subject that is never let in, in words; undefined when nothing. A grant that does not ask who somebody
 * is shares with every identity; two different identities share nothing, because then each is let in for what the other is not.
 */
function meets(edge: Edge, subject: SubjectText, grant: Grant, asked: AskedAccess): string | undefined | Refusal {
  if (grant.allow.includes(subject) || grant.via.includes(subject)) return subject
  for (const part of partsOf(edge, subject)) {
    if ('reason' in part) return part
    const sources = intersectIp(part.sources, asked.sources)
    const headers = asked.headers.map(({ value }) => value)
    if (!isEmptyIp(sources) && share(part.fortigateGroups, asked.fortigateGroups) && share(part.headers, headers)) {
      return `${subject} at ${printIpSet(sources).slice(0, 3).join(', ')}`
    }
  }
  return undefined
}

/** The subject as the doors see it; a person whom they cannot tell apart is every group they are in. */
function partsOf(edge: Edge, subject: SubjectText): readonly (SubjectSources | Refusal)[] {
  const whole = subjectSources(edge, [subject])
  if (whole.ok) return [whole]
  if (whole.reason !== 'PERSON_NOT_TOLD_APART') return [whole]
  const person = subject.slice('person:'.length)
  return edge.catalog.groups
    .filter(({ members }) => members.includes(person))
    .map(({ id }) => subjectSources(edge, [`group:${id}`]))
    .filter((part) => part.ok || part.reason !== 'GROUP_WITHOUT_SOURCE')
}

function share(a: readonly string[], b: readonly string[]): boolean {
  return a.length === 0 || b.length === 0 || a.some((name) => b.includes(name))
}

function durationInWords(iso: string): string {
  const duration = Temporal.Duration.from(iso)
  const words = (['days', 'hours', 'minutes'] as const).flatMap((unit) => {
    const count = duration[unit]
    return count === 0 ? [] : [`${count} ${count === 1 ? unit.slice(0, -1) : unit}`]
  })
  return words.join(' ') || 'no time'
}
