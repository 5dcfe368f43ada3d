import { deepStrictEqual, ok } from 'node:assert'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { flowsWhere, intersect } from '../../src/flow/flow-set.ts'
import { readCidr } from '../../src/flow/ip-set.ts'
import { exactText } from '../../src/flow/text-set.ts'
import { ips, numbers, texts } from '../../src/flow/values.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { haproxyMeaning } from '../../src/haproxy/meaning.ts'
import type { HaproxyDevice } from '../../src/haproxy/model.ts'
import { prepareRoutes } from '../../src/haproxy/route.ts'
import { namedFiles } from '../../src/haproxy/text/named-files.ts'
import { redactHaproxy } from '../../src/haproxy/text/redact.ts'
import { printHaproxyText, readHaproxyText } from '../../src/haproxy/text.ts'
import { Dice, generate, LISTS } from '../haproxy/generate.ts'
import { mutate } from '../haproxy/mutations.ts'
import { checkWithHaproxy, realHaproxy } from '../haproxy/real.ts'

/**
 * The long run of reading: damaged configurations, with damaged lists and maps, are read without a throw and printed back to the byte,
 * and of broken ones ours and `haproxy -c` say the same. Requests go through some of them, and sets through fewer: nothing throws there
 * either, and nothing takes long. SOAK damaged texts (100,000 when not given), one in JUDGED of them (500) before the binary; one in
 * ASKED (20) is asked. SEED repeats a run.
 */
const amount = Number(process.env.SOAK ?? 100_000)
const judged = Number(process.env.JUDGED ?? 500)
const asked = Number(process.env.ASKED ?? 20)
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
const SITE = { bind: 18_080, servers: [1, 2, 3, 4, 5, 6, 7, 8], noon: 1_795_600_000 }
/** Far above what reading costs, far below what a text would cost that is not read in linear time. */
const MOST_MS_A_TEXT = 2000
/** What only a resolver, the system or a file that is not here could say. */
const ASKED_ELSEWHERE = /could not resolve address|invalid address: '[^']*[A-Za-z]|cannot find (?:user|group) id/

const CORPUS = new URL('../../../shared/corpus/haproxy/', import.meta.url)
const real = existsSync(CORPUS) ? readdirSync(CORPUS).map((name) => readFileSync(new URL(name, CORPUS), 'latin1')) : []
const sound = realHaproxy() ? real.filter((text) => checkWithHaproxy(text).valid) : []
/** The lists that the generator names, and a list of certificates. */
const FILES = new Map([
  ...LISTS,
  ['certs.lst', 'a.pem [alpn h2 verify none] a.example.com !b.example.com\n# none\nb.pem\n'],
])
const NARROW = intersect(
  flowsWhere({ src: ips(readCidr('10.1.2.0/24') ?? { v4: [], v6: [] }), dport: numbers([SITE.bind, SITE.bind]) }),
  flowsWhere({ host: texts(exactText('a.example.com')) }),
)
const PIECES = [
  '"',
  "'",
  '\\',
  '\\x',
  '#',
  '$',
  '"${A-',
  '}',
  '{',
  '(',
  ')',
  ',',
  '\n',
  '\r\n',
  '\u0000',
  '.if 1\n',
  '.endif\n',
  'frontend f\n',
  ' bind :18080 ssl crt-list certs.lst\n',
  ' http-request deny if { path -f paths.map }\n',
  ' use_backend %[base,map_sub(ends.map)]\n',
  ' acl a path\n',
]

const DAMAGES: readonly ((dice: Dice, text: string) => string)[] = [
  (dice, text) => {
    const at = dice.roll(text.length + 1)
    const put = dice.often(70) ? dice.pick(PIECES) : text.slice(dice.roll(text.length), dice.roll(text.length))
    return text.slice(0, at) + put + text.slice(at + dice.roll(30))
  },
  (dice, text) => shuffled(dice, text, /(?<=\s)/),
  (dice, text) => shuffled(dice, text, /(?<=\n)/),
  (dice, text) => {
    const at = dice.roll(text.length + 1)
    const other = whole(dice)
    const from = dice.roll(other.length)
    return text.slice(0, at) + other.slice(from, from + dice.roll(1500)) + text.slice(at)
  },
]

/** What a part of a configuration may stand under. */
const HEADS = ['global', 'defaults', 'defaults d', 'frontend f', 'backend b', 'listen l', 'userlist u', 'peers p']
const GENERATED = 200
const generated: string[] = []

console.info(`SEED=${seed} SOAK=${amount} JUDGED=${judged}`)
const counts = { read: 0, bytes: 0, asked: 0, sets: 0, judged: 0, broken: 0 }
const disagreements: string[] = []
for (let n = 0; n < amount; n++) {
  const dice = new Dice(seed + n * 7351)
  const text = damage(dice, whole(dice))
  const files = damagedFiles(dice)
  try {
    const device = readDamaged(text, files)
    if (n % asked === 0) askDamaged(dice, device, { sets: n % (10 * asked) === 0 })
  } catch (error) {
    console.error(`SEED=${seed}, text ${n}: ${JSON.stringify(text.slice(0, 8000))}`)
    throw error
  }
  if (realHaproxy() && n % judged === 0) judge(dice, n)
  if (n % 10_000 === 0) console.info(JSON.stringify(counts))
}
for (const family of FAMILIES()) doubles(family)
console.info(JSON.stringify(counts))
console.info(disagreements.join('\n') || 'not one disagreement')
process.exitCode = disagreements.length > 0 ? 1 : 0

