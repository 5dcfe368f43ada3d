import { describe, expect, test } from 'vitest'
import { generateRare, generateRareRequest } from './generate-rare.ts'
import { generateWide } from './generate-wide.ts'
import { type Judgement, judge } from './judge.ts'
import { realHaproxy } from './real.ts'

const binary = realHaproxy()
/** Which seeds to run: `HAPROXY_SEEDS=100-400` looks further than the test suite does. */
const [FIRST = 1, LAST = 20] = (process.env.HAPROXY_SEEDS ?? '').split('-').filter(Boolean).map(Number)
const REQUESTS = 80
const SEEDS = Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index)

function checkJudgement({ compared, wrong, refused, unsure, depends, fallen }: Judgement, requests: number): void {
  const names = [...unsure].sort(([, a], [, b]) => b - a).map((each) => each.join(' '))
  console.info(`${compared} compared, ${depends} depend, HAProxy fell at ${fallen}: ${names.slice(0, 12).join('; ')}`)
  expect(refused.slice(0, 1).join('')).toBe('')
  expect(wrong.slice(0, Number(process.env.HAPROXY_SHOW ?? 2)).join('\n')).toBe('')
  expect(fallen.length).toBeLessThanOrEqual(SEEDS.length / 10)
  expect(compared).toBeGreaterThanOrEqual(SEEDS.length * requests)
  expect(depends, names.join('\n')).toBeLessThan(compared * 0.02)
}

describe.skipIf(!binary)('the real HAProxy is the judge, also of', () => {
  test('TLS, PROXY headers, tcp mode, listen, named defaults and persistence', { timeout: 1_800_000 }, async () => {
    checkJudgement(await judge(generateWide, SEEDS, { requests: REQUESTS }), REQUESTS)
  })

  test('what few people write', { timeout: 1_800_000 }, async () => {
    checkJudgement(
      await judge(generateRare, SEEDS, { requests: REQUESTS, generateCall: generateRareRequest }),
      REQUESTS,
    )
  })
})
