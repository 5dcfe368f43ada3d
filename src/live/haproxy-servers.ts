import type { RunningServer } from '../haproxy/running-process.ts'
import type { LiveServer } from '../ports.ts'

/** Servers of `show stat`, with the addresses they have now; undefined when it is not what it should be. */
export function readServers(stat: string, states: readonly RunningServer[]): LiveServer[] | undefined {
  const rows = readCsv(stat.replace(/^#\s*/, ''))
  const places = placesOf(states)
  if (!rows) return undefined
  return settleBackups(rows.filter((row) => row.get('type') === '2').map((row) => readServer(row, places)))
}

/** A server and whether it is one for when others fail. */
export type StatServer = { readonly live: LiveServer; readonly backup: boolean }

/** A backup server gets nothing while an ordinary one is usable. */
export function settleBackups(servers: readonly StatServer[]): LiveServer[] {
  const active = new Set(servers.filter(({ live, backup }) => live.usable && !backup).map(({ live }) => live.backend))
  return servers.map(({ live, backup }) => (backup && active.has(live.backend) ? { ...live, usable: false } : live))
}

type StatRow = ReadonlyMap<string, string>

function readServer(row: StatRow, places: ReadonlyMap<string, string>): StatServer {
  const [backend, server] = [row.get('pxname') ?? '', row.get('svname') ?? '']
  const status = row.get('status') ?? ''
  const check = row.get('check_status')?.replace(/^\* ?/, '')
  const lastCheck = unescapeText(row.get('last_chk') || row.get('check_desc') || '')
  const since = row.get('lastchg')
  const address = places.get(`${backend}/${server}`) ?? row.get('addr')
  return {
    backup: row.get('bck') === '1',
    live: {
      backend,
      server,
      status,
      usable: (/^UP\b/.test(status) || status === 'no check') && row.get('weight') !== '0',
      ...(check ? { check } : {}),
      ...(lastCheck ? { lastCheck } : {}),
      ...(since ? { sinceSeconds: Number(since) } : {}),
      ...(address ? { address } : {}),
    },
  }
}

function placesOf(states: readonly RunningServer[]): ReadonlyMap<string, string> {
  return new Map(
    states.flatMap(({ backend, name, address, port }) => {
      if (address === undefined) return []
      return [[`${backend}/${name}`, `${address.includes(':') ? `[${address}]` : address}:${port ?? 0}`] as const]
    }),
  )
}

/** CSV as HAProxy writes it: fields by the header's names, since their number grows by version; text fields may be quoted. */
function readCsv(text: string): StatRow[] | undefined {
  const [header, ...rows] = splitCsv(text)
  if (!header?.includes('pxname') || !header.includes('status')) return undefined
  return rows
    .filter((row) => row.length > 1)
    .map((row) => new Map(header.map((name, index) => [name, row[index] ?? ''] as const)))
}

function splitCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  const field = /(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n|$)/y
  while (field.lastIndex < text.length) {
    const found = field.exec(text)
    if (!found) break
    rows.at(-1)?.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '')
    if (found[3] === '\n') rows.push([])
  }
  return rows
}

/** `<3C>` → `<`: HAProxy writes bytes it finds unsafe in hexadecimal. */
function unescapeText(text: string): string {
  return text.replaceAll(/<([0-9A-F]{2})>/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))).trim()
}
