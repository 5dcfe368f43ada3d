import { compileChange, type GrantChange } from '../../src/access/change.ts'
import type { Refusal } from '../../src/evidence/refusal.ts'
import type { Edge } from '../../src/policy/edge.ts'
import { Grant } from '../../src/policy/schema.ts'
import type { Dice } from '../haproxy/generate.ts'

const INSIDE = ['group:makers', 'group:sellers', 'network:lan', '10.1.0.5/32', '10.1.0.4/31', '10.2.0.0/25']
const OUTSIDE = ['network:out', '198.51.100.7/32', '198.51.100.0/25']
const SIX = ['2001:db8:1::/80', 'network:six', '2001:db8:1::5/128']
/** Who may come to a VIP, where it does not take everybody. */
const WHO: Readonly<Record<string, readonly string[]>> = {
  six: SIX,
  own: OUTSIDE,
  one: OUTSIDE,
  raw: ['198.51.100.7/32', '10.1.0.5/32'],
}
const STARTS = [-86_400, 0, 3600, 90_061]
const LASTS = [3600, 86_399, 200_000, 1_000_000]

/** A random grant of one of the services of a random edge, and the change that our compilers make of it or refuse. */
export function randomChange(dice: Dice, edge: Edge, asOf: number): GrantChange | Refusal {
  const service = dice.pick(edge.services)
  const subjects = dice.often(90)
    ? (WHO[service.id] ?? [...INSIDE, ...OUTSIDE])
    : [...INSIDE, 'group:known', 'group:sixes']
  const at = (seconds: number) => new Date((asOf + seconds) * 1000).toISOString()
  const start = dice.pick(STARTS)
  const first = dice.pick(subjects)
  const second = dice.pick(subjects)
  const both = dice.often(30) && second !== first && !`${first}${second}`.includes('group')
  const grant = Grant.parse({
    allow: both ? [first, second] : [first],
    ...(dice.often(10) ? { via: [dice.pick(['network:lan', 'network:half'])] } : {}),
    ...(dice.often(15) ? { except: [dice.pick(['10.1.0.5/32', '10.1.0.0/30', '198.51.100.7/32'])] } : {}),
    ...(dice.often(20) && service.hosts.length > 0 ? { methods: ['GET'] } : {}),
    ...(dice.often(20) && service.hosts.length > 0 ? { paths: [dice.pick(['/a', '/api/', '/d/'])] } : {}),
    ...(dice.often(40) ? { from: at(start) } : {}),
    until: at(Math.max(start, 0) + dice.pick(LASTS)),
    request: 'ar-0000000042',
  })
  return compileChange(edge, service, grant, asOf)
}
