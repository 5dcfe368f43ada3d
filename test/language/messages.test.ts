import { expect, test } from 'vitest'
import type { LanguageContext } from '../../src/language/context.ts'
import { evaluate, type ScoreTable } from '../../src/language/evaluate.ts'
import type { Intent } from '../../src/language/intent.ts'
import { interpret } from '../../src/language/interpret.ts'
import { company, type Labelled, labelled } from './company.ts'
import { judgeRewritten, rewritten } from './metamorphic.ts'
import { everyMessage, strangersMessages } from './worlds.ts'

function score(
  rewrite: (row: Labelled) => Labelled | undefined,
  world: (from: string) => LanguageContext = company,
): { table: ScoreTable; wrong: readonly string[] } {
  const rows = labelled().flatMap((row) => rewrite(row) ?? [])
  const judged = rows.map(({ id, from, text, expected }) => ({ id, expected, predicted: interpret(text, world(from)) }))
  const { scores, table } = evaluate(judged)
  const texts = new Map(rows.map(({ id, text }) => [id, text]))
  const wrong = scores.flatMap(({ id, unsafe, overRevoke }) =>
    unsafe || overRevoke ? [`${id} ${unsafe ?? overRevoke}: ${texts.get(id)}`] : [],
  )
  return { table, wrong }
}

test('the labelled set is large and covers every kind', () => {
  const rows = labelled()
  expect(rows.length).toBeGreaterThanOrEqual(120)
  expect(new Set(rows.map(({ expected }) => expected.kind)).size).toBe(9)
})

test('no labelled message is read as more than was asked, and most are read exactly', () => {
  const { table, wrong } = score((row) => row)
  expect(wrong).toEqual([])
  expect(table.exact).toBeGreaterThanOrEqual(0.95)
  expect(table.kindAccuracy).toBeGreaterThanOrEqual(0.97)
  expect(table.clarificationRecall).toBeGreaterThanOrEqual(0.95)
  expect(table.coverage).toBeGreaterThanOrEqual(0.75)
})

test('three hundred messages are labelled on the example company, and its other ways of speaking are read', () => {
  const ways = labelled('ways.jsonl')
  expect(labelled().length + labelled('held-out.jsonl').length + ways.length).toBeGreaterThanOrEqual(300)
  const { table } = evaluate(
    ways.map(({ id, from, text, expected }) => ({ id, expected, predicted: interpret(text, company(from)) })),
  )
  expect(table).toMatchObject({ unsafe: 0, overRevoke: 0, clarificationRecall: 1 })
  expect(table.exact).toBeGreaterThanOrEqual(0.93)
})

test('no message of any company is read as more than was asked', () => {
  const rows = everyMessage()
  expect(rows.length).toBeGreaterThan(550)
  const { scores } = evaluate(
    rows.map(({ id, text, expected, context }) => ({ id, expected, predicted: interpret(text, context) })),
  )
  const wrong = scores.flatMap(({ unsafe, overRevoke }, index) =>
    unsafe || overRevoke ? [`${unsafe ?? overRevoke}: ${rows[index]?.text}`] : [],
  )
  expect(wrong).toEqual([])
})

