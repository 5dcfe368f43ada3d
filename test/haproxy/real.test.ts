import { describe, expect, test } from 'vitest'
import { generateCompany } from './generate-companies.ts'
import { generateRare, generateRareRequest } from './generate-rare.ts'
import { generateNarrow, generateWide } from './generate-wide.ts'
import { type Judgement, judge } from './judge.ts'
import { realHaproxy } from './real.ts'

const binary = realHaproxy()
/** `test/soak/haproxy.ts` looks further than these seeds do. */
const SEEDS = Array.from({ length: 14 }, (_, index) => 1 + index)
const REQUESTS = 60

function checkJudgement({ compared, wrong, refused, unsure, depends, fallen }: Judgement, least: number): void {
  const names = [...unsure].sort(([, a], [, b]) => b - a).map((each) => each.join(' '))
  console.info(`${compared} compared, ${depends} depend, HAProxy fell at ${fallen}: ${names.slice(0, 5).join('; ')}`)
  expect(refused.slice(0, 1).join('')).toBe('')
  expect(wrong.slice(0, 2).join('\n')).toBe('')
  expect(fallen.length).toBeLessThanOrEqual(SEEDS.length / 10)
  expect(compared).toBeGreaterThanOrEqual(least)
  expect(depends, names.join('\n')).toBeLessThan(compared * 0.02)
}

describe.skipIf(!binary)('the real HAProxy is the judge', () => {
  test('random configurations and requests: not one disagreement', { timeout: 600_000 }, async () => {
    const found = await judge(generateNarrow, SEEDS, { requests: REQUESTS })
    checkJudgement(found, SEEDS.length * REQUESTS)
  })

  test('also of TLS, PROXY headers, tcp mode, listen, named defaults and persistence', {
    timeout: 600_000,
  }, async () => {
    const found = await judge(generateWide, SEEDS, { requests: REQUESTS })
    checkJudgement(found, SEEDS.length * REQUESTS)
  })

  test('also of what few people write, and of HTTP/2', { timeout: 600_000 }, async () => {
    const found = await judge(generateRare, SEEDS, { requests: REQUESTS, generateCall: generateRareRequest })
    checkJudgement(found, SEEDS.length * REQUESTS)
  })

  test('also of what companies write, spelled in many ways', { timeout: 600_000 }, async () => {
    const seeds = SEEDS.slice(0, 8)
    checkJudgement(await judge(generateCompany, seeds, { requests: REQUESTS }), seeds.length * REQUESTS)
  })
})
