import { basename } from 'node:path'
import { type Problem, printProblem } from '../evidence/problem.ts'
import { readFortigate } from '../fortigate/config.ts'
import { printFortiText, readFortiText } from '../fortigate/text.ts'
import { readHaproxy } from '../haproxy/config.ts'
import type { HaproxyDevice } from '../haproxy/model.ts'
import { placeOf } from '../haproxy/text/line-places.ts'
import { printHaproxyText, readHaproxyText, type TextOptions } from '../haproxy/text.ts'
import { readArguments, readKind, WHICH_KIND } from './arguments.ts'
import { type OpenedHaproxy, openHaproxyFiles, readSurroundings } from './haproxy-files.ts'
import { hideIn, openSecretHider } from './hide-secrets.ts'
import { calledWrongly, FINE, NO, printJson, printLine, printLines, type Terminal } from './terminal.ts'
import { decodeText, openBytes } from './text-file.ts'

/** `sallyport read`: how much of a configuration is understood, and everything wrong in it with its place. */
export async function readCommand(args: readonly string[], io: Terminal): Promise<number> {
  const given = readArguments(args, {
    fortigate: 'flag',
    haproxy: 'flag',
    'haproxy-version': 'text',
    env: 'texts',
    print: 'flag',
    json: 'flag',
    policies: 'text',
  })
  if ('wrong' in given) return calledWrongly(io, 'read', given.wrong)
  const kind = readKind(given)
  if (kind === undefined) return calledWrongly(io, 'read', WHICH_KIND)
  const [path, another] = given.words
  if (path === undefined || (another !== undefined && (kind === 'fortigate' || given.flag('print'))))
    return calledWrongly(io, 'read', 'name one file, or - for standard input.')
  const surroundings = readSurroundings(given.text('haproxy-version'), given.texts('env'))
  if ('wrong' in surroundings) return calledWrongly(io, 'read', surroundings.wrong)
  if (given.flag('print')) {
    await io.stdout(printBack(kind, await openBytes(io, path)))
    return FINE
  }
  const { utf8, ...reading } =
    kind === 'fortigate'
      ? readOuter(path, await openBytes(io, path))
      : readInner(await openHaproxyFiles(io, given.words), surroundings)
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
  /** `file` where there are several. */
  readonly unmodelled: readonly { readonly file?: string; readonly line: number; readonly says: string }[]
  /** The release of HAProxy that it was read for, and whether nobody said so. */
  readonly version?: string
  readonly assumed?: boolean
  readonly problems: readonly Problem[]
}

type Counts = { readonly lines: number; readonly modelled: number }

function readOuter(path: string, bytes: Buffer): Reading & { readonly utf8: boolean } {
  const file = path === '-' ? 'stdin' : basename(path)
  const { text, utf8 } = decodeText(bytes)
  const { problems, coverage } = readFortigate({ id: file }, file, text)
  const hide = openSecretHider('fortigate', text)
  return {
    file,
    lines: linesOf(text),
    ...sharesOf(coverage),
    unmodelled: coverage.unmodelled.map(({ line, says }) => ({ line, says: hide(line, says) })),
    problems: problems.map((problem) => hideIn(problem, hide)),
    utf8,
  }
}

function readInner(opened: OpenedHaproxy, options: TextOptions): Reading & { readonly utf8: boolean } {
  const { file, parts, files, utf8 } = opened
  const device = readHaproxy({ id: file }, file, parts, files, options)
  const { text, coverage, version } = device
  const problems = [...device.problems, ...noListener(device, parts[0]?.file ?? file)]
  const hiders = new Map(parts.map((part) => [part.file, openSecretHider('haproxy', part.text)] as const))
  const hiderOf = (name: string) => hiders.get(name) ?? ((_: number, says: string) => says)
  return {
    file,
    lines: parts.reduce((sum, part) => sum + linesOf(part.text), 0),
    ...sharesOf(coverage),
    unmodelled: coverage.unmodelled.map(({ line, keyword }) => {
      const place = placeOf(text, line)
      const says = hiderOf(place.file)(place.line, keyword)
      return { ...(parts.length > 1 ? { file: place.file } : {}), line: place.line, says }
    }),
    version: version.text,
    assumed: version.assumed,
    problems: problems.map((problem) => hideIn(problem, hiderOf(problem.file))),
    utf8,
  }
}

/** HAProxy finds no error in what listens nowhere, and does not start with it; a part of a configuration may be so. */
function noListener({ proxies, text }: HaproxyDevice, file: string): readonly Problem[] {
  const listens =
    proxies.some(({ binds }) => binds.length > 0) ||
    text.sections.some(({ keyword }) => keyword === 'peers' || keyword === 'log-forward') ||
    text.lines.some(({ words }) => words[0]?.value === 'stats' && words[1]?.value === 'socket')
  const message = 'nothing in this configuration listens, so HAProxy will not start with it'
  return listens ? [] : [{ code: 'NO_LISTENER', file, line: 1, column: 0, message, severity: 'warning' }]
}

function linesOf(text: string): number {
  return text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}

function sharesOf({ lines, modelled }: Counts): Pick<Reading, 'relevant' | 'modelled' | 'share'> {
  return { relevant: lines, modelled, share: lines === 0 ? 1 : modelled / lines }
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
  if (reading.version !== undefined)
    await printLine(
      io,
      `read for HAProxy ${reading.version}${reading.assumed ? ', which is assumed; --haproxy-version says which one runs' : ''}`,
    )
  await printLines(
    io,
    unmodelled.map((one) => `${one.file ?? file}:${one.line} not modelled: ${one.says}`),
  )
  await printLines(io, problems.map(printProblem))
  if (problems.length === 0) await printLine(io, 'no problems')
}
