/**
 * Raw Slack text as a person reads it: mentions by their names, links by where they lead and never by what their author calls them,
 * entities as characters. For quoting only; printing escapes it again, so that a quoted `<!channel>` calls nobody.
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
  const bare = target.replace(/^(?:https?:\/\/|mailto:|tel:)/, '')
  // Slack makes links of what people only wrote down; then both are the same.
  return label === bare ? bare : target.replace(/^(?:mailto|tel):/, '')
}
