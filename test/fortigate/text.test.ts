import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redactFortigate } from '../../src/fortigate/text/redact.ts'
import { printFortiText, readFortiText } from '../../src/fortigate/text.ts'

const CORPUS = join(import.meta.dirname, '../../../shared/corpus/fortios')

function statements(text: string): string[] {
  return readFortiText('fw.conf', text).statements.map(({ kind, words }) => [kind, ...words].join('|'))
}
function problems(text: string): string[] {
  return readFortiText('fw.conf', text).problems.map(({ code, line }) => `${line} ${code}`)
}

describe('reading statements', () => {
  test('quotes, escapes, empty strings and continued lines are words', () => {
    expect(statements('set comment "a \\"b\\" \\\\ c"\n')).toEqual(['set|comment|a "b" \\ c'])
    expect(statements("set buffer ''\n")).toEqual(['set|buffer|'])
    expect(statements('edit Security\\ Admin\n')).toEqual(['edit|Security Admin'])
    expect(statements('set member a \\\n  b\nnext')).toEqual(['set|member|a|b', 'next'])
    expect(statements('rename "old" to "new"_1')).toEqual(['rename|old|to|new_1'])
    expect(statements("set x 'a\\' b")).toEqual(['set|x|a\\|b'])
  })

  test('a quoted value may hold lines that look like statements', () => {
    const text = 'set buffer "<p>\nconfig system global\nend\n# no comment\n</p>"\nset x 1\n'
    const read = readFortiText('fw.conf', text)
    expect(read.statements.map(({ kind, line }) => `${kind} ${line}`)).toEqual(['set 1', 'set 6'])
    expect(read.problems).toEqual([])
  })

  test('abbreviated verbs are read and unknown lines are kept with a problem', () => {
    expect(statements('conf sys glo\nend\n')).toEqual(['config|sys|glo', 'end'])
    expect(problems('uns x\n')).toEqual(['1 UNKNOWN_LINE'])
    expect(statements('  # config x\n\r\nset a b\r\n')).toEqual(['comment', 'blank', 'set|a|b'])
  })

  test('end closes an open edit, and blocks know what closes them', () => {
    const read = readFortiText(
      'fw.conf',
      'config vdom\nedit root\nconfig system settings\nend\nend\nconfig vdom\nend\n',
    )
    expect(read.problems).toEqual([])
    expect(read.closedBy).toEqual([4, 4, 3, -1, -1, 6, -1])
    expect(read.statements.map(({ parent }) => parent)).toEqual([-1, 0, 1, 2, 0, -1, 5])
  })
})

describe('broken text', () => {
  test('says where and reads on', () => {
    expect(problems('next\nend\nedit 1\n')).toEqual(['1 STRAY_NEXT', '2 STRAY_END', '3 STRAY_EDIT'])
    expect(problems('config firewall policy\nedit 1\nedit 2\nnext\nend')).toEqual(['3 MISSING_NEXT'])
    expect(problems('config firewall policy\nedit 1\nnext\nconfig firewall address\nend')).toEqual(['4 MISSING_END'])
    expect(problems('config firewall vip\nedit a\nconfig realservers\nnext\nend')).toEqual(['4 MISSING_END'])
    expect(problems('config firewall policy\nedit 1\n')).toEqual(['1 UNCLOSED_BLOCK', '2 UNCLOSED_BLOCK'])
  })

  test('a forgotten quote costs its own line and no other', () => {
    const text = 'set comment "oops\nset name "b"\nset other "c"\nend\n'
    expect(problems(text)).toEqual(['1 UNCLOSED_QUOTE', '4 STRAY_END'])
    expect(statements(text).slice(1)).toEqual(['set|name|b', 'set|other|c', 'end'])
    expect(problems('set comment "oops\nset x 1\n')).toEqual(['1 UNCLOSED_QUOTE'])
  })

  test('depth costs no stack and unmatched quotes cost no quadratic time', () => {
    expect(readFortiText('x', 'config a\n'.repeat(200_000)).statements).toHaveLength(200_000)
    expect(readFortiText('x', 'set "a\n'.repeat(100_001)).statements.length).toBeGreaterThan(50_000)
    expect(
      readFortiText('x', `${"set 'a\n".repeat(50_001)}${'set "a\n'.repeat(50_001)}`).problems.length,
    ).toBeGreaterThan(1)
  })
})

