import { parseArgs } from 'node:util'
import { generateCompany } from '../haproxy/generate-companies.ts'
import { generateRare, generateRareRequest } from '../haproxy/generate-rare.ts'
import { generateNarrow, generateWide } from '../haproxy/generate-wide.ts'
import { type Generator, judge } from '../haproxy/judge.ts'
import { realHaproxy } from '../haproxy/real.ts'

/**
 * The long run of what the tests show shortly: the real HAProxy judges random configurations of all levels for SOAK minutes (10 when not
 * given), from the seed SEED on. Ends with 1 when it disagreed once.
 */
const minutes = Number(process.env.SOAK ?? 10)
const first = Number(process.env.SEED ?? Date.now() % 1_000_000)
const REQUESTS = 80
/** Seeds of one level before the next has its turn. */
const IN_A_ROW = 20

const LEVELS: Readonly<Record<string, { readonly generator: Generator; readonly rare: boolean }>> = {
  narrow: { generator: generateNarrow, rare: false },
  wide: { generator: generateWide, rare: false },
  rare: { generator: generateRare, rare: true },
  company: { generator: generateCompany, rare: false },
}

const { values } = parseArgs({ options: { level: { type: 'string', multiple: true } } })
const levels = values.level ?? Object.keys(LEVELS)
if (!realHaproxy()) {
  console.error('There is no haproxy here to judge.')
  process.exit(2)
}

console.info(`SEED=${first} SOAK=${minutes} levels: ${levels.join(' ')}`)
const until = Date.now() + minutes * 60_000
const total = { compared: 0, depends: 0, wrong: 0, again: 0, refused: 0, fallen: 0 }
const open = new Map<string, number>()
for (let seed = first; Date.now() < until; seed += IN_A_ROW)
  for (const name of levels) {
    const level = LEVELS[name]
    if (!level) throw new Error(`no level ${name}`)
    const seeds = Array.from({ length: IN_A_ROW }, (_, index) => seed + index)
    const found = await judge(level.generator, seeds, {
      requests: REQUESTS,
      ...(level.rare ? { generateCall: generateRareRequest } : {}),
    })
    total.compared += found.compared
    total.depends += found.depends
    total.wrong += found.wrong.length
    total.again += found.again - found.wrong.length
    total.refused += found.refused.length
    total.fallen += found.fallen.length
    for (const [why, count] of found.unsure) {
      const reason = why.replace(/ \(haproxy\.cfg:\d+\)$/, '')
      open.set(reason, (open.get(reason) ?? 0) + count)
    }
    for (const text of [...found.refused.slice(0, 1), ...found.wrong.slice(0, 1)]) console.error(`${name} ${text}`)
    console.info(`${name} ${seed}-${seed + IN_A_ROW - 1} ${JSON.stringify(total)}`)
  }
const reasons = [...open].sort(([, a], [, b]) => b - a).slice(0, 20)
console.info(reasons.map(([why, count]) => `${count} ${why}`).join('\n'))
process.exit(total.wrong > 0 ? 1 : 0)
