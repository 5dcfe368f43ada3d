import { outerDifference } from '../edge/blast-radius.ts'
import type { EdgePiece } from '../edge/reach.ts'
import type { Trace } from '../evidence/trace.ts'
import { type Box, flowsWhere } from '../flow/flow-set.ts'
import { containsIp, type IpAddress, type IpSet, printIp } from '../flow/ip-set.ts'
import { witnessValue } from '../flow/values.ts'
import { vdomOf } from '../fortigate/config.ts'
import type { FortiVerdict } from '../fortigate/match.ts'
import { type LookupPacket, matchLookup } from '../fortigate/match-lookup.ts'
import type { FortiDevice } from '../fortigate/model.ts'
import type { Answer, Finding } from './answer.ts'
import { atMoment } from './requests.ts'

/** What a device's own lookup says about one packet, at the moment it is asked. */
export type LookedUp = {
  readonly matched: boolean
  readonly policy: number | undefined
  readonly action: string | undefined
  readonly errorCode: string | undefined
  /** Answered by our own evaluator in the place of a device: no second opinion at all. */
  readonly isOurs: boolean
}
/** A packet that an answer rests on, and what we say becomes of it. */
export type Witnessed = {
  readonly packet: LookupPacket
  /** What the answer, which rests on sets of flows, makes of it. */
  readonly answered: 'allow' | 'deny'
  /** What one packet alone comes to, at this moment. */
  readonly ours: FortiVerdict
  /** The same packet as nobody's: releases that do not know the parameter for a group look up this one. */
  readonly asNobody: FortiVerdict
}
/** What two witnesses make of one packet together. */
export type Opinion = {
  readonly witnessed: Witnessed
  readonly said: LookedUp
  /** `settles`: ours depends on something, and the device says how that is at the moment. */
  readonly kind: 'same' | 'other' | 'settles' | 'none'
}

const MOST_PACKETS = 4
const UNPRIVILEGED_PORT = 40_000

/** One packet for each way that the firewall decides about these pieces, what it stops first; `at` is the moment of asking. */
export function packetsToAsk(outer: FortiDevice, pieces: readonly EdgePiece[], at: number): readonly Witnessed[] {
  const found = new Map<string, Witnessed>()
  const stopsFirst = [...pieces].sort((a, b) => rank(a) - rank(b))
  for (const piece of stopsFirst) {
    for (const box of piece.flows) {
      const packet = packetOf(outer, box)
      if (!packet) continue
      const { verdict, reason, policy, vip } = piece.outer
      const key = JSON.stringify([verdict, reason, policy?.id, vip, packet.ingress, packet.source.includes(':')])
      if (!found.has(key)) found.set(key, witnessed(outer, packet, verdict, at))
    }
    if (found.size >= MOST_PACKETS) break
  }
  return [...found.values()].slice(0, MOST_PACKETS)
}

/** One packet for each thing that a live firewall opens or closes at this moment and Git does not. */
export function changesToAsk(declared: FortiDevice, live: FortiDevice, at: number): readonly Witnessed[] {
  const { opens, closes } = outerDifference(declared, live, flowsWhere(atMoment(live, at)))
  const asked = (changes: typeof opens, answered: Witnessed['answered']) =>
    changes.flatMap(({ flows }) => {
      const [packet] = flows.flatMap((box) => packetOf(live, box) ?? [])
      return packet ? [witnessed(live, packet, answered, at)] : []
    })
  return [...asked(opens, 'allow'), ...asked(closes, 'deny')].slice(0, MOST_PACKETS)
}

/** Compares what we say of a packet with what the device says of it. Verdict and policy have to be the same. */
export function compareWitnesses(witnessed: Witnessed, said: LookedUp): Opinion {
  const opinion = (kind: Opinion['kind']): Opinion => ({ witnessed, said, kind })
  const theirs = said.isOurs ? undefined : readLookup(said)
  if (!theirs) return opinion('none')
  const { packet, answered, ours, asNobody } = witnessed
  if (ours.verdict === 'depends') return opinion(theirs.verdict === 'redirect' ? 'none' : 'settles')
  // What is meant for the device itself never gets to the policies that a lookup looks into.
  if (ours.reason === 'local-in' || (ours.reason === 'disabled' && ours.policy === null)) return opinion('none')
  // Whoever is not logged on yet is asked to; until then it is as we say.
  if (theirs.verdict === 'redirect') return opinion(ours.verdict === 'deny' ? 'none' : 'other')
  // Were our own two evaluators ever apart, the answer would stand or fall with the one that it rests on.
  if (ours.verdict !== answered) return opinion(theirs.verdict === answered ? 'none' : 'other')
  if (isSame(ours, theirs)) return opinion('same')
  return opinion(packet.group !== undefined && isSame(asNobody, theirs) ? 'none' : 'other')
}

