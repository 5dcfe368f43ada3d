import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EVERYTHING, flowsWhere, intersect } from '../../src/flow/flow-set.ts'
import { readCidr } from '../../src/flow/ip-set.ts'
import { exactText } from '../../src/flow/text-set.ts'
import { ips, numbers, texts } from '../../src/flow/values.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { haproxyMeaning, prepareMeaning } from '../../src/haproxy/meaning.ts'
import { prepareRoutes } from '../../src/haproxy/route.ts'
import { type Large, SHAPES, type Shape } from './large-haproxy.ts'

/**
 * `node test/bench/haproxy.ts [shape]`: medians beside `haproxy -c` on the same file in the same run, written to bench/haproxy.md when all
 * shapes were measured. Nothing here passes or fails.
 */
const BINARY = ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy'].find((path) => existsSync(path))
const RUNS = 7
const COLD_RUNS = 3
const ASKS = 100

const [word = '', coldSize] = process.argv.slice(2)
if (coldSize !== undefined) console.info(firstRead(word, Number(coldSize)))
else run(SHAPES.filter(({ name }) => name.includes(word)))

function run(shapes: readonly Shape[]): void {
  const reading = [
    '| configuration | lines | `haproxy -c` | first read | | read again | | memory | twice as large |',
    '|:---|---:|---:|---:|---:|---:|---:|---:|---:|',
  ]
  const asking = [
    '| configuration | of | first request | first line | middle | last | none |',
    '|:---|---:|---:|---:|---:|---:|---:|',
  ]
  for (const shape of shapes) {
    let before: { readonly count: number; readonly warm: number } | undefined
    for (const count of shape.sizes) {
      const large = shape.make(count)
      const { beside, warm } = readBeside(large)
      const cold = median(Array.from({ length: COLD_RUNS }, () => coldRead(shape, count)))
      const ratio = (ms: number) => (beside === undefined ? '' : `${(ms / beside).toFixed(2)} ×`)
      const cells = [
        `${count.toLocaleString('en')} ${shape.name}`,
        large.text.split('\n').length.toLocaleString('en'),
        beside === undefined ? 'not here' : print(beside),
        print(cold),
        ratio(cold),
        print(warm),
        ratio(warm),
        `${Math.round(heldBy(large))} MB`,
        before ? `${growth(before, { count, warm }).toFixed(1)} ×` : '',
      ]
      reading.push(`| ${cells.join(' | ')} |`)
      console.info(reading.at(-1))
      asking.push(`| ${askAll(shape, count, large).join(' | ')} |`)
      console.info(asking.at(-1))
      before = { count, warm }
    }
  }
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`
  const words = `# How fast HAProxy configurations are read

Made by \`node test/bench/haproxy.ts\` on ${machine}, with ${versionOf()}. Reading is everything from text and files to a model that was
judged as \`haproxy -c\` judges it. \`first read\` is the first in a process (median of ${COLD_RUNS} processes), \`read again\` the median of ${RUNS}
in one, each taken in turn with a run of \`haproxy -c\` on the same files; the columns behind them are shares of its time, which includes the
start of its process. \`memory\` is what the model holds besides the text. \`twice as large\` is how the time grows when the size doubles.

${reading.join('\n')}

Requests, medians of ${ASKS}: decided by the first, the middle and the last of the lines, and by none. \`first request\` also indexes.

${asking.join('\n')}

${exampleMeaning()}
`
  if (word === '') {
    mkdirSync('bench', { recursive: true })
    writeFileSync('bench/haproxy.md', words)
  } else console.info(words)
}

function read({ text, files }: Large) {
  return readHaproxy({ id: 'lb' }, 'haproxy.cfg', text, files)
}

