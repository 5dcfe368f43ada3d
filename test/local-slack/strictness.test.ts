import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkBlocks, checkView } from '../../src/local/slack/block-check.ts'

const text = (length: number, type = 'mrkdwn') => ({ type, text: 'x'.repeat(length) })
const plain = (length: number) => text(length, 'plain_text')
const button = (more: object = {}) => ({ type: 'button', text: plain(5), action_id: 'a', ...more })
const actions = (...elements: object[]) => ({ type: 'actions', elements })
const section = (more: object) => ({ type: 'section', ...more })
const option = (value = 'v', label = 5) => ({ text: plain(label), value })
const select = (more: object = {}) => ({ type: 'static_select', action_id: 's', options: [option()], ...more })
const input = (element: object, more: object = {}) => ({
  type: 'input',
  block_id: 'i',
  label: plain(5),
  element,
  ...more,
})
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
/** A menu of several, as the accessory of a section. */
const manyOf = (options: object[], initial_options: object[]) => ({
  text: text(5),
  accessory: { type: 'multi_static_select', action_id: 'm', options, initial_options },
})
const divider = { type: 'divider' }

/** What Slack takes at its limit, and what it refuses one step beyond, with the place it names. */
const LIMITS: readonly [string, object[], object[], string][] = [
  [
    '50 blocks a message',
    many(50, () => divider),
    many(51, () => divider),
    'no more than 50 items allowed [json-pointer:/blocks]',
  ],
  [
    '3000 characters a section',
    [section({ text: text(3000) })],
    [section({ text: text(3001) })],
    'less than 3001 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'a section that says something',
    [section({ text: text(1) })],
    [section({ text: text(0) })],
    'more than 0 characters',
  ],
  [
    'a section with text or fields',
    [section({ fields: [text(1)] })],
    [section({})],
    'missing required field: text or fields',
  ],
  [
    '10 fields',
    [section({ fields: many(10, () => text(1)) })],
    [section({ fields: many(11, () => text(1)) })],
    'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
  ],
  [
    '2000 characters a field',
    [section({ fields: [text(2000)] })],
    [section({ fields: [text(2001)] })],
    'less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
  ],
  [
    '150 characters a header',
    [{ type: 'header', text: plain(150) }],
    [{ type: 'header', text: plain(151) }],
    'less than 151 characters',
  ],
  [
    'a header in plain text',
    [{ type: 'header', text: plain(1) }],
    [{ type: 'header', text: text(1) }],
    '/blocks/0/text/type',
  ],
  [
    '75 characters a button',
    [actions(button({ text: plain(75) }))],
    [actions(button({ text: plain(76) }))],
    'less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
  ],
  [
    '2000 characters a value',
    [actions(button({ value: 'v'.repeat(2000) }))],
    [actions(button({ value: 'v'.repeat(2001) }))],
    'less than 2001 characters',
  ],
  [
    '255 characters an action id',
    [actions(button({ action_id: 'a'.repeat(255) }))],
    [actions(button({ action_id: 'a'.repeat(256) }))],
    'less than 256 characters',
  ],
  [
    '255 characters a block id',
    [{ ...divider, block_id: 'b'.repeat(255) }],
    [{ ...divider, block_id: 'b'.repeat(256) }],
    'less than 256 characters',
  ],
  [
    'two styles of button',
    [actions(button({ style: 'danger' }))],
    [actions(button({ style: 'warning' }))],
    '/blocks/0/elements/0/style',
  ],
  [
    '25 elements in a row',
    [actions(...many(25, (n) => button({ action_id: `a${n}` })))],
    [actions(...many(26, (n) => button({ action_id: `a${n}` })))],
    'no more than 25 items allowed',
  ],
  [
    '10 elements of context',
    [{ type: 'context', elements: many(10, () => text(1)) }],
    [{ type: 'context', elements: many(11, () => text(1)) }],
    'no more than 10 items allowed',
  ],
  [
    'action ids unique in their block',
    [actions(button(), button({ action_id: 'b' }))],
    [actions(button(), button())],
    '`action_id` "a" already exists',
  ],
  [
    'block ids unique in the message',
    [
      { ...divider, block_id: 'x' },
      { ...divider, block_id: 'y' },
    ],
    [
      { ...divider, block_id: 'x' },
      { ...divider, block_id: 'x' },
    ],
    '`block_id` "x" already exists [json-pointer:/blocks/1/block_id]',
  ],
  ['known blocks', [divider], [{ type: 'carousel3d' }], 'unsupported type: carousel3d [json-pointer:/blocks/0/type]'],
  [
    'known elements',
    [actions(button())],
    [actions({ type: 'slider' })],
    'unsupported type: slider [json-pointer:/blocks/0/elements/0/type]',
  ],
  [
    'inputs in input blocks only',
    [actions(button())],
    [actions({ type: 'plain_text_input', action_id: 't' })],
    'unsupported type: plain_text_input',
  ],
  [
    'no buttons in input blocks',
    [input({ type: 'plain_text_input', action_id: 't' })],
    [input(button())],
    'unsupported type: button',
  ],
  [
    'known properties',
    [divider],
    [{ ...divider, colour: 'red' }],
    'invalid additional property: colour [json-pointer:/blocks/0]',
  ],
  [
    '100 options',
    [actions(select({ options: many(100, (n) => option(`v${n}`)) }))],
    [actions(select({ options: many(101, (n) => option(`v${n}`)) }))],
    'no more than 100 items allowed',
  ],
  [
    '75 characters an option',
    [actions(select({ options: [option('v', 75)] }))],
    [actions(select({ options: [option('v', 76)] }))],
    'less than 76 characters',
  ],
  [
    '150 characters an option value',
    [actions(select({ options: [option('v'.repeat(150))] }))],
    [actions(select({ options: [option('v'.repeat(151))] }))],
    'less than 151 characters',
  ],
  [
    'options or groups',
    [actions(select())],
    [actions(select({ options: undefined }))],
    'either options or option_groups',
  ],
  [
    'an initial option among the options',
    [actions(select({ initial_option: option() }))],
    [actions(select({ initial_option: option('w') }))],
    'initial_option must be one of the options',
  ],
  [
    'initial options among the options, whole',
    [section(manyOf([option('v'), option('w')], [option('w')]))],
    [section(manyOf([option('v'), option('w')], [{ ...option('w'), text: { type: 'plain_text', text: 'other' } }]))],
    'initial_options must be one of the options',
  ],
  [
    '5 options of an overflow',
    [actions({ type: 'overflow', action_id: 'o', options: many(5, (n) => option(`${n}`)) })],
    [actions({ type: 'overflow', action_id: 'o', options: many(6, (n) => option(`${n}`)) })],
    'no more than 5 items allowed',
  ],
  [
    '12000 characters of markdown in all',
    [{ type: 'markdown', text: 'x'.repeat(12_000) }],
    many(2, () => ({ type: 'markdown', text: 'x'.repeat(6001) })),
    'less than 12001 characters in all',
  ],
  [
    'one table',
    [{ type: 'table', rows: [[{ type: 'raw_text', text: 'a' }]] }],
    many(2, () => ({ type: 'table', rows: [[{ type: 'raw_text', text: 'a' }]] })),
    'only_one_table_allowed',
  ],
]

