import { deepStrictEqual, ok } from 'node:assert'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { namedFiles } from '../../src/haproxy/named-files.ts'
import { redactHaproxy } from '../../src/haproxy/redact.ts'
import { printHaproxyText, readHaproxyText } from '../../src/haproxy/text.ts'
import { Dice, generate, LISTS } from '../haproxy/generate.ts'
import { mutate } from '../haproxy/mutations.ts'
import { checkWithHaproxy, realHaproxy } from '../haproxy/real.ts'

/**
 * The long run of reading: damaged configurations are read without a throw and printed back to the byte, and of broken ones ours and
 * `haproxy -c` say the same. SOAK damaged texts (100,000 when not given), one in JUDGED of them (500) before the binary. SEED repeats a run.
 */
const texts = Number(process.env.SOAK ?? 100_000)
const judged = Number(process.env.JUDGED ?? 500)
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
const SITE = { bind: 18_080, servers: [1, 2, 3, 4, 5, 6, 7, 8], noon: 1_795_600_000 }
/** Far above what reading costs, far below what a text would cost that is not read in linear time. */
const MOST_MS_A_TEXT = 2000
/** What only a resolver, the system or a file that is not here could say. */
const ASKED_ELSEWHERE = /could not resolve address|invalid address: '[^']*[A-Za-z]|cannot find (?:user|group) id/

const CORPUS = new URL('../../../shared/corpus/haproxy/', import.meta.url)
const real = existsSync(CORPUS) ? readdirSync(CORPUS).map((name) => readFileSync(new URL(name, CORPUS), 'latin1')) : []
const sound = realHaproxy() ? real.filter((text) => checkWithHaproxy(text).valid) : []
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
  ' acl a path\n',
]

console.info(`SEED=${seed} SOAK=${texts} JUDGED=${judged}`)
const counts = { read: 0, judged: 0, broken: 0 }
const disagreements: string[] = []
for (let n = 0; n < texts; n++) {
  const dice = new Dice(seed + n * 7351)
  const before = real.length > 0 && dice.often(50) ? dice.pick(real) : generate(dice, SITE).text
  readDamaged(damage(dice, before))
  if (realHaproxy() && n % judged === 0) judge(dice, n)
  if (n % 10_000 === 0) console.info(JSON.stringify(counts))
}
for (const family of FAMILIES()) doubles(family)
console.info(JSON.stringify(counts))
console.info(disagreements.join('\n') || 'not one disagreement')
process.exitCode = disagreements.length > 0 ? 1 : 0

function damage(dice: Dice, text: string): string {
  let broken = text.slice(0, 6000)
  for (let n = 1 + dice.roll(4); n > 0; n--) {
    const at = dice.roll(broken.length + 1)
    const put = dice.often(70) ? dice.pick(PIECES) : broken.slice(dice.roll(broken.length), dice.roll(broken.length))
    broken = broken.slice(0, at) + put + broken.slice(at + dice.roll(30))
  }
  return broken
}

function readDamaged(text: string): void {
  const start = performance.now()
  const read = readHaproxyText('lb.cfg', text)
  ok(printHaproxyText(read) === text, 'a text is not printed back as it was')
  readHaproxy({ id: 'lb' }, 'lb.cfg', text, LISTS)
  namedFiles(read)
  deepStrictEqual(redactHaproxy(text).split('\n').length, text.split('\n').length)
  ok(performance.now() - start < MOST_MS_A_TEXT, `a damaged text took too long to read: ${JSON.stringify(text)}`)
  counts.read++
}

function judge(dice: Dice, n: number): void {
  const whole = sound.length > 0 && dice.often(50) ? dice.pick(sound).replaceAll('\r', '') : generate(dice, SITE).text
  const mutated = `${mutate(dice, whole.trimEnd().split('\n')).join('\n')}\n`
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
      ...[0, 1, 2].map(() => {
        const start = performance.now()
        readHaproxy({ id: 'lb' }, 'lb.cfg', whole)
        return performance.now() - start
      }),
    )
  }
  const [small, large] = [cost(2000), cost(16_000)]
  console.info(`${name.padEnd(24)} ${small.toFixed(1)} ms → ${large.toFixed(1)} ms for eight times as much`)
  if (large > 24 * Math.max(small, 1)) disagreements.push(`${name} grows faster than linearly`)
}
