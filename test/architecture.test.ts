import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const SRC = join(ROOT, 'src')

/** Every source file by its path below `src/`, with its text. */
const SOURCES: ReadonlyMap<string, string> = new Map(
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.(?:ts|js)$/.test(path))
    .sort()
    .map((path) => [path, readFileSync(join(SRC, path), 'utf8')]),
)
const MODULES = [...SOURCES.keys()].filter((path) => path.endsWith('.ts'))

const ROOMS = ['evidence', 'flow', 'policy', 'language', 'fortigate', 'haproxy', 'edge', 'access', 'drift']
/** The ways and the files they share; each imports ports and pure rooms, and the other ways. */
const WAYS = [
  'heard.ts',
  'ask-back.ts',
  'confirm-request.ts',
  'follow-thread.ts',
  'hear-message.ts',
  'request-access.ts',
  'decide-approval.ts',
  'propose-approved.ts',
  'answer-question.ts',
  'answer-reach.ts',
  'answer-status.ts',
  'answer-drift.ts',
  'investigate-live.ts',
  'keep-time.ts',
  'show-home.ts',
  'conversation.ts',
]
const ADAPTERS = ['slack', 'github', 'llm', 'store', 'live', 'identity']

/**
 * What each room may import: other rooms and files of src/, then packages and modules of Node. A room that is not here may import
 * nothing, so a new one has to be put into the order first. It is narrower than the order of ARCHITECTURE.md where a room needs less.
 */
const MAY_IMPORT: Readonly<Record<string, { readonly ours: readonly string[]; readonly others: readonly string[] }>> = {
  evidence: { ours: [], others: [] },
  flow: { ours: ['evidence'], others: [] },
  policy: { ours: ['evidence', 'flow'], others: ['zod', 'yaml', 'temporal-polyfill'] },
  language: { ours: ['evidence', 'flow', 'policy'], others: ['zod', 'temporal-polyfill'] },
  fortigate: { ours: ['evidence', 'flow'], others: ['zod', 'temporal-polyfill', 'node:crypto'] },
  // `isIP` of node:net and the certificate reader of node:crypto are functions of their text.
  haproxy: { ours: ['evidence', 'flow'], others: ['zod', 'node:crypto', 'node:net'] },
  edge: { ours: ['evidence', 'flow', 'policy', 'fortigate', 'haproxy'], others: [] },
  access: { ours: roomsBefore('access', 'drift'), others: ['zod', 'diff', 'node:crypto'] },
  drift: { ours: roomsBefore('drift', 'access', 'language'), others: ['diff'] },
  'chat-port.ts': { ours: ROOMS, others: [] },
  'ports.ts': { ours: [...ROOMS, 'chat-port.ts'], others: [] },
  ...Object.fromEntries(
    WAYS.map((way) => [way, { ours: [...ROOMS, 'ports.ts', ...WAYS], others: ['zod', 'node:crypto'] }]),
  ),
  slack: adapter('@slack/bolt', 'zod', 'node:crypto', 'node:timers/promises'),
  github: adapter('octokit', 'zod'),
  llm: adapter('openai', 'zod', 'node:crypto', 'node:fs', 'node:timers/promises'),
  store: adapter(
    ...['kysely', 'kysely/migration', 'pg', '@electric-sql/pglite', 'zod'],
    ...['node:crypto', 'node:fs', 'node:path', 'node:sqlite'],
  ),
  live: adapter(
    ...['undici', 'selfsigned', 'zod'],
    ...['node:child_process', 'node:fs/promises', 'node:net', 'node:os', 'node:path', 'node:timers/promises'],
  ),
  identity: adapter(),
  // The laptop's own Slack, GitHub and devices: pure rooms to answer with, and whatever it takes to be a server.
  local: {
    ours: [...ROOMS, 'ports.ts'],
    others: [
      ...['diff', 'isomorphic-git', 'node-diff3', 'selfsigned', 'temporal-polyfill', 'ws', 'zod'],
      ...['node:child_process', 'node:crypto', 'node:fs/promises', 'node:http', 'node:net', 'node:os', 'node:path'],
      ...['node:https', 'node:stream', 'node:timers/promises', 'node:tls', 'node:worker_threads'],
    ],
  },
  'config.ts': { ours: [], others: ['zod'] },
  commands: {
    ours: [...ROOMS, 'ports.ts', ...WAYS, 'config.ts', 'live', 'llm', 'main.ts'],
    others: ['zod', 'diff', 'node:fs/promises', 'node:path', 'node:string_decoder', 'node:util'],
  },
  'main.ts': {
    ours: [...ROOMS, 'ports.ts', ...WAYS, ...ADAPTERS, 'local', 'config.ts'],
    others: ['pino', 'node:fs/promises', 'node:path', 'node:util'],
  },
  'cli.ts': { ours: ['commands', 'evidence', 'language', 'policy'], others: [] },
}

