import { open, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { Fault } from '../evidence/fault.ts'
import { printProblem } from '../evidence/problem.ts'
import type { Edge, EdgeFiles } from '../policy/edge.ts'
import { readEdge } from '../policy/read.ts'
import { CALLED_WRONGLY, NO, type Terminal, tell } from './terminal.ts'
import { isAbsent, listFolder, whyNot } from './text-file.ts'

const MOST_FILES = 5000
const FILE_LIMIT_BYTES = 20_000_000
const DEEPEST = 12

/** An edge repository on disk: its files under the paths they have in Git, and what was left out and why. */
export type EdgeFolder = {
  /** The folder that stands for `policies/`. */
  readonly folder: string
  readonly files: EdgeFiles
  /** Path in the repository → why it was not read, as one clause. */
  readonly leftOut: ReadonlyMap<string, string>
}

/** Reads `policies/`, or the folder above it; undefined when neither holds a catalogue or services. */
export async function openEdgeFolder(given: string): Promise<EdgeFolder | undefined> {
  for (const folder of [given, join(given, 'policies')]) {
    const names = (await listFolder(folder))?.map(({ name }) => name) ?? []
    if (!names.includes('catalog.yaml') && !names.includes('services')) continue
    const files = new Map<string, string>()
    const leftOut = new Map<string, string>()
    await gather(folder, 'policies', { root: await realpath(folder), files, leftOut }, 0)
    return { folder, files, leftOut }
  }
  return undefined
}

/** The edge that a command works on; or the exit code, with the reason said, when nobody in it could be known. */
export async function openEdge(io: Terminal, given: string | undefined): Promise<Edge | number> {
  const folder = given ?? 'policies'
  const found = await openEdgeFolder(folder)
  if (!found) {
    await tell(io, `There is no edge repository at ${folder}. Say where it is with --policies DIR.`)
    return CALLED_WRONGLY
  }
  const edge = readEdge(found.files)
  for (const [path, why] of found.leftOut) await tell(io, `${path} was left out: ${why}.`)
  const errors = edge.problems.filter(({ severity }) => severity === 'error')
  for (const problem of errors.slice(0, 5)) await tell(io, printProblem(problem))
  if (errors.length > 5) await tell(io, `… and ${errors.length - 5} more. See: sallyport check ${folder}`)
  if (!edge.broken.includes('catalog')) return edge
  await tell(io, 'Without its catalogue nothing can be said about this edge.')
  return NO
}

type Gathering = {
  readonly root: string
  readonly files: Map<string, string>
  readonly leftOut: Map<string, string>
}

async function gather(folder: string, path: string, into: Gathering, depth: number): Promise<void> {
  if (depth > DEEPEST) throw new Fault('edge-folder', `${folder} lies too deep to be part of an edge repository.`)
  for (const entry of (await listFolder(folder)) ?? []) {
    // Hidden files are an editor's or Git's.
    if (entry.name.startsWith('.')) continue
    const [place, name] = [join(folder, entry.name), `${path}/${entry.name}`]
    if (entry.isDirectory()) await gather(place, name, into, depth + 1)
    else if (entry.isFile()) await keep(place, name, into)
    else if (entry.isSymbolicLink()) await follow(place, name, into)
    else into.leftOut.set(name, 'it is no file')
  }
}

/** A link to a file of the same folder is that file; one that leads out could show anything of this machine. */
async function follow(place: string, name: string, into: Gathering): Promise<void> {
  let target: string
  try {
    target = await realpath(place)
  } catch (cause) {
    into.leftOut.set(name, `it is a link, and ${whyNot(cause)}`)
    return
  }
  if (!target.startsWith(into.root + sep)) into.leftOut.set(name, 'it is a link that leads out of the folder')
  else await keep(target, name, into)
}

async function keep(place: string, name: string, into: Gathering): Promise<void> {
  if (into.files.size >= MOST_FILES)
    throw new Fault('edge-folder', `This folder holds more than ${MOST_FILES} files, so it is no edge repository.`)
  try {
    await using handle = await open(place, 'r')
    const about = await handle.stat()
    if (!about.isFile()) return void into.leftOut.set(name, 'it is no file')
    if (about.size > FILE_LIMIT_BYTES)
      throw new Fault('edge-folder', `${place} is larger than ${FILE_LIMIT_BYTES / 1_000_000} MB.`)
    const bytes = await handle.readFile()
    const text = bytes.toString('utf8')
    // Policies and configurations are always read, so that a wrong byte in them is reported with its place.
    if (/\.(?:ya?ml|conf|cfg)$/.test(name) || !/[\0\uFFFD]/.test(text)) into.files.set(name, text)
    else into.leftOut.set(name, 'it is no text')
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    if (isAbsent(cause)) return
    throw new Fault('edge-folder', `${place} cannot be read: ${whyNot(cause)}.`, cause)
  }
}
