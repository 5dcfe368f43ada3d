import { Cidr } from './cidr.ts'
import { matchAt } from './read-at.ts'

/** A thing that is what it spells: an address, a port, a host, a ticket, an e-mail. Read by code, never taken from a model. */
export type Literal = { readonly at: number; readonly to: number } & (
  | { readonly is: 'cidr'; readonly cidr: string }
  | { readonly is: 'address-doubt'; readonly why: string }
  | { readonly is: 'port'; readonly ports: readonly string[] }
  | { readonly is: 'port-doubt'; readonly why: string }
  | { readonly is: 'host'; readonly host: string }
  | { readonly is: 'email'; readonly email: string }
  | { readonly is: 'mention'; readonly slack: string }
  | { readonly is: 'ticket'; readonly ticket: string }
  | { readonly is: 'path'; readonly path: string }
)

/** Words that are ports. */
const PORT_WORDS: ReadonlyMap<string, string> = new Map([
  ['ssh', 'tcp/22'],
  ['http', 'tcp/80'],
  ['https', 'tcp/443'],
  ['rdp', 'tcp/3389'],
  ['ftp', 'tcp/21'],
  ['telnet', 'tcp/23'],
  ['smtp', 'tcp/25'],
  ['ldap', 'tcp/389'],
  ['ldaps', 'tcp/636'],
  ['snmp', 'udp/161'],
  ['ntp', 'udp/123'],
  ['syslog', 'udp/514'],
])

/** Every literal in the text, in order, none overlapping. */
export function readLiterals(text: string, folded: string, ticketPatterns: readonly string[]): readonly Literal[] {
  const tickets = readTickets(text, folded, ticketPatterns)
  const found: Literal[] = []
  const starts = /(?<![\p{L}\p{N}_])(?=[\p{L}\p{N}@:/])|(?=:\d)/gu
  let past = 0
  for (const { index } of folded.matchAll(starts)) {
    if (index < past) continue
    const ticket = tickets.find((candidate) => candidate.at === index)
    const read =
      ticket ??
      readMention(text, index) ??
      readEmail(folded, index) ??
      readUrl(folded, index) ??
      readAddress(folded, index) ??
      readPorts(folded, index) ??
      readHost(folded, index) ??
      readPath(text, index)
    if (!read) continue
    found.push(...(Array.isArray(read) ? read : [read]))
    past = found.at(-1)?.to ?? past
  }
  return found
}

/** The text with the literals blanked out, so that no date is read in an address. */
export function blank(folded: string, spans: readonly { readonly at: number; readonly to: number }[]): string {
  let text = folded
  for (const { at, to } of spans) text = text.slice(0, at) + '\u0001'.repeat(to - at) + text.slice(to)
  return text
}

/** Tickets as the catalogue spells them; in lower case only where the message calls them tickets. */
function readTickets(text: string, folded: string, patterns: readonly string[]): readonly Literal[] {
  const found: Literal[] = []
  for (const source of patterns) {
    let pattern: RegExp
    try {
      pattern = new RegExp(`(?<![\\p{L}\\p{N}_.-])(?:${source})(?![\\p{L}\\p{N}_]|-[\\p{L}\\p{N}])`, 'giu')
    } catch {
      continue
    }
    for (const match of text.matchAll(pattern)) {
      const at = match.index
      const written = match[0]
      if (written === '' || /^(?:utc|gmt|cw|kw|port|tcp|udp|iso|rfc|cve|sha|week|day)\b/i.test(written)) continue
      const exact = new RegExp(`^(?:${source})$`, 'u').test(written)
      const called = /(?:ticket|issue|jira|ref\.?|reference|change|incident|case|see|per|#)[\s:#(]*$/.test(
        folded.slice(Math.max(0, at - 14), at),
      )
      if (exact || called)
        found.push({ is: 'ticket', ticket: exact ? written : written.toUpperCase(), at, to: at + written.length })
    }
  }
  return found
}

