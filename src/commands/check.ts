import { join } from 'node:path'
import { type Problem, printProblem } from '../evidence/problem.ts'
import { openHaproxyCheck } from '../live/haproxy-binary.ts'
import type { Edge } from '../policy/edge.ts'
import { readEdge } from '../policy/read.ts'
import { readArguments, readMoment } from './arguments.ts'
import { checkEdge, type EdgeCheck } from './check-edge.ts'
import { type EdgeFolder, openEdgeFolder } from './edge-folder.ts'
import { calledWrongly, FINE, NO, printJson, printLine, type Terminal } from './terminal.ts'

/** `sallyport check`: everything wrong with an edge repository, as compilers print it. */
export async function checkCommand(args: readonly string[], io: Terminal): Promise<number> {
  const given = readArguments(args, { at: 'text', json: 'flag', github: 'flag', policies: 'text' })
  if ('wrong' in given) return calledWrongly(io, 'check', given.wrong)
  const [dir, another] = given.words
  if (another !== undefined || (dir !== undefined && given.text('policies') !== undefined))
    return calledWrongly(io, 'check', 'name one folder.')
  if (given.flag('json') && given.flag('github'))
    return calledWrongly(io, 'check', 'choose one of --json and --github.')
  const at = readMoment(io, '--at', given.text('at'))
  if ('wrong' in at) return calledWrongly(io, 'check', at.wrong)
  const wanted = dir ?? given.text('policies') ?? 'policies'
  const found = await openEdgeFolder(wanted)
  if (!found) return calledWrongly(io, 'check', `there is no edge repository at ${wanted}.`)

  const edge = readEdge(found.files)
  const checked = checkEdge(edge, Math.floor(at.getTime() / 1000))
  const judged = await askHaproxy(io, edge)
  const problems = distinct([...leftOut(found), ...checked.problems, ...judged.problems]).map((problem) => ({
    ...problem,
    file: placeOf(found, problem.file),
  }))
  const print = given.flag('json') ? printJson : given.flag('github') ? printAnnotation : printPlain
  for (const problem of problems) await print(io, problem)
  if (print === printPlain) await printSummary(io, edge, checked, problems, judged.ran)
  return problems.some(({ severity }) => severity === 'error') ? NO : FINE
}

function leftOut({ leftOut: files }: EdgeFolder): readonly Problem[] {
  return [...files].map(([file, why]) => ({
    code: 'LEFT_OUT',
    file,
    line: 1,
    column: 0,
    message: `this file was not read: ${why}`,
    severity: 'warning' as const,
  }))
}

/** `haproxy -c` on every declared HAProxy; `ran` is false when there is no binary to ask. */
async function askHaproxy(
  io: Terminal,
  edge: Edge,
): Promise<{ readonly problems: readonly Problem[]; readonly ran: boolean }> {
  const { HAPROXY_BINARY: binary } = io.env
  const check = openHaproxyCheck(binary ? { binary } : {})
  const problems: Problem[] = []
  let ran = false
  for (const { kind, file, text } of edge.devices) {
    if (kind !== 'haproxy') continue
    const result = await check.check(file, text, edge.files)
    if (result.verdict === 'not-installed') continue
    ran = true
    problems.push(...(result.verdict === 'valid' ? result.warnings : result.alerts))
  }
  return { problems, ran }
}

function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [printProblem(problem), problem])).values()]
}

/** The file as it lies on this disk, so that an editor opens it. */
function placeOf({ folder }: EdgeFolder, file: string): string {
  return file.startsWith('policies/') ? join(folder, file.slice('policies/'.length)) : file
}

async function printPlain(io: Terminal, problem: Problem): Promise<void> {
  await printLine(io, `${printProblem(problem)}${problem.severity === 'warning' ? ' (warning)' : ''}`)
}

/** A workflow command of GitHub Actions; its own escapes keep a message from ending the command or starting another. */
async function printAnnotation(io: Terminal, problem: Problem): Promise<void> {
  const { severity, file, line, column, code, message, hint } = problem
  const properties = [
    `file=${escapeProperty(file)}`,
    `line=${line}`,
    ...(column > 0 ? [`col=${column}`] : []),
    `title=${escapeProperty(code)}`,
  ]
  const says = hint === undefined ? message : `${message} ${hint}`
  await printLine(io, `::${severity} ${properties.join(',')}::${escapeData(says)}`)
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

async function printSummary(
  io: Terminal,
  edge: Edge,
  { grants, notCompared }: EdgeCheck,
  problems: readonly Problem[],
  ran: boolean,
): Promise<void> {
  for (const { service, why } of notCompared) await printLine(io, `${service} was not compared with the doors: ${why}.`)
  if (!ran && edge.devices.some(({ kind }) => kind === 'haproxy'))
    await printLine(io, 'There is no haproxy binary here, so `haproxy -c` was not run.')
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const found =
    problems.length === 0 ? 'no problems' : `${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}`
  await printLine(
    io,
    `${count(edge.services.length, 'service')}, ${grants} access ${grants === 1 ? 'entry' : 'entries'}: ${found}`,
  )
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}
