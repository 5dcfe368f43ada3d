import type { Trace } from '../evidence/trace.ts'
import { filesInMemory } from '../haproxy/files-in-memory.ts'
import type { HaproxyDevice, ProxySection, Server } from '../haproxy/model.ts'
import { inlineLists, type RunningHaproxy, type RunningServer, sameEntries } from '../haproxy/running-process.ts'
import type { Finding } from './answer.ts'

const MOST_NAMED = 3
const MOST_FINDINGS = 12
const RELOAD = 'A reload puts back what the file says; what should stay belongs into the file.'

/** What commands on the socket made of the running process: every difference from `device`, its file with the lists as they lie on disk. */
export function runningDifferences(device: HaproxyDevice, running: RunningHaproxy): readonly Finding[] {
  const all = everyDifference(device, running)
  const rest = all.slice(MOST_FINDINGS)
  const more: Finding = {
    says: `${rest.length} more differences between the running process of ${device.id} and its file are not listed.`,
    traces: rest.flatMap(({ traces }) => traces).slice(0, MOST_NAMED),
  }
  return rest.length > 0 ? [...all.slice(0, MOST_FINDINGS), more] : all
}

/** Those of them that an answer rests on: at a line that it cites, or in the backend that it is about. */
export function differencesOnTheWay(
  device: HaproxyDevice,
  running: RunningHaproxy,
  answer: { readonly findings: readonly Finding[] },
  backend: string,
): readonly Finding[] {
  const lines = new Set(answer.findings.flatMap(({ traces }) => traces.map(({ file, line }) => `${file}:${line}`)))
  for (const proxy of device.proxies.filter(({ name, kind }) => name === backend && kind !== 'frontend'))
    for (const { line } of [proxy, ...proxy.servers]) lines.add(`${device.file}:${line}`)
  return everyDifference(device, running).filter(({ traces }) =>
    traces.some(({ file, line }) => lines.has(`${file}:${line}`)),
  )
}

function everyDifference(device: HaproxyDevice, running: RunningHaproxy): readonly Finding[] {
  return [
    ...listedDifferences(device, running),
    ...(inlineLists(device, running) ?? []).flatMap(({ criterion, written, held }) =>
      differ(device, `the patterns of line ${criterion.line}`, 'the line', criterion.line, written, held),
    ),
    ...device.proxies.flatMap((proxy) => serverDifferences(device, proxy, running)),
  ]
}

function listedDifferences(device: HaproxyDevice, running: RunningHaproxy): readonly Finding[] {
  return filesInMemory(device.text, device.files, running).flatMap(
    ({ path, line, written, held }): readonly Finding[] => {
      // A file that nobody could read may be no file at all: `-f` can be a pattern too.
      if (written === undefined) return []
      if (held === undefined) {
        const says = `The running process of ${device.id} has not loaded ${path}, which its file names: it was not reloaded since.`
        return [{ says, traces: traceAt(device, line), remedy: 'Reload it, so that the file is what runs.' }]
      }
      return differ(device, path, 'the file', line, written, held)
    },
  )
}

function differ(
  device: HaproxyDevice,
  list: string,
  where: string,
  line: number,
  written: readonly string[],
  held: readonly string[],
): readonly Finding[] {
  if (sameEntries(written, held)) return []
  const [onDisk, inMemory] = [new Set(written), new Set(held)]
  const added = [...inMemory].filter((entry) => !onDisk.has(entry))
  const gone = [...onDisk].filter((entry) => !inMemory.has(entry))
  const parts = [
    ...(added.length > 0 ? [`has ${count(added)} in ${list} that ${where} does not: ${named(added)}`] : []),
    ...(gone.length > 0 ? [`lacks ${count(gone)} of ${list} that ${where} has: ${named(gone)}`] : []),
  ]
  const says = `The running process of ${device.id} ${parts.join('; and it ')}.`
  return [{ says, traces: traceAt(device, line), remedy: RELOAD }]
}

function count(entries: readonly string[]): string {
  return entries.length === 1 ? 'one entry' : `${entries.length} entries`
}

function named(entries: readonly string[]): string {
  const more = entries.length - MOST_NAMED
  return `${entries.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function serverDifferences(device: HaproxyDevice, proxy: ProxySection, running: RunningHaproxy): readonly Finding[] {
  if (proxy.kind === 'frontend') return []
  const own = new Map(
    running.servers.flatMap((server) => (server.backend === proxy.name ? [[server.name, server] as const] : [])),
  )
  // A listen section without servers has none in memory either.
  if (own.size === 0 && proxy.servers.length === 0) return []
  const found = (server: { readonly line: number }, says: string): Finding => ({
    says: `In the running process of ${device.id}, ${says}.`,
    traces: traceAt(device, server.line),
    remedy: RELOAD,
  })
  const written = new Map(proxy.servers.map((server) => [server.name, server] as const))
  const findings: Finding[] = []
  for (const [name, server] of written) {
    const live = own.get(name)
    const full = `${proxy.name}/${name}`
    if (live) findings.push(...changes(server, live).map((change) => found(server, `${full} ${change}`)))
    else findings.push(found(server, `there is no server ${full}, which the file has`))
  }
  for (const [name, { address, port }] of own) {
    const at = address === undefined ? '' : ` at ${address}:${port ?? '?'}`
    if (!written.has(name))
      findings.push(found(proxy, `backend ${proxy.name} has a server ${name}${at} that the file does not have`))
  }
  return findings
}

function changes(written: Server, live: RunningServer): readonly string[] {
  const maint = live.admin === 'maint'
  const address = live.fqdn === undefined && isLiteral(written.address) ? live.address : undefined
  return [
    ...(maint && !written.disabled ? ['is in maintenance'] : []),
    ...(!maint && written.disabled ? ['is in use, although the file disables it'] : []),
    ...(live.admin === 'drain' && written.weight > 0 ? ['is drained: it gets no new clients'] : []),
    ...(live.weight !== undefined && live.weight !== written.weight && live.admin !== 'drain'
      ? [`has weight ${live.weight}, not ${written.weight}`]
      : []),
    ...(address !== undefined && plain(address) !== plain(written.address)
      ? [`is at ${address}, not at ${written.address}`]
      : []),
    ...(live.port !== undefined && live.port > 0 && /^\d+$/.test(written.port) && live.port !== Number(written.port)
      ? [`is asked on port ${live.port}, not ${written.port}`]
      : []),
  ]
}

function isLiteral(address: string): boolean {
  return /^\d+(?:\.\d+){3}$/.test(address) || address.includes(':')
}

function plain(address: string): string {
  return address.replace(/^(?:ipv[46]@)?\[?(.*?)\]?$/, '$1').toLowerCase()
}

function traceAt(device: HaproxyDevice, line: number): readonly Trace[] {
  const says = device.text.lines[line - 1]?.raw.trim()
  return says === undefined ? [] : [{ device: device.id, file: device.file, line, says }]
}
