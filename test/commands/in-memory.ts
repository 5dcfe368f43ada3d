import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../src/cli.ts'

export const POLICIES = join(import.meta.dirname, '../../policies')
export const FIREWALL = join(POLICIES, 'devices/edge-fw.conf')
export const BALANCER = join(POLICIES, 'devices/edge-lb.cfg')
const NOW = '2026-11-23T10:00:00+01:00'

export type Ran = {
  readonly code: number
  readonly out: string
  readonly bytes: Buffer
  readonly err: string
  readonly lines: readonly string[]
}

/** Runs a command in memory, with nothing set in the environment and the clock stopped. */
export async function run(
  args: readonly string[],
  given: { readonly stdin?: string | Uint8Array; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  const out: Buffer[] = []
  const err: Buffer[] = []
  const into = (list: Buffer[]) => async (chunk: string | Uint8Array) => {
    list.push(Buffer.from(chunk))
  }
  const code = await runCommand(args, {
    stdin: chunksOf(Buffer.from(given.stdin ?? '')),
    stdout: into(out),
    stderr: into(err),
    env: given.env ?? {},
    now: () => new Date(NOW),
  })
  const bytes = Buffer.concat(out)
  const text = bytes.toString('utf8')
  return { code, bytes, out: text, err: Buffer.concat(err).toString('utf8'), lines: text.trimEnd().split('\n') }
}

/** Cut at odd places, as pipes cut. */
async function* chunksOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 37) yield bytes.subarray(at, at + 37)
}

/** A copy of the example edge repository with some of its text replaced; every replacement must apply. */
export function changedExample(
  edits: Readonly<Record<string, readonly (readonly [find: string, replace: string])[]>>,
): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'sallyport-commands-')), 'policies')
  cpSync(POLICIES, folder, { recursive: true })
  for (const [path, replacements] of Object.entries(edits)) {
    const file = join(folder, path)
    let text = readFileSync(file, 'utf8')
    for (const [find, replace] of replacements) {
      if (!text.includes(find)) throw new Error(`${path} does not hold ${find}`)
      text = text.replace(find, () => replace)
    }
    writeFileSync(file, text)
  }
  return folder
}

export function scratchFile(name: string, content: string | Uint8Array): string {
  const file = join(mkdtempSync(join(tmpdir(), 'sallyport-commands-')), name)
  writeFileSync(file, content)
  return file
}
