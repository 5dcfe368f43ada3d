import type { Intent, SubjectRef, Window } from './intent.ts'
import { minutesOf } from './narrower.ts'

/** One labelled message with what was predicted for it. */
export type Judged = { readonly id: string; readonly expected: Intent; readonly predicted: Intent }

/** How one prediction compares. `unsafe` and `overRevoke` say what would have been too much. */
export type Score = {
  readonly id: string
  readonly exact: boolean
  readonly kindRight: boolean
  readonly committed: boolean
  readonly unsafe?: string
  readonly overRevoke?: string
  readonly slots: { readonly right: number; readonly extra: number; readonly missed: number }
  readonly asked: { readonly right: number; readonly extra: number; readonly missed: number }
  /** Fields that differ. */
  readonly differs: readonly string[]
}

/** The table over all messages. Rates are 0 to 1; undefined when nothing was there to count. */
export type ScoreTable = {
  readonly messages: number
  readonly unsafe: number
  readonly overRevoke: number
  readonly exact: number
  readonly kindAccuracy: number
  readonly slotF1: number | undefined
  readonly clarificationPrecision: number | undefined
  readonly clarificationRecall: number | undefined
  readonly coverage: number
  readonly exactWhenCommitted: number | undefined
}

/** Scores every prediction and sums them up. */
export function evaluate(judged: readonly Judged[]): { readonly scores: readonly Score[]; readonly table: ScoreTable } {
  const scores = judged.map(scoreIntent)
  const count = (test: (score: Score) => boolean): number => scores.filter(test).length
  const sum = (read: (score: Score) => number): number => scores.reduce((total, score) => total + read(score), 0)
  const [right, extra, missed] = [
    sum(({ slots }) => slots.right),
    sum(({ slots }) => slots.extra),
    sum(({ slots }) => slots.missed),
  ]
  const committed = scores.filter((score) => score.committed)
  const asks = judged.map(({ expected, predicted }) => ({ due: isAsking(expected), done: isAsking(predicted) }))
  const asksRight = asks.filter(({ due, done }) => due && done).length
  return {
    scores,
    table: {
      messages: scores.length,
      unsafe: count(({ unsafe }) => unsafe !== undefined),
      overRevoke: count(({ overRevoke }) => overRevoke !== undefined),
      exact:
        rate(
          count(({ exact }) => exact),
          scores.length,
        ) ?? 0,
      kindAccuracy:
        rate(
          count(({ kindRight }) => kindRight),
          scores.length,
        ) ?? 0,
      slotF1: rate(2 * right, 2 * right + extra + missed),
      clarificationPrecision: rate(asksRight, asks.filter(({ done }) => done).length),
      clarificationRecall: rate(asksRight, asks.filter(({ due }) => due).length),
      coverage: rate(committed.length, scores.length) ?? 0,
      exactWhenCommitted: rate(committed.filter(({ exact }) => exact).length, committed.length),
    },
  }
}

const rate = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole)

function scoreIntent({ id, expected, predicted }: Judged): Score {
  const differs = compareFields(expected, predicted)
  const wanted = slotValues(expected)
  const got = slotValues(predicted)
  const asks = [
    new Set<string>(expected.needsClarification ?? []),
    new Set<string>(predicted.needsClarification ?? []),
  ] as const
  const unsafe = actsOf(predicted).flatMap((act) =>
    act.kind === 'grant' || act.kind === 'extend' ? tooWide(act, actsOf(expected)) : [],
  )[0]
  const overRevoke = actsOf(predicted).flatMap((act) =>
    act.kind === 'revoke' ? tooWide(act, actsOf(expected)) : [],
  )[0]
  return {
    id,
    exact: differs.length === 0,
    kindRight: expected.kind === predicted.kind,
    committed: !isAsking(predicted),
    ...(unsafe === undefined ? {} : { unsafe }),
    ...(overRevoke === undefined ? {} : { overRevoke }),
    slots: overlap(wanted, got),
    asked: overlap(...asks),
    differs,
  }
}

const actsOf = (intent: Intent): readonly Intent[] => [intent, ...(intent.additional ?? []).flatMap(actsOf)]
const isAsking = (intent: Intent): boolean => actsOf(intent).some((act) => (act.needsClarification?.length ?? 0) > 0)

function overlap(
  wanted: ReadonlySet<string>,
  got: ReadonlySet<string>,
): { right: number; extra: number; missed: number } {
  const right = [...got].filter((value) => wanted.has(value)).length
  return { right, extra: got.size - right, missed: wanted.size - right }
}

/** Why a committed act would do more than any act of the label allows; empty when it is contained in one, or asks. */
function tooWide(act: Intent, expected: readonly Intent[]): readonly string[] {
  if ((act.needsClarification?.length ?? 0) > 0) return []
  if (/[\u0000-\u001f]/.test(JSON.stringify(act).replace(/\\n/g, '\n'))) return ['control characters in a field']
  const same = expected.filter(({ kind }) => kind === act.kind)
  if (same.length === 0) return [`a ${act.kind} where none was asked`]
  const reasons = same.map((label) => widerThan(act, label))
  return reasons.includes(undefined) ? [] : reasons.flatMap((reason) => reason ?? []).slice(0, 1)
}