describe('printing', () => {
  const piece = fc.constantFrom(
    'config ',
    'edit ',
    'set ',
    'next',
    'end',
    '"',
    "'",
    '\\',
    '\n',
    '\r\n',
    ' ',
    '#',
    'a b',
    '\t',
  )
  test('gives back any text byte for byte', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 60 }).map((all) => all.join('')),
        ),
        (text) => {
          const read = readFortiText('x', text)
          expect(printFortiText(read)).toBe(text)
          let line = 1
          for (const statement of read.statements) {
            expect(statement.line).toBe(line)
            line += text.slice(statement.from, statement.to).split('\n').length - 1
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  test.skipIf(!existsSync(CORPUS))(
    'gives back every configuration of the corpus (skipped where ../shared is absent)',
    () => {
      const files = readdirSync(CORPUS, { recursive: true, encoding: 'utf8' }).map((name) => join(CORPUS, name))
      for (const file of files.filter((name) => statSync(name).isFile())) {
        const text = readFileSync(file, 'latin1')
        expect(printFortiText(readFortiText(file, text)) === text, file).toBe(true)
      }
    },
  )
})

describe('redaction', () => {
  const redacted = (text: string) => redactFortigate(text)
  test('secrets go, the line and its neighbours stay', () => {
    expect(redacted('    set password ENC SH2abc+/=\n    set alias "x"\n')).toBe(
      '    set password ENC REDACTED\n    set alias "x"\n',
    )
    expect(redacted('set psksecret "hunter two"\n')).toBe('set psksecret REDACTED\n')
    expect(redacted('set auth-pwd hunter2')).toBe('set auth-pwd REDACTED')
    expect(redacted('set history0 ENC abc=\n')).not.toContain('abc')
    expect(redacted('set md5-key 1 "hunter2"\n')).not.toContain('hunter2')
    expect(redacted('set password-policy enable\nset key-id 3\n')).toBe('set password-policy enable\nset key-id 3\n')
  })

  test('a private key over several lines keeps its line count', () => {
    const key =
      'set private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIabc\ndef==\n-----END ENCRYPTED PRIVATE KEY-----"\nend\n'
    const out = redacted(key)
    expect(out).not.toMatch(/MIIabc|def==/)
    expect(out.split('\n')).toHaveLength(key.split('\n').length)
    expect(readFortiText('x', out).statements.map(({ line }) => line)).toEqual([1, 5])
  })

  test('broken lines do not leak what a whole line would not', () => {
    expect(redacted('set password "hunter2\nset psksecret hunter3"x\n')).not.toMatch(/hunter/)
    expect(redacted('# password hunter2\npassword: hunter3\n')).not.toMatch(/hunter/)
    expect(redacted('set private-key "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n')).not.toMatch(/hunter/)
  })

  test('with a key a secret leaves a fingerprint: equal for equal secrets, another for another, nothing to find it by', () => {
    const marked = (text: string, key = 'k1') => redactFortigate(text, key)
    const one = marked('set psksecret "hunter two"\n')
    expect(one).toMatch(/^set psksecret REDACTED:[0-9a-f]{12}\n$/)
    expect(marked('    set psksecret "hunter two"\n').trim()).toBe(one.trim())
    expect(marked('set psksecret "hunter three"\n')).not.toBe(one)
    expect(marked('set psksecret "hunter two"\n', 'k2')).not.toBe(one)
    expect(marked('set password ENC SH2abc+/=\n')).toMatch(/^set password ENC REDACTED:[0-9a-f]{12}\n$/)
    expect(marked('set other ENC SH2abc+/=\n')).toMatch(/^set other ENC REDACTED:[0-9a-f]{12}\n$/)
    const pem = '-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY-----'
    const block = marked(`set private-key "${pem}"\nend\n`)
    expect(block).not.toContain('MIIabc')
    expect(block.split('\n')).toHaveLength(5)
    expect(marked(block)).toBe(block)
    expect(marked(`set private-key "${pem.replace('MIIabc', 'MIIabd')}"\nend\n`)).not.toBe(block)
  })

  test('a keyed redaction hides what the plain one hides', () => {
    const word = fc.constantFrom('set ', 'password ', 'ENC ', 'hunter2', '"', '\n', 'psksecret ', '\\', ' ', '#', "'")
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 30 }).map((all) => all.join('')),
        (text) => {
          const keyed = redactFortigate(text, 'key')
          expect(keyed.replaceAll(/REDACTED:[0-9a-f]{12}/g, 'REDACTED')).toBe(redactFortigate(text))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('redacting twice changes nothing, and lines are never lost', () => {
    const word = fc.constantFrom(
      'set ',
      'password ',
      'psksecret ',
      'ENC ',
      'abc',
      '"',
      '\n',
      'key ',
      '-----BEGIN X-----',
      '\\',
      ' ',
    )
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 40 }).map((all) => all.join('')),
        (text) => {
          expect(redacted(text).split('\n')).toHaveLength(text.split('\n').length)
        },
      ),
    )
  })
})
