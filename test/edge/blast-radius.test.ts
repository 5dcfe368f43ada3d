import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileChange, compileRevocation } from '../../src/access/change.ts'
import { type BlastRadius, openedBy } from '../../src/edge/blast-radius.ts'
import { changedRegion } from '../../src/edge/changed-region.ts'
import { type Doors, readDoors } from '../../src/edge/doors.ts'
import { EVERYTHING, type FlowSet, isEmpty, subtract } from '../../src/flow/flow-set.ts'
import { findService } from '../../src/policy/catalog-lookup.ts'
import type { Edge } from '../../src/policy/edge.ts'
import { Grant } from '../../src/policy/schema.ts'
import { editing, FRIDAY, FW, LB, NOW, smallEdge } from './small-edge.ts'

const WHOLE = { outer: EVERYTHING, inner: EVERYTHING }

function doorsOf(edge: Edge): Doors {
  const doors = readDoors(edge)
  if ('ok' in doors) throw new Error(doors.says)
  return doors
}

function grantIn(edge: Edge, service: string, who: string, patch: Partial<Grant> = {}) {
  const found = findService(edge, service)
  if (!found) throw new Error(`the small edge has no ${service}`)
  const grant = Grant.parse({ allow: [who], ports: found.ports, until: FRIDAY, request: 'ar-0000000042', ...patch })
  const change = compileChange(edge, found, grant, NOW)
  if (!('edits' in change)) throw new Error(change.says)
  return change
}

/** What is found in the region alone must be what a comparison of everything with everything finds. */
function checkSameRadius(before: Doors, after: Doors): BlastRadius {
  const [found, whole] = [openedBy(before, after, EVERYTHING), openedBy(before, after, EVERYTHING, WHOLE)]
  for (const side of ['opens', 'closes'] as const) {
    const key = ({ door, to }: { door: string; to: string }) => `${door} ${to}`
    expect(found[side].map(key).sort()).toEqual(whole[side].map(key).sort())
    for (const one of whole[side]) {
      const other = found[side].find((each) => key(each) === key(one))
      expect(differences(other?.flows ?? [], one.flows), `${side} ${key(one)}`).toBe(true)
    }
  }
  return found
}

function differences(a: FlowSet, b: FlowSet): boolean {
  return isEmpty(subtract(a, b)) && isEmpty(subtract(b, a))
}

/** Edits by hand, of both doors: anything between a policy switched off and another route. */
const EDITS = [
  editing(FW, 'set srcaddr "floor-b"', 'set srcaddr "floor-b" "lab"'),
  editing(FW, 'set match-vip enable', 'set match-vip disable'),
  editing(FW, 'set subnet 10.1.2.0 255.255.255.0', 'set subnet 10.1.2.0 255.255.254.0'),
  editing(FW, 'set extport 5432', 'set extport 5433'),
  editing(FW, 'set tcp-portrange 8443', 'set tcp-portrange 8000-8443'),
  editing(FW, 'set name "sellers-to-blog"', 'set name "sellers-to-blog"\n        set nat enable'),
  editing(FW, 'set name "sellers-to-blog"', 'set name "sellers-to-blog"\n        set status disable'),
  editing(FW, 'set ip 10.1.0.1 255.255.0.0', 'set ip 10.1.0.1 255.255.254.0'),
  editing(LB, 'src 10.1.2.0/24', 'src 10.1.2.0/25 10.1.9.0/24'),
  editing(LB, 'hdr(host) -i shop.example', 'hdr(host) -i shop.example www.shop.example'),
  editing(LB, '    bind 10.9.0.5:8443', '    bind 10.9.0.5:8443\n    http-request set-src hdr(x-client)'),
  editing(
    LB,
    '    # sallyport:guard shop',
    '    http-request deny if { path_beg /metrics }\n    # sallyport:guard shop',
  ),
  editing(
    LB,
    'server b1',
    '    http-request set-var(txn.sallyport_blog) bool(true) if { src 10.1.1.9 }\n    server b1',
  ),
]

describe('the blast radius', () => {
  const subsets = fc.subarray(EDITS, { minLength: 1, maxLength: 3 })

  test('of any edits by hand is what comparing everything finds', () => {
    fc.assert(
      fc.property(subsets, subsets, (one, other) => {
        const edge = (edits: readonly (typeof EDITS)[number][]) =>
          doorsOf(smallEdge((files) => edits.forEach((edit) => void edit(files))))
        checkSameRadius(edge(one), edge([...one, ...other.filter((edit) => !one.includes(edit))]))
      }),
      { numRuns: 25 },
    )
  })

  test.each([
    ['shop', 'group:makers'],
    ['blog', 'group:makers'],
    ['blog', '10.1.7.0/28'],
    ['db', 'group:sellers'],
  ])('of access to %s for %s is found without looking at everything', (service, who) => {
    const edge = smallEdge()
    const change = grantIn(edge, service, who)
    const region = changedRegion(change.before, change.after)
    expect([region.outer, region.inner].every((flows) => flows.every((box) => box.size > 0))).toBe(true)
    const radius = checkSameRadius(change.before, change.after)
    expect(radius.opens.filter((one) => one.door === 'edge').map((one) => one.backend)).toContain(service)
    expect(radius.closes).toEqual([])
  })

  test('of a revocation closes what the grant opened', () => {
    const edge = smallEdge()
    const change = grantIn(edge, 'shop', 'group:makers')
    const granted = smallEdge((files) => {
      for (const edit of change.edits) files.set(edit.path, edit.after)
    })
    const service = findService(granted, 'shop')
    const [grant] = service?.access ?? []
    if (!service || !grant) throw new Error('the grant is not in the repository')
    const back = compileRevocation(granted, service, grant)
    if (!('edits' in back)) throw new Error(back.says)
    const radius = checkSameRadius(back.before, back.after)
    expect(radius.opens).toEqual([])
    expect(radius.closes.map((one) => one.door).sort()).toEqual(['edge', 'inner', 'outer'])
  })
})
