import { randomUUID } from 'node:crypto'
import * as files from 'node:fs/promises'

/** Writes a file so that a killed process leaves the old content or the new one, never half of it. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const beside = `${path}.${randomUUID()}.tmp`
  try {
    await files.writeFile(beside, content)
    await files.rename(beside, path)
  } catch (cause) {
    await files.rm(beside, { force: true })
    throw cause
  }
}

/**
 * The file system as isomorphic-git wants it, with whole-or-nothing writes. Needed because git never rewrites an object that
 * exists: one cut short by a kill would stay broken for good.
 */
export function crashSafeFiles() {
  const { readFile, unlink, readdir, mkdir, rmdir, stat, lstat, readlink, symlink, chmod } = files
  return {
    readFile,
    unlink,
    readdir,
    mkdir,
    rmdir,
    stat,
    lstat,
    readlink,
    symlink,
    chmod,
    writeFile: (path: string, content: string | Uint8Array) => replaceFile(path, content),
  }
}
