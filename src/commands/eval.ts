import { z } from 'zod'
import type { LanguageContext } from '../language/context.ts'
import { evaluate, type Judged, type ScoreTable } from '../language/evaluate.ts'
import { BaseIntent, Intent } from '../language/intent.ts'
import type { Proposer } from '../language/proposal.ts'
import { readArguments, readMoment } from './arguments.ts'
import { openEdge } from './edge-folder.ts'
import { linesOf, readLine } from './json-lines.ts'
import { calledWrongly, FINE, NO, printJson, printLine, printLines, type Terminal, tell } from './terminal.ts'
import { openBytes } from './text-file.ts'
import { openModel, understandWords } from './understand-words.ts'

const AT_ONCE = 4
const Case = z.object({
  from: z.string(),
  text: z.string(),
  expected: z.record(z.string(), z.unknown()).optional(),
  /** How hard the message is meant to be, and its language: each gets a row of its own. */
  level: z.string().optional().catch(undefined),
  lang: z.string().optional().catch(undefined),
})
type Case = z.infer<typeof Case>

/** A judged message with the rows of the table that it counts in beside those of all. */
type Sorted = Judged & { readonly rows: readonly string[] }

/** `sallyport eval`: predictions for labelled messages, one JSON line each, then how they compare with their labels. */
export async function evalCommand(args: readonly string[], io: Terminal): Promise<number> {
  const given = readArguments(args, {
    cases: 'text',
    now: 'text',
    endpoint: 'text',
    model: 'text',
    json: 'flag',
    policies: 'text',
  })
  if ('wrong' in given) return calledWrongly(io, 'eval', given.wrong)
  const path = given.text('cases')
  if (path === undefined || given.words.length > 0)
    return calledWrongly(io, 'eval', 'name the labelled messages with --cases FILE.')
  const now = readMoment(io, '--now', given.text('now'))
  if ('wrong' in now) return calledWrongly(io, 'eval', now.wrong)
  const edge = await openEdge(io, given.text('policies'))
  if (typeof edge === 'number') return edge
  const [endpoint, name] = [given.text('endpoint'), given.text('model')]
  // Only on request: a table of scores should not depend on what happens to be set.
  const model =
    endpoint === undefined && name === undefined ? undefined : await openModel(withModel(io, endpoint, name))
  if (model && 'wrong' in model) return calledWrongly(io, 'eval', model.wrong)

  const lines = await casesOf(await openBytes(io, path))
  const context = { catalog: edge.catalog, services: edge.services, now }
  const judged: Sorted[] = []
  let complete = true
  for (let start = 0; start < lines.length; start += AT_ONCE) {
    const batch = lines.slice(start, start + AT_ONCE)
    for (const one of await Promise.all(batch.map((line) => predict(io, line, context, model)))) {
      await printJson(io, one.told)
      if (one.judged) judged.push(one.judged)
      if (one.wrong !== undefined) {
        complete = false
        await tell(io, one.wrong)
      }
    }
  }
  if (judged.length > 0) await printTable(io, judged, given.flag('json'))
  return complete ? FINE : NO
}

function withModel(io: Terminal, endpoint: string | undefined, model: string | undefined): Terminal {
  return {
    ...io,
    env: {
      ...io.env,
      ...(endpoint === undefined ? {} : { OPENAI_BASE_URL: endpoint }),
      ...(model === undefined ? {} : { OPENAI_MODEL: model }),
      // A model was asked for by name, so one is used even where no key is needed.
      OPENAI_API_KEY: io.env.OPENAI_API_KEY ?? 'none',
    },
  }
}

type Line = ReturnType<typeof readLine<Case>> & { readonly number: number }

