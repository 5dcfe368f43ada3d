import type { Content, FortiStep, Nested, NestedChange, Values } from './steps.ts'

/** The steps as a script for the command line of the device; `vdom` where the device has several. */
export function renderScript(steps: readonly FortiStep[], vdom?: string): string {
  const lines: string[] = []
  let open: string | undefined
  const close = () => {
    if (open !== undefined) lines.push('end')
    open = undefined
  }
  for (const step of steps) {
    if (step.path !== open) {
      close()
      lines.push(`config ${step.path}`)
      open = step.path
    }
    for (const line of linesOf(step)) lines.push(`    ${line}`)
  }
  close()
  if (lines.length === 0) return ''
  // `end` after the sections closes the VDOM, as in a backup.
  const wrapped = vdom === undefined ? lines : ['config vdom', `edit ${word(vdom)}`, ...lines, 'end']
  return `${wrapped.join('\n')}\n`
}

function linesOf(step: FortiStep): readonly string[] {
  switch (step.kind) {
    case 'create':
      return [`edit ${word(step.key)}`, ...indented(contentLines(step.content)), 'next']
    case 'change':
      return [`edit ${word(step.key)}`, ...indented(changeLines(step.values, step.tables)), 'next']
    case 'delete':
      return [`delete ${word(step.key)}`]
    case 'move':
      return [`move ${word(step.key)} ${step.where} ${word(step.anchor)}`]
  }
}

/** Entries of an inner table one by one: `purge` asks whether it is meant, and a script has nobody to answer. */
function changeLines(values: Values, tables: readonly NestedChange[]): readonly string[] {
  return [
    ...valueLines(values),
    ...tables.flatMap(({ name, was, is }) => [`config ${name}`, ...indented(nestedLines(was, is)), 'end']),
  ]
}

function nestedLines(was: readonly Nested[], is: readonly Nested[]): readonly string[] {
  const wanted = new Set(is.map(({ key }) => key))
  const kept = was.filter(({ key }) => wanted.has(key))
  // New entries come in at the bottom: from where that is not the order, entries are taken out and put in again.
  const odd = kept.findIndex(({ key }, at) => is[at]?.key !== key)
  const stays = new Map(kept.slice(0, odd < 0 ? kept.length : odd).map(({ key, content }) => [key, content]))
  return [
    ...was.flatMap(({ key }) => (stays.has(key) ? [] : [`delete ${word(key)}`])),
    ...is.flatMap(({ key, content }) => {
      const old = stays.get(key)
      const lines = old ? differenceLines(old, content) : contentLines(content)
      return old && lines.length === 0 ? [] : [`edit ${word(key)}`, ...indented(lines), 'next']
    }),
  ]
}

function differenceLines(was: Content, is: Content): readonly string[] {
  const [old, now] = [new Map(was.values), new Map(is.values)]
  const [oldTables, nowTables] = [new Map(was.tables), new Map(is.tables)]
  const gone = was.values.flatMap(([name]) => (now.has(name) ? [] : [[name, []] as const]))
  const differ = is.values.filter(([name, words]) => old.get(name)?.join('\0') !== words.join('\0'))
  const tables = [...new Set([...oldTables.keys(), ...nowTables.keys()])].map((name) => ({
    name,
    was: oldTables.get(name) ?? [],
    is: nowTables.get(name) ?? [],
  }))
  return changeLines(
    [...differ, ...gone],
    tables.filter((one) => JSON.stringify(one.was) !== JSON.stringify(one.is)),
  )
}

function contentLines({ values, tables }: Content): readonly string[] {
  return [
    ...valueLines(values),
    ...tables.flatMap(([name, entries]) => [
      `config ${name}`,
      ...indented(
        entries.flatMap(({ key, content }) => [`edit ${word(key)}`, ...indented(contentLines(content)), 'next']),
      ),
      'end',
    ]),
  ]
}

function valueLines(values: Values): readonly string[] {
  return values.map(([name, words]) =>
    words.length === 0 ? `unset ${name}` : `set ${name} ${words.map(word).join(' ')}`,
  )
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `    ${line}`)
}

/** Bare where it can be; the empty string as FortiOS prints it. */
function word(text: string): string {
  if (text === '') return "''"
  return /^[A-Za-z0-9][A-Za-z0-9._:/-]*$/.test(text) ? text : `"${text.replace(/["'\\]/g, '\\$&')}"`
}
