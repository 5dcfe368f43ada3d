import type { Problem } from '../evidence/problem.ts'
import { redactFortigate } from '../fortigate/text/redact.ts'
import { redactHaproxy } from '../haproxy/text/redact.ts'

/** Takes the secrets of a configuration out of what is said about one of its lines. */
export type SecretHider = (line: number, says: string) => string

/** Knows the secrets of the whole text once, so that each message is cheap. */
export function openSecretHider(kind: 'fortigate' | 'haproxy', text: string): SecretHider {
  const original = text.split('\n')
  const redacted = (kind === 'fortigate' ? redactFortigate(text) : redactHaproxy(text)).split('\n')
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

function wordsOf(line: string): readonly string[] {
  return line.split(/[\s"'`]+/).filter((word) => word !== '')
}
