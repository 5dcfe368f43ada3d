import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { removeFortigateGrant } from '../../src/fortigate/remove-grant.ts'
import { type RenderedEdit, renderEdit } from '../../src/fortigate/render-edit.ts'
import { cidrs, compiled, device, EDGE } from './edge-fortigate.ts'
import { modelOf } from './plain-model.ts'
import { randomFortigatePair } from './random-fortigate.ts'

function rendered(before: string, after: string): RenderedEdit {
  const edit = renderEdit(device(before), after)
  if (!edit.ok) throw new Error(edit.says)
  return edit
}

describe('a grant as a script and as calls', () => {
  const until = Date.parse('2026-11-27T23:59:59+01:00') / 1000
  const after = compiled(EDGE, { until, sources: cidrs('10.10.20.4/30') })

  test('what is referred to comes first, and the policy is put in its place', () => {
    expect(rendered(EDGE, after).script.split('\n')).toEqual([
      'config firewall address',
      '    edit sp-10.10.20.4-30',
      '        set subnet 10.10.20.4 255.255.255.252',
      '        set comment Sallyport',
      '    next',
      'end',
      'config firewall service custom',
      '    edit sp-tcp-8443',
      '        set comment Sallyport',
      '        set tcp-portrange 8443',
      '    next',
      'end',
      'config firewall schedule onetime',
      '    edit sp-ar-0123456789',
      '        set start 00:00 2001/01/02',
      '        set end 23:59 2026/11/27',
      '    next',
      'end',
      'config firewall policy',
      '    edit 8',
      '        set name grafana-ar-0123456789',
      '        set srcintf inside',
      '        set dstintf port3',
      '        set action accept',
      '        set srcaddr sp-10.10.20.4-30',
      '        set dstaddr vip-edge',
      '        set schedule sp-ar-0123456789',
      '        set schedule-timeout enable',
      '        set service sp-tcp-8443',
      '        set logtraffic all',
      '        set comments "Sallyport ar-0123456789 quarterly report"',
      '    next',
      '    move 8 before 3',
      'end',
      '',
    ])
  })

  test('calls carry whole lists, numbers and texts as the API has them, inside one transaction', () => {
    const { rest, restBack } = rendered(EDGE, after)
    expect(rest.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/v2/cmdb/firewall/address',
      'POST /api/v2/cmdb/firewall.service/custom',
      'POST /api/v2/cmdb/firewall.schedule/onetime',
      'POST /api/v2/cmdb/firewall/policy',
      'PUT /api/v2/cmdb/firewall/policy/8',
    ])
    expect(rest.calls[0]?.body).toEqual({
      name: 'sp-10.10.20.4-30',
      subnet: '10.10.20.4 255.255.255.252',
      comment: 'Sallyport',
    })
    expect(rest.calls[3]?.body).toMatchObject({
      policyid: 8,
      srcaddr: [{ name: 'sp-10.10.20.4-30' }],
      dstaddr: [{ name: 'vip-edge' }],
      schedule: 'sp-ar-0123456789',
    })
    expect(rest.calls[4]).toMatchObject({ query: { vdom: 'root', action: 'move', before: '3' } })
    expect(rest.start).toMatchObject({ method: 'POST', path: '/api/v2/cmdb', query: { action: 'transaction-start' } })
    expect(restBack.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'DELETE /api/v2/cmdb/firewall/policy/8',
      'DELETE /api/v2/cmdb/firewall.schedule/onetime/sp-ar-0123456789',
      'DELETE /api/v2/cmdb/firewall.service/custom/sp-tcp-8443',
      'DELETE /api/v2/cmdb/firewall/address/sp-10.10.20.4-30',
    ])
  })

  test('taking it back is the inverse of giving it', () => {
    const removed = removeFortigateGrant(device(after), 'ar-0123456789')
    expect(removed.ok && rendered(after, removed.text).script).toBe(rendered(EDGE, after).scriptBack)
  })

  test('works inside a VDOM, where end closes the section and then the VDOM', () => {
    const wrapped = `config vdom\nedit root\nnext\nend\nconfig global\nend\nconfig vdom\nedit root\n${EDGE.replace(/^#.*\n/, '')}end\n`
    const { script } = rendered(wrapped, compiled(wrapped, { until }))
    expect(script).toMatch(/^config vdom\nedit root\nconfig firewall service custom\n/)
    expect(modelOf(wrapped + script)).toEqual(modelOf(compiled(wrapped, { until })))
  })

  test('an edit of anything else is refused by name', () => {
    const elsewhere = EDGE.replace('set gateway 203.0.113.254', 'set gateway 203.0.113.253')
    expect(renderEdit(device(EDGE), elsewhere)).toMatchObject({ ok: false, reason: 'cannot-render' })
    expect(JSON.stringify(renderEdit(device(EDGE), elsewhere))).toContain('router static')
  })

  test('names that need quotes keep their meaning', () => {
    const odd = EDGE.replaceAll('"hq"', '"h q\\"x\\\\y"').replaceAll('deny-rest', 'a #b')
    const { script, scriptBack } = rendered(odd, compiled(odd, { until }))
    expect(modelOf(odd + script)).toEqual(modelOf(compiled(odd, { until })))
    expect(modelOf(odd + script + scriptBack)).toEqual(modelOf(odd))
  })
})

test('any edit of policies and objects: the script means the edit, and the way back restores what was', () => {
  let calls = 0
  fc.assert(
    fc.property(randomFortigatePair, ([before, after]) => {
      const edit = renderEdit(device(before), after)
      if (!edit.ok) {
        // 7.2.3 leaves the default of match-vip open, so its unset has no word.
        expect(edit.says).toContain('the default of "match-vip" in this release is not known')
        expect(before).toContain('-7.2.3-')
        return
      }
      expect(modelOf(before + edit.script)).toEqual(modelOf(after))
      expect(modelOf(before + edit.script + edit.scriptBack)).toEqual(modelOf(before))
      calls += edit.rest.calls.length
    }),
    { numRuns: 150 },
  )
  expect(calls).toBeGreaterThan(100)
})
