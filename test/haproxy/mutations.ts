import type { Dice } from './generate.ts'

/** One thing that people break in a configuration, at a place that the dice choose. */
export function mutate(dice: Dice, lines: readonly string[]): string[] {
  const mutated = [...lines]
  for (let tries = 0; tries < 30; tries++) {
    dice.pick(MUTATIONS)(dice, mutated)
    if (mutated.length !== lines.length || mutated.some((line, at) => line !== lines[at])) return mutated
  }
  return mutated
}

type Mutation = (dice: Dice, lines: string[]) => void

const NUMBERS = ['x', '-1', '0', '5x', '1.5', '99999999999', '', '070', '3 4', '1k', '5s', '-', '5:3', '65536', '257']
const ODD = [
  'x',
  'if',
  'unless',
  'TRUE',
  '}',
  '{',
  '!',
  'or',
  '/',
  '%[src]',
  '%[nosuch]',
  '%[path,nosuch]',
  '%[src',
  '%',
  '-i',
  '-f',
  '-m',
  '-m reg',
  '(',
  ')',
  '""',
  "''",
  '\\',
  '#',
  '10.0.0.0/8',
  '10.0.0.0/33',
  '1.2.3.4.5',
  '::1',
  'path',
  'hdr(host)',
  'hdr(host',
  'src,lower(',
  'res.hdr(x)',
  'var(x)',
  'ssl',
  'check',
  'from',
  '200',
  'http',
  'tcp',
  'a b',
  'é',
  'deny',
  'table',
  'len',
  'nosuch.map',
]
const KEYWORDS =
  `acl backlog balance bind capture compression cookie default-server default_backend description disabled errorloc filter fullconn
  hash-type http-check http-request http-response http-reuse id log maxconn mode monitor monitor-uri option redirect retries retry-on server
  server-template source stats stick stick-table tcp-check tcp-request tcp-response timeout use_backend use-server no default global
  user frontend peers mailer nameserver hold`.split(/\s+/)
const LINES = [
  'acl late path /late',
  'http-request deny if late',
  'http-request allow',
  'tcp-request connection reject if { src 10.0.0.0/8 }',
  'tcp-request content accept if { req.ssl_hello_type 1 }',
  'use_backend nowhere if TRUE',
  'default_backend a b',
  'server s9 10.0.0.9:80 check inter 5x',
  'server s9 10.0.0.9:80 weight 300',
  'option httplog clf',
  'option nosuch',
  'no option httplog',
  'no option httpclose',
  'option redispatch 3',
  'option forwardfor except 10.0.0.0/8 header X-A if-none',
  'timeout client 5s extra',
  'timeout queue 30',
  'timeout nosuch 5s',
  'balance uri depth x',
  'balance roundrobin',
  'balance nosuch',
  'cookie S insert rewrite',
  'stick-table type ip size 1m store http_req_rate',
  'stick-table type ip size 100k expire 30s store gpc0,http_req_rate(10s)',
  'http-check expect status x',
  'http-check expect status 200-299',
  'tcp-check connect port 80',
  'stats enable',
  'stats uri',
  'http-request set-var(x) src',
  'http-request set-var(txn.x) src,nosuch',
  'http-request set-header X %[nosuch]',
  'http-request replace-path ( x',
  'http-request return status 204 string x',
  'http-request redirect location / code 404',
  'http-response set-header A %[path]',
  'redirect location /x code 301 if TRUE',
  'retries x',
  'maxconn 5 6',
  'mode udp',
  'log 127.0.0.1 local0 notice',
  'log 127.0.0.1 localx',
  'errorloc 418 /x',
  'bind :0',
  'monitor-uri /x y',
  'hash-type consistent sdbm x',
  'retry-on 404 nosuch',
  'compression algo nosuch',
  'nosuch keyword',
]

