import { diffLines } from 'diff'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { addApprovers, addGrant, extendGrant, removeGrant } from '../../src/policy/edit.ts'
import { Grant } from '../../src/policy/schema.ts'

const SHORT = Grant.parse({ allow: ['group:data'], until: '2026-11-27T23:59:59+01:00', request: 'ar-0000000001' })
const SHORT_LINES = ['  - allow: [group:data]', '    until: 2026-11-27T23:59:59+01:00', '    request: ar-0000000001']

/** Adds the short grant and expects exactly this text, and the old text again when it is taken away. */
function checkAdded(before: string, after: string, removed = before): void {
  expect(addGrant(before, SHORT)).toBe(after)
  expect(removeGrant(after, 'ar-0000000001')).toBe(removed)
}

describe('adding a grant touches only its own lines', () => {
  const block = SHORT_LINES.join('\n')

  test('after the last entry, before the comments that follow', () => {
    const before = '# a\nid: x   # b\n\naccess:\n  # c\n  - allow: [ group:a ]   # d\n  # e\nhealth: {path: /}\n'
    checkAdded(before, before.replace('  # e\n', `${block}\n  # e\n`))
  })

  test('in an empty list, keeping what else stands on its line', () => {
    checkAdded('id: x\naccess: []  # none yet\nname: y\n', `id: x\naccess:  # none yet\n${block}\nname: y\n`)
  })

  test('where nothing follows the key', () => {
    checkAdded('access: # none\nid: x\n', `access: # none\n${block}\nid: x\n`, 'access: [] # none\nid: x\n')
  })

  test('where there is no list yet, before the comments at the end', () => {
    checkAdded('id: x\n# end\n', `id: x\naccess:\n${block}\n# end\n`, 'id: x\naccess: []\n# end\n')
  })

  test('with the indentation of the entries that are there', () => {
    const before = 'access:\n- allow:\n  - group:a\nid: x\n'
    checkAdded(before, before.replace('id: x', `${SHORT_LINES.map((line) => line.slice(2)).join('\n')}\nid: x`))
  })

  test('on one line where entries are written on one line', () => {
    const before = 'access:\n  - { allow: [group:a] } # why\nid: x\n'
    checkAdded(
      before,
      before.replace(
        'id: x',
        '  - { allow: [group:data], until: 2026-11-27T23:59:59+01:00, request: ar-0000000001 }\nid: x',
      ),
    )
  })

  test('in a list that is written in brackets', () => {
    checkAdded(
      'access: [{allow: [group:a]}] # x\n',
      'access: [{allow: [group:a]}, { allow: [group:data], until: 2026-11-27T23:59:59+01:00, request: ar-0000000001 }] # x\n',
    )
  })

  test('with Windows line ends', () => {
    checkAdded('id: x\r\naccess: []\r\nname: y\r\n', `id: x\r\naccess:\r\n${SHORT_LINES.join('\r\n')}\r\nname: y\r\n`)
  })

  test('without a line end where the file has none at its end', () => {
    checkAdded('access:\n  - allow: [group:a]', `access:\n  - allow: [group:a]\n${block}`)
  })

  test('before the end mark of a document', () => {
    checkAdded('id: x\naccess: []\n...\n', `id: x\naccess:\n${block}\n...\n`)
  })

  test('after a block of text', () => {
    const before = 'access:\n  - allow: [group:a]\n    reason: |\n      one\n      two\n\nid: x\n'
    checkAdded(before, before.replace('two\n', `two\n${block}\n`))
  })
})

describe('changing a grant', () => {
  const before =
    "access:\n  - allow: [group:a] # who\n    until: '2026-01-01T00:00:00Z' # when\n    request: ar-1\n    approvedBy: [ann]\n  - {allow: [group:b], request: ar-2}\n"

  test('moves its end in place', () => {
    expect(extendGrant(before, 'ar-1', '2026-02-01T00:00:00Z')).toBe(
      before.replace("'2026-01-01T00:00:00Z'", '2026-02-01T00:00:00Z'),
    )
  })

  test('gives an end to one that had none, where people look for it', () => {
    expect(extendGrant(before, 'ar-2', '2026-02-01T00:00:00Z')).toBe(
      before.replace('[group:b], ', '[group:b], until: 2026-02-01T00:00:00Z, '),
    )
    const standing = 'access:\n  - allow: [group:a] # who\n    request: ar-1\n'
    expect(extendGrant(standing, 'ar-1', '2026-02-01T00:00:00Z')).toBe(
      standing.replace('# who\n', '# who\n    until: 2026-02-01T00:00:00Z\n'),
    )
  })

  test('names its approvers', () => {
    expect(addApprovers(before, 'ar-1', ['bob', 'eve'])).toBe(before.replace('[ann]', '[bob, eve]'))
    expect(addApprovers(before, 'ar-2', ['bob'])).toBe(before.replace('ar-2}', 'ar-2, approvedBy: [bob]}'))
  })

  test('that is not there changes nothing', () => {
    for (const same of [
      removeGrant(before, 'ar-3'),
      extendGrant(before, 'ar-3', 'x'),
      addApprovers(before, 'ar-3', []),
    ])
      expect(same).toBe(before)
  })

  test('keeps the meaning even where an anchor is cut away that others use', () => {
    const anchored = 'access:\n  - { allow: &who [group:a], request: ar-1 }\n  - { allow: *who, request: ar-2 }\n'
    expect(parse(removeGrant(anchored, 'ar-1'))).toEqual({ access: [{ allow: ['group:a'], request: 'ar-2' }] })
  })
})

