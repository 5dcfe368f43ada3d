import type { LanguageContext } from '../../src/language/context.ts'
import { Catalog, Service } from '../../src/policy/schema.ts'

/** Monday, 23 November 2026, 09:00 in Chicago. */
const NOW = new Date('2026-11-23T15:00:00Z')

/** A hospital whose weeks begin on Sunday and whose dates begin with the month; June and Will work there. */
export function hospital(requester = 'lena', now = NOW): LanguageContext {
  return { catalog, services, requester, now }
}

const catalog = Catalog.parse({
  timezone: 'America/Chicago',
  calendar: { dateOrder: 'MDY', weekStart: 'sunday' },
  ticketPatterns: ['MED-\\d+'],
  devices: [
    { id: 'north-fw', kind: 'fortigate', vdom: 'root', aliases: ['firewall'] },
    { id: 'edge-proxy', kind: 'haproxy', aliases: ['haproxy', 'load balancer'] },
  ],
  networks: [
    { id: 'ward-3', name: 'Third Floor', aliases: ['the third floor'], cidrs: ['172.20.3.0/24'] },
    { id: 'campus', name: 'Main Campus', aliases: ['the campus'], cidrs: ['172.20.0.0/16'] },
    { id: 'clinic-north', name: 'North Clinic', aliases: [], cidrs: ['172.21.0.0/16'] },
    { id: 'remote', name: 'Remote Access', aliases: ['vpn'], cidrs: ['172.30.0.0/22'] },
    { id: 'lab-net', name: 'Laboratory Floor', aliases: ['laboratory'], cidrs: ['172.20.9.0/24'] },
  ],
  groups: [
    group('nurses', 'Nursing', ['nursing staff', 'ward nurses'], ['grace']),
    group('radiology', 'Radiology', ['x-ray'], ['lena', 'omar']),
    group('pharmacy', 'Pharmacy', ['pharmacists'], ['tomas']),
    group('front-desk', 'Front Desk', ['reception'], ['june']),
    group('biomed', 'Biomedical Engineering', ['medical devices team'], ['will']),
    group('research', 'Clinical Research', ['study team'], ['omar', 'priya']),
    group('residents', 'Residents', ['junior doctors'], ['yuki']),
    group('billing-office', 'Billing Office', ['billing team'], ['chris-dunn', 'chris-meyer']),
  ],
  people: [
    { id: 'priya', name: 'Priya Raman', slack: 'U1PRIYA' },
    { id: 'lena', name: 'Lena Fischer', slack: 'U1LENA' },
    { id: 'omar', name: 'Omar Haddad', slack: 'U1OMAR' },
    { id: 'june', name: 'June Park', slack: 'U1JUNE' },
    { id: 'will', name: 'Will Turner', slack: 'U1WILL' },
    { id: 'grace', name: 'Grace Obi', slack: 'U1GRACE' },
    { id: 'tomas', name: 'Tomas Vega', slack: 'U1TOMAS' },
    { id: 'yuki', name: 'Yuki Sato', slack: 'U1YUKI' },
    { id: 'chris-dunn', name: 'Chris Dunn', slack: 'U1CHRISD', aliases: ['chris'] },
    { id: 'chris-meyer', name: 'Chris Meyer', slack: 'U1CHRISM', aliases: ['chris'] },
  ],
})

const services = [
  service('ehr', 'Patient Records', ['charts']),
  service('pacs', 'Imaging Archive', ['imaging'], ['tcp/443', 'tcp/11112']),
  service('lab', 'Lab Results', ['labs']),
  service('pharmacy-stock', 'Pharmacy Stock', ['meds inventory']),
  service('rota', 'Shift Planner', ['roster', 'shift plan']),
  service('telemetry', 'Ward Telemetry', ['bedside monitors'], ['tcp/8883']),
  service('billing', 'Billing', ['claims']),
  service('intranet', 'Staff Portal', []),
]

function group(id: string, name: string, aliases: readonly string[], members: readonly string[]): object {
  return { id, name, aliases, networks: ['campus'], members }
}

function service(id: string, name: string, aliases: readonly string[], ports: readonly string[] = ['tcp/443']) {
  return Service.parse({
    id,
    name,
    aliases,
    hosts: [`${id}.mercy.example`],
    owner: 'biomed',
    environment: 'production',
    entry: { vip: 'vip-mercy', port: 443 },
    route: { frontend: 'https-in', backend: id },
    ports,
  })
}
