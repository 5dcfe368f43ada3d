import { isIP } from 'node:net'
import type { Bind, Server } from '../model.ts'
import type { HaproxyLine } from '../text.ts'
import { printLine } from './rules.ts'

/** Reads a `bind` line: a comma list of addresses and their shared options. */
export function readBinds(line: HaproxyLine): Bind[] {
  const options: string[] = []
  for (let at = 2; at < line.words.length; at++) options.push(line.words[at]?.value ?? '')
  const has = (name: string) => options.includes(name)
  const after = (name: string) => options[options.indexOf(name) + 1]
  const verify: Bind['verify'] =
    (['required', 'optional'] as const).find((each) => has('verify') && after('verify') === each) ?? 'none'
  const shared = {
    line: line.number,
    says: printLine(line),
    ssl: has('ssl'),
    acceptProxy: has('accept-proxy'),
    strictSni: has('strict-sni'),
    certificates: options.flatMap((value, at) =>
      value === 'crt' || value === 'crt-list' ? [{ list: value === 'crt-list', path: options[at + 1] ?? '' }] : [],
    ),
    verify,
    alpn: has('alpn') || has('npn'),
    name: has('name') ? after('name') : undefined,
  }
  const families = { v6only: has('v6only') }
  const first = line.words[1]
  if (first?.variable !== undefined)
    return [
      { ...shared, address: { kind: 'unknown', says: `environment variable ${first.variable}` }, ports: ANY_PORT },
    ]
  return (first?.value ?? '').split(',').map((text) => ({ ...shared, ...readBindAddress(text, families) }))
}

const ANY_PORT = [1, 65535] as const
/** What most are written as. */
const PLAIN = /^([\d.]+):(\d+)$/

function readBindAddress(written: string, { v6only }: { v6only: boolean }): Pick<Bind, 'address' | 'ports'> {
  const [, plain = '', only] = PLAIN.exec(written) ?? []
  if (only !== undefined && plain !== '0.0.0.0' && isIP(plain))
    return { address: { kind: 'ip', ip: plain }, ports: [Number(only), Number(only)] }
  const [, prefix = '', text = ''] = /^([a-z0-9+]+@)?(.*)$/.exec(written) ?? []
  if (/^(unix|abns|fd|sockpair|uxst|uxdg)/.test(prefix) || text.startsWith('/'))
    return { address: { kind: 'socket', path: written }, ports: ANY_PORT }
  const colon = text.lastIndexOf(':')
  const host = text.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, '$1')
  const [, from, , to] = /^(\d+)(-(\d+))?$/.exec(text.slice(colon + 1)) ?? []
  if (from === undefined || (prefix && !/^(ipv[46]|tcp[46]?)@$/.test(prefix)))
    return { address: { kind: 'unknown', says: `bind ${written}` }, ports: ANY_PORT }
  const ports = [Number(from), Number(to ?? from)] as const
  const six = prefix === 'ipv6@' || prefix === 'tcp6@'
  // `*` and nothing mean every IPv4 address, `::` every IPv6 one, and IPv4 too unless `v6only` (Linux bindv6only=0).
  if ((host === '' || host === '*') && !six) return { address: { kind: 'any', v4: true, v6: false }, ports }
  if (host === '0.0.0.0') return { address: { kind: 'any', v4: true, v6: false }, ports }
  if (host === '::' || ((host === '' || host === '*') && six))
    return { address: { kind: 'any', v4: !v6only, v6: true }, ports }
  if (isIP(host)) return { address: { kind: 'ip', ip: host }, ports }
  return { address: { kind: 'unknown', says: `the address of ${host}` }, ports }
}

export type ServerDefaults = {
  weight: number
  disabled: boolean
  backup: boolean
  check: boolean
  sendProxy: boolean
  cookie: string | undefined
}
export const SERVER_DEFAULTS: ServerDefaults = {
  weight: 1,
  disabled: false,
  backup: false,
  check: false,
  sendProxy: false,
  cookie: undefined,
}

/** Lays the options of a `server`, `server-template` or `default-server` line, from a word on, over what holds before it. */
export function readServerOptions(
  words: readonly { readonly value: string }[],
  from: number,
  before: ServerDefaults,
): ServerDefaults {
  const options = { ...before }
  for (let at = from; at < words.length; at++) {
    const word = words[at]?.value
    if (word === 'weight') options.weight = Number(words[++at]?.value ?? 1)
    else if (word === 'cookie') options.cookie = words[++at]?.value
    else if (word === 'disabled') options.disabled = true
    else if (word === 'enabled') options.disabled = false
    else if (word === 'backup') options.backup = true
    else if (word === 'no-backup') options.backup = false
    else if (word === 'check' || word === 'agent-check' || word === 'track') options.check = true
    else if (word === 'no-check') options.check = false
    else if (word?.startsWith('send-proxy')) options.sendProxy = true
  }
  return options
}

const MOST_TEMPLATE_SERVERS = 10_000

/** The servers of a `server` or `server-template` line. */
export function readServers(line: HaproxyLine, defaults: ServerDefaults): Server[] {
  const template = line.words[0]?.value === 'server-template'
  const name = line.words[1]?.value ?? ''
  const target = line.words[template ? 3 : 2]?.value ?? ''
  const options = readServerOptions(line.words, template ? 4 : 3, defaults)
  const { address, port } = splitTarget(target)
  const base = { line: line.number, says: printLine(line), address, port, ...options }
  if (!template) return [{ ...base, name }]
  const [, from = '1', to] = /^(\d+)(?:-(\d+))?$/.exec(line.words[2]?.value ?? '') ?? []
  const [first, last] = to === undefined ? [1, Number(from)] : [Number(from), Number(to)]
  const count = Math.min(Math.max(last - first + 1, 0), MOST_TEMPLATE_SERVERS)
  return Array.from({ length: count }, (_, i) => ({ ...base, name: `${name}${first + i}` }))
}

/** The address of a server and its port, which may be nothing. */
export function splitTarget(target: string): { address: string; port: string } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(target)
  if (bracketed) return { address: bracketed[1] ?? '', port: bracketed[2] ?? '' }
  const colon = target.lastIndexOf(':')
  if (colon < 0 || target.startsWith('/') || /^(unix|abns)@/.test(target)) return { address: target, port: '' }
  return { address: target.slice(0, colon), port: target.slice(colon + 1) }
}
