import { z } from 'zod'
import type { IpAddress } from '../flow/ip-set.ts'
import { parseIp } from '../flow/ip-set.ts'
import { minuteOfWeek } from './config/schedules.ts'

const PROTOCOLS: Readonly<Record<string, number>> = {
  tcp: 6,
  udp: 17,
  sctp: 132,
  icmp: 1,
  icmp6: 58,
  gre: 47,
  esp: 50,
  ah: 51,
}
const address = z.string().refine((text) => parseIp(text) !== undefined, 'this is no IP address')
const port = z.int().min(0).max(65535)
const byte = z.int().min(0).max(255)

/** One line of `sallyport match`: a packet as it arrives. `groups` absent: who it is is not known; `[]`: known to be in none. */
export const Packet = z.object({
  id: z.string().optional(),
  vdom: z.string().optional(),
  srcintf: z.string(),
  src: address,
  dst: address,
  proto: z.union(
    [z.enum(['tcp', 'udp', 'sctp', 'icmp', 'icmp6', 'gre', 'esp', 'ah']), byte],
    'this is neither tcp, udp, sctp, icmp, icmp6, gre, esp, ah nor a protocol number',
  ),
  sport: port.optional(),
  dport: port.optional(),
  icmptype: byte.optional(),
  icmpcode: byte.optional(),
  groups: z.array(z.string()).optional(),
  at: z.iso.datetime({ offset: true }).optional(),
})
export type Packet = z.infer<typeof Packet>

/** The packet with its words resolved. Absent fields are not known, and what depends on them is asked for by name. */
export type ReadPacket = {
  readonly ingress: string
  readonly src: IpAddress
  readonly dst: IpAddress
  readonly proto: number
  readonly sport: number | undefined
  readonly dport: number | undefined
  readonly icmp: number | undefined
  readonly groups: ReadonlySet<string> | undefined
  readonly at: number | undefined
  readonly week: number | undefined
}

export function readPacket(packet: Packet, timezone: string | undefined, weekOf = minuteOfWeek): ReadPacket {
  const at = packet.at === undefined ? undefined : Math.floor(Date.parse(packet.at) / 1000)
  const nowhere: IpAddress = { family: 4, value: 0 }
  return {
    ingress: packet.srcintf,
    src: parseIp(packet.src) ?? nowhere,
    dst: parseIp(packet.dst) ?? nowhere,
    proto: typeof packet.proto === 'number' ? packet.proto : (PROTOCOLS[packet.proto] ?? 0),
    sport: packet.sport,
    dport: packet.dport,
    icmp: packet.icmptype === undefined ? undefined : packet.icmptype * 256 + (packet.icmpcode ?? 0),
    groups: packet.groups === undefined ? undefined : new Set(packet.groups),
    at,
    week: at === undefined || timezone === undefined ? undefined : weekOf(at, timezone),
  }
}
