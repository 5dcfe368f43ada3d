import type { Problem } from '../evidence/problem.ts'
import type { IpSet } from '../flow/ip-set.ts'
import type { Ranges } from '../flow/ranges.ts'

import type {
  FortiCentralNat,
  FortiInterface,
  FortiPolicyRoute,
  FortiRoute,
  FortiZone,
} from './config/network-model.ts'
import type { FortiCertificate, FortiInspection } from './config/read-certificates.ts'
import type { FortiSessionTtl, FortiTtl } from './config/read-ttl.ts'
import type { FortiText } from './text.ts'

export type { FortiInterface, FortiPolicyRoute, FortiRoute, FortiZone } from './config/network-model.ts'

/**
 * What a FortiGate configuration says about traffic, per VDOM, every object with the line it stands on. `unknown` names what the
 * configuration alone does not decide; evaluators turn it into "depends on".
 */
export type FortiDevice = {
  readonly id: string
  readonly file: string
  readonly text: FortiText
  /** `7.4` and patch from the header line; undefined where there is none. */
  readonly version: FortiVersion | undefined
  /** IANA name of the device's time zone; undefined when the configuration does not say or says a number we do not know. */
  readonly timezone: string | undefined
  /** The VDOM asked for, where one was named. */
  readonly vdom: string | undefined
  readonly vdoms: ReadonlyMap<string, FortiVdom>
  readonly problems: readonly Problem[]
  readonly coverage: FortiCoverage
}
export type FortiVersion = { readonly major: number; readonly minor: number; readonly patch: number }
export type FortiCoverage = {
  /** Statements in sections that take part in verdicts, and how many of them are modelled. */
  readonly lines: number
  readonly modelled: number
  /** Statements in sections that do not. */
  readonly beside: number
  /** Lines that are not modelled and could change a verdict. */
  readonly unmodelled: readonly { readonly line: number; readonly says: string }[]
}

export type FortiVdom = {
  readonly name: string
  /** Why no verdict of this VDOM can be definite (`central-nat`, transparent mode). */
  readonly unsure: readonly string[]
  readonly interfaces: ReadonlyMap<string, FortiInterface>
  /** System zones and SD-WAN zones. */
  readonly zones: ReadonlyMap<string, FortiZone>
  /** Interface → the zone it is in. */
  readonly zoneOf: ReadonlyMap<string, string>
  /** Active routes, connected ones included, most specific first; equal ones are together. */
  readonly routes: readonly FortiRoute[]
  readonly policyRoutes: readonly FortiPolicyRoute[]
  /** Routing protocols in use: routes that are not connected may be overruled by what they learn. */
  readonly dynamicRouting: string | undefined
  readonly strictSourceCheck: boolean
  readonly addresses: ReadonlyMap<string, FortiAddress>
  readonly addresses6: ReadonlyMap<string, FortiAddress>
  readonly services: ReadonlyMap<string, FortiService>
  readonly schedules: ReadonlyMap<string, FortiSchedule>
  /** In table order: the first that fits translates. */
  readonly vips: readonly FortiVip[]
  /** Those of them that take part: switched on, and named by an enabled policy, itself or through a group. */
  readonly vipsInPlay: readonly FortiVip[]
  /** Names of VIPs and VIP groups: in a policy they are no addresses. Empty with central NAT, whose policies name none. */
  readonly vipNames: ReadonlySet<string>
  readonly vipGroups: ReadonlyMap<string, readonly string[]>
  readonly pools: ReadonlyMap<string, FortiPool>
  readonly centralNat: FortiCentralNat | undefined
  readonly userGroups: ReadonlySet<string>
  /** How long a silent connection is remembered where neither service nor policy says. */
  readonly sessionTtl: FortiSessionTtl
  /** TLS inspection profiles and certificates by name; those of the whole device are in every VDOM. */
  readonly inspections: ReadonlyMap<string, FortiInspection>
  readonly certificates: ReadonlyMap<string, FortiCertificate>
  readonly policies: readonly FortiPolicy[]
  readonly localIn: readonly FortiLocalInPolicy[]
  /** Where the device itself answers: administration, IKE, SSL VPN, routing protocols. */
  readonly listeners: readonly FortiListener[]
  /** Whether external addresses of VIPs and pools count as the device's own; undefined when the release leaves it open. */
  readonly vipIsLocal: boolean | undefined
  /** Line of `config firewall policy`: where the implicit deny is cited. */
  readonly policyLine: number
  readonly routeLine: number
}

export type FortiAddress =
  | {
      readonly kind: 'address'
      readonly name: string
      readonly line: number
      readonly ip: IpSet
      readonly unknown: string | undefined
    }
  | {
      readonly kind: 'group'
      readonly name: string
      readonly line: number
      readonly members: readonly string[]
      readonly exclude: readonly string[]
      readonly unknown: string | undefined
    }

