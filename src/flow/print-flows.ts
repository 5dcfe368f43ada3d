import { compact, type FlowSet } from './flow-set.ts'
import { type IpSet, printIpSet } from './ip-set.ts'
import { printText, type TextSet } from './text-set.ts'
import { domainOf, equalValues, textOf, type Values } from './values.ts'

/** Names that a reader knows better than numbers; each may decline by answering undefined. */
export type FlowLabels = {
  readonly ip?: (dimension: 'src' | 'dst', set: IpSet) => string | undefined
  /** For texts such as a host whose exact set has no short form. */
  readonly text?: (dimension: string, set: TextSet) => string | undefined
  /** Epoch seconds as a person writes them, in the company's time zone. */
  readonly instant?: (epochSeconds: number, which: 'from' | 'until') => string
}

const MOST_CIDRS = 6
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  47: 'gre',
  50: 'esp',
  58: 'icmp6',
  132: 'sctp',
}

/** One short line a box: `10.10.20.0/24 → 203.0.113.10 tcp/443, host grafana.corp.example, until …`. */
export function printFlows(set: FlowSet, labels: FlowLabels = {}): string[] {
  return compact(set).map((box) => {
    const who = printAddresses(box.get('src'), 'src', labels) ?? 'any source'
    const where = printAddresses(box.get('dst'), 'dst', labels)
    const service = printService(box.get('proto'), box.get('dport'))
    const details = [...box]
      .filter(([dimension]) => !['src', 'dst', 'proto', 'dport'].includes(dimension))
      .map(([dimension, values]) => printDimension(dimension, values, labels))
    const route = where || service ? ` → ${[where, service].filter(Boolean).join(' ')}` : ''
    return [who + route, ...details].join(', ')
  })
}

function printAddresses(values: Values | undefined, dimension: 'src' | 'dst', labels: FlowLabels): string | undefined {
  if (values?.kind !== 'ip') return undefined
  const known = labels.ip?.(dimension, values.ip)
  if (known !== undefined) return known
  const cidrs = printIpSet(values.ip)
  const more = cidrs.length - MOST_CIDRS
  return more > 0 ? `${cidrs.slice(0, MOST_CIDRS).join(', ')} and ${more} more networks` : cidrs.join(', ')
}

function printService(proto: Values | undefined, port: Values | undefined): string {
  const protocols = proto?.kind === 'number' ? proto.ranges.map(([from, to]) => protocolName(from, to)).join('+') : ''
  if (port?.kind !== 'number') return protocols
  return `${protocols ? `${protocols}/` : 'port '}${port.ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',')}`
}

function protocolName(from: number, to: number): string {
  const name = (number: number) => PROTOCOLS[number] ?? `protocol ${number}`
  return from === to ? name(from) : `${name(from)}-${name(to)}`
}

function printDimension(dimension: string, values: Values, labels: FlowLabels): string {
  if (dimension === 'at' && values.kind === 'number') return printTimes(values, labels)
  if (dimension.startsWith('unknown:')) return `if ${equalValues(values, yes) ? '' : 'not '}${dimension.slice(8)}`
  if (dimension.startsWith('group:')) return `${equalValues(values, yes) ? 'in' : 'not in'} group ${dimension.slice(6)}`
  if (dimension === 'week') return `during ${printValues(values)} minutes of the week`
  if (dimension === 'tls') return equalValues(values, { kind: 'number', ranges: [[1, 1]] }) ? 'over TLS' : 'without TLS'
  const known = values.kind === 'text' ? labels.text?.(dimension, textOf(values)) : undefined
  return `${dimension.replace(/^header:/, 'header ')} ${known ?? printValues(values)}`
}

const yes: Values = { kind: 'name', mode: 'only', names: new Set(['yes']) }

function printTimes(values: Extract<Values, { kind: 'number' }>, labels: FlowLabels): string {
  const instant = labels.instant ?? ((seconds: number) => new Date(seconds * 1000).toISOString())
  const domain = domainOf('at')
  const [[first, last] = [0, 0]] = domain.kind === 'number' ? domain.ranges : []
  return values.ranges
    .map(([from, to]) => {
      if (from === first) return `until ${instant(to, 'until')}`
      return to === last
        ? `from ${instant(from, 'from')}`
        : `from ${instant(from, 'from')} until ${instant(to, 'until')}`
    })
    .join(' and ')
}

function printValues(values: Values): string {
  switch (values.kind) {
    case 'ip':
      return printIpSet(values.ip).join(', ')
    case 'number':
      return values.ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
    case 'name': {
      const list = [...values.names].sort().join(', ')
      return values.mode === 'only' ? list : `any except ${list}`
    }
    case 'text':
      return printText(textOf(values))
  }
}
