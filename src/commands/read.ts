import { basename } from 'node:path'
import { type Problem, printProblem } from '../evidence/problem.ts'
import { readFortigate } from '../fortigate/config.ts'
import { printFortiText, readFortiText } from '../fortigate/text.ts'
import { readHaproxy } from '../haproxy/config.ts'
import { printHaproxyText, readHaproxyText } from '../haproxy/text.ts'
import { readArguments, readKind, WHICH_KIND } from './arguments.ts'
import { hideIn, openSecretHider } from './hide-secrets.ts'
import { calledWrongly, FINE, NO, printJson, printLine, printLines, type Terminal } from './terminal.ts'
import { decodeText, openBytes, openNamedFiles } from './text-file.ts'

/** `sallyport read`: how much of a configuration is understood, and everything wrong in it with its place. */
export async function readCommand(args: readonly string[], io: Terminal): Promise<number> {
  const given = readArguments(args, {
    fortigate: 'flag',
    haproxy: 'flag',
    print: 'flag',
    json: 'flag',
    policies: 'text',
  })
  if ('wrong' in given) return calledWrongly(io, 'read', given.wrong)
  const kind = readKind(given)
  if (kind === undefined) return calledWrongly(io, 'read', WHICH_KIND)
  const [path, another] = given.words
  if (path === undefined || another !== undefined)
    return calledWrongly(io, 'read', 'name one file, or - for standard input.')
  const bytes = await openBytes(io, path)
  if (given.flag('print')) {
    await io.stdout(printBack(kind, bytes))
    return FINE
  }
  const file = path === '-' ? 'stdin' : basename(path)
  const { text, utf8 } = decodeText(bytes)
  const reading = kind === 'fortigate' ? readOuter(file, text) : await readInner(path, file, text)
  await (given.flag('json') ? printJson(io, { ...reading, utf8 }) : printReading(io, reading, utf8))
  return reading.problems.some(({ severity }) => severity === 'error') ? NO : FINE
}

/** One character a byte, there and back, so that text of any encoding, or of none, comes out as it went in. */
function printBack(kind: 'fortigate' | 'haproxy', bytes: Buffer): Buffer {
  const text = bytes.toString('latin1')
  const printed =
    kind === 'fortigate'
      ? printFortiText(readFortiText('stdin', text))
      : printHaproxyText(readHaproxyText('stdin', text))
  return Buffer.from(printed, 'latin1')
}

type Reading = {
  readonly file: string
  /** Lines of the file. */
  readonly lines: number
  /** Lines that take part in verdicts, and how many of them are modelled. */
  readonly relevant: number
  readonly modelled: number
  /** `modelled` of `relevant`, 0 to 1. */
  readonly share: number
  readonly unmodelled: readonly { readonly line: number; readonly says: string }[]
  readonly problems: readonly Problem[]
}

function readOuter(file: string, text: string): Reading {
  const device = readFortigate({ id: file }, file, text)
  return readingOf('fortigate', text, device.problems, device.coverage.unmodelled, device)
}

async function readInner(path: string, file: string, text: string): Promise<Reading> {
  const device = readHaproxy({ id: file }, file, text, await openNamedFiles(path, text))
  const unmodelled = device.coverage.unmodelled.map(({ line, keyword }) => ({ line, says: keyword }))
  return readingOf('haproxy', text, device.problems, unmodelled, device)
}

function readingOf(
  kind: 'fortigate' | 'haproxy',
  text: string,
  problems: readonly Problem[],
  unmodelled: Reading['unmodelled'],
  {
    file,
    coverage,
  }: { readonly file: string; readonly coverage: { readonly lines: number; readonly modelled: number } },
): Reading {
  const hide = openSecretHider(kind, text)
  return {
    file,
    lines: text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    relevant: coverage.lines,
    modelled: coverage.modelled,
    share: coverage.lines === 0 ? 1 : coverage.modelled / coverage.lines,
    unmodelled: unmodelled.map(({ line, says }) => ({ line, says: hide(line, says) })),
    problems: problems.map((problem) => hideIn(problem, hide)),
  }
}

async function printReading(io: Terminal, reading: Reading, utf8: boolean): Promise<void> {
  const { file, lines, relevant, modelled, unmodelled, problems } = reading
  const count = (number: number) => number.toLocaleString('en')
  const percent = (Math.floor(reading.share * 1000) / 10).toFixed(1)
  await printLine(
    io,
    `${file}: ${count(lines)} ${lines === 1 ? 'line' : 'lines'}${utf8 ? '' : ', not UTF-8: read one character a byte'}`,
  )
  await printLine(
    io,
    `modelled: ${count(modelled)} of ${count(relevant)} lines that take part in verdicts (${percent} %)`,
  )
  await printLines(
    io,
    unmodelled.map(({ line, says }) => `${file}:${line} not modelled: ${says}`),
  )
  await printLines(io, problems.map(printProblem))
  if (problems.length === 0) await printLine(io, 'no problems')
}