/** The folders inside of a device's room: each may import those before it. The files beside them are its doors, which may import all. */
const INSIDE: Readonly<Record<string, readonly string[]>> = {
  fortigate: ['text', 'config', 'meaning', 'packet', 'compile'],
  haproxy: ['text', 'grammar', 'config', 'samples', 'check', 'texts', 'meaning', 'compile'],
}

function roomsBefore(...not: readonly string[]): readonly string[] {
  return ROOMS.filter((room) => !not.includes(room))
}

function adapter(...others: readonly string[]) {
  return { ours: [...ROOMS, 'ports.ts'], others }
}

/** `slack/cards.ts` is in the room `slack`; a file directly in src/ is a room of its own. */
function roomOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : path
}

/** Static, dynamic, type-only, re-exporting and side-effect imports alike; biome keeps the quotes single. */
const IMPORT = /^(?:import|export)\b(?:[^'";]*?\bfrom)?\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm

function importsOf(path: string, text = SOURCES.get(path) ?? ''): readonly string[] {
  return [...text.matchAll(IMPORT)].map(([, fixed, dynamic]) => fixed ?? dynamic ?? '')
}

/** What is wrong with one import of a file; undefined when it is allowed. */
function wrongImport(path: string, specifier: string): string | undefined {
  const room = roomOf(path)
  const allowed = MAY_IMPORT[room]
  if (!allowed) return `src/${path} is in no room that test/architecture.test.ts knows`
  if (!specifier.startsWith('.')) {
    return allowed.others.includes(specifier) ? undefined : `src/${path} imports ${specifier}`
  }
  const target = roomOf(posix.join(posix.dirname(path), specifier))
  return target === room || allowed.ours.includes(target) ? undefined : `src/${path} imports src/${target}`
}

/** The code without comments and without what stands in quotes: rules about code do not concern words. */
function codeOf(path: string): string {
  return (SOURCES.get(path) ?? '')
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ''))
    .replaceAll(/(^|[^:'"`\\])\/\/.*$/gm, '$1')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''")
}

/** Every line of the files on which the pattern stands, as `src/file:line  text`. */
function linesWith(pattern: RegExp, paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) =>
    codeOf(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`src/${path}:${index + 1}  ${line.trim()}`] : [])),
  )
}

