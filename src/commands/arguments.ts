import { parseArgs } from 'node:util'
import { z } from 'zod'
import { nearName } from '../evidence/near-name.ts'
import type { Terminal } from './terminal.ts'

/** The options of a command: `text` ones take a value, `texts` ones may come again, `flag` ones take none. */
export type OptionKinds = Readonly<Record<string, 'text' | 'texts' | 'flag'>>
type Names<O extends OptionKinds, K> = { [N in keyof O & string]: O[N] extends K ? N : never }[keyof O & string]
/** What was given on a command line: each option by its name, and the words that are none. */
export type Given<O extends OptionKinds> = {
  text(name: Names<O, 'text'>): string | undefined
  texts(name: Names<O, 'texts'>): readonly string[]
  flag(name: Names<O, 'flag'>): boolean
  readonly words: readonly string[]
}
export type Wrong = { readonly wrong: string }

/** Reads a command line: options anywhere, each at most once unless it is one of `texts`. */
export function readArguments<const O extends OptionKinds>(args: readonly string[], kinds: O): Given<O> | Wrong {
  const options = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      name,
      { type: kind === 'flag' ? 'boolean' : 'string', multiple: kind === 'texts' } as const,
    ]),
  )
  const values = new Map<string, string[]>()
  try {
    const { tokens, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, tokens: true })
    for (const token of tokens) {
      if (token.kind !== 'option') continue
      const known = values.get(token.name)
      if (known && kinds[token.name] !== 'texts') return { wrong: `--${token.name} is given twice.` }
      values.set(token.name, [...(known ?? []), token.value ?? ''])
    }
    return {
      text: (name) => values.get(name)?.[0],
      texts: (name) => values.get(name) ?? [],
      flag: (name) => values.has(name),
      words: positionals,
    }
  } catch (cause) {
    return { wrong: explain(cause, args, Object.keys(kinds)) }
  }
}

function explain(cause: unknown, args: readonly string[], known: readonly string[]): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const unknown = args.find((arg) => /^-/.test(arg) && arg !== '-' && !known.includes(nameOf(arg)))
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && unknown !== undefined) {
    const near = nearName(nameOf(unknown), known)
    const hint = near === undefined ? '' : ` Did you mean --${near}?`
    return `there is no option ${unknown.split('=')[0]}.${hint}`
  }
  const option = cause instanceof Error ? /--[a-z-]+/.exec(cause.message)?.[0] : undefined
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' && option !== undefined) {
    return kindOfTrouble(cause, option)
  }
  throw cause
}

function kindOfTrouble(cause: unknown, option: string): string {
  const says = cause instanceof Error ? cause.message : ''
  return /does not take an argument/.test(says) ? `${option} takes no value.` : `${option} needs a value after it.`
}

function nameOf(arg: string): string {
  return arg.replace(/^-+/, '').replace(/=.*$/s, '')
}

const Moment = z.iso.datetime({ offset: true })

/** The moment that `--now` or `--at` names, else the terminal's clock. */
export function readMoment(io: Terminal, option: string, written: string | undefined): Date | Wrong {
  if (written === undefined) return io.now()
  if (!Moment.safeParse(written).success)
    return { wrong: `${option} is a time with its offset, such as 2026-11-23T10:00:00+01:00.` }
  return new Date(written)
}

/** Which of the two kinds of configuration a command is about. */
export function readKind(given: { flag(name: 'fortigate' | 'haproxy'): boolean }): 'fortigate' | 'haproxy' | undefined {
  if (given.flag('fortigate') === given.flag('haproxy')) return undefined
  return given.flag('fortigate') ? 'fortigate' : 'haproxy'
}
export const WHICH_KIND = 'say which kind of file it is: --fortigate or --haproxy.'
