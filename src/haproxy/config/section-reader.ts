import type { Problem } from '../../evidence/problem.ts'
import type { Grammar, Words, Wrong } from '../grammar/grammar.ts'
import type { Expression, Unmodelled, UserList } from '../model.ts'
import type { ErrorPages } from '../text/error-pages.ts'
import { placeOf } from '../text/line-places.ts'
import type { HaproxyLine, HaproxySection, HaproxyText } from '../text.ts'
import type { AclKeyword } from './condition.ts'
import type { Draft } from './draft.ts'
import type { Reference } from './references.ts'

/** A configuration while its sections are read, one after the other. */
export type Reader = {
  readonly text: HaproxyText
  readonly grammar: Grammar
  readonly judgeCriterion: (words: Words) => Wrong | undefined
  readonly judgeId: (words: Words, proxy: Draft) => Wrong | undefined
  readonly keywords: Map<string, AclKeyword>
  /** The line that is being read. */
  place: { readonly line: number; readonly proxy: Draft } | undefined
  readonly tables: Set<string>
  readonly references: Reference[]
  readonly files: ReadonlyMap<string, string>
  readonly pages: ReadonlyMap<string, ErrorPages>
  readonly problems: Problem[]
  readonly drafts: Draft[]
  /** By name; of several alike none can be told from the others. */
  readonly defaults: Map<string, Draft[]>
  lastDefaults: Draft | undefined
  readonly userlists: Map<string, UserList>
  readonly processVars: Map<string, Expression>
  readonly counts: { lines: number; modelled: number }
  readonly unmodelled: Unmodelled[]
}

/** The lines of a section that say something, one at a time: their words are not kept. */
export function* statementsOf(reader: Reader, { from, to }: HaproxySection): Generator<HaproxyLine> {
  for (let at = from + 1; at < to; at++) {
    const line = reader.text.lines[at]
    if (!line || line.presence === 'dropped') continue
    const statement = statementOf(line)
    if (statement.words.length === 0) continue
    reader.counts.lines++
    yield statement
  }
}

/** An empty word ends the line for HAProxy up to 3.2: what follows, a condition maybe, is silently not there. */
export function statementOf({ number, raw, words, presence, condition }: HaproxyLine): HaproxyLine {
  const end = words.findIndex((word) => word.value === '' && word.variable === undefined)
  const said = end < 0 ? words : words.slice(0, end)
  return condition === undefined
    ? { number, raw, words: said, presence }
    : { number, raw, words: said, presence, condition }
}

/** Takes note of a problem of a line. */
export function report(
  reader: Reader,
  line: { readonly number: number },
  code: string,
  message: string,
  column = 0,
  severity: Problem['severity'] = 'error',
): void {
  reader.problems.push({ code, ...placeOf(reader.text, line.number), column, message, severity })
}

const MOST_HINTS = 50

/** The same for what HAProxy refuses in it, with the word that was perhaps meant. */
export function reportWrong(reader: Reader, line: HaproxyLine, { code, says, at, likely }: Wrong): void {
  // A text with more problems than that has another one than its spelling.
  const meant = reader.problems.length < MOST_HINTS ? likely?.() : undefined
  const column = at === undefined ? 0 : (line.words[at]?.column ?? 0)
  reader.problems.push({
    code,
    ...placeOf(reader.text, line.number),
    column,
    message: says,
    severity: 'error',
    // A word of another release is spelt as it was meant.
    ...(meant === undefined || meant === line.words[at ?? 0]?.value ? {} : { hint: `Did you mean \`${meant}\`?` }),
  })
}
