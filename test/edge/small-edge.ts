import type { Edge } from '../../src/policy/edge.ts'
import { readEdge } from '../../src/policy/read.ts'

/** Ten past nine on a Monday in Berlin, in epoch seconds: the moment of all proofs here. */
export const NOW = Date.parse('2026-11-23T09:10:00+01:00') / 1000
export const FRIDAY = '2026-11-27T23:59:59+01:00'

/** A small edge: two services behind one VIP, one TCP service, and a firewall that lets nobody in yet. `change` edits its files. */
export function smallEdge(change: (files: Map<string, string>) => void = () => {}): Edge {
  const files = new Map<string, string>([
    ['policies/catalog.yaml', CATALOG],
    ['policies/guardrails.yaml', GUARDRAILS],
    ['policies/services/shop.yaml', service('shop', 'web-in', 'vip-web', 443)],
    ['policies/services/blog.yaml', service('blog', 'web-in', 'vip-web', 443)],
    ['policies/services/db.yaml', service('db', 'db-in', 'vip-db', 5432)],
    ['policies/devices/fw.conf', FIREWALL],
    ['policies/devices/lb.cfg', BALANCER],
  ])
  change(files)
  const edge = readEdge(files)
  const errors = edge.problems.filter((problem) => problem.severity === 'error')
  if (errors.length > 0) throw new Error(`the small edge is wrong: ${JSON.stringify(errors)}`)
  return edge
}

/** Replaces words in one file; they must stand there once, or the test means something else than it says. */
export function editing(path: string, find: string, replace: string): (files: Map<string, string>) => void {
  return (files) => {
    const text = files.get(path) ?? ''
    if (text.split(find).length !== 2)
      throw new Error(`${JSON.stringify(find)} stands ${text.split(find).length - 1} times in ${path}`)
    files.set(
      path,
      text.replace(find, () => replace),
    )
  }
}

export const FW = 'policies/devices/fw.conf'
export const LB = 'policies/devices/lb.cfg'

const CATALOG = `timezone: Europe/Berlin
devices:
  - { id: fw, kind: fortigate, vdom: root }
  - { id: lb, kind: haproxy }
networks:
  - { id: floor-a, cidrs: [10.1.1.0/24] }
  - { id: floor-b, cidrs: [10.1.2.0/24] }
  - { id: lab, cidrs: [10.1.3.0/24] }
groups:
  - { id: makers, name: Makers, networks: [floor-a], members: [mia] }
  - { id: sellers, name: Sellers, networks: [floor-b], members: [sol] }
  - { id: testers, name: Testers, networks: [lab], members: [] }
  - { id: owners, name: Owners, networks: [], header: owners, members: [ona] }
people:
  - { id: mia, name: Mia Park, slack: U0MIA }
  - { id: sol, name: Sol Reyes, slack: U0SOL }
  - { id: ona, name: Ona Lind, slack: U0ONA }
`

const GUARDRAILS = `limits: { maxDuration: P30D, widestSource: 16 }
protectedDenies: [deny-lab]
`

function service(id: string, frontend: string, vip: string, port: number): string {
  const host = frontend === 'web-in' ? `hosts: [${id}.example]\n` : ''
  return `id: ${id}
name: ${id}
${host}owner: owners
environment: production
entry: { vip: ${vip}, port: ${port} }
route: { frontend: ${frontend}, backend: ${id} }
ports: [tcp/${port}]
access: []
`
}

const FIREWALL = `#config-version=FGVM64-7.4.8-FW-build2795-250523:opmode=0:vdom=0:user=admin
config system global
    set timezone "Europe/Berlin"
end
config system interface
    edit "wan1"
        set vdom "root"
        set ip 203.0.113.2 255.255.255.0
    next
    edit "dmz"
        set vdom "root"
        set ip 10.9.0.1 255.255.255.0
    next
    edit "lan"
        set vdom "root"
        set ip 10.1.0.1 255.255.0.0
    next
end
config firewall address
    edit "all"
    next
    edit "lab"
        set subnet 10.1.3.0 255.255.255.0
    next
    edit "floor-b"
        set subnet 10.1.2.0 255.255.255.0
    next
    edit "lb-host"
        set subnet 10.9.0.5 255.255.255.255
    next
end
config firewall service custom
    edit "ALL"
        set protocol IP
    next
    edit "web-8443"
        set tcp-portrange 8443
    next
end
config firewall vip
    edit "vip-web"
        set extip 203.0.113.10
        set mappedip "10.9.0.5"
        set extintf "any"
        set portforward enable
        set extport 443
        set mappedport 8443
    next
    edit "vip-db"
        set extip 203.0.113.10
        set mappedip "10.9.0.5"
        set extintf "any"
        set portforward enable
        set extport 5432
        set mappedport 5432
    next
end
config firewall schedule recurring
    edit "always"
        set day sunday monday tuesday wednesday thursday friday saturday
    next
end
config firewall schedule onetime
    edit "fair-2025"
        set start 08:00 2025/05/01
        set end 18:00 2025/05/03
    next
end
config firewall policy
    edit 7
        set name "deny-lab"
        set srcintf "lan"
        set dstintf "dmz"
        set srcaddr "lab"
        set dstaddr "all"
        set schedule "always"
        set service "ALL"
        set match-vip enable
    next
    edit 3
        set name "sellers-to-blog"
        set srcintf "lan"
        set dstintf "dmz"
        set action accept
        set srcaddr "floor-b"
        set dstaddr "vip-web"
        set schedule "always"
        set service "web-8443"
    next
    edit 9
        set name "deny-rest"
        set srcintf "any"
        set dstintf "any"
        set srcaddr "all"
        set dstaddr "all"
        set schedule "always"
        set service "ALL"
    next
end
`

const BALANCER = `defaults
    mode http
    timeout client 30s
    timeout connect 5s
    timeout server 30s

frontend web-in
    bind 10.9.0.5:8443
    use_backend shop if { hdr(host) -i shop.example }
    use_backend blog if { hdr(host) -i blog.example }

backend shop
    # sallyport:guard shop
    http-request deny deny_status 403 unless { var(txn.sallyport_shop) -m bool }
    server s1 10.8.0.1:80

backend blog
    # sallyport:guard blog
    acl sallyport-ar-0000blog00 src 10.1.2.0/24
    http-request set-var(txn.sallyport_blog) bool(true) if sallyport-ar-0000blog00
    http-request deny deny_status 403 unless { var(txn.sallyport_blog) -m bool }
    server b1 10.8.0.2:80

frontend db-in
    mode tcp
    bind 10.9.0.5:5432
    # sallyport:guard db
    tcp-request connection reject unless { var(sess.sallyport_db) -m bool }
    default_backend db

backend db
    mode tcp
    server d1 10.8.0.3:5432
`
