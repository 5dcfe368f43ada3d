import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileChange, compileRevocation } from '../../src/access/change.ts'
import { prove } from '../../src/access/proof.ts'
import { canonicalAsked } from '../../src/edge/asked.ts'
import { findService } from '../../src/policy/catalog-lookup.ts'
import type { Edge } from '../../src/policy/edge.ts'
import { readEdge } from '../../src/policy/read.ts'
import { Grant } from '../../src/policy/schema.ts'
import { editing, FRIDAY, FW, LB, NOW, smallEdge } from '../edge/small-edge.ts'
import { hostileText } from '../slack/hostile-text.ts'

type Asked = { readonly service?: string; readonly allow?: string; readonly grant?: object }

function proving(edge: Edge, { service = 'shop', allow = 'group:makers', grant = {} }: Asked = {}) {
  const wanted = Grant.parse({ allow: [allow], until: FRIDAY, request: 'ar-7f3k2m9x0q', ...grant })
  const found = findService(edge, service)
  if (!found) throw new Error(`no service ${service}`)
  const change = compileChange(edge, found, wanted, NOW)
  return 'ok' in change ? { refused: change.reason, says: change.says } : { change, proof: prove(edge, change, NOW) }
}

/** Verdict of the proof, or the reason of the refusal before it. */
function verdictOf(edge: Edge, asked?: Asked): string {
  const result = proving(edge, asked)
  return result.proof?.verdict ?? `refused: ${result.refused}`
}

/** The edge as it is once the change is merged. */
function merged(edge: Edge, asked?: Asked): Edge {
  const { change } = proving(edge, asked)
  if (!change) throw new Error('nothing to merge')
  return readEdge(new Map([...edge.files, ...change.edits.map((edit) => [edit.path, edit.after] as const)]))
}