/** Whether the device says otherwise of any of the packets. */
export function isContradicted(opinions: readonly Opinion[]): boolean {
  return opinions.some(({ kind }) => kind === 'other')
}

/** The answer with the second witness heard: a contradiction leads and takes the verdict away, agreement is one short line. */
export function answerWithOpinions(answer: Answer, outer: FortiDevice, opinions: readonly Opinion[]): Answer {
  const others = opinions.filter(({ kind }) => kind === 'other')
  const settled = opinions.filter(({ kind }) => kind === 'settles').map((one) => sayMoment(outer, one))
  if (others.length > 0) {
    return {
      ...answer,
      headline: `Two witnesses disagree about ${outer.id}, so I cannot say: what I read in its configuration and its own policy lookup are not the same.`,
      verdict: 'unknown',
      findings: [
        ...others.map((one) => sayContradiction(outer, one)),
        { says: `What I had read: ${answer.headline}`, traces: [] },
        ...answer.findings,
      ],
    }
  }
  const same = opinions.filter(({ kind }) => kind === 'same')
  return {
    ...answer,
    findings: [...answer.findings, ...settled, ...(same.length > 0 ? [sayAgreement(outer, same)] : [])],
  }
}

function rank(piece: EdgePiece): number {
  return piece.outer.verdict === 'deny' ? 0 : 1
}

function witnessed(outer: FortiDevice, packet: LookupPacket, answered: Witnessed['answered'], at: number): Witnessed {
  const { group, ...nobodys } = packet
  const asNobody = matchLookup(outer, nobodys, at)
  return { packet, answered, asNobody, ours: group === undefined ? asNobody : matchLookup(outer, packet, at) }
}

/** A packet inside this box that a device can be asked about; undefined when none can. */
function packetOf(outer: FortiDevice, box: Box): LookupPacket | undefined {
  const vdom = vdomOf(outer)
  const value = (dimension: string) => {
    const values = box.get(dimension)
    return values && witnessValue(values)
  }
  const source = box.get('src')
  const ingress = value('ingress')
  const [destination, protocol, dport, sport] = [value('dst'), value('proto'), value('dport'), value('sport')]
  const groups = [...box.keys()].filter((name) => name.startsWith('group:') && value(name) === 'yes')
  if (typeof ingress !== 'string' || !vdom?.interfaces.has(ingress)) return undefined
  if (source?.kind !== 'ip' || typeof destination !== 'string' || typeof protocol !== 'number') return undefined
  const [group, another] = groups.map((name) => name.slice('group:'.length))
  // A lookup takes one group only.
  if (another !== undefined) return undefined
  const own = [...vdom.interfaces.values()].flatMap((port) => port.addresses.map(({ address }) => address))
  const host = hostIn(source.ip, destination.includes(':') ? 6 : 4, own)
  if (!host) return undefined
  return {
    ingress,
    source: printIp(host),
    destination,
    protocol,
    sourcePort: typeof sport === 'number' ? sport : UNPRIVILEGED_PORT,
    ...(typeof dport === 'number' ? { destinationPort: dport } : {}),
    ...(group === undefined ? {} : { group }),
    ...(outer.vdom === undefined ? {} : { vdom: outer.vdom }),
  }
}

/** A host's address in the middle: the first of a network, its gateway or its last are no sources that a kernel believes. */
function hostIn(ip: IpSet, family: 4 | 6, own: readonly IpSet[]): IpAddress | undefined {
  const hosts = (family === 4 ? ip.v4 : ip.v6).flatMap(([from, to]): readonly IpAddress[] => {
    const [first, last] = [BigInt(from), BigInt(to)]
    const middle = first + (last - first) / 2n
    return [middle + 1n, middle + 2n, middle, first]
      .filter((value) => value <= last)
      .map((value) => (family === 4 ? { family, value: Number(value) } : { family, value }))
  })
  return hosts.find((host) => !own.some((address) => containsIp(address, printIp(host)))) ?? hosts[0]
}

type Theirs = {
  readonly verdict: 'allow' | 'deny' | 'redirect'
  /** Undefined where the device names none; 0 is the implicit deny. */
  readonly policy?: number
  readonly reason?: 'no-route' | 'rpf' | 'ipsec'
}

