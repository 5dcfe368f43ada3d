import { judgeRewritten, rewritten } from '../language/metamorphic.ts'

// node test/soak/language.ts: every labelled message in every rewriting, with what would be too much.
const rows = rewritten()
const { table, wrong } = judgeRewritten(rows)
for (const line of wrong) process.stdout.write(`${line}\n`)
for (const how of new Set(rows.map((row) => row.how))) {
  const one = judgeRewritten(rows.filter((row) => row.how === how))
  process.stdout.write(`${how}: exact ${(one.table.exact * 100).toFixed(1)} %, too much ${one.wrong.length}\n`)
}
process.stdout.write(
  `${table.messages} messages, exact ${(table.exact * 100).toFixed(1)} %, too much ${wrong.length}\n`,
)
process.exitCode = wrong.length > 0 ? 1 : 0
