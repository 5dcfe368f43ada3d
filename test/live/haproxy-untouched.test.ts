import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { generate as generateCertificate } from 'selfsigned'
import { describe, expect, test } from 'vitest'
import { runningDifferences } from '../../src/drift/running-differences.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { openLiveDevices } from '../../src/live/live-devices.ts'
import { startHaproxy } from '../../src/local/devices/haproxy-process.ts'
import { Dice, generate } from '../haproxy/generate.ts'
import { generateRare } from '../haproxy/generate-rare.ts'
import { generateWide } from '../haproxy/generate-wide.ts'
import { freePort } from '../haproxy/real.ts'
import { haproxyInstalled } from './haproxy-installed.ts'

const SEEDS = Number(process.env.SEEDS ?? 4)
const NOON = 1_795_430_400

describe.skipIf(!haproxyInstalled)('random configurations', () => {
  test('a process that nobody touched is what its file says, line by line', async () => {
    const pair = await generateCertificate([{ name: 'commonName', value: 'a.example.com' }], { algorithm: 'sha256' })
    const pem = `${pair.cert.trim()}\n${pair.private.trim()}\n`
    for (let seed = 1; seed <= SEEDS; seed++) {
      const ports = await Promise.all(Array.from({ length: 8 }, () => freePort()))
      const site = { ports, servers: [9, 10, 11, 12, 13, 14, 15, 16], noon: NOON, certificates: { a: pem, b: pem } }
      const dice = new Dice(seed * 6_700_417)
      const plain = generate(dice, { bind: ports[0] ?? 0, servers: site.servers, noon: NOON })
      for (const { text, files } of [plain, generateWide(dice, site), generateRare(dice, site)])
        expect({ seed, said: await whatIsSaid(text, files) }, text).toEqual({ seed, said: [] })
    }
  })
})

/** Everything that is said of a fresh process of this configuration; there should be nothing to say. */
async function whatIsSaid(text: string, files: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-fresh-'))
  const [socket, own, config] = [join(dir, 's'), join(dir, 'own.cfg'), join(dir, 'haproxy.cfg')]
  for (const [name, content] of files) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), content)
  }
  await writeFile(own, `global\n    nbthread 1\n    stats socket unix@${socket} mode 600 level admin\n`)
  await writeFile(config, text)
  const haproxy = await startHaproxy({ binary: 'haproxy', files: [own, config], socket, folder: dir })
  try {
    const live = openLiveDevices({ fortigates: [], haproxies: [{ device: 'inner', dir, socket }] })
    const seen = await live.readHaproxy('inner')
    if (!seen.running) return [`nothing was read: ${seen.unseen}`]
    const file = readHaproxy({ id: 'inner' }, seen.file, seen.text, seen.written)
    return [...(seen.unseen ? [seen.unseen] : []), ...runningDifferences(file, seen.running).map(({ says }) => says)]
  } finally {
    await haproxy.stop()
    await rm(dir, { recursive: true })
  }
}