function readBeside(large: Large): { readonly beside: number | undefined; readonly warm: number } {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  writeFileSync(join(folder, 'haproxy.cfg'), large.text)
  for (const [name, content] of large.files) writeFileSync(join(folder, name), content)
  const besides: number[] = []
  const warms: number[] = []
  read(large)
  for (let n = 0; n < RUNS; n++) {
    const binary = BINARY
    if (binary)
      besides.push(
        timed(() =>
          execFileSync(binary, ['-c', '-f', 'haproxy.cfg'], { cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] }),
        ),
      )
    warms.push(timed(() => read(large)))
  }
  rmSync(folder, { recursive: true })
  return { beside: besides.length > 0 ? median(besides) : undefined, warm: median(warms) }
}

function coldRead({ name }: Shape, count: number): number {
  return Number(
    execFileSync(process.execPath, [fileURLToPath(import.meta.url), name, String(count)], { encoding: 'utf8' }),
  )
}

function firstRead(name: string, count: number): number {
  const large = SHAPES.find((shape) => shape.name === name)?.make(count)
  return large ? timed(() => read(large)) : Number.NaN
}

/** Megabytes, where the garbage can be collected before and after (`--expose-gc`), else what was allocated meanwhile. */
function heldBy(large: Large): number {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  const device = read(large)
  globalThis.gc?.()
  const held = (process.memoryUsage().heapUsed - before) / 1e6
  return device.proxies.length >= 0 ? Math.max(held, 0) : 0
}

function askAll(shape: Shape, count: number, large: Large): readonly string[] {
  const device = read(large)
  let route = prepareRoutes(device)
  const ask = (at: number) => {
    const { bind = '127.0.0.1:8080', src = '127.0.0.1', path = '/', host = 'a', headers = [] } = shape.ask(at)
    const sent = headers.map(([name, value]): [string, string] => [name, value])
    return route({ bind, src, path, headers: [['host', host], ...sent] })
  }
  const first = timed(() => {
    route = prepareRoutes(device)
    ask(count - 1)
  })
  const times = [0, count >> 1, count - 1, count].map((at) => {
    for (let n = 0; n < ASKS; n++) ask(at)
    return median(Array.from({ length: ASKS }, () => timed(() => ask(at))))
  })
  return [shape.name, count.toLocaleString('en'), print(first), ...times.map(print)]
}

type Sized = { readonly count: number; readonly warm: number }

function growth(before: Sized, after: Sized): number {
  return (after.warm / before.warm) ** (1 / Math.log2(after.count / before.count))
}

/** Sets, of the configuration that comes with the repository. */
function exampleMeaning(): string {
  const folder = new URL('../../policies/devices/', import.meta.url)
  const names = ['blocked-sources.lst', 'cdn-networks.lst', 'hosts.map']
  const files = new Map(names.map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]))
  const device = readHaproxy(
    { id: 'edge-lb' },
    'edge-lb.cfg',
    readFileSync(new URL('edge-lb.cfg', folder), 'utf8'),
    files,
  )
  const cold = timed(() => haproxyMeaning(device, EVERYTHING))
  const again = median(Array.from({ length: 5 }, () => timed(() => haproxyMeaning(device, EVERYTHING))))
  const narrow = intersect(
    flowsWhere({ src: ips(readCidr('10.212.134.7') ?? { v4: [], v6: [] }), dport: numbers([8443, 8443]) }),
    flowsWhere({ host: texts(exactText('grafana.corp.example')) }),
  )
  const meaning = prepareMeaning(device)
  meaning(narrow)
  const one = median(Array.from({ length: 9 }, () => timed(() => meaning(narrow))))
  return `Sets, of the example in \`policies/devices\`: everything ${print(cold)} the first time and ${print(again)} again; one host from one address ${print(one)}.`
}

function versionOf(): string {
  if (!BINARY) return 'no HAProxy'
  return /version (\S+)/.exec(execFileSync(BINARY, ['-v'], { encoding: 'utf8' }))?.[0] ?? 'HAProxy'
}

function timed(work: () => unknown): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN
}

function print(ms: number): string {
  return ms < 1 ? `${ms.toFixed(3)} ms` : ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`
}
