import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EVERYTHING, flowsWhere, intersect } from '../../src/flow/flow-set.ts'
import { readCidr } from '../../src/flow/ip-set.ts'
import { exactText } from '../../src/flow/text-set.ts'
import { ips, numbers, texts } from '../../src/flow/values.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { haproxyMeaning, prepareMeaning } from '../../src/haproxy/meaning.ts'
import { prepareRoutes } from '../../src/haproxy/route.ts'
import { type Large, longList, manyBackends, manyRules } from './large-haproxy.ts'

/** Medians of this machine, beside \`haproxy -c\` on the same file in the same run: \`node test/bench/haproxy.ts\`. */
const BINARY = ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy'].find((path) => existsSync(path))

function median(runs: number, work: () => void): number {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now()
    work()
    return performance.now() - start
  }).sort((a, b) => a - b)
  return times[runs >> 1] ?? 0
}

function checkTime({ text, files }: Large): number | undefined {
  if (!BINARY) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  writeFileSync(join(folder, 'haproxy.cfg'), text)
  for (const [name, content] of files) writeFileSync(join(folder, name), content)
  const binary = BINARY
  const time = median(5, () => execFileSync(binary, ['-c', '-f', 'haproxy.cfg'], { cwd: folder, stdio: 'ignore' }))
  rmSync(folder, { recursive: true })
  return time
}

function show(name: string, ms: number, beside?: number): void {
  const ratio = beside === undefined ? '' : `  ${(ms / beside).toFixed(2)} x haproxy -c (${beside.toFixed(0)} ms)`
  console.info(`${name.padEnd(58)} ${ms < 1 ? ms.toFixed(4) : ms.toFixed(1)} ms${ratio}`)
}

/** Cold is the first time in this process that such a text is read; a terminal pays that. */
function benchRead(name: string, large: Large): void {
  const beside = checkTime(large)
  const read = () => void readHaproxy({ id: 'lb' }, 'haproxy.cfg', large.text, large.files)
  show(`read and model, first time: ${name}`, median(1, read), beside)
  show(`read and model, warm: ${name}`, median(9, read), beside)
  console.info(`${''.padEnd(58)} ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`)
}

function benchRoute(name: string, large: Large, asks: readonly { host: string; path: string; src: string }[]): void {
  const device = readHaproxy({ id: 'lb' }, 'haproxy.cfg', large.text, large.files)
  const start = performance.now()
  const route = prepareRoutes(device)
  const ask = (index: number) => {
    const { host, path, src } = asks[index % asks.length] ?? { host: '', path: '/', src: '127.0.0.1' }
    return route({ bind: '127.0.0.1:8080', src, path, headers: [['host', host]] })
  }
  ask(0)
  show(`first request: ${name}`, performance.now() - start)
  let n = 0
  for (; n < 50; n++) ask(n)
  show(
    `one request, warm: ${name}`,
    median(200, () => ask(n++)),
  )
}

for (const count of [1_000, 10_000]) {
  const large = manyBackends(count)
  benchRead(`${count} backends`, large)
  benchRoute(
    `${count} hosts`,
    large,
    [0, count / 2, count - 1, count].map((i) => ({ host: `app-${i}.example.com`, path: '/', src: '127.0.0.1' })),
  )
}
for (const count of [1_000, 10_000]) {
  const large = manyRules(count)
  benchRead(`${count} deny rules`, large)
  benchRoute(
    `${count} deny rules`,
    large,
    [0, count / 2, count - 1, count].map((i) => ({
      host: 'a',
      path: `/area-${i}/x`,
      src: `10.${(i >> 8) & 255}.${i & 255}.9`,
    })),
  )
}
for (const count of [100_000, 1_000_000]) {
  const large = longList(count)
  benchRead(`list of ${count} networks`, large)
  benchRoute(
    `list of ${count} networks`,
    large,
    ['11.0.0.1', '12.34.56.78', '9.9.9.9', '2001:db8::1'].map((src) => ({ host: 'a', path: '/', src })),
  )
}

const example = new URL('../../policies/devices/', import.meta.url)
const files = new Map(
  ['blocked-sources.lst', 'cdn-networks.lst', 'hosts.map'].map((name) => [
    name,
    readFileSync(new URL(name, example), 'utf8'),
  ]),
)
const declared = readFileSync(new URL('edge-lb.cfg', example), 'utf8')
const start = performance.now()
const device = readHaproxy({ id: 'edge-lb' }, 'edge-lb.cfg', declared, files)
show('the example: read', performance.now() - start)
const before = performance.now()
haproxyMeaning(device, EVERYTHING)
show('the example: meaning of everything, cold', performance.now() - before)
show(
  'the example: meaning of everything, again',
  median(5, () => haproxyMeaning(device, EVERYTHING)),
)
const narrow = intersect(
  flowsWhere({ src: ips(readCidr('10.212.134.7') ?? { v4: [], v6: [] }), dport: numbers([8443, 8443]) }),
  flowsWhere({ host: texts(exactText('grafana.corp.example')) }),
)
const meaning = prepareMeaning(device)
show(
  'the example: meaning of one host from one address, cold',
  median(1, () => meaning(narrow)),
)
show(
  'the example: the same, warm',
  median(9, () => meaning(narrow)),
)
