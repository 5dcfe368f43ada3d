import type { Problem } from '../../evidence/problem.ts'
import { CONFIG, UNKNOWN } from './kinds.ts'
import { kindAt, type Rows } from './rows.ts'

/** Fewer lines that are no statements are told one by one. */
const FEW_LINES = 5
/** How much of a text is looked at to tell what it is. */
const LOOK = 4096

/**
 * What a text is that holds no configuration in the form we read, as one problem in place of one for each line: an encrypted backup,
 * the YAML form of newer releases, or nothing of a FortiGate.
 */
export function otherForm(file: string, rows: Rows): Problem | undefined {
  const { text } = rows
  let first = -1
  let unknown = 0
  let sections = 0
  for (let index = 0; index < rows.count; index += 1) {
    if (rows.kinds[index] === CONFIG) sections += 1
    if (rows.kinds[index] !== UNKNOWN) continue
    if (first < 0) first = index
    unknown += 1
  }
  const isMarked = text.startsWith('#FGBK')
  const body = text.slice(rows.starts[Math.max(first, 0)] ?? 0, (rows.starts[Math.max(first, 0)] ?? 0) + LOOK)
  const wrong = (code: string, message: string, hint: string): Problem => ({
    ...{ code, file, line: rows.lines[Math.max(first, 0)] ?? 1, column: 0, message, severity: 'error', hint },
  })
  if (isMarked || (sections === 0 && first >= 0 && isBinary(body))) {
    return wrong('ENCRYPTED_BACKUP', 'this backup is encrypted', 'Take one without a password from the device.')
  }
  if (sections > 0 || unknown < FEW_LINES) return undefined
  if (isYaml(body)) {
    return wrong(
      'YAML_BACKUP',
      'this is the YAML form of a backup',
      'Take one in the FortiOS form (file format `fos`).',
    )
  }
  const isMost = unknown * 2 > countStatements(rows)
  return isMost
    ? wrong('NOT_A_CONFIGURATION', 'nothing in this is a configuration of FortiOS', 'Is it the right file?')
    : undefined
}

/** Characters that no configuration has: control characters, and what stands for bytes that are no text. */
function isBinary(body: string): boolean {
  let odd = 0
  for (let at = 0; at < body.length; at += 1) {
    const code = body.charCodeAt(at)
    if ((code < 32 && code !== 9 && code !== 10 && code !== 13) || (code >= 127 && code < 160) || code === 0xfffd)
      odd += 1
  }
  return odd * 20 > body.length
}

function isYaml(body: string): boolean {
  const lines = body.split('\n').filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'))
  const fits = lines.filter((line) => /^(?:---|\s*(?:- *)?(?:"[^"]*"|[\w ./-]+):(?:\s|$)|\s*- \S)/.test(line))
  return fits.length * 4 > lines.length * 3
}

function countStatements(rows: Rows): number {
  let count = 0
  for (let index = 0; index < rows.count; index += 1) {
    const kind = kindAt(rows, index)
    if (kind !== 'blank' && kind !== 'comment') count += 1
  }
  return count
}
