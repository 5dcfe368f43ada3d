// Runs on whatever Node is installed (20 or newer), before `npm start`, `npm test` and `npm run sallyport`:
// installs exactly what the lock file names, once per lock file, and makes sure that the scripts then run on Node 24.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'node_modules', '.sallyport-installed')
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  process.stderr.write('Installing what package-lock.json names (first run only, about half a minute) …\n')
  const npm = process.env.npm_execpath
  const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []]
  const installed = spawnSync(command, [...first, 'ci', '--loglevel=error', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (installed.status !== 0) {
    process.stderr.write(
      'npm ci did not finish. Its own words are above; run the same command again after mending it.\n',
    )
    process.exit(1)
  }
  writeFileSync(stamp, lock)
}

const major = Number(/^v(\d+)/.exec(nodeVersion())?.[1] ?? 0)
if (major < 24) {
  process.stderr.write(
    `Sallyport runs on Node 24 or newer and found ${nodeVersion() || 'none'}. It brings its own for Linux and Windows on x64 ` +
      'and for Linux on arm64; elsewhere install Node 24 (https://nodejs.org) and run this again.\n',
  )
  process.exit(1)
}

/** The version of the `node` that npm scripts will use: node_modules/.bin comes first on their PATH. */
function nodeVersion() {
  try {
    return execFileSync('node', ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' }).trim()
  } catch {
    return ''
  }
}
