import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BALANCER, FIREWALL, run, scratchFile } from './in-memory.ts'

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .array(
      fc.constantFrom(
        'config ',
        'edit "',
        'set x "\\',
        '"',
        'end',
        'next',
        '\r\n',
        '\n',
        '\\\n',
        '#',
        "'",
        '\0',
        '\ufeff',
        'ä',
        'frontend f',
        '.if',
      ),
      { maxLength: 40 },
    )
    .map((parts) => new Uint8Array(Buffer.from(parts.join('')))),
)

test.each(['--fortigate', '--haproxy'])('%s --print gives back any bytes as they came', async (kind) => {
  await fc.assert(
    fc.asyncProperty(anyBytes, async (bytes) => {
      const ran = await run(['read', kind, '-', '--print'], { stdin: bytes })
      expect(ran.bytes.equals(Buffer.from(bytes))).toBe(true)
      expect(ran.err).toBe('')
      expect(ran.code).toBe(0)
    }),
  )
})

test('text in an old encoding is printed back byte for byte and read one character a byte', async () => {
  const bytes = Buffer.from('config firewall address\n    edit "B\xfcro"\n    next\nend\n', 'latin1')
  const file = scratchFile('old.conf', bytes)
  expect((await run(['read', '--fortigate', file, '--print'])).bytes.equals(bytes)).toBe(true)
  expect((await run(['read', '--fortigate', file])).out).toContain('not UTF-8')
})

test.each([
  ['--fortigate', FIREWALL],
  ['--haproxy', BALANCER],
])('the example %s is modelled nearly whole, without problems', async (kind, file) => {
  const ran = await run(['read', kind, file, '--json'])
  const reading = JSON.parse(ran.out)
  expect(reading.problems).toEqual([])
  expect(reading.share).toBeGreaterThan(0.95)
  expect(reading.lines).toBe(readFileSync(file, 'utf8').split('\n').length - 1)
  expect(ran.code).toBe(0)
})

test('a broken file exits with 1 and names the line', async () => {
  const ran = await run(['read', '--haproxy', '-'], { stdin: 'frontend f\n    bind :80\n    use_backend nowhere\n' })
  expect(ran.code).toBe(1)
  expect(ran.out).toMatch(/stdin:3.* NO_SUCH_BACKEND/)
})

describe('what is said of a file never shows its secrets', () => {
  const secret = 'hunter2-not-to-be-seen'
  test.each([
    [
      '--fortigate',
      `config system admin\n    edit "a"\n        set password ${secret}"\n        set passwd ENC ${secret} stray\nend\nend\n`,
    ],
    [
      '--fortigate',
      `config vpn ipsec phase1-interface\n    edit "x"\n        set psksecret "${secret}\n    next\nend\n`,
    ],
    [
      '--haproxy',
      `userlist u\n    user a insecure-password ${secret}\nbackend b\n    stats auth admin:${secret}\n    bogus password ${secret}\n`,
    ],
    ['--haproxy', `backend b\n    http-request set-header authorization ${secret} nonsense if {\n`],
  ])('%s %j', async (kind, text) => {
    for (const more of [[], ['--json']]) {
      const ran = await run(['read', kind, '-', ...more], { stdin: text })
      expect(ran.out + ran.err).not.toContain(secret)
    }
  })
})

test('control characters of a file do not reach the terminal', async () => {
  const ran = await run(['read', '--haproxy', '-'], { stdin: 'frontend f\n    use_backend \x1b]0;gone\x07\x1b[2J\n' })
  expect(ran.out).not.toMatch(/[\x07\x1b]/)
})

test.each([
  [['read', 'x']],
  [['read', '--fortigate', '--haproxy', 'x']],
  [['read', '--fortigate']],
  [['read', '--fortigate', 'a', 'b']],
])('%j is called wrongly', async (args) => {
  const ran = await run(args)
  expect(ran.code).toBe(2)
  expect(ran.err).toContain('sallyport read')
})

test('a file that is not there is a fault with one sentence', async () => {
  const ran = await run(['read', '--fortigate', '/nowhere/at.all'])
  expect(ran.code).toBe(3)
  expect(ran.err).toBe('/nowhere/at.all cannot be read: it is not there.\n')
})

const corpus = join(import.meta.dirname, '../../../shared/corpus')
test.skipIf(!existsSync(corpus))(
  'every configuration that others wrote is printed back whole (needs ../shared/corpus)',
  async () => {
    for (const [folder, kind] of [
      ['fortios', '--fortigate'],
      ['haproxy', '--haproxy'],
    ] as const) {
      const files = readdirSync(join(corpus, folder), { recursive: true, withFileTypes: true }).filter((one) =>
        one.isFile(),
      )
      expect(files.length).toBeGreaterThan(0)
      for (const file of files.slice(0, 60)) {
        const bytes = readFileSync(join(file.parentPath, file.name))
        const ran = await run(['read', kind, join(file.parentPath, file.name), '--print'])
        expect(ran.bytes.equals(bytes), file.name).toBe(true)
      }
    }
  },
)
