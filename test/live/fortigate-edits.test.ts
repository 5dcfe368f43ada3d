import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderEdit } from '../../src/fortigate/render-edit.ts'
import { compiled, device, EDGE } from '../fortigate/edge-fortigate.ts'
import { modelOf } from '../fortigate/plain-model.ts'
import { randomFortigatePair } from '../fortigate/random-fortigate.ts'
import { openDevice, runTransaction } from './device-calls.ts'

/** SOAK is how many random edits are made; a test run makes few. */
const RUNS = Number(process.env.SOAK ?? 8)

/** Makes the edit on a device there and back, by calls and by script, and compares what a reader finds each time. */
async function checkEdit(before: string, after: string): Promise<number> {
  const edit = renderEdit(device(before), after)
  if (!edit.ok) throw new Error(edit.says)
  const { simulator, call, close } = await openDevice(before)
  try {
    await runTransaction(call, edit.rest)
    expect(modelOf(simulator.text())).toEqual(modelOf(after))
    await runTransaction(call, edit.restBack)
    expect(modelOf(simulator.text())).toEqual(modelOf(before))
    for (const [script, wanted] of [
      [edit.script, after],
      [edit.scriptBack, before],
    ] as const) {
      const upload = { filename: 'edit', file_content: Buffer.from(script).toString('base64') }
      const answer = await call('POST', '/api/v2/monitor/system/config-script/upload', { body: upload })
      expect(answer).toMatchObject({ status: 200 })
      expect(modelOf(simulator.text())).toEqual(modelOf(wanted))
    }
  } finally {
    await close()
  }
  return edit.rest.calls.length
}

/** The same text where no name leads nowhere: a device has no such configuration. */
function resolved(text: string): string {
  const defined = new Set([...text.matchAll(/^ *edit "(.*)"$/gm)].map(([, name]) => name))
  const vip = [...defined].find((name) => name?.startsWith('v-') && name !== 'v-group' && !name.startsWith('v-six'))
  const whole = text.replace(/"(v-[a-z]+)"/g, (written, name) => (defined.has(name) ? written : `"${vip}"`))
  const [first = '', ...more] = whole.split('config system interface\n')
  return [first + PEOPLE, ...more].join('config system interface\n')
}
const PEOPLE = `config user local
    edit "bob"
        set type password
    next
end
config user group
    edit "staff"
        set member "bob"
    next
    edit "ops"
        set member "bob"
    next
end
`

test('any edit, made by calls in a transaction or by its script, is what a reader finds on the device, and so is the way back', async () => {
  let [calls, refused] = [0, 0]
  await fc.assert(
    fc.asyncProperty(randomFortigatePair, async (pair) => {
      const [before, after] = [resolved(pair[0]), resolved(pair[1])]
      // 7.2.3 leaves the default of match-vip open, so its unset has no word.
      const edit = renderEdit(device(before), after)
      if (edit.ok) calls += await checkEdit(before, after)
      else {
        expect(edit.says).toContain('match-vip')
        expect(before).toContain('-7.2.3-')
        refused += 1
      }
    }),
    { numRuns: RUNS },
  )
  expect(calls).toBeGreaterThan(RUNS)
  expect(refused).toBeLessThan(RUNS)
}, 600_000)

test('a grant reaches the device by calls that change its own lines only', async () => {
  const after = compiled(EDGE, { until: Date.parse('2026-11-27T23:59:59+01:00') / 1000 })
  const edit = renderEdit(device(EDGE), after)
  if (!edit.ok) throw new Error(edit.says)
  const { simulator, call, close } = await openDevice(EDGE)
  await runTransaction(call, edit.rest)
  const lines = simulator.text().split('\n')
  expect(lines.filter((line) => !EDGE.includes(line))).not.toEqual([])
  expect(EDGE.split('\n').every((line) => lines.includes(line))).toBe(true)
  await runTransaction(call, edit.restBack)
  expect(simulator.text()).toBe(EDGE)
  await close()
})