function readMention(text: string, at: number): Literal | undefined {
  const found = matchAt(/@(everyone|[UWBS][A-Z0-9]{4,})\b/, text, at)
  return found ? { is: 'mention', slack: found[1] ?? '', at, to: at + found[0].length } : undefined
}

function readEmail(folded: string, at: number): Literal | undefined {
  const found = matchAt(/[a-z0-9._%+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+/, folded, at)
  return found ? { is: 'email', email: found[0], at, to: at + found[0].length } : undefined
}

/** A pasted address of a page: its host counts; its scheme and path do not narrow anything, but a port written in it does. */
function readUrl(folded: string, at: number): Literal | readonly Literal[] | undefined {
  const found = matchAt(/https?:\/\/([a-z0-9.-]+)(?::(\d{1,5}))?(?:\/[^\s)]*)?/, folded, at)
  if (!found) return undefined
  const to = at + found[0].length
  const host = (found[1] ?? '').replace(/\.$/, '')
  const port = found[2] === undefined ? undefined : printPort('tcp', found[2])
  const named: Literal = /^[\d.]+$/.test(host)
    ? { is: 'cidr', cidr: `${host}/32`, at, to: to - 1 }
    : { is: 'host', host, at, to: port === undefined ? to : to - 1 }
  return port === undefined ? { ...named, to } : [named, { is: 'port', ports: [port], at: to - 1, to }]
}

function readAddress(folded: string, at: number): Literal | readonly Literal[] | undefined {
  const four = matchAt(/(\d{1,3}(?:\.\d{1,3}){3})(\/\d{1,3})?(?::(\d{1,5}))?(?![\d.]*\d)/, folded, at)
  const six = four
    ? undefined
    : matchAt(/((?=[0-9a-f:]*:[0-9a-f:]*:)[0-9a-f:]{2,39})(\/\d{1,3})?(?![\w:.])/, folded, at)
  const found = four ?? six
  if (!found) return undefined
  const to = at + found[0].length
  const range = matchAt(/\s?-\s?\d{1,3}(?:\.\d{1,3}){0,3}\b/, folded, to)
  if (four && range) return { is: 'address-doubt', why: 'a range of addresses', at, to: to + range[0].length }
  const written = `${found[1]}${found[2] ?? (four ? '/32' : '/128')}`
  if (six && !/[0-9]/.test(written)) return undefined
  const cidr = Cidr.safeParse(written)
  if (!cidr.success) return four ? { is: 'address-doubt', why: 'no such address', at, to } : undefined
  const port = found[3] === undefined || found[2] !== undefined ? undefined : printPort('tcp', found[3])
  if (port === undefined) return { is: 'cidr', cidr: cidr.data, at, to }
  const split = to - (found[3]?.length ?? 0) - 1
  return [
    { is: 'cidr', cidr: cidr.data, at, to: split },
    { is: 'port', ports: [port], at: split, to },
  ]
}