const IN_LINE: readonly Mutation[] = [
  (dice, lines) => editWord(dice, lines, misspell),
  (dice, lines) => editWord(dice, lines, misspell, 0),
  (dice, lines) => editWord(dice, lines, misspell, 1),
  (dice, lines) =>
    editWord(dice, lines, (word) => dice.pick(NUMBERS) + (/^\d+$/.test(word) ? '' : ''), undefined, /^\d+[a-z]*$/),
  (dice, lines) => editWord(dice, lines, (_, die) => die.pick(ODD)),
  (dice, lines) => editWord(dice, lines, (_, die) => die.pick(KEYWORDS), 0),
  (dice, lines) => editWord(dice, lines, () => ''),
  (dice, lines) => editLine(dice, lines, (line) => line.replace(/ \S+$/, '')),
  (dice, lines) => editLine(dice, lines, (line) => `${line} ${dice.pick(ODD)}`),
  (dice, lines) =>
    editLine(
      dice,
      lines,
      (line) => `${line} ${dice.pick(['if TRUE', 'unless FALSE', 'if', 'if nobody', 'if { path /x', 'if { }'])}`,
    ),
  (dice, lines) => editWord(dice, lines, (word) => word.toUpperCase()),
  (dice, lines) => editWord(dice, lines, (word, die) => `${die.pick(['"', "'", '\\'])}${word}`),
  (dice, lines) => editWord(dice, lines, (word) => word.replace(/[()]/, '')),
  (dice, lines) =>
    editWord(dice, lines, (word, die) =>
      word.replace(
        /,?\w+$/,
        (end) =>
          `,${die.pick(['lower', 'nosuch', 'field(1,.)', 'field', 'map', 'length'])}${end.startsWith(',') ? '' : ''}`,
      ),
    ),
  (dice, lines) => editWord(dice, lines, (word) => word + word),
  (dice, lines) => editLine(dice, lines, (line) => swapWords(dice, line)),
  (dice, lines) => editLine(dice, lines, () => `    ${dice.pick(LINES)}`),
]

const MUTATIONS: readonly Mutation[] = [
  ...IN_LINE,
  (dice, lines) => void lines.splice(dice.roll(lines.length), 1),
  (dice, lines) => void lines.splice(dice.roll(lines.length), 0, lines[dice.roll(lines.length)] ?? ''),
  (dice, lines) => {
    const at = dice.roll(Math.max(lines.length - 1, 1))
    lines.splice(at, 2, lines[at + 1] ?? '', lines[at] ?? '')
  },
  (dice, lines) => {
    const [moved = ''] = lines.splice(dice.roll(lines.length), 1)
    lines.splice(dice.roll(lines.length), 0, moved)
  },
  (dice, lines) => void lines.splice(dice.roll(lines.length), 0, `    ${dice.pick(LINES)}`),
  (dice, lines) =>
    void lines.splice(
      dice.roll(lines.length),
      0,
      dice.pick([
        'backend a',
        'frontend f',
        'listen x',
        'defaults',
        'defaults from x',
        'frontend g from nowhere',
        'userlist u',
        'backend',
        'nosuch x',
        'cache c',
        'resolvers r',
        'global',
        'peers p',
        '.if 0',
        '.endif',
        '.if nosuch',
        '.else',
      ]),
    ),
]

function editLine(dice: Dice, lines: string[], to: (line: string) => string): void {
  const at = dice.roll(lines.length)
  lines[at] = to(lines[at] ?? '')
}

/** Another word for one of a line's: the one at `which`, or any; `like` says which words are meant. */
function editWord(
  dice: Dice,
  lines: string[],
  to: (word: string, dice: Dice) => string,
  which?: number,
  like: RegExp = /./,
): void {
  const at = dice.roll(lines.length)
  const parts = (lines[at] ?? '').split(/(\s+)/)
  const words = parts.flatMap((part, index) => (part.trim() !== '' && like.test(part) ? [index] : []))
  const index = which === undefined ? words[dice.roll(Math.max(words.length, 1))] : words[which]
  if (index === undefined) return
  parts[index] = to(parts[index] ?? '', dice)
  lines[at] = parts.join('')
}

function misspell(word: string, dice: Dice): string {
  const at = dice.roll(word.length)
  switch (dice.roll(4)) {
    case 0:
      return word.slice(0, at) + word.slice(at + 1)
    case 1:
      return word.slice(0, at) + (word[at] ?? '') + word.slice(at)
    case 2:
      return word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2)
    default:
      return word.slice(0, at) + dice.pick(['x', '-', '_', 's', '1', '.', '/']) + word.slice(at + 1)
  }
}

function swapWords(dice: Dice, line: string): string {
  const words = line.trim().split(/\s+/)
  const at = dice.roll(Math.max(words.length - 1, 1))
  words.splice(at, 2, words[at + 1] ?? '', words[at] ?? '')
  return `    ${words.join(' ')}`
}
