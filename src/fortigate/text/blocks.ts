import { CONFIG, EDIT, END, NEXT, UNKNOWN } from './kinds.ts'
import type { Report } from './lexer.ts'
import { type Rows, wordsAt } from './rows.ts'

/** First words of sections that only stand at the top, in `global` or in a VDOM: seen deeper, an `end` is missing before them. */
const SECTIONS = new Set(['system', 'firewall', 'router', 'user', 'vpn', 'log', 'webfilter', 'ips', 'antivirus'])

/** Puts each new statement into the block it stands in; `finish` tells of blocks that are still open. */
export function openBlocks(rows: Rows, report: Report) {
  const open: number[] = []
  let top = -1
  const isOpen = (kind: number) => rows.kinds[top] === kind
  const enter = (index: number) => {
    rows.parents[index] = top
    open.push(index)
    top = index
  }
  const close = (index: number) => {
    if (top < 0) return
    rows.closers[top] = index
    open.pop()
    top = open.at(-1) ?? -1
  }
  const placeBlock = (index: number, kind: number) => {
    const line = rows.lines[index] ?? 0
    const missing = (what: 'next' | 'end') =>
      report(`MISSING_${what.toUpperCase()}`, line, 0, `\`${what}\` is missing before this line`)
    if (kind === CONFIG) {
      if (top >= 0 && isSection(rows, index) && !isSectionLevel(rows, top)) {
        missing('end')
        while (top >= 0 && !isSectionLevel(rows, top)) close(index)
      }
      enter(index)
    } else if (kind === EDIT) {
      if (isOpen(EDIT)) {
        missing('next')
        close(index)
      }
      if (top >= 0) return enter(index)
      report('STRAY_EDIT', line, 0, '`edit` stands in no `config`')
      rows.parents[index] = -1
    } else if (kind === NEXT) {
      if (isOpen(CONFIG) && rows.kinds[open.at(-2) ?? -1] === EDIT) {
        missing('end')
        close(index)
      }
      rows.parents[index] = top
      if (isOpen(EDIT)) close(index)
      else report('STRAY_NEXT', line, 0, '`next` closes nothing')
    } else {
      // `end` commits and closes an open edit as well: the normal form of a VDOM block.
      if (isOpen(EDIT)) close(index)
      rows.parents[index] = top
      if (top < 0) report('STRAY_END', line, 0, '`end` closes nothing')
      close(index)
    }
  }
  const place = (index: number) => {
    const kind = rows.kinds[index] ?? UNKNOWN
    if (kind >= CONFIG && kind <= END) return placeBlock(index, kind)
    rows.parents[index] = top
    if (kind !== UNKNOWN) return
    report('UNKNOWN_LINE', rows.lines[index] ?? 0, 0, 'this is no statement of FortiOS', 'It is kept as it is.')
  }
  const finish = () => {
    for (const index of open) {
      const opener = rows.kinds[index] === EDIT ? 'edit' : 'config'
      report('UNCLOSED_BLOCK', rows.lines[index] ?? 0, 0, `this \`${opener}\` is never closed`)
    }
  }
  return { place, finish }
}

function isSection(rows: Rows, index: number): boolean {
  const [first = '', second] = wordsAt(rows, index)
  return second !== undefined && SECTIONS.has(first)
}

/** Whether sections may stand in this block: in `config global`, and in an `edit` of `config vdom`. */
function isSectionLevel(rows: Rows, index: number): boolean {
  const [first, second] = wordsAt(rows, index)
  if (rows.kinds[index] === CONFIG) return first === 'global' && second === undefined
  const parent = rows.parents[index] ?? -1
  const [table, more] = parent < 0 ? [] : wordsAt(rows, parent)
  return table === 'vdom' && more === undefined
}
