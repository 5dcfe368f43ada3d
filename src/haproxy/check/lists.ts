import { parseIp } from '../../flow/ip-set.ts'
import { readNetwork } from '../address.ts'
import { type Lists, type Wrong, wrong } from '../grammar/grammar.ts'
import { readIntRange } from '../samples/numbers.ts'
import { isBrokenRegex } from '../samples/regex.ts'
import { readPatternFile } from '../text/patterns.ts'

/** What HAProxy refuses in the file of an ACL that matches so (src/pattern.c; measured). With `-M` its keys are the patterns. */
export function checkPatternList(path: string, method: string, isMap: boolean, lists: Lists): Wrong | undefined {
  const check = PATTERNS[method]
  if (!check) return undefined
  return judgeOnce(lists, path, `${method}${isMap ? ' -M' : ''}`, (content) => {
    const bad = unusual(content, check.usual).find((line) => !check.isFit(isMap ? keyOf(line) : line))
    return bad === undefined ? undefined : wrong(`\`${bad}\` in ${path} is ${check.isNot}`, undefined, 'BAD_LIST')
  })
}

const MAP = /^map(?:_(?:str|beg|sub|dir|dom|end|(reg|regm|int|ip)))?(?:_(str|int|ip))?$/

/** What HAProxy refuses in the file of a map converter: keys that cannot match so, and values of another type. */
export function checkMap(converter: string, path: string, lists: Lists): Wrong | undefined {
  const [whole, match = '', out = 'str'] = MAP.exec(converter) ?? []
  const key = match === 'ip' ? MAP_ADDRESS : PATTERNS[match.slice(0, 3)]
  const value = VALUES[out]
  if (whole === undefined || (!key && !value)) return undefined
  return judgeOnce(lists, path, converter, (content) => {
    for (const line of readPatternFile(content)) {
      if (key && !key.isFit(keyOf(line)))
        return wrong(`the key \`${keyOf(line)}\` in ${path} is ${key.isNot}`, undefined, 'BAD_LIST')
      const own = line.slice(keyOf(line).length).trim()
      if (value && !value.isFit(own))
        return wrong(`the value \`${own}\` in ${path} is ${value.isNot}`, undefined, 'BAD_LIST')
    }
    return undefined
  })
}

function judgeOnce(
  { files, judged }: Lists,
  path: string,
  how: string,
  judge: (content: string) => Wrong | undefined,
): Wrong | undefined {
  const content = files.get(path)
  if (content === undefined) return undefined
  const key = `${how} ${path}`
  if (!judged.has(key)) judged.set(key, judge(content))
  return judged.get(key)
}

const keyOf = (line: string): string => /^[^ \t]*/.exec(line)?.[0] ?? ''

/** Lines that are not plainly right: nearly all of a long list are. */
function unusual(content: string, usual: RegExp | undefined): readonly string[] {
  if (!usual) return readPatternFile(content)
  const odd = content.match(usual)
  return odd ? readPatternFile(odd.join('\n')) : []
}

type Fit = { readonly isFit: (text: string) => boolean; readonly isNot: string; readonly usual?: RegExp }

const NUMBER: Fit = {
  isFit: (text) => readIntRange({ text }) !== undefined,
  isNot: 'no number and no range of numbers',
  usual: /^(?!\d{1,15}\r?$).+$/gm,
}
const PATTERNS: Readonly<Record<string, Fit>> = {
  int: NUMBER,
  len: NUMBER,
  reg: { isFit: (text) => !isBrokenRegex(text), isNot: 'no regular expression' },
  bin: { isFit: (text) => /^(?:[0-9a-fA-F]{2})*$/.test(text), isNot: 'no row of hexadecimal pairs' },
}
/** Nobody is asked for a name there, and an address is written whole. */
const MAP_ADDRESS: Fit = {
  isFit: (text) => /^(?:\d+(?:\.\d+){3}(?:\/|$)|.*:)/.test(text) && readNetwork(text) !== undefined,
  isNot: 'no IPv4 or IPv6 network',
}
const VALUES: Readonly<Record<string, Fit>> = {
  int: { isFit: (text) => /^(?:[+-]?\d+)?$/.test(text), isNot: 'no number' },
  // What stands behind an IPv4 address is not looked at (buf2ip4, src/tools.c; measured).
  ip: {
    isFit: (text) => parseIp(/^\d+(?:\.\d+){3}/.exec(text)?.[0] ?? text) !== undefined,
    isNot: 'no address',
  },
}