describe('a grant', () => {
  test('is written to the devices without words of people, but for one comment that cannot end early', () => {
    const devices = (grant: object) => {
      const change = proving(smallEdge(), { grant }).change
      return change?.edits.flatMap(({ label, after }) => (label === 'policy' ? [] : [after.split('\n')])) ?? []
    }
    const [fw = [], lb = []] = devices({})
    const comment = /^ {8}set comments "Sallyport ar-7f3k2m9x0q[^"\\\p{Cc}]*"$/u
    const others = (lines: readonly string[]) => lines.filter((line) => !comment.test(line))
    expect(others(fw)).toHaveLength(fw.length - 1)
    fc.assert(
      fc.property(hostileText(), hostileText(), (reason, ticket) => {
        const said = { reason: reason.slice(0, 500), ...(ticket === '' ? {} : { ticket: ticket.slice(0, 500) }) }
        const [outer = [], inner] = devices(said)
        expect(inner).toEqual(lb)
        expect(outer).toHaveLength(fw.length)
        expect(others(outer)).toEqual(others(fw))
      }),
      { numRuns: 25, examples: [['x"\\\r\nset action accept\nend\nhttp-request allow', 'NET-1"\nnext\nedit 1']] },
    )
  })

  test('is exact when it opens what was asked on both doors and nothing else', () => {
    const { proof, change } = proving(smallEdge())
    expect(proof).toMatchObject({ verdict: 'exact', extra: [], closes: [], depends: [] })
    expect(change?.edits.map((edit) => edit.label)).toEqual(['policy', 'fw', 'lb'])
    expect(proof?.radius.opens.map((one) => `${one.door} ${one.to}`)).toEqual([
      'edge backend shop',
      'outer vip-web',
      'inner backend shop',
    ])
  })

  test('of a TCP service is guarded at its connection', () => {
    expect(verdictOf(smallEdge(), { service: 'db' })).toBe('exact')
  })

  test('needs no change once it is there, and says so', () => {
    const edge = merged(smallEdge())
    expect(verdictOf(edge, { grant: { request: 'ar-0000000002' } })).toBe('already-open')
  })

  test('is not there when only some methods or paths of it are', () => {
    const narrow = merged(smallEdge(), { grant: { methods: ['GET'], paths: ['/catalogue/'] } })
    const { proof, change } = proving(narrow, { grant: { request: 'ar-0000000002' } })
    expect(proof?.verdict).toBe('exact')
    expect(change?.edits.map((edit) => edit.label)).toEqual(['policy', 'lb'])
    const again = merged(narrow, { grant: { request: 'ar-0000000002' } })
    expect(verdictOf(again, { grant: { request: 'ar-0000000003' } })).toBe('already-open')
    expect(verdictOf(again, { grant: { request: 'ar-0000000003', methods: ['POST'] } })).toBe('already-open')
  })

  test('is not there when the firewall lets these sources in by another interface than theirs, or from some ports only', () => {
    const policy = (from: string, service: string) =>
      editing(
        FW,
        'config firewall policy\n',
        `config firewall service custom
    edit "low"
        set tcp-portrange 8443:1024-2000
    next
end
config router static
    edit 1
        set gateway 203.0.113.254
        set device "wan1"
    next
end
config firewall policy
    edit 99
        set srcintf "${from}"
        set dstintf "dmz"
        set srcaddr "all"
        set dstaddr "vip-web"
        set schedule "always"
        set service "${service}"
        set action accept
    next
`,
      )
    const labels = (from: string, service: string) => {
      const { proof, change } = proving(smallEdge(policy(from, service)))
      return [proof?.verdict, ...(change?.edits.map((edit) => edit.label) ?? [])]
    }
    expect(labels('wan1', 'ALL')).toEqual(['exact', 'policy', 'fw', 'lb'])
    expect(labels('lan', 'low')).toEqual(['exact', 'policy', 'fw', 'lb'])
    expect(labels('lan', 'ALL')).toEqual(['exact', 'policy', 'lb'])
  })

  test('is too narrow when others may send what some of those who were asked for may not', () => {
    const edge = smallEdge(
      editing(
        LB,
        '    use_backend shop',
        '    http-request deny if { src 10.1.1.0/25 } { method POST }\n    use_backend shop',
      ),
    )
    const { proof } = proving(edge)
    expect(proof?.verdict).toBe('too-narrow')
    expect(proof?.witness).toMatchObject({ method: 'POST' })
    expect(verdictOf(edge, { grant: { methods: ['GET'] } })).toBe('exact')
  })

  test('leaves the firewall alone where it is open there already', () => {
    const { proof, change } = proving(smallEdge(), { allow: 'group:sellers' })
    expect(proof?.verdict).toBe('exact')
    expect(change?.edits.map((edit) => edit.label)).toEqual(['policy', 'lb'])
  })

  test('is exact where HAProxy listens on every address, on two ports, or is passed to directly', () => {
    const wild = editing(LB, '    bind 10.9.0.5:8443', '    bind :80\n    bind *:8443')
    const straight = editing(
      FW,
      'config firewall policy\n',
      `config firewall policy
    edit 40
        set srcintf "lan"
        set dstintf "dmz"
        set srcaddr "all"
        set dstaddr "all"
        set schedule "always"
        set service "web-8443"
        set action accept
    next
`,
    )
    expect(verdictOf(smallEdge(wild))).toBe('exact')
    const { proof } = proving(smallEdge((files) => [wild, straight].forEach((edit) => void edit(files))))
    expect(proof?.verdict).toBe('exact')
    // The same people at another port, whom the firewall lets through as well, were not asked for.
    const other = editing(LB, '    bind 10.9.0.5:8443', '    bind *:8443\n    bind *:8444')
    const ports = editing(FW, 'set tcp-portrange 8443', 'set tcp-portrange 8443-8444')
    const wider = smallEdge((files) => [other, straight, ports].forEach((edit) => void edit(files)))
    expect(proving(wider).proof).toMatchObject({ verdict: 'too-wide', witness: { dport: 8444 } })
  })

  test('is exact with central NAT, where policies name HAProxy itself', () => {
    const central = (files: Map<string, string>) => {
      const text = files.get(FW) ?? ''
      const named = text
        .replaceAll('set dstaddr "vip-web"', 'set dstaddr "lb-host"')
        .replace(/ *set match-vip.*\n/g, '')
      const settings = 'config system settings\n    set central-nat enable\nend\nconfig firewall address\n'
      files.set(FW, named.replace('config firewall address\n', settings))
    }
    const { proof, change } = proving(smallEdge(central))
    expect(change?.edits.map((edit) => edit.label)).toEqual(['policy', 'fw', 'lb'])
    expect(proof?.verdict).toBe('exact')
  })

  test('is too wide when the same VIP leads to a service that HAProxy does not guard', () => {
    const unguarded = editing(LB, '    # sallyport:guard blog\n', '')
    const open = editing(LB, '    http-request deny deny_status 403 unless { var(txn.sallyport_blog) -m bool }\n', '')
    const edge = smallEdge((files) => {
      unguarded(files)
      open(files)
    })
    const { proof } = proving(edge)
    expect(proof?.verdict).toBe('too-wide')
    expect(proof?.extra.map((one) => `${one.door} ${one.to}`)).toEqual(['edge backend blog'])
    expect(proof?.witness).toMatchObject({ src: '10.1.1.0', dst: '203.0.113.10', host: 'blog.example' })
  })

  test('is too narrow when a line that others wrote refuses it', () => {
    const edge = smallEdge(
      editing(LB, '    use_backend shop', '    http-request deny if { src 10.1.1.0/24 }\n    use_backend shop'),
    )
    const { proof } = proving(edge)
    expect(proof?.verdict).toBe('too-narrow')
    expect(proof?.stillRefused.map((trace) => trace.says)).toEqual(['http-request deny if { src 10.1.1.0/24 }'])
  })

  test('stays exact when a path is refused to everybody, and the line is named', () => {
    const edge = smallEdge(
      editing(LB, '    use_backend shop', '    http-request deny if { path_beg /metrics }\n    use_backend shop'),
    )
    const { proof } = proving(edge)
    expect(proof?.verdict).toBe('exact')
    expect(proof?.stillRefused.map((trace) => trace.says)).toEqual(['http-request deny if { path_beg /metrics }'])
  })

  test('is unproved when a line on its way is not modelled', () => {
    const edge = smallEdge(
      editing(LB, '    use_backend shop', '    http-request send-spoe-group guard ask if TRUE\n    use_backend shop'),
    )
    expect(verdictOf(edge)).toBe('unproved')
  })

  test('is refused when the way would be above a protected deny', () => {
    expect(verdictOf(smallEdge(), { allow: 'group:testers' })).toBe('refused: protected-deny')
  })

  test('is refused when it is longer or wider than the guardrails allow', () => {
    expect(verdictOf(smallEdge(), { grant: { until: '2027-11-27T00:00:00+01:00' } })).toMatch(/^refused: /)
    expect(verdictOf(smallEdge(), { allow: '10.0.0.0/8' })).toMatch(/^refused: /)
  })

  test('is refused by file and line when a device file is broken', () => {
    const edge = smallEdge(editing(FW, '        set extport 443\n', '        set extport "443\n'))
    const result = proving(edge)
    expect(result).toMatchObject({ refused: 'BROKEN_DEVICE_FILE' })
    expect(result.says).toMatch(/policies\/devices\/fw\.conf:\d+/)
  })

  test('never outlives its end on either door', () => {
    const { proof } = proving(smallEdge(), { grant: { until: '2026-11-24T18:30:20+01:00' } })
    const end = Date.parse('2026-11-24T18:30:20+01:00') / 1000
    for (const { flows } of proof?.radius.opens ?? []) {
      for (const box of flows) {
        const at = box.get('at')
        expect(at?.kind === 'number' && at.ranges.every(([, to]) => to <= end)).toBe(true)
      }
    }
    expect(proof?.verdict).toBe('exact')
  })

  test('may narrow by method and path', () => {
    const { proof } = proving(smallEdge(), { grant: { methods: ['GET'], paths: ['/catalogue/'] } })
    expect(proof?.verdict).toBe('exact')
    expect(proof?.opens.every((box) => box.has('method') && box.has('path'))).toBe(true)
  })
})

