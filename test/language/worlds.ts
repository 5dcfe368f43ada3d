import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import type { LanguageContext } from '../../src/language/context.ts'
import { Catalog, Service } from '../../src/policy/schema.ts'
import { company, type Labelled, labelled } from './company.ts'
import { hospital } from './hospital.ts'

/** A labelled message with the company in which it was written, seen by who wrote it. */
export type Written = Labelled & { readonly context: LanguageContext }

type World = (requester: string) => LanguageContext

const Told = z.strictObject({
  now: z.string(),
  catalog: Catalog,
  services: z.array(Service.partial({ entry: true, route: true })),
})

const WORLDS: readonly (readonly [world: World, files: readonly string[]])[] = [
  [company, ['messages.jsonl', 'held-out.jsonl', 'ways.jsonl']],
  [hospital, ['hospital.jsonl', 'hospital-held-out.jsonl']],
  [openCompany('tidewater'), ['companies/tidewater.jsonl']],
  [openCompany('helvion'), ['companies/helvion.jsonl']],
]

/** Every labelled message of every company. */
export function everyMessage(): readonly Written[] {
  return WORLDS.flatMap(([world, files]) =>
    files.flatMap((file) => labelled(file).map((row) => ({ ...row, context: world(row.from) }))),
  )
}

/** Messages of companies that the interpreter was never tuned to: what it makes of them is what strangers would meet. */
export function strangersMessages(): readonly Written[] {
  return ['prairie', 'kahurangi'].flatMap((name) => {
    const world = openCompany(name)
    return labelled(`companies/${name}.jsonl`).map((row) => ({ ...row, context: world(row.from) }))
  })
}

/** A company whose catalogue and clock are written in one file. What its services have behind the doors does not matter to words. */
function openCompany(name: string): World {
  const file = new URL(`companies/${name}.yaml`, import.meta.url)
  const { now, catalog, services } = Told.parse(parse(readFileSync(file, 'utf8')))
  const whole = services.map((service) => ({
    ...service,
    entry: { vip: 'vip-edge', port: 443 },
    route: { frontend: 'https-in', backend: service.id },
  }))
  return (requester) => ({ catalog, services: whole, requester, now: new Date(now) })
}
