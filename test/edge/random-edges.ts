import { prove } from '../../src/access/proof.ts'
import { type BlastRadius, openedBy } from '../../src/edge/blast-radius.ts'
import type { Doors } from '../../src/edge/doors.ts'
import { EVERYTHING, equal } from '../../src/flow/flow-set.ts'
import { Dice } from '../haproxy/generate.ts'
import { disagreement, type Followed, followed } from './edge-agreement.ts'
import { unconfirmed } from './proof-witness.ts'
import { doorsOf, NOON, randomEdge } from './random-edge.ts'
import { boundariesOf, flowNear, randomFlow } from './random-flow.ts'
import { randomChange } from './random-grant.ts'

export type Counts = { flows: number; certain: number; unsure: number; changed: number; wrong: readonly string[] }
const WHOLE = { outer: EVERYTHING, inner: EVERYTHING }

/** One random edge before and after an edit by hand: this many flows through both doors, half of them at the boundaries of what opens and closes. */
export function checkEdge(seed: number, flows: number, difference: typeof openedBy = openedBy): Counts {
  const edge = randomEdge(seed)
  const [before, after] = [followed(doorsOf(edge.before)), followed(doorsOf(edge.after))]
  const found = checkChange(before, after, seed, flows, difference)
  return { ...found, wrong: found.wrong.map((wrong) => `seed ${seed}, ${edge.edited}: ${wrong}`) }
}

/** Flows through two edges, and through what is said to differ between them. */
export function checkChange(
  before: Followed,
  after: Followed,
  seed: number,
  flows: number,
  difference: typeof openedBy = openedBy,
): Counts {
  const radius = difference(before.doors, after.doors, EVERYTHING)
  // Half of the flows are at the boundaries of what changes, as far as that is known, and of what gets in.
  const real = difference === openedBy ? radius : openedBy(before.doors, after.doors, EVERYTHING)
  const changed = [...real.opens, ...real.closes].flatMap((one) => one.flows)
  const served = [...before.served, ...after.served]
  const dice = new Dice(seed)
  const at = boundariesOf(
    [before, after].flatMap(({ doors }) => textsOf(doors)),
    NOON,
  )
  const counts = { flows, certain: 0, unsure: 0, changed: 0 }
  const wrong = new Map<string, string>()
  for (let n = 0; n < flows; n++) {
    const anywhere = randomFlow(dice, at, 'Europe/Berlin')
    const boxes = changed.length > 0 && dice.often(50) ? changed : served
    const both =
      boxes.length > 0 && dice.often(50) ? flowNear(dice, dice.pick(boxes), anywhere, 'Europe/Berlin') : anywhere
    const says = disagreement(before, after, radius, both, counts)
    if (says) wrong.set(says.replace(/\d+/g, ''), `${says}: ${JSON.stringify(both)}`)
  }
  return { ...counts, wrong: [...wrong.values()] }
}

/** What is found in the changed region alone against a comparison of everything with everything; undefined when they are one. */
export function regionMisses(before: Doors, after: Doors): string | undefined {
  const [found, whole] = [openedBy(before, after, EVERYTHING), openedBy(before, after, EVERYTHING, WHOLE)]
  return missed('opens', found, whole) ?? missed('closes', found, whole)
}

function missed(side: keyof BlastRadius, found: BlastRadius, whole: BlastRadius): string | undefined {
  const key = ({ door, to }: { door: string; to: string }) => `${door} ${to}`
  const [here, there] = [found[side], whole[side]].map((list) => new Map(list.map((one) => [key(one), one.flows])))
  for (const name of new Set([...(here?.keys() ?? []), ...(there?.keys() ?? [])]))
    if (!equal(here?.get(name) ?? [], there?.get(name) ?? []))
      return `${side} ${name} is not what comparing everything finds`
  return undefined
}

function textsOf({ outer, inner }: Doors): readonly string[] {
  return [outer.text.text, ...inner.text.lines.map(({ raw }) => raw)]
}

export type Granted = {
  readonly verdicts: readonly string[]
  readonly flows: number
  readonly wrong: readonly string[]
}

/** Grants that our compilers make on one random edge, each proved: what the proof says is confirmed by single flows, as its verdict has it. */
export function checkGrants(seed: number, grants: number, flows: number): Granted {
  const edge = randomEdge(seed).before
  const dice = new Dice(seed)
  const verdicts: string[] = []
  const wrong: string[] = []
  let followedFlows = 0
  for (let n = 0; n < grants && edge.services.length > 0; n++) {
    const change = randomChange(dice, edge, NOON)
    if ('ok' in change) continue
    const proof = prove(edge, change, NOON)
    verdicts.push(proof.verdict)
    const [before, after] = [followed(change.before), followed(change.after)]
    const at = boundariesOf([change.before, change.after].flatMap(textsOf), NOON)
    const says = unconfirmed({ before, after, change, proof }, dice, () => randomFlow(dice, at, 'Europe/Berlin'))
    const through = flows > 0 ? checkChange(before, after, seed + n, flows).wrong : []
    followedFlows += flows
    for (const one of [...(says === undefined ? [] : [says]), ...through])
      wrong.push(`seed ${seed}, ${change.service.id} for ${change.grant.allow.join(' ')}: ${one}`)
  }
  return { verdicts, flows: followedFlows, wrong }
}
