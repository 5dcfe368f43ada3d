import { flowsWhere } from '../../src/flow/flow-set.ts'
import { oneIp, parseIp } from '../../src/flow/ip-set.ts'
import { ips, names, numbers } from '../../src/flow/values.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import { prepareMatch } from '../../src/fortigate/match.ts'
import { fortigateMeaning } from '../../src/fortigate/meaning.ts'
import type { Packet } from '../../src/fortigate/packet.ts'
import { largeFortigate, packetFor, seeded } from './large-fortigate.ts'

/** `node --expose-gc test/bench/fortigate.ts [policies…]`: medians, and how they grow. Nothing here passes or fails. */
const SIZES = [1_000, 5_000, 10_000, 20_000, 100_000]
const PACKETS = 20_000
const MEANINGS = 20

const sizes = process.argv.slice(2).map(Number)
let before: { policies: number; modelMs: number } | undefined
for (const policies of sizes.length > 0 ? sizes : SIZES) {
  const text = largeFortigate(policies)
  const rounds = policies > 20_000 ? 3 : 9
  const json = JSON.stringify(text.split('\n').map((line) => line.trim().split(' ')))
  const parseMs = median(rounds, () => JSON.parse(json)) * (text.length / json.length)
  const modelMs = median(rounds, () => readFortigate({ id: 'fw' }, 'fw.conf', text))
  const objects = JSON.stringify(likeRest(text))
  const objectsMs = median(rounds, () => JSON.parse(objects)) * (text.length / objects.length)
  const empty = heapUsed()
  const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
  const held = (heapUsed() - empty) / text.length
  const vdom = device.vdoms.get('root')
  if (!vdom) throw new Error('the generated configuration has no root VDOM')
  const random = seeded(1)
  const packets = Array.from({ length: PACKETS }, () => packetFor(vdom, random))
  const match = prepareMatch(device)
  const indexMs = timed(() => packets.slice(0, 50).map(match))
  const each = packets.map((packet) => timed(() => match(packet))).sort((a, b) => a - b)
  const allowed = packets.filter((packet) => match(packet).verdict === 'allow').length / PACKETS
  const meaningMs = median(MEANINGS, (i) => fortigateMeaning(device, oneFlow(packets[i])))
  console.info(
    [
      `${policies} policies, ${(text.length / 1e6).toFixed(1)} MB`,
      `read and model ${modelMs.toFixed(0)} ms (JSON.parse ${parseMs.toFixed(0)} ms, ${(modelMs / parseMs).toFixed(1)} times; of objects ${objectsMs.toFixed(0)} ms, ${(modelMs / objectsMs).toFixed(1)} times)`,
      Number.isNaN(held) ? 'memory with --expose-gc only' : `memory ${held.toFixed(1)} times the text beside it`,
      `index ${indexMs.toFixed(0)} ms`,
      `verdict ${(at(each, 0.5) * 1000).toFixed(1)} µs, 99 % below ${(at(each, 0.99) * 1000).toFixed(1)} µs, ${(allowed * 100).toFixed(0)} % allowed`,
      `meaning of one flow ${meaningMs.toFixed(2)} ms`,
      ...(before ? [`${growth(before, { policies, modelMs }).toFixed(2)} times the cost for twice the policies`] : []),
    ].join(' · '),
  )
  before = { policies, modelMs }
}

/** What doubling the policies costs, from two sizes of any distance. */
function growth(small: { policies: number; modelMs: number }, large: { policies: number; modelMs: number }): number {
  return (large.modelMs / small.modelMs) ** (1 / Math.log2(large.policies / small.policies))
}

/** Bytes of heap and of arrays outside it that are in use; NaN where the collector cannot be called. */
function heapUsed(): number {
  if (!globalThis.gc) return Number.NaN
  globalThis.gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** The same tables as a REST dump has them: an object an entry, its attributes by name. */
function likeRest(text: string): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = []
  for (const line of text.split('\n')) {
    const [verb, name = '', ...values] = line.trim().split(' ')
    if (verb === 'edit') rows.push({ name })
    else if (verb === 'set')
      Object.assign(rows.at(-1) ?? {}, {
        [name]: values.length > 1 ? values.map((value) => ({ name: value })) : values[0],
      })
  }
  return rows
}

function timed(work: () => unknown): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function median(rounds: number, work: (round: number) => unknown): number {
  return at(
    Array.from({ length: rounds }, (_, i) => timed(() => work(i))).sort((a, b) => a - b),
    0.5,
  )
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN
}

function oneFlow(packet: Packet | undefined) {
  const [src, dst] = [parseIp(packet?.src ?? ''), parseIp(packet?.dst ?? '')]
  const dport = packet?.dport ?? 443
  return flowsWhere({
    ingress: names(packet?.srcintf ?? 'lan'),
    src: src && ips(oneIp(src)),
    dst: dst && ips(oneIp(dst)),
    proto: numbers([6, 6]),
    dport: numbers([dport, dport]),
  })
}