describe('messages', () => {
  test.each(LIMITS)('%s: the limit is taken, one more is refused', (_name, taken, refused, says) => {
    expect(checkBlocks(taken)).toMatchObject({ ok: true })
    const answer = checkBlocks(refused)
    expect(answer.ok ? [] : answer.problems).toEqual(expect.arrayContaining([expect.stringContaining(says)]))
  })

  test('what has no id gets one, different each time; what has one keeps it', () => {
    const first = checkBlocks([divider, { ...divider, block_id: 'mine' }, divider])
    const ids = first.ok ? first.value.map((block) => block.block_id) : []
    expect(new Set(ids).size).toBe(3)
    expect(ids[1]).toBe('mine')
  })

  test('whatever is handed in is answered, never thrown at', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 4 }), (value) => {
        expect(() => [checkBlocks(value), checkView(value)]).not.toThrow()
        const inside = checkBlocks([value])
        expect(inside.ok || inside.problems.length > 0).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})

describe('views', () => {
  const modal = (more: object = {}) => ({ type: 'modal', title: plain(5), blocks: [divider], ...more })
  const field = input({ type: 'plain_text_input', action_id: 't' })
  const VIEWS: readonly [string, object, object, string][] = [
    [
      '100 blocks',
      modal({ blocks: many(100, () => divider) }),
      modal({ blocks: many(101, () => divider) }),
      'no more than 100 items allowed [json-pointer:/view/blocks]',
    ],
    [
      '24 characters a title',
      modal({ title: plain(24) }),
      modal({ title: plain(25) }),
      'less than 25 characters [json-pointer:/view/title/text]',
    ],
    ['24 characters on submit', modal({ submit: plain(24) }), modal({ submit: plain(25) }), '/view/submit/text'],
    [
      'a submit button where there are inputs',
      modal({ blocks: [field], submit: plain(4) }),
      modal({ blocks: [field] }),
      'missing required field: submit',
    ],
    [
      '3000 characters of private metadata',
      modal({ private_metadata: 'p'.repeat(3000) }),
      modal({ private_metadata: 'p'.repeat(3001) }),
      'less than 3001 characters',
    ],
    [
      '255 characters a callback id',
      modal({ callback_id: 'c'.repeat(255) }),
      modal({ callback_id: 'c'.repeat(256) }),
      'less than 256 characters',
    ],
    ['no markdown blocks', modal(), modal({ blocks: [{ type: 'markdown', text: 'x' }] }), 'unsupported type: markdown'],
    [
      'a title for modals only',
      { type: 'home', blocks: [divider] },
      { type: 'home', blocks: [divider], title: plain(5) },
      'invalid additional property: title',
    ],
  ]
  test.each(VIEWS)('%s: the limit is taken, one more is refused', (_name, taken, refused, says) => {
    expect(checkView(taken)).toMatchObject({ ok: true })
    const answer = checkView(refused)
    expect(answer.ok ? [] : answer.problems).toEqual(expect.arrayContaining([expect.stringContaining(says)]))
  })
})
