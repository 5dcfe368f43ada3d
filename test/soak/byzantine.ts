import { understand } from '../../src/language/understand.ts'
import { answerOf, MUTATIONS } from '../language/byzantine.ts'
import { everyMessage } from '../language/worlds.ts'
import { type Deception, deceive, FAULTS, tooMuch } from '../llm/byzantine-run.ts'
import { chat } from '../llm/scripted-model.ts'

// node test/soak/byzantine.ts: every labelled message of every company, answered over HTTP by a model that lies in every way we know,
// and by a server that fails in every way we know. SOAK=7 takes every seventh message only.
const share = Number(process.env.SOAK ?? 1)
const rows = [...new Map(everyMessage().map((row) => [row.text, row])).values()].filter((_, n) => n % share === 0)
const say = (line: string): void => void process.stdout.write(`${line}\n`)

let calls = 0
const wrong: string[] = []
for (const [how, mutate] of Object.entries(MUTATIONS)) {
  const lies = rows.map(
    (row): Deception => ({ row, how, answer: chat(JSON.stringify({ intents: answerOf(row, mutate) })) }),
  )
  const outcomes = await deceive(lies)
  calls += outcomes.length
  wrong.push(...tooMuch(outcomes))
  const refused = outcomes.filter(({ failed }) => failed !== undefined).length
  say(
    `a model that ${how}: ${outcomes.length} answers, ${refused} refused by the schema, too much ${tooMuch(outcomes).length}`,
  )
}
for (const [how, fault] of Object.entries(FAULTS)) {
  const some = how === 'hangs' ? rows.filter((_, n) => n % 10 === 0) : rows
  const faults = some.map((row): Deception => ({ row, how, answer: fault(answerOf(row)) }))
  const outcomes = await deceive(faults, { timeoutMs: how === 'hangs' ? 50 : 20_000 })
  calls += outcomes.length
  const changed = outcomes.filter(
    ({ row, intent, failed }) =>
      failed === undefined || JSON.stringify(intent) !== JSON.stringify(understand(row.text, undefined, row.context)),
  )
  wrong.push(...changed.map(({ row }) => `${row.id}, a server that ${how}: the reading changed: ${row.text}`))
  say(`a server that ${how}: ${outcomes.length} messages, changed ${changed.length}`)
}
for (const line of wrong) say(line)
say(`${rows.length} messages, ${calls} answers over HTTP, too much ${wrong.length}`)
process.exitCode = wrong.length > 0 ? 1 : 0
