/**
 * Raw Slack text as a person reads it: mentions and links by their labels, entities as characters. For quoting only; printing
 * escapes it again, so that a quoted `<!channel>` calls nobody.
 */
export function readWords(raw: string): string {
  return raw
    .replaceAll(/<([^<>|]*)(?:\|([^<>]*))?>/g, (_whole, target: string, label: string | undefined) =>
      printTarget(target, label),
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

function printTarget(target: string, label: string | undefined): string {
  const sigil = target[0]
  if (sigil === '@') return `@${label || target.slice(1)}`
  if (sigil === '#') return `#${label || target.slice(1)}`
  if (sigil === '!') return label || `@${target.slice(1).split('^')[0]}`
  return label || target
}
