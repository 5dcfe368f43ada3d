import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml'
import type { Problem } from '../evidence/problem.ts'
import type { PolicyProblemCode } from './problems.ts'

/** Larger than any policy file a person writes; a limit so that reading stays quick whatever is committed. */
const MAX_YAML_CHARACTERS = 1_000_000
const MAX_ALIASES = 200
const MAX_OPEN_BRACKETS = 200
const MAX_SYNTAX_PROBLEMS = 20

/** Where in the data: keys and indexes from the top. */
export type DataPath = readonly (string | number)[]

/** A YAML file as plain data that still knows where each part of it stands. */
export type YamlFile = {
  readonly file: string
  readonly data: unknown
  /** The problem `code` at the value found at `path`, or at its key when `atKey`; at the nearest thing around it when absent. */
  problem(
    code: PolicyProblemCode,
    path: DataPath,
    message: string,
    more?: { readonly hint?: string | undefined; readonly severity?: 'error' | 'warning'; readonly atKey?: boolean },
  ): Problem
}

/** Reads one YAML document. When it cannot be used at all, only its problems come back; nothing in a file makes this throw. */
export function readYaml(
  file: string,
  text: string,
): { readonly yaml: YamlFile } | { readonly problems: readonly Problem[] } {
  const unusable = (code: PolicyProblemCode, message: string, line = 1, column = 0) => ({
    problems: [{ code, file, line, column, message, severity: 'error' as const }],
  })
  if (text.length > MAX_YAML_CHARACTERS) {
    return unusable(
      'FILE_TOO_LARGE',
      `this file has ${text.length} characters; ${MAX_YAML_CHARACTERS} are read at most`,
    )
  }
  const broken = /[\0\uFFFD]/.exec(text)
  if (broken) return unusable('NOT_TEXT', 'this file is not UTF-8 text', text.slice(0, broken.index).split('\n').length)
  if (nestedTooDeeply(text)) return unusable('YAML_EXPANSION', 'this file is nested too deeply to be a policy')

  const lines = new LineCounter()
  // The library recurses; a text built to exhaust its stack is answered here and not by a crash.
  let document: Document
  let repeated: readonly Scalar[]
  let data: unknown
  try {
    // Repeated keys are looked for below: the library compares every key with every other.
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
    repeated = repeatedKeys(document)
  } catch {
    return unusable('YAML_EXPANSION', 'this file is nested too deeply to be a policy')
  }
  const errors = [
    ...document.errors.map(({ pos, message }) => ({ at: pos[0], message })),
    ...repeated.map(({ range, value }) => ({ at: range?.[0] ?? 0, message: `the field "${value}" stands here twice` })),
  ]
  if (errors.length > 0) {
    return {
      problems: errors.slice(0, MAX_SYNTAX_PROBLEMS).map(({ at, message }) => {
        const { line, col } = lines.linePos(at)
        return { code: 'YAML_SYNTAX', file, line, column: col, message, severity: 'error' as const }
      }),
    }
  }
  try {
    data = document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (cause) {
    const says = cause instanceof Error ? cause.message : String(cause)
    if (says.startsWith('Unresolved alias')) return unusable('YAML_SYNTAX', says)
    return unusable('YAML_EXPANSION', 'this file repeats itself through aliases, or is nested, beyond any use')
  }
  if (data === null || data === undefined) return unusable('EMPTY_FILE', 'this file is empty')

  return {
    yaml: {
      file,
      data,
      problem(code, path, message, { hint, severity = 'error', atKey = false } = {}) {
        const { line, col } = lines.linePos(offsetOf(document.contents, path, atKey))
        return { code, file, line, column: col, message, severity, ...(hint === undefined ? {} : { hint }) }
      },
    },
  }
}

/** Keys that their map holds already, further up. */
function repeatedKeys(document: Document): readonly Scalar[] {
  const repeated: Scalar[] = []
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value)) repeated.push(key)
        seen.add(key.value)
      }
    },
  })
  return repeated
}

/** Where the value at `path` begins, or the innermost thing around it that is there. */
function offsetOf(top: Node | null, path: DataPath, atKey: boolean): number {
  let node: unknown = top
  let offset = top?.range?.[0] ?? 0
  for (const [depth, step] of path.entries()) {
    let key: unknown
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
      if (!pair) return offset
      key = pair.key
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
    } else return offset
    const wanted = (atKey && depth === path.length - 1) || !hasRange(node) ? key : node
    if (hasRange(wanted)) offset = wanted.range?.[0] ?? offset
    if (isPair(node)) return offset
  }
  return offset
}

function hasRange(node: unknown): node is Node {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}

/** A cheap upper bound, before the parser sees it: unclosed brackets, and block indicators in one line. */
function nestedTooDeeply(text: string): boolean {
  let depth = 0
  for (const character of text) {
    if (character === '[' || character === '{') depth += 1
    if (character === ']' || character === '}') depth = Math.max(0, depth - 1)
    if (depth > MAX_OPEN_BRACKETS) return true
  }
  return /(?:[-?:][ \t]+){100}/.test(text)
}
