import type { IpSet } from '../../flow/ip-set.ts'

/** One interface of a VDOM, as far as traffic notices. */
export type FortiInterface = {
  readonly name: string
  readonly line: number
  readonly up: boolean
  /** Its own addresses, with their networks. */
  readonly addresses: readonly { readonly address: IpSet; readonly network: IpSet; readonly text: string }[]
  /** Addressed by DHCP or PPPoE, or a tunnel: what it routes is not in the configuration. */
  readonly dynamic: boolean
  /** Traffic to its own address still needs a policy. */
  readonly loopback: boolean
  readonly sourceCheck: boolean
  /** Leads into another VDOM, whose policies come next. */
  readonly vdomLink: boolean
  /** Gates that are not modelled (captive portal). */
  readonly unknown: string | undefined
}
export type FortiZone = {
  readonly name: string
  readonly line: number
  readonly intrazone: boolean
  readonly sdwan: boolean
}
export type FortiRoute = {
  readonly to: IpSet
  readonly text: string
  readonly prefix: number
  readonly line: number
  readonly connected: boolean
  readonly egress: readonly string[]
  /** Interfaces a packet from here may come in by: priority does not count, distance does. */
  readonly feasible: readonly string[]
  readonly blackhole: boolean
}
/** What it matches on, after translation; undefined is anything. Whether the device follows it is never certain: its gateway may be down. */
export type FortiPolicyRoute = {
  readonly id: string
  readonly line: number
  readonly family: 4 | 6
  readonly inputs: readonly string[]
  readonly inputsNegate: boolean
  readonly src: IpSet | undefined
  readonly dst: IpSet | undefined
  readonly proto: number | undefined
  readonly dport: readonly [number, number] | undefined
  /** `deny`: what matches is routed as if there were no policy routes. */
  readonly stops: boolean
  readonly egress: string | undefined
}

/** With it VIPs apply by themselves, policies name mapped addresses, and this table alone decides what sources become. */
export type FortiCentralNat = { readonly line: number; readonly rules: readonly FortiSnatRule[] }
/** In table order; what is switched off is not among them. Ports are absent where any will do. */
export type FortiSnatRule = {
  readonly id: string
  readonly line: number
  readonly family: 4 | 6
  /** False: what it takes keeps its source. */
  readonly translates: boolean
  readonly srcintf: readonly string[]
  readonly dstintf: readonly string[]
  readonly sources: readonly string[]
  /** Compared with where the packet goes after translation: sources are translated last. */
  readonly destinations: readonly string[]
  readonly proto: number | undefined
  readonly sport: readonly [number, number] | undefined
  readonly dport: readonly [number, number] | undefined
  /** Empty: the address of the interface it leaves by. */
  readonly pools: readonly string[]
  /** Whether it takes a packet at all is not decided by what we model. */
  readonly unknown: string | undefined
}