/** `443`, with something that says it is a port; a list and ranges after `ports`. */
function readPorts(folded: string, at: number): Literal | undefined {
  const spelled = matchAt(
    /(tcp|udp)(?:\s?\/\s?|[\s:-]*(?:ports?\s*)?)(\d{1,5})(?:\s?(?:-|to|bis)\s?(\d{1,5}))?(?![\d.:/]*\d)/,
    folded,
    at,
  )
  if (spelled)
    return listed(
      folded,
      at,
      at + spelled[0].length,
      [printPort(spelled[1] ?? 'tcp', spelled[2], spelled[3])],
      spelled[1] ?? 'tcp',
    )
  const behind = matchAt(/(\d{1,5})(?:-(\d{1,5}))?\s?\/?\s?(tcp|udp)\b/, folded, at)
  if (behind)
    return listed(
      folded,
      at,
      at + behind[0].length,
      [printPort(behind[3] ?? 'tcp', behind[1], behind[2])],
      behind[3] ?? 'tcp',
    )
  const named = matchAt(
    /(?:(tcp|udp) )?(?:ports?|puertos?)\s*(?:number |no\.? |nr\.? |:|#|=)?\s*(\d{1,5})(?:\s?(?:-|to|bis)\s?(\d{1,5}))?(?![\d.:]*\d)(?:\s?\/?\s?(tcp|udp)\b)?/,
    folded,
    at,
  )
  if (named) {
    const proto = named[1] ?? named[4] ?? 'tcp'
    return listed(folded, at, at + named[0].length, [printPort(proto, named[2], named[3])], proto)
  }
  const colon = matchAt(/:(\d{2,5})(?![\d:.])/, folded, at)
  if (colon && !/\d$/.test(folded.slice(0, at)))
    return listed(folded, at, at + colon[0].length, [printPort('tcp', colon[1])], 'tcp')
  const all = matchAt(
    /(?:all|any|every|each|alle|todos los|tous les)\s+(?:the\s+)?(?:tcp |udp )?(?:ports?|puertos|protocols?|traffic)\b/,
    folded,
    at,
  )
  if (all) return { is: 'port-doubt', why: 'every port', at, to: at + all[0].length }
  const loose = matchAt(/(?:ports?|tcp|udp|icmp|ping|dns)\b(?!-)/, folded, at)
  if (loose) return { is: 'port-doubt', why: 'which port', at, to: at + loose[0].length }
  return readPortWord(folded, at)
}

/** `ssh`, `ssh port`, `https only`. Also found as an alias of a service by the gazetteer, which goes first. */
function readPortWord(folded: string, at: number): Literal | undefined {
  const word = matchAt(/([a-z]+)(?![\w.:/-]*\w)(?:\s+port\b(?!\s*\d))?/, folded, at)
  const port = PORT_WORDS.get(word?.[1] ?? '')
  return word && port !== undefined ? { is: 'port', ports: [port], at, to: at + word[0].length } : undefined
}

/** More ports behind the first: `80, 443 and 8080`. */
function listed(
  folded: string,
  at: number,
  past: number,
  first: readonly (string | undefined)[],
  proto: string,
): Literal {
  const ports = [...first]
  let to = past
  for (let count = 0; count < 20; count++) {
    const more = matchAt(
      /\s*(?:,|and|und|y|et|&|\+|or|\/)\s*(?:(?:and|und|port)\s+)?(?:(tcp|udp)\/)?(\d{2,5})(?:\s?-\s?(\d{1,5}))?(?![\d.:]*\d)(?!\s?(?:h|hours?|days?|weeks?|min\w*|months?|am|pm|uhr|st|nd|rd|th|%)\b)/,
      folded,
      to,
    )
    if (!more) break
    ports.push(printPort(more[1] ?? proto, more[2], more[3]))
    to += more[0].length
  }
  const known = ports.filter((port) => port !== undefined)
  return known.length === ports.length
    ? { is: 'port', ports: known, at, to }
    : { is: 'port-doubt', why: 'no such port', at, to }
}

function printPort(proto: string, from: string | undefined, to?: string): string | undefined {
  const [first, last] = [Number(from), Number(to ?? from)]
  if (!(first >= 1 && last <= 65_535 && first <= last)) return undefined
  return first === last ? `${proto}/${first}` : `${proto}/${first}-${last}`
}

function readHost(folded: string, at: number): Literal | undefined {
  const found = matchAt(/(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(?![a-z0-9-])/, folded, at)
  if (!found || /^\d+\.\d*$|^(?:e\.g|i\.e|p\.m|a\.m|z\.b|p\.ex)$/.test(found[0])) return undefined
  return { is: 'host', host: found[0], at, to: at + found[0].length }
}

function readPath(text: string, at: number): Literal | undefined {
  const before = text.charAt(at - 1)
  const found = before === '' || /[\s(]/.test(before) ? matchAt(/\/[A-Za-z0-9._~/*-]+/, text, at) : undefined
  return found ? { is: 'path', path: found[0], at, to: at + found[0].length } : undefined
}
