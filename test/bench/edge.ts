import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { compileChange } from '../../src/access/change.ts'
import { prove } from '../../src/access/proof.ts'
import { investigate } from '../../src/drift/investigate.ts'
import { outerDifference } from '../../src/edge/blast-radius.ts'
import { readDoors } from '../../src/edge/doors.ts'
import { EVERYTHING } from '../../src/flow/flow-set.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import type { Edge } from '../../src/policy/edge.ts'
import { Grant, type Service } from '../../src/policy/schema.ts'
import { largeEdge, TEAMS } from './large-edge.ts'
import { seeded } from './large-fortigate.ts'

/** `node test/bench/edge.ts [policies×backends…]`: medians, written to bench/results.md. Nothing here passes or fails. */
const SIZES = ['100x50', '1000x200', '10000x1000', '50000x5000']
const PROOFS = 15
const NOW = Date.parse('2026-11-23T09:10:00+01:00') / 1000
const UNTIL = '2026-11-27T23:59:59+01:00'
const SCATTERED = 100

const given = process.argv.slice(2)
const table = [
  '| policies | backends | read both | proof p50 | proof p95 | explain | 100 edits | memory |',
  '|---:|---:|---:|---:|---:|---:|---:|---:|',
]
for (const size of given.length > 0 ? given : SIZES) {
  const [policies = 0, backends = 0] = size.split('x').map(Number)
  const edge = largeEdge(policies, backends)
  const read = timed(() => doorsOf(edge))
  const proofs = Array.from({ length: PROOFS + 1 }, (_, nth) => timed(() => proveOne(edge, nth)))
  // The first proof of a process also compiles the code and takes the hosts apart.
  const warm = proofs.slice(1).sort((a, b) => a - b)
  const explains = Array.from({ length: 21 }, (_, nth) => timed(() => explainOne(edge, nth))).sort((a, b) => a - b)
  const difference = timed(() => scatteredDifference(edge))
  const megabytes = process.memoryUsage().heapUsed / 1e6
  const row = [
    policies.toLocaleString('en'),
    backends.toLocaleString('en'),
    ms(read),
    `${ms(at(warm, 0.5))} (first ${ms(proofs[0] ?? 0)})`,
    ms(at(warm, 0.95)),
    ms(at(explains, 0.5)),
    ms(difference),
    `${megabytes.toFixed(0)} MB`,
  ]
  table.push(`| ${row.join(' | ')} |`)
  console.info(table.at(-1))
}

const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`
const words = `# How fast

Made by \`npm run bench\` on ${machine}. A proof is everything from two parsed configurations and a grant to the verdict: both devices
edited, printed, read again and compared. \`explain\` is one group's way to one service through both doors. \`100 edits\` is the semantic
difference of two FortiGate configurations with so many scattered changes.

${table.join('\n')}
`
if (given.length === 0) {
  mkdirSync('bench', { recursive: true })
  writeFileSync('bench/results.md', words)
} else console.info(words)

function doorsOf(edge: Edge) {
  const doors = readDoors(edge)
  if ('ok' in doors) throw new Error(doors.says)
  return doors
}

function serviceOf(edge: Edge, nth: number): Service {
  const service = edge.services[nth % edge.services.length]
  if (!service) throw new Error('the generated edge has no service')
  return service
}

function proveOne(edge: Edge, nth: number): void {
  const service = serviceOf(edge, nth)
  const grant = Grant.parse({
    allow: [`group:team-${(nth * 7) % TEAMS}`],
    until: UNTIL,
    request: `ar-${String(nth).padStart(10, '0')}`,
  })
  const change = compileChange(edge, service, grant, NOW)
  if ('ok' in change) throw new Error(change.says)
  const { verdict } = prove(edge, change, NOW)
  if (verdict !== 'exact') throw new Error(`the proof of ${service.id} is ${verdict}`)
}

function explainOne(edge: Edge, nth: number): void {
  const doors = doorsOf(edge)
  const subject = `group:team-${(nth * 11) % TEAMS}`
  investigate(
    { edge, service: serviceOf(edge, nth), subjects: [subject], who: subject, at: NOW },
    { doors, declared: doors, servers: undefined, unseen: [], reproduce: '' },
  )
}

/** Every so manyth policy names another service than before. */
function scatteredDifference(edge: Edge): void {
  const { outer } = doorsOf(edge)
  const random = seeded(7)
  const { text } = outer.text
  const places = [...text.matchAll(/set service "svc-(\d+)"/g)]
  const chosen = new Set(Array.from({ length: SCATTERED }, () => Math.floor(random() * places.length)))
  let edited = ''
  let from = 0
  for (const place of [...chosen].sort((a, b) => a - b)) {
    const found = places[place]
    if (!found) continue
    edited += `${text.slice(from, found.index)}set service "svc-0"`
    from = found.index + found[0].length
  }
  const after = readFortigate({ id: outer.id, vdom: outer.vdom }, outer.file, edited + text.slice(from))
  outerDifference(outer, after, EVERYTHING)
}

function timed(work: () => unknown): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

function ms(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`
}
