import type { LanguageContext } from '../../src/language/context.ts'
import { interpret } from '../../src/language/interpret.ts'
import { company, labelled } from '../language/company.ts'

// node test/bench/language.ts: time to intent at two sizes of catalogue; the first message builds the gazetteer.
for (const [services, people] of [
  [60, 200],
  [5_000, 2_000],
] as const) {
  const context = grown(services, people)
  const start = performance.now()
  interpret('give bob access to wiki until Friday', context)
  const cold = performance.now() - start
  const times = labelled().map(({ text, from }) => {
    const before = performance.now()
    interpret(text, { ...context, requester: from })
    return performance.now() - before
  })
  times.sort((a, b) => a - b)
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(1)
  process.stdout.write(
    `${services} services, ${people} people: first ${cold.toFixed(0)} ms, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, worst ${at(0.999)} ms\n`,
  )
}

/** The example company with as many more services and people, each with a name of its own. */
function grown(services: number, people: number): LanguageContext {
  const context = company()
  const [model] = context.services
  if (!model) throw new Error('the example company has no service')
  const more = Array.from({ length: Math.max(0, services - context.services.length) }, (_, n) => ({
    ...model,
    id: `svc-${word(n)}`,
    name: `Service ${word(n)}`,
    aliases: [`${word(n)} console`],
    hosts: [`${word(n)}.corp.example`],
  }))
  const others = Array.from({ length: people }, (_, n) => ({
    id: `p-${word(n + 7)}`,
    name: `${word(n + 11)} ${word(n * 3 + 5)}`,
    aliases: [],
    networks: [],
  }))
  return {
    ...context,
    services: [...context.services, ...more],
    catalog: { ...context.catalog, people: [...context.catalog.people, ...others] },
  }
}

function word(n: number): string {
  const parts = ['ba', 'ke', 'li', 'mo', 'nu', 'ra', 'se', 'ti', 'vo', 'xu', 'za', 'pe', 'do']
  let text = ''
  for (let rest = n + 1_000; rest > 0; rest = Math.floor(rest / parts.length)) text += parts[rest % parts.length]
  return text
}
