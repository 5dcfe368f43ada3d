import fc from 'fast-check'
import { evaluate } from '../../src/language/evaluate.ts'
import { interpret } from '../../src/language/interpret.ts'
import { company } from '../language/company.ts'
import { requests } from '../language/generate-requests.ts'

// SOAK=20000 SEED=1 node test/soak/requests.ts: requests that nobody wrote; none may be read as more than it says.
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
const rows = fc.sample(requests(), { numRuns: Number(process.env.SOAK ?? 20_000), seed })
const judged = rows.map(({ text, expected }) => ({ id: text, expected, predicted: interpret(text, company()) }))
const { scores, table } = evaluate(judged)
const wrong = scores.flatMap(({ id, unsafe, overRevoke }) =>
  unsafe || overRevoke ? [`${unsafe ?? overRevoke}: ${id}`] : [],
)
for (const line of wrong) process.stdout.write(`${line}\n`)
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
process.stdout.write(
  `seed ${seed}: ${rows.length} requests, too much ${wrong.length}, not asked about ${percent(table.coverage)}, exact ${percent(table.exact)}\n`,
)
process.exitCode = wrong.length > 0 ? 1 : 0
