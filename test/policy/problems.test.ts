import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { POLICY_PROBLEMS } from '../../src/policy/problems.ts'

test.each(Object.entries(POLICY_PROBLEMS))(
  '%s is explained in docs/problems.md in the same words',
  (code, explanation) => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/problems.md'), 'utf8')
    expect(page).toContain(`| \`${code}\` | ${explanation} |`)
  },
)