describe('imports', () => {
  test('go one way only', () => {
    const wrong = MODULES.flatMap((path) => importsOf(path).flatMap((specifier) => wrongImport(path, specifier) ?? []))
    expect(wrong).toEqual([])
  })

  test('go one way inside of a device, too: text, its configuration, what it means, what is written', () => {
    const against = MODULES.flatMap((path) => {
      const [room = '', folder = '', file] = path.split('/')
      const order = INSIDE[room]
      if (order === undefined || file === undefined) return []
      if (!order.includes(folder)) return [`src/${path} is in no folder that test/architecture.test.ts knows`]
      return importsOf(path).flatMap((specifier) => {
        const [there, other = '', inner] = posix.join(posix.dirname(path), specifier).split('/')
        const wrong = there === room && inner !== undefined && order.indexOf(other) > order.indexOf(folder)
        return wrong ? [`src/${path} imports ${specifier}`] : []
      })
    })
    expect(against).toEqual([])
  })

  test('an import against the order is seen, however it is written', () => {
    const ways = [
      "import { a } from '../slack/cards.ts'",
      "import {\n  a,\n  b,\n} from '../slack/cards.ts'",
      "import type { A } from '../slack/cards.ts'",
      "export { a } from '../slack/cards.ts'",
      "export * from '../slack/cards.ts'",
      "import '../slack/cards.ts'",
      "const { a } = await import('../slack/cards.ts')",
    ]
    const seen = ways.map((text) =>
      importsOf('flow/x.ts', text).map((specifier) => wrongImport('flow/x.ts', specifier)),
    )
    expect(seen).toEqual(ways.map(() => ['src/flow/x.ts imports src/slack']))
    expect(wrongImport('flow/x.ts', 'node:fs')).toBe('src/flow/x.ts imports node:fs')
    expect(wrongImport('github/x.ts', '../slack/cards.ts')).toBe('src/github/x.ts imports src/slack')
    expect(wrongImport('cellar/x.ts', 'zod')).toContain('in no room')
  })

  test('name the file with its ending', () => {
    const wrong = MODULES.flatMap((path) =>
      importsOf(path).filter((specifier) => specifier.startsWith('.') && !specifier.endsWith('.ts')),
    )
    expect(wrong).toEqual([])
  })
})

describe('pure rooms', () => {
  const pure = MODULES.filter((path) => ROOMS.includes(roomOf(path)) || path === 'ports.ts')

  test('know no clock, chance, environment, network or terminal', () => {
    const world =
      /\bDate\.now\(|\bnew Date\(\)|\bTemporal\.Now\b|\bperformance\.|\bMath\.random\(|\bprocess\.|\bset(?:Timeout|Interval|Immediate)\(|\bfetch\(|\bconsole\./
    expect(linesWith(world, pure)).toEqual([])
  })

  test('keep words of one device out of what is about both', () => {
    const words = /\b(?:srcaddr|dstaddr|srcintf|dstintf|http_request|http-request|use_backend|default_backend)\b/
    const own = ['fortigate', 'haproxy', 'live', 'local', 'language']
    expect(
      linesWith(
        words,
        MODULES.filter((path) => !own.includes(roomOf(path))),
      ),
    ).toEqual([])
  })
})

describe('importing', () => {
  test('has no effect: no variable of the environment is read, nothing is written, started, printed or left open', async () => {
    const paths = MODULES.filter((path) => path !== 'cli.ts')
    expect(await importAll(ROOT, paths)).toEqual({ imported: paths.length, read: [], open: [] })
  })

  test('an effect is seen, whichever it is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-architecture-'))
    await mkdir(join(folder, 'src'))
    const effects: Readonly<Record<string, string>> = {
      'reads.ts': 'export const home = process.env.HOME',
      'ticks.ts': 'setInterval(() => {}, 1000)',
      'writes.ts': "import { writeFileSync } from 'node:fs'\nwriteFileSync('x', 'x')",
      'starts.ts': "import { execFileSync } from 'node:child_process'\nexecFileSync('true')",
      'prints.ts': "console.error('hello')",
    }
    for (const [path, text] of Object.entries(effects)) await writeFile(join(folder, 'src', path), text)
    const read: unknown = [expect.stringContaining('HOME')]
    try {
      expect(await importAll(folder, ['reads.ts'])).toEqual({ imported: 1, read, open: [] })
      expect(await importAll(folder, ['ticks.ts'])).toEqual({ imported: 1, read: [], open: ['Timeout'] })
      await expect(importAll(folder, ['writes.ts'])).rejects.toThrow('ERR_ACCESS_DENIED')
      await expect(importAll(folder, ['starts.ts'])).rejects.toThrow('ERR_ACCESS_DENIED')
      await expect(importAll(folder, ['prints.ts'])).rejects.toThrow('hello')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('leaves no changeable state behind but remembered results', () => {
    expect(
      linesWith(/^(?:export )?(?:let|var) |^(?:export )?const \w+[^=]*= new (?:Map|Set)(?:<.*>)?\(\)/, MODULES),
    ).toEqual([])
  })
})

describe('files', () => {
  test('are called after what they hold, in kebab-case; none is a drawer for the rest', () => {
    const drawers = /^(?:utils?|helpers?|commons?|misc|lib|shared|index|types|constants)$/
    const names = [...SOURCES.keys()].flatMap((path) => path.replace(/\.(?:ts|js)$/, '').split('/'))
    expect(names.filter((name) => drawers.test(name) || !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name))).toEqual([])
  })

  test('export by name', () => {
    expect(linesWith(/^export default\b|^export \* from\b/, [...SOURCES.keys()])).toEqual([])
  })

  test('stay within 500 lines, nine in ten within 300, half within 120', () => {
    const sizes = [...SOURCES].map(([path, text]) => ({ path, lines: text.split('\n').length - 1 }))
    expect(sizes.filter(({ lines }) => lines > 500)).toEqual([])
    expect(sizes.filter(({ lines }) => lines > 300).map(({ path }) => path)).toEqual(Object.keys(LONG).sort())
    const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b)
    expect(sorted[Math.floor(sorted.length * 0.9)]).toBeLessThanOrEqual(300)
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(120)
  })

  test('keep the compiler’s word: no any, no `!`, no silenced check', () => {
    expect(linesWith(/\bas any\b|[\w)\]?]: any\b|<any>|\bas unknown as\b|[\w)\]]!(?=[.;,)\]]|$)/, MODULES)).toEqual([])
    const silenced = MODULES.filter((path) =>
      /biome-ignore|@ts-(?:ignore|expect-error|nocheck)/.test(SOURCES.get(path) ?? ''),
    )
    expect(silenced).toEqual([])
    expect(linesWith(/^\s*(?:export )?(?:const )?enum \w|^\s*(?:export )?namespace \w/, MODULES)).toEqual([])
  })
})

