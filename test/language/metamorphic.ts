import { evaluate } from '../../src/language/evaluate.ts'
import { interpret } from '../../src/language/interpret.ts'
import { everyMessage, type Written } from './worlds.ts'

/** Ways of writing the same message that must change neither what is asked nor who is meant. */
const REWRITES: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'lower case': (text) => outsideMarkup(text, (part) => part.toLowerCase()),
  'curly quotes': (text) => text.replace(/'/g, '’').replace(/"([^"]*)"/g, '“$1”'),
  'double spaces': (text) => text.replace(/ /g, '  '),
  greeting: (text) => opened(text, 'hey team :wave: '),
  'a greeting with a comma': (text) => opened(text, 'Hello, '),
  'german greeting': (text) => opened(text, 'Hallo zusammen, '),
  'spanish greeting': (text) => opened(text, 'hola equipo! '),
  'french greeting': (text) => opened(text, 'Bonjour à tous, '),
  'bot called': (text) => (text.startsWith('&gt;') ? text : `<@U0BOT> ${text}`),
  please: (text) => (text.startsWith('&gt;') ? text : `${text.replace(/[.?!]+$/, '')} please`),
  thanks: (text) => (text.startsWith('&gt;') ? text : `${text}\nThanks!`),
  'no final mark': (text) => text.replace(/\.+$/, ''),
}

export type Rewritten = Written & { readonly how: string }

/** Every labelled message of every company in every rewriting. */
export function rewritten(): readonly Rewritten[] {
  return everyMessage().flatMap((row) =>
    Object.entries(REWRITES).map(([how, rewrite]) => ({ ...row, how, text: rewrite(row.text) })),
  )
}

/** How the interpreter reads them: the share that is exact, and every one that would grant or revoke too much. */
export function judgeRewritten(rows: readonly Rewritten[]) {
  const judged = rows.map(({ how, id, text, expected, context }) => ({
    id: `${id} ${how}`,
    expected,
    predicted: interpret(text, context),
  }))
  const { scores, table } = evaluate(judged)
  const wrong = scores.flatMap(({ id, unsafe, overRevoke }, index) =>
    unsafe || overRevoke ? [`${id}: ${unsafe ?? overRevoke}: ${rows[index]?.text}`] : [],
  )
  return { table, wrong }
}

const opened = (text: string, greeting: string): string =>
  /^(?:&gt;|<@U0BOT>)/.test(text) ? text : `${greeting}${text}`

function outsideMarkup(text: string, change: (part: string) => string): string {
  return text.replace(/<[^>]*>|[^<]+/g, (part) => (part.startsWith('<') ? part : change(part)))
}
