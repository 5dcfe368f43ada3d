import { describe, expect, test } from 'vitest'
import { evaluate } from '../../src/language/evaluate.ts'
import type { Intent } from '../../src/language/intent.ts'

const label: Intent = {
  kind: 'grant',
  subjects: [{ type: 'group', id: 'data' }],
  except: [{ type: 'person', id: 'bob' }],
  via: [{ type: 'network', id: 'vpn' }],
  services: ['grafana'],
  ports: ['tcp/443'],
  window: { start: '2026-11-24T00:00:00+01:00', end: '2026-11-27T23:59:59+01:00', precision: 'day' },
}

function judge(
  predicted: Intent,
  expected: Intent = label,
): { exact: boolean; unsafe: string | undefined; overRevoke: string | undefined } {
  const [score] = evaluate([{ id: 'x', expected, predicted }]).scores
  return { exact: score?.exact ?? false, unsafe: score?.unsafe, overRevoke: score?.overRevoke }
}

const without = (field: keyof Intent): Intent => {
  const { [field]: _gone, ...rest } = label
  return { ...rest, kind: label.kind }
}

test('the label itself is exact and safe', () => {
  expect(judge(label)).toEqual({ exact: true, unsafe: undefined, overRevoke: undefined })
})

describe('whatever is wider than the label is unsafe', () => {
  test.each<[string, Intent]>([
    ['another subject', { ...label, subjects: [...(label.subjects ?? []), { type: 'person', id: 'eve' }] }],
    ['a lost exception', without('except')],
    ['a lost or wider source', without('via')],
    ['another service', { ...label, services: ['grafana', 'wiki'] }],
    ['lost or wider ports', without('ports')],
    ['lost or wider ports', { ...label, ports: ['tcp/1-65535'] }],
    ['a later or lost end', without('window')],
    ['a later or lost end', { ...label, window: { ...label.window, end: '2026-11-28T00:00:00+01:00' } }],
    ['an earlier start', { ...label, window: { end: '2026-11-27T23:59:59+01:00', precision: 'day' } }],
    ['another model of access', { ...label, sameAs: 'bob' }],
  ])('%s', (reason, predicted) => expect(judge(predicted)).toMatchObject({ exact: false, unsafe: reason }))

  test('a grant where something else was asked, and a guess where asking was due', () => {
    expect(judge(label, { kind: 'diagnose' }).unsafe).toBe('a grant where none was asked')
    expect(judge(label, { ...label, needsClarification: ['subject'] }).unsafe).toBe('a guess where asking was due')
    expect(judge({ kind: 'help', additional: [label] }, { kind: 'help' }).unsafe).toBe('a grant where none was asked')
  })

  test('a longer duration', () => {
    const hours = (duration: string): Intent => ({ kind: 'grant', window: { duration } })
    expect(judge(hours('PT3H'), hours('PT2H')).unsafe).toBe('a longer or lost duration')
    expect(judge(hours('P7D'), hours('P1W'))).toMatchObject({ exact: true, unsafe: undefined })
  })

  test('a revocation of more is an over-revoke', () => {
    const one: Intent = { kind: 'revoke', subjects: [{ type: 'person', id: 'bob' }], services: ['wiki'] }
    expect(
      judge({ kind: 'revoke', subjects: [{ type: 'person', id: 'bob' }], allServices: true }, one).overRevoke,
    ).toBe('every service')
  })
})

test('asking is inexact but never unsafe, and counts against coverage', () => {
  const asking: Intent = { ...without('window'), needsClarification: ['window'] }
  const { table } = evaluate([{ id: 'x', expected: label, predicted: asking }])
  expect(table).toMatchObject({
    unsafe: 0,
    exact: 0,
    coverage: 0,
    clarificationPrecision: 0,
    clarificationRecall: undefined,
  })
})