function whole(dice: Dice): string {
  if (real.length > 0 && dice.often(50)) return dice.pick(real)
  // Damage is cheap, and a configuration is not: one is damaged many times before another takes its place.
  const at = dice.roll(GENERATED)
  if (generated[at] === undefined || dice.often(2)) generated[at] = generate(dice, SITE).text
  return generated[at] ?? ''
}

/** Mostly a few lines, at times many: what breaks, breaks on few, and a million of many would take hours. */
function cut(dice: Dice, text: string): string {
  const size = dice.often(3) ? 6000 : dice.often(20) ? 2000 : 600
  if (text.length <= size) return text
  const from = dice.often(30) ? 0 : text.lastIndexOf('\n', dice.roll(text.length - size)) + 1
  const head = from > 0 && dice.often(70) ? `${dice.pick(HEADS)}\n` : ''
  return head + text.slice(from, from + size)
}

/** Bytes, words and lines are put in, taken out, doubled and exchanged, also with those of another configuration. */
function damage(dice: Dice, text: string): string {
  let broken = cut(dice, text)
  for (let n = 1 + dice.roll(4); n > 0; n--) broken = dice.pick(DAMAGES)(dice, broken)
  return broken
}

/** One part taken out, doubled, moved, or put in the place of another. */
function shuffled(dice: Dice, text: string, between: RegExp): string {
  const parts = text.split(between)
  const [from, to] = [dice.roll(parts.length), dice.roll(parts.length)]
  const part = parts[from] ?? ''
  if (dice.often(30)) parts.splice(from, 1)
  else if (dice.often(50)) parts.splice(to, dice.roll(2), part)
  else parts.splice(to, 0, ...parts.splice(from, 1))
  return parts.join('')
}

function damagedFiles(dice: Dice): ReadonlyMap<string, string> {
  if (dice.often(60)) return FILES
  return new Map([...FILES].map(([name, content]) => [name, dice.often(50) ? damage(dice, content) : content]))
}

function readDamaged(text: string, files: ReadonlyMap<string, string>): HaproxyDevice {
  const start = process.cpuUsage()
  const read = readHaproxyText('lb.cfg', text)
  ok(printHaproxyText(read) === text, 'a text is not printed back as it was')
  const device = readHaproxy({ id: 'lb' }, 'lb.cfg', text, files)
  namedFiles(read)
  deepStrictEqual(redactHaproxy(text).split('\n').length, text.split('\n').length)
  ok(spentSince(start) < MOST_MS_A_TEXT, 'a damaged text took too long to read')
  counts.read++
  counts.bytes += text.length
  return device
}

/** Of the processor: a machine that is busy, or was asleep meanwhile, is no fault of what was read. */
function spentSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

/** What HAProxy refuses is walked all the same: whatever can be read must not break what comes behind it. */
function askDamaged(dice: Dice, device: HaproxyDevice, { sets }: { readonly sets: boolean }): void {
  const start = process.cpuUsage()
  const pardoned = { ...device, fatal: [] }
  const route = prepareRoutes(pardoned)
  // A damaged number may be a port that there is not.
  const binds = device.proxies.flatMap((proxy) => proxy.binds).filter(({ ports }) => ports[0] <= 65_535)
  for (const bind of [`127.0.0.1:${SITE.bind}`, ...binds.slice(0, 3).map(({ ports }) => `127.0.0.1:${ports[0]}`)])
    route({
      bind,
      src: dice.pick(['127.0.0.1', '10.1.2.3', '2001:db8::1']),
      tls: dice.often(50),
      sni: dice.pick(['a.example.com', null]),
      method: dice.pick(['GET', 'POST', 'DELETE']),
      path: dice.pick(['/', '/api/v1?x=1', '//a/../b%2f', '*', '']),
      headers: [
        ['host', dice.pick(['a.example.com', 'B.example.com:8080', ''])],
        ['cookie', 'a=b; SRV=s1'],
      ],
      at: '2026-11-23T09:10:00+01:00',
    })
  counts.asked++
  ok(spentSince(start) < MOST_MS_A_TEXT, 'requests took too long')
  if (!sets) return
  const before = process.cpuUsage()
  haproxyMeaning(pardoned, NARROW)
  counts.sets++
  ok(spentSince(before) < 10 * MOST_MS_A_TEXT, 'sets took too long')
}

