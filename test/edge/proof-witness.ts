import type { GrantChange } from '../../src/access/change.ts'
import type { Proof } from '../../src/access/proof.ts'
import { asClientsAsk, askedAtMost, mayOpen, mayOpenInside, mayOpenOutside } from '../../src/edge/asked.ts'
import type { Opened } from '../../src/edge/blast-radius.ts'
import { likelyFlow } from '../../src/edge/likely-flow.ts'
import { type Flow, type FlowSet, intersect, witness } from '../../src/flow/flow-set.ts'
import { minuteOfWeek } from '../../src/fortigate/config/schedules.ts'
import type { Dice } from '../haproxy/generate.ts'
import { type Ends, type Followed, touches } from './edge-agreement.ts'
import { type Both, flowNear, insteadOf } from './random-flow.ts'

type Told = { readonly before: Followed; readonly after: Followed; readonly change: GrantChange; readonly proof: Proof }
const TRIES = 25

/**
 * What a proof says that single flows through both doors do not confirm: every witness is what its verdict says, and where it is exact,
 * flows in and beside what was asked are let in as far as they were asked, and not otherwise. Undefined when all is so.
 */
export function unconfirmed(told: Told, dice: Dice, anywhere: () => Both): string | undefined {
  const { proof } = told
  const wrong =
    wrongWitness(told, anywhere) ??
    listed(told, proof.radius.opens, 'opens', anywhere) ??
    listed(told, proof.radius.closes, 'closes', anywhere) ??
    (proof.verdict === 'exact' || proof.verdict === 'already-open' ? notAsAsked(told, dice, anywhere) : undefined)
  return wrong && `${proof.verdict}: ${wrong}`
}

/** The witness of the verdict itself. */
function wrongWitness(told: Told, anywhere: () => Both): string | undefined {
  const { proof, change, after } = told
  const { witness: shown } = proof
  switch (proof.verdict) {
    case 'too-wide':
      return shown ? (listed(told, proof.extra, 'opens', anywhere) ?? wasAsked(told, anywhere)) : 'no witness'
    case 'closes-something':
      return shown ? listed(told, proof.closes, 'closes', anywhere) : 'no witness'
    case 'too-narrow': {
      if (!shown) return 'no witness'
      const asked = intersect(
        askedAtMost(change.asked, change.entry, proof.asOf),
        asClientsAsk(change.asked, change.entry),
      )
      const wanted = intersect(asked, proof.missing)
      if (!witness(wanted)) return 'what is missing was never asked for'
      const both = realFlow(wanted, anywhere(), proof.asOf)
      const end = both && after.follow(both).edge
      return end === `server ${change.service.route.backend}` ? `a single flow gets in: ${printed(both)}` : undefined
    }
    case 'unproved':
      return proof.depends.length > 0 ? undefined : 'nothing that it depends on'
    default:
      return shown ? 'a witness of what?' : undefined
  }
}

/** One flow of a set that a packet can be, the rest of it as in `like`; undefined where time and day contradict each other or an unknown decides. */
function realFlow(set: FlowSet, like: Both, asOf: number): Both | undefined {
  const flow = likelyFlow(set, 'Europe/Berlin')
  if (!flow || Object.keys(flow).some((dimension) => dimension.startsWith('unknown:'))) return undefined
  // Sets are about requests in origin form.
  if (flow.path !== undefined && !/^\/[^?]*$/.test(String(flow.path))) return undefined
  const at = Number(flow.at ?? asOf)
  if (flow.week !== undefined && flow.week !== minuteOfWeek(at, 'Europe/Berlin')) return undefined
  return insteadOf(like, { ...PLAIN, ...flow, at })
}
const PLAIN: Flow = {
  src: '10.1.0.9',
  dst: '203.0.113.10',
  proto: 6,
  sport: 50000,
  path: '/',
  query: '',
  method: 'GET',
}

/** Whether single flows confirm what is said to open or close. */
function listed(
  { before, after, proof }: Told,
  list: readonly Opened[],
  does: 'opens' | 'closes',
  anywhere: () => Both,
): string | undefined {
  for (const { door, backend, depends, to, flows } of list) {
    const both = depends === undefined ? realFlow(flows, anywhere(), proof.asOf) : undefined
    if (!both) continue
    const [was, is] = [before.follow(both)[door], after.follow(both)[door]]
    const [shut, open] = does === 'opens' ? [was, is] : [is, was]
    const target = door === 'outer' ? `through ${to}` : `server ${backend}`
    const mistaken = (open !== undefined && open !== target) || shut === target
    // What the firewall translates a range to is told by its VIP's name.
    if (mistaken && !to.includes(', from VIP '))
      return `${does} ${door} ${to}, and a single flow is ${was} before and ${is} after: ${printed(both)}`
  }
  return undefined
}

/** Whether something that is said to be opened beyond what was asked was asked for. */
function wasAsked({ proof, change }: Told, anywhere: () => Both): string | undefined {
  const { asked, entry, service } = change
  const allowed = {
    edge: mayOpen(asked, entry, proof.asOf),
    outer: mayOpenOutside(asked, entry, proof.asOf),
    inner: mayOpenInside(asked, proof.asOf),
  }
  for (const { door, backend, flows } of proof.extra) {
    const both = realFlow(flows, anywhere(), proof.asOf)
    const leads = door === 'outer' || backend === service.route.backend
    if (both && leads && touches(allowed[door], both.flow)) return `${door} was asked for: ${printed(both)}`
  }
  return undefined
}

/** Exact: whoever was asked for gets past the firewall and the guard, and nobody else who could not before. */
function notAsAsked({ change, proof, before, after }: Told, dice: Dice, anywhere: () => Both): string | undefined {
  const { asked, entry, service } = change
  const may = mayOpen(asked, entry, proof.asOf)
  const wanted = intersect(askedAtMost(asked, entry, proof.asOf), asClientsAsk(asked, entry))
  const target = `server ${service.route.backend}`
  for (let n = 0; n < TRIES && wanted.length > 0; n++) {
    const both = flowNear(dice, dice.pick(wanted), anywhere(), 'Europe/Berlin')
    if (Number(both.flow.at) < proof.asOf) continue
    const [was, is]: Ends[] = [before.follow(both), after.follow(both)]
    if (!was?.edge || !is?.edge || was.edge === is.edge) continue
    if (is.edge === target && !touches(may, both.flow)) return `lets in what was not asked: ${printed(both)}`
    if (is.edge.startsWith('server ') && is.edge !== target) return `opens ${is.edge}: ${printed(both)}`
    if (was.edge.startsWith('server ')) return `closes ${was.edge}: ${printed(both)}`
  }
  return undefined
}

function printed(both: Both | undefined): string {
  return JSON.stringify(both?.flow)
}
