import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize } from 'node:path'
import { generate } from 'selfsigned'
import { compileLuaStandIn } from '../../haproxy/text/lua-stand-in.ts'
import { type NamedFile, namedFiles } from '../../haproxy/text/named-files.ts'
import { type HaproxyText, readHaproxyText } from '../../haproxy/text.ts'

export type KeyPair = { readonly key: string; readonly cert: string }

/** Where a file lies that the configuration names: below the state folder, wherever its name would lead. */
export function placeOf(dir: string, path: string): string {
  return join(dir, normalize(`/${path}`))
}

/**
 * How file names are spelled in the run copy. Names inside the folder stay, since HAProxy runs there and its Runtime API knows lists by
 * these names; absolute ones lead below the folder; a certificate or page that only the real device has gets a stand-in.
 */
export async function openFilePlaces(dir: string, folder: string, live: HaproxyText) {
  const usable = new Set<string>()
  for (const named of namedFiles(live)) if (await isUsable(dir, named)) usable.add(`${named.role} ${named.path}`)
  await writeFile(join(folder, 'stand-in.lua'), compileLuaStandIn(live))
  return (named: NamedFile): string | undefined => {
    if (named.role === 'base') return folder
    if (named.role === 'certificate-list') return join(folder, 'stand-in.list')
    if (usable.has(`${named.role} ${named.path}`) || STAND_INS[named.role] === undefined)
      return isAbsolute(named.path) || named.path.includes('..') || BASED.has(named.role)
        ? placeOf(dir, named.path)
        : undefined
    return join(folder, STAND_INS[named.role] ?? '')
  }
}

/** Looked up below crt-base and ca-base, unless absolute. */
const BASED: ReadonlySet<string> = new Set(['certificate', 'ca', 'crl'])
const STAND_INS: Readonly<Partial<Record<NamedFile['role'], string>>> = {
  certificate: 'stand-in.pem',
  ca: 'stand-in.pem',
  lua: 'stand-in.lua',
  'error-page': 'stand-in.http',
  content: 'stand-in.txt',
}

async function isUsable(dir: string, { path, role }: NamedFile): Promise<boolean> {
  const text = await readFile(placeOf(dir, path), 'utf8').catch(() => undefined)
  if (text === undefined) return false
  if (role === 'ca') return text.includes('-----BEGIN CERTIFICATE-----')
  return role !== 'certificate' || (text.includes('-----BEGIN CERTIFICATE-----') && /PRIVATE KEY-----/.test(text))
}

/** Writes the stand-ins. The certificate is made for every host name that the configuration speaks of. */
export async function writeStandIns(folder: string, text: string): Promise<KeyPair> {
  const certificate = await generateStandIn(readHaproxyText('', text))
  const pem = join(folder, 'stand-in.pem')
  await writeFile(pem, `${certificate.cert.trimEnd()}\n${certificate.key.trimEnd()}\n`, { mode: 0o600 })
  await writeFile(join(folder, 'stand-in.list'), `${pem}\n`)
  await writeFile(join(folder, 'stand-in.http'), 'HTTP/1.0 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n')
  await writeFile(join(folder, 'stand-in.txt'), '')
  return certificate
}

const MOST_NAMES = 200
async function generateStandIn(text: HaproxyText): Promise<KeyPair> {
  const words = text.lines.flatMap((line) => line.words.map((word) => word.value.toLowerCase()))
  const names = new Set(words.filter((word) => /^(?:\*\.)?(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]+$/.test(word)))
  const altNames = ['localhost', ...names].slice(0, MOST_NAMES).map((value) => ({ type: 2, value }) as const)
  const pair = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames }],
  })
  return { key: pair.private, cert: pair.cert }
}

/** Replaces a file in one step, so that no reader sees half of it. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.new`, text, { mode: 0o600 })
  await rename(`${path}.new`, path)
}

/** Writes a file that is not there yet. */
export async function writeIfAbsent(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}