/** What a lookup says, in our words; undefined when it says nothing that can be compared. */
function readLookup({ matched, policy, action, errorCode }: LookedUp): Theirs | undefined {
  if (!matched && errorCode === 'error_unknown_route') return { verdict: 'deny', reason: 'no-route' }
  if (!matched && errorCode === 'error_unknown_source_route') return { verdict: 'deny', reason: 'rpf' }
  if (!matched && errorCode !== undefined && errorCode !== '') return undefined
  const named = policy === undefined ? {} : { policy }
  switch (action) {
    case 'accept':
      return { verdict: 'allow', ...named }
    case 'deny':
      return { verdict: 'deny', policy: policy ?? 0 }
    case 'ipsec':
      return { verdict: 'allow', reason: 'ipsec', ...named }
    case 'redirect':
      return { verdict: 'redirect', ...named }
    default:
      return undefined
  }
}

function isSame(ours: FortiVerdict, theirs: Theirs): boolean {
  if (ours.verdict !== theirs.verdict || theirs.reason === 'ipsec') return false
  if (theirs.reason !== undefined)
    return ours.reason === theirs.reason || (ours.policy === null && isLocal(ours.reason))
  if (ours.verdict === 'allow')
    return ours.policy === null || theirs.policy === undefined || ours.policy === theirs.policy
  // Reasons of ours that no policy gives come out of a lookup as the implicit deny; a missing route does not.
  if (ours.reason === 'no-route') return false
  return (ours.policy ?? 0) === theirs.policy
}

/** Reasons that concern the interface or the VIP, which a lookup has no words of its own for. */
function isLocal(reason: string): boolean {
  return !['policy', 'implicit', 'no-route', 'rpf'].includes(reason)
}

function sayContradiction(outer: FortiDevice, { witnessed: { packet, answered, ours }, said }: Opinion): Finding {
  return {
    says: `${sayPacket(packet)}: by what I read in ${outer.file}, ${sayOurs(ours, answered)}; by the lookup of ${outer.id} itself, ${sayTheirs(said)}. Trust neither until somebody has looked.`,
    traces: ours.because.map((trace): Trace => ({ ...trace, device: outer.id })),
    remedy: `On ${outer.id}: diagnose firewall iprope lookup ${packet.source} ${packet.sourcePort ?? 0} ${packet.destination} ${packet.destinationPort ?? 0} ${packet.protocol} ${packet.ingress}`,
  }
}

function sayMoment(outer: FortiDevice, { witnessed: { packet, ours }, said }: Opinion): Finding {
  return {
    says: `At this moment ${outer.id} itself says of ${sayPacket(packet)}: ${sayTheirs(said)}. That hangs on ${ours.depends.join(' and ')} and can change.`,
    traces: [],
  }
}

function sayAgreement(outer: FortiDevice, same: readonly Opinion[]): Finding {
  const policies = [...new Set(same.flatMap(({ said, witnessed }) => said.policy ?? witnessed.ours.policy ?? []))]
  const which = policies.map((id) => (id === 0 ? 'the implicit deny' : `policy ${id}`)).join(', ')
  return { says: `The policy lookup of ${outer.id} itself says the same${which ? `: ${which}` : ''}.`, traces: [] }
}

function sayOurs({ verdict, reason, policy }: FortiVerdict, answered: Witnessed['answered']): string {
  if (verdict !== answered) return answered === 'allow' ? 'it is let in' : 'it is stopped'
  if (reason === 'no-route') return 'there is no route'
  if (policy === 0 || reason === 'implicit') return 'the implicit deny takes it'
  if (policy === null) return `${verdict === 'allow' ? 'it is let in' : 'it is stopped'} (${reason})`
  return `policy ${policy} ${verdict === 'allow' ? 'accepts' : 'denies'} it`
}

function sayTheirs(said: LookedUp): string {
  const theirs = readLookup(said)
  if (theirs?.reason === 'no-route') return 'there is no route'
  if (theirs?.reason === 'rpf') return 'there is no route back to the source'
  if (theirs?.verdict === 'deny' && theirs.policy === 0) return 'the implicit deny takes it'
  const by = theirs?.policy === undefined ? 'it' : `policy ${theirs.policy}`
  if (theirs?.reason === 'ipsec') return `${by} sends it into a VPN`
  if (theirs?.verdict === 'redirect') return `${by} asks for a login first`
  return `${by} ${theirs?.verdict === 'allow' ? 'accepts' : 'denies'}${theirs?.policy === undefined ? '' : ' it'}`
}

function sayPacket({ ingress, source, destination, protocol, destinationPort, group }: LookupPacket): string {
  const to =
    destinationPort === undefined
      ? destination
      : `${destination.includes(':') ? `[${destination}]` : destination}:${destinationPort}`
  const words = PROTOCOLS[protocol] ?? `protocol ${protocol}`
  return `${source} → ${to} (${words}, in by ${ingress}${group === undefined ? '' : `, group ${group}`})`
}

const PROTOCOLS: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp' }
