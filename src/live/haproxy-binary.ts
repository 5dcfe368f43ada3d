import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { Fault } from '../evidence/fault.ts'
import type { Problem } from '../evidence/problem.ts'
import { compileLuaStandIn } from '../haproxy/text/lua-stand-in.ts'
import { type FileRole, namedFiles, replaceFileNames } from '../haproxy/text/named-files.ts'
import { type HaproxyText, readHaproxyText } from '../haproxy/text.ts'
import type { HaproxyCheck } from '../ports.ts'
import { readHaproxyLog } from './haproxy-log.ts'

const TIMEOUT_MS = 10_000
const OUTPUT_LIMIT_BYTES = 4 * 1024 * 1024
/** Debian keeps it in sbin, which an ordinary user's PATH leaves out. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin'

/** `haproxy -c` on a private copy: nothing of the machine's own HAProxy is read or touched. */
export function openHaproxyCheck(
  options: { readonly binary?: string; readonly timeoutMs?: number } = {},
): HaproxyCheck {
  const { binary = 'haproxy', timeoutMs = TIMEOUT_MS } = options
  let standIn: Promise<string> | undefined
  const certificate = () => {
    standIn ??= generateStandIn()
    return standIn
  }
  return {
    async check(file, text, files) {
      const folder = await mkdtemp(join(tmpdir(), 'sallyport-check-'))
      try {
        const read = readHaproxyText(file, text)
        const copy = await layOut(folder, read, files, certificate)
        const ran = await run(binary, copy.path, folder, timeoutMs)
        if (ran === 'not-installed') return { verdict: 'not-installed' }
        const { alerts, warnings } = readHaproxyLog(read, restoreNames(ran.output, copy.names), copy.path)
        if (ran.code === 0) return { verdict: 'valid', warnings: [...warnings, ...unseenScripts(read, files)] }
        return { verdict: 'invalid', alerts: alerts.length > 0 ? alerts : [unexplained(file, ran.code)] }
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

/** Scripts that had a stand-in: said as warnings, because with them something was not checked. */
function unseenScripts(text: HaproxyText, files: ReadonlyMap<string, string>): Problem[] {
  return namedFiles(text)
    .filter(({ path, role }) => role === 'lua' && findFile(files, path) === undefined)
    .map(({ path, line }) => ({
      code: 'HAPROXY_UNCHECKED',
      file: text.file,
      line,
      column: 0,
      message: `the script ${path} is not at hand, so what it does and which names it knows was not checked`,
      severity: 'warning' as const,
    }))
}

function unexplained(file: string, code: number): Problem {
  // haproxy -c leaves with 2 when it found no error and nothing that listens.
  const message =
    code === 2 ? 'nothing in this configuration listens, so HAProxy will not start' : 'HAProxy refuses this'
  return { code: 'HAPROXY_ALERT', file, line: 1, column: 0, message, severity: 'error' }
}

type Copy = { readonly path: string; readonly names: ReadonlyMap<string, string> }

/** Writes the copy: same lines, but every file name leads into the folder, where what is missing has a stand-in. */
async function layOut(
  folder: string,
  text: HaproxyText,
  files: ReadonlyMap<string, string>,
  certificate: () => Promise<string>,
): Promise<Copy> {
  const names = new Map<string, string>()
  const wanted = new Map<string, { readonly path: string; readonly role: FileRole }>()
  const lines = replaceFileNames(text, ({ path, role }) => {
    const copy = join(folder, `file-${wanted.size}${role === 'certificate' ? '.pem' : ''}`)
    wanted.set(copy, { path, role })
    names.set(copy, path)
    return copy
  })
  for (const [copy, { path, role }] of wanted) {
    const own = findFile(files, path)
    if (role === 'base') await mkdir(copy)
    else if (own !== undefined && !(role === 'certificate' && !isKeyPair(own)) && role !== 'certificate-list')
      await writeFile(copy, own, { mode: 0o600 })
    else {
      const content = role === 'lua' ? compileLuaStandIn(text) : await standInFor(role, certificate)
      if (content === undefined) continue
      if (role === 'certificate-list') {
        await writeFile(`${copy}.pem`, content, { mode: 0o600 })
        await writeFile(copy, `${copy}.pem\n`, { mode: 0o600 })
      } else await writeFile(copy, content, { mode: 0o600 })
    }
  }
  const path = join(folder, 'haproxy.cfg')
  await writeFile(path, text.lines.map((line, index) => tolerate(text, index, lines[index] ?? line.raw)).join(''), {
    mode: 0o600,
  })
  return { path, names }
}

/** What may stand in for a file that lives only on the device. Lists and maps have none: the configuration declares them, so they must be there. */
async function standInFor(role: FileRole, certificate: () => Promise<string>): Promise<string | undefined> {
  if (role === 'certificate' || role === 'certificate-list' || role === 'ca') return certificate()
  if (role === 'error-page') return 'HTTP/1.0 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n'
  if (role === 'content') return ''
  return undefined
}

/** Lines that concern the machine and not the configuration: users it may not have, folders it may not open. */
const MACHINE_WORDS = new Set([
  'user',
  'group',
  'uid',
  'gid',
  'chroot',
  'pidfile',
  'server-state-file',
  'ssl-dh-param-file',
])

function tolerate(text: HaproxyText, index: number, raw: string): string {
  const line = text.lines[index]
  const section = text.sections.find(({ from, to }) => index > from && index < to)
  const first = line?.words[0]?.value ?? ''
  if (section?.keyword === 'global' && MACHINE_WORDS.has(first)) return `# ${raw.trimStart()}`
  // With our absolute names `default-path` has nothing left to say, and `origin` would name a folder of another machine.
  if (section?.keyword === 'global' && first === 'default-path') return `# ${raw.trimStart()}`
  if ((first === 'server' || first === 'server-template') && line && hasHostName(line.words.map((word) => word.value)))
    return raw.replace(/(\s*(?:#.*)?\r?\n?)$/, (end) => ` init-addr none${end}`)
  return raw
}

/** A server whose name only the device's own resolver knows must not fail the check here. */
function hasHostName(words: readonly string[]): boolean {
  const address = words[words[0] === 'server-template' ? 3 : 2] ?? ''
  const host = address.replace(/^(?:ipv[46]@)/, '').replace(/:[-+]?\d*$/, '')
  return /^[A-Za-z0-9_][\w.-]*$/.test(host) && /[A-Za-z_]/.test(host) && !words.includes('init-addr')
}

function findFile(files: ReadonlyMap<string, string>, path: string): string | undefined {
  const exact = files.get(path)
  if (exact !== undefined) return exact
  const tail = path.replace(/^\.?\/+/, '')
  const endings = [...files.keys()].filter((key) => key.endsWith(`/${tail}`) || path.endsWith(`/${key}`))
  return endings.length === 1 ? files.get(endings[0] ?? '') : undefined
}

function isKeyPair(text: string): boolean {
  return (
    /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(text) &&
    /-----END [A-Z ]*PRIVATE KEY-----/.test(text)
  )
}

async function generateStandIn(): Promise<string> {
  const pair = await generate([{ name: 'commonName', value: 'stand-in.invalid' }], {
    keySize: 2048,
    algorithm: 'sha256',
  })
  return pair.cert.trimEnd().concat('\n', pair.private.trimEnd(), '\n')
}

function run(binary: string, path: string, folder: string, timeoutMs: number) {
  return new Promise<'not-installed' | { code: number; output: string }>((resolve, reject) => {
    const options = {
      cwd: folder,
      env: { PATH },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: OUTPUT_LIMIT_BYTES,
    } as const
    execFile(binary, ['-c', '-f', path], options, (error, stdout, stderr) => {
      const output = `${stdout}\n${stderr}`
      if (!error) return resolve({ code: 0, output })
      if (error.code === 'ENOENT' || error.code === 'EACCES') return resolve('not-installed')
      if (typeof error.code === 'number') return resolve({ code: error.code, output })
      const why = error.killed ? `did not finish within ${timeoutMs / 1000} seconds` : 'broke off'
      return reject(new Fault('haproxy-check', `The check of the HAProxy configuration ${why}.`, error))
    })
  })
}

function restoreNames(output: string, names: ReadonlyMap<string, string>): string {
  let restored = output
  // Longest first: file-1 begins like file-10.
  for (const copy of [...names.keys()].sort((a, b) => b.length - a.length))
    restored = restored.replaceAll(copy, names.get(copy) ?? copy)
  return restored
}