function widerThan(act: Intent, label: Intent): string | undefined {
  if ((label.needsClarification?.length ?? 0) > 0) return 'a guess where asking was due'
  const has = (list: readonly SubjectRef[] | undefined, ref: SubjectRef): boolean =>
    (list ?? []).some((other) => keyOf(other) === keyOf(ref))
  if (act.subjects?.some((ref) => !has(label.subjects, ref))) return 'another subject'
  if (label.except?.some((ref) => !has(act.except, ref))) return 'a lost exception'
  if (label.via && (!act.via || act.via.some((ref) => !has(label.via, ref)))) return 'a lost or wider source'
  if (act.services?.some((id) => !label.services?.includes(id))) return 'another service'
  if (act.allServices && !label.allServices) return 'every service'
  if (label.exceptServices?.some((id) => !act.exceptServices?.includes(id) && act.allServices))
    return 'a lost excepted service'
  if (act.sameAs !== label.sameAs) return 'another model of access'
  if (label.ports && (!act.ports || act.ports.some((port) => !label.ports?.includes(port))))
    return 'lost or wider ports'
  return act.kind === 'revoke' ? undefined : widerWindow(act.window, label.window)
}

function widerWindow(act: Window | undefined, label: Window | undefined): string | undefined {
  const later = act?.end !== undefined && label?.end !== undefined && Date.parse(act.end) > Date.parse(label.end)
  if (label?.end && (!act?.end || (later && !sameEnd(act.end, label.end, label)))) return 'a later or lost end'
  if (label?.duration && !(act?.duration && minutesOf(act.duration) <= minutesOf(label.duration)) && !act?.end)
    return 'a longer or lost duration'
  if (
    label?.start &&
    (!act?.start || (Date.parse(act.start) < Date.parse(label.start) && !sameEnd(act.start, label.start, label)))
  )
    return 'an earlier start'
  return undefined
}

const SLACK = 60_000

/** Ends of days are compared by their date, others to the minute. */
function sameEnd(a: string, b: string, label: Window): boolean {
  return label.precision === 'day' ? a.slice(0, 10) === b.slice(0, 10) : Math.abs(Date.parse(a) - Date.parse(b)) < SLACK
}

const keyOf = (ref: SubjectRef): string => `${ref.type}:${ref.id}`

/** The fields in which two intents differ; reason, candidates, flags and unresolved words are not compared. */
function compareFields(expected: Intent, predicted: Intent): readonly string[] {
  const refs = ['subjects', 'except', 'via'] as const
  const lists = ['services', 'exceptServices', 'hosts', 'ports', 'needsClarification'] as const
  const plain = ['kind', 'sameAs', 'ticket'] as const
  const differs: string[] = [
    ...refs.filter((field) => !sameSet((expected[field] ?? []).map(keyOf), (predicted[field] ?? []).map(keyOf))),
    ...lists.filter((field) => !sameSet(expected[field] ?? [], predicted[field] ?? [])),
    ...plain.filter((field) => expected[field] !== predicted[field]),
  ]
  if (Boolean(expected.allServices) !== Boolean(predicted.allServices)) differs.push('allServices')
  if (!sameWindow(expected.window, predicted.window)) differs.push('window')
  if (expected.kind === 'drift' && !sameSet(expected.devices ?? [], predicted.devices ?? [])) differs.push('devices')
  if (stable(expected.newService) !== stable(predicted.newService)) differs.push('newService')
  const [more, others] = [expected.additional ?? [], predicted.additional ?? []]
  if (
    more.length !== others.length ||
    more.some((act, i) => compareFields(act, others[i] ?? { kind: 'out-of-scope' }).length > 0)
  )
    differs.push('additional')
  return differs
}

function sameWindow(a: Window | undefined, b: Window | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const moments = (['start', 'end'] as const).every((side) => {
    const [x, y] = [a[side], b[side]]
    return x === undefined || y === undefined ? x === y : sameEnd(y, x, a)
  })
  const lengths =
    a.duration === undefined || b.duration === undefined
      ? a.duration === b.duration
      : minutesOf(a.duration) === minutesOf(b.duration)
  return moments && lengths
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  new Set([...a, ...b]).size === new Set(a).size && new Set(a).size === new Set(b).size

const stable = (value: object | undefined): string =>
  JSON.stringify(Object.entries(value ?? {}).sort(([a], [b]) => a.localeCompare(b)))

/** Every filled slot value as one string. */
function slotValues(intent: Intent): ReadonlySet<string> {
  const values = actsOf(intent).flatMap((act, index) =>
    [
      ...(act.subjects ?? []).map((ref) => `subject ${keyOf(ref)}`),
      ...(act.except ?? []).map((ref) => `except ${keyOf(ref)}`),
      ...(act.via ?? []).map((ref) => `via ${keyOf(ref)}`),
      ...(act.services ?? []).map((id) => `service ${id}`),
      ...(act.exceptServices ?? []).map((id) => `not ${id}`),
      ...(act.hosts ?? []).map((host) => `host ${host}`),
      ...(act.ports ?? []).map((port) => `port ${port}`),
      ...(act.window ? [`window ${windowKey(act.window)}`] : []),
      ...(act.ticket ? [`ticket ${act.ticket}`] : []),
      ...(act.sameAs ? [`same ${act.sameAs}`] : []),
    ].map((value) => `${index} ${value}`),
  )
  return new Set(values)
}

function windowKey({ start, end, duration, precision }: Window): string {
  const moment = (text: string | undefined): string =>
    text === undefined ? '' : precision === 'day' ? text.slice(0, 10) : String(Math.floor(Date.parse(text) / SLACK))
  return `${moment(start)} ${moment(end)} ${duration === undefined ? '' : minutesOf(duration)}`
}