function judge(dice: Dice, n: number): void {
  const sane = sound.length > 0 && dice.often(50) ? dice.pick(sound).replaceAll('\r', '') : generate(dice, SITE).text
  const mutated = `${mutate(dice, sane.trimEnd().split('\n')).join('\n')}\n`
  const { fatal } = readHaproxy({ id: 'lb' }, 'haproxy.cfg', mutated, LISTS)
  const { valid, says } = checkWithHaproxy(mutated, LISTS)
  counts.judged++
  if (!valid) counts.broken++
  const listens = says.includes('ALERT')
  if (valid === (fatal.length === 0) || (!valid && (!listens || ASKED_ELSEWHERE.test(says)))) return
  const alert = says.split('\n').find((line) => line.includes('ALERT'))
  disagreements.push(`${n}: ${valid ? `valid, but ${fatal[0]?.line} ${fatal[0]?.message}` : alert}`)
}

type Family = { readonly name: string; readonly text: (size: number) => string }

function FAMILIES(): readonly Family[] {
  const many = (size: number, each: (i: number) => string) => Array.from({ length: size }, (_, i) => each(i)).join('')
  return [
    { name: 'one huge line', text: (n) => `frontend f\n log ${'w'.repeat(n * 20)}\n` },
    { name: 'many words', text: (n) => `frontend f\n acl a path ${many(n, () => '/x ')}\n` },
    { name: 'open variables', text: (n) => `frontend f\n description "${many(n, () => '${A-')}"\n` },
    { name: 'many quotes', text: (n) => `frontend f\n log ${many(n, () => '"a" ')}\n log ${"'".repeat(n)}\n` },
    { name: 'backslashes', text: (n) => `frontend f\n log "${'\\'.repeat(20 * n)}"\n log ${'\\'.repeat(20 * n)}\n` },
    { name: 'more than 64 words', text: (n) => many(n, () => ` acl a path ${'/x '.repeat(80)}\n`) },
    {
      name: 'one condition',
      text: (n) => `frontend f\n use_backend a if ${many(n, () => '{ path /x } or !{ src ::1 } ')}\n`,
    },
    { name: 'negations', text: (n) => `frontend f\n use_backend a if ${'!'.repeat(20 * n)}TRUE\n` },
    { name: 'huge names', text: (n) => `frontend ${'f'.repeat(20 * n)}\n acl ${'a'.repeat(20 * n)} path /\n` },
    { name: 'defaults after defaults', text: (n) => many(n, (i) => `defaults d${i} from d${i - 1}\n option x${i}\n`) },
    {
      name: 'parentheses',
      text: (n) => `frontend f\n acl a path${'('.repeat(20 * n)} /x\n log-format ${'%['.repeat(20 * n)}\n`,
    },
    {
      name: 'percent signs',
      text: (n) => `frontend f\n log-format ${'%{+'.repeat(20 * n)}\n log-format ${'%%'.repeat(20 * n)}\n`,
    },
    { name: 'unknown options', text: (n) => `backend b\n${many(n, (i) => ` option x${i}\n`)}` },
    {
      name: 'uses of the ACL above',
      text: (n) => `frontend f\n${many(n, (i) => ` acl a${i} path /\n http-request deny if a${i}\n`)}`,
    },
    { name: 'twins', text: (n) => many(n, () => 'backend b\n server s 10.0.0.1:80\n server s 10.0.0.1:80\n') },
    { name: 'nested .if', text: (n) => `${many(n, () => '.if 1\n')}${many(n, () => '.endif\n')}` },
    { name: 'long condition', text: (n) => `.if ${many(n, () => '1 || ')}1\n.endif\n` },
    { name: 'many sections', text: (n) => many(n, (i) => `backend b${i}\n server s 10.0.0.1:80\n`) },
    { name: 'one ACL of many lines', text: (n) => `frontend f\n${many(n, (i) => ` acl a path /x${i}\n`)}` },
    {
      name: 'many conditions',
      text: (n) => `backend a\nfrontend f\n${many(n, (i) => ` use_backend a if { path /${i} }\n`)}`,
    },
    { name: 'unknown words', text: (n) => `frontend f\n${many(n, (i) => ` frobnicate${i} x\n`)}` },
    { name: 'converters', text: (n) => `frontend f\n acl a path${',lower'.repeat(n)} /x\n` },
    { name: 'setenv', text: (n) => `global\n${many(n, (i) => ` setenv A${i} x\n`)}` },
    { name: 'default-server', text: (n) => `backend b\n${many(n, () => ' default-server check\n')}` },
  ]
}

/** Four times the text may cost four times as much, and some more for what is measured badly. */
function doubles({ name, text }: Family): void {
  const cost = (size: number) => {
    const whole = text(size)
    return Math.min(
      ...[0, 1, 2, 3, 4].map(() => {
        const start = performance.now()
        readHaproxy({ id: 'lb' }, 'lb.cfg', whole)
        return performance.now() - start
      }),
    )
  }
  const [small, large] = [cost(2000), cost(16_000)]
  console.info(`${name.padEnd(24)} ${small.toFixed(1)} ms → ${large.toFixed(1)} ms for eight times as much`)
  if (large > 24 * Math.max(small, 4)) disagreements.push(`${name} grows faster than linearly`)
}
