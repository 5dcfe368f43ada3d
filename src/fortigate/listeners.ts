import type { FortiListener } from './model.ts'
import { type Table, wordOf } from './tables.ts'

/** Ports on which the device itself may answer whatever `allowaccess` says, and who may reach them is not modelled. */
export function readListeners(find: (path: string) => Table | undefined): readonly FortiListener[] {
  const listeners: FortiListener[] = []
  const add = (what: string, line: number, proto: number, from: number, to = from) =>
    listeners.push({ what, line, proto, ports: [from, to] })
  for (const path of ['vpn ipsec phase1-interface', 'vpn ipsec phase1']) {
    const table = find(path)
    if (!table || table.entries.size === 0) continue
    add('IKE', table.line, 17, 500)
    add('IKE', table.line, 17, 4500)
    add('IKE', table.line, 50, 0, 65535)
  }
  const ssl = find('vpn ssl settings')
  if (ssl && (wordOf(ssl.own, 'source-interface') ?? wordOf(ssl.own, 'servercert')) !== undefined) {
    const port = Number(wordOf(ssl.own, 'port') ?? 443)
    add('SSL VPN', ssl.line, 6, port)
    add('SSL VPN', ssl.line, 17, port)
  }
  const dhcp = find('system dhcp server')
  if (dhcp && dhcp.entries.size > 0) add('DHCP', dhcp.line, 17, 67)
  const bgp = find('router bgp')
  if (bgp && (bgp.own.tables.get('neighbor')?.entries.size ?? 0) > 0) add('BGP', bgp.line, 6, 179)
  const ospf = find('router ospf')
  if (ospf && (ospf.own.tables.get('network')?.entries.size ?? 0) > 0) add('OSPF', ospf.line, 89, 0, 65535)
  return listeners
}
