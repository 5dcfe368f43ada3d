import { followed } from '../edge/edge-agreement.ts'
import { doorsOf, randomEdge } from '../edge/random-edge.ts'
import { checkChange, checkGrants, regionMisses } from '../edge/random-edges.ts'

/**
 * Whole edges: SOAK random edges (200 when not given), each before and after an edit by hand, with 4,000 flows through both doors, and with six grants of our
 * compilers, each with its proof and 200 flows. Point
 * evaluators, sets, and what the change is said to open and close must agree; what is found in the changed region alone must be what
 * comparing everything finds. SEED repeats a run; ends with 1 when anything disagreed.
 */
const edges = Number(process.env.SOAK ?? 200)
const first = Number(process.env.SEED ?? Date.now() % 1_000_000)
const FLOWS = 4000
const GRANTS = 6
const FLOWS_A_GRANT = 200
const PROGRESS = 10

console.info(`SEED=${first} SOAK=${edges}`)
const total = { edges: 0, flows: 0, certain: 0, unsure: 0, changed: 0, wrong: 0 }
const verdicts = new Map<string, number>()
for (let seed = first; seed < first + edges; seed++) {
  const edge = randomEdge(seed)
  const [before, after] = [followed(doorsOf(edge.before)), followed(doorsOf(edge.after))]
  const { wrong, ...found } = checkChange(before, after, seed, FLOWS)
  const missed = regionMisses(before.doors, after.doors)
  const granted = checkGrants(seed, GRANTS, FLOWS_A_GRANT)
  const all = [...wrong, ...granted.wrong, ...(missed === undefined ? [] : [missed])]
  for (const says of all) console.error(`seed ${seed}, ${edge.edited}: ${says}`)
  total.edges += 1
  total.flows += found.flows + granted.flows
  for (const verdict of granted.verdicts) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
  total.certain += found.certain
  total.unsure += found.unsure
  total.changed += found.changed
  total.wrong += all.length
  if (total.edges % PROGRESS === 0) console.info(JSON.stringify({ ...total, ...Object.fromEntries(verdicts) }))
}
console.info(JSON.stringify({ ...total, ...Object.fromEntries(verdicts) }))
process.exit(total.wrong > 0 ? 1 : 0)
