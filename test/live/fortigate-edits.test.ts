import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileFortigateGrant } from '../../src/fortigate/compile.ts'
import { renderEdit } from '../../src/fortigate/render-edit.ts'
import { compiled, device, EDGE } from '../fortigate/edge-fortigate.ts'
import { modelOf } from '../fortigate/plain-model.ts'
import { randomFortigatePair } from '../fortigate/random-fortigate.ts'
import { dressedFortigate, randomAsk } from '../fortigate/random-grants.ts'
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
  return [first + NAMED, ...more].join('config system interface\n')
}
const NAMED = `config user local
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
config firewall ldb-monitor
    edit "up"
        set type ping
    next
end
`

test('any edit, made by calls in a transaction or by its script, is what a reader finds on the device, and so is the way back', async () => {
  let [calls, refused] = [0, 0]
  await fc.assert(
    fc.asyncProperty(randomFortigatePair, async (pair) => {
      const [before, after] = [resolved(pair[0]), resolved(pair[1])]
      // Where there is no VIP at all, nothing can stand in for one that is named.
      fc.pre(![before, after].some((text) => text.includes('"undefined"')))
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

test('any grant that is compiled reaches the device in both ways, and is taken back', async () => {
  let made = 0
  await fc.assert(
    fc.asyncProperty(dressedFortigate, randomAsk, async ({ text }, ask) => {
      const before = resolved(text)
      const change = compileFortigateGrant(device(before), { request: 'ar-0123456789', ...ask(before) })
      if (!change.ok || change.text === before) return
      made += (await checkEdit(before, change.text)) > 0 ? 1 : 0
    }),
    // Most asks are refused; this seed has some that are not among few.
    process.env.SOAK ? { numRuns: RUNS * 3 } : { numRuns: RUNS * 2, seed: 7 },
  )
  expect(made).toBeGreaterThan(0)
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

const FARM = EDGE.replace(
  'config firewall vip\n',
  `config firewall addrgrp
    edit "outer"
        set member "hq"
    next
    edit "inner"
        set member "hq"
    next
end
config firewall vip
    edit "farm"
        set type server-load-balance
        set server-type http
        set extip 203.0.113.11
        set extintf "wan1"
        set extport 80
        set src-filter "198.51.100.0/24" "10.0.0.0/8"
        set http-ip-header enable
        set color 3
        config realservers
            edit 1
                set ip 10.20.0.7
                set port 8080
            next
            edit 2
                set ip 10.20.0.8
                set port 80
                set weight 5
            next
        end
    next
`,
)
/** What a person may change, and how it is written. */
const changes: readonly (readonly [string, (text: string) => string])[] = [
  ['a server is put elsewhere', (text) => text.replace('set ip 10.20.0.8', 'set ip 10.20.0.9')],
  ['an attribute of a server is unset', (text) => text.replace('                set weight 5\n', '')],
  ['a server is taken out', (text) => text.replace(/ {12}edit 1\n[\s\S]*?next\n/, '')],
  ['all servers are taken out', (text) => text.replace(/ {8}config realservers\n[\s\S]*? {8}end\n/, '')],
  ['a list is cut', (text) => text.replace(' "10.0.0.0/8"', '')],
  ['a list is unset', (text) => text.replace(/ *set src-filter .*\n/, '')],
  ['a switch and a number are unset', (text) => text.replace(/ *set (?:http-ip-header|color) .*\n/g, '')],
  ['the mapped address changes', (text) => text.replace('set mappedip "10.20.0.5"', 'set mappedip "10.20.0.6"')],
  ['an action is unset', (text) => text.replace('        set action accept\n', '')],
  ['a comment has every kind of quote', (text) => text.replace('set name "guests-out"', `set name "a \\"b\\" \\'c"`)],
  [
    'two policies swap their names',
    (text) => text.replace('guests-out', '?').replace('deny-rest', 'guests-out').replace('?', 'deny-rest'),
  ],
  [
    'a group comes to hold one that stands below it, and both are new on the way back',
    (text) => text.replace(/config firewall addrgrp\n[\s\S]*?\nend\n/, ''),
  ],
]
test.each(changes)('%s, on the device as in the text', async (_, change) => {
  const before = FARM.replace('set member "hq"', 'set member "inner"')
  const after = change(before)
  expect(after).not.toBe(before)
  expect(await checkEdit(before, after)).toBeGreaterThan(0)
})

test('inside a VDOM nothing of another is touched', async () => {
  const inner = FARM.replace(/^#.*\n/, '')
  const other = 'config vdom\nedit dmz\nconfig firewall policy\n    edit 7\n    next\nend\nend\n'
  const wrapped = `#config-version=FGT60F-7.4.8-FW-build2795-250523:opmode=0:vdom=1:user=admin\nconfig vdom\nedit root\nnext\nedit dmz\nnext\nend\nconfig global\nend\nconfig vdom\nedit root\n${inner}end\n${other}`
  const after = wrapped.replace('set ip 10.20.0.8', 'set ip 10.20.0.9').replace('        set action accept\n', '')
  const edit = renderEdit(device(wrapped), after)
  if (!edit.ok) throw new Error(edit.says)
  const { simulator, call, close } = await openDevice(wrapped)
  await runTransaction(call, edit.rest)
  expect(simulator.text().endsWith(other)).toBe(true)
  expect(modelOf(simulator.text())).toEqual(modelOf(after))
  await close()
})

test.each([
  [
    'an attribute whose shape nobody knows',
    'set color 3',
    'set some-day 3',
    'how the API shapes "some-day" is not known',
  ],
  ['a secret', 'set color 3', 'set http-cookie-domain ENC abc', 'is a secret that only the device can read'],
  ['a number that is none', 'set color 3', 'set color three', '"color" has to be a number'],
  [
    'a name that goes to another kind',
    'edit "inner"\n        set member "hq"\n    next\nend',
    'END',
    'the name "inner"',
  ],
  ['another table', 'set gateway 203.0.113.254', 'set gateway 203.0.113.253', 'router static'],
])('%s is refused by name', (_, from, to, says) => {
  const after =
    to === 'END'
      ? FARM.replace(`    ${from}`, 'end').replace(
          'config firewall address\n',
          'config firewall address\n    edit "inner"\n    next\n',
        )
      : FARM.replace(from, to)
  expect(after).not.toBe(FARM)
  expect(renderEdit(device(FARM), after)).toMatchObject({ ok: false, says: expect.stringContaining(says) })
})
