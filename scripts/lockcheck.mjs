// `npm ci` refuses a lock file in which an optional platform package has no entry of its own, and `npm install` writes such
// lock files without a word when a registry mirror lacks the package. This finds them before a newcomer does.
import { readFileSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))
const missing = []
for (const [path, entry] of Object.entries(packages)) {
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    if (!resolves(path, name)) missing.push(`${path || '(root)'} names ${name}, which has no entry`)
  }
  if (entry.hasInstallScript) missing.push(`${path} has an install script: choose a dependency without one`)
  if (entry.resolved?.startsWith('http')) missing.push(`${path} carries a registry address`)
}
if (missing.length > 0) {
  process.stderr.write(`package-lock.json is not complete:\n  ${missing.join('\n  ')}\n`)
  process.exit(1)
}

/** Looks where Node would: nested beside the package first, then up to the root. */
function resolves(path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[`${at ? `${at}/` : ''}node_modules/${name}`]) return true
    if (!at) return false
  }
}
