import type { ReachQuestion } from './requests.ts'

/** What is asked, and whether of the live devices. */
type Asked = Pick<ReachQuestion, 'subjects' | 'narrowed' | 'method' | 'path'> & {
  readonly to: string
  readonly live: boolean
  /** As it was given; absent: now. */
  readonly when?: string | undefined
}

/** The terminal command that gives the same answer, in words that a shell takes as they stand. */
export function reproduceReach({ subjects, to, live, narrowed, method, path, when }: Asked): string {
  const list = (option: string, given: readonly string[] | undefined) =>
    given === undefined ? [] : [`--${option} ${given.join(',')}`]
  const words = [
    'npm run -s sallyport -- explain',
    ...(live ? ['--live'] : []),
    ...list('from', subjects),
    ...list('via', narrowed?.via),
    ...list('except', narrowed?.except),
    `--to ${path === undefined ? to : shellWord(`${to}${path}`)}`,
    ...list('ports', narrowed?.ports),
    ...(method === undefined ? [] : [`--method ${method}`]),
    ...(when === undefined ? [] : [`--at ${shellWord(when)}`]),
  ]
  return words.join(' ')
}

function shellWord(text: string): string {
  return /^[\w./:,@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
