import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { MANUAL } from '../../src/commands/manual.ts'
import { FIREWALL, run } from './in-memory.ts'

const COMMANDS = Object.keys(MANUAL)

test('help names every command and the exit codes', async () => {
  for (const args of [[], ['help'], ['--help']]) {
    const ran = await run(args)
    for (const command of COMMANDS) expect(ran.out).toMatch(new RegExp(`^  ${command} `, 'm'))
    expect(ran.out).toContain('Exit code')
    expect(ran.code).toBe(0)
  }
})

test.each(COMMANDS)('%s --help shows how it is called, with an example', async (command) => {
  const [asked, helped] = [await run([command, '--help']), await run(['help', command])]
  expect(asked.out).toBe(helped.out)
  expect(asked.out).toMatch(new RegExp(`For example: .*sallyport ${command}`))
  expect(asked.code).toBe(0)
})

test.each(COMMANDS)('%s says which option it does not have', async (command) => {
  const ran = await run([command, '--nonesuch'])
  expect(ran.err).toContain(`sallyport ${command}: there is no option --nonesuch.`)
  expect(ran.code).toBe(2)
})

test('an unknown command gets the nearest names', async () => {
  const ran = await run(['explian'])
  expect(ran.err).toContain('Did you mean explain?')
  expect(ran.code).toBe(2)
  expect((await run(['constructor'])).code).toBe(2)
})

test('the process takes standard input, prints one verdict a line and leaves with the code', async () => {
  const packet = {
    id: 1,
    srcintf: 'wan1',
    src: '198.51.100.7',
    dst: '203.0.113.10',
    proto: 'tcp',
    dport: 443,
    sport: 50000,
  }
  const cli = join(import.meta.dirname, '../../src/cli.ts')
  const running = promisify(execFile)(process.execPath, [cli, 'match', '--config', FIREWALL])
  running.child.stdin?.end(`${JSON.stringify(packet)}\nbad\n`)
  const failed = await running.then(
    () => undefined,
    (cause: { code: number; stdout: string; stderr: string }) => cause,
  )
  expect(failed?.code).toBe(1)
  expect(
    failed?.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { id: 1, verdict: 'deny' },
    { id: null, error: 'line 2: it is not JSON' },
  ])
  expect(failed?.stderr).toBe('')
})
