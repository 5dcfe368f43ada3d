import { describe, expect, test } from 'vitest'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { Dice, generate, LISTS } from './generate.ts'
import { checkWithHaproxy, realHaproxy } from './real.ts'

const binary = realHaproxy()
const [FIRST = 1, LAST = 60] = (process.env.HAPROXY_SEEDS ?? '').split('-').filter(Boolean).map(Number)

/** What people break: a word, a name, a number, an order, a quote. */
const MUTATIONS: readonly ((dice: Dice, lines: string[]) => void)[] = [
  (dice, lines) => void lines.splice(dice.roll(lines.length), 1),
  (dice, lines) => {
    const at = dice.roll(lines.length)
    lines.splice(at, 0, lines[at] ?? '')
  },
  (dice, lines) => editWord(dice, lines, / [}] ?/, () => ' '),
  (dice, lines) => editWord(dice, lines, /(?<=use_backend |default_backend )\w+/, () => 'nowhere'),
  (dice, lines) =>
    editWord(dice, lines, /\d+\.\d+\.\d+\.\d+\/\d+/, () =>
      dice.pick(['10.0.0.0/33', '10.0.0.0/8/9', '10.0.0', '1.2.3.4.5', '::1/129']),
    ),
  (dice, lines) =>
    editWord(dice, lines, /(?<=status )\d+/, () => dice.pick(['451', '99', '204', '600', 'abc', '403', '503'])),
  (dice, lines) => editWord(dice, lines, /(?<=(?:if|unless) )\w+(?= |$)/, () => 'nobody'),
  (dice, lines) => editWord(dice, lines, /(?<= ge | gt | le | lt )\d+/, () => dice.pick(['x', '5x', '-', '1.5', '7'])),
  (dice, lines) => editWord(dice, lines, /(?<=-m )\w+/, () => dice.pick(['foo', 'str', 'beg', 'int'])),
  (dice, lines) => editWord(dice, lines, /(?<=var\([\w.]+\)) -m \w+/, () => ''),
  (dice, lines) => editWord(dice, lines, /(?<=server )s2/, () => 's1'),
  (dice, lines) => editWord(dice, lines, /(?<=backend )b$/, () => dice.pick(['a', 'x/y', 'b'])),
  (dice, lines) => editWord(dice, lines, /(?<=mode )http/, () => dice.pick(['tcp', 'udp', 'http'])),
  (dice, lines) => editWord(dice, lines, /(?<=code )\d+/, () => dice.pick(['200', '303', '308', 'x'])),
  (dice, lines) => editWord(dice, lines, /\S+$/, (word) => `"${word}`),
  (dice, lines) => editWord(dice, lines, /(?<=acl )\w+/, () => dice.pick(['or', 'a{', 'ok'])),
  (dice, lines) => editWord(dice, lines, /(?<=path_reg (?:-i )?)\S+/, () => dice.pick(['(', '[a', 'a)', '^/ok$'])),
  (_, lines) => void lines.push('last line without a feed'.slice(0, 0)),
]

function editWord(dice: Dice, lines: string[], pattern: RegExp, to: (word: string) => string): void {
  const matching = lines.flatMap((line, at) => (pattern.test(line) ? [at] : []))
  if (matching.length === 0) return
  const at = dice.pick(matching)
  lines[at] = (lines[at] ?? '').replace(pattern, to)
}

describe.skipIf(!binary)('valid or not', () => {
  test('is what haproxy -c says of broken configurations', { timeout: 600_000 }, () => {
    const wrong: string[] = []
    let broken = 0
    for (let seed = FIRST; seed <= LAST; seed++) {
      const dice = new Dice(seed * 7351)
      const { text } = generate(dice, { bind: 18_080, servers: [1, 2, 3, 4, 5, 6, 7, 8], noon: 1_795_600_000 })
      const lines = text.trimEnd().split('\n')
      dice.pick(MUTATIONS)(dice, lines)
      const mutated = `${lines.join('\n')}\n`
      const { fatal } = readHaproxy({ id: 'lb' }, 'haproxy.cfg', mutated, LISTS)
      const { valid, says } = checkWithHaproxy(mutated, LISTS)
      if (!valid) broken++
      if (valid !== (fatal.length === 0)) {
        const place = /haproxy.cfg:(\d+)/.exec(says)?.[1] ?? fatal[0]?.line
        wrong.push(
          `seed ${seed}: ${valid ? `valid, but ${fatal[0]?.message}` : says.split('\n').find((line) => line.includes('ALERT'))} \`${lines[Number(place) - 1]}\``,
        )
      }
    }
    console.info(`${LAST - FIRST + 1} configurations, ${broken} of them broken`)
    expect(wrong.join('\n')).toBe('')
    expect(broken).toBeGreaterThan((LAST - FIRST) / 5)
  })
})