export type ServicePart = {
  /** -1: any protocol. */
  readonly proto: number
  readonly dport: readonly [number, number]
  readonly sport: readonly [number, number]
  /** Type·256+code; the whole range when any. */
  readonly icmp: readonly [number, number]
}
export type FortiService =
  | {
      readonly kind: 'service'
      readonly name: string
      readonly line: number
      readonly parts: readonly ServicePart[]
      /** Destinations, after translation, that it is limited to. */
      readonly within: IpSet | undefined
      readonly unknown: string | undefined
      readonly sessionTtl: FortiTtl | undefined
      readonly udpIdle: FortiTtl | undefined
    }
  | {
      readonly kind: 'group'
      readonly name: string
      readonly line: number
      readonly members: readonly string[]
      readonly unknown: string | undefined
    }

export type FortiSchedule =
  /** Minutes of the week in the device's time zone. */
  | { readonly kind: 'recurring'; readonly name: string; readonly line: number; readonly week: Ranges }
  /** Epoch seconds, both included. */
  | {
      readonly kind: 'onetime'
      readonly name: string
      readonly line: number
      readonly from: number
      readonly to: number
    }
  | { readonly kind: 'group'; readonly name: string; readonly line: number; readonly members: readonly string[] }
  | { readonly kind: 'unknown'; readonly name: string; readonly line: number; readonly unknown: string }

export type FortiVip = {
  readonly name: string
  readonly line: number
  readonly enabled: boolean
  readonly type: string
  /** `any` or an interface. */
  readonly extintf: string
  readonly external: IpSet
  /** First external address: translation keeps the distance from it. */
  readonly first: bigint
  readonly family: 4 | 6
  /** Set with port forwarding: this protocol and these external ports only. */
  readonly forward: { readonly proto: number; readonly ports: readonly [number, number] } | undefined
  readonly services: readonly string[]
  readonly sources: IpSet | undefined
  readonly sourceInterfaces: readonly string[]
  readonly mapping: FortiMapping
  readonly natSource: boolean
  readonly arpReply: boolean
  /** Certificates that the VIP itself shows: it ends TLS. Empty when it passes it on. */
  readonly certificates: readonly string[]
  /** Whether the VIP takes a packet at all is not decided by what we model. */
  readonly unknown: string | undefined
}
export type FortiMapping =
  | { readonly kind: 'shift'; readonly targets: readonly FortiTarget[] }
  | { readonly kind: 'unknown'; readonly what: string }
/** Where the first external address and port go. Several: the device picks one (real servers). */
export type FortiTarget = { readonly address: bigint; readonly port: number | undefined; readonly label: string }

export type FortiPool = {
  readonly name: string
  readonly line: number
  /** `overload`, `one-to-one`, `fixed-port-range`, `port-block-allocation`. */
  readonly type: string
  readonly addresses: IpSet
  readonly arpReply: boolean
}

export type FortiPolicy = {
  readonly id: number
  readonly name: string
  readonly line: number
  /** Index of its `edit` statement. */
  readonly opener: number
  readonly enabled: boolean
  readonly action: 'accept' | 'deny' | 'other'
  readonly srcintf: readonly string[]
  readonly dstintf: readonly string[]
  readonly srcaddr: readonly string[]
  readonly srcaddr6: readonly string[]
  readonly srcNegate: boolean
  readonly src6Negate: boolean
  readonly dstaddr: readonly string[]
  readonly dstaddr6: readonly string[]
  readonly dstNegate: boolean
  readonly dst6Negate: boolean
  /** The destination and service are an internet service: not in the configuration. */
  readonly internetService: boolean
  readonly internetServiceSrc: boolean
  readonly service: readonly string[]
  readonly serviceNegate: boolean
  readonly schedule: string
  /** Epoch seconds after which it no longer matches; `unknown` when it expires at a time we cannot tell. */
  readonly expires: number | 'unknown' | undefined
  readonly groups: readonly string[]
  readonly users: readonly string[]
  readonly nat: boolean
  readonly pools: readonly string[] | undefined
  readonly pools6: readonly string[] | undefined
  /** As written, else the default of the version; undefined when the version leaves it open. */
  readonly matchVip: boolean | undefined
  readonly matchVipOnly: boolean
  /** Match fields that are not modelled, by name. */
  readonly unknown: readonly string[]
  readonly comments: string
  readonly sessionTtl: FortiTtl | undefined
  /** The TLS inspection profile, where inspection is switched on. */
  readonly inspection: string | undefined
  /** Lines that can shut it although its fields fit; its own where nothing is written. */
  readonly gates: Readonly<Record<'statusLine' | 'scheduleLine' | 'expiryLine' | 'identityLine', number>>
}
export type FortiLocalInPolicy = {
  readonly id: number
  readonly line: number
  readonly family: 4 | 6
  readonly enabled: boolean
  readonly accept: boolean
  readonly intf: readonly string[]
  readonly srcaddr: readonly string[]
  readonly dstaddr: readonly string[]
  readonly srcNegate: boolean
  readonly dstNegate: boolean
  readonly service: readonly string[]
  readonly serviceNegate: boolean
  readonly schedule: string
  readonly unknown: readonly string[]
}
export type FortiListener = {
  readonly what: string
  readonly line: number
  /** Undefined: on whatever interface. */
  readonly ingress: string | undefined
  /** Undefined: both. */
  readonly family: 4 | 6 | undefined
  /** False: whether it answers this packet is not modelled. */
  readonly certain: boolean
  readonly proto: number
  /** For ICMP: type·256+code. */
  readonly ports: readonly [number, number]
}
