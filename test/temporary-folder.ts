import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** All that the tests put into the temporary folder goes with them, also what a test that failed or was killed left behind. */
export default function keepTogether() {
  const around = process.env.TMPDIR
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-tests-'))
  process.env.TMPDIR = dir
  return () => {
    if (around === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = around
    rmSync(dir, { recursive: true, force: true })
  }
}