/** Files over 300 lines, each with why it is one piece. A file that shrinks has to leave the list. */
const LONG: Readonly<Record<string, string>> = {
  'flow/text-set.ts': 'one algebra on one automaton: product, minimising, witness and printing share its invariant',
  'haproxy/check/proxy-line.ts': 'what HAProxy refuses in a line, one short check a keyword',
  'haproxy/check/rule.ts': 'what actions take, a table and one reader an action',
  'haproxy/compile.ts': 'finding the guard, writing one grant and taking it back belong to one contract',
  'haproxy/config/rules.ts': 'the actions of rules, each read by position',
  'haproxy/grammar/sample-words.ts': 'the table of all fetches and converters',
}

/** Imports the modules in a process that may read files and nothing else, and answers what they did besides. */
async function importAll(root: string, paths: readonly string[]): Promise<unknown> {
  const script = `
    const read = new Set()
    const environment = process.env
    // Only direct reads of ours count: packages look for DEBUG, NO_COLOR and the like.
    const caller = () => (new Error().stack ?? '').split('\\n').slice(4)[0] ?? ''
    const note = (name) => {
      const line = caller()
      if (line.includes('/src/') && !line.includes('/node_modules/')) read.add(String(name) + line)
    }
    Object.defineProperty(process, 'env', { value: new Proxy(environment, {
      get: (target, name) => (note(name), Reflect.get(target, name)),
      has: (target, name) => (note(name), Reflect.has(target, name)),
      ownKeys: (target) => (note('*'), Reflect.ownKeys(target)),
    }) })
    // Looking at a standard stream opens it; packages do, to see whether it is a terminal.
    void [process.stdin, process.stdout, process.stderr]
    const open = process.getActiveResourcesInfo()
    for (const path of ${JSON.stringify(paths)}) await import('./src/' + path)
    const now = process.getActiveResourcesInfo()
    for (const one of open) if (now.includes(one)) now.splice(now.indexOf(one), 1)
    const said = JSON.stringify({ imported: ${paths.length}, read: [...read], open: now })
    process.stdout.write(said, () => process.exit(0))`
  const args = ['--permission', '--allow-fs-read=*', '--no-warnings', '--input-type=module', '--eval', script]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 60_000 })
  if (stderr !== '') throw new Error(`importing wrote: ${stderr.slice(0, 2000)}`)
  return JSON.parse(stdout)
}
