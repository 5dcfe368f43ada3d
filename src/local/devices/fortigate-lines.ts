import { readFortiText, type Statement } from '../../fortigate/text.ts'

/** A configuration text as its statements, with the statement that closes each block. */
export type Lines = {
  readonly text: string
  readonly statements: readonly Statement[]
  /** For each `config` and `edit` the index of what closes it, an `end` for an entry without `next`; absent where nothing does. */
  readonly closedBy: ReadonlyMap<number, number>
  /** Statements that stand directly in a block, by the index of its opener. */
  readonly inside: ReadonlyMap<number, readonly number[]>
}

/** Reads a text once for all its tables. */
export function readLines(text: string): Lines {
  const { statements } = readFortiText('live', text)
  const closedBy = new Map<number, number>()
  const inside = new Map<number, number[]>()
  statements.forEach(({ kind, parent }, index) => {
    if (kind === 'next' || kind === 'end') closedBy.set(parent, index)
    else {
      const beside = inside.get(parent)
      if (beside) beside.push(index)
      else inside.set(parent, [index])
    }
  })
  statements.forEach(({ kind, parent }, index) => {
    const close = closedBy.get(parent)
    if (kind === 'edit' && close !== undefined && !closedBy.has(index)) closedBy.set(index, close)
  })
  return { text, statements, closedBy, inside }
}
