import type { Problem } from '../evidence/problem.ts'
import type { HaproxyText } from '../haproxy/text.ts'

/** Alerts and warnings of `haproxy -c`, at the lines of the file they are about. `path` is the copy that HAProxy read. */
export function readHaproxyLog(
  text: HaproxyText,
  output: string,
  path: string,
): { alerts: readonly Problem[]; warnings: readonly Problem[] } {
  const problems: Problem[] = []
  for (const { level, says } of entriesOf(output)) {
    if (SUMMARIES.test(says)) continue
    const { line, message } = placeOf(text, says, path)
    problems.push({
      code: level === 'ALERT' ? 'HAPROXY_ALERT' : 'HAPROXY_WARNING',
      file: text.file,
      line,
      column: 0,
      message,
      severity: level === 'ALERT' ? 'error' : 'warning',
    })
  }
  return {
    alerts: problems.filter((problem) => problem.severity === 'error'),
    warnings: problems.filter((problem) => problem.severity === 'warning'),
  }
}

/** Said once more at the end, about everything above. */
const SUMMARIES =
  /^(?:Error\(s\) found in configuration file|Fatal errors found in configuration|Some warnings were found)/

function entriesOf(output: string): { level: string; says: string }[] {
  const entries: { level: string; says: string }[] = []
  for (const line of output.split('\n')) {
    // 2.6: `[ALERT]    (123) : config : …`; older: `[ALERT] 326/101010 (123) : …`
    const head = /^\[(ALERT|WARNING|NOTICE)\]\s*(?:\S+\s+)?\(\d+\)\s*:\s*(?:config\s*:\s*)?(.*)$/.exec(line)
    if (head) entries.push({ level: head[1] ?? '', says: head[2] ?? '' })
    else if (/^\s+\S/.test(line)) {
      const last = entries.at(-1)
      if (last) last.says = `${last.says} ${line.trim()}`
    }
  }
  return entries.filter((entry) => entry.level !== 'NOTICE')
}

/** Where a message belongs: `parsing [file:12] : …`, `[file:12] : …`, or only a proxy's name, which we look up. */
function placeOf(text: HaproxyText, says: string, path: string): { line: number; message: string } {
  const own = says.replaceAll(path, text.file)
  const placed = /^(?:parsing\s+)?\[(.*?):(\d+)\]\s*:?\s*(.*)$/s.exec(own)
  if (placed) return { line: Number(placed[2]), message: placed[3] ?? '' }
  const proxy = /^(?:Proxy|proxy|frontend|backend|listen|config)?\s*'([^']+)'/.exec(own)?.[1]
  const section = text.sections.find(({ keyword, name }) => name === proxy && keyword !== 'defaults')
  if (!section) return { line: 1, message: own }
  const named = [...own.matchAll(/'([^']+)'/g)].map((found) => found[1]).at(-1)
  const candidates = text.sections.filter(({ name }) => name === proxy)
  for (const { from, to } of candidates) {
    for (const line of text.lines.slice(from + 1, to))
      if (named !== proxy && line.words.some((word) => word.value === named)) return { line: line.number, message: own }
  }
  return { line: section.from + 1, message: own }
}
