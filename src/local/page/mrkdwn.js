import { h } from './dom.js'
import { emojiOf, withSigns } from './emoji.js'

/** Letters that can carry a style: a mark counts only when words do not touch it from outside, as in Slack. */
const INLINE =
  /`([^`\n]+)`|<([^<>\n]+)>|(?<![\p{L}\p{N}*])\*(?=\S)([^*\n]*[^*\s])\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?=\S)([^_\n]*[^_\s])_(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}~])~(?=\S)([^~\n]*[^~\s])~(?![\p{L}\p{N}~])|:([a-z0-9_+-]+):/gu

/** Slack's mrkdwn as nodes: code fences, quotes, and inline styles. `names` looks up people, channels and groups. */
export function mrkdwn(text, names) {
  const nodes = []
  const parts = text.split(/```\n?([\s\S]*?)```\n?/)
  for (const [index, part] of parts.entries()) {
    if (part === '') continue
    if (index % 2 === 1) nodes.push(codeBlock(decode(part.replace(/\n$/, ''))))
    else nodes.push(...lines(part.replace(/\n$/, index + 1 < parts.length ? '' : '\n'), names))
  }
  return nodes
}

/** Text in which nothing has a meaning but Slack's three entities. */
export function decode(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** Preformatted text; a unified diff gets its colours. */
export function codeBlock(text) {
  const rows = text.split('\n')
  const marked = rows.filter((row) => /^[+-]/.test(row)).length
  const diff = rows.some((row) => /^@@ /.test(row)) || (marked >= 1 && rows.every((row) => /^([+\- ]|@@|$)/.test(row)))
  return h('pre', { class: diff ? 'code diff' : 'code', tabindex: '0' }, h('code', {}, diff ? rows.map(diffRow) : text))
}

function diffRow(row) {
  const kind = /^(@@|diff |index )/.test(row)
    ? 'hunk'
    : /^(\+\+\+|---) /.test(row)
      ? 'file'
      : row.startsWith('+')
        ? 'add'
        : row.startsWith('-')
          ? 'del'
          : 'same'
  return h('span', { class: `row ${kind}` }, `${row}\n`)
}

function lines(text, names) {
  const nodes = []
  let quote
  for (const [index, line] of text.split('\n').entries()) {
    const quoted = /^(?:&gt;|>)\s?(.*)$/.exec(line)
    if (quoted) {
      if (quote) quote.append(h('br'))
      else {
        quote = h('blockquote')
        nodes.push(quote)
      }
      quote.append(...inline(quoted[1], names))
      continue
    }
    if (index > 0 && !quote) nodes.push(h('br'))
    quote = undefined
    nodes.push(...inline(line, names))
  }
  while (nodes.at(-1)?.tagName === 'BR') nodes.pop()
  return nodes
}

/** One line: code, mentions, links, dates, bold, italics, strike, emoji. */
function inline(text, names) {
  const nodes = []
  let from = 0
  for (const match of text.matchAll(INLINE)) {
    if (match.index > from) nodes.push(...withSigns(decode(text.slice(from, match.index))))
    from = match.index + match[0].length
    const [whole, code, angle, bold, italic, strike, emoji] = match
    if (code !== undefined) nodes.push(h('code', {}, decode(code)))
    else if (angle !== undefined) nodes.push(reference(angle, names))
    else if (bold !== undefined) nodes.push(h('strong', {}, inline(bold, names)))
    else if (italic !== undefined) nodes.push(h('em', {}, inline(italic, names)))
    else if (strike !== undefined) nodes.push(h('s', {}, inline(strike, names)))
    else nodes.push(emojiOf(emoji) ?? whole)
  }
  if (from < text.length) nodes.push(...withSigns(decode(text.slice(from))))
  return nodes
}

/** What stands between angle brackets: a mention, a date, a link. */
export function reference(angle, names) {
  const [target, label] = split(angle, '|')
  if (/^@[UW]/.test(target)) return mention(`@${names.user(target.slice(1)) ?? label ?? target.slice(1)}`)
  if (/^#[CG]/.test(target)) return mention(`#${names.channel(target.slice(1)) ?? label ?? target.slice(1)}`)
  if (target.startsWith('!subteam^'))
    return mention(`@${names.group(target.slice(9)) ?? label?.replace(/^@/, '') ?? 'group'}`)
  if (target.startsWith('!date^')) return dateToken(target, label)
  if (/^!(here|channel|everyone)$/.test(target)) return mention(`@${target.slice(1)}`)
  return link(decode(target), label === undefined ? undefined : decode(label)) ?? decode(`<${angle}>`)
}

export function mention(text) {
  return h('span', { class: 'mention' }, text)
}

/** Only web and mail addresses become links. */
export function link(url, label) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return undefined
  return h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, label || url.replace(/^mailto:/, ''))
}

function split(text, mark) {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

const DAY = { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }
const FORMATS = {
  date_num: { year: 'numeric', month: '2-digit', day: '2-digit' },
  date: { year: 'numeric', month: 'long', day: 'numeric' },
  date_short: { year: 'numeric', month: 'short', day: 'numeric' },
  date_long: DAY,
  date_pretty: { year: 'numeric', month: 'long', day: 'numeric' },
  date_short_pretty: { year: 'numeric', month: 'short', day: 'numeric' },
  date_long_pretty: DAY,
  time: { hour: '2-digit', minute: '2-digit' },
  time_secs: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
}

/** `<!date^1764284399^{date_short} at {time}|fallback>`: the moment in the reader's own zone. */
function dateToken(target, fallback) {
  const [, seconds, format = '', url] = target.split('^')
  const moment = new Date(Number(seconds) * 1000)
  if (Number.isNaN(moment.getTime())) return decode(fallback ?? '')
  return h(
    'time',
    { datetime: moment.toISOString(), title: moment.toString() },
    (url && link(url, formatDate(moment, format))) || formatDate(moment, format),
  )
}

export function formatDate(moment, format) {
  return format.replace(/\{([a-z_]+)\}/g, (whole, name) =>
    FORMATS[name] ? new Intl.DateTimeFormat('en-GB', FORMATS[name]).format(moment) : whole,
  )
}
