import type { FortigateTrouble } from './fortigate-faults.ts'

/**
 * Why a text cannot be used as a whole FortiOS backup, or undefined when it can. Every `config` of a backup has its `end`, so a text
 * that broke off between two packets is told from a whole one even when HTTP did not notice.
 */
export function unfinishedBecause(text: string): { trouble: FortigateTrouble; detail: string } | undefined {
  const first = text.match(/^[\s\uFEFF]*(\S*)/)?.[1] ?? ''
  if (first === '') return { trouble: 'not-a-configuration', detail: 'it is empty' }
  if (first.startsWith('<')) return { trouble: 'not-a-configuration', detail: 'it is a web page, perhaps of a login' }
  if (!first.startsWith('#') && first !== 'config')
    return { trouble: 'not-a-configuration', detail: 'it starts like none' }
  const { configs, open } = countBlocks(text)
  if (configs === 0) return { trouble: 'not-a-configuration', detail: 'it is encrypted, or holds no section' }
  return open ? { trouble: 'truncated', detail: '' } : undefined
}

/** Counts `config` against `end`, leaving out what stands inside quotes: banners and certificates hold both words. */
function countBlocks(text: string): { configs: number; open: boolean } {
  let depth = 0
  let configs = 0
  let quote: string | undefined
  for (const line of text.split('\n')) {
    if (quote === undefined) {
      const word = /^\s*(\S+)/.exec(line)?.[1]
      if (word?.startsWith('#')) continue
      if (word === 'config') {
        depth += 1
        configs += 1
      } else if (word === 'end') depth -= 1
    }
    quote = quoteAfter(line, quote)
  }
  return { configs, open: depth !== 0 || quote !== undefined }
}

/** The quote that is still open after this line. Backslash escapes everywhere but inside single quotes. */
function quoteAfter(line: string, before: string | undefined): string | undefined {
  let quote = before
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at]
    if (char === '\\' && quote !== "'") at += 1
    else if (quote === undefined && (char === '"' || char === "'")) quote = char
    else if (char === quote) quote = undefined
  }
  return quote
}