describe('for any layout and any grant', () => {
  const word = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom(
      'yes',
      'null',
      '1e3',
      '# x',
      'a: b',
      '- c',
      '{',
      "it's",
      '"',
      'é\n\tz',
      '&a',
      '*a',
      '!t',
      '| x',
      '2026-01-01',
    ),
  )
  const anyGrant = fc
    .record(
      {
        allow: fc.array(fc.constantFrom('group:a', 'network:b-1', '10.0.0.0/8', '2001:db8::/32', '::/0'), {
          minLength: 1,
          maxLength: 3,
        }),
        via: fc.array(fc.constant('network:vpn'), { maxLength: 1 }),
        ports: fc.constant(['tcp/443']),
        paths: fc.array(fc.constantFrom('/', '/a,b', '/#x', '/[y]'), { minLength: 1, maxLength: 2 }),
        until: fc.constant('2026-11-27T23:59:59+01:00'),
        reason: word,
        ticket: fc.string({ minLength: 1, maxLength: 10 }),
        approvedBy: fc.array(fc.constant('bob'), { maxLength: 1 }),
      },
      { requiredKeys: ['allow'] },
    )
    .map((fields) => Grant.parse(fields))
  const layout = fc.record({
    grants: fc.array(anyGrant, { maxLength: 3 }),
    flow: fc.boolean(),
    indent: fc.constantFrom(0, 2, 4),
    eol: fc.constantFrom('\n', '\r\n'),
    lastEol: fc.boolean(),
    comment: fc.boolean(),
    after: fc.boolean(),
    missing: fc.boolean(),
  })

  test('adding then reading gives the old entries and the new one, changes no other line, and can be undone', () => {
    fc.assert(
      fc.property(layout, anyGrant, (shape, fields) => {
        const before = printFile(shape)
        const grant = { ...fields, request: 'ar-new' }
        const after = addGrant(before, grant)
        const data = parse(before)
        expect(parse(after)).toEqual({ ...data, access: [...(data.access ?? []), bare(grant)] })
        const taken = diffLines(normal(before), normal(after))
          .filter(({ removed }) => removed)
          .map(({ value }) => value)
        expect(taken.every((lines) => /^access:( \[|.*\{)/.test(lines) && lines.trim().split('\n').length === 1)).toBe(
          true,
        )
        if (data.access !== undefined) expect(removeGrant(after, 'ar-new')).toBe(before)
        expect(parse(extendGrant(after, 'ar-new', 'X')).access.at(-1)).toEqual({ ...bare(grant), until: 'X' })
      }),
      { numRuns: 300 },
    )
  })

  test('removing one entry leaves all others as they are written', () => {
    fc.assert(
      fc.property(layout, fc.nat(2), (shape, index) => {
        const grants = shape.grants.map((grant, at) => ({ ...grant, request: `ar-${at}` }))
        const before = printFile({ ...shape, grants, missing: false })
        const wanted = grants.filter((_, at) => at !== index)
        const after = removeGrant(before, `ar-${index}`)
        expect(parse(after).access).toEqual(wanted.map(bare))
        const added = diffLines(normal(before), normal(after)).filter((part) => part.added)
        expect(added.every(({ value }) => /^access: \[.*\n$/.test(value))).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})

type Layout = {
  grants: readonly Grant[]
  flow: boolean
  indent: number
  eol: string
  lastEol: boolean
  comment: boolean
  after: boolean
  missing: boolean
}

/** A service file in one of many hands. Values are JSON, which is YAML: the printer under test takes no part in it. */
function printFile({ grants, flow, indent, eol, lastEol, comment, after, missing }: Layout): string {
  const pad = ' '.repeat(indent)
  const note = comment ? ' # note' : ''
  const entries = grants.map((grant) =>
    Object.entries(bare(grant)).map(([key, value]) => `${key}: ${JSON.stringify(value)}`),
  )
  const list = flow
    ? [`access: [${entries.map((fields) => `{ ${fields.join(', ')} }`).join(', ')}]${note}`]
    : grants.length === 0
      ? [`access: []${note}`]
      : [
          `access:${note}`,
          ...entries.flatMap((fields) => [
            ...(comment ? [`${pad}# next`] : []),
            ...fields.map((field, at) => `${pad}${at === 0 ? '- ' : '  '}${field}${note}`),
          ]),
        ]
  const lines = ['id: x', ...(missing ? [] : list), ...(after ? ['', 'name: y', '# end'] : [])]
  return lines.join(eol) + (lastEol ? eol : '')
}

function bare(grant: Grant): object {
  return Object.fromEntries(Object.entries(grant).filter(([, value]) => !(Array.isArray(value) && value.length === 0)))
}

function normal(text: string): string {
  return `${text.replaceAll('\r\n', '\n').trimEnd()}\n`
}
