import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { FIREWALL, POLICIES, run } from '../commands/in-memory.ts'
import { type HandMade, serveHandMade } from '../live/hand-made-fortigate.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

/** `sallyport <args>` beside a firewall that has the declared text and a lookup of its own. */
async function beside(lookUp: HandMade['lookUp'], ...args: string[]) {
  const server = await serveHandMade({ text: readFileSync(FIREWALL, 'utf8'), lookUp })
  open.push(server)
  const env = { FORTIGATE_URL: server.url, FORTIGATE_TOKEN: 'sesame' }
  const ran = await run([...args, '--policies', POLICIES], { env })
  return { ...ran, asked: server.asked.filter((one) => one.includes('policy-lookup')) }
}
const EXPLAIN = ['explain', '--live', '--from', 'observability', '--to', 'grafana']

test('explain hears the firewall’s own lookup, and is not sure of anything that it contradicts', async () => {
  const ran = await beside(() => ({ match: true, policy_id: 999_999, policy_action: 'deny' }), ...EXPLAIN)
  expect(ran.lines[0]).toContain('Two witnesses disagree about edge-fw')
  expect(ran.lines[1]).toContain('policy 999999 denies it')
  expect(ran.out).toContain('diagnose firewall iprope lookup')
  expect(ran.code).toBe(1)
})

test('explain at another moment than now does not ask: a lookup shows this moment only', async () => {
  const ran = await beside(
    () => ({ match: false, policy_id: 0, policy_action: 'deny' }),
    ...EXPLAIN,
    '--at',
    '2026-11-24T10:00:00Z',
  )
  expect(ran.asked).toEqual([])
  expect(ran.out).not.toContain('witness')
})

test('explain without a live firewall asks nobody', async () => {
  const ran = await run(['explain', '--from', 'observability', '--to', 'grafana', '--policies', POLICIES])
  expect(ran.out).not.toMatch(/lookup|witness|revisions/)
})
