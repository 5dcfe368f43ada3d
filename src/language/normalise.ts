/**
 * A Slack message as plain words. INVARIANT: `folded` has the same length as `text`, so a place in one is a place in the other.
 */
export type NormalMessage = {
  /** Mark-up resolved, quotes and dashes straight, quoted parts taken out. */
  readonly text: string
  /** `text` in lower case and without accents: what the readers match on. */
  readonly folded: string
  /** What stood in quote blocks, fences, long quotation marks or struck through: never part of a request. */
  readonly quoted: readonly string[]
  readonly flags: readonly string[]
  /** True when the message was longer than we read. */
  readonly cut: boolean
}

const LONGEST_MESSAGE = 2_000

/** Reads raw Slack text into plain words; what somebody quotes is set apart, because quoting a request is not making it. */
export function normalise(raw: string, bot?: string): NormalMessage {
  const cut = raw.length > LONGEST_MESSAGE
  const flags: string[] = cut ? ['cut'] : []
  const quoted: string[] = []
  let text = raw.slice(0, LONGEST_MESSAGE)
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(text))
    flags.push('control-characters')
  text = text
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, ' ')
    .replace(/[\u200b-\u200d\u2060\ufeff\u00ad]/g, '')
    .normalize('NFKC')
  text = straighten(withoutGreeting(resolveMarkup(text, bot)))
  text = withListMarks(setApart(text, quoted)).replace(/[^\S\n]+/g, ' ')
  return { text, folded: fold(text), quoted, flags, cut }
}

/** "1) … 2) …", "a) … b) …", lines that begin with "1.": each begins a line of its own. */
function withListMarks(text: string): string {
  const marked = /(?:^|\s)1[).]\s[\s\S]*\s2[).]\s/.test(text) || /(?:^|\s)a\)\s[\s\S]*\sb\)\s/.test(text)
  if (!marked) return text
  return text.replace(/(^|\s)(?:\d{1,2}|[a-h])\)(?=\s)/g, '$1\n').replace(/(^|\n)[ \t]*\d{1,2}\.(?=\s)/g, '$1\n')
}

/** Lower case without accents, one character for one character. */
export function fold(text: string): string {
  let folded = ''
  for (let i = 0; i < text.length; i++) {
    const unit = text.charAt(i)
    const bare = unit.normalize('NFD').charAt(0).toLowerCase()
    folded += bare.length === 1 ? bare : unit
  }
  return folded
}

/** Slack's angle brackets and entities (docs.slack.dev/messaging/formatting-message-text), each resolved once. */
function resolveMarkup(text: string, bot: string | undefined): string {
  return text
    .replace(/<@([UWB][A-Z0-9]+)(?:\|[^>]*)?>/g, (_, id: string) => (id === bot ? ' ' : ` @${id} `))
    .replace(/<!subteam\^(S[A-Z0-9]+)(?:\|[^>]*)?>/g, ' @$1 ')
    .replace(/<!(channel|here|everyone)(?:\|[^>]*)?>/g, ' @everyone ')
    .replace(/<!date\^[^>|]*\|([^>]*)>/g, ' $1 ')
    .replace(/<#C[A-Z0-9]+(?:\|([^>]*))?>/g, ' ')
    .replace(/<mailto:([^>|]+)(?:\|[^>]*)?>/g, ' $1 ')
    .replace(/<(https?:\/\/[^>|\s]+)(?:\|[^>]*)?>/g, ' $1 ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
}

const GREETING =
  '(?:hey(?: there)?|hi(?:ya)?(?: there)?|hello(?: there)?|good (?:morning|afternoon|evening|day)|morning|dear|hallo|guten (?:morgen|tag|abend)|moin(?: moin)?|servus|gr[uü](?:ss|ß) (?:gott|dich|euch)|hola|buen(?:os|as)(?: (?:d[ií]as|tardes|noches))?|bonjour|bonsoir|salut|coucou)'
const EVERYBODY_HERE =
  "(?:team|folks|guys|friends|colleagues|bot|sallyport|y'all|zusammen|leute|ihr lieben|kollegen|liebes team|equipo|a todos|[àa] tous|l'[ée]quipe|les amis|(?:all|you all|everyone|everybody|people|gente|tout le monde)(?=\\s*(?:[,!.\\n:-]|\\p{Extended_Pictographic}|$)))"
const OPENING = new RegExp(
  `^((?:\\s|@[A-Z0-9]+ )*)${GREETING}(?:(?: ${EVERYBODY_HERE})(?![\\p{L}\\p{N}'-])[\\s,!.-]*|\\s*[,!.]+\\s*)(?::[a-z][a-z0-9_+'-]*:|\\p{Extended_Pictographic}|[\\s,!])*`,
  'iu',
)

/** "Hey team :wave:" is no part of the request, and whoever it greets no subject of it. A name that is greeted stays, to be heard as such. */
function withoutGreeting(text: string): string {
  return text.replace(OPENING, '$1')
}

function straighten(text: string): string {
  return text
    .replace(/[‘’‚‛´]/g, "'")
    .replace(/[“”„‟«»]/g, '"')
    .replace(/[‐‑‒–—―−]/g, '-')
    .replace(/(^|\s)w\/o(?=\s)/gi, '$1without')
    .replace(/(^|\s)w\/(?=\s?[\p{L}])/giu, '$1with ')
    .replace(/(^|\s)b\/c(?=\s)/gi, '$1because')
    .replace(/(?:→|⇒|➜|➔|=>|-+>)/g, ' -> ')
    .replace(/(^|[\s(])\*([^*\n]+)\*(?=$|[\s.,;:!?)])/g, '$1$2')
    .replace(/(^|[\s(])_([^_\n]+)_(?=$|[\s.,;:!?)])/g, '$1$2')
    .replace(/(^|[^\p{L}\p{N}]):[a-z][a-z0-9_+'-]*:(?![\p{L}\p{N}])/gu, '$1 ')
    .replace(/\p{Extended_Pictographic}\ufe0f?/gu, ' ')
}

const LONG_QUOTE_WORDS = 3

/** Takes quote blocks, fences, struck text and sentences in quotation marks out of the text; short quotes only name a thing. */
function setApart(text: string, quoted: string[]): string {
  const take = (part: string): string => {
    const words = part.trim()
    if (words.length > 0) quoted.push(words)
    return ' '
  }
  return text
    .replace(/```([\s\S]*?)(?:```|$)/g, (_, inside: string) => take(inside))
    .replace(/^[ \t]*>[ \t]?(.*)$/gm, (_, inside: string) => take(inside))
    .replace(/(^|\s)~([^~\n]+)~(?=$|[\s.,;:!?)])/g, (_, before: string, inside: string) => before + take(inside))
    .replace(/"([^"\n]*)"/g, (_, inside: string) =>
      inside.trim().split(/\s+/).length >= LONG_QUOTE_WORDS ? take(inside) : ` ${inside} `,
    )
    .replace(/`([^`\n]*)`/g, ' $1 ')
}
