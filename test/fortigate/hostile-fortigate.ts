import { deepStrictEqual } from 'node:assert'
import { readFortigate } from '../../src/fortigate/config.ts'
import { redactFortigate } from '../../src/fortigate/text/redact.ts'
import { printFortiText, readFortiText } from '../../src/fortigate/text.ts'

/** Texts made to be slow, of about this many lines each. */
export const HOSTILE: Readonly<Record<string, (lines: number) => string>> = {
  'deep nesting': (n) => 'config a\nedit 1\n'.repeat(n / 2),
  'thousands of ends': (n) => 'end\nnext\n'.repeat(n / 2),
  'sections never closed': (n) => 'config firewall policy\nedit 1\nconfig x\n'.repeat(n / 3),
  'quotes never closed': (n) => 'set comment "a\n'.repeat(n),
  'quotes of both kinds': (n) => `${"set a 'x\n".repeat(n / 2)}${'set a "x\n'.repeat(n / 2)}`,
  'secrets never closed': (n) => `set password "a\n${'b c\n'.repeat(n)}`,
  backslashes: (n) => 'set a \\\n'.repeat(n),
  'escapes in one line': (n) => `set a "${'\\"'.repeat(n * 5)}"\n`,
  'one huge line': (n) => `set a ${'b '.repeat(n * 5)}\n`,
  'one huge word': (n) => `set a "${'b'.repeat(n * 10)}"\n`,
  'one line of quotes': (n) => `set a ${'"b" x"c" '.repeat(n)}\n`,
  'unknown lines': (n) => 'what is this\n'.repeat(n),
  prompts: (n) => 'FGT-1 (policy) # show\n'.repeat(n),
  pagers: (n) => `${'--More-- '.repeat(n)}\n`,
  'append to one list': (n) =>
    inTable('firewall addrgrp', `edit "g"\n${times(n, (i) => `append member "m${i}"\n`)}next\n`),
  'append and unselect': (n) =>
    inTable(
      'firewall addrgrp',
      `edit "g"\n${times(n / 2, (i) => `append member "m${i}"\nunselect member "m${i - 1}"\n`)}next\n`,
    ),
  'append to many': (n) => inTable('firewall addrgrp', `edit "g"\n${times(n, (i) => `append m${i} "m${i}"\n`)}next\n`),
  'attributes of one entry': (n) =>
    inTable('firewall address', `edit "a"\n${times(n, (i) => `set a${i} ${i}\n`)}next\n`),
  'an odd attribute each': (n) =>
    inTable(
      'firewall address',
      times(n / 3, (i) => `edit "a${i}"\nset odd${i} 1\nnext\n`),
    ),
  moves: (n) =>
    inTable(
      'firewall policy',
      times(n / 3, (i) => `edit ${i + 1}\nnext\n`) +
        times(n / 3, (i) => `move ${i + 1} after ${((i * 7) % ((n / 3) | 0)) + 1}\n`),
    ),
  clones: (n) =>
    inTable('firewall policy', `edit 1\nset name "a"\nnext\n${times(n, (i) => `clone ${i + 1} to ${i + 2}\n`)}`),
  'clones with tables': (n) =>
    inTable(
      'firewall vip',
      `edit "0"\nconfig realservers\n${times(n / 3, (i) => `edit ${i + 1}\nnext\n`)}end\nnext\n${times(n / 3, (i) => `clone "${i}" to "${i + 1}"\n`)}`,
    ),
  renames: (n) =>
    inTable('firewall address', `edit "a0"\nnext\n${times(n / 2, (i) => `rename "a${i}" to "a${i + 1}"\n`)}`) +
    inTable(
      'firewall addrgrp',
      times(n / 6, (i) => `edit "g${i}"\nset member "a0"\nnext\n`),
    ),
  'there and back': (n) =>
    inTable(
      'firewall addrgrp',
      times(n / 6, (i) => `edit "g${i}"\nset member "a"\nnext\n`),
    ) + inTable('firewall address', `edit "a"\nnext\n${times(n / 4, () => 'rename "a" to "b"\nrename "b" to "a"\n')}`),
  'numbers that are free': (n) =>
    inTable(
      'router static',
      times(n / 3, (i) => `edit 0\nnext\ndelete ${i % 2 ? 1 : i}\n`),
    ),
  'created and deleted': (n) =>
    inTable(
      'firewall policy',
      times(n / 3, (i) => `edit ${i + 1}\nnext\ndelete ${i + 1}\n`),
    ),
  'groups in groups': (n) =>
    inTable(
      'firewall addrgrp',
      times(n / 3, (i) => `edit "g${i}"\nset member "g${i + 1}" "g${i + 2}"\nnext\n`),
    ),
  'sections again and again': (n) => times(n / 4, (i) => `config firewall policy\nedit ${i + 1}\nnext\nend\n`),
  'shortened sections': (n) => times(n / 2, (i) => `conf sys x${i}\nend\n`),
  'words that fall together': (n) => times(n, (i) => `set ${collider(i)} 1\n`),
}

/** Reads, prints, models and redacts a text, and sees that nothing of it is lost. */
export function readAll(text: string): void {
  const tree = readFortiText('fw.conf', text)
  deepStrictEqual(printFortiText(tree), text)
  void readFortigate({ id: 'fw' }, 'fw.conf', text).coverage.lines
  deepStrictEqual(redactFortigate(text).split('\n').length, text.split('\n').length)
}

/** How many times longer the largest text takes for each of its characters than the one a quarter of its size; the best of some tries. */
export function growthOf(make: (lines: number) => string, lines: number, tries: number): number {
  const [small, large] = [make(lines), make(lines * 4)]
  const best = (text: string) => {
    const times = Array.from({ length: tries }, () => {
      const start = performance.now()
      readAll(text)
      return performance.now() - start
    })
    return Math.min(...times) / text.length
  }
  best(small)
  return best(large) / best(small)
}

function inTable(path: string, inside: string): string {
  return `config ${path}\n${inside}end\n`
}

function times(count: number, line: (index: number) => string): string {
  return Array.from({ length: Math.floor(count) }, (_, index) => line(index)).join('')
}

/** Words of two letters a digit that are one number to a careless hash: `ab` and `bA` under times-33. */
function collider(index: number): string {
  return [...index.toString(2).padStart(17, '0')].map((bit) => (bit === '0' ? 'ab' : 'bC')).join('')
}
