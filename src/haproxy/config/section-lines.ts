import type { HaproxyDevice, ProxySection } from '../model.ts'
import type { HaproxyLine } from '../text.ts'

/** The section's lines from its first to the one before the next section. */
export function sectionLines(device: HaproxyDevice, proxy: ProxySection): readonly HaproxyLine[] {
  const section = device.text.sections.find(({ from }) => device.text.lines[from]?.number === proxy.line)
  return section ? device.text.lines.slice(section.from, section.to) : []
}

/** The text with the lines put in so that the first of them gets this number. */
export function insertLines(device: HaproxyDevice, number: number, lines: readonly string[]): string {
  const raws = device.text.lines.map((line) => line.raw)
  const before = raws.slice(0, number - 1)
  const last = before.at(-1)
  if (last !== undefined && !last.endsWith('\n')) before[before.length - 1] = `${last}\n`
  return [...before, ...lines, ...raws.slice(number - 1)].join('')
}

/** How the lines of this section are indented and ended. */
export function styleOf(device: HaproxyDevice, proxy: ProxySection): { indent: string; feed: string } {
  const lines = sectionLines(device, proxy)
  const sample = lines.slice(1).find((line) => line.words.length > 0)
  return { indent: sample ? (/^[ \t]*/.exec(sample.raw)?.[0] ?? '') : '    ', feed: feedOf(lines[0]?.raw ?? '\n') }
}

/** The line end that this line has. */
export function feedOf(raw: string): string {
  return raw.endsWith('\r\n') ? '\r\n' : '\n'
}
