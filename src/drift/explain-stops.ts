import type { Doors } from '../edge/doors.ts'
import type { Entry } from '../edge/entry.ts'
import type { EdgePiece } from '../edge/reach.ts'
import type { Trace } from '../evidence/trace.ts'
import { equalIp, type IpSet, NO_IP, printIpSet, uniteIp } from '../flow/ip-set.ts'
import { haproxyMeaning } from '../haproxy/meaning.ts'
import type { AskedAccess } from '../policy/meaning.ts'
import type { Service } from '../policy/schema.ts'
import type { Finding } from './answer.ts'
import { type ReachQuestion, requestsInside } from './requests.ts'

const MOST_FINDINGS = 4
const MOST_CIDRS = 3

/** What stops the requests, in the order they meet it, with the deciding lines. `remedy` goes with the first. */
export function explainStops(asking: {
  readonly question: ReachQuestion
  readonly asked: AskedAccess
  readonly entry: Entry
  readonly doors: Doors
  readonly pieces: readonly EdgePiece[]
  readonly remedy: string
}): readonly Finding[] {
  const { question, asked, doors, pieces, remedy } = asking
  const { outer, inner } = doors
  const stopped = pieces.filter((piece) => !isServed(piece, question.service))
  const atOuter = stopped.filter((piece) => piece.outcome.kind === 'stopped' && piece.outcome.by === 'outer')
  const atInner = stopped.filter((piece) => !atOuter.includes(piece))
  const findings: Finding[] = [
    ...byLastLine(atOuter).map(({ first, sources, last }) => ({
      says: `${outer.id} stops ${question.who}${part(sources, asked)}: ${outerReason(first)}.`,
      traces: last,
    })),
    ...byLastLine(atInner).map(({ first, last }) => ({
      says: `${inner.id} ${innerReason(first, question.service)}.`,
      traces: last,
    })),
    ...(atOuter.length > 0 && atInner.length === 0 ? refusedBehind(asking) : []),
  ]
  return findings.slice(0, MOST_FINDINGS).map((finding, i) => (i === 0 ? { ...finding, remedy } : finding))
}

/** Whether a piece of the way leads to this service. */
export function isServed(piece: EdgePiece, service: Service): boolean {
  return piece.outcome.kind === 'server' && piece.outcome.backend === service.route.backend
}

/** What HAProxy alone would do with them, so that both doors are named when both are closed. */
function refusedBehind({ question, asked, entry, doors }: Parameters<typeof explainStops>[0]): readonly Finding[] {
  const pieces = haproxyMeaning(doors.inner, requestsInside(question, asked, entry, doors))
  const backend = question.service.route.backend
  if (pieces.some(({ outcome }) => outcome.kind === 'server' && outcome.backend === backend)) return []
  const says = `Behind it, ${doors.inner.id} would refuse them too.`
  return pieces.slice(0, 1).map((piece) => ({ says, traces: piece.because.slice(-1) }))
}

function outerReason(piece: EdgePiece): string {
  const { reason, policy } = piece.outer
  if (reason === 'policy' && policy) return `policy ${policy.id}${policy.name ? ` "${policy.name}"` : ''} denies it`
  return REASONS[reason] ?? `it is refused (${reason})`
}

const REASONS: Readonly<Record<string, string>> = {
  implicit: 'no policy lets it in, so the implicit deny at the end takes it',
  disabled: 'the policy that would let it in is switched off',
  'out-of-schedule': 'the policy that would let it in is not active at this time',
  expired: 'the policy that would let it in has ended',
  'not-authenticated':
    'the policy that would let it in asks for a group, and nobody of that group has signed in from there',
  'no-route': 'it has no route to where this would go',
  'vip-mismatch': 'the VIP that takes this traffic is not the one that a policy allows',
  'local-in': 'the address is its own, so this never gets to the policies for traffic through it',
  rpf: 'these addresses do not belong behind the interface they come in by',
}

function innerReason(piece: EdgePiece, service: Service): string {
  const { outcome } = piece
  if (outcome.kind === 'server') return `hands these requests to backend ${outcome.backend}, not to ${service.name}`
  if (outcome.kind === 'elsewhere') return `is never reached: the firewall sends this to ${outcome.egress}`
  if (outcome.kind === 'depends') return `has a line in the way that is not modelled: ${outcome.on}`
  return outcome.reason
}

/** Which of the sources it is about, when it is not about all of them. */
function part(sources: IpSet, asked: AskedAccess): string {
  if (equalIp(sources, asked.sources)) return ''
  const cidrs = printIpSet(sources)
  const more = cidrs.length - MOST_CIDRS
  return ` (from ${cidrs.slice(0, MOST_CIDRS).join(', ')}${more > 0 ? ` and ${more} more networks` : ''})`
}

type Stop = { readonly first: EdgePiece; readonly sources: IpSet; readonly last: readonly Trace[] }

/** One entry for each deciding line, however many pieces it takes. */
function byLastLine(pieces: readonly EdgePiece[]): readonly Stop[] {
  const stops = new Map<string, Stop>()
  for (const piece of pieces) {
    const last = piece.because.slice(-1)
    const key = last.map((trace) => `${trace.file}:${trace.line}`).join() + piece.outer.reason
    const known = stops.get(key)
    const sources = uniteIp(known?.sources ?? NO_IP, sourcesOf(piece))
    stops.set(key, { first: known?.first ?? piece, sources, last })
  }
  return [...stops.values()]
}

function sourcesOf(piece: EdgePiece): IpSet {
  return piece.flows.reduce<IpSet>((all, box) => {
    const src = box.get('src')
    return src?.kind === 'ip' ? uniteIp(all, src.ip) : all
  }, NO_IP)
}
