import { type FlowSet, isEmpty } from '../flow/flow-set.ts'
import {
  countAddresses,
  equalIp,
  type IpSet,
  intersectIp,
  isEmptyIp,
  NO_IP,
  printIpSet,
  subtractIp,
  uniteIp,
} from '../flow/ip-set.ts'
import type { Edge } from '../policy/edge.ts'
import { grantMeaning } from '../policy/meaning.ts'
import { epochSeconds } from '../policy/say-time.ts'
import type { Grant, Service } from '../policy/schema.ts'
import { compileChange } from './change.ts'
import { type Proof, prove } from './proof.ts'

/** Less than what was asked, proved to open exactly that. */
export type CounterOffer = {
  readonly grant: Grant
  /** How much it lets in: source addresses times seconds. */
  readonly width: bigint
  readonly addresses: bigint
}

const MOST_OFFERS = 3
const MOST_TRIED = 8
const MOST_EXCEPTIONS = 4

/**
 * Narrower grants that can be given exactly, the one that opens least first: for fewer of those who were named, through one of the
 * company's networks, or without the addresses that stand in the way (`proof`, where there is one, says which).
 */
export function counterOffers(
  edge: Edge,
  service: Service,
  grant: Grant,
  asOf: number,
  proof?: Proof,
): readonly CounterOffer[] {
  const whole = sourcesOf(edge, service, grant)
  const offers: CounterOffer[] = []
  for (const narrower of candidates(edge, service, grant, whole, proof).slice(0, MOST_TRIED)) {
    const sources = sourcesOf(edge, service, narrower)
    const known = offers.some((one) => equalIp(sourcesOf(edge, service, one.grant), sources))
    if (known || isEmptyIp(sources) || equalIp(sources, whole) || !isExact(edge, service, narrower, asOf)) continue
    const addresses = countAddresses(sources)
    offers.push({ grant: narrower, addresses, width: addresses * BigInt(secondsOf(narrower, asOf)) })
  }
  return offers.sort((a, b) => (a.width < b.width ? -1 : 1)).slice(0, MOST_OFFERS)
}

function candidates(
  edge: Edge,
  service: Service,
  grant: Grant,
  whole: IpSet,
  proof: Proof | undefined,
): readonly Grant[] {
  const blamed = proof
    ? sourcesIn([...proof.extra, ...proof.closes].map((one) => one.flows).concat([proof.missing]))
    : NO_IP
  const hindrance = intersectIp(blamed, whole)
  const exceptions = printIpSet(hindrance)
  const without =
    exceptions.length > 0 && exceptions.length <= MOST_EXCEPTIONS && !isEmptyIp(subtractIp(whole, hindrance))
      ? [{ ...grant, except: [...grant.except, ...exceptions] }]
      : []
  const fewer =
    grant.allow.length < 2
      ? []
      : [
          ...grant.allow.map((subject) => ({ ...grant, allow: grant.allow.filter((other) => other !== subject) })),
          ...grant.allow.map((subject) => ({ ...grant, allow: [subject] })),
        ]
  const through = grant.via.length > 0 ? [] : networksInside(edge, service, grant, whole)
  return [...without, ...fewer, ...through]
}

/** Through one of the networks that hold some of them and not all, the widest first. */
function networksInside(edge: Edge, service: Service, grant: Grant, whole: IpSet): readonly Grant[] {
  return edge.catalog.networks
    .map((network) => ({ ...grant, via: [`network:${network.id}`] }))
    .map((narrower) => ({ narrower, shared: sourcesOf(edge, service, narrower) }))
    .filter(({ shared }) => !isEmptyIp(shared) && !equalIp(shared, whole))
    .sort((a, b) => (countAddresses(a.shared) > countAddresses(b.shared) ? -1 : 1))
    .map(({ narrower }) => narrower)
}

function isExact(edge: Edge, service: Service, grant: Grant, asOf: number): boolean {
  const change = compileChange(edge, service, grant, asOf)
  return !('ok' in change) && prove(edge, change, asOf).verdict === 'exact'
}

function sourcesOf(edge: Edge, service: Service, grant: Grant): IpSet {
  const asked = grantMeaning(edge, service, grant)
  return 'ok' in asked ? NO_IP : asked.sources
}

function sourcesIn(sets: readonly FlowSet[]): IpSet {
  const boxes = sets.filter((set) => !isEmpty(set)).flat()
  return boxes.reduce<IpSet>((all, box) => {
    const src = box.get('src')
    return src?.kind === 'ip' ? uniteIp(all, src.ip) : all
  }, NO_IP)
}

function secondsOf(grant: Grant, asOf: number): number {
  const from = grant.from === undefined ? asOf : epochSeconds(grant.from)
  return grant.until === undefined ? 2 ** 40 : Math.max(0, epochSeconds(grant.until) - Math.max(from, asOf))
}
