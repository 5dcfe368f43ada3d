import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { LanguageContext } from '../../src/language/context.ts'
import { Intent } from '../../src/language/intent.ts'
import { Catalog, Service } from '../../src/policy/schema.ts'

const policies = new URL('../../policies/', import.meta.url)

/** Monday, 23 November 2026, 10:00 in Berlin: the moment every labelled message was written. */
const NOW = new Date('2026-11-23T09:00:00Z')

const catalog = Catalog.parse(parse(readFileSync(new URL('catalog.yaml', policies), 'utf8')))
const services = readdirSync(new URL('services/', policies))
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => Service.parse(parse(readFileSync(new URL(`services/${file}`, policies), 'utf8'))))

/** The example company, seen by one of its people. */
export function company(requester = 'alice', now = NOW): LanguageContext {
  return { catalog, services, requester, now }
}

export type Labelled = { readonly id: string; readonly from: string; readonly text: string; readonly expected: Intent }

/** The labelled messages of a file, those of the example company by default. */
export function labelled(file = 'messages.jsonl'): readonly Labelled[] {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const row: { id: string; from: string; text: string; expected: unknown } = JSON.parse(line)
      return { ...row, expected: Intent.parse(row.expected) }
    })
}
