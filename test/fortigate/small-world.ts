/** Entries laid over a small device, section by section. */
export type World = {
  version?: string
  timezone?: string
  settings?: string
  addresses?: string
  services?: string
  schedules?: string
  vips?: string
  routes?: string
  interfaces?: string
  more?: string
  policies: string
}

/** A device with wan1 (default route), lan1 and lan2 in zone `inside`, and dmz, where the mapped servers are. */
export function fortigate(world: World): string {
  const section = (path: string, body = '') => `config ${path}\n${body}\nend\n`
  return [
    `#config-version=FGT60F-${world.version ?? '7.4.8'}-FW-build2795-250523:opmode=0:vdom=0:user=admin\n`,
    section('system global', `set timezone ${world.timezone ?? '"Europe/Berlin"'}`),
    section('system settings', world.settings),
    section(
      'system interface',
      `edit "wan1"\nset ip 203.0.113.1 255.255.255.0\nset allowaccess ping\nnext
       edit "lan1"\nset ip 10.1.0.1/24\nset allowaccess https ssh\nnext
       edit "lan2"\nset ip 10.2.0.1/24\nnext
       edit "dmz"\nset ip 10.20.0.1/24\nnext\n${world.interfaces ?? ''}`,
    ),
    section('system zone', 'edit "inside"\nset interface "lan1" "lan2"\nnext'),
    section(
      'firewall address',
      `edit "all"\nnext\nedit "net"\nset subnet 198.51.100.0/24\nnext\n${world.addresses ?? ''}`,
    ),
    section(
      'firewall service custom',
      `edit "ALL"\nset protocol IP\nnext\nedit "https"\nset tcp-portrange 443\nnext
       edit "alt"\nset tcp-portrange 8443\nnext\n${world.services ?? ''}`,
    ),
    section(
      'firewall schedule recurring',
      'edit "always"\nset day sunday monday tuesday wednesday thursday friday saturday\nnext',
    ),
    world.schedules ?? '',
    section(
      'firewall vip',
      world.vips ??
        'edit "web"\nset extip 203.0.113.10\nset mappedip "10.20.0.5"\nset extintf "wan1"\nset portforward enable\nset extport 443\nset mappedport 8443\nnext',
    ),
    section('firewall policy', world.policies),
    section('router static', `edit 1\nset gateway 203.0.113.254\nset device "wan1"\nnext\n${world.routes ?? ''}`),
    world.more ?? '',
  ].join('')
}

/** A policy from anywhere to anywhere, with these lines laid over it. */
export function policy(id: number, lines: Record<string, string> = {}): string {
  const all = {
    srcintf: '"any"',
    dstintf: '"any"',
    action: 'accept',
    srcaddr: '"all"',
    dstaddr: '"all"',
    schedule: '"always"',
    service: '"ALL"',
    ...lines,
  }
  return `edit ${id}\n${Object.entries(all)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `set ${name} ${value}\n`)
    .join('')}next\n`
}
