import { StringDecoder } from 'node:string_decoder'
import type { z } from 'zod'
import { printJson, type Terminal } from './terminal.ts'

const LONGEST_LINE = 1_000_000

/**
 * Answers one JSON object a line, each as soon as its line is there. What cannot be read is answered with what is wrong about it,
 * and the run goes on; whether every line could be answered comes back.
 */
export async function answerLines<T>(
  io: Terminal,
  schema: z.ZodType<T>,
  answer: (input: T) => object,
): Promise<boolean> {
  let complete = true
  let number = 0
  for await (const line of linesOf(io.stdin)) {
    number++
    if (line !== undefined && line.trim() === '') continue
    const { id, ...read } = readLine(line, schema)
    if ('error' in read) complete = false
    await printJson(
      io,
      'error' in read
        ? { id: id ?? null, error: `line ${number}: ${read.error}` }
        : { ...named(id), ...answer(read.value) },
    )
  }
  return complete
}

type Id = string | number | undefined
type Read<T> = { readonly id: Id } & ({ readonly value: T } | { readonly error: string })

/** `undefined` stands for a line that is too long to be kept. */
export function readLine<T>(line: string | undefined, schema: z.ZodType<T>): Read<T> {
  if (line === undefined) return { id: undefined, error: `it is longer than ${LONGEST_LINE} characters` }
  let data: unknown
  try {
    data = JSON.parse(line)
  } catch {
    return { id: undefined, error: 'it is not JSON' }
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    return { id: undefined, error: 'it is no JSON object' }
  const { id: given, ...rest }: { id?: unknown } = data
  const id = typeof given === 'string' || typeof given === 'number' ? given : undefined
  if (given !== undefined && given !== null && id === undefined) return { id, error: 'id is a text or a number' }
  const parsed = schema.safeParse(rest)
  return parsed.success ? { id, value: parsed.data } : { id, error: explainIssues(parsed.error) }
}

/** What does not fit, in one line: `dport: expected number; src: this is no IP address`. */
export function explainIssues(error: z.ZodError): string {
  const issues = error.issues.slice(0, 5).map(({ path, message }) => {
    const where = path.map(String).join('.')
    const says = message.replace(/^Invalid input: /, '')
    return where === '' ? says : `${where}: ${says}`
  })
  return issues.join('; ')
}

function named(id: Id): { readonly id?: string | number } {
  return id === undefined ? {} : { id }
}

/** Lines without their ends; the last needs none. A line beyond the limit is dropped while it is read and comes as `undefined`. */
export async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<string | undefined> {
  const decoder = new StringDecoder('utf8')
  let begun: string[] = []
  let length = 0
  const add = (piece: string) => {
    length += piece.length
    if (length <= LONGEST_LINE) begun.push(piece)
    else begun = []
  }
  const finish = () => {
    const line = length > LONGEST_LINE ? undefined : begun.join('')
    begun = []
    length = 0
    return line
  }
  for await (const chunk of input) {
    const [first = '', ...others] = decoder.write(Buffer.from(chunk)).split('\n')
    add(first)
    for (const piece of others) {
      yield finish()
      add(piece)
    }
  }
  add(decoder.end())
  if (length > 0) yield finish()
}
