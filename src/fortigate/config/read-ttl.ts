import { type Entry, lineOf, type Table, wordOf } from './tables.ts'

/** Seconds, or `never`; with the line that says so. */
export type FortiTtl = { readonly seconds: number | 'never'; readonly line: number }
export type FortiSessionTtl = {
  /** The factory's 3600 seconds where nothing is written, cited at the section or at the top. */
  readonly default: FortiTtl
  /** `udp-idle-timer` of the whole device, 180 seconds from the factory. */
  readonly udpIdle: FortiTtl
  readonly ports: readonly (FortiTtl & { readonly proto: number; readonly ports: readonly [number, number] })[]
}
/** `set session-ttl 7200` of a policy or service; undefined where it is left to others (absent, empty, 0). */
export function readTtl(entry: Entry, name: string): FortiTtl | undefined {
  const written = wordOf(entry, name)
  const line = written === undefined ? undefined : lineOf(entry, name)
  if (line === undefined) return undefined
  if (written === 'never') return { seconds: 'never', line }
  const seconds = Number(written)
  return Number.isInteger(seconds) && seconds > 0 ? { seconds, line } : undefined
}

/** The system table: ports first, then the default, 3600 seconds from the factory; UDP has its own in the global section. */
export function readSessionTtls(table: Table | undefined, global: Table | undefined): FortiSessionTtl {
  const factory: FortiTtl = { seconds: FACTORY_SECONDS, line: table?.line ?? 1 }
  const ports = [...(table?.own.tables?.get('port')?.entries.values() ?? [])].flatMap((entry) => {
    const timeout = readTtl(entry, 'timeout') ?? { seconds: FACTORY_PORT_SECONDS, line: entry.line }
    const from = Number(wordOf(entry, 'start-port') ?? 0)
    const to = Number(wordOf(entry, 'end-port') ?? from)
    return [{ ...timeout, proto: Number(wordOf(entry, 'protocol') ?? 0), ports: [from, to] as const }]
  })
  return {
    default: (table && readTtl(table.own, 'default')) ?? factory,
    udpIdle: (global && readTtl(global.own, 'udp-idle-timer')) ?? {
      seconds: FACTORY_UDP_SECONDS,
      line: global?.line ?? 1,
    },
    ports,
  }
}
const FACTORY_SECONDS = 3600
const FACTORY_PORT_SECONDS = 300
const FACTORY_UDP_SECONDS = 180