describe('a revocation', () => {
  const revoking = (edge: Edge) => {
    const service = findService(edge, 'shop')
    const [grant] = service?.access ?? []
    if (!service || !grant) throw new Error('nothing was granted')
    const change = compileRevocation(edge, service, grant)
    if ('ok' in change) throw new Error(change.says)
    return { change, proof: prove(edge, change, NOW) }
  }

  test('closes what the grant opened and leaves all three files as they were before it', () => {
    const before = smallEdge()
    const { change, proof } = revoking(merged(before))
    expect(proof).toMatchObject({ verdict: 'exact', extra: [] })
    for (const edit of change.edits) expect(edit.after, edit.path).toBe(before.files.get(edit.path))
  })
})

describe('the digest', () => {
  const digest = (edge: Edge, asked?: Asked) => proving(edge, asked).proof?.digest

  test('is the same when lines move, comments come and other services change', () => {
    const moved = editing(LB, 'frontend web-in\n', '# a remark\n\nfrontend web-in\n')
    const other = editing(FW, '    edit 9\n', '    edit 12\n')
    expect(digest(smallEdge(moved))).toBe(digest(smallEdge()))
    expect(digest(smallEdge(other))).toBe(digest(smallEdge()))
  })

  test('is another one for other people, another time, another address or another verdict', () => {
    const known = digest(smallEdge())
    expect(digest(smallEdge(), { grant: { until: '2026-11-28T00:00:00+01:00' } })).not.toBe(known)
    expect(digest(smallEdge(), { allow: '10.1.1.0/25' })).not.toBe(known)
    const elsewhere = (files: Map<string, string>) =>
      files.set(FW, (files.get(FW) ?? '').replaceAll('set extip 203.0.113.10', 'set extip 203.0.113.20'))
    expect(digest(smallEdge(elsewhere))).not.toBe(known)
  })

  test('is of what the grant means: another header, method, path, port or direction is another grant, another order of them is not', () => {
    const { change } = proving(smallEdge())
    if (!change) throw new Error('nothing was asked')
    const of = (patch: Partial<typeof change.asked>) => canonicalAsked({ ...change.asked, ...patch }, change.entry, NOW)
    const header = (...values: string[]) => ({ headers: values.map((value) => ({ name: 'x-auth-groups', value })) })
    const known = [
      of({}),
      of(header('makers')),
      of(header('sellers')),
      of(header('makers', 'sellers')),
      of({ methods: ['GET'] }),
      of({ paths: ['/a'] }),
      of({ fortigateGroups: ['staff'] }),
      of({ ports: [{ proto: 'tcp', from: 443, to: 444 }] }),
      of({ from: NOW + 60 }),
    ]
    expect(new Set(known).size).toBe(known.length)
    expect(of(header('sellers', 'makers'))).toBe(of(header('makers', 'sellers')))
    expect(of({ methods: ['GET', 'POST'] })).toBe(of({ methods: ['POST', 'GET'] }))
    expect(of({ paths: ['/a', '/b'] })).toBe(of({ paths: ['/b', '/a', '/a/c'] }))
  })
})
