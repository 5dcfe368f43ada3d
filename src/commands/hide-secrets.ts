import type { Problem } from '../evidence/problem.ts'
import { redactFortigate } from '../fortigate/redact.ts'

/** Takes the secrets of a configuration out of what is said about one of its lines. */
export type SecretHider = (line: number, says: string) => string

/** Keywords of HAProxy after which a secret stands, or a header that carries one. */
const HAPROXY_SECRET =
  /\b(?:insecure-password|password|stats\s+auth|passphrase|[a-z_-]*secret|[a-z_-]*token|authorization|cookie:)\b['"]?[\s:=,)]+(.*)$/i

/** Knows the secrets of the whole text once, so that each message is cheap. */
export function openSecretHider(kind: 'fortigate' | 'haproxy', text: string): SecretHider {
  const original = text.split('\n')
  const redacted = kind === 'fortigate' ? redactFortigate(text).split('\n') : original.map(redactLine)
  return (line, says) => {
    const [before = '', after = ''] = [original[line - 1], redacted[line - 1]]
    if (before === after) return says
    const left = new Set(wordsOf(after))
    return wordsOf(before)
      .filter((word) => !left.has(word))
      .sort((a, b) => b.length - a.length)
      .reduce((text, word) => text.replaceAll(word, 'REDACTED'), says)
  }
}

/** The problem without the secrets of its line. */
export function hideIn(problem: Problem, hide: SecretHider): Problem {
  const { line, hint } = problem
  return {
    ...problem,
    message: hide(line, problem.message),
    ...(hint === undefined ? {} : { hint: hide(line, hint) }),
  }
}

function redactLine(line: string): string {
  const secret = HAPROXY_SECRET.exec(line)?.[1]
  return secret === undefined || secret === '' ? line : line.slice(0, line.length - secret.length)
}

function wordsOf(line: string): readonly string[] {
  return line.split(/[\s"'`]+/).filter((word) => word !== '')
}