test.each<[string, (text: string) => string, number]>([
  [
    'in lower case',
    (text) => text.replace(/<[^>]*>|[^<]+/g, (part) => (part.startsWith('<') ? part : part.toLowerCase())),
    0.9,
  ],
  ['with curly quotes', (text) => text.replace(/'/g, '’').replace(/"([^"]*)"/g, '“$1”'), 0.95],
  ['with double spaces', (text) => text.replace(/ /g, '  '), 0.95],
  ['with an emoji and a greeting', (text) => (/^(?:&gt;|<@U0BOT>)/.test(text) ? text : `hey team :wave: ${text}`), 0.8],
  ['with the bot called first', (text) => (text.startsWith('&gt;') ? text : `<@U0BOT> ${text}`), 0.95],
  ['with thanks at the end', (text) => (text.startsWith('&gt;') ? text : `${text}\nThanks!`), 0.9],
])('the same labels hold %s', (_, change, least) => {
  const { table, wrong } = score((row) => ({ ...row, text: change(row.text) }))
  expect(wrong).toEqual([])
  expect(table.exact).toBeGreaterThanOrEqual(least)
})

const NEW_NAMES: Readonly<Record<string, string>> = {
  grafana: 'heimdall',
  payments: 'kassiopeia',
  wiki: 'scrolls',
  reports: 'ledgerly',
  legacy: 'mammut',
  finance: 'treasury',
  data: 'lakehouse',
  security: 'bluecell',
  platform: 'foundry',
  support: 'frontline',
  alice: 'miriam',
  bob: 'tariq',
  carol: 'yuki',
  felix: 'ottoline',
  postgres: 'vaultdb',
}

test('another company with other names is read the same way', () => {
  const rename = (text: string): string =>
    text.replace(/[\p{L}\p{N}]+/gu, (word) => NEW_NAMES[word.toLowerCase()] ?? word)
  const world = (from: string): LanguageContext => {
    const context = company(from)
    const words = (list: readonly string[]): string[] => list.map(rename)
    const renamed = <T extends { id: string; aliases: string[] }>(item: T): T => ({
      ...item,
      id: rename(item.id),
      aliases: words(item.aliases),
    })
    return {
      ...context,
      requester: rename(from),
      services: context.services.map((service) => ({
        ...renamed(service),
        name: rename(service.name),
        hosts: words(service.hosts),
      })),
      catalog: {
        ...context.catalog,
        networks: context.catalog.networks.map(renamed),
        groups: context.catalog.groups.map((group) => ({
          ...renamed(group),
          name: rename(group.name),
          members: words(group.members),
        })),
        people: context.catalog.people.map((person) => ({ ...renamed(person), name: rename(person.name) })),
      },
    }
  }
  // Misspelt names are left out: their misspellings are of the old names.
  const clean = (row: Labelled): Labelled | undefined => {
    if (/grafanna|fianance|obsevab|payment |dashboards|analytics|\bbobs\b/.test(row.text)) return undefined
    const expected: Intent = JSON.parse(rename(JSON.stringify(row.expected)))
    return { ...row, text: rename(row.text), expected }
  }
  const { table, wrong } = score(clean, world)
  expect(wrong).toEqual([])
  expect(table.messages).toBeGreaterThan(120)
  expect(table.exact).toBeGreaterThanOrEqual(0.93)
})

test('however it is written, nothing is read as more than was asked (a fraction of what the soak reads)', () => {
  const rows = rewritten()
  expect(rows.length).toBeGreaterThanOrEqual(7000)
  // The sets that were written for the interpreter, and those that were not.
  const own = rows.filter(({ id }) => !/^(?:TW|HV)/.test(id))
  const { table, wrong } = judgeRewritten(own.filter((_, index) => index % 11 === 0))
  expect(wrong).toEqual([])
  expect(table.exact).toBeGreaterThanOrEqual(0.85)
  const foreign = rows.filter(({ id }) => /^(?:TW|HV)/.test(id))
  expect(judgeRewritten(foreign.filter((_, index) => index % 17 === 0)).wrong).toEqual([])
})

test('of companies that nobody tuned to, nothing is read as more than was asked', () => {
  const rows = strangersMessages()
  const { scores, table } = evaluate(
    rows.map(({ id, expected, text, context }) => ({ id, expected, predicted: interpret(text, context) })),
  )
  expect(scores.flatMap(({ id, unsafe, overRevoke }) => (unsafe || overRevoke ? [id] : []))).toEqual([])
  expect(rows.length).toBeGreaterThan(250)
  // Far from where it should be (0.8); it must not fall.
  expect(table.exact).toBeGreaterThanOrEqual(0.5)
})

test('a greeting is no part of a request, but everyone who is greeted is not everyone who is meant', () => {
  expect(interpret('Hello, everyone in finance needs wiki until Friday', company()).subjects).toEqual([
    { type: 'group', id: 'finance' },
  ])
  expect(interpret('hi everyone needs wiki until Friday', company()).needsClarification).toContain('subject')
  expect(interpret('hi all! carol needs wiki until Friday', company()).subjects).toEqual([
    { type: 'person', id: 'carol' },
  ])
})
