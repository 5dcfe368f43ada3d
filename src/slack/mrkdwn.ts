/**
 * Text from people, devices and files, made safe for Slack's mrkdwn. Everything is escaped before it is cut, so that nothing can
 * mention, link or format by itself, and a cut never splits an entity. https://docs.slack.dev/messaging/formatting-message-text
 */

/** Escapes and, if it must, cuts visibly; lines stay lines. `limit` counts what is sent, not what was given. */
export function printText(text: string, limit: number): string {
  return shorten(tame(text), limit, escapeSymbol)
}

/** As `printText`, on one line. */
export function printLine(text: string, limit: number): string {
  return printText(oneLine(text), limit)
}

/** For plain_text objects, which know no escapes: control sequences are made visible instead. */
export function printLabel(text: string, limit: number): string {
  const label = shorten(oneLine(tame(text)), limit, (symbol) => (symbol === '<' ? '‹' : symbol === '>' ? '›' : symbol))
  // Slack refuses a text object without text.
  return label || '·'
}

/** `as it stands`, on one line; a backtick inside would end the span and is shown by its lookalike. */
export function printCode(text: string, limit: number): string {
  const inside = shorten(oneLine(tame(text)).replaceAll('`', 'ˋ'), limit - 2, escapeSymbol)
  return inside ? `\`${inside}\`` : '` `'
}

/**
 * A code block of as many whole lines as fit, then `more(n)` for the n left out. Lines longer than the block are cut with `…`.
 */
export function printCodeBlock(lines: readonly string[], limit: number, more: (left: number) => string): string {
  const frame = '```\n\n```'.length
  const safe = lines.map((line) =>
    shorten(
      tame(line)
        .replaceAll(/[\r\n]/g, ' ')
        .replaceAll('```', 'ˋˋˋ'),
      LONGEST_LINE,
      escapeSymbol,
    ),
  )
  const { shown, left } = takeLines(safe, limit - frame, (count) => more(count).length + 1)
  const block = `\`\`\`\n${shown.join('\n') || ' '}\n\`\`\``
  return left > 0 ? `${block}\n${more(left)}` : block
}

/** `• one` a line, as many as fit, then `more(n)` for the n left out. The lines are mrkdwn already. */
export function printBullets(lines: readonly string[], limit: number, more: (left: number) => string): string {
  const { shown, left } = takeLines(
    lines.map((line) => `• ${line}`),
    limit,
    (count) => more(count).length + 1,
  )
  return [...shown, ...(left > 0 ? [more(left)] : [])].join('\n')
}

/** A moment, in the time zone of whoever reads it. */
export function printMoment(iso: string): string {
  const epoch = Math.floor(Date.parse(iso) / 1000)
  const fallback = printLine(iso, 40).replaceAll(/[|^]/g, ' ')
  return Number.isFinite(epoch) ? `<!date^${epoch}^{date_short_pretty}, {time}|${fallback}>` : fallback
}

/** `<@U0BOB>`; what is no Slack user id is shown as text and mentions nobody. */
export function printMention(slackUser: string): string {
  return /^[UW][A-Z0-9]{1,30}$/.test(slackUser) ? `<@${slackUser}>` : printLine(slackUser, 80)
}

const MOST_MENTIONS = 12

/** `<@U0BOB> <@U0OLGA> and 3 more`: who is to notice. */
export function printMentions(slackUsers: readonly string[]): string {
  const more = slackUsers.length - MOST_MENTIONS
  const names = slackUsers.slice(0, MOST_MENTIONS).map(printMention).join(' ')
  return `${names}${more > 0 ? ` and ${more} more` : ''}`
}

/** A link to an address that code made; anything but plain http(s) is shown as text. */
export function printLink(url: string, label: string): string {
  return PLAIN_URL.test(url)
    ? `<${escapeText(url)}|${printLine(label, 200).replaceAll('|', '¦')}>`
    : `${printLine(label, 200)} (${printLine(url, 300)})`
}

/** Makes the web addresses in escaped text clickable; Slack is told to leave the text alone otherwise. */
export function linkAddresses(escaped: string): string {
  return escaped.replaceAll(/\bhttps?:\/\/[\w\-.~:/?#@!$%'()*+,;=]+(?:&amp;[\w\-.~:/?#@!$%'()*+,;=]*)*/g, (url) => {
    const end = url.search(/[.,;:!?')]+$/)
    return end === -1 ? `<${url}>` : `<${url.slice(0, end)}>${url.slice(end)}`
  })
}

/** Longest line of a code block; a device can write lines of any length. */
const LONGEST_LINE = 400
const PLAIN_URL = /^https?:\/\/[\w\-.~:/?#@!$%&'()*+,;=]{1,1000}$/

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function escapeSymbol(symbol: string): string {
  return symbol === '&' ? '&amp;' : symbol === '<' ? '&lt;' : symbol === '>' ? '&gt;' : symbol
}

/**
 * Takes away what is not text: halves of surrogate pairs, control characters, and the marks that reverse reading direction, with
 * which a line can be made to read as another one than the device sees.
 */
function tame(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replaceAll(
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
      '\uFFFD',
    )
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

function shorten(text: string, limit: number, print: (symbol: string) => string): string {
  let whole = ''
  let cut = ''
  for (const symbol of text) {
    whole += print(symbol)
    if (whole.length < limit) cut = whole
    if (whole.length > limit) return `${cut.trimEnd()}…`
  }
  return whole
}

/** As many lines from the top as fit, keeping room to say how many do not. */
function takeLines(lines: readonly string[], limit: number, roomForMore: (left: number) => number) {
  const shown: string[] = []
  let length = 0
  for (const [index, line] of lines.entries()) {
    const left = lines.length - index - 1
    const after = length + line.length + 1
    if (after + (left > 0 ? roomForMore(left) : 0) > limit) return { shown, left: left + 1 }
    shown.push(line)
    length = after
  }
  return { shown, left: 0 }
}
