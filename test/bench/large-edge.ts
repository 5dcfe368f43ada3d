import type { Edge } from '../../src/policy/edge.ts'
import { readEdge } from '../../src/policy/read.ts'
import { largeFortigate } from './large-fortigate.ts'

/**
 * A generated edge: so many FortiGate policies in front of so many HAProxy backends, a tenth of them services of the policy
 * repository, each guarded. The same numbers give the same edge.
 */
export function largeEdge(policies: number, backends: number): Edge {
  const services = Array.from({ length: Math.max(4, Math.floor(backends / 10)) }, (_, i) => i * 10).filter(
    (i) => i < backends,
  )
  const files = new Map([
    ['policies/catalog.yaml', catalog()],
    ['policies/guardrails.yaml', 'limits: { maxDuration: P30D, widestSource: 8 }\nprotectedDenies: []\n'],
    ['policies/devices/fw.conf', withEntrance(largeFortigate(policies))],
    ['policies/devices/lb.cfg', balancer(backends)],
    ...services.map((i): [string, string] => [`policies/services/app-${i}.yaml`, service(i)]),
  ])
  const edge = readEdge(files)
  const wrong = edge.problems.find((problem) => problem.severity === 'error')
  if (wrong) throw new Error(`the generated edge is wrong: ${wrong.file}:${wrong.line} ${wrong.message}`)
  return edge
}

/** Networks of 250 teams, routed behind `lan`. */
export const TEAMS = 250

function catalog(): string {
  const teams = Array.from({ length: TEAMS }, (_, i) => i)
  return [
    'timezone: Europe/Berlin',
    'devices:\n  - { id: fw, kind: fortigate, vdom: root }\n  - { id: lb, kind: haproxy }',
    'networks:',
    ...teams.map((i) => `  - { id: floor-${i}, cidrs: [10.100.${i}.0/24] }`),
    'groups:',
    ...teams.map((i) => `  - { id: team-${i}, name: Team ${i}, networks: [floor-${i}], members: [] }`),
    '  - { id: owners, name: Owners, networks: [], members: [ona] }',
    'people:\n  - { id: ona, name: Ona Lind, slack: U0ONA }\n',
  ].join('\n')
}

function service(i: number): string {
  return `id: app-${i}
name: App ${i}
hosts: [app-${i}.example.com]
owner: owners
environment: production
entry: { vip: vip-edge, port: 443 }
route: { frontend: web, backend: app-${i} }
ports: [tcp/443]
access: []
`
}

/** The generated firewall with the one VIP through which all services are met. */
function withEntrance(text: string): string {
  const entrance = `    edit "vip-edge"
        set extip 198.18.0.10
        set mappedip "10.250.255.5"
        set extintf "any"
        set portforward enable
        set extport 443
        set mappedport 8443
    next
`
  return text.replace('config firewall vip\n', (found) => found + entrance)
}

function balancer(backends: number): string {
  const each = Array.from({ length: backends }, (_, i) => i)
  return [
    'defaults\n    mode http\n    timeout connect 1s\n    timeout client 5s\n    timeout server 5s',
    'frontend web\n    bind 10.250.255.5:8443',
    ...each.map((i) => `    use_backend app-${i} if { hdr(host) -i app-${i}.example.com }`),
    ...each.map((i) => {
      const variable = `txn.sallyport_app_${i}`
      return `backend app-${i}
    # sallyport:guard app-${i}
    acl sallyport-ar-${i} src 10.101.${(i * 7) % TEAMS}.0/24
    http-request set-var(${variable}) bool(true) if sallyport-ar-${i}
    http-request deny deny_status 403 unless { var(${variable}) -m bool }
    server s1 10.50.${(i >> 8) & 255}.${i & 255}:8080 check`
    }),
    '',
  ].join('\n')
}
