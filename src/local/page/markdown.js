import { h } from './dom.js'
import { withSigns } from './emoji.js'
import { codeBlock, link, reference } from './mrkdwn.js'

/** Standard Markdown, as `markdown` blocks and pull requests use it: what is needed, as nodes. */
export function markdown(text, names) {
  const nodes = []
  let list
  let table
  for (const [index, part] of text.split(/^```[^\n]*\n([\s\S]*?)^```\s*$/m).entries()) {
    if (index % 2 === 1) {
      nodes.push(codeBlock(part.replace(/\n$/, '')))
      continue
    }
    for (const line of part.split('\n')) {
      const item = /^\s*(?:[-*+]|(\d+)\.)\s+(?:\[([ x])\]\s+)?(.*)$/.exec(line)
      const cells = /^\s*\|(.*)\|\s*$/.exec(line)?.[1].split('|')
      if (!item) list = undefined
      if (!cells) table = undefined
      if (cells) {
        if (!table) {
          table = h('table')
          nodes.push(h('div', { class: 'table-wrap' }, table))
        }
        if (cells.every((cell) => /^\s*:?-+:?\s*$/.test(cell))) continue
        table.append(
          h(
            'tr',
            {},
            cells.map((cell) => h(table.children.length ? 'td' : 'th', {}, span(cell.trim(), names))),
          ),
        )
      } else if (item) {
        if (!list) {
          list = h(item[1] ? 'ol' : 'ul')
          nodes.push(list)
        }
        list.append(h('li', {}, item[2] ? `${item[2] === 'x' ? '☑' : '☐'} ` : '', span(item[3], names)))
      } else nodes.push(...paragraph(line, names))
    }
  }
  return nodes
}

function paragraph(line, names) {
  const heading = /^(#{1,6})\s+(.*)$/.exec(line)
  if (heading) return [h(heading[1].length === 1 ? 'h3' : 'h4', {}, span(heading[2], names))]
  const quote = /^>\s?(.*)$/.exec(line)
  if (quote) return [h('blockquote', {}, span(quote[1], names))]
  if (/^\s*(---+|\*\*\*+)\s*$/.test(line)) return [h('hr')]
  // Folded parts and comments of pull request bodies: the words count, the tags do not.
  const words = line.replace(/<!--.*?-->|<\/?(?:details|summary|br|sub|sup|b|i|code|p)\s*\/?>/g, '').trim()
  return words === '' ? [] : [h('p', {}, span(words, names))]
}

function span(text, names) {
  const nodes = []
  let from = 0
  const marks =
    /`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)|\*\*(?=\S)(.+?)\*\*|(?<!\w)[*_](?=\S)([^*_]+?)[*_](?!\w)|~~(.+?)~~|(https?:\/\/[^\s<>)]+)|<([@#!][^<>]+)>/g
  for (const match of text.matchAll(marks)) {
    nodes.push(...withSigns(text.slice(from, match.index)))
    from = match.index + match[0].length
    const [whole, code, label, url, bold, italic, strike, bare, angle] = match
    if (code !== undefined) nodes.push(h('code', {}, code))
    else if (label !== undefined) nodes.push(link(url, label) ?? whole)
    else if (bold !== undefined) nodes.push(h('strong', {}, span(bold, names)))
    else if (italic !== undefined) nodes.push(h('em', {}, span(italic, names)))
    else if (strike !== undefined) nodes.push(h('s', {}, span(strike, names)))
    else nodes.push(bare === undefined ? reference(angle, names) : link(bare))
  }
  nodes.push(...withSigns(text.slice(from)))
  return nodes
}
