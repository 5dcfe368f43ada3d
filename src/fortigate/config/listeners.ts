import type { FortiListener } from '../model.ts'
import { type Table, wordOf, wordsOf } from './tables.ts'

type Find = (path: string) => Table | undefined

/** What each `allowaccess` word opens on the interface, and the global setting that moves its port. */
const ACCESS: Readonly<Record<string, readonly [proto: number, port: number, setting?: string]>> = {
  https: [6, 443, 'admin-sport'],
  http: [6, 80, 'admin-port'],
  ssh: [6, 22, 'admin-ssh-port'],
  telnet: [6, 23, 'admin-telnet-port'],
  snmp: [17, 161],
  fgfm: [6, 541],
  fabric: [6, 8013],
  'radius-acct': [17, 1813],
  'probe-response': [6, 8008],
  ftm: [6, 4433],
}

const ECHO = { proto: 1, ports: [8 * 256, 8 * 256 + 255] as const }
const ECHO6 = { proto: 58, ports: [128 * 256, 128 * 256 + 255] as const }

/** Where the device itself answers. What `allowaccess` opens is certain unless administrators are bound to trusted hosts. */
export function readListeners(find: Find): readonly FortiListener[] {
  return [...adminListeners(find), ...otherListeners(find)]
}

function adminListeners(find: Find): readonly FortiListener[] {
  const listeners: FortiListener[] = []
  const own = find('system global')?.own
  const admins = [...(find('system admin')?.entries.values() ?? [])]
  const bound = admins.some((admin) => [...admin.values.keys()].some((name) => /^(?:ip6-)?trusthost/.test(name)))
  for (const port of find('system interface')?.entries.values() ?? []) {
    const six = port.tables?.get('ipv6')?.own
    const opened = [
      ...wordsOf(port, 'allowaccess').map((word) => ({ word, family: 4 as const, what: 'allowaccess' })),
      ...(six ? wordsOf(six, 'ip6-allowaccess') : []).map((word) => ({
        word,
        family: 6 as const,
        what: 'ip6-allowaccess',
      })),
    ]
    for (const { word, family, what } of opened) {
      const named = `${what} ${word} on ${port.key}`
      const shared = { what: named, line: port.line, ingress: port.key, family, certain: !bound }
      const access = ACCESS[word]
      // Echo request, any code.
      if (word === 'ping') listeners.push({ ...shared, ...(family === 4 ? ECHO : ECHO6) })
      else if (access) {
        const [proto, usual, setting] = access
        const number = Number((own && setting && wordOf(own, setting)) ?? usual)
        listeners.push({ ...shared, proto, ports: [number, number] })
      }
    }
  }
  return listeners
}

/** Listeners of features: who may reach them is not modelled. */
function otherListeners(find: Find): readonly FortiListener[] {
  const listeners: FortiListener[] = []
  const add = (what: string, line: number, proto: number, from: number, to = from) =>
    listeners.push({ what, line, ingress: undefined, family: undefined, certain: false, proto, ports: [from, to] })
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
  if (bgp && (bgp.own.tables?.get('neighbor')?.entries.size ?? 0) > 0) add('BGP', bgp.line, 6, 179)
  const ospf = find('router ospf')
  if (ospf && (ospf.own.tables?.get('network')?.entries.size ?? 0) > 0) add('OSPF', ospf.line, 89, 0, 65535)
  return listeners
}
