import { deepStrictEqual, ok } from 'node:assert'
import fc from 'fast-check'
import { readFortigate } from '../../src/fortigate/config.ts'
import { prepareMatch } from '../../src/fortigate/match.ts'
import { renderEdit } from '../../src/fortigate/render-edit.ts'
import { redactFortigate } from '../../src/fortigate/text/redact.ts'
import { printFortiText, readFortiText } from '../../src/fortigate/text.ts'
import { randomFortigatePair, randomPacket, randomPacket6 } from '../fortigate/random-fortigate.ts'
import { checkAgreement, pieceFinder } from '../fortigate/two-witnesses.ts'

/**
 * The long run of what the tests show shortly: SOAK configurations (1,000 when not given), each with 1,000 packets through all
 * evaluators, 20 damaged texts through the reader (`fortigate-reading.ts` does that at length), and an edit there and back. SEED repeats a run.
 */
const configurations = Number(process.env.SOAK ?? 1000)
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
const PACKETS = 1000
const DAMAGES = 20
/** Far above what reading costs, far below what a text would cost that is not read in linear time. */
const MOST_MS_A_TEXT = 2000

const counts = { configurations: 0, allow: 0, deny: 0, depends: 0, damaged: 0, edits: 0 }
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.nat(40),
  put: fc.constantFrom(
    '',
    '"',
    "'",
    '\\',
    '\n',
    'end\n',
    'next\n',
    'edit 1\n',
    'config firewall policy\n',
    '#',
    '\u0000',
  ),
})

console.info(`SEED=${seed} SOAK=${configurations}`)
fc.assert(
  fc.property(
    randomFortigatePair,
    fc.array(fc.oneof(randomPacket, randomPacket6), { minLength: PACKETS, maxLength: PACKETS }),
    fc.array(fc.array(damage, { maxLength: 8 }), { minLength: DAMAGES, maxLength: DAMAGES }),
    ([text, other], packets, damages) => {
      const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
      const prepared = prepareMatch(device)
      const piecesOf = pieceFinder(device)
      for (const packet of packets) {
        const { verdict } = checkAgreement(device, packet, piecesOf(packet), prepared(packet))
        counts[verdict] += 1
      }
      const edit = renderEdit(device, other)
      if (edit.ok) {
        const back = readFortigate({ id: 'fw' }, 'fw.conf', text + edit.script + edit.scriptBack)
        const ids = (one: typeof device) => one.vdoms.get('root')?.policies.map(({ id, action }) => `${id} ${action}`)
        deepStrictEqual(ids(back), ids(device))
        counts.edits += 1
      }
      for (const one of damages) readDamaged(text, one)
      counts.configurations += 1
      if (counts.configurations % 10 === 0) console.info(JSON.stringify(counts))
    },
  ),
  { numRuns: configurations, seed, endOnFailure: true },
)
console.info(JSON.stringify(counts))

function readDamaged(text: string, damages: readonly { at: number; drop: number; put: string }[]): void {
  let broken = text
  for (const { at, drop, put } of damages) {
    const place = Math.floor(at * broken.length)
    broken = broken.slice(0, place) + put + broken.slice(place + drop)
  }
  const start = performance.now()
  deepStrictEqual(printFortiText(readFortiText('fw.conf', broken)), broken)
  readFortigate({ id: 'fw' }, 'fw.conf', broken)
  deepStrictEqual(redactFortigate(broken).split('\n').length, broken.split('\n').length)
  ok(performance.now() - start < MOST_MS_A_TEXT, 'a damaged text took too long to read')
  counts.damaged += 1
}
