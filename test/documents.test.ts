import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { CHECK_PROBLEMS } from '../src/commands/check-problems.ts'
import { readConfig } from '../src/config.ts'
import { POLICY_PROBLEMS } from '../src/policy/problems.ts'

const ROOT = join(import.meta.dirname, '..')
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'docs/problems.md']

function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
    join(folder, path).replaceAll('\\', '/'),
  )
}

/** Every code that a reader can put into a problem, by the calls and fields that take one. */
function codesInSource(): ReadonlySet<string> {
  const REPORTED =
    /(?:\b(?:report|complain|wrong|bad)\(\s*(?:[^'()]*,\s*)?(?:\{ number: \w+(?:\.\w+)? \},\s*)?|\bcode: (?:.* \? )?)['`]([A-Z][A-Z0-9_]+)(?:\$\{(\w+)\.toUpperCase\(\)\})?['`](?: : '([A-Z_]+)')?/g
  const rooms = ['src/policy', 'src/fortigate', 'src/haproxy', 'src/live', 'src/commands']
  const codes = new Set<string>([...Object.keys(POLICY_PROBLEMS), ...Object.keys(CHECK_PROBLEMS)])
  for (const path of rooms.flatMap(filesBelow).filter((file) => file.endsWith('.ts'))) {
    for (const [, code = '', open, other] of readText(path).matchAll(REPORTED)) {
      // The one code that is put together: MISSING_NEXT or MISSING_END, after what is missing.
      if (open !== undefined) for (const what of ['NEXT', 'END']) codes.add(code + what)
      else for (const one of [code, other ?? code]) codes.add(one)
    }
  }
  return codes
}

describe('docs/problems.md', () => {
  const rows = readText('docs/problems.md').split('\n')
  const explained = new Map(
    rows.flatMap((row) =>
      (/^\| `([A-Z_]+)` \| (.+)$/.exec(row) ? [row.split('`')] : []).map(
        ([, code = '', ...rest]) => [code, rest.join('`')] as const,
      ),
    ),
  )
  const used = codesInSource()

  test('finds the codes of every reader', () => {
    const one = [
      'HOST_BITS',
      'MISSING_END',
      'UNKNOWN_REFERENCE',
      'NO_SUCH_BACKEND',
      'UNMATCHED_QUOTE',
      'HAPROXY_WARNING',
    ]
    expect(one.filter((code) => !used.has(code))).toEqual([])
  })

  test('explains every code that there is', () => {
    expect([...used].filter((code) => !explained.has(code))).toEqual([])
  })

  test('explains none that there is not', () => {
    expect([...explained.keys()].filter((code) => !used.has(code))).toEqual([])
  })

  test('says of each what it means and how to mend it', () => {
    const cells = [...explained].map(([code, rest]) => [code, rest.replace(/^ \| | \|$/g, '').split(' | ')] as const)
    expect(cells.filter(([, [means = '', mend = '']]) => means.length < 15 || mend.length < 7)).toEqual([])
  })

  test.each(Object.entries(CHECK_PROBLEMS))('%s is explained in the words of its table', (code, explanation) => {
    expect(rows.some((row) => row.startsWith(`| \`${code}\` | ${explanation} |`))).toBe(true)
  })
})

describe('README.md', () => {
  const readme = readText('README.md')
  const Package = z.object({ scripts: z.record(z.string(), z.string()) })
  const { scripts } = Package.parse(JSON.parse(readText('package.json')))

  test('names only npm commands that there are', () => {
    const named = DOCUMENTS.flatMap((path) =>
      [...readText(path).matchAll(/\bnpm (?:run (?:-s )?)?([a-z]+)\b/g)].map(([, name = '']) => name),
    )
    expect(named).toContain('start')
    expect([...new Set(named)].filter((name) => !(name in scripts) && name !== 'install' && name !== 'ci')).toEqual([])
  })

  test('names only terminal commands that there are, and each that there is', () => {
    const there = filesBelow('src/commands').flatMap(
      (path) => /^export async function ([a-z]+)Command\b/m.exec(readText(path))?.[1] ?? [],
    )
    const named = [...readme.matchAll(/npm run -s sallyport -- ([a-z]+)/g)].map(([, name = '']) => name)
    expect([...new Set(named)].sort()).toEqual([...new Set(there)].filter((name) => name !== 'start').sort())
  })

  test('has every setting of src/config.ts in its table, and no other', () => {
    const settings = [...readText('src/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): z/gm)].map(([, name = '']) => name)
    const listed = [...readme.matchAll(/^\| `([A-Z][A-Z_]+)` \|/gm)].map(([, name = '']) => name)
    expect(settings.length).toBeGreaterThan(10)
    expect(listed).toEqual(settings)
  })

  test('starts with nothing set, as it says', () => {
    expect(readConfig({})).not.toHaveProperty('wrong')
  })

  test('shows policy files that are written like those of the example', () => {
    const blocks = [...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text)
    expect(blocks.length).toBeGreaterThan(2)
    // Each block of the README is cut from the file it names, so it is right as long as that file is.
    const wrong = blocks.flatMap((block) => {
      const [first = '', ...lines] = block.split('\n')
      const path = /^# (policies\/\S+)/.exec(first)?.[1]
      if (path === undefined) return [`no file is named: ${first}`]
      const file = readText(path)
      return lines.filter(
        (line) => line.trim() !== '' && !line.trim().startsWith('#') && !file.includes(line.replace(/\s+#.*$/, '')),
      )
    })
    expect(wrong).toEqual([])
  })
})

describe('ARCHITECTURE.md', () => {
  const text = readText('ARCHITECTURE.md')

  test('fits on a few screens', () => {
    expect(text.split('\n').length).toBeLessThanOrEqual(151)
  })

  test('names every folder of src/ and every file beside them', () => {
    const there = readdirSync(join(ROOT, 'src'))
    expect(there.filter((name) => !text.includes(`\`${name}\``) && !text.includes(`\`${name}/\``))).toEqual([])
  })

  test('names tests that exist, by their file and their own words', () => {
    const invariants = [...text.matchAll(/`(test\/[\w./-]+\.(?:test|contract)\.ts)`(?:: “([^”]+)”)?/g)]
    expect(invariants.length).toBeGreaterThan(10)
    const wrong = invariants.flatMap(([, path = '', name]) => {
      if (!existsSync(join(ROOT, path))) return [`${path} is not there`]
      return name === undefined || readText(path).includes(name) ? [] : [`${path} has no test “${name}”`]
    })
    expect(wrong).toEqual([])
  })
})

describe.each(DOCUMENTS)('%s', (document) => {
  const text = readText(document)

  test('links to files that exist', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
    const relative = links
      .filter((target) => !/^(?:https?:|mailto:|#)/.test(target))
      .map((target) => target.replace(/#.*$/, ''))
    expect(relative.filter((target) => !existsSync(join(ROOT, dirname(document), target)))).toEqual([])
  })

  test('names files of this repository that exist', () => {
    const named = [...text.matchAll(/`((?:src|test|policies|docs|prompts|scripts|\.ci|\.github)\/[\w./-]+)`/g)].map(
      ([, path = '']) => path,
    )
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })
})
