import type { z } from 'zod'
import { nearName } from '../evidence/near-name.ts'
import type { Problem } from '../evidence/problem.ts'
import type { DataPath, YamlFile } from './read-yaml.ts'
import { Catalog, Device, Grant, Group, Guardrails, Network, Person, Service } from './schema.ts'

/** More than this from one file helps nobody; the last one then says how many there are. */
const MAX_PROBLEMS = 100

const FIELDS = new Set(
  [Catalog, Device, Grant, Group, Guardrails, Network, Person, Service].flatMap((schema) => Object.keys(schema.shape)),
)

/** What a schema found wrong, as problems at the line and column of each value. `base` is where the checked value stands. */
export function schemaProblems(yaml: YamlFile, issues: readonly z.core.$ZodIssue[], base: DataPath = []): Problem[] {
  const shown = issues.slice(0, MAX_PROBLEMS).flatMap((issue) => issueProblems(yaml, issue, base))
  const rest = issues.length - MAX_PROBLEMS
  return rest > 0 ? [...shown, yaml.problem('WRONG_VALUE', base, `and ${rest} more are wrong in this file`)] : shown
}

function issueProblems(yaml: YamlFile, issue: z.core.$ZodIssue, base: DataPath): Problem[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))]
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const near = nearName(key, FIELDS)
      const hint = near === undefined ? undefined : `Did you mean "${near}"?`
      return yaml.problem('UNKNOWN_FIELD', [...path, key], `"${key}" is no field here`, { hint, atKey: true })
    })
  }
  const field = path.filter((step) => typeof step === 'string').at(-1) ?? 'this file'
  const value = valueAt(yaml.data, path)
  if (value === undefined) return [yaml.problem('MISSING_FIELD', path, `"${field}" is missing`)]
  return [yaml.problem('WRONG_VALUE', path, `${field} is ${shortly(value)}: ${lowerFirst(issue.message)}`)]
}

function valueAt(data: unknown, path: DataPath): unknown {
  let value = data
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined
  }
  return value
}

function shortly(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (value === null) return 'empty'
  if (typeof value === 'object') return 'a table'
  const text = String(value).replace(/\s+/g, ' ')
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
