import { h } from './dom.js'
import { withSigns } from './emoji.js'
import { codeBlock, link, reference } from './mrkdwn.js'

/** Standard Markdown, as `markdown` blocks and pull requests use it: what is needed of it, as nodes. */
export function markdown(text, names) {
  const root = h('div')
  // Folded parts open a place inside the one before; what comes goes to the innermost.
  const places = [root]
  let run = {}
  const add = (node) => places.at(-1).append(node)
  for (const [index, part] of text.split(/^```[^\n]*\n([\s\S]*?)^```[ \t]*$/m).entries()) {
    run = {}
    if (index % 2 === 1) {
      add(codeBlock(part.replace(/\n$/, '')))
      continue
    }
    for (const line of part.replace(/<!--[\s\S]*?-->/g, '').split('\n')) {
      const words = unfold(line, places, names)
      const continued = listOrTable(words, run, names)
      if (continued === undefined) run = {}
      if (continued === undefined) for (const node of paragraph(words, names)) add(node)
      else if (continued.begins) add(continued.begins)
    }
  }
  return [...root.childNodes]
}

/** Opens and closes `<details>`; what else stands on the line is left. */
function unfold(line, places, names) {
  if (/<details( open)?>/.test(line)) {
    const details = h('details', { open: / open>/.test(line) })
    places.at(-1).append(details)
    places.push(details)
  }
  const summary = /<summary>(.*?)<\/summary>/.exec(line)
  if (summary && places.length > 1) places.at(-1).append(h('summary', {}, span(bare(summary[1]), names)))
  const rest = line.replace(/<details( open)?>|<summary>.*?<\/summary>|<\/details>/g, '')
  if (line.includes('</details>') && places.length > 1) places.pop()
  return rest
}

/** A line that goes on with, or begins, a list or a table. Undefined when it is neither. */
function listOrTable(line, run, names) {
  const item = /^\s*(?:[-*+]|(\d+)\.)\s+(?:\[([ x])\]\s+)?(.*)$/.exec(line)
  if (item) {
    const begins = run.list === undefined
    run.list ??= h(item[1] ? 'ol' : 'ul')
    const box = item[2] === undefined ? '' : `${item[2] === 'x' ? '☑' : '☐'} `
    run.list.append(h('li', {}, box, span(item[3], names)))
    return { begins: begins && run.list }
  }
  const cells = /^\s*\|(.*)\|\s*$/.exec(line)?.[1].split(/(?<!\\)\|/)
  if (!cells) return undefined
  const begins = run.table === undefined
  run.table ??= h('table')
  if (!cells.every((cell) => /^\s*:?-+:?\s*$/.test(cell))) {
    const kind = run.table.children.length > 0 ? 'td' : 'th'
    const drawn = cells.map((cell) => h(kind, {}, span(cell.trim().replaceAll('\\|', '|'), names)))
    run.table.append(h('tr', {}, drawn))
  }
  return { begins: begins && h('div', { class: 'table-wrap' }, run.table) }
}

function paragraph(line, names) {
  const heading = /^(#{1,6})\s+(.*)$/.exec(line)
  if (heading) return [h(heading[1].length === 1 ? 'h3' : 'h4', {}, span(heading[2], names))]
  const quote = /^>\s?(.*)$/.exec(line)
  if (quote) return [h('blockquote', {}, span(quote[1], names))]
  if (/^\s*(---+|\*\*\*+)\s*$/.test(line)) return [h('hr')]
  const words = bare(line).trim()
  return words === '' ? [] : [h('p', {}, span(words, names))]
}

/** Simple tags of pull request bodies: the words count, the tags do not. */
function bare(line) {
  return line.replace(/<\/?(?:br|sub|sup|b|i|code|p|strong|em)\s*\/?>/g, '')
}

const MARKS =
  /`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)|\*\*(?=\S)(.+?)\*\*|(?<!\w)[*_](?=\S)([^*_]+?)[*_](?!\w)|~~(.+?)~~|(https?:\/\/[^\s<>)]+)|<([@#!][^<>]+)>/g

function span(text, names) {
  const nodes = []
  let from = 0
  for (const match of text.matchAll(MARKS)) {
    nodes.push(...withSigns(text.slice(from, match.index)))
    from = match.index + match[0].length
    const [whole, code, label, url, bold, italic, strike, address, angle] = match
    if (code !== undefined) nodes.push(h('code', {}, code))
    else if (label !== undefined) nodes.push(link(url, label) ?? whole)
    else if (bold !== undefined) nodes.push(h('strong', {}, span(bold, names)))
    else if (italic !== undefined) nodes.push(h('em', {}, span(italic, names)))
    else if (strike !== undefined) nodes.push(h('s', {}, span(strike, names)))
    else nodes.push(address === undefined ? reference(angle, names) : link(address))
  }
  nodes.push(...withSigns(text.slice(from)))
  return nodes
}