async function casesOf(bytes: Uint8Array): Promise<readonly Line[]> {
  const lines: Line[] = []
  let number = 0
  for await (const line of linesOf(one(bytes))) {
    number++
    if (line === undefined || line.trim() !== '') lines.push({ ...readLine(line, Case), number })
  }
  return lines
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

type Predicted = { readonly told: object; readonly judged?: Sorted; readonly wrong?: string }

async function predict(
  io: Terminal,
  line: Line,
  context: Omit<LanguageContext, 'requester'>,
  model: Proposer | undefined,
): Promise<Predicted> {
  const id = line.id ?? null
  if ('error' in line)
    return {
      told: { id, error: `line ${line.number}: ${line.error}` },
      wrong: `Line ${line.number} was left out: ${line.error}.`,
    }
  const { from, text, expected, level, lang } = line.value
  const own = { ...context, requester: from }
  const intent = await understandWords(io, text, own, model)
  const told = { id, intent }
  if (expected === undefined) return { told }
  const label = readLabel(expected)
  if (!label) return { told, wrong: `Line ${line.number} is not scored: its "expected" is no intent.` }
  const rows = [
    ...(level === undefined ? [] : [`exact, ${level}`]),
    ...(lang === undefined || lang === 'en' ? [] : ['exact, not in English']),
  ]
  return { told, judged: { id: String(id ?? line.number), expected: label, predicted: intent, rows } }
}

/** Labels may carry notes of their own; only the fields of an intent are compared. */
function readLabel(expected: Readonly<Record<string, unknown>>): Intent | undefined {
  const known = new Set([...Object.keys(BaseIntent.shape), 'additional'])
  const fields = Object.fromEntries(
    Object.entries(expected).filter(([name, value]) => known.has(name) && value !== null),
  )
  const parsed = Intent.safeParse(fields)
  return parsed.success ? parsed.data : undefined
}

async function printTable(io: Terminal, judged: readonly Sorted[], json: boolean): Promise<void> {
  const { scores, table } = evaluate(judged)
  if (json) {
    await printJson(io, { table, subsets: Object.fromEntries(subsetsOf(judged)) })
    return
  }
  await printLines(io, ['', ...tableLines(table, subsetsOf(judged))])
  for (const { id, unsafe, overRevoke } of scores) {
    const why = unsafe ?? overRevoke
    if (why !== undefined) await printLine(io, `${unsafe === undefined ? 'over-revoke' : 'unsafe'} ${id}: ${why}`)
  }
}

/** The share that is right of each part that the labels mark: a level, other languages, messages whose label bears a flag. */
function subsetsOf(judged: readonly Sorted[]): readonly (readonly [string, number])[] {
  const names = [...new Set(judged.flatMap(({ rows }) => rows))].sort()
  const exact = names.map((name) => {
    const { table } = evaluate(judged.filter(({ rows }) => rows.includes(name)))
    return [name, table.exact] as const
  })
  const flagged = judged.filter(({ expected }) => (expected.flags ?? []).length > 0)
  const seen = flagged.filter(({ predicted }) => (predicted.flags ?? []).length > 0)
  return flagged.length === 0 ? exact : [...exact, ['flagged when due', seen.length / flagged.length]]
}

function tableLines(table: ScoreTable, subsets: readonly (readonly [string, number])[]): readonly string[] {
  const rate = (value: number | undefined) => (value === undefined ? '-' : `${(value * 100).toFixed(1)} %`)
  const rows: readonly (readonly [string, string])[] = [
    ['messages', String(table.messages)],
    ['unsafe', String(table.unsafe)],
    ['over-revoke', String(table.overRevoke)],
    ['exact', rate(table.exact)],
    ['kind right', rate(table.kindAccuracy)],
    ['slot F1', rate(table.slotF1)],
    ['asked rightly', rate(table.clarificationPrecision)],
    ['asked when due', rate(table.clarificationRecall)],
    ['answered without asking', rate(table.coverage)],
    ['exact when answered', rate(table.exactWhenCommitted)],
    ...subsets.map(([name, value]) => [name, rate(value)] as const),
  ]
  return rows.map(([name, value]) => `${name.padEnd(24)}${value.padStart(8)}`)
}
